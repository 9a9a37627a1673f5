# SPDX-License-Identifier: MIT
"""The walk against ripgrep 13 (and git) on random trees: the same files, no more and no fewer.

The driver is walk_files.c, built under $VOLLEY_OUT. WALK_CASES is the number of random trees,
WALK_SEED the first seed. A failure prints its seed: WALK_SEED=n WALK_CASES=1 repeats it alone.

Known and wanted differences, which the generators keep clear of: a glob that ends in a literal
'.', and "**" across a line end in a name (see scan/glob.h); ripgrep 13 takes anchored rules of
parents wrongly for a relative path argument, so paths are given to it as absolute ones.
"""
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = os.environ.get("VOLLEY_OUT", TOP / "out/release")
DRIVER = f"{OUT}/tests/oracle/walk_files"
CASES = int(os.environ.get("WALK_CASES", "150"))
SEED = int(os.environ.get("WALK_SEED", "1"))

NAMES = [b"a", b"b", b"foo", b"bar", b"x.c", b"y.h", b"foo.c", b"bar.tar.gz", b".hid", b".foo",
         b".x.c", b"a b", b"\xc3\xa9", b"foo.", b".dot.", b"[x]", b"a*b", b"\xff\xfe", b"build",
         b"target", b"node_modules", b"test_a.py", b"Makefile", b"README.md", b"LICENSE", b"a,b",
         b"#x", b"!y", b"x ", b"a\\b", b"{a}", b"Foo", b"abc", b"aXc", b"a-c", b"\xe6\x97\xa5"]
DIRS = [b"a", b"b", b"foo", b"bar", b"build", b"target", b".hid", b"sub", b"a.d", b"x.c",
        b"\xc3\xa9", b"node_modules", b"deep", b"dot.", b"abc"]
TYPES = ["c", "py", "make", "md", "license", "all", "h"]


def random_piece(rng):
    name = rng.choice(NAMES + DIRS).decode("utf-8", "ignore") or "z"
    name = name.replace("\\", "\\\\")
    kind = rng.randrange(16)
    if kind < 6:
        return name
    cut = rng.randrange(len(name) + 1)
    return [
        name[:cut] + "*", "*" + name[cut:], "*", name[:cut] + "?" + name[cut + 1:],
        "*." + rng.choice(["c", "h", "py", "gz", "tar.gz", "d", "{c,h}", "[ch]", "c*"]),
        "[" + rng.choice(["a-f", "!a", "^x-z", "]a", "a-", "-a", "\u00e9", "a-\u00e9", "abc", "[x",
                          "a-c-e", "!\u00e9"]) + "]" + name[1:],
        "{" + ",".join(rng.choice(["a", "foo", "*.c", "", "b*", "x.c", "build", "**", "[ab]"])
                       for _ in range(rng.randrange(1, 4))) + "}" + rng.choice(["", "", ".c", "*"]),
        "*" + name[cut:cut + 2] + "*", "\\" + name, "**",
    ][kind - 6]


def random_glob(rng):
    pieces = [random_piece(rng) for _ in range(rng.choice([1, 1, 1, 1, 2, 2, 3]))]
    if len(pieces) > 1 and rng.random() < 0.3:
        pieces[rng.randrange(len(pieces))] = "**"
    glob = "/".join(pieces)
    if rng.random() < 0.2:
        glob = "/" + glob
    if rng.random() < 0.1:
        glob = "**/" + glob
    if rng.random() < 0.15:
        glob += "/"
    if rng.random() < 0.05:
        glob += "/**"
    if rng.random() < 0.2:
        glob = "!" + glob
    return glob


def random_rules(rng, slashes=True):
    lines = []
    for _ in range(rng.choice([1, 2, 2, 3, 5, 12])):
        line = random_glob(rng)
        while not slashes and "/" in line.rstrip("/"):
            line = random_glob(rng)
        odd = rng.randrange(40)
        if odd == 0:
            line = rng.choice(["#" + line, "\\#x", "\\!y", "!", "", "   ", "[", "{a", "a}",
                               "{a,{b,c}}",
                               "x\\", "**", "foo.", "*.", "a\\ ", "x\\ ", "!*", "*"] +
                              (["/", "//", "foo//", "/**", "**/"] if slashes else []))
        elif odd == 1:
            line += rng.choice([" ", "  ", "\t", "\u00a0", "\\ ", "\\  "])
        lines.append(line)
    text = rng.choice(["\n", "\n", "\n", "\r\n"]).join(lines).encode()
    if rng.random() < 0.8:
        text += b"\n"
    if rng.random() < 0.02:
        text = b"\xef\xbb\xbf" + text
    if rng.random() < 0.02:
        text += b"caf\xe9\nfoo\n"
    return text


