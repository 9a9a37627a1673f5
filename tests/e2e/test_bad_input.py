"""Hostile and odd input: a clear error that names the thing, or a right answer."""

import json
import os
import re
import subprocess

import pytest
from conftest import VOLLEY

GREP_MODES = ("content", "files_with_matches", "count")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def call(id, tool, **input):
    return {"id": id, "tool": tool, "input": input}


def batch(volley, *lines, args=(), end=b"\n", **more):
    """Lines are bytes or objects; a last call must be answered whatever came before it."""
    last = call("last", "Bash", command="echo still here")
    text = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode()
                      for one in (*lines, last)) + end
    done = volley("batch", "--keep-order", *args, input=text, text=False, **more)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == b""
    assert answers[-1]["id"] == "last" and answers[-1]["output"]["stdout"] == "still here\n"
    return done, answers[:-1]


def refused(volley, line, text):
    done, (answer,) = batch(volley, line)
    assert done.returncode == 1 and answer["status"] == "failed"
    assert text in answer["error"]["message"]
    assert len(done.stdout) < 3000
    return answer


def parametrize(names, values):
    """The values are too long to be shown as names of the tests."""
    return pytest.mark.parametrize(names, values, ids=map(str, range(len(values))))


@parametrize("tool, key, limit", [
    ("Grep", "pattern", 65536), ("Glob", "pattern", 4096), ("Read", "file_path", 4095),
    ("Bash", "command", 1 << 20)])
def test_huge_inputs(volley, tool, key, limit):
    text = f"{tool}: '{key}' is 10000000 bytes long; at most {limit} are allowed"
    assert refused(volley, call("1", tool, **{key: "x" * 10_000_000}), text)["id"] == "1"


@parametrize("line, text", [
    (b"x" * 10_000_000, "line 1: character 1: expected a value, found 'x'"),
    (b'"' + b"x" * 10_000_000, "line 1: character 2: the string has no closing quote"),
    (b"x" * (17 << 20), "line 1: longer than 16 MiB"),
    (b'{"tool":' * 100_000, "line 1: character 513: nested more than 64 deep"),
    (b"[" * 100_000, "line 1: character 65: nested more than 64 deep"),
    (b"\0", "line 1: character 1: expected a value, found byte 0x00"),
    (b'{"tool":"Bash\0"}', "line 1: character 14: a control character"),
    (b'{"tool":"Bash","input":{"command":"echo \xff"}}', "line 1: character 41: invalid UTF-8"),
    (b'{"tool":"Bash","input":{"command":"echo \xed\xa0\x80"}}', "invalid UTF-8"),
    (b'{"tool":"Bash","input":{"command":"\\ud800"}}', "half of a surrogate pair"),
    (b"\xff\xfe", "line 1: character 1: expected a value, found byte 0xff"),
    (b'{"id":1e999,"tool":"Bash"}', "line 1: character 7: the number is too big"),
])
def test_lines_that_are_no_json(volley, line, text):
    answer = refused(volley, line, text)
    assert answer["line"] == 1 and answer["id"] is None


@parametrize("tool, key", [
    ("Read", "file_path"), ("Grep", "pattern"), ("Grep", "path"), ("Grep", "glob"),
    ("Glob", "pattern"), ("Glob", "path"), ("Bash", "command"), ("Bash", "cwd")])
def test_escaped_nul(volley, tool, key):
    given = {"Grep": {"pattern": "x"}, "Glob": {"pattern": "x"}, "Bash": {"command": "true"}}
    refused(volley, call("1", tool, **{**given.get(tool, {}), key: "a\0b"}),
            f"{tool}: '{key}' holds a NUL byte")


@parametrize("line, text", [
    (call("k" * 10_000_000, "Bash", command="true"), "'id' must be a string of 1 to 256 bytes"),
    ({"id": [], "tool": "Bash"}, "'id' must be a string"),
    ({"id": "1", "tool": "Nonsense" * 1_000_000}, "unknown tool 'Nonsense"),
    ({"id": "1", "tool": "Bash", "k" * 10_000_000: 1}, "unknown key 'kkk"),
    ({"id": "1", "tool": "Bash", "input": {"k" * 10_000_000: 1}}, "unknown input 'kkk"),
])
def test_huge_words(volley, line, text):
    answer = refused(volley, line, text)
    assert answer["id"] == "1" or answer["line"] == 1  # what is answered can be told


def test_last_line_that_is_cut_off(volley):
    done, (answer,) = batch(volley, call("1", "Read", file_path="README.md"), end=b"")
    assert done.returncode == 0 and answer["status"] == "ok"
    done = volley("batch", input='{"id":"1","tool":"Ba')
    assert done.returncode == 1 and json.loads(done.stdout)["line"] == 1


@parametrize("text, place", [
    (b"[" * 100_000, "1:65: nested more than 64 deep"),
    (b'{"a":' * 100_000, "1:321: nested more than 64 deep"),
    (b"- " * 100_000, "1:129: nested more than 64 deep"),
    (b"name: x\nroot: a\0b\n", "2:8: a NUL byte: this is not a text"),
    (b'{"name":"x","phases":[{"name":"p","bash":{"commands":["echo\\u0000"]}}]}',
     "1:55: Bash: 'command' holds a NUL byte"),
    (b'name: x\nphases:\n- name: p\n  codebase: {grep: ["a\\0b"]}\n',
     "4:21: Grep: 'pattern' holds a NUL byte"),
    (b"name: \xff\n", "1:7: invalid UTF-8"),
    (b"", "1:1: the text is empty"),
    (b"a: &a [x]\nb: *a\n", "1:4: anchors ('&') are not supported"),
    (b"x" * (17 << 20), "1:1: 'workflow' must be a map, not a string"),
])
def test_workflows_that_are_none(volley, text, place):
    (volley.root / "w.yaml").write_bytes(text)
    done = volley("run", "w.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"w.yaml:{place}")
    assert len(done.stderr) < 2000


def test_a_workflow_that_is_no_file(volley):
    for name, text in ((".", "Is a directory"), ("/dev/full", "File too large"),
                       ("README.md/x", "Not a directory")):
        done = volley("run", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"'{name}': {text}" in done.stderr


@parametrize("command", [("batch",), ("call", "Grep", "pattern=retry"),
                                     ("call", "Read", "file_path=docs/long.txt"), ("tools",),
                                     ("run", "w.json"), ("run", "w.json", "--format", "jsonl"),
                                     ("plan", "w.json"), ("help",), ("version",), ("doctor",)])
def test_standard_output_on_a_full_disk(volley, command):
    (volley.root / "w.json").write_text(json.dumps(
        {"name": "x", "phases": [{"name": "p", "codebase": {"grep": ["retry"]}}]}))
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([VOLLEY, *command], stdout=full, stderr=subprocess.PIPE, text=True,
                              input=json.dumps(call("1", "Read", file_path="docs/long.txt")),
                              cwd=volley.root, env=volley.env, timeout=30)
    assert done.returncode == 3
    assert re.fullmatch(r"volley: cannot write .*\n|volley: No space left on device\n", done.stderr)
