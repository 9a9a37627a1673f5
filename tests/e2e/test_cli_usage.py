"""Words that are wrong, help, and the commands that only tell."""

import json

import pytest


@pytest.mark.parametrize(
    "args, text",
    [
        ([], "no command; try 'volley help'"),
        (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
        (["tune", "why"], "'tune' is not in this version of volley yet"),
        (["mcp"], "'mcp' is not in this version of volley yet"),
        (["run", "x", "--tokns", "5"], "unknown option '--tokns'; did you mean '--tokens'?"),
        (["run", "x", "--sandbox", "workspcae"],
         "unknown sandbox level 'workspcae'; did you mean 'workspace'?"),
        (["run", "no-such.yaml"], "cannot open 'no-such.yaml': No such file or directory"),
        (["-C", "nowhere", "batch"], "cannot work in 'nowhere': No such file or directory"),
        (["call", "Gerp"], "unknown tool 'Gerp'; did you mean 'Grep'?"),
        (["call", "Read", "file_path"], "'file_path' is not key=value (or key:=JSON, key=@file)"),
        (["call", "Grep", "pattern=x", "-i:=yes"],
         "'-i:=' wants JSON: expected a value, found 'y'"),
        (["call", "Grep", "pattern=x", '-i:=true,"-n":1'],
         "'-i:=' wants JSON: expected the end of the text, found ','"),
        (["resume", "last", "--indeterminate", "verify="],
         "--indeterminate verify= has no command: verify=COMMAND"),
        (["call", "Agent", "prompt=x", "max_depth=4"],
         "Agent: 'max_depth' must be between 1 and 3, not 4"),
    ],
)
def test_wrong_usage_is_one_line(volley, args, text):
    done = volley(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"volley: {text}\n"


def test_a_root_that_is_none_has_a_place(volley):
    text = "name: x\nroot: README.md\nphases:\n  - {name: a, codebase: {glob: x}}\n"
    done = volley("run", "-", input=text)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("<stdin>:2:7: root 'README.md': Not a directory\n    2 | root:")
    done = volley("run", "-", input=text.replace("README.md", "nosuch"))
    assert done.returncode == 2
    assert done.stderr.startswith("<stdin>:2:7: root 'nosuch': No such file or directory\n")


def test_workflow_errors_have_a_place(volley):
    done = volley("run", "-", input="name: x\nphases:\n  - name: a\n    codbase: {}\n")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(
        "<stdin>:4:5: unknown key 'codbase'; did you mean 'codebase'?\n"
    )
    assert "    4 |     codbase: {}\n      |     ^\n" in done.stderr


def test_unknown_inputs_are_named(volley):
    done = volley("call", "Read", "file=README.md")
    assert done.returncode == 2
    assert "unknown input 'file'" in done.stderr


@pytest.mark.parametrize("args", [["help"], ["--help"], ["-h"], ["help", "run"], ["run", "-h"]])
def test_help(volley, args):
    done = volley(*args)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "--tokens" in done.stdout


def test_version(volley):
    done = volley("version")
    assert done.returncode == 0
    assert done.stdout.startswith("volley ")
    assert "hyperscan" in done.stdout
    assert volley("--version").stdout == done.stdout


def test_doctor(volley):
    done = volley("doctor")
    assert done.returncode == 0, done.stdout
    assert "ok    state directory" in done.stdout
    volley.env["XDG_STATE_HOME"] = "/proc/nowhere"
    done = volley("doctor")
    assert done.returncode == 1
    assert "WRONG state directory" in done.stdout


def test_tools_have_schemas(volley):
    tools = json.loads(volley("tools", "--format", "json").stdout)
    names = {tool["name"]: tool for tool in tools}
    assert {"Glob", "Grep", "Read", "Bash"} <= set(names)
    for tool in tools:
        schema = tool["input_schema"]
        assert schema["type"] == "object"
        assert set(schema["required"]) <= set(schema["properties"])
        assert tool["description"]
        assert all(one["description"] for one in schema["properties"].values())
    assert names["Read"]["input_schema"]["required"] == ["file_path"]
    assert names["Bash"]["read_only"] is False and names["Grep"]["read_only"] is True
    text = volley("tools").stdout
    assert all(name in text for name in names)
