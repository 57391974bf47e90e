"""The forms of agreements, and what is wrong with what was written in them; pure, with the guideline's own rules.

The e-mail rule has three ways: a private profile takes none of the municipality's addresses (R137), an expert's takes
their own work address and no other of its (R138); of a work profile the guideline does not say, so that a reason is
asked and nothing is blocked (A9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from handlers.accounts.checks import hours, mailbox_kind
from handlers.accounts.opening import ADDRESS
from handlers.agreements.record import Kind, Record
from handlers.cards import Field, Form, errors_of, is_date
from handlers.cited import of_guideline
from handlers.facts import Facts
from handlers.refusals import secrets_in
from handlers.register.record import months_after

LONGEST = 1000
"""Characters of a text."""
NEAR, FAR = 12, 24
"""Months until the review: as it is offered, and at the most."""
CHANNELS = Field("channels", "text", longest=200)
PURPOSE = Field("purpose", "long", longest=300)
HOURS = Field("hours", "text", longest=40, required=False)
APART = Field("apart", "long", longest=LONGEST)
ADDRESS_OF = Field("address", "text", longest=200, required=False)
EMAIL = Field("email", "text", longest=200, required=False)
WHY = Field("why", "text", longest=300, required=False)
REVIEW = Field("review", "date")
FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.WORKING_TIME: (CHANNELS, PURPOSE, replace(HOURS, required=True), APART, REVIEW),
    Kind.OWN_NAME: (
        CHANNELS, PURPOSE, Field("profile", "choice", options=("expert", "private")), ADDRESS_OF, EMAIL, HOURS, APART,
        REVIEW,
    ),
    Kind.WORK_PROFILE: (
        CHANNELS, PURPOSE, Field("distance", "long", longest=LONGEST), APART,
        Field("views", "long", longest=LONGEST, required=False), ADDRESS_OF, EMAIL, WHY, HOURS, REVIEW,
    ),
    Kind.LEADER: (CHANNELS, PURPOSE, ADDRESS_OF, EMAIL, WHY, HOURS, APART, REVIEW),
}  # fmt: skip
"""What is asked of each kind, in order: the three questions of R32 for a work profile, R33 of all."""
TEXTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORKING_TIME: ("channels", "purpose", "apart"),
    Kind.OWN_NAME: ("channels", "purpose", "apart"),
    Kind.WORK_PROFILE: ("channels", "purpose", "distance", "apart", "views", "why"),
    Kind.LEADER: ("channels", "purpose", "apart", "why"),
}
"""In which order the texts are written on one line."""
RULES: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORKING_TIME: of_guideline("who/work-time-recommended", "who/work-time-agreed"),
    Kind.OWN_NAME: of_guideline("who/own-name", "who/expert-agreed"),
    Kind.WORK_PROFILE: of_guideline("who/work-profile", "who/work-profile-distance", "who/work-profile-assessed"),
    Kind.LEADER: of_guideline("channels/leaders-profile", "channels/profile-confirmed"),
}
"""The guideline's sentences that a kind stands on; for and against a separate profile in its own words (R30–R32)."""
OWN_NAMES, INSTEAD = of_guideline("channels/own-names", "channels/work-profile-instead")
"""Names of one's own on the organisation's accounts (R77), and what there is instead of them (R79)."""
PASSAGES = (*(rule for rules in RULES.values() for rule in rules), OWN_NAMES, INSTEAD)


def kind_of(values: Mapping[str, str]) -> Kind | None:
    """The kind of the form that these values are of: no two kinds ask the same. Words say it themselves, as `kind`."""
    if "kind" in values:
        return next((kind for kind in Kind if kind.value == values["kind"]), None)
    return next((kind for kind, fields in FIELDS.items() if {f.name for f in fields} == set(values)), None)


def agreement_form(kind: Kind, values: Mapping[str, str], facts: Facts, record: Record | None = None) -> Form:
    """The form of a kind with what was given; a new one offers the review in a year."""
    review = months_after(facts.today, NEAR).isoformat()
    fields = tuple(replace(f, value=values.get(f.name, review if f.name == "review" else "")) for f in FIELDS[kind])
    key = f"{record.key}@{record.round}" if record else f"agreements/new@{kind}"
    sentences = [facts.passages[p].focus for p in RULES[kind] if p in facts.passages]
    number = record.number if record else ""
    return Form("agreements/send", key, fields, {"kind": kind.value, "number": number, "sentences": sentences})


def agreement_errors(form: Form, kind: Kind, values: Mapping[str, str], facts: Facts) -> dict[str, str]:
    """What is wrong with the values, by field."""
    errors = errors_of(form, values) | secrets_in(values)
    given = {name: value.strip() for name, value in values.items() if value.strip() and name not in errors}
    if "hours" in given and hours(given["hours"]) is None:
        errors["hours"] = "not_hours"
    if "address" in given and not ADDRESS.fullmatch(given["address"]):
        errors["address"] = "not_an_address"
    if "review" in given:
        errors |= _of_the_review(given["review"], facts)
    if "email" in given and "email" in {f.name for f in form.fields}:
        errors |= mail_errors(kind, given["email"], values.get("profile", ""), values.get("why", ""), facts)
    return errors


def mail_errors(kind: Kind, address: str, profile: str, why: str, facts: Facts) -> dict[str, str]:
    """What the guideline says against a profile's address (R137–R138), and where a reason is asked (A9)."""
    whose = mailbox_kind(address, facts.domains, facts.addresses)
    match kind, whose:
        case _, "not_an_address":
            return {"email": "not_an_email"}
        case _, "private":
            return {}
        case _, "example":
            return {"email": "mail_example"}  # nobody's address: the guideline's example (A10)
        case Kind.OWN_NAME, "personal_work" if profile == "expert":
            return {}
        case Kind.OWN_NAME, _:
            return {"email": "mail_expert" if profile == "expert" else "mail_private"}
        case _:
            return {} if any(c.isalnum() for c in why) else {"why": "mail_why"}


def _of_the_review(value: str, facts: Facts) -> dict[str, str]:
    if not is_date(value):
        return {"review": "not_a_date"}
    day = date.fromisoformat(value)
    if day <= facts.today:
        return {"review": "past"}
    return {"review": "far"} if day > months_after(facts.today, FAR) else {}


def approve_form(record: Record, values: Mapping[str, str]) -> Form:
    """The supervisor's content: the hours that are agreed (R19), how it is led (R34), conditions."""
    asked = record.answers.get("hours", "")
    before = record.content
    conditions = values.get("conditions", before.get("conditions", ""))
    fields = (
        Field("hours", "text", values.get("hours", asked), longest=40, required=_takes_time(record)),
        Field("led", "long", values.get("led", before.get("led", "")), longest=LONGEST),
        Field("conditions", "long", conditions, required=False, longest=LONGEST),
    )  # fmt: skip
    return Form("agreements/approve", f"{record.key}@{record.round}", fields, {"number": record.number})


def approve_errors(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the supervisor's content, by field."""
    errors = errors_of(form, values) | secrets_in(values)
    if values.get("hours", "").strip() and "hours" not in errors and hours(values["hours"]) is None:
        errors["hours"] = "not_hours"
    return errors


def text_form(record: Record, name: str, text: str = "", *, required: bool = True) -> Form:
    """One text: what is to be completed, why not now, why it ends, a comment."""
    field = Field("text", "long", text, required=required, longest=LONGEST)
    return Form(f"agreements/{name}", f"{record.key}@{record.round}", (field,), {"number": record.number})


def _takes_time(record: Record) -> bool:
    return record.kind is Kind.WORKING_TIME or bool(record.answers.get("hours"))
