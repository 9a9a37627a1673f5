#!/usr/bin/env python3
"""Times commands side by side and prints one table.

    measure.py [--rounds N] [--cwd DIR] TITLE NAME COMMAND [NAME COMMAND]...

Each command is run once unmeasured, then once in each round, in turn, so that a slow minute of the
machine hits all of them. Ratios are medians against the first command. Output goes to /dev/null
unless the command says otherwise. Peak memory is that of the largest single process, and at least
the 15 MB of this program, from which it starts. A command that fails ends the program: a fast
wrong answer is no answer.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

RESULTS = pathlib.Path(__file__).resolve().parents[1] / "out/bench/results.jsonl"


def run_once(command, cwd):
    """(seconds, peak memory in MB)"""
    start = time.perf_counter()
    child = subprocess.Popen(
        ["/bin/sh", "-c", "exec " + command if command[0] != "(" else command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"measure.py: exit status {os.waitstatus_to_exitcode(status)}: {command}")
    return seconds, usage.ru_maxrss / 1024


def measure(title, commands, rounds, cwd):
    times = {name: [] for name, _ in commands}
    peaks = dict.fromkeys(times, 0.0)
    for i in range(rounds + 1):
        for name, command in commands:
            seconds, peak = run_once(command, cwd)
            if i > 0:
                times[name].append(seconds)
                peaks[name] = max(peaks[name], peak)
    first = statistics.median(times[commands[0][0]])
    print(f"\n### {title} ({rounds} rounds)\n")
    print("| | median s | min - max | ratio | peak MB |\n|---|---|---|---|---|")
    for name, _ in commands:
        middle, low, high = statistics.median(times[name]), min(times[name]), max(times[name])
        print(
            f"| {name} | {middle:.4f} | {low:.4f} - {high:.4f} | {middle / first:.2f} "
            f"| {peaks[name]:.0f} |"
        )
    sys.stdout.flush()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as file:
        for name, command in commands:
            row = {"title": title, "name": name, "command": command, "s": times[name]}
            file.write(json.dumps(dict(row, peak_mb=round(peaks[name]))) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--cwd", default=".")
    parser.add_argument("title")
    parser.add_argument("commands", nargs="+")
    args = parser.parse_args()
    pairs = list(zip(args.commands[::2], args.commands[1::2]))
    measure(args.title, pairs, args.rounds, args.cwd)


if __name__ == "__main__":
    main()
