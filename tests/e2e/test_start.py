"""volley start: what is told of small projects of known make, in several languages."""

import json
import os
import re
import subprocess

import pytest

C = {
    "README.md": "# Weft\n\nWeft folds streams of lines into columns.\n\n"
                 "## Build\n\n```\nmake\nmake check\n```\n\nSee [the guide](docs/guide.md).\n",
    "Makefile": "CFLAGS = -O2\n\nall: weft\n\nweft: src/main.c src/fold.c\n"
                "\t$(CC) -o $@ $^\n\ncheck: weft ## all tests\n\t./tests/run.sh\n\n"
                ".PHONY: all check\n",
    "src/main.c": "/* Reads lines, folds them, and prints columns. */\n#include \"fold.h\"\n\n"
                  "int main(void)\n{\n\treturn fold(getenv(\"WEFT_WIDTH\"));\n}\n",
    "src/fold.c": "#include <string.h>\n\n/* TODO: bounds */\nint fold(const char *w)\n{\n"
                  "\tchar b[8];\n\tstrcpy(b, w);\n\treturn b[0];\n}\n",
    "src/fold.h": "int fold(const char *w);\n",
    "tests/test_fold.c": "#include <cmocka.h>\nint main(void)\n{\n\treturn 0;\n}\n",
    "tests/run.sh": "#!/bin/sh\nexit 0\n",
    "docs/guide.md": "# Guide\n\nHow to fold.\n",
    "LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person "
               "obtaining\na copy\n",
    ".clang-format": "BasedOnStyle: LLVM\n",
}

PYTHON = {
    "README.rst": "Loom\n====\n\nLoom weaves tables into reports for people who read them.\n",
    "pyproject.toml": "[build-system]\nrequires = [\"hatchling\"]\n\n[project]\nname = \"loom\"\n"
                      "version = \"1.2.0\"\nrequires-python = \">=3.9\"\ndependencies = [\n"
                      "  \"requests>=2\",\n  \"rich\",\n]\n\n[project.scripts]\n"
                      "loom = \"loom.cli:main\"\n\n[tool.ruff]\nline-length = 99\n\n"
                      "[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n",
    "tox.ini": "[testenv]\ncommands = pytest {posargs}\n",
    "loom/__init__.py": "",
    "loom/cli.py": "\"\"\"Command line of loom.\"\"\"\nimport os\n\n\ndef main():\n"
                   "    print(os.environ.get(\"LOOM_HOME\"))\n    eval(input())\n\n\n"
                   "if __name__ == \"__main__\":\n    main()\n",
    "tests/test_cli.py": "import pytest\n\n\ndef test_nothing():\n    pass\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n"
                                "      - run: pip install .\n      - run: |\n"
                                "          pytest -q\n          ruff check .\n",
}

JS = {
    "README.md": "# shuttle\n\nShuttle serves threads over HTTP.\n",
    "package.json": "{\n  \"name\": \"shuttle\",\n  \"version\": \"0.3.1\",\n"
                    "  \"description\": \"Serves threads over HTTP\",\n"
                    "  \"license\": \"MIT\",\n  \"bin\": {\"shuttle\": \"./bin/shuttle.js\"},\n"
                    "  \"scripts\": {\n    \"build\": \"tsc -p .\",\n"
                    "    \"test\": \"mocha\"\n  },\n"
                    "  \"dependencies\": {\n    \"koa\": \"^2\"\n  },\n"
                    "  \"devDependencies\": {\n    \"mocha\": \"^10\"\n  }\n}\n",
    "bin/shuttle.js": "#!/usr/bin/env node\nrequire('../lib/app').listen(3000)\n",
    "lib/app.js": "// Answers requests for threads.\nconst koa = require('koa')\n"
                  "const app = new koa()\nmodule.exports = app\n",
    "lib/index.ts": "export const n: number = Number(process.env.SHUTTLE_PORT)\n",
    "test/app.test.js": "const assert = require('assert')\ndescribe('app', () => {})\n",
}

