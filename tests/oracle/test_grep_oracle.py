"""Grep gives the lines that ripgrep gives: random patterns, flags and trees, many calls fused.

VOLLEY_CASES sets how many (600 if not set), VOLLEY_SEED where to start. fuzz_grep.py does the same
without end and reduces what it finds.
"""

import functools
import os
import pathlib
import random

import cases
import pytest
from patterns import PatternMaker
from trees import TreeMaker

CALLS_PER_TREE = 24
N_CASES = int(os.environ.get("VOLLEY_CASES", "600"))
SEED = int(os.environ.get("VOLLEY_SEED", "1"))


def is_binary(root, path):
    file = pathlib.Path(root, path or ".")
    return file.is_file() and b"\0" in file.read_bytes()


def make_calls(seed, root):
    """A tree at root and the calls to ask of it, both from the seed."""
    rng = random.Random(seed)
    tree = TreeMaker(rng, root).make()
    maker = PatternMaker(rng, tree.lines)
    calls = [cases.random_input(rng, maker.make(), tree.paths) for _ in range(CALLS_PER_TREE)]
    for call in calls:
        if tree.has_late_nul and call.get("multiline"):
            for key in ("-A", "-B", "-C", "context"):
                call.pop(key, None)  # ripgrep prints half of the last group
        if call.get("-o") and cases.matches_empty(call):
            call.pop("-o")  # "only the matched (non-empty) parts": ripgrep prints some empty ones
        if "\\b" in call["pattern"] or "\\B" in call["pattern"]:
            call.pop("-o", None)  # ripgrep 13 forgets what stands before where it resumes
        if is_binary(root, call.get("path")) or (call.get("multiline") and call.get("-o")):
            for key in ("-A", "-B", "-C", "context"):
                call.pop(key, None)  # nor are these pinned down by what ripgrep documents
    return calls


@pytest.fixture(scope="session")
def answers(tmp_path_factory):
    @functools.lru_cache(maxsize=2)
    def of_tree(seed):
        home = tmp_path_factory.mktemp(f"tree{seed}")
        root, env = home / "root", cases.environment(home)
        calls = make_calls(seed, root)
        return root, env, calls, cases.actual(root, calls, env)

    return of_tree


@pytest.mark.parametrize("i", range(N_CASES))
def test_random_call(answers, i):
    root, env, calls, ours = answers(SEED * 100000 + i // CALLS_PER_TREE)
    call = calls[i % CALLS_PER_TREE]
    expected = cases.expected(root, call, env)
    got = ours[i % CALLS_PER_TREE]
    if got != expected:  # not assert: pytest takes minutes to tell large texts apart
        pytest.fail(cases.explain(root, call, got, expected), pytrace=False)
