"""Records and figures as documents (HTML) for whoever may see them; that somebody looked at a case is journalled."""

from __future__ import annotations

from bot.app import Bot
from bot.pages.agreement import agreement_page
from bot.pages.case import case_page
from bot.pages.figures import figures_page
from bot.records import AGREEMENTS, INCIDENTS
from bot.rendering import Renderer
from bot.storage import Entry
from handlers.events import Pressed
from handlers.facts import Facts
from handlers.incidents.record import Record as Incident
from handlers.incidents.record import Status
from handlers.incidents.rights import sees


class Views:
    """What people look at beside their conversations, in their own languages."""

    def __init__(self, bot: Bot, renderer: Renderer) -> None:
        self._bot = bot
        self._renderer = renderer

    def case(self, person_id: str, number: int, files_at: str = "") -> str:
        """A case as one document for somebody who may see it, "" for who may not; `files_at` is its files' address."""
        facts, record = self._of_case(person_id, number)
        may = record is not None and record.status is not Status.DRAFT and sees(record, facts.person, facts)
        self._journal(person_id, number, "Exported" if may else "Refused incidents/export", facts)
        return case_page(record, facts, self._renderer, facts.language, files_at) if record and may else ""

    def file_name(self, person_id: str, number: int, sha256: str) -> str:
        """The name of a case's file for somebody who may have it, "" for who may not."""
        facts, record = self._of_case(person_id, number)
        may = record is not None and sees(record, facts.person, facts)
        self._journal(person_id, number, "Downloaded evidence" if may else "Refused incidents/evidence", facts)
        if record is None or not may:
            return ""
        return next((e.name or "tiedosto" for e in record.evidence if sha256 and e.sha256 == sha256), "")

    def agreement(self, person_id: str, number: int) -> str:
        """An agreement as one page for the two whose it is, "" for who may not see it."""
        facts = self._bot.facts(Pressed("", person_id, "", f"agreements/{number}", "agreements/show"))
        kept = self._bot.store.record(f"agreements/{number}")
        record = AGREEMENTS.validate_json(kept.data) if kept else None
        return agreement_page(record, facts, self._renderer, facts.language) if record else ""

    def figures(self, person_id: str) -> str:
        """The figures of the running quarter and the four before it, "" for who may not see them (R41)."""
        facts = self._bot.facts(Pressed("", person_id, "", "", "management/show"))
        return figures_page(facts.figures, facts, self._renderer, facts.language) if facts.figures else ""

    def _of_case(self, person_id: str, number: int) -> tuple[Facts, Incident | None]:
        facts = self._bot.facts(Pressed("", person_id, "", f"incidents/{number}", "incidents/show"))
        kept = self._bot.store.record(f"incidents/{number}")
        return facts, INCIDENTS.validate_json(kept.data) if kept else None

    def _journal(self, person_id: str, number: int, did: str, facts: Facts) -> None:
        with self._bot.store.unit() as unit:
            unit.write_journal(Entry(facts.now, person_id, did, f"incidents/{number}", "", ""))
