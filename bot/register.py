"""The register of accounts as a file: taken in with an error for each wrong row, and given out for people and pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from bot.clock import HELSINKI
from bot.directory import Directory
from bot.pages import TEMPLATES
from bot.records import ACCOUNTS
from bot.rendering import Renderer, day
from bot.storage import Entry, Store
from bot.tables import ImportFailed, rows_of
from handlers.accounts.checks import mailbox_kind
from handlers.accounts.opening import ADDRESS
from handlers.accounts.steps import CHANNELS
from handlers.masking import secret_in
from handlers.register.addresses import place_of
from handlers.register.record import KEPT, RHYTHMS, Deed, Record, Status
from handlers.register.reporting import LENGTHS, MOST_DAYS, MOST_MONTHS, channel_of

COLUMNS = (
    "name", "channel", "address", "owner", "department", "purpose", "updater", "main", "substitute", "admins",
    "producers", "mailbox", "rhythm", "answer_days", "password_months", "plan", "goals", "measures", "status",
    "opened_at", "official_at", "confirmed_at", "password_at", "posted_at", "review", "ends",
)  # fmt: skip
"""The columns of a file of accounts. People are e-mail addresses, of `admins` and `producers` several with ";" between;
`goals` and `measures` have a line each; days are YYYY-MM-DD. Who agreed to post under their own name is private (R77),
and in no file.
"""
TEXTS = ("name", "address", "owner", "department", "purpose", "mailbox", "plan")
DAYS = ("opened_at", "official_at", "confirmed_at", "password_at", "posted_at", "review", "ends")
NUMBERS = {"answer_days": MOST_DAYS, "password_months": MOST_MONTHS}
"""Columns of whole numbers from 1, with the highest."""
FINNISH = {
    "nimi": "name", "kanava": "channel", "palvelu": "channel", "osoite": "address", "yksikkö": "owner",
    "toimialue": "department", "tarkoitus": "purpose", "päivittäjä": "updater", "vastuullinen päivittäjä": "updater",
    "päävastuu": "main", "sijainen": "substitute", "ylläpitäjät": "admins", "sisällöntuottajat": "producers",
    "sähköposti": "mailbox", "rytmi": "rhythm", "suunnitelma": "plan", "tavoitteet": "goals", "mittarit": "measures",
}  # fmt: skip
"""Columns by their Finnish names."""
REQUIRED = ("name", "channel", "address", "owner")
OTHER = "other:"
CALLED = {"x": "twitter", "muu": "other", "blogi": "blog"}
"""Channels by other names."""
MANY = 100_000


@dataclass(frozen=True)
class Taken:
    """What an import came to: accounts that were new, and accounts of the register that the file changed."""

    new: int
    changed: int


def import_accounts(path: Path, store: Store, directory: Directory, now: datetime) -> Taken:
    """Take in the accounts of a file; one whose address is in the register is brought up to date. All rows or none.

    Raises `ImportFailed` with every wrong row.
    """
    told = rows_of(path)
    columns = {name: FINNISH.get(name.casefold(), name.casefold()) for name in told[0]}
    if twice := sorted({c for c in columns.values() if list(columns.values()).count(c) > 1}):
        raise ImportFailed([f"{path}: the column {c} is there twice" for c in twice])
    rows = [{columns.get(name, name): value for name, value in row.items()} for row in told]
    if missing := [c for c in REQUIRED if c not in rows[0]]:
        raise ImportFailed([f"{path}: the column {c} is missing" for c in missing])
    known = {_identity(r): r for r in registered(store)}
    problems: list[str] = []
    accounts: list[Record] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        wrong, account = _account(row, known, directory)
        if first := seen.get(_identity(account)):
            wrong.append(f"the address is in row {first} already")
        seen.setdefault(_identity(account), number)
        problems += [f"row {number}: {w}" for w in wrong]
        accounts.append(account)
    if problems:
        raise ImportFailed(problems)
    return _kept(accounts, known, store, now)


def enter_umbrella_accounts(addresses: Iterable[str], name: str, store: Store, now: datetime) -> None:
    """Enter the municipality's common accounts, official by the guideline itself (R38), unless they are there."""
    known = {_identity(r) for r in registered(store)}
    wanted = [a for a in addresses if place_of(a).whole not in known]
    accounts = [
        Record(
            "", Status.OFFICIAL, name, channel_of(a) or "other", a, "Viestintä", "", "", "", "", (), (), "", "weekly",
            None, None, umbrella=True,
        )
        for a in wanted
    ]  # fmt: skip
    _kept(accounts, {}, store, now)


