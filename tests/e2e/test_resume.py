"""Runs that are killed at any moment, and gone on with."""

import concurrent.futures
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from conftest import VOLLEY
from runs import BATCH, SMALL, Job, acknowledged, effect

LONG = [
    {"name": "look", "codebase": {
        "grep": ["line 7", {"pattern": "1$", "output_mode": "content"}, "here"],
        "read": ["a.txt", "b.txt"], "glob": ["*.txt"]}},
    {"name": "act", "bash": {"max_instances": 3, "commands": [
        *(effect(f"e{i}", "sleep 0.0{}; ".format(i % 4)) for i in range(6)),
        effect("n1", needs=["e1"]), effect("n2", needs=["n1", "e2"]),
        *({"id": f"k{i}", "command": f"sleep 0.01; echo {i}", "idempotent": True}
          for i in range(3))]}},
    {"name": "after", "needs": ["act"], "bash": {"commands": [effect("a1"), effect("a2")]},
     "codebase": {"grep": ["line 99"]}},
]


def killed(job, seconds, *argv):
    """What it had told when it was killed."""
    out = job.base / "events"
    with open(out, "wb") as file:
        process = job.start(*argv, "--format", "jsonl", stdout=file, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait(timeout=20)
    return acknowledged(out.read_text())


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    job = Job(tmp_path_factory.mktemp("reference"), LONG)
    start = time.monotonic()
    done = job("run", "--format", "json", check=0)
    seconds = time.monotonic() - start
    md = job("resume", "--format", "md", check=0).stdout
    return job.normal(done.stdout), job.normal_md(md), seconds


MOMENTS = 30


@pytest.mark.parametrize("half", [0, 1])
def test_killed_at_any_moment(tmp_path, long_run, half):
    reference, _, seconds = long_run
    seed = random.SystemRandom().randrange(1 << 30)

    def one(i):
        rng = random.Random(seed + i)
        job = Job(tmp_path / str(i), LONG)
        told = killed(job, rng.uniform(0, seconds), "run")
        if job.check(told) is None:
            return False
        for level in range(3):  # resuming is killed too, and what was told before still holds
            more = ["--indeterminate", "rerun"] if level == 2 else []
            in_doubt = job.journal().in_doubt() if more else ()
            told = [one for one in told if one[0] not in in_doubt]
            told += [one for one in killed(job, rng.uniform(0, seconds), "resume", *more)
                     if one[1] == "ok"]
            told = list(dict(told).items())
            assert job.check(told) is not None
        job.finish(reference)
        return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        try:
            done = list(pool.map(one, range(half, MOMENTS, 2)))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
    assert sum(done) >= MOMENTS / 8  # the others were killed before they began


def test_answer_for_people_is_the_same(tmp_path, long_run):
    job = Job(tmp_path / "job", LONG)
    killed(job, long_run[2] / 2, "run")
    journal = job.check()
    if journal is None:
        pytest.skip("it was killed before it began: this machine is slow just now")
    if journal.witnessed - {(row.call, row.n) for row in journal.attempts if row.outcome == 0}:
        pytest.skip("of a call only the end was seen: what it printed is lost")
    done = job("resume", "--format", "md", "--indeterminate", "rerun", check=0)
    assert job.normal_md(done.stdout) == long_run[1]


def test_interrupted_and_resumed(tmp_path):
    job = Job(tmp_path / "job", [{"name": "a", "bash": {"max_instances": 1, "commands": [
        effect("e1"), effect("e2", "touch ../started; sleep 30; "), effect("e3")]}}])
    process = job.start("run", "--format", "json", stdout=subprocess.PIPE, text=True)
    wait_for(job.base / "started")
    process.send_signal(signal.SIGINT)
    answer = json.loads(process.communicate(timeout=20)[0])
    assert process.returncode == 130
    assert [call["status"] for call in answer["calls"]] == ["ok", "cancelled", "cancelled"]
    assert job.check().in_doubt() == {"e2"}
    assert "stopped" in show(job)
    job.workflow.write_text("")  # what is kept is gone on with, not what is there now
    done = job("resume", "--format", "json", check=1)
    assert [call["status"] for call in json.loads(done.stdout)["calls"]] == [
        "ok", "indeterminate", "ok"]
    assert dict(job.effects()) == {"e1": 1, "e3": 1}


def wait_for(path):
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.005)


