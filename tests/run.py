#!/usr/bin/env python3
"""Runs test programs (cmocka) and pytest files side by side and adds up their cases.

    tests/run.py [--jobs N] [--logs DIR] FILE...

A file that ends in .py is run by pytest, any other is a program that speaks TAP. A program that
crashes, hangs or reports nothing counts as one failed case. The last line of the output is
"N passed, N failed"; the exit status is 0 only if nothing failed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

TIMEOUT_S = 600


class Outcome:
    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0
        self.text, self.seconds = "", 0.0


def count_tap(outcome, status):
    """cmocka prints one "ok" or "not ok" line for each case, after a plan "1..N"."""
    planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)", outcome.text, re.M))
    outcome.skipped = len(re.findall(r"^(?:not )?ok\b.*# SKIP", outcome.text, re.M))
    outcome.failed = len(re.findall(r"^not ok\b(?!.*# SKIP)", outcome.text, re.M))
    outcome.passed = len(re.findall(r"^ok\b", outcome.text, re.M)) - len(
        re.findall(r"^ok\b.*# SKIP", outcome.text, re.M)
    )
    seen = outcome.passed + outcome.failed + outcome.skipped
    if seen < max(planned, 1) or (status and not outcome.failed):
        outcome.failed += 1
        outcome.text += f"\n{seen} of {planned} cases reported, {describe(status)}\n"


def count_junit(outcome, status, report):
    try:
        for suite in xml.parse(report).iter("testsuite"):
            bad = int(suite.get("failures")) + int(suite.get("errors"))
            outcome.failed += bad
            outcome.skipped += int(suite.get("skipped"))
            outcome.passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    except (OSError, xml.ParseError):
        pass
    if status and not outcome.failed:
        outcome.failed = 1
        outcome.text += f"\npytest {describe(status)}\n"


def describe(status):
    if status is None:
        return f"killed after {TIMEOUT_S} s"
    if status < 0:
        return "ended by " + signal.Signals(-status).name
    return f"exit status {status}"


def execute(argv, env):
    """Runs argv in a process group of its own, so that a hung test leaves nothing behind."""
    with subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as child:
        try:
            output, _ = child.communicate(timeout=TIMEOUT_S)
            status = child.returncode
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output, _ = child.communicate()
            status = None
    return status, output.decode("utf-8", "replace")


def run(path, logs):
    outcome = Outcome(re.sub(r"^out/[a-z]+/", "", path))
    log = logs / outcome.name.replace("/", "-")
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    start = time.monotonic()
    if path.endswith(".py"):
        report = log.with_suffix(".xml")
        report.unlink(missing_ok=True)
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        status, outcome.text = execute([*argv, f"--junitxml={report}", path], env)
        count_junit(outcome, status, report)
    else:
        status, outcome.text = execute([path], env)
        count_tap(outcome, status)
    outcome.seconds = time.monotonic() - start
    log.with_suffix(".log").write_text(outcome.text)
    return outcome


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--logs", type=pathlib.Path, default=pathlib.Path("out/logs"))
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    args.logs.mkdir(parents=True, exist_ok=True)
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = [pool.submit(run, path, args.logs) for path in args.files]
        for future in concurrent.futures.as_completed(running):
            outcome = future.result()
            if outcome.failed:
                print(outcome.text.rstrip())
            print(
                f"{'FAIL' if outcome.failed else 'ok':4} {outcome.name:40} "
                f"{outcome.passed:5} passed {outcome.failed:3} failed {outcome.seconds:7.1f} s",
                flush=True,
            )
            passed, failed = passed + outcome.passed, failed + outcome.failed
            skipped += outcome.skipped
    if not passed and not failed:
        print("no tests were given")
        failed = 1
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
