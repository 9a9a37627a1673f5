#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Web searches against providers on loopback, whose latencies are drawn by a seed (50 to 400 ms,
log-normal about 120 ms), beside what a shell would do.

    bench/web_search.py [--volley FILE] [--rounds N] [--seed N] [PART...]

wide    32 searches at once: wall time by the slowest search's own time
quota   32, 64 and 128 searches against a quota of 10 a second, told by the user (@10/s), by
        headers, by Retry-After, both, or by nothing: the rate that was reached by the
        quota, and how many requests were refused; and the same by a process that comes two
        seconds after one of 32 searches, and knows what that one has learned
together  32 searches of 4, 8 and 32 processes at the same time against a quota of 10 a second:
        the rate that was reached by it, and how many requests were refused
dead    one of three providers is dead: the time more, by the limit of one request (10 s)
hedge   5 of 100 answers take ten times as long: percentiles with another provider to ask, and
        without
searx   Debian's searx in front of kiwix-serve: 32 searches

What is compared runs in turn, after a round that is not counted. Figures are medians of rounds.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from search_provider import Bucket, Providers, latency

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/e2e"))
LIMIT_S = 10  # of one request
RATE = 10
QUIET = ["-s", "-f", "-o", "/dev/null"]


class Bench:
    def __init__(self, args, folder):
        self.volley, self.rounds, self.seed = os.path.abspath(args.volley), args.rounds, args.seed
        self.folder = folder
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        # Nothing of this machine's user, and no key but one's own.
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder)}

    def run_volley(self, queries, search, name="job", at_once=32, cache=None):
        """(seconds, milliseconds of each search); none may fail. cache: where it knows from what
        those before have learned."""
        job = self.folder / f"{name}.json"
        job.write_text(json.dumps({"phases": [{"name": "s", "web_search": {
            "max_instances": at_once, "queries": queries}}]}))
        with tempfile.TemporaryDirectory(dir=self.folder) as new:
            start = time.monotonic()
            done = subprocess.run([self.volley, "run", "-q", "--format", "jsonl", "--search",
                                   search, str(job)], capture_output=True, cwd=self.workspace,
                                  env={**self.env, "XDG_CACHE_HOME": str(cache or new)})
            took = time.monotonic() - start
        events = [json.loads(line) for line in done.stdout.splitlines()]
        ended = [e["result"] for e in events if e["event"] == "call.finished"]
        bad = [e for e in ended if e["status"] != "ok"]
        if len(ended) != len(queries) or bad:
            sys.exit(f"web_search.py: {len(bad)} searches of {len(queries)} failed: {bad[:1]} "
                     f"{done.stderr.decode()}")
        return took, [e["ms"]["run"] for e in ended]

    def run_shell(self, command, urls, name="urls"):
        """`command` reads addresses from standard input, one a line."""
        path = self.folder / name
        path.write_text("".join(url + "\n" for url in urls))
        start = time.monotonic()
        with path.open() as file:
            code = subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, cwd=self.workspace,
                                  env=self.env).returncode
        return time.monotonic() - start, code

    def each_round(self):
        """Numbers of the rounds, the first not to be counted."""
        return range(-1, self.rounds)


def addresses(url, queries):
    return [f"{url}/search?format=json&q={urllib.parse.quote(query)}" for query in queries]


def table(title, head, rows):
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()


def middle(values, form="%.2f"):
    values = sorted(values)
    return f"{form % statistics.median(values)} ({form % values[0]} to {form % values[-1]})"


def xargs(at_once, *more):
    return ["xargs", "-P", str(at_once), "-n", "1", "curl", *QUIET, *more]


# ---- all at once ----


def part_wide(bench):
    rivals = {
        "volley run": None,
        "curl, one after another": xargs(1),
        "xargs -P 8 curl": xargs(8),
        "xargs -P 32 curl": xargs(32),
        "parallel -j 32 curl": ["parallel", "-j32", "curl", *QUIET, "{}"],
        "one curl --parallel": ["sh", "-c", "sed 's/.*/url = \"&\"\\noutput = \"\\/dev\\/null\"/' |"
                                " curl -s -f --parallel --parallel-immediate --parallel-max 32 "
                                "-K -"],
    }
    walls, ratios = {name: [] for name in rivals}, {name: [] for name in rivals}
    with Providers() as providers:
        provider = providers.start(lambda query, attempt: latency(bench.seed, query))
        for i in bench.each_round():
            queries = [f"retry storm {i} number {k}" for k in range(32)]
            for name, command in rivals.items():
                if command:
                    took, code = bench.run_shell(command, addresses(provider.url, queries))
                    if code:
                        sys.exit(f"web_search.py: {name}: exit status {code}")
                else:
                    took, _ = bench.run_volley(queries, f"searxng={provider.url}")
                requests = provider.take_requests()
                if len(requests) != len(queries):
                    sys.exit(f"web_search.py: {name}: {len(requests)} requests")
                slowest = max(r.end - r.start for r in requests)
                if i >= 0:
                    walls[name].append(took)
                    ratios[name].append(took / slowest)
    table(f"32 searches ({bench.rounds} rounds)", ["", "wall s", "by the slowest search"],
          [[name, middle(walls[name], "%.3f"), middle(ratios[name])] for name in rivals])


