"""Agents that volley leads itself, against a model that follows a script."""

import http.server
import json
import re
import signal
import threading
import time

import pytest
from agent_world import Model, Say

APIS = pytest.mark.parametrize("api", ["openai", "anthropic"])


def call(volley, model, *args, api="openai", prompt="find retry", options=("--sandbox", "off")):
    done = volley("call", "Agent", f"prompt={prompt}", "runner=chat", "model=m", f"api={api}",
                  f"endpoint={model.url}", *args, *options, "--format", "json")
    return done, json.loads(done.stdout)


@APIS
def test_tools_side_by_side_then_the_answer(volley, api):
    def answer(ask):
        if ask.turn == 0:
            assert {"Glob", "Grep", "Read"} <= set(ask.tools)
            assert "Bash" not in ask.tools
            return Say("looking", [("Grep", {"pattern": "retry", "output_mode": "content"}),
                                   ("Read", {"file_path": "src/retry.c"}),
                                   ("Glob", {"pattern": "**/*.h"})])
        grep, read, glob = ask.results
        assert "src/main.c:3:" in grep and "retry(3)" in grep
        assert "int retry(int n)" in read
        assert glob.strip() == "src/retry.h"
        return Say("src/retry.c:1 has it")

    with Model(answer) as model:
        done, got = call(volley, model, api=api)
        assert done.returncode == 0, done.stdout
        assert got["output"]["content"] == "src/retry.c:1 has it"
        assert got["output"]["totalToolUseCount"] == 3
        assert got["output"]["totalTokens"] == 240
        assert got["output"]["depth"] == 1
        assert [ask.api for ask in model.asks] == [api, api]
        assert "find retry" in model.asks[0].prompt
        # What the model said goes back to it as it was.
        assert model.asks[1].messages[-2 if api == "anthropic" else -4]["role"] == "assistant"


def test_commands_of_a_turn_overlap(volley):
    def answer(ask):
        if ask.turn == 0:
            return Say("", [("Bash", {"command": f"sleep 0.7; echo {i}"}) for i in range(4)])
        return Say(" ".join(text.strip() for text in ask.results))

    with Model(answer) as model:
        start = time.monotonic()
        done, got = call(volley, model, 'tools:=["Bash"]')
        assert got["output"]["content"] == "0 1 2 3"
        assert time.monotonic() - start < 2.4  # one after the other: 2.8 s
        assert set(model.asks[0].tools) == {"Bash"}


def test_what_is_wrong_with_a_call_is_told_and_nothing_else(volley):
    def answer(ask):
        if ask.turn == 0:
            return Say("", [("Bash", {"command": "touch ../made"}), ("Nothing", {}),
                            ("Grep", {"pattern": "("}), ("Read", {"file_path": "../../etc/passwd"}),
                            ("Read", {"file_path": "README.md"})])
        bash, nothing, grep, outside, read = ask.results
        assert "'Bash' is not among the tools of this agent" in bash
        assert "unknown tool 'Nothing'" in nothing
        assert "failed" in grep
        assert "denied" in outside and "root:" not in outside
        assert "retry is explained here" in read
        return Say("told")

    with Model(answer) as model:
        done, got = call(volley, model)
        assert got["output"]["content"] == "told", got
    assert not (volley.root.parent / "made").exists()


def test_results_are_cut_to_a_share(volley):
    def answer(ask):
        if ask.turn == 0:
            return Say("", [("Read", {"file_path": "docs/long.txt"})] * 2)
        for text in ask.results:
            assert "1\tline 0 of a long text" in text
            assert re.search(r"\[cut: \d+ more bytes", text)
            assert len(text) < 60000
        return Say("cut")

    with Model(answer) as model:
        done, got = call(volley, model)
        assert got["output"]["content"] == "cut", got


@APIS
def test_the_last_turn_is_for_the_conclusion(volley, api):
    def answer(ask):
        if ask.may_call:
            return Say("", [("Grep", {"pattern": f"retry{ask.turn}"})])
        return Say("all that I found")

    with Model(answer) as model:
        done, got = call(volley, model, "max_turns=4", api=api)
        assert got["output"]["content"] == "all that I found"
        assert len(model.asks) == 4
        assert [ask.may_call for ask in model.asks] == [True, True, True, False]
        # A server refuses calls among the messages of a request without tools.
        assert all(ask.body["tools"] == model.asks[0].body["tools"] for ask in model.asks)
        assert ["tool_choice" in ask.body for ask in model.asks] == [False] * 3 + [True]


