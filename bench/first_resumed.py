#!/usr/bin/env python3
"""Milliseconds from the start of `volley resume` to the start of its first call, for a run of
10,000 commands that was killed in the middle.

    first_resumed.py VOLLEY DIR
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

CALLS = 10000


def killed_run(volley, base):
    """Kills a run when half of it is done."""
    workflow = base / "true.json"
    phase = {"name": "a", "bash": {"commands": ["true"] * CALLS}}
    workflow.write_text(json.dumps({"name": "true", "phases": [phase]}))
    n = 0
    with subprocess.Popen(
        [volley, "run", "-q", "--format", "jsonl", str(workflow)],
        stdout=subprocess.PIPE,
        bufsize=1 << 20,
    ) as child:
        for line in child.stdout:
            n += line.startswith(b'{"event":"call.finished"')
            if n == CALLS // 2:
                child.send_signal(signal.SIGKILL)
                break


def first_start(volley):
    start = time.perf_counter()
    with subprocess.Popen(
        [volley, "resume", "last", "-q", "--format", "jsonl"],
        stdout=subprocess.PIPE,
        bufsize=1 << 20,
    ) as child:
        for line in child.stdout:
            if line.startswith(b'{"event":"call.started"'):
                seconds = time.perf_counter() - start
                child.send_signal(signal.SIGKILL)
                return seconds * 1000
    sys.exit("first_resumed.py: nothing was started")


def main():
    volley, base = sys.argv[1], pathlib.Path(sys.argv[2])
    base.mkdir(parents=True, exist_ok=True)
    os.environ["XDG_STATE_HOME"] = str(base / "state")
    killed_run(volley, base)
    time.sleep(1)  # until what is left of it is gone
    first = first_start(volley)
    print(f"resume of {CALLS} calls, half of them done: the first starts after {first:.0f} ms")


if __name__ == "__main__":
    main()
