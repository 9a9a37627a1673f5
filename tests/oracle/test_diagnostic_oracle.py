"""Diagnostics are what the tools say in another way: gcc in JSON, pytest in JUnit's XML, Python in
its traceback objects. And there are none in text that no tool printed."""

import json
import os
import pathlib
import random
import subprocess
import sys
import traceback
import xml.etree.ElementTree as xml

import pytest

PROGRAM = pathlib.Path(os.environ["VOLLEY_OUT"]) / "tests/oracle/diagnostics"
ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = ("kind", "tool", "file", "line", "column", "code", "symbol", "message", "parent")
N_PROGRAMS = 12


def parse(text):
    data = text if isinstance(text, bytes) else text.encode()
    output = subprocess.run([PROGRAM], input=data, stdout=subprocess.PIPE, check=True).stdout
    records = output.decode("utf-8", "replace").split("\x1e")[:-1]
    return [dict(zip(FIELDS, record.split("\x1f"))) for record in records]


# What is wrong with each is gcc's to say.
STATEMENTS = (
    "int unused_{n};",
    "undeclared_{n} = 1;",
    "char *p_{n} = 5; (void)p_{n};",
    'printf("%d %s\\n", "x", {n});',
    "int twice_{n}; int twice_{n};",
    "return {n}",
    "if (x = {n}) x++;",
    "missing_{n}(x);",
    "struct s_{n} v_{n}; v_{n}.y = 1;",
    "x = x << 99;",
    "switch (x) {{ case {n}: x++; case {n}1: break; }}",
    'x = "text" - {n};',
    "(void)x;",
    "x += {n};",
)


def make_program(rng, folder):
    header, source = folder / "part.h", folder / "main.c"
    lines = {header: [], source: ["#include <stdio.h>", '#include "part.h"']}
    for path, out in lines.items():
        for function in range(rng.randrange(1, 5)):
            name = f"{path.stem}_{function}"
            out.append(f"{'static ' if path == header else ''}int {name}(int x)")
            out.append("{")
            for n in range(rng.randrange(1, 5)):
                out.append("\t" + rng.choice(STATEMENTS).format(n=n))
            out.extend(["\treturn x;", "}", ""])
        path.write_text("\n".join(out))
    return source


def flatten(items):
    for item in items:
        yield item
        yield from flatten(item.get("children", []))


@pytest.mark.parametrize("seed", range(N_PROGRAMS))
def test_gcc(tmp_path, seed):
    source = make_program(random.Random(seed), tmp_path)
    command = ["gcc", "-Wall", "-Wextra", "-fsyntax-only", source.name]
    options = {"cwd": tmp_path, "stderr": subprocess.PIPE, "env": {**os.environ, "LC_ALL": "C"}}
    text = subprocess.run(command, **options).stderr
    answer = subprocess.run([*command, "-fdiagnostics-format=json"], **options).stderr
    expected = []
    for item in flatten(json.loads(answer.splitlines()[0])):
        caret = item["locations"][0]["caret"]
        expected.append(
            (
                item["kind"].replace("fatal ", ""),
                caret["file"],
                str(caret["line"]),
                str(caret["column"]),
                item.get("option", ""),
                item["message"],
            )
        )
    found = [
        (d["kind"], d["file"], d["line"], d["column"], d["code"], d["message"])
        for d in parse(text)
    ]
    assert sorted(found) == sorted(expected)


def make_script(rng, path):
    """Functions that call each other downwards, the last raises, some catch and raise anew."""
    depth = rng.randrange(1, 8)
    out = ["def f0():", "    raise KeyError('deep')", ""]
    for n in range(1, depth):
        out.append(f"def f{n}():")
        if rng.random() < 0.3:
            cause = rng.choice((" from error", ""))
            out += ["    try:", f"        f{n - 1}()", "    except Exception as error:"]
            out += [f"        raise ValueError('level {n}'){cause}", ""]
        else:
            out += ["    x = 1", f"    f{n - 1}()", ""]
    out.append(f"f{depth - 1}()")
    path.write_text("\n".join(out) + "\n")


