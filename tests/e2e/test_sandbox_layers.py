# SPDX-License-Identifier: MIT
"""Which layer of a sandbox stops what: every act with all layers, with each layer taken away, and
with each layer alone. The table in docs/decisions/0008-sandbox.md is this one: run this file as a
program to print it.
"""
import os
import shutil
import subprocess
import sys

import pytest
from test_escapes import CASES, OUT, World

LAYERS = ["mounts", "network", "processes", "landlock", "privileges", "seccomp", "limits"]
ALL = (1 << len(LAYERS)) - 1

# Stopped whatever is taken away: by the namespaces of users and of pids that bwrap always makes.
BASE = " ".join(LAYERS)

# name of the case: the layers that stop it alone, on a kernel with Landlock ABI 6 or newer
TABLE = {
    "read a key": "mounts",
    "write outside": "mounts landlock",
    "write outside by a link": "mounts landlock",
    "write by another's cwd": BASE,
    "take by renaming": "mounts landlock",
    "change the kernel's settings": BASE,
    "add a git hook": "mounts",
    "trace another process": BASE,
    "trace its own child": "seccomp",
    "kill another process": BASE,
    "abstract socket": "network landlock",
    "socket in the home": "mounts",
    "type into a terminal": BASE,
    "mount": "landlock privileges seccomp",
    "user namespace": "seccomp",
    "chroot": "privileges seccomp",
    "make a device": BASE,
    "io_uring": "seccomp",
    "bpf": BASE,
    "keys of the kernel": "seccomp",
    "userfaultfd": BASE,
    "i386 system call": "seccomp",
    "TCP": "network landlock seccomp",
    "UDP": "network seccomp",
    "packet socket": BASE,
    "memory": "limits",
    "processes": "",  # the bound is one of a cell's own pid namespace: both are needed
}
NEEDED = {"processes": ["processes", "limits"]}


class Layers:
    def __init__(self):
        self.world = World("root")
        self.driver = self.world.base / "driver"
        shutil.copy(f"{OUT}/tests/fault/spawn_driver", self.driver)

    def escapes(self, name, without):
        env = dict(self.world.env, **self.world.names, SPAWN_SANDBOX="workspace",
                   SPAWN_WITHOUT=str(without))
        done = subprocess.run([str(self.driver), "run", CASES[name][0]], cwd=self.world.root,
                              env=env, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done
        self.repair()
        return "ESCAPED" in done.stdout

    def repair(self):
        """What an act that succeeded has changed."""
        world = self.world
        if world.helper.poll() is not None:
            world.helper = subprocess.Popen(["sleep", "1000"], cwd=world.outside)
            world.names["HELPER"] = str(world.helper.pid)
        (world.outside / "victim").write_text("victim")
        for path in (world.outside / "new", world.root / "device", world.root / "mine",
                     world.root / ".git/hooks/pre-commit"):
            path.unlink(missing_ok=True)

    def stopped_by(self, name):
        """The layers that stop it alone; those without which it succeeds."""
        alone = [layer for i, layer in enumerate(LAYERS)
                 if not self.escapes(name, ALL & ~(1 << i))]
        needed = [layer for i, layer in enumerate(LAYERS) if self.escapes(name, 1 << i)]
        return alone, needed


@pytest.fixture(scope="module")
def layers():
    if os.geteuid() != 0:
        pytest.skip("needs root")
    one = Layers()
    yield one
    one.world.end()


@pytest.mark.parametrize("name", TABLE)
def test_layers(layers, name):
    assert not layers.escapes(name, 0)
    alone, needed = layers.stopped_by(name)
    assert " ".join(alone) == TABLE[name]
    assert needed == NEEDED.get(name, alone if len(alone) == 1 else [])


if __name__ == "__main__":
    printed = Layers()
    print("| act | " + " | ".join(LAYERS) + " |\n" + "|---" * (len(LAYERS) + 1) + "|")
    for case in TABLE:
        by, sole = printed.stopped_by(case)
        print(f"| {case} | " + " | ".join(
            "" if len(by) == len(LAYERS) else "needed" if layer in sole else
            "yes" if layer in by else "" for layer in LAYERS) + " |")
    printed.world.end()
    sys.exit(0)
