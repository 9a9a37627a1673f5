# SPDX-License-Identifier: MIT
"""Pages as net/html.h reads them against html5lib, which follows the HTML standard to the letter,
on tag soup made at random: where each word stands in the tree, and the text that is written.

What differs on purpose is not in the soup: text between the rows of a table (browsers move it
before the table), drawings (left out), and what the reader takes for clutter around a page's own
text: forms, headers, asides, long lists of links. Nor is <template>, which html5lib does not know.
Words in bold and the like are not opened again in the next block, so that of them the tree is not
asked, only the text; the empty paragraphs that stray end tags make are not counted.
"""
import os
import random
import re
import string
import subprocess
from pathlib import Path

import pytest

html5lib = pytest.importorskip("html5lib", reason="python3-html5lib is not installed")

TOP = Path(__file__).resolve().parents[2]
DRIVER = f"{os.environ.get('VOLLEY_OUT', TOP / 'out/release')}/tests/oracle/html_pages"
PAGES = 200 if "VOLLEY_CASES" in os.environ else 600  # fewer under a sanitizer

SHOWN = set("ul ol li dl dt dd table tr td th caption blockquote h1 h2 p pre div section".split())
# What the standard's style sheet (15.3) displays on lines of its own.
BLOCKS = set(
    "address blockquote body br caption center dd details div dl dt figcaption figure h1 h2 h3 h4"
    " h5 h6 hr li ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
UNSEEN = set("script style title template select textarea head iframe button video".split())
DOCTYPE = "<!DOCTYPE html>"  # without it, tables stand in paragraphs
HTML = "{http://www.w3.org/1999/xhtml}"


def ours(pages, *options):
    for page in pages:
        assert "\0" not in page
    said = subprocess.run([DRIVER, *options], input="".join(f"{p}\0" for p in pages).encode(),
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    texts = said.split("\0")[:-1]
    assert len(texts) == len(pages)
    return texts


def name(element):
    return element.tag.replace(HTML, "")


def is_empty_paragraph(element):
    return name(element) == "p" and not element.text and not any(
        isinstance(child.tag, str) or child.tail for child in element)


def nodes_of(page):
    """(text, elements it stands in), where no element parts it; empty paragraphs do not."""
    def walk(element, path):
        path = path + [element]
        text = element.text or ""
        for child in element:
            if isinstance(child.tag, str) and not is_empty_paragraph(child):
                yield text, path
                yield from walk(child, path)
                text = ""
            text += child.tail or ""
        yield text, path

    yield from walk(html5lib.parse(DOCTYPE + page), [])


def words_of_lines(tree):
    """Each word after the names of SHOWN around it, from what the driver prints."""
    for line in tree.splitlines():
        *path, word = line.split(" ")
        yield [part for part in path if part in SHOWN], word


def words_of_page(page):
    for text, path in nodes_of(page):
        for word in re.findall(r"[^ \t\n\f\r]+", text):
            yield [name(element) for element in path if name(element) in SHOWN], word


def compare_trees(pages):
    for page, tree in zip(pages, ours(pages, "--tree")):
        assert list(words_of_lines(tree)) == list(words_of_page(page)), page


def stir(seed, parts, ends):
    """Tags opened and ended in any order, a word after each."""
    rng = random.Random(seed)
    soup = []
    for i in range(rng.randint(1, 40)):
        tag = rng.choice(parts)
        soup.append(f"</{tag}>" if rng.random() < ends else f"<{tag}>")
        soup.append(f" w{i} ")
    return "".join(soup)


def test_blocks():
    tags = ("p p div ul li li ol dl dt dd h1 h2 blockquote section article hr span x-own".split())
    compare_trees([stir(seed, tags, 0.4) for seed in range(PAGES)])


def table_soup(seed):
    """A table whose every text is in a cell; end tags are left out at random."""
    rng = random.Random(seed)
    starts = ("<tr><td> <td> <th> <tr><th> <tbody><tr><td> <table><tr><td> <ul><li> <li> <p> <div>"
              " <td><table><td>").split()
    ends = "</p> </div> </ul> </li> </td><td> </tr><td> </th><th> </span> </h1>".split()
    soup = ["a<table><tr><td>b"]
    for i in range(rng.randint(1, 40)):
        soup.append(rng.choice(starts if rng.random() < 0.67 else ends) + f" w{i} ")
    return "".join(soup) + "</table> z"


def test_tables():
    compare_trees([table_soup(seed) for seed in range(PAGES)])


def test_tokens():
    """What is a tag and what is not: any signs of markup in any order."""
    parts = ["<", ">", "</", "<!--", "-->", "--!>", "<!", "<?", "/", "=", '"', "'", " ", "<p",
             "<div", "</p", "-", "!", "w1 ", "w2 ", "x", "<p>", "<a", "--", "<!->", " a='", " b=c",
             "\n"]
    pages = []
    for seed in range(4 * PAGES):
        rng = random.Random(seed)
        pages.append("w0 " + "".join(rng.choice(parts) for _ in range(24)))
    compare_trees(pages)


class Writer:
    """A page of well and badly nested parts; its words hold no signs of Markdown."""

    ENTITIES = ("&amp;", "&lt;", "&eacute;", "&eacute", "&#233;", "&#xE9;", "&nbsp;", "&mdash;",
                "&notin;", "&notit;", "&#128;", "&hellip;", "&nosuch;", "&", "&#x1F600;", "<", "&&")
    WORDS = ("b i em strong code kbd span u small a q del sub sup font tt cite abbr x-own".split())

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.n_links = 0

    def often(self, chance):
        return self.rng.random() < chance

    def word(self):
        rng = self.rng
        word = "".join(rng.choice(string.ascii_letters) for _ in range(rng.randint(1, 7)))
        if self.often(0.15):
            word += rng.choice(self.ENTITIES) + rng.choice(("", " ", "ab "))
        return word + rng.choice((" ", " ", "", "\n\t"))

    def end(self, tag):
        """Left out, in the wrong order, or where nothing is open."""
        if self.often(0.15):
            return ""
        if self.often(0.1):
            return f"</{self.rng.choice(self.WORDS)}></{tag}>"
        return f"</{tag}>"

    def words(self, depth):
        said = [self.word() for _ in range(self.rng.randint(1, 3))]
        if depth and self.often(0.6):
            tag = self.rng.choice(self.WORDS)
            # More links would make it a list of links, which is not a page's own text.
            if tag == "a" and self.n_links == 3:
                tag = "b"
            self.n_links += tag == "a"
            start = {"a": "<a href=x/y?z=a&amp;b>", "font": "<font color='a>b'>"}
            said.insert(self.rng.randint(0, len(said)),
                        start.get(tag, f"<{tag}>") + self.words(depth - 1) + self.end(tag))
        if self.often(0.1):
            said.insert(0, self.rng.choice((
                "<br>", "<br/>", "<wbr>", "<!-- a <p> b -->", "<script>x < '<p>y'</script>",
                "<style>p>b{}</style>", "<img src=x alt='pic ture'>", "<input value=v>",
                "<span hidden>h</span>", "<?pi x>", "</br>",
                "<select><option>o</select>", "<textarea><b>t</textarea>")))
        return "".join(said)

    def list(self, depth):
        tag = self.rng.choice(("ul", "ol", "dl"))
        soup = f"<{tag}>"
        for _ in range(self.rng.randint(1, 4)):
            item = self.rng.choice(("dt", "dd")) if tag == "dl" else "li"
            soup += f"<{item}>" + (self.words(2) if self.often(0.7) else self.blocks(depth - 1))
            soup += self.end(item) if self.often(0.4) else ""
        return soup + self.end(tag)

    def table(self, depth):
        soup = "<table>" + self.rng.choice(("", "\n", "<caption>Cap tion</caption>", "<tbody>"))
        for _ in range(self.rng.randint(1, 4)):
            soup += "<tr>"
            for _ in range(self.rng.randint(1, 3)):
                cell = self.rng.choice(("td", "td", "th", "td colspan=2", "td rowspan=2"))
                soup += f"<{cell}>"
                soup += self.words(2) if self.often(0.8) else self.blocks(depth - 1)
                soup += f"</{cell[:2]}>\n" if self.often(0.5) else ""
            soup += "</tr>" if self.often(0.5) else ""
        return soup + "</table>"

    def block(self, depth):
        kind = self.rng.choice(("p", "p", "p", "div", "h1", "h3", "pre", "blockquote", "list",
                                "table", "section", "hr", "center", "details", "figure", "words"))
        if kind in ("list", "table") and depth:
            return self.list(depth) if kind == "list" else self.table(depth)
        if kind == "hr":
            return "<hr>"
        if kind in ("div", "blockquote", "section", "center", "details", "figure") and depth:
            return f"<{kind}>" + self.blocks(depth - 1) + self.end(kind)
        if kind in ("p", "h1", "h3", "pre", "div"):
            return f"<{kind}>" + self.words(3) + self.end(kind)
        return self.words(3)

    def blocks(self, depth):
        return "".join(self.block(depth) + self.rng.choice(("", "\n"))
                       for _ in range(self.rng.randint(1, 4)))


def letters(text):
    """Without what is or could be Markdown's, blanks run together."""
    text = re.sub(r"[!-%'-;=-@\[-`{-~]", "", text)
    return " ".join(text.split())


def text_of_markdown(text):
    return letters(re.sub(r"\]\([^)\s]*\)", "", text))


def text_of_page(page):
    said, before = [], []
    for text, path in nodes_of(page):
        names = {name(element) for element in path}
        if names & UNSEEN or any("hidden" in element.attrib for element in path):
            text = ""
        # Blocks begin or end between this text and the one before.
        if any(name(element) in BLOCKS for element in set(before) ^ set(path)):
            said.append(" ")
        if name(path[-1]) == "img" and path != before:
            said.append(path[-1].get("alt"))
        said.append(text)
        before = path
    return letters("".join(said))


@pytest.mark.parametrize("depth", (1, 2, 4))
def test_text(depth):
    pages = [Writer(1000 * depth + seed).blocks(depth) for seed in range(PAGES // 2)]
    for page, text in zip(pages, ours(pages)):
        assert text_of_markdown(text) == text_of_page(page), page
