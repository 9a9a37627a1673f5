"""What agents find is evidence: others of their tree get it, and so does the graph."""

import json
import sys
import time

import pytest
from agent_world import Model, Say
from conftest import VOLLEY

GREP = ("Grep", {"pattern": "retry", "output_mode": "content"})
SETTLED_S = 3.2  # files that changed just now could change again unseen


def flow(volley, phases, *options):
    text = json.dumps({"phases": phases})
    done = volley("run", "-", "--sandbox", "off", "-q", *options, input=text)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def chat(model, prompt):
    return {"prompt": prompt, "runner": "chat", "model": "m", "api": "openai",
            "endpoint": model.url}


def phase(name, *tasks, needs=()):
    return {"name": name, "needs": list(needs), "agents": {"tasks": list(tasks)}}


def agent_calls(stdout):
    events = [json.loads(line) for line in stdout.splitlines()]
    return [event for event in events if event["event"] == "agent.call"]


@pytest.mark.parametrize("change", [False, True])
def test_no_two_agents_repeat_a_call(volley, change):
    def answer(ask):
        if ask.turn == 0:
            if change and ask.prompt == "second":
                (volley.root / "src" / "new.c").write_text("retry\n")
            return Say("", [GREP])
        return Say(ask.results[0])

    time.sleep(SETTLED_S)
    with Model(answer) as model:
        out = flow(volley, [phase("one", chat(model, "first")),
                            phase("two", chat(model, "second"), needs=["one"])],
                   "--format", "jsonl")
        told = [ask.results[0] for ask in model.asks if ask.turn == 1]
    calls = agent_calls(out)
    assert [(event["agent"], event["call"], event["tool"], event["cached"]) for event in calls] == [
        ("one.1", "one.1/1.1", "Grep", False), ("two.1", "two.1/1.1", "Grep", not change)]
    assert calls[0]["input"]["pattern"] == "retry" and calls[0]["status"] == "ok"
    assert ("src/new.c" in told[1]) == change
    assert change or told[0] == told[1]
    shown = volley("show", "last:two.1/1.1")
    assert shown.returncode == 2 and "is a call inside 'two.1'" in shown.stderr
    assert volley("show", "last:two.1").returncode == 0


def test_a_volley_below_is_told_too(volley):
    """Of an agent that is a command line, by one that is led here."""
    script = f"""
import subprocess, sys
done = subprocess.run([{VOLLEY!r}, "call", "Grep", "pattern=retry", "output_mode=content",
                       "--sandbox", "off", "--format", "json"], capture_output=True, text=True)
print(done.stdout)
"""
    below = {"prompt": "p", "command": [sys.executable, "-c", script]}
    time.sleep(SETTLED_S)
    with Model(lambda ask: Say("x") if ask.turn else Say("", [GREP])) as model:
        out = flow(volley, [phase("one", chat(model, "p")), phase("two", below, needs=["one"]),
                            phase("three", below, needs=["two"])], "--format", "json")
    for call in json.loads(out)["calls"][1:]:
        assert json.loads(call["output"]["content"])["receipt"]["cached"] == 1, call
    # Nobody is told who is not of the tree.
    done = volley("call", "Grep", "pattern=retry", "--sandbox", "off", "--format", "json")
    assert "cached" not in json.loads(done.stdout)["receipt"]


def test_what_agents_find_is_in_the_graph(volley):
    with Model(lambda ask: Say("done") if ask.turn else Say("", [GREP])) as model:
        out = flow(volley, [phase("look", chat(model, "p")),
                            {"name": "sum", "needs": ["look"],
                             "synthesis": {"aggregation_strategy": "intelligent_correlation"}}],
                   "--format", "json")
    assert "src/retry.c" in json.dumps(json.loads(out)["synthesis"]), out
