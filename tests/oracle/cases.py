"""One comparison: a Grep call, what ripgrep says to it, and what volley says."""

import codecs
import json
import os
import pathlib
import re
import subprocess

from patterns import PatternMaker
from trees import TreeMaker

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
VOLLEY = os.environ.get("VOLLEY", str(REPOSITORY / "volley"))
NOTE = re.compile(
    rb"^(?:[^\n]*new\n)?.*"
    rb"(?:WARNING: stopped searching binary file after match|binary file matches) "
    rb'\(found "\\0" byte around offset \d+\)\n',
    re.M,
)
GLOBS = (
    "*.c *.md !*.c **/*.h src/** src/*.c *.{c,h,py} /main.c docs/ [mn]*.* ?ain.c !src/** *\\** "
    "\\[x\\].c **/deep/** .* **/.*.c x.min.js */*.c {src,docs}/*.md *[!c] {a,b"
).split()
TYPES = "c py md js rust make txt sh json html h cpp nosuchtype".split()

codecs.register_error("each-byte", lambda error: ("\ufffd", error.start + 1))


def as_text(data):
    """Every byte that is not part of valid UTF-8 (RFC 3629) becomes one U+FFFD."""
    return data.decode("utf-8", "each-byte")


def random_input(rng, pattern, paths):
    """The input of a Grep call."""
    call = {"pattern": pattern, "head_limit": 0}
    call["output_mode"] = rng.choice(("content",) * 7 + ("count", "files_with_matches"))
    if rng.random() < 0.2:
        call["-i"] = True
    if rng.random() < 0.12:
        call["multiline"] = True
    if call["output_mode"] == "content":
        dice = rng.random()
        if dice < 0.12:
            call["-A"] = rng.randrange(0, 4)
        if 0.08 < dice < 0.2:
            call["-B"] = rng.randrange(0, 4)
        if 0.2 < dice < 0.32:
            call[rng.choice(("-C", "context"))] = rng.randrange(0, 6)
        if rng.random() < 0.15:
            call["-o"] = True
        if rng.random() < 0.1:
            call["-n"] = False
    if rng.random() < 0.15:
        call["glob"] = rng.choice(GLOBS)
    if rng.random() < 0.1:
        call["type"] = rng.choice(TYPES)
    if rng.random() < 0.2:
        call["hidden"] = True
    if rng.random() < 0.2:
        call["no_ignore"] = True
    if rng.random() < 0.15:
        call["path"] = rng.choice(paths)
    if "\\A" in pattern or "\\z" in pattern:
        # To ripgrep these hold wherever it goes on searching from.
        call.pop("-o", None)
        call.pop("multiline", None)
    return call


def rg_argv(call):
    argv = ["rg", "--no-config", "--color", "never", "--no-heading", "--sort", "path", "-H"]
    argv.append("-N" if call.get("-n") is False else "-n")
    mode = call.get("output_mode", "files_with_matches")
    argv += {"content": [], "count": ["-c"], "files_with_matches": ["-l", "-0"]}[mode]
    for key in ("-A", "-B", "-C", "context"):
        if key in call:
            argv += ["-C" if key == "context" else key, str(call[key])]
    for key, flags in (
        ("-i", ["-i"]),
        ("-o", ["-o"]),
        ("multiline", ["-U", "--multiline-dotall"]),
        ("hidden", ["--hidden"]),
        ("no_ignore", ["--no-ignore"]),
    ):
        if call.get(key):
            argv += flags
    if "glob" in call:
        argv += ["-g", call["glob"]]
    if "type" in call:
        argv += ["-t", call["type"]]
    argv += ["-e", call["pattern"]]
    return argv + (["--", call["path"]] if "path" in call else [])


def run_rg(argv, folder, env):
    return subprocess.run(
        argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )


def is_refused(argv, env):
    """ripgrep's exit status 2 may also come from one bad line of an ignore file, or from nothing
    to search; in an empty folder only a bad call is left to complain about."""
    empty = pathlib.Path(env["HOME"], "empty")
    empty.mkdir(exist_ok=True)
    argv = argv[: argv.index("--")] if "--" in argv else argv
    done = run_rg(argv, empty, env)
    return done.returncode == 2 and b"No files were searched" not in done.stderr


