"""Questions: what the guideline and the communications team have to say, what was asked before, what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.curated import CuratedAnswers
from bot.directory import Directory
from bot.lookups import MOST_OWN, MOST_WAITING
from bot.records import QUESTIONS
from bot.storage import Kept, Store
from handlers.events import Asked, Event, Pressed
from handlers.facts import Facts, Person, Question, Role
from handlers.questions.record import Record, Status
from handlers.typed import Last
from knowledge.answers import Answer, IncidentType, Intent, Outcome
from knowledge.document import Audience
from knowledge.guide import Guide

CONTEXT_LASTS = timedelta(minutes=30)
"""How long the previous question of a conversation is context for the next one."""
HANDED_ON = (Status.WAITING, Status.TAKEN, Status.REPLIED)


class Questions:
    """Answers questions, and finds those that were asked."""

    def __init__(
        self, store: Store, directory: Directory, guide: Guide, curated_answers: CuratedAnswers, clock: Clock
    ) -> None:
        self._store = store
        self._directory = directory
        self._guide = guide
        self._curated = curated_answers
        self._clock = clock

    def last(self, event: Event) -> Last | None:
        """The newest question of the person's conversation: what words without a number speak of."""
        record = self._newest(event)
        if record is None:
            return None
        offered = record.near if record.helpful == "no" and record.near else record.cited
        return Last(record.key, record.text, offered, record.curated_near)

    def asked(self, event: Asked, facts: Facts) -> Facts:
        """With the answer to what is asked."""
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

    def answered(self, event: Pressed, facts: Facts) -> Facts:
        """With the answer that was given before, put together again from what the record kept of it."""
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

    def of_record(self, key: str) -> Question | None:
        """The question of a record, also of one that is numbered after it (`curated/17`)."""
        return self._shown(self._store.record(_question_key(key)))

    def waiting(self) -> tuple[Question, ...]:
        """Questions that wait for the communications team, the oldest first."""
        kept = self._store.records("questions", statuses=(Status.WAITING, Status.TAKEN), limit=MOST_WAITING)
        return tuple(q for k in reversed(kept) if (q := self._shown(k)))

    def own(self, person: Person) -> tuple[Question, ...]:
        """The person's own questions that they handed on, also from their accounts on platforms."""
        ids = (person.id, *sorted(person.accounts))
        kept = [k for i in ids for k in self._store.records("questions", i, HANDED_ON, limit=MOST_OWN)]
        return tuple(q for k in kept if (q := self._shown(k)))

    def kept(self, key: str) -> Record | None:
        """A question as it is kept."""
        return _record(self._store.record(key))

    def own_words(self, event: Event) -> str:
        """What the person asked in the question that a report goes on from, "" where it is not theirs."""
        record = self.kept(event.record)
        person = self._directory.person(event.person)
        theirs = record is not None and person is not None and person.bears(record.asker)
        return record.text if record and theirs and record.intent == Intent.INCIDENT else ""

    def _recalled(self, record: Record) -> Answer:
        cited = self._guide.cite(record.cited)
        answered = record.outcome in (Outcome.ANSWERED, Outcome.FLOW)
        kind = IncidentType(record.incident_type) if record.incident_type else None
        return Answer(
            record.text, record.language, Intent(record.intent), kind, Outcome(record.outcome),
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

    def _shown(self, kept: Kept | None) -> Question | None:
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


def _record(kept: Kept | None) -> Record | None:
    return replace(QUESTIONS.validate_json(kept.data), key=kept.key) if kept else None


def _question_key(record: str) -> str:
    """The question's key, where the record is of a flow whose records are numbered after questions."""
    return record.partition("@")[0].replace("curated/", "questions/", 1)


def _audience(person: Person | None) -> tuple[Audience | None, str]:
    official = person is not None and Role.ELECTED_OFFICIAL in person.roles
    return (Audience.OFFICIAL if official else None), (person.department if person else "")