@APIS
def test_a_conclusion_without_tools(volley, api):
    with Model(lambda ask: Say("so")) as model:
        done, got = call(volley, model, "max_turns=1", "tools:=[]", api=api)
        assert got["output"]["content"] == "so"
        assert not {"tools", "tool_choice"} & set(model.asks[0].body)


def test_tokens_out_means_one_conclusion(volley):
    def answer(ask):
        if ask.may_call:
            return Say("", [("Grep", {"pattern": f"x{ask.turn}"})], usage=(900, 50))
        return Say("conclusion", usage=(100, 20))

    with Model(answer) as model:
        done, got = call(volley, model, 'budget:={"tokens": 5000}')
        assert done.returncode == 0, done.stdout
        assert got["output"]["content"] == "conclusion"
        # 950 a turn, 500 kept back: after five of them 250 are left.
        assert len(model.asks) == 6
        assert got["output"]["totalTokens"] == 5 * 950 + 120
        assert model.asks[-1].body["max_tokens"] <= 250


def test_without_a_reserve_it_just_ends(volley):
    with Model(lambda ask: Say("so far", [("Glob", {"pattern": "*"})], usage=(3000, 0))) as model:
        done, got = call(volley, model, 'budget:={"tokens": 2000}')
        assert done.returncode == 1
        assert got["status"] == "failed"
        assert "budget is out (tokens)" in got["error"]["message"]
        assert got["output"]["content"] == "so far"
        assert len(model.asks) == 1  # over by no more than one request


def test_calls_out(volley):
    def answer(ask):
        if ask.may_call:
            return Say("", [("Grep", {"pattern": f"y{i}"}) for i in range(5)])
        assert sum("no budget for more calls" in text for text in ask.results) == 2
        return Say("done")

    with Model(answer) as model:
        # One of the four is the agent itself.
        done, got = call(volley, model, 'budget:={"calls": 4}')
        assert got["output"]["content"] == "done"
        assert got["output"]["totalToolUseCount"] == 3


PRICE = 'price:={"in": 3, "out": 15, "cached": 0.5}'


@APIS
def test_a_price_makes_money_of_tokens(volley, api):
    cached, tokens, written = {
        "openai": ({"prompt_tokens_details": {"cached_tokens": 400}}, 1020, 0),
        "anthropic": ({"cache_read_input_tokens": 400, "cache_creation_input_tokens": 100}, 1520,
                      100),
    }[api]
    more = written * 3 / 4  # a write to a cache is dearer by a quarter
    usd = 400 * 0.5 + (tokens - 400 - 20) * 3 + more + 20 * 15
    with Model(lambda ask: Say("x", usage=(1000, 20), more_usage=cached)) as model:
        done, got = call(volley, model, PRICE, api=api)
        assert got["output"]["totalTokens"] == tokens
        assert got["output"]["totalCostUsd"] == usd / 1e6
        done, got = call(volley, model, 'price:={"in": 3, "out": 15}', api=api)
        assert got["output"]["totalCostUsd"] == ((tokens - 20) * 3 + more + 20 * 15) / 1e6
        done, got = call(volley, model, api=api)
        assert got["output"]["totalCostUsd"] is None


def test_money_out_means_one_conclusion(volley):
    def answer(ask):
        if ask.may_call:
            return Say("", [("Grep", {"pattern": f"x{ask.turn}"})], usage=(900, 50))
        return Say("conclusion", usage=(100, 20))

    with Model(answer) as model:
        # 3450 millionths a turn, 1500 kept back: after four of them 1200 are left.
        done, got = call(volley, model, PRICE, 'budget:={"usd": 0.015}')
        assert got["output"]["content"] == "conclusion"
        assert len(model.asks) == 5
        assert [ask.body["max_tokens"] for ask in model.asks] == [1000, 770, 540, 310, 80]
        assert got["output"]["totalCostUsd"] == (4 * 3450 + 600) / 1e6


