# SPDX-License-Identifier: MIT
"""What a confined command must not be able to do.

Every case is a command that prints ESCAPED when it could do what it tried. It is run in a sandbox,
where it must not, and without one, where it must: otherwise the case would prove nothing. Where it
cannot be done without a sandbox either, the case says why. All as root and as a plain user.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest
from conftest import VOLLEY, Mark

OUT = os.environ.get("VOLLEY_OUT", pathlib.Path(__file__).resolve().parents[2] / "out/release")
PLAIN_UID = 60998
MEMORY_GIB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30

ROOT, PLAIN, BOTH = ("root",), ("plain",), ("root", "plain")
# Why a case has no control without a sandbox.
NO_NEED = "also without a sandbox"
HARMFUL = "it would harm the machine"

CASES = {
    # name: (command, users with a control, or why there is none)
    "read a key": ("grep -q KEY ~/.ssh/id && echo ESCAPED", BOTH),
    "read a token file": ("grep -q KEY ~/.netrc && echo ESCAPED", BOTH),
    "read a key that is a link": ("grep -q KEY ~/.aws/credentials && echo ESCAPED", BOTH),
    "read volley's state": ('grep -q KEY "$STATE/volley/journal" && echo ESCAPED', BOTH),
    "read shadow": ("grep -q root: /etc/shadow && echo ESCAPED", ROOT),
    "write outside": ('echo x >"$OUTSIDE/new" && echo ESCAPED', BOTH),
    "write outside by ..": ("echo x >../../outside/new && echo ESCAPED", BOTH),
    "write outside by a link": (
        'ln -sfn "$OUTSIDE" link; echo x >link/new && echo ESCAPED', BOTH),
    "write by /proc/self/root": ('echo x >"/proc/self/root$OUTSIDE/new" && echo ESCAPED', BOTH),
    "write by /proc/1/root": (
        'echo x >"/proc/1/root$OUTSIDE/new" && echo ESCAPED', "init may have another root"),
    "write by another's root": (
        'echo x >"/proc/$HELPER/root$OUTSIDE/new" && echo ESCAPED', BOTH),
    "write by another's cwd": ("echo x >/proc/$HELPER/cwd/new && echo ESCAPED", BOTH),
    "write by a descriptor of a directory": (
        'for fd in /proc/self/fd/*; do [ -d "$fd/." ] && echo ESCAPED; done; :', NO_NEED),
    "write by a hard link": (
        'ln "$OUTSIDE/victim" hard && echo x >>hard && echo ESCAPED', BOTH),
    "take by renaming": ('"$ESCAPE" rename "$OUTSIDE/victim" mine', BOTH),
    "replace by renaming": ('echo x >mine; "$ESCAPE" rename mine "$OUTSIDE/victim"', BOTH),
    "write the program": ('echo x >>"$ESCAPE" && echo ESCAPED', ROOT),
    "change the kernel's settings": (
        "cat /proc/sys/kernel/domainname >/proc/sys/kernel/domainname && echo ESCAPED", ROOT),
    "add a git hook": ("echo x >.git/hooks/pre-commit && echo ESCAPED", BOTH),
    "replace the git hooks": ("mv .git/hooks .git/old && mkdir .git/hooks && echo ESCAPED", BOTH),
    "change git's configuration": ("git config core.fsmonitor /tmp/x && echo ESCAPED", BOTH),
    "append to git's configuration": ("echo x >>.git/config && echo ESCAPED", BOTH),
    "replace git's configuration": (
        'cp .git/config c; "$ESCAPE" rename c .git/config', BOTH),
    "replace .git by a link": (
        "mv .git git && ln -s git .git && echo ESCAPED", BOTH),
    "add a hook to a nested repository": (
        "echo x >nested/.git/hooks/pre-commit && echo ESCAPED", BOTH),
    "add a hook to a submodule": (
        "echo x >.git/modules/sub/hooks/pre-commit && echo ESCAPED", BOTH),
    "replace the modules": (
        "mv .git/modules .git/m && mkdir -p .git/modules/sub/hooks && echo ESCAPED", BOTH),
    "trace another process": ('"$ESCAPE" ptrace "$HELPER"', BOTH),
    "trace its own child": ('"$ESCAPE" ptrace', BOTH),
    "write another's memory": ('"$ESCAPE" vm_write "$HELPER"', BOTH),
    "write its child's memory": ('"$ESCAPE" vm_write', BOTH),
    "kill another process": ('"$ESCAPE" kill "$HELPER"', BOTH),
    "kill all": ("kill -9 -1", HARMFUL),
    "abstract socket": ('"$ESCAPE" abstract "$ABSTRACT"', BOTH),
    "socket in the home": ('"$ESCAPE" unix "$HOME/agent.sock"', BOTH),
    "socket in /run": ('"$ESCAPE" unix "$RUN_SOCKET"', ROOT),
    "type into a terminal": ('"$ESCAPE" tiocsti', ROOT),
    "set-user-id program": ('[ "$(id -u)" = 0 ] || "$SUID" euid_root', PLAIN),
    "mount": ('mkdir -p m; "$ESCAPE" mount m; umount m', ROOT),
    "user namespace": ('"$ESCAPE" unshare', BOTH),
    "user namespace by clone": ('"$ESCAPE" clone', BOTH),
    "user namespace by clone3": ("unshare --user --map-root-user true && echo ESCAPED", BOTH),
    "enter a namespace": ('"$ESCAPE" setns', ROOT),
    "chroot": ('"$ESCAPE" chroot .', ROOT),
    "make a device": ('"$ESCAPE" mknod device', ROOT),
    "io_uring": ('"$ESCAPE" io_uring', BOTH),
    "bpf": ('"$ESCAPE" bpf', ROOT),
    "keys of the kernel": ('"$ESCAPE" keyctl', BOTH),
    "userfaultfd": ('"$ESCAPE" userfaultfd', ROOT),
    "open by handle": ('"$ESCAPE" handle /etc/passwd', ROOT),
    "i386 system call": ('"$ESCAPE" i386', BOTH),
    "TCP": ('"$ESCAPE" tcp "$PORT"', BOTH),
    "UDP": ('"$ESCAPE" udp "$PORT"', BOTH),
    "packet socket": ('"$ESCAPE" packet', ROOT),
    "raw socket": ('"$ESCAPE" raw', ROOT),
    "memory": (f'"$ESCAPE" memory {MEMORY_GIB * 2 // 3 + 1}', BOTH),
    "fill /tmp": (f'"$ESCAPE" fill /tmp/volley-fill {MEMORY_GIB // 8 + 1}', HARMFUL),
    "fill /dev/shm": (f'"$ESCAPE" fill /dev/shm/volley-fill {MEMORY_GIB // 8 + 1}', HARMFUL),
    "a million descriptors": ('"$ESCAPE" files 1000000', HARMFUL),
    "processes": ('"$ESCAPE" processes 5000', HARMFUL),
    "variables of volley": (
        'env | grep -E "SSH_AUTH_SOCK|SECRET_TOKEN|DBUS_SESSION|AWS_" && echo ESCAPED', NO_NEED),
    "descriptors of volley": (
        '[ "$(ls /proc/self/fd)" = "$(printf "0\\n1\\n2\\n3")" ] || echo ESCAPED', NO_NEED),
}


class World:
    """A user with a home, secrets, a workspace in the home, and what runs beside volley. Not in
    /tmp, which a sandbox hides as a whole."""

    def __init__(self, user):
        is_root = os.geteuid() == 0
        self.user, self.uid = user, PLAIN_UID if user == "plain" and is_root else os.geteuid()
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="volley-escapes-", dir=(
            "/var/lib" if is_root else pathlib.Path.home())))
        self.base.chmod(0o755)
        self.home, self.state = self.base / "home", self.base / "state"
        self.root, self.outside = self.home / "tree", self.base / "outside"
        self.helper, self.listeners = None, []
        self.programs()
        self.files()
        self.processes()
        self.env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.state), "XDG_CONFIG_HOME": str(self.base / "config"),
            "SSH_AUTH_SOCK": "/nowhere", "SECRET_TOKEN": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "DBUS_SESSION_BUS_ADDRESS": "x",
        }
        # what a case refers to
        self.names = {
            "ESCAPE": str(self.base / "escape"), "SUID": str(self.base / "suid"),
            "OUTSIDE": str(self.outside), "STATE": str(self.state), "ABSTRACT": self.abstract,
            "HELPER": str(self.helper.pid), "PORT": str(self.port), "RUN_SOCKET": self.run_socket,
        }

    def programs(self):
        shutil.copy(VOLLEY, self.base / "volley")
        for name in ("escape", "suid"):
            shutil.copy(f"{OUT}/tests/fault/escape", self.base / name)
        (self.base / "suid").chmod(0o4755)

    def files(self):
        for path, text in {
            self.home / ".ssh/id": "KEY", self.home / ".netrc": "KEY",
            self.home / "keys/credentials": "KEY", self.state / "volley/journal": "KEY",
            self.outside / "victim": "victim", self.root / "file": "file",
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.home / ".aws").symlink_to("keys")
        for path in (self.root, self.root / "nested"):
            subprocess.run(["git", "init", "-q", path], check=True)
        sub = self.root / ".git/modules/sub"
        subprocess.run(["git", "init", "-q", "--bare", sub], check=True)
        shutil.rmtree(self.root / ".git/hooks")
        if self.uid != os.geteuid():
            for top in (self.home, self.state, self.outside):
                for path in (top, *top.rglob("*")):
                    os.lchown(path, self.uid, self.uid)

    def listen(self, family, kind, address):
        one = socket.socket(family, kind)
        one.bind(address)
        if kind == socket.SOCK_STREAM:
            one.listen(64)
        self.listeners.append(one)
        return one

    def processes(self):
        self.helper = subprocess.Popen(["sleep", "1000"], cwd=self.outside, user=self.uid,
                                       group=self.uid, extra_groups=[])
        self.abstract = f"volley-test-{os.getpid()}-{self.user}"
        self.listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + self.abstract)
        self.listen(socket.AF_UNIX, socket.SOCK_STREAM, str(self.home / "agent.sock"))
        os.chmod(self.home / "agent.sock", 0o777)
        self.run_socket = "/nowhere"
        if os.geteuid() == 0:
            self.run_socket = f"/run/{self.abstract}.sock"
            self.listen(socket.AF_UNIX, socket.SOCK_STREAM, self.run_socket)
        tcp = self.listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        self.listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", self.port))

    def call(self, command, level="workspace", **more):
        """One call of Bash. Returns its answer and what was printed."""
        given = {"command": command, "env": self.names, "timeout": 15000, **more}
        done = subprocess.run(
            [str(self.base / "volley"), "batch", "--sandbox", level],
            input=json.dumps({"id": "1", "tool": "Bash", "input": given}) + "\n",
            capture_output=True, text=True, cwd=self.root, env=self.env, user=self.uid,
            group=self.uid, extra_groups=[], timeout=60)
        assert done.stdout, done.stderr
        answer = json.loads(done.stdout)
        return answer, answer.get("output", {}).get("stdout", "")

    def end(self):
        self.helper.kill()
        self.helper.wait()
        for one in self.listeners:
            one.close()
        if os.path.exists(self.run_socket):
            os.unlink(self.run_socket)
        shutil.rmtree(self.base)


@pytest.fixture(params=BOTH)
def world(request):
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    one = World(request.param)
    yield one
    one.end()


@pytest.mark.parametrize("name", CASES)
def test_no_escape(world, name):
    command, control = CASES[name]
    answer, said = world.call(command)
    assert answer["status"] in ("ok", "failed"), answer
    assert "ESCAPED" not in said, answer
    assert world.helper.poll() is None
    assert (world.outside / "victim").read_text() == "victim"
    assert sorted(os.listdir(world.outside)) == ["victim"]
    if not isinstance(control, str) and world.user in control:
        answer, said = world.call(command, "off")
        assert "ESCAPED" in said, answer


@pytest.mark.parametrize("name", ["read a key", "write outside", "TCP", "trace its own child"])
def test_no_escape_from_strict(world, name):
    answer, said = world.call(CASES[name][0], "strict")
    assert "ESCAPED" not in said, answer
    assert "ESCAPED" not in world.call("echo x >new && echo ESCAPED", "strict")[1]
    assert not (world.root / "new").exists()


def test_a_repository_is_not_moved_by_commondir(world):
    answer, _ = world.call("mkdir evil && echo ../evil >.git/commondir && echo done")
    assert answer["status"] == "ok", answer
    assert not (world.root / ".git/commondir").exists()


def test_fork_bomb(world):
    mark = Mark()
    start = time.monotonic()
    answer, _ = world.call(":(){ :|: & :; }; :; sleep 100", timeout=2000,
                           env={**world.names, **mark.env})
    assert answer["status"] in ("failed", "timeout"), answer
    assert time.monotonic() - start < 20
    assert mark.left() == []
    assert world.call("echo fine")[1] == "fine\n"


def test_memory_bomb(world):
    """Ends by itself; whoever is beside it goes on."""
    command = ('python3 -c "x = []\nwhile True: x.append(bytearray(1 << 36))" 2>/dev/null; '
               "echo ended $?")
    assert world.call(command)[1] == "ended 1\n"


def test_daemon_is_gone_with_its_command(world):
    mark = Mark()
    daemon = "(setsid sh -c '(setsid sleep 60 &); exec sleep 60' >/dev/null 2>&1 &); echo started"
    theirs, ours = os.pipe()
    os.fchown(theirs, world.uid, world.uid)  # volley opens it again, so as not to block
    process = subprocess.Popen(
        [str(world.base / "volley"), "batch"], stdin=theirs, stdout=subprocess.PIPE, text=True,
        cwd=world.root, env=world.env, user=world.uid, group=world.uid)
    os.close(theirs)
    try:
        os.write(ours, json.dumps({"id": "1", "tool": "Bash", "input": {
            "command": daemon, "env": mark.env}}).encode() + b"\n")
        answer = json.loads(process.stdout.readline())
        assert answer["output"]["stdout"] == "started\n", answer
        assert mark.left() == []
        assert process.poll() is None
    finally:
        os.close(ours)
        process.kill()
        process.communicate()


def test_links_in_place_of_hooks_are_refused(world):
    (world.root / ".git/hooks").symlink_to("../elsewhere")
    answer, _ = world.call("true")
    assert answer["status"] == "denied"
    assert "hooks' is a link, so it cannot be protected" in answer["error"]["message"]
    assert world.call("echo fine", "strict")[1] == "fine\n"


@pytest.mark.parametrize("by", ["a link", "another directory"])
def test_a_root_that_is_swapped(world, by):
    """Between the moment when volley opens the root and the start of the sandbox."""
    instead = world.home / "instead"
    if by == "a link":
        instead.symlink_to(world.outside)
    else:
        instead.mkdir()
    shutil.copy(f"{OUT}/tests/fault/spawn_driver", world.base / "driver")
    env = dict(world.env, SPAWN_SANDBOX="workspace", SPAWN_SWAP=str(instead))
    os.chmod(world.home, 0o777)
    done = subprocess.run([str(world.base / "driver"), "wait", "1", "echo x >new"],
                          cwd=world.root, env=env, user=world.uid, group=world.uid,
                          capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 1 and "ready" not in done.stdout
    assert by == "a link" or "is not the directory that it was" in done.stderr
    assert not (world.root / "new").exists()
    assert sorted(os.listdir(world.outside)) == ["victim"]


def test_a_call_cannot_loosen(world):
    answer, _ = world.call("true", "workspace", sandbox="off")
    assert answer["status"] == "denied"
    assert "cannot loosen" in answer["error"]["message"]
    answer, said = world.call("echo x >new || echo confined", "workspace", sandbox="strict")
    assert said == "confined\n"
    answer, said = world.call("echo x >new || echo confined", "off", sandbox="strict")
    assert said == "confined\n"


def test_network_when_asked(world):
    assert "ESCAPED" in world.call('"$ESCAPE" tcp "$PORT"', network=True)[1]
    assert "ESCAPED" not in world.call('"$ESCAPE" abstract "$ABSTRACT"', network=True)[1]
    assert "ESCAPED" not in world.call('"$ESCAPE" unix "$HOME/agent.sock"', network=True)[1]
    assert "ESCAPED" not in world.call('"$ESCAPE" packet', network=True)[1]


def test_without_bwrap_nothing_runs(world):
    """As if it were not installed: it is hidden from volley alone."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    script = ("for bwrap in /usr/bin/bwrap /usr/local/bin/bwrap; do [ ! -e $bwrap ] || "
              "mount --bind /dev/null $bwrap; done; exec \"$@\"")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", "setpriv", f"--reuid={world.uid}",
         str(world.base / "volley"), "call", "Bash", "command=touch ran"],
        cwd=world.root, env=world.env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "bubblewrap is missing; 'apt install bubblewrap'" in done.stdout + done.stderr
    assert "--sandbox off" in done.stdout + done.stderr
    assert not (world.root / "ran").exists()