def make_tree(rng, top, depth, budget):
    for name in rng.sample(NAMES, rng.randrange(2, 9)):
        path = os.path.join(top, name)
        if os.path.lexists(path):
            continue
        if rng.random() < 0.06:
            os.symlink(rng.choice([b"a", b"sub", b"../foo", b"/etc", b"nowhere"]), path)
        elif rng.random() < 0.03:
            os.mkfifo(path)
        else:
            Path(os.fsdecode(path)).write_bytes(b"")
    for file, chance in ((b".gitignore", 0.3), (b".ignore", 0.15), (b".rgignore", 0.1)):
        if rng.random() < chance:
            Path(os.fsdecode(os.path.join(top, file))).write_bytes(random_rules(rng))
    if rng.random() < 0.07:
        make_git(rng, top)
    if depth == 0:
        return
    for name in rng.sample(DIRS, rng.randrange(1, 5)):
        path = os.path.join(top, name)
        if budget[0] <= 0 or os.path.lexists(path):
            continue
        budget[0] -= 1
        os.mkdir(path)
        make_tree(rng, path, depth - 1, budget)


def make_git(rng, top):
    git = os.path.join(top, b".git")
    if os.path.lexists(git):
        return
    if rng.random() < 0.15:
        Path(os.fsdecode(git)).write_bytes(b"gitdir: /nowhere\n")
        return
    os.makedirs(os.path.join(git, b"info"))
    Path(os.fsdecode(os.path.join(git, b"HEAD"))).write_bytes(b"ref: refs/heads/x\n")
    if rng.random() < 0.5:
        Path(os.fsdecode(os.path.join(git, b"info/exclude"))).write_bytes(random_rules(rng))


def make_home(rng, home, slashes):
    os.makedirs(home)
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    kind = rng.randrange(6)
    if kind == 0:
        (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/global\n")
        (home / "global").write_bytes(random_rules(rng, slashes))
    elif kind == 1:
        (home / ".config/git").mkdir(parents=True)
        (home / ".config/git/ignore").write_bytes(random_rules(rng, slashes))
    elif kind == 2:
        env["XDG_CONFIG_HOME"] = str(home / "xdg")
        (home / "xdg/git").mkdir(parents=True)
        (home / "xdg/git/config").write_text(f"[core]\nexcludesfile={home}/g2\n")
        (home / "g2").write_bytes(random_rules(rng, slashes))
    return env


def all_paths(root):
    found = []
    for top, dirs, files in os.walk(root):
        dirs.sort()
        for name in sorted(dirs + files):
            found.append(os.path.relpath(os.path.join(top, name), root))
    return found


def random_selector(rng, paths):
    args = {}
    if rng.random() < 0.5:
        glob = random_glob(rng)
        while glob.rstrip("/").endswith((".", ".}")):
            glob = random_glob(rng)
        args["glob"] = glob
    if rng.random() < 0.2:
        args["type"] = rng.choice(TYPES)
    args["hidden"] = rng.random() < 0.3
    args["no_ignore"] = rng.random() < 0.2
    if paths and rng.random() < 0.4:
        args["path"] = rng.choice(paths)
    return args


def rg_files(root, env, args):
    command = [b"rg", b"--no-config", b"--no-ignore-messages", b"--files", b"--null"]
    if "glob" in args:
        command += [b"-g", os.fsencode(args["glob"])]
    if "type" in args:
        command += [b"-t", os.fsencode(args["type"])]
    command += [b"--hidden"] if args["hidden"] else []
    command += [b"--no-ignore"] if args["no_ignore"] else []
    prefix = b""
    if args.get("path"):
        prefix = root + b"/"
        command += [b"--", prefix + args["path"]]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True)
    if done.stderr.startswith(b"error parsing glob"):
        return None
    files = [f for f in done.stdout.split(b"\0") if f]
    assert all(f.startswith(prefix) for f in files)
    return sorted(f[len(prefix):] for f in files)


def walk_command(root, args_list, extra=()):
    command = [os.fsencode(DRIVER), *extra, root]
    for args in args_list:
        for key in ("glob", "type", "path", "after"):
            if key in args:
                command += [b"--" + key.encode(), os.fsencode(args[key])]
        command += [b"--hidden"] if args["hidden"] else []
        command += [b"--no-ignore"] if args["no_ignore"] else []
        command.append(b",")
    return command


def walk_files(root, env, args_list, threads=2):
    """One sorted list per selector; None if the walk was refused."""
    done = subprocess.run(walk_command(root, args_list, (b"--threads", b"%d" % threads)), env=env,
                          capture_output=True)
    if done.returncode:
        assert b"bad glob" in done.stderr, done.stderr
        return None
    lists = [[] for _ in args_list]
    for line in done.stdout.split(b"\0"):
        if line:
            number, path = line.split(b" ", 1)
            lists[int(number)].append(path)
    return [sorted(files) for files in lists]


def is_plain(path, root):
    """Regular files and directories, not under a link: what both open alike as a path argument."""
    real = os.path.realpath(os.path.join(root, path))
    return real == os.path.join(os.path.realpath(root), path) and not os.path.islink(real) and (
        os.path.isdir(real) or os.path.isfile(real))


