"""volley run: the three formats, the budget, full outputs, exit statuses."""

import json
import os
import pty
import re
import signal
import stat
import subprocess
import time

import pytest
from conftest import VOLLEY, Mark


def workflow(volley, *phases, **top):
    path = volley.root.parent / "w.json"
    path.write_text(json.dumps({"name": "test", "phases": list(phases), **top}))
    return str(path)


SURVEY = {
    "name": "survey",
    "codebase": {
        "glob": ["**/*.c"],
        "grep": [{"pattern": "retry", "output_mode": "content"}],
        "read": ["README.md"],
    },
}


def commands(*commands, **more):
    return {"name": "system", "bash": {"commands": list(commands)}, **more}


def test_markdown(volley):
    done = volley("run", workflow(volley, SURVEY, commands("echo hello")))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# test: 4 calls: 4 ok\n\n## survey\n")
    assert "src/retry.h:1:int retry(int n);\n" in done.stdout
    assert "\n## system\n\n### system.1 Bash echo hello - ok, exit 0, " in done.stdout
    assert "\n```\nhello\n```\n" in done.stdout
    assert re.search(r"\n---\nfiles, summed over calls: \d+ walked, \d+ searched", done.stdout)
    assert "\ncomplete; " in done.stdout and "peak memory" in done.stdout


def test_full_outputs_are_kept_and_private(volley):
    done = volley("run", workflow(volley, SURVEY, commands("seq 3; echo e >&2")))
    (where,) = re.findall(r"full outputs in (.*)/\n", done.stdout)
    assert where.startswith(str(volley.state))
    assert sorted(os.listdir(where)) == [
        "journal.db", "lock", "survey.1.out", "survey.2.out", "survey.3.out", "system.1.err",
        "system.1.out", "witness"]
    assert open(f"{where}/system.1.out").read() == "1\n2\n3\n"
    assert open(f"{where}/system.1.err").read() == "e\n"
    assert sorted(open(f"{where}/survey.1.out").read().split()) == ["src/main.c", "src/retry.c"]
    assert stat.S_IMODE(os.stat(where).st_mode) == 0o700
    for name in os.listdir(where):
        assert stat.S_IMODE(os.stat(f"{where}/{name}").st_mode) == 0o600


def test_what_is_cut_is_told_and_kept(volley):
    many = commands(*[f"seq {i} 3000" for i in range(1, 30)])
    done = volley("run", workflow(volley, many), "--tokens", "2500")
    assert len(done.stdout.encode()) <= 10000
    assert len(done.stdout.encode()) > 7500
    notes = re.findall(r"\[(\d+) of (\d+) lines shown; all in (\S+)\]", done.stdout)
    assert len(notes) == 29
    (where,) = re.findall(r"full outputs in (.*)/\n", done.stdout)
    for shown, total, name in notes:
        assert 0 < int(shown) < int(total)
        assert open(f"{where}/{name}").read().count("\n") == int(total)


def test_no_state_directory_is_only_a_warning(volley):
    volley.env["XDG_STATE_HOME"] = "/proc/nowhere"
    done = volley("run", workflow(volley, commands("echo hello")))
    assert done.returncode == 0 and "hello" in done.stdout
    assert "full outputs are not kept" in done.stderr


@pytest.mark.parametrize("form", ["md", "json"])
@pytest.mark.parametrize("n_calls", [1, 3, 40, 700])
@pytest.mark.parametrize("tokens", [256, 1000, 8000])
def test_the_budget_is_never_passed(volley, form, n_calls, tokens):
    every = {"name": "a", "codebase": {"read": [
        {"file_path": "docs/long.txt", "offset": i % 4000 + 1, "limit": 1 + i % 900}
        for i in range(n_calls)]}}
    done = volley("run", workflow(volley, every), "--format", form, "--tokens", str(tokens))
    assert done.returncode == 0
    assert len(done.stdout.encode()) <= tokens * 4
    if form == "json":
        answer = json.loads(done.stdout)
        assert len(answer["calls"]) + answer.get("omitted", 0) == n_calls


def test_failed_calls_come_before_the_rest(volley):
    found = {"name": "s", "codebase": {"grep": ["retry", "int"]},
             "synthesis": {"aggregation_strategy": "intelligent_correlation"}}
    path = workflow(volley, found, commands("exit 3", "exit 4"))
    done = volley("run", path, "--format", "json", "--tokens", "256")
    answer = json.loads(done.stdout)
    assert len(done.stdout.encode()) <= 1024
    named = [one["id"] for one in answer["calls"] if one["status"] == "failed"]
    assert named == ["system.1", "system.2"]
    assert "synthesis" in answer or "synthesis" in answer["left_out"]
    whole = json.loads(volley("run", path, "--format", "json").stdout)
    assert whole["synthesis"] and "left_out" not in whole


