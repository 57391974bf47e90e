"""Consent to post under one's own name on an account of the register (R77–R79): asked privately, free to refuse, taken
back at any time.

Who consents is kept with the account (`own_names`). Who refuses is kept nowhere: the button of a refusal carries neither
the account nor a record, and its answer is the person's own consents, word for word what anybody gets who looks at them.
So even the message that answers a refusal tells nothing to whoever reads the database. Whoever asked learns one thing:
whether the consents are enough, that is, whether at least one of those who post on the account has consented; and not
even that where so few post on it that it would tell what single people answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.agreements.forms import INSTEAD, OWN_NAMES
from handlers.cards import Button, Buttons, Card, Note, Part, Text
from handlers.cited import rules
from handlers.effects import Effect, Notify, Pass, Remind, Replace, Reply, Whisper
from handlers.events import Commented, Consented, Elapsed, Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.masking import FEWEST
from handlers.register.record import Record as Account

UNSTORED = True
"""What is answered in a window is not kept with its event: nothing may tell what somebody answered."""
TIMER = "ask"
"""Wakes the questions that were asked for at night."""


@dataclass(frozen=True)
class Record:
    """Who was asked about an account (`consents/register/…`): nobody is asked twice, whatever they said (R77)."""

    key: str
    account: str
    asked: tuple[str, ...] = ()
    version: int = 0
    status: str = "asked"
    person: str = ""


def key_of(record: str) -> str:
    """The key of the record of an account's key."""
    return record if not record or record.startswith("consents/") else f"consents/{record}"


def begins(event: Event) -> bool:  # noqa: ARG001 - the shape of a flow
    """Never: a record has its account's key."""
    return False


def posters(account: Account) -> tuple[str, ...]:
    """Who posts on the account: its updater, its substitute, who has the main responsibility, its producers."""
    return tuple(p for p in dict.fromkeys((account.updater, account.substitute, account.main, *account.producers)) if p)


def enough(account: Account) -> bool:
    """Whether somebody who posts on the account has consented; a consent of anybody else does not count."""
    return bool(set(posters(account)) & set(account.own_names))


def sayable(account: Account) -> bool:
    """Whether it may be told if the consents are `enough`: not where so few post that it tells of single people."""
    return len(posters(account)) >= FEWEST


def ask(event: Pressed, facts: Facts) -> list[Effect]:
    """A keeper has everybody asked who posts on the account and was not asked before; nobody can have it asked of one.

    What is asked for outside of working time is asked when it begins (UTC).
    """
    account = _account(event.value or event.record, facts)
    if account is None:
        return [_gone()]
    if not may_ask(account, facts):
        return [Whisper(Card("consents/refused", (Text("not_keeper"),)))]
    asking = Pressed(f"{event.key}:names", event.person, event.conversation, f"consents/{account.key}", "consents/ask")
    parts = (Text("asked"), Text("enough" if sayable(account) else "few"), Note("private"))
    opens = _opens(facts)
    data = {"enough": sayable(account) and enough(account), "few": FEWEST, "at": opens.isoformat() if opens else ""}
    return [Pass(asking), Reply(Card("consents/asked", parts, _data(account) | data))]


def _opens(facts: Facts) -> datetime | None:
    """When working time begins (UTC), None where it is now."""
    opens = facts.working_time.after(facts.now, timedelta())
    return opens if opens > facts.now else None


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The question, its answers, and the person's own consents."""
    account = _account(event.record.removeprefix("consents/"), facts)
    match event:
        case Pressed():
            return _pressed(record, account, event, facts)
        case Elapsed() if account is not None:
            return _asked(record, account, facts)
        case Submitted():
            return record, [_gone()]
        case Commented() if not facts.public:
            return record, [_gone()]
        case _:
            return record, []


def _pressed(
    record: Record | None, account: Account | None, event: Pressed, facts: Facts
) -> tuple[Record | None, list[Effect]]:
    match event.action:
        case "consents/list" | "consents/refuse":
            return record, _listed(facts)
        case _ if account is None or facts.person is None:
            return record, [_gone()]
        case "consents/ask" if may_ask(account, facts):
            return _asked(record, account, facts)
        case "consents/give":
            return record, _given(record, account, event, facts)
        case "consents/withdraw":
            return record, _withdrawn(account, event, facts)
        case _:
            return record, [_gone()]


