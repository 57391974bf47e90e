"""What is kept, and what a store promises. One module of this package knows a database's SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from handlers.facts import Person

if TYPE_CHECKING:  # it is made of what stands here
    from bot.storage.keeping import Amended


class StoreError(RuntimeError):
    """The store cannot be used; the message says what to do."""


class Conflict(RuntimeError):
    """A record changed between load and save: nothing was kept, and the event is to be handled again."""


ALL = 100_000_000
"""More rows than there are."""
PEOPLE = "people"
"""The name under which changes of the directory, of accounts and of chosen languages are counted."""
HELD = "held since the restore"
"""Why a message was given up that waited in a backup: it may have been sent after the backup was made."""


@dataclass(frozen=True)
class Kept:
    """A record as it lies in the store; `data` is the flow's record as JSON."""

    key: str
    status: str
    person: str
    version: int
    data: str
    updated_at: datetime


@dataclass(frozen=True)
class Entry:
    """A line of the journal: who did what to which record, and the record's JSON before and after."""

    at: datetime
    person: str
    event: str
    record: str
    before: str
    after: str


@dataclass(frozen=True)
class Message:
    """A message to send: to post, to update (the post `target`), to post below it (`reply`), to whisper to `person`;
    their home view to renew; or a file to fetch.

    `card` is a card as JSON, "" for a home view, which is made when it is sent; of a file to fetch it is the
    `Attachment`, and the conversation is its source with `#file` at the end. `door` is the platform's short-lived way
    back to the person.
    """

    conversation: str
    kind: Literal["post", "update", "reply", "whisper", "home", "fetch"]
    card: str
    language: str
    record: str = ""
    slot: str = ""
    person: str = ""
    target: int = 0
    door: str = ""


@dataclass(frozen=True)
class Outgoing:
    """A message in the outbox. `message` is the platform's id of the post that an update is for."""

    id: int
    attempts: int
    message: str
    content: Message


@dataclass(frozen=True)
class Dead:
    """A message that was given up, and why."""

    id: int
    content: Message
    error: str
    at: datetime


@dataclass(frozen=True)
class Backlog:
    """How many messages wait, were given up and not let be, and are held since a restore; the journal's lines."""

    waiting: int
    dead: int
    held: int
    journal: int


@dataclass(frozen=True)
class Account:
    """A person's account on a platform (`slack:U1`), which the e-mail address joins with the directory.

    `checked_at` (UTC) is when the platform told it. `supervisor` is the account of their supervisor, where it knows one.
    """

    id: str
    name: str
    email: str
    language: str
    standing: Literal["member", "guest", "stranger", "gone"]
    checked_at: datetime
    supervisor: str = ""


@dataclass(frozen=True)
class Timer:
    """A timer of a record that fell due at `due` (UTC)."""

    record: str
    name: str
    due: datetime


@dataclass(frozen=True)
class Said:
    """A message of the embedded chat: `card` is JSON of a card, "" where `text` is what a person wrote."""

    id: int
    conversation: str
    author: str
    text: str
    card: str
    language: str
    only_for: str
    at: datetime
    edited_at: datetime | None


