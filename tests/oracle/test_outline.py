# SPDX-License-Identifier: MIT
"""The outlines of scan/outline.h and the symbols of graph/grammar.h against universal-ctags, on
source that any Debian with the packages of the tests has: (line, name) of each definition, and its
last line.

ctags is wrong now and then as well (it takes the `end` of a Ruby `if` in an assignment for the
end of its method, and loses its way in C where conditionals leave brackets open), so that the
thresholds are what was measured, less a little for other versions of the sources.
"""
import json
import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = os.environ.get("VOLLEY_OUT", TOP / "out/release")
DRIVERS = f"{OUT}/tests/oracle"
FILES_MAX = {"outline_files": 400, "grammar_files": 120}

# Which kinds of ctags are asked for; an outline has no members, enumerators, locals, prototypes.
C_KINDS = {"function", "macro", "struct", "union", "enum", "typedef"}
KINDS = {
    "C": C_KINDS | {"variable"},
    "C++": C_KINDS | {"class", "namespace"},
    "Python": {"class", "function", "member"},
    "Perl": {"subroutine", "package"},
    "Make": {"target"},
    "Sh": {"function"},
}

# Driver, language, where its files are, names; the least precision, recall, agreement about ends.
CASES = [
    ("outline_files", "C", TOP / "src", "*.c", 0.995, 0.99, 0.995),
    ("outline_files", "C", TOP / "tests", "*.c", 0.99, 0.98, 0.99),
    ("outline_files", "C++", Path("/usr/include/c++"), "*.h", 0.94, 0.90, 0.995),
    ("outline_files", "C++", Path("/usr/include/linux"), "*.h", 0.99, 0.99, 0.99),
    ("outline_files", "Python", Path("/usr/lib/python3.11"), "*.py", 0.995, 0.99, 0.995),
    ("outline_files", "Perl", Path("/usr/share/perl"), "*.pm", 0.98, 0.98, None),
    ("outline_files", "Sh", Path("/usr/share"), "*.sh", 0.95, 0.95, None),
    # Of "a b: c" only a is told.
    ("outline_files", "Make", TOP, "Makefile", 0.95, 0.75, None),
    ("grammar_files", "C", TOP / "src", "*.c", 0.995, 0.99, 0.995),
    ("grammar_files", "C++", Path("/usr/include/linux"), "*.h", 0.99, 0.99, 0.99),
    ("grammar_files", "C++", Path("/usr/include/c++"), "*.h", 0.94, 0.90, 0.99),
    # The grammar counts a comment behind the last statement to a function, ctags does not.
    ("grammar_files", "Python", Path("/usr/lib/python3.11"), "*.py", 0.995, 0.99, 0.99),
    ("grammar_files", "Sh", Path("/usr/share"), "*.sh", 0.95, 0.95, None),
]

def plain(name):
    """operator ==, Class::method, module.function: what both call the same."""
    name = "".join(name.split())
    return name if "operator" in name else name.rpartition("::")[2].rpartition(".")[2]


def ours(paths, driver):
    text = subprocess.run([f"{DRIVERS}/{driver}"], input="\n".join(paths).encode(),
                          stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace")
    found = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 6 and fields[3] not in ("import", "variable", "constant"):
            found[fields[0], int(fields[1]), plain(fields[4])] = int(fields[2])
        elif len(fields) == 6 and fields[3] != "import":
            found.setdefault((fields[0], int(fields[1]), plain(fields[4])), -int(fields[2]))
    return found


def theirs(paths, language):
    text = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+neK", f"--language-force={language}", "-o",
         "-", "-L", "-"], input="\n".join(paths).encode(), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True).stdout.decode("utf-8", "replace")
    found = {}
    for line in text.splitlines():
        tag = json.loads(line)
        if tag.get("_type") == "tag" and not tag["name"].startswith("__anon"):
            found[tag["path"], tag["line"], plain(tag["name"])] = (tag["kind"], tag.get("end"))
    return found


@pytest.mark.parametrize("driver,language,top,names,precision,recall,ends", CASES,
                         ids=[f"{c[0]}-{c[1]}-{c[2].name}" for c in CASES])
def test_against_ctags(driver, language, top, names, precision, recall, ends):
    paths = sorted(str(path) for path in top.rglob(names)
                   if path.is_file() and "/out/" not in str(path))[:FILES_MAX[driver]]
    if not paths:
        pytest.skip(f"no {names} in {top}")
    mine, other = ours(paths, driver), theirs(paths, language)
    wanted = {key for key, (kind, _) in other.items() if kind in KINDS[language]}
    # Variables count only where ctags is asked for them: their end is told as a negative number.
    told = {key for key, end in mine.items() if end > 0}
    wrong = [key for key in told if key not in other]
    missed = [key for key in wanted if key not in mine]
    both = [key for key in wanted if key in mine and other[key][1]]
    differ = [(key, abs(mine[key]), other[key][1]) for key in both
              if abs(mine[key]) != other[key][1]]
    figures = (f"{language}: {len(told)} told, {len(wanted)} wanted, precision "
               f"{1 - len(wrong) / max(len(told), 1):.4f}, recall "
               f"{1 - len(missed) / max(len(wanted), 1):.4f}, ends "
               f"{1 - len(differ) / max(len(both), 1):.4f} of {len(both)}")
    print(figures)
    assert len(wanted) > 0
    assert len(wrong) <= (1 - precision) * len(told), (figures, wrong[:10])
    assert len(missed) <= (1 - recall) * len(wanted), (figures, missed[:10])
    if ends is not None:
        assert both
        assert len(differ) <= (1 - ends) * len(both), (figures, differ[:10])
