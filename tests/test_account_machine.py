"""The whole life of a request against a small model: any order of deeds, by anybody, twice, late, after a restart, on a
platform that fails; the clock moves between them. What the model does not allow must change nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.invariants import broken
from bot.platforms import Unreachable
from bot.records import REQUESTS
from bot.rendering import Renderer
from handlers.accounts.record import Record
from handlers.accounts.steps import STEPS
from handlers.events import Pressed, Submitted
from handlers.register.record import VERIFYING
from knowledge.guide import Guide
from tests.conftest import World, make_world

KEY = "accounts/1"
REQUESTER, SUPERVISOR, DEPUTY = "employee", "supervisor", "deputy-supervisor"
DEPARTMENT, MUNICIPAL, SPECIALIST = "department-secretary", "municipal-secretary", "communications-specialist"
UPDATER, SUBSTITUTE, OUTSIDER = "librarian", "informatician", "it-manager"
PEOPLE = (REQUESTER, SUPERVISOR, DEPUTY, DEPARTMENT, MUNICIPAL, SPECIALIST, UPDATER, SUBSTITUTE, OUTSIDER)
ANSWERS = {
    "need": "Nuoret eivät löydä tapahtumia.", "goals": "osallistuminen kasvaa", "audience": "kuntalaiset",
    "content": "tapahtumia", "benefits": "quality", "benefits_more": "", "hours": "4", "tasks": "weekly",
    "updater": UPDATER, "producers": "", "main": "", "leader": "kirjaston esihenkilö", "meeting": "viikkopalaveri",
    "plan": "vuosikello", "rhythm": "weekly", "substitute": SUBSTITUTE, "commitment": "yes", "own_names": "no",
    "own_name_people": "", "owner": "Kirjasto", "department": "Kasvu ja ympäristö", "channel": "instagram",
    "other_channel": "", "why_channel": "", "review": "", "name": "Kirjaston nuoret",
    "mailbox": "kirjasto@tuusula.fi", "admins": f"{UPDATER},{SUBSTITUTE}", "lifetime": "permanent", "ends": "",
    "measure_1": "osallistujien määrä", "keeper": "Tuusulan kunta / Kirjasto", "unit_page": "www.tuusula.fi/kirjasto",
    "promise": "yes",
}  # fmt: skip
PROPOSAL = {"hours": "4", "reserved": "yes", "tasks": "weekly", "substitute": "yes", "led": "viikkopalaverissa"}
people = st.sampled_from(PEOPLE)
of_unit = (REQUESTER, UPDATER, SUBSTITUTE)


@dataclass
class Model:
    """What is known to be true of the one request."""

    status: str = "none"
    round: int = 0
    stage: int = 0
    agreed: set[str] = field(default_factory=set)
    ticks: set[str] = field(default_factory=set)
    comments: int = 0

    def decides(self, person: str) -> bool:
        """Whether it is this person's turn: the supervisor's or the deputy's, or a secretary's or the other one's."""
        if self.status == "sent":
            return person in (SUPERVISOR, DEPUTY)
        return self.status == "proposed" and person in (DEPARTMENT, MUNICIPAL)