RUST = {
    "README.md": "# heddle\n\nHeddle lifts every other thread.\n",
    "Cargo.toml": "[package]\nname = \"heddle\"\nversion = \"2.0.0\"\nedition = \"2021\"\n\n"
                  "[dependencies]\nclap = { version = \"4\" }\nserde = \"1\"\n\n"
                  "[dev-dependencies]\nproptest = \"1\"\n",
    "src/main.rs": "//! Lifts threads, one after the other.\nfn main() {\n"
                   "    unsafe { lift() }\n}\n",
    "src/lift.rs": "pub unsafe fn lift() {}\n\n#[test]\nfn lifts() {}\n",
}

GO = {
    "go.mod": "module example.org/treadle/v2\n\ngo 1.21\n\nrequire (\n"
              "\tgithub.com/spf13/cobra v1.7.0\n"
              "\tgithub.com/spf13/pflag v1.0.5 // indirect\n)\n",
    "cmd/treadle/main.go": "// Treadle drives a loom by foot.\npackage main\n\n"
                           "func main() {\n}\n",
    "drive/drive.go": "package drive\n\nimport \"os\"\n\n"
                      "var speed = os.Getenv(\"TREADLE_SPEED\")\n",
    "drive/drive_test.go": "package drive\n\nimport \"testing\"\n\n"
                           "func TestDrive(t *testing.T) {}\n",
}

ALL = {"c": C, "python": PYTHON, "js": JS, "rust": RUST, "go": GO}


class Project:
    def __init__(self, volley, tmp_path, files):
        self.volley, self.root = volley, tmp_path / "project"
        for name, text in files.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *args, date="2024-03-01T12:00:00+00:00"):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_AUTHOR_NAME": "Ada",
               "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
               "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_AUTHOR_DATE": date,
               "GIT_COMMITTER_DATE": date}
        subprocess.run(["git", "-C", str(self.root), *args], env=env, check=True,
                       capture_output=True)

    def __call__(self, *args, code=0):
        done = self.volley("start", str(self.root), "-q", "--format", "json", *args)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def check_places(self, answer):
        """Everything cited is there."""
        n = 0
        for section in answer.values():
            if not isinstance(section, list):
                continue
            for point in section:
                for key in ("at", "other_at"):
                    if key in point:
                        n += 1
                        self.check_place(point[key])
                assert "at" in point or "call" in point, point
        assert n

    def check_place(self, place):
        path, _, line = place.partition(":")
        text = (self.root / path).read_text()
        if line:
            assert 1 <= int(line) <= len(text.splitlines()), place

    def line(self, place):
        path, line = place.split(":")
        return (self.root / path).read_text().splitlines()[int(line) - 1]


@pytest.fixture
def project(volley, tmp_path):
    return lambda files: Project(volley, tmp_path, files)


def find(points, **fields):
    found = [point for point in points
             if all(re.search(text, point.get(key, "")) for key, text in fields.items())]
    assert found, (fields, points)
    return found[0]


@pytest.mark.parametrize("language", ALL)
def test_every_place_is_there(project, language):
    one = project(ALL[language])
    one.check_places(one())


def test_c(project):
    one = project(C)
    answer = one()
    assert answer["project"] == "project"
    assert answer["headline"].startswith("Weft folds streams of lines into columns")
    language = answer["languages"][0]
    assert language["name"] == "c" and language["files"] == 4
    size = sum(len(text) for name, text in C.items() if name.endswith((".c", ".h")))
    assert language["bytes"] == size
    code = size + sum(len(C[name]) for name in ("Makefile", "tests/run.sh"))
    assert language["share"] == round(size / code, 4)
    entry = answer["entry_points"][0]
    assert entry["at"] == "src/main.c:4" and "Reads lines, folds them" in entry["text"]
    build = find(answer["build"], name="^make$")
    assert build["at"] == "Makefile:3" and "'all'" in build["text"]
    test = find(answer["test"], name="^make check$")
    assert (test["at"], test["text"]) == ("Makefile:8", "all tests")
    assert find(answer["test"], name="cmocka")["at"] == "tests/test_fold.c:1"
    assert find(answer["configuration"], name="^WEFT_WIDTH$")["at"] == "src/main.c:6"
    assert find(answer["conventions"], name="^licence$")["text"] == "MIT"
    assert find(answer["conventions"], name="clang-format")
    assert find(answer["risks"], at="^src/fold.c:7$")["text"].startswith("1 line in 1 file")
    assert find(answer["risks"], name="TODO")["at"] == "src/fold.c:3"
    assert answer["contradictions"] == []
    assert [point["name"] for point in answer["read_first"]][:1] == ["README.md"]
    names = [point["name"] for point in answer["layout"]]
    assert set(names) == {"src/", "tests/", "docs/"}


