"""The tool Mentions against a naive reference: names taken apart by a regular expression, stems by
Debian's snowballstemmer. VOLLEY_CASES is the number of random trees."""

import functools
import os
import pathlib
import random
import re
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

import explorer

snowballstemmer = pytest.importorskip("snowballstemmer")
CASES = int(os.environ.get("VOLLEY_CASES", "20"))
NAME = re.compile(rb"[A-Za-z0-9_$\x80-\xff]+")
UPPER, LOWER = "A-ZÀ-ÖØ-ÞΑ-ΡΣ-ΫЀ-Я", "a-zß-öø-ÿά-ώа-џ"
PART = re.compile(f"[{UPPER}]+(?![{LOWER}])|[{UPPER}][{LOWER}]*|[{LOWER}]+")
LINE_MAX, LINES_MAX = 1024, 64
WORDS = explorer.STEMS + ["uploads", "caching", "retried", "HeaderReader", "return",
                          "cache_lock", "kmalloc", "deprecated", "mutex", "größe", "Файл"]

LATIN = "int frobnicate_größe(void);\nGRÖßE Größe gr\nопен_Файл größen\n„größe“ ФАЙЛ dateiGröße\n"


def is_name(word):
    return not word.isalpha() or bool(re.search(f"[{LOWER}][{UPPER}]", word))


def has_word(line, words, stem):
    for name in NAME.findall(line):
        for word in words:
            if is_name(word):
                if name == word.encode():
                    return True
                continue
            want = stem(word.lower())
            parts = PART.findall(name.decode("utf-8", "replace"))
            if any(stem(part.lower()) == want for part in parts):
                return True
    return False


@pytest.mark.parametrize("part", range(2))
def test_mentions(tmp_path, part):
    stem = functools.lru_cache(None)(snowballstemmer.stemmer("english").stemWord)
    n = 0
    for i in range(max(1, CASES // 2)):
        rng = random.Random(100 * part + i)
        base = tmp_path / str(i)
        base.mkdir()
        maker = explorer.CodeMaker(rng, base / "tree").make()
        (base / "tree" / "sizes.txt").write_text(LATIN)
        one = explorer.Explorer(base, base / "tree")
        asked = [rng.sample(WORDS, rng.choice((1, 1, 2))) for _ in range(12)]
        answer = one.workflow([{"name": "p", "codebase": {"mentions": [
            {"words": words, "head_limit": 0} for words in asked]}}], check=0)
        files = explorer.files_of(maker.root.decode())
        texts = {path: pathlib.Path(os.fsdecode(where)).read_bytes()
                 for path, where in files.items() if "\n" not in path and "\ufffd" not in path}
        for words, call in zip(asked, answer["calls"]):
            got = {}
            for line in call["output"]["content"].splitlines():
                found = re.fullmatch(r"(.*):([\d,]+):(\d+):([\d,]+)", line)
                if found and found[1] in texts:
                    got[found[1]] = (sum(map(int, found[2].split(","))),
                                     [int(at) for at in found[4].split(",")])
            want = {}
            for path, data in texts.items():
                lines = explorer.file_lines(os.fsdecode(files[path]))
                if b"\0" in b"".join(lines):
                    continue
                at = [k + 1 for k, line in enumerate(lines)
                      if has_word(line.rstrip(b"\n")[:LINE_MAX], words, stem)][:LINES_MAX]
                if at:
                    want[path] = (len(at), at[:24])
            assert got == want, (part, i, words)
            n += len(want)
    assert n > 10
