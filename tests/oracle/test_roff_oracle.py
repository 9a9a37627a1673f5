# SPDX-License-Identifier: MIT
"""Manual pages as the index reads them, beside what man prints of them: the same words."""
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess

import pytest

OUT = pathlib.Path(os.environ["VOLLEY_OUT"])
MANUAL = pathlib.Path("/usr/share/man")
CASES = int(os.environ.get("VOLLEY_CASES", "200"))
KEPT = 0.97

WORD = re.compile(r"[A-Za-z0-9_]{2,}")


def pages():
    found = sorted(path for path in MANUAL.glob("man[1-9]/*.[1-9]*.gz") if not path.is_symlink())
    # One program may come with ten thousand: no more of any family than of the others.
    families = collections.defaultdict(list)
    for path in found:
        families[re.split(r"[-_.]", path.name)[0]].append(path)
    rng = random.Random(7)
    mixed = [rng.choice(family) for _, family in sorted(families.items())]
    rng.shuffle(mixed)
    return mixed[:CASES]


def printed(path):
    done = subprocess.run(["man", "-Tutf8", "-l", "--nh", "--nj", str(path)], check=False,
                          capture_output=True, timeout=60,
                          env=dict(os.environ, MANWIDTH="200", LC_ALL="C.UTF-8",
                                   GROFF_NO_SGR="1"))
    text = subprocess.run(["col", "-bx"], input=done.stdout, check=False, capture_output=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8")).stdout
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(lines[1:-1])  # without the page's head and foot


@pytest.mark.skipif(not shutil.which("man") or not shutil.which("col"), reason="man is not there")
def test_words_of_man():
    paths = pages()
    if len(paths) < 20:
        pytest.skip("this machine has no manual")
    read = subprocess.run([OUT / "tests/oracle/roff_files"], check=True, capture_output=True,
                          input="".join("%s\n" % path for path in paths).encode()).stdout
    texts = read.decode().split("\f")
    shares, extra = [], []
    for path, text in zip(paths, texts):
        wanted = collections.Counter(WORD.findall(printed(path)))
        if not text or not wanted:
            continue
        ours = collections.Counter(WORD.findall(text))
        shares.append((sum((wanted & ours).values()) / sum(wanted.values()), path.name))
        extra.append((sum((ours - wanted).values()) / sum(wanted.values()), path.name))
    shares.sort()
    extra.sort(reverse=True)
    kept = sum(share for share, _ in shares) / len(shares)
    added = sum(share for share, _ in extra) / len(extra)
    print("%d pages: %.4f of man's words kept, %.4f more; worst %s; most %s" % (
        len(shares), kept, added, shares[:8], extra[:8]))
    assert len(shares) >= len(paths) // 2
    assert kept >= KEPT
    assert added <= 0.03
    assert shares[len(shares) // 20][0] >= 0.9
