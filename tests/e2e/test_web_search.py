"""WebSearch, WebFetch and web against scripted providers on loopback."""

import contextlib
import gzip
import http.server
import json
import socket
import threading
import time
import urllib.parse

import net_world
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

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
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


def long_results(i, query):
    results = [{"url": f"https://{n}.example.org/", "title": f"page {n}",
                "content": (f'{n} "quoted" \\ back é ' * 60).strip()} for n in range(8)]
    return 200, {}, json.dumps({"query": query, "results": results}).encode()


def shown_of(one, whole):
    """Only the last one shown may be cut, and only in its passage."""
    shown = one["output"]["results"]
    for page, full in zip(shown[:-1], whole):
        assert page == full
    if shown and shown[-1] != whole[len(shown) - 1]:
        assert {**shown[-1], "passage": ""} == {**whole[len(shown) - 1], "passage": ""}
        assert shown[-1]["passage"].endswith("…")
        assert whole[len(shown) - 1]["passage"].startswith(shown[-1]["passage"][:-1])
    cut = one.get("cut", {"shown_results": len(whole), "total_results": len(whole)})
    assert (cut["shown_results"], cut["total_results"]) == (len(shown), len(whole))
    assert (cut.get("shown_bytes", 1) > 0) == (len(shown) > 0)
    return len(shown)


def test_a_small_budget_hides_no_results(volley, provider):
    volley.env["VOLLEY_SEARCH"] = f"searxng={provider(long_results).url}"

    def call(*more):
        done = volley("call", "WebSearch", "query=epoll", "--format", "json", *more)
        assert done.returncode == 0, done.stderr
        return done.stdout, json.loads(done.stdout)

    whole = call()[1]["output"]["results"]
    assert len(whole) == 8
    counts = []
    for tokens in (*range(256, 300), 1000, 2000, 8000):
        text, one = call("--tokens", str(tokens))
        assert len(text.encode()) <= 4 * tokens
        counts.append(shown_of(one, whole))
    assert counts[0] == 1 and counts == sorted(counts) and counts[-1] == 8


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_run_with_a_small_budget_hides_no_results(volley, provider, form):
    volley.env["VOLLEY_SEARCH"] = f"searxng={provider(long_results).url}"
    path = volley.root / "w.json"
    path.write_text(json.dumps({"name": "t", "phases": [
        {"name": "p", "web_search": {"queries": ["epoll"]}}]}))

    def call(tokens):
        done = volley("run", str(path), "--format", form, "--tokens", str(tokens))
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if form == "json":
            return lines[0]["calls"][0]
        return next(one["result"] for one in lines if one["event"] == "call.finished")

    whole = call(100000)["output"]["results"]
    counts = [shown_of(call(tokens), whole) for tokens in (500, 1000, 1500, 2000, 3000)]
    assert counts == sorted(counts) and counts[-1] > counts[0]


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

    def __init__(self, rate, tells, burst=None):
        self.rate, self.tells, self.burst = rate, tells, burst or rate
        self.tokens, self.at, self.n_refused = self.burst, time.monotonic(), 0
        self.lock = threading.Lock()

    def __call__(self, i, query):
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
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
        results = [{"url": "https://a.example.org/" + urllib.parse.quote(query), "title": query,
                    "content": "x", "description": "x"}]
        return 200, headers, json.dumps({"results": results, "web": {"results": results}}).encode()


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


def test_the_first_request_may_be_late(volley, provider):
    """libcurl is opened for it: what comes after it must not come sooner for that."""
    quota = Quota(10, "nothing", burst=1)
    server = provider(quota)
    volley.env["LD_PRELOAD"] = str(net_world.PRELOAD.with_name("late_library.so"))
    answers = searches(volley, [f"q{i}" for i in range(4)], f"searxng={server.url}@5/s")
    assert statuses(answers) == {"ok"}
    assert quota.n_refused == 0


def kept_limits(tmp_path):
    return sorted(path for path in (tmp_path / ".cache/volley/web/rates").iterdir()
                  if path.name != "salt")


