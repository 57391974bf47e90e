"""Gathers what a decision may look at: who acts, what the guideline says, what waits. Reads the store; writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.clock import HELSINKI, Clock
from bot.curated import CuratedAnswers
from bot.directory import Directory
from bot.figures import figures_of
from bot.overlays import Overlays
from bot.registered import Registered
from bot.storage import Dead, Kept, Store
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
from handlers.accounts.record import FILLING, OPEN
from handlers.accounts.record import Record as Request
from handlers.accounts.record import Status as RequestStatus
from handlers.accounts.steps import OTHER_PASSAGES, PASSAGES
from handlers.accounts.typed import Draft
from handlers.agreements.forms import PASSAGES as AGREEMENT_PASSAGES
from handlers.agreements.record import OPEN as OPEN_AGREEMENTS
from handlers.agreements.record import Record as Agreement
from handlers.events import Asked, Commented, Elapsed, Event, Flagged, Opened, Pressed, Submitted
from handlers.facts import DeadLetter, Facts, Person, Question, Role, WorkingTime
from handlers.home import is_command
from handlers.incidents.aid import PASSAGES as AID_PASSAGES
from handlers.incidents.aid import REPORTING
from handlers.incidents.plan import Plan
from handlers.incidents.record import OPEN as OPEN_CASES
from handlers.incidents.record import Record as Incident
from handlers.incidents.record import Status as CaseStatus
from handlers.incidents.rights import is_manager
from handlers.overlays.cards import PASSAGES as OVERLAY_PASSAGES
from handlers.overlays.record import Record as Overlay
from handlers.preferences import Record as Preferences
from handlers.published import Record as Published
from handlers.questions import Record, Status
from handlers.register.index import Accounts
from handlers.register.record import Record as Account
from handlers.teams import COMMUNICATIONS
from handlers.typed import Last
from knowledge.answers import Answer, IncidentType, Intent, Outcome
from knowledge.document import Audience, ContentError, Document
from knowledge.guide import Guide
from knowledge.quiz import Item, load_quiz

CONTEXT_LASTS = timedelta(minutes=30)
"""How long the previous question of a conversation is context for the next one."""
HANDED_ON = (Status.WAITING, Status.TAKEN, Status.REPLIED)
OF_REQUESTS = (Intent.NEW_ACCOUNT, Intent.STATUS)
"""What words want that is answered with requests for accounts."""
MOST_PEOPLE = 1_000_000
"""More records than people have."""
MOST_WAITING = 10_000
"""More than ever wait; of fewer the oldest would be hidden, which wait longest."""
QUESTIONS = TypeAdapter(Record)
REQUESTS = TypeAdapter(Request)
ACCOUNTS = TypeAdapter(Account)
AGREEMENTS = TypeAdapter(Agreement)
CASES = TypeAdapter(Incident)
TRAINING = TypeAdapter(training.Record)
VERSIONS = TypeAdapter(versions.Record)
HELP_PASSAGES = (*selfcheck.PASSAGES, *replies.PASSAGES, *permits.PASSAGES)
PUBLISHED = TypeAdapter(Published)
PREFERENCES = TypeAdapter(Preferences)
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
        self._registered = Registered(store)
        common = next((d for d in guide.documents if not d.department), None)
        self._quiz = quiz_of(common) if common else ()
        self._edition = versions.Edition(common.title, common.version, municipality.old_years) if common else None
        self._cited = {c.id: c for c in guide.cite((*PASSAGES, *OTHER_PASSAGES, *AID_PASSAGES, *REPORTING))}
        self._cited |= {c.id: c for c in guide.cite(OVERLAY_PASSAGES)}
        self._cited |= {c.id: c for c in guide.cite(AGREEMENT_PASSAGES)}
        self._cited |= {c.id: c for c in guide.cite((*HELP_PASSAGES, *training.passages_of(self._quiz)))}

    def about(self, event: Event, *, public: bool) -> Facts:  # noqa: C901 - the table of what each event looks at
        """All that a decision on this event may look at; `public` tells that others see its conversation."""
        person = self._directory.person(event.person) if event.person else None
        facts = Facts(
            now=self._clock.now(),
            person=person,
            language=self.language_of(person),
            people=self._directory,
            working_time=self._working_time,
            public=public,
            starters=self._guide.starters(self.language_of(person)),
            today=self._clock.now().astimezone(HELSINKI).date(),
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
        match event:
            case Flagged(text=words):
                opening = self._guide.opening(Intent.INCIDENT, words, facts.language)
                return self._for_incidents(replace(facts, answer=opening), event)
            case Submitted(form=name) | Pressed(action=name) if name.startswith("incidents/"):
                return self._for_incidents(facts, event)
            case _ if event.record.startswith("incidents/"):
                return self._for_incidents(facts, event)
            case (
                Submitted(form=name) | Pressed(action=name)
            ) if name.startswith(("accounts/", "meetings/")):  # fmt: skip
                return self._for_requests(facts, event, name)
            case _ if _is_of_agreements(event):
                return self._for_agreements(facts, event)
            case Elapsed(record=reminders.KEY):
                return replace(
                    facts, requests=self._requests(), agreements=self._agreements(), published=self._published(),
                    preferences=self._preferences(), versions=self._versions(), training=self._training(),
                )  # fmt: skip
            case Pressed(action=name) | Submitted(form=name) if name.startswith(("register/", "published/")):
                return replace(facts, requests=self._requests(), published=self._published())
            case _ if management.concerns(event):
                return self._for_management(facts, event)
            case Asked() if helper := help_of(event):
                return self._for_help(facts, f"{helper}/")
            case Submitted(form=name) | Pressed(action=name) if name.partition("/")[0] in HELP:
                return self._for_help(facts, name)
            case Asked() | Pressed(action="digest/show") | Elapsed(record=digest.KEY) if _wants_digest(event):
                return replace(
                    self._for_lists(facts), digest=digest_of(self._store, self._guide, self._language, facts.now)
                )
            case Asked():
                listed = is_command(event.text) or meetings.understands(event)
                found = self._of_question(event, facts)
                if found.answer and found.answer.intent is Intent.INCIDENT:
                    return self._for_incidents(found, event)
                return self._for_lists(found, listed=listed)
            case Pressed(action="questions/show" | "questions/feedback" | "questions/share") if event.record:
                return self._of_answer(event, facts)
            case Pressed(action="questions/curated", value=key):
                return replace(facts, curated=self._curated.get(key))
            case Pressed() | Commented() if event.record.startswith(("questions/", "curated/")):
                return replace(facts, question=self._question(self._store.record(_question_key(event.record))))
            case _ if event.record.startswith(("questions/", "curated/")):
                return replace(facts, question=self._question(self._store.record(_question_key(event.record))))
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

    def last(self, event: Event) -> Last | None:
        """The newest question of the person's conversation: what words without a number speak of."""
        record = self._newest(event)
        if record is None:
            return None
        offered = record.near if record.helpful == "no" and record.near else record.cited
        return Last(record.key, record.text, offered, record.curated_near)

    # ── what the guideline and the communications team have to say ──────────────────────────────────────────────────

    def _of_question(self, event: Asked, facts: Facts) -> Facts:
        audience, department = _audience(facts.person)
        if event.intent:
            opening = self._guide.opening(Intent(event.intent), event.text, facts.language, department)
            return replace(facts, answer=opening)
        follow_up = self._guide.follows_up(event.text)
        # Among people's talk only words that say so themselves go on from the question before.
        context = self._previous(event) if event.addressed or follow_up else None
        answer = self._guide.answer(
            event.text, context=context, default=facts.language, audience=audience, department=department
        )  # fmt: skip
        if answer.intent not in (Intent.QUESTION, Intent.OTHER, Intent.REGISTER_LOOKUP, Intent.EXPERT_PROFILE):
            return replace(facts, answer=answer, follow_up=follow_up)
        found = self._curated.find(event.text, context)
        unsure = not found and answer.outcome in (Outcome.SILENT, Outcome.SUGGESTED)
        near = self._curated.near(event.text) if unsure else ()
        return replace(facts, answer=answer, curated=found, curated_near=near, follow_up=follow_up)

    def _of_answer(self, event: Pressed, facts: Facts) -> Facts:
        """The answer that was given before, put together again from what the record kept of it."""
        kept = self._store.record(event.record)
        _, department = _audience(facts.person)
        if event.action == "questions/show":
            language = QUESTIONS.validate_json(kept.data).language if kept else facts.language
            return replace(facts, answer=self._guide.show(event.value, language, department))
        if kept is None:
            return facts
        record = QUESTIONS.validate_json(kept.data)
        if event.action == "questions/feedback":
            related = replace(self._recalled(record), related=self._guide.cite(record.near))
            return replace(facts, answer=related, curated_near=self._curated.near(record.text))
        if record.chosen and not record.curated:
            return replace(facts, answer=self._guide.show(record.chosen, record.language, department))
        return replace(facts, answer=self._recalled(record), curated=self._curated.get(record.curated))

    def _recalled(self, record: Record) -> Answer:
        cited = self._guide.cite(record.cited)
        answered = record.outcome in (Outcome.ANSWERED, Outcome.FLOW)
        return Answer(
            record.text, record.language, Intent(record.intent), incident_type(record), Outcome(record.outcome),
            cited if answered else (), () if answered else cited,
        )  # fmt: skip

    def _newest(self, event: Event) -> Record | None:
        """The newest question of the conversation: one's own in a channel, anybody's in a thread."""
        if not event.person:
            return None
        return _record(self._store.newest_in("questions", event.conversation, event.person))

    def _previous(self, event: Event) -> str | None:
        """The question before this one, where it is recent and was asked in the same conversation."""
        record = self._newest(event)
        recent = record and self._clock.now() - record.asked_at <= CONTEXT_LASTS
        return record.text if record and recent else None

    # ── requests for accounts ───────────────────────────────────────────────────────────────────────────────────────

    def asking(self, event: Asked, *, public: bool) -> Draft | None:
        """The person's own request that they have open in this conversation, None where they have none.

        One that was begun where others see, but in no thread, goes on in the person's own conversation.
        """
        kept = self._store.newest_in("accounts", event.conversation, event.person) if event.person else None
        if event.person and not public and (kept is None or kept.status not in FILLING):
            kept = next(iter(self._store.records("accounts", event.person, tuple(FILLING), limit=1)), None)
        record = REQUESTS.validate_json(kept.data) if kept else None
        if record is None or record.status not in FILLING or record.requester != event.person:
            return None
        return Draft(record.key, record.asking)

    def request_of(self, conversation: str) -> tuple[str, str] | None:
        """The request that was made in this thread and sent from it, with the slot of its card, None where none was."""
        kept = self._store.newest_in("accounts", conversation, "")
        if kept is None or kept.status in (*FILLING, RequestStatus.FORGOTTEN):
            return None
        record = REQUESTS.validate_json(kept.data)
        return (kept.key, "decider") if record.thread == conversation else None

    def _for_requests(self, facts: Facts, event: Event, name: str) -> Facts:
        if name == "accounts/copy" and isinstance(event, Pressed):
            kept = self._store.record(event.value) if event.value.startswith("accounts/") else None
            source = REQUESTS.validate_json(kept.data) if kept else None
            own = source and facts.person and facts.person.bears(source.requester)
            return replace(facts, source=source if own else None)
        return replace(facts, requests=self._requests()) if name.startswith("meetings/") else facts

    def _requests(self) -> tuple[Request, ...]:
        """The requests that are somebody's turn, the oldest made first."""
        kept = self._store.records("accounts", statuses=tuple(sorted(OPEN)), limit=MOST_WAITING)
        return tuple(REQUESTS.validate_json(k.data) for k in reversed(kept))

    def _accounts_of(self, unit: str) -> tuple[Account, ...]:
        """The accounts of a unit (R35)."""
        return tuple(a for a in self._registered.all() if a.living and unit and a.owner.casefold() == unit.casefold())

    # ── the register ────────────────────────────────────────────────────────────────────────────────────────────────

    def _published(self) -> Published:
        """The list of accounts as it was published last."""
        kept = self._store.record(published.KEY)
        return PUBLISHED.validate_json(kept.data) if kept else Published()

    def _preferences(self) -> dict[str, Preferences]:
        """What people wish of reminders, by their ids."""
        found = [PREFERENCES.validate_json(k.data) for k in self._store.records("preferences", limit=MOST_WAITING)]
        return {p.person: p for p in found}

    # ── agreements, and consent to one's own name ───────────────────────────────────────────────────────────────────

    def _for_agreements(self, facts: Facts, event: Event) -> Facts:
        action = event.action if isinstance(event, Pressed) else ""
        match action:
            case "agreements/counts":
                return replace(facts, agreements=self._agreements())
            case "agreements/people" | "consents/list" | "consents/refuse" | "consents/withdraw":
                facts = replace(facts, requests=self._requests())
        return replace(facts, agreements=self._agreements_of(facts.person))

    def _agreements(self) -> tuple[Agreement, ...]:
        """The agreements that are not over, the oldest made first."""
        kept = self._store.records("agreements", statuses=tuple(sorted(OPEN_AGREEMENTS)), limit=MOST_WAITING)
        return tuple(AGREEMENTS.validate_json(k.data) for k in reversed(kept))

    def _agreements_of(self, person: Person | None) -> tuple[Agreement, ...]:
        """The person's own agreements, and those that may come to be theirs to read; the flow decides on each (R34)."""
        if person is None:
            return ()
        kept = self._store.records("agreements", limit=MOST_WAITING)
        mine = [k for k in reversed(kept) if person.bears(k.person) or self._leads(person, k.person)]
        return tuple(AGREEMENTS.validate_json(k.data) for k in mine)

    def _leads(self, person: Person, other: str) -> bool:
        supervised = self._directory.person(other)
        supervisor = self._directory.person(supervised.supervisor) if supervised else None
        return supervisor is not None and person.id in (supervisor.id, supervisor.deputy, supervisor.supervisor)

    # ── incidents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def offered(self, event: Asked) -> str:
        """The key of the incident that the person was offered to report in the last half hour, "" for none."""
        kept = self._store.records("incidents", event.person, (CaseStatus.DRAFT,), limit=1) if event.person else ()
        return kept[0].key if kept and self._clock.now() - kept[0].updated_at <= CONTEXT_LASTS else ""

    def case_in(self, event: Asked) -> str:
        """The key of the case that the person told of in this thread and that is not over, "" for none.

        A question below what is not reported yet is for the guideline.
        """
        kept = self._store.newest_in("incidents", event.conversation, event.person) if event.person else None
        if kept is None or kept.person != event.person:
            return ""
        drafted = kept.status == CaseStatus.DRAFT and not event.text.rstrip().endswith("?")
        return kept.key if drafted or kept.status in (CaseStatus.JOINED, *OPEN_CASES) else ""

    def told_of(self, person: str) -> str:
        """The key of the newest incident that the person told of, reported or not, "" where none is open."""
        open_ = (CaseStatus.DRAFT, CaseStatus.JOINED, *OPEN_CASES)
        kept = self._store.records("incidents", person, open_, limit=1) if person else ()
        return kept[0].key if kept else ""

    def _for_incidents(self, facts: Facts, event: Event) -> Facts:
        found = replace(facts, open_cases=self._cases(tuple(OPEN_CASES)))
        match event:
            case Elapsed(timer="erase"):
                return replace(found, cases=self._leading(event.record))
            case Pressed(action="incidents/list"):
                return replace(found, cases=self._listed(facts.person))
            case Pressed(action="incidents/figures"):
                return replace(found, cases=self._cases())
            case Pressed(action="incidents/choose") if event.record.startswith("questions/"):
                return replace(found, words=self._own_words(event))
            case _:
                return found

    def _own_words(self, event: Event) -> str:
        """What the person asked in the question that a report goes on from, "" where it is not theirs."""
        record = _record(self._store.record(event.record))
        person = self._directory.person(event.person)
        theirs = record is not None and person is not None and person.bears(record.asker)
        return record.text if record and theirs and record.intent == Intent.INCIDENT else ""

    def _listed(self, person: Person | None) -> tuple[Incident, ...]:
        """The cases that may be shown in a person's list; the flow looks at each whether it is theirs."""
        return () if person is None else self._cases()

    def _cases(self, statuses: tuple[str, ...] = ()) -> tuple[Incident, ...]:
        kept = self._store.records("incidents", statuses=statuses, limit=MOST_WAITING)
        return tuple(case for k in reversed(kept) if (case := self._case(k)))

    def _leading(self, key: str) -> tuple[Incident, ...]:
        """The case that a joined one joined."""
        kept = self._store.record(key)
        joined = self._case(kept) if kept else None
        leader = self._store.record(joined.leader) if joined and joined.leader else None
        return tuple(case for k in (leader,) if k and (case := self._case(k)))

    def _case(self, kept: Kept) -> Incident | None:
        """A case as it is kept. One that cannot be read is said in the log, and keeps nobody from reporting another."""
        try:
            return CASES.validate_json(kept.data)
        except ValidationError:
            log.error("an incident cannot be read", record=kept.key)
            return None

    # ── help in daily work ──────────────────────────────────────────────────────────────────────────────────────────

    def _for_help(self, facts: Facts, name: str) -> Facts:
        """What help in daily work looks at: next to nothing; the report on training reads everybody's, once."""
        if name.startswith("versions/"):
            return replace(facts, versions=self._versions())
        if name in ("training/", "training/report") and facts.person and facts.person.in_team(COMMUNICATIONS):
            return replace(facts, training=self._training(), everybody=self._directory.everybody)
        return facts

    def _versions(self) -> tuple[versions.Record, ...]:
        """What is kept of each guideline that is still there."""
        there = {versions.key_for(d.id) for d in self._guide.documents}
        kept = self._store.records("versions", limit=MOST_WAITING)
        return tuple(VERSIONS.validate_json(k.data) for k in kept if k.key in there)

    def _training(self) -> tuple[training.Record, ...]:
        return tuple(TRAINING.validate_json(k.data) for k in self._store.records("training", limit=MOST_PEOPLE))

    # ── management's view ───────────────────────────────────────────────────────────────────────────────────────────

    def _for_management(self, facts: Facts, event: Event) -> Facts:
        """The figures, for whoever may see them and for the clock (R41)."""
        if event.person and not management.may_see(facts.person, facts.management):
            return facts
        quarter = management.quarter_of(event, facts.today)
        return replace(facts, figures=figures_of(self._store, facts, quarter, self._directory.everybody))

    # ── departments' own guidelines ─────────────────────────────────────────────────────────────────────────────────

    def _overlays_for(self, event: Event) -> tuple[Overlay, ...]:
        """The departments' guidelines, for their own events and for the morning's round."""
        name = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else ""
        wanted = event.record == reminders.KEY or any(part.startswith("overlays/") for part in (name, event.record))
        return self._overlays.living() if self._overlays and wanted else ()

    # ── lists: one's own questions, what waits, what was asked ──────────────────────────────────────────────────────

    def _for_lists(self, facts: Facts, *, listed: bool = False) -> Facts:
        person = facts.person
        if person is None:
            return replace(facts, waiting=self._waiting())
        if facts.answer is None or facts.answer.intent in OF_REQUESTS or listed:
            # Not for every question: they are read whole, and a question of the guideline needs none of them.
            facts = replace(facts, requests=self._requests(), unit_accounts=self._accounts_of(person.unit))
            facts = replace(facts, agreements=self._agreements_of(person))
        ids = (person.id, *sorted(person.accounts))
        own = [k for i in ids for k in self._store.records("questions", i, HANDED_ON, limit=20)]
        facts = replace(facts, own=tuple(q for k in own if (q := self._question(k))))
        if person.in_team(COMMUNICATIONS):
            facts = replace(facts, waiting=self._waiting(), curated_answers=self._curated.all)
        if facts.answer is None or listed or facts.answer.intent is Intent.STATUS:
            own_cases = [] if is_manager(person) else self._store.records("incidents", person.id, limit=20)
            mine = tuple(case for k in reversed(own_cases) if (case := self._case(k)))
            facts = replace(facts, cases=self._cases(tuple(OPEN_CASES)) if is_manager(person) else mine)
        if Role.ADMINISTRATOR in person.roles | person.deputy_for:
            facts = replace(facts, dead_letters=tuple(map(self._dead_letter, self._store.dead_letters())))
        return facts

    def _waiting(self) -> tuple[Question, ...]:
        """Questions that wait for the communications team, the oldest first."""
        kept = self._store.records("questions", statuses=(Status.WAITING, Status.TAKEN), limit=MOST_WAITING)
        return tuple(q for k in reversed(kept) if (q := self._question(k)))

    def _question(self, kept: Kept | None) -> Question | None:
        record = _record(kept)
        if record is None:
            return None
        handler = self._directory.person(record.replied_by or record.taken_by)
        asker = self._directory.person(record.asker) if record.named else None
        return Question(
            record=record.key,
            text=record.sent_text or record.text,
            status=record.status,
            sent_at=(record.sent_at or record.asked_at).isoformat(),
            language=record.language,
            asker=asker.name if asker else "",
            handler=handler.name if handler else record.replied_by or record.taken_by,
            reply=record.reply,
        )

    def _dead_letter(self, dead: Dead) -> DeadLetter:
        return DeadLetter(dead.id, self.receiver(dead), dead.error, dead.at.isoformat())

    def receiver(self, dead: Dead) -> str:
        """Whom a message was for: a person by name, else where it was to go.

        Who asked without their name is not named here either: administrators may be of the communications team.
        """
        record = (
            _record(self._store.record(dead.content.record)) if dead.content.record.startswith("questions/") else None
        )
        if record and not record.named and dead.content.person == record.asker:
            return f"#{record.key.partition('/')[2]}"
        person = self._directory.person(dead.content.person)
        return person.name if person else dead.content.conversation


def quiz_of(document: Document) -> tuple[Item, ...]:
    """The quiz on a guideline. A broken one is said in the log and by `doctor`, and keeps nothing else from working."""
    try:
        return load_quiz(document)
    except ContentError as problem:
        log.error("the quiz cannot be read", problem=str(problem))
        return ()


def incident_type(record: Record) -> IncidentType | None:
    """The kind of incident that the question was taken for, or None."""
    return IncidentType(record.incident_type) if record.incident_type else None


def _is_of_agreements(event: Event) -> bool:
    name = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else event.record
    return name.startswith(("agreements/", "consents/"))


def _wants_digest(event: Event) -> bool:
    return not isinstance(event, Asked) or digest.understands(event)


def _record(kept: Kept | None) -> Record | None:
    return replace(QUESTIONS.validate_json(kept.data), key=kept.key) if kept else None


def _question_key(record: str) -> str:
    """The question's key, where the record is of a flow whose records are numbered after questions."""
    return record.partition("@")[0].replace("curated/", "questions/", 1)


def _audience(person: Person | None) -> tuple[Audience | None, str]:
    official = person is not None and Role.ELECTED_OFFICIAL in person.roles
    return (Audience.OFFICIAL if official else None), (person.department if person else "")
