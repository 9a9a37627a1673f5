"""Settings: the user's file, the workspace's, variables, the command line; later ones win."""

import json
import os
import re

import pytest

HIDDEN = ["call", "Grep", "pattern=^dot$"]
LONG = ["call", "Read", "file_path=docs/long.txt"]


@pytest.fixture(autouse=True)
def hidden_file(volley):
    (volley.root / ".a.dot").write_text("dot\n")


def user(volley, text):
    path = volley.root.parent / "config" / "volley" / "config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def workspace(volley, text):
    (volley.root / ".volley.yaml").write_text(text)


def test_each_source(volley):
    assert volley(*HIDDEN).stdout == "[no matches]\n"
    user(volley, "# mine\nhidden: true\n")
    assert volley(*HIDDEN).stdout == ".a.dot\n"
    user(volley, "")
    workspace(volley, "hidden: yes\n")
    assert volley(*HIDDEN).stdout == ".a.dot\n"
    workspace(volley, "# nothing\n")
    volley.env["VOLLEY_HIDDEN"] = "1"
    assert volley(*HIDDEN).stdout == ".a.dot\n"
    volley.env["VOLLEY_HIDDEN"] = ""
    assert volley(*HIDDEN).stdout == "[no matches]\n"


def test_later_ones_win(volley):
    def size():
        done = volley(*LONG)
        assert (done.returncode, done.stderr) == (0, "")
        return len(done.stdout)

    user(volley, "tokens: 4000\n")
    assert 12000 < size() <= 16000
    workspace(volley, "tokens: 2000\n")
    assert 6000 < size() <= 8000
    volley.env["VOLLEY_TOKENS"] = "1000"
    assert 3000 < size() <= 4000
    less = [*LONG, "--tokens", "500"]
    assert 1500 < len(volley(*less).stdout) <= 2000


def test_a_flag_set_to_false(volley):
    user(volley, "hidden: true\n")
    workspace(volley, "hidden: false\n")
    assert volley(*HIDDEN).stdout == "[no matches]\n"
    assert volley(*HIDDEN, "--hidden").stdout == ".a.dot\n"
    volley.env["VOLLEY_HIDDEN"] = "no"
    assert volley(*HIDDEN, "--hidden").stdout == ".a.dot\n"


def test_the_workflow_is_nearer_than_settings(volley):
    workspace(volley, "tokens: 1000\nformat: json\n")
    flow = {"name": "a", "phases": [{"name": "p", "codebase": {"read": ["docs/long.txt"]}}]}
    assert len(volley("run", "-", input=json.dumps(flow)).stdout) <= 4000
    flow["budget"] = {"tokens": 3000}
    done = volley("run", "-", input=json.dumps(flow))
    assert json.loads(done.stdout)["name"] == "a"
    assert 8000 < len(done.stdout) <= 12000
    assert len(volley("run", "-", "--tokens", "500", input=json.dumps(flow)).stdout) <= 2000


def test_what_a_command_does_not_take_is_passed_over(volley):
    workspace(volley, "keep-order: true\nquiet: true\nformat: jsonl\ntimeout: 1.5h\n")
    assert volley(*HIDDEN).returncode == 0
    calls = [{"id": str(n), "tool": "Bash", "input": {"command": f"sleep 0.{3 - n}"}}
             for n in range(3)]
    done = volley("batch", input="".join(json.dumps(one) + "\n" for one in calls))
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["0", "1", "2"]
    workspace(volley, "tokens: none of their business\n")
    assert volley("doctor").returncode == 0 and volley("tools").returncode == 0


def test_an_unknown_key_has_its_place(volley):
    path = user(volley, "hidden: true\ntoken: 4000\n")
    done = volley(*HIDDEN)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}:2:1: unknown setting 'token'; did you mean 'tokens'?" in done.stderr


@pytest.mark.parametrize("text, place, says", [
    ("quiet: true\ntokens: 3\n", "2:9", "tokens wants a number from 256"),
    ("hidden: perhaps\n", "1:9", "hidden wants true or false, not 'perhaps'"),
    ("timeout: [1s]\n", "1:10", "timeout wants a value, not a list"),
    ("format: jsno\n", "1:9", "did you mean 'json'?"),
    ("directory: /\n", "1:1", "unknown setting 'directory'"),
    ("sandbox: off\n", "1:1", "unknown setting 'sandbox'"),
    ("keep-order: 2\n", "1:13", "keep-order wants true or false"),
    ("- hidden\n", "1:1", "not a list"),
])
def test_a_bad_file_of_a_workspace(volley, text, place, says):
    workspace(volley, text)
    done = volley(*HIDDEN, "--tokens", "500", "--hidden")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(rf"^\.volley\.yaml:{place}: .*{re.escape(says)}", done.stderr, re.M)


@pytest.mark.parametrize("name, value, says", [
    ("VOLLEY_TOKENS", "many", "tokens wants a number"),
    ("VOLLEY_MAX_INSTANCES", "0", "max-instances wants a number"),
    ("VOLLEY_FORMAT", "jsno", "did you mean 'json'?"),
    ("VOLLEY_NO_IGNORE", "maybe", "no-ignore wants true or false"),
])
def test_a_bad_variable(volley, name, value, says):
    volley.env[name] = value
    done = volley(*HIDDEN)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"volley: {name}: " in done.stderr and says in done.stderr
    del volley.env[name]
    volley.env["VOLLEY_OUT"] = value
    assert volley(*HIDDEN).returncode == 0


def test_a_file_of_a_workspace_is_foreign(volley):
    path = volley.root / ".volley.yaml"
    elsewhere = volley.root.parent / "secret"
    elsewhere.write_text("password: 1\n")
    path.symlink_to(elsewhere)
    done = volley(*HIDDEN)
    assert done.returncode == 2 and "is a link, which is not followed" in done.stderr
    assert "password" not in done.stderr
    path.unlink()
    os.mkfifo(path)
    done = volley(*HIDDEN)
    assert done.returncode == 2 and "not a regular file" in done.stderr
    path.unlink()
    path.write_text("#" * (64 << 10))
    assert volley(*HIDDEN).returncode == 0
    path.write_text("#" * ((64 << 10) + 1))
    assert volley(*HIDDEN).returncode == 2