def test_what_the_endpoint_says_of_its_cost_holds(volley):
    def answer(ask):
        return Say("x", usage=(1000, 20), more_usage={"cost": cost})

    for cost in (0.25, 0):
        with Model(answer) as model:
            for price in ([], [PRICE]):
                done, got = call(volley, model, *price, 'budget:={"usd": 1}')
                assert got["output"]["content"] == "x", got
                assert got["output"]["totalCostUsd"] == cost


@APIS
def test_money_that_nobody_can_count_ends_the_conversation(volley, api):
    def answer(ask):
        return Say("so far", [("Glob", {"pattern": "*"})] if ask.turn == 0 else [])

    with Model(answer) as model:
        done, got = call(volley, model, 'budget:={"usd": 1}', api=api)
        assert got["status"] == "failed"
        assert "give 'price'" in got["error"]["message"]
        assert got["output"]["content"] == "so far"
        assert len(model.asks) == 1
        done, got = call(volley, model, 'budget:={"usd": 1}', 'price:={"in": 0, "out": 0}', api=api)
        assert got["output"]["content"] == "so far" and got["status"] == "ok"


def test_a_price_is_of_all_agents_below(volley):
    with Model(tree) as model:
        done, got = call(volley, model, PRICE, 'budget:={"usd": 1}', prompt="p")
        assert got["output"]["content"] == "leaf p++"
        assert len(model.asks) == 5


@pytest.mark.parametrize("price, what", [
    ({"in": -1, "out": 2}, "'in' of a price must be a number from 0 up"),
    ({"in": 1, "out": "2"}, "'out' of a price must be a number from 0 up"),
    ({"in": 1}, "'price' needs 'in' and 'out'"), ({}, "'price' needs 'in' and 'out'"),
    ({"in": 1, "out": 2, "cache": 1}, "unknown key 'cache' of a price"),
])
def test_prices_that_are_none(volley, price, what):
    with Model(lambda ask: Say("x")) as model:
        done = volley("call", "Agent", "prompt=x", "model=m", f"endpoint={model.url}",
                      "price:=" + json.dumps(price))
        assert done.returncode == 2
        assert what in done.stderr
        assert not model.asks


def test_a_budget_of_time(volley):
    def answer(ask):
        time.sleep(0.3)
        if ask.may_call:
            return Say("", [("Grep", {"pattern": f"z{ask.turn}"})])
        return Say("in time")

    with Model(answer) as model:
        start = time.monotonic()
        done, got = call(volley, model, 'budget:={"wall": "1500ms"}')
        assert time.monotonic() - start < 3
        assert got["status"] in ("ok", "timeout"), got
        assert len(model.asks) < 7


@pytest.mark.parametrize("given, why", [('budget:={"wall": "600ms"}', "the 'wall' of a budget"),
                                        ("timeout=600", "'timeout'")])
def test_what_ended_a_slow_answer(volley, given, why):
    asked = threading.Event()
    with Model(lambda ask: asked.wait(20) or Say("late")) as model:
        done, got = call(volley, model, given)
        asked.set()
        assert got["status"] == "timeout"
        assert re.search(rf"after \d+ ms, by {why}, before '{model.url}/.*' answered",
                         got["error"]["message"]), got
        assert got["receipt"]["why_incomplete"] == ["deadline"]


@pytest.mark.parametrize("given, why", [
    (["max_turns=3"], "'max_turns' was reached"),
    (['budget:={"calls": 3}'], "its budget of calls was spent"),
    (['budget:={"tokens": 260}'], "its budget of tokens was nearly spent"),
    (['price:={"in": 1, "out": 1}', 'budget:={"usd": 0.00026}'],
     "its budget of money was nearly spent"),
])
def test_a_model_that_calls_to_the_end(volley, given, why):
    def answer(ask):
        return Say("" if ask.turn else "I look", [("Grep", {"pattern": f"x{ask.turn}"})])

    with Model(answer) as model:
        done, got = call(volley, model, *given)
        assert got["status"] == "failed"
        assert f"asked for its conclusion, as {why}, and called tools again" in \
            got["error"]["message"]
        assert got["output"]["content"] == "I look"


def test_busy_is_asked_again(volley):
    left = [Say("busy", status=429, headers={"Retry-After": "1"}), Say("down", status=503)]

    def answer(ask):
        return left.pop(0) if left else Say("there")

    with Model(answer) as model:
        done, got = call(volley, model)
        assert got["output"]["content"] == "there"
        assert len(model.asks) == 3


