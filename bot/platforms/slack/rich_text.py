"""Words as Slack's rich text: structured elements in which nothing that people typed can format, link or mention.

The words are Markdown of the smallest kind, as `bot.rendering` makes it: bold, lists, links, escaped marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

INLINE = re.compile(
    r"\\(?P<escaped>.)|(?P<bold>\*\*)|<(?P<url>https?://[^>\s]+)>"
    r"|\[(?P<label>[^\]]*)\]\((?P<target>https?://[^)\s]+)\)|(?P<text>[^\\*<\[]+|.)",
    re.DOTALL,
)
ITEM = re.compile(r"(?:-|(?P<number>\d+)\.) (?P<text>.*)")
Json = dict[str, Any]


def rich_text(markdown: str) -> Json | None:
    """A `rich_text` block of the words, None where there are none."""
    elements = list(_elements(markdown.splitlines()))
    return {"type": "rich_text", "elements": elements} if elements else None


def quote(before: str, focus: str, after: str) -> Json:
    """A `rich_text` block that quotes a paragraph, the part that is meant in bold."""
    parts = [text(before), text(focus, bold=True), text(after)]
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [p for p in parts if p["text"]]}]}


def said(label: str, words: str) -> Json:
    """A `rich_text` block of a person's own words under a label."""
    elements: list[Json] = []
    if label:
        elements.append({"type": "rich_text_section", "elements": [text(label, bold=True)]})
    if words:
        elements.append({"type": "rich_text_quote", "elements": [text(words)]})
    return {"type": "rich_text", "elements": elements}


def lines(words: str) -> Json:
    """A `rich_text` block of plain words."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [text(words)]}]}


def text(words: str, *, bold: bool = False) -> Json:
    """A text element."""
    return {"type": "text", "text": words, **({"style": {"bold": True}} if bold else {})}


def _elements(lines: Sequence[str]) -> Iterator[Json]:
    """Sections and lists. Paragraphs that follow each other are one section with an empty line between, as Slack's own
    composer writes them, and the text before a list ends with its line.
    """
    groups = [(kind, list(rows)) for kind, rows in groupby(lines, key=_kind) if kind != "gap"]
    runs = [(kind, [rows for _, rows in run]) for kind, run in groupby(groups, key=lambda group: group[0])]
    for place, (kind, parts) in enumerate(runs, start=1):
        if kind == "text":
            words = "\n\n".join("\n".join(rows) for rows in parts)
            yield _section(words + ("\n" if place < len(runs) else ""))
        else:
            items = [ITEM.fullmatch(row) for rows in parts for row in rows]
            sections = [_section(item["text"]) for item in items if item and item["text"]]
            if sections:
                yield {"type": "rich_text_list", "style": kind, "elements": sections}


def _section(markdown: str) -> Json:
    return {"type": "rich_text_section", "elements": _inline(markdown)}


def _kind(line: str) -> str:
    if not line.strip():
        return "gap"
    item = ITEM.fullmatch(line)
    if not item:
        return "text"
    return "ordered" if item["number"] else "bullet"


def _inline(markdown: str) -> list[Json]:
    elements: list[Json] = []
    bold = False
    for found in INLINE.finditer(markdown):
        if found["bold"]:
            bold = not bold
        elif url := found["url"] or found["target"]:
            elements.append({"type": "link", "url": url, **({"text": found["label"]} if found["label"] else {})})
        else:
            _add(elements, found["escaped"] or found["text"], bold=bold)
    return elements


def _add(elements: list[Json], words: str, *, bold: bool) -> None:
    """Add words, to the last element where it is of the same style."""
    new = text(words, bold=bold)
    if elements and elements[-1]["type"] == "text" and elements[-1].get("style") == new.get("style"):
        elements[-1]["text"] += words
    else:
        elements.append(new)
