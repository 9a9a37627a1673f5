# SPDX-License-Identifier: MIT
"""A command that ended while volley could not hear of it is not in doubt afterwards."""
import json
import os
import signal
import subprocess
import time

import pytest

from conftest import Mark


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("sandbox", ["off", "workspace"])
@pytest.mark.parametrize("exit_code", [0, 7])
def test_an_end_that_nobody_heard_of(volley, sandbox, exit_code):
    mark = Mark()
    plan = {"phases": [{"name": "a", "bash": {"commands": [
        {"id": "c", "command": f"touch begun; while [ ! -e go ]; do sleep 0.02; done; "
                               f"echo x >> effects; exit {exit_code}"}]}}]}
    (volley.root / "w.json").write_text(json.dumps(plan))
    volley.env.update(mark.env)
    with volley.start("run", "w.json", "-q", "--sandbox", sandbox) as process:
        wait_for((volley.root / "begun").exists)
        process.send_signal(signal.SIGSTOP)
        (volley.root / "go").touch()
        (witness,) = volley.state.glob("volley/runs/*/witness")
        wait_for(lambda: witness.stat().st_size > 0)
        os.kill(process.pid, signal.SIGKILL)
    assert mark.left() == []
    done = volley("resume", "last", "-q", "--format", "json")
    (call,) = json.loads(done.stdout)["calls"]
    # One that failed may have done so because volley was gone.
    assert call["status"] == ("ok" if exit_code == 0 else "indeterminate")
    if exit_code == 0:
        assert call["output"]["exitCode"] == 0
        assert "output_cut" in call["receipt"]["why_incomplete"]
    assert (volley.root / "effects").read_text() == "x\n"
    again = volley("resume", "last", "-q", "--format", "json")
    assert json.loads(again.stdout)["calls"][0]["status"] == call["status"]


def test_an_end_that_volley_made_is_in_doubt(volley):
    plan = {"phases": [{"name": "a", "bash": {"commands": ["touch begun; sleep 60"]}}]}
    (volley.root / "w.json").write_text(json.dumps(plan))
    with volley.start("run", "w.json", "-q") as process:
        wait_for((volley.root / "begun").exists)
        os.kill(process.pid, signal.SIGKILL)
    done = volley("resume", "last", "-q", "--format", "json")
    assert json.loads(done.stdout)["calls"][0]["status"] == "indeterminate"


def test_what_outlived_its_volley_is_ended_before_it_is_resumed(volley):
    plan = {"phases": [{"name": "a", "bash": {"commands": ["touch begun; sleep 60"]}}]}
    (volley.root / "w.json").write_text(json.dumps(plan))
    with volley.start("run", "w.json", "-q") as process:
        wait_for((volley.root / "begun").exists)
        process.kill()
    (run,) = (volley.state / "volley" / "runs").iterdir()
    # What the supervisor left when it was killed as well; which it was in time is a matter of luck.
    left = subprocess.Popen(["sleep", "61"], env={**volley.env, "VOLLEY_RUN": run.name})
    other = subprocess.Popen(["sleep", "61"], env={**volley.env, "VOLLEY_RUN": run.name + "x"})
    done = volley("resume", "last", "-q", "--format", "json")
    assert json.loads(done.stdout)["calls"][0]["status"] == "indeterminate"
    assert left.wait(timeout=10) == -signal.SIGKILL
    assert other.poll() is None
    other.kill()
    other.wait(timeout=10)
