"""What the words about a case need: of everybody its number and kind, of those who may see it what was written in it."""

from __future__ import annotations

from datetime import timedelta

from handlers.cards import excerpt, stamp
from handlers.facts import Facts, Role, name_of
from handlers.incidents.aid import RECOVERY, lines_of
from handlers.incidents.record import Clock, Deed, Evidence, Move, Record
from handlers.incidents.routing import out_of_hours
from handlers.register.record import Record as Account

FILES = 10
"""The files of a case that a card lists."""
ELSEWHERE = "other"
"""In the place of an account's key: one of the municipality's that is not in the register."""
BLANK: dict[str, object] = dict.fromkeys(
    ("number", "kind", "status", "severity", "holder", "since", "reporter", "concerned", "waited"), ""
)
"""What a template of several cases asks for of each, where there is none."""


def data_of(record: Record, facts: Facts) -> dict[str, object]:
    """What all words about a case need, and nothing of what was written in it."""
    account = account_of(record, facts)
    took = record.last(Move.TAKE)
    since = record.reported_at or record.made_at
    return {
        "number": record.number,
        "kind": record.kind.value,
        "status": record.status.value,
        "severity": record.severity.value,
        "route": record.route.value,
        "level": record.level,
        "fallback": record.fallback,
        "since": since.isoformat(),
        "waited": minutes(facts.now - since),
        "reporter": name_of(record.reporter, facts),
        "concerned": name_of(record.concerned, facts),
        "supervisor": name_of(record.supervisor, facts),
        "holder": name_of(record.holder, facts),
        "offered": name_of(record.offered, facts),
        "taken_at": stamp(took.at if took else None),
        "told": [name_of(p, facts) for p in record.told],
        "added": [name_of(p, facts) for p in record.added],
        "count": len(record.twins) + 1,
        "leader": record.leader.rpartition("/")[2],
        "twins": [t.key.rpartition("/")[2] for t in record.twins],
        "aid": lines_of(record.kind),
        "account": account_data(account, facts),
        "elsewhere": record.account == ELSEWHERE,
        "kept_months": facts.plan.months(record.kind.value),
        "municipality": facts.municipality,
        **contacts_of(record, facts),
    }


def details_of(record: Record, facts: Facts) -> dict[str, object]:
    """The same with what was written, handed in and done: only for a card of somebody who may see the case."""
    return data_of(record, facts) | {
        "text": record.text,
        "outcome": record.outcome,
        "hold": record.hold,
        "files": [file_data(e, facts) for e in record.evidence[:FILES]],
        "more_files": max(len(record.evidence) - FILES, 0),
        "deeds": [deed_data(d, facts) for d in record.history],
    }


def contacts_of(record: Record | None, facts: Facts) -> dict[str, object]:
    """Whom to turn to: the IT manager by name, and whom the municipality has settled on."""
    excluded = record.excluded if record else ()
    managers = [p.name for p in facts.people.bearers(Role.IT_MANAGER) if p.id not in excluded]
    return {
        "it_managers": managers, "call": facts.plan.call, "protection_officer": facts.plan.protection_officer,
        "out_of_hours": out_of_hours(facts),
    }  # fmt: skip


def account_of(record: Record, facts: Facts) -> Account | None:
    """The municipality's account that the case is about, as the register has it."""
    return next((a for a in facts.register if a.key == record.account), None)


def account_data(account: Account | None, facts: Facts) -> dict[str, object]:
    """What the register knows of an account that helps to protect it."""
    if account is None:
        return dict.fromkeys(("name", "channel", "address", "owner", "mailbox", "recovery"), "") | {"admins": []}
    return {
        "name": account.name, "channel": account.channel, "address": account.address, "owner": account.owner,
        "mailbox": account.mailbox, "recovery": RECOVERY.get(account.channel, ""),
        "admins": [name_of(p, facts) for p in keepers(account)],
    }  # fmt: skip


def keepers(account: Account) -> tuple[str, ...]:
    """Who can log in to an account: its updater, their substitute and its administrators, each once."""
    return tuple(dict.fromkeys(p for p in (account.updater, account.substitute, *account.admins) if p))


def file_data(evidence: Evidence, facts: Facts) -> dict[str, object]:
    """A file as a card's data: its checksum in full, as whoever compares it needs all of it."""
    return {
        "name": evidence.name, "size": evidence.size, "sha256": evidence.sha256, "lost": evidence.lost,
        "by": name_of(evidence.person, facts), "at": evidence.at.isoformat(),
    }  # fmt: skip


def deed_data(deed: Deed, facts: Facts) -> dict[str, object]:
    """A line of the timeline."""
    blank = dict.fromkeys(("value", "to", "late", "times"), "")
    details = {**blank, **deed.details}
    return {
        "at": deed.at.isoformat(), "by": name_of(deed.person, facts), "move": deed.move,
        "text": excerpt(deed.text, 200), **details, "to": name_of(details["to"], facts),
    }  # fmt: skip


def clock_data(clock: Clock, facts: Facts) -> dict[str, object]:
    """A clock of the law with its countdown."""
    due = (clock.pending or clock.deadlines[-1:])[0]
    left = due - facts.now
    return {
        "law": clock.law, "aware_at": clock.aware_at.isoformat(), "deadline": due.isoformat(),
        "hours": max(int(left.total_seconds() // 3600), 0), "over": left <= timedelta(),
        "outcome": clock.outcome, "reason": clock.reason,
        "by": name_of(clock.decided_by, facts),
        "at": stamp(clock.decided_at),
    }  # fmt: skip


def minutes(waited: timedelta) -> int:
    """Whole minutes."""
    return int(waited.total_seconds() // 60)
