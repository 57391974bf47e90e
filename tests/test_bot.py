"""The way of an event: kept before it is answered, once only, and what is wished is carried out until it is done."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.invariants import broken
from bot.platforms import Unreachable
from bot.rendering import Renderer
from bot.storage import Message
from handlers.effects import OpenForm
from handlers.events import Asked, Pressed
from knowledge.guide import Guide
from tests.conftest import World, buttons_of, make_world
from tests.fakes import MONDAY, FakeClock


def asked(key: str, text: str = "Miten some-tili suljetaan?") -> Asked:
    return Asked(key, "employee", "fake:dm:employee", text=text)


def test_a_second_delivery_changes_nothing_and_says_nothing_twice(world: World) -> None:
    for _ in range(4):
        world.bot.handle(asked("same"))
    world.sender.run_once()
    assert len(world.platform.sent) == 1
    assert len(world.store.records("questions")) == 1
    assert len(list(world.store.journal())) == 1


def test_a_second_delivery_of_a_press_opens_the_same_form_again(world: World) -> None:
    world.bot.handle(asked("first"))
    press = Pressed("press", "employee", "fake:dm:employee", "questions/1", "questions/send")
    one, two = world.bot.handle(press), world.bot.handle(press)
    assert isinstance(one.immediate, OpenForm)
    assert one == two


def test_the_same_event_in_four_threads_has_one_effect(world: World) -> None:
    threads = [threading.Thread(target=world.bot.handle, args=(asked("same"),)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    world.sender.run_once()
    assert len(world.platform.sent) == 1


def test_nothing_is_sent_before_it_is_kept_and_everything_kept_is_sent_after_a_restart(
    tmp_path: Path, guide: Guide, renderer: Renderer
) -> None:
    before = make_world(tmp_path / "s.db", guide, renderer)
    before.bot.handle(asked("one"))
    assert before.platform.sent == []
    before.store.close()
    after = make_world(tmp_path / "s.db", guide, renderer)
    after.sender.run_once()
    assert [s.card.name for s in after.platform.sent] == ["questions/silent"]
    after.sender.run_once()
    assert len(after.platform.sent) == 1
    after.store.close()


def test_a_platform_that_is_away_gets_the_message_later_once_and_in_order(world: World) -> None:
    world.platform.failures = [Unreachable("away"), Unreachable("away", retry_after=30)]
    world.asks("employee", "Miten some-tili suljetaan?")
    world.asks("employee", "apua")
    assert world.platform.sent == []
    world.waits(seconds=2)
    assert world.platform.sent == []
    world.waits(seconds=29)
    assert world.platform.sent == [], "its own wish, 30 seconds, is kept"
    world.waits(seconds=2)
    assert [s.card.name for s in world.platform.sent] == ["questions/silent", "home/help"]
    assert len(set(world.platform.keys)) == 2


def test_a_conversation_that_is_gone_becomes_a_dead_letter_and_stops_nobody_else(world: World) -> None:
    world.platform.refuses = {"fake:dm:employee"}
    world.asks("employee", "apua")
    world.asks("supervisor", "apua")
    assert [s.conversation for s in world.platform.sent] == ["fake:dm:administrator", "fake:dm:supervisor"]
    assert [d.error for d in world.store.dead_letters()] == ["fake:dm:employee is gone"]


def test_the_administrator_is_told_of_a_dead_letter_and_sends_it_again_or_lets_it_be(world: World) -> None:
    world.platform.refuses = {"fake:dm:employee"}
    world.asks("employee", "apua")
    world.asks("employee", "omat")
    assert "Työntekijä, kirjasto" in world.last("administrator").card.plain
    world.asks("administrator", "omat")
    first, second = sorted(d.id for d in world.store.dead_letters())
    assert buttons_of(world.last("administrator"))[-4:] == ["home/again", "home/dismiss"] * 2
    world.asks("supervisor", f"lähetä uudelleen {first}")
    assert len(world.store.dead_letters()) == 2, "only an administrator may"
    world.platform.refuses = set()
    world.asks("administrator", f"lähetä uudelleen {first}")
    world.asks("administrator", f"kuittaa {second}")
    assert world.store.dead_letters() == []
    assert [s.card.name for s in world.platform.to("fake:dm:employee")] == ["home/help"]


def test_a_notice_that_cannot_be_delivered_either_is_not_told_of_again(world: World) -> None:
    world.platform.refuses = {"fake:dm:employee", "fake:dm:administrator"}
    world.asks("employee", "apua")
    assert len(world.store.dead_letters()) == 2
    assert world.platform.sent == []


def test_a_failure_before_the_commit_surfaces_so_that_the_platform_delivers_again(
    tmp_path: Path, guide: Guide, renderer: Renderer
) -> None:
    broken = make_world(tmp_path / "s.db", guide, renderer)
    broken.store.close()
    with pytest.raises(Exception, match="closed"):
        broken.bot.handle(asked("one"))
    mended = make_world(tmp_path / "s.db", guide, renderer)
    assert mended.store.records("questions") == []
    mended.bot.handle(asked("one"))
    assert len(mended.store.records("questions")) == 1
    mended.store.close()


def test_journal_record_and_outbox_tell_the_same(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="yes")
    world.presses("communications-manager", "questions/take", "questions/1")
    entries = list(world.store.journal())
    assert [(e.person, e.event) for e in entries] == [
        ("employee", "Asked"), ("employee", "Submitted"), ("communications-manager", "Pressed"),
    ]  # fmt: skip
    assert entries[-1].after == world.store.record("questions/1").data  # type: ignore[union-attr]
    assert [e.before for e in entries[1:]] == [e.after for e in entries[:-1]]


def test_what_fell_due_while_the_bot_was_down_fires_at_once_and_says_it_is_late(
    tmp_path: Path, guide: Guide, renderer: Renderer
) -> None:
    clock = FakeClock()
    before = make_world(tmp_path / "s.db", guide, renderer, clock)
    before.asks("employee", "Miten some-tili suljetaan?")
    before.submits("employee", "questions/send", "questions/1", text="Miten?", named="no")
    before.store.close()
    clock.at += timedelta(hours=5)
    after = make_world(tmp_path / "s.db", guide, renderer, clock)
    after.sender.run_once()
    [reminder] = after.platform.to("fake:team:communications")
    assert "myöhässä" in reminder.card.plain
    after.store.close()


PEOPLE = st.sampled_from(["employee", "supervisor", "communications-manager", "communications-specialist"])


CLOSING = "Miten some-tili suljetaan?"
"""A question that the guideline is silent on; a bare "Miten?" is a cry for help."""
FILES = itertools.count(1)


class Handoff(RuleBasedStateMachine):
    """The life of one question, up to what becomes of its answer, with restarts, a failing platform and a moving clock,
    against a small model.
    """

    guide: Guide
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.path = self.folder / f"{next(FILES)}.db"
        self.clock = FakeClock()
        self.world = make_world(self.path, self.guide, Renderer(), self.clock)
        self.status, self.curated = "asked", "none"
        self.drafts: list[tuple[str, str]] = []
        self.world.asks("employee", CLOSING)

    @rule(person=PEOPLE)
    def send(self, person: str) -> None:
        self.world.submits(person, "questions/send", "questions/1", text="Miten?", named="no")
        if person == "employee" and self.status == "asked":
            self.status = "waiting"

    @rule(person=PEOPLE)
    def take(self, person: str) -> None:
        self.world.presses(person, "questions/take", "questions/1")
        if person.startswith("communications") and self.status == "waiting":
            self.status = "taken"

    @rule(person=PEOPLE)
    def reply(self, person: str) -> None:
        self.world.submits(person, "questions/reply", "questions/1", text="Näin.")
        if person.startswith("communications") and self.status in ("waiting", "taken"):
            self.status = "replied"

    @rule(person=PEOPLE)
    def comment(self, person: str) -> None:
        """Words in the thread of the team's card."""
        cards = [s for s in self.world.platform.to("fake:team:communications") if s.card.name == "questions/team"]
        if not cards:
            return
        thread = f"fake:team:communications#{cards[0].message}"
        key = f"c{next(self.world.keys)}"
        self.world.bot.handle(Asked(key, person, thread, text="Näin se on.", addressed=False))
        if person.startswith("communications") and self.status in ("waiting", "taken"):
            self.drafts.append((person, key))

    @rule(person=PEOPLE, number=st.integers(0, 9))
    def confirm(self, person: str, number: int) -> None:
        """Send a draft: one's own goes out, anybody else's and an old one does not."""
        writer, draft = self.drafts[number % len(self.drafts)] if self.drafts else ("", "none")
        self.world.presses(person, "questions/confirm", "questions/1", draft)
        if person == writer and self.status in ("waiting", "taken"):
            self.status, self.drafts = "replied", []

    @rule(person=PEOPLE, deed=st.sampled_from(["approve", "confirm", "retire", "restore"]))
    def curate(self, person: str, deed: str) -> None:
        if deed == "approve":
            self.world.submits(person, "curated/edit", "questions/1", question=CLOSING, others="", answer="Näin.")
        else:
            self.world.presses(person, f"curated/{deed}", "questions/1")
        moves = {
            ("none", "approve"): "approved" if self.status == "replied" else "none",
            ("approved", "approve"): "approved", ("approved", "retire"): "retired", ("retired", "restore"): "approved",
        }  # fmt: skip
        if person.startswith("communications"):
            self.curated = moves.get((self.curated, deed), self.curated)

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.world.waits(hours=hours)

    @rule()
    def the_platform_fails_once(self) -> None:
        self.world.platform.failures = [Unreachable("away")]

    @rule()
    def restart(self) -> None:
        self.world.store.close()
        sent = self.world.platform.sent
        self.world = make_world(self.path, self.guide, Renderer(), self.clock)
        self.world.platform.sent = sent  # the platform goes on: no message gets an earlier one's name

    @invariant()
    def the_record_is_where_the_model_is(self) -> None:
        kept = self.world.store.record("questions/1")
        assert kept is not None
        assert kept.status == self.status

    @invariant()
    def i3_records_and_journal_tell_of_the_same(self) -> None:
        assert broken(self.world.store) == []

    @invariant()
    def what_became_of_the_answer_is_what_the_model_says_and_only_an_approved_one_is_found(self) -> None:
        kept = self.world.store.record("curated/1")
        assert (kept.status if kept else "none") == self.curated
        event = Asked("look", "supervisor", "fake:dm:supervisor", text=CLOSING)
        assert (self.world.bot.facts(event).curated is not None) == (self.curated == "approved")

    @invariant()
    def what_waits_has_a_timer_and_what_is_done_has_none(self) -> None:
        timers = [t for t in self.world.store.due_timers(self.clock.now() + timedelta(days=60)) if t.name == "chase"]
        assert bool(timers) == (self.status in ("waiting", "taken"))

    @invariant()
    def the_journal_holds(self) -> None:
        entries = {e.record: e.after for e in self.world.store.journal()}
        for record, after in entries.items():
            assert after == self.world.store.record(record).data  # type: ignore[union-attr]

    def teardown(self) -> None:
        self.world.store.close()


