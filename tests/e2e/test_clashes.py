"""What calls say of files is compared: a clash that was planted is found and names both sides, and
quiet trees have none. VOLLEY_CASES is the number of quiet workflows."""

import os
import random
import shlex

import explorer
import pytest

CASES = int(os.environ.get("VOLLEY_CASES", "200"))
TREE = {
    "a.txt": "alpha one\nbeta two\ngamma three\n",
    "b.txt": "alpha b\n",
    "c/d.c": "int alpha(void)\n{\n\treturn 1;\n}\n",
    "e.txt": "epsilon\n" * 5,
}


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    for name, text in TREE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return explorer.Explorer(tmp_path, root)


def bash(*commands):
    return {"bash": {"commands": list(commands)}}


def codebase(**calls):
    return {"codebase": calls}


def three(before, change, after):
    """A look, a change, another look."""
    return [
        {"name": "before", **before},
        {"name": "change", "needs": ["before"], **bash(change)},
        {"name": "after", "needs": ["change"], **after},
        {"name": "all", "needs": ["after"],
         "synthesis": {"aggregation_strategy": "intelligent_correlation"}},
    ]


GREP = {"pattern": "alpha", "output_mode": "content"}
COUNT = {"pattern": "alpha", "output_mode": "count"}
FILES = {"pattern": "alpha", "output_mode": "files_with_matches"}
MISSING = codebase(read=["a.txt"])
REMOVE = "rm a.txt"
ALTER = "sed -i s/one/eins/ a.txt"
GROW = "echo more >>a.txt"
SHRINK = "echo 'alpha one' >a.txt"

