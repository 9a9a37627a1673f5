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
    ("Bash", "command", (128 << 10) - 1)])
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


@pytest.fixture
def small_disk(volley):
    """The state directory on a file system of 256 KiB."""
    volley.state.mkdir()
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "none", volley.state],
            stderr=subprocess.DEVNULL, timeout=20, check=False).returncode != 0:
        pytest.skip("needs a file system of its own")
    yield volley.state
    subprocess.run(["umount", volley.state], check=True, timeout=20)


BIG = "seq 300000"  # more than is kept in memory


@parametrize("form", ["md", "json"])
def test_full_outputs_on_a_full_disk(volley, small_disk, form):
    """What does not fit is told, and takes nothing from the others."""
    (volley.root / "w.json").write_text(json.dumps({"name": "x", "phases": [
        {"name": "p", "bash": {"commands": [BIG, "echo small"]},
         "codebase": {"read": [{"file_path": "docs/long.txt", "limit": 0}] * 3}}]}))
    done = volley("run", "w.json", "--format", form, "--tokens", "2000", "--no-journal")
    assert done.returncode == 0  # all calls succeeded
    assert re.match(r"volley: full outputs are not all kept: ", done.stderr)
    if form == "md":
        assert done.stdout.count("[what was left out could not be kept]\n") == 1
        assert "all in p.1.out" not in done.stdout and "\nsmall\n" in done.stdout
    else:
        answer = json.loads(done.stdout)
        assert answer["receipt"]["why_incomplete"] == ["output_cut"]
        big, small = answer["calls"][:2]
        assert small["output"]["stdout"] == "small\n"
        assert big["output"]["rawOutputPath"] is None and "full_output" not in big["cut"]
        assert big["output"]["stdout"].endswith("\n299999\n300000\n")
    assert os.listdir(small_disk / "volley/spool") == []
    for path in (small_disk / "volley/runs").glob("*/p.[345].out"):
        assert path.read_text().count("\n") == 5000  # all of it or nothing


def test_a_command_on_a_full_disk(volley, small_disk):
    done, (answer,) = batch(volley, call("1", "Bash", command=BIG), args=["--no-journal"])
    assert done.returncode == 0 and answer["status"] == "ok"
    output = answer["output"]
    assert output["stdout"].startswith("1\n2\n") and output["stdout"].endswith("\n300000\n")
    assert "bytes left out ...]\n" in output["stdout"] and output["rawOutputPath"] is None
    assert answer["receipt"]["why_incomplete"] == ["output_cut"]
    done = volley("call", "Bash", f"command={BIG}")
    assert done.returncode == 0 and "[what was left out could not be kept]\n" in done.stdout


def test_what_is_kept_elsewhere_is_all_there(volley):
    done, (answer,) = batch(volley, call("1", "Bash", command=BIG))
    with open(answer["output"]["rawOutputPath"], encoding="utf-8") as file:
        assert file.read() == "".join(f"{i}\n" for i in range(1, 300001))


def test_the_same_workflow_gives_the_same_answer(volley):
    """But for times and the names of runs."""
    (volley.root / "w.json").write_text(json.dumps({"name": "x", "phases": [
        {"name": "a", "codebase": {
            "glob": ["**/*", "*.none"], "read": ["README.md", "nowhere", "docs/long.txt"],
            "grep": ["retry", {"pattern": "line \\d*7", "output_mode": "content", "-C": 1},
                     {"pattern": "text", "output_mode": "count", "path": "docs"}]}},
        {"name": "b", "bash": {"commands": [
            "seq 500", "sleep 0.05; echo late", "exit 3", {"command": "echo no", "needs": ["b.3"]},
            "kill -9 $$"]}}]}))

    def answer(form):
        done = volley("run", "w.json", "--format", form, "--tokens", "3000")
        assert (done.returncode, done.stderr) == (1, "") and len(done.stdout) > 5000
        text = done.stdout
        text = re.sub(r"\d{8}T\d{6}-\w{4}", "RUN", text)
        text = re.sub(r"\b\d+\.\d+ (ms|s)\b|peak memory \d+ MB", "TIME", text)
        text = re.sub(r'"ms":\{.*?\}', "TIME", text)
        return re.sub(r'"(durationMs|wall_ms|cpu_ms|peak_memory_kb)":[\d.]+', "TIME", text)

    for form in ("md", "json"):
        assert len({answer(form) for _ in range(5)}) == 1
