"""Agents that are command lines: scripts that stand for them, and volley beneath volley."""

import json
import os
import signal
import sys
import time

import pytest
from conftest import VOLLEY, Mark

OFF = ("--sandbox", "off")

# An agent: notes when it begins and ends, and starts agents below it as its arguments say.
AGENT = f"""\
import fcntl, json, os, subprocess, sys, time

VOLLEY = {VOLLEY!r}
log, depth, width, how, nap = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], \
float(sys.argv[5])

def note(text):
    with open(log, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(text + "\\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_UN)

def below():
    command = [sys.executable, __file__, log, str(depth - 1), str(width), how, str(nap)]
    given = {{"prompt": "p", "command": command}}
    if how == "call":
        return [VOLLEY, "call", "Agent", "prompt=p", "command:=" + json.dumps(command),
                "--sandbox", "off"], ""
    if how == "batch":
        lines = [json.dumps({{"id": str(i), "tool": "Agent", "input": given}})
                 for i in range(width)]
        return [VOLLEY, "batch", "-q", "--sandbox", "off"], "\\n".join(lines) + "\\n"
    if how == "bash":
        import shlex
        line = shlex.join([VOLLEY, "call", "Agent", "prompt=p", "command:=" + json.dumps(command),
                           "--sandbox", "off"])
        return [VOLLEY, "call", "Bash", "command=" + line, "--sandbox", "off"], ""
    flow = {{"phases": [{{"name": "p", "agents": {{"tasks": [given] * width}}}}]}}
    return [VOLLEY, "run", "-", "-q", "--sandbox", "off"], json.dumps(flow)

sys.stdin.read()
note("+")
time.sleep(nap)
if depth > 1:
    argv, text = below()
    note("-")  # it waits
    done = subprocess.run(argv, input=text, text=True, capture_output=True)
    note("+")
    time.sleep(nap)
    sys.stdout.write(done.stdout + done.stderr)
    note("-")
    sys.exit(done.returncode)
print("leaf", os.environ["VOLLEY_AGENT_DEPTH"])
note("-")
"""


@pytest.fixture
def agent(volley):
    """The words of an agent's command line."""
    script = volley.root / "agent.py"
    script.write_text(AGENT)
    log = volley.root / "log"

    def words(depth=1, width=1, how="call", nap=0.0):
        return [sys.executable, str(script), str(log), str(depth), str(width), how, str(nap)]

    words.log = log
    return words


def most(log):
    """How many ran at once, and how many there were; who waits for others does not run."""
    n = highest = total = 0
    for line in log.read_text().split():
        n += 1 if line == "+" else -1
        total += line == "+"
        highest = max(highest, n)
    assert n == 0
    return highest, total


def call(volley, *args, options=OFF):
    done = volley("call", "Agent", *args, *options, "--format", "json")
    return done, json.loads(done.stdout)


def command(*words):
    return "command:=" + json.dumps(list(words))


# ---- prompt and answer ----


def test_prompt_on_standard_input(volley):
    done, got = call(volley, "prompt=say this", command("cat"))
    assert done.returncode == 0
    assert got["output"]["content"] == "say this"
    assert got["output"]["depth"] == 1


def test_prompt_as_a_word(volley):
    done, got = call(volley, "prompt=a b; c", command("printf", "%s|%s", "-p", "{prompt}"))
    assert got["output"]["content"] == "-p|a b; c"