# What was seen before, the change, what is seen after; words that the claim must have.
REMOVED = ["a.txt", "exists", "does not exist"]
ALTERED = ["a.txt:1", "alpha one", "reads as text"]
PLANTED = {
    "glob, removed, read": (codebase(glob=["*.txt"]), REMOVE, MISSING, REMOVED),
    "grep, removed, read": (codebase(grep=[GREP]), REMOVE, MISSING, REMOVED),
    "grep files, removed, read": (codebase(grep=[FILES]), REMOVE, MISSING, REMOVED),
    "grep count, removed, read": (codebase(grep=[COUNT]), REMOVE, MISSING, REMOVED),
    "read, removed, read": (codebase(read=["a.txt"]), REMOVE, MISSING, REMOVED),
    "mentions, removed, read": (codebase(mentions=["alpha"]), REMOVE, MISSING, REMOVED),
    "find, removed, read": (bash("find . -name '*.txt'"), REMOVE, MISSING, REMOVED),
    "ls, removed, read": (bash("ls"), REMOVE, MISSING, REMOVED),
    "glob, removed, cat": (codebase(glob=["*.txt"]), REMOVE, bash("cat a.txt"), REMOVED),
    "glob, removed, ls": (codebase(glob=["*.txt"]), REMOVE, bash("ls a.txt"), REMOVED),
    "glob, removed, head": (codebase(glob=["*.txt"]), REMOVE, bash("head -n 2 a.txt"), REMOVED),
    "glob, removed, sed": (codebase(glob=["*"]), REMOVE, bash("sed -n 1,2p a.txt"), REMOVED),
    "glob, removed, wc": (codebase(glob=["*.txt"]), REMOVE, bash("wc -l a.txt"), REMOVED),
    "glob, removed, grep": (codebase(glob=["*"]), REMOVE, bash("grep -n x a.txt"), REMOVED),
    "glob, removed, test": (codebase(glob=["*"]), REMOVE, bash("test -e a.txt"), REMOVED),
    "glob, removed, [": (codebase(glob=["*"]), REMOVE, bash("[ -e a.txt ]"), REMOVED),
    "test, removed, test": (bash("test -e a.txt"), REMOVE, bash("test -e ./a.txt"), REMOVED),
    "read, made, glob": (codebase(read=["new.txt"]), "echo alpha >new.txt",
                         codebase(glob=["*.txt"]), ["new.txt", "does not exist"]),
    "grep, altered, grep": (codebase(grep=[GREP]), ALTER, codebase(
        grep=[{**GREP, "pattern": "alph"}]), ALTERED),
    "grep, altered, read": (codebase(grep=[GREP]), ALTER, codebase(read=["a.txt"]),
                            ["a.txt:1", "alpha one"]),
    "grep, altered, cat": (codebase(grep=[GREP]), ALTER, bash("cat a.txt"), ["a.txt:1"]),
    "grep, altered, head": (codebase(grep=[GREP]), ALTER, bash("head -1 a.txt"), ["a.txt:1"]),
    "grep, altered, sed": (codebase(grep=[GREP]), ALTER, bash("sed -n 1,2p a.txt"), ["a.txt:1"]),
    "grep, altered, grep -n": (codebase(grep=[GREP]), ALTER, bash("grep -n alpha a.txt"),
                               ["a.txt:1", "alpha one"]),
    "grep -rn, altered, read": (bash("grep -rn alpha ."), ALTER, codebase(read=["a.txt"]),
                                ["a.txt:1"]),
    "read, grown, read": (codebase(read=["a.txt"]), GROW, codebase(
        read=[{"file_path": "a.txt", "limit": 0}]), ["a.txt", "3 lines", "4 lines"]),
    "wc, grown, wc": (bash("wc -l a.txt"), GROW, bash("wc -l ./a.txt"),
                      ["a.txt", "3 lines", "4 lines"]),
    "wc, shrunk, read": (bash("wc -l a.txt e.txt"), SHRINK, codebase(read=["a.txt"]),
                         ["a.txt", "3 lines", "1 line"]),
    "cat, shrunk, wc": (bash("cat a.txt"), SHRINK, bash("wc -l a.txt"),
                        ["a.txt", "3 lines", "1 line"]),
    "cat, grown, cat": (bash("cat a.txt"), GROW, bash("cat a.txt"), ["cat a.txt", "answered"]),
    "ls, made, ls": (bash("ls"), "echo >new.txt", bash("ls"), ["ls", "answered"]),
    "uname, nothing, uname": (bash("date +%N"), "true", bash("date +%N"), ["date", "answered"]),
    "true, altered, grep -c": (bash("grep -c one a.txt"), ALTER, bash("grep -c one a.txt"),
                               ["grep -c", "answered"]),
    "find, removed, find": (bash("find . -type f"), REMOVE, bash("find . -type f"),
                            ["find", "answered"]),
}


def says(claim, words):
    return all(word in claim["text"] for word in words)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_clash_is_found(tree, name):
    before, change, after, words = PLANTED[name]
    answer = tree.workflow(three(before, change, after))
    found = [claim for claim in explorer.clashes(answer) if says(claim, words)]
    assert found, (explorer.clashes(answer), answer["synthesis"])
    for claim in found:
        phases = {call.split(".")[0] for call in claim["support"]}
        assert phases == {"before", "after"}, claim
        assert all(call in claim["text"] for call in claim["support"]), claim
        of_files = "answered" not in words
        assert claim["status"] == ("stale" if of_files else "contradicted"), claim
        assert not of_files or "; stale)" in claim["text"], claim
    # Nothing is said of what was not changed.
    for claim in explorer.clashes(answer):
        assert not any(name in claim["text"] for name in ("b.txt", "d.c", "e.txt")), claim


def test_git_ls_files(tree):
    git = "git -c user.name=a -c user.email=a@b.invalid"
    os.system(f"cd {shlex.quote(str(tree.root))} && git init -q . && git add .")
    found = explorer.clashes(tree.workflow(three(
        bash("git ls-files"), f"{git} rm -q --cached a.txt && rm a.txt", bash("git ls-files"))))
    assert any(says(claim, ["git ls-files", "answered"]) for claim in found), found
    found = explorer.clashes(tree.workflow(three(
        bash("git ls-files"), "rm b.txt", codebase(read=["b.txt"]))))
    assert any(says(claim, ["b.txt", "exists", "does not exist"]) for claim in found), found


