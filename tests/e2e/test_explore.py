"""`volley explore`: what it cites is there, the same question has the same answer, its options do
what they say, and nothing of a repository is executed."""

import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import time

import explorer
import pytest
from conftest import REPOSITORY

CASES = int(os.environ.get("VOLLEY_CASES", "40"))
BUDGETS = (256, 600, 2000, 6000, 40000)
REAL = [path for path in (str(REPOSITORY), "/usr/lib/python3", "/usr/share/perl5")
        if os.path.isdir(path)]


def git(root, *args, **more):
    env = {**explorer.environment(pathlib.Path(root).parent), "GIT_CONFIG_GLOBAL": "/dev/null"}
    names = ["-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *names, *args], cwd=root, env=env, check=True,
                          capture_output=True, **more).stdout


@pytest.fixture
def tree(tmp_path):
    """Some program text with a history."""
    root = tmp_path / "tree"
    maker = explorer.CodeMaker(random.Random(5), root)
    for name in ("src", "src/net", "docs"):
        (root / name).mkdir(parents=True)
    for i, stem in enumerate(explorer.STEMS):
        suffix = list(explorer.CODE)[i % len(explorer.CODE)]
        where = ("src", "src/net", "docs")[i % 3]
        (root / where / f"{stem}{suffix}").write_text("\n".join(
            maker.piece() for _ in range(12)))
    git(root, "init", "-q", "-b", "main")
    for i, stem in enumerate(explorer.STEMS[:6]):
        with next(root.rglob(f"{stem}.*")).open("a") as file:
            file.write(f"{stem} {i}\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", f"{stem}: mend the {explorer.STEMS[i + 1]}")
    return explorer.Explorer(tmp_path, root)


QUESTION = "why does an upload retry when the socket buffer of a proxy is full"


# ---- what is cited ----