def test_python(project):
    one = project(PYTHON)
    answer = one()
    assert answer["project"] == "loom"
    program = find(answer["entry_points"], text="program `loom`")
    assert program["name"] == "loom/cli.py" and 'loom = "loom.cli:main"' in one.line(program["at"])
    assert find(answer["entry_points"], text="runs as a script")["at"] == "loom/cli.py:10"
    assert find(answer["test"], name="^tox$")["at"].startswith("tox.ini")
    step = find(answer["test"], name="^pytest -q$")
    assert step["at"] == ".github/workflows/ci.yml:7"
    deps = answer["dependencies"][0]
    assert deps["text"].startswith("2 direct (requests, rich)")
    assert "wants python >=3.9" in deps["text"] and "requests" in one.line(deps["at"])
    assert find(answer["conventions"], name="^ruff$")["at"] == "pyproject.toml:16"
    assert find(answer["risks"], name="eval")["at"] == "loom/cli.py:7"
    assert not [point for point in answer["risks"] if "continuous" in point["name"]]


def test_javascript(project):
    one = project(JS)
    answer = one()
    assert answer["project"] == "shuttle"
    assert answer["headline"].startswith("Serves threads over HTTP")
    assert answer["entry_points"][0]["name"] == "bin/shuttle.js"
    assert answer["entry_points"][0]["at"] == "package.json:6"
    assert find(answer["build"], name="^npm run build$")["at"] == "package.json:8"
    test = find(answer["test"], name="^npm test$")
    assert (test["at"], test["text"]) == ("package.json:9", "mocha")
    assert answer["dependencies"][0]["text"] == "1 direct (koa), 1 for development"
    assert find(answer["configuration"], name="SHUTTLE_PORT")["at"] == "lib/index.ts:1"
    assert {point["name"] for point in answer["languages"]} >= {"javascript", "typescript"}


def test_rust(project):
    answer = project(RUST)()
    assert answer["project"] == "heddle"
    assert find(answer["entry_points"], at="^src/main.rs:2$")["text"].endswith(
        "Lifts threads, one after the other")
    assert find(answer["test"], name="^cargo test$")["at"] == "Cargo.toml:2"
    assert answer["dependencies"][0]["text"] == \
        "2 direct (clap, serde), 1 for development, wants edition 2021"
    assert find(answer["risks"], name="unsafe blocks")["text"].startswith("2 lines in 2 files")


def test_go(project):
    answer = project(GO)()
    assert answer["project"] == "treadle"
    assert answer["entry_points"][0]["at"] == "cmd/treadle/main.go:4"
    assert "Treadle drives a loom by foot" in answer["entry_points"][0]["text"]
    assert answer["dependencies"][0]["text"] == \
        "1 direct (github.com/spf13/cobra), wants go 1.21"
    assert find(answer["test"], name=r"^go test \./\.\.\.$")
    assert find(answer["risks"], name="^no README$")


# ---- contradictions ----

@pytest.mark.parametrize("language", ALL)
def test_quiet_projects_contradict_nothing(project, language):
    assert project(ALL[language])()["contradictions"] == []


def test_planted_contradictions(project):
    one = project(C)
    one.write("README.md", C["README.md"] + "\nRun `make bench`, read [more](docs/more.md).\n")
    one.write(".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n    - run: make distcheck\n")
    found = one()["contradictions"]
    assert len(found) == 3, found
    one.check_places({"contradictions": found})
    bench = find(found, name="make bench")
    assert bench["at"] == "README.md:14" and bench["other_at"] == "Makefile"
    assert find(found, name="docs/more.md")["other_call"] == "files"
    assert find(found, name="make distcheck")["at"] == ".github/workflows/ci.yml:4"