@pytest.mark.parametrize("tells", ["headers", "retry", "nothing"])
def test_the_next_process_knows_the_limits(volley, provider, tmp_path, tells):
    quota = Quota(10, tells, burst=5)
    server = provider(quota)
    search = f"searxng={server.url}"
    assert statuses(searches(volley, [f"q{i}" for i in range(32)], search)) == {"ok"}
    assert quota.n_refused >= 20
    (path,) = kept_limits(tmp_path)
    quota.n_refused = 0
    assert statuses(searches(volley, [f"r{i}" for i in range(32)], search)) == {"ok"}
    assert quota.n_refused <= 3  # 0 or 1; on a busy machine some that are late come too close
    path.write_bytes(path.read_bytes()[:-1])  # as if it were not there
    assert statuses(searches(volley, ["s"], search)) == {"ok"}


def test_processes_at_the_same_time_take_turns(volley, provider, tmp_path):
    asked = []
    server = provider(lambda i, query: asked.append(time.monotonic()))
    three = [volley.start("call", "WebSearch", f"query={word}", "--search",
                          f"searxng={server.url}@0.5/s") for word in ("one", "two", "three")]
    assert [one.wait(timeout=30) for one in three] == [0, 0, 0]
    assert all(b - a > 1 for a, b in zip(asked, asked[1:]))  # 2 s, when none is late
    (turns,) = (tmp_path / ".cache/volley/web/turns").iterdir()
    assert turns.stat().st_size == len(asked) == 3
    # Where there can be no such file, and where it has grown too long:
    turns.write_bytes(bytes((1 << 20) + 1))
    assert statuses(searches(volley, ["x"], f"searxng={server.url}")) == {"ok"}
    assert turns.stat().st_size == 1
    turns.unlink()
    turns.parent.rmdir()
    turns.parent.write_text("")
    assert statuses(searches(volley, ["y"], f"searxng={server.url}")) == {"ok"}


@pytest.mark.parametrize("status", [429, 503])
def test_who_wants_to_be_left_alone(volley, provider, tmp_path, status):
    server = provider(lambda i, query: (status, {"Retry-After": "600"}, b""))
    for _ in range(2):
        (one,) = searches(volley, ["x"], f"searxng={server.url}")
        assert " until 20" in one["error"]["message"]
    good = provider()
    answers = searches(volley, [f"q{i}" for i in range(8)],
                       f"searxng={server.url},searxng={good.url}")
    assert statuses(answers) == {"ok"}
    assert len(server.queries) == 1
    # Limits are of an address, of whoever asks there.
    volley.env["BRAVE_API_KEY"] = key = "0123456789abcdef"
    searches(volley, ["x"], f"brave={server.url}")
    assert len(server.queries) == 2
    assert len(kept_limits(tmp_path)) == 2
    assert not any(key.encode() in path.read_bytes() for path in kept_limits(tmp_path))


def test_who_failed_is_left_alone_if_there_is_another(volley, provider):
    broken, good = provider(lambda i, query: (500, {}, b"")), provider()
    both = f"searxng={broken.url},searxng={good.url}"
    assert statuses(searches(volley, [f"q{i}" for i in range(32)], both)) == {"ok"}
    n = len(broken.queries)
    assert n > 0
    assert statuses(searches(volley, [f"r{i}" for i in range(32)], both)) == {"ok"}
    assert len(broken.queries) == n
    searches(volley, ["x"], f"searxng={broken.url}")
    assert len(broken.queries) > n


def test_nothing_is_kept_of_who_has_no_limit(volley, provider, tmp_path):
    server, closed = provider(), provider(lambda i, query: (403, {}, b""))
    for i in range(2):
        answers = searches(volley, ["x", "y"], f"searxng={server.url}")
        assert statuses(answers) == {"ok"}
        searches(volley, ["x"], f"searxng={closed.url}")  # a key may be mended
        assert len(closed.queries) == i + 1
    assert kept_limits(tmp_path) == []
    del volley.env["HOME"]  # then there is no place: all is as it was
    volley.env["XDG_CONFIG_HOME"] = "nowhere"
    searches(volley, ["x"], f"searxng={server.url}")
    assert len(server.queries) == 5


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