def test_without_user_namespaces_nothing_runs(world):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c",
         "echo 0 >/proc/sys/user/max_user_namespaces; exec \"$@\"", "sh",
         str(world.base / "volley"), "call", "Bash", "command=touch /tmp/ran",
         "--sandbox", "strict"],
        cwd=world.root, env=world.env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "are user namespaces allowed?" in done.stdout + done.stderr
    assert not (world.root / "ran").exists()


WORK = {
    "git": ("git -c user.name=x -c user.email=x@x commit -q --allow-empty -m one && "
            "git status --short && git log --oneline | wc -l", "1"),
    "make": ("printf 'all: ; @echo made\\n' >Makefile && make", "made"),
    "gcc": ("echo 'int main(void){return 0;}' >m.c && gcc -o m m.c && ./m && echo built", "built"),
    "python": ("python3 -c 'import tempfile, multiprocessing as m; tempfile.mkstemp(); "
               "print(m.Pool(2).map(abs, [-1, -2]))'", "[1, 2]"),
    "pty": ("script -qec 'tty' /dev/null", "/dev/pts/0"),
    "ps": ("ps -o comm= -p $$; :", "bash"),
    "npm": ("printf '{\"scripts\":{\"test\":\"node -p 6*7\"}}' >package.json && npm -s test",
            "42"),
    "cargo": ("cargo init -q --vcs none --name x c && cd c && cargo build -q --offline && "
              "./target/debug/x", "Hello, world!"),
}


