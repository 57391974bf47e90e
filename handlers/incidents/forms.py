"""The forms of a case that need the register: what is reported, and how the case goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from handlers.cards import Field, Form, excerpt
from handlers.facts import Facts
from handlers.incidents.aid import lines_of
from handlers.incidents.data import ELSEWHERE, contacts_of, data_of
from handlers.incidents.record import HELD, OPEN, Kind, Record, Route, Severity, Status
from handlers.register.record import Record as Account

LONGEST = 3000
"""Characters that a field of a form takes."""
KEPT = 8000
"""Characters of what happened, and of a message, that are kept: more than a platform's message has."""
NOBODY = "none"
"""The option that it is none of the municipality's accounts."""
MOST_ACCOUNTS = 90
"""Accounts that a field offers: a list of a form holds a hundred."""
PERSON_FIELD = 200


def report_form(record: Record | None, kind: Kind, facts: Facts, values: Mapping[str, str]) -> Form:
    """A report in one window: only what happened is mandatory. First aid for the kind stands above it.

    The form of a draft carries the draft's key with `@draft`; one without makes a case of its own.
    """
    routes = tuple(r.value for r in Route)
    account = (
        values.get("account") or (record.account if record else "") or guessed_account(values.get("text", ""), facts)
    )
    accounts = _listed(account, facts)
    fields = (
        Field("text", "long", values.get("text", ""), longest=LONGEST),
        Field("kind", "choice", kind.value, options=tuple(k.value for k in Kind)),
        Field("link", "text", values.get("link", ""), required=False, longest=500),
        Field("files", "files", values.get("files", ""), required=False, longest=100_000),
        Field(
            "account", "choice", account or NOBODY, options=(NOBODY, *(a.key for a in accounts), ELSEWHERE),
            required=False, names={a.key: account_name(a) for a in accounts},
        ),
        Field("concerned", "person", values.get("concerned", ""), required=False, longest=PERSON_FIELD),
        Field("route", "choice", values.get("route") or Route.BOTH.value, options=routes, required=False),
    )  # fmt: skip
    data = {"aid": lines_of(kind), "kind": kind.value, **contacts_of(record, facts)}
    return Form("incidents/report", f"{record.key}@draft" if record else "", fields, data)


def guessed_account(text: str, facts: Facts) -> str:
    """The account of the register whose name or address the words hold, "" for none or for several."""
    words = text.casefold().replace("[.]", ".")
    found = [
        a.key for a in facts.register
        if _stands_in(a.name, words, facts) or (a.address and a.address.casefold() in words)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else ""


def _stands_in(name: str, words: str, facts: Facts) -> bool:
    """Whether an account's name stands whole in the words; one that is part of the municipality's own tells nothing."""
    wanted = name.casefold()
    own = any(wanted in place.casefold() for place in (facts.municipality, *facts.departments))
    return len(wanted) > 3 and not own and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", words) is not None


def _listed(chosen: str, facts: Facts) -> Sequence[Account]:
    """The accounts that a form has room for, with the chosen one: without it the form could be neither shown nor sent."""
    return sorted(facts.register, key=lambda a: a.key != chosen)[:MOST_ACCOUNTS]


def account_name(account: Account) -> str:
    """An account as a list shows it."""
    return excerpt(f"{account.name} – {account.address or account.owner}", 70)


def manage_form(record: Record, facts: Facts, values: Mapping[str, str]) -> Form:
    """How the case goes on: kind, haste, state, account, who takes it over, who else may see it, legal hold."""
    accounts = _listed(record.account, facts)
    states = (Status.TAKEN.value, Status.WAITING.value, Status.CONTAINED.value)
    # A closed case keeps its state and is handed to nobody: of it only the kind and the hold are changed.
    still: tuple[Field, ...] = ()
    if record.status in OPEN:
        still = (
            Field("severity", "choice", values.get("severity", record.severity.value), tuple(s.value for s in Severity)),
            *((Field("state", "choice", values.get("state", record.status.value), states),)
              if record.status in HELD else ()),
            Field(
                "account", "choice", values.get("account", record.account or NOBODY),
                options=(NOBODY, *(a.key for a in accounts), ELSEWHERE), required=False,
                names={a.key: account_name(a) for a in accounts},
            ),
            Field("offered", "person", values.get("offered", ""), required=False, longest=PERSON_FIELD),
            Field("added", "people", values.get("added", ""), required=False),
        )  # fmt: skip
    fields = (
        Field("kind", "choice", values.get("kind", record.kind.value), tuple(k.value for k in Kind)),
        *still,
        Field("hold", "text", values.get("hold", record.hold), required=False, longest=300),
    )
    return Form("incidents/manage", record.key, fields, data_of(record, facts))