def test_the_hand_off_holds_under_any_order_of_deeds(tmp_path: Path, lexical_guide: Guide) -> None:
    Handoff.guide, Handoff.folder = lexical_guide, tmp_path
    machine = Handoff.TestCase
    machine.settings = settings(
        max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine("runTest").runTest()


def test_a_refusal_is_no_silence(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    count = len(world.platform.sent)
    for person, action in (("supervisor", "questions/send"), ("employee", "questions/take"), ("employee", "home/gone")):
        world.presses(person, action, "questions/1")
        count += 1
        assert len(world.platform.sent) == count
        assert world.platform.sent[-1].kind == "whisper"


def test_an_unknown_platform_in_a_conversation_is_a_dead_letter_not_a_crash(world: World) -> None:
    world.asks("employee", "apua", conversation="nowhere:1")
    assert len(world.store.dead_letters()) == 1


def test_an_action_of_no_flow_and_a_record_of_another_flow_get_a_sentence(world: World) -> None:
    for action, record in (("nothere/x", "questions/1"), ("", ""), ("questions/take", "accounts/1")):
        world.presses("employee", action, record)
        assert world.last("employee").kind == "whisper"


def test_a_message_that_cannot_be_made_holds_only_its_own_conversation_and_is_given_up(world: World) -> None:
    broken = '{"name": "home/help", "parts": [{"name": "nothing", "kind": "text"}]}'
    with world.store.unit() as unit:
        unit.send(Message("fake:dm:director", "post", broken, "fi"), MONDAY)
        unit.send(Message("fake:dm:supervisor", "post", '{"name": "home/help", "parts": []}', "fi"), MONDAY)
    world.sender.run_once()
    assert [s.conversation for s in world.platform.sent] == ["fake:dm:supervisor"]
    assert len(world.store.dead_letters()) == 0
    for _ in range(10):
        world.waits(minutes=10)
    assert len(world.store.dead_letters()) == 1


def test_a_timer_whose_record_is_broken_is_tried_again_later_and_stops_nobody(world: World) -> None:
    with world.store.unit() as unit:
        unit.save("questions/9", "waiting", "employee", "{}", 0, MONDAY)
        unit.remind("questions/9", "chase", MONDAY)
    world.asks("supervisor", "apua")
    assert world.last("supervisor").card.name == "home/help"
    assert world.store.next_due() == MONDAY + timedelta(minutes=10)


def test_a_change_of_a_post_that_was_given_up_comes_after_it_when_it_is_sent_again(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.platform.failures = [Unreachable("away")]
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="no")
    world.presses("communications-manager", "questions/take", "questions/1")
    world.platform.refuses = {"fake:team:communications"}
    world.waits(minutes=1)
    [dead] = world.store.dead_letters()
    assert "käsittelyssä" in world.last("employee").card.plain
    world.presses("communications-manager", "questions/take", "questions/1")
    world.platform.refuses = set()
    world.asks("administrator", f"lähetä uudelleen {dead.id}")
    told = [(s.kind, "Käsittelyssä" in s.card.plain) for s in world.platform.to("fake:team:communications")]
    assert told == [("post", False), ("update", True)]
    assert world.store.dead_letters() == []