def raised_by(path):
    """The exceptions and their frames, first cause first, as they are printed."""
    try:
        exec(compile(path.read_text(), str(path), "exec"), {"__name__": "__main__"})
    except Exception as error:
        chain = []
        while error:
            frames = traceback.extract_tb(error.__traceback__)
            frames = [frame for frame in frames if frame.filename == str(path)]
            chain.insert(0, (type(error).__name__, frames))
            error = error.__cause__ or error.__context__
        return chain
    raise AssertionError("the script raises")


@pytest.mark.parametrize("seed", range(N_PROGRAMS))
def test_python(tmp_path, seed):
    script = tmp_path / "script.py"
    make_script(random.Random(seed), script)
    text = subprocess.run([sys.executable, script], stderr=subprocess.PIPE).stderr
    expected, parent = [], 0
    for name, frames in raised_by(script):
        expected.append(("crash", name, str(script), str(frames[-1].lineno), "-1"))
        for frame in frames:
            expected.append(("frame", frame.name, frame.filename, str(frame.lineno), str(parent)))
        parent += 1 + len(frames)
    found = [(d["kind"], d["symbol"], d["file"], d["line"], d["parent"]) for d in parse(text)]
    assert found == expected


BODIES = {
    "test-passed": ("assert True", "pass"),
    "test-failed": ("assert 1 == 2", "raise ValueError('x')", "assert [1] == [2], 'no'"),
    "test-skipped": ("pytest.skip('later')",),
}


def write_tests(rng, path):
    lines = ["import pytest", ""]
    for n in range(rng.randrange(2, 12)):
        body = rng.choice(BODIES[rng.choice(list(BODIES))])
        if rng.random() < 0.3:
            lines += [f"class TestC{n}:", f"    def test_{n}(self):", f"        {body}", ""]
        else:
            lines += ["@pytest.mark.parametrize('p', ['a', 'b c'])"] * (rng.random() < 0.3)
            has_parameter = lines[-1].startswith("@")
            lines += [f"def test_{n}({'p' if has_parameter else ''}):", f"    {body}", ""]
    path.write_text("\n".join(lines))


def outcome_of(case):
    for child in case:
        if child.tag in ("failure", "error"):
            return "test-failed"
        if child.tag == "skipped":
            return "test-skipped"
    return "test-passed"


@pytest.mark.parametrize("seed", range(4))
def test_pytest(tmp_path, seed):
    write_tests(random.Random(seed), tmp_path / "test_made.py")
    report = tmp_path / "report.xml"
    text = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", f"--junitxml={report}"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
    ).stdout
    expected = []
    for case in xml.parse(report).iter("testcase"):
        classes = case.get("classname").split(".")[1:]
        expected.append((outcome_of(case), "::".join([*classes, case.get("name")])))
    # The list; failures follow once more in sections and in the summary.
    found = [(d["kind"], d["symbol"]) for d in parse(text) if d["kind"].startswith("test-")]
    assert found[: len(expected)] == expected
    failed = [name for kind, name in expected if kind == "test-failed"]
    sections = [name.replace(".", "::") for _, name in found[len(expected) :][: len(failed)]]
    assert sections == failed
    assert [name for _, name in found[len(expected) + len(failed) :]] == failed


def test_none_in_other_text():
    """This project's own text and the system's headers, as they are and as a search prints them."""
    paths = [
        path
        for folder in (ROOT / "src", ROOT / "docs", ROOT / "bench", pathlib.Path("/usr/include"))
        for path in sorted(folder.rglob("*"))[:1500]
        if path.is_file() and path.suffix in (".c", ".h", ".md", ".py", ".sh", ".1")
    ]
    assert len(paths) > 300
    plain, searched = [], []
    for path in paths:
        lines = path.read_bytes().splitlines()
        plain += lines
        name = str(path).encode()
        searched += [b"%s:%d:%s" % (name, n, line) for n, line in enumerate(lines, 1)]
        searched += [b"%s:%d:%d:%s" % (name, n, n % 7 + 1, line) for n, line in enumerate(lines)]
    assert parse(b"\n".join(plain)) == []
    assert parse(b"\n".join(searched)) == []
