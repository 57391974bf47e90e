"""Words as lines of runs: the text of a card's blocks, in which nothing that people typed is Markdown, and of a message.

The words are Markdown of the smallest kind, as `bot.rendering` makes it: bold, lists, links, escaped marks.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

INLINE = re.compile(
    r"\\(?P<escaped>.)|(?P<bold>\*\*)|<(?P<url>(?:https?://|mailto:)[^>\s]+)>"
    r"|\[(?P<label>[^\]]*)\]\((?P<target>(?:https?://|mailto:)[^)\s]+)\)|(?P<text>[^\\*<\[]+|.)",
    re.DOTALL,
)
ITEM = re.compile(r"(?:-|(?P<number>\d+)\.) (?P<text>.*)")
MARKED = re.compile(r"\((\d+)\)")
"""The mark of a quote in an answer: "(1)"."""
MARKDOWN = re.compile(r"(?P<before>^\s*\d*)(?P<first>[-+=.)])|(?P<mark>[\\`*_\[\]#~|])")
"""What would format in Markdown, at the beginning of a line or anywhere; < > & are written as entities instead."""
FORMATTING = re.compile(r"[\\`*_\[\]#~|<>&{}]|^\s*[-+=]|^\s*\d+[.)]")
"""What a text block of a card might take for a mark, a tag or a function."""
MORE = "…"


@dataclass(frozen=True)
class Run:
    """Words of one look; `url` makes them a link."""

    text: str
    bold: bool = False
    url: str = ""


@dataclass(frozen=True)
class Line:
    """A line, or the item of a list; `gap` where an empty line stands before it."""

    runs: tuple[Run, ...]
    item: str = ""
    gap: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether all of it is bold, and it is no item."""
        return not self.item and bool(self.runs) and all(run.bold for run in self.runs)

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(run.text for run in self.runs)


def lines_of(markdown: str) -> list[Line]:
    """The lines of words, those without a word left out."""
    made = []
    for line, gap in _gaps(markdown.splitlines()):
        item = ITEM.fullmatch(line)
        runs = tuple(_inline(item["text"] if item else line))
        if runs:
            made.append(Line(runs, item["number"] or "•" if item else "", gap))
    return made


def typed(*runs: Run) -> list[Line]:
    """The lines of runs that are no Markdown: what people wrote, what a guideline says."""
    rows: list[list[Run]] = [[]]
    for run in runs:
        first, *more = run.text.splitlines() or [""]
        rows[-1].append(replace(run, text=first))
        rows += [[replace(run, text=text)] for text in more]
        if run.text.endswith("\n"):
            rows.append([])
    filled = [tuple(run for run in row if run.text) for row in rows]
    return [
        Line(row, gap=place > 0 and not any(run.text.strip() for run in filled[place - 1]))
        for place, row in enumerate(filled)
        if any(run.text.strip() for run in row)
    ]


def cited(lines: Sequence[Line], numbers: Sequence[int]) -> str:
    """Lines as the Markdown of a message, where Teams puts a citation in the place of "[1]".

    A mark "(1)" of an answer becomes one where it stands; of the other quotes they follow the last word. Nothing else
    formats, links or mentions but our own bold, lists and links.
    """
    wanted = {str(number) for number in numbers}
    words, found = _markdown(lines, wanted)
    rest = [f"[{number}]" for number in dict.fromkeys(numbers) if str(number) not in found]
    return " ".join([words, *rest]).strip()


def is_plain(text: str) -> bool:
    """Whether Markdown shows the text as it stands."""
    return not FORMATTING.search(text)


def cut(text: str, most: int) -> str:
    """The text, shortened with an ellipsis where it is longer than `most` UTF-16 units."""
    if units(text) <= most:
        return text
    short = text.encode("utf-16-le", "surrogatepass")[: 2 * max(most - 1, 0)].decode("utf-16-le", errors="ignore")
    return f"{short}{MORE}" if most > 0 else ""


def units(text: str) -> int:
    """The UTF-16 units of a text, which is how Teams counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _gaps(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The lines that are not empty, each with whether an empty one stands before it."""
    gap = False
    for line in lines:
        if line.strip():
            yield line, gap
        gap = not line.strip()


def _inline(markdown: str) -> list[Run]:
    runs: list[Run] = []
    bold = False
    for found in INLINE.finditer(markdown):
        if found["bold"]:
            bold = not bold
        elif url := found["url"] or found["target"]:
            runs.append(Run(found["label"] or url.removeprefix("mailto:"), bold, url))
        else:
            runs.append(Run(found["escaped"] or found["text"], bold))
    joined = [(look, "".join(r.text for r in alike)) for look, alike in groupby(runs, key=lambda r: (r.bold, r.url))]
    return [Run(text, *look) for look, text in joined]


def _markdown(lines: Sequence[Line], wanted: Container[str]) -> tuple[str, set[str]]:
    """The lines as Markdown, and the numbers of the quotes that they mark."""
    found: set[str] = set()
    text = ""
    for place, line in enumerate(lines):
        runs = []
        for run in line.runs:
            mark = MARKED.fullmatch(run.text.strip()) if run.bold else None
            if mark and mark[1] in wanted:
                found.add(mark[1])
            runs.append(f"[{mark[1]}]" if mark and mark[1] in wanted else _escaped(run))
        start = {"": "", "•": "- "}.get(line.item, f"{line.item}. ")
        follows = bool(line.item) and place > 0 and bool(lines[place - 1].item)
        text += ("\n" if follows else "\n\n" if place else "") + start + "".join(runs)
    return text, found


def _escaped(run: Run) -> str:
    words = run.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    words = MARKDOWN.sub(lambda found: f"{found['before'] or ''}\\{found['first'] or found['mark']}", words)
    if run.url:
        return f"[{words}]({run.url})"
    bare = words.strip()
    return words.replace(bare, f"**{bare}**", 1) if run.bold and bare else words
