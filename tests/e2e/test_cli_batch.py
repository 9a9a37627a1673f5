"""volley batch: each line's form in, the same form out."""

import fcntl
import json
import os
import re
import select
import signal
import subprocess
import threading
import time

import pytest
from conftest import VOLLEY


def call(id, tool, **input):
    return {"id": id, "tool": tool, "input": input}


def lines(*objects):
    return "".join(
        (one if isinstance(one, str) else json.dumps(one)) + "\n" for one in objects
    )


def answers(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_native(volley):
    done = volley("batch", input=lines(
        call("g", "Grep", pattern="retry", output_mode="content", glob="*.h"),
        call("f", "Grep", pattern="retry", glob="*.[ch]"),
        call("c", "Grep", pattern="retry", output_mode="count", glob="*.c"),
        call("l", "Glob", pattern="**/*.h"),
        call("r", "Read", file_path="README.md"),
        call("b", "Bash", command="echo out; echo err >&2"),
    ))
    assert done.returncode == 0 and done.stderr == ""
    by_id = {one["id"]: one for one in answers(done)}
    assert all(one["status"] == "ok" for one in by_id.values())
    output = by_id["g"]["output"]
    assert output["mode"] == "content"
    assert output["content"] == "src/retry.h:1:int retry(int n);\n"
    assert (output["numFiles"], output["numLines"], output["totalLines"]) == (1, 1, 1)
    assert sorted(by_id["f"]["output"]["filenames"]) == ["src/main.c", "src/retry.c", "src/retry.h"]
    assert by_id["f"]["output"]["numFiles"] == 3
    assert by_id["c"]["output"]["content"].splitlines() == ["src/main.c:1", "src/retry.c:2"]
    assert by_id["c"]["output"]["numMatches"] == 3
    output = by_id["l"]["output"]
    assert output["filenames"] == ["src/retry.h"] and output["truncated"] is False
    assert output["totalMatches"] == 1 and output["countIsComplete"] is True
    assert by_id["r"]["output"]["totalLines"] == 3
    output = by_id["b"]["output"]
    assert (output["stdout"], output["stderr"], output["exitCode"]) == ("out\n", "err\n", 0)
    receipt = by_id["g"]["receipt"]
    assert receipt["complete"] is True and receipt["files_searched"] >= 1
    assert set(by_id["g"]["ms"]) == {"queued", "run"}


def test_a_byte_order_mark(volley):
    line = '{"id": "a", "tool": "Read", "input": {"file_path": "README.md"}}\n'
    done = volley("batch", input="\ufeff" + line + line.replace('"a"', '"b"'))
    assert done.returncode == 0
    assert {one["id"]: one["status"] for one in answers(done)} == {"a": "ok", "b": "ok"}
    assert volley("batch", input="\ufeff\n" + line).returncode == 0


def test_tool_use(volley):
    done = volley("batch", input=lines(
        {"type": "tool_use", "id": "toolu_1", "name": "Grep",
         "input": {"pattern": "retry is", "output_mode": "content"}},
        {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {"file_path": "nope"}},
    ))
    assert done.returncode == 1
    by_id = {one["tool_use_id"]: one for one in answers(done)}
    assert by_id["toolu_1"] == {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": "README.md:3:retry is explained here\n",
        "is_error": False,
    }
    assert by_id["toolu_2"]["is_error"] is True
    assert "nope" in by_id["toolu_2"]["content"]


def test_message_of_tool_uses(volley):
    done = volley("batch", input=lines({
        "role": "assistant",
        "content": [
            {"type": "text", "text": "let me look"},
            {"type": "tool_use", "id": "a", "name": "Bash",
             "input": {"command": "sleep 0.2; echo a"}},
            {"type": "tool_use", "id": "b", "name": "Bash", "input": {"command": "echo b"}},
            {"type": "tool_use", "id": "c", "name": "Nonsense", "input": {}},
        ],
    }))
    (message,) = answers(done)
    assert message["role"] == "user"
    assert [one["tool_use_id"] for one in message["content"]] == ["a", "b", "c"]
    assert [one["is_error"] for one in message["content"]] == [False, False, True]
    assert [one["content"] for one in message["content"]][:2] == ["a\n", "b\n"]
    assert "unknown tool 'Nonsense'" in message["content"][2]["content"]


def test_tool_calls(volley):
    one = {"id": "call_1", "type": "function",
           "function": {"name": "Bash", "arguments": json.dumps({"command": "echo x"})}}
    two = {"id": "call_2", "type": "function", "function": {"name": "Bash", "arguments": "{bad"}}
    done = volley("batch", "--keep-order", input=lines(
        one, {"role": "assistant", "content": None, "tool_calls": [one, two]}
    ))
    single, message = answers(done)
    assert single == {"role": "tool", "tool_call_id": "call_1", "content": "x\n"}
    assert [part["tool_call_id"] for part in message] == ["call_1", "call_2"]
    assert message[0]["content"] == "x\n"
    assert "arguments" in message[1]["content"]


def test_bad_lines_do_not_stop_the_others(volley):
    done = volley("batch", "--keep-order", input=lines(
        call("1", "Bash", command="echo 1"),
        "not json",
        "",
        '{"id":"x"}',
        call("2", "Bash", command="echo 2"),
        '{"id":"y","tool":"Bash","input":{"comand":"x"}}',
    ))
    assert done.returncode == 1
    got = answers(done)
    assert [one["status"] for one in got] == ["ok", "failed", "failed", "ok", "failed"]
    assert got[1]["line"] == 2 and "line 2" in got[1]["error"]["message"]
    assert got[1]["error"]["class"] == "invalid"
    assert "comand" in got[4]["error"]["message"] and got[4]["id"] == "y"


def test_last_line_needs_no_newline(volley):
    done = volley("batch", input=json.dumps(call("1", "Bash", command="echo 1")))
    assert [one["id"] for one in answers(done)] == ["1"]


def test_completion_order_and_keep_order(volley):
    text = lines(call("slow", "Bash", command="sleep 0.5"), call("fast", "Bash", command="true"))
    assert [one["id"] for one in answers(volley("batch", input=text))] == ["fast", "slow"]
    kept = volley("batch", "--keep-order", input=text)
    assert [one["id"] for one in answers(kept)] == ["slow", "fast"]


def test_keep_order_of_many(volley):
    calls = [call(str(i), "Read", file_path="README.md" if i % 3 else "src/main.c")
             for i in range(20000)]
    calls[7] = call("7", "Bash", command="sleep 0.3")
    done = volley("batch", "--keep-order", input=lines(*calls))
    assert [one["id"] for one in answers(done)] == [str(i) for i in range(20000)]


@pytest.mark.parametrize("order", [[], ["--keep-order"]])
def test_all_lines_of_a_file_are_answered(volley, order):
    path = volley.root / "calls.jsonl"
    text = lines(*(call(str(i), "Read", file_path="README.md") if i % 5 else "bad"
                   for i in range(15000)))
    path.write_text(text)
    for _ in range(3):
        with open(path) as file:
            done = subprocess.run([VOLLEY, "batch", *order], stdin=file, capture_output=True,
                                  text=True, cwd=volley.root, env=volley.env, timeout=60)
        assert done.returncode == 1
        assert len(done.stdout.splitlines()) == 15000


def test_one_line_is_answered_at_once(volley):
    with volley.start("batch") as process:
        for i in range(20):
            start = time.monotonic()
            process.stdin.write(lines(call(str(i), "Read", file_path="README.md")))
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 10)[0]
            assert json.loads(process.stdout.readline())["id"] == str(i)
            assert time.monotonic() - start < 2
        process.stdin.close()
        assert process.wait(10) == 0