def test_a_small_answer_says_how_it_ended(volley):
    path = workflow(volley, commands(*[f"echo {'x' * 300}; exit {i}" for i in range(15)]))
    done = volley("run", path, "--format", "json", "--tokens", "256")
    answer = json.loads(done.stdout)
    assert 700 < len(done.stdout.encode()) <= 1024
    assert (answer["status"], answer["exit"]) == ("failed", 1) and answer["full_outputs"]
    assert len(answer["calls"]) + answer["omitted"] == 15
    assert {one["status"] for one in answer["calls"]} == {"failed"} and len(answer["calls"]) > 3
    assert {"totals", "receipt"} <= answer.keys() | set(answer["left_out"])


def test_budget_of_the_workflow(volley):
    path = workflow(volley, commands("seq 100000"), budget={"tokens": 300})
    assert len(volley("run", path).stdout.encode()) <= 1200
    assert 1200 < len(volley("run", path, "--tokens", "2000").stdout.encode()) <= 8000


def test_json(volley):
    path = workflow(volley, SURVEY, commands("echo x", "exit 7"))
    done = volley("run", path, "--format", "json")
    answer = json.loads(done.stdout)
    assert done.stdout.endswith("}\n") and done.stdout.count("\n") == 1
    assert answer["name"] == "test" and answer["run"]
    assert [one["id"] for one in answer["calls"]] == [
        "survey.1", "survey.2", "survey.3", "system.1", "system.2"]
    assert [(one["name"], one["calls"], one["by_status"]) for one in answer["phases"]] == [
        ("survey", 3, {"ok": 3}), ("system", 2, {"ok": 1, "failed": 1})]
    assert answer["phases"][0]["receipt"]["files_walked"] == 11
    assert answer["exit"] == done.returncode
    assert sum(answer["totals"]["calls"].values()) == 5
    assert answer["receipt"]["complete"] is True
    assert answer["calls"][3]["output"]["stdout"] == "x\n"
    assert answer["calls"][4]["output"]["exitCode"] == 7


def test_the_same_input_gives_the_same_answer(volley):
    path = workflow(volley, SURVEY, commands(*[f"sleep 0.0{i}; seq {i} 2000" for i in range(9)]))

    def answer():
        got = json.loads(volley("run", path, "--format", "json", "--tokens", "1500").stdout)
        for one in got["calls"]:
            one.pop("ms", None)
            if "durationMs" in one.get("output", {}):
                one["output"].pop("durationMs")
        return [json.dumps(one) for one in got["calls"]]

    first = answer()
    assert any('"cut"' in one for one in first)
    assert all(answer() == first for _ in range(3))


def events(text):
    return [json.loads(line) for line in text.splitlines()]


def test_jsonl(volley):
    path = workflow(volley, SURVEY, commands("echo one; sleep 0.3; echo two", needs=["survey"]))
    got = events(volley("run", path, "--format", "jsonl").stdout)
    names = [one["event"] for one in got]
    assert names[0] == "run.planned" and names[-1] == "run.finished"
    assert names.count("call.started") == names.count("call.finished") == 4
    assert names.count("phase.started") == names.count("phase.finished") == 2
    assert len({one["run"] for one in got}) == 1
    assert [one["t_ms"] for one in got] == sorted(one["t_ms"] for one in got)
    output = "".join(one["text"] for one in got
                     if one["event"] == "call.output" and one["call"] == "system.1")
    assert output == "one\ntwo\n"
    (finished,) = [one for one in got
                   if one["event"] == "call.finished" and one["call"] == "system.1"]
    assert finished["result"]["output"]["stdout"] == "one\ntwo\n"
    assert got[-1]["exit"] == 0 and got[-1]["totals"]["calls"] == {"ok": 4}


def test_jsonl_comes_while_it_happens(volley):
    process = volley.start("run", workflow(volley, commands("echo one; sleep 60")),
                           "--format", "jsonl")
    start = time.monotonic()
    while json.loads(process.stdout.readline())["event"] != "call.output":
        pass
    assert time.monotonic() - start < 10
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert events(rest)[-1]["exit"] == 130


def test_jsonl_within_a_budget(volley):
    path = workflow(volley, commands("seq 100000", "seq 10"))
    done = volley("run", path, "--format", "jsonl", "--tokens", "1000")
    got = events(done.stdout)
    assert "call.output" not in {one["event"] for one in got}
    texts = [one["result"]["output"]["stdout"] for one in got if one["event"] == "call.finished"]
    assert sum(map(len, texts)) <= 4000


def test_status_of_success_and_failure(volley):
    assert volley("run", workflow(volley, commands("true"))).returncode == 0
    broken = {"name": "a", "codebase": {"read": ["no/such/file", "README.md"]}}
    done = volley("run", workflow(volley, broken))
    assert done.returncode == 1
    assert "# test: 2 calls: 1 ok, 1 failed\n" in done.stdout
    assert "# A tree" in done.stdout


