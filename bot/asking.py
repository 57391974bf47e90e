"""A question asked without a conversation: for the command line, and for those who measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.rendering import CardShown, QuoteShown, Renderer
from handlers import FLOWS, flow_of
from handlers.effects import Reply
from handlers.events import Asked
from handlers.facts import Facts, Person
from knowledge.answers import Answer
from knowledge.guide import Guide


class _Nobody:
    """A directory without people: the command line asks for nobody in particular."""

    def person(self, person_id: str) -> Person | None:  # noqa: ARG002 - nobody is there, whoever is asked for
        return None

    def bearers(self, role: str) -> tuple[Person, ...]:  # noqa: ARG002 - nobody is there
        return ()

    def holders(self, role: str, department: str = "") -> tuple[Person, ...]:  # noqa: ARG002 - nobody is there
        return ()

    def deputies(self, role: str, department: str = "") -> tuple[Person, ...]:  # noqa: ARG002 - nobody is there
        return ()

    def find(self, text: str) -> tuple[Person, ...]:  # noqa: ARG002 - nobody is there
        return ()

    def named(self, beginning: str) -> frozenset[str]:  # noqa: ARG002 - nobody is there
        return frozenset()

    def has_left(self, person_id: str) -> bool:  # noqa: ARG002 - nobody is there
        return False


class _Always:
    """Working time that never ends: nothing is reminded of here."""

    def after(self, start: datetime, worked: timedelta) -> datetime:
        return start + worked

    def next_week(self, now: datetime) -> datetime:
        return now + timedelta(days=7)

    def next_morning(self, now: datetime) -> datetime:
        return now + timedelta(days=1)

    def days_between(self, start: datetime, end: datetime) -> int:
        return (end.date() - start.date()).days


@dataclass(frozen=True)
class Asking:
    """A guide and a renderer, to ask without a conversation."""

    guide: Guide
    renderer: Renderer
    language: str = "fi"

    def ask(self, question: str, context: str | None = None, language: str | None = None) -> tuple[Answer, CardShown]:
        """The answer and its card, without buttons."""
        answer = self.guide.answer(question, context=context, language=language, default=self.language)
        facts = Facts(
            now=datetime.now(UTC),  # a card without a record tells no time
            person=None,
            language=answer.language,
            people=_Nobody(),
            working_time=_Always(),
            answer=answer,
            starters=self.guide.starters(answer.language),
        )
        event = Asked("ask", "", "", text=question)
        _, effects = FLOWS[flow_of(event, facts)].decide(None, event, facts)
        card = next(effect.card for effect in effects if isinstance(effect, Reply))
        return answer, self.renderer.card(card, answer.language)


def as_json(question: str, answer: Answer, card: CardShown) -> Mapping[str, Any]:
    """The contract's object for one question (design, section 7)."""
    first = answer.passages[0] if answer.passages else None
    return MappingProxyType({
        "question": question,
        "language": answer.language,
        "intent": answer.intent.value,
        "incident_type": answer.incident_type.value if answer.incident_type else None,
        "outcome": answer.outcome.value,
        "answer": card.plain,
        "passages": [
            {"id": c.id, "heading": " › ".join(c.heading), "quote": c.quote, "score": c.score} for c in answer.passages
        ],
        "version": first.version if first else "",
    })  # fmt: skip


def as_text(card: CardShown) -> str:
    """The card for a terminal: the words, then each quote with its place."""
    quotes = [
        f"[{q.number}] “{q.before}{q.focus}{q.after}”\n    {q.source}" for q in card.parts if isinstance(q, QuoteShown)
    ]
    return "\n\n".join([card.plain, *quotes])