def volley(job, *argv, **more):
    more.setdefault("check", False)
    return subprocess.run([VOLLEY, *argv], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, cwd=job.root, env=job.env, timeout=60, **more)


def show(job):
    return volley(job, "show", "last", check=True).stdout


# ---- what to do with what is in doubt ----

DOUBT = [{"name": "a", "bash": {"commands": [
    effect("d1", "touch ../d1; [ -e ../again ] || sleep 30; "),
    effect("d2", "touch ../d2; [ -e ../again ] || sleep 30; "),
    effect("e1"),
    effect("n1", needs=["d1"]),
    effect("n2", needs=["n1"]),
]}}]


@pytest.fixture
def doubt(tmp_path):
    """Two calls in doubt, and two that wait for one of them."""
    job = Job(tmp_path / "job", DOUBT)
    process = job.start("run", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in ("d1", "d2", "effects"):
        wait_for(job.base / name)
    while "e1" not in (job.journal().results if job.journal() else {}):
        time.sleep(0.005)
    process.kill()
    process.wait(timeout=20)
    assert job.check([("e1", "ok")]).in_doubt() == {"d1", "d2"}
    (job.base / "again").touch()
    return job


def statuses(job, *argv, check):
    done = job("resume", "--format", "json", *argv, check=check)
    return {call["id"]: call["status"] for call in json.loads(done.stdout)["calls"]}


def test_left_open(doubt):
    for _ in range(2):  # and it stays so
        assert statuses(doubt, check=1) == {
            "d1": "indeterminate", "d2": "indeterminate", "e1": "ok", "n1": "skipped",
            "n2": "skipped"}
        assert dict(doubt.check().results.keys() and doubt.effects()) == {"e1": 1}
        assert "stopped" in show(doubt) and "2 in doubt" in show(doubt)
    # What waited for it was not over with that.
    assert set(statuses(doubt, "--indeterminate", "rerun", check=0).values()) == {"ok"}
    assert dict(doubt.effects()) == {"d1": 1, "d2": 1, "e1": 1, "n1": 1, "n2": 1}
    assert "ended" in show(doubt)


def test_skipped(doubt):
    want = {"d1": "skipped", "d2": "skipped", "e1": "ok", "n1": "skipped", "n2": "skipped"}
    assert statuses(doubt, "--indeterminate=skip", check=1) == want
    assert "ended" in show(doubt)
    assert "it started once" in show(doubt) and "skipped: it" not in show(doubt)
    assert statuses(doubt, check=1) == want
    # It may have had its effect: what failed is tried again, this is not.
    assert statuses(doubt, "--retry-failed", check=1) == want
    assert dict(doubt.effects()) == {"e1": 1}


def test_verified(doubt):
    check = "echo \"$VOLLEY_CALL $VOLLEY_INPUT\" >> ../verified; [ $VOLLEY_CALL = d1 ]"
    got = statuses(doubt, f"--indeterminate=verify={check}", check=0)
    assert set(got.values()) == {"ok"}
    assert dict(doubt.effects()) == {"d2": 1, "e1": 1, "n1": 1, "n2": 1}  # d1 was found done
    lines = (doubt.base / "verified").read_text().splitlines()
    assert sorted(line.split(" ", 1)[0] for line in lines) == ["d1", "d2"]
    inputs = [json.loads(line.split(" ", 1)[1])["command"] for line in lines]
    assert sorted(inputs)[0].startswith("touch ../d1")


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, job, *argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(job.root)
            os.execvpe(VOLLEY, [VOLLEY, *argv], job.env)
        self.text = ""

    def until(self, pattern):
        deadline = time.monotonic() + 20
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < deadline, self.text
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode()
                except OSError:
                    assert re.search(pattern, self.text), self.text
        self.text = self.text[found.end():]

    def send(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """The exit status, or minus the signal."""
        deadline = time.monotonic() + 20
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, self.text
            try:  # somebody has to read it
                if select.select([self.fd], [], [], 0.02)[0]:
                    self.text += os.read(self.fd, 65536).decode()
            except OSError:
                pass


def test_asked(doubt):
    terminal = Terminal(doubt, "resume", "last", "-q")
    terminal.until(r"'d1' \(Bash .*\) started.*\[r\]un it again, \[s\]kip it, \[l\]eave")
    terminal.send("perhaps\n")
    terminal.until(r"'d1' .*\[l\]eave it open\? ")  # once more
    terminal.send("r\n")
    terminal.until(r"'d2' .*\[l\]eave it open\? ")
    terminal.send("l\n")
    assert terminal.end() == 1
    assert dict(doubt.effects()) == {"d1": 1, "e1": 1, "n1": 1, "n2": 1}
    assert doubt.check().in_doubt() == {"d2"}


def test_asked_and_interrupted(doubt):
    before = doubt.journal().attempts
    terminal = Terminal(doubt, "resume", "last", "-q")
    terminal.until(r"'d1' .*\[l\]eave it open\? ")
    terminal.send("r\n")
    terminal.until(r"'d2' .*\[l\]eave it open\? ")
    terminal.send("\x03")
    assert terminal.end() == -signal.SIGINT
    assert doubt.check().attempts == before  # nothing was done yet
    assert dict(doubt.effects()) == {"e1": 1}


def test_asked_without_an_answer(doubt):
    terminal = Terminal(doubt, "resume", "last", "-q")
    terminal.until(r"\[l\]eave it open\? ")
    terminal.send("\x04")
    terminal.until(r"\[l\]eave it open\? ")
    terminal.send("\x04")
    assert terminal.end() == 1
    assert doubt.check().in_doubt() == {"d1", "d2"}


def test_retry_failed(tmp_path):
    job = Job(tmp_path / "job", [{"name": "a", "bash": {"commands": [
        effect("e1"), effect("f1", "[ -e ../again ] && "), effect("n1", needs=["f1"])]}}])
    job("run", check=1)
    assert statuses(job, check=1) == {"e1": "ok", "f1": "failed", "n1": "skipped"}
    (job.base / "again").touch()
    assert statuses(job, check=1) == {"e1": "ok", "f1": "failed", "n1": "skipped"}
    assert set(statuses(job, "--retry-failed", check=0).values()) == {"ok"}
    assert dict(job.effects()) == {"e1": 1, "f1": 1, "n1": 1}
    assert [row.n for row in job.check().attempts if row.call == "f1"] == [1, 2]


def test_long_outputs_come_from_their_files(tmp_path):
    job = Job(tmp_path / "job", [{"name": "a", "codebase": {"read": ["a.txt"]},
                                  "bash": {"commands": [effect("e1")]}}])
    first = job.normal(job("run", "--format", "json", check=0).stdout)
    (job.root / "a.txt").write_text("changed")
    assert job.normal(job("resume", "--format", "json", check=0).stdout) == first
    (job.run_dir() / "a.1.out").write_text("not what it was\n")
    again = job.normal(job("resume", "--format", "json", check=0).stdout)  # read anew, then
    assert [call["output"]["content"] for call in again["calls"] if call["id"] == "a.1"] == [
        "     1\tchanged"]


def test_names_that_are_no_text(tmp_path):
    job = Job(tmp_path / "job", [{"name": "a", "codebase": {
        "grep": [{"pattern": "x", "output_mode": "content", "head_limit": 1}]},
        "bash": {"commands": [effect("e1")]}}])
    for name in (b"\xff1", b"\xff2"):
        with open(os.path.join(os.fsencode(job.root), name), "wb") as file:
            file.write(b"x\n")
    first = job("run", "--format", "json", check=0).stdout
    assert job.normal(job("resume", "--format", "json", check=0).stdout) == job.normal(first)


# ---- batches ----

def test_batch(tmp_path):
    job = Job(tmp_path / "job", [])
    lines = [
        {"id": "b1", "tool": "Bash", "input": {"command": effect("b1")["command"]}},
        {"id": "b2", "tool": "Bash", "input": {"command": effect("b2")["command"]}},
        {"tool": "Grep", "input": {"pattern": "here"}},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "b3", "name": "Bash",
             "input": {"command": effect("b3")["command"]}},
            {"type": "tool_use", "id": "b4", "name": "Bash",
             "input": {"command": effect("b4", "touch ../b4; [ -e ../again ] || sleep 30; ")
                       ["command"]}},
            {"type": "tool_use", "id": "b5", "name": "Bash",
             "input": {"command": effect("b5")["command"], "needs": ["b4"]}}]},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    with subprocess.Popen(BATCH, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          cwd=job.root, env=job.env, text=True) as process:
        process.stdin.write(text)
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(3)]
        assert {answer["status"] for answer in answers} == {"ok"}
        wait_for(job.base / "b4")
        while job.journal() is None or "b3" not in job.journal().results:
            time.sleep(0.005)
        process.kill()
    journal = job.check([(answer["id"], "ok") for answer in answers if answer["tool"] == "Bash"])
    assert journal.in_doubt() == {"b4"}
    (job.base / "again").touch()
    got = statuses(job, "--indeterminate=rerun", check=0)
    assert set(got.values()) == {"ok"} and {"b3", "b4", "b5"} <= set(got)
    assert dict(job.effects()) == {f"b{i}": 1 for i in range(1, 6)}


