"""An account that exists already is reported without any approval (R43), and what is known of an account is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from handlers.accounts.checks import lines, mailbox_kind
from handlers.accounts.entering import entered
from handlers.accounts.opening import ADDRESS
from handlers.accounts.steps import CHANNELS, Asking
from handlers.cards import Button, Field, FieldType, Form, errors_of
from handlers.effects import Effect, FieldErrors, Notify
from handlers.events import Submitted
from handlers.facts import Facts, Role, name_of
from handlers.refusals import cleaned, secrets_in
from handlers.register import cards
from handlers.register.addresses import place_of
from handlers.register.index import Accounts
from handlers.register.keeping import noted
from handlers.register.naming import to_the_named
from handlers.register.record import RHYTHMS, Record, Status
from handlers.teams import COMMUNICATIONS

PEOPLE = (
    Asking("updater", "person"),
    Asking("substitute", "person", required=False),
    Asking("admins", "people", required=False),
)
LENGTHS = {
    "name": 80, "address": 200, "owner": 120, "department": 120, "purpose": 200, "mailbox": 120, "plan": 600,
    "goals": 1000, "measures": 1000,
}  # fmt: skip
"""Characters of each text of an account."""
MOST_DAYS, MOST_MONTHS = 14, 24
"""The longest time to answer, in days, and between two changes of a password, in months, that can be promised."""
TEXTS = ("name", "address", "owner", "department", "purpose", "mailbox", "plan")
"""Fields of an account that are kept as they are written."""


def report_form(values: Mapping[str, str], facts: Facts) -> Form:
    """What the register needs of an account that is there already."""
    person = facts.person

    def value(name: str, proposed: str = "") -> str:
        return values.get(name, proposed)

    fields = (
        Field("address", "text", value("address"), longest=LENGTHS["address"]),
        Field("name", "text", value("name"), longest=LENGTHS["name"]),
        Field("channel", "choice", value("channel"), CHANNELS),
        Field("owner", "text", value("owner", person.unit if person else ""), longest=120),
        Field(
            "department", "text", value("department", person.department if person else ""), longest=120, required=False
        ),
        Field("updater", "person", value("updater", person.id if person else "")),
        Field("substitute", "person", value("substitute"), required=False),
        Field("admins", "people", value("admins", person.id if person else ""), required=False),
        Field("mailbox", "text", value("mailbox"), required=False, longest=120),
        Field("rhythm", "choice", value("rhythm", "weekly"), tuple(RHYTHMS)),
    )  # fmt: skip
    return Form("register/report", "", fields, {})


def report(event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """Take the account in, and tell the communications team of it and of who posts there (R25, R43)."""
    if not cards.is_member(facts):
        return None, [cards.refused("guest", facts)]
    values = {name: value.strip() for name, value in event.values.items()}
    values = {"channel": channel_of(values.get("address", "")), "rhythm": "weekly"} | values
    form = report_form(values, facts)
    values = {f.name: values.get(f.name, f.value) for f in form.fields}
    read = {a.name: entered(a, values[a.name], facts) for a in PEOPLE}
    errors = secrets_in(values) or errors_of(form, values) | _wrong(values, facts.register, facts)
    errors |= {name: wrong for name, (_, wrong) in read.items() if wrong and name not in errors}
    if not errors and read["substitute"] == read["updater"]:
        errors = {"substitute": "same_person"}
    if errors:
        return None, [FieldErrors(cleaned(form), errors)]
    people = {name: value for name, (value, _) in read.items()}
    account = Record(
        event.record, Status.OPEN, values["name"], values["channel"], values["address"], values["owner"],
        values["department"], "", people["updater"], people["substitute"],
        tuple(filter(None, people["admins"].split(","))), (), values["mailbox"], values["rhythm"], None, facts.now,
        entered_at=facts.now, confirmed_at=facts.now,
    )  # fmt: skip
    account = noted(account, event, facts, "report")
    who = name_of(event.person, facts)
    news = cards.told_card(account, facts, "reported_news", Button("register/show", account.key), who=who,
                           at=facts.now.isoformat())  # fmt: skip
    warned = "reported_mailbox" if _is_personal(values["mailbox"], facts) else "reported"
    checklist = Button("register/checklist", account.key, style="primary")
    return account, [
        cards.told(account, facts, warned, checklist, Button("register/show", account.key)),
        Notify(news, team=COMMUNICATIONS),
        *to_the_named(None, account, event, facts),
    ]


def details_form(account: Record, values: Mapping[str, str]) -> Form:
    """What is known of the account, but its people."""
    now = _values(account)

    def field(name: str, kind: FieldType = "text", *, required: bool = False) -> Field:
        return Field(name, kind, values.get(name, now[name]), longest=LENGTHS.get(name, 10), required=required)

    fields = (
        field("name", required=True), field("address", required=True), field("owner", required=True),
        field("department"), field("purpose"), field("mailbox"),
        replace(field("rhythm", "choice", required=True), options=tuple(RHYTHMS)),
        field("answer_days", required=True), field("password_months", required=True),
        field("plan", "long"), field("goals", "long"), field("measures", "long"), field("ends", "date"),
    )  # fmt: skip
    return Form("register/details", account.key, fields, {"title": account.name})


def details(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Change what is known of an account; a form that gives only some fields leaves the others as they are."""
    form = details_form(account, {name: value.strip() for name, value in event.values.items()})
    values = {f.name: f.value for f in form.fields}
    others = tuple(a for a in facts.register if a.key != account.key)
    errors = secrets_in(values) or errors_of(form, values) | _wrong(values, others, facts) | _numbers(values)
    if errors:
        return account, [FieldErrors(cleaned(form), errors)]
    before = _values(account)
    names = [name for name in values if values[name] != before[name]]
    if not names:
        return account, [cards.told(account, facts, "details_same")]
    changes: dict[str, object] = {n: values[n] for n in (*TEXTS, "rhythm", "ends")}
    changes |= {n: lines(values[n]) for n in ("goals", "measures")}
    changes |= {n: int(values[n]) for n in ("answer_days", "password_months")}
    changed = replace(account, **changes)  # type: ignore[arg-type]  # fields by name
    if "address" in names and account.status is Status.OFFICIAL:
        # Another address is another account to the world: it is verified anew (R70–R72).
        changed = replace(changed, status=Status.OPEN, official_at=None, ticks={}, request="")
    changed = noted(changed, event, facts, "details", ", ".join(names))
    news = cards.told_card(changed, facts, "details_news", Button("register/show", account.key), at=facts.now.isoformat(),
                           who=name_of(event.person, facts), fields=names)  # fmt: skip
    bearers = facts.people.bearers(Role.COMMUNICATIONS_MANAGER)
    told = [Notify(news, person=p.id) for p in bearers if p.id != event.person]
    block = "address_changed" if changed.status is not account.status else "details_changed"
    return changed, [cards.told(changed, facts, block), *told]


