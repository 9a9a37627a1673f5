"""The simulator has to notice an engine that is broken in one place: see mutate.py."""

import os
import pathlib
import subprocess

import pytest

SEEDS = 100
SIM = pathlib.Path(os.environ["VOLLEY_OUT"]) / "tests/sim"

# Which rules may find it. Another one would find something else than what was broken.
RULES = {
    "double_dispatch": {"no effect twice"},
    "lost_ack": {"acknowledged is durable"},
    "limit_off_by_one": {"limit of a lane"},
    "rerun_in_doubt": {"no effect twice"},
    "unsynced_commit": {"acknowledged is durable", "started is recorded"},
}


def run(name):
    argv = [SIM / name, "1", str(SEEDS)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120)


def test_every_mutant_has_a_rule():
    printed = subprocess.run(
        [pathlib.Path(__file__).with_name("mutate.py")], capture_output=True, text=True, check=True
    )
    assert set(printed.stdout.split()) == set(RULES)


def test_the_real_engine_keeps_the_rules():
    done = run("sim")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", RULES)
def test_a_mutant_is_found_out(name):
    done = run("mutant_" + name)
    assert done.returncode == 1, done.stdout
    rule = done.stdout.splitlines()[-1].split(": ")[1]
    assert rule in RULES[name], done.stdout
