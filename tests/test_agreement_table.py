"""The whole table of an agreement's life: every status × every event × every role, against what is allowed.

`ALLOWED` is the whole of it, with the supervisor here and away: a deputy stands in only while they are away. What is not
in it leaves the record as it was, is answered with one visible reply, and shows nothing of the agreement to anybody but
the two whose it is and whoever stands in for the supervisor.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from bot.directory import Directory
from bot.rendering import Renderer
from handlers.agreements.cards import people_card
from handlers.agreements.flow import decide, journalled
from handlers.agreements.forms import agreement_errors, agreement_form
from handlers.agreements.record import (
    DECIDING,
    IN_FORCE,
    OF_THE_REQUESTER,
    OF_THE_SUPERVISOR,
    TRANSITIONS,
    Kind,
    Move,
    Record,
    Status,
)
from handlers.agreements.rights import leads, readers, reminded
from handlers.cards import Card, Text
from handlers.effects import Effect, FieldErrors, Notify, OpenForm, Reply, ShowCard, Tell, Whisper
from handlers.events import Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts, Person
from tests.accounts import (
    ADMINISTRATOR,
    DEPUTY,
    DIRECTOR,
    EMPLOYEE,
    GUEST,
    LIBRARIAN,
    MANAGER,
    OFFICIAL,
    SPECIALIST,
    SUPERVISOR,
    DemoStore,
    facts,
    words,
)
from tests.agreements import COMPLETE, CONTENT, KEY, REVIEW, UNIT_MAIL, WORK_MAIL, filled
from tests.fakes import MONDAY

STATES = {status.value: filled(status) for status in Status}
ROLES = {
    "requester": EMPLOYEE, "supervisor": SUPERVISOR, "deputy": DEPUTY, "director": DIRECTOR, "colleague": LIBRARIAN,
    "communications": SPECIALIST, "manager": MANAGER, "administrator": ADMINISTRATOR, "official": OFFICIAL,
    "guest": GUEST,
}  # fmt: skip
PARTIES = ("requester", "supervisor", "deputy")
"""Who sees an agreement while the supervisor is away; the communications team and administrators never do."""
VISIBLE = (Reply, Whisper, OpenForm, FieldErrors, ShowCard, Tell)
UNDONE = ("agreements/refused", "agreements/late", "agreements/gone")


def press(action: str, value: str = "") -> Callable[[str], Event]:
    return lambda who: Pressed("k", who, f"fake:dm:{who}", KEY, f"agreements/{action}", value)


def send(name: str, at: str = "@1", **values: str) -> Callable[[str], Event]:
    return lambda who: Submitted("k", who, f"fake:dm:{who}", KEY + at, f"agreements/{name}", values)


CHANGED = {**COMPLETE[Kind.WORKING_TIME], "purpose": "Aivan toinen tarkoitus."}
EVENTS: dict[str, Callable[[str], Event]] = {
    **{name: press(name) for name in ("show", "comment", "change", "continue", "withdraw", "end", "nothing")},
    **{name: press(name, "1") for name in ("approve", "confirm", "return", "decline")},
    "send again": send("send", **CHANGED),
    "send approve": send("approve", **CONTENT),
    "send approve, old round": send("approve", "@0", **CONTENT),
    "send return": send("return", text="Kerro tarkemmin."),
    "send decline": send("decline", text="Ei ole työaikaa."),
    "send end": send("end"),
    "send comment": send("comment", text="Miten etenee?"),
    "comment in the thread": lambda who: Commented("k", who, f"fake:dm:{who}#m1", KEY, "Miten etenee?", "decider"),
}


@dataclass(frozen=True)
class Row:
    """In these states the event is these roles', and makes the move; None: it changes no status. `reads`: nothing."""

    states: frozenset[Status]
    event: str
    roles: tuple[str, ...]
    move: Move | None = None
    reads: bool = False


def row(states: object, event: str, roles: tuple[str, ...], move: Move | None = None, *, reads: bool = False) -> Row:
    return Row(frozenset(states), event, roles, move, reads)  # type: ignore[call-overload]


