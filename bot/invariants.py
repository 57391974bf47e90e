"""What always holds of what is kept (docs/reliability.md, I3 and I4), in all of it or in what changed; a sentence each.

What the database is asked for directly (I5–I7) is in `bot.auditor` and `bot.doctor`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pydantic import ValidationError

from bot.records import RECORDS, REQUESTS
from bot.storage import ALL, Kept, Store
from handlers.accounts.record import Deed, Move, Record
from handlers.events import Event

SAVING = {kind.__name__ for kind in Event.__subclasses__()} | {"Began", "Read", "Imported"}
"""What the journal's lines of a record's new versions begin with; others tell of refusals, of reading, of upkeep.

What such a line says is taken out in time; that it stands there stays.
"""
SKIP = "skip"
DECIDES = (Move.PROPOSE, Move.APPROVE, Move.CONCLUDE)
"""What somebody does in their own name and may not do to their own request (R40)."""


def broken(store: Store) -> list[str]:
    """Records that changed without a line of the journal or the other way round, and decisions out of order.

    Reads everything; raises `StoreError` where the journal's chain of hashes does not hold.
    """
    return [*unequal(store), *misdecided(store.records("accounts", limit=ALL))]


def broken_since(store: Store, since: datetime) -> list[str]:
    """The same of the records that changed since a moment. It costs what these cost, however much else is kept."""
    found: list[str] = []
    for flow in RECORDS:
        for changed in store.records_since(flow, since):
            with store.unit() as unit:  # the record and its lines at one moment: it may be changing now
                kept, lines = unit.load(changed.key), unit.lines_of(changed.key, SAVING)
            if kept:
                found += _unequal(kept, lines)
                found += misdecided([kept]) if flow == "accounts" else ()
    return found


def unequal(store: Store) -> Iterator[str]:
    """I3: each version of a record has its one line in the journal, and each line its version."""
    lines = Counter(entry.record for entry in store.journal() if entry.event in SAVING)
    for flow in RECORDS:
        for kept in store.records(flow, limit=ALL):
            yield from _unequal(kept, lines[kept.key])


def _unequal(kept: Kept, lines: int) -> Iterator[str]:
    if lines != kept.version:
        differ = f"{kept.key} is at version {kept.version}, and the journal tells of {lines}"
        yield f"{differ}: it was changed past the program. Compare it with the newest backup."


def misdecided(requests: Iterable[Kept]) -> Iterator[str]:
    """I4: in each round of a request every step is decided once and in order, and never by who asked for it."""
    for kept in requests:
        try:
            wrong = list(_wrong(REQUESTS.validate_json(kept.data)))
        except ValidationError:
            wrong = ["it cannot be read"]  # which must not hide the others
        for found in wrong:
            yield f"{kept.key}: {found}. Let those who decide look at it; its journal tells who did what."


def _wrong(record: Record) -> Iterator[str]:
    if any(deed.person == record.requester and deed.move in DECIDES for deed in record.history):
        yield "its requester decided on it"
    for round_ in rounds(record.history):
        moves = [deed.move for deed in round_]
        if moves.count(Move.PROPOSE) > 1 or moves.count(Move.CONCLUDE) > 1:
            yield "a step was decided twice"
        first = next((m for m in moves if m in (*DECIDES, Move.POSTPONE, SKIP)), None)
        if first not in (None, Move.PROPOSE):
            yield "a body decided before the supervisor"
        if Move.CONCLUDE in moves and {Move.APPROVE, Move.POSTPONE} & set(moves[moves.index(Move.CONCLUDE) :]):
            yield "a body decided after the last one"


def rounds(history: Sequence[Deed]) -> list[list[Deed]]:
    """The deeds of a request from each sending to the next."""
    found: list[list[Deed]] = [[]]
    for deed in history:
        if deed.move == Move.SEND:
            found.append([])
        found[-1].append(deed)
    return found