def test_versions_and_licences_that_differ(project):
    one = project({**JS, "LICENSE": "                Apache License\n      Version 2.0\n",
                   "pyproject.toml": "[project]\nname = \"shuttle\"\nversion = \"0.4.0\"\n"})
    found = one()["contradictions"]
    version = find(found, name="^version")
    assert {version["at"], version["other_at"]} == {"package.json:3", "pyproject.toml:3"}
    licence = find(found, name="^licence MIT$")
    assert licence["other_at"] == "LICENSE" and licence["text"] == "is the text of Apache-2.0"
    assert len(found) == 2


@pytest.mark.parametrize("name, text", [
    ("Makefile", C["Makefile"] + "include more.mk\n"),
    ("Makefile", C["Makefile"] + "%:\n\techo $@\n"),
    ("README.md", "# Weft\n\nText of some length.\n\n```\ncd sub && make bench\n```\n"),
    ("README.md", "# Weft\n\nText of some length.\n\n```\ncd sub\nmake bench\n```\n"),
    ("README.md", "# Weft\n\nTo `make sure` of it, [see](https://example.org/more.md).\n"),
])
def test_nothing_is_claimed_that_may_be_so(project, name, text):
    one = project(C)
    one.write("README.md", C["README.md"] + "\nRun `make bench`.\n")
    one.write(name, text)
    found = [point["name"] for point in one()["contradictions"]]
    assert not [point for point in found if "bench" in point], found


# ---- history ----

def test_history(project):
    one = project(C)
    one.git("init", "-q", "-b", "main")
    one.git("add", ".")
    one.git("commit", "-q", "-m", "begin", date="2022-01-05T12:00:00+00:00")
    for i in range(3):
        one.write("src/fold.c", C["src/fold.c"] + f"/* {i} */\n")
        one.git("commit", "-q", "-a", "-m", f"fold {i}")
    one.git("tag", "v1.0")
    answer = one()
    history = answer["history"]
    assert find(history, name="commits")["text"] == "4 since 2022-01"
    assert "fold 2" in find(history, name="last commit")["text"]
    assert find(history, name="authors")["text"] == "1: Ada 4"
    assert find(history, name="releases")["text"].startswith("v1.0 of ")
    assert find(history, name="by month")["text"] == "2022-01 1, 2024-03 3"
    assert find(history, name="working tree")["text"] == "clean"
    assert answer["hot_files"][0]["at"] == "src/fold.c"
    assert answer["hot_files"][0]["text"].startswith("3 commits")
    one.write("src/fold.c", "int x;\n")
    one.write("new.txt", "x")
    answer = one()
    assert find(answer["history"], name="working tree")["text"] == "1 changed, 1 not known to git"
    assert find(answer["risks"], name="uncommitted")


def test_a_filter_of_the_repository_is_not_run(project, tmp_path):
    one = project(C)
    one.git("init", "-q")
    one.git("add", ".")
    one.git("commit", "-q", "-m", "begin")
    one.git("config", "filter.x.clean", f"touch {tmp_path}/ran; cat")
    one.write(".gitattributes", "*.c filter=x\n")
    one.write("src/fold.c", "int y;\n")
    answer = one(code=1)
    assert not (tmp_path / "ran").exists()
    assert "did not say" in find(answer["history"], name="working tree")["text"]


# ---- secrets ----

def test_secrets_are_found_and_not_shown(project):
    token = "ghp_" + "a1B2" * 9
    one = project({**C, "src/keys.c": f"const char *t = \"{token}\";\n",
                   "tests/key.pem": "-----BEGIN RSA PRIVATE KEY-----\nx\n"})
    for form in ("json", "md"):
        done = one.volley("start", str(one.root), "-q", "--format", form)
        assert token not in done.stdout
    answer = one()
    assert find(answer["risks"], name="^secret in the tree$")["at"] == "src/keys.c:1"
    assert find(answer["risks"], name="tests and examples")["at"] == "tests/key.pem:1"


# ---- form ----

@pytest.mark.parametrize("form", ["md", "json"])
@pytest.mark.parametrize("tokens", [256, 400, 700, 1500, 4000])
def test_the_budget_is_never_exceeded(project, form, tokens):
    many = {f"src/part{i}/file{k}.py": "import os\nos.environ['A%d_B%d']\n# TODO\n" % (i, k)
            for i in range(12) for k in range(12)}
    one = project({**C, **PYTHON, **many})
    done = one.volley("start", str(one.root), "-q", "--format", form, "--tokens", str(tokens))
    assert done.returncode == 0, done.stderr
    if form == "json":
        budget = json.loads(done.stdout)["budget"]
        assert budget["limit"] == tokens and budget["used"] <= tokens
    else:
        used = re.search(r"(\d+) of (\d+) tokens", done.stdout)
        assert int(used[1]) <= int(used[2]) == tokens
    # Prose takes about four bytes a token; paths, names and JSON take fewer.
    assert len(done.stdout) <= tokens * 4


