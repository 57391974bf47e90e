"""Whatever people do, the clock brings and the platform fails at: no report is lost, and each ends with a holder."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.auditor import Auditor
from bot.invariants import broken
from bot.platforms import Unreachable
from bot.rendering import Renderer
from handlers.events import Pressed, Submitted
from handlers.incidents.record import ENDED, HELD, OPEN, Kind, Record, Route, Status
from knowledge.guide import Guide
from tests.accounts import imports
from tests.conftest import World, make_world
from tests.incidents import CASES, COLLEAGUE, EMPLOYEE, IT_DEPUTY, IT_MANAGER, SUPERVISOR, VICTIM

GUIDE = Guide.load(None)
RENDERER = Renderer()
REPORTERS = st.sampled_from([EMPLOYEE, VICTIM, COLLEAGUE, SUPERVISOR, IT_MANAGER])
HANDLERS = st.sampled_from([IT_MANAGER, IT_DEPUTY])
WAVE = st.sampled_from(["", " https://pahis.example.net/a", " https://toinen.example.net"])


class Incidents(RuleBasedStateMachine):
    """Reports, deeds, time, restarts and failures in any order; the invariants hold after each."""

    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world: World = make_world(Path(self.folder.name) / "s.db", GUIDE, RENDERER)
        self.reported: set[str] = set()
        self.failing = False

    def teardown(self) -> None:
        self.world.store.close()
        self.folder.cleanup()

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────

    @initialize(target=cases, person=REPORTERS)
    def begin(self, person: str) -> str:
        return self.report(person, Kind.PHISHING, Route.BOTH, "")

    @rule(target=cases, person=REPORTERS, kind=st.sampled_from(Kind), route=st.sampled_from(Route), link=WAVE)
    def tells(self, person: str, kind: Kind, route: Route, link: str) -> str:
        personal = kind in (Kind.THREAT, Kind.HARASSMENT)
        return self.report(person, kind, Route.BOTH if personal and route is Route.IT_MANAGER else route, link)

    def report(self, person: str, kind: Kind, route: Route, link: str) -> str:
        values = {"text": f"Jotain outoa tapahtui.{link}", "kind": kind.value, "route": route.value}
        key = f"k{next(self.world.keys)}"
        before = {k.key for k in self.world.store.records("incidents", limit=1000)}
        event = Submitted(key, person, self.world.platform.direct(person), "", "incidents/report", values)
        for _ in range(2):  # every delivery may come twice
            self.world.bot.handle(event)
        [new] = {k.key for k in self.world.store.records("incidents", limit=1000)} - before
        self.reported.add(new)
        self.send()
        return new

    @rule(key=cases, person=HANDLERS)
    def takes(self, key: str, person: str) -> None:
        self.does(Pressed("", person, "", key, "incidents/take"))

    @rule(key=cases, person=HANDLERS, to=st.sampled_from([IT_MANAGER, IT_DEPUTY, COLLEAGUE, SUPERVISOR]))
    def hands_over(self, key: str, person: str, to: str) -> None:
        values = {"kind": self.of(key).kind.value, "hold": "", "offered": to}
        self.does(Submitted("", person, "", f"{key}@typed", "incidents/manage", values))

    @rule(key=cases, to=st.sampled_from([COLLEAGUE, SUPERVISOR, IT_DEPUTY]))
    def the_offered_takes(self, key: str, to: str) -> None:
        self.does(Pressed("", to, "", key, "incidents/take"))

    @rule(key=cases, person=HANDLERS, state=st.sampled_from(["taken", "waiting", "contained"]))
    def goes_on(self, key: str, person: str, state: str) -> None:
        values = {"kind": self.of(key).kind.value, "hold": "", "state": state}
        self.does(Submitted("", person, "", f"{key}@typed", "incidents/manage", values))

    @rule(key=cases, person=REPORTERS)
    def writes(self, key: str, person: str) -> None:
        self.does(Submitted("", person, "", key, "incidents/write", {"text": "Lisää."}))

    @rule(key=cases, person=HANDLERS)
    def resolves(self, key: str, person: str) -> None:
        self.does(Submitted("", person, "", key, "incidents/resolve", {"text": "Kunnossa."}))

    @rule(key=cases, person=REPORTERS)
    def reopens(self, key: str, person: str) -> None:
        self.does(Submitted("", person, "", key, "incidents/reopen", {"text": "Ei ole kunnossa."}))

    @rule(key=cases, person=HANDLERS)
    def splits(self, key: str, person: str) -> None:
        self.does(Pressed("", person, "", key, "incidents/split"))

    @rule(minutes=st.integers(1, 240))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.move(minutes=minutes)
        self.send()

    @rule()
    def the_bot_is_started_anew(self) -> None:
        path, clock, old = Path(self.folder.name) / "s.db", self.world.clock, self.world.platform
        self.world.store.close()
        self.world = make_world(path, GUIDE, RENDERER, clock)
        self.world.platform.sent, self.world.platform.refuses = old.sent, old.refuses
        self.send()

    @precondition(lambda self: not self.failing)
    @rule()
    def the_platform_fails(self) -> None:
        self.failing = True

    @precondition(lambda self: self.failing)
    @rule()
    def the_platform_recovers(self) -> None:
        self.failing = False
        self.world.clock.move(minutes=11)
        self.send()

    @rule(dead=st.booleans())
    def the_it_manager_is_not_reached(self, dead: bool) -> None:
        where = self.world.platform.direct(IT_MANAGER)
        (self.world.platform.refuses.add if dead else self.world.platform.refuses.discard)(where)

    @rule(away=st.booleans())
    def the_it_manager_is_away(self, away: bool) -> None:
        imports(self.world, it_manager={"away": away})

    # ── how ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def does(self, event: Any) -> None:
        there = replace(event, key=f"k{next(self.world.keys)}", conversation=self.world.platform.direct(event.person))
        for _ in range(2):
            self.world.bot.handle(there)
        self.send()

    def send(self) -> None:
        self.world.platform.failures = [Unreachable("down")] * 500 if self.failing else []
        self.world.sender.run_once()
        self.world.platform.failures = []

    def of(self, key: str) -> Record:
        kept = self.world.store.record(key)
        assert kept is not None
        return CASES.validate_json(kept.data)

    # ── what holds ──────────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def no_report_is_lost(self) -> None:
        for key in self.reported:
            record = self.of(key)
            assert record.status in OPEN | ENDED | {Status.JOINED}, (key, record.status)
            if record.status is Status.JOINED:
                leader = self.of(record.leader)
                assert key in {t.key for t in leader.twins}
            elif record.status in HELD:
                assert record.holder
                assert self.world.store.has_timer(key, "silent"), key
            elif record.status is Status.REPORTED:
                assert record.told, key
                assert self.world.store.has_timer(key, "escalate"), key

    @invariant()
    def the_auditor_finds_nothing_and_no_timer_is_late(self) -> None:
        assert Auditor(self.world.bot, self.world.clock).look() == []
        assert self.world.store.overdue(self.world.clock.now() - timedelta(minutes=3)) == []

    @invariant()
    def i3_records_and_journal_tell_of_the_same(self) -> None:
        assert broken(self.world.store) == []

    @invariant()
    def who_is_part_of_it_hears_nothing_of_it(self) -> None:
        for key in self.reported:
            record = self.of(key)
            for person in record.excluded:
                assert person not in (*record.told, record.holder, record.supervisor, *record.added, record.offered)
                with self.world.store.unit() as unit:
                    sent = [
                        m for slot in ("alert", "supervisor", "note", "said", "case") for _, m in unit.copies(key, slot)
                    ]
                assert person not in {m.person for m in sent}

    @invariant()
    def the_manager_s_level_was_given_every_case(self) -> None:
        for key in self.reported:
            record = self.of(key)
            if record.status is not Status.JOINED:
                with self.world.store.unit() as unit:
                    assert {m.person for _, m in unit.copies(key, "alert")} - set(record.excluded), key


TestIncidents = Incidents.TestCase
TestIncidents.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
