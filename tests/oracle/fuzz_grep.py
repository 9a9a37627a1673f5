#!/usr/bin/env python3
"""Compares Grep with ripgrep without end, and reduces the first difference to a small one.

    tests/oracle/fuzz_grep.py [--seed N] [--trees N]

Stops at the first difference with exit status 1. The smallest tree found and what to run on it are
left in out/fuzz/grep-SEED.
"""

import argparse
import itertools
import pathlib
import random
import shutil
import sys
import tempfile
import time

import cases

CALLS = 48
STEPS_MAX = 600


def answer_of(root, calls, env):
    """The answer to the last call; what went wrong if there is none."""
    try:
        return cases.actual(root, calls, env)[-1]
    except RuntimeError as error:
        return f"unexpected: {error}"


class Difference:
    """A tree and calls whose last one is answered wrongly; reduce() keeps that so."""

    def __init__(self, root, calls, env):
        self.root, self.calls, self.env, self.n_steps = root, calls, env, 0
        self.kind = None
        self.kind = self.kind_of(calls)

    def kind_of(self, calls):
        """None: no difference. A refused call must not turn into two that differ in text."""
        self.n_steps += 1
        got = answer_of(self.root, calls, self.env)
        expected = cases.expected(self.root, calls[-1], self.env)
        if got == expected:
            return None
        return (got is None, expected is None, str(got).startswith("unexpected"))

    def is_there(self, calls=None):
        return self.kind is not None and self.kind_of(calls or self.calls) == self.kind

    def reduce(self):
        self.drop_calls()
        self.drop_files()
        for key in list(self.calls[-1]):
            if key not in ("pattern", "output_mode", "head_limit"):
                self.try_call({k: v for k, v in self.calls[-1].items() if k != key})
        self.shorten_pattern()
        self.shorten_files()

    def drop_calls(self):
        """Fused calls that do not matter."""
        if self.is_there(self.calls[-1:]):
            self.calls = self.calls[-1:]
        n = len(self.calls) // 2
        while n and len(self.calls) > 1:
            for start in range(0, len(self.calls) - 1, n):
                rest = self.calls[: min(start, len(self.calls) - 1)] + self.calls[start + n :]
                if rest and rest[-1] is self.calls[-1] and self.is_there(rest):
                    self.calls = rest
                    break
            else:
                n //= 2

    def files(self):
        return [p for p in sorted(self.root.rglob("*")) if p.is_symlink() or p.is_file()]

    def drop_files(self):
        aside = self.root.with_name("aside")
        for path in self.files():
            path.rename(aside)
            if not self.is_there():
                aside.rename(path)
            else:
                aside.unlink()
            if self.n_steps > STEPS_MAX:
                return
        for path in sorted((p for p in self.root.rglob("*") if p.is_dir()), reverse=True):
            if not any(path.iterdir()) and path.name != ".git":
                path.rmdir()
                if not self.is_there():
                    path.mkdir()

    def try_call(self, call):
        if self.n_steps < STEPS_MAX and self.is_there([*self.calls[:-1], call]):
            self.calls[-1] = call
            return True
        return False

    def shorten_pattern(self):
        n = 8
        while n:
            pattern = self.calls[-1]["pattern"]
            for start in range(0, len(pattern)):
                shorter = pattern[:start] + pattern[start + n :]
                if shorter != pattern and self.try_call(dict(self.calls[-1], pattern=shorter)):
                    break
            else:
                n //= 2

    def shorten_files(self):
        for path in self.files():
            if path.is_symlink():
                continue
            data = path.read_bytes()
            n = len(data) // 2
            while n and self.n_steps < 3 * STEPS_MAX:
                for start in range(0, len(data), n):
                    path.write_bytes(data[:start] + data[start + n :])
                    if self.is_there():
                        data = data[:start] + data[start + n :]
                        break
                else:
                    n //= 2
                n = min(n, len(data))
            path.write_bytes(data)


def report(difference, seed):
    call = difference.calls[-1]
    got = answer_of(difference.root, difference.calls, difference.env)
    expected = cases.expected(difference.root, call, difference.env)
    kept = cases.REPOSITORY / "out/fuzz" / f"grep-{seed}"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(difference.root, kept, symlinks=True)
    print(f"\nseed {seed}, {len(difference.calls)} calls together")
    for other in difference.calls[:-1]:
        print("with", other)
    print(cases.explain(kept, call, got, expected))
    for path in difference.files():
        if not path.is_symlink():
            print(f"{path.relative_to(difference.root)}: {path.read_bytes()[:300]!r}")


def try_tree(seed):
    """True if all calls are answered as by ripgrep."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="volley-oracle-") as folder:
        home = pathlib.Path(folder)
        root, env = home / "root", cases.environment(home)
        calls = cases.make_calls(rng, root, CALLS)
        try:
            ours = cases.actual(root, calls, env)
        except RuntimeError as error:
            ours = [str(error)] * CALLS
        for i, call in enumerate(calls):
            if ours[i] != cases.expected(root, call, env):
                difference = Difference(root, calls[:i] + calls[i + 1 :] + [call], env)
                if difference.is_there():
                    difference.reduce()
                report(difference, seed)
                return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=time.time_ns() // 1000000)
    parser.add_argument("--trees", type=int, help="stop after so many (48 calls each)")
    args = parser.parse_args()
    start = time.monotonic()
    print(f"from seed {args.seed}, until something differs")
    for i in itertools.count():
        if i == args.trees:
            break
        if not try_tree(args.seed + i):
            return 1
        seconds = time.monotonic() - start
        print(f"\r{(i + 1) * CALLS} calls alike, {seconds:.0f} s", end="", flush=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