def test_batch_with_equal_ids(tmp_path):
    """Ids of different messages may be equal: `needs` means the latest."""
    job = Job(tmp_path / "job", [])
    message = [[effect(f"m{i}a", "sleep 0.1; "), effect(f"m{i}b")] for i in range(3)]
    lines = [{"role": "assistant", "content": [
        {"type": "tool_use", "id": "x", "name": "Bash", "input": {"command": a["command"]}},
        {"type": "tool_use", "id": "y", "name": "Bash",
         "input": {"command": b["command"], "needs": ["x"]}}]} for a, b in message]
    done = subprocess.run(BATCH, text=True, capture_output=True, cwd=job.root,
                          input="".join(json.dumps(line) + "\n" for line in lines), env=job.env,
                          timeout=60, check=True)
    assert done.stdout.count("done") == 6
    with sqlite3.connect(job.run_dir() / "journal.db") as db:  # as if it never came so far
        db.execute("DELETE FROM result WHERE seq >= 4")
        db.execute("DELETE FROM attempt WHERE seq >= 4")
        db.execute("UPDATE run SET state = 0")
    db.close()
    (job.base / "effects").unlink()
    done = job("resume", "--format", "json", check=0)
    assert [call["id"] for call in json.loads(done.stdout)["calls"]] == ["x", "y"] * 3
    assert list(job.effects()) == ["m2a", "m2b"]


