"""Random trees: text in several encodings, binaries, odd names, links and ignore files."""

import os
import pathlib

from patterns import UNICODE_WORDS, WORDS

DIRS = ["", "src", "src/net", "src/net/deep", "docs", ".hidden", "build"]
DIRS += ["a b", "\u00fcber", "-dash"]
NAMES = (
    "main.c main.h util.py README.md Makefile notes.txt index.js lib.rs run.sh data.json page.html "
    ".dotfile .dot.c a:b.txt *star*.c [x].c sp\u00e4t.md trailing. core.1 UPPER.C x.min.js"
).split() + ["with space.c", "tab\there.txt"]
RAW_NAMES = [b"bad\xff.txt", b"cut\xe2\x82.c", b"new\nline.txt"]
SEPARATORS = [" "] * 12 + ["\t", "  ", "(", ");", "->", ".", ",", " = ", "-", '"']
SEPARATORS += ["\u00a0", "\u2003"]
ODD_SEPARATORS = ["\x0b", "\x0c", "\x85", "\u2028", "\r", "\x1c"]
NUMBERS = ["0", "7", "42", "0x1F", "3.14", "1e9", "deadbeef-1234-5678-", "100"]
IGNORE_LINES = (
    "*.md|/build|build/|*.o|!main.c|**/deep|docs/*|!docs/README.md|*.[ch]|src/**/x.min.js|"
    "\\*star*.c|# comment|*.txt |a\\ b/|/src/net/*.c|{main,lib}.*|UPPER.C|upper.c|[!m]*.js|"
    ".dot*|*/|!*/|foo/**/bar|*|!*.c|a\\"
).split("|")
TINY = [b"", b"\n", b"\n\n\n", b"foo", b"\r\n", b"\xef\xbb\xbf", b"\0", b" "]