@pytest.mark.parametrize("status, name", [(401, "denied"), (400, "failed")])
def test_a_refusal_is_not_asked_again(volley, status, name):
    with Model(lambda ask: Say("no such model", status=status)) as model:
        done, got = call(volley, model)
        assert got["status"] == name
        assert f"HTTP {status}" in got["error"]["message"]
        assert "no such model" in got["error"]["message"]
        assert len(model.asks) == 1


def test_no_money_left_is_not_asked_again(volley):
    error = {"message": "You exceeded your current quota", "type": "insufficient_quota",
             "param": None, "code": "insufficient_quota"}
    with Model(lambda ask: Say(error, status=429)) as model:
        done, got = call(volley, model)
        assert got["status"] == "denied"
        assert "HTTP 429" in got["error"]["message"]
        assert "exceeded your current quota" in got["error"]["message"]
        assert len(model.asks) == 1


@APIS
def test_an_error_without_a_status_costs_nothing(volley, api):
    error = {"code": 502, "message": "Provider returned error"}
    left = [Say(error, is_error=True)]
    with Model(lambda ask: left.pop() if left else Say("there")) as model:
        done, got = call(volley, model, api=api)
        assert got["output"]["content"] == "there", got
        assert got["output"]["totalTokens"] == 120  # of the answer
        assert len(model.asks) == 2
        for said in (error, error["message"]):
            left = [Say(said, is_error=True)] * 9
            done, got = call(volley, model, "timeout=1000", api=api)
            assert "answered with an error: Provider returned" in got["error"]["message"], got
            assert got["output"]["totalTokens"] == 0
            assert len(left) < 8


def refusal(name):
    return {"message": f"Unsupported parameter: 'max_tokens' is not supported with this model. "
                       f"Use '{name}' instead.",
            "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter"}


@pytest.mark.parametrize("turns", [5, 2])
def test_the_other_name_of_the_limit(volley, turns):
    def answer(ask):
        if "max_tokens" in ask.body:
            return Say(refusal("max_completion_tokens"), status=400)
        assert ask.body["max_completion_tokens"] == 8192
        return Say("", [("Glob", {"pattern": "*"})]) if ask.turn == 0 else Say("done")

    with Model(answer) as model:
        done, got = call(volley, model, f"max_turns={turns}")
        assert got["output"]["content"] == "done", got
        assert ["max_tokens" in ask.body for ask in model.asks] == [True, False, False]
        assert [ask.may_call for ask in model.asks] == [True, True, turns == 5]


@pytest.mark.parametrize("api, name, n", [("openai", "max_completion_tokens", 2),
                                          ("openai", "other", 1),
                                          ("anthropic", "max_completion_tokens", 1)])
def test_a_limit_that_is_refused_by_all_its_names(volley, api, name, n):
    with Model(lambda ask: Say(refusal(name), status=400)) as model:
        done, got = call(volley, model, api=api)
        assert got["status"] == "failed" and "HTTP 400" in got["error"]["message"]
        assert len(model.asks) == n


EFFORT = {"message": "Function tools with reasoning_effort are not supported for this model in "
                     "/v1/chat/completions. To use function tools, set reasoning_effort to 'none'.",
          "type": "invalid_request_error", "param": "reasoning_effort", "code": None}


def test_a_model_that_thinks_or_calls_tools(volley):
    """It wants max_completion_tokens as well, and says so afterwards."""
    def answer(ask):
        if ask.tools and ask.body.get("reasoning_effort") != "none":
            return Say(EFFORT, status=400)
        if "max_tokens" in ask.body:
            return Say(refusal("max_completion_tokens"), status=400)
        return Say("", [("Glob", {"pattern": "*"})]) if ask.turn == 0 else Say("done")

    with Model(answer) as model:
        done, got = call(volley, model, "max_turns=3")
        assert got["output"]["content"] == "done", got
        assert [(ask.body.get("reasoning_effort"), "max_tokens" in ask.body)
                for ask in model.asks] == [(None, True), ("none", True)] + [("none", False)] * 2


@pytest.mark.parametrize("api, tools, n", [("openai", ["Grep"], 2), ("openai", [], 1),
                                           ("anthropic", ["Grep"], 1)])
