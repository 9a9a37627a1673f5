#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How well docs_search answers questions in users' words: hit@1, hit@5 and MRR over questions whose
answers are known, beside plain FTS5 queries over the same texts (whole documents, bm25 as it comes:
any of the words, all of them), and beside the pages that `volley web` ranks for the same questions
with the same index, and with nobody else to ask.

    bench/docs_quality.py [--questions FILE] [--index FILE] [--program FILE] [--volley FILE]
                          [--verbose]

The index is of the manual and /usr/share/doc of this machine, made when it is not there. What a
machine has no document for is not asked.
"""
import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = 10


def read_questions(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return [(row[0], set(row[1].split())) for row in rows if len(row) == 2]


def aliases(index):
    """Each address by what it leads to, so that a link counts as its page."""
    base = sqlite3.connect(index)
    rows = base.execute("SELECT f.url, coalesce(t.url, f.url) FROM file f LEFT JOIN file t "
                        "ON t.root=f.root AND t.path=f.target").fetchall()
    return dict(rows)


def ask_program(program, index, questions):
    done = subprocess.run([program, index, "-n", str(TOP)], check=True, capture_output=True,
                          input="".join(q + "\n" for q, _ in questions).encode())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0], [[hit["url"] for hit in line["hits"]] for line in lines[1:]], \
        [line["ns"] / 1e6 for line in lines[1:]]


def ask_web(volley, index, questions, folder):
    """In an empty folder, so that no workspace speaks along."""
    cache = os.path.join(folder, "cache/volley")
    workspace = os.path.join(folder, "workspace")
    os.makedirs(cache)
    os.makedirs(workspace)
    os.symlink(os.path.abspath(index), os.path.join(cache, "docs.db"))
    env = dict(os.environ, XDG_CACHE_HOME=os.path.dirname(cache),
               XDG_STATE_HOME=os.path.join(folder, "state"), XDG_CONFIG_HOME=workspace)
    answers, times = [], []
    for question, _ in questions:
        start = time.perf_counter()
        done = subprocess.run([os.path.abspath(volley), "web", question, "--search", "docs",
                               "--format", "json", "--tokens", "1000000"], check=True,
                              capture_output=True, cwd=workspace, env=env)
        times.append((time.perf_counter() - start) * 1e3)
        answers.append([page["url"] for page in json.loads(done.stdout)["pages"]][:TOP])
    return answers, times


def plain_table(index):
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(url UNINDEXED, text, "
                 "tokenize='porter unicode61')")
    rows = sqlite3.connect(index).execute("SELECT f.url, f.title, b.text FROM body b "
                                          "JOIN file f ON f.id=b.file")
    base.executemany("INSERT INTO t VALUES(?,?)",
                     ((url, title + "\n" + zlib.decompress(body).decode("utf-8", "replace"))
                      for url, title, body in rows))
    return base


def ask_plain(base, questions, glue):
    answers = []
    for question, _ in questions:
        words = ['"%s"' % word for word in re.findall(r"[\w-]+", question)]
        answers.append([row[0] for row in base.execute(
            "SELECT url FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?",
            (glue.join(words), TOP))])
    return answers


def score(questions, answers, leads_to):
    ranks = []
    for (_, right), urls in zip(questions, answers):
        right = {leads_to.get(url, url) for url in right}
        found = [i for i, url in enumerate(urls) if leads_to.get(url, url) in right]
        ranks.append(found[0] + 1 if found else 0)
    n = len(ranks)
    return {"hit@1": sum(r == 1 for r in ranks) / n, "hit@5": sum(0 < r <= 5 for r in ranks) / n,
            "MRR": sum(1 / r for r in ranks if r) / n}, ranks


def spread(times):
    return "%.0f ms (median), %.0f ms (95 of 100)" % (
        statistics.median(times), sorted(times)[int(len(times) * 0.95)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--questions", default=os.path.join(HERE, "data/docs_questions.tsv"))
    parser.add_argument("--index", default=None)
    parser.add_argument("--program", default=os.path.join(
        HERE, "../out/release/tests/oracle/docs_search"))
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--no-plain", action="store_true")
    parser.add_argument("--volley", default=os.path.join(HERE, "../volley"))
    parser.add_argument("--no-web", action="store_true")
    args = parser.parse_args()
    folder = tempfile.TemporaryDirectory()
    index = args.index or os.path.join(folder.name, "docs.db")
    state, _, _ = ask_program(args.program, index, [])
    print("index: %(files)d files, %(passages)d passages" % state +
          ", %.1f MB, %.1f s (%d new)" % (state["bytes"] / 1e6, state["ns"] / 1e9, state["new"]))
    leads_to = aliases(index)
    questions = [(q, right) for q, right in read_questions(args.questions)
                 if any(url in leads_to for url in right)]
    _, answers, times = ask_program(args.program, index, questions)
    figures, ranks = score(questions, answers, leads_to)
    print("%d questions; a query takes %s" % (len(questions), spread(times)))
    systems = [("docs_search", figures)]
    shown = [("docs_search", ranks, answers)]
    if not args.no_web:
        answers, times = ask_web(args.volley, index, questions, folder.name)
        figures, ranks = score(questions, answers, leads_to)
        print("volley web takes %s, processes and all" % spread(times))
        systems.append(("volley web", figures))
        shown.append(("volley web", ranks, answers))
    if not args.no_plain:
        base = plain_table(index)
        for name, glue in (("FTS5, any word", " OR "), ("FTS5, all words", " AND ")):
            systems.append((name, score(questions, ask_plain(base, questions, glue), leads_to)[0]))
    for name, values in systems:
        print("%-16s " % name + "  ".join("%s %.2f" % item for item in values.items()))
    if args.verbose:
        for i, (question, right) in enumerate(questions):
            print("%s | %s" % (question, " ".join(sorted(right)[:2])))
            for name, ranks, answers in shown:
                print("%16s %3d  %s" % (name, ranks[i], " ".join(answers[i][:3])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