@pytest.mark.parametrize("printed, text, tokens, usd", [
    ({"result": "done", "total_cost_usd": 0.25,
      "usage": {"input_tokens": 5, "cache_read_input_tokens": 10, "output_tokens": 7}},
     "done", 22, 0.25),
    ({"response": "hi", "stats": {"models": {"g": {"tokens": {"prompt": 3, "candidates": 4}}}}},
     "hi", 7, None),
    ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", None, None),
    ([{"type": "item.completed", "item": {"type": "reasoning", "text": "hm"}},
      {"type": "item.completed", "item": {"type": "agent_message", "text": "last"}},
      {"type": "turn.completed", "usage": {"input_tokens": 100, "output_tokens": 11}}],
     "last", 111, None),
    ([{"type": "step_start", "part": {}}, {"type": "text", "part": {"text": "first I look"}},
      {"type": "step_finish", "part": {"cost": 0.5, "tokens": {"input": 1, "output": 2}}},
      {"type": "step_start", "part": {}}, {"type": "text", "part": {"text": "found"}},
      {"type": "step_finish", "part": {"cost": 0.25, "tokens": {"input": 3, "output": 4}}}],
     "found", 10, 0.75),
])
def test_answers_in_json(volley, printed, text, tokens, usd):
    lines = printed if isinstance(printed, list) else [printed]
    (volley.root / "out").write_text("\n".join(json.dumps(line) for line in lines))
    done, got = call(volley, "prompt=x", command("cat", "out"))
    assert got["output"]["content"] == text
    if tokens:
        assert got["output"]["totalTokens"] == tokens
    assert got["output"]["totalCostUsd"] == usd


def test_json_that_is_no_answer(volley):
    (volley.root / "out").write_text('{"other": 1}')
    done, got = call(volley, "prompt=x", command("cat", "out"))
    assert got["output"]["content"] == '{"other": 1}'
    done, got = call(volley, "prompt=x", "output=json", command("cat", "out"))
    assert got["status"] == "failed"
    (volley.root / "out").write_text('{"result": "x"}')
    done, got = call(volley, "prompt=x", "output=text", command("cat", "out"))
    assert got["output"]["content"] == '{"result": "x"}'


def test_an_agent_that_fails(volley):
    done, got = call(volley, "prompt=x", command("sh", "-c", "echo why >&2; exit 3"))
    assert done.returncode == 1
    assert "exited with status 3" in got["error"]["message"]
    assert got["output"]["content"] == "why\n"
    done, got = call(volley, "prompt=x", command("not-there"))
    assert got["output"]["totalCostUsd"] == 0
    assert got["error"]["message"] == "'not-there' was not found in PATH"
    done, got = call(volley, "prompt=x", command("echo", '{"is_error":true,"result":"no"}'))
    assert got["status"] == "failed" and got["output"]["content"] == "no"
    ended = {"type": "result", "subtype": "error_max_turns", "is_error": True,
             "total_cost_usd": 0.5, "usage": {"input_tokens": 1000, "output_tokens": 2000}}
    done, got = call(volley, "prompt=x", command("echo", json.dumps(ended)))
    assert got["status"] == "failed" and "error_max_turns" in got["output"]["content"]
    assert got["output"]["totalTokens"] == 3000 and got["output"]["totalCostUsd"] == 0.5


def test_an_agent_that_takes_too_long(volley):
    start = time.monotonic()
    done, got = call(volley, "prompt=x", "timeout=300", command("sh", "-c", "echo so far; sleep 9"))
    assert got["status"] == "timeout" and got["output"]["content"] == "so far\n"
    assert time.monotonic() - start < 4


# ---- secrets ----


def test_nothing_of_the_client_is_passed_on(volley):
    hidden = ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "GITHUB_TOKEN",
              "OPENAI_API_KEY", "SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY", "MY_PASSWORD"]
    for name in hidden:
        volley.env[name] = f"value-of-{name}"
    done, got = call(volley, "prompt=x", command("env"))
    seen = {line.split("=")[0] for line in got["output"]["content"].splitlines()}
    assert not seen & set(hidden)
    assert {"PATH", "HOME", "VOLLEY_RUN", "VOLLEY_AGENT_DEPTH"} <= seen
    done, got = call(volley, "prompt=x", 'pass_env:=["SSH_AUTH_SOCK"]', 'env:={"GIVEN": "yes"}',
                     command("env"))
    lines = got["output"]["content"].splitlines()
    seen = {line.split("=")[0] for line in lines}
    assert "SSH_AUTH_SOCK" in seen and "GIVEN=yes" in lines
    assert not seen & (set(hidden) - {"SSH_AUTH_SOCK"})


def test_what_is_to_be_passed_on_and_is_not_there(volley):
    """Is told when it may be why."""
    for line, told in (("exit 3", "; 'NOPE' of pass_env is not set"), ("exit 0", None)):
        done, got = call(volley, "prompt=x", 'pass_env:=["PATH", "NOPE"]',
                         command("sh", "-c", line))
        assert got.get("error", {"message": None})["message"] == \
            (told and "the agent exited with status 3" + told)


