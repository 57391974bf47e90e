"""The way of an event: understand, look up, decide and keep in one transaction; then wake the sender.

```
event ─▶ look up the guideline ─▶ ┌ seen? ─ load ─ decide ─ record + journal + timers + outbox ┐ commit ─▶ form or errors
                                  └────────────────────── begin immediate ─────────────────────┘      └▶ sender is woken
```
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.addressing import Addressing, as_json
from bot.clock import Clock
from bot.curated import CuratedAnswers
from bot.deciding import Decider, Handled
from bot.directory import Directory
from bot.evidence import EvidenceStore
from bot.facts import FactFinder
from bot.failures import noted
from bot.homes import Homes
from bot.metrics import Observe, observed
from bot.overlays import Overlays
from bot.pace import Pace
from bot.platforms import Platforms
from bot.rounds import Rounds
from bot.storage import Conflict, Dead, Message, Store
from bot.understanding import BELOW, Understanding
from handlers import flow_of
from handlers.accounts.chain import Municipality
from handlers.cards import Card
from handlers.effects import Notify
from handlers.events import Event, Left, Undelivered
from handlers.facts import Facts, Role, WorkingTime
from handlers.home.cards import dead_letter_card, home_card
from handlers.incidents.plan import Plan
from knowledge.guide import Guide

FOLLOWED = (*BELOW, "questions/", "register/", "reminders/")
"""Records whose flow is told of a message that did not arrive."""
UNSENT = timedelta(days=2)
"""How long a file is kept that belongs to no case."""
DEAD_LETTER = "dead_letter"
"""The slot of the notice of a dead letter: one that cannot be delivered itself is not told of again."""


class Bot:
    """Handles events. Everything it needs is handed in; `wake` tells the sender that there may be something to send."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        guide: Guide,
        clock: Clock,
        working_time: WorkingTime,
        platforms: Platforms,
        language: str = "fi",
        curated: CuratedAnswers | None = None,
        municipality: Municipality | None = None,
        plan: Plan | None = None,
        evidence: EvidenceStore | None = None,
        overlay_vectors: Path | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.store = store
        self.directory = directory
        self.guide = guide.apart()  # what departments accepted is this bot's own
        self.clock = clock
        self.platforms = platforms
        self.municipality = municipality or Municipality()
        self.wake: Callable[[], None] = lambda: None
        self.observe: Observe = lambda *_: None
        self._curated = curated or CuratedAnswers(store, guide)
        self._overlays = Overlays(store, self.guide, overlay_vectors)
        self._finder = FactFinder(
            store,
            directory,
            self.guide,
            self._curated,
            clock,
            working_time,
            language,
            self.municipality,
            plan or Plan(),
            self._overlays,
        )
        self._evidence = evidence
        self._rounds = Rounds(store, self.guide, clock, working_time)
        self._homes = Homes(store, directory, platforms, clock)
        self._addressing = Addressing(platforms, directory, language, self._finder.language_of)
        self._understanding = Understanding(store, platforms, self._addressing, self._finder)
        self._decider = Decider(store, self._addressing, self._homes, pace or Pace(0))

    def begin(self) -> None:
        """Set what is to come by itself, where it is not set yet (the weekly digest), and renew every home view."""
        self._rounds.begin()
        self.look_for_leavers()
        self._rounds.keep_versions()
        if self._evidence:
            # Handed to the page in a form that was never sent.
            self._remove_files(self._evidence.older(self.clock.now() - UNSENT))
        with self.store.unit() as unit:
            self._homes.renew_all(unit)  # roles may have been imported anew while the bot was away

    def look_for_leavers(self) -> None:
        """Raise the accounts of people who are in the directory no more, or again: it may have been imported (R43)."""
        self._catch_up()
        accounts = [a for a in self._finder.register().prepared() if a.living]
        gone = {p for a in accounts for p in a.people if (p in a.left) != self.directory.has_left(p)}
        for person in sorted(gone):
            self.person_left(person)

    def person_left(self, person: str) -> None:
        """Raise the accounts of somebody who left the house."""
        self.handle(Left(f"left:{person}:{self.clock.now().isoformat()}", "", "", who=person))

    @observed
    def handle(self, event: Event) -> Handled:
        """React to an event. What it returns may be acknowledged: everything is on disk.

        Raises what the store raises; then nothing was kept and the platform is to deliver again.
        """
        event = self._understanding.of(event)
        facts = self.facts(event)
        flow = flow_of(event, facts)
        try:
            handled = self._decider.decide(flow, event, facts)
        except Conflict:
            # Only another process, on a store that several share, can come between load and save: once more.
            handled = self._decider.decide(flow, event, self.facts(event))
        self.wake()
        self._bring_up_to_date(flow, facts, handled)
        return replace(handled, flow=flow)

    def _bring_up_to_date(self, flow: str, facts: Facts, handled: Handled) -> None:
        """Read anew what the event changed. A failure here takes nothing back: all is on disk."""
        try:
            if handled.language != facts.language:
                self.directory.refresh()
            if flow == "curated":
                self._curated.refresh()
            if flow == "overlays":
                self._overlays.refresh()
            self._remove_files(handled.purged)
        except Exception as problem:  # noqa: BLE001 - what is committed is acknowledged, whatever happens after it
            noted(problem, "not brought up to date", flow=flow)

    def _remove_files(self, files: Sequence[str]) -> None:
        """Take files off the disk that no case holds any more: two may have been handed the same picture."""
        for sha256 in files:
            if self._evidence and not self.store.mentions("incidents", sha256):
                self._evidence.remove(sha256)

    def facts(self, event: Event) -> Facts:
        """All that a decision on this event may look at."""
        self._catch_up()
        return self._finder.about(event, public=self._addressing.is_public(event.conversation))

    def _catch_up(self) -> None:
        """Have what is in memory be as the store is, where another process has changed that."""
        changes = self.store.changes()
        self.directory.catch_up(changes)
        self._curated.catch_up(changes)
        self._overlays.catch_up(changes)

    def home(self, person: str) -> tuple[Card, str]:
        """A person's home view as it is now, and its language."""
        self.directory.refresh()  # it may be sent before the event that changed a language has returned
        facts = self._finder.home(person)
        return home_card(facts), facts.language

    def takes_part(self, conversation: str) -> bool:
        """Whether the bot is part of a thread, so that words in it are for it also without its name."""
        return self._understanding.takes_part(conversation)

    def given_up(self, dead: Dead) -> None:
        """Try another platform; else tell the administrators of a message that cannot be delivered."""
        if elsewhere := self._addressing.elsewhere(dead):
            with self.store.unit() as unit:
                unit.letter(dead.id, self.clock.now(), again=False)
                unit.send(elsewhere, self.clock.now())
            self.wake()
            return
        if dead.content.slot == DEAD_LETTER:
            return
        receiver = self._addressing.team_of(dead.content.conversation) or self._finder.receiver(dead)
        card = dead_letter_card(receiver, dead.error)
        with self.store.unit() as unit:
            for message in (*self._addressing.told_in_vain(dead), *self._addressing.to_each(dead)):
                unit.send(message, self.clock.now())
            for person in self.directory.bearers(Role.ADMINISTRATOR):
                for to in self._addressing.receivers(Notify(card, person=person.id)):
                    notice = Message(to.conversation, "post", as_json(card), to.language, "", DEAD_LETTER, to.person)
                    unit.send(notice, self.clock.now())
                self._homes.renew(person.id, unit)
        lost = dead.content
        if lost.person and lost.record.startswith(FOLLOWED) and lost.kind == "post":
            self.handle(Undelivered(f"dead:{dead.id}:{dead.at.isoformat()}", "", "", lost.record, lost.person, lost.slot))
