"""web against a scripted provider on loopback: what is planted in its answers is told."""

import http.server
import json
import subprocess
import threading

import pytest

QUESTION = "what is the default upload timeout of frob"

PAGES = [
    ("https://docs.frob.example/timeouts", "Frob timeouts",
     "The default upload timeout of Frob is 30 seconds."),
    ("https://www.second.example/frob?utm_source=x", "Frob uploads",
     "In Frob, the default timeout of an upload is 30 s."),
    ("https://third.example/a", "Frob notes", "The upload timeout of Frob defaults to 5 seconds."),
    ("https://mirror.example/a", "Frob timeouts",
     "The default upload timeout of Frob is 30 seconds."),
    ("https://fourth.example/code", "Frob code",
     "An upload of Frob ends early: see `frob_send_part()` in send.c, which has a timeout."),
]


@pytest.fixture
def provider():
    """A SearXNG that finds PAGES, whatever is asked."""
    queries = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            queries.append(self.path)
            body = json.dumps({"results": [
                {"url": url, "title": title, "content": text} for url, title, text in PAGES]})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.queries = queries
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(volley, provider, *more):
    return volley("web", *QUESTION.split(), "--search", f"searxng={provider.url}", *more)


def test_answer(volley, provider):
    done = ask(volley, provider, "--format", "json", "--tokens", "4000")
    answer = json.loads(done.stdout)
    assert done.returncode == 1  # the pages cannot be read, and the receipt says so
    assert answer["question"] == QUESTION
    assert len(provider.queries) == answer["searches"] >= 4
    assert len(answer["pages"]) == answer["pages_seen"] == len(PAGES)
    assert {page["url"] for page in answer["pages"]} == {url for url, _, _ in PAGES}
    assert all(page["by"] == ["searxng"] and not page["read"] for page in answer["pages"])
    assert answer["pages"][0]["score"] == 1
    assert answer["budget"]["used"] <= answer["budget"]["limit"] == 4000
    assert not answer["receipt"]["complete"]


def test_copies_and_clashes(volley, provider):
    answer = json.loads(ask(volley, provider, "--format", "json").stdout)
    copied = [passage for page in answer["pages"] for passage in page["passages"]
              if passage["also"]]
    assert len(copied) == 1 and "30 seconds" in copied[0]["text"]
    (clash,) = [claim for claim in answer["claims"] if claim["status"] == "contradicted"]
    assert "30 s" in clash["text"] and "5 seconds" in clash["text"]
    assert clash["sites"] == 3  # the mirror is no voice of its own
    assert len(clash["support"]) == 3


def test_markdown_and_budget(volley, provider):
    for tokens in 256, 400, 1000, 3000:
        done = ask(volley, provider, "--tokens", str(tokens))
        assert done.stdout.startswith("# what is the default upload timeout of frob\n")
        used = int(done.stdout.split(f" of {tokens} tokens")[0].split()[-1])
        assert used <= tokens
    assert "- contradicted (3 sites): " in done.stdout
    assert "\n> The default upload timeout of Frob is 30 seconds.\n" in done.stdout
    assert "\nalso on https://" in done.stdout


def test_same_answer_each_time(volley, provider):
    def body():
        return ask(volley, provider).stdout.rsplit("\n---\n", 1)[0]

    assert body() == body()


def test_pages_are_tied_to_the_workspace(volley, provider, tmp_path):
    tree = tmp_path / "code"
    tree.mkdir()
    (tree / "send.c").write_text(
        "/* upload timeout */\nint frob_send_part(int part)\n{\n\treturn part;\n}\n")
    subprocess.run(["git", "init", "-q", tree], check=True)
    answer = json.loads(ask(volley, provider, "-C", str(tree), "--format", "json").stdout)
    (page,) = [page for page in answer["pages"] if "fourth" in page["url"]]
    assert {"kind": "symbol", "name": "frob_send_part", "path": "send.c", "line": 2} in page["code"]
    assert {"kind": "file", "name": "send.c", "path": "send.c"} in page["code"]
    text = ask(volley, provider, "-C", str(tree)).stdout
    assert "names here: frob_send_part send.c:2, send.c\n" in text


def test_nothing_to_ask(volley):
    done = volley("web", "the")
    assert done.returncode == 2
    assert "no word to look for" in done.stderr
    assert volley("web").returncode == 2


def test_pages_of_a_workflow(volley, provider, tmp_path):
    (tmp_path / "w.yaml").write_text(
        "name: w\nphases:\n"
        "  - name: s\n    web_search: {queries: [frob]}\n"
        "  - name: p\n    needs: [s]\n    web_search: {fetch: {from: s, top: 7}}\n")
    done = volley("run", str(tmp_path / "w.yaml"), "--search", f"searxng={provider.url}",
                  "--format", "json")
    calls = {call["id"]: call for call in json.loads(done.stdout)["calls"]}
    told = [calls[f"p.{i}"]["error"]["message"] for i in range(1, 6)]
    for url, _, _ in PAGES:
        host = url.split("/")[2]
        assert sum(host in message for message in told) == 1
    assert calls["p.6"]["status"] == calls["p.7"]["status"] == "skipped"