def test_a_secret_that_is_passed_on_is_not_told(volley):
    volley.env["OPENAI_API_KEY"] = "sk-9f8e7d6c5b4a39281706"
    done, got = call(volley, "prompt=x", "pass_env=OPENAI_API_KEY",
                     command("sh", "-c", "echo $OPENAI_API_KEY; printenv OPENAI_API_KEY | wc -c"))
    assert "sk-9f8e7d6c5b4a39281706" not in done.stdout
    assert got["output"]["content"].endswith("24\n")


def test_the_marks_cannot_be_replaced(volley):
    done, got = call(volley, "prompt=x", 'env:={"VOLLEY_AGENT_DEPTH": "0/9"}',
                     command("printenv", "VOLLEY_AGENT_DEPTH"))
    assert got["output"]["content"].startswith("1/3 ")
    volley.env["VOLLEY_AGENT_DEPTH"] = "2/3 above"
    done = volley("call", "Bash", "command=printenv VOLLEY_AGENT_DEPTH",
                  'env:={"VOLLEY_AGENT_DEPTH": "0/9"}', *OFF)
    assert done.stdout.startswith("2/3 above")


# ---- depth ----


@pytest.mark.parametrize("how", ["call", "batch", "run", "bash"])
def test_three_deep_and_no_deeper(volley, agent, how):
    done, got = call(volley, "prompt=x", command(*agent(3, 1, how)))
    assert done.returncode == 0, got
    assert "leaf 3/3 " in got["output"]["content"]
    done, got = call(volley, "prompt=x", command(*agent(4, 1, how)))
    assert done.returncode == 1
    told = got["output"]["content"]
    assert "agents may be 3 deep, and this one would be 4 deep: call > " in told
    assert "leaf" not in told


def test_three_deep_in_one_sandbox(volley):
    """There can be none within it; its walls are around all that runs in it."""
    if VOLLEY.startswith("/tmp/"):
        pytest.skip("a confined command does not see this program")
    outside = volley.root.parent / "outside"
    (volley.root / "deep.sh").write_text(
        f"echo depth $VOLLEY_AGENT_DEPTH\n{VOLLEY} call Agent prompt=p "
        "'command:=[\"sh\",\"deep.sh\"]'\n"
        f"{VOLLEY} call Bash 'command=touch {outside}; touch inside'\n"
        f"{VOLLEY} call Bash command=true sandbox=strict\n"
        f"{VOLLEY} run flow.json --format json -q | tr , '\\n' | grep around\n"
        f"{VOLLEY} doctor\nexit 0\n")
    (volley.root / "flow.json").write_text(json.dumps({"phases": [
        {"name": "p", "bash": {"commands": ["true"]}}]}))
    said = agent_said(volley, "sh", "deep.sh")
    assert [line for line in said.splitlines() if line.startswith("depth")] == [
        "depth 1/3 call", "depth 2/3 call > call", "depth 3/3 call > call > call"]
    assert "agents may be 3 deep" in said
    assert (volley.root / "inside").exists() and not outside.exists()
    assert said.count("cannot confine its own any more than that ('strict')") == 3
    assert said.count('"around":true') == 3
    assert said.count("workspace, of the volley that this one runs in") == 3
    (volley.root / "clear.sh").write_text(f"env -i {VOLLEY} call Bash 'command=echo inside'\n")
    assert "inside" in agent_said(volley, "sh", "clear.sh")


def agent_said(volley, *words):
    done, got = call(volley, "prompt=x", "timeout:=60000", command(*words), options=())
    return got["output"]["content"]


def test_max_depth_only_lowers(volley, agent):
    for depth, status in ((1, 1), (2, 0)):
        done, got = call(volley, "prompt=x", f"max_depth:={depth}", command(*agent(2)))
        assert done.returncode == status, got
    flow = {"phases": [{"name": "p", "agents": {
        "max_depth": 1, "tasks": [{"prompt": "x", "command": agent(2)}]}}]}
    done = volley("run", "-", "-q", *OFF, input=json.dumps(flow))
    assert done.returncode == 1
    assert "agents may be 1 deep" in done.stdout
    flow["phases"][0]["agents"]["max_depth"] = 4
    done = volley("run", "-", "-q", *OFF, input=json.dumps(flow))
    assert done.returncode == 2
    assert "max_depth" in done.stderr


