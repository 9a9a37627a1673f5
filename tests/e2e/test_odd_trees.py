"""Trees with odd names and things in them, and trees that change while they are searched."""

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import threading

import pytest
from conftest import VOLLEY

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
DEPTH = 1000
LOSSY = b"bad\xff\x80name.txt"  # JSON cannot express it
ODD_NAMES = ["two\nlines.txt", "tab\t.txt", "-n", " ", "quote\".txt", "back\\slash.txt", "*",
             "\x01\x1b[31m.txt", "a:1:b.txt", "ünïcode.txt", "{a,b}.txt"]


def batch(root, calls, env=None, **more):
    """Every call is answered, in order; the exit status is 0 exactly if all are ok."""
    text = "".join(json.dumps({"id": str(i), "tool": tool, "input": given}) + "\n"
                   for i, (tool, given) in enumerate(calls))
    done = subprocess.run([VOLLEY, "batch", "--keep-order"], input=text.encode(), env=env,
                          capture_output=True, cwd=root, timeout=60, **more)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in answers] == [str(i) for i in range(len(calls))]
    assert done.stderr == b""
    assert done.returncode == (0 if all(one["status"] == "ok" for one in answers) else 1)
    return answers


def search(**more):
    """The same files by each way to ask for them."""
    return [("Glob", {"pattern": "**", **more})] + [
        ("Grep", {"pattern": "needle", "output_mode": mode, "head_limit": 0, **more})
        for mode in ("files_with_matches", "content", "count")]