def test_a_model_that_cannot_be_told_not_to_think(volley, api, tools, n):
    with Model(lambda ask: Say(EFFORT, status=400)) as model:
        done, got = call(volley, model, "tools:=" + json.dumps(tools), api=api)
        assert got["status"] == "failed" and "HTTP 400" in got["error"]["message"]
        assert len(model.asks) == n


@pytest.mark.parametrize("member", ["reasoning", "reasoning_content"])
def test_thoughts_that_are_not_taken_back(volley, member):
    said = f"'messages.2' : for 'role:assistant' ... property '{member}' is unsupported"

    def answer(ask):
        if any(member in message for message in ask.messages):
            return Say({"message": said, "type": "invalid_request_error"}, status=400)
        if ask.turn == 3:
            return Say("done")
        return Say("", [("Glob", {"pattern": "*"})], more={member: "hm"})

    with Model(answer) as model:
        done, got = call(volley, model, "max_turns=5")
        assert got["output"]["content"] == "done", got
        assert [ask.turn for ask in model.asks] == [0, 1, 1, 2, 3]
        assert all(ask.may_call for ask in model.asks)


def test_blank_texts_do_not_go_back(volley):
    thought = {"type": "thinking", "thinking": "", "signature": "c2ln"}
    blank = [{"type": "text", "text": text} for text in ("", " \n")]

    def answer(ask):
        if ask.turn == 0:
            return Say("so", [("Glob", {"pattern": "*"})], more=[blank[0], thought, blank[1]])
        assert [block["type"] for block in ask.messages[1]["content"]] == \
            ["thinking", "text", "tool_use"]
        assert ask.messages[1]["content"][0] == thought
        return Say("done")

    with Model(answer) as model:
        done, got = call(volley, model, api="anthropic")
        assert got["output"]["content"] == "done", got


@APIS
def test_the_key_comes_from_a_variable(volley, api):
    usual = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}[api]
    header = {"openai": "Authorization", "anthropic": "X-Api-Key"}[api]
    volley.env[usual] = "sk-usual-000000000001"
    volley.env["MY_OTHER"] = "sk-other-000000000002"

    def sent(ask):
        return {k.lower(): v for k, v in ask.headers.items()}.get(header.lower(), "")

    with Model(lambda ask: Say("hello sk-other-000000000002")) as model:
        call(volley, model, api=api)
        assert "sk-usual-000000000001" in sent(model.asks[-1])
        done, got = call(volley, model, "key_env=MY_OTHER", api=api)
        assert "sk-other-000000000002" in sent(model.asks[-1])
        if api == "anthropic":
            assert "2023-06-01" in str(model.asks[-1].headers)
        done, got = call(volley, model, "key_env=NOT_SET", api=api)
        assert "NOT_SET" in got["error"]["message"]


@APIS
def test_the_key_goes_to_the_address_that_is_set_beside_it(volley, api):
    key = "sk-usual-000000000001"
    volley.env[f"{api.upper()}_API_KEY"] = key
    with Model(lambda ask: Say("fine"), host="127.0.0.2") as model:  # not a usual place
        volley.env[f"{api.upper()}_BASE_URL"] = model.url
        for given, has_key in [([], True), (["key_env=" + f"{api.upper()}_API_KEY"], True),
                               ([f"endpoint={model.url}"], False)]:
            done = volley("call", "Agent", "prompt=x", "runner=chat", "model=m", f"api={api}",
                          *given, "--sandbox", "off", "--format", "json")
            assert json.loads(done.stdout)["status"] == "ok", done.stdout
            assert (key in str(model.asks[-1].headers)) == has_key, given


def test_no_answer_is_no_answer(volley):
    with Model(lambda ask: Say("")) as model:
        done, got = call(volley, model)
        assert got["status"] == "failed"
        assert "gave no answer" in got["error"]["message"]


@APIS
def test_an_answer_that_is_cut_before_it_begins(volley, api):
    with Model(lambda ask: Say("", is_cut=True)) as model:
        done, got = call(volley, model, 'budget:={"tokens": 5000}', api=api)
        assert got["status"] == "failed"
        assert got["error"]["message"].endswith(
            "the model's answer was cut at its limit of 5000 tokens before any text came"), got
        done, got = call(volley, model, "max_turns=1", api=api)
        assert got["error"]["message"].endswith(
            "cut at its limit of 8192 tokens before any text came: it was asked for its "
            "conclusion, as 'max_turns' was reached"), got
    with Model(lambda ask: Say("so f", is_cut=True)) as model:
        done, got = call(volley, model, api=api)
        assert got["output"]["content"] == "so f"
        assert got["receipt"]["why_incomplete"] == ["output_cut"]


