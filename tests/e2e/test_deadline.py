"""A deadline answers with what is there, and a cursor to go on from: no gap, nothing twice."""

import json
import os
import subprocess

import pytest
from conftest import VOLLEY

MODES = ("content", "files_with_matches", "count")
N_FILES = 20000


@pytest.fixture(scope="module")
def big_tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("big")
    text = "".join(f"hay {i}\nneedle {i}\n" for i in range(3)) + "hay\n" * 50
    for i in range(200):
        # names of one directory before, behind and beneath those of another
        directory = root / f"d{i // 10}" / (f"e{i % 10}" if i % 3 else f"e{i % 10}.d")
        directory.mkdir(parents=True, exist_ok=True)
        for j in range(N_FILES // 200):
            (directory / f"{j}.txt").write_text(text)
    return root


def batch(root, calls, *args):
    text = "".join(json.dumps(dict(one, id=str(i))) + "\n" for i, one in enumerate(calls))
    done = subprocess.run([VOLLEY, "batch", "--keep-order", *args], input=text, text=True,
                          capture_output=True, cwd=root, timeout=60)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def grep(mode, cursor):
    given = {"pattern": "needle", "output_mode": mode, "head_limit": 0}
    return {"tool": "Grep", "input": dict(given, **({"cursor": cursor} if cursor else {}))}


def glob(_, cursor):
    given = {"pattern": "**/*.txt", "head_limit": 0}
    return {"tool": "Glob", "input": dict(given, **({"cursor": cursor} if cursor else {}))}


def items(answer):
    output = answer.get("output", {})  # none if it was not even started
    return output.get("filenames") or output.get("content", "").splitlines()


def by_pieces(root, make, mode, timeout_ms):
    """The items of all answers up to the complete one; at least one was cut off."""
    got, cursor, n = [], None, 0
    while True:
        done, (answer,) = batch(root, [make(mode, cursor)], "--timeout", f"{timeout_ms}ms")
        receipt = answer["receipt"]
        got += items(answer)
        n += 1
        if receipt["complete"]:
            assert (done.returncode, answer["status"]) == (0, "ok")
            assert "cursor" not in receipt
            return got, n
        assert (done.returncode, answer["status"]) == (124, "timeout")
        assert receipt["why_incomplete"] == ["deadline"]
        assert "deadline" in answer["error"]["message"]
        assert receipt["files_walked"] <= N_FILES
        assert n == 1 or receipt.get("cursor") != cursor or timeout_ms < 200, "no progress"
        cursor = receipt.get("cursor")
        timeout_ms = timeout_ms * 3 // 2  # ends on a slow machine too


@pytest.mark.parametrize("mode", MODES)
def test_going_on_from_the_cursor(big_tree, mode):
    _, (whole,) = batch(big_tree, [grep(mode, None)])
    assert whole["receipt"]["complete"] and whole["receipt"]["files_searched"] == N_FILES
    got, n = by_pieces(big_tree, grep, mode, 15)
    assert n > 1
    assert got == items(whole)
    assert len(got) == N_FILES * (3 if mode == "content" else 1)


def test_going_on_with_a_glob(big_tree):
    _, (whole,) = batch(big_tree, [glob(None, None)])
    got, n = by_pieces(big_tree, glob, None, 8)
    assert n > 1
    assert sorted(got) == sorted(items(whole)) and len(got) == N_FILES


def test_calls_of_one_pass_each_have_their_cursor(big_tree):
    done, answers = batch(big_tree, [grep(mode, None) for mode in MODES] + [glob(None, None)],
                          "--timeout", "25ms")
    assert done.returncode == 124
    for answer, make, mode in zip(answers, [grep] * 3 + [glob], [*MODES, None]):
        _, (rest,) = batch(big_tree, [make(mode, answer["receipt"].get("cursor"))])
        _, (whole,) = batch(big_tree, [make(mode, None)])
        assert sorted(items(answer) + items(rest)) == sorted(items(whole))


def test_a_workflow_tells_its_cursor(big_tree, tmp_path):
    path = tmp_path / "w.json"
    path.write_text(json.dumps({"name": "slow", "budget": {"wall": "25ms"}, "phases": [
        {"name": "a", "codebase": {"grep": [grep("content", None)["input"]]}}]}))
    done = subprocess.run([VOLLEY, "run", path, "--format", "json", "--tokens", "1000000"],
                          text=True, capture_output=True, cwd=big_tree, timeout=60,
                          env={"XDG_STATE_HOME": str(tmp_path)})
    assert done.returncode == 124
    (call,) = json.loads(done.stdout)["calls"]
    assert call["status"] == "timeout" and call["receipt"]["complete"] is False
    _, (rest,) = batch(big_tree, [grep("content", call["receipt"].get("cursor"))])
    _, (whole,) = batch(big_tree, [grep("content", None)])
    assert items(call) + items(rest) == items(whole)


def test_going_on_among_names_that_are_no_utf8(tmp_path):
    """They come out with replacement characters; the cursor must not."""
    for i in range(100):
        directory = os.path.join(os.fsencode(tmp_path), b"%%\x80%02d" % i)
        os.mkdir(directory)
        for j in range(60):
            with open(os.path.join(directory, b"%d" % j), "w", encoding="utf-8") as file:
                file.write("needle\n")
    _, (whole,) = batch(tmp_path, [grep("count", None)])
    got, n = by_pieces(tmp_path, grep, "count", 8)
    assert n > 1
    assert got == items(whole) and len(got) == 6000
