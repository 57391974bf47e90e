"""An agreement as one page: what two agreed on and until when, to be printed or kept in a file."""

from __future__ import annotations

from bot.pages import TEMPLATES, parts_of
from bot.rendering import Renderer, moment
from handlers.agreements.cards import page_card
from handlers.agreements.record import Record
from handlers.agreements.rights import sees
from handlers.facts import Facts


def agreement_page(record: Record, facts: Facts, renderer: Renderer, language: str) -> str:
    """A whole HTML page in a language for the two whose agreement it is, "" for anybody else."""
    if not sees(record, facts):
        return ""
    return TEMPLATES.get_template("agreement.html").render(
        title=f"{renderer.label('agreements.document', language)} {record.number}",
        parts=parts_of(renderer.card(page_card(record, facts), language)),
        t=renderer.labels(language),
        language=language,
        printed=moment(facts.now.isoformat(), language),
    )
