"""The way of an event: load, decide, keep in one transaction; then carry out what was wished.

```
event ─▶ look up the guideline ─▶ ┌ seen? ─ load ─ decide ─ record + journal + timers + outbox ┐ commit ─▶ form or errors
                                  └────────────────────── begin immediate ─────────────────────┘      └▶ sender is woken
```
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog
from pydantic import TypeAdapter

from bot.addressing import Addressing, as_json
from bot.agreement import agreement_page
from bot.case import case_page
from bot.clock import Clock
from bot.curated import CuratedAnswers
from bot.directory import Directory
from bot.evidence import EvidenceStore
from bot.facts import FactFinder
from bot.failures import noted
from bot.management import figures_page
from bot.metrics import Observe, observed
from bot.overlays import Overlays
from bot.pace import Pace, Verdict
from bot.platforms import Platforms, platform_of
from bot.rendering import Renderer
from bot.storage import Conflict, Dead, Entry, Kept, Message, Store, Unit
from handlers import FLOWS, digest, flow_of, management, reminders, versions
from handlers.accounts.chain import Municipality
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
from handlers.events import Asked, Commented, Elapsed, Event, Left, Pressed, Undelivered
from handlers.facts import TEAMS, Facts, Person, Role, WorkingTime
from handlers.home import dead_letter_card, home_card, is_command, slow_down_card
from handlers.incidents.plan import Plan
from handlers.incidents.record import Record as Incident
from handlers.incidents.record import Status
from handlers.incidents.rights import is_manager, sees
from handlers.typed import meant
from knowledge.guide import Guide

Immediate = OpenForm | FieldErrors | ShowCard
IMMEDIATE: TypeAdapter[Immediate] = TypeAdapter(Immediate)
RECORDS = {name: TypeAdapter(flow.Record) for name, flow in FLOWS.items() if hasattr(flow, "Record")}
"""How the records of each flow are read and written."""
BELOW = ("accounts/", "incidents/", "agreements/", "overlays/")
"""Records whose parties are to be reached, and may write below their cards."""
FOLLOWED = (*BELOW, "questions/", "register/", "reminders/")
"""Records whose flow is told of a message that did not arrive."""
ANSWERED = ("team", "chase")
"""The slots of a question's cards before the communications team, below which it is answered."""
UNSENT = timedelta(days=2)
"""How long a file is kept that belongs to no case."""
DEAD_LETTER = "dead_letter"
"""The slot of the notice of a dead letter: one that cannot be delivered itself is not told of again."""
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
        self._working_time = working_time
        self._pace = pace or Pace(0)
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
        self._addressing = Addressing(platforms, directory, language, self._finder.language_of)

    def begin(self) -> None:
        """Set what is to come by itself, where it is not set yet (the weekly digest), and renew every home view."""
        now = self.clock.now()
        self._begin_rounds("digest", digest.Record(digest.KEY, now), digest.TIMER, self._working_time.next_week(now))
        morning = self._working_time.next_morning(now)
        self._begin_rounds("reminders", reminders.first(reminders.KEY, now), reminders.TIMER, morning)
        quarterly = management.next_round(self._working_time, now)
        self._begin_rounds("management", management.first(management.KEY, now), management.TIMER, quarterly)
        self.look_for_leavers()
        self._keep_versions()
        if self._evidence:
            self._remove_files(self._evidence.older(now - UNSENT))  # handed to the page in a form that was never sent
        with self.store.unit() as unit:
            for person in self.store.homes():  # roles may have been imported anew while the bot was away
                self._renew_home(person, unit)

    def _keep_versions(self) -> None:
        """Keep each guideline as it is now, with what changed since it was kept last (R2)."""
        adapter, now = RECORDS["versions"], self.clock.now()
        for document in self.guide.documents:
            key = versions.key_for(document.id)
            with self.store.unit() as unit:
                kept = unit.load(key)
                before = replace(adapter.validate_json(kept.data), version=kept.version) if kept else None
                record = versions.taken(before, document, now)
                if record is before:
                    continue
                unit.save(key, record.status, "", adapter.dump_json(record).decode(), record.version, now)
                line = adapter.dump_json(versions.journalled(record)).decode()
                unit.write_journal(Entry(now, "", "Read", key, "", line))

    def _begin_rounds(self, flow: str, record: Any, timer: str, due: datetime) -> None:
        """Keep the record of what comes round by itself, and set its timer, unless it is set."""
        if self.store.has_timer(record.key, timer):
            return
        beginning = RECORDS[flow].dump_json(record).decode()
        with self.store.unit() as unit:
            if unit.load(record.key) is None:
                unit.save(record.key, record.status, "", beginning, 0, self.clock.now())
                unit.write_journal(Entry(self.clock.now(), "", "Began", record.key, "", beginning))
            unit.remind(record.key, timer, due)

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
        event = self._understood(event)
        facts = self.facts(event)
        flow = flow_of(event, facts)
        try:
            handled = self._decide(flow, event, facts)
        except Conflict:
            # Only another process, on a store that several share, can come between load and save: once more.
            handled = self._decide(flow, event, self.facts(event))
        self.wake()
        self._bring_up_to_date(flow, facts, handled)
        return replace(handled, flow=flow)

    def _remove_files(self, files: Sequence[str]) -> None:
        """Take files off the disk that no case holds any more: two may have been handed the same picture."""
        for sha256 in files:
            if self._evidence and not self.store.mentions("incidents", sha256):
                self._evidence.remove(sha256)

    def _understood(self, event: Event) -> Event:
        """What the words stand for, given where they were written and what was said there before."""
        if not isinstance(event, Asked):
            return meant(event, None)
        public = self._addressing.is_public(event.conversation)
        draft = self._finder.asking(event, public=public)
        offered = self._finder.offered(event)
        last = self._finder.last(event)
        if not draft and not event.addressed:
            return meant(self._in_thread(event), last, draft, offered)
        understood = meant(event, last, draft, offered)
        if draft or understood is not event:
            return understood
        return self._in_thread(event) if public else self._below_a_card(event)

    def _below_a_card(self, event: Asked) -> Event:
        """Words below a request's or a case's card in one's own conversation are said in it, unless they are a command.

        Below is also what quotes the card. So are words in the thread in which a case was told of. Files alone belong to
        the one that was told of last.
        """
        found = self._card_of(event.conversation) or self._quoted(event)
        if found is None and self._root(event.conversation) and (case := self._finder.case_in(event)):
            found = case, "thread"
        if found is None and event.files and not event.text.strip() and (case := self._finder.told_of(event.person)):
            found = case, "files"
        if found is None or not found[0].startswith(BELOW) or not found[1] or is_command(event.text):
            return event
        return Commented(
            event.key, event.person, event.conversation, *_comment(found, event), thread=event.thread, door=event.door,
            files=event.files,
        )  # fmt: skip

    def _quoted(self, event: Asked) -> tuple[str, str] | None:
        """The record and the slot of the message that the words quote: a card, or what was said below one."""
        found = self.store.shown(event.below) if event.below else None
        if found is None or found[1].kind not in ("post", "reply"):
            return None
        return found[1].record, found[1].slot or found[1].kind

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

    def case_page(self, person_id: str, number: int, renderer: Renderer, files_at: str = "") -> str:
        """A case as one document (HTML) for somebody who may see it, "" for who may not; journalled either way."""
        event = Pressed("", person_id, "", f"incidents/{number}", "incidents/show")
        facts, record = self.facts(event), self._case(number)
        may = record is not None and record.status is not Status.DRAFT and sees(record, facts.person, facts)
        with self.store.unit() as unit:
            did = "Exported" if may else "Refused incidents/export"
            unit.write_journal(Entry(facts.now, person_id, did, f"incidents/{number}", "", ""))
        return case_page(record, facts, renderer, facts.language, files_at) if record and may else ""

    def agreement_page(self, person_id: str, number: int, renderer: Renderer) -> str:
        """An agreement as one page (HTML) for the two whose it is, "" for who may not see it."""
        facts = self.facts(Pressed("", person_id, "", f"agreements/{number}", "agreements/show"))
        kept = self.store.record(f"agreements/{number}")
        record = RECORDS["agreements"].validate_json(kept.data) if kept else None
        return agreement_page(record, facts, renderer, facts.language) if record else ""

    def figures_page(self, person_id: str, renderer: Renderer) -> str:
        """The figures of the running quarter and the four before it (HTML), "" for who may not see them (R41)."""
        facts = self.facts(Pressed("", person_id, "", "", "management/show"))
        return figures_page(facts.figures, facts, renderer, facts.language) if facts.figures else ""

    def sees_figures(self, person: Person) -> bool:
        """Whether the page of figures is somebody's to see."""
        return management.may_see(person, self.municipality.management)

    def may_see_file(self, person_id: str, number: int, sha256: str) -> str:
        """The name of a case's file for somebody who may see the case, "" for who may not."""
        facts = self.facts(Pressed("", person_id, "", f"incidents/{number}", "incidents/show"))
        record = self._case(number)
        may = record is not None and sees(record, facts.person, facts)
        with self.store.unit() as unit:
            did = "Downloaded evidence" if may else "Refused incidents/evidence"
            unit.write_journal(Entry(facts.now, person_id, did, f"incidents/{number}", "", ""))
        if record is None or not may:
            return ""
        return next((e.name or "tiedosto" for e in record.evidence if sha256 and e.sha256 == sha256), "")

    def _case(self, number: int) -> Incident | None:
        kept = self.store.record(f"incidents/{number}")
        return RECORDS["incidents"].validate_json(kept.data) if kept else None

    def takes_part(self, conversation: str) -> bool:
        """Whether the bot is part of a thread, so that words in it are for it also without its name."""
        flows = ("questions", "accounts")
        return self._card_of(conversation) is not None or any(self.store.newest_in(f, conversation, "") for f in flows)

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
                self._renew_home(person.id, unit)
        lost = dead.content
        if lost.person and lost.record.startswith(FOLLOWED) and lost.kind == "post":
            self.handle(Undelivered(f"dead:{dead.id}:{dead.at.isoformat()}", "", "", lost.record, lost.person, lost.slot))

    def _in_thread(self, event: Event) -> Event:
        """Words in the thread of a card of the bot's are a comment on its record, unless they name the bot.

        Where it hears only what names it, they are one unless they are a command, as in one's own conversation.
        """
        if not isinstance(event, Asked) or (event.addressed and not self._comments_by_name(event)):
            return event
        found = self._card_of(event.conversation) or self._finder.request_of(event.conversation)
        if found is None or not found[1] or (event.addressed and not _is_answered_below(*found)):
            return event
        return Commented(
            event.key, event.person, event.conversation, *_comment(found, event), thread=event.thread, door=event.door,
            files=event.files,
        )  # fmt: skip

    def _comments_by_name(self, event: Asked) -> bool:
        platform = self.platforms.get(platform_of(event.conversation))
        among_others = self._addressing.is_public(event.conversation)
        return among_others and platform is not None and not platform.abilities.overhears and not is_command(event.text)

    def _card_of(self, conversation: str) -> tuple[str, str] | None:
        root = self._root(conversation)
        return self.store.post_of(root) if root else None

    def _root(self, conversation: str) -> str:
        platform = self.platforms.get(platform_of(conversation))
        return platform.root(conversation) if platform else ""

    def _decide(self, flow: str, event: Event, facts: Facts) -> Handled:
        with self.store.unit() as unit:
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

    def _again(self, unit: Unit, event: Event, facts: Facts) -> Handled:
        if isinstance(event, Elapsed):
            unit.forget(event.record, event.timer)
        answer = unit.answer_of(event.key)
        return Handled(IMMEDIATE.validate_json(answer) if answer else None, facts.language, again=True)

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
            unit.save(decided.key, decided.status, decided.person, data, version, facts.now)
            before, after = (_journalled(flow, adapter, line) for line in (kept.data if kept else "", data))
            unit.write_journal(Entry(facts.now, event.person, type(event).__name__, decided.key, before, after))
            if kept is None or kept.status != decided.status:
                self._renew_homes({event.person, decided.person}, unit)
        return effects  # type: ignore[no-any-return]  # a flow is a module; its decide gives effects

    def _carry_out(  # noqa: C901 - a line for each kind of wish
        self, effects: Sequence[Effect], event: Event, key: str, facts: Facts, unit: Unit
    ) -> Handled:
        immediate: Immediate | None = None
        purged: list[str] = []
        told = False
        language = facts.language
        for wish in effects:
            effect = in_words(wish) if event.spoken else wish
            shown = self._in_window(effect, event)
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
                    self._renew_home(person, unit, opened=opened)
                case Denied(action=action):
                    unit.write_journal(Entry(facts.now, event.person, f"Refused {action}", key, "", ""))
                case Purge(files=files):
                    unit.purge(key)
                    purged += files
                case Letter(id=number, again=again):
                    unit.letter(number, facts.now, again=again)
                    for administrator in self._administrators():
                        self._renew_home(administrator, unit)
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

    def _in_window(self, effect: Effect, event: Event) -> Immediate | None:
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

    def _administrators(self) -> list[str]:
        return [p.id for p in self.directory.everybody if Role.ADMINISTRATOR in p.roles | p.deputy_for]

    def _renew_homes(self, concerned: set[str], unit: Unit) -> None:
        """Bring the home views of those concerned up to date, and of everybody in a team: its lists may have changed."""
        for person_id in self.store.homes():
            person = self.directory.person(person_id)
            if person_id in concerned or is_manager(person) or (person and any(person.in_team(team) for team in TEAMS)):
                self._renew_home(person_id, unit)

    def _renew_home(self, person: str, unit: Unit, *, opened: bool = False) -> None:
        for platform in self.platforms.values():
            if platform.abilities.homes:
                unit.renew_home(person, platform.home(person), self.clock.now(), opened=opened)


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


def _is_answered_below(record: str, slot: str) -> bool:
    """Whether words that name the bot are said in a record where they stand below its card."""
    return record.startswith(BELOW) or (record.startswith("questions/") and slot in ANSWERED)


def _comment(card: tuple[str, str], event: Asked) -> tuple[str, str, str]:
    """The record, the words and the slot of what was written below a card."""
    record, slot = card
    return record, event.text, slot


def in_words(effect: Effect) -> Effect:
    """A form's errors as a reply: who wrote words for a form has none before them that could show the errors."""
    if isinstance(effect, FieldErrors):
        blocks = dict.fromkeys(f"error_{name}" for name in effect.errors.values())
        return Reply(Card(effect.form.name, tuple(Text(block) for block in blocks), effect.form.data))
    return effect