ALL = frozenset(Status)
OWN, LEADING = ("requester",), ("supervisor", "deputy")
SENDING = {Status.SENT, Status.RETURNED, Status.DECLINED, Status.AGREED, Status.RENEWING, Status.CHANGING}
ALLOWED = (
    row(ALL, "show", PARTIES, reads=True),
    row(ALL, "comment", PARTIES, reads=True),
    row(ALL, "send comment", PARTIES),
    row(ALL, "comment in the thread", PARTIES),
    row(SENDING, "change", OWN, reads=True),
    row(SENDING, "send again", OWN, Move.SEND),
    row({Status.AGREED}, "continue", OWN, Move.CONTINUE),
    row(DECIDING | {Status.RETURNED}, "withdraw", OWN, Move.WITHDRAW),
    row(IN_FORCE, "end", PARTIES, reads=True),
    row(IN_FORCE, "send end", PARTIES, Move.END),
    row(DECIDING, "approve", LEADING, reads=True),
    row(DECIDING - {Status.RENEWING}, "confirm", LEADING, reads=True),
    row({Status.RENEWING}, "confirm", LEADING, Move.APPROVE),
    row(DECIDING, "send approve", LEADING, Move.APPROVE),
    row(DECIDING, "return", LEADING, reads=True),
    row(DECIDING, "send return", LEADING, Move.RETURN),
    row(DECIDING, "decline", LEADING, reads=True),
    row(DECIDING, "send decline", LEADING, Move.DECLINE),
)
TABLE = {(status, r.event): r for r in ALLOWED for status in r.states}


class AwayStore(DemoStore):
    """The people of the demo organisation while these are away."""

    def __init__(self, *away: str) -> None:
        self._away = away

    def people(self) -> Sequence[Person]:
        return [replace(p, away=p.id in self._away) for p in super().people()]


def known(who: str, now: datetime = MONDAY, away: tuple[str, ...] = ()) -> Facts:
    people = Directory(AwayStore(*away))  # type: ignore[arg-type]  # all that a directory reads of its store
    return replace(facts(who, now), people=people, person=people.person(who) if who else None)


def happens(status: Status, event: str, who: str, away: tuple[str, ...]) -> tuple[Record, Record | None, list[Effect]]:
    before = STATES[status.value]
    return before, *decide(before, EVENTS[event](who), known(who, away=away))


def card_of(effect: Effect) -> Card | None:
    return getattr(effect, "card", None)


@pytest.mark.parametrize("away", [(), (SUPERVISOR,)], ids=["here", "away"])
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("status", Status)
def test_r19_r29_only_what_the_table_allows_changes_an_agreement_and_all_else_is_answered(
    status: Status, event: str, away: tuple[str, ...], renderer: Renderer
) -> None:
    parties = PARTIES if away else PARTIES[:2]
    rule = TABLE.get((status, event))
    for role, who in ROLES.items():
        case = f"{status} × {event} × {role}"
        before, after, effects = happens(status, event, who, away)
        answers = [e for e in effects if isinstance(e, VISIBLE)]
        assert len(answers) == 1, f"{case}: {[type(e).__name__ for e in effects]}"
        card = card_of(answers[0])
        said = words(renderer.card(card, "fi")) if card else ""
        if rule and role in rule.roles and role in parties:
            assert card is None or card.name not in UNDONE, f"{case}: {said}"
            assert not isinstance(answers[0], FieldErrors), f"{case}: {answers}"
            assert after is not None
            assert after.status is (TRANSITIONS[status, rule.move] if rule.move else status), case
            assert (after == before) is rule.reads, case
            continue
        assert after == before, f"{case}: {said}"
        assert card is not None, case
        assert card.name in UNDONE, f"{case}: {said}"
        assert not [e for e in effects if isinstance(e, Notify)], f"{case}: somebody is told"
        if role not in parties:
            assert card.name == "agreements/gone", f"{case}: {said}"
            for text in (*COMPLETE[Kind.WORKING_TIME].values(), "Kerro tarkemmin.", "Hyvä ajatus!"):
                assert len(text) < 3 or text not in said, f"{case}: {said}"


def test_the_table_reaches_every_transition_and_allows_no_other() -> None:
    allowed = {(status, r.move) for r in ALLOWED for status in r.states if r.move}
    assert allowed == set(TRANSITIONS)
    for once, again in itertools.combinations(ALLOWED, 2):
        assert once.event != again.event or not once.states & again.states, (once, again)