@pytest.mark.parametrize("name, status, said, what", [
    ("brave", 422, {"error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": "bad token"}},
     ("denied", "brave answered HTTP 422 at '{}/res/v1/web/search': bad token")),
    ("tavily", 432, {"detail": {"error": "over the plan's limit"}},
     ("denied", "tavily answered HTTP 432 at '{}/search': over the plan's limit")),
    ("tavily", 400, {"detail": {"error": "no such key: key-0123456789"}},
     ("invalid", "tavily answered HTTP 400 at '{}/search'")),
    ("searxng", 200, {"results": [], "unresponsive_engines": [["google", "CAPTCHA"], ["bing"]]},
     ("transient", "searxng: it could not look: google: CAPTCHA, bing")),
    ("jina", 422, {"code": 422, "message": "No search results available for query x"}, None)])
def test_what_a_provider_says(volley, provider, name, status, said, what):
    server = provider(lambda i, query: (status, {}, json.dumps(said).encode()))
    for variable in ("BRAVE_API_KEY", "TAVILY_API_KEY", "JINA_API_KEY"):
        volley.env[variable] = "key-0123456789"
    (one,) = searches(volley, ["x"], f"{name}={server.url}")
    if not what:
        assert one["status"] == "ok" and one["output"]["results"] == []
        return
    assert one["error"]["class"] == what[0]
    assert one["error"]["message"] == what[1].format(server.url)
    good = provider()
    both = searches(volley, [f"q{i}" for i in range(64)], f"{name}={server.url},searxng={good.url}")
    assert statuses(both) == {"ok"}
    assert len(server.queries) < 64  # who fails at once is not the quicker one


def test_who_refuses_again_and_again_is_not_waited_for(volley, provider):
    server = provider(lambda i, query: (429, {"Retry-After": "1"}, b""))
    searches(volley, ["epoll"], "docs")  # makes its index
    (one,) = searches(volley, ["epoll"], f"searxng={server.url},docs")
    assert one["status"] == "ok" and len(server.queries) == 3
    assert "searxng answered HTTP 429" in str(one["output"]["missing"])


def test_nobody_answers(volley, provider):
    server = provider(lambda i, query: (503, {}, b"busy"))
    (one,) = searches(volley, ["x"], f"searxng={server.url}")
    assert one["status"] == "failed"
    message = one["error"]["message"]
    assert f"searxng answered HTTP 503 at '{server.url}/search'" in message
    assert "attempts" not in message  # a search tries again by itself, or not at all
    assert not one["receipt"]["complete"]


def test_an_answer_that_is_too_long(volley, provider):
    server = provider(lambda i, query: (200, {}, b" " * (5 << 20) + b"{}"))
    (one,) = searches(volley, ["x"], f"searxng={server.url}")
    assert "searxng: the answer is more than 4 MiB" in one["error"]["message"]