@pytest.mark.parametrize("how", ["env -i HOME=$HOME XDG_STATE_HOME=$XDG_STATE_HOME",
                                 "env VOLLEY_AGENT_DEPTH=0/3", "env -u VOLLEY_AGENT_DEPTH"])
def test_a_shell_that_hides_how_deep_it_is(volley, how):
    """Each agent starts one below until that is refused."""
    script = volley.root / "deeper.sh"
    script.write_text("printenv VOLLEY_AGENT_DEPTH\n"
                      f"{how} {VOLLEY} call Agent prompt=x 'command:=[\"sh\",\"{script}\"]' "
                      "--sandbox off\nexit 0\n")
    done, got = call(volley, "prompt=x", "timeout:=20000", command("sh", str(script)))
    assert [line[:3] for line in got["output"]["content"].splitlines()[:3]] == ["1/3", "2/3", "3/3"]
    assert "agents may be 3 deep" in got["output"]["content"]


@pytest.mark.parametrize("level", ["off", "workspace"])
def test_who_hides_all_that_is_above(volley, level):
    """In place of the agent itself, or without its parents: nothing is left to be looked at."""
    if level != "off" and VOLLEY.startswith("/tmp/"):
        pytest.skip("a confined command does not see this program")
    (volley.root / "hide.sh").write_text(
        f"exec env -i {VOLLEY} call Agent prompt=x 'command:=[\"true\"]' --sandbox off\n")
    refused = "agents may be 3 deep, and this one would be 4 deep: (who cleared the environment)"
    for line in ("exec sh hide.sh",
                 "(sh -c 'sleep 0.5; exec sh hide.sh' >out 2>&1 &)\n"
                 "while ! [ -s out ]; do sleep 0.1; done; sleep 0.2; cat out"):
        done, got = call(volley, "prompt=x", "timeout:=20000", command("sh", "-c", line),
                         options=("--sandbox", level))
        assert refused in got["output"]["content"]
    done, got = call(volley, "prompt=x", command("sh", "-c", "sh hide.sh; exit $?"),
                     options=("--sandbox", level))
    assert got["status"] == "ok"  # a shell above it tells


@pytest.mark.parametrize("name, text", [
    ("DEPTH", "none"), ("DEPTH", ""), ("DEPTH", "1/9 x"), ("DEPTH", "1/3x"), ("BUDGET", "much"),
    ("BUDGET", "tokens=9 time=3"), ("BUDGET", "tokens=-1"), ("BUDGET", "tokens=9,calls=2"),
    ("SLOT", "zz"), ("SLOT", "1.1x"), ("ACCOUNT", "../zz"),
])
def test_what_is_not_understood_starts_nothing(volley, name, text):
    volley.env["VOLLEY_AGENT_" + name] = text
    done, got = call(volley, "prompt=x", command("true"))
    assert got["status"] == "denied"
    assert f"'VOLLEY_AGENT_{name}' is not as volley writes it" in got["error"]["message"]


@pytest.mark.parametrize("marks", [
    {"DEPTH": "1/3 x"}, {"POOL": "/not/there"}, {"BUDGET": "", "SLOT": "", "ACCOUNT": ""},
    {"BUDGET": "tokens=900 ", "SLOT": "0.1", "ACCOUNT": "account-00"},
    {"BUDGET": "tokens=900 calls=10 usd_e6=1 wall_ms=60000", "DEPTH": "2/3 dig.1 > call"},
])
def test_what_is_understood_starts_one(volley, marks):
    volley.env.update({"VOLLEY_AGENT_" + name: text for name, text in marks.items()})
    done, got = call(volley, "prompt=x", command("true"))
    assert got["status"] == "ok", got


# ---- how many ----


def test_a_hundred_agents_are_never_more_than_the_limit(volley, agent):
    tasks = [{"prompt": "x", "command": agent(1, 1, "call", 0.02)}] * 100
    flow = {"phases": [{"name": "p", "agents": {"max_instances": 100, "tasks": tasks}}]}
    done = volley("run", "-", "-q", *OFF, input=json.dumps(flow))
    assert done.returncode == 0, done.stdout[-2000:]
    highest, total = most(agent.log)
    assert total == 100
    assert 2 <= highest <= 4


