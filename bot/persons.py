"""What is kept about one person: all of it for them to see (GDPR article 15), and all of it made nobody's (article 17).

Somebody is found by their ids on each platform, wherever such an id stands by itself or as a part of a conversation's,
and by their e-mail addresses and whole name in any text. What others wrote about them without these is not found: who
hands the file over reads it first (`docs/privacy.md`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from bot.directory import Directory
from bot.records import RECORDS
from bot.storage import Entry, Store, Unit
from bot.storage.keeping import MOVABLE, TABLES, Amended
from handlers.retention import OF_A_PERSON, OVER

OWN = ("accounts", "ways", "languages", "homes", "events", "small_values", "timers")
"""Tables of which a row that names somebody is about nothing else: it is removed."""


@dataclass(frozen=True)
class Traces:
    """By what somebody is found: ids of the directory and of platforms; e-mail addresses and the whole name."""

    ids: frozenset[str]
    words: frozenset[str]

    @cached_property
    def _ids(self) -> re.Pattern[str]:
        names = "|".join(re.escape(one) for one in sorted(self.ids, key=len, reverse=True))
        own = "|".join(f"(?<={flow}/)" for flow in OF_A_PERSON)
        return re.compile(rf"(?:^|(?<=[:@,;#|])|{own})(?:{names})(?=$|[:,;#|])")

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        words = "|".join(re.escape(one) for one in sorted(self.words, key=len, reverse=True))
        return re.compile(rf"(?<![\w.+-])(?:{words})(?![\w-])", re.IGNORECASE) if words else None

    def replaced(self, value: object, name: str) -> Any:
        """The value with `name` for everything that names the person, in JSON too; the same where nothing does."""
        if isinstance(value, str):
            return self._of_text(value, name)
        if isinstance(value, Mapping):
            return {self.replaced(k, name): self.replaced(v, name) for k, v in value.items()}
        if isinstance(value, list):
            return [self.replaced(one, name) for one in value]
        return value

    def _of_text(self, text: str, name: str) -> str:
        if text[:1] in "{[" and (parsed := _parsed(text)) is not None:
            told = self.replaced(parsed, name)
            return text if told == parsed else json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        if not re.search(r"\s", text):
            text = self._ids.sub(lambda _: name, text)
        return self._words.sub(lambda _: name, text) if self._words else text

    def name(self, row: Mapping[str, Any]) -> bool:
        """Whether a row names the person."""
        return any(self.replaced(value, "\0") != value for value in row.values())


class Kept(RuntimeError):
    """What is kept about somebody must not be erased; the message says why and what to do."""


def traces_of(who: str, store: Store, directory: Directory) -> Traces:
    """By what the person of an id or an e-mail address is found; of somebody who is known no more that alone."""
    ids, words = {who}, {who} if "@" in who else set[str]()
    person = next(iter(directory.find(who)), None) or directory.person(who) or directory.person(directory.person_of(who))
    if person:
        ids |= {person.id, *person.accounts}
        words |= {person.email, person.name}
    for account in store.accounts():
        if account.id in ids or (account.email and account.email.casefold() == who.casefold()):
            ids.add(account.id)
            words |= {account.email, account.name}
    return Traces(frozenset(ids), frozenset(w for w in words if "@" in w or " " in w.strip()))


def about(traces: Traces, store: Store, now: datetime) -> dict[str, Any]:
    """Everything that names the person, table by table, with JSON taken apart."""
    found: dict[str, Any] = {"at": now.isoformat(), "ids": sorted(traces.ids), "words": sorted(traces.words)}
    with store.unit() as unit:
        for table in TABLES:
            rows = [row for row in unit.rows(table) if traces.name(row)]
            found[table] = [{k: _shown(v) for k, v in row.items()} for row in rows]
    return found


def erase(traces: Traces, store: Store, directory: Directory, now: datetime, nobody: str) -> Mapping[str, int]:
    """Put `nobody` in the place of the person everywhere, and remove what was theirs alone. Gives how much, by table.

    Raises `Kept` for who is in the directory still, or is named in an incident that a legal hold keeps.
    """
    if any(p.id in traces.ids for p in directory.everybody):
        raise Kept(
            "They are in the directory: leave them out of the file of people, import it, and hand on their duties."
        )
    done = Counter[str]()
    with store.unit() as unit:
        if held := [row["key"] for row in unit.rows("records", "flow = ?", "incidents") if _held(row, traces)]:
            raise Kept(f"A legal hold keeps {', '.join(held)}: end it first, or wait until it ends.")
        for table in TABLES:
            if table in MOVABLE:
                for row in [row for row in unit.rows(table) if traces.name(row)]:
                    _erase_row(unit, table, row, traces, nobody)
                    done[table] += 1
        lines = {
            row["id"]: Amended(*(traces.replaced(row[c], nobody) for c in ("record", "person", "before", "after")))
            for row in unit.rows("journal")
            if traces.name(row)
        }
        unit.amend_journal(lines, now, f"person/{nobody}")
        done["journal"] = len(lines)
        unit.write_journal(Entry(now, "", "Erased", f"person/{nobody}", "", json.dumps(done)))
    return done


def _erase_row(unit: Unit, table: str, row: Mapping[str, Any], traces: Traces, nobody: str) -> None:
    keys, _ = TABLES[table]
    changed = {k: told for k, v in row.items() if (told := traces.replaced(v, nobody)) != v}
    if table in OWN or changed.keys() & set(keys) or (table == "chat" and row["author"] in traces.ids):
        unit.remove(table, row)
        return
    if table == "records" and row["person"] in traces.ids and (left := _left_of(row, nobody)):
        changed["data"] = traces.replaced(left, nobody)
    if table == "outbox" and "conversation" in changed:
        changed["card"] = ""  # what was said to them alone
    unit.change(table, row, changed)


def _left_of(row: Mapping[str, Any], nobody: str) -> str:
    """What is left of a record of theirs that is over, "" for one that is not."""
    flow = row["key"].partition("/")[0]
    ending = OVER.get(flow)
    if ending is None or row["status"] not in ending.statuses:
        return ""
    left: Callable[[Any, str], Any] = ending.left
    data: bytes = RECORDS[flow].dump_json(left(RECORDS[flow].validate_json(row["data"]), nobody))
    return data.decode()


def _held(row: Mapping[str, Any], traces: Traces) -> bool:
    return bool(json.loads(row["data"]).get("hold")) and traces.name(row)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _shown(value: object) -> object:
    parsed = _parsed(value) if isinstance(value, str) and value[:1] in ("{", "[") else None
    return value if parsed is None else parsed


def counted(done: Mapping[str, int]) -> str:
    """The counts in words."""
    return ", ".join(f"{table} {n}" for table, n in sorted(done.items()) if n) or "nothing"
