"""An answer never costs more tokens than it may, counted by the tokenizers of real models, and
uses what it may where there is that much to say. VOLLEY_CASES=1000 tries so many; gpt-tokenizer
comes from npm, into out/."""

import os
import pathlib
import random
import shutil
import subprocess

import explorer
import pytest
from conftest import REPOSITORY

CASES = int(os.environ.get("VOLLEY_CASES", "24"))
ENCODINGS = ("cl100k_base", "o200k_base")
REAL = [path for path in (str(REPOSITORY / "src"), "/usr/lib/python3", "/usr/share/perl5")
        if os.path.isdir(path)]
# Of the budget: one estimate is for all tokenizers, and careful. Below SMALL the frame of an answer
# decides.
SMALL, USED_LEAST, USED_MEAN = 1000, 0.75, 0.85
SCRIPT = """
const fs = require("fs");
const text = fs.readFileSync(0, "utf8").split("\\u0000");
for (const name of process.argv.slice(2)) {
  const {countTokens, encode} = require("gpt-tokenizer/encoding/" + name);
  for (const part of text) console.log(encode(part, {allowedSpecial: "all"}).length);
}
"""


@pytest.fixture(scope="module")
def count():
    """Numbers of tokens of texts, by encoding."""
    where = REPOSITORY / "out" / "tokenizer"
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("npm and node are needed for the tokenizers of real models")
    if not (where / "node_modules" / "gpt-tokenizer").is_dir():
        where.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(where),
                               "gpt-tokenizer@2.9.0"], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("npm cannot install gpt-tokenizer: " + done.stderr.decode()[-300:])
    script = where / "count.js"
    script.write_text(SCRIPT)

    def run(texts):
        done = subprocess.run(["node", str(script), *ENCODINGS], input="\0".join(texts).encode(),
                              capture_output=True, check=True)
        numbers = [int(line) for line in done.stdout.split()]
        assert len(numbers) == len(ENCODINGS) * len(texts)
        return {name: numbers[i * len(texts):(i + 1) * len(texts)]
                for i, name in enumerate(ENCODINGS)}

    return run


def cases(tmp_path, n, rng):
    for _ in range(n):
        words = [rng.choice(explorer.STEMS) + rng.choice(explorer.FORMS) for _ in range(3)]
        budget = int(2 ** rng.uniform(8, 14.3))
        one = explorer.Explorer(tmp_path, rng.choice(REAL))
        yield one, explorer.TELLING.format(*words), budget


@pytest.mark.parametrize("form", ["md", "json"])
def test_never_over_budget_and_well_used(tmp_path, count, form):
    rng, texts, budgets, wheres = random.Random(form), [], [], []
    for one, question, budget in cases(tmp_path, max(1, CASES // 2), rng):
        text = one.raw(question, "--tokens", str(budget), "--format", form, check=None)
        texts.append(text.decode("utf-8", "replace").replace("\0", ""))
        budgets.append(budget)
        wheres.append((str(one.root), question))
    used = []
    for name, numbers in count(texts).items():
        for n, budget, where in zip(numbers, budgets, wheres):
            assert n <= budget, (name, n, budget, where)
            if budget >= SMALL:
                assert n >= USED_LEAST * budget, (name, n, budget, where)
                used.append(n / budget)
    # These trees have more to say than fits into any of these budgets.
    assert not used or sum(used) / len(used) >= USED_MEAN, sorted(used)[:9]
