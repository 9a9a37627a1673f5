"""Random patterns: most are valid and made of what the tree holds, a few are bad on purpose."""

META = set("\\.+*?()|[]{}^$#&-~")

WORDS = (
    "foo bar baz kmalloc pci_read pci_write mutex_lock mutex_unlock TODO FIXME Deprecated return "
    "static struct error err retry back_off x y z a b ab abc aab Kelvin task sKa ES es"
).split()
UNICODE_WORDS = (
    "\u212aelvin",  # KELVIN SIGN: folds to k
    "\u017ftatic",  # LONG S: folds to s
    "stra\u00dfe",
    "STRA\u1e9eE",
    "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",  # three sigmas in three forms
    "\u03c3",
    "\u03c2",
    "caf\u00e9",
    "cafe\u0301",
    "na\u00efve",
    "\u00b5s",
    "\u03bcs",  # MICRO SIGN and mu fold together
    "\u6771\u4eac",
    "\u043f\u0440\u0438\u0432\u0435\u0442",
    "\u0130stanbul",
    "\u01c5",
    "\U0001f600",
    "x\u00a0y",
    "\u0967\u0968",  # Devanagari digits: \d
)
CLASSES = (
    r"\w \W \d \D \s \S . [a-z] [A-Z] [0-9] [0-9a-f] [^a-z] [^\n] [\w-] [^\w] [^\s] [\s\d] "
    r"[a-z&&[^aeiou]] [[a-f][0-9]] [^[x-z]] [\w--_] [a-c~~b-d] [[:alpha:]] [[:^digit:]] "
    r"[[:space:][:punct:]] [[:word:]] \p{L} \p{Lu} \P{L} \pN \p{Greek} \p{Cyrillic} [\p{Greek}x] "
    r"[^\p{L}\s] \p{Alphabetic} [\]a] []a] [^]a] [a-] [-a] [.] [*+?] [\x61-\x7a] [k] [s] [K-S] "
    r"[\u00e0-\u00ff] [^\u0000-\u007f] [_a-zA-Z]"
).split(" ") + ["[^ ]", "[\\t ]", "[ .]"]
# (?-u:.) with newlines, (?-u:\b), and assertions next to each other are left out: ripgrep 13 loses
# matches of them.
ASCII_CLASSES = r"(?-u:\w) (?-u:\d) (?-u:\s) (?-u:\xff) (?-u:[\x80-\xff])".split(" ")
ANCHORS = r"^ $ \b \B \A \z (?m:^) (?m:$)".split(" ")
ESCAPES = (
    r"\x41 \x{e9} \u00e9 \U000000e9 \u{3c3} \t \r \v \f \a \. \* \\ \[ \- \# \x{1F600}"
).split(" ")
REPEATS = "* + ? {2} {1,3} {2,} {0,2} {0} *? +? ?? {1,2}?".split(" ")
FLAGS = "(?i) (?s) (?x) (?-u) (?U) (?m) (?i-s) (?is) (?-i)".split(" ")
BAD = (
    r"(abc",
    r"abc)",
    r"[a-",
    r"[z-a]",
    r"[]",
    r"a{3,1}",
    r"*a",
    r"+",
    r"a|*",
    r"a{2",
    r"a{,2}",
    r"\w{99999}",
    r"(?P<a>x)(?P<a>y)",
    r"(?P<1a>x)",
    r"(?P<a",
    r"(?z)a",
    r"(?i",
    r"(?",
    r"\p{Foo}",
    r"\p{",
    r"\xZZ",
    r"\x{110000}",
    r"\x{d800}",
    r"\u12",
    r"\e",
    r"\<foo",
    r"\y",
    r"[[:foo:]",
    r"[[:alpha:]",
    r"[a&&]]",
    "a\nb",
    r"a\nb",
    r"[\n]",
    r"\x0a",
    "\\",
    r"(?-u:\pL)",
    r"[\b]",
)


def escape(text):
    return "".join("\\" + c if c in META else c for c in text)


class PatternMaker:
    def __init__(self, rng, samples):
        """samples: lines that a match can be cut from."""
        self.rng, self.samples, self.n_names = rng, samples, 0

    def make(self):
        """One pattern; one in twenty is bad."""
        self.n_names = self.top_depth = 0
        dice = self.rng.random()
        if dice < 0.05:
            return self.rng.choice(BAD)
        if dice < 0.30:
            return self.near_sample()
        if dice < 0.40:
            return self.literal()
        self.top_depth = self.rng.choice((1, 2, 2, 3))
        pattern = self.alternation(self.top_depth)
        if self.rng.random() < 0.15:
            pattern = self.rng.choice(FLAGS) + pattern
        return pattern

    def literal(self):
        dice = self.rng.random()
        if dice < 0.6:
            return escape(self.rng.choice(WORDS))
        if dice < 0.85:
            return escape(self.rng.choice(UNICODE_WORDS))
        return self.rng.choice(ESCAPES)

    def near_sample(self):
        """A piece of a line of the tree, some of its characters made more general."""
        line = self.rng.choice(self.samples)
        start = self.rng.randrange(len(line) + 1)
        piece = line[start : start + self.rng.randrange(1, 14)]
        out = []
        for c in piece:
            dice = self.rng.random()
            if dice < 0.75:
                out.append(escape(c))
            elif c.isspace():
                out.append(self.rng.choice((r"\s", r"\s+", r"\s*", " ?", "[ \\t]", r"\W")))
            elif c.isdigit():
                out.append(self.rng.choice((r"\d", "[0-9]+", r"\w", ".")))
            elif c.isalpha():
                out.append(self.rng.choice((r"\w", r"\w+", ".", ".*?", r"\pL", "[^ ]", r"\S*")))
            else:
                out.append(self.rng.choice((".", r"\W", ".*", "[^a-z]")))
        pattern = "".join(out)
        if start == 0 and self.rng.random() < 0.3:
            pattern = "^" + pattern
        if self.rng.random() < 0.15:
            pattern = r"\b" + pattern
        if self.rng.random() < 0.15:
            pattern += self.rng.choice(("$", r"\b", r"\s*$", r"\r?$"))
        return pattern

    def alternation(self, depth):
        n = self.rng.choice((1, 1, 1, 1, 2, 2, 3))
        branches = [self.sequence(depth) for _ in range(n)]
        if n > 1 and self.rng.random() < 0.08:
            branches[self.rng.randrange(n)] = ""
        return "|".join(branches)

    def sequence(self, depth):
        n = self.rng.choice((1, 1, 2, 2, 3))
        terms = [self.term(depth) for _ in range(n)]
        if depth == self.top_depth and self.rng.random() < 0.3:
            terms.insert(self.rng.randrange(n + 1), self.rng.choice(ANCHORS))
        return "".join(terms)

    def term(self, depth):
        atom = self.atom(depth)
        if self.rng.random() < 0.25:
            # A repeat binds to the last character of a word: group some words, leave others.
            if len(atom) > 2 and self.rng.random() < 0.5 and not atom.startswith(("(", "[", "\\")):
                atom = f"(?:{atom})"
            return atom + self.rng.choice(REPEATS)
        return atom

    def atom(self, depth):
        dice = self.rng.random()
        if dice < 0.45:
            return self.literal()
        if dice < 0.75 or depth <= 1:
            return self.rng.choice(CLASSES if self.rng.random() < 0.93 else ASCII_CLASSES)
        inner = self.alternation(depth - 1)
        self.n_names += 1
        opening = self.rng.choice(("(", "(", "(?:", "(?:", "(?i:", "(?s:", f"(?P<n{self.n_names}>"))
        return f"{opening}{inner})"