def test_neither_side_holds_now(tree):
    """What two calls differ about and a third change made otherwise is a contradiction."""
    phases = three(bash("cat a.txt"), GROW, bash("wc -l a.txt"))
    phases[3:3] = [{"name": "again", "needs": ["after"], **bash("echo even more >>a.txt")}]
    phases[-1]["needs"] = ["again"]
    found = explorer.clashes(tree.workflow(phases))
    assert [claim["status"] for claim in found if "lines" in claim["text"]] == ["contradicted"]


# ---- quiet ----

class Quiet:
    """Calls of every tool over a tree that nothing changes, about what it has and has not."""

    def __init__(self, maker):
        self.maker, self.rng = maker, maker.rng
        root = os.fsdecode(maker.root)
        self.files = [path for path in maker.paths
                      if os.path.isfile(os.path.join(root, path)) and "\n" not in path]
        self.odd = ["nowhere", "src", "link_in.c", "link_dir", "broken", "src/none.c",
                    "./Makefile", "../tree/Makefile", "src/../Makefile", "-dash", "link_abs.txt"]

    def path(self):
        return self.rng.choice(self.files if self.files and self.rng.random() < 0.8 else self.odd)

    def word(self):
        return self.rng.choice(explorer.STEMS + ["return", "12", "a", "x", "foo", ":"])

    def command(self):
        path, word = shlex.quote(self.path()), self.word()
        other, line = shlex.quote(self.path()), self.rng.randrange(1, 30)
        return self.rng.choice((
            f"cat {path}", f"cat {path} {other}", f"cat -n {path}", f"head {path}",
            f"head -n {line} {path}", f"head -{line} {path}", f"head -c {line} {path}",
            f"tail -n {line} {path}", f"sed -n {line}p {path}", f"sed -n {line},{line + 7}p {path}",
            f"sed -n '{line},$p' {path}", f"sed -n '/{word}/p' {path}", f"wc -l {path}",
            f"wc -l {path} {other}", f"wc {path}", f"wc -c {path}", f"ls {path}", f"ls -a {path}",
            "ls", "ls -a", "ls -1 src", "ls -l", "ls -R", f"ls {path} {other}", "find .",
            "find . -type f", "find src docs", f"find . -name '*{word}*'", "find . -type d",
            f"grep -n {word} {path}", f"grep -nH {word} {path}", f"grep -rn {word} .",
            f"grep -rn {word}", f"grep -n {word} {path} {other}", f"grep -rl {word} src",
            f"grep -rc {word} .", f"grep -n -C 2 {word} {path}", f"grep -n -A 3 {word} {path}",
            f"grep -rn -B 1 {word} .", f"grep -on {word} {path}", f"grep -vn {word} {path}",
            f"grep -bn {word} {path}", f"grep -nZ {word} {path} {other}", f"grep -rnT {word} src",
            f"grep -n -e {word} {path}", f"grep -nw {word} {path}", f"grep -nm1 {word} {path}",
            f"rg -n {word}", f"rg -n {word} {path}", f"rg {word}", f"rg -l {word}", "rg --files",
            f"rg -n --heading {word}", f"rg -n -C1 {word}", f"rg -no {word}", f"rg -n -r X {word}",
            f"rg --column {word}", f"rg -nM 20 {word}", f"test -e {path}", f"test -f {path}",
            f"[ -e {path} ]", f"[ -f {path} ]", f"test -d {path}", f"stat -c %s {path}",
            "git ls-files", "git ls-files src", f"git grep -n {word}", f"git grep {word}",
            "git log --oneline", f"git grep -n {word} -- src",
            f"cat {path} | head -2", f"cat <{path}", f"wc -l <{path}", f"cat - <{path}",
            f"head -n 3 - <{path}", f"cd src && cat {path}", f"grep -n {word} - <{path}",
            f"grep -hn {word} {path} {other}", f"grep -hrn {word} .", f"grep -rLn {word} .",
            f"cat -- {path}", f"cat -A {path}", f"sed -n {line}p {path} {other}",
            f"grep -rn --include='*.c' {word}", f"rg -n -g '*.c' {word}", f"rg -nN {word}",
        ))

    def grep(self):
        grep = {"pattern": self.word(), "head_limit": 0}
        grep["output_mode"] = self.rng.choice(("content", "content", "count",
                                               "files_with_matches"))
        for key, value in (("-C", 2), ("-A", 1), ("-i", True), ("-o", True), ("hidden", True),
                           ("-n", False), ("multiline", True), ("no_ignore", True),
                           ("path", self.path())):
            if self.rng.random() < 0.15:
                grep[key] = value
        return grep

    def read(self):
        read = {"file_path": self.path()}
        if self.rng.random() < 0.5:
            read["offset"] = self.rng.randrange(1, 9)
        if self.rng.random() < 0.5:
            read["limit"] = self.rng.choice((0, 1, 5, 100))
        return read

    def bash(self):
        command = {"command": self.command()}
        if self.rng.random() < 0.15:
            command["cwd"] = "src"
        return command

    def phases(self):
        """Both halves ask much the same, the second after the first."""
        commands, rng = [self.bash() for _ in range(10)], self.rng
        greps, reads = [self.grep() for _ in range(5)], [self.read() for _ in range(6)]
        phases = []
        for name in ("first", "second"):
            phases.append({
                "name": name, "needs": [one["name"] for one in phases[-1:]],
                "codebase": {
                    "glob": [{"pattern": rng.choice(("*", "**/*.c", "src/**", "!.git"))}],
                    "grep": rng.sample(greps, 4), "read": rng.sample(reads, 5),
                    "mentions": [{"words": [rng.choice(explorer.STEMS)]} for _ in range(3)]},
                "bash": {"commands": rng.sample(commands, 8)},
            })
        phases.append({"name": "all", "needs": ["second"], "synthesis": {}})
        return phases