def test_a_role_and_its_tools(volley):
    with Model(lambda ask: Say("ok")) as model:
        call(volley, model, "subagent_type=web")
        assert "specialist" in model.asks[-1].system
        assert {"WebSearch", "WebFetch"} <= set(model.asks[-1].tools)
        assert "Grep" not in model.asks[-1].tools
        call(volley, model, "subagent_type=general-purpose")
        assert "specialist" not in model.asks[-1].system
        assert call(volley, model, "subagent_type=Web")[1]["output"]["role"] == "web"
        assert call(volley, model, "subagent_type=coder")[1]["output"]["role"] is None
        call(volley, model, 'tools:=["task", "grep"]')
        assert set(model.asks[-1].tools) == {"Agent", "Grep"}


@pytest.mark.parametrize("given, what", [
    ({"tools": ["Grep", "Grpe"], "model": "m"}, "no tool 'Grpe' that an agent could have; "
                                                "did you mean 'Grep'?"),
    ({"runner": "chat"}, "needs 'model'"), ({"endpoint": "http://127.0.0.1:1"}, "needs 'model'"),
    ({"runner": "command"}, "needs 'command'"), ({}, "needs 'command', or 'model'"),
    ({"model": "m", "endpoint": "htp://x"}, "'endpoint' must be the address of an API"),
    ({"model": "m", "key_env": "sk-9"}, "'key_env' must be the name of a variable"),
    ({"command": "cat", "model": "m"}, "leave one out"),
    ({"command": "cat", "tools": ["Grep"]}, "'tools' is for an agent that is led as a chat"),
    ({"model": "m", "cwd": "src"}, "'cwd' is for an agent that is run by a command"),
    ({"command": "cat", "pass_env": ["A", "sk-9"]}, "'pass_env' must be names of variables"),
])
def test_what_cannot_be_run_is_no_plan(volley, given, what):
    flow = {"phases": [{"name": "p", "agents": {"tasks": [{"prompt": "x", **given}]}}]}
    for done in (volley("plan", "-", input=json.dumps(flow)),
                 volley("call", "Agent", "prompt=x", *(f"{key}:={json.dumps(value)}"
                                                       for key, value in given.items()))):
        assert done.returncode == 2
        assert what in done.stderr
        assert "sk-9" not in done.stderr.partition("\n")[0]  # below it is the workflow's own line


def test_a_type_without_a_role_is_told_in_the_plan(volley):
    flow = {"phases": [{"name": "p", "agents": {"tasks": [
        {"prompt": name, "command": "cat", "subagent_type": name} for name in ("web", "coder")]}}]}
    web, coder = (line for line in volley("plan", "-", input=json.dumps(flow)).stdout.splitlines()
                  if "Agent" in line)
    assert "no role" in coder and "no role" not in web
    plan = json.loads(volley("plan", "-", "--format", "json", input=json.dumps(flow)).stdout)
    assert [call["role"] for call in plan["stages"][0]["groups"][0]["calls"]] == ["web", None]


# ---- agents of agents ----


def tree(ask, leaf="leaf"):
    """Starts one agent below, as deep as it may."""
    if ask.turn == 0 and "Agent" in ask.tools:
        return Say("", [("Agent", {"prompt": f"{ask.prompt}+"})])
    return Say(ask.results[0].strip() if ask.results else f"{leaf} {ask.prompt}")


def test_three_deep_and_no_more(volley):
    with Model(tree) as model:
        done, got = call(volley, model, prompt="p")
        assert got["output"]["content"] == "leaf p++"
        assert {ask.prompt for ask in model.asks} == {"p", "p+", "p++"}
        assert "Agent" not in next(a for a in model.asks if a.prompt == "p++").tools
        done, got = call(volley, model, "max_depth=2", prompt="q")
        assert got["output"]["content"] == "leaf q+"