# ---- a quota ----


AGAIN = "volley run, known from the run before"


def reached(requests):
    """The rate of what was let in by the quota (a burst may lift it above 1); and how many of the
    requests were refused."""
    good = sorted(r.start for r in requests if r.status == 200)
    n_refused = len(requests) - len(good)
    rate = len(good) / (good[-1] - good[0] + 1 / RATE)
    return rate / RATE, n_refused / len(requests), n_refused


def one_quota(bench, providers, case, i):
    n, burst, tells, rival = case
    name = f"quota-{n}-{burst}-{tells}-{rival.replace(' ', '')}"
    provider = providers.start(lambda query, attempt: latency(bench.seed, query),
                               Bucket(RATE, burst, "nothing" if tells == "user" else tells))
    queries = [f"{name} {i} {k}" for k in range(n)]
    search = f"searxng={provider.url}" + (f"@{RATE}/s" if tells == "user" else "")
    if rival == "volley run":
        bench.run_volley(queries, search, name)
    elif rival == AGAIN:
        cache = bench.folder / f"{name}-{i}"
        bench.run_volley([f"{name} {i} before {k}" for k in range(32)], search, name, cache=cache)
        time.sleep(2)
        provider.take_requests()
        bench.run_volley(queries, search, name, cache=cache)
    else:
        bench.run_shell(xargs(32, "--retry", "8", "--retry-max-time", "30"),
                        addresses(provider.url, queries), name)
    requests = provider.take_requests()
    good = {r.query for r in requests if r.status == 200}
    return *reached(requests), 1 - len(good) / n


def part_quota(bench):
    tellings = ("user", "headers", "both", "retry", "nothing")
    rivals = ("volley run", AGAIN, "xargs curl --retry")
    cases = [(n, burst, tells, rivals[0]) for tells in tellings for burst in (1, 5, 10)
             for n in (32, 64, 128) if n == 32 or burst == 5]
    cases += [(n, burst, tells, AGAIN) for tells in ("headers", "retry", "nothing")
              for burst in (1, 5, 10) for n in (32, 64, 128) if n == 32 or burst == 5]
    cases += [(32, burst, tells, rivals[2]) for tells in ("retry", "nothing")
              for burst in (1, 5, 10)]
    figures = {case: [] for case in cases}
    # They mostly wait: some at once do not hinder each other.
    with Providers() as providers, concurrent.futures.ThreadPoolExecutor(12) as pool:
        for i in range(bench.rounds):
            order = sorted(cases, key=lambda case: (case[3], -case[0]))
            for case, figure in zip(order, pool.map(
                    lambda case: one_quota(bench, providers, case, i), order)):
                figures[case].append(figure)
    rows = []
    for rival in rivals:
        for tells in tellings:
            for burst in (1, 5, 10):
                row = [rival, tells, str(burst)]
                for n in (32, 64, 128):
                    if (n, burst, tells, rival) not in figures:
                        row += ["", ""]
                        continue
                    rate, share, refused, lost = map(
                        statistics.median, zip(*figures[n, burst, tells, rival]))
                    row += [f"{rate:.2f}", f"{share:.1%} ({refused:.0f})" +
                            (f", {lost:.0%} never answered" if lost else "")]
                if any(row[3:]):
                    rows.append(row)
    table(f"a quota of {RATE}/s ({bench.rounds} rounds)",
          ["", "told by", "burst"] + [f"{n}: {what}" for n in (32, 64, 128)
                                      for what in ("rate / quota", "refused")], rows)


# ---- processes at the same time ----


