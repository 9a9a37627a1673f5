"""The localization benchmark on a small history made here, and its parts on known answers."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from conftest import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "bench"))

import localize_git
import localize_rank
import localize_score
import localize_text

LONG = "so that a message has the twelve words which a question of this benchmark needs"
WHO = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "a"), ("EMAIL", "a@b.invalid"), ("DATE", "@1700000000 +0000"))
}


class History:
    def __init__(self, root):
        self.root = root
        root.mkdir()
        self("init", "-q", "-b", "main")

    def __call__(self, *args):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root), **WHO}
        done = subprocess.run(
            ["git", *args], cwd=self.root, env=env, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message, **files):
        for name, text in files.items():
            path = self.root / name.replace("__", "/").replace("_c", ".c").replace("_md", ".md")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self("add", "-A")
        self("commit", "-q", "-m", message)
        return self("rev-parse", "HEAD")


FILES = {
    "src__retry_c": "int retryLater(int n)\n{\n\treturn n;\n}\n",
    "src__lanes_c": "int lane_of(int call)\n{\n\treturn call % 3;\n}\n",
    "src__walk_c": "void walk_tree(void)\n{\n}\n",
    "notes_md": "retry retry retry\n",
}


@pytest.fixture
def history(tmp_path):
    made = History(tmp_path / "repository")
    made.commit("The first files, " + LONG, **FILES)
    return made


def chosen(history):
    return {commit.id: commit for commit in localize_git.fitting_commits(str(history.root))}


def test_commits_that_fit(history):
    first = history("rev-parse", "HEAD")
    good = history.commit("Retrying waits longer, " + LONG, src__retry_c="a\n", notes_md="a\n")
    unfit = [
        first,  # has no parent
        history.commit("Retrying waits less", src__retry_c="b\n"),
        history.commit("In walk.c, " + LONG, src__walk_c="b\n"),
        history.commit("As in other.py, " + LONG, src__walk_c="c\n"),
        history.commit("Only notes, " + LONG, notes_md="c\n"),
        history.commit("A new file, " + LONG, src__new_c="c\n"),
        history.commit("Retrying waits longer, " + LONG, src__retry_c="carried over\n"),
        history.commit("Six\n\nSigned-off-by: " + LONG + " <a@b.c>", src__retry_c="six\n"),
    ]
    many = {f"many__f{i}_c": "1\n" for i in range(6)}
    unfit.append(history.commit("Six new, " + LONG, **many))
    unfit.append(history.commit("Six more, " + LONG, **dict.fromkeys(many, "2\n")))
    history("checkout", "-q", "-b", "side", first)
    side = history.commit("On a branch, " + LONG, src__lanes_c="d\n")
    history("checkout", "-q", "main")
    history("merge", "-q", "-m", "Merge the branch, " + LONG, "side")
    unfit.append(history("rev-parse", "HEAD"))
    found = chosen(history)
    assert set(found) == {good, side}
    assert found[good].truth == ["src/retry.c"]
    assert found[good].parent == first
    assert not set(unfit) & set(found)


def test_a_question_is_without_trailers_and_numbers():
    message = (
        "Wait longer (#123)\n\nThe peer is slow, see https://a.invalid/b. Fixes #4.\n"
        "Reverts 0123456789abcdef.\n\nCloses: #17\nSigned-off-by: A <a@b.c>\n"
        "Co-authored-by: B <b@c.d>\n(cherry picked from commit 0123456789)\n"
    )
    words = localize_git.question_of(message).split()
    assert words == "Wait longer The peer is slow, see . Reverts .".split()


def test_choice_is_spread_and_repeatable():
    commits = list(range(1000))
    picked = localize_git.choose(commits, 10, 1)
    assert [commit // 100 for commit in picked] == list(range(10))
    assert picked == localize_git.choose(commits, 10, 1) != localize_git.choose(commits, 10, 2)
    assert localize_git.choose(commits[:5], 10, 1) == commits[:5]


def test_changed_lines_are_those_of_the_parent(history):
    before = "".join(f"{i}\n" for i in range(1, 10))
    history.commit("Lines, " + LONG, src__walk_c=before)
    after = before.replace("3\n4\n", "three\n").replace("7\n", "7\n-- a/not.c\n").replace("9\n", "")
    ident = history.commit("Changed, " + LONG, src__walk_c=after)
    lines = localize_git.changed_lines(str(history.root), chosen(history)[ident])
    assert lines == {"src/walk.c": {3, 4, 7, 9}}


def test_metrics_of_known_ranks():
    ranked = ["x", "a", "y", "z", "w", "b"]
    score = localize_score.of_ranks(ranked, ["a", "b", "c"])
    assert score == {
        "recall@1": 0, "recall@5": pytest.approx(1 / 3), "recall@10": pytest.approx(2 / 3),
        "mrr": 0.5, "hit@10": 1,
    }  # fmt: skip
    none = localize_score.of_ranks(ranked, ["c"])
    assert set(none.values()) == {0}


def test_lines_are_read_until_the_tokens_are_spent():
    texts = {"a": "12345678901\n" * 10, "b": "12345678901\n" * 10}
    truth = {"a": {2, 9}, "b": {1, 5}}

    def read(ranges, tokens):
        return localize_score.of_lines(ranges, texts.get, truth, tokens)

    assert read([("a", 1, 3), ("b", 1, 5)], 24) == 0.75  # 96 bytes: 8 lines
    assert read([("a", 1, 3), ("b", 1, 5)], 23) == 0.5
    assert read([("missing", 1, 3), ("b", 5, 900)], 1000) == 0.25
    assert read([], 10) == 0


def test_ratios_and_intervals():
    ours, theirs = [1.0, 0.5] * 50, [0.5, 0.0] * 50
    assert localize_score.ratio_of_misses(ours, theirs) == pytest.approx(0.25 / 0.75)
    low, high = localize_score.interval(localize_score.difference, ours, theirs)
    assert low == pytest.approx(0.5) and high == pytest.approx(0.5)
    low, high = localize_score.interval(localize_score.difference, [1.0, 0.0] * 50, [0.5] * 100)
    assert -0.2 < low < -0.05 and 0.05 < high < 0.2


def test_words():
    pieces = localize_text.parts("getIPAddress_v4")
    assert pieces == ("getipaddressv4", "get", "ip", "address", "v", "4")
    assert localize_text.split_terms("The runner runs runRuns") == ["runner", "runs", "runruns"]
    assert localize_text.plain_terms("Why do Lanes wait, lanes_a?") == ["lanes", "wait"]


def test_stems_are_those_of_sqlite():
    words = set()
    for path in REPOSITORY.glob("**/*.md"):
        words.update(word.lower() for word in localize_text.WORD.findall(path.read_text()))
    words = sorted(word for word in words if word.isascii() and word.isalpha())
    words += "relational conditional rationalize digitizer analogously vietnamization".split()
    words += "sensibiliti triplicate formative electrical hopefulness controll fizzed".split()
    assert len(words) > 1000
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(word, tokenize='porter unicode61')")
    database.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")
    database.executemany("INSERT INTO t(rowid, word) VALUES(?, ?)", enumerate(words))
    for stem, row in database.execute("SELECT term, doc FROM v"):
        assert localize_text.stem(words[row]) == stem, words[row]


def ranked(name, history, question, revision="HEAD"):
    corpus = localize_rank.Corpus(str(history.root))
    rival = localize_rank.RIVALS[name](corpus)
    commit = localize_git.Commit("", revision, 0, question, [])
    try:
        for step in (f"{revision}", history("rev-list", "--max-parents=0", "HEAD"), revision):
            corpus.move(step)  # there and back: what is kept must not show
        return rival.rank(commit)
    finally:
        corpus.close()


@pytest.mark.parametrize("name", localize_rank.RIVALS)
def test_rivals_find_a_word(name, history):
    history.commit("More", src__walk_c="retry retries of a tree\n", src__gone_c="retry\n")
    history("rm", "-q", "src/gone.c")
    history.commit("Less")
    assert ranked(name, history, "which lane is it?")[:1] == ["src/lanes.c"]
    assert ranked(name, history, "the tree of retries")[:1] == ["src/walk.c"]
    assert ranked(name, history, "nonesuch") == ranked(name, history, "the") == []


def test_only_the_strong_rival_splits_and_stems(history):
    assert ranked("bm25-split", history, "laters") == ["src/retry.c"]
    assert ranked("bm25", history, "laters") == []


@pytest.mark.skipif(not shutil.which("rg"), reason="rg is not installed")
def test_hits_are_counted_as_rg_does(history):
    text = "Retry retry_later\nRETRYRETRY tree\n"
    history.commit("More", src__walk_c=text)
    count = subprocess.run(
        ["rg", "-iF", "--count-matches", "retry", "src/walk.c"],
        cwd=history.root, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert int(count) == localize_rank.Document("src/walk.c", text).low.count("retry") == 4


def test_windows_hold_the_words_asked_for():
    lines = ["nothing"] * 100 + ["retryLater", "lane"] + ["nothing"] * 100
    first, last = localize_rank.best_window(lines, {"retri": 1.0, "lane": 1.0}, {})
    assert first <= 101 and 102 <= last and last - first == localize_rank.WINDOW_LINES - 1
    assert localize_rank.best_window(["retry"], {"retri": 1.0}, {}) == (1, 1)


# Stands for `volley explore`: it says what it was asked and what it sees of the history.
ASKED = """#!/bin/sh
while [ $# -gt 2 ]; do shift; done
cd "$2" || exit 9
log=$(git log --all --reflog --format=%H | tr '\\n' ' ')
echo "$1|$(git rev-parse HEAD)|$log|$(git status --porcelain --ignored)" >> "$SEEN"
touch left-over
printf '{"files":[{"path":"notes.md","ranges":[[1,1]]},{"path":"src/retry.c","ranges":[[1,4]]}]}'
"""


def test_the_whole_program(history, tmp_path):
    first = history("rev-parse", "HEAD")
    second = history.commit(
        "Retrying waits longer, " + LONG,
        src__retry_c=FILES["src__retry_c"].replace("return n", "return 2 * n"),
    )
    history.commit("Lanes are four, " + LONG, src__lanes_c="int lane_of(int call);\n")
    seen = tmp_path / "seen"
    program = tmp_path / "program"
    program.write_text(ASKED.replace("$SEEN", str(seen)))
    program.chmod(0o755)
    done = subprocess.run(
        [sys.executable, REPOSITORY / "bench/localize.py", "--jobs", "1", "--volley", program,
         "--rows", tmp_path / "rows", f"small={history.root}"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    asked = [line.split("|") for line in seen.read_text().splitlines()]
    assert [(head, log.split(), status) for _, head, log, status in asked] == [
        (first, [first], ""), (second, [second, first], ""),
    ]  # fmt: skip
    assert asked[0][0] == "Retrying waits longer, " + LONG
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    assert [row["parent"] for row in rows] == [first, second]
    assert rows[0]["ranked"]["volley"] == ["src/retry.c"]  # notes are no source
    assert rows[0]["scores"]["volley"]["lines"] == rows[0]["scores"]["volley"]["mrr"] == 1
    assert rows[1]["scores"]["volley"]["recall@10"] == 0
    assert rows[0]["scores"]["bm25-split"]["recall@1"] == 1
    assert "### small (2 commits)" in done.stdout
    assert "| volley | 0.500" in done.stdout
