"""The contestants: each ranks the files of a tree for a question and names the lines to read.

All but volley rank the same corpus, the source files of the tree, which is kept up to date from one
commit to the next: only files that changed are read and taken apart again.
"""

import collections
import json
import math
import os
import sqlite3
import subprocess
import tempfile

from localize_git import Blobs, WorkTree, is_source, tree
from localize_text import WORD, expand, plain_terms, split_terms, stem, stems

MOST_RANKED = 100
PATH_WEIGHT = 8.0  # of the column of the path in bm25-split; the best of 0 to 20 on other trees
WINDOW_LINES = 40
WINDOW_FILES = 10


class Document:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.low = text.lower()
        self.counts = None  # of stems, when somebody asks for them

    def lines(self):
        return self.text.split("\n")

    def stem_counts(self):
        if self.counts is None:
            self.counts = collections.Counter()
            words = collections.Counter(WORD.findall(self.text))
            for word, n in words.items():
                for part in stems(word):
                    self.counts[part] += n
        return self.counts


class Corpus:
    """The source files of one tree; listeners hear of those that come and go."""

    def __init__(self, repository):
        self.repository = repository
        self.blobs = Blobs(repository)
        self.tree = {}
        self.documents = {}  # by path
        self.listeners = []

    def move(self, revision):
        new = tree(self.repository, revision)
        for path in [path for path, blob in self.tree.items() if new.get(path) != blob]:
            document = self.documents.pop(path)
            for listener in self.listeners:
                listener.remove(document)
        for path in [path for path, blob in new.items() if self.tree.get(path) != blob]:
            document = self.documents[path] = Document(path, self.blobs.text(new[path]))
            for listener in self.listeners:
                listener.add(document)
        self.tree = new

    def close(self):
        self.blobs.close()


class FullText:
    """BM25 of SQLite's FTS5 over whole files."""

    def __init__(self, columns, tokenizer):
        self.database = sqlite3.connect(":memory:")
        self.database.execute(
            f"CREATE VIRTUAL TABLE corpus USING fts5({columns}, tokenize='{tokenizer}')"
        )
        self.insert = f"INSERT INTO corpus VALUES({','.join('?' * len(columns.split(',')))})"
        self.rows = {}

    def remove(self, document):
        self.database.execute(
            "DELETE FROM corpus WHERE rowid = ?", (self.rows.pop(document.path),)
        )

    def put(self, path, fields):
        self.rows[path] = self.database.execute(self.insert, fields).lastrowid

    def ask(self, terms, weights=""):
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms)
        rows = self.database.execute(
            f"SELECT path FROM corpus WHERE corpus MATCH ? ORDER BY bm25(corpus{weights}), path"
            f" LIMIT {MOST_RANKED}",
            (query,),
        )
        return [row[0] for row in rows]


class Plain(FullText):
    """bm25: words as they are, their letters folded"""

    def __init__(self, corpus):
        super().__init__("path UNINDEXED, body", "unicode61")
        corpus.listeners.append(self)

    def add(self, document):
        self.put(document.path, (document.path, document.text))

    def rank(self, commit):
        return self.ask(plain_terms(commit.question))


class Split(FullText):
    """bm25-split: identifiers whole and in parts, stemmed, the path a field: the strong rival"""

    def __init__(self, corpus):
        super().__init__("path UNINDEXED, name, body", "porter unicode61")
        corpus.listeners.append(self)

    def add(self, document):
        self.put(document.path, (document.path, expand(document.path), expand(document.text)))

    def rank(self, commit):
        return self.ask(split_terms(commit.question), f", 0, {PATH_WEIGHT}, 1")


