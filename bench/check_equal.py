#!/usr/bin/env python3
"""Are the answers of a job ripgrep's, byte for byte?

    check_equal.py VOLLEY JOB_DIR TREE

Runs JOB_DIR/job.json once and compares the full output of each call on disk: greps with
`rg -n --sort path`, globs with the names of `rg --files -g`, reads with `cat -n`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile


def rg(tree, *args):
    argv = ["rg", "--no-config", "--color", "never", "--no-heading", "--sort", "path", *args]
    done = subprocess.run(
        argv, cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
    )
    return done.stdout


def expected(tree, tool, call):
    if tool == "grep":
        lines = rg(tree, "-H", "-n", "-e", call["pattern"]).splitlines(keepends=True)
        return b"".join(
            line
            for line in lines
            if b': WARNING: stopped searching binary file after match (found "\\0"' not in line
        )
    if tool == "glob":
        return b"".join(sorted(rg(tree, "--files", "-g", call["pattern"]).splitlines(True)))
    return subprocess.run(
        ["cat", "-n", call["file_path"]], cwd=tree, stdout=subprocess.PIPE, check=True
    ).stdout


def main():
    volley, job, tree = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    phases = json.loads((job / "job.json").read_text())["phases"]
    calls = [(tool, call) for tool in phases[0]["codebase"] for call in phases[0]["codebase"][tool]]
    n_bad = 0
    with tempfile.TemporaryDirectory(prefix="volley-equal-") as state:
        subprocess.run(
            [volley, "run", "-q", job / "job.json"],
            cwd=tree,
            env=dict(os.environ, XDG_STATE_HOME=state),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        (run,) = pathlib.Path(state, "volley/runs").iterdir()
        for i, (tool, call) in enumerate(calls):
            path = run / f"job.{i + 1}.out"
            got = path.read_bytes() if path.exists() else b""
            if tool == "glob":
                got = b"".join(sorted(got.splitlines(True)))
            if got != expected(tree, tool, call):
                n_bad += 1
                print(f"differs: {tool} {call}")
    print(f"{len(calls) - n_bad} of {len(calls)} answers equal")
    return n_bad > 0


if __name__ == "__main__":
    sys.exit(main())