def test_four_deep_is_refused(volley):
    """By a model that calls what it was not offered."""
    def answer(ask):
        if ask.turn == 0:
            return Say("", [("Agent", {"prompt": f"{ask.prompt}+"})])
        return Say(ask.results[0].strip())

    with Model(answer) as model:
        done, got = call(volley, model, prompt="p")
        assert "agents may be 3 deep, and this one would be 4 deep" in got["output"]["content"]
        assert max(len(ask.prompt) for ask in model.asks) == 3
        assert all(ask.body["tools"] for ask in model.asks if ask.may_call)
        done, got = call(volley, model, 'tools:=["Grep"]', "max_depth=1", prompt="p")
        assert "'Agent' is not among the tools" in got["output"]["content"]


def test_what_a_model_may_not_say_of_its_agents(volley):
    def answer(ask):
        if ask.turn == 0 and ask.prompt == "p":
            return Say("", [
                ("Agent", {"prompt": "a", "runner": "command", "command": ["touch", "../made"]}),
                ("Agent", {"prompt": "b", "endpoint": "http://127.0.0.1:1/v1"}),
                ("Agent", {"prompt": "c", "tools": ["Bash", "Grep"]}),
                ("Agent", {"prompt": "d", "price": {"in": 0, "out": 0}})])
        if ask.prompt == "c":
            assert set(ask.tools) == {"Grep"}
            return Say("c has less")
        assert "cannot set 'runner'" in ask.results[0]
        assert "cannot set 'endpoint'" in ask.results[1]
        assert "cannot set 'price'" in ask.results[3]
        return Say(ask.results[2].strip())

    with Model(answer) as model:
        done, got = call(volley, model, 'tools:=["Grep","Agent"]', prompt="p")
        assert got["output"]["content"] == "c has less", got
    assert not (volley.root.parent / "made").exists()


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_three_levels_of_four_with_few_slots(volley, slots):
    """1 + 4 + 16 agents; whoever waits for those below it does not count as running."""
    def answer(ask):
        if ask.turn == 0 and "Agent" in ask.tools:
            return Say("", [("Agent", {"prompt": f"{ask.prompt}{i}"}) for i in range(4)])
        time.sleep(0.01)
        if ask.results:
            return Say("+".join(text.strip() for text in ask.results))
        return Say("1")

    with Model(answer) as model:
        done, got = call(volley, model, prompt="p",
                         options=("--sandbox", "off", "--max-instances", str(slots)))
        assert got["output"]["content"] == "+".join("1" * 16), got
        assert len(model.asks) == 16 + 2 * 5
        assert model.most <= slots