# ---- looking at runs ----

def test_runs_and_show(tmp_path):
    job = Job(tmp_path / "job", SMALL)
    assert "there are no runs yet" in volley(job, "runs", check=True).stderr
    job("run", check=0)
    (run,) = json.loads(volley(job, "runs", "--format", "json", check=True).stdout)
    assert (run["state"], run["calls"], run["ended"], run["exit"]) == ("ended", 8, 8, 0)
    assert run["root"] == str(job.root)
    ids = [run["run"], run["run"][:-2], run["run"][-4:], "last"]
    for run_id in ids:
        whole = volley(job, "show", f"{run_id}:k1", check=True).stdout
        assert whole == "here\n"
    lines = (job.root / "a.txt").read_text().splitlines()
    got = volley(job, "show", "last:look.2", check=True).stdout
    assert got == "     1\there\n"
    body = "".join(f"{line}\n" for line in lines if "line 7" in line)
    assert body  # the grep of the workflow names files only
    assert volley(job, "show", "last:look.1", check=True).stdout == "a.txt\n"
    text = volley(job, "show", "last", check=True).stdout
    assert "8 of 8 calls ended, 0 not ok" in text and "| e3 | Bash | ok |" in text
    assert "goes on with it" not in text
    files = {file.name for file in job.run_dir().iterdir()}
    assert not files & {"journal.db-wal", "journal.db-shm", "ballast"}


def test_show_lines(tmp_path):
    job = Job(tmp_path / "job", [{"name": "a", "codebase": {"read": ["a.txt"]}, "bash": {
        "commands": [{"id": "c", "command": "cat a.txt; echo bad >&2"}]}}])
    job("run", check=0)
    text = [f"line {i}\n" for i in range(3000)]
    for what, want in (("2-4", text[1:4]), ("2999-", text[2998:]), ("7", text[6:7]),
                       ("5000", [])):
        done = volley(job, "show", f"last:c:{what}", check=True).stdout
        assert done.split("[stderr]\n")[0] == "".join(want), what
    done = volley(job, "show", "last:a.1:1999-2001", check=True).stdout
    assert done == "  1999\tline 1998\n  2000\tline 1999\n"
    assert volley(job, "show", "last:c", check=True).stdout.endswith("[stderr]\nbad\n")
    for what in ("0", "4-2", "x", "-3", ""):
        done = volley(job, "show", f"last:c:{what}")
        assert done.returncode == 2 and "lines are FROM-TO" in done.stderr


