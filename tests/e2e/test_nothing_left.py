# SPDX-License-Identifier: MIT
"""No process is left behind: kill -9 of the program, of its parent, of its supervisor.

Every process of a test carries a variable of its own in its environment; a second after the kill
no living process in /proc may carry it.
"""
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest
from conftest import Mark

OUT = os.environ.get("VOLLEY_OUT", pathlib.Path(__file__).resolve().parents[2] / "out/release")

PLAIN = "exec sleep 60"
SCRIPTS = {
    "plain": PLAIN,
    "background": "sleep 60 & sleep 60 & exec sleep 60",
    "daemon": "(setsid sh -c '(setsid sleep 60 &); exec sleep 60' &); exec sleep 60",
    "heedless": "trap '' HUP INT TERM; nohup setsid sh -c 'while :; do sleep 60; done' &"
                " while :; do sleep 60; done",
    "stopped": "setsid sh -c 'kill -STOP $$' & kill -STOP $$",
    "respawning": "while :; do setsid sleep 0.01 & wait; done",
    "deep": "f() { if [ $1 -gt 0 ]; then (f $(($1 - 1)); :) & setsid sleep 60 & wait; fi; }; f 8",
    "chain": "\"$FORK_STORM\" chain \"$CHAIN_COUNT\" & exec sleep 60",
    "bomb": "exec \"$FORK_STORM\" bomb 40",
}


@pytest.fixture(scope="session")
def programs():
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)  # other users run them too
        yield tuple(shutil.copy(f"{OUT}/tests/fault/{program}", name)
                    for program in ("spawn_driver", "fork_storm"))


@pytest.fixture(params=["off", "workspace", "strict"])
def sandbox(request):
    return request.param


class Marked(Mark):
    """A driver whose processes can be found again."""

    def __init__(self, programs, mode, n, script, sandbox="off"):
        super().__init__()
        self.root = os.path.dirname(programs[0])
        fd, self.chain_count = tempfile.mkstemp(dir=self.root)
        os.write(fd, b"\0" * 4)
        os.close(fd)
        self.env = dict(os.environ, FORK_STORM=programs[1], CHAIN_COUNT=self.chain_count,
                        **self.env)
        if sandbox != "off":
            self.env["SPAWN_SANDBOX"] = sandbox
        self.argv = [programs[0], mode, str(n), script]
        self.driver = None

    def start(self, n_failed=0, **popen_args):
        popen_args.setdefault("cwd", self.root)
        self.driver = subprocess.Popen(self.argv, env=self.env, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True, **popen_args)
        self.await_ready(self.driver.stdout, n_failed)

    @staticmethod
    def await_ready(stdout, n_failed=0):
        assert stdout.readline() == f"ready {n_failed}\n"
        time.sleep(0.2)  # for the scripts to start what they start

    def is_chain_alive(self):
        """A chain is never seen in /proc, but it counts."""
        path = pathlib.Path(self.chain_count)
        before = path.read_bytes()
        time.sleep(0.02)
        return path.read_bytes() != before

    def alive(self):
        return self.pids() + ["chain"] * self.is_chain_alive()

    def end(self):
        self.kill_all()
        os.unlink(self.chain_count)
        if self.driver:
            self.driver.stdin.close()
            self.driver.stdout.close()
            self.driver.wait()


@pytest.fixture
def marked(programs):
    made = []

    def make(mode, n, script, sandbox="off"):
        made.append(Marked(programs, mode, n, script, sandbox))
        return made[-1]

    yield make
    for one in made:
        one.end()


each_script = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())


@each_script
def test_driver_killed(marked, script, sandbox):
    run = marked("wait", 3, script, sandbox)
    run.start()
    assert len(run.pids()) > 2
    # in a strict sandbox it cannot count where we look
    assert run.is_chain_alive() == (script == SCRIPTS["chain"] and sandbox != "strict")
    run.driver.kill()
    assert run.left() == []


@each_script
def test_supervisor_killed(marked, script, sandbox):
    run = marked("wait", 3, script, sandbox)
    run.start()
    os.kill(run.supervisor(), signal.SIGKILL)
    assert run.driver.stdout.readline() == "lost 3\n"
    assert run.left(allowed=[run.driver.pid]) == []
    assert run.driver.poll() is None


@each_script
def test_freed(marked, script, sandbox):
    run = marked("free", 3, script, sandbox)
    run.start()
    run.driver.stdin.close()
    assert run.driver.wait(timeout=5) == 0
    assert run.pids() == []
    assert not run.is_chain_alive()


