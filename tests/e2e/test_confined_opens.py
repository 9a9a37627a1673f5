# SPDX-License-Identifier: MIT
"""Nothing outside of the root is opened while directories are exchanged for links out of it."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

OUT = os.environ.get("VOLLEY_OUT", pathlib.Path(__file__).resolve().parents[2] / "out/release")
OPENS = int(os.environ.get("VOLLEY_OPENS", "1000000"))

SWAPPER = """
import ctypes, time
libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, EXCHANGE = -100, 2
print("ready", flush=True)
n = 0
while True:
    if libc.renameat2(AT_FDCWD, b"a", AT_FDCWD, b"b", EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")
    n += 1
    if n % 8 == 0:
        time.sleep(1e-6)  # or nobody else gets to run
"""


@pytest.mark.parametrize("more", [[OPENS], [OPENS // 20, "without-openat2"]])
def test_million_opens(more):
    """By the functions that the tools use; fails by itself when anything outside was opened."""
    done = subprocess.run([f"{OUT}/tests/fault/swap_opens", *map(str, more)],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = {name: int(n) for n, name in re.findall(r"(\d+) (\w+)", done.stdout)}
    assert figures["outside"] == 0 and figures["opens"] == int(more[0])
    # Both states were met, again and again.
    assert figures["inside"] > figures["opens"] / 50
    assert figures["refused"] > figures["opens"] / 50
    assert figures["swaps"] > figures["opens"] / 50


def calls():
    for i in range(50):
        yield {"id": f"r{i}", "tool": "Read", "input": {"file_path": f"a/file{i % 5}.txt"}}
        yield {"id": f"g{i}", "tool": "Grep",
               "input": {"pattern": f"canary|inside|{i}", "path": "a" if i % 2 else ".",
                         "output_mode": "content"}}
        yield {"id": f"l{i}", "tool": "Glob", "input": {"pattern": "**/*.txt", "path": "a"}}
        yield {"id": f"c{i}", "tool": "Bash",
               "input": {"command": "cat file0.txt", "cwd": "a"}}


def test_program(volley, tmp_path):
    outside = tmp_path / "outside"
    for place, word in ((outside, "canary"), (volley.root / "a", "inside")):
        (place / "deep").mkdir(parents=True)
        for i in range(5):
            (place / f"file{i}.txt").write_text(f"{word} {i}\n")
        (place / "deep" / f"{word}.txt").write_text(f"{word}\n")
    (volley.root / "b").symlink_to(outside)
    swapper = subprocess.Popen([sys.executable, "-c", SWAPPER], cwd=volley.root,
                               stdout=subprocess.PIPE)
    try:
        swapper.stdout.readline()
        seen = {"inside": 0, "refused": 0}
        for _ in range(5):  # a pass shares what it opens: several of them
            lines = "".join(json.dumps(call) + "\n" for call in calls())
            done = volley("batch", input=lines)
            assert done.stdout.count("\n") == 200
            for line in done.stdout.splitlines():
                answer = json.loads(line)
                output = json.dumps(answer.get("output"))
                assert "canary" not in output, answer
                seen["inside"] += "inside" in output
                seen["refused"] += answer["status"] == "denied"
        assert swapper.poll() is None
        assert seen["inside"] > 10 and seen["refused"] > 10, seen
    finally:
        swapper.kill()
        swapper.wait()
        swapper.stdout.close()