def test_long_lines(volley):
    big = "x" * (1 << 20)
    too_big = json.dumps(call("no", "Bash", command="true", stdin="y" * (17 << 20)))
    done = volley("batch", "--keep-order", input=lines(
        call("1", "Bash", command="wc -c", stdin=big),
        too_big,
        call("2", "Bash", command="echo 2"),
    ))
    got = answers(done)
    assert got[0]["output"]["stdout"].strip() == str(1 << 20)
    assert got[1]["line"] == 2 and "16 MiB" in got[1]["error"]["message"]
    assert got[2]["id"] == "2" and got[2]["status"] == "ok"


@pytest.mark.parametrize("tokens", [256, 300, 1000])
def test_budget_of_each_line(volley, tokens):
    message = {"role": "assistant", "content": [
        {"type": "tool_use", "id": str(i), "name": "Read", "input": {"file_path": "docs/long.txt"}}
        for i in range(3)
    ]}
    done = volley("batch", "--tokens", str(tokens), input=lines(
        call("r", "Read", file_path="docs/long.txt"),
        call("b", "Bash", command="seq 100000; seq 100000 >&2"),
        call("g", "Glob", pattern="**/*"),
        message,
    ))
    assert len(done.stdout.splitlines()) == 4
    for line in done.stdout.splitlines():
        json.loads(line)
        assert len(line.encode()) + 1 <= tokens * 4
    assert "cut" in done.stdout


