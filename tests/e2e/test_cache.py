# SPDX-License-Identifier: MIT
"""--cache: the same answers as without it, whatever happens to the tree in between."""
import json
import os
import random
import time

CALLS = [
    {"tool": "Grep", "input": {"pattern": "needle", "output_mode": "content"}},
    {"tool": "Grep", "input": {"pattern": "n[aeiou]+dle", "path": "d1"}},
    {"tool": "Grep", "input": {"pattern": "hay", "glob": "*.c", "output_mode": "count"}},
    {"tool": "Grep", "input": {"pattern": "hay", "hidden": True, "no_ignore": True}},
    {"tool": "Grep", "input": {"pattern": "line", "head_limit": 3, "offset": 1}},
    {"tool": "Glob", "input": {"pattern": "**/*.c"}},
    {"tool": "Glob", "input": {"pattern": "*", "path": "d2"}},
    {"tool": "Grep", "input": {"pattern": "x", "path": "link.c"}},
]
LINES = "".join(json.dumps({"id": str(i), **call}) + "\n" for i, call in enumerate(CALLS))


def answers(volley, tree, *options):
    done = volley("batch", "--keep-order", "-C", str(tree), *options, input=LINES)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    n_cached = 0
    for answer in found:
        del answer["ms"]
        n_cached += answer["receipt"].pop("cached", 0)
        answer["output"].pop("durationMs", None)
    return found, n_cached


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_tree(tree, rng):
    (tree / ".git").mkdir()
    for i in range(40):
        text = "\n".join(rng.choice(["needle", "hay", "line x", "nadle"]) for _ in range(9))
        write(tree / f"d{i % 4}" / f"f{i}.{rng.choice('ch')}", text + "\n")
    write(tree / ".gitignore", "*.h\n")
    os.symlink("d1", tree / "to_d1")
    write(tree / "d3" / "target.c", "x\n")
    os.symlink("d3/target.c", tree / "link.c")


KINDS = 7


def change(tree, rng, kind):
    files = sorted(p for p in tree.rglob("*.[ch]") if p.is_file() and not p.is_symlink())
    file = rng.choice(files)
    if kind == 0:
        file.write_text(file.read_text() + "needle again\n")
    elif kind == 1:
        file.unlink()
    elif kind == 2:  # same size, same mtime
        stat = file.stat()
        text = file.read_text()
        file.write_text(text.replace("hay", "yah") if "hay" in text else text.swapcase())
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif kind == 3:
        file.rename(file.with_name("moved" + file.name))
    elif kind == 4:
        write(tree / ".gitignore", rng.choice(["*.h\n", "d2/\n", "f1*\n", ""]))
    elif kind == 5:
        os.utime(file, (rng.randrange(10**9), rng.randrange(10**9)))
    else:
        write(tree / "d2" / f"new{rng.randrange(100)}.c", "needle hay\n")


def test_same_answers_after_any_change(volley, tmp_path):
    """Each kind of change in trees of their own, as time has to pass before and after it."""
    trees = [tmp_path / f"t{i}" for i in range(2 * KINDS)]
    for i, tree in enumerate(trees):
        tree.mkdir()
        make_tree(tree, random.Random(i))
    time.sleep(3.2)
    before = [answers(volley, tree, "--cache")[0] for tree in trees]
    for i, tree in enumerate(trees):
        change(tree, random.Random(i), i % KINDS)
    time.sleep(3.2)
    n_changed = 0
    for i, tree in enumerate(trees):
        plain = answers(volley, tree)[0]
        assert answers(volley, tree, "--cache")[0] == plain, f"after change {i % KINDS}"
        assert answers(volley, tree, "--cache") == (plain, len(CALLS))
        n_changed += plain != before[i]
    assert n_changed > KINDS  # else these are no changes


def test_settled_files_are_not_read_again(volley, tmp_path):
    rng = random.Random(8)
    tree = tmp_path / "t"
    tree.mkdir()
    make_tree(tree, rng)
    assert answers(volley, tree, "--cache")[1] == 0
    time.sleep(3.2)  # files that changed just now could change again unseen
    plain, n_cached = answers(volley, tree, "--cache")
    assert n_cached == 0
    again, n_cached = answers(volley, tree, "--cache")
    assert n_cached == len(CALLS)
    assert again == plain
    write(tree / "d1" / "new.c", "needle\n")
    changed, n_cached = answers(volley, tree, "--cache")
    assert 0 < n_cached < len(CALLS)  # what does not look at d1 is still known
    assert changed == answers(volley, tree)[0]


def test_damage_is_passed_over(volley, tmp_path):
    rng = random.Random(9)
    tree = tmp_path / "t"
    tree.mkdir()
    make_tree(tree, rng)
    time.sleep(3.2)
    plain = answers(volley, tree, "--cache")[0]
    kept = sorted((volley.state / "volley" / "cache").iterdir())
    assert len(kept) == len(CALLS)
    for i, file in enumerate(kept):
        assert file.stat().st_mode & 0o777 == 0o600
        data = bytearray(file.read_bytes())
        if i % 2:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        else:
            del data[rng.randrange(len(data)):]
        file.write_bytes(bytes(data))
    assert answers(volley, tree, "--cache") == (plain, 0)
    assert answers(volley, tree, "--cache") == (plain, len(CALLS))
