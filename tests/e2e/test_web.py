"""web against a scripted provider on loopback: what is planted in its answers is told."""

import http.server
import json
import pathlib
import re
import subprocess
import threading
import urllib.parse

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
            self.send_response(200 if self.path.startswith("/search") else server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.queries, server.status = queries, 200
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
        if tokens == 256:
            assert " more pages: more --tokens, or volley show 2" in done.stdout
    assert " more --tokens" not in done.stdout
    assert "- contradicted (3 sites): " in done.stdout
    assert "\n> The default upload timeout of Frob is 30 seconds.\n" in done.stdout
    assert "\nalso on https://" in done.stdout


def test_more_pages_are_named_only_where_they_are(volley, provider):
    done = ask(volley, provider, "--tokens", "256")
    (run,) = (line.split()[-1] for line in done.stdout.splitlines() if " more pages: " in line)
    assert volley("show", run).returncode == 0
    done = ask(volley, provider, "--tokens", "256", "--no-journal")
    assert " more pages: more --tokens\n" in done.stdout
    assert "volley show" not in done.stdout


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


def reasons(done):
    return {(one["calls"], one["status"], one["reason"])
            for one in json.loads(done.stdout)["reasons"] if one["status"] != "skipped"}


REFUSED = ("searxng: 'http://127.0.0.1:1/search' cannot be fetched: Failed to connect to 127.0.0.1 "
           "port 1: Couldn't connect to server")


def test_why_searches_failed(volley):
    nobody = ("web", "frob", "--search", "searxng=http://127.0.0.1:1")
    done = volley(*nobody, "--format", "json")
    assert done.returncode == 1
    assert reasons(done) == {(4, "failed", REFUSED)}
    assert json.loads(done.stdout)["searches"] == 0
    text = volley(*nobody).stdout
    assert "\nno search was answered\n" in text
    assert text.count(REFUSED) == 1 and f"\n- 4 failed: {REFUSED}\n" in text
    volley.env["VOLLEY_SEARCH"] = "google"
    done = volley("web", "frob")
    assert (done.returncode, done.stdout) == (2, "") and "'google'" in done.stderr


def test_who_did_not_answer_beside_docs(volley, tmp_path):
    (tmp_path / "frob.md").write_text("# Frob\n\nThe frob of this folder frobs.\n")
    search = f"searxng=http://127.0.0.1:1,docs={tmp_path}"
    call = ("call", "WebSearch", "query=frob", "--search", search)
    volley(*call)  # makes the index, which may take its time
    done = volley("web", "frob", "--search", search, "--format", "json")
    assert json.loads(done.stdout)["pages"]
    assert reasons(done) == {(4, "partial", REFUSED)}
    assert f"\n- 4 partial: {REFUSED}\n" in volley("web", "frob", "--search", search).stdout
    assert json.loads(volley(*call, "--format", "json").stdout)["output"]["missing"] == [REFUSED]
    assert f"\n[missing: {REFUSED}]\n" in volley(*call).stdout


def test_why_pages_were_not_read(volley, provider, monkeypatch):
    def found():
        return ask(volley, provider, "--format", "json", "--allow-origin", provider.url)

    monkeypatch.setattr("test_web.PAGES", [
        (f"{provider.url}/gone", "Frob", "frob"), ("http://127.0.0.1:1/", "Frob here", "frob")])
    provider.status = 410
    (private, gone) = sorted(reasons(found()), key=lambda one: one[1])
    assert private[:2] == (1, "denied") and "(--allow-origin)" in private[2]
    assert gone == (1, "failed", f"'{provider.url}/gone' answered HTTP 410")


def test_pages_about_something_else(volley, provider):
    search = ("--search", f"searxng={provider.url}")
    answer = json.loads(volley("web", "qqzzkw", "vvbbxx", *search, "--format", "json").stdout)
    assert answer["pages"] == [] and answer["pages_seen"] == len(PAGES)
    text = volley("web", "qqzzkw", "vvbbxx", *search).stdout
    assert "\nnothing was found: none of 5 pages has a word of the question\n" in text


def test_what_is_too_long_to_be_searched_for(volley, provider):
    words = [f"frob{a}{b}" for a in "abcdefg" for b in "hijklmnop"]
    search = ("--search", f"searxng={provider.url}")
    answer = json.loads(volley("web", *words[:30], *search, "--format", "json").stdout)
    assert "words_left_out" not in answer
    answer = json.loads(volley("web", *words, *search, "--format", "json").stdout)
    left_out = answer["words_left_out"]
    told = f"\nthe question is too long: {left_out} of its words are in no search\n"
    assert told in volley("web", *words, *search).stdout
    assert told in volley("plan", "web", *words).stdout
    asked = {urllib.parse.parse_qs(query.split("?")[1])["q"][0]
             for query in provider.queries[-answer["searches"]:]}
    plan = json.loads(volley("plan", "web", *words, "--format", "json").stdout)
    assert left_out == plan["words_left_out"] == len(words) - len(
        plan["searches"][0]["query"].split())
    assert asked == {one["query"] for one in plan["searches"]}


@pytest.mark.parametrize("form", ["md", "json"])
def test_secrets_of_a_question_go_nowhere(volley, provider, tmp_path, form):
    secret = "BSAkey1234567890"
    volley.env["BRAVE_API_KEY"] = secret
    (tmp_path / "key.md").write_text("A key that is refused.\n")
    words = ["why", "is", secret, "refused"]
    question = " ".join(words)
    search = ("--search", f"searxng={provider.url}")
    for command in (("web", *words, *search), ("plan", "web", *words), ("explore", question),
                    ("plan", "explore", question)):
        done = volley(*command, "--format", form)
        assert secret not in done.stdout + done.stderr
        # A plan of explore shows its calls, and what was redacted is in none.
        is_shown = command[:2] != ("plan", "explore")
        assert ("[redacted:BRAVE_API_KEY]" in done.stdout) == is_shown
        assert not re.search(r"(?<!\[redacted:)BRAVE", done.stdout)
    asked = [urllib.parse.parse_qs(query.split("?")[1])["q"][0] for query in provider.queries]
    assert "why is refused" in asked
    assert not any(word in query for query in asked for word in (secret, "redacted", "BRAVE"))
    assert secret in volley("plan", "web", *words, "--redact", "off").stdout


def test_whom_a_plan_would_ask(volley):
    search = "searxng=http://127.0.0.1:1,docs,searxng=http://127.0.0.1:2"
    text = volley("plan", "web", "frob", "--search", search).stdout
    assert "\nsearched on this machine: docs\n" in text
    assert "\nasked, one for each search: searxng, searxng\n" in text
    plan = json.loads(volley("plan", "web", "frob", "--search", search, "--format", "json").stdout)
    assert plan["providers"] == ["searxng", "docs", "searxng"]
    ids = [one["id"] for one in plan["searches"]]
    assert len(set(ids)) == len(ids) == 4
    wrong = volley("plan", "explore", "frob", "--search", "docs")
    assert wrong.returncode == 2 and "'plan web' alone" in wrong.stderr


def test_help_has_what_web_takes(volley):
    text = volley("web", "--help").stdout
    assert "ranges" not in text and "graphml" not in text and "parts of each score" in text
    assert "ranges" in volley("explore", "--help").stdout
    assert "graphml" in volley("graph", "--help").stdout


def test_members_of_the_answer_are_in_the_manual(volley, provider):
    answer = json.loads(ask(volley, provider, "--format", "json").stdout)
    manual = (pathlib.Path(__file__).parents[2] / "docs/man/volley.1").read_text()
    names = set(answer) | set(answer["pages"][0]) | set(answer["pages"][0]["passages"][0])
    names |= set(answer["claims"][0]) | set(answer["reasons"][0])
    words = {word.strip(".,") for line in manual.splitlines() if "Li " in line
             for word in line.split()}
    assert names <= words, names - words