DAYS = {days: MONDAY + timedelta(days=days) for days in (0, 3, 4, 8)}
"""Working days since the turn began, up to 6, by how many days have passed: a weekend lies between."""


@pytest.mark.parametrize(
    ("who", "away", "waiting", "in_force"),
    [
        (SUPERVISOR, (), (0, 3, 4, 8), True),
        (SUPERVISOR, (SUPERVISOR,), (0, 3, 4, 8), True),
        (DEPUTY, (), (4, 8), False),
        (DEPUTY, (SUPERVISOR,), (0, 3, 4, 8), True),
        (DEPUTY, (DEPUTY,), (), False),
        (DIRECTOR, (), (8,), False),
        (DIRECTOR, (SUPERVISOR,), (8,), False),
        (DIRECTOR, (SUPERVISOR, DEPUTY), (0, 3, 4, 8), True),
        (LIBRARIAN, (SUPERVISOR, DEPUTY), (), False),
    ],
)
def test_r34_a_deputy_reads_only_while_the_supervisor_is_away_or_once_the_reminders_have_climbed(
    who: str, away: tuple[str, ...], waiting: tuple[int, ...], in_force: bool
) -> None:
    for days, now in DAYS.items():
        looks = known(who, now, away)
        assert looks.person is not None
        assert (who in readers(STATES["sent"], looks)) is (days in waiting), days
        assert (who in readers(STATES["agreed"], looks)) is in_force, days
        assert leads(looks.person, looks.people.person(EMPLOYEE), looks) is in_force, "the lists say the same"
        listed = people_card(replace(looks, agreements=(STATES["sent"],)))
        assert ("waiting" in [p.name for p in listed.parts if isinstance(p, Text)]) is (days in waiting), days
        for key in {p.id for p in reminded(STATES["sent"], looks)}:
            assert key in readers(STATES["sent"], looks), "who is reminded may read it"


def test_each_move_is_of_one_of_the_two_and_to_end_is_of_both() -> None:
    for r in ALLOWED:
        if r.move in OF_THE_REQUESTER:
            assert r.roles == OWN
        if r.move in OF_THE_SUPERVISOR:
            assert r.roles == LEADING
    assert set(Move) == OF_THE_REQUESTER | OF_THE_SUPERVISOR | {Move.END}


@pytest.mark.parametrize("status", Status)
def test_a3_of_itself_nothing_is_decided(status: Status) -> None:
    before = STATES[status.value]
    for event in (Elapsed("k", "", "", KEY, "turn", MONDAY), Undelivered("k", "", "", KEY, EMPLOYEE, "state")):
        after, effects = decide(before, event, facts(""))
        assert after == before
        assert effects == []


def test_what_is_in_force_stays_until_a_change_of_it_is_approved() -> None:
    changing, _ = decide(STATES["agreed"], EVENTS["send again"](EMPLOYEE), facts(EMPLOYEE))
    assert changing is not None
    assert changing.terms["purpose"] == COMPLETE[Kind.WORKING_TIME]["purpose"]
    for event, purpose in (
        ("send decline", COMPLETE[Kind.WORKING_TIME]["purpose"]), ("send return", COMPLETE[Kind.WORKING_TIME]["purpose"]),
        ("send approve", "Aivan toinen tarkoitus."),
    ):  # fmt: skip
        made = EVENTS[event](SUPERVISOR)
        after, _ = decide(changing, replace(made, record=f"{KEY}@2"), facts(SUPERVISOR))
        assert after is not None
        assert (after.status, after.terms["purpose"], after.answers["purpose"]) == (Status.AGREED, purpose, purpose)


def test_nobody_approves_what_they_asked_for_before_they_were_in_the_directory() -> None:
    record = replace(STATES["sent"], requester="fake:account")
    mine = facts(SUPERVISOR)
    assert mine.person is not None
    mine = replace(mine, person=replace(mine.person, accounts=frozenset({"fake:account"})))
    after, (answer, *_) = decide(record, EVENTS["send approve"](SUPERVISOR), mine)
    assert after == record
    assert isinstance(answer, Whisper)


def test_the_journal_keeps_who_did_what_and_nothing_that_was_written() -> None:
    for record in STATES.values():
        kept = journalled(record)
        text = str(kept)
        assert [(d.person, d.move) for d in kept.history] == [(d.person, d.move) for d in record.history]
        for secret in (*COMPLETE[Kind.WORKING_TIME].values(), *CONTENT.values(), "Kerro tarkemmin.", "Hyvä ajatus!"):
            assert len(secret) < 3 or secret == REVIEW or secret not in text