def test_the_same_whatever_the_timing(project):
    one = project({**C, **PYTHON})
    one.git("init", "-q")
    one.git("add", ".")
    one.git("commit", "-q", "-m", "begin")

    def normal(*args):
        answer = one(*args)
        for key in ("receipt", "budget", "wall_s", "run"):
            del answer[key]
        return answer

    first = normal()
    for args in (["--max-instances", "1"], ["--max-instances", "2"], ["--max-instances", "64"]):
        assert normal(*args) == first


def test_what_is_generated_or_of_others_is_apart(project):
    answer = project({**C, "vendor/z/z.c": "int main(void)\n{\n\tgets(0);\n}\n" * 9,
                      "src/gen.c": "/* This file was generated by hand. */\nint g;\n"})()
    assert answer["languages"][0]["files"] == 4
    assert find(answer["languages"], name="vendored")["files"] == 1
    assert find(answer["languages"], name="generated")["files"] == 1
    assert len(answer["entry_points"]) == 1
    assert find(answer["risks"], name="without bounds")["text"].startswith("1 line")


def test_an_empty_tree(project):
    one = project({})
    one.root.mkdir()
    answer = one()
    assert answer["languages"] == [] and answer["risks"] == []
    assert "0 files" in answer["headline"]


def test_wrong_usage(volley):
    done = volley("start", "nowhere")
    assert done.returncode == 2 and "nowhere" in done.stderr
    done = volley("start", "--format", "ranges")
    assert done.returncode == 2 and "does not answer in ranges" in done.stderr


# ---- plans ----

def test_plans_of_what_is_built(volley):
    plan = json.loads(volley("plan", "start", "--format", "json").stdout)
    calls = [call for stage in plan["stages"] for group in stage["groups"]
             for call in group["calls"]]
    assert len(calls) == plan["calls"] <= 32
    late = [call["late"] for call in calls if "late" in call]
    assert {one["what"] for one in late} == {"file"}
    assert {"files", "manifests", "main-c", "unsafe-c"} <= {call["id"] for call in calls}
    assert "main-rust" not in {call["id"] for call in calls}
    text = volley("plan", "explore", "how does retry work").stdout
    assert "(file 3 of phase wide)" in text and "Mentions" in text
    assert not (volley.state / "volley" / "runs").exists()


def test_a_file_of_that_name_is_reached_by_its_path(volley):
    (volley.root / "start").write_text('{"phases":[{"name":"p","codebase":{"glob":["x"]}}]}')
    assert "1 call in 1 phase" in volley("plan", "./start").stdout
    assert "manifests" in volley("plan", "start").stdout


@pytest.mark.parametrize("words, n", [
    (["sqlite", "vacuum"], 4),
    (["make", "sqlite", "writes", "parallel", "durable", "cheap"], 8),
    (["how are writes ordered? what of crashes?"], 16),
    (["a cat? a dog? a cow? "], 32),
])
def test_searches_of_the_web_are_planned(volley, words, n):
    plan = json.loads(volley("plan", "web", *words, "--format", "json").stdout)
    searches = plan["searches"]
    assert len(searches) == n and len({one["query"] for one in searches}) == n
    phase = plan["workflow"]["phases"][0]["web_search"]
    assert phase["max_instances"] == n
    assert [one["query"] for one in phase["queries"]] == [one["query"] for one in searches]
    if n >= 8:
        assert {one["theme"] for one in searches} == {
            "primary", "documentation", "examples", "api", "framework", "performance",
            "security", "community"}
    text = volley("plan", "web", *words).stdout
    assert f"{n} searches" in text


def test_what_a_question_is_about_is_searched_first(volley):
    plan = json.loads(volley("plan", "web", "secure", "cookie", "--format", "json").stdout)
    assert [one["theme"] for one in plan["searches"]][:2] == ["primary", "security"]
