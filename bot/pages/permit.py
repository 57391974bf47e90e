"""A permission to be photographed, or a guardian's, as a page to print (R93–R94)."""

from __future__ import annotations

import re

from markupsafe import Markup

from bot.pages import TEMPLATES, parts_of
from bot.rendering import QuoteShown, Renderer
from handlers.facts import Facts
from handlers.permits import card

KINDS = {"kuva": "photo", "huoltaja": "guardian"}
"""The kinds of permission by their names in the page's address."""
LINE = re.compile("…{3,}")


def permit_page(name: str, facts: Facts, renderer: Renderer, language: str) -> str:
    """A whole HTML page in a language: the text with lines to write on, and whose wording it is; "" for no such kind."""
    kind = KINDS.get(name)
    if kind is None:
        return ""
    shown = renderer.card(card(kind, facts, language), language)
    head, text, whose, *_ = parts_of(shown)
    rules = [part for part in shown.parts if isinstance(part, QuoteShown)]
    labels = renderer.labels(language)
    ruled = LINE.sub('<span class="line"></span>', str(text["html"]))
    return TEMPLATES.get_template("permit.html").render(
        title=labels[f"permit.title.{kind}"], head=head["html"], text=Markup(ruled),  # noqa: S704 - rendered above
        whose=whose["html"], rules=rules, t=labels, language=language,
    )  # fmt: skip
