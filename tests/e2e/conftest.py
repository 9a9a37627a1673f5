"""A small tree, a home of its own, and the program to run in them; processes that are marked."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time
import uuid

import pytest

pytest.register_assert_rewrite("runs", "net_world")  # their asserts say what they compared

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
VOLLEY = os.environ.get("VOLLEY") or str(REPOSITORY / "volley")

FILES = {
    "README.md": "# A tree\n\nretry is explained here\n",
    "src/main.c": "int main(void)\n{\n\treturn retry(3);\n}\n",
    "src/retry.c": "int retry(int n)\n{\n\treturn n ? retry(n - 1) : 0;\n}\n",
    "src/retry.h": "int retry(int n);\n",
    "docs/long.txt": "".join(f"line {i} of a long text\n" for i in range(5000)),
}


class Volley:
    def __init__(self, tmp_path):
        self.root = tmp_path / "tree"
        self.state = tmp_path / "state"
        for name, text in FILES.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        }

    def __call__(self, *args, input="", **more):
        """Runs to its end."""
        more.setdefault("text", True)
        return subprocess.run(
            [VOLLEY, *args],
            input=input,
            capture_output=True,
            cwd=self.root,
            env=self.env,
            timeout=60,
            **more,
        )

    def start(self, *args, **more):
        """Starts, with pipes for all three."""
        return subprocess.Popen(
            [VOLLEY, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.root,
            env=self.env,
            text=True,
            **more,
        )


class Mark:
    """A variable of the environment by which processes can be found again."""

    NAME = "VOLLEY_TEST_MARK"

    def __init__(self):
        self.env = {self.NAME: uuid.uuid4().hex}

    def pids(self):
        """Living processes that carry the mark; zombies have no environment."""
        found = []
        mark = f"{self.NAME}={self.env[self.NAME]}".encode()
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    with open(f"/proc/{entry}/environ", "rb") as file:
                        if mark in file.read().split(b"\0"):
                            found.append(int(entry))
        return found

    def kill_all(self):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):  # one may end with the other
                os.kill(pid, signal.SIGKILL)

    def supervisor(self):
        for pid in self.pids():
            with contextlib.suppress(OSError):  # some end at any time
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    if file.read() == "volley-super\n":
                        return pid
        raise AssertionError("no supervisor")

    def alive(self):
        """What counts as left behind."""
        return self.pids()

    def left(self, allowed=()):
        """What is left three seconds from now, or nothing as soon as nothing is."""
        deadline = time.monotonic() + 3
        while True:
            left = [one for one in self.alive() if one not in allowed]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.01)


@pytest.fixture
def volley(tmp_path):
    return Volley(tmp_path)
