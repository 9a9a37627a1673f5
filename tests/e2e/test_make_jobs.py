"""Job slots that the makes of all commands share, with the real make."""

import json
import os
import signal
import subprocess
import time

import pytest
from conftest import VOLLEY, Mark

MAKEFILE = """\
N ?= 4
NAP ?= 0.1
all: $(foreach i,$(shell seq $(N)),$(TAG)-$(i).done)
%.done:
\t@flock log.lock -c 'echo + >> log'; sleep $(NAP); flock log.lock -c 'echo - >> log'
\t@echo $* > $@
nested:
\t+@$(MAKE) --no-print-directory $(SUBFLAGS) all
script:
\t@sh -c 'make $(SUBFLAGS) all'
failing:
\t@exit 3
"""


@pytest.fixture
def tree(volley):
    (volley.root / "Makefile").write_text(MAKEFILE)
    return volley


def most(tree):
    """How many recipes were under way at once; all that began must have ended."""
    n = highest = 0
    path = tree.root / "log"
    for line in path.read_text().split():
        n += 1 if line == "+" else -1
        highest = max(highest, n)
    assert n == 0
    path.unlink()
    return highest


def batch(tree, commands, *options):
    lines = "".join(json.dumps({"id": str(i), "tool": "Bash", "input": {"command": command}})
                    + "\n" for i, command in enumerate(commands))
    start = time.monotonic()
    done = tree("batch", "--keep-order", *options, input=lines)
    return done, [json.loads(line) for line in done.stdout.splitlines()], time.monotonic() - start


def pools(tree):
    path = tree.state / "volley" / "jobs"
    return os.listdir(path) if path.exists() else []


def test_sixteen_makes_share_the_pool(tree):
    done, answers, seconds = batch(tree, [f"make -j16 TAG=t{i}" for i in range(16)], "--jobs", "4")
    assert done.returncode == 0, done.stdout
    assert [one["output"]["stderr"] for one in answers] == [""] * 16
    for i in range(16):
        for k in range(1, 5):
            assert (tree.root / f"t{i}-{k}.done").read_text() == f"t{i}-{k}\n"
    assert most(tree) == 4  # never more, and all of them were used
    # 64 recipes of 0.1 s by four: 1.6 s, and starting 16 makes and 200 processes on top.
    assert 1.6 <= seconds < 6
    assert pools(tree) == []


def test_a_smaller_number_is_heeded(tree):
    done = tree("call", "Bash", "command=make -j2 TAG=a", "--jobs", "4")
    assert done.returncode == 0
    assert most(tree) == 2
    done = tree("call", "Bash", 'env:={"MAKEFLAGS":"j3"}', "command=make N=9 TAG=b", "--jobs", "4")
    assert done.returncode == 0
    assert most(tree) == 3
    done, answers, _ = batch(tree, [f"make -j3 TAG=t{i}" for i in range(8)], "--jobs", "4")
    assert [one["output"]["stderr"] for one in answers] == [""] * 8
    assert most(tree) == 4


def test_the_default_is_the_processors(tree):
    done, _, _ = batch(tree, ["make -j TAG=a", "make -j64 TAG=b", "make --jobs=3 TAG=c"])
    assert done.returncode == 0
    assert most(tree) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("flags", ["", "-j1", "-j8 -j1", "-k"])