def channel_of(address: str) -> str:
    """The channel that an address belongs to, "" for none that is known by its host."""
    found = place_of(address).service
    return found if found in CHANNELS else ""


def _values(account: Record) -> dict[str, str]:
    return {name: getattr(account, name) for name in (*TEXTS, "ends")} | {
        "rhythm": account.rhythm or "weekly", "answer_days": str(account.answer_days),
        "password_months": str(account.password_months),
        "goals": "\n".join(account.goals), "measures": "\n".join(account.measures),
    }  # fmt: skip


def _wrong(values: Mapping[str, str], others: Iterable[Record], facts: Facts) -> dict[str, str]:
    """What is wrong with an address and a mailbox; a personal mailbox is only warned of ("on syytä", R64)."""
    found = {}
    address = values.get("address", "")
    if address and not ADDRESS.fullmatch(address):
        found["address"] = "not_an_address"
    elif address and _is_there(address, values.get("channel", ""), others):
        found["address"] = "already"
    mailbox = values.get("mailbox", "")
    if mailbox and mailbox_kind(mailbox, facts.domains, facts.addresses) == "not_an_address":
        found["mailbox"] = "not_a_mailbox"
    return found


def _is_there(address: str, channel: str, others: Iterable[Record]) -> bool:
    """Whether another living account has the very address."""
    same = Accounts.of(others).by_place.get(place_of(address, channel).whole)
    return same is not None and same.living


def _is_personal(mailbox: str, facts: Facts) -> bool:
    return bool(mailbox) and mailbox_kind(mailbox, facts.domains, facts.addresses) != "role"


def _numbers(values: Mapping[str, str]) -> dict[str, str]:
    wrong = {}
    for name, most in (("answer_days", MOST_DAYS), ("password_months", MOST_MONTHS)):
        if not values[name].isdecimal() or not 1 <= int(values[name]) <= most:
            wrong[name] = f"not_{name}"
    return wrong
