"""Real peers: searx and kiwix-serve."""

import json
import shutil

import pytest
from web_peers import PROGRAMS, running_peers

pytestmark = pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)),
                                reason="searx, kiwix-tools and zim-tools are not installed")


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    with running_peers(tmp_path_factory.mktemp("book")) as running:
        yield running


def pages(done):
    assert done.returncode == 0, done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", ["kiwix", "searxng"])
def test_one(volley, peers, name):
    found = pages(volley("call", "WebSearch", "query=jitter", "--search", f"{name}={peers[name]}"))
    assert [(page["title"], page["by"]) for page in found] == [("On backoff with jitter", [name])]
    assert "keep retry storms away" in found[0]["passage"]


def test_32_searches_over_both(volley, peers):
    lines = "".join(json.dumps({"id": str(i), "tool": "WebSearch",
                                "input": {"query": f"retry storms {'x' * i}"[:13 + i % 2]}}) + "\n"
                    for i in range(32))
    both = ",".join(f"{name}={url}" for name, url in peers.items())
    done = volley("batch", "--search", both, input=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 32 and {one["status"] for one in answers} == {"ok"}


def test_web(volley, peers):
    done = volley("web", "jitter", "--search", f"kiwix={peers['kiwix']}#docs", "--format", "json")
    answer = json.loads(done.stdout)
    assert answer["pages"][0]["title"] == "On backoff with jitter"