def expected(root, call, env):
    """ripgrep's answer: None for an error, a list of names, or text without the last newline."""
    argv = rg_argv(call)
    if "path" in call:
        # Given a relative path, ripgrep 13 misapplies anchored ignore rules of its parents.
        argv[-1] = f"{root}/{call['path']}"
    done = run_rg(argv, root, env)
    prefix = re.escape(os.fsencode(f"{root}/"))
    done.stdout = re.sub(rb"(^|\0)" + prefix, rb"\1", done.stdout, flags=re.M)
    if done.returncode == 2 and is_refused(argv, env):
        return None
    if call.get("output_mode") == "files_with_matches":
        return [as_text(name) for name in done.stdout.split(b"\0") if name]
    return as_text(NOTE.sub(b"", done.stdout)).removesuffix("\n")


def matches_empty(call):
    argv = ["rg", "--no-config", "-q", *(["-i"] if call.get("-i") else []), "-e", call["pattern"]]
    done = subprocess.run([*argv, "-"], input=b"\n", capture_output=True, check=False)
    return done.returncode == 0


def is_binary(root, path):
    file = pathlib.Path(root, path or ".")
    return file.is_file() and b"\0" in file.read_bytes()


def make_calls(rng, root, n):
    """A random tree at root and n calls to ask of it."""
    tree = TreeMaker(rng, root).make()
    maker = PatternMaker(rng, tree.lines)
    calls = [random_input(rng, maker.make(), tree.paths) for _ in range(n)]
    for call in calls:
        if tree.has_late_nul and call.get("multiline"):
            for key in ("-A", "-B", "-C", "context"):
                call.pop(key, None)  # ripgrep prints half of the last group
        if call.get("-o") and matches_empty(call):
            call.pop("-o")  # "only the matched (non-empty) parts": ripgrep prints some empty ones
        if "\\b" in call["pattern"] or "\\B" in call["pattern"]:
            # ripgrep 13 forgets what stands before where it resumes
            call.pop("-o", None)
            call.pop("multiline", None)
            call["pattern"] = re.sub(r"(\\[bB])\^", r"\1", call["pattern"])
        if is_binary(root, call.get("path")) or (call.get("multiline") and call.get("-o")):
            for key in ("-A", "-B", "-C", "context"):
                call.pop(key, None)  # nor are these pinned down by what ripgrep documents
    return calls


def answer(line):
    """The same, from one output line of `volley batch`."""
    result = json.loads(line)
    if result["status"] != "ok":
        if result["status"] != "failed" or result["error"]["class"] != "invalid":
            return f"unexpected failure: {line}"
        return None
    output = result["output"]
    if "mode" not in output or output["mode"] == "files_with_matches":
        return output["filenames"]
    return output["content"].removesuffix("\n")


def actual(root, calls, env, tool="Grep"):
    """volley's answers to calls that are given together, so that they are fused."""
    lines = [
        json.dumps({"id": str(i), "tool": tool, "input": call}) for i, call in enumerate(calls)
    ]
    done = subprocess.run(
        [VOLLEY, "batch", "--keep-order"],
        cwd=root,
        env=env,
        input=("\n".join(lines) + "\n").encode(),
        capture_output=True,
        check=False,
    )
    answers = [answer(line) for line in done.stdout.splitlines()]
    if len(answers) != len(calls) or done.returncode not in (0, 1):
        raise RuntimeError(
            f"{len(answers)} answers to {len(calls)} calls, status {done.returncode}: "
            + as_text(done.stderr)[-2000:]
        )
    return answers


def environment(home):
    """A home of its own, so that nobody's settings or state take part."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "VOLLEY", "RIPGREP"))}
    return dict(env, HOME=str(home), XDG_STATE_HOME=str(home / "state"))


def shell_line(root, call):
    """What a person would type to see ripgrep's side."""
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in rg_argv(call))
    return f"cd '{root}' && {quoted}"


def explain(root, call, got, expected):
    """The first difference, short enough to read."""
    text = [f"input {json.dumps(call)}", shell_line(root, call)]
    if isinstance(got, str) and isinstance(expected, str):
        got, expected = got.split("\n"), expected.split("\n")
    if isinstance(got, list) and isinstance(expected, list):
        at = next(
            (i for i, (a, b) in enumerate(zip(got, expected)) if a != b),
            min(len(got), len(expected)),
        )
        text.append(f"{len(got)} lines, ripgrep {len(expected)}; they differ from line {at + 1}:")
        got, expected = got[at : at + 2], expected[at : at + 2]
    text += [f"volley:  {str(got)[:600]}", f"ripgrep: {str(expected)[:600]}"]
    return "\n".join(text)
