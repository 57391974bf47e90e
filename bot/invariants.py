"""What always holds of what is kept (docs/reliability.md, I3 and I4), looked for in the whole of it; a sentence each.

What must be looked at each minute, and what the database is asked for directly, is in `bot.auditor` and `bot.doctor`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.app import RECORDS
from bot.facts import REQUESTS
from bot.storage import Kept, Store
from handlers.accounts.record import Deed, Move, Record
from handlers.events import Event

ALL = 100_000_000
"""More records than there are."""
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


def unequal(store: Store) -> Iterator[str]:
    """I3: each version of a record has its one line in the journal, and each line its version."""
    lines = Counter(entry.record for entry in store.journal() if entry.event in SAVING)
    for flow in RECORDS:
        for kept in store.records(flow, limit=ALL):
            if lines[kept.key] != kept.version:
                differ = f"{kept.key} is at version {kept.version}, and the journal tells of {lines[kept.key]}"
                yield f"{differ}: it was changed past the program. Compare it with the newest backup."


def misdecided(requests: Iterable[Kept]) -> Iterator[str]:
    """I4: in each round of a request every step is decided once and in order, and never by who asked for it."""
    for kept in requests:
        record = REQUESTS.validate_json(kept.data)
        for wrong in _wrong(record):
            yield f"{kept.key}: {wrong}. Let those who decide look at it; its journal tells who did what."


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
