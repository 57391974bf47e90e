"""The way of an event: load, decide, keep in one transaction; then carry out what was wished.

```
event ─▶ look up the guideline ─▶ ┌ seen? ─ load ─ decide ─ record + journal + timers + outbox ┐ commit ─▶ form or errors
                                  └────────────────────── begin immediate ─────────────────────┘      └▶ sender is woken
```
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import structlog
from pydantic import TypeAdapter

from bot.clock import Clock
from bot.directory import Directory
from bot.platforms import Platforms, platform_of
from bot.storage import Conflict, Entry, Kept, Message, Store, StoreError, Unit
from handlers import FLOWS, flow_of
from handlers.cards import Card
from handlers.effects import (
    Effect,
    FieldErrors,
    Forget,
    Notify,
    OpenForm,
    Remind,
    Replace,
    Reply,
    SetLanguage,
    Whisper,
)
from handlers.events import Asked, Elapsed, Event, Pressed
from handlers.facts import Facts, Person, Question, Role, WorkingTime
from handlers.questions import Record as QuestionRecord
from handlers.questions import Status
from handlers.typed import Last, typed
from knowledge.answers import Answer
from knowledge.document import Audience
from knowledge.guide import Guide

CONTEXT_LASTS = timedelta(minutes=30)
"""How long the previous question of a conversation is context for the next one."""
HANDED_ON = (Status.WAITING, Status.TAKEN, Status.REPLIED)
CARDS = TypeAdapter(Card)
IMMEDIATE: TypeAdapter[OpenForm | FieldErrors] = TypeAdapter(OpenForm | FieldErrors)
QUESTIONS = TypeAdapter(QuestionRecord)
log = structlog.get_logger()


@dataclass(frozen=True)
class Handled:
    """What the platform is told after the commit: `immediate` is a form to open or its errors, or None."""

    immediate: OpenForm | FieldErrors | None
    language: str


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
    ) -> None:
        self.store = store
        self.directory = directory
        self.guide = guide
        self.clock = clock
        self.platforms = platforms
        self.wake: Callable[[], None] = lambda: None
        self._working_time = working_time
        self._language = language
        self._records = {name: TypeAdapter(flow.Record) for name, flow in FLOWS.items() if hasattr(flow, "Record")}

    def handle(self, event: Event) -> Handled:
        """React to an event. What it returns may be acknowledged: everything is on disk.

        Raises what the store raises; then nothing was kept and the platform is to deliver again.
        """
        if isinstance(event, Asked):
            event = typed(event, self._last(event))
        facts = self.facts(event)
        flow = flow_of(event, facts)
        try:
            handled = self._decide(flow, event, facts)
        except Conflict:
            # Only another process, on a store that several share, can come between load and save: once more.
            handled = self._decide(flow, event, self.facts(event))
        if handled.language != facts.language:
            self.directory.refresh()
        self.wake()
        return handled

    def facts(self, event: Event) -> Facts:
        """All that a decision on this event may look at."""
        person = self.directory.person(event.person) if event.person else None
        language = (person.language if person else "") or self._language
        return Facts(
            now=self.clock.now(),
            person=person,
            language=language,
            people=self.directory,
            working_time=self._working_time,
            answer=self._answer(event, person, language),
            own=self._own(event.person),
            starters=self.guide.starters(language),
        )

    def _answer(self, event: Event, person: Person | None, language: str) -> Answer | None:
        audience = Audience.OFFICIAL if person and Role.ELECTED_OFFICIAL in person.roles else None
        department = person.department if person else ""
        match event:
            case Asked(text=text):
                return self.guide.answer(
                    text,
                    context=self._previous(event),
                    default=language,
                    audience=audience,
                    department=department,
                )
            case Pressed(action="questions/show", value=passage):
                return self.guide.show(passage, language, department)
            case _:
                return None

    def _newest(self, event: Event) -> QuestionRecord | None:
        """The person's newest question in this conversation."""
        if not event.person:
            return None
        kept = self.store.records("questions", event.person, limit=5)
        records = (replace(QUESTIONS.validate_json(k.data), key=k.key) for k in kept)
        return next((r for r in records if r.conversation == event.conversation), None)

    def _last(self, event: Event) -> Last | None:
        record = self._newest(event)
        return Last(record.key, record.text, record.cited) if record else None

    def _previous(self, event: Event) -> str | None:
        """The question before this one, where it is recent and was asked in the same conversation."""
        record = self._newest(event)
        recent = record and self.clock.now() - record.asked_at <= CONTEXT_LASTS
        return record.text if record and recent else None

    def _own(self, person: str) -> tuple[Question, ...]:
        if not person:
            return ()
        found = []
        for kept in self.store.records("questions", person, HANDED_ON, limit=20):
            record = QUESTIONS.validate_json(kept.data)
            taker = self.directory.person(record.replied_by or record.taken_by)
            found.append(
                Question(
                    kept.key,
                    record.sent_text,
                    kept.status,
                    record.asked_at.isoformat(),
                    taker.name if taker else "",
                )
            )
        return tuple(found)

    def _decide(self, flow: str, event: Event, facts: Facts) -> Handled:
        with self.store.unit() as unit:
            if unit.seen(event.key, facts.now):
                return self._again(unit, event, facts)
            adapter = self._records.get(flow)
            kept = unit.load(event.record) if event.record.startswith(f"{flow}/") else None
            if isinstance(event, Asked) and adapter:
                event = replace(event, record=unit.new_key(flow))
            effects = self._reaction(FLOWS[flow], adapter, kept, event, facts, unit)
            return self._carry_out(effects, event, facts, unit)

    def _again(self, unit: Unit, event: Event, facts: Facts) -> Handled:
        if isinstance(event, Elapsed):
            unit.forget(event.record, event.timer)
        answer = unit.answer_of(event.key)
        return Handled(IMMEDIATE.validate_json(answer) if answer else None, facts.language)

    def _reaction(
        self,
        flow: ModuleType,
        adapter: TypeAdapter[Any] | None,
        kept: Kept | None,
        event: Event,
        facts: Facts,
        unit: Unit,
    ) -> Sequence[Effect]:
        record = None
        if kept and adapter:
            record = replace(adapter.validate_json(kept.data), version=kept.version)
        decided, effects = flow.decide(record, event, facts)
        if decided is not None and decided != record and adapter:
            data = adapter.dump_json(decided).decode()
            version = kept.version if kept else 0
            unit.save(decided.key, decided.status, decided.asker, data, version, facts.now)
            unit.write_journal(
                Entry(
                    facts.now,
                    event.person,
                    type(event).__name__,
                    decided.key,
                    kept.data if kept else "",
                    data,
                )
            )
        return effects  # type: ignore[no-any-return]  # a flow is a module; its decide gives effects

    def _carry_out(self, effects: Sequence[Effect], event: Event, facts: Facts, unit: Unit) -> Handled:
        immediate: OpenForm | FieldErrors | None = None
        language = facts.language
        for effect in effects:
            match effect:
                case OpenForm() | FieldErrors():
                    immediate = effect
                    unit.keep_answer(event.key, IMMEDIATE.dump_json(effect).decode())
                case SetLanguage(language=code):
                    unit.set_language(event.person, code)
                    language = code
                case Remind(timer=name, at=at):
                    unit.remind(event.record, name, at)
                case Forget(timer=name):
                    unit.forget(event.record, name)
                case _:
                    for message in self._messages(effect, event, language, unit):
                        unit.send(message, facts.now)
        if isinstance(event, Elapsed) and not any(isinstance(e, Remind) and e.timer == event.timer for e in effects):
            unit.forget(event.record, event.timer)
        return Handled(immediate, language)

    def _messages(self, effect: Effect, event: Event, language: str, unit: Unit) -> list[Message]:
        match effect:
            case Reply(card=card, slot=slot, conversation=conversation, language=own):
                return [self._message("post", conversation or event.conversation, card, own or language, event, slot)]
            case Whisper(card=card):
                return [self._whisper(card, language, event)]
            case Notify(card=card, slot=slot):
                return [
                    self._message("post", conversation, card, spoken, event, slot)
                    for conversation, spoken in self._receivers(effect)
                ]
            case Replace(slot=slot, card=card):
                return [
                    replace(post, kind="update", card=_json(card), target=number, slot="")
                    for number, post in unit.copies(event.record, slot)
                ]
        raise TypeError(f"{effect!r} is no effect")

    def _whisper(self, card: Card, language: str, event: Event) -> Message:
        """To the person alone: where they are looking, or in their own conversation where the platform cannot whisper."""
        platform = self.platforms.get(platform_of(event.conversation))
        if platform is None or platform.abilities.whispers:
            return self._message("whisper", event.conversation, card, language, event, person=event.person)
        return self._message("post", platform.direct(event.person), card, language, event)

    def _message(
        self,
        kind: Any,
        conversation: str,
        card: Card,
        language: str,
        event: Event,
        slot: str = "",
        person: str = "",
    ) -> Message:
        return Message(conversation, kind, _json(card), language, event.record, slot, person)

    def _receivers(self, wish: Notify) -> list[tuple[str, str]]:
        """The conversations that a wish reaches, each with its language: on the first platform that there is."""
        platform = next(iter(self.platforms.values()), None)
        if platform is None:
            raise StoreError("No platform is served: there is nowhere to send to.")
        if wish.team:
            return [(platform.channel(wish.team), self._language)]
        person = self.directory.person(wish.person)
        return [(platform.direct(wish.person), (person.language if person else "") or self._language)]


def _json(card: Card) -> str:
    return json.dumps(CARDS.dump_python(card, mode="json"), ensure_ascii=False)
