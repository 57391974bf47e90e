"""Gathers what a decision may look at: who acts, what the guideline says, what waits. Reads the store; writes nothing."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.clock import HELSINKI, Clock
from bot.curated import CuratedAnswers
from bot.directory import Directory
from bot.figures import figures_of
from bot.lookups import MOST_WAITING
from bot.lookups.agreements import Agreements
from bot.lookups.cases import Cases
from bot.lookups.questions import Questions
from bot.lookups.requests import Requests
from bot.overlays import Overlays
from bot.records import PREFERENCES, PUBLISHED, TRAINING, VERSIONS
from bot.registered import Registered
from bot.storage import Dead, Store
from bot.week import digest_of
from handlers import (
    HELP,
    digest,
    help_of,
    management,
    meetings,
    permits,
    published,
    reminders,
    replies,
    selfcheck,
    training,
    versions,
)
from handlers.accounts.chain import Municipality
from handlers.accounts.steps import OTHER_PASSAGES, PASSAGES
from handlers.agreements.forms import PASSAGES as AGREEMENT_PASSAGES
from handlers.events import Asked, Elapsed, Event, Flagged, Opened, Pressed, Submitted
from handlers.facts import DeadLetter, Facts, Person, Role, WorkingTime
from handlers.home.typed import is_command
from handlers.incidents.aid import PASSAGES as AID_PASSAGES
from handlers.incidents.aid import REPORTING
from handlers.incidents.plan import Plan
from handlers.overlays.cards import PASSAGES as OVERLAY_PASSAGES
from handlers.overlays.record import Record as Overlay
from handlers.preferences import Record as Preferences
from handlers.published import Record as Published
from handlers.register.index import Accounts
from handlers.register.record import Record as Account
from handlers.teams import COMMUNICATIONS
from knowledge.answers import Intent
from knowledge.document import ContentError, Document
from knowledge.guide import Guide
from knowledge.quiz import Item, load_quiz

OF_REQUESTS = (Intent.NEW_ACCOUNT, Intent.STATUS)
"""What words want that is answered with requests for accounts."""
MOST_PEOPLE = 1_000_000
"""More records than people have."""
HELP_PASSAGES = (*selfcheck.PASSAGES, *replies.PASSAGES, *permits.PASSAGES)
CITED = (
    *PASSAGES, *OTHER_PASSAGES, *AID_PASSAGES, *REPORTING, *OVERLAY_PASSAGES, *AGREEMENT_PASSAGES, *HELP_PASSAGES,
)  # fmt: skip
"""The passages that flows quote; the quiz names its own."""
log = structlog.get_logger()


class FactFinder:
    """Finds the facts for an event. `language` is that of channels and of people whose own is not known."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        guide: Guide,
        curated_answers: CuratedAnswers,
        clock: Clock,
        working_time: WorkingTime,
        language: str,
        municipality: Municipality,
        plan: Plan,
        overlays: Overlays | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._guide = guide
        self._curated = curated_answers
        self._clock = clock
        self._working_time = working_time
        self._language = language
        self._municipality = municipality
        self._plan = plan
        self._overlays = overlays
        self.questions = Questions(store, directory, guide, curated_answers, clock)
        self.requests = Requests(store)
        self.cases = Cases(store, clock, self.questions)
        self._agreements = Agreements(store, directory)
        self._registered = Registered(store)
        common = next((d for d in guide.documents if not d.department), None)
        self._quiz = quiz_of(common) if common else ()
        self._edition = versions.Edition(common.title, common.version, municipality.old_years) if common else None
        self._cited = {c.id: c for c in guide.cite((*CITED, *training.passages_of(self._quiz)))}

    def about(self, event: Event, *, public: bool) -> Facts:  # noqa: C901 - the table of what each event looks at
        """All that a decision on this event may look at; `public` tells that others see its conversation."""
        facts = self._always(event, public=public)
        match event:
            case Flagged(text=words):
                opening = self._guide.opening(Intent.INCIDENT, words, facts.language)
                return self.cases.concerning(event, replace(facts, answer=opening))
            case Submitted(form=name) | Pressed(action=name) if name.startswith("incidents/"):
                return self.cases.concerning(event, facts)
            case _ if event.record.startswith("incidents/"):
                return self.cases.concerning(event, facts)
            case (
                Submitted(form=name) | Pressed(action=name)
            ) if name.startswith(("accounts/", "meetings/")):  # fmt: skip
                return self.requests.concerning(event, name, facts)
            case _ if _is_of_agreements(event):
                return self._for_agreements(facts, event)
            case Elapsed(record=reminders.KEY):
                return self._for_reminders(facts)
            case Pressed(action=name) | Submitted(form=name) if name.startswith(("register/", "published/")):
                return replace(facts, requests=self.requests.open(), published=self._published())
            case _ if management.concerns(event):
                return self._for_management(facts, event)
            case Asked() if helper := help_of(event):
                return self._for_help(facts, f"{helper}/")
            case Submitted(form=name) | Pressed(action=name) if name.partition("/")[0] in HELP:
                return self._for_help(facts, name)
            case Asked() | Pressed(action="digest/show") | Elapsed(record=digest.KEY) if _wants_digest(event):
                found = digest_of(self._store, self._guide, self._language, facts.now)
                return replace(self._for_lists(facts), digest=found)
            case Asked():
                return self._for_words(facts, event)
            case Pressed(action="questions/show" | "questions/feedback" | "questions/share") if event.record:
                return self.questions.answered(event, facts)
            case Pressed(action="questions/curated", value=key):
                return replace(facts, curated=self._curated.get(key))
            case _ if event.record.startswith(("questions/", "curated/")):
                return replace(facts, question=self.questions.of_record(event.record))
            case _:
                return self._for_lists(facts)

    def register(self) -> Accounts:
        """The municipality's accounts, by name."""
        return self._registered.all()

    def home(self, person_id: str) -> Facts:
        """What a person's home view shows."""
        return self.about(Opened("", person_id, ""), public=False)

    def language_of(self, person: Person | None) -> str:
        """The language to speak to somebody: theirs, else the channels'."""
        return (person.language if person else "") or self._language

    def receiver(self, dead: Dead) -> str:
        """Whom a message was for: a person by name, else where it was to go.

        Who asked without their name is not named here either: administrators may be of the communications team.
        """
        asked = dead.content.record.startswith("questions/")
        record = self.questions.kept(dead.content.record) if asked else None
        if record and not record.named and dead.content.person == record.asker:
            return f"#{record.key.partition('/')[2]}"
        person = self._directory.person(dead.content.person)
        return person.name if person else dead.content.conversation

    def _always(self, event: Event, *, public: bool) -> Facts:
        """What every decision may look at; nothing of it is read from the store for one event."""
        person = self._directory.person(event.person) if event.person else None
        now = self._clock.now()
        return Facts(
            now=now,
            person=person,
            language=self.language_of(person),
            people=self._directory,
            working_time=self._working_time,
            public=public,
            starters=self._guide.starters(self.language_of(person)),
            today=now.astimezone(HELSINKI).date(),
            passages=self._cited,
            chain=self._municipality.chain,
            municipality=self._municipality.name,
            domains=self._municipality.domains,
            management=self._municipality.management,
            addresses=self._directory.addresses,
            departments=self._directory.departments,
            guideline=self._edition,
            quiz=self._quiz,
            plan=self._plan,
            register=self._registered.all(),
            overlays=self._overlays_for(event),
        )

    def _overlays_for(self, event: Event) -> tuple[Overlay, ...]:
        """The departments' guidelines, for their own events and for the morning's round."""
        name = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else ""
        wanted = event.record == reminders.KEY or any(part.startswith("overlays/") for part in (name, event.record))
        return self._overlays.living() if self._overlays and wanted else ()

    def _for_words(self, facts: Facts, event: Asked) -> Facts:
        listed = is_command(event.text) or meetings.understands(event)
        found = self.questions.asked(event, facts)
        if found.answer and found.answer.intent is Intent.INCIDENT:
            return self.cases.concerning(event, found)
        return self._for_lists(found, listed=listed)

    def _for_lists(self, facts: Facts, *, listed: bool = False) -> Facts:
        """With the lists of one's own, and of what waits, as far as they are shown."""
        person = facts.person
        if person is None:
            return replace(facts, waiting=self.questions.waiting())
        if facts.answer is None or facts.answer.intent in OF_REQUESTS or listed:
            # Not for every question: they are read whole, and a question of the guideline needs none of them.
            facts = replace(facts, requests=self.requests.open(), unit_accounts=self._accounts_of(person.unit))
            facts = replace(facts, agreements=self._agreements.of(person))
        facts = replace(facts, own=self.questions.own(person))
        if person.in_team(COMMUNICATIONS):
            facts = replace(facts, waiting=self.questions.waiting(), curated_answers=self._curated.all)
        if facts.answer is None or listed or facts.answer.intent is Intent.STATUS:
            facts = replace(facts, cases=self.cases.for_list(person))
        if Role.ADMINISTRATOR in person.roles | person.deputy_for:
            facts = replace(facts, dead_letters=tuple(map(self._dead_letter, self._store.dead_letters())))
        return facts

    def _dead_letter(self, dead: Dead) -> DeadLetter:
        return DeadLetter(dead.id, self.receiver(dead), dead.error, dead.at.isoformat())

    def _for_agreements(self, facts: Facts, event: Event) -> Facts:
        """Agreements, and consent to one's own name."""
        action = event.action if isinstance(event, Pressed) else ""
        match action:
            case "agreements/counts":
                return replace(facts, agreements=self._agreements.open())
            case "agreements/people" | "consents/list" | "consents/refuse" | "consents/withdraw":
                facts = replace(facts, requests=self.requests.open())
        return replace(facts, agreements=self._agreements.of(facts.person))

    def _for_reminders(self, facts: Facts) -> Facts:
        """What the morning's round looks at."""
        return replace(
            facts,
            requests=self.requests.open(),
            agreements=self._agreements.open(),
            published=self._published(),
            preferences=self._preferences(),
            versions=self._versions(),
            training=self._training(),
        )

    def _for_help(self, facts: Facts, name: str) -> Facts:
        """What help in daily work looks at: next to nothing; the report on training reads everybody's, once."""
        if name.startswith("versions/"):
            return replace(facts, versions=self._versions())
        if name in ("training/", "training/report") and facts.person and facts.person.in_team(COMMUNICATIONS):
            return replace(facts, training=self._training(), everybody=self._directory.everybody)
        return facts

    def _for_management(self, facts: Facts, event: Event) -> Facts:
        """The figures, for whoever may see them and for the clock (R41)."""
        if event.person and not management.may_see(facts.person, facts.management):
            return facts
        quarter = management.quarter_of(event, facts.today)
        return replace(facts, figures=figures_of(self._store, facts, quarter, self._directory.everybody))

    def _accounts_of(self, unit: str) -> tuple[Account, ...]:
        """The accounts of a unit (R35)."""
        return tuple(a for a in self._registered.all() if a.living and unit and a.owner.casefold() == unit.casefold())

    def _published(self) -> Published:
        """The list of accounts as it was published last."""
        kept = self._store.record(published.KEY)
        return PUBLISHED.validate_json(kept.data) if kept else Published()

    def _preferences(self) -> dict[str, Preferences]:
        """What people wish of reminders, by their ids."""
        found = [PREFERENCES.validate_json(k.data) for k in self._store.records("preferences", limit=MOST_WAITING)]
        return {p.person: p for p in found}

    def _versions(self) -> tuple[versions.Record, ...]:
        """What is kept of each guideline that is still there."""
        there = {versions.key_for(d.id) for d in self._guide.documents}
        kept = self._store.records("versions", limit=MOST_WAITING)
        return tuple(VERSIONS.validate_json(k.data) for k in kept if k.key in there)

    def _training(self) -> tuple[training.Record, ...]:
        return tuple(TRAINING.validate_json(k.data) for k in self._store.records("training", limit=MOST_PEOPLE))


def quiz_of(document: Document) -> tuple[Item, ...]:
    """The quiz on a guideline. A broken one is said in the log and by `doctor`, and keeps nothing else from working."""
    try:
        return load_quiz(document)
    except ContentError as problem:
        log.error("the quiz cannot be read", problem=str(problem))
        return ()


def _is_of_agreements(event: Event) -> bool:
    name = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else event.record
    return name.startswith(("agreements/", "consents/"))


def _wants_digest(event: Event) -> bool:
    return not isinstance(event, Asked) or digest.understands(event)
