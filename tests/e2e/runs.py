"""A run with effects that can be counted, its journal read by somebody else, and what must hold
of the two at any time."""

import collections
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import tempfile

from conftest import VOLLEY, Mark

BATCH = [VOLLEY, "batch", "-q", "--sandbox", "off"]
NOT_STARTED = -2
EFFECT = 3
STATUSES = ["ok", "failed", "timeout", "cancelled", "denied", "skipped", "indeterminate"]
OK = 0
INDETERMINATE = 6


def effect(name, before="", **more):
    """A command that leaves a line behind for good, and says so."""
    command = f"{before}echo {name} >> ../effects && sync ../effects && echo done {name}"
    return {"id": name, "command": command, **more}


SMALL = [
    {"name": "look", "codebase": {"grep": ["line 7"], "read": ["b.txt"], "glob": ["*.txt"]}},
    {"name": "act", "bash": {"commands": [
        effect("e1"), effect("e2"), effect("e3", needs=["e1"]),
        {"id": "k1", "command": "cat b.txt", "idempotent": True}]}},
    {"name": "after", "needs": ["act"], "bash": {"commands": [effect("e4")]}},
]


class Job:
    def __init__(self, base, phases, env=None):
        self.base, self.root, self.state = base, base / "tree", base / "state"
        self.root.mkdir(parents=True)
        (self.root / "a.txt").write_text("".join(f"line {i}\n" for i in range(3000)))
        (self.root / "b.txt").write_text("here\n")
        self.workflow = base / "w.json"
        self.workflow.write_text(json.dumps({"name": "w", "phases": phases}))
        self.mark = Mark()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(base),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(base / "config"),
            **self.mark.env,
            **(env or {}),
        }

    def argv(self, command, *args):
        what = str(self.workflow) if command == "run" else "last"
        # Room for all: what is cut differs with the length of times and of paths.
        # The effects are outside of the workspace, where a crash of the test cannot fake them.
        confined = ["--sandbox", "off"] if command == "run" else []
        return [VOLLEY, command, what, "-q", "--tokens", "200000", *confined, *args]

    def __call__(self, command, *args, before=(), check=None, **more):
        """`run` or `resume` to its end."""
        done = subprocess.run(
            [*before, *self.argv(command, *args)], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, cwd=self.root, env=self.env, timeout=60, check=False, **more)
        if check is not None:
            assert done.returncode == check, (done.args, done.returncode, done.stderr)
        return done

    def start(self, command, *args, before=(), **more):
        return subprocess.Popen(
            [*before, *self.argv(command, *args)], stdin=subprocess.DEVNULL, cwd=self.root,
            env=self.env, **more)

    # ---- what there is ----

    def run_dir(self):
        runs = self.state / "volley" / "runs"
        found = sorted(runs.iterdir()) if runs.is_dir() else []
        return found[-1] if found else None

    def journal(self):
        """None where the run never began. Of a copy: looking at it must not change it."""
        where = self.run_dir()
        if not where or not (where / "journal.db").exists():
            return None
        with tempfile.TemporaryDirectory() as copy:
            for file in where.glob("journal.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, copy)
            return read_journal(f"{copy}/journal.db", where / "witness")

    def effects(self):
        file = self.base / "effects"
        return collections.Counter(file.read_text().split() if file.exists() else [])

    def normal(self, answer):
        """A JSON answer without what differs from run to run."""
        answer = json.loads(answer.replace(str(self.base), "BASE"))
        for key in ("run", "totals", "full_outputs"):
            answer.pop(key, None)
        for call in answer["calls"]:
            del call["ms"], call["attempts"]
            call.get("output", {}).pop("durationMs", None)
        return answer

    def normal_md(self, answer):
        answer = answer.replace(str(self.base), "BASE")
        answer = re.sub(r"\b\d{8}T\d{6}-\w{4}\b", "RUN", answer)
        return re.sub(r"\b[\d.]+ (ms|s|MB|attempts|retries)\b", r"N \1", answer)

    # ---- what must hold ----

    def check(self, acknowledged=()):
        """After anything whatsoever, when all processes are gone."""
        assert self.mark.left() == []
        journal, effects = self.journal(), self.effects()
        if journal is None:
            assert not effects and not acknowledged, (effects, acknowledged)
            return None
        started = collections.Counter(
            row.call for row in journal.attempts if row.outcome != NOT_STARTED)
        for call, times in effects.items():
            assert times <= started[call], (call, times, journal.attempts)
        for call, status in acknowledged:
            result = journal.results.get(call)
            assert result and not result.cut, (call, status, journal)
            assert STATUSES[result.status] == status, (call, status, result)
        return journal

    def finish(self, reference):
        """To the end, as the undisturbed run came to; what was in doubt is told, then done."""
        in_doubt = self.journal().in_doubt()
        done = self("resume", "--format", "json")
        statuses = {call["id"]: call["status"] for call in json.loads(done.stdout)["calls"]}
        told = {call for call, status in statuses.items() if status == "indeterminate"}
        assert told == in_doubt, (told, in_doubt, done.stderr)
        assert all(status == "ok" or in_doubt for status in statuses.values()), statuses
        assert done.returncode == (1 if in_doubt else 0), done
        self.check()
        before = self.effects()
        done = self("resume", "--format", "json", "--indeterminate", "rerun", check=0)
        check_same(self.normal(done.stdout), reference)
        journal = self.check()
        effects = self.effects()
        for call in effects:  # only what was in doubt was done anew
            more = effects[call] - before[call]
            assert more <= 1 and (more == 0 or call in in_doubt or before[call] == 0)
        assert all(result.status == OK for result in journal.results.values())
        assert journal.state == 1 and not journal.in_doubt()
        done = self("resume", "--format", "json", check=0)  # there is nothing left to do
        check_same(self.normal(done.stdout), reference)
        assert self.effects() == effects


Attempt = collections.namedtuple("Attempt", "call n outcome")
Result = collections.namedtuple("Result", "status attempts cut")


class Journal:
    def __init__(self, state, idem, attempts, results, witnessed):
        self.state, self.idem, self.attempts, self.results = state, idem, attempts, results
        self.witnessed = witnessed  # (call, n) of attempts whose end somebody saw

    def __repr__(self):
        return f"{self.attempts} {self.results}"

    def in_doubt(self):
        """Calls with an effect that started and of whose end nothing is known."""
        found = set()
        for attempt in self.attempts:
            if attempt.outcome == NOT_STARTED or self.idem[attempt.call] != EFFECT:
                continue
            result = self.results.get(attempt.call)
            is_over = result and not result.cut and result.attempts >= attempt.n
            is_over = is_over or (attempt.outcome is None
                                  and (attempt.call, attempt.n) in self.witnessed)
            if not is_over and attempt.outcome in (None, STATUSES.index("cancelled")):
                found.add(attempt.call)
            else:
                found.discard(attempt.call)
        return found


def read_witness(path, name):
    data = path.read_bytes() if path.exists() else b""
    found = set()
    for magic, status, key in struct.iter_unpack("4siQ", data[:len(data) // 16 * 16]):
        assert magic == b"vwit"
        if status == 0:  # others may only have met the end of volley
            found.add((name[key >> 16], key & 0xffff))
    return found


def read_journal(path, witness):
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    if not db.execute("SELECT * FROM sqlite_schema").fetchall():
        return None
    run = db.execute("SELECT state FROM run").fetchall()
    calls = db.execute("SELECT seq, call_id, idem FROM inv ORDER BY seq").fetchall()
    if not run or not calls:
        return None
    name = {seq: call for seq, call, _ in calls}
    attempts = [Attempt(name[seq], n, outcome) for seq, n, outcome in db.execute(
        "SELECT seq, n, outcome FROM attempt ORDER BY seq, n")]
    results = {}
    for seq, cut, meta in db.execute("SELECT seq, cut, meta FROM result"):
        meta = json.loads(meta)
        results[name[seq]] = Result(meta.get("status", 0), meta.get("attempts", 0), cut)
    db.close()
    return Journal(run[0][0], {call: idem for _, call, idem in calls}, attempts, results,
                   read_witness(witness, name))


def is_witnessed(call):
    """Its end was seen, and what it printed is lost."""
    return call["receipt"]["why_incomplete"] == ["output_cut"] and call["status"] == "ok"


def check_same(answer, reference):
    pairs = list(zip(answer["calls"], reference["calls"]))
    for one, other in pairs:
        if is_witnessed(one):
            assert (one["id"], one["status"]) == (other["id"], other["status"])
        else:
            assert one == other
    if not any(is_witnessed(one) for one, _ in pairs):
        assert answer == reference


def acknowledged(text):
    """Calls whose end was told on a stream of events; its last line may be cut off."""
    told = []
    for line in text.split("\n")[:-1]:
        event = json.loads(line)
        if event["event"] == "call.finished":
            told.append((event["call"], event["result"]["status"]))
    return told
