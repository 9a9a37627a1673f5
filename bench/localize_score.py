"""What an answer is worth, what the difference between two contestants is worth, and the table."""

import random
import statistics

METRICS = ("recall@1", "recall@5", "recall@10", "mrr", "hit@10", "lines", "lines (files)")
RESAMPLES = 1000
BYTES_PER_TOKEN = 4


def of_ranks(ranked, truth):
    """The metrics of a list of paths; hit@10 says whether any of the truth is among the first."""
    truth = set(truth)
    score = {f"recall@{k}": len(truth & set(ranked[:k])) / len(truth) for k in (1, 5, 10)}
    first = next((i for i, path in enumerate(ranked, 1) if path in truth), None)
    score["mrr"] = 1 / first if first else 0.0
    score["hit@10"] = float(bool(first and first <= 10))
    return score


def of_lines(ranges, text_of, truth, limit_tokens):
    """Which part of the changed lines is read, when reading ends with so many tokens."""
    left, read = limit_tokens * BYTES_PER_TOKEN, set()
    for path, first, last in ranges:
        text = text_of(path)
        if text is None:
            continue
        lines = text.split("\n")
        for number in range(first, min(last, len(lines)) + 1):
            left -= len(lines[number - 1].encode()) + 1
            if left < 0:
                break
            read.add((path, number))
        if left < 0:
            break
    wanted = {(path, number) for path, numbers in truth.items() for number in numbers}
    return len(wanted & read) / len(wanted) if wanted else None


def mean(values):
    values = [value for value in values if value is not None]
    return statistics.fmean(values) if values else float("nan")


def ratio_of_misses(ours, theirs):
    """How much of what they miss is missed by us; 1 where they miss nothing and neither do we."""
    a, b = 1 - mean(ours), 1 - mean(theirs)
    return a / b if b > 0 else (1.0 if a <= 0 else float("inf"))


def difference(ours, theirs):
    return mean(ours) - mean(theirs)


def interval(statistic, ours, theirs, seed=1):
    """The 95 % interval of a statistic of pairs, by the bootstrap over commits."""
    pairs = [pair for pair in zip(ours, theirs) if None not in pair]
    if not pairs:
        return float("nan"), float("nan")
    dice = random.Random(seed)
    drawn = sorted(
        statistic(*zip(*dice.choices(pairs, k=len(pairs)))) for _ in range(RESAMPLES)
    )
    return drawn[int(RESAMPLES * 0.025)], drawn[int(RESAMPLES * 0.975) - 1]


def table(rows, contestants, strong):
    """A Markdown table of rows that have the same commits for all contestants."""
    by_name = {name: [row["scores"][name] for row in rows] for name in contestants}
    out = [
        f"| | {' | '.join(METRICS)} | miss ratio | 1-MRR ratio |",
        "|---|" + "---|" * (len(METRICS) + 2),
    ]
    for name in contestants:
        cells = []
        for metric in METRICS:
            ours = [score.get(metric) for score in by_name[name]]
            cell = f"{mean(ours):.3f}"
            if name != strong:
                theirs = [score.get(metric) for score in by_name[strong]]
                low, high = interval(difference, ours, theirs)
                cell += f" ({low:+.3f}, {high:+.3f})"
            cells.append(cell)
        for metric in ("recall@10", "mrr"):
            ours = [score[metric] for score in by_name[name]]
            theirs = [score[metric] for score in by_name[strong]]
            cell = f"{ratio_of_misses(ours, theirs):.2f}"
            if name != strong:
                low, high = interval(ratio_of_misses, ours, theirs)
                cell += f" ({low:.2f}, {high:.2f})"
            cells.append(cell)
        out.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(out)