@pytest.mark.parametrize("seed", range(SEED, SEED + CASES))
def test_like_ripgrep(seed, tmp_path):
    rng = random.Random(seed)
    with_paths = rng.random() < 0.6
    base = os.fsencode(tmp_path / "base")
    os.mkdir(base)
    root = os.path.join(base, b"root")
    os.mkdir(root)
    env = make_home(rng, tmp_path / "home", slashes=not with_paths)
    if rng.random() < 0.6:
        make_git(rng, rng.choice([base, root, root]))
    for file in (b".gitignore", b".ignore", b".rgignore"):
        if rng.random() < 0.15:
            Path(os.fsdecode(os.path.join(base, file))).write_bytes(random_rules(rng))
    make_tree(rng, root, 4, [40])
    paths = [p for p in all_paths(root) if is_plain(p, root)] if with_paths else []
    wanted, selectors = [], []
    for _ in range(6):
        args = random_selector(rng, paths)
        files = rg_files(root, env, args)
        if files is None:
            assert walk_files(root, env, [args]) is None, args
            continue
        wanted.append(files)
        selectors.append(args)
    found = walk_files(root, env, selectors, threads=rng.choice([1, 2, 3]))
    for args, want, got in zip(selectors, wanted, found):
        assert got == want, f"seed {seed}: {args}: missing {set(want) - set(got)}, too many " \
                            f"{set(got) - set(want)}"
        assert walk_files(root, env, [args]) == [want], f"seed {seed}: {args} alone"
    check_cursors(rng, root, env, selectors, wanted)


def order(path):
    return path.replace(b"/", b"\0")


def check_cursors(rng, root, env, selectors, wanted):
    cut = []
    for args, files in zip(selectors, wanted):
        if files and args.get("path") not in files:
            after = rng.choice(files)
            if rng.random() < 0.4:
                after = os.path.dirname(after) or after
            cut.append(({**args, "after": after},
                        [f for f in files if order(f) >= order(after)]))
    if cut:
        found = walk_files(root, env, [args for args, _ in cut])
        for (args, want), got in zip(cut, found):
            assert got == want, args


GIT_RULES = ["foo", "*.c", "a*", "?b", "/foo", "sub/a", "**/bar", "foo/**", "a/**/x.c", "!x.c",
             "bar/",
             "!foo", "/sub/", "*.d", "!/a", "b?r", "[a-c]*", "!b", "*", "!*/", "deep/*", "\\!y",
             "/a/b", "sub/", "!sub/a", "**/deep/**"]


@pytest.mark.parametrize("seed", range(SEED, SEED + max(1, CASES // 3)))
def test_like_git(seed, tmp_path):
    rng = random.Random(seed)
    root = os.fsencode(tmp_path / "root")
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    plain = [n for n in NAMES if not n.endswith((b".", b" ")) and b"\\" not in n]

    def make(top, depth):
        os.makedirs(top, exist_ok=True)
        for name in rng.sample(plain, 5):
            Path(os.fsdecode(os.path.join(top, name))).write_bytes(b"")
        if rng.random() < 0.5:
            rules = rng.sample(GIT_RULES, rng.randrange(1, 6))
            Path(os.fsdecode(os.path.join(top, b".gitignore"))).write_text("\n".join(rules) + "\n")
        for name in rng.sample(DIRS, 3):
            path = os.path.join(top, name)
            if depth and not os.path.lexists(path):
                make(path, depth - 1)

    make(root, 3)
    subprocess.run(["git", "init", "-q"], cwd=root, env=env, check=True)
    listed = subprocess.run(["git", "ls-files", "-o", "-z", "--exclude-standard"],
                            cwd=root, env=env,
                            check=True, capture_output=True).stdout
    want = sorted(f for f in listed.split(b"\0") if f)
    (got,) = walk_files(root, env, [{"hidden": True, "no_ignore": False, "glob": "!/.git"}])
    assert got == want, f"seed {seed}"


def test_linked_work_tree(tmp_path):
    main = tmp_path / "main"
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    run = lambda *args: subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *args],
                                       env=env, check=True, capture_output=True)
    run("init", "-q", str(main))
    run("-C", str(main), "commit", "-q", "--allow-empty", "-m", "x")
    run("-C", str(main), "worktree", "add", str(tmp_path / "linked"))
    (main / ".git/info/exclude").write_text("secret\n")
    for name in ("secret", "open"):
        (tmp_path / "linked" / name).write_text("")
    args = {"hidden": False, "no_ignore": False}
    root = os.fsencode(tmp_path / "linked")
    assert rg_files(root, env, args) == [b"open"]
    assert walk_files(root, env, [args]) == [[b"open"]]


def test_the_driver_is_the_one_under_test():
    assert shutil.which(DRIVER), f"{DRIVER} is not built"
    assert shutil.which("rg"), "ripgrep 13 is the oracle"
