"""What people write about a request, or about a department's own guideline: checked, and told to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from handlers.accounts.record import Comment
from handlers.cards import Card, Field, Form, Text, errors_of
from handlers.effects import Effect, FieldErrors, Notify, Reply
from handlers.events import Commented, Event
from handlers.facts import Facts
from handlers.masking import secret_in
from handlers.teams import COMMUNICATIONS

LONGEST = 1000
"""Characters of a comment."""
KEPT = 50
"""Comments that stay with a record."""


class Commentable(Protocol):
    """What can be written about."""

    @property
    def key(self) -> str:
        """Its key: the part before the "/" is its flow, which has the templates `comment` and `commented`."""
        ...

    @property
    def number(self) -> str:
        """The number that people know it by."""
        ...


def comment_form(record: Commentable, text: str) -> Form:
    """A line to write on."""
    name = f"{record.key.partition('/')[0]}/comment"
    return Form(name, record.key, (Field("text", "long", text, longest=LONGEST),), {"number": record.number})


def amiss(record: Commentable, event: Event, text: str) -> list[Effect] | None:
    """What stands in the way of keeping the words; None where nothing does. Below a card, no words need no answer."""
    if isinstance(event, Commented) and not any(c.isalnum() for c in text):
        return []
    secret = secret_in(text)
    form = comment_form(record, "" if secret else text)
    errors = errors_of(form, {"text": text}) | ({"text": f"secret_{secret}"} if secret else {})
    if not errors:
        return None
    shown = Card(form.name, (Text(f"error_{errors['text']}"),), form.data)
    return [Reply(shown) if isinstance(event, Commented) else FieldErrors(form, errors)]


def passed_on(card: Card, event: Event, people: Sequence[str], before: Sequence[Comment], facts: Facts) -> list[Effect]:
    """The comment for the others; for communications too, once one of them has written: what is answered reaches them."""
    told: list[Effect] = [Notify(card, person=p, slot="comment") for p in dict.fromkeys(people) if p != event.person]
    joined = any(_of_the_team(c.person, facts) for c in before) and not _of_the_team(event.person, facts)
    return [*told, *([Notify(card, team=COMMUNICATIONS, slot="comment")] if joined else [])]


def _of_the_team(person_id: str, facts: Facts) -> bool:
    person = facts.people.person(person_id)
    return person is not None and person.in_team(COMMUNICATIONS)
