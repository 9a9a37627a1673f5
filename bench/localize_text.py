"""Words: identifiers taken apart, Porter's stems, and the words that say nothing.

The stemmer is that of M. F. Porter, "An algorithm for suffix stripping", 1980. As in SQLite's FTS5,
which is the oracle of its test, words of less than three letters or of other letters than those of
ASCII are left alone.
"""

import functools
import re

STOP_WORDS = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can"
    " could did do does doing don done down during each few for from further had has have having he"
    " her here hers him his how i if in into is it its itself just let me more most my no nor not"
    " now of off on once one only or other our out over own same she should so some such than that"
    " the their them then there these they this those through to too under until up us very was we"
    " were what when where which while who why will with would you your".split()
)
WORD = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\WA-Za-z0-9_]+")


@functools.lru_cache(maxsize=1 << 20)
def parts(word):
    """An identifier as one word, then its parts if it has any: getIP_v4 -> getipv4 get ip v 4"""
    pieces = [piece.lower() for piece in PART.findall(word)]
    whole = "".join(pieces)
    return (whole, *pieces) if len(pieces) > 1 else (whole,)


@functools.lru_cache(maxsize=1 << 20)
def joined_parts(word):
    return " ".join(parts(word))


def expand(text):
    """The text with each identifier followed by its parts."""
    return " ".join(map(joined_parts, WORD.findall(text)))


@functools.lru_cache(maxsize=1 << 20)
def stems(word):
    return tuple(stem(part) for part in parts(word) if part not in STOP_WORDS)


def plain_terms(question):
    """The words of a question, each once, in order."""
    words = dict.fromkeys(word.lower() for word in re.findall(r"[^\W_]+", question))
    return [word for word in words if word not in STOP_WORDS]


def split_terms(question):
    """The words and the parts of identifiers of a question, one of each stem, in order."""
    found = {}
    for word in WORD.findall(question):
        for part in parts(word):
            if part not in STOP_WORDS:
                found.setdefault(stem(part), part)
    return list(found.values())


# The longest suffix that fits decides; each is listed before those it ends with.
STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("logi", "log"), ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"),
    ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"),
    ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"),
    ("biliti", "ble"),
)  # fmt: skip
STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
)  # fmt: skip
STEP_4 = (
    "ement ance ence able ible ment ant ent ion al er ic ou ism ate iti ous ive ize"
).split()


def forms(word):
    """A letter each: v for a vowel, c for a consonant; y is a vowel after a consonant."""
    shape = ""
    for i, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and i > 0 and shape[-1] == "c")
        shape += "v" if vowel else "c"
    return shape


def measure(word):
    return len(re.findall("v+c", forms(word)))


def ends_short(word):
    return forms(word).endswith("cvc") and word[-1] not in "wxy"


def replaced(word, rules):
    for suffix, instead in rules:
        if word.endswith(suffix):
            rest = word[: -len(suffix)]
            return rest + instead if measure(rest) > 0 else word
    return word


def without_plural(word):
    if word.endswith("s"):
        if word.endswith(("sses", "ies")):
            word = word[:-2]
        elif not word.endswith("ss"):
            word = word[:-1]
    return word


def without_past(word):
    if word.endswith("eed"):
        return word[:-1] if measure(word[:-3]) > 0 else word
    suffix = next((end for end in ("ed", "ing") if word.endswith(end)), None)
    if not suffix or "v" not in forms(word[: -len(suffix)]):
        return word
    word = word[: -len(suffix)]
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if len(word) > 1 and word[-1] == word[-2] and word[-1] not in "aeioulsz":
        return word[:-1]
    return word + "e" if measure(word) == 1 and ends_short(word) else word


def without_suffix(word):
    for suffix in STEP_4:
        if word.endswith(suffix):
            rest = word[: -len(suffix)]
            fits = measure(rest) > 1 and (suffix != "ion" or rest[-1:] in ("s", "t"))
            return rest if fits else word
    return word


@functools.lru_cache(maxsize=1 << 20)
def stem(word):
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = without_past(without_plural(word))
    if word.endswith("y") and "v" in forms(word[:-1]):
        word = word[:-1] + "i"
    word = without_suffix(replaced(replaced(word, STEP_2), STEP_3))
    if word.endswith("e"):
        m = measure(word[:-1])
        if m > 1 or (m == 1 and not ends_short(word[:-1])):
            word = word[:-1]
    if word.endswith("ll") and measure(word) > 1:
        word = word[:-1]
    return word
