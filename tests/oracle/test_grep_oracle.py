"""Grep gives the lines that ripgrep gives: random patterns, flags and trees, many calls fused.

VOLLEY_CASES sets how many (600 if not set), VOLLEY_SEED where to start. fuzz_grep.py does the same
without end and reduces what it finds.
"""

import functools
import os
import random

import cases
import pytest

CALLS_PER_TREE = 24
N_CASES = int(os.environ.get("VOLLEY_CASES", "600"))
SEED = int(os.environ.get("VOLLEY_SEED", "1"))


@pytest.fixture(scope="session")
def answers(tmp_path_factory):
    @functools.lru_cache(maxsize=2)
    def of_tree(seed):
        home = tmp_path_factory.mktemp(f"tree{seed}")
        root, env = home / "root", cases.environment(home)
        calls = cases.make_calls(random.Random(seed), root, CALLS_PER_TREE)
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