def test_status_of_a_deadline(volley):
    path = workflow(volley, SURVEY, commands("echo part; sleep 60"), budget={"wall": "500ms"})
    start = time.monotonic()
    done = volley("run", path)
    assert done.returncode == 124 and time.monotonic() - start < 10
    assert "; deadline reached\n" in done.stdout
    assert "\npart\n" in done.stdout and "src/retry.h:1:" in done.stdout
    assert volley("run", path, "--timeout", "200ms").returncode == 124


def test_status_of_a_halt(volley):
    path = workflow(volley, commands("exit 1", "sleep 60"), halt="now,fail=1")
    done = volley("run", path)
    assert done.returncode == 4
    assert "stopped by the halt policy" in done.stdout


@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM])
def test_status_of_an_interrupt(volley, signo):
    process = volley.start("run", workflow(volley, commands("echo part; exec sleep 60", "echo x")))
    time.sleep(0.7)
    process.send_signal(signo)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130 and err == ""
    assert "; interrupted\n" in out and "\npart\n" in out and "\nx\n" in out


def test_a_second_interrupt_ends_at_once(volley):
    mark = Mark()
    process = volley.start("run", workflow(volley, commands(
        {"command": "trap '' TERM INT; echo $$ >pid; while :; do sleep 0.1; done",
         "env": mark.env})))
    pid_file = volley.root / "pid"
    for _ in range(100):
        if pid_file.exists() and pid_file.read_text():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    process.communicate(timeout=10)
    assert process.returncode == 130 and time.monotonic() - start < 1.5
    assert mark.left() == []


def test_a_reader_that_goes_away(volley):
    path = workflow(volley, commands("seq 100000"))
    for form in ("md", "json", "jsonl"):
        process = volley.start("run", path, "--format", form, "--tokens", "100000")
        process.stdout.read(1)
        process.stdout.close()
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_a_full_disk_is_told(volley):
    with open("/dev/full", "w") as full:
        done = subprocess.run([VOLLEY, "run", workflow(volley, commands("seq 1000"))],
                              stdout=full, stderr=subprocess.PIPE, text=True,
                              cwd=volley.root, env=volley.env, timeout=30)
    assert done.returncode == 3
    assert "cannot write the answer" in done.stderr


def test_root_of_the_workflow(volley):
    path = workflow(volley, {"name": "a", "codebase": {"glob": ["*.h"]}}, root="src")
    assert "\nretry.h\n" in volley("run", path).stdout
    path = workflow(volley, SURVEY, root="nowhere")
    done = volley("run", path)
    assert done.returncode == 2 and "nowhere" in done.stderr


def test_ids_make_plain_file_names(volley):
    odd = {"name": "odd", "bash": {"commands": [
        {"command": "echo 1", "id": "../../up"}, {"command": "echo 2", "id": ".."},
        {"command": "echo 3", "id": "x" * 200}, {"command": "echo 4"}]}}
    done = volley("run", workflow(volley, odd))
    (where,) = re.findall(r"full outputs in (.*)/\n", done.stdout)
    texts = sorted(open(f"{where}/{name}").read() for name in os.listdir(where)
                   if name.endswith(".out"))
    assert texts == ["1\n", "2\n", "3\n", "4\n"]
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*", name) for name in os.listdir(where))


def test_plan_runs_nothing(volley):
    path = workflow(volley, SURVEY, commands("touch made"))
    for args in ([], ["--explain"], ["--format", "json"]):
        done = volley("plan", path, *args)
        assert done.returncode == 0 and "touch made" in done.stdout
    assert json.loads(done.stdout)["calls"] == 4
    assert not (volley.root / "made").exists() and not volley.state.exists()


@pytest.mark.parametrize("what", [["web", "epoll"], ["explore", "retry"], ["start"]])
def test_every_plan_says_why(volley, what):
    for form in ("md", "json"):
        plain = volley("plan", *what, "--format", form)
        told = volley("plan", *what, "--format", form, "--explain")
        assert (plain.returncode, told.returncode) == (0, 0), told.stderr
        reason = "a phase without needs starts at once"
        assert reason in told.stdout and reason not in plain.stdout
        assert form == "json" or told.stdout.count("# Plan of ") == 1
    assert json.loads(told.stdout)


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_on_a_terminal(volley, quiet):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [VOLLEY, "run", workflow(volley, commands("sleep 0.6", "exit 1")), *(["-q"] * quiet)],
        stdout=subprocess.PIPE, stderr=theirs, text=True, cwd=volley.root, env=volley.env)
    out, _ = process.communicate(timeout=10)
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 4096):
            text += piece
    except OSError:
        pass  # how a terminal ends
    os.close(ours)
    assert "2 calls" in out
    if quiet:
        assert text == b""
        return
    drawn = text.split(b"\r\x1b[K")
    assert 3 <= len(drawn) <= 12
    assert b"Bash 1/2 running 1 failed 1 | " in drawn[2]
    assert drawn[-1] == b""
