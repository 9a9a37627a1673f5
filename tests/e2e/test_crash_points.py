"""Each system call of a run that changes something, as its last one or as one that fails.

By default a sample; with VOLLEY_CRASH_ALL=1 (`make crash`) all of them.
"""

import concurrent.futures
import errno
import functools
import itertools
import json
import os
import resource
import shutil
import subprocess

import pytest
from conftest import REPOSITORY, VOLLEY
from runs import BATCH, SMALL, Job, acknowledged, check_same, effect

ALL = os.environ.get("VOLLEY_CRASH_ALL") == "1"
OUT = os.environ.get("VOLLEY_OUT") or str(REPOSITORY / "out" / "release")
PRELOAD = f"{OUT}/tests/fault/preload/change_at.so"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The answer of the undisturbed run."""
    job = Job(tmp_path_factory.mktemp("reference"), SMALL)
    done = job("run", "--format", "json", check=0)
    assert sum(job.effects().values()) == 4
    return job.normal(done.stdout)


def sample(every):
    """1, 2, 3 … as far as somebody asks."""
    return (k for k in itertools.count(1) if ALL or k <= 40 // every or k % (7 * every) == 0)


def in_parallel(one, numbers):
    """one(k) for k until it returns False; that many at least."""
    n = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        while True:
            some = list(itertools.islice(numbers, 8))
            for goes_on in pool.map(one, some):
                n += 1
                if not goes_on:
                    return n
            assert n < 5000, "there is no end of it"


def disturbed(job, command, k, how, *args, **conditions):
    """Its exit status, and what it had told."""
    env = {**job.env, "LD_PRELOAD": PRELOAD, "CHANGE_AT": str(k), "CHANGE_DO": str(how)}
    env.update({f"CHANGE_{name.upper()}": value for name, value in conditions.items()})
    out = job.base / "events"
    with open(out, "wb") as file:
        done = subprocess.run(
            job.argv(command, "--format", "jsonl", *args), stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.PIPE, text=True, cwd=job.root, env=env, timeout=60, check=False)
    job.stderr = done.stderr
    return done.returncode, acknowledged(out.read_text())


def killed_at(tmp_path, reference, how, k):
    job = Job(tmp_path / f"{how}{k}", SMALL)
    status, told = disturbed(job, "run", k, how)
    assert status in (0, -9), (k, status, job.stderr)
    if job.check(told) is not None:
        job.finish(reference)
    shutil.rmtree(job.base)
    return status == -9


@pytest.mark.parametrize("how", ["kill", "torn"])
def test_killed_at_each_call(tmp_path, reference, how):
    every = 1 if how == "kill" else 3
    n = in_parallel(functools.partial(killed_at, tmp_path, reference, how), sample(every))
    assert n > 15


def test_killed_while_resuming(tmp_path, reference):
    """From a run that was killed in the middle; then resuming is killed, twice."""

    job = Job(tmp_path / "whole", SMALL)
    assert disturbed(job, "run", -1, "kill", file=str(job.base / "count"))[0] == 0
    n_changes = int((job.base / "count").read_text())

    def one(k):
        job = Job(tmp_path / str(k), SMALL)
        _, told = disturbed(job, "run", n_changes // 2 + k % (n_changes // 3), "kill")
        assert job.check(told) is not None  # it had begun
        status, told = disturbed(job, "resume", k, "kill")
        assert status in (0, 1, -9), (k, status, job.stderr)
        job.check([one for one in told if one[1] == "ok"])
        more, told = disturbed(job, "resume", max(1, k - 3), "torn", "--indeterminate", "rerun")
        assert more in (0, -9), (k, more, job.stderr)
        job.check([one for one in told if one[1] == "ok"])
        job.finish(reference)
        shutil.rmtree(job.base)
        return status == -9

    assert in_parallel(one, sample(3)) > 5


# ---- calls that strace can refuse or end, of the main thread ----

@pytest.mark.parametrize("call", ["sendmsg", "clone3", "clone", "vfork", "openat"])
def test_killed_by_strace(tmp_path, reference, call):
    if not shutil.which("strace"):
        pytest.skip("there is no strace")

    def one(k):
        job = Job(tmp_path / str(k), SMALL)
        before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                  "-e", f"inject={call}:signal=KILL:when={k}"]
        out = job.base / "events"
        with open(out, "wb") as file:
            status = job.start("run", "--format", "jsonl", before=before, stdout=file,
                               stderr=subprocess.DEVNULL).wait(timeout=60)
        if status == 0:
            return False
        # strace counts in each process: a command or the supervisor may be the one that ends.
        if job.check([one for one in acknowledged(out.read_text()) if one[1] == "ok"]) is not None:
            done = job("resume", "--retry-failed", "--indeterminate", "rerun", "--format", "json",
                       check=0)
            check_same(job.normal(done.stdout), reference)
            assert all(times == 1 or times <= sum(row.call == name for row in
                       job.check().attempts) for name, times in job.effects().items())
        shutil.rmtree(job.base)
        return True

    numbers = iter(range(1, 200)) if ALL else iter(
        [1, 2, 3, 5, 8] if call != "openat" else [5, 40, 80, 110, 120])
    in_parallel_until_empty(one, numbers)


def in_parallel_until_empty(one, numbers):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for some in iter(lambda: list(itertools.islice(numbers, 4)), []):
            if not all(pool.map(one, some)):
                return


# ---- disks that fail ----

ERRORS = [
    ("write", errno.EIO), ("write", errno.ENOSPC), ("write", errno.EDQUOT),
    ("sync", errno.EIO), ("sync", errno.ENOSPC), ("open", errno.EROFS), ("open", errno.ENOSPC),
    ("fallocate", errno.ENOSPC), ("fallocate", errno.EOPNOTSUPP),
]


def failed_at(tmp_path, reference, kind, error, k, *, stays):
    """Every n-th such call on the journal fails, or all from it on."""
    job = Job(tmp_path / f"{k}{stays}", SMALL)
    more = {"kinds": kind, "path": "journal.db" if kind != "fallocate" else "ballast",
            "file": str(job.base / "count")}
    if stays:
        more["on"] = "1"
    status, told = disturbed(job, "run", k, error, **more)
    n_calls = int((job.base / "count").read_text())
    text = os.strerror(error)
    if "cannot be resumed" in job.stderr:  # then it ran without
        assert status == 0
        # SQLite tries some things more in other ways, and then knows the last error only.
        assert text in job.stderr or "cannot set up the journal" in job.stderr, job.stderr
        assert job.journal() is None and sum(job.effects().values()) == 4
        shutil.rmtree(job.base)
        return k <= n_calls
    journal = job.check()
    if status == 0:  # nobody needed it
        assert all(one == "ok" for _, one in told)
    else:
        assert status == 4, (k, status, job.stderr)
        assert text in job.stderr, job.stderr
        # What a failed sync left is unknown, even if it was for lack of room.
        is_full = kind == "write" and error in (errno.ENOSPC, errno.EDQUOT) and not stays
        assert is_full or "when there is room" not in job.stderr
    if journal is not None:
        check_told(journal, told)
        job.finish(reference)
    shutil.rmtree(job.base)
    return k <= n_calls


def check_told(journal, told):
    """What was told as done may lack its end, and is never taken for what never began."""
    in_doubt = journal.in_doubt()
    for call, status in told:
        if status != "ok" or journal.idem[call] != 3:
            continue
        result = journal.results.get(call)
        seen = any(one == call for one, _ in journal.witnessed)
        assert call in in_doubt or seen or (result and not result.cut and result.status == 0), (
            call, journal)


@pytest.mark.parametrize("kind, error", ERRORS)
def test_disk_fails(tmp_path, reference, kind, error):
    every = 1 if ALL else 8
    for stays in (False, True):
        in_parallel(functools.partial(failed_at, tmp_path, reference, kind, error, stays=stays),
                    itertools.count(1, every))


WIDE = [{"name": "a", "bash": {"max_instances": 2, "commands": [
    effect(f"e{i:02}", "seq 4000; ") for i in range(24)]}}]


@pytest.fixture
def wide(tmp_path):
    return Job(tmp_path / "job", WIDE)


def wide_reference(tmp_path):
    job = Job(tmp_path / "reference", WIDE)
    return job.normal(job("run", "--format", "json", check=0).stdout)


def statuses(job):
    done = job("resume", "--format", "json")
    return {call["id"]: call["status"] for call in json.loads(done.stdout)["calls"]}


def test_disk_is_full(wide, tmp_path):
    """A real one, of 16 MiB: what is under way ends in the room of the ballast."""
    if os.getuid() != 0:
        pytest.skip("a file system takes root")
    wide.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", wide.state],
                             check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        filler = wide.state / "filler"
        filler.write_bytes(bytes((8 << 20) - (400 << 10)))
        done = wide("run", "--format", "json")
        assert done.returncode == 4, done.stderr
        assert "No space left on device" in done.stderr
        assert "may be resumed when there is room" in done.stderr
        told = {call["id"]: call["status"] for call in json.loads(done.stdout)["calls"]}
        assert {"ok", "skipped"} <= set(told.values()), told
        journal = wide.check()
        for call, status in told.items():  # all that ended is in it, thanks to the ballast
            result = journal.results.get(call)
            assert (status == "ok") == bool(result and not result.cut and result.status == 0)
            if status == "skipped":
                assert call not in wide.effects() and call not in journal.in_doubt()
        filler.unlink()
        wide.finish(wide_reference(tmp_path))
    finally:
        subprocess.run(["umount", "-l", wide.state], check=True)


def test_files_may_not_grow(wide, tmp_path):
    limit = 200 << 10
    done = wide("run", "--format", "json",
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert done.returncode == 4, (done.returncode, done.stderr)
    assert "File too large" in done.stderr
    journal = wide.check()
    assert journal.in_doubt() or journal.witnessed or any(
        result.status == 0 for result in journal.results.values())
    told = {call["id"]: call["status"] for call in json.loads(done.stdout)["calls"]}
    check_told(journal, told.items())
    wide.finish(wide_reference(tmp_path))


def test_nothing_can_be_written(tmp_path):
    if os.getuid() != 0:
        pytest.skip("a read-only file system takes root")
    job = Job(tmp_path / "job", SMALL)
    job.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", job.state], check=False,
                             capture_output=True)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        done = job("run", "--format", "json", check=0)
        assert "this run cannot be resumed: " in done.stderr
        assert "Read-only file system" in done.stderr
    finally:
        subprocess.run(["umount", job.state], check=True)


def test_batch_stops_too(tmp_path):
    """A batch starts nothing more either, and says how it ended."""
    job = Job(tmp_path / "job", SMALL)
    lines = "".join(json.dumps({"id": f"e{i}", "tool": "Bash", "input": {
        "command": effect(f"e{i}")["command"]}}) + "\n" for i in range(300))
    env = {**job.env, "LD_PRELOAD": PRELOAD, "CHANGE_AT": "60", "CHANGE_ON": "1",
           "CHANGE_DO": str(errno.EIO), "CHANGE_KINDS": "write", "CHANGE_PATH": "journal.db-wal"}
    done = subprocess.run(BATCH, input=lines, capture_output=True, text=True,
                          cwd=job.root, env=env, timeout=60, check=False)
    assert done.returncode == 4, done.stderr
    assert "Input/output error" in done.stderr
    answers = {one["id"]: one["status"] for one in map(json.loads, done.stdout.splitlines())}
    assert "skipped" in answers.values()
    journal = job.check()
    check_told(journal, answers.items())
    assert not {call for call, status in answers.items() if status == "skipped"} & set(
        job.effects())
