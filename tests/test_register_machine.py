"""Whatever people do with an account, in any order and twice: its table holds, and each press is answered."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.clock import HELSINKI
from bot.invariants import broken
from bot.rendering import Renderer
from handlers.events import Event, Pressed, Submitted
from handlers.register.record import CLOSING, PEOPLE, TRANSITIONS, VERIFYING, Record, Status
from handlers.register.rights import keeps
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.register import (
    EMPLOYEE,
    INFORMATICIAN,
    KEY,
    LIBRARIAN,
    MANAGER,
    OFFICIAL,
    SECRETARY,
    SPECIALIST,
    SUPERVISOR,
    account,
    enters,
    leaves,
)

GUIDE = Guide.load(None)
RENDERER = Renderer()
ANYBODY = st.sampled_from([EMPLOYEE, LIBRARIAN, INFORMATICIAN, SUPERVISOR, SPECIALIST, MANAGER, OFFICIAL, SECRETARY])
NAMED = st.sampled_from([EMPLOYEE, LIBRARIAN, INFORMATICIAN, SUPERVISOR])
PRESSES = st.sampled_from([
    "show", "confirm", "password", "posted", "answered", "pause", "keep", "history", "checklist", "people", "details",
    "results", "extend", "end", "hand_over", "take_turn", "refuse_turn", "decline",
])  # fmt: skip
POINTS = st.sampled_from([*VERIFYING, *CLOSING, "1", "4", "9", "nothing"])
LEGAL = {(before, after) for (before, _), after in TRANSITIONS.items()}


class Register(RuleBasedStateMachine):
    """Deeds by anybody, time and departures; what must hold is looked at after each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world: World = make_world(Path(self.folder.name) / "s.db", GUIDE, RENDERER)
        enters(self.world, status=Status.OPEN, official_at=None)
        self.world.bot.begin()
        self.before = account(self.world)
        self.gone: set[str] = set()
        self.days: Counter[tuple[object, str]] = Counter()
        self.counted = 0

    def teardown(self) -> None:
        self.world.store.close()
        self.folder.cleanup()

    @rule(person=ANYBODY, action=PRESSES)
    def presses(self, person: str, action: str) -> None:
        self.does(Pressed("", person, "", KEY, f"register/{action}", "3"))

    @rule(person=ANYBODY, point=POINTS)
    def ticks(self, person: str, point: str) -> None:
        self.does(Pressed("", person, "", KEY, "register/tick", point))

    @rule(person=ANYBODY, updater=NAMED, substitute=NAMED, admins=st.sets(NAMED))
    def names(self, person: str, updater: str, substitute: str, admins: set[str]) -> None:
        values = {"updater": updater, "substitute": substitute, "admins": ",".join(sorted(admins)), "producers": ""}
        self.does(Submitted("", person, "", KEY, "register/people", values))

    @rule(person=ANYBODY, taker=NAMED)
    def hands_over(self, person: str, taker: str) -> None:
        self.does(Submitted("", person, "", KEY, "register/hand_over", {"taker": taker, "text": ""}))

    @rule(person=ANYBODY, text=st.sampled_from(["Hanke loppui.", ""]))
    def ends(self, person: str, text: str) -> None:
        self.does(Submitted("", person, "", KEY, "register/end", {"text": text}))

    @rule(person=ANYBODY, days=st.sampled_from(["1", "14", "0", "x"]))
    def changes(self, person: str, days: str) -> None:
        self.does(Submitted("", person, "", KEY, "register/details", {"answer_days": days}))

    @precondition(lambda self: len(self.gone) < 3)
    @rule(person=NAMED)
    def goes(self, person: str) -> None:
        self.gone.add(person)
        leaves(self.world, person)

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        for _ in range(days):
            due = self.world.store.next_due(self.world.clock.now())
            if due is None:
                break
            self.world.clock.at = due
            self.world.sender.run_once()
            self.counts()

    def does(self, event: Event) -> None:
        """A deed, delivered twice: who did it gets one answer, unless they are no more."""
        if event.person in self.gone:
            return
        where = self.world.platform.direct(event.person)
        event = replace(event, key=f"k{next(self.world.keys)}", conversation=where)
        facts = self.world.bot.facts(event)
        before, told = account(self.world), len(self.world.platform.to(where))
        handled = self.world.bot.handle(event)
        self.world.bot.handle(event)
        self.world.sender.run_once()
        shown = [s for s in self.world.platform.to(where)[told:] if s.kind != "update"]
        assert shown or handled.immediate, event
        assert len([s for s in shown if s.kind == "whisper"]) <= 1
        if not keeps(before, facts) and not any(facts.person.bears(p) for p in before.people if facts.person):
            assert account(self.world) == before, event

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_table_holds(self) -> None:
        now = account(self.world)
        was, self.before = self.before, now
        assert was.status is now.status or (was.status, now.status) in LEGAL
        assert len(now.history) >= min(len(was.history), 100)
        if was.status is Status.CLOSED:
            assert kept_facts(now) == kept_facts(was)

    @invariant()
    def i3_records_and_journal_tell_of_the_same(self) -> None:
        put_there = f"{KEY} is at version {account(self.world).version}"  # the test put it there past the program
        lines = sum(e.record == KEY for e in self.world.store.journal() if e.after)
        assert [b for b in broken(self.world.store) if not b.startswith(put_there)] == []
        assert account(self.world).version == lines + 1

    @invariant()
    def who_left_stands_nowhere_unsaid(self) -> None:
        now = account(self.world)
        assert set(now.left) <= self.gone
        assert set(now.left) <= set(now.people)
        if now.living:
            assert {p for p in now.people if p in self.gone} <= set(now.left)

    @invariant()
    def official_is_only_what_was_verified(self) -> None:
        now = account(self.world)
        if now.status is Status.OFFICIAL:
            assert set(VERIFYING) <= set(now.ticks)
            assert now.official_at

    @invariant()
    def nobody_gets_two_bundles_a_day(self) -> None:
        self.counts()
        assert all(count == 1 for count in self.days.values())

    def counts(self) -> None:
        """The bundles of the moment, by day and receiver."""
        sent = self.world.platform.sent
        for message in sent[self.counted :]:
            if message.card.name == "reminders/daily":
                self.days[self.world.clock.now().astimezone(HELSINKI).date(), message.conversation] += 1
        self.counted = len(sent)


def kept_facts(record: Record) -> tuple[object, ...]:
    return tuple(getattr(record, part) for part in (*PEOPLE, "name", "address", "ends", "confirmed_at", "password_at"))


Register.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestRegister = Register.TestCase