def _asked(record: Record | None, account: Account, facts: Facts) -> tuple[Record, list[Effect]]:
    kept = record or Record(f"consents/{account.key}", account.key)
    if opens := _opens(facts):
        return kept, [Remind(TIMER, opens)]
    new = [p for p in posters(account) if p not in (*kept.asked, *account.own_names)]
    told = [Notify(question_card(account, p, facts), person=p, slot=f"consent:{p}") for p in new]
    return replace(kept, asked=(*kept.asked, *new)), [*told]


def _given(record: Record | None, account: Account, event: Event, facts: Facts) -> list[Effect]:
    person = event.person
    if person not in posters(account) and not (record and person in record.asked):
        return [Whisper(Card("consents/refused", (Text("not_named"),)))]
    if person in account.own_names:
        return [Reply(Card("consents/told", (Text("given"),), _data(account)))]
    given = replace(account, own_names=(*account.own_names, person))
    return [
        Pass(Consented(f"{event.key}:consent", person, "", account.key, given=True)),
        Replace(f"consent:{person}", question_card(given, person, facts)),
        Reply(Card("consents/told", (Text("given"), _row(given)), _data(account))),
    ]


def _withdrawn(account: Account, event: Event, facts: Facts) -> list[Effect]:
    """Taken back everywhere: from the register, and from the request that the account came from."""
    person = event.person
    if person not in account.own_names:
        return _listed(facts)
    left = replace(account, own_names=tuple(p for p in account.own_names if p != person))
    request = Pressed(f"{event.key}:request", person, event.conversation, account.request, "accounts/unconsent")
    return [
        *([Pass(request)] if account.request else []),
        Pass(Consented(f"{event.key}:consent", person, "", account.key, given=False)),
        Replace(f"consent:{person}", question_card(left, person, facts)),
        Reply(Card("consents/told", (Text("withdrawn"),), _data(account))),
    ]


def question_card(account: Account, person: str, facts: Facts) -> Card:
    """The private question whether one's own name may be used; nobody is obliged (R77)."""
    agreed = person in account.own_names
    data = _data(account) | {"agreed": agreed}
    ask_ = Buttons((Button("consents/give", f"consents/{account.key}", style="primary"), Button("consents/refuse")))
    row = _row(account) if agreed else ask_
    return Card("consents/question", (Text("body"), *rules((OWN_NAMES,), facts), Note("private"), row), data)


def _listed(facts: Facts) -> list[Effect]:
    """The person's own consents, and what there is instead of one's own name (R79)."""
    person = facts.person
    mine = [a for a in facts.register if person and any(person.bears(p) for p in a.own_names)]
    asked = [r for r in facts.requests if person and any(person.bears(p) for p in r.own_names) and not r.opened_at]
    parts: list[Part] = [Text("head")]
    for account in mine:
        parts += [Text("item", _data(account)), _row(account)]
    for request in asked:
        item = {"title": request.answer("name"), "channel": request.answer("channel"), "number": ""}
        parts += [Text("item", item), Buttons((Button("accounts/unconsent", request.key),))]
    parts += [Text("body"), *rules((INSTEAD,), facts), Buttons((Button("agreements/begin", "", "work_profile"),))]
    data = {"count": len(mine) + len(asked), "title": "", "channel": "", "number": ""}
    card = Card("consents/list", tuple(parts), data)
    if facts.public and person:
        return [Whisper(Card("agreements/told", (Text("elsewhere"),))), Notify(card, person=person.id)]
    return [Reply(card)]


def _row(account: Account) -> Buttons:
    return Buttons((Button("consents/withdraw", f"consents/{account.key}"),))


def _data(account: Account) -> dict[str, object]:
    number = account.key.rpartition("/")[2]
    return {"title": account.name, "channel": account.channel, "number": number}


def _account(key: str, facts: Facts) -> Account | None:
    return next((a for a in facts.register if a.key == key), None) if key else None


def may_ask(account: Account, facts: Facts) -> bool:
    """Whether who acts keeps the account. A supervisor as such does not: a question of theirs would oblige (R77)."""
    ids = (account.updater, account.main, account.substitute, *account.admins)
    return facts.person is not None and any(facts.person.bears(i) for i in ids if i)


def _gone() -> Whisper:
    return Whisper(Card("consents/refused", (Text("gone"),)))
