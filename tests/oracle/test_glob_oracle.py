"""Glob lists what `rg --files -g GLOB` lists, newest first, ties in the order of paths.

Left out is what volley does on purpose and ripgrep 13 does not: a wildcard matches a newline in a
name, and a glob that ends in a literal '.' matches names that do.
"""

import functools
import os
import random

import cases
import pytest
from globs import GlobMaker
from trees import TreeMaker

CALLS_PER_TREE = 40
N_CASES = int(os.environ.get("VOLLEY_CASES", "400"))
SEED = int(os.environ.get("VOLLEY_SEED", "1"))
LIMIT = 100  # names in one answer


def make_calls(seed, root):
    rng = random.Random(seed)
    tree = TreeMaker(rng, root).make()
    for path in root.rglob("*\n*"):
        path.unlink()
    tree.paths = [path for path in tree.paths if "\n" not in path]
    for path in tree.paths:
        when = 1700000000 + rng.randrange(5)  # few times, many ties
        os.utime(root / path, (when, when))
    maker = GlobMaker(rng, tree.paths)
    calls = []
    for _ in range(CALLS_PER_TREE):
        call = {"pattern": maker.make()}
        if rng.random() < 0.2:
            folders = [path for path in tree.paths if (root / path).is_dir()]
            call["path"] = rng.choice(folders or [""])
        calls.append(call)
    return calls


def expected_names(root, call, env):
    argv = ["rg", "--no-config", "--files", "-0", "--sort", "path", "-g", call["pattern"]]
    done = cases.run_rg(argv, root / call.get("path", ""), env)
    if done.returncode == 2 and cases.is_refused(argv, env):
        return None
    names = [os.path.join(os.fsencode(call.get("path", "")), name)
             for name in done.stdout.split(b"\0") if name]
    names.sort(key=lambda name: -os.lstat(os.path.join(os.fsencode(root), name)).st_mtime_ns)
    return [cases.as_text(name) for name in names][:LIMIT]


@pytest.fixture(scope="session")
def answers(tmp_path_factory):
    @functools.lru_cache(maxsize=2)
    def of_tree(seed):
        home = tmp_path_factory.mktemp(f"glob{seed}")
        root, env = home / "root", cases.environment(home)
        calls = make_calls(seed, root)
        return root, env, calls, cases.actual(root, calls, env, "Glob")

    return of_tree


@pytest.mark.parametrize("i", range(N_CASES))
def test_random_glob(answers, i):
    root, env, calls, ours = answers(SEED * 1000 + i // CALLS_PER_TREE)
    call, got = calls[i % CALLS_PER_TREE], ours[i % CALLS_PER_TREE]
    expected = expected_names(root, call, env)
    if got != expected:
        pytest.fail(f"{root}: {call}\nvolley:  {got}\nripgrep: {expected}", pytrace=False)