class Cosine:
    """tf-idf: cosine of (1 + log tf) * log(N / df) over the same stems"""

    def __init__(self, corpus):
        self.corpus = corpus
        self.files_with = collections.Counter()
        corpus.listeners.append(self)

    def add(self, document):
        self.files_with.update(document.stem_counts().keys())

    def remove(self, document):
        self.files_with.subtract(document.stem_counts().keys())

    def rank(self, commit):
        n = len(self.corpus.documents)
        idf = {word: math.log((1 + n) / (1 + df)) for word, df in self.files_with.items() if df > 0}
        asked = collections.Counter()
        for word in WORD.findall(commit.question):
            asked.update(part for part in stems(word) if part in idf)
        wanted = {word: (1 + math.log(tf)) * idf[word] for word, tf in asked.items()}
        scores = []
        for path, document in self.corpus.documents.items():
            counts = document.stem_counts()
            dot = sum(
                weight * (1 + math.log(counts[word])) * idf[word]
                for word, weight in wanted.items()
                if word in counts
            )
            if dot > 0:
                squares = sum(((1 + LOG[tf]) * idf[word]) ** 2 for word, tf in counts.items())
                scores.append((-dot / math.sqrt(squares), path))
        return [path for _, path in sorted(scores)[:MOST_RANKED]]


class Logarithms(dict):
    def __missing__(self, n):
        value = self[n] = math.log(n)
        return value


LOG = Logarithms()


class Hits:
    """rg-hits: distinct words that `rg -iF` finds in the file, then how often it finds them"""

    def __init__(self, corpus):
        self.corpus = corpus

    def rank(self, commit):
        words = plain_terms(commit.question)
        scores = []
        for path, document in self.corpus.documents.items():
            counts = [n for word in words if (n := document.low.count(word))]
            if counts:
                scores.append((-len(counts), -sum(counts), path))
        return [path for _, _, path in sorted(scores)[:MOST_RANKED]]


class Volley:
    """volley: the program itself, in a checkout of the tree with the history before it"""

    def __init__(self, repository, binary, limit_tokens):
        self.command = [
            binary, "explore", "--format", "json", "--tokens", str(limit_tokens), "-q",
        ]  # fmt: skip
        self.home = tempfile.TemporaryDirectory(prefix="localize-")
        self.work_tree = WorkTree(repository, os.path.join(self.home.name, "tree"))
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home.name}

    def answer(self, commit):
        """(paths by rank, [(path, first line, last line)] in the order of the answer)"""
        self.work_tree.move(commit.parent)
        done = subprocess.run(
            [*self.command, "--", commit.question, self.work_tree.path],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace")
            raise RuntimeError(f"{commit.id}: exit status {done.returncode}: {said}")
        files = json.loads(done.stdout)["files"]
        files = [file for file in files if is_source(file["path"])]
        ranges = [(file["path"], a, b) for file in files for a, b in file.get("ranges", ())]
        return list(dict.fromkeys(file["path"] for file in files)), ranges

    def close(self):
        self.home.cleanup()


def best_window(lines, wanted, seen):
    """(first, last) line of the window with the most distinct words asked for, by their weight"""
    hits = []
    for line in lines:
        found = set()
        for word in WORD.findall(line):
            if word not in seen:
                seen[word] = [part for part in stems(word) if part in wanted]
            found.update(seen[word])
        hits.append(found)
    inside, score, best, first = collections.Counter(), 0.0, -1.0, 0
    for i, found in enumerate(hits):
        for part in found:
            score += wanted[part] if not inside[part] else 0
            inside[part] += 1
        if i >= WINDOW_LINES:
            for part in hits[i - WINDOW_LINES]:
                inside[part] -= 1
                score -= wanted[part] if not inside[part] else 0
        if score > best + 1e-9:
            best, first = score, max(0, i - WINDOW_LINES + 1)
    return first + 1, min(first + WINDOW_LINES, len(lines))


class Reader:
    """What a rival without an idea of lines would give to read: whole files, or their best part."""

    def __init__(self, corpus):
        self.corpus = corpus

    def whole(self, ranked):
        return [(path, 1, len(self.corpus.documents[path].lines())) for path in ranked]

    def windows(self, ranked, commit):
        ranked = ranked[:WINDOW_FILES]
        documents = [self.corpus.documents[path] for path in ranked]
        terms = {stem(term) for term in split_terms(commit.question)}
        holders = collections.Counter()
        for document in documents:
            holders.update(terms & document.stem_counts().keys())
        wanted = {term: math.log(1 + len(documents) / n) for term, n in holders.items()}
        seen = {}
        return [
            (document.path, *best_window(document.lines(), wanted, seen))
            for document in documents
        ]


RIVALS = {"bm25": Plain, "bm25-split": Split, "tf-idf": Cosine, "rg-hits": Hits}
STRONG = "bm25-split"
