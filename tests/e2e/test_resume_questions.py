"""Runs of explore, start and web that are gone on with give their answer, and the same one."""

import json
import re
import subprocess
import time

import pytest
from test_web_search import provider  # noqa: F401, the fixture

COMMANDS = {
    "explore": ["explore", "where are retries counted"],
    "start": ["start"],
    "web": ["web", "how are retries counted", "--search", "docs"],
}


@pytest.fixture
def project(volley):
    """A repository with a history that has to do with the question."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(volley.root)]
    subprocess.run([*git, "init", "-q"], check=True)
    for i in range(12):
        name = f"part{i}.c"
        (volley.root / name).write_text(
            f"/* retries of part {i} */\nint count_retries_{i}(int n)\n{{\n\treturn n + {i};\n}}\n")
        subprocess.run([*git, "add", name], check=True)
        subprocess.run([*git, "commit", "-qm", f"retries of part {i} are counted"], check=True)
    return volley


def same(text):
    """Without what another process says of itself: how long it took, its run."""
    text = re.sub(r"\d+\.\d+ s; |[\d,]+ of [\d,]+ tokens; |\d{8}T\d{6}-\w{4}", "", text)
    return re.sub(r'"(wall_s|tokens_used)":[\d.]+', "", text)


@pytest.mark.parametrize("form", ["md", "json"])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_answer_of_a_run_that_has_ended(project, name, form):
    first = project(*COMMANDS[name], "-q", "--format", form)
    assert first.returncode == 0, first.stdout + first.stderr
    again = project("resume", "last", "-q")
    assert again.returncode == 0, again.stderr
    if form == "json":
        assert json.loads(first.stdout).keys() == json.loads(again.stdout).keys()
    assert same(again.stdout) == same(first.stdout)


def test_an_answer_that_was_interrupted(volley, provider):  # noqa: F811
    """Its searches take a second; what had ended is not asked again."""
    server = provider(delay=1)
    asked = ["web", "how are retries counted", "--search", f"searxng={server.url}"]
    reference = volley(*asked, "-q")
    n_all = len(server.queries)
    server.queries.clear()
    run = volley.start(*asked, "-q")
    while len(server.queries) < n_all:
        time.sleep(0.02)
    run.send_signal(2)
    out, _ = run.communicate(timeout=20)
    assert run.returncode == 130 and "interrupted" in out
    done = volley("resume", "last", "-q")
    assert same(done.stdout) == same(reference.stdout), done.stderr
    assert done.returncode == reference.returncode


def test_the_latest_of_a_second(volley):
    for i in range(8):
        (volley.root / f"only{i}").write_text("x\n")
        done = volley("run", "-", "-q", "--format", "jsonl", input=json.dumps({"phases": [
            {"name": "p", "bash": {"commands": [f"echo {i}"]}}]}))
        assert done.returncode == 0
        (name,) = set(re.findall(r'"run":"([^"]*)"', done.stdout))
        assert name in volley("show", "last").stdout


def test_an_address_that_looks_like_a_secret(volley, provider):  # noqa: F811
    """It is not in the journal, so it is decided again."""
    page = {"url": "https://retries.invalid/?token=ghp_" + "Ab1" * 12,
            "title": "retries counted", "content": "how retries are counted"}
    server = provider(lambda i, query: (200, {}, json.dumps({"results": [page]}).encode()))
    asked = ["web", "how are retries counted", "--search", f"searxng={server.url}", "-q"]
    first = volley(*asked)
    assert "1 failed" in first.stdout
    again = volley("resume", "last", "-q")
    assert again.returncode == first.returncode, again.stderr
    assert "1. retries counted" in again.stdout and "1 failed" in again.stdout
