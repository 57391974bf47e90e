"""The agenda pack of a management team: a printable page that lists what waits, and a page for each request."""

from __future__ import annotations

from collections.abc import Sequence

from bot.pages import TEMPLATES, parts_of
from bot.rendering import Renderer, day
from handlers.accounts.cards import names_of, picture
from handlers.accounts.record import Record, Status
from handlers.accounts.turns import department_of
from handlers.facts import Facts


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
    page = TEMPLATES.get_template("agenda.html")
    return page.render(items=items, t=labels, language=language, day=day(facts.now.date().isoformat(), language))
