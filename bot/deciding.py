"""A decision and all that it leads to, in one transaction: seen? – load – decide – record, journal, timers, outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import structlog
from pydantic import TypeAdapter

from bot.addressing import Addressing
from bot.homes import Homes
from bot.pace import Pace, Verdict
from bot.records import RECORDS
from bot.storage import Entry, Kept, Store, Unit
from handlers import FLOWS, flow_of
from handlers.cards import Card, Text
from handlers.effects import (
    Denied,
    Effect,
    FieldErrors,
    Forget,
    Letter,
    Notify,
    OpenForm,
    Pass,
    Purge,
    RefreshHome,
    Remind,
    Reply,
    SetLanguage,
    ShowCard,
    Tell,
    Whisper,
)
from handlers.events import Asked, Elapsed, Event
from handlers.facts import Facts
from handlers.home.cards import slow_down_card

Immediate = OpenForm | FieldErrors | ShowCard
IMMEDIATE: TypeAdapter[Immediate] = TypeAdapter(Immediate)
log = structlog.get_logger()


@dataclass(frozen=True)
class Handled:
    """What the platform is told after the commit: a form to open, its errors or a card in its window; or None.

    `told` is False where nothing is sent to, or changed in, the conversation in which it was done.
    """

    immediate: Immediate | None
    language: str
    purged: tuple[str, ...] = ()
    told: bool = field(default=True, compare=False)
    flow: str = field(default="", compare=False)
    again: bool = field(default=False, compare=False)


class Decider:
    """Has a flow decide on an event, and keeps what it decided."""

    def __init__(self, store: Store, addressing: Addressing, homes: Homes, pace: Pace) -> None:
        self._store = store
        self._addressing = addressing
        self._homes = homes
        self._pace = pace

    def decide(self, flow: str, event: Event, facts: Facts) -> Handled:
        """What came of an event; of one whose key was seen before, what came of it then. All is on disk.

        Raises what the store raises; then nothing was kept.
        """
        with self._store.unit() as unit:
            if isinstance(event, Elapsed) and event.due not in (None, unit.due(event.record, event.timer)):
                return Handled(None, facts.language)  # it has fired, was moved or taken back since it was found to be due
            if unit.seen(event.key, facts.now):
                return self._again(unit, event, facts)
            if isinstance(event, Asked) and flow != "incidents" and (held := self._held_back(event, facts, unit)):
                return held
            return self._react(flow, event, facts, unit)

    def _held_back(self, event: Asked, facts: Facts, unit: Unit) -> Handled | None:
        """What comes of a question beyond what one person is answered in a minute; None for one that is answered."""
        verdict = self._pace.of(event.person, facts.now)
        if verdict is Verdict.ANSWERED:
            return None
        log.warning("a question was held back: too many of one person", told=verdict is Verdict.TOLD)
        told = [Reply(slow_down_card())] if verdict is Verdict.TOLD else []
        return self._carry_out(told, event, "", facts, unit)

    def _again(self, unit: Unit, event: Event, facts: Facts) -> Handled:
        if isinstance(event, Elapsed):
            unit.forget(event.record, event.timer)
        answer = unit.answer_of(event.key)
        return Handled(IMMEDIATE.validate_json(answer) if answer else None, facts.language, again=True)

    def _react(self, flow: str, event: Event, facts: Facts, unit: Unit, *, passed: bool = False) -> Handled:
        """Let a flow decide on an event, and carry out its wishes; of a `passed` one nothing is said to who acted."""
        module, adapter = FLOWS[flow], RECORDS.get(flow)
        begins = getattr(module, "begins", lambda e: isinstance(e, Asked) and not hasattr(module, "key_of"))
        if hasattr(module, "own"):
            event = module.own(event)
        if adapter and begins(event):
            event = replace(event, record=unit.new_key(flow))
        key = module.key_of(event.record) if hasattr(module, "key_of") else event.record
        kept = unit.load(key) if key.startswith(f"{flow}/") else None
        effects = self._reaction(module, adapter, kept, event, facts, unit)
        if passed:
            effects = [
                e for e in effects if not isinstance(e, Reply | Whisper | Tell | OpenForm | FieldErrors | ShowCard)
            ]
        return self._carry_out(effects, event, key, facts, unit)

    def _reaction(
        self,
        flow: ModuleType,
        adapter: TypeAdapter[Any] | None,
        kept: Kept | None,
        event: Event,
        facts: Facts,
        unit: Unit,
    ) -> Sequence[Effect]:
        """Keep what a flow decided, with its line of the journal; gives what it wishes for."""
        record = None
        if kept and adapter:
            record = replace(adapter.validate_json(kept.data), version=kept.version)
        decided, effects = flow.decide(record, event, facts)
        if decided is not None and decided != record and adapter:
            data = adapter.dump_json(decided).decode()
            version = kept.version if kept else 0
            unit.save(decided.key, decided.status, decided.person, data, version, facts.now)
            before, after = (_journalled(flow, adapter, line) for line in (kept.data if kept else "", data))
            unit.write_journal(Entry(facts.now, event.person, type(event).__name__, decided.key, before, after))
            if kept is None or kept.status != decided.status:
                self._homes.renew_after({event.person, decided.person}, unit)
        return effects  # type: ignore[no-any-return]  # a flow is a module; its decide gives effects

    def _carry_out(  # noqa: C901 - a line for each kind of wish
        self, effects: Sequence[Effect], event: Event, key: str, facts: Facts, unit: Unit
    ) -> Handled:
        immediate: Immediate | None = None
        purged: list[str] = []
        told = False
        language = facts.language
        for wish in effects:
            effect = _in_words(wish) if event.spoken else wish
            shown = _in_window(effect, event)
            immediate = shown or immediate
            match effect:
                case _ if shown and not isinstance(effect, Tell):
                    pass
                case SetLanguage(language=code):
                    unit.set_language(event.person, code)
                    language = code
                case Remind(timer=name, at=at):
                    unit.remind(key, name, at)
                case Forget(timer=name):
                    unit.forget(key, name)
                case Pass(event=further):
                    self._react(flow_of(further, facts), further, facts, unit, passed=True)
                case RefreshHome(person=person, opened=opened):
                    self._homes.renew(person, unit, opened=opened)
                case Denied(action=action):
                    unit.write_journal(Entry(facts.now, event.person, f"Refused {action}", key, "", ""))
                case Purge(files=files):
                    unit.purge(key)
                    purged += files
                case Letter(id=number, again=again):
                    unit.letter(number, facts.now, again=again)
                    self._homes.renew_administrators(unit)
                case _:
                    renews = isinstance(effect, Notify) and effect.renews
                    for message in self._addressing.messages(effect, event, key, language, unit):
                        unit.send(message, facts.now, renews=renews)
                        told = told or message.conversation == event.conversation
        if immediate and _is_kept(immediate):
            unit.keep_answer(event.key, IMMEDIATE.dump_json(immediate).decode())
        if isinstance(event, Elapsed) and not any(isinstance(e, Remind) and e.timer == event.timer for e in effects):
            unit.forget(event.record, event.timer)
        return Handled(immediate, language, tuple(purged), told)


def _in_window(effect: Effect, event: Event) -> Immediate | None:
    """What is shown at once in place of a message: forms and their errors, and all replies where the person is
    looking at a window.
    """
    match effect:
        case OpenForm() | FieldErrors():
            return effect
        case Reply(card=card, language=language) if event.window:
            return ShowCard(card, language)
        case Whisper(card=card) if event.window:
            return ShowCard(card)
        case Tell(card=card, person=person, language=language) if event.window and person == event.person:
            return ShowCard(card, language)
        case _:
            return None


def _is_kept(immediate: Immediate) -> bool:
    """Whether an immediate answer is kept for a second delivery: not what a flow says that keeps nothing of it."""
    name = immediate.card.name if isinstance(immediate, ShowCard) else immediate.form.name
    if isinstance(immediate, OpenForm):
        return True
    return not getattr(FLOWS.get(name.partition("/")[0]), "UNSTORED", False)


def _journalled(flow: ModuleType, adapter: TypeAdapter[Any], data: str) -> str:
    """What the journal keeps of a record's JSON."""
    if not data or not hasattr(flow, "journalled"):
        return data
    return adapter.dump_json(flow.journalled(adapter.validate_json(data))).decode()


def _in_words(effect: Effect) -> Effect:
    """A form's errors as a reply: who wrote words for a form has none before them that could show the errors."""
    if isinstance(effect, FieldErrors):
        blocks = dict.fromkeys(f"error_{name}" for name in effect.errors.values())
        return Reply(Card(effect.form.name, tuple(Text(block) for block in blocks), effect.form.data))
    return effect