def one_together(bench, providers, n_processes, tells, i):
    name = f"together-{n_processes}-{tells}-{i}"
    provider = providers.start(lambda query, attempt: latency(bench.seed, query),
                               Bucket(RATE, 1, "nothing" if tells == "user" else tells))
    search = f"searxng={provider.url}" + (f"@{RATE}/s" if tells == "user" else "")
    cache = bench.folder / name
    if tells != "user":
        bench.run_volley([f"{name} before {k}" for k in range(32)], search, name, cache=cache)
        time.sleep(2)
        provider.take_requests()
    with concurrent.futures.ThreadPoolExecutor(n_processes) as pool:
        list(pool.map(lambda k: bench.run_volley(
            [f"{name} {k} {j}" for j in range(32 // n_processes)], search, f"{name}-{k}",
            cache=cache), range(n_processes)))
    return reached(provider.take_requests())


def part_together(bench):
    rows = []
    with Providers() as providers:
        for tells in ("user", "headers", "retry", "nothing"):
            for n_processes in (4, 8, 32):
                rate, share, refused = map(statistics.median, zip(*(
                    one_together(bench, providers, n_processes, tells, i)
                    for i in range(bench.rounds))))
                rows.append([tells, str(n_processes), f"{rate:.2f}",
                             f"{share:.1%} ({refused:.0f})"])
    table(f"32 searches of processes at once, a quota of {RATE}/s ({bench.rounds} rounds)",
          ["told by", "processes", "rate / quota", "refused"], rows)


# ---- a dead provider ----


def part_dead(bench):
    kinds = ("never answers", "refuses", "black hole")
    extra = {kind: [] for kind in kinds}
    wall = {kind: [] for kind in ("without", *kinds)}
    with Providers() as providers:
        good = [providers.start(lambda query, attempt: latency(bench.seed, query))
                for _ in range(2)]
        alive = ",".join(f"searxng={one.url}" for one in good)
        dead = {"never answers": providers.start(lambda query, attempt: None).url,
                "refuses": providers.refusing(), "black hole": providers.hole()}
        for i in bench.each_round():
            if i == 0:
                continue  # the three dead ones are warm by the first that is not counted
            queries = [f"dead {i} {k}" for k in range(64)]
            without, _ = bench.run_volley(queries, alive)
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                took = dict(zip(kinds, pool.map(
                    lambda kind: bench.run_volley(queries, f"searxng={dead[kind]},{alive}",
                                                  kind.replace(" ", "-"))[0], kinds)))
            wall["without"].append(without)
            for kind in kinds:
                wall[kind].append(took[kind])
                extra[kind].append((took[kind] - without) / LIMIT_S)
    table(f"64 searches, one of three providers dead ({bench.rounds} rounds)",
          ["", "wall s", "more than without, by the limit of a request"],
          [["two that live", middle(wall["without"]), ""]] +
          [[kind, middle(wall[kind]), middle(extra[kind])] for kind in kinds])


# ---- a slow tail ----


def part_hedge(bench):
    n = 400

    def delay(query, attempt):
        # Whether an answer is slow is of the request, not of the query.
        slow = random.Random(f"{bench.seed} slow {query} {len(asked)}").random() < 0.05
        asked.append(query)
        return latency(bench.seed, query) * (10 if slow else 1)

    asked = []
    figures = {"two to ask": [], "one to ask": []}
    with Providers() as providers:
        two = [providers.start(delay) for _ in range(2)]
        for i in bench.each_round():
            queries = [f"hedge {i} {k}" for k in range(n)]
            for name, used in (("two to ask", two), ("one to ask", two[:1])):
                asked.clear()
                _, ms = bench.run_volley(queries, ",".join(f"searxng={one.url}" for one in used),
                                         at_once=16)
                if i >= 0:
                    ms = sorted(ms)
                    figures[name].append([ms[int(n * p)] for p in (0.5, 0.95, 0.99)] +
                                         [(len(asked) - n) / len(asked) * 100])
    table(f"{n} searches, 16 at once, 5 of 100 answers ten times as slow ({bench.rounds} rounds)",
          ["", "p50 ms", "p95", "p99", "requests that were hedges, %"],
          [[name] + [middle(column, "%.0f" if k < 3 else "%.1f")
                     for k, column in enumerate(zip(*rows))] for name, rows in figures.items()])


# ---- searx ----


def part_searx(bench):
    from web_peers import running_peers

    book = bench.folder / "book"
    book.mkdir()
    rivals = {"volley run": None, "xargs -P 8 curl": xargs(8), "xargs -P 32 curl": xargs(32),
              "curl, one after another": xargs(1)}
    walls = {name: [] for name in rivals}
    with running_peers(book) as peers:
        url = peers["searxng"]
        for i in bench.each_round():
            for name, command in rivals.items():
                queries = [f"retry storms {name.replace(' ', '')}{i}x{k}" for k in range(32)]
                if command:
                    took, code = bench.run_shell(command, addresses(url, queries))
                    if code:
                        sys.exit(f"web_search.py: {name}: exit status {code}")
                else:
                    took, _ = bench.run_volley(queries, f"searxng={url}")
                if i >= 0:
                    walls[name].append(took)
    base = walls["volley run"]
    table(f"searx, 32 searches ({bench.rounds} rounds)", ["", "wall s", "by volley's"],
          [[name, middle(took), middle([a / b for a, b in zip(took, base)])]
           for name, took in walls.items()])


PARTS = {"wide": part_wide, "quota": part_quota, "together": part_together, "dead": part_dead,
         "hedge": part_hedge, "searx": part_searx}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--volley", default=str(HERE.parent / "volley"))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args, pathlib.Path(folder))
        for part in args.parts or PARTS:
            PARTS[part](bench)


if __name__ == "__main__":
    main()