@pytest.mark.parametrize("part", range(4))
def test_cited_lines_read_as_cited(tmp_path, part):
    for i in range(CASES // 4):
        rng = random.Random(1000 * part + i)
        base = tmp_path / str(i)
        base.mkdir()
        maker = explorer.CodeMaker(rng, base / "tree").make()
        one = explorer.Explorer(base, base / "tree")
        files = explorer.files_of(one.root)
        question = maker.question()
        answer = one.answer(question, "--tokens", str(rng.choice(BUDGETS)), check=None)
        explorer.check_answer(answer, files)
        assert not explorer.clashes(answer), (part, i, question)
        check_markdown(one, question, files, check=None)
        check_bare_ranges(one, question, files, check=None)


def check_markdown(one, question, files, **more):
    """Excerpts between fences, each under a line that says where it is from."""
    text = one.raw(question, **more).decode("utf-8", "replace")
    piece = re.compile(
        r"^([^\n]*):(\d+)-(\d+)( \([^\n]*\))?\n(`{3,})[^\n`]*\n(.*?)^\5$", re.M | re.S)
    n = 0
    for path, first, last, _, _, excerpt in piece.findall(text):
        if path not in files:  # its name has a newline
            continue
        lines = explorer.file_lines(os.fsdecode(files[path]))[int(first) - 1:int(last)]
        assert len(lines) == int(last) - int(first) + 1, (path, first, last)
        cited = explorer.shown(b"".join(lines))
        assert explorer.shown(excerpt) in (cited, cited + "\n"), (path, first, last)
        n += 1
    return n


def check_bare_ranges(one, question, files, **more):
    text = one.raw(question, "--format", "ranges", **more).decode("utf-8", "replace")
    assert text.startswith("RELEVANT_FILES:\n")
    n = 0
    for line in text.splitlines()[1:]:
        found = re.fullmatch(r"- (.*):(\d+)-(\d+)", line)
        path = explorer.shown(found[1]) if found else None
        if path not in files:
            continue
        first, last = int(found[2]), int(found[3])
        assert 0 < first <= last <= len(explorer.file_lines(os.fsdecode(files[path])))
        n += 1
    return n


@pytest.mark.parametrize("root", REAL)
def test_cited_lines_of_real_trees(tmp_path, root):
    one, files = explorer.Explorer(tmp_path, root), explorer.files_of(root)
    rng, n = random.Random(len(root)), 0
    for _ in range(max(2, CASES // 30)):
        words = [rng.choice(explorer.STEMS) + rng.choice(explorer.FORMS) for _ in range(3)]
        answer = one.answer(explorer.TELLING.format(*words))
        n += explorer.check_answer(answer, files)
        assert not explorer.clashes(answer), answer["claims"]
        assert check_markdown(one, " ".join(words), files)
        assert check_bare_ranges(one, " ".join(words), files)
    assert n > 100


def test_what_is_cited_is_cited_as_it_is_now(tree):
    """A file that changes while it is looked at: the answer has its lines as they are, and says
    that they were counted otherwise."""
    where = tree.root / "src" / "upload.py"
    where.write_text("def upload_retry():\n    return 1\n" * 3)
    # A call of the user's own that changes it: the phase that reads is told of it.
    fake = tree.root / ".bin"  # where the sandbox lets it be seen
    fake.mkdir()
    (fake / "git").write_text(f"#!/bin/sh\necho '# upload' >>{where}\n")
    (fake / "git").chmod(0o755)
    answer = tree.answer(QUESTION, env={"PATH": f"{fake}:{os.environ['PATH']}"})
    explorer.check_answer(answer, explorer.files_of(tree.root))
    assert b"# upload\n" in where.read_bytes()


# ---- the same answer ----

def test_the_same_answer_whatever_the_width(tree):
    answers = []
    for args, before in ((["--max-instances", "1"], ()), (["--max-instances", "100"], ()),
                         ([], ("taskset", "-c", "0")), ([], ())):
        answers.append(explorer.steady(tree.answer(QUESTION, *args, before=before)))
    assert answers[0]["files"] and answers[0]["claims"]
    for answer in answers[1:]:
        assert answer == answers[0]


def test_the_same_text_byte_for_byte(tree):
    def steady(text):
        text = re.sub(rb"\b\d{8}T\d{6}-\w{4}\b", b"RUN", text)
        return re.sub(rb"; [\d.]+ s; [\d,]+ of", b"; TIME; N of", text)

    first = steady(tree.raw(QUESTION))
    assert b"## 1. " in first
    for args in (["--max-instances", "1"], ["--max-instances", "100"], []):
        assert steady(tree.raw(QUESTION, *args)) == first
    ranges = tree.raw(QUESTION, "--format", "ranges")
    assert tree.raw(QUESTION, "--format", "ranges", "--max-instances", "1") == ranges


def test_the_same_answer_on_a_real_tree(tmp_path):
    one = explorer.Explorer(tmp_path, REAL[0])
    first, second = (explorer.steady(one.answer(QUESTION, "--max-instances", n)) for n in "19")
    assert first == second


# ---- options ----

def test_small_budgets_name_files_and_large_ones_show_them(tree):
    small = tree.answer(QUESTION, "--tokens", "256")
    large = tree.answer(QUESTION, "--tokens", "100000")
    assert small["budget"] == {"limit": 256, "used": small["budget"]["used"]}
    assert 0 < small["budget"]["used"] <= 256
    assert len(small["files"]) <= len(large["files"]) <= 30
    files = explorer.files_of(tree.root)
    shown = explorer.check_answer(small, files)
    assert explorer.check_answer(large, files) > 5 * shown
    # With room for all of it, every line of every named file is shown.
    for file in large["files"][:20]:
        n = len(explorer.file_lines(os.fsdecode(files[file["path"]])))
        assert file["ranges"] == [[1, n]], file["path"]


def test_a_deadline_gives_what_is_there(tree):
    fake = tree.root / ".bin"  # where the sandbox lets it be seen
    fake.mkdir()
    (fake / "git").write_text("#!/bin/sh\nexec sleep 30\n")
    (fake / "git").chmod(0o755)
    env = {"PATH": f"{fake}:{os.environ['PATH']}"}
    began = time.monotonic()
    answer = tree.answer(QUESTION, "--timeout", "2s", check=124, env=env)
    assert time.monotonic() - began < 8
    assert answer["stopped"] == "deadline reached" and answer["files"]
    assert answer["calls"]["ok"] > 5 and sum(answer["calls"].values()) > answer["calls"]["ok"]
    explorer.check_answer(answer, explorer.files_of(tree.root))
    text = tree.raw(QUESTION, "--timeout", "2s", check=124, env=env)
    assert b"**deadline reached: what was found until then**" in text


def paths(answer):
    return [file["path"] for file in answer["files"]]


def test_hidden_and_ignored_files(tree):
    (tree.root / ".gitignore").write_text("ignored.py\n")
    (tree.root / ".hidden.py").write_text("def frobnicate_hidden(): pass\n")
    (tree.root / "ignored.py").write_text("def frobnicate_ignored(): pass\n")
    (tree.root / "plain.py").write_text("def frobnicate_plain(): pass\n")
    for args, want in (([], {"plain.py"}), (["--hidden"], {"plain.py", ".hidden.py"}),
                       (["--no-ignore"], {"plain.py", "ignored.py"}),
                       (["--hidden", "--no-ignore"], {"plain.py", ".hidden.py", "ignored.py"})):
        found = set(paths(tree.answer("frobnicate", *args)))
        odd = {"plain.py", ".hidden.py", "ignored.py"} - want
        assert want <= found and not found & odd, (args, found)


def test_directories(tree):
    subprocess.run(["rm", "-rf", ".git"], cwd=tree.root, check=True)
    inner = tree.answer(QUESTION, "-C", "src/net")
    assert paths(inner) and all("/" not in path for path in paths(inner))
    explorer.check_answer(inner, explorer.files_of(tree.root / "src/net"))
    operand = json.loads(tree.run(
        "explore", QUESTION, "src/net", "--format", "json").stdout)
    assert operand["files"] == inner["files"]
    done = tree.run("explore", QUESTION, "nowhere")
    assert done.returncode == 2 and b"nowhere" in done.stderr


@pytest.mark.parametrize("question", ["", "the of and", "?!", "42", " \n\t"])
def test_a_question_without_words(tree, question):
    done = tree.run("explore", "--", question)
    assert done.returncode == 2 and b"no word to look for" in done.stderr and not done.stdout


def test_words_beyond_ascii(tmp_path):
    """They are whole, also as parts of names, and in any case."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.c").write_text("int frobnicate_größe(void)\n{\n\treturn 0;\n}\n")
    (root / "b.c").write_text("/* Größe */\nint gr;\n")
    one = explorer.Explorer(tmp_path, root)
    text = one.run("explore", "frobnicator größe").stdout.decode()
    assert "größe" in text
    assert not re.search(r"\bgr\b(?!;)", text)
    for word in ("größe", "Größe"):
        found = one.run("call", "Mentions", f"words={word}").stdout.decode()
        assert "a.c:" in found and "b.c:" in found


def test_a_question_that_is_too_long(tree):
    done = tree.run("explore", "--", "retry " * 15000)
    assert done.returncode in (2, 3) and b"longer than 64 KiB" in done.stderr


def test_words_that_are_nowhere(tree):
    answer = tree.answer("zyzzyva quagga")
    assert answer["receipt"]["complete"]
    assert answer["files"] == []  # some are recent or central, whatever is asked


def test_an_empty_tree(tmp_path):
    root = tmp_path / "tree"
    root.mkdir()
    one = explorer.Explorer(tmp_path, root)
    assert one.answer("upload retry")["files"] == []
    assert b"no file has to do with it" in one.raw("upload retry")
    assert one.raw("upload retry", "--format", "ranges") == b"RELEVANT_FILES:\n"


# ---- git ----

def test_history_counts(tree):
    """Two files alike but for what was done to them."""
    for name in ("one", "two"):
        (tree.root / f"{name}.py").write_text("def gargle(): pass\n")
    git(tree.root, "add", "-A")
    git(tree.root, "commit", "-q", "-m", "both")
    (tree.root / "two.py").write_text("def gargle(): return 1\n")
    git(tree.root, "add", "-A")
    git(tree.root, "commit", "-q", "-m", "two: no longer splutter in the sink")
    answer = tree.answer("gargle: why does it splutter in the sink")
    assert paths(answer)[0] == "two.py"
    assert any("no longer splutter" in why for why in answer["files"][0]["why"])


def test_without_git(tree):
    subprocess.run(["rm", "-rf", ".git"], cwd=tree.root, check=True)
    answer = tree.answer(QUESTION)
    assert answer["files"] and answer["receipt"]["complete"]
    assert not any("commits" in why for why in explorer.reasons(answer))


def test_a_repository_without_commits(tree):
    subprocess.run(["rm", "-rf", ".git"], cwd=tree.root, check=True)
    plain = tree.answer(QUESTION)
    git(tree.root, "init", "-q")
    assert paths(tree.answer(QUESTION)) == paths(plain)


def test_a_shallow_clone_and_a_subdirectory(tree):
    shallow = tree.base / "shallow"
    git(tree.base, "clone", "-q", "--depth", "1", f"file://{tree.root}", str(shallow))
    answer = explorer.Explorer(tree.base, shallow).answer(QUESTION)
    assert answer["files"] and explorer.check_answer(answer, explorer.files_of(shallow))
    below = explorer.Explorer(tree.base, tree.root / "src").answer(
        "parse: mend the upload", "--sandbox", "off")  # which hides what is above, here in /tmp
    assert any("mend the" in why for why in explorer.reasons(below)), below
    explorer.check_answer(below, explorer.files_of(tree.root / "src"))


def test_nothing_of_a_repository_is_executed(tree):
    plain = explorer.steady(tree.answer(QUESTION))
    mark = tree.base / "executed"
    trap = tree.base / "trap"
    trap.write_text(f"#!/bin/sh\necho \"$0 $*\" >>{shlex.quote(str(mark))}\ncat\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "pager.log", "diff.external", "alias.log",
                "diff.odd.textconv", "diff.odd.command", "filter.odd.clean", "filter.odd.smudge",
                "gpg.program", "core.sshCommand", "credential.helper", "core.editor",
                "interactive.diffFilter", "core.hooksPath", "log.follow", "core.askPass",
                "alias.diff-tree", "alias.rev-list", "gpg.ssh.allowedSignersFile"):
        git(tree.root, "config", key, str(trap))
    for key, value in (("log.showSignature", "true"), ("log.follow", "true"),
                       ("log.mailmap", "true"), ("color.ui", "always"), ("log.date", "relative"),
                       ("log.decorate", "full"), ("log.diffMerges", "on"),
                       ("diff.renames", "copies"), ("diff.noprefix", "true"),
                       ("core.quotePath", "true"), ("log.graph", "true")):
        git(tree.root, "config", key, value)
    hooks = tree.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "fsmonitor-watchman", "pre-commit", "post-checkout"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    (tree.root / ".git" / "info").mkdir(exist_ok=True)
    (tree.root / ".git" / "info" / "attributes").write_text("* diff=odd filter=odd\n")
    assert explorer.steady(tree.answer(QUESTION)) == plain
    assert not mark.exists(), mark.read_text()
    elsewhere = tree.base / "elsewhere"
    elsewhere.mkdir()
    git(elsewhere, "init", "-q")
    env = {"GIT_PAGER": str(trap), "GIT_EXTERNAL_DIFF": str(trap), "PAGER": str(trap),
           "GIT_DIR": str(elsewhere / ".git"), "GIT_WORK_TREE": str(elsewhere),
           "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor",
           "GIT_CONFIG_VALUE_0": str(trap), "GIT_TRACE": "1", "GIT_SSH_COMMAND": str(trap),
           "GIT_ASKPASS": str(trap), "GIT_INDEX_FILE": str(elsewhere / "index"),
           "GIT_OBJECT_DIRECTORY": str(elsewhere), "GIT_NAMESPACE": "x"}
    assert explorer.steady(tree.answer(QUESTION, env=env)) == plain
    assert not mark.exists(), mark.read_text()


# ---- what is printed ----

def test_what_is_printed_is_utf_8(tree):
    """Of files in UTF-8: nothing is cut inside a character."""
    subject = "upload: " + "\u00fc\u6771\U0001f600" * 40
    with (tree.root / "src" / "upload.md").open("a") as file:
        for i in range(40):
            file.write("# upload " + "x" * i + "\u00e9\u6771" * 60 + " retry\n\n")
    git(tree.root, "add", "-A")
    git(tree.root, "commit", "-q", "-m", subject)
    for tokens in (256, 500, 1000, 6000):
        for form in ("md", "json", "ranges"):
            for q in (QUESTION, "upload " + "\u00e9" * 30):
                text = tree.raw(q, "--tokens", str(tokens), "--format", form)
                assert b"\xef\xbf\xbd" not in text
                text.decode()
    synthesis = [
        {"name": "a", "codebase": {"grep": [{"pattern": "upload", "output_mode": "content"}]}},
        {"name": "b", "needs": ["a"],
         "bash": {"commands": ["sed -i 's/upload/uploaded/' src/upload.md"]}},
        {"name": "c", "needs": ["b"], "codebase": {"read": ["src/upload.md"]}},
        {"name": "d", "needs": ["c"], "synthesis": {}}]
    answer = tree.workflow(synthesis)
    assert answer["synthesis"]["clashes"] > 3
    assert "\ufffd" not in json.dumps(answer["synthesis"], ensure_ascii=False)