@each_script
def test_parent_killed(marked, script, sandbox):
    run = marked("parent", 3, script, sandbox)
    # a parent that waits for the driver, and is not in its process group
    parent = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.call(sys.argv[1:])",
         *run.argv], stdout=subprocess.PIPE, text=True, env=run.env, cwd=run.root)
    with parent:
        run.await_ready(parent.stdout)
        parent.kill()
        assert run.left() == []


@pytest.mark.parametrize("name", ["volley-door", "bwrap"])
@pytest.mark.parametrize("script", [PLAIN, SCRIPTS["daemon"]], ids=["plain", "daemon"])
def test_what_stands_between_killed(marked, script, name):
    """The processes between volley and the supervisor in a sandbox."""
    run = marked("wait", 3, script, "workspace")
    run.start()
    (pid,) = [pid for pid in run.pids()
              if pathlib.Path(f"/proc/{pid}/comm").read_text() == name + "\n"]
    os.kill(pid, signal.SIGKILL)
    assert run.driver.stdout.readline() == "lost 3\n"
    assert run.left(allowed=[run.driver.pid]) == []
    assert run.driver.poll() is None


def test_supervisor_stopped_then_driver_killed(marked, sandbox):
    run = marked("wait", 3, PLAIN, sandbox)
    run.start()
    os.kill(run.supervisor(), signal.SIGSTOP)
    run.driver.kill()
    assert run.left() == []


def test_supervisor_heeds_no_polite_signal(marked, sandbox):
    run = marked("wait", 3, PLAIN, sandbox)
    run.start()
    before = sorted(run.pids())
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
        os.kill(run.supervisor(), signo)
    time.sleep(0.1)
    assert sorted(run.pids()) == before


def test_driver_and_supervisor_killed_together(marked, sandbox):
    """Nobody is left to clean up; what was started directly dies all the same."""
    run = marked("wait", 3, PLAIN, sandbox)
    run.start()
    supervisor = run.supervisor()
    os.kill(run.driver.pid, signal.SIGSTOP)  # so that it cannot do it
    os.kill(supervisor, signal.SIGKILL)
    os.kill(run.driver.pid, signal.SIGKILL)
    assert run.left() == []


def test_end_of_a_parents_thread_is_not_the_end_of_the_parent(marked):
    run = marked("parent", 1, PLAIN)
    code = ("import subprocess, sys, threading, time\n"
            "def run():\n"
            "    subprocess.Popen(sys.argv[1:])\n"
            "    time.sleep(0.5)\n"
            "t = threading.Thread(target=run)\n"
            "t.start(); t.join()\n"
            "print('thread ended', flush=True)\n"
            "time.sleep(60)\n")
    parent = subprocess.Popen([sys.executable, "-c", code, *run.argv], stdout=subprocess.PIPE,
                              text=True, env=run.env)
    with parent:
        run.await_ready(parent.stdout)
        assert parent.stdout.readline() == "thread ended\n"
        time.sleep(0.2)
        assert len(run.pids()) == 4  # parent, driver, supervisor, command
        parent.kill()
        assert run.left() == []


def test_nohup_survives_its_parent(marked):
    run = marked("parent", 1, PLAIN)
    parent = subprocess.Popen(
        ["sh", "-c", "trap '' HUP; \"$@\"; :", "sh", *run.argv], stdout=subprocess.PIPE,
        text=True, env=run.env)
    with parent:
        run.await_ready(parent.stdout)
        parent.kill()
        time.sleep(0.3)
        assert len(run.pids()) == 3  # driver, supervisor, command
        run.kill_all()  # or the pipe stays open


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user without other processes")
def test_too_many_processes(marked):
    run = marked("wait", 8, PLAIN)
    run.start(n_failed=5, user=60999, cwd="/", preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NPROC, (5, 5)))  # the driver, its supervisor, three commands
    run.driver.kill()
    assert run.left() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_below_a_process_of_another_user(marked, programs):
    """What may not be killed stays, but nothing below it, and the supervisor does not wait."""
    os.chmod(programs[1], 0o4755)
    run = marked("wait", 1, "exec \"$FORK_STORM\" hold 60999")
    run.start(user=60999, cwd="/")
    pids = run.pids()
    holder = [pid for pid in pids if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
              .endswith(b"hold\x0060999\0") and os.stat(f"/proc/{pid}").st_uid == 0]
    assert len(pids) == 4 and len(holder) == 1  # driver, supervisor, holder, its child
    run.driver.kill()
    assert run.left(allowed=holder) == []
    assert run.pids() == holder
