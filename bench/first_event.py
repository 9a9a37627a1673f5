#!/usr/bin/env python3
"""Milliseconds from the start of `volley run --format jsonl` to the first event that brings a
result of a call.

    first_event.py VOLLEY WORKFLOW TREE [ROUNDS]
"""

import statistics
import subprocess
import sys
import time

RESULTS = (b'{"event":"call.output"', b'{"event":"call.finished"')


def measure(volley, workflow, tree):
    start = time.perf_counter()
    with subprocess.Popen(
        [volley, "run", "--quiet", "--format", "jsonl", workflow],
        cwd=tree,
        stdout=subprocess.PIPE,
        bufsize=1 << 20,
    ) as child:
        first = None
        for line in child.stdout:
            if first is None and line.startswith(RESULTS):
                first = time.perf_counter() - start
    if child.returncode or first is None:
        sys.exit("first_event.py: the run failed or brought nothing")
    return first * 1000, (time.perf_counter() - start) * 1000


def main():
    volley, workflow, tree = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    measure(volley, workflow, tree)
    times = [measure(volley, workflow, tree) for _ in range(rounds)]
    first = statistics.median(t[0] for t in times)
    whole = statistics.median(t[1] for t in times)
    print(f"first result after {first:.1f} ms of {whole:.0f} ms (medians of {rounds})")


if __name__ == "__main__":
    main()
