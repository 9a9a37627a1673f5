#!/usr/bin/env python3
"""Finds the files of old commits from their messages, with volley explore and with its rivals.

    localize.py [--volley PROGRAM] [--commits N] [--seed S] [--rows FILE] [NAME=]REPOSITORY...

A question is the message of a commit, the code base is the tree of its parent, and right are the
source files that the commit modified (localize_git.py says which commits are chosen). Printed is a
table for each repository and one for all: recall in the first 1, 5 and 10, the mean of one over
the rank of the first right file, whether one is among the first 10, and which part of the changed
lines is read within 3,000 tokens ("lines": the ranges of volley, the best 40 lines of each of the
rivals' first 10 files; "lines (files)": whole files from the first on). In brackets: the 95 %
interval of the difference to bm25-split, or of the ratio to it, over commits drawn again.
"""

import argparse
import concurrent.futures
import json
import os
import sys
import time

import localize_git
import localize_score
from localize_rank import RIVALS, STRONG, Corpus, Reader, Volley

LIMIT_TOKENS = 3000


class Match:
    """The contestants in one repository, which meet over commits in the order of the history."""

    def __init__(self, repository, contestants, volley):
        self.repository = repository
        self.corpus = Corpus(repository)
        self.reader = Reader(self.corpus)
        self.rivals = {name: RIVALS[name](self.corpus) for name in contestants if name in RIVALS}
        self.volley = volley and Volley(repository, volley, LIMIT_TOKENS)

    def text_of(self, path):
        document = self.corpus.documents.get(path)
        return document and document.text

    def judge(self, commit, ranked, ranges, lines):
        score = localize_score.of_ranks(ranked, commit.truth)
        score["lines"] = localize_score.of_lines(ranges, self.text_of, lines, LIMIT_TOKENS)
        return score

    def meet(self, commit):
        self.corpus.move(commit.parent)
        lines = localize_git.changed_lines(self.repository, commit)
        scores, ranks, seconds = {}, {}, {}
        for name, rival in self.rivals.items():
            start = time.perf_counter()
            ranked = rival.rank(commit)
            seconds[name] = time.perf_counter() - start
            windows = self.reader.windows(ranked, commit)
            scores[name] = self.judge(commit, ranked, windows, lines)
            scores[name]["lines (files)"] = localize_score.of_lines(
                self.reader.whole(ranked), self.text_of, lines, LIMIT_TOKENS
            )
            ranks[name] = ranked
        if self.volley:
            start = time.perf_counter()
            ranked, ranges = self.volley.answer(commit)
            seconds["volley"] = time.perf_counter() - start
            scores["volley"] = self.judge(commit, ranked, ranges, lines)
            ranks["volley"] = ranked
        return {
            "commit": commit.id,
            "parent": commit.parent,
            "question": commit.question,
            "truth": commit.truth,
            "n_files": len(self.corpus.documents),
            "scores": scores,
            "ranked": {name: paths[:10] for name, paths in ranks.items()},
            "seconds": {name: round(value, 4) for name, value in seconds.items()},
        }

    def close(self):
        self.corpus.close()
        if self.volley:
            self.volley.close()


def run(name, repository, commits, contestants, volley):
    match = Match(repository, contestants, volley)
    try:
        return [{"repository": name, **match.meet(commit)} for commit in commits]
    finally:
        match.close()


def parts_of(commits, n):
    """n stretches of the history"""
    bounds = [len(commits) * i // n for i in range(n + 1)]
    return [commits[a:b] for a, b in zip(bounds, bounds[1:]) if b > a]


def tasks(args, named):
    for name, repository in named:
        fitting = localize_git.fitting_commits(repository)
        commits = localize_git.choose(fitting, args.commits, args.seed)
        print(f"{name}: {len(commits)} of {len(fitting)} commits that fit", file=sys.stderr)
        for part in parts_of(commits, args.jobs):
            yield name, repository, part, args.contestants, args.volley


def print_tables(rows, contestants):
    names = list(dict.fromkeys(row["repository"] for row in rows))
    groups = [(name, [row for row in rows if row["repository"] == name]) for name in names]
    for title, group in [*groups, ("all", rows)] if len(groups) > 1 else groups:
        print(f"\n### {title} ({len(group)} commits)\n")
        print(localize_score.table(group, contestants, STRONG))
    print("\nSeconds a question, without reading and indexing for the rivals: ", end="")
    means = (
        f"{name} {localize_score.mean([row['seconds'][name] for row in rows]):.3f}"
        for name in contestants
    )
    print(", ".join(means))


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commits", type=int, default=150, help="for each repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--volley", metavar="PROGRAM", help="ask this program too")
    parser.add_argument("--rows", metavar="FILE", help="write a line of JSON for each commit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--rivals", default=",".join(RIVALS), help="of " + ",".join(RIVALS))
    parser.add_argument("repositories", nargs="+", metavar="[NAME=]REPOSITORY")
    args = parser.parse_args()
    args.contestants = args.rivals.split(",")
    if unknown := set(args.contestants) - set(RIVALS):
        parser.error(f"unknown rival '{min(unknown)}'; there are {', '.join(RIVALS)}")
    if STRONG not in args.contestants:
        parser.error(f"{STRONG} is what the others are compared with")
    if args.volley:
        args.volley = os.path.abspath(args.volley)
        args.contestants.append("volley")
    return args


def main():
    args = arguments()
    named = []
    for argument in args.repositories:
        name, equals, path = argument.rpartition("=")
        named.append((name if equals else os.path.basename(os.path.abspath(path)), path))
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        running = [pool.submit(run, *task) for task in tasks(args, named)]
        rows = [row for future in running for row in future.result()]
    if args.rows:
        with open(args.rows, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    print_tables(rows, args.contestants)


if __name__ == "__main__":
    main()