# ── the fields ──────────────────────────────────────────────────────────────────────────────────────────────────────


def errors(kind: Kind, **changes: str) -> dict[str, str]:
    asking = facts(EMPLOYEE)
    values = {**COMPLETE[kind], **changes}
    return agreement_errors(agreement_form(kind, values, asking), kind, values, asking)


@pytest.mark.parametrize("kind", Kind)
def test_r19_r33_every_gap_is_said_at_its_field(kind: Kind) -> None:
    assert errors(kind) == {}
    for field in ("channels", "purpose", "apart", "review"):
        assert errors(kind, **{field: " "}) == {field: "missing"}
    assert errors(kind, hours="paljon") == {"hours": "not_hours"}
    assert errors(kind, review="2026-11-23") == {"review": "past"}
    assert errors(kind, review="2029-01-01") == {"review": "far"}
    assert errors(kind, review="24.11.2027") == {"review": "not_a_date"}
    assert errors(kind, purpose="Tunnus 131052-308T") == {"purpose": "secret_identity_code"}
    form = agreement_form(kind, {}, facts(EMPLOYEE))
    assert {f.name: f.value for f in form.fields}["review"] == REVIEW, "a year ahead"


def test_r19_hours_are_asked_where_it_is_working_time() -> None:
    assert errors(Kind.WORKING_TIME, hours="") == {"hours": "missing"}
    assert errors(Kind.OWN_NAME, hours="") == {}


def test_r32_a_work_profile_answers_the_questions_of_the_guideline() -> None:
    assert errors(Kind.WORK_PROFILE, distance="") == {"distance": "missing"}
    assert errors(Kind.WORK_PROFILE, apart="") == {"apart": "missing"}
    assert errors(Kind.WORK_PROFILE, views="") == {}, "other possible views: there may be none"


@pytest.mark.parametrize(
    ("kind", "profile", "email", "error"),
    [
        (Kind.OWN_NAME, "expert", WORK_MAIL, {}),
        (Kind.OWN_NAME, "expert", "oma@example.net", {}),
        (Kind.OWN_NAME, "expert", UNIT_MAIL, {"email": "mail_expert"}),
        (Kind.OWN_NAME, "private", WORK_MAIL, {"email": "mail_private"}),
        (Kind.OWN_NAME, "private", UNIT_MAIL, {"email": "mail_private"}),
        (Kind.OWN_NAME, "private", "oma@example.net", {}),
        (Kind.WORK_PROFILE, "", WORK_MAIL, {"why": "mail_why"}),
        (Kind.WORK_PROFILE, "", "oma@example.net", {}),
        (Kind.LEADER, "", WORK_MAIL, {"why": "mail_why"}),
        (Kind.LEADER, "", UNIT_MAIL, {"why": "mail_why"}),
        *((kind, "expert", "atk@tuusula.fi", {"email": "mail_example"}) for kind in Kind if kind != Kind.WORKING_TIME),
        *((kind, "expert", "ei osoite", {"email": "not_an_email"}) for kind in Kind if kind != Kind.WORKING_TIME),
    ],
)
def test_r137_r138_a9_the_three_ways_of_a_profiles_address(
    kind: Kind, profile: str, email: str, error: dict[str, str]
) -> None:
    more = {"profile": profile} if profile and kind is Kind.OWN_NAME else {}
    assert errors(kind, email=email, **more) == error
    if error == {"why": "mail_why"}:
        assert errors(kind, email=email, why="Profiili on vain työtä varten.", **more) == {}, "never blocked"


def test_r33_the_review_is_offered_a_year_ahead_and_is_two_years_ahead_at_the_most() -> None:
    leap = replace(facts(EMPLOYEE), today=date(2028, 2, 29))
    form = agreement_form(Kind.LEADER, {}, leap)
    assert {f.name: f.value for f in form.fields}["review"] == "2029-02-28", "the last day of the shorter month"
    for review, error in (("2030-02-28", {}), ("2030-03-01", {"review": "far"})):
        values = {**COMPLETE[Kind.LEADER], "review": review}
        assert agreement_errors(form, Kind.LEADER, values, leap) == error