@pytest.mark.parametrize("wait", ["100000", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_who_refuses_for_long_is_not_waited_for(volley, provider, wait):
    server = provider(lambda i, query: (429, {"Retry-After": wait}, b"{}"))
    answers = searches(volley, ["x", "y"], f"searxng={server.url}")
    assert statuses(answers) == {"failed"}
    assert all(" until 2" in one["error"]["message"] for one in answers)
    assert len(server.queries) <= 2


@pytest.mark.parametrize("tool, argument", [("WebFetch", "url={}/page"), ("WebSearch", "query=x")])
def test_the_deadline_is_the_reason(volley, provider, tool, argument):
    server = provider(lambda i, query: "stall")
    done = volley("call", tool, argument.format(server.url), "--format", "json", "--timeout", "1s",
                  "--allow-origin", server.url, "--search", f"searxng={server.url}")
    answer = json.loads(done.stdout)
    assert (answer["status"], done.returncode) == ("timeout", 124)
    assert answer["receipt"]["why_incomplete"] == ["deadline"]


def test_equal_searches_of_whom_one_did_not_answer(volley, provider):
    """Their lines have it all, also when the first of them is told and gone."""
    bad, good = provider(lambda i, query: (503, {}, b"busy")), provider()
    answers = searches(volley, ["same"] * 6, f"searxng={bad.url},searxng={good.url},docs")
    missing = [one["output"].get("missing") for one in answers]
    assert statuses(answers) == {"ok"} and len({json.dumps(one) for one in missing}) == 1
    assert f"searxng answered HTTP 503 at '{bad.url}/search'" in str(missing) or not bad.queries


def test_a_secret_in_a_query(volley, provider):
    volley.env["MY_TOKEN"] = "supersecretvalue99"
    server = provider()
    (one,) = searches(volley, ["memory supersecretvalue99"], f"searxng={server.url}")
    assert one["status"] == "ok" and "supersecret" not in json.dumps(one)
    assert server.queries == ["memory [redacted:MY_TOKEN]"]


def test_each_that_failed_is_named(volley, provider):
    bad = [provider(lambda i, query: (503, {}, b"")), provider(lambda i, query: (500, {}, b""))]
    (one,) = searches(volley, ["x"], ",".join(f"searxng={each.url}" for each in bad))
    assert one["status"] == "failed"
    told = "\n".join(one["output"]["missing"])
    assert f"HTTP 503 at '{bad[0].url}/search'" in told
    assert f"HTTP 500 at '{bad[1].url}/search'" in told


def test_a_secret_in_an_address(volley, provider):
    volley.env["MY_API_KEY"] = "canary0123456789"
    server = provider(lambda i, query: (200, {"Content-Type": "text/plain"}, b"an answer"))
    url = f"url={server.url}/page?key=canary0123456789"
    for form in ("md", "json"):
        done = volley("call", "WebFetch", url, "--allow-origin", server.url, "--format", form)
        assert done.returncode == 0 and "canary" not in done.stdout, done.stdout
        assert "[redacted:MY_API_KEY]" in done.stdout
    gone = provider(lambda i, query: (404, {}, b""))
    for address in ("http://127.0.0.1:99999", gone.url):
        done = volley("call", "WebFetch", f"url={address}/x?key=topsecret", "--allow-origin",
                      gone.url)
        assert done.returncode != 0 and "topsecret" not in done.stderr + done.stdout


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
            ("searxng=http://x#y", "'#y': 'searxng' has no collections"),
            ("docs=/nonexist", "docs: '/nonexist' is not a folder"),
            ("docs=/proc/version", "docs: '/proc/version' is not a folder"),
            ("docs=/usr:lib", "docs: 'lib' must be an absolute path"),
            ("searxng=http://x brave", "'http://x brave' is no address of 'searxng': it has a"),
            (" , docs=/no such , brave", "docs: '/no such' is not a folder"),
            ("docs,docs", "'docs' is named twice"),
            ("searxng=http://x,searxng=http://x/", "'searxng' is named twice"),
            (",", "the list of search providers is empty")]:
        for command in (["call", "WebSearch", "query=x"], ["batch"],
                        ["web", "how often are uploads retried?"]):
            done = volley(*command, "--search", search)
            assert what in done.stderr, search
            assert done.returncode == 2
        volley.env["VOLLEY_SEARCH"] = search
        done = volley("call", "WebSearch", "query=x")
        assert (what in done.stderr, done.returncode) == (True, 2)
        assert volley("call", "Glob", "pattern=*").returncode == 0
        del volley.env["VOLLEY_SEARCH"]


@pytest.mark.parametrize("line", [
    "BRAVE_API_KEY=0123456789abcdef", 'BRAVE_API_KEY = "0123456789abcdef"',
    "export BRAVE_API_KEY='0123456789abcdef'", "  BRAVE_API_KEY= 0123456789abcdef \r"])
def test_forms_of_a_key(volley, provider, tmp_path, line):
    keys = tmp_path / "config/volley/keys"
    keys.parent.mkdir(parents=True)
    keys.touch(0o600)
    keys.write_text(f"# keys\n\nEXA_API_KEY=\n{line}\n")
    server, given = provider(), []
    original = server.answer
    server.answer = lambda handler: (given.append(handler.headers["X-Subscription-Token"]),
                                     original(handler))
    (one,) = searches(volley, ["x"], f"brave={server.url}")
    assert (one["status"], given) == ("ok", ["0123456789abcdef"])


@pytest.mark.parametrize("line, what", [
    ("BRAV_API_KEY=0123456789abcdef",
     "line 2: unknown key 'BRAV_API_KEY'; did you mean 'BRAVE_API_KEY'?"),
    ("0123456789abcdef", "line 2 is not NAME=VALUE"),
    ("0123456789abcdef==", "line 2 is the key of no provider")])
def test_lines_that_are_no_keys(volley, tmp_path, line, what):
    keys = tmp_path / "config/volley/keys"
    keys.parent.mkdir(parents=True)
    keys.touch(0o600)
    keys.write_text(f"# keys\n{line}\n")
    done = volley("call", "WebSearch", "query=x", "--search", "brave")
    assert (what in done.stderr, done.returncode) == (True, 2), done.stderr
    assert str(keys) in done.stderr
    assert "0123456789abcdef" not in done.stderr + done.stdout


def test_key_of_a_file_that_others_read(volley, tmp_path):
    keys = tmp_path / "config/volley/keys"
    keys.parent.mkdir(parents=True)
    keys.write_text("BRAVE_API_KEY=0123456789abcdef\n")
    keys.chmod(0o644)
    for more in (["--search", "brave=http://127.0.0.1:1"], []):
        for command in (["call", "WebSearch", "query=x"],
                        ["web", "how often are uploads retried?"]):
            done = volley(*command, *more)
            assert done.returncode == 2 and "can be read by others" in done.stderr
    # Who does not search, or asks nobody who has a key, has no use for keys.
    assert volley("call", "Glob", "pattern=*").returncode == 0
    done = volley("call", "Glob", "pattern=*", "--search", "docs")
    assert done.returncode == 0
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
    for wrong in ["docs.lan", "http://docs.lan/page", "http://u@docs.lan", "ftp://docs.lan",
                  "http://docs.lan:99999", "http://docs.lan:0", "http://docs.lan:",
                  "http://docs.lan:8o", "http://:80", "http://[::1"]:
        done = fetch(f"{server.url}/page", wrong)
        assert done.returncode == 2 and "is no origin" in done.stderr, wrong
    done = fetch(f"{server.url}/page", "")
    assert done.returncode == 2 and "the list of origins is empty" in done.stderr
    assert "[failed: " in fetch("http://[::1]:1/", "http://[::1]:1").stdout


@pytest.mark.parametrize("reply, what", [
    ((302, {}, b""), "[failed: '{}/page' answered HTTP 302, which leads nowhere]"),
    ((302, {"Location": "/page?key=secret"}, b""),
     "[failed: redirected by '{}/page': more than 5 times]"),
    ((200, {"Content-Type": "text/html"}, b"%PDF-1.7 of a sort"),
     "[failed: '{}/page' is no text but application/pdf]"),
    ((200, {"Content-Type": "text/html"}, b"<title>A &amp;\tB\x1b[1m</title><p>so"),
     '[page: "A & B [1m", {}/page]'),
    ((200, {"Content-Type": "text/html"}, b""), "[page: {}/page: there is no text in it]")])
def test_what_is_said_of_a_page(volley, provider, reply, what):
    server = provider(lambda i, query: reply)
    done = volley("call", "WebFetch", f"url={server.url}/page", "--allow-origin", server.url)
    assert what.format(server.url) in done.stdout
    assert "secret" not in done.stdout
    assert len(server.queries) <= (6 if "redirected" in what else 1)  # of those some are kept


def test_a_prompt_that_a_page_says_nothing_of(volley, tmp_path):
    given = ["--search", f"docs={tmp_path}"]
    (tmp_path / "long.txt").write_text("".join(f"Part {i} of it.\n\n" for i in range(5000)))
    fetch = ["call", "WebFetch", f"url=file://{tmp_path}/long.txt", *given]
    note = "[no paragraph matches the prompt: this is how the page begins]\n[page: "
    done = volley(*fetch, "prompt=zzzz qqqq")
    assert done.stdout.startswith("Part 0 of it.\n\nPart 1 of it.\n\n")
    assert "\n[...]\n" + note in done.stdout and 15000 < len(done.stdout) < 25000
    done = volley(*fetch, "prompt=zzzz qqqq", "--format", "json")
    assert json.loads(done.stdout)["output"]["besidePrompt"] is True
    done = volley(*fetch, "prompt=zzzz 4321")
    assert "Part 4321 of it." in done.stdout and "no paragraph" not in done.stdout
    done = volley("call", "WebSearch", "query=zzzzqqqq", *given)
    assert (done.stdout, done.returncode) == ("[no results]\n", 0)


def test_who_cannot_be_reached_is_named(volley):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = volley("call", "WebFetch", f"url={url}/a/page?key=secret", "--allow-origin", url)
        assert f"'{url}/a/page' cannot be fetched: " in done.stdout
        done = volley("call", "WebSearch", "query=secret", "--search", f"searxng={url}")
        assert f"searxng: '{url}/search' cannot be fetched: " in done.stdout
    assert "secret" not in done.stdout


def test_docs_of_any_folder(volley, tmp_path):
    """The manual and /usr/share/doc are in it too, so the question is about what they lack."""
    tmp_path = tmp_path / "my documents"
    tmp_path.mkdir()
    where = str(tmp_path).replace(" ", "%20")
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.html").write_text(
            f"<title>Zwirbelgerät {name}</title><p>The zwirbelgerät {name} is oiled yearly.</p>")
    given = f" docs={tmp_path}/one:{tmp_path}/two ,"
    done = volley("call", "WebSearch", "query=zwirbelgerät oiled", "--search", given)
    for name in ("one", "two"):
        assert f"file://{where}/{name}/{name}.html" in done.stdout, done.stdout
    url = f"url=file://{where}/one/one.html"
    done = volley("call", "WebFetch", url, "--search", given)
    assert "The zwirbelgerät one is oiled yearly." in done.stdout
    title = "Zwirbelgerät one"
    assert done.stdout.rstrip().endswith(f'[page: "{title}", file://{where}/one/one.html]')
    done = volley("call", "WebFetch", url, "--search", given, "--format", "json")
    assert json.loads(done.stdout)["output"]["title"] == title
    assert volley("call", "WebFetch", url, "--search", "docs").returncode == 1
    done = volley("call", "WebSearch", "query=x", "--search", f"docs={tmp_path}/three")
    assert f"'{tmp_path}/three' is not a folder" in done.stderr
    (tmp_path / "one/sub").mkdir()
    (tmp_path / "one/gnurbel.1.gz").write_bytes(gzip.compress(
        b".TH GNURBEL 1\n.SH NAME\ngnurbel \\- of the manual\n"))
    (tmp_path / "one/sub/late.txt").write_text("The gnurbel was written later.\n")
    done = volley("call", "WebSearch", "query=gnurbel", "--search", given)
    assert f"file://{where}/one/sub/late.txt" in done.stdout
    assert "man:gnurbel(1)" in done.stdout


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


