"""Files of evidence: put by whole or not at all, fetched until they are there, and told of when they cannot be had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Bot
from bot.deciding import Handled
from bot.directory import Directory
from bot.evidence import LARGEST, EvidenceStore, TooLarge
from bot.platforms import Abilities, Refused, Unreachable
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage import Message
from bot.storage.sqlite import SqliteStore
from bot.working_time import FinnishWorkingTime
from handlers.events import Event, Secured
from knowledge.guide import Guide
from tests.fakes import FakeClock, FakePlatform

BYTES = b"MZ\x90\x00 not to be opened" * 1000
SHA256 = hashlib.sha256(BYTES).hexdigest()
CARD = '{"name": "home/language_set", "parts": [{"name": "body", "kind": "text"}]}'
SOURCE = "fake:F1"


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", largest=len(BYTES))


def names(tmp_path: Path) -> list[str]:
    folder = tmp_path / "evidence"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


# ── the folder ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_lies_under_its_hash_for_its_owner_alone(store: EvidenceStore, tmp_path: Path) -> None:
    assert store.keep([BYTES[:5], b"", BYTES[5:]]) == (SHA256, len(BYTES))
    assert store.path(SHA256).read_bytes() == BYTES
    assert names(tmp_path) == [SHA256]
    assert store.path(SHA256).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_could_read_is_closed_to_them(store: EvidenceStore, tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir(mode=0o755)
    store.keep([BYTES])
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700


def test_the_same_bytes_are_one_file_and_an_empty_file_is_one_too(store: EvidenceStore, tmp_path: Path) -> None:
    assert store.keep([BYTES]) == store.keep(iter([BYTES]))
    empty, size = store.keep([])
    assert size == 0
    assert names(tmp_path) == sorted([SHA256, empty])


def test_the_largest_file_is_of_a_hundred_megabytes(tmp_path: Path) -> None:
    assert EvidenceStore(tmp_path).largest == LARGEST == 100 * 1000 * 1000


def test_a_file_that_is_too_large_leaves_nothing_behind_and_its_rest_is_not_read(
    store: EvidenceStore, tmp_path: Path
) -> None:
    read: list[int] = []

    def many() -> Iterator[bytes]:
        for number in range(10):
            read.append(number)
            yield BYTES

    with pytest.raises(TooLarge):
        store.keep(many())
    assert read == [0, 1]
    assert names(tmp_path) == []


def test_a_file_that_breaks_off_leaves_nothing_behind(store: EvidenceStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield BYTES[:10]
        raise Unreachable("half")

    with pytest.raises(Unreachable):
        store.keep(broken())
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["", "..", "../someopas.db", "a" * 63, "A" * 64, f"{'a' * 64}\n", f"../{'a' * 61}", "/etc/x"]
)
def test_only_a_hash_is_a_name(store: EvidenceStore, name: str) -> None:
    with pytest.raises(ValueError, match="64"):
        store.path(name)
    with pytest.raises(ValueError, match="64"):
        store.remove(name)


def test_a_removed_file_is_gone_and_a_missing_one_is_no_matter(store: EvidenceStore, tmp_path: Path) -> None:
    store.remove(SHA256)
    store.keep([BYTES])
    store.remove(SHA256)
    store.remove(SHA256)
    assert names(tmp_path) == []


def test_what_a_crash_left_half_is_swept_and_what_is_under_way_or_whole_stays(
    store: EvidenceStore, tmp_path: Path
) -> None:
    store.keep([BYTES])
    (tmp_path / "evidence" / ".abc.part").write_bytes(b"half")
    now = datetime.fromtimestamp((tmp_path / "evidence" / ".abc.part").stat().st_mtime, UTC)
    assert store.sweep(now - timedelta(seconds=1)) == 0
    assert store.sweep(now + timedelta(seconds=1)) == 1
    assert names(tmp_path) == [SHA256]


# ── fetched from the platform ───────────────────────────────────────────────────────────────────────────────────────


class Hearing(Bot):
    """A bot that only keeps what it hears, and fails as often as it is told to."""

    heard: list[Event]
    failures: list[Exception]

    def handle(self, event: Event) -> Handled:
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(event)
        return Handled(None, "fi")


@dataclass
class Desk:
    """A sender with a place for files."""

    bot: Hearing
    sender: Sender
    store: SqliteStore
    platform: FakePlatform
    clock: FakeClock

    def send(self, *messages: Message) -> None:
        with self.store.unit() as unit:
            for message in messages:
                unit.send(message, self.clock.now())
        self.sender.run_once()

    def fetch(self, source: str = SOURCE) -> None:
        attachment = json.dumps({"source": source, "name": "lasku.exe", "size": 3})
        self.send(Message(f"{source}#file", "fetch", attachment, "", "incidents/7"))

    def waits(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)
        self.sender.run_once()

    def told(self) -> list[tuple[str, str, str, str, int]]:
        """The record, the source, the hash and the size of each file that the bot was told of, and under which key."""
        secured = [e for e in self.bot.heard if isinstance(e, Secured)]
        assert len(secured) == len(self.bot.heard)
        assert {(e.person, e.conversation) for e in secured} <= {("", "")}
        return [(e.key, e.record, e.source, e.sha256, e.size) for e in secured]


def make_desk(tmp_path: Path, guide: Guide, renderer: Renderer, evidence: EvidenceStore | None) -> Desk:
    store, clock = SqliteStore(tmp_path / "s.db"), FakeClock()
    platform = FakePlatform(abilities=Abilities(whispers=True), files={SOURCE: BYTES})
    bot = Hearing(store, Directory(store), guide, clock, FinnishWorkingTime(), {"fake": platform})
    bot.heard, bot.failures = [], []
    return Desk(bot, Sender(bot, renderer, evidence), store, platform, clock)


@pytest.fixture
def desk(tmp_path: Path, lexical_guide: Guide, renderer: Renderer, store: EvidenceStore) -> Iterator[Desk]:
    made = make_desk(tmp_path, lexical_guide, renderer, store)
    yield made
    made.store.close()


def test_a_file_is_put_by_and_its_flow_is_told(desk: Desk, store: EvidenceStore) -> None:
    desk.fetch()
    assert desk.told() == [("secured:1", "incidents/7", SOURCE, SHA256, len(BYTES))]
    assert store.path(SHA256).read_bytes() == BYTES
    assert desk.store.waiting_since() is None


def test_a_platform_that_is_away_is_asked_again_until_the_file_is_whole(desk: Desk, tmp_path: Path) -> None:
    desk.platform.failures = [Unreachable("away"), Unreachable("busy", 60)]
    desk.fetch()
    assert (desk.told(), names(tmp_path)) == ([], [])
    desk.waits(seconds=2)
    assert (desk.told(), names(tmp_path)) == ([], [])
    desk.waits(seconds=59)
    assert desk.told() == []
    desk.waits(seconds=2)
    assert [told[3] for told in desk.told()] == [SHA256]


@pytest.mark.parametrize("why", ["gone", "too large", "refused half-way", "no platform"])
def test_a_file_that_cannot_be_had_is_told_of_and_is_no_dead_letter(desk: Desk, tmp_path: Path, why: str) -> None:
    source = "other:F1" if why == "no platform" else SOURCE
    if why == "gone":
        desk.platform.files = {}
    elif why == "too large":
        desk.platform.files = {SOURCE: BYTES + b"!"}
    elif why == "refused half-way":
        desk.platform.failures = [Refused("no")]
    desk.fetch(source)
    assert desk.told() == [("secured:1:lost", "incidents/7", source, "", 0)]
    assert names(tmp_path) == []
    assert desk.store.dead_letters() == []
    desk.waits(seconds=3600)
    assert len(desk.told()) == 1


def test_without_a_place_for_files_each_is_told_of_as_lost(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    desk = make_desk(tmp_path, lexical_guide, renderer, None)
    desk.fetch()
    assert [told[0] for told in desk.told()] == ["secured:1:lost"]
    desk.store.close()


def test_a_full_disk_is_waited_for(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder is to be")
    desk.fetch()
    for _ in range(10):
        desk.waits(seconds=600)
    assert desk.told() == []
    (tmp_path / "evidence").unlink()
    desk.waits(seconds=600)
    assert [told[3] for told in desk.told()] == [SHA256]


def test_after_a_crash_between_the_file_and_its_flow_the_same_file_is_told_of_under_the_same_key(
    desk: Desk, tmp_path: Path
) -> None:
    desk.bot.failures = [OSError("the database is away")]
    desk.fetch()
    assert (desk.told(), names(tmp_path)) == ([], [SHA256])
    desk.waits(seconds=2)
    assert [told[0] for told in desk.told()] == ["secured:1"]
    assert names(tmp_path) == [SHA256]


def test_a_flow_that_cannot_be_told_of_a_lost_file_is_told_later_and_holds_nothing_up(desk: Desk) -> None:
    desk.bot.failures = [RuntimeError("broken")]
    desk.platform.files = {"fake:F2": BYTES}
    desk.fetch()
    assert desk.told() == []
    desk.fetch("fake:F2")
    assert [told[0] for told in desk.told()] == ["secured:2"]
    desk.waits(seconds=601)
    assert [told[0] for told in desk.told()] == ["secured:2", "secured:1:lost"]


def test_every_file_goes_on_by_itself(desk: Desk) -> None:
    desk.platform.files = {SOURCE: BYTES, "fake:F2": b"2"}
    desk.platform.failures = [Unreachable("away")]
    desk.fetch()
    desk.fetch("fake:F2")
    assert [told[2] for told in desk.told()] == ["fake:F2"]


# ── below a message ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_stands_below_the_post_that_it_belongs_to(desk: Desk) -> None:
    desk.send(Message("fake:dm:x", "post", CARD, "fi"), Message("fake:dm:x", "reply", CARD, "fi", target=1))
    assert [(s.kind, s.conversation) for s in desk.platform.sent] == [("post", "fake:dm:x"), ("post", "fake:dm:x#m1")]


def test_a_reply_to_a_post_that_was_given_up_stands_in_the_conversation_itself(desk: Desk) -> None:
    desk.platform.failures = [Refused("no")]
    desk.send(Message("fake:dm:x", "post", CARD, "fi"), Message("fake:dm:x", "reply", CARD, "fi", target=1))
    assert [(s.kind, s.conversation) for s in desk.platform.sent] == [("post", "fake:dm:x")]