def found(root, env=None, **more):
    """The names that all four agree upon, and one receipt."""
    glob, files, content, count = batch(root, search(**more), env)
    names = files["output"]["filenames"]
    assert sorted(glob["output"]["filenames"]) == sorted(names)
    assert content["output"]["content"] == "".join(f"{name}:1:needle\n" for name in names)
    assert count["output"]["content"] == "".join(f"{name}:1\n" for name in names)
    assert len(names) == files["output"]["numFiles"] == count["output"]["numMatches"]
    return names, content["receipt"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t/plain.txt").write_text("needle\n")
    (tmp_path / "out.txt").write_text("needle outside\n")
    return tmp_path / "t"


@contextlib.contextmanager
def deep_directory(root, depth):
    """Its path is longer than any one system call takes."""
    fd = os.open(root, os.O_RDONLY)
    try:
        for i in range(depth):
            name = f"directory{i:04}"
            os.mkdir(name, dir_fd=fd)
            below = os.open(name, os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = below
        with open(os.open("deep.txt", os.O_WRONLY | os.O_CREAT, dir_fd=fd), "w") as file:
            file.write("needle\n")
        yield
    finally:
        os.close(fd)
        subprocess.run(["rm", "-rf", root], check=True, timeout=60)  # Python's way is too deep


def test_deep_directories(root):
    with deep_directory(root, DEPTH):
        names, receipt = found(root)
        assert names == ["plain.txt"]  # longer than PATH_MAX: told, not left out in silence
        assert receipt["skipped"]["denied"] == 1 and receipt["complete"] is False
        assert receipt["why_incomplete"] == ["denied"]


def test_directories_just_deep_enough(root):
    with deep_directory(root, 280):
        names, receipt = found(root)
        assert len(names) == 2 and len(names[0]) > 3900 and receipt["complete"] is True
        (read,) = batch(root, [("Read", {"file_path": names[0]})])
        assert read["output"]["content"] == "     1\tneedle\n"


def test_odd_names(root):
    for name in ODD_NAMES:
        (root / name).write_text("needle\n")
    names, receipt = found(root)
    assert sorted(names) == sorted([*ODD_NAMES, "plain.txt"]) and receipt["complete"] is True
    assert names == sorted(names, key=str.encode)
    reads = batch(root, [("Read", {"file_path": name}) for name in names])
    assert [one["output"]["content"] for one in reads] == ["     1\tneedle\n"] * len(names)
    greps = batch(root, [("Grep", {"pattern": "needle", "path": name}) for name in names])
    assert [one["output"]["filenames"] for one in greps] == [[name] for name in names]


def test_names_that_are_no_utf8(root):
    with open(os.path.join(os.fsencode(root), LOSSY), "w", encoding="utf-8") as file:
        file.write("needle\n")
    names, receipt = found(root)
    shown = "bad\ufffd\ufffdname.txt"
    assert names == [shown, "plain.txt"] and receipt["complete"] is True
    read, glob = batch(root, [("Read", {"file_path": shown}), ("Glob", {"pattern": "bad*"})])
    assert read["status"] == "failed" and "does not exist" in read["error"]["message"]
    assert glob["output"]["filenames"] == [shown]


@as_root
def test_what_may_not_be_read(root):
    (root / "shut").mkdir()
    (root / "shut/in.txt").write_text("needle\n")
    (root / "secret.txt").write_text("needle\n")
    os.chmod(root / "shut", 0o700)
    os.chmod(root / "secret.txt", 0o600)
    for above in (root, *root.parents):
        if not os.stat(above).st_mode & stat.S_IXOTH:
            os.chmod(above, 0o755)
    volley = root.parent / "volley"
    shutil.copy(VOLLEY, volley)
    calls = search() + [("Read", {"file_path": "secret.txt"}), ("Grep", {"pattern": "needle",
                                                                     "path": "shut"})]
    text = "".join(json.dumps({"id": str(i), "tool": tool, "input": given}) + "\n"
                   for i, (tool, given) in enumerate(calls))

    def run(lines):
        done = subprocess.run([volley, "batch", "--keep-order"], input=lines, text=True,
                              capture_output=True, cwd=root, timeout=60, user=65534,
                              extra_groups=[], group=65534)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    status, (glob, files, content, count) = run("".join(text.splitlines(True)[:4]))
    assert status == 0
    assert sorted(glob["output"]["filenames"]) == ["plain.txt", "secret.txt"]
    assert files["output"]["filenames"] == ["plain.txt"]
    assert count["output"]["content"] == "plain.txt:1\n"
    assert glob["receipt"]["skipped"]["denied"] == 1  # the directory; files were only named
    for one in (files, content, count):
        assert one["status"] == "ok" and one["receipt"]["skipped"]["denied"] == 2
        assert one["receipt"]["complete"] is False
        assert one["receipt"]["why_incomplete"] == ["denied"]
    status, (read, grep) = run("".join(text.splitlines(True)[4:]))
    assert status == 1 and "secret.txt" in read["error"]["message"]
    assert read["error"]["code"] == grep["error"]["code"] == "EACCES"
    assert "'shut'" in grep["error"]["message"]


def test_what_is_no_file(root):
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.path.relpath(root / "socket"))
        n_special = 2
        if os.geteuid() == 0:
            os.mknod(root / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
            os.mknod(root / "block", stat.S_IFBLK | 0o666, os.makedev(7, 250))
            n_special = 4
        names, receipt = found(root)
        assert names == ["plain.txt"]
        assert receipt["skipped"]["special"] == n_special and receipt["complete"] is True
        special = [name for name in os.listdir(root) if name != "plain.txt"]
        for name in special:
            for one in batch(root, [("Read", {"file_path": name}),
                                    ("Grep", {"pattern": "x", "path": name})]):
                assert one["status"] == "failed" and f"'{name}'" in one["error"]["message"]
                assert one["error"]["code"] == "ENODEV"


def test_links(root):
    (root / "d").mkdir()
    for name, target in (("self", "self"), ("a", "b"), ("b", "a"), ("d/up", ".."),
                         ("out", "../out.txt"), ("abs", str(root.parent)), ("etc", "/etc"),
                         ("dangling", "nowhere"), ("proc", "/proc/self/root")):
        (root / name).symlink_to(target)
    names, receipt = found(root)
    assert names == ["plain.txt"]
    assert receipt["skipped"]["links"] == 9 and receipt["complete"] is True
    codes = {"self": "ELOOP", "a": "ELOOP", "out": "EXDEV", "abs/out.txt": "EXDEV",
             "etc/passwd": "EXDEV", "dangling": "ENOENT", "proc/etc/passwd": "EXDEV",
             "../out.txt": "EXDEV", str(root.parent / "out.txt"): "EXDEV"}
    answers = batch(root, [("Read", {"file_path": name}) for name in codes])
    assert [one["error"]["code"] for one in answers] == list(codes.values())
    assert "needle outside" not in json.dumps(answers)
    for name in ("out", "abs", "etc", "self"):
        (grep,) = batch(root, [("Grep", {"pattern": ".", "path": name})])
        assert grep["status"] in ("failed", "denied") and f"'{name}'" in grep["error"]["message"]
    (through,) = batch(root, [("Read", {"file_path": "d/up/plain.txt"})])
    assert through["status"] == "ok"


# ---- trees that change ----


@contextlib.contextmanager
def meanwhile(change):
    """Calls change(i) over and over from a thread."""
    stop = threading.Event()
    failed = []

    def body():
        i = 0
        while not stop.is_set():
            try:
                change(i)
            except OSError as error:
                failed.append(error)
                return
            i += 1

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert failed == []


def check_while(root, change, n_runs=60):
    """The files that stay are always found; the others are found whole or not at all."""
    for i in range(40):
        (root / f"stays{i:02}.txt").write_text("needle\n")
    with meanwhile(change):
        for _ in range(n_runs):
            answers = batch(root, search() + [("Read", {"file_path": "stays00.txt"})])
            glob, files, content, count, read = answers
            assert all(one["status"] == "ok" for one in answers)
            assert read["output"]["content"] == "     1\tneedle\n"
            stays = {f"stays{i:02}.txt" for i in range(40)} | {"plain.txt"}
            assert stays <= set(glob["output"]["filenames"])
            assert stays <= set(files["output"]["filenames"])
            assert {f"{name}:1" for name in stays} <= set(count["output"]["content"].split("\n"))
            lines = content["output"]["content"].split("\n")
            assert {f"{name}:1:needle" for name in stays} <= set(lines)
            assert all(line.split(":", 2)[2:] in ([], ["needle"]) for line in lines)
            for one in (glob, files, content, count):
                assert set(one["receipt"]["why_incomplete"]) <= {"changed"}


def test_files_that_are_rewritten(root):
    def change(i):
        path = root / f"moving{i % 7}.txt"
        path.write_text("needle\n" * (i % 5 * 3000))  # truncated, then grown
        if i % 3 == 0:
            path.unlink()

    check_while(root, change)


def test_a_file_that_becomes_something_else(root):
    def change(i):
        path = root / f"moving{i % 101}.txt"  # each goes through all four
        if path.is_dir():
            path.rmdir()
        elif path.exists():
            path.unlink()
        if i % 4 == 1:
            path.mkdir()
        elif i % 4 == 3:
            os.mkfifo(path)
        else:
            path.write_text("needle\n")

    check_while(root, change)


def test_directories_that_vanish(root):
    def change(i):
        path = root / f"d{i % 5}"
        (path / "below").mkdir(parents=True)
        (path / "below/a.txt").write_text("needle\n")
        os.rename(path / "below", path / "moved")
        shutil.rmtree(path)

    check_while(root, change)


def test_a_directory_swapped_for_a_link_out(root):
    (root.parent / "outside").mkdir()
    (root.parent / "outside/a.txt").write_text("needle outside\n")

    def change(_):
        path = root / "swapped"
        path.mkdir()
        (path / "a.txt").write_text("needle\n")
        shutil.rmtree(path)
        path.symlink_to("../outside")
        path.unlink()

    check_while(root, change)