def test_serial_stays_serial(tree, flags):
    done = tree("call", "Bash", f"command=make {flags} TAG=a", "--jobs", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert most(tree) == 1


@pytest.mark.parametrize("flags, target, subflags", [
    ("-j8", "nested", ""), ("-j8", "nested", "-j8"), ("-j", "nested", "-kj"),
    ("-j8", "script", "-j8"), ("", "script", "-j8"),
])
def test_makes_beneath_makes(tree, flags, target, subflags):
    done, answers, _ = batch(tree, [f"make {flags} {target} TAG={tag} SUBFLAGS={subflags}"
                                    for tag in "abc"], "--jobs", "3")
    assert done.returncode == 0
    assert [one["output"]["stderr"] for one in answers] == [""] * 3
    assert most(tree) == 3
    assert len(list(tree.root.glob("*.done"))) == 12


def test_it_ends_as_make_ends(tree):
    done = tree("call", "Bash", "command=make -j4 failing; echo $?", "--jobs", "2")
    assert done.stdout.splitlines()[0] == "2"
    done = tree("call", "Bash", "command=make -j4 --version | head -n 1")
    assert done.stdout.startswith("GNU Make")
    done = tree("call", "Bash", "command=make -jx TAG=a; echo $?")
    assert "positive integer" in done.stdout or "positive integral" in done.stdout, done.stdout
    command = ("make -j4 TAG=a NAP=30 & sleep 0.5; kill $!; wait $!; echo $?")
    done = tree("call", "Bash", f"command={command}", "--jobs", "2")
    assert done.stdout.splitlines()[0] == str(128 + signal.SIGTERM), done.stdout


@pytest.mark.parametrize("kill", ["pkill -9 -x -P $! make", "kill -9 $!"])
def test_a_make_that_is_killed_leaves_no_hole(tree, kill):
    """kill -9 of a make that holds every token, or of what stands before it; the next one still
    has the whole pool. What its recipes left running is waited for."""
    command = (f"make -j4 TAG=a NAP=1.5 & sleep 0.7; {kill}; wait; sleep 1.5; rm log;"
               " make -j4 TAG=b")
    done = tree("call", "Bash", f"command={command}", "--jobs", "3")
    assert done.returncode == 0, done.stdout
    assert most(tree) == 3


def test_waiting_makes_go_on_when_the_holder_is_killed(tree):
    kill = "sleep 0.7; pkill -9 -x -f 'make -j4 TAG=held.*'; true"
    start = time.monotonic()
    done, answers, _ = batch(tree, ["make -j4 TAG=held NAP=20", "sleep 0.2; make -j4 TAG=b", kill],
                             "--jobs", "1", "--sandbox", "off")  # it kills a sibling
    assert [one["status"] for one in answers] == ["failed", "ok", "ok"]
    assert time.monotonic() - start < 10


def test_nothing_is_left_after_an_interrupt(tree):
    mark = Mark()
    tree.env.update(mark.env)
    line = json.dumps({"tool": "Bash", "input": {
        "command": "make -j4 TAG=a NAP=60", "env": mark.env}}) + "\n"
    with tree.start("batch") as process:
        process.stdin.write(line)
        process.stdin.flush()
        deadline = time.monotonic() + 10
        while not (tree.root / "log").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(pools(tree)) == 1
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert pools(tree) == [] and mark.left() == []


def test_the_pool_of_a_killed_one_is_removed_by_the_next(tree):
    with tree.start("batch") as process:
        process.stdin.write(json.dumps({"tool": "Bash", "input": {"command": "sleep 60"}}) + "\n")
        process.stdin.flush()
        deadline = time.monotonic() + 10
        while not pools(tree) and time.monotonic() < deadline:
            time.sleep(0.02)
        old = pools(tree)
        process.kill()
    assert pools(tree) == old != []
    assert tree("call", "Bash", "command=true").returncode == 0
    assert pools(tree) == []


def test_a_volley_beneath_uses_the_pool_above(tree):
    inner = f"{VOLLEY} call Bash --sandbox off command='make -j8 TAG=$TAG'"
    commands = [f"export TAG={tag}; {inner.replace('$TAG', tag)}" for tag in "abc"]
    # The program may lie in /tmp, which a sandbox does not show.
    done, _, _ = batch(tree, commands, "--jobs", "2", "--sandbox", "off")
    assert done.returncode == 0
    assert most(tree) == 2


def test_only_makes_see_the_pool(tree):
    done = tree("call", "Bash", "command=ls -l /proc/self/fd | wc -l; echo $MAKEFLAGS")
    assert done.stdout.split() == ["5"]  # 0 to 2, the directory itself, "total"
    (tree.root / "fds").write_text("all:\n\t@ls /proc/self/fd | tr '\\n' ' '\n")
    done = tree("call", "Bash", "command=make -f fds")
    assert done.stdout.split() == ["0", "1", "2", "3"]


def test_outside_of_commands_it_is_plain_make(tree, tmp_path):
    (tmp_path / "make").symlink_to(VOLLEY)
    done = subprocess.run([tmp_path / "make", "-j8", "TAG=a", "N=2"], cwd=tree.root, timeout=30,
                          env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=False)
    assert done.returncode == 0
    assert most(tree) == 2
