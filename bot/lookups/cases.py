"""Incidents: those that are open, those that somebody told of, and what an event of theirs looks at."""

from __future__ import annotations

from dataclasses import replace

import structlog
from pydantic import ValidationError

from bot.clock import Clock
from bot.lookups import MOST_OWN, MOST_WAITING
from bot.lookups.questions import CONTEXT_LASTS, Questions
from bot.records import INCIDENTS
from bot.storage import Kept, Store
from handlers.events import Asked, Elapsed, Event, Pressed
from handlers.facts import Facts, Person
from handlers.incidents.record import OPEN, Record, Status
from handlers.incidents.rights import is_manager

log = structlog.get_logger()


class Cases:
    """Finds incidents. One that cannot be read is said in the log, and keeps nobody from reporting another."""

    def __init__(self, store: Store, clock: Clock, questions: Questions) -> None:
        self._store = store
        self._clock = clock
        self._questions = questions

    def offered(self, event: Asked) -> str:
        """The key of the incident that the person was offered to report in the last half hour, "" for none."""
        kept = self._store.records("incidents", event.person, (Status.DRAFT,), limit=1) if event.person else ()
        return kept[0].key if kept and self._clock.now() - kept[0].updated_at <= CONTEXT_LASTS else ""

    def told_in(self, event: Asked) -> str:
        """The key of the case that the person told of in this thread and that is not over, "" for none.

        A question below what is not reported yet is for the guideline.
        """
        kept = self._store.newest_in("incidents", event.conversation, event.person) if event.person else None
        if kept is None or kept.person != event.person:
            return ""
        drafted = kept.status == Status.DRAFT and not event.text.rstrip().endswith("?")
        return kept.key if drafted or kept.status in (Status.JOINED, *OPEN) else ""

    def told_by(self, person: str) -> str:
        """The key of the newest incident that the person told of, reported or not, "" where none is open."""
        open_ = (Status.DRAFT, Status.JOINED, *OPEN)
        kept = self._store.records("incidents", person, open_, limit=1) if person else ()
        return kept[0].key if kept else ""

    def concerning(self, event: Event, facts: Facts) -> Facts:
        """With the open cases, and what an event of incidents looks at besides."""
        found = replace(facts, open_cases=self._all(tuple(OPEN)))
        match event:
            case Elapsed(timer="erase"):
                return replace(found, cases=self._leading(event.record))
            case Pressed(action="incidents/list"):
                # The flow looks at each whether it is the person's to see.
                return replace(found, cases=self._all() if facts.person else ())
            case Pressed(action="incidents/figures"):
                return replace(found, cases=self._all())
            case Pressed(action="incidents/choose") if event.record.startswith("questions/"):
                return replace(found, words=self._questions.own_words(event))
            case _:
                return found

    def for_list(self, person: Person) -> tuple[Record, ...]:
        """The open cases for whoever manages them; for others those that they told of, the oldest first."""
        if is_manager(person):
            return self._all(tuple(OPEN))
        own = self._store.records("incidents", person.id, limit=MOST_OWN)
        return tuple(case for k in reversed(own) if (case := _case(k)))

    def _all(self, statuses: tuple[str, ...] = ()) -> tuple[Record, ...]:
        kept = self._store.records("incidents", statuses=statuses, limit=MOST_WAITING)
        return tuple(case for k in reversed(kept) if (case := _case(k)))

    def _leading(self, key: str) -> tuple[Record, ...]:
        """The case that a joined one joined."""
        kept = self._store.record(key)
        joined = _case(kept) if kept else None
        leader = self._store.record(joined.leader) if joined and joined.leader else None
        return tuple(case for k in (leader,) if k and (case := _case(k)))


def _case(kept: Kept) -> Record | None:
    try:
        return INCIDENTS.validate_json(kept.data)
    except ValidationError:
        log.error("an incident cannot be read", record=kept.key)
        return None
