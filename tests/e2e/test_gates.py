"""Gates that the user sets: --load, --memfree, --noswap."""

import json
import os
import subprocess
import sys
import time

import pytest

BUSY = "import time\nend = time.monotonic() + 60\nwhile time.monotonic() < end: pass"


@pytest.fixture
def load():
    """Something runs, and has for long enough for the average to have heard of it."""
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    deadline = time.monotonic() + 30
    while os.getloadavg()[0] < 0.02 and time.monotonic() < deadline:
        time.sleep(0.1)
    yield
    process.kill()
    process.wait()


def flow(*commands):
    phase = {"name": "p", "bash": {"commands": list(commands)}}
    return json.dumps({"name": "a", "phases": [phase]})


def test_a_load_that_is_never_low_enough(volley, load):
    start = time.monotonic()
    done = volley("run", "-", "--format", "jsonl", "--load", "0.0001", "--timeout", "2500ms",
                  input=flow("touch it-ran", "true"))
    assert 2.5 <= time.monotonic() - start < 5
    assert done.returncode == 124
    events = [json.loads(line) for line in done.stdout.splitlines()]
    changed = [one for one in events if one["event"] == "limit.changed"]
    assert (changed[0]["lane"], changed[0]["to"]) == ("bash", 0)
    assert "not under --load 0.0001" in changed[0]["reason"]
    results = [one["result"] for one in events if one["event"] == "call.finished"]
    assert [one["status"] for one in results] == ["timeout"] * 2
    for one in results:
        assert one["error"]["message"].startswith("not started before the deadline: the load of ")
        assert one["error"]["message"].endswith("is not under --load 0.0001")
    assert not (volley.root / "it-ran").exists()


def test_a_load_that_is_low_enough(volley):
    done = volley("call", "Bash", "command=echo ran", "--load", "100000%", "--noswap",
                  "--memfree", "1M")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "ran")


def test_memory_that_is_not_there(volley):
    done = volley("call", "Bash", "command=true", "--memfree", "4000T")
    assert done.returncode == 2
    assert "--memfree" in done.stderr and "never free here" in done.stderr


def test_nearly_all_of_the_memory(volley):
    with open("/proc/meminfo", encoding="ascii") as file:
        total_kib = int(file.readline().split()[1])
    done = volley("call", "Bash", "command=true", "--memfree", f"{total_kib - 1}K", "--timeout",
                  "1500ms")
    assert done.returncode in (3, 124)  # a container may have less than the machine
    assert "--memfree" in done.stdout + done.stderr


@pytest.mark.parametrize("name, value, says", [
    ("load", "0", "load wants a load such as 2.5"),
    ("load", "80%%", "load wants a load"),
    ("load", "fast", "load wants a load"),
    ("memfree", "1X", "memfree wants a size such as 512M or 1G"),
    ("memfree", "-1G", "memfree wants a size"),
    ("memfree", "1GB", "memfree wants a size"),
    ("jobs", "0", "jobs wants a number from 1 to 4096"),
    ("noswap", "perhaps", "noswap wants true or false"),
])
def test_bad_values(volley, name, value, says):
    volley.env[f"VOLLEY_{name.upper()}"] = value
    done = volley("call", "Bash", "command=true")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    del volley.env[f"VOLLEY_{name.upper()}"]
    (volley.root / ".volley.yaml").write_text(f'{name}: "{value}"\n')
    done = volley("call", "Bash", "command=true")
    assert done.returncode == 2 and says in done.stderr
    if name != "noswap":
        (volley.root / ".volley.yaml").unlink()
        done = volley("call", "Bash", "command=true", f"--{name}={value}")
        assert done.returncode == 2 and says in done.stderr


def test_settings_are_heeded(volley):
    (volley.root / ".volley.yaml").write_text("memfree: 4000T\n")
    assert volley("call", "Bash", "command=true").returncode == 2
    assert volley("call", "Bash", "command=true", "--memfree", "1M").returncode == 0
