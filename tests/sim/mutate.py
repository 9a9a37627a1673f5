#!/usr/bin/python3
"""Breaks the engine in one place.

    tests/sim/mutate.py          prints the names of the mutants
    tests/sim/mutate.py NAME     prints the source file that this one has instead of the real one

The simulator is linked with it, and has to find it out. A mutation whose text is not exactly once
in its file (any more) is an error.
"""

import pathlib
import sys

MUTANTS = {
    # A command that has failed is started again, though it must not be repeated.
    "double_dispatch": (
        "src/engine/retry.c",
        ".may_repeat = tool_may_rerun(call->call) && ",
        ".may_repeat = ",
    ),
    # An end is told when its record is added, not when that is durable.
    "lost_ack": (
        "src/engine/record.c",
        "if (journal_add_result(run->engine->journal, &end, call))\n\t\treturn true;",
        "if (journal_add_result(run->engine->journal, &end, NULL))\n\t\treturn false;",
    ),
    # One more call of a lane runs than may.
    "limit_off_by_one": (
        "src/resources/admit.c",
        "self->n_running >= self->cap)\n\t\treturn false;\n"
        "\tlimit = admit_limit(admit, lane, ret_why);",
        "self->n_running > self->cap)\n\t\treturn false;\n"
        "\tlimit = 1 + admit_limit(admit, lane, ret_why);",
    ),
    # A command whose end is unknown runs again without anybody having said so.
    "rerun_in_doubt": (
        "src/engine/resume.c",
        "case RESUME_LEAVE:\n\t\tbreak;",
        "case RESUME_LEAVE:\n\t\treturn 0;",
    ),
    # A commit does not wait for the disk: only a loss of power shows it.
    "unsynced_commit": (
        "src/engine/journal_db.c",
        'is_unsynced ? "OFF" : "FULL", JOURNAL_APPLICATION_ID,',
        'is_unsynced ? "OFF" : "OFF", JOURNAL_APPLICATION_ID,',
    ),
}


def main():
    if len(sys.argv) < 2:
        print(*MUTANTS)
        return
    path, old, new = MUTANTS[sys.argv[1]]
    text = (pathlib.Path(__file__).parents[2] / path).read_text()
    if text.count(old) != 1:
        sys.exit(f"mutate.py: {sys.argv[1]}: {path} has {text.count(old)} times: {old}")
    print(text.replace(old, new), end="")


main()