def _kept(accounts: Iterable[Record], known: Mapping[str, Record], store: Store, now: datetime) -> Taken:
    new, changed = 0, 0
    with store.unit() as unit:
        for account in accounts:
            before = known.get(_identity(account))
            if before == account:
                continue
            key = before.key if before else unit.new_key("register")
            noted = replace(
                account, key=key, entered_at=account.entered_at or now,
                history=(*account.history, Deed(now, "", "import"))[-KEPT:],
            )  # fmt: skip
            data = ACCOUNTS.dump_json(noted).decode()
            unit.save(key, account.status, account.updater, data, before.version if before else 0, now)
            old = ACCOUNTS.dump_json(before).decode() if before else ""
            unit.write_journal(Entry(now, "", "Imported", key, old, data))
            new, changed = new + (before is None), changed + (before is not None)
    return Taken(new, changed)


def _identity(account: Record) -> str:
    """What tells one account from another: its address, however it is written."""
    return place_of(account.address, account.channel).whole


def _account(row: Mapping[str, str], known: Mapping[str, Record], directory: Directory) -> tuple[list[str], Record]:
    """A row as an account, and what is wrong with it. Columns that the file lacks stay as the register has them."""
    wrong = [f"{column} is empty" for column in REQUIRED if not row.get(column)] + _unfit(row)
    channel = _channel(row.get("channel", ""), wrong)
    before = known.get(place_of(row.get("address", ""), channel).whole)
    record = before or Record("", Status.OPEN, "", "", "", "", "", "", "", "", (), (), "", "", None, None)
    values: dict[str, object] = {name: row[name] for name in TEXTS if name in row}
    values["channel"] = channel
    for name in ("goals", "measures"):
        if name in row:
            values[name] = tuple(line.strip() for line in row[name].splitlines() if line.strip())
    for name, allowed in (("rhythm", ("", *RHYTHMS)), ("status", ("", *Status))):
        if name in row and row[name].casefold() not in allowed:
            wrong.append(f"{name}: “{row[name]}” is not known (known: {', '.join(filter(None, allowed))})")
        elif row.get(name):
            values[name] = Status(row[name].casefold()) if name == "status" else row[name].casefold()
    values |= _people(row, directory, wrong) | _days(row, wrong) | _numbers(row, wrong)
    return wrong, replace(record, **values)  # type: ignore[arg-type]  # fields by name


def _unfit(row: Mapping[str, str]) -> list[str]:
    """What the chat's own forms would refuse too: what is no address, what is too long or a secret (R86, R139)."""
    found = [f"{name}: longer than {most} characters" for name, most in LENGTHS.items() if len(row.get(name, "")) > most]
    found += [f"{name}: there is a secret in it ({s})" for name in LENGTHS if (s := secret_in(row.get(name, "")))]
    if row.get("address") and not ADDRESS.fullmatch(row["address"]):
        found.append(f"address: “{row['address'][:80]}” is not a web address or a handle")
    if row.get("mailbox") and mailbox_kind(row["mailbox"], (), ()) == "not_an_address":
        found.append(f"mailbox: “{row['mailbox'][:80]}” is not an e-mail address")
    return found


def _channel(told: str, wrong: list[str]) -> str:
    """A channel by its name; another one is written "other: Mastodon"."""
    if told.casefold().startswith(OTHER):
        return told[len(OTHER) :].strip() or "other"
    channel = CALLED.get(told.casefold(), told.casefold())
    if channel and channel not in CHANNELS:
        wrong.append(f"channel: “{told}” is not a channel (known: {', '.join(CHANNELS)}; or “{OTHER} its name”)")
    return channel


