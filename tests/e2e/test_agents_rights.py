"""What a model, or a shell of an agent, tries in order to have more than it was given."""

import json
import shlex

import pytest
from agent_world import Model, Say
from conftest import VOLLEY

OFF = ("--sandbox", "off")


def chat(volley, model, *args, options=OFF):
    done = volley("call", "Agent", "prompt=p", "runner=chat", "model=m", "api=openai",
                  f"endpoint={model.url}", *args, *options, "--format", "json")
    return done, json.loads(done.stdout)


def below(*changes, shell=False):
    """A command line that starts an agent."""
    command = json.dumps(["sh", "-c", "echo $VOLLEY_AGENT_DEPTH; echo $VOLLEY_AGENT_BUDGET"])
    words = [VOLLEY, "call", "Agent", "prompt=q", f"command:={command}", "--sandbox", "off"]
    line = shlex.join(words)
    return shlex.join(["env", *changes, "sh", "-c", f"{line}; true"] if shell
                      else ["env", *changes, *words])


@pytest.mark.parametrize("name, given", [
    ("network", True), ("env", {"LD_PRELOAD": "x.so"}), ("locks", ["x"]), ("sandbox", "off"),
    ("creates", "x"), ("idempotent", True)])
def test_inputs_that_are_not_a_models_to_set(volley, name, given):
    def answer(ask):
        if ask.turn == 0:
            return Say("", [("Bash", {"command": "touch made", name: given})])
        return Say(ask.results[0])

    with Model(answer) as model:
        done, got = chat(volley, model, 'tools:=["Bash"]', options=())
        assert f"cannot set '{name}' of Bash" in got["output"]["content"], got
    assert not (volley.root / "made").exists()


def test_a_lock_of_its_own_is_no_deadlock(volley):
    def answer(ask):
        if ask.turn == 0 and ask.prompt == "p":
            return Say("", [("Agent", {"prompt": "q", "locks": ["x"]})])
        return Say(ask.results[0] if ask.results else "q")

    with Model(answer) as model:
        task = {"prompt": "p", "runner": "chat", "model": "m", "endpoint": model.url,
                "locks": ["x"]}
        done = volley("run", "-", *OFF, "--format", "json", input=json.dumps(
            {"phases": [{"name": "a", "agents": {"tasks": [task]}}]}))
        assert "cannot set 'locks' of Agent" in done.stdout, done.stdout


@pytest.mark.parametrize("level", ["workspace", "strict"])
def test_the_command_of_an_agent_reaches_its_model(volley, level):
    """Which commands of other calls do not."""
    with Model(lambda ask: Say("x")) as model:
        port = model.url.split(":")[2].split("/")[0]
        line = f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached"
        done = volley("call", "Agent", "prompt=p", "command:=" + json.dumps(["bash", "-c", line]),
                      "--sandbox", level)
        assert "reached" in done.stdout, done.stderr
        done = volley("call", "Bash", f"command={line}", "--sandbox", level)
        assert "reached" not in done.stdout


def test_commands_are_as_confined_as_the_agent(volley, tmp_path):
    outside = tmp_path / "outside"

    def answer(ask):
        if ask.turn == 0:
            return Say("", [("Bash", {"command": f"touch {outside}"})])
        return Say(ask.results[0] or "nothing")

    with Model(answer) as model:
        done, got = chat(volley, model, 'tools:=["Bash"]', "sandbox=strict")
        assert got["status"] == "ok", got
        assert not outside.exists()
        chat(volley, model, 'tools:=["Bash"]')
        assert outside.exists()


@pytest.mark.parametrize("line", [
    below(),
    below("VOLLEY_AGENT_DEPTH=2/3", "VOLLEY_AGENT_BUDGET="),
    below("VOLLEY_AGENT_DEPTH=0/3", "VOLLEY_AGENT_POOL=/tmp", shell=True),
    below("-i", shell=True),
])
def test_a_shell_of_an_agent_goes_no_deeper(volley, line):
    def answer(ask):
        if ask.turn == 0:  # the shell stays: what replaces it leaves no trace of what it was
            return Say("", [("Bash", {"command": f"{line}; true"})])
        return Say(ask.results[0])

    with Model(answer) as model:
        done, got = chat(volley, model, 'tools:=["Bash"]', "max_depth=1")
        assert "agents may be 1 deep" in got["output"]["content"], got
        done, got = chat(volley, model, 'tools:=["Bash"]', 'budget:={"calls":9,"tokens":9000}')
        content = got["output"]["content"]
        depth = 3 if "DEPTH=2" in line else 2  # what it says of itself can only cost it
        assert f"{depth}/3" in content, content
        left = dict(word.split("=") for word in content.split() if "=" in word)
        assert int(left["calls"]) < 9 and int(left["tokens"]) < 9000, content


def test_budgets_that_are_no_numbers_are_none(volley):
    def answer(ask):
        return Say(ask.results[0]) if ask.turn else Say("", [("Bash", {"command": line})])

    for amount in ["-1", "99999999999999999999999", "x"]:
        line = below(f"VOLLEY_AGENT_BUDGET=tokens={amount}")
        with Model(answer) as model:
            done, got = chat(volley, model, 'tools:=["Bash"]')
            assert "'VOLLEY_AGENT_BUDGET' is not as" in got["output"]["content"], got
            assert "2/3" not in got["output"]["content"], got


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "MYK"])
def test_a_key_that_comes_back_is_not_told(volley, variable):
    key = "sk-0123456789abcdefghijkl"
    volley.env[variable] = key

    def answer(ask):
        said = ask.headers["Authorization"]
        if ask.turn == 0:
            return Say("", [("Grep", {"pattern": key})])
        return Say(f"I was asked with {said}") if ask.prompt == "p" else Say(said, status=401)

    for prompt in ("p", "q"):
        with Model(answer) as model:
            task = {"prompt": prompt, "runner": "chat", "model": "m", "api": "openai",
                    "endpoint": model.url, "key_env": variable}
            done = volley("run", "-", *OFF, "--format", "jsonl", input=json.dumps(
                {"phases": [{"name": "a", "agents": {"tasks": [task]}}]}))
        assert key not in done.stdout + done.stderr, done.stdout
        assert f"[redacted:{variable}]" in done.stdout


def test_usage_of_nothing_is_counted_here(volley):
    with Model(lambda ask: Say("", [("Grep", {"pattern": "x"})], usage=(0, 0)) if ask.may_call
               else Say("enough", usage=(0, 0))) as model:
        done, got = chat(volley, model, 'budget:={"tokens":6000}', "max_turns=100")
        assert 1000 < got["output"]["totalTokens"] <= 6000 * 2, got
        assert len(model.asks) < 20


def test_answers_that_cannot_be_read_cost_too(volley):
    with Model(lambda ask: Say("", broken=True)) as model:
        done, got = chat(volley, model, 'budget:={"tokens":3000}')
        assert got["status"] == "failed" and len(model.asks) > 1, got
        assert 300 * len(model.asks) < got["output"]["totalTokens"] < 2 * 3000, got
