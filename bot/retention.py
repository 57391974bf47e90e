"""Each night what grew old is taken out of the database, and the journal tells how much of what.

What is old, and what is left of it, `handlers/retention.py` says. A report shows what the last night took and what the
next one would: it does the round and takes it back.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from typing import Any

from bot.clock import HELSINKI, Clock
from bot.directory import Directory
from bot.records import INCIDENTS, RECORDS
from bot.storage import Entry, Store, Unit
from bot.storage.keeping import Amended, stamp
from handlers.retention import DAYS, OF_A_PERSON, OVER, SOMEBODY, Limits, held_since

AT = time(3, 30)
"""When of the night, in Helsinki: also on the nights on which an hour is there twice, or not at all, it comes once."""
KEY, LAST = "retention/nightly", "retention"
AGED = ("messages", "letters", "chat", "events", "files")
TOKEN = partial(secrets.token_hex, 4)
AT_ONCE = 500
"""Lines of the journal that are amended in one transaction: people wait for none of it."""


class _TakenBack(Exception):
    """The round was only to be seen."""


@dataclass(frozen=True)
class Report:
    """What the last round took, by kind, and on which day; what the next one would take; until when each kind goes."""

    day: str
    taken: Mapping[str, int]
    would: Mapping[str, int]
    limits: Limits


class Retention:
    """Takes out what is old.

    `days` are the municipality's own by kind, `has_file` tells whether a file is still there, `token` makes names up.
    """

    def __init__(
        self,
        store: Store,
        directory: Directory,
        clock: Clock,
        days: Mapping[str, int] | None = None,
        has_file: Callable[[str], bool] = lambda _: True,
        token: Callable[[], str] = TOKEN,
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._days = days or {}
        self._has_file = has_file
        self._token = token

    def look(self) -> None:
        """Make the round if its hour has come and it was not made today. It is asked each minute."""
        here = self._clock.now().astimezone(HELSINKI)
        if here.time() >= AT and self._last().get("day", "") != here.date().isoformat():
            self.round()

    def round(self) -> Mapping[str, int]:
        """Take out what is old now. Gives how much of each kind."""
        limits = self._limits()
        with self._store.unit() as unit:
            taken = Counter(self._taken(unit, limits))
        for kind, pattern in (("questions", "questions/%"), ("journal", "%")):
            taken[kind] += self._amend(pattern, limits.limit(kind))
        told = {kind: n for kind, n in sorted(taken.items()) if n}
        day = limits.now.astimezone(HELSINKI).date()
        if told:
            with self._store.unit() as unit:
                unit.write_journal(Entry(limits.now, "", "Purged", KEY, "", json.dumps(told)))
        self._store.put(LAST, json.dumps({"day": day.isoformat(), "taken": told}))
        return told

    def report(self) -> Report:
        """What was taken and what would be."""
        limits, last = self._limits(), self._last()
        would = Counter[str]()
        try:
            with self._store.unit() as unit:
                would.update(self._taken(unit, limits))
                for kind, pattern in (("questions", "questions/%"), ("journal", "%")):
                    would[kind] += sum(1 for _ in unit.old_lines(pattern, stamp(limits.limit(kind))))
                raise _TakenBack
        except _TakenBack:
            pass
        return Report(last.get("day", ""), last.get("taken", {}), {k: n for k, n in would.items() if n}, limits)

    def _limits(self) -> Limits:
        cases = (json.loads(kept["data"]) for kept in self._rows("records", "flow = ?", "incidents"))
        held = (INCIDENTS.validate_python(case) for case in cases if case.get("hold"))
        return Limits(self._clock.now(), self._days, held_since(held))

    def _rows(self, table: str, where: str, *values: object) -> list[dict[str, Any]]:
        with self._store.unit() as unit:
            return list(unit.rows(table, where, *values))

    def _last(self) -> dict[str, Any]:
        kept = self._store.get(LAST)
        return dict(json.loads(kept)) if kept else {}

    def _taken(self, unit: Unit, limits: Limits) -> Iterator[str]:
        """Take out everything but the journal's lines, and name the kind of each thing that went."""
        for kind in AGED:
            yield from [kind] * unit.shed(kind, stamp(limits.limit(kind)))
        names: dict[str, str] = {}
        for flow, ending in OVER.items():
            marks = ", ".join("?" * len(ending.statuses))
            where = f"flow = ? and status in ({marks}) and updated_at < ? and person not like ?"
            until = stamp(limits.limit(ending.kind))
            for row in list(unit.rows("records", where, flow, *ending.statuses, until, f"{SOMEBODY}%")):
                nobody = names.setdefault(row["person"], f"{SOMEBODY}{self._token()}")
                left = ending.left(RECORDS[flow].validate_json(row["data"]), nobody)
                data = RECORDS[flow].dump_json(left).decode()
                unit.change("records", row, {"person": nobody, "data": data})
                yield ending.kind
        unit.shed("left", stamp(limits.now))
        yield from self._leavers(unit, limits)
        for row in list(unit.rows("small_values", "name like ?", "file:%")):
            if not self._has_file(row["name"].rpartition(":")[2]):
                unit.remove("small_values", row)
                yield "files"
        # When somebody signed out of the page ends the sessions of before, and none lasts for a day.
        for row in list(unit.rows("small_values", "name like ?", "signed_out:%")):
            if float(row["value"]) < (limits.now - timedelta(days=1)).timestamp():
                unit.remove("small_values", row)

    def _leavers(self, unit: Unit, limits: Limits) -> Iterator[str]:
        """What is kept of people who left the house: their accounts on platforms, and what was their own."""
        for row in list(
            unit.rows("accounts", "standing = ? and checked_at < ?", "gone", stamp(limits.limit("accounts")))
        ):
            unit.remove("ways", row)
            unit.remove("accounts", row)
            yield "accounts"
        if not self._directory.everybody:
            return  # nobody was imported: nobody can be known to have left
        marks = ", ".join("?" * len(OF_A_PERSON))
        where, until = f"flow in ({marks}) and updated_at < ?", stamp(limits.limit("leavers"))
        for row in list(unit.rows("records", where, *OF_A_PERSON, until)):
            if self._directory.has_left(row["person"]):
                unit.remove("records", row)
                yield "leavers"
        for table in ("languages", "homes"):
            for row in list(unit.rows(table)):
                if self._directory.person(row["person"]) is None:
                    unit.remove(table, row)
                    yield "leavers"

    def _amend(self, pattern: str, until: datetime) -> int:
        """Take words and people out of old lines of the journal, some at a time."""
        done = 0
        while True:
            with self._store.unit() as unit:
                lines = {row["id"]: _emptied(row) for row in islice(unit.old_lines(pattern, stamp(until)), AT_ONCE)}
                unit.amend_journal(lines, self._clock.now(), KEY)
            done += len(lines)
            if len(lines) < AT_ONCE:
                return done


def _emptied(line: Mapping[str, Any]) -> Amended:
    """What is left of an old line: what happened to which record and when; a person's own record is named by its flow."""
    flow = line["record"].partition("/")[0]
    return Amended(f"{flow}/" if flow in OF_A_PERSON else line["record"], "", "", "")


def as_text(report: Report) -> str:
    """The report in words, a line for each kind."""
    head = f"Last round: {report.day or 'none yet'}."
    if report.limits.held_since:
        since = report.limits.held_since.astimezone(HELSINKI).date()
        head += f" A legal hold keeps everything since {since.isoformat()}."
    lines = [f"{'kind':12}{'kept (days)':>12}{'removed before':>16}{'last round':>12}{'next round':>12}"]
    for kind, days in DAYS.items():
        until: date = report.limits.limit(kind).astimezone(HELSINKI).date()
        kept = report.limits.days.get(kind, days)
        lines.append(
            f"{kind:12}{kept:>12}{until.isoformat():>16}{report.taken.get(kind, 0):>12}{report.would.get(kind, 0):>12}"
        )
    return "\n".join((head, *lines))