def test_wrong_words(tmp_path):
    job = Job(tmp_path / "job", SMALL)
    done = volley(job, "resume", "last")
    assert done.returncode == 2 and "there are none" in done.stderr
    job("run", check=0)
    name = job.run_dir().name
    for argv, said in (
        (["resume", "2001"], f"no run '2001'; the latest is {name} ('volley runs' lists them)"),
        (["show", "last:e33"], f"run {name} has no call 'e33'; did you mean 'e3'?"),
        (["show", "last:zzzzzz"], f"run {name} has no call 'zzzzzz'"),
        (["resume", "last", "--indeterminate=rrun"],
         "--indeterminate wants ask, rerun, skip or verify=COMMAND, not 'rrun'; "
         "did you mean 'rerun'?"),
        (["resmue", "last"], "did you mean 'resume'?"),
        (["resume", "last", "--retry-faild"], "did you mean '--retry-failed'?"),
        (["resume"], "resume"),
        (["show", "last", "--format", "jsonl"], "'show' answers in md or json"),
    ):
        done = volley(job, *argv)
        assert done.returncode == 2 and said in done.stderr, (argv, done)
        assert done.stdout == ""
    job("run", check=0)
    done = volley(job, "show", "20")
    assert done.returncode == 2 and "give more of it" in done.stderr


def test_held_by_a_living_process(tmp_path):
    job = Job(tmp_path / "job", [{"name": "a", "bash": {"commands": [
        effect("e1", "touch ../started; sleep 30; ")]}}])
    process = job.start("run", stdout=subprocess.DEVNULL)
    wait_for(job.base / "started")
    done = job("resume")
    assert done.returncode == 2
    assert f"is under way in process {process.pid}: wait for it or end it" in done.stderr
    (run,) = json.loads(volley(job, "runs", "--format", "json", check=True).stdout)
    assert (run["state"], run["pid"], run["in_doubt"]) == ("going", process.pid, 0)
    (run,) = json.loads(volley(job, "ps", "--format", "json", check=True).stdout)
    assert run["pid"] == process.pid
    assert any("sleep 30" in one["command"] for one in run["processes"])
    assert "e1" not in volley(job, "reap", check=True).stdout
    assert process.poll() is None
    process.kill()
    process.wait(timeout=20)
    assert volley(job, "ps", check=True).stderr == "volley: no run is under way\n"
    assert "interrupted" in volley(job, "runs", check=True).stdout
    assert f"`volley resume {job.run_dir().name}` goes on with it." in show(job)
    job.check()


def test_batch_under_way_is_not_pruned(tmp_path):
    """Its directory is locked, as that of a run."""
    job = Job(tmp_path / "job", [])
    with subprocess.Popen(BATCH, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          cwd=job.root, env=job.env, text=True) as process:
        process.stdin.write('{"tool":"Bash","input":{"command":"echo"}}\n')
        process.stdin.flush()
        process.stdout.readline()
        fd = os.open(job.run_dir(), os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.stdin.close()
        process.wait(timeout=20)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)


def test_directories_are_synced(tmp_path):
    """A journal whose directory is lost with the power is no journal."""
    if not shutil.which("strace"):
        pytest.skip("there is no strace")
    job = Job(tmp_path / "job", SMALL)
    log = tmp_path / "log"
    job("run", before=["strace", "-f", "-y", "-qq", "-e", "trace=fsync", "-o", str(log)], check=0)
    synced = set(re.findall(r"fsync\(\d+<(.*)>\)", log.read_text()))
    run = job.run_dir()
    assert {str(run), str(run.parent), str(job.state / "volley"), str(job.state),
            str(job.base)} <= synced


