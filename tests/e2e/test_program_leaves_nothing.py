"""However volley run and volley batch end, no process of theirs is there a second later."""

import json
import os
import select
import signal
import subprocess
import time

import pytest
from conftest import VOLLEY, Mark

DAEMON = "(setsid sh -c '(setsid sleep 60 &); exec sleep 60' >/dev/null 2>&1 &)"
SCRIPTS = {
    "plain": "touch ready.plain; exec sleep 60",
    "background": "sleep 60 & sleep 60 & touch ready.background; wait",
    "daemon": f"{DAEMON}; touch ready.daemon; exec sleep 60",
    # The daemon must have left the group before the command ends, or it is ended with it.
    "ended": f"{DAEMON}; sleep 0.5; touch ready.ended",
    "nohup": "nohup sleep 60 >/dev/null 2>&1 & touch ready.nohup; exec sleep 60",
    "heedless": "trap '' HUP INT TERM; touch ready.heedless; while :; do sleep 60; done",
    "stopped": "setsid sh -c 'kill -STOP $$' & touch ready.stopped; kill -STOP $$",
}
LEAVE_THE_GROUP = ("daemon", "ended", "stopped")


class Marked(Mark):
    """volley with all the scripts at once, by run or by batch; its processes are marked too."""

    def __init__(self, volley, command):
        super().__init__()
        self.volley, self.process = volley, None
        calls = [{"id": name, "command": script, "env": self.env}
                 for name, script in SCRIPTS.items()]
        self.argv = [VOLLEY, *command.split()]
        if command.startswith("run"):
            path = volley.root.parent / "w.json"
            path.write_text(json.dumps({"name": "x", "phases": [
                {"name": "p", "bash": {"commands": calls}}]}))
            self.argv += [str(path), "--format", "json"]
            self.input = ""
        else:
            self.input = "".join(json.dumps(
                {"id": one.pop("id"), "tool": "Bash", "input": one}) + "\n" for one in calls)

    def start(self, *before):
        self.process = subprocess.Popen(
            [*before, *self.argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.volley.root,
            env=dict(self.volley.env, **self.env))
        self.process.stdin.write(self.input)
        self.process.stdin.flush()
        self.await_scripts()

    def await_scripts(self):
        """All have started what they start, and two have stopped themselves."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            ready = [name for name in SCRIPTS if (self.volley.root / f"ready.{name}").exists()]
            if len(ready) == len(SCRIPTS) and self.n_stopped() == 2:
                time.sleep(0.5)  # for the one that ends, and for volley to hear of it
                return
            time.sleep(0.02)
        raise AssertionError(f"only {ready} are ready")

    def n_stopped(self):
        states = []
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    states.append(file.read().rsplit(")", 1)[1].split()[0])
            except OSError:
                pass
        return states.count("T")

    def volley_pid(self):
        (pid,) = [pid for pid in self.pids() if self.name_of(pid) == "volley"]
        return pid

    @staticmethod
    def name_of(pid):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                return file.read().strip()
        except OSError:  # some end at any time
            return None

    def end(self):
        self.kill_all()
        if self.process:
            self.process.kill()
            with self.process:
                pass


@pytest.fixture
def marked(volley):
    made = []

    def make(command):
        made.append(Marked(volley, command))
        return made[-1]

    yield make
    for one in made:
        one.end()


each_command = pytest.mark.parametrize(
    "command", ["run", "batch", "run --sandbox off", "batch --sandbox off"])
each_level = pytest.mark.parametrize("sandbox", ["off", "workspace"])


def answers_of(command, out):
    return json.loads(out)["calls"] if command.startswith("run") else map(json.loads,
                                                                          out.splitlines())


@each_command
def test_killed(marked, command):
    run = marked(command)
    run.start()
    assert len(run.pids()) > len(SCRIPTS)
    run.process.kill()
    assert run.left() == []


@each_command
@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(marked, command, signo):
    run = marked(command)
    run.start()
    run.process.send_signal(signo)
    out, err = run.process.communicate(timeout=20)
    assert run.left() == []
    assert (run.process.returncode, err) == (130, "")
    answers = answers_of(command, out)
    statuses = {one["id"].split(".")[-1]: one["status"] for one in answers}
    assert statuses == {**dict.fromkeys(SCRIPTS, "cancelled"), "ended": "ok"}


@each_command
def test_killed_after_an_interrupt(marked, command):
    run = marked(command)
    run.start()
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    run.process.kill()
    assert run.left() == []


@each_command
def test_parent_killed(marked, command):
    run = marked(command)
    run.start("sh", "-c", "\"$@\"; :", "sh")
    assert len([pid for pid in run.pids() if pid == run.volley_pid()]) == 1
    run.process.kill()
    assert run.left() == []


@each_command
def test_supervisor_killed(marked, command):
    """The commands die at once; volley says what became of them, and does not hang."""
    run = marked(command)
    run.start()
    os.kill(run.supervisor(), signal.SIGKILL)
    assert run.left(allowed=[run.process.pid]) == []
    out, err = run.process.communicate(timeout=10)
    assert (run.process.returncode, err) == (1, "")
    answers = answers_of(command, out)
    statuses = {one["id"].split(".")[-1]: one["status"] for one in answers}
    # The news of its end may still have been with the supervisor.
    assert statuses.pop("ended") in ("ok", "indeterminate")
    assert statuses == dict.fromkeys(set(SCRIPTS) - {"ended"}, "indeterminate")


def test_batch_whose_reader_goes_away(marked):
    """As by `| head -1`: the second answer finds nobody."""
    run = marked("batch")
    run.start()
    assert json.loads(run.process.stdout.readline())["id"] == "ended"
    run.process.stdout.close()
    run.process.stdin.write('{"tool":"Bash","input":{"command":"echo to nobody"}}\n')
    run.process.stdin.flush()
    assert run.process.wait(10) in (0, 1)
    assert run.left() == []
    assert run.process.stderr.read() == ""


def one_command(volley, sandbox, command, **input):
    """One call of a batch that goes on, whose commands alone are marked."""
    mark = Mark()
    process = volley.start("batch", "--sandbox", sandbox)
    process.stdin.write(json.dumps({"id": "1", "tool": "Bash", "input": {
        "command": command, "env": mark.env, **input}}) + "\n")
    process.stdin.flush()
    assert select.select([process.stdout], [], [], 20)[0]
    answer = json.loads(process.stdout.readline())
    return mark, process, answer


@each_level
@pytest.mark.parametrize("name", SCRIPTS)
def test_timeout_of_a_command(volley, name, sandbox):
    """Its process group goes at once; who left that goes too in a sandbox, else with volley."""
    mark, process, answer = one_command(volley, sandbox, f"{SCRIPTS[name]}; exec sleep 60",
                                        timeout=300)
    may_stay = sandbox == "off" and name in LEAVE_THE_GROUP
    with process:
        left = mark.left(allowed=mark.pids() if may_stay else ())
        is_there = process.poll() is None
        process.communicate(timeout=10)
    assert left == [] and is_there
    assert answer["status"] == "timeout" and answer["output"]["timedOutAfterMs"] >= 300
    assert process.returncode == 1
    assert mark.left() == []


@each_level
def test_normal_end(volley, sandbox):
    """What a command left behind is there for the next ones, and no longer; but in a sandbox it
    ends with its command."""
    mark, process, answer = one_command(volley, sandbox, SCRIPTS["ended"])
    with process:
        assert sandbox == "off" or mark.left() == []
        assert sandbox != "off" or mark.pids() != []
        process.communicate(timeout=10)
    assert process.returncode == 0 and answer["status"] == "ok"
    assert mark.left() == []


def test_deadline_of_a_run(marked):
    run = marked("run")
    run.argv += ["--timeout", "1500ms"]
    run.start()
    out, _ = run.process.communicate(timeout=20)
    assert run.left() == []
    assert run.process.returncode == 124
    assert {one["status"] for one in json.loads(out)["calls"]} == {"ok", "timeout"}
