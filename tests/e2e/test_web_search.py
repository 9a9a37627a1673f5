"""WebSearch, WebFetch and web against scripted providers on loopback."""

import contextlib
import http.server
import json
import socket
import threading
import time
import urllib.parse

import pytest


class Provider:
    """Answers as SearXNG (GET /search) or Brave (GET /res/v1/web/search), as `script` says: a
    function of the number of the request and its query that gives (status, headers, body), None
    for a good answer, or "stall"."""

    def __init__(self, script=None, delay=0):
        self.script, self.delay = script or (lambda i, query: None), delay
        self.queries, self.n_open, self.most_open = [], 0, 0
        self.lock, self.is_over = threading.Lock(), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.answer(self)

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query).get("q", [""])[0]
        with self.lock:
            i = len(self.queries)
            self.queries.append(query)
            self.n_open += 1
            self.most_open = max(self.most_open, self.n_open)
        said = self.script(i, query)
        if said == "stall":
            self.is_over.wait(60)
        elif self.delay:
            time.sleep(self.delay)
        with self.lock:
            self.n_open -= 1
        if said == "stall":
            handler.close_connection = True
            return
        status, headers, body = said or (200, {}, self.good(handler.path, query))
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body)

    def good(self, path, query):
        name = urllib.parse.quote(query)
        results = [{"url": f"https://{host}/{name}", "title": f"{query} at {host}",
                    "content": f"what {host} says of {query}",
                    "description": f"what {host} says of {query}"}
                   for host in ("a.example.org", "b.example.net", "c.example.com")]
        if path.startswith("/search"):
            return json.dumps({"query": query, "results": results}).encode()
        return json.dumps({"web": {"results": results}}).encode()

    def close(self):
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def provider():
    made = []

    def make(*args, **more):
        made.append(Provider(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def searches(volley, queries, search, **more):
    lines = "".join(json.dumps({"id": str(i), "tool": "WebSearch",
                                "input": {"query": query, **more}}) + "\n"
                    for i, query in enumerate(queries))
    done = volley("batch", "--keep-order", "--search", search, input=lines)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def statuses(answers):
    return {one["status"] for one in answers}


def test_answer(volley, provider):
    server = provider()
    (one,) = searches(volley, ["retry storms"], f"searxng={server.url}")
    assert one["status"] == "ok"
    assert one["output"]["results"][0] == {
        "url": "https://a.example.org/retry%20storms", "title": "retry storms at a.example.org",
        "passage": "what a.example.org says of retry storms", "by": ["searxng"]}
    assert one["output"]["searchCount"] == 1
    assert one["receipt"]["complete"]


def test_side_by_side(volley, provider):
    server = provider(delay=0.3)
    answers = searches(volley, [f"q{i}" for i in range(32)], f"searxng={server.url}")
    assert statuses(answers) == {"ok"}
    assert server.most_open == 32
    assert len(server.queries) == 32


def test_equal_queries_are_asked_once(volley, provider):
    server = provider(delay=0.2)
    answers = searches(volley, ["Retry  storms", "retry storms?", "retry storms", "RETRY storms"],
                       f"searxng={server.url}")
    assert statuses(answers) == {"ok"}
    assert len(server.queries) == 1


def test_domains_are_kept_to(volley, provider):
    server = provider()
    (one,) = searches(volley, ["x"], f"searxng={server.url}", allowed_domains=["example.org"])
    assert [page["url"] for page in one["output"]["results"]] == [
        "https://a.example.org/x%20site%3Aexample.org"]
    (one,) = searches(volley, ["x"], f"searxng={server.url}", blocked_domains=["example.org"])
    assert len(one["output"]["results"]) == 2
    (one,) = searches(volley, ["x"], f"searxng={server.url}", blocked_domains=["a b"])
    assert "'a b' is no domain" in one["error"]["message"]


class Quota:
    """A token bucket of so many a second, as the provider keeps it."""

    def __init__(self, rate, tells):
        self.rate, self.tells = rate, tells
        self.tokens, self.at, self.n_refused = rate, time.monotonic(), 0
        self.lock = threading.Lock()

    def __call__(self, i, query):
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.rate, self.tokens + (now - self.at) * self.rate)
            self.at = now
            is_refused = self.tokens < 1
            self.tokens -= not is_refused
            self.n_refused += is_refused
            headers = {"X-RateLimit-Limit": str(self.rate),
                       "X-RateLimit-Policy": f"{self.rate};w=1",
                       "X-RateLimit-Remaining": str(int(self.tokens)),
                       "X-RateLimit-Reset": "1"} if self.tells == "headers" else {}
        if is_refused:
            if self.tells == "retry":
                headers["Retry-After"] = "1"
            return 429, headers, b"{}"
        if not headers:
            return None
        return 200, headers, json.dumps({"web": {"results": [
            {"url": "https://a.example.org/" + urllib.parse.quote(query), "title": query,
             "description": "x"}]}}).encode()


def test_quota_that_is_told(volley, provider):
    quota = Quota(20, "headers")
    server = provider(quota)
    volley.env["BRAVE_API_KEY"] = "0123456789abcdef"
    answers = searches(volley, [f"q{i}" for i in range(32)], f"brave={server.url}")
    assert statuses(answers) == {"ok"}
    assert quota.n_refused <= 1


def test_quota_that_the_user_knows(volley, provider):
    quota = Quota(20, "nothing")
    server = provider(quota)
    answers = searches(volley, [f"q{i}" for i in range(32)], f"searxng={server.url}@19/s")
    assert statuses(answers) == {"ok"}
    assert quota.n_refused <= 1


@pytest.mark.parametrize("tells", ["retry", "nothing"])
def test_refusals_are_waited_out(volley, provider, tells):
    server = provider(Quota(20, tells))
    answers = searches(volley, [f"q{i}" for i in range(24)], f"searxng={server.url}")
    assert statuses(answers) == {"ok"}


@pytest.mark.parametrize("bad", [
    (503, {}, b"busy"), (500, {}, b""), (200, {}, b'{"results": [{"url": "https://a.exa'),
    (200, {}, b"<html>sign in</html>"), (403, {}, b"no")])
def test_another_stands_in(volley, provider, bad):
    broken, good = provider(lambda i, query: bad), provider()
    volley.env["BRAVE_API_KEY"] = "0123456789abcdef"
    answers = searches(volley, [f"q{i}" for i in range(16)],
                       f"brave={broken.url},searxng={good.url}")
    assert statuses(answers) == {"ok"}
    assert {query for query in good.queries} == {f"q{i}" for i in range(16)}


def test_dead_provider_costs_one_timeout(volley, provider):
    dead, good = provider(lambda i, query: "stall"), provider()
    volley.env["BRAVE_API_KEY"] = "0123456789abcdef"
    start = time.monotonic()
    answers = searches(volley, [f"q{i}" for i in range(64)],
                       f"brave={dead.url},searxng={good.url}")
    assert statuses(answers) == {"ok"}
    assert time.monotonic() - start < 19  # one limit of 10 s, not two


def test_slow_answers_are_asked_for_again(volley, provider):
    """Also those that had to wait for their share of the requests. Not each need be: on a busy
    machine answers that are only late take some of the share."""
    seen, lock = set(), threading.Lock()

    def script(i, query):
        with lock:
            is_slow = query.startswith("slow") and query not in seen
            seen.add(query)
        time.sleep(8 if is_slow else 0.1)

    both = [provider(script) for _ in range(2)]
    queries = [f"a{i}" for i in range(60)] + [f"slow{i}" for i in range(16)] + [
        f"b{i}" for i in range(400)]
    answers = searches(volley, queries, ",".join(f"searxng={one.url}" for one in both))
    assert statuses(answers) == {"ok"}
    asked = [query for one in both for query in one.queries]
    assert len(asked) <= len(queries) * 1.05
    assert sum(asked.count(f"slow{i}") == 2 for i in range(16)) >= 8


def test_nobody_answers(volley, provider):
    server = provider(lambda i, query: (503, {}, b"busy"))
    (one,) = searches(volley, ["x"], f"searxng={server.url}")
    assert one["status"] == "failed"
    assert "searxng answered HTTP 503" in one["error"]["message"]
    assert not one["receipt"]["complete"]


def test_interrupt(volley, provider):
    server = provider(lambda i, query: "stall")
    run = volley.start("call", "WebSearch", "query=x", "--search", f"searxng={server.url}")
    while not server.queries:
        time.sleep(0.01)
    run.send_signal(2)
    out, _ = run.communicate(timeout=10)
    assert run.returncode == 130
    assert "the run stops" in out


def test_providers_that_are_wrong(volley):
    for search, what in [
            ("serxng=http://127.0.0.1:1", "did you mean 'searxng'?"),
            ("searxng", "needs an address"),
            ("brave", "needs a key: the variable BRAVE_API_KEY"),
            ("searxng=ftp://x", "begins with http:// or https://"),
            ("searxng=http://x@zz/s", "is no rate"),
            ("docs,docs", "'docs' is named twice"),
            ("searxng=http://x,searxng=http://x/", "'searxng' is named twice"),
            (",", "the list of search providers is empty")]:
        done = volley("call", "WebSearch", "query=x", "--search", search)
        assert what in done.stderr, search
        assert done.returncode in (2, 3)


def test_key_of_a_file_that_others_read(volley, tmp_path):
    keys = tmp_path / "config/volley/keys"
    keys.parent.mkdir(parents=True)
    keys.write_text("BRAVE_API_KEY=0123456789abcdef\n")
    keys.chmod(0o644)
    done = volley("call", "WebSearch", "query=x", "--search", "brave=http://127.0.0.1:1")
    assert "can be read by others" in done.stderr
    # Who does not search has no use for keys.
    assert volley("call", "Glob", "pattern=*").returncode == 0
    done = volley("call", "WebSearch", "query=x")
    assert done.returncode == 1 and "can be read by others" in done.stdout
    keys.chmod(0o600)
    done = volley("call", "WebSearch", "query=x", "--search", "brave=http://127.0.0.1:1")
    assert "can be read" not in done.stderr and "brave" in done.stdout
    assert "0123456789abcdef" not in done.stdout + done.stderr


def test_fetch_is_guarded(volley, provider):
    server = provider()
    done = volley("call", "WebFetch", f"url={server.url}/page")
    assert done.returncode == 1 and "[denied: " in done.stdout
    assert not server.queries
    done = volley("call", "WebFetch", "url=ftp://example.org/")
    assert "is no address to fetch" in done.stderr


def test_origins_that_may_be_reached(volley, provider):
    page = (200, {"Content-Type": "text/html"}, b"<p>what the <b>page</b> says</p>")
    other = provider(lambda i, query: page)
    server = provider(lambda i, query: page if i == 0 else (302, {"Location": other.url}, b""))
    allowed = f"http://docs.lan:8080, {server.url}/"

    def fetch(url, origins):
        return volley("call", "WebFetch", f"url={url}", "--allow-origin", origins)

    done = fetch(f"{server.url}/page", allowed)
    assert done.returncode == 0 and "what the **page** says" in done.stdout, done.stdout
    done = fetch(f"{other.url}/page", allowed)
    assert "[denied: " in done.stdout and "--allow-origin" in done.stdout
    done = fetch(f"{server.url}/elsewhere", allowed)
    assert "[denied: " in done.stdout and not other.queries
    done = fetch(f"{server.url}/elsewhere", f"{allowed},{other.url}")
    assert done.returncode == 0 and len(other.queries) == 1
    for wrong in ["docs.lan", "http://docs.lan/page", "http://u@docs.lan", "ftp://docs.lan"]:
        done = fetch(f"{server.url}/page", wrong)
        assert done.returncode in (2, 3) and "is no origin" in done.stderr, wrong


def test_docs_of_any_folder(volley, tmp_path):
    """The manual and /usr/share/doc are in it too, so the question is about what they lack."""
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.html").write_text(
            f"<title>Zwirbelgerät {name}</title><p>The zwirbelgerät {name} is oiled yearly.</p>")
    given = f"docs={tmp_path}/one:{tmp_path}/two"
    done = volley("call", "WebSearch", "query=zwirbelgerät oiled", "--search", given)
    for name in ("one", "two"):
        assert f"file://{tmp_path}/{name}/{name}.html" in done.stdout, done.stdout
    url = f"url=file://{tmp_path}/one/one.html"
    done = volley("call", "WebFetch", url, "--search", given)
    assert "The zwirbelgerät one is oiled yearly." in done.stdout
    assert volley("call", "WebFetch", url, "--search", "docs").returncode == 1
    done = volley("call", "WebSearch", "query=x", "--search", f"docs={tmp_path}/three")
    assert f"'{tmp_path}/three' is no folder" in done.stderr


def test_a_host_that_is_down_is_not_laid_to_the_pages_of_others(volley, provider):
    """Forty pages of a host that refuses connections: its breaker opens. Then one that answers."""
    good = provider(lambda i, query: (200, {"Content-Type": "text/plain"}, b"an answer"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        urls = [f"{dead}/{i}" for i in range(40)] + [f"{good.url}/page"]
        lines = "".join(json.dumps({"tool": "WebFetch", "input": {"url": url}}) + "\n"
                        for url in urls)
        done = volley("batch", "--keep-order", "--timeout", "4s", "--allow-origin",
                      f"{dead},{good.url}", input=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    told = [one["error"]["message"] for one in answers[:40]]
    assert any("Couldn't connect" in text for text in told)
    assert any("not started before the deadline" in text for text in told)
    assert answers[40]["status"] == "ok"