def feed(process, text):
    """Writes from a thread; the other end may go away."""

    def write():
        try:
            process.stdin.write(text)
            process.stdin.close()
        except (BrokenPipeError, ValueError):
            pass

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def test_reader_that_goes_away(volley):
    process = volley.start("batch")
    feed(process, lines(*(call(str(i), "Read", file_path="docs/long.txt") for i in range(3000))))
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(10) in (0, 1)
    assert process.stderr.read() == ""


def test_reader_that_is_slow_bounds_memory(volley):
    process = volley.start("batch")
    calls = (call(str(i), "Read", file_path="docs/long.txt") for i in range(30000))
    thread = feed(process, lines(*calls))
    time.sleep(1.5)
    assert thread.is_alive()  # not all was taken
    with open(f"/proc/{process.pid}/status") as status:
        (peak,) = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
    assert peak < 600_000
    process.stdout.close()
    assert process.wait(10) in (0, 1)


def test_interrupt(volley):
    process = volley.start("batch")
    process.stdin.write(lines(call("1", "Bash", command="echo first; exec sleep 60")))
    process.stdin.flush()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    answer = json.loads(out)
    assert answer["status"] == "cancelled" and answer["output"]["stdout"] == "first\n"


def test_deadline(volley):
    done = volley("batch", "--timeout", "500ms",
                  input=lines(call("1", "Bash", command="echo first; sleep 60"),
                              call("2", "Bash", command="echo 2")))
    assert done.returncode == 124
    by_id = {one["id"]: one for one in answers(done)}
    assert by_id["1"]["status"] == "timeout" and by_id["1"]["output"]["stdout"] == "first\n"
    assert by_id["2"]["status"] == "ok"


def test_needs_stay_within_a_message(volley):
    def use(id, **input):
        return {"type": "tool_use", "id": id, "name": "Bash", "input": input}

    done = volley("batch", "--keep-order", input=lines(
        {"role": "assistant", "content": [use("a", command="sleep 0.2; echo a >made"),
                                          use("b", command="cat made", needs=["a"])]},
        call("c", "Bash", command="true", needs=["a"]),
    ))
    message, other = answers(done)
    assert message["content"][1]["content"] == "a\n"
    assert other["status"] == "failed" and "same message" in other["error"]["message"]


def test_standard_input_keeps_its_mode(volley):
    read, write = os.pipe()
    process = subprocess.Popen([VOLLEY, "batch"], stdin=read, stdout=subprocess.PIPE,
                               cwd=volley.root, env=volley.env)
    time.sleep(0.3)
    assert not fcntl.fcntl(read, fcntl.F_GETFL) & os.O_NONBLOCK
    os.close(write)
    process.communicate(timeout=10)
    os.close(read)
    assert process.returncode == 0


def test_what_is_cut_is_kept(volley):
    use = {"type": "tool_use", "name": "Read", "input": {"file_path": "docs/long.txt"}}
    function = {"name": "Read", "arguments": json.dumps(use["input"])}
    done = volley("batch", "--tokens", "500", input=lines(
        call("whole", "Read", file_path="README.md"),
        call("native", "Read", file_path="docs/long.txt"),
        {**use, "id": "anthropic"},
        {"id": "openai", "type": "function", "function": function},
        {"role": "assistant", "content": [{**use, "id": "one"}, {**use, "id": "two"}]},
    ))
    assert (done.returncode, done.stderr) == (0, "")
    assert all(len(line) + 1 <= 2000 for line in done.stdout.splitlines())
    files = re.findall(r"; all in (\S+?)\]", done.stdout)
    files += [one["cut"]["full_output"] for one in answers(done)
              if isinstance(one, dict) and "cut" in one]
    assert sorted(os.path.basename(path) for path in files) == [
        "anthropic.out", "native.out", "one.out", "openai.out", "two.out"]
    assert all(open(path).read().count("\n") == 2000 for path in files)
    kept = [path.name for path in (volley.state / "volley" / "runs").rglob("*.*")]
    assert "whole.out" not in kept and len(kept) == 5


def test_what_is_whole_is_not_kept(volley):
    done = volley("batch", "--tokens", "500", input=lines(call("a", "Read", file_path="README.md")))
    assert done.returncode == 0 and not (volley.state / "volley" / "runs").exists()


def test_what_cannot_be_kept_is_told(volley):
    volley.env["XDG_STATE_HOME"] = "/proc/nowhere"
    done = volley("batch", "--tokens", "500", input=lines(
        call("a", "Read", file_path="docs/long.txt")))
    assert done.returncode == 0 and "full outputs are not all kept" in done.stderr
    (one,) = answers(done)
    assert "full_output" not in one["cut"]