def test_reap(tmp_path):
    """volley and the supervisor killed together leave their children alone."""
    job = Job(tmp_path / "job", [{"name": "a", "bash": {"commands": [
        {"id": "c", "command": "touch ../started; exec sleep 30"}]}}])
    process = job.start("run", stdout=subprocess.DEVNULL)
    wait_for(job.base / "started")
    supervisor = job.mark.supervisor()
    os.kill(supervisor, signal.SIGSTOP)
    process.kill()
    process.wait(timeout=20)
    os.kill(supervisor, signal.SIGKILL)
    others = []
    for mark in ("last", job.run_dir().name[:-4], "2026"):  # no marks of ours
        others.append(subprocess.Popen(["sleep", "30"], env={**job.env, "VOLLEY_RUN": mark}))
    try:
        ballast = job.run_dir() / "ballast"
        assert ballast.exists()
        done = volley(job, "reap", check=True)
        assert not ballast.exists()
        assert all(one.poll() is None for one in others)
        assert "0 processes killed, 0 files" in volley(job, "reap", check=True).stderr
        assert re.search(r"^volley: \d+ processes killed, 1 files of dead runs removed$",
                         done.stderr, re.M), done
        left = job.mark.left(allowed=[one.pid for one in others])
        assert left == []
    finally:
        for one in others:
            one.kill()
            one.wait(timeout=20)


# ---- journals that are none ----

@pytest.mark.parametrize("sql, said", [
    ("PRAGMA user_version=2", "was written by a newer volley (its version is 2"),
    ("PRAGMA application_id=7", "is no journal of volley"),
    ("DELETE FROM result; DELETE FROM attempt; DELETE FROM inv; DELETE FROM run",
     "the run never began"),
    ("UPDATE run SET command='{}'", "is damaged: it has no command line"),
    ("UPDATE run SET command='[\"volley\",\"--nonsense\"]'", "--nonsense"),
    ("UPDATE inv SET key=zeroblob(16) WHERE seq=1", "is another one now"),
    ("UPDATE result SET meta='{' WHERE seq=1", "is damaged: call 1 has a result that is no result"),
    ("DELETE FROM inv WHERE seq=7; DELETE FROM result WHERE seq=7; "
     "DELETE FROM attempt WHERE seq=7", "had 7 calls; its workflow gives 8 now"),
])
def test_wrong_journals(tmp_path, sql, said):
    job = Job(tmp_path / "job", SMALL)
    job("run", check=0)
    db = sqlite3.connect(job.run_dir() / "journal.db")
    db.executescript(f"PRAGMA foreign_keys=OFF; {sql}")
    db.close()
    effects = job.effects()
    done = job("resume")
    assert done.returncode == 2 and said in done.stderr, done
    assert job.effects() == effects


def test_damaged_journal(tmp_path):
    job = Job(tmp_path / "job", SMALL)
    job("run", check=0)
    path = job.run_dir() / "journal.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096])
    done = job("resume")
    assert done.returncode in (2, 3) and "journal.db" in done.stderr and "Error" not in done.stderr
    done = volley(job, "runs", check=True)
    assert "damaged" in done.stdout
    assert volley(job, "show", "last").returncode == 2
    path.write_bytes(b"")
    assert "the run never began" in job("resume").stderr
    assert "there are no runs yet" in volley(job, "runs", check=True).stderr
    path.write_bytes(whole)
    job("resume", check=0)


def test_no_journal(tmp_path):
    job = Job(tmp_path / "job", SMALL)
    job("run", "--no-journal", check=0)
    assert not (job.run_dir() / "journal.db").exists()
    done = job("resume")
    assert done.returncode != 0 and "journal" in done.stderr
    assert "was run with --no-journal" in volley(job, "show", "last").stderr


def test_old_runs_can_be_looked_at_where_nothing_can_be_written(tmp_path):
    if os.getuid() != 0:
        pytest.skip("a read-only file system takes root")
    job = Job(tmp_path / "job", SMALL)
    job("run", check=0)
    mounted = subprocess.run(["mount", "--bind", job.state, job.state], check=False,
                             capture_output=True)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", job.state], check=True)
        assert "8 of 8 calls ended" in show(job)
        assert volley(job, "show", "last:k1", check=True).stdout == "here\n"
        done = job("resume")
        assert done.returncode in (2, 3) and "Read-only file system" in done.stderr
    finally:
        subprocess.run(["umount", job.state], check=True)
