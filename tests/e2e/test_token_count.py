# SPDX-License-Identifier: MIT
"""Estimates of tokens beside the true counts, over texts like answers made of this machine's files.

The tokenizer is npm's and is installed to out/npm, in this one version.
"""

import json
import math
import os
import pathlib
import random
import shutil
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(os.environ.get("VOLLEY_OUT", REPOSITORY / "out/release"))
PACKAGE = "gpt-tokenizer@4.0.0"
N_TEXTS = 400
FILE_MAX = 200_000
PLACES = [REPOSITORY / "src", REPOSITORY / "docs", REPOSITORY / "tests", "/usr/include",
          "/usr/share/doc", "/usr/lib/python3", "/usr/share/perl", "/etc"]


@pytest.fixture(scope="module")
def tokenizer():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("the true counts need node and npm, which are not installed")
    home = REPOSITORY / "out/npm"
    place = home / "node_modules/gpt-tokenizer"
    if not place.exists():
        home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--prefix", home, "--no-save", "--no-audit",
                               "--no-fund", PACKAGE],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            pytest.skip(f"npm cannot install {PACKAGE}: {done.stdout[-300:]}")
    return place


def texts_of_files(choice):
    """At most 60 readable text files from each place."""
    texts = []
    for place in PLACES:
        paths = sorted(path for path in pathlib.Path(place).rglob("*")
                       if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK))
        for path in choice.sample(paths, min(60, len(paths))):
            data = path.read_bytes()[:FILE_MAX]
            if len(data) > 200 and b"\0" not in data:
                texts.append((str(path), data.decode("utf-8", "replace")))
    return texts


def some_lines(choice, text, most):
    lines = text.split("\n")
    first = choice.randrange(len(lines))
    return first + 1, lines[first:first + choice.randint(1, most)]


def answer(choice, files, kind, length):
    """A text of at least this length as an answer may have it."""
    if kind == "file":
        text = "\n\n".join(text for _, text in choice.sample(files, min(20, len(files))))
        first = choice.randrange(max(1, len(text) - length))
        return text[first:]
    parts, size = [], 0
    while size < length:
        path, text = choice.choice(files)
        line, lines = some_lines(choice, text, 30)
        if kind == "list":
            parts.append(f"{path}:{line}: {lines[0][:200]}\n")
        elif kind == "markdown":
            body = "\n".join(line[:200] for line in lines)
            parts.append(f"### {path}:{line}-{line + len(lines) - 1}\n\n```\n{body}\n```\n\n")
        elif kind == "json":
            parts.append(json.dumps({"path": path, "line": line, "score": choice.random(),
                                     "text": "\n".join(lines)[:1000]}, ensure_ascii=False) + "\n")
        else:
            parts.append(choice.choice([choice.randbytes(48).hex(" ", -4) + "\n",
                                        choice.randbytes(24).hex() + "\n", path + "\n"]))
        size += len(parts[-1])
    return "".join(parts)


def test_estimates(tokenizer):
    choice = random.Random(2024)
    files = texts_of_files(choice)
    texts, kinds = [], []
    for _ in range(N_TEXTS):
        kind = choice.choice(["file", "file", "list", "markdown", "json", "hex"])
        length = int(3.5 * math.exp(choice.uniform(math.log(256), math.log(20000))))
        texts.append(answer(choice, files, kind, length)[:length])
        kinds.append(kind)
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    done = subprocess.run(["node", REPOSITORY / "tests/oracle/true_tokens.mjs", tokenizer],
                          input=json.dumps(texts), stdout=subprocess.PIPE, text=True, check=True)
    true = [int(line) for line in done.stdout.split()]
    framed = b"".join(b"%d\n%s" % (len(text.encode()), text.encode()) for text in texts)
    done = subprocess.run([OUT / "tests/oracle/count_tokens"], input=framed,
                          stdout=subprocess.PIPE, check=True)
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert len(rows) == len(true) == N_TEXTS

    ratios = {}
    for i, (whole, lines) in enumerate(rows):
        ratios.setdefault(kinds[i], []).append(true[i] / whole)
        assert true[i] <= whole, (kinds[i], whole, texts[i][:500])
        assert true[i] <= lines, (kinds[i], lines, texts[i][:500])
    every = [ratio for row in ratios.values() for ratio in row]
    for kind, row in ratios.items():
        print(f"{kind}: {len(row)}, mean {sum(row) / len(row):.3f}, "
              f"{min(row):.3f} to {max(row):.3f}")
    assert sum(every) / len(every) > 0.88
    assert sum(ratio < 0.80 for ratio in every) < N_TEXTS / 20
