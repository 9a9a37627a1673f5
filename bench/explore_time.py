#!/usr/bin/python3
"""How long `volley explore` takes, and when its first ranking comes.

    explore_time.py VOLLEY ROUNDS TREE QUESTION...

For each question, medians over ROUNDS processes after a warm-up: seconds to the whole answer and
peak memory (of volley itself, and of its children); then, with --format jsonl, seconds to the
first ranking (the first graph.updated) and to the first one that has nine of the ten files that
the answer begins with.
"""

import json
import os
import statistics
import subprocess
import sys
import time


def whole(command):
    """(seconds, MB) of one process"""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command}: status {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def rankings(command):
    """(seconds to the first ranking, to one with 9 of the final 10, to the answer)"""
    start = time.perf_counter()
    found, answer = [], None
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            now = time.perf_counter() - start
            event = json.loads(line)
            if event.get("event") == "graph.updated":
                found.append((now, event["top"]))
            elif "files" in event:
                answer = (now, [file["path"] for file in event["files"][:10]])
    final = set(answer[1])
    good = [now for now, top in [*found, answer] if len(final & set(top)) >= 0.9 * len(final)]
    return found[0][0], good[0], answer[0]


def main():
    volley, rounds, tree, *questions = sys.argv[1:]
    for question in questions:
        command = [os.path.abspath(volley), "explore", "-q", "--", question, tree]
        whole(command)
        times = [whole(command) for _ in range(int(rounds))]
        events = [*command[:3], "--format", "jsonl", *command[3:]]
        firsts = [rankings(events) for _ in range(int(rounds))]
        print(
            f"{statistics.median(t for t, _ in times):.3f} s, "
            f"{statistics.median(m for _, m in times):.0f} MB; first ranking "
            f"{statistics.median(f[0] for f in firsts):.3f} s, 9 of the final 10 "
            f"{statistics.median(f[1] for f in firsts):.3f} s: {question[:70]}"
        )


if __name__ == "__main__":
    main()