class Life(RuleBasedStateMachine):
    """Deeds at random; `guide` and `renderer` are set by the test, since they are slow to load."""

    guide: Guide
    renderer: Renderer

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.world: World = make_world(self.folder / "x.db", self.guide, self.renderer)
        self.model = Model()
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.store.close()
            shutil.rmtree(self.folder)

    # ── ways of acting ──────────────────────────────────────────────────────────────────────────────────────────────

    def act(self, event: Pressed | Submitted, *, twice: bool) -> None:
        self.world.bot.handle(event)
        if twice:  # the platform delivers once more
            self.world.bot.handle(event)
        self.world.sender.run_once()

    def key(self) -> str:
        self.count += 1
        return f"machine:{self.count}"

    def presses(self, person: str, action: str, value: str = "", *, twice: bool = False) -> None:
        where = self.world.platform.direct(person)
        self.act(Pressed(self.key(), person, where, KEY, action, value), twice=twice)

    def submits(self, person: str, form: str, record: str, values: dict[str, str], *, twice: bool = False) -> None:
        where = self.world.platform.direct(person)
        self.act(Submitted(self.key(), person, where, record, form, values), twice=twice)

    @property
    def record(self) -> Record:
        kept = self.world.store.record(KEY)
        assert kept is not None
        return REQUESTS.validate_json(kept.data)

    # ── as it should go ─────────────────────────────────────────────────────────────────────────────────────────────

    @rule(steps=st.integers(1, 4), wrong=people, old=st.booleans(), twice=st.booleans())
    def goes_on(self, steps: int, wrong: str, *, old: bool, twice: bool) -> None:
        """Everybody does what is theirs, or hardly any life would come to its end; before each right deed a wrong one."""
        for _ in range(steps):
            self._goes_wrong(wrong, old=old, twice=twice)
            match self.model.status:
                case "none":
                    self.fills_in()
                case "draft" | "returned":
                    self.sends(REQUESTER, twice=False)
                case "sent" if self.model.agreed < {UPDATER, SUBSTITUTE}:
                    self.proposes(SUPERVISOR, old=False, twice=False)
                    self.all_agree()
                case "sent":
                    self.proposes(SUPERVISOR, old=False, twice=False)
                case "proposed":
                    secretary = (DEPARTMENT, MUNICIPAL)[self.model.stage]
                    self.records(secretary, "approved", secured=True, old=False, twice=False)
                case "approved":
                    self.opens(UPDATER, twice=False)
                case "opened":
                    point = next(p for p in VERIFYING if p not in self.model.ticks)
                    self.ticks(SPECIALIST if point == "list_link" else UPDATER, point)

    def _goes_wrong(self, person: str, *, old: bool, twice: bool) -> None:
        """A deed of the moment by somebody, on an old card, or without what it must carry."""
        match self.model.status:
            case "draft" | "returned":
                self.sends(person, twice=twice)
            case "sent":
                self.proposes(SUPERVISOR if old else person, old=old, twice=twice)
            case "proposed":
                self.records(DEPARTMENT if old else person, "approved", secured=old, old=old, twice=twice)
                self.steps_into_a_sent_one()
            case "approved":
                self.opens(person, twice=twice)
            case "opened":
                self.ticks(person, "list_link" if old else "keeper")

    # ── the requester ───────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.model.status == "none")
    @rule()
    def fills_in(self) -> None:
        where = self.world.platform.direct(REQUESTER)
        self.world.bot.handle(Pressed(self.key(), REQUESTER, where, "", "accounts/begin", "form"))
        for step in STEPS:
            self.submits(REQUESTER, "accounts/step", f"{KEY}@{step.name}", ANSWERS)
        self.model.status = "draft"

    @precondition(lambda self: self.model.status != "none")
    @rule(person=people, twice=st.booleans())
    def sends(self, person: str, *, twice: bool) -> None:
        self.presses(person, "accounts/send", twice=twice)
        if person == REQUESTER and self.model.status in ("draft", "returned"):
            self.model.status, self.model.stage, self.model.round = "sent", 0, self.model.round + 1

    @precondition(lambda self: self.model.status != "none")
    @rule()
    def steps_into_a_sent_one(self) -> None:
        """A page of the form that was left open is sent late: it changes only what its writer may still change."""
        late = self.model.status not in ("draft", "returned")
        self.submits(REQUESTER, "accounts/step", f"{KEY}@needs", ANSWERS | ({"need": "Uusi tarve."} if late else {}))
        assert self.record.answers.get("need") in (ANSWERS["need"], None)

    @precondition(lambda self: self.model.status != "none")
    @rule(person=people)
    def takes_back(self, person: str) -> None:
        self.presses(person, "accounts/take_back")
        if person == REQUESTER and self.model.status in ("sent", "proposed"):
            self.model.status = "returned"

    @precondition(lambda self: self.model.status in ("sent", "proposed", "returned", "approved", "rejected", "official"))
    @rule(person=people, sure=st.integers(0, 9))
    def withdraws(self, person: str, sure: int) -> None:
        if person == REQUESTER and sure:
            return  # rarely, or no story would come to its end
        self.presses(person, "accounts/withdraw")
        if person == REQUESTER and self.model.status in ("sent", "proposed", "returned", "approved"):
            self.model.status = "withdrawn"

    # ── who is named, who decides ───────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.model.status != "none")
    @rule(person=people, yes=st.booleans())
    def answers_the_naming(self, person: str, *, yes: bool) -> None:
        self.presses(person, "accounts/accept" if yes else "accounts/decline")
        if person in (UPDATER, SUBSTITUTE) and self.model.status in ("sent", "proposed"):
            (self.model.agreed.add if yes else self.model.agreed.discard)(person)

    @precondition(lambda self: self.model.status != "none")
    @rule()
    def all_agree(self) -> None:
        for person in (UPDATER, SUBSTITUTE):
            self.answers_the_naming(person, yes=True)

    @precondition(lambda self: self.model.status != "none")
    @rule(person=people, old=st.booleans(), twice=st.booleans())
    def proposes(self, person: str, *, old: bool, twice: bool) -> None:
        seen = self.model.round - 1 if old else self.model.round
        self.submits(person, "accounts/propose", f"{KEY}@{seen}", PROPOSAL, twice=twice)
        ready = self.model.agreed >= {UPDATER, SUBSTITUTE}
        if self.model.status == "sent" and self.model.decides(person) and ready and not old:
            self.model.status = "proposed"

    @precondition(lambda self: self.model.status != "none")
    @rule(person=people, form=st.sampled_from(("return", "reject")), old=st.booleans(), empty=st.booleans())
    def gives_back(self, person: str, form: str, *, old: bool, empty: bool) -> None:
        seen = self.model.round - 1 if old else self.model.round
        self.submits(person, f"accounts/{form}", f"{KEY}@{seen}", {"text": " " if empty else "Kerro lisää."})
        # A body returns and rejects as it approves, by its recorded decision with its meeting (`records`, R59).
        if self.model.status == "sent" and self.model.decides(person) and not old and not empty:
            self.model.status = "returned" if form == "return" else "rejected"

    @precondition(lambda self: self.model.status != "none")
    @rule(
        person=people, outcome=st.sampled_from(("approved", "approved", "postponed", "returned", "rejected")),
        secured=st.booleans(), old=st.booleans(), twice=st.booleans(),
    )  # fmt: skip
    def records(self, person: str, outcome: str, *, secured: bool, old: bool, twice: bool) -> None:
        seen = self.model.round - 1 if old else self.model.round
        values = {
            "outcome": outcome, "manner": "decision", "date": self.world.clock.now().date().isoformat(), "section": "45",
            "secured": "yes" if secured else "no", "text": "Perustelu.",
        }  # fmt: skip
        stage = self.model.stage
        self.submits(person, "accounts/decide", f"{KEY}@{seen}", values, twice=twice)
        if self.model.status != "proposed" or not self.model.decides(person) or old:
            return
        if outcome == "approved" and secured:
            self.model.stage = stage + 1
            self.model.status = "approved" if self.model.stage == 2 else "proposed"
        elif outcome in ("returned", "rejected"):
            self.model.status = outcome

    @precondition(lambda self: self.model.status not in ("none", "forgotten"))
    @rule(person=people, twice=st.booleans())
    def comments_on_it(self, person: str, *, twice: bool) -> None:
        self.submits(person, "accounts/comment", KEY, {"text": "Kysyn vielä."}, twice=twice)
        if person != OUTSIDER and (self.model.status != "draft" or person == REQUESTER):
            self.model.comments = min(self.model.comments + 1, 50)

    # ── going live ──────────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.model.status in ("sent", "approved", "opened"))
    @rule(person=people, twice=st.booleans())
    def opens(self, person: str, *, twice: bool) -> None:
        self.submits(person, "accounts/open", KEY, {"address": "www.instagram.com/kirjasto"}, twice=twice)
        if self.model.status == "approved" and person in of_unit:
            self.model.status = "opened"

    @precondition(lambda self: self.model.status in ("approved", "opened", "official"))
    @rule(person=people, point=st.sampled_from((*VERIFYING, "terms")))
    def ticks(self, person: str, point: str) -> None:
        self.presses(person, "accounts/tick", point)
        entitled = person == SPECIALIST if point == "list_link" else person in of_unit
        if entitled and self.model.status in ("opened", "official"):
            self.model.ticks.add(point)
            if self.model.ticks >= set(VERIFYING):
                self.model.status = "official"

    # ── the world ───────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(hours=st.integers(1, 5 * 24))
    def time_passes(self, hours: int) -> None:
        self.world.waits(hours=hours)
        draft = self.model.status == "draft"
        if draft and (self.world.clock.now() - self.record.changed_at).days >= 30:
            self.model.status = "forgotten"

    @rule()
    def restarts(self) -> None:
        clock, platform = self.world.clock, self.world.platform
        self.world.store.close()
        self.world = make_world(self.folder / "x.db", self.guide, self.renderer, clock)
        self.world.platform.sent += platform.sent  # the people still have their messages before them
        self.world.bot.begin()

    @rule(times=st.integers(1, 3))
    def the_platform_fails(self, times: int) -> None:
        self.world.platform.failures += [Unreachable("away") for _ in range(times)]

    # ── what always holds ───────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_request_is_where_the_model_is(self) -> None:
        if not hasattr(self, "model") or self.model.status == "none":
            return
        record = self.record
        assert record.status == self.model.status
        assert (record.round, record.stage) == (self.model.round, self.model.stage) or record.status == "forgotten"
        assert set(record.ticks) == self.model.ticks
        assert len(record.comments) == self.model.comments

    @invariant()
    def what_was_decided_carries_what_it_must(self) -> None:
        if not hasattr(self, "model") or self.model.status not in ("approved", "opened", "official"):
            return
        moves = [d.move for d in self.record.history]
        assert moves.count("propose") >= 1
        decisions = [d for d in self.record.history if d.move in ("approve", "conclude")]
        assert all(d.details["secured"] == "yes" and d.details["section"] for d in decisions)
        assert all(d.person != REQUESTER for d in self.record.history if d.move in ("propose", "approve", "conclude"))

    @invariant()
    def the_journal_and_the_register_agree(self) -> None:
        if not hasattr(self, "model") or self.model.status == "none":
            return
        assert broken(self.world.store) == []
        entries = list(self.world.store.journal())  # raises where its chain is broken
        assert entries[-1].at <= self.world.clock.now()
        account = self.world.store.record("register/r1")
        expected = {"opened": "open", "official": "official"}.get(self.model.status)
        assert (account.status if account else None) == expected


@pytest.mark.parametrize("examples", [20])
def test_any_order_of_deeds_leads_where_the_model_says(lexical_guide: Guide, renderer: Renderer, examples: int) -> None:
    Life.guide, Life.renderer = lexical_guide, renderer
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples, stateful_step_count=30, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
