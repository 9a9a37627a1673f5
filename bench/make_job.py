#!/usr/bin/env python3
"""Writes one job of bench/jobs in every form it is run in.

    make_job.py JOB DIR

DIR gets job.json (a workflow), batch.jsonl (lines for `volley batch`), commands (a shell command a
line, as processes: each writes a file of its own in DIR/out), patterns (for rg -f).
"""

import json
import pathlib
import shlex
import sys

JOBS = pathlib.Path(__file__).resolve().parent / "jobs"


def main():
    job, folder = JOBS / sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    greps, globs, reads = (
        (job / f"{kind}.txt").read_text().splitlines() for kind in ("grep", "glob", "read")
    )
    calls = [("Grep", {"pattern": p, "output_mode": "content", "head_limit": 0}) for p in greps]
    calls += [("Glob", {"pattern": glob, "head_limit": 0}) for glob in globs]
    calls += [("Read", {"file_path": path, "limit": 0}) for path in reads]

    processes = [["rg", "-n", "-e", pattern, "./"] for pattern in greps]
    processes += [["rg", "--files", "-g", glob, "./"] for glob in globs]
    processes += [["cat", "-n", path] for path in reads]

    (folder / "out").mkdir(parents=True, exist_ok=True)
    workflow = {
        "name": job.name,
        "phases": [
            {
                "name": "job",
                "codebase": {
                    "grep": [call for tool, call in calls if tool == "Grep"],
                    "glob": [call for tool, call in calls if tool == "Glob"],
                    "read": [call for tool, call in calls if tool == "Read"],
                },
            }
        ],
    }
    (folder / "job.json").write_text(json.dumps(workflow))
    with (folder / "batch.jsonl").open("w") as file:
        for i, (tool, call) in enumerate(calls):
            file.write(json.dumps({"id": f"job.{i + 1}", "tool": tool, "input": call}) + "\n")
    with (folder / "commands").open("w") as file:
        for i, argv in enumerate(processes):
            output = shlex.quote(str(folder / "out" / f"{i + 1}"))
            file.write(f"{shlex.join(argv)} > {output}\n")
    (folder / "patterns").write_text("\n".join(greps) + "\n")


if __name__ == "__main__":
    main()