def fetch_all(volley, urls, *options):
    lines = "".join(json.dumps({"tool": "WebFetch", "input": {"url": url}}) + "\n" for url in urls)
    done = volley("batch", "--keep-order", *options, input=lines)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_page_whose_host_asks_to_wait(volley, provider):
    """It is waited for; pages of others are not held back."""
    page, asked = (200, {"Content-Type": "text/plain"}, b"an answer"), []

    def busy_once(i, query):
        asked.append(("busy", time.monotonic()))
        return page if i else (429, {"Retry-After": "1"}, b"")

    def never_busy(i, query):
        asked.append(("good", time.monotonic()))
        return page

    busy, good = provider(busy_once), provider(never_busy)
    answers = fetch_all(volley, [f"{busy.url}/page", f"{good.url}/page"], "--allow-origin",
                        f"{busy.url},{good.url}")
    assert statuses(answers) == {"ok"}
    first, second = [at for name, at in asked if name == "busy"]
    assert second - first >= 1 and asked[-1][0] == "busy"


def test_a_page_whose_host_asks_to_wait_too_long(volley, provider):
    busy = provider(lambda i, query: (429, {"Retry-After": "3600"}, b""))
    answers = fetch_all(volley, [f"{busy.url}/{i}" for i in range(200)], "--allow-origin", busy.url)
    told = [one["error"] for one in answers]
    assert statuses(answers) == {"failed"} and len(busy.queries) < 200
    assert "answered HTTP 429, and asked to be left alone for 3600 s" in told[0]["message"]
    assert "asked to be left alone; it is asked again in 3" in told[-1]["message"]
    assert told[-1]["message"].endswith("s, which is too long to wait")
