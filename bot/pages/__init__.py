"""Pages that are whole in themselves, to be printed or kept as a file: one module each, its template beside it.

None runs anything or loads anything.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.rendering import CardShown, SaidShown, Words

WORDS = MarkdownIt("zero").enable(["emphasis", "list", "escape", "newline"])
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def parts_of(shown: CardShown) -> list[dict[str, object]]:
    """The words of a card, and what people wrote in it, as HTML."""
    parts: list[dict[str, object]] = []
    for part in shown.parts:
        if isinstance(part, Words):
            html = Markup(WORDS.render(part.markdown))  # noqa: S704 - markdown-it escapes HTML
            parts.append({"html": html, "small": part.small})
        elif isinstance(part, SaidShown):
            parts.append({"html": Markup("<p><b>{}</b> {}</p>").format(part.label, part.text), "small": False})
    return parts
