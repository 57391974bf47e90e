"""A case as one document: a printable page with all that was written and done, without links and without its files."""

from __future__ import annotations

from bot.pages import TEMPLATES, parts_of
from bot.rendering import Renderer, moment
from handlers.facts import Facts
from handlers.incidents.cards import case_card
from handlers.incidents.record import Record


def case_page(record: Record, facts: Facts, renderer: Renderer, language: str, files_at: str = "") -> str:
    """A whole HTML page in a language. Files are listed with their checksums; they are never shown.

    `files_at` is the address below which they can be had by their checksum, "" where they cannot.
    """
    files = [e for e in record.evidence if e.sha256]
    return TEMPLATES.get_template("case.html").render(
        title=f"{renderer.label('incidents.document', language)} {record.number}",
        parts=parts_of(renderer.card(case_card(record, facts, whole=True), language)),
        files=[{"name": e.name, "sha256": e.sha256, "size": e.size} for e in files],
        files_at=files_at,
        t=renderer.labels(language),
        language=language,
        printed=moment(facts.now.isoformat(), language),
        reader=facts.person.name if facts.person else "",
        reader_id=facts.person.id if facts.person else "",
    )
