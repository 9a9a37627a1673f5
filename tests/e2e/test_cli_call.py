"""volley call: text for people, JSON for programs."""

import json
import os
import re
import stat


def test_text_is_what_the_tool_prints(volley):
    done = volley("call", "Grep", "pattern=retry", "output_mode=content", "glob=*.h")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "src/retry.h:1:int retry(int n);\n"


def test_files(volley):
    done = volley("call", "Grep", "pattern=retry", "glob=*.[ch]")
    assert sorted(done.stdout.splitlines()) == ["src/main.c", "src/retry.c", "src/retry.h"]


def test_inputs_that_look_like_options(volley):
    done = volley("call", "Grep", "pattern=RETRY", "-i=true", "-C:=1", "glob=*.h",
                  "output_mode=content")
    assert done.stdout == "src/retry.h:1:int retry(int n);\n"


def test_nothing_found_says_so(volley):
    done = volley("call", "Grep", "pattern=nowhere_at_all")
    assert (done.returncode, done.stdout) == (0, "[no matches]\n")
    done = volley("call", "Glob", "pattern=*.nothing")
    assert (done.returncode, done.stdout) == (0, "[no files match]\n")


def test_value_from_a_file(volley):
    (volley.root / "pattern").write_text("retry is")
    done = volley("call", "Grep", "pattern=@pattern", "glob=*.md", "output_mode=content")
    assert done.stdout == "README.md:3:retry is explained here\n"


def test_a_failing_command(volley):
    done = volley("call", "Bash", "command=echo out; echo err >&2; exit 3")
    assert done.returncode in (0, 1)
    assert done.stdout.startswith("out\nerr\n[exit code 3]\n")


def test_a_missing_file(volley):
    done = volley("call", "Read", "file_path=src/mian.c")
    assert done.returncode == 1
    assert "src/mian.c" in done.stdout and done.stdout.startswith("[failed: ")
    assert done.stderr == ""


def test_json(volley):
    done = volley("call", "Read", "file_path=src/retry.h", "--format", "json")
    answer = json.loads(done.stdout)
    assert answer["tool"] == "Read" and answer["status"] == "ok"
    assert answer["output"]["filePath"] == "src/retry.h"
    assert answer["output"]["numLines"] == 1 and answer["output"]["totalLines"] == 1
    assert "int retry(int n);" in answer["output"]["content"]
    assert answer["attempts"] == 1 and answer["receipt"]["complete"] is True
    assert "cut" not in answer


def test_budget(volley):
    for form in ("md", "json"):
        for tokens in (256, 400, 3000):
            done = volley("call", "Read", "file_path=docs/long.txt", "--format", form,
                          "--tokens", str(tokens))
            assert done.returncode == 0
            assert tokens < len(done.stdout.encode()) <= tokens * 4
            assert "cut" in done.stdout


def test_deadline(volley):
    done = volley("call", "Bash", "command=echo first; sleep 30", "--timeout", "300ms")
    assert done.returncode == 124
    assert done.stdout.startswith("first\n")


def test_other_directory(volley):
    done = volley("-C", "src", "call", "Read", "file_path=retry.h")
    assert "int retry(int n);" in done.stdout
    done = volley("-C", "src", "call", "Read", "file_path=../README.md")
    assert done.returncode == 1


def test_hidden_and_ignored(volley):
    (volley.root / ".hidden.c").write_text("retry\n")
    (volley.root / ".ignore").write_text("ignored.c\n")
    (volley.root / "ignored.c").write_text("retry\n")
    base = ["call", "Grep", "pattern=^retry$"]
    assert volley(*base).stdout == "[no matches]\n"
    assert volley(*base, "--hidden").stdout == ".hidden.c\n"
    assert volley(*base, "--no-ignore").stdout == "ignored.c\n"
    assert volley(*base, "--no-ignore", "no_ignore=false").stdout == "[no matches]\n"


