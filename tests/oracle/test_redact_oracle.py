# SPDX-License-Identifier: MIT
"""Text that has no secrets in it: fewer than one line in a thousand may be taken for one."""

import os
import pathlib
import re
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
OUT = os.environ.get("VOLLEY_OUT", REPOSITORY / "out/release")
CORPORA = {
    "headers": ["/usr/include"],
    "documents": ["/usr/share/doc"],
    "sources": [str(REPOSITORY / name) for name in ("src", "docs", "build", "bench")],
}


@pytest.mark.parametrize("name", CORPORA)
def test_false_positives(name):
    places = [place for place in CORPORA[name] if os.path.isdir(place)]
    done = subprocess.run([f"{OUT}/tests/oracle/redact_files", *places], env={},
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    n_lines, n_bytes, n_redacted, ms = (int(n) for n in re.findall(r"\d+", done.stdout))
    print(f"{name}: {n_lines} lines, {n_bytes} bytes, {n_redacted} redacted, {ms} ms")
    assert n_lines > 1000
    assert n_redacted < n_lines / 1000
