"""Trees to explore, made from a seed; the program run on them; what it cites against the files."""

import json
import os
import pathlib
import re
import subprocess
import sys

from conftest import REPOSITORY, VOLLEY

sys.path.insert(0, str(REPOSITORY / "tests" / "oracle"))

from trees import TreeMaker

STEMS = (
    "parse upload retry header socket buffer token cache lock queue reader writer session index "
    "worker timer signal event commit branch route proxy cursor"
).split()
FORMS = ["", "s", "ed", "ing", "er"]
TELLING = "how does the {} get {} when a {} fails"

CODE = {
    ".c": "/* {a} the {b}. */\nint {a}_{b}(struct {c} *{c})\n{{\n"
          "\treturn {c}->{b} ? {a}(1) : 0;\n}}\n",
    ".py": "class {A}{B}:\n    def {a}_{c}(self, {b}):\n        # {c} once\n"
           "        return self.{b}\n",
    ".js": "// {a}\nexport function {a}{B}({c}) {{\n  const {b} = new {C}({c});\n"
           "  return {b};\n}}\n",
    ".rs": "/// {a} and {b}\npub fn {a}_{b}({c}: &{C}) -> bool {{\n    {c}.{b}()\n}}\n",
    ".go": "// {A} {b}\nfunc {A}{B}({c} *{C}) error {{\n\treturn {c}.{B}()\n}}\n",
    ".md": "# {A} and {b}\n\nThe {a} of a {b} is {c}.\n",
}


class CodeMaker(TreeMaker):
    """Random trees with program text among all the odd files."""

    def __init__(self, rng, root):
        super().__init__(rng, root)
        # How much ripgrep shows of a file with a late NUL differs from run to run.
        self.has_long_line = True

    def content(self):
        if self.rng.random() < 0.4:
            return super().content()
        end = self.rng.choice(("\n", "\n", "\n", "\r\n"))
        text = "\n".join(self.piece() for _ in range(self.rng.randrange(1, 12)))
        text = text.replace("\n", end)
        return (text if self.rng.random() < 0.8 else text.rstrip()).encode()

    def piece(self):
        a, b, c = self.rng.sample(STEMS, 3)
        form = self.rng.choice(list(CODE.values()))
        return form.format(a=a, b=b, c=c, A=a.title(), B=b.title(), C=c.title())

    def fill(self, folder):
        more = [f"{self.rng.choice(STEMS)}{suffix}" for suffix in self.rng.sample(list(CODE), 3)]
        paths = [os.path.join(folder, os.fsencode(name)) for name in more]
        made = super().fill(folder)
        for path in paths:
            pathlib.Path(os.fsdecode(os.path.join(self.root, path))).write_bytes(self.content())
        return made + paths

    def question(self):
        rng = self.rng
        words = [rng.choice(STEMS) + rng.choice(FORMS) for _ in range(3)]
        if rng.random() < 0.3:
            words[0] = rng.choice(STEMS) + "_" + rng.choice(STEMS)
        if rng.random() < 0.2:
            return rng.choice(self.lines)[:200] + " " + words[0] if self.lines else words[0]
        return TELLING.format(*words)


def environment(base):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(base),
        "LC_ALL": "C.UTF-8",
        "XDG_STATE_HOME": str(base / "state"),
        "XDG_CONFIG_HOME": str(base / "config"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


class Explorer:
    def __init__(self, base, root):
        self.base, self.root, self.env = base, pathlib.Path(root), environment(base)

    def run(self, *args, before=(), env=None, input=b""):
        return subprocess.run(
            [*before, VOLLEY, *args], cwd=self.root, env={**self.env, **(env or {})}, timeout=120,
            input=input, capture_output=True, check=False)

    def raw(self, question, *args, check=0, **more):
        done = self.run("explore", *args, "--", question, **more)
        # Some files cannot be read: a call that failed is 1.
        assert done.returncode in ((0, 1) if check is None else (check,)), (
            done.args, done.returncode, done.stderr[-2000:], done.stdout[-600:])
        return done.stdout

    def answer(self, question, *args, **more):
        return json.loads(self.raw(question, "--format", "json", *args, **more))

    def workflow(self, phases, *args, check=None):
        """Its answer as JSON; every command is run outside of the sandbox unless args say so."""
        file = self.base / "w.json"
        file.write_text(json.dumps({"name": "w", "phases": phases}))
        done = self.run("run", str(file), "-q", "--format", "json", "--tokens", "1000000",
                        "--sandbox", "off", *args)
        assert done.returncode in ((0, 1) if check is None else (check,)), done.stderr[-2000:]
        return json.loads(done.stdout)


# ---- what is cited, against the files ----

def shown(data):
    """Bytes as JSON shows them: what is not UTF-8 is replaced, by however many characters."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    return re.sub("\ufffd+", "\ufffd", text)


def file_lines(path):
    """Lines with their ends, of the text that is searched: byte order marks taken off."""
    data = pathlib.Path(path).read_bytes()
    for mark, code in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            data = data[2:].decode(code, "replace").encode()
            break
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def files_of(root, *args):
    """What ripgrep would search, by how a path is shown."""
    found = subprocess.run(
        ["rg", "--files", "-0", "--no-config", "--no-messages", "-g", "!.git", *args], cwd=root,
        capture_output=True, check=False, env={"PATH": os.environ["PATH"], "HOME": str(root)})
    return {shown(path): os.path.join(os.fsencode(root), path)
            for path in found.stdout.split(b"\0") if path}


def check_ranges(ranges, n_lines, where):
    last = 0
    for first, end in ranges:
        assert last < first <= end <= n_lines, (where, ranges, n_lines)
        last = end


def check_answer(answer, files):
    """Every cited line is there and reads as cited. How many were cited."""
    n = 0
    for file in answer["files"]:
        path = os.fsdecode(files[shown(file["path"])])
        lines = file_lines(path) if file["ranges"] else []
        check_ranges(file["ranges"], len(lines), path)
        texts = file.get("text", [])  # of a file that is only named there are none
        assert len(texts) == len(file["ranges"])
        for (first, end), text in zip(file["ranges"], texts):
            assert shown(text) == shown(b"".join(lines[first - 1:end])), (path, first, end)
            n += end - first + 1
        for symbol in file.get("symbols", []):
            name, _, line = symbol.rpartition(":")
            assert shown(name) in shown(file_lines(path)[int(line) - 1]), (path, symbol)
        assert 0 < file["score"] <= 1
    scores = [file["score"] for file in answer["files"]]
    assert scores == sorted(scores, reverse=True)
    return n


def clashes(answer):
    """Of an answer to a question, or of the synthesis of a workflow."""
    claims = answer.get("synthesis", answer)["claims"]
    return [claim for claim in claims if claim["status"] in ("contradicted", "stale")]


def reasons(answer):
    return [why for file in answer["files"] for why in file.get("why", [])]


def steady(answer):
    """Without what differs from run to run."""
    answer = dict(answer)
    for key in ("run", "wall_s"):
        del answer[key]
    answer["receipt"] = {key: value for key, value in answer["receipt"].items()
                         if not key.endswith(("_ms", "_ns", "seconds"))}
    return answer