def test_volleys_of_commands_share_the_slots(volley, agent):
    """Eight commands, each a volley of its own with five agents: four run at a time, of forty."""
    text = "".join(json.dumps({"tool": "Agent", "input": {"prompt": "x", "command": agent(
        1, 1, "call", 0.05)}}) + "\n" for _ in range(5))
    (volley.root / "lines").write_text(text)
    lines = "".join(json.dumps({"tool": "Bash", "input": {
        "command": f"{VOLLEY} batch -q --sandbox off < lines"}}) + "\n" for _ in range(8))
    done = volley("batch", "-q", *OFF, input=lines)
    assert done.returncode == 0, done.stdout
    highest, total = most(agent.log)
    assert total == 40
    assert 2 <= highest <= 4


def test_a_cleared_environment_is_no_way_round_the_slots(volley, agent):
    lines = json.dumps({"tool": "Agent", "input": {"prompt": "x", "command": agent(
        1, 1, "call", 0.05)}}) + "\n"
    (volley.root / "lines").write_text(lines * 4)
    clear = "env -i HOME=$HOME XDG_STATE_HOME=$XDG_STATE_HOME"
    done = volley("batch", "-q", *OFF, input=json.dumps({"tool": "Bash", "input": {
        "command": f"for i in 1 2 3; do {clear} {VOLLEY} batch -q --sandbox off < lines & done; "
                   "wait"}}) + "\n")
    assert done.returncode == 0, done.stdout
    highest, total = most(agent.log)
    assert total == 12
    assert 2 <= highest <= 4


@pytest.mark.parametrize("how", ["batch", "run"])
def test_three_levels_of_four_with_one_slot(volley, agent, how):
    """1 + 4 + 16, each volley a process of its own."""
    done, got = call(volley, "prompt=x", command(*agent(3, 4, how)),
                     options=(*OFF, "--max-instances", "1"))
    assert done.returncode == 0, got
    highest, total = most(agent.log)
    assert total == 16 + 2 * 5  # those that wait begin twice
    assert highest == 1


def test_a_slot_of_who_was_killed_is_free(volley):
    """With one slot: a volley that holds it is killed, and the next agent goes on."""
    text = json.dumps({"tool": "Agent", "input": {"prompt": "x", "command": ["sleep", "60"]}})
    (volley.root / "line").write_text(text + "\n")
    (volley.root / "first.sh").write_text(
        f"{VOLLEY} batch -q --sandbox off < line & pid=$!\nsleep 0.7\nkill -9 $pid\n"
        f"{VOLLEY} call Agent prompt=second 'command:=[\"cat\"]' --sandbox off\n")
    start = time.monotonic()
    done = volley("call", "Bash", "command=sh first.sh", *OFF, "--max-instances", "1")
    assert "second" in done.stdout
    assert time.monotonic() - start < 10


# ---- budgets ----


def run_tasks(volley, section):
    done = volley("run", "-", "-q", *OFF, "--format", "json",
                  input=json.dumps({"phases": [{"name": "p", "agents": section}]}))
    return done


@pytest.mark.parametrize("budget, n", [({"tokens": 1000}, 4), ({"usd": 0.001}, 4),
                                       ({"calls": 7}, 7)])
def test_a_budget_of_a_section(volley, budget, n):
    """Each of ten spends 300 of everything: three are within 1000, one more is over."""
    words = ["echo", json.dumps({"result": "ok", "usage": {"input_tokens": 300},
                                 "total_cost_usd": 300 / 1e6})]
    done = run_tasks(volley, {"max_instances": 1, "budget": budget,
                              "tasks": [{"prompt": str(i), "command": words} for i in range(10)]})
    assert done.returncode == 1
    assert done.stdout.count("the budget of agents is out") >= 10 - n


