"""One budget, one number of agents for all the volleys that an agent runs."""

import json
import time

import pytest
from conftest import VOLLEY

OFF = ("--sandbox", "off")
SPENDS_300 = json.dumps(["echo", json.dumps({"result": "done", "usage": {"input_tokens": 300}})])


def below(command=SPENDS_300, options="--sandbox off"):
    """A line of shell that runs an agent."""
    return f"{VOLLEY} call Agent prompt=x 'command:={command}' {options}"


def agent(volley, script, *given, options=OFF):
    """What an agent prints that is this script."""
    (volley.root / "agent.sh").write_text(script)
    done = volley("call", "Agent", "prompt=x", 'command:=["sh", "agent.sh"]', *given, *options,
                  "--format", "json")
    return json.loads(done.stdout)["output"]["content"]


@pytest.mark.parametrize("budget, n, what", [({"calls": 4}, 3, "calls"), ({"tokens": 800}, 3,
                                                                           "tokens")])
def test_one_after_another(volley, budget, n, what):
    """Its own call is the first of the four; of 800 tokens, three times 300 are one over."""
    said = agent(volley, f"for i in 1 2 3 4; do {below()}; done; exit 0",
                 "budget:=" + json.dumps(budget))
    assert said.count("done") == n
    assert said.count(f"the budget of agents is out ({what})") == 4 - n


@pytest.mark.parametrize("how", ["", "env -u VOLLEY_AGENT_ACCOUNT ",
                                 "env -i HOME=$HOME XDG_STATE_HOME=$XDG_STATE_HOME "])
def test_four_agents_and_no_more(volley, how):
    said = agent(volley, f"for i in 1 2 3 4 5 6; do {how}{below()}; done; exit 0")
    assert said.count("done") == 4
    assert said.count("may start 4 agents, and this is one more") == 2


def test_what_did_not_start_is_not_counted(volley):
    """Neither among the four, nor among the calls of a budget."""
    bad = "'command:=[\"nosuchprog\"]' max_depth:=9"  # refused before it is one
    said = agent(volley, f"for i in 1 2 3 4 5; do {VOLLEY} call Agent prompt=x {bad}; done\n"
                 f"for i in 1 2 3 4; do {below()}; done; exit 0", 'budget:={"calls": 5}')
    assert said.count("done") == 4, said
    said = agent(volley, f"for i in 1 2 3 4 5 6; do {below()}; done; exit 0",
                 'budget:={"calls": 3}')
    assert said.count("is out (calls)") == 4 and "one more" not in said


def test_at_the_same_time(volley):
    """Who holds all of it back does not keep the others from theirs; it is only over later."""
    script = f"for i in 1 2 3 4; do {below()} & done; wait"
    said = agent(volley, script, 'budget:={"tokens": 2000}')
    assert said.count("done") == 4, said
    said = agent(volley, script, 'budget:={"tokens": 500}')
    assert said.count("done") == 2 and said.count("is out (tokens)") == 2, said


def test_what_a_phase_has_set_aside(volley):
    """Two volleys, each with half of it for two agents in turn: neither waits for the other."""
    flow = {"phases": [{"name": "p", "agents": {
        "max_instances": 1, "budget": {"tokens": 500},
        "tasks": [{"prompt": "x", "command": ["sh", "-c", f"sleep 0.{i}; echo done"]}
                  for i in (2, 3)]}}]}
    (volley.root / "flow.json").write_text(json.dumps(flow))
    run = f"{VOLLEY} run flow.json -q --sandbox off"
    said = agent(volley, f"{run} & {run} & wait", 'budget:={"tokens": 1000}', "timeout:=60000")
    assert said.count("complete") == 2, said
    assert "agent was ended" not in said


def test_what_is_spent_below_is_spent_above(volley):
    (volley.root / "agent.sh").write_text(f"{below()}\n{below()}\n")
    flow = {"phases": [{"name": "p", "agents": {
        "max_instances": 1, "budget": {"tokens": 5000},
        "tasks": [{"prompt": "x", "command": ["sh", "agent.sh"], "budget": {"tokens": 4000}},
                  {"prompt": "x", "command": ["printenv", "VOLLEY_AGENT_BUDGET"]}]}}]}
    done = volley("run", "-", "-q", *OFF, "--format", "json", input=json.dumps(flow))
    assert done.returncode == 0, done.stdout
    left = int(done.stdout.split("tokens=")[1].split()[0].split("\\")[0])
    assert 4000 < left <= 5000 - 600


def test_what_a_killed_volley_held_is_spent(volley):
    """And nobody waits for it."""
    sleeper = json.dumps(["sh", "-c", "touch begun; exec sleep 60"])
    (volley.root / "agent.sh").write_text(
        f"{below(sleeper)} & pid=$!\nwhile ! [ -e begun ]; do sleep 0.05; done\n"
        f"kill -9 $pid\nwait\n{below()}\nexit 0\n")
    start = time.monotonic()
    done = volley("call", "Agent", "prompt=x", 'command:=["sh", "agent.sh"]',
                  'budget:={"tokens": 2000}', *OFF, "--format", "json")
    said = json.loads(done.stdout)["output"]["content"]
    assert "is out (tokens)" in said
    assert time.monotonic() - start < 40


@pytest.mark.parametrize("given", [[], ['budget:={"tokens": 2000}']])
@pytest.mark.parametrize("change", ["echo x > $file", "rm $file", "rm $file; echo x > $file",
                                    "head -c 88 /dev/zero > $file",
                                    "head -c 64K /dev/zero | dd of=$file oflag=nonblock"])
def test_a_record_that_somebody_broke_leaves_nothing(volley, change, given):
    """To none of those that come, with a budget or without."""
    said = agent(volley, "file=$VOLLEY_AGENT_POOL/$VOLLEY_AGENT_ACCOUNT\n"
                 f"{change}\n{below()}; {below()}\nexit 0", *given)
    assert said.count("the record of what the agent above has spent is lost") == 2, said


def test_those_who_are_confined(volley):
    if VOLLEY.startswith("/tmp/"):
        pytest.skip("a confined command does not see this program")
    said = agent(volley, f"for i in 1 2 3 4; do {below()}; done; exit 0",
                 'budget:={"calls": 3}', options=("--sandbox", "workspace"))
    assert said.count("done") == 2, said
    assert said.count("is out (calls)") == 2


def test_nothing_is_left_of_them(volley):
    said = agent(volley, f"{below()}; echo; ls $VOLLEY_AGENT_POOL | grep account")
    assert len(said.split("account-")) == 2  # its own
