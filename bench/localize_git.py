"""The history of a repository: which commits make good questions, and the tree before each.

A question is the message of a commit without what only a person of the project can read (trailers,
links, numbers of issues); the answer is the set of source files that the commit modified. Commits
that name a file are left out, for they would give the answer away; so is a commit whose question
was asked before in the same history (a change carried from branch to branch).
"""

import dataclasses
import os
import random
import re
import shutil
import subprocess

SOURCES = frozenset(
    "c h cc cpp cxx hh hpp hxx m mm py pyx js mjs cjs jsx ts tsx mts cts vue svelte go rs java kt"
    " kts scala rb php cs swift dart lua pl pm tcl sh bash zsh awk sql el clj ex exs erl hs ml mli"
    " zig nim r jl".split()
)
FILE_NAME = re.compile(rf"[\w)-]\.({'|'.join(sorted(SOURCES, key=len, reverse=True))})(?!\w)")
TRAILER = re.compile(
    r"^\s*((\w+-)*by|cc|bug|change-id|(see|fix(es|ed)?|close[sd]?|resolve[sd]?|refs?)(\s+also)?"
    r"|reviewed-on|pr-url|ref|assisted-by|backport\s\w+)\s*:.*$"
    r"|^\s*\(cherry picked from .*$|^-{3,}\s*$",
    re.IGNORECASE | re.MULTILINE,
)
LINK = re.compile(r"\b\w+://\S+|\bwww\.\S+")
ISSUE = re.compile(
    r"(\b(fix(es|ed)?|close[sd]?|resolve[sd]?):?\s+)?\(?(\b(pr|pull request|issue|gh|bug)[\s-]*)?"
    r"#\d+\)?",
    re.IGNORECASE,
)
HASH = re.compile(r"\b[0-9a-f]{7,40}\b")
MAIL = re.compile(r"<?\S+@\S+\.\S+>?")
RECORD = re.compile(r"\x01(?=[0-9a-f]{40,64}\x02)")
MOST_TRUTHS = 5
FEWEST_WORDS = 12
MOST_BYTES = 1 << 20  # of a file of the corpus: a megabyte of source is generated


@dataclasses.dataclass
class Commit:
    id: str
    parent: str
    order: int  # its place in the history, from the oldest
    question: str
    truth: list  # paths


def is_source(path):
    return path.rpartition(".")[2].lower() in SOURCES and "." in path.rpartition("/")[2]


def question_of(message):
    for what in (TRAILER, LINK, MAIL, ISSUE, HASH):
        message = what.sub(" ", message)
    return re.sub(r"[ \t]+", " ", re.sub(r"\s*\n\s*", "\n", message)).strip()


def names_a_file(message, paths):
    if FILE_NAME.search(message):
        return True
    return any(path in message or path.rpartition("/")[2] in message for path in paths)


def git(repository, *args):
    done = subprocess.run(["git", "-C", repository, *args], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def fitting_commits(repository, revision="HEAD"):
    """All commits up to a revision that can be asked about, oldest first."""
    log = git(
        repository, "log", "--no-merges", "--raw", "--no-abbrev", "--no-renames", "-z", "--reverse",
        "--topo-order", "--format=%x01%H%x02%P%x02%B%x02", revision,
    )  # fmt: skip
    found, asked = [], set()
    for order, record in enumerate(RECORD.split(log)[1:]):
        ident, parent, message, rest = record.split("\x02", 3)
        fields = rest.strip("\0\n").split("\0")
        pairs = zip(fields[::2], fields[1::2])
        truth = [path for state, path in pairs if state.endswith("M") and is_source(path)]
        question = question_of(message)
        if not (parent and 1 <= len(truth) <= MOST_TRUTHS) or names_a_file(message, truth):
            continue
        if len(re.findall(r"\w*[a-zA-Z]\w*", question)) < FEWEST_WORDS or question in asked:
            continue
        asked.add(question)
        found.append(Commit(ident, parent, order, question, truth))
    return found


def choose(commits, n, seed):
    """n of them, spread over the history: one of each of n stretches of equal length."""
    if len(commits) <= n:
        return commits
    dice = random.Random(seed)
    bounds = [len(commits) * i // n for i in range(n + 1)]
    return [commits[dice.randrange(a, b)] for a, b in zip(bounds, bounds[1:])]


def changed_lines(repository, commit):
    """{path: lines of the parent's version}; an insertion counts as the line that it follows."""
    diff = git(repository, "-c", "core.quotePath=false", "diff", "-U0", "--no-renames",
               "--no-ext-diff", "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
               commit.parent, commit.id, "--", *commit.truth)  # fmt: skip
    lines, path, after_header = {}, None, False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            after_header = False
        elif line.startswith("--- a/") and not after_header:
            path = line[6:].rstrip("\t")
        elif hunk := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            after_header = True
            start, n = int(hunk[1]), int(hunk[2] or 1)
            last = start + n - 1 if n else start
            lines.setdefault(path, set()).update(range(max(1, start), max(1, last) + 1))
    return lines


class Blobs:
    """The contents of objects, by one git process that lives as long as this."""

    def __init__(self, repository):
        self.child = subprocess.Popen(
            ["git", "-C", repository, "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def text(self, blob):
        self.child.stdin.write(blob.encode() + b"\n")
        self.child.stdin.flush()
        size = int(self.child.stdout.readline().split()[2])
        data = self.child.stdout.read(size + 1)[:-1]
        return data.decode("utf-8", "replace").replace("\0", " ")

    def close(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


def tree(repository, revision):
    """{path: blob} of the source files, links and the largest left out"""
    found = {}
    for entry in git(repository, "ls-tree", "-r", "-l", "-z", revision).split("\0")[:-1]:
        head, path = entry.split("\t", 1)
        mode, _, blob, size = head.split()
        if mode.startswith("100") and is_source(path) and int(size) <= MOST_BYTES:
            found[path] = blob
    return found


class WorkTree:
    """A checkout in which git knows of nothing later than the commit that is checked out."""

    def __init__(self, repository, path):
        self.path = path
        subprocess.run(
            ["git", "clone", "-q", "--shared", "--no-checkout", os.path.abspath(repository), path],
            check=True,
        )
        git(path, "remote", "remove", "origin")
        git(path, "config", "core.logAllRefUpdates", "false")
        git(path, "config", "gc.auto", "0")
        refs = git(path, "for-each-ref", "--format=delete %(refname)")
        subprocess.run(
            ["git", "-C", path, "update-ref", "--stdin"], input=refs.encode(), check=True
        )
        shutil.rmtree(os.path.join(path, ".git/logs"))

    def move(self, revision):
        git(self.path, "checkout", "-q", "-f", "--detach", revision)
        git(self.path, "clean", "-q", "-ffdx")