def test_a_child_gets_what_is_left_of_its_parents(volley, agent):
    """The budget of the environment is the most that a volley below has."""
    done, got = call(volley, "prompt=x", 'budget:={"tokens": 500, "calls": 3}',
                     command("printenv", "VOLLEY_AGENT_BUDGET"))
    assert got["output"]["content"].split() == ["tokens=500", "calls=2"]
    volley.env["VOLLEY_AGENT_BUDGET"] = "tokens=500 calls=1 wall_ms=60000"
    done, got = call(volley, "prompt=x", 'budget:={"tokens": 900}',
                     command("printenv", "VOLLEY_AGENT_BUDGET"))
    words = dict(word.split("=") for word in got["output"]["content"].split())
    assert words["tokens"] == "500" and words["calls"] == "0"
    assert 50000 < int(words["wall_ms"]) <= 60000
    lines = "".join(json.dumps({"tool": "Agent", "input": {"prompt": "x", "command": ["echo"]}})
                    + "\n" for _ in range(3))
    done = volley("batch", "-q", *OFF, input=lines)
    assert done.stdout.count("the budget of agents is out (calls)") == 2


def test_money_of_what_does_not_say_what_it_cost(volley):
    said = {"result": "x", "usage": {"input_tokens": 600, "cache_read_input_tokens": 400,
                                     "output_tokens": 20}}
    budget, price = 'budget:={"usd": 1}', 'price:={"in": 3, "out": 15, "cached": 0.5}'
    (volley.root / "out").write_text(json.dumps(said))
    done, got = call(volley, "prompt=x", budget, price, command("cat", "out"))
    assert got["output"]["totalCostUsd"] == (600 * 3 + 400 * 0.5 + 20 * 15) / 1e6
    assert got["receipt"]["complete"]
    done, got = call(volley, "prompt=x", budget, command("cat", "out"))
    assert got["status"] == "ok" and got["receipt"]["why_incomplete"] == ["cost_unknown"]
    done, got = call(volley, "prompt=x", budget, command("false"))
    assert got["receipt"]["why_incomplete"] == ["failed", "cost_unknown"]
    done, got = call(volley, "prompt=x", command("cat", "out"))
    assert got["receipt"]["complete"]
    (volley.root / "out").write_text(json.dumps({**said, "total_cost_usd": 0.25}))
    for more in ([], [price]):
        done, got = call(volley, "prompt=x", budget, *more, command("cat", "out"))
        assert got["output"]["totalCostUsd"] == 0.25 and got["receipt"]["complete"]


def test_time_of_a_budget(volley):
    start = time.monotonic()
    done, got = call(volley, "prompt=x", 'budget:={"wall": "400ms"}', command("sleep", "30"))
    assert got["status"] == "timeout"
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("budget, what", [
    ({"token": 5}, "did you mean 'tokens'"), ({"tokens": 0}, "from 1 up"),
    ({"usd": -1}, "over 0"), ({"wall": "soon"}, "a time like"), ({}, "must be a map"),
])
def test_budgets_that_are_none(volley, budget, what):
    done = run_tasks(volley, {"budget": budget, "tasks": [{"prompt": "x", "command": ["true"]}]})
    assert done.returncode == 2
    assert what in done.stderr
    done = volley("call", "Agent", "prompt=x", "budget:=" + json.dumps(budget), command("true"))
    assert done.returncode == 2
    assert what in done.stderr


# ---- nothing is left ----


def test_kill_9_leaves_nothing(volley, agent):
    mark = Mark()
    volley.env.update(mark.env)
    pipe = "export VOLLEY_TEST_MARK; sleep 60 & setsid sleep 60 & wait"
    words = ["sh", "-c", pipe]
    flow = {"phases": [{"name": "p", "agents": {"tasks": [
        {"prompt": "x", "command": words, "pass_env": Mark.NAME}] * 3}}]}
    process = volley.start("run", "-", "-q", *OFF)
    process.stdin.write(json.dumps(flow))
    process.stdin.close()
    end = time.monotonic() + 10
    while len(mark.pids()) < 3 * 3 + 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(mark.pids()) >= 3 * 3 + 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    try:
        assert mark.left() == []
    finally:
        mark.kill_all()


def test_pools_are_removed(volley):
    call(volley, "prompt=x", command("true"))
    jobs = volley.state / "volley" / "jobs"
    assert not jobs.exists() or os.listdir(jobs) == []