class Searched(http.server.BaseHTTPRequestHandler):
    """A SearXNG that takes its time."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        time.sleep(1)
        body = json.dumps({"query": "q", "results": [
            {"url": "https://example.com/backoff", "title": "Backoff", "content": "wait longer"}]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def searched(volley):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Searched)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    volley.env["VOLLEY_SEARCH"] = f"searxng=http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def test_equal_searches_of_agents_are_made_once(volley, searched):
    def answer(ask):
        if ask.prompt == "p" and ask.turn == 0:
            return Say("", [("Agent", {"prompt": f"c{i}"}) for i in range(3)])
        if ask.prompt == "p":
            assert sum("example.com/backoff" in text for text in ask.results) == 3, ask.results
            return Say("same")
        if ask.turn == 0:
            return Say("", [("WebSearch", {"query": "exponential backoff"})])
        return Say(ask.results[0])

    with Model(answer) as model:
        done, got = call(volley, model, prompt="p")
    assert got["output"]["content"] == "same", got
    assert len(searched.asked) == 1


@pytest.mark.parametrize("hasty", ["first", "second"])
def test_an_agent_in_haste_does_not_take_the_others_along(volley, searched, hasty):
    """Whoever of two that search for the same has no time left: the other gets its result."""
    def answer(ask):
        if ask.turn == 0:
            time.sleep(0.2 * (ask.prompt == "second"))
            return Say("", [("WebSearch", {"query": "exponential backoff"})])
        return Say(ask.results[0])

    with Model(answer) as model:
        tasks = [{"prompt": name, "runner": "chat", "model": "m", "endpoint": model.url, "id": name,
                  **({"budget": {"wall": "700ms"}} if name == hasty else {})}
                 for name in ("first", "second")]
        done = volley("run", "-", "--sandbox", "off", "--format", "jsonl",
                      input=json.dumps({"phases": [{"name": "p", "agents": {"tasks": tasks}}]}))
    results = {event["call"]: event["result"] for event in map(json.loads, done.stdout.splitlines())
               if event["event"] == "call.finished"}
    patient = results["second" if hasty == "first" else "first"]
    assert patient["status"] == "ok", results
    assert "example.com/backoff" in patient["output"]["content"]
    assert results[hasty]["ms"]["run"] < 950, results[hasty]


def test_no_more_than_four_below_one(volley):
    def answer(ask):
        if ask.turn == 0 and ask.prompt == "p":
            return Say("", [("Agent", {"prompt": f"c{i}"}) for i in range(6)])
        if ask.results:
            refused = [text for text in ask.results if "may start 4 agents" in text]
            return Say(f"{len(refused)} refused")
        return Say("leaf")

    with Model(answer) as model:
        done, got = call(volley, model, prompt="p")
        assert got["output"]["content"] == "2 refused", got


def test_a_budget_is_of_the_whole_tree(volley):
    """Each turn costs 120; what the agents below have cost is missing above."""
    def answer(ask):
        if ask.turn == 0 and ask.prompt == "p":
            return Say("", [("Agent", {"prompt": f"c{i}"}) for i in range(4)])
        if ask.prompt != "p" and ask.may_call:
            return Say("", [("Grep", {"pattern": f"w{ask.turn}{ask.prompt}"})])
        return Say("end")

    with Model(answer) as model:
        done, got = call(volley, model, 'budget:={"tokens": 4000}', prompt="p")
        cost = 120 * len(model.asks)
        assert 2000 < cost <= 4000 + 5 * 120, cost


def test_an_interrupt_ends_the_conversation(volley):
    with Model(lambda ask: time.sleep(20) or Say("late")) as model:
        process = volley.start("call", "Agent", "prompt=x", "runner=chat", "model=m",
                               f"endpoint={model.url}", "--format", "json")
        end = time.monotonic() + 10
        while not model.asks and time.monotonic() < end:
            time.sleep(0.02)
        assert model.asks
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=10)
        assert time.monotonic() - start < 3
        assert process.returncode in (1, 130)
        assert json.loads(printed)["receipt"]["why_incomplete"] == ["cancelled"]


@pytest.mark.parametrize("tool, wait", [("Bash", {"command": "sleep 30"}),
                                        ("Agent", {"prompt": "below"})])
def test_a_deadline_ends_what_an_agent_started(volley, tool, wait):
    def answer(ask):
        if ask.prompt == "below":
            time.sleep(10)
        return Say("", [(tool, wait)])

    with Model(answer) as model:
        start = time.monotonic()
        done, got = call(volley, model, 'tools:=["Bash", "Agent"]',
                         options=("--sandbox", "off", "--timeout", "1s"))
        assert time.monotonic() - start < 6
        assert (got["status"], done.returncode) == ("timeout", 124), got
        assert got["receipt"]["why_incomplete"] == ["deadline"]


def test_something_is_left_for_what_those_below_have_found(volley):
    """Who can start agents starts six, and those too; each answer costs 300 of 30000."""
    def answer(ask):
        if "Agent" in ask.tools and ask.turn == 0:
            return Say("", [("Agent", {"prompt": f"{ask.prompt}.{i}"}) for i in range(6)],
                       usage=(200, 100))
        return Say(f"end of {ask.prompt}", usage=(200, 100))

    with Model(answer) as model:
        done, got = call(volley, model, 'budget:={"tokens": 30000, "usd": 1}',
                         'price:={"in": 3, "out": 15}', prompt="p")
        assert got["status"] == "ok" and got["output"]["content"] == "end of p", got
        n = len(model.asks)
        assert got["output"]["totalTokens"] == 300 * n and 300 * n <= 30000
        assert abs(got["output"]["totalCostUsd"] - n * 0.0021) < 1e-6


def test_a_key_in_the_address_of_a_model(volley):
    with Model(lambda ask: Say("fine")) as model:
        model.url += "?key=SECRETQ"
        done, got = call(volley, model)
        assert got["status"] == "ok", got
        assert model.asks[-1].path.endswith("completions?key=SECRETQ")
    with Model(lambda ask: Say(status=404)) as model:
        model.url += "?key=SECRETQ"
        done, got = call(volley, model)
        assert got["status"] == "failed" and "SECRETQ" not in done.stdout
