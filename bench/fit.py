#!/usr/bin/python3
"""Fits the weights of src/graph/features.def.

    fit.py --rows FILE [--volley PROGRAM] [--commits N] [NAME=]REPOSITORY...   collects features
    fit.py --rows FILE                                                         fits

Collecting asks `volley explore --explain` the questions that localize.py asks, of repositories
that it does not report on, and writes for each the features of the files of the answer and which
of them are right. Fitting finds the weights under which right files come first: the mean over
questions and right files of the softmax cross-entropy over the files of the answer, with L2
(Z. Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", 2007). Printed are
recall and mean reciprocal rank of each repository with weights fitted on the others, what each
feature adds, and the weights fitted on all. Needs numpy.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

import localize_git
from localize_git import is_source
from localize_rank import WorkTree

L2 = 0.02


def collect(name, repository, args, out):
    commits = localize_git.choose(
        localize_git.fitting_commits(repository), args.commits, args.seed
    )
    with tempfile.TemporaryDirectory(prefix="fit-") as home:
        tree = WorkTree(repository, os.path.join(home, "tree"))
        for commit in commits:
            tree.move(commit.parent)
            done = subprocess.run(
                [args.volley, "explore", "-q", "--format", "json", "--explain", "--tokens",
                 "10000000", "--", commit.question, tree.path],
                env={"PATH": os.environ["PATH"], "HOME": home},
                capture_output=True, check=False,
            )  # fmt: skip
            if done.returncode:
                print(commit.id, done.stderr.decode(errors="replace"), file=sys.stderr)
                continue
            files = [f for f in json.loads(done.stdout)["files"] if is_source(f["path"])]
            row = {
                "repository": name,
                "commit": commit.id,
                "n_truth": len(commit.truth),
                "files": [
                    {**file["features"], "right": file["path"] in commit.truth}
                    for file in files
                ],
            }
            out.write(json.dumps(row) + "\n")
            out.flush()


def metrics(scores, right, n_truth):
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    hits = [i for i, file in enumerate(order) if right[file]]
    recalls = [sum(1 for i in hits if i < k) / n_truth for k in (1, 5, 10)]
    return [*recalls, 1 / (hits[0] + 1) if hits else 0.0]


def train(rows, n, rounds=400):
    """Full-batch Adam (D. Kingma and J. Ba, 2015)."""
    import numpy as np

    rows = [row for row in rows if row[1].any()]
    features = np.concatenate([row[0] for row in rows])
    starts = np.cumsum([0] + [len(row[0]) for row in rows])
    group = np.repeat(np.arange(len(rows)), np.diff(starts))
    wanted = np.concatenate([row[1] / row[1].sum() for row in rows])
    weights, first, second = np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(1, rounds + 1):
        scores = features @ weights
        scores = np.exp(scores - np.maximum.reduceat(scores, starts[:-1])[group])
        shares = scores / np.add.reduceat(scores, starts[:-1])[group]
        slope = features.T @ (shares - wanted) / len(rows) + L2 * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope * slope
        step = 0.1 if i < rounds * 3 // 4 else 0.02
        weights -= step * (first / (1 - 0.9**i)) / (np.sqrt(second / (1 - 0.99**i)) + 1e-8)
        weights = np.maximum(weights, 0)  # more of anything is never worse: no feature misleads
    return weights


def fit(path):
    import numpy as np

    by_repository = collections.defaultdict(list)
    with open(path, encoding="utf-8") as rows:
        for line in rows:
            row = json.loads(line)
            if not row["files"]:
                continue
            names = [key for key in row["files"][0] if key != "right"]
            by_repository[row["repository"]].append(
                (
                    np.array([[file[key] for key in names] for file in row["files"]]),
                    np.array([file["right"] for file in row["files"]], dtype=float),
                    row["n_truth"],
                )
            )

    def left_out(columns):
        found = {}
        for name, rows in by_repository.items():
            others = [
                (row[0][:, columns], row[1])
                for other, more in by_repository.items()
                if other != name
                for row in more
            ]
            weights = train(others, len(columns), 200)
            found[name] = np.mean(
                [metrics(row[0][:, columns] @ weights, row[1], row[2]) for row in rows], axis=0
            )
        return found

    everything = list(range(len(names)))
    print("| repository | recall@1 | @5 | @10 | MRR |\n|---|---|---|---|---|")
    found = left_out(everything)
    for name, row in found.items():
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    mean = np.mean(list(found.values()), axis=0)
    print("| mean | " + " | ".join(f"{value:.3f}" for value in mean) + " |")
    print("\n| without | recall@10 | MRR |\n|---|---|---|")
    for i, name in enumerate(names):
        row = np.mean(list(left_out([k for k in everything if k != i]).values()), axis=0)
        print(f"| {name} | {row[2] - mean[2]:+.4f} | {row[3] - mean[3]:+.4f} |")
    rows = [(row[0], row[1]) for more in by_repository.values() for row in more]
    print("\nweights:")
    for name, weight in zip(names, train(rows, len(names))):
        print(f"  {name} {weight:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", required=True)
    parser.add_argument("--volley", default="./volley")
    parser.add_argument("--commits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("repositories", nargs="*")
    args = parser.parse_args()
    args.volley = os.path.abspath(args.volley)
    if args.repositories:
        with open(args.rows, "a", encoding="utf-8") as out:
            for word in args.repositories:
                name, _, repository = word.rpartition("=")
                collect(name or os.path.basename(word.rstrip("/")), repository, args, out)
    else:
        fit(args.rows)


if __name__ == "__main__":
    main()