def make_quiet(tmp_path, seed):
    maker = explorer.CodeMaker(random.Random(seed), tmp_path / "tree").make()
    os.makedirs(os.path.join(maker.root, b"src"), exist_ok=True)
    return maker, explorer.Explorer(tmp_path, tmp_path / "tree")


def check_quiet(tmp_path, seed):
    maker, tree = make_quiet(tmp_path, seed)
    # Lines that have the form of what is read: none is taken for it.
    (tree.root / "forms.txt").write_text(
        "see nowhere:12:return\n12:3:x\nfoo-4-bar:5:a\nsrc/none.c\nnowhere: No such file\n" * 3)
    if seed % 2 and not (tree.root / ".git").exists():
        os.system(f"cd {shlex.quote(str(tree.root))} && git init -q . && git add -A 2>/dev/null")
    phases = Quiet(maker).phases()
    answer = tree.workflow(phases)
    assert answer["synthesis"]["clashes"] == 0, (seed, answer["synthesis"]["claims"])
    assert not explorer.clashes(answer)
    # A command prints a newline in a name as it is: nobody can tell.
    odd = [name for name in explorer.files_of(tree.root, "-uu") if "\n" in name]
    for file in answer["synthesis"]["files"]:
        path = os.path.join(tree.root, file["path"])
        is_part = any(file["path"] in name.split("\n") for name in odd)
        assert "\ufffd" in path or is_part or os.path.lexists(path), (seed, file)


@pytest.mark.parametrize("part", range(4))
def test_quiet_workflows_have_no_clash(tmp_path, part):
    for i in range(CASES // 4):
        base = tmp_path / str(i)
        base.mkdir()
        check_quiet(base, 1000 * part + i)