class Unit(Protocol):
    """One transaction: everything in it is kept together, or nothing is."""

    def seen(self, key: str, at: datetime) -> bool:
        """Remember an event's key; True if it had been there before."""
        ...

    def answer_of(self, key: str) -> str:
        """The immediate answer that was kept with the event, as JSON, or ""."""
        ...

    def keep_answer(self, key: str, answer: str) -> None:
        """Keep the immediate answer to an event, for its second arrival."""
        ...

    def new_key(self, flow: str) -> str:
        """A record key that was never used: `flow/number`."""
        ...

    def load(self, key: str) -> Kept | None:
        """The record, or None."""
        ...

    def save(self, key: str, status: str, person: str, data: str, version: int, at: datetime) -> None:
        """Keep the record as the version after `version` (0: new). Raises `Conflict` where another came first."""
        ...

    def write_journal(self, entry: Entry) -> None:
        """Add a line to the journal."""
        ...

    def remind(self, record: str, name: str, due: datetime) -> None:
        """Set or move a timer."""
        ...

    def forget(self, record: str, name: str) -> None:
        """Remove a timer, if it is there."""
        ...

    def send(self, message: Message, at: datetime, *, renews: bool = False) -> None:
        """Put a message into the outbox; an update takes the place of an older one of the same post that still waits.

        With `renews` a post takes the place of an older one of its record, slot and conversation that still waits.
        """
        ...

    def copies(self, record: str, slot: str) -> Sequence[tuple[int, Message]]:
        """The posts of a record's slot with their outbox ids, sent, waiting or given up, but not let be."""
        ...

    def set_language(self, person: str, language: str) -> None:
        """Remember the language that a person chose."""
        ...

    def renew_home(self, person: str, conversation: str, at: datetime, *, opened: bool) -> None:
        """Have a person's home view renewed, if they ever opened it or now did."""
        ...

    def letter(self, message: int, at: datetime, *, again: bool) -> None:
        """Send a message that was given up again, and its last change after it; or let it be."""
        ...

    def due(self, record: str, name: str) -> datetime | None:
        """When the record's timer falls due, None where it has none of this name."""
        ...

    def aged(self, kind: str, before: str) -> int:
        """How many of a kind (`keeping.AGED`) are older than a stamp."""
        ...

    def shed(self, kind: str, before: str) -> int:
        """Empty or remove what is older than a stamp of a kind; how many there were."""
        ...

    def rows(self, table: str, where: str = "", *values: object) -> Iterator[dict[str, Any]]:
        """The rows of a table of `keeping.TABLES`, each by its columns' names."""
        ...

    def lines_of(self, record: str, events: Collection[str]) -> int:
        """How many lines of the journal tell of some events of a record."""
        ...

    def old_lines(self, records: str, before: str) -> Iterator[dict[str, Any]]:
        """The journal's lines, of records like a pattern, that are older than a stamp and still tell of somebody."""
        ...

    def change(self, table: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change columns of a row that `rows` gave, its name too."""
        ...

    def remove(self, table: str, row: Mapping[str, Any]) -> None:
        """Remove a row that `rows` gave."""
        ...

    def amend_journal(self, lines: Mapping[int, Amended], now: datetime, record: str) -> None:
        """Take words out of lines of the journal, and tell of it in a line of its own, which seals what is left."""
        ...

    def purge(self, record: str) -> None:
        """Empty what the record's messages said: those sent or given up, with their copies in the page's chat."""
        ...


class Store(Protocol):
    """Where everything is kept."""

    def unit(self) -> AbstractContextManager[Unit]:
        """Begin a transaction that holds the write lock from its start; commit at the end, roll back on an exception."""
        ...

    def record(self, key: str) -> Kept | None:
        """A record, read outside of a transaction."""
        ...

    def records(self, flow: str, person: str = "", statuses: Sequence[str] = (), limit: int = 100) -> Sequence[Kept]:
        """Records of a flow, the newest made first."""
        ...

    def newest_in(self, flow: str, conversation: str, person: str) -> Kept | None:
        """The newest record that a person made in a conversation, or that anybody made whose thread it is."""
        ...

    def records_since(self, flow: str, since: datetime) -> Sequence[Kept]:
        """Records of a flow that were made or changed since, the oldest made first."""
        ...

    def post_of(self, message: str) -> tuple[str, str] | None:
        """The record and the slot of the post that the platform named `message`, or None."""
        ...

    def shown(self, message: str) -> tuple[int, Message] | None:
        """The message that a platform named so, with its outbox id and the card that it was changed to last, or None."""
        ...

    def outgoing(self, number: int) -> Message | None:
        """The message of this outbox id, with the card that it was changed to last, or None."""
        ...

    def answer_of(self, key: str) -> str:
        """The immediate answer that was kept with an event, as JSON, or ""."""
        ...

    def keep_way(self, name: str, data: str, at: datetime) -> None:
        """Keep how something is reached on a platform, as that platform's own JSON, in place of what was there."""
        ...

    def way(self, name: str) -> str:
        """What was kept under a name, or ""."""
        ...

    def has_timer(self, record: str, name: str) -> bool:
        """Whether the record has a timer of this name."""
        ...

    def unattended(self, flow: str, waiting: Sequence[str], held: Sequence[str]) -> Sequence[str]:
        """The records of a flow that nothing would wake: `waiting` for a holder without the timer `escalate`, or `held`
        without a `holder` and without the timer `silent`.
        """
        ...

    def overdue(self, before: datetime) -> Sequence[Timer]:
        """The timers that fell due before this moment and have not fired."""
        ...

    def mentions(self, flow: str, text: str) -> Sequence[str]:
        """The records of a flow whose data hold the text."""
        ...

    def homes(self) -> Sequence[str]:
        """Everybody who has opened a home view, by id."""
        ...

    def accounts(self) -> Sequence[Account]:
        """Every account that was met."""
        ...

    def keep_account(self, account: Account) -> None:
        """Keep what is known of an account."""
        ...

    def due_timers(self, now: datetime) -> Sequence[Timer]:
        """The timers that are due, the longest due first."""
        ...

    def due_messages(
        self, now: datetime, *, limit: int = ALL, beyond: int = 0, without: Collection[str] = ()
    ) -> Sequence[Outgoing]:
        """What may be sent now: of each conversation only its first unsent message, so that order is kept.

        The oldest first, `limit` of them; `beyond` is the id that they come after, `without` platforms that are left out.
        """
        ...

    def take(self, message: int) -> bool:
        """Take a message that is to be sent now: False where it waits no more, or another process has taken it.

        Of several processes one has it, until it marks what came of it; it is free again some time after its holder died.
        """
        ...

    def leads(self) -> bool:
        """Whether this process is the one of several that wakes timers and looks after what nobody has.

        Another one is, as soon as its connection to the database is gone.
        """
        ...

    def changes(self) -> Mapping[str, int]:
        """How often what is kept in memory was changed, by name (`people`, or a flow), where several processes share the
        store: a number that another process raised says that it is to be read anew. Empty where one process has it.
        """
        ...

    def mark_sent(self, message: int, platform_id: str, at: datetime) -> None:
        """The platform took the message and named it `platform_id`."""
        ...

    def mark_failed(self, message: int, error: str, retry_at: datetime) -> None:
        """The platform did not take it: try again at `retry_at`."""
        ...

    def give_up(self, message: int, error: str, at: datetime) -> None:
        """The platform will never take it: a dead letter."""
        ...

    def next_due(self, after: datetime | None = None) -> datetime | None:
        """When the next timer or message falls due; `after` leaves out what is due by then."""
        ...

    def next_timer(self) -> datetime | None:
        """When the next timer falls due."""
        ...

    def dead_letters(self) -> Sequence[Dead]:
        """The messages that were given up and not let be, the newest first."""
        ...

    def waiting_since(self) -> datetime | None:
        """When the longest waiting message was made, None where none waits."""
        ...

    def backlog(self) -> Backlog:
        """What lies in the outbox, and the length of the journal."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many there are of what is kept: records, journal, timers, outbox, people."""
        ...

    def go_on(self, at: datetime, first: str) -> int:
        """Go on, at a moment, from a backup; gives how many messages that waited in it are held as dead letters.

        Nothing is sent that may have been sent after the backup: posts, replies, whispers and updates get the error
        `HELD`. Timers that fell due meanwhile fire one by one: those of the flow `first` after a quarter of an hour,
        the others after a day. A number that may have been given out after the backup is never given again.
        """
        ...

    def superseded(self, message: int) -> bool:
        """Whether a later renewal of the same home view waits."""
        ...

    def people(self) -> Sequence[Person]:
        """Everybody in the directory."""
        ...

    def languages(self) -> Mapping[str, str]:
        """The language that people chose, by the person's id."""
        ...

    def replace_people(self, people: Sequence[Person]) -> None:
        """Replace the whole directory; languages that people chose stay."""
        ...

    def journal(self) -> Iterator[Entry]:
        """The journal from its beginning. Raises `StoreError` where the chain of hashes does not hold."""
        ...

    def get(self, name: str) -> str:
        """A small value kept under a name, or ""."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep a small value under a name."""
        ...

    def say(self, said: Mapping[str, str], at: datetime) -> int:
        """Add a message to the embedded chat: `conversation`, `author`, `text`, `card`, `language`, `only_for`, `key`.

        A `key` that was used before adds nothing and gives the id of then.
        """
        ...

    def edit(self, message: int, card: str, at: datetime) -> None:
        """Change the card of a message of the embedded chat."""
        ...

    def said(self, conversations: Sequence[str], reader: str, most: int) -> Sequence[Said]:
        """The last messages, `most` at the most, of these conversations that `reader` may see, oldest first."""
        ...

    def back_up(self, path: str) -> None:
        """Write a whole copy of the database to a new file, while it is in use."""
        ...

    def problems(self) -> Sequence[str]:
        """What is wrong with the database itself, a sentence each."""
        ...

    def close(self) -> None:
        """Close the database."""
        ...
