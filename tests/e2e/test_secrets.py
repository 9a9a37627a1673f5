# SPDX-License-Identifier: MIT
"""No secret gets out: canaries in the environment, in inputs and in output, in every encoding.

Whatever volley writes (both streams, every format and wire form, every file of its state) is
searched for the canaries; the encodings are made here, by Python, not by volley.
"""

import base64
import itertools
import json
import os
import stat
import urllib.parse

import pytest

CANARY = "c4nary/K9+zq?7-Wn&Tf3~x"  # of the environment; its base64 has + and / in it
OTHER = "0ther.Canary.of-a.call_51"  # of a call's env
TOKEN = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"  # nobody told of it
WORKFLOW = "../canaries.json"
MARKS = ("[redacted:SERVICE_API_KEY]", "[redacted:CALL_TOKEN]", "[redacted:github-token]")


def trimmed_base64(data, before, encode):
    """The signs that data alone decides, with `before` bytes in front of it."""
    text = encode(b"\xaa" * before + data)
    first = (before * 8 + 5) // 6
    return text[first : (before + len(data)) * 8 // 6]


def forms_of(value):
    data = value.encode()
    forms = [data, data.hex().encode(), data.hex().upper().encode()]
    for before in range(3):
        forms.append(trimmed_base64(data, before, base64.b64encode))
        forms.append(trimmed_base64(data, before, base64.urlsafe_b64encode))
    quoted = urllib.parse.quote(value, safe="").encode()
    lower = b"".join(
        bytes([c]) if chr(c).isalnum() or chr(c) in "-._~" else b"%%%02x" % c for c in data
    )
    forms += [quoted, lower, urllib.parse.quote_plus(value).encode()]
    return list(dict.fromkeys(forms))


FORMS = [form for value in (CANARY, OTHER) for form in forms_of(value)] + [TOKEN.encode()]


def leaks(*texts):
    texts = [text if isinstance(text, bytes) else text.encode() for text in texts]
    return [(form, text) for text in texts for form in FORMS if form in text]


def state_of(volley):
    """Every file's name and contents."""
    texts = []
    for path in volley.state.rglob("*"):
        texts.append(str(path.relative_to(volley.state)))
        if path.is_file():
            texts.append(path.read_bytes())
    return texts


@pytest.fixture
def secretive(volley):
    volley.env["SERVICE_API_KEY"] = CANARY
    return volley


def shell_quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


WRITER = """
import os, sys, time
fd, mode = int(sys.argv[1]), sys.argv[2]
for form in sys.stdin.buffer.read().split(b"\\n"):
    cuts = range(len(form) + 1) if mode == "two" else [None]
    for cut in cuts:
        parts = [form[:cut], form[cut:]] if cut is not None else [bytes([c]) for c in form]
        for part in parts:
            if part:
                os.write(fd, part)
                time.sleep(0.0003)
        os.write(fd, b"\\n")
"""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("mode", ["two", "each"])
def test_split_at_every_byte(secretive, stream, mode):
    (secretive.root / "writer.py").write_text(WRITER)
    forms = [form for value in (CANARY, OTHER) for form in forms_of(value)] + [TOKEN.encode()]
    call = {
        "command": f"exec python3 writer.py {1 if stream == 'stdout' else 2} {mode}",
        "stdin": b"\n".join(forms).decode(),
        "env": {"CALL_TOKEN": OTHER},
    }
    line = json.dumps({"id": "1", "tool": "Bash", "input": call})
    done = secretive("batch", input=line + "\n")
    answer = json.loads(done.stdout)
    names = [MARKS[0]] * len(forms_of(CANARY)) + [MARKS[1]] * len(forms_of(OTHER)) + [MARKS[2]]
    times = [len(form) + 1 if mode == "two" else 1 for form in forms]
    expected = list(itertools.chain(*([name] * n for name, n in zip(names, times, strict=True))))
    assert answer["output"][stream].split("\n")[:-1] == expected
    assert answer["receipt"]["redacted"] == len(expected)
    assert not leaks(done.stdout)


def workflow():
    """A call for each way in."""
    both = f"{CANARY} {OTHER} {TOKEN}"
    env = {"CALL_TOKEN": OTHER}
    encoded = " ".join(shell_quoted(form.decode()) for form in forms_of(CANARY) + forms_of(OTHER))
    commands = [
        {"command": f"echo {shell_quoted(both)}", "description": f"say {both}"},
        {"command": f"echo {shell_quoted(both)} >&2; exit 3"},
        {"command": "cat; cat >&2", "stdin": both},
        {"command": 'echo "$CALL_TOKEN"', "env": env},
        {"command": f"printf '%s\\n' {encoded}"},
        {"command": f"for i in $(seq 2000); do echo {shell_quoted(both)}; done"},
        {"command": "true", "cwd": f"no/{CANARY.replace('/', '_')}{CANARY}"},
        {"command": f"exec {shell_quoted('./' + TOKEN)}"},
        {"command": f"sleep 30; : {shell_quoted(both)}", "timeout": 100},
    ]
    return {
        "name": "canaries",
        "phases": [
            {"name": "shell", "bash": {"commands": commands}},
            {
                "name": "files",
                "codebase": {
                    "glob": ["**/*", f"{OTHER}*"],
                    "grep": [
                        {"pattern": "c4nary|0ther", "output_mode": "content"},
                        OTHER,
                    ],
                    "read": ["secrets.txt", f"none/{OTHER}", OTHER],
                },
            },
        ],
    }


@pytest.fixture
def planted(secretive):
    (secretive.root / "secrets.txt").write_text(f"a {CANARY}\nb {OTHER}\n" * 3)
    (secretive.root / OTHER).write_text("a file whose name is a secret\n")
    # Not in the tree: tokens that nobody told of are not looked for in files.
    (secretive.root.parent / "canaries.json").write_text(json.dumps(workflow()))
    return secretive


@pytest.mark.parametrize("form", ["md", "json", "jsonl"])
def test_run(planted, form):
    done = planted("run", WORKFLOW, "--format", form, "--tokens", "100000")
    assert done.returncode == 1
    assert not leaks(done.stdout, done.stderr, *state_of(planted))
    for mark in MARKS:
        assert mark in done.stdout
    if form == "json":
        answer = json.loads(done.stdout)
        by_call = [call["receipt"].get("redacted", 0) for call in answer["calls"]]
        assert by_call[0] == 3 and by_call[3] == 1
        assert answer["receipt"]["redacted"] == sum(by_call)
        assert sum(p["receipt"]["redacted"] for p in answer["phases"]) == sum(by_call)
        files = [name for name in state_of(planted) if isinstance(name, str) and ".out" in name]
        assert any(name.startswith("volley/spool/") for name in files)
    if form == "md":
        assert "secrets redacted: " in done.stdout and "[3 secrets redacted]" in done.stdout


def test_run_can_tell(planted):
    """What the other tests look for is found when nothing is redacted."""
    for form in ("md", "json", "jsonl"):
        done = planted("run", WORKFLOW, "--format", form, "--redact", "off")
        assert CANARY in done.stdout and OTHER in done.stdout and TOKEN in done.stdout
        assert "redacted" not in done.stdout
    assert leaks(*state_of(planted))


@pytest.mark.parametrize("form", ["md", "json"])
def test_plan(planted, form):
    done = planted("plan", WORKFLOW, "--format", form)
    assert done.returncode == 0 and MARKS[0] in done.stdout and MARKS[2] in done.stdout
    assert not leaks(done.stdout, done.stderr)
    done = planted("plan", WORKFLOW, "--format", form, "--redact", "off")
    assert TOKEN in done.stdout


def batch_lines():
    calls = [("Bash", call) for call in workflow()["phases"][0]["bash"]["commands"]]
    calls += [
        ("Read", {"file_path": "secrets.txt"}),
        ("Grep", {"pattern": "c4nary", "output_mode": "content"}),
        ("Grep", {"pattern": f"({TOKEN}"}),
        ("Read", {"file_path": "secrets.txt", CANARY: 1}),
        ("Read", {"file_path": "secrets.txt", "limit": CANARY}),
    ]
    calls += [(CANARY, {}), (TOKEN, {"x": CANARY})]
    lines = [{"id": f"n{i}", "tool": t, "input": c} for i, (t, c) in enumerate(calls)]
    uses = [{"type": "tool_use", "id": f"u{i}", "name": t, "input": c}
            for i, (t, c) in enumerate(calls)]
    openai = [{"id": f"o{i}", "type": "function",
               "function": {"name": t, "arguments": json.dumps(c)}}
              for i, (t, c) in enumerate(calls)]
    lines += uses + openai
    lines.append({"role": "assistant", "content": uses})
    lines.append({"role": "assistant", "tool_calls": openai})
    text = [json.dumps(line) for line in lines]
    return "\n".join([*text, f'{{"broken": "{CANARY}', f"{TOKEN}", ""])


@pytest.mark.parametrize("more", [[], ["--tokens", "300"], ["--keep-order"]])
def test_batch(planted, more):
    done = planted("batch", *more, input=batch_lines())
    assert done.stdout.count("\n") == batch_lines().count("\n")
    assert not leaks(done.stdout, done.stderr, *state_of(planted))


def test_messages(planted):
    """What is wrong with a workflow or a command line is told without secrets."""
    bad = planted.root / "bad.yaml"
    commands = f"[{{comand: '{CANARY} {TOKEN}'}}]"
    bad.write_text(f"phases:\n  - name: a\n    bash: {{commands: {commands}}}\n")
    done = planted("run", "bad.yaml")
    assert done.returncode == 2 and MARKS[0] in done.stderr and MARKS[2] in done.stderr
    assert not leaks(done.stdout, done.stderr)
    for args in (
        ["call", "Read", TOKEN],
        ["call", "Read", f"limit={CANARY * 3}", "file_path=x"],
        ["run", CANARY.replace("/", "_") + CANARY],
        [TOKEN],
    ):
        done = planted(*args)
        assert done.returncode == 2 and "redacted" in done.stderr
        assert not leaks(done.stdout, done.stderr)


def test_redact_is_no_setting(planted):
    """A stranger's workspace cannot turn it off."""
    (planted.root / ".volley.yaml").write_text("redact: off\n")
    done = planted("call", "Bash", "command=true")
    assert done.returncode == 2 and "unknown setting 'redact'" in done.stderr
    (planted.root / ".volley.yaml").unlink()
    done = planted("call", "Bash", "command=true", "--redact", "maybe")
    assert done.returncode == 2 and "--redact is on or off, not 'maybe'" in done.stderr


def test_clean_output_is_unchanged(secretive):
    """Bytes of all kinds, and the beginnings of secrets."""
    data = bytes(range(256)) * 40 + CANARY.encode()[:-1] + b"\n" + TOKEN.encode()[:20] + b" eyJ"
    (secretive.root / "data").write_bytes(data)
    done = secretive("call", "Bash", "command=cat data", "--redact", "on", text=False, input=b"")
    plain = secretive("call", "Bash", "command=cat data", "--redact", "off", text=False, input=b"")
    assert done.stdout == plain.stdout and data in done.stdout


def test_modes(planted):
    os.umask(0)
    try:
        planted("run", WORKFLOW, "-q")
    finally:
        os.umask(0o022)
    paths = list(planted.state.rglob("*"))
    assert len(paths) > 10
    for path in paths:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_no_core_dumps(secretive):
    command = "ulimit -c; ulimit -Hc; kill -SEGV $$"
    done = secretive("call", "Bash", f"command={command}", "--format", "json")
    output = json.loads(done.stdout)["output"]
    assert output["signal"] == 11 and output["stdout"].split("\n")[0] == "0"
    assert not [path for path in secretive.root.iterdir() if "core" in path.name]
    # volley itself, and that /proc still shows it to its owner
    child = secretive.start("batch")
    try:
        with open(f"/proc/{child.pid}/limits", encoding="utf-8") as file:
            limit = next(line for line in file if line.startswith("Max core file size"))
        assert limit.split()[4] in ("0", "1")
        assert os.stat(f"/proc/{child.pid}").st_uid == os.getuid()
    finally:
        child.communicate(timeout=10)