class TreeMaker:
    def __init__(self, rng, root):
        self.rng, self.root = rng, os.fsencode(root)
        self.lines = []
        # ripgrep's buffer grows with a long line and stays so for the files after it; how far it
        # looks into a file with a late NUL then depends on the file before. Not both in one tree.
        self.has_long_line = self.has_late_nul = False

    def make(self):
        """Fills root; then `lines` holds text that occurs in it, `paths` what may be asked."""
        os.makedirs(self.root)
        files = []
        for name in DIRS:
            if name == "" or self.rng.random() < 0.6:
                files += self.fill(os.fsencode(name))
        self.add_ignores()
        self.add_links(files)
        self.paths = [p.decode() for p in files if self.is_utf8(p)]
        self.paths += [d for d in DIRS if d and os.path.isdir(os.path.join(self.root, d.encode()))]
        return self

    @staticmethod
    def is_utf8(path):
        try:
            return bool(path.decode())
        except UnicodeDecodeError:
            return False

    def fill(self, folder):
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        names = [os.fsencode(n) for n in self.rng.sample(NAMES, self.rng.randrange(2, 9))]
        if self.rng.random() < 0.2:
            names.append(self.rng.choice(RAW_NAMES))
        paths = [os.path.join(folder, name) for name in names]
        for path in paths:
            pathlib.Path(os.fsdecode(os.path.join(self.root, path))).write_bytes(self.content())
        return paths

    def line(self):
        dice = self.rng.random()
        if dice < 0.12:
            return ""
        n = self.rng.randrange(1, 10) if dice < 0.97 else self.rng.randrange(30, 200)
        pieces = []
        for _ in range(n):
            kind = self.rng.random()
            if kind < 0.72:
                pieces.append(self.rng.choice(WORDS))
            elif kind < 0.86:
                pieces.append(self.rng.choice(NUMBERS))
            else:
                pieces.append(self.rng.choice(UNICODE_WORDS))
            odd = self.rng.random() < 0.03
            pieces.append(self.rng.choice(ODD_SEPARATORS if odd else SEPARATORS))
        line = "".join(pieces[: -1 if self.rng.random() < 0.7 else None])
        return "\t" * self.rng.choice((0, 0, 0, 1, 2)) + line

    def text(self, n_lines, end="\n"):
        lines = [self.line() for _ in range(n_lines)]
        self.lines += [line for line in lines if line][:20]
        text = end.join(lines) + end
        if self.rng.random() < 0.2:
            text = text[: -len(end)]
        return text

    def content(self):
        rng, dice = self.rng, self.rng.random()
        n = rng.choice((1, 2, 3, 5, 8, 13, 20, 40))
        if dice < 0.50:
            return self.text(n).encode()
        if dice < 0.56:
            return self.text(n, "\r\n").encode()
        if dice < 0.59:
            return self.text(n).replace("\n", "\r\n", n // 2).encode()
        if dice < 0.63:
            return rng.choice(TINY)
        if dice < 0.69:
            return self.utf16(n)
        if dice < 0.72:
            return b"\xef\xbb\xbf" + self.text(n).encode()
        if dice < 0.76:
            return self.text(n).encode("latin-1", "ignore")
        if dice < 0.82:
            return self.damage(self.text(n).encode())
        if dice < 0.92:
            return self.binary()
        if dice < 0.94:
            return self.large()
        return self.text(200).encode()

    def utf16(self, n):
        big = self.rng.random() < 0.5
        data = self.text(n).encode("utf-16-be" if big else "utf-16-le")
        cut = self.rng.random()
        if cut < 0.15:
            data = data[:-1]
        elif cut < 0.3:
            data += b"\xd8\x00" if big else b"\x00\xd8"  # half of a pair
        return (b"\xfe\xff" if big else b"\xff\xfe") + data

    def damage(self, data):
        data = bytearray(data)
        for _ in range(self.rng.randrange(1, 8)):
            junk = self.rng.choice(
                (b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf5", b"\x80", b"\xc0\xaf")
            )
            at = self.rng.randrange(len(data) + 1)
            data[at:at] = junk
        return bytes(data)

    def binary(self):
        """NUL in the first line, in a later one, at the end, or around ripgrep's 64 KiB buffer."""
        data = bytearray(self.text(self.rng.choice((3, 10, 30))).encode())
        dice = self.rng.random()
        if dice < 0.35:
            at = self.rng.randrange(len(data) + 1)
        elif dice < 0.7 or self.has_long_line:
            at = len(data)
        else:
            self.has_late_nul = True
            data = self.grow(self.rng.choice((66000, 140000, 270000)))
            edges = (1000, 65000, 65535, 65536, 65537, 131071, 131072, len(data) - 1)
            at = min(self.rng.choice(edges), len(data))
        data[at:at] = b"\0" * self.rng.choice((1, 1, 4))
        return bytes(data)

    def grow(self, size):
        block = self.text(60).encode()
        return bytearray((block * (size // len(block) + 1))[:size])

    def large(self):
        if self.rng.random() < 0.5 or self.has_late_nul:
            return bytes(self.grow(self.rng.choice((65536, 70000, 200000))))
        self.has_long_line = True
        words = " ".join(self.rng.choices(WORDS, k=self.rng.choice((9000, 30000))))
        return (self.text(2) + words + "\n" + self.text(2)).encode()

    def add_ignores(self):
        rng = self.rng
        if rng.random() < 0.6:
            os.makedirs(os.path.join(self.root, b".git/info"))
            if rng.random() < 0.3:
                self.write_ignore(b".git/info/exclude")
        for folder in (b"", b"src", b"src/net"):
            if os.path.isdir(os.path.join(self.root, folder)):
                for name in (b".gitignore", b".ignore", b".rgignore"):
                    if rng.random() < 0.25:
                        self.write_ignore(os.path.join(folder, name))

    def write_ignore(self, path):
        lines = self.rng.sample(IGNORE_LINES, self.rng.randrange(1, 4))
        end = self.rng.choice(("\n", "\n", "\n", "\r\n"))
        with open(os.path.join(self.root, path), "wb") as file:
            file.write((end.join(lines) + end).encode())

    def add_links(self, files):
        links = [(files[0], b"link_in.c"), (b"src", b"link_dir"), (b"../..", b"link_out")]
        links += [(b"/etc/passwd", b"link_abs.txt"), (b"nowhere", b"broken")]
        for target, name in links:
            if self.rng.random() < 0.4:
                os.symlink(target, os.path.join(self.root, name))