@pytest.mark.parametrize("name", WORK)
def test_normal_work(world, name):
    command, expected = WORK[name]
    tool = command.split()[0] if name in ("git", "pty", "ps") else name.replace("python", "python3")
    path = shutil.which(tool, path=world.env["PATH"])
    if path is None or subprocess.run([path, "--version"], env=world.env, user=world.uid,
                                      group=world.uid, check=False,
                                      capture_output=True).returncode != 0:
        pytest.skip(f"{tool} is not there for this user")
    answer, said = world.call(command)
    assert expected in said, answer


def test_receipt(world):
    path = world.root / "w.yaml"
    path.write_text("phases:\n  - name: p\n    bash: {commands: ['true']}\n")
    for form in ("json", "md"):
        done = subprocess.run([str(world.base / "volley"), "run", str(path), "--format", form],
                              cwd=world.root, env=world.env, user=world.uid,
                              group=world.uid, capture_output=True,
                              text=True, timeout=20)
        if form == "json":
            sandbox = json.loads(done.stdout)["totals"]["sandbox"]
            assert sandbox["level"] == "workspace" and sandbox["seccomp"] is True
            assert sandbox["bwrap"].split(".")[0].isdigit() and sandbox["landlock_abi"] >= 2
        else:
            assert "\nsandbox workspace: bwrap " in done.stdout
