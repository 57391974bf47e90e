"""The asker's side: the answer, a passage or a curated answer opened beside it, shared, found helpful or not."""

from __future__ import annotations

from dataclasses import replace

from handlers.cards import Card, Text
from handlers.effects import Effect, Post, Reply, Whisper
from handlers.events import Asked
from handlers.facts import Facts
from handlers.masking import veiled
from handlers.questions import cards
from handlers.questions.cards import SUGGESTIONS
from handlers.questions.record import LONGEST, Record, may_move
from knowledge.answers import Answer, Intent, Outcome

LONGEST_REMARK = 1000
"""Characters that are kept of what somebody writes of an answer."""
MATTERS = (Intent.QUESTION, Intent.NEW_ACCOUNT, Intent.INCIDENT, Intent.REGISTER_LOOKUP, Intent.EXPERT_PROFILE)
"""What words in a thread may want without naming the bot; greetings and thanks there are for people."""


def asked(event: Asked, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A new question with the guideline's answer; what is talk among people is left alone."""
    answer = facts.answer
    if not event.addressed and not _is_for_us(facts):
        return None, []
    if answer is None or answer.reason == "empty":
        return None, [Reply(Card("questions/empty", (Text("body"),)))]
    record = Record(
        asker=event.person,
        conversation=event.conversation,
        text=veiled(event.text)[:LONGEST],
        language=answer.language,
        intent=answer.intent,
        outcome=answer.outcome,
        cited=tuple(c.id for c in answer.cited or answer.related[:SUGGESTIONS]),
        near=_near(answer),
        curated=shown.id if (shown := cards.curated_shown(answer, facts)) else "",
        curated_near=tuple(c.id for c in facts.curated_near),
        asked_at=facts.now,
        incident_type=answer.incident_type or "",
        key=event.record,
        thread=event.thread,
    )
    return record, [Reply(cards.answer_card(answer, event.record, facts), slot="answer", language=answer.language)]


def is_asker(record: Record, facts: Facts) -> bool:
    """Whether who acts has asked it."""
    return facts.person is not None and facts.person.bears(record.asker)


def _is_for_us(facts: Facts) -> bool:
    """Whether words in a thread that did not name the bot ask something of it, and are no talk among people."""
    answer = facts.answer
    if answer is None or answer.intent not in MATTERS or answer.outcome is Outcome.DECLINED:
        return False
    return facts.follow_up or answer.outcome is not Outcome.SILENT or answer.topic is not None


def _near(answer: Answer) -> tuple[str, ...]:
    """The passages that come next after those that answered: offered where the answer did not help."""
    cited = {c.id for c in answer.cited}
    beyond = [c.id for c in answer.related if c.id not in cited]
    return tuple(beyond[:SUGGESTIONS] if answer.outcome is not Outcome.SUGGESTED else beyond[SUGGESTIONS:])


def show(record: Record, passage: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """A passage that was offered, as if it had been asked for."""
    answer = facts.answer
    if not is_asker(record, facts):
        return record, [cards.refused("not_your_question", facts)]
    if answer is None or not answer.cited or passage not in (*record.cited, *record.near):
        return record, [cards.gone()]
    card = cards.answered_card(answer, record.key, facts)
    return replace(record, chosen=passage), [Reply(card, language=record.language)]


def show_curated(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The communications team's answer that was offered."""
    if not is_asker(record, facts):
        return record, [cards.refused("not_your_question", facts)]
    if facts.curated is None:
        return record, [cards.gone()]
    card = cards.curated_card(facts.curated.curated, record.key, facts)
    return replace(record, curated=facts.curated.curated.id), [Reply(card, language=record.language)]


def share(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The answer for everybody in the conversation, once, under the name of who shares it."""
    if not is_asker(record, facts):
        return record, [cards.refused("not_your_question", facts)]
    if facts.answer is None or record.shared or not facts.public:
        return record, [Whisper(Card("questions/share", (Text("shared" if record.shared else "alone"),)))]
    card = cards.shared_card(facts.answer, facts)
    return replace(record, shared=True), [Post(card, record.thread or record.conversation, record.language)]


def rate(record: Record, value: str, remark: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """Helpful or not, with a remark; where not, what else may have been meant, and the way to a human."""
    if not is_asker(record, facts) or value not in ("yes", "no"):
        return record, [cards.refused("not_your_question", facts)]
    rated = replace(record, helpful=value, remark=veiled(remark)[:LONGEST_REMARK] or record.remark)
    if value == "yes" or facts.answer is None:
        return rated, [Whisper(Card("questions/feedback", (Text("thanks"),)))]
    may_send = may_move(record, "send")
    return rated, [Reply(cards.near_card(facts.answer, record.key, facts, may_send=may_send), language=record.language)]