def _people(row: Mapping[str, str], directory: Directory, wrong: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in (n for n in ("updater", "main", "substitute", "admins", "producers") if n in row):
        people = tuple(p for e in _several(row[name]) if (p := _person(e, directory, name, wrong)))
        found[name] = people if name in ("admins", "producers") else "".join(people[:1])
    return found


def _days(row: Mapping[str, str], wrong: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in DAYS:
        if not row.get(name):
            continue
        try:
            on = date.fromisoformat(row[name][:10])
        except ValueError:
            wrong.append(f"{name}: “{row[name]}” is not a day (YYYY-MM-DD)")
            continue
        at = datetime.combine(on, time(12), HELSINKI).astimezone(UTC)
        found[name] = at if name.endswith("_at") else on.isoformat()
    return found


def _numbers(row: Mapping[str, str], wrong: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, most in NUMBERS.items():
        told = row.get(name, "")
        if told and not (told.isdecimal() and len(told) < 4 and 1 <= int(told) <= most):
            wrong.append(f"{name}: “{told}” is not a number from 1 to {most}")
        elif told:
            found[name] = int(told)
    return found


def _several(words: str) -> list[str]:
    return [word for word in re.split(r"[;,\s]+", words) if word]


def _person(email: str, directory: Directory, column: str, wrong: list[str]) -> str:
    found = directory.find(email)
    if len(found) != 1:
        wrong.append(f"{column}: “{email}” is nobody of the directory")
        return ""
    return found[0].id


def registered(store: Store) -> list[Record]:
    """Every account of the register, by name."""
    kept = store.records("register", limit=MANY)
    accounts = [replace(ACCOUNTS.validate_json(k.data), version=k.version) for k in kept]
    return sorted(accounts, key=lambda a: (a.name.casefold(), a.key))


def account_rows(store: Store, directory: Directory) -> list[Mapping[str, str]]:
    """A row for each account, in the columns that an import takes."""

    def email(person_id: str) -> str:
        person = directory.person(person_id) if person_id else None
        return person.email if person else person_id

    def on(moment: datetime | None) -> str:
        return moment.astimezone(HELSINKI).date().isoformat() if moment else ""

    return [
        {
            **{name: getattr(a, name) for name in (*TEXTS, "rhythm", "review", "ends")},
            "channel": a.channel if a.channel in CHANNELS else f"{OTHER} {a.channel}",
            **{name: email(getattr(a, name)) for name in ("updater", "main", "substitute")},
            **{name: "; ".join(map(email, getattr(a, name))) for name in ("admins", "producers")},
            **{name: "\n".join(getattr(a, name)) for name in ("goals", "measures")},
            **{name: str(getattr(a, name)) for name in NUMBERS},
            **{name: on(getattr(a, name)) for name in DAYS if name.endswith("_at")},
            "status": a.status.value,
        }
        for a in registered(store)
    ]  # fmt: skip


def public_list(store: Store, renderer: Renderer, language: str, now: datetime) -> str:
    """The verified accounts as an HTML page for the municipality's site (R37): no people, no addresses of theirs."""
    official = [a for a in registered(store) if a.status is Status.OFFICIAL]
    departments: dict[str, list[Record]] = {}
    for account in sorted(official, key=lambda a: (a.department.casefold(), a.owner.casefold(), a.name.casefold())):
        departments.setdefault(account.department, []).append(account)
    return TEMPLATES.get_template("accounts.html").render(
        departments=departments, t=renderer.labels(language), language=language,
        day=day(now.astimezone(HELSINKI).date().isoformat(), language), link=_link,
    )  # fmt: skip


def _link(address: str) -> str:
    """An address that a browser opens, "" for one that is none: nothing but http and https leads out of the page."""
    wanted = address if re.match(r"https?://", address, re.IGNORECASE) else f"https://{address}"
    return wanted if re.fullmatch(r"https?://[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?", wanted, re.IGNORECASE) else ""
