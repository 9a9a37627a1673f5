"""What is tried again, and what is not: commands that count how often they ran."""

import json
import os
import subprocess
import threading

import pytest
from test_cli_run import commands, workflow

# Fails the first time, with a line on standard error; the second time it succeeds.
COUNT = "echo run >>{0}; [ $(wc -l <{0}) -gt 1 ] || {{ echo 'not yet' >&2; exit {1}; }}"


def runs(volley, name):
    return (volley.root / name).read_text().count("run\n")


def test_idempotent_commands_once_more(volley):
    plan = workflow(volley, commands(
        {"command": COUNT.format("a", 1), "idempotent": True},
        COUNT.format("b", 1),
        {"command": COUNT.format("c", 1), "idempotent": False},
        {"command": COUNT.format("d", 2), "idempotent": True},
    ))
    done = volley("run", plan, "--format", "json")
    answer = json.loads(done.stdout)
    seen = {call["id"]: (call["status"], call["attempts"]) for call in answer["calls"]}
    assert seen == {
        "system.1": ("ok", 2),
        "system.2": ("failed", 1),
        "system.3": ("failed", 1),
        "system.4": ("failed", 1),  # wrong usage stays wrong
    }
    assert [runs(volley, name) for name in "abcd"] == [2, 1, 1, 1]
    assert (answer["totals"]["attempts"], answer["totals"]["retries"]) == (5, 1)
    assert done.returncode == 1


def test_retries_are_told(volley):
    plan = workflow(volley, commands({"command": COUNT.format("a", 3), "idempotent": True}))
    done = volley("run", plan, "--format", "jsonl")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    names = [event["event"] for event in events if event["event"].startswith("call.")
             and event["event"] != "call.output"]
    assert names == ["call.started", "call.retry", "call.finished"]
    (retry,) = [event for event in events if event["event"] == "call.retry"]
    assert retry["call"] == "system.1" and retry["attempt"] == 2
    assert 0 <= retry["wait_ms"] <= 50
    assert (retry["type"], retry["action"]) == ("unknown", "retry")
    assert "a status of the command's own" in retry["reason"]
    assert events[-1]["totals"]["retries"] == 1
    assert done.returncode == 0
    done = volley("run", workflow(volley, commands(
        {"command": COUNT.format("b", 3), "idempotent": True})))
    assert "complete; 2 attempts, 1 retries; " in done.stdout


def test_twice_the_time(volley):
    command = "echo run >>t; [ $(wc -l <t) -gt 1 ] && sleep 0.5 || sleep 5"
    plan = workflow(volley, commands(
        {"command": command, "idempotent": True, "timeout": 400},
        {"command": "echo run >>u; sleep 5", "timeout": 300},
    ))
    done = volley("run", plan, "--format", "json")
    calls = json.loads(done.stdout)["calls"]
    assert [(call["status"], call["attempts"]) for call in calls] == [("ok", 2), ("timeout", 1)]
    assert (runs(volley, "t"), runs(volley, "u")) == (2, 1)


def test_gone_is_gone(volley):
    """A status that no retry changes says so; the output is that of the last attempt."""
    command = "echo run >>a; echo attempt $(wc -l <a); exit 3"
    plan = workflow(volley, commands({"command": command, "idempotent": True}))
    done = volley("run", plan, "--format", "json")
    (call,) = json.loads(done.stdout)["calls"]
    assert (call["status"], call["attempts"], runs(volley, "a")) == ("failed", 2, 2)
    assert call["output"]["stdout"] == "attempt 2\n"
    assert "gave up after 2 attempts" in call["error"]["message"]


def test_no_retry_beyond_the_deadline(volley):
    command = "echo run >>a; sleep 0.3; exit 1"
    plan = workflow(volley, commands({"command": command, "idempotent": True}),
                    budget={"wall": "301ms"})
    done = volley("run", plan, "--format", "json")
    (call,) = json.loads(done.stdout)["calls"]
    assert call["attempts"] == 1 and runs(volley, "a") == 1
    assert done.returncode in (1, 124)


@pytest.fixture
def broken_files():
    """A root with files that give EIO at their first byte: the memory of a process."""
    end = threading.Event()
    threads = [threading.Thread(target=end.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    root = f"/proc/{os.getpid()}"
    try:
        head = subprocess.run(["head", "-c1", f"{root}/mem"], capture_output=True, text=True,
                              env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
        if "Input/output error" not in head.stderr:
            pytest.skip("the memory of another process cannot be opened here")
        yield root, [f"task/{thread.native_id}/mem" for thread in threads]
    finally:
        end.set()
        for thread in threads:
            thread.join()


def reads(volley, broken_files, n, style):
    root, files = broken_files
    plan = workflow(volley, {"name": "a", "codebase": {"read": files[:n] + ["status"]}},
                    {**commands("echo hello"), "needs": ["a"]}, root=root)
    # what is to fail is beneath /proc, which is no workspace to confine commands to
    return volley("run", plan, "--format", style, "--sandbox", "off")


def test_bad_files_fail_their_calls_only(volley, broken_files):
    done = reads(volley, broken_files, 2, "json")
    calls = json.loads(done.stdout)["calls"]
    assert [call["status"] for call in calls] == ["failed", "failed", "ok", "ok"]
    assert done.returncode == 1


def test_three_alike_stop_the_run(volley, broken_files):
    done = reads(volley, broken_files, 3, "json")
    answer = json.loads(done.stdout)
    assert [call["status"] for call in answer["calls"]] == ["failed"] * 3 + ["ok", "skipped"]
    assert (done.returncode, answer["exit"]) == (4, 4)
    assert answer["status"] == "stopped by a systemic failure"
    assert "3 calls failed alike" in answer["reason"]
    done = reads(volley, broken_files, 3, "md")
    assert "; stopped by a systemic failure: the device gives errors; 3 calls" in done.stdout
    done = reads(volley, broken_files, 3, "jsonl")
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "run.finished" and "3 calls failed alike" in last["reason"]


def test_breakers_are_told(volley):
    """A program that is being written cannot be started: after twenty times nobody tries."""
    busy = volley.root / "busy"
    busy.write_bytes(open("/bin/true", "rb").read())
    busy.chmod(0o755)
    with open(busy, "ab"):
        plan = workflow(volley, commands(*[{"command": "busy", "env": {
            "PATH": f"{volley.root}:/usr/bin:/bin", "N": str(i)}} for i in range(40)]),
            budget={"wall": "3s"})
        done = volley("run", plan, "--format", "jsonl")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (change,) = [event for event in events if event["event"] == "breaker.changed"]
    assert (change["name"], change["from"], change["to"]) == ("Bash", "closed", "open")
    assert "failed" in change["reason"] and change["until_ms"] > 4000
    results = [event["result"] for event in events if event["event"] == "call.finished"]
    assert any("fails too often" in result["error"]["message"] for result in results)


def test_what_is_created_is_not_created_again(volley):
    plan = workflow(volley, {"name": "a", "bash": {"commands": [
        {"command": "echo x >> log; touch made", "creates": "made", "id": "first"},
        {"command": "echo y >> log; touch made", "creates": "made", "id": "second",
         "needs": ["first"]},
        {"command": "echo z >> log", "creates": "../out", "id": "out"}]}})
    done = volley("run", plan, "--format", "json")
    first, second, out = json.loads(done.stdout)["calls"]
    assert first["status"] == second["status"] == "ok" and out["status"] == "denied"
    assert second["output"]["stdout"] == "[not run: 'made' is there]\n"
    assert (volley.root / "log").read_text() == "x\n"