def test_what_is_cut_is_kept(volley):
    done = volley("call", "Bash", "command=seq 2000; seq 1000 >&2", "--tokens", "400")
    assert (done.returncode, done.stderr) == (0, "") and len(done.stdout) <= 1600
    (out, err) = re.search(r"bytes shown; all in (\S+) and (\S+)\]", done.stdout).groups()
    assert out.startswith(f"{volley.state}/volley/runs/") and err == out[:-4] + ".err"
    where = volley.state / "volley" / "runs"
    (directory,) = where.iterdir()
    assert sorted(path.name for path in directory.iterdir()) == ["call.err", "call.out"]
    assert open(out).read() == "".join(f"{n}\n" for n in range(1, 2001))
    assert stat.S_IMODE((directory / "call.out").stat().st_mode) == 0o600


def test_what_is_cut_is_kept_for_programs(volley):
    done = volley("call", "Read", "file_path=docs/long.txt", "--tokens", "300", "--format", "json")
    cut = json.loads(done.stdout)["cut"]
    assert len(done.stdout) <= 1200 and cut["full_output"].endswith("/call.out")
    assert open(cut["full_output"]).read().count("\n") == 2000
    assert cut["total_bytes"] == len(open(cut["full_output"]).read())


def test_what_is_whole_is_not_kept(volley):
    assert volley("call", "Read", "file_path=README.md", "--tokens", "300").returncode == 0
    assert volley("call", "Read", "file_path=docs/long.txt").returncode == 0
    assert not (volley.state / "volley" / "runs").exists()


def test_what_cannot_be_kept_is_told(volley):
    volley.env["XDG_STATE_HOME"] = "/proc/nowhere"
    done = volley("call", "Read", "file_path=docs/long.txt", "--tokens", "300")
    assert done.returncode == 0 and "the full output is not kept" in done.stderr
    assert "bytes shown]" in done.stdout and "all in" not in done.stdout


def test_pages_tell_where_they_are(volley, tmp_path):
    root = tmp_path / "pages"
    root.mkdir()
    for i in range(5):
        (root / f"{i}.txt").write_text("line\n")

    def last_line(*args):
        done = volley("call", *args, "-C", root)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    assert last_line("Glob", "pattern=*.txt", "head_limit=2") == "[the newest 2 of 5 files]"
    assert last_line("Glob", "pattern=*.txt", "head_limit=2", "offset=3") == (
        "[files 4 to 5 of 5, newest first]")
    assert last_line("Glob", "pattern=*.txt", "offset=9") == (
        "[offset is past the end: 5 files match]")
    assert last_line("Grep", "pattern=line", "output_mode=content", "offset=9") == (
        "[offset is past the end: there are 5 lines]")


def test_a_fifo_is_named_for_what_it_is(volley, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    done = volley("call", "Grep", "pattern=x", "path=fifo", "-C", tmp_path)
    assert done.returncode == 1 and "path 'fifo' is a device, a FIFO or a socket" in done.stdout


def test_globs_as_agents_give_them(volley, tmp_path):
    root = tmp_path / "globs"
    (root / "src/deep").mkdir(parents=True)
    (root / "src/deep/a.c").write_text("")
    (root / "b.c").write_text("")

    def names(*args):
        return sorted(volley("call", "Glob", *args, "-C", root).stdout.splitlines())

    assert names("pattern=deep/*.c", "path=src") == ["src/deep/a.c"]
    assert names("pattern=*.c", "path=src") == ["src/deep/a.c"]
    assert names("pattern=./*.c") == ["b.c"]
    assert names(f"pattern={root}/src/**/*.c") == ["src/deep/a.c"]
    done = volley("call", "Glob", "pattern=../*", "-C", root)
    assert done.returncode == 1 and "denied" in done.stdout and "'../*'" in done.stdout


def test_the_end_of_the_runs_time_is_told(volley):
    done = volley("call", "Bash", "command=sleep 5", "--timeout", "300ms")
    assert done.returncode == 124
    assert re.search(r"\[timeout: ended after \d+ ms, when the run's time was up\]", done.stdout)
    done = volley("call", "Bash", "command=sleep 5", "timeout:=300")
    assert re.search(r"\[timeout: ended after \d+ ms\]", done.stdout)
