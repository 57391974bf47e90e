"""The agenda pack of a management team: a printable page that lists what waits, and a page for each request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.rendering import CardShown, Renderer, SaidShown, Words, day
from handlers.accounts.cards import names_of, picture
from handlers.accounts.record import Record, Status
from handlers.accounts.turns import department_of
from handlers.facts import Facts

WORDS = MarkdownIt("zero").enable(["emphasis", "list", "escape", "newline"])
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def waiting_for(body: str, department: str, facts: Facts) -> tuple[Record, ...]:
    """The requests that wait for a body, the longest waiting first; of one department where one is given."""
    found = [r for r in facts.requests if r.status is Status.PROPOSED and r.body and r.body.id == body]
    wanted = department.casefold()
    mine = [r for r in found if not wanted or department_of(r, facts).casefold() == wanted]
    return tuple(sorted(mine, key=lambda r: r.since))


def agenda_page(requests: Sequence[Record], facts: Facts, renderer: Renderer, language: str) -> str:
    """A whole HTML page in a language, without links to anything: it is printed, or kept in a file."""
    items = [
        {
            "number": r.number,
            "name": r.answer("name"),
            "body": names_of(r.body)[language],
            "parts": parts_of(renderer.card(picture(r, facts), language)),
        }
        for r in requests
    ]
    labels = renderer.labels(language)
    page = PAGES.get_template("agenda.html")
    return page.render(items=items, t=labels, language=language, day=day(facts.now.date().isoformat(), language))


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
