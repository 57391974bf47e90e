"""The whole table of a request's life: every status × every event × every role, against what is allowed.

`ALLOWED` is the whole of it. What is not in it leaves the record exactly as it was, is answered with one visible reply,
and shows nothing of the request to somebody who takes no part in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from bot.rendering import Renderer
from handlers.accounts.flow import begins, decide
from handlers.accounts.record import TRANSITIONS, Agreement, Deed, Move, Record, Status, Tick
from handlers.cards import Card
from handlers.effects import Effect, FieldErrors, Notify, OpenForm, Reply, ShowCard, Tell, Whisper
from handlers.events import Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from tests.accounts import (
    ADDRESS,
    COMPLETE,
    DECISION,
    DEPUTY,
    DIRECTOR,
    EMPLOYEE,
    GUEST,
    INFORMATICIAN,
    KEY,
    LIBRARIAN,
    MUNICIPAL_SECRETARY,
    OFFICIAL,
    OUTSIDER,
    PROPOSAL,
    SECRETARY,
    SKIPPABLE,
    SPECIALIST,
    SUPERVISOR,
    facts,
    filled,
    page,
    words,
)
from tests.fakes import MONDAY
from tests.tables import row

# ── every status, with what makes a difference within one ───────────────────────────────────────────────────────────

WAITING = {LIBRARIAN: Agreement(MONDAY), INFORMATICIAN: Agreement(MONDAY, "yes", MONDAY)}
THREE = {point: Tick(LIBRARIAN, MONDAY) for point in ("keeper", "unit_link", "back_link")}
APPROVED_ONCE = Deed(MONDAY, SECRETARY, "approve", "", "department_team", details={"date": "2026-11-19", "section": "44"})
_proposed, _withdrawn = filled(Status.PROPOSED), filled(Status.WITHDRAWN)
STATES: dict[str, Record] = {
    "draft": filled(Status.DRAFT),
    "sent": filled(Status.SENT),
    "sent, not agreed": filled(Status.SENT, agreements=WAITING),
    "sent, names asked": filled(Status.SENT, own_names_asked=(LIBRARIAN,)),
    "sent, no bodies": filled(Status.SENT, chain=()),
    "returned": filled(Status.RETURNED),
    "proposed": _proposed,
    "proposed, skippable": replace(_proposed, chain=SKIPPABLE),
    "proposed, last": replace(
        _proposed, stage=1, told=(MUNICIPAL_SECRETARY,), history=(*_proposed.history, APPROVED_ONCE)
    ),
    "approved": filled(Status.APPROVED),
    "rejected": filled(Status.REJECTED),
    "withdrawn": replace(_withdrawn, history=(*_withdrawn.history, Deed(MONDAY, SUPERVISOR, "return", "Kuka johtaa?"))),
    "opened": filled(Status.OPENED),
    "opened, three ticked": filled(Status.OPENED, ticks=THREE),
    "official": filled(Status.OFFICIAL),
    "forgotten": filled(Status.FORGOTTEN),
}
SENT = ("sent", "sent, not agreed", "sent, names asked", "sent, no bodies")
FIRST = ("proposed", "proposed, skippable")
PROPOSED = (*FIRST, "proposed, last")
FILLING = ("draft", "returned")
LIVING = ("approved", "opened", "opened, three ticked", "official")
OVER = ("rejected", "withdrawn")

# ── every role ──────────────────────────────────────────────────────────────────────────────────────────────────────

ROLES = {
    "requester": EMPLOYEE, "supervisor": SUPERVISOR, "deputy": DEPUTY, "director": DIRECTOR, "secretary": SECRETARY,
    "municipal": MUNICIPAL_SECRETARY, "communications": SPECIALIST, "updater": LIBRARIAN, "outsider": OUTSIDER,
    "official": OFFICIAL, "guest": GUEST,
}  # fmt: skip
"""The supervisor's deputy and own supervisor; the two secretaries, who are each other's deputies; the named updater; an
employee of another unit, an elected official, a guest of the workspace.
"""
CLOCK = "the clock"
PARTIES = {"requester", "supervisor", "deputy", "secretary", "municipal", "communications", "updater"}
"""Who takes part in a request that was sent."""


def takes_part(state: str) -> set[str]:
    if state in ("draft", "forgotten"):
        return {"requester"} if state == "draft" else set()
    if state == "sent, no bodies":
        return PARTIES - {"secretary", "municipal"} | {"director"}
    return PARTIES | ({"director"} if state in SENT else set())


# ── every event ─────────────────────────────────────────────────────────────────────────────────────────────────────


def press(action: str, value: str = "") -> Callable[[str, Record], Event]:
    return lambda who, _: Pressed("k", who, f"fake:dm:{who}", KEY, f"accounts/{action}", value)


def send(name: str, at: str = "", **values: str) -> Callable[[str, Record], Event]:
    return lambda who, _: Submitted("k", who, f"fake:dm:{who}", KEY + at, f"accounts/{name}", values)


def decision(outcome: str) -> Callable[[str, Record], Event]:
    return send("decide", "@1", **DECISION | {"outcome": outcome, "text": "Näin päätettiin."})


CHANGED_PAGE = page("needs", COMPLETE | {"need": "Aivan toinen tarve."})
EVENTS: dict[str, Callable[[str, Record], Event]] = {
    **{name: press(name) for name in ("send", "take_back", "withdraw", "resume", "talk", "back", "pause", "comment",
                                      "show", "checklist", "open", "accept", "decline", "consent", "nothing")},
    **{name: press(name, "1") for name in ("propose", "return", "reject", "decide", "skip", "form")},
    "copy": press("copy", KEY),
    "answer": press("answer", "need:Aivan toinen tarve."),
    "change": press("change", "need"),
    "skip_field": press("skip_field", "benefits_more"),
    "tick keeper": press("tick", "keeper"),
    "tick list_link": press("tick", "list_link"),
    "tick terms": press("tick", "terms"),
    "tick guardians": press("tick", "guardians"),
    "send answer": send("answer", answer="need:Aivan toinen tarve."),
    "send step": send("step", "@needs", **CHANGED_PAGE),
    "send propose": send("propose", "@1", **PROPOSAL),
    "send propose, old round": send("propose", "@0", **PROPOSAL),
    "send return": send("return", "@1", text="Kerro mittareista."),
    "send reject": send("reject", "@1", text="Kattotili riittää."),
    "send approved": decision("approved"),
    "send approved, old round": send("decide", "@0", **DECISION),
    "send postponed": decision("postponed"),
    "send returned": decision("returned"),
    "send rejected": decision("rejected"),
    "send skip": send("skip", "@1", text="Linjaus on jo tehty."),
    "send comment": send("comment", text="Miten etenee?"),
    "send open": send("open", address=ADDRESS),
    "send nothing": send("nothing", text="?"),
    "comment in the thread": lambda who, _: Commented("k", who, f"fake:dm:{who}#m1", KEY, "Miten etenee?", "decider"),
}  # fmt: skip
OF_THE_CLOCK: dict[str, Callable[[str, Record], Event]] = {
    **{timer: lambda _, __, timer=timer: Elapsed("k", "", "", KEY, timer, MONDAY)
       for timer in ("draft_notice", "draft_forget", "turn")},
    "decider unreached": lambda _, r: Undelivered("k", "", "", KEY, (r.told or (SUPERVISOR,))[0], "decider"),
    "named unreached": lambda _, __: Undelivered("k", "", "", KEY, LIBRARIAN, f"named:{LIBRARIAN}"),
    "card unreached": lambda _, __: Undelivered("k", "", "", KEY, EMPLOYEE, "state"),
}  # fmt: skip

# ── what is allowed ─────────────────────────────────────────────────────────────────────────────────────────────────


AGREED = ("sent", "sent, names asked", "sent, no bodies")
ALLOWED = (
    # writing
    row("draft", "send", "requester", Status.SENT, Move.SEND),
    row("returned", "send", "requester", Status.SENT, Move.SEND),
    *(row(FILLING, event, "requester") for event in ("answer", "send answer", "send step", "change", "back")),
    *(row(FILLING, event, "requester", reads=True) for event in ("resume", "talk", "form", "pause", "skip_field")),
    row("draft", "withdraw", "requester", Status.FORGOTTEN, Move.WITHDRAW),
    row(("returned", *SENT, *PROPOSED, "approved"), "withdraw", "requester", Status.WITHDRAWN, Move.WITHDRAW),
    row((*SENT, *PROPOSED), "take_back", "requester", Status.RETURNED, Move.TAKE_BACK),
    row(tuple(s for s in STATES if s != "forgotten"), "copy", "requester", reads=True),
    # the supervisor, or the deputy
    row(AGREED, "propose", "supervisor deputy", reads=True),
    row(SENT, "return", "supervisor deputy", reads=True),
    row(SENT, "reject", "supervisor deputy", reads=True),
    row(("sent", "sent, names asked"), "send propose", "supervisor deputy", Status.PROPOSED, Move.PROPOSE),
    row("sent, no bodies", "send propose", "supervisor deputy", Status.APPROVED, Move.CONCLUDE),
    row(SENT, "send return", "supervisor deputy", Status.RETURNED, Move.RETURN),
    row(SENT, "send reject", "supervisor deputy", Status.REJECTED, Move.REJECT),
    # the bodies, each by its secretary or the other one as the deputy
    row(PROPOSED, "decide", "secretary municipal", reads=True),
    row(FIRST, "send approved", "secretary municipal", Status.PROPOSED, Move.APPROVE),
    row("proposed, last", "send approved", "secretary municipal", Status.APPROVED, Move.CONCLUDE),
    row(PROPOSED, "send postponed", "secretary municipal", Status.PROPOSED, Move.POSTPONE),
    row(PROPOSED, "send returned", "secretary municipal", Status.RETURNED, Move.RETURN),
    row(PROPOSED, "send rejected", "secretary municipal", Status.REJECTED, Move.REJECT),
    row("proposed, skippable", "skip", "communications", reads=True),
    row("proposed, skippable", "send skip", "communications", Status.PROPOSED, Move.APPROVE),
    # who is named
    row("sent, not agreed", "accept", "updater"),
    row((*SENT, *PROPOSED, *LIVING), "decline", "updater"),
    row("sent, names asked", "consent", "updater"),
    # after the decision
    row("approved", "open", "requester updater", reads=True),
    row("approved", "send open", "requester updater", Status.OPENED, Move.OPEN),
    row("opened", "tick keeper", "requester updater"),
    row("opened", "tick list_link", "communications"),
    row("opened, three ticked", "tick list_link", "communications", Status.OFFICIAL, Move.VERIFY),
    row(("opened", "opened, three ticked", "official"), "tick terms", "requester updater"),
    # whoever takes part
    *(row(state, event, " ".join(takes_part(state)), reads=event in ("show", "comment"))
      for state in STATES if takes_part(state)
      for event in ("show", "comment", "send comment", "comment in the thread")),
    *(row(state, "checklist", " ".join(takes_part(state)), reads=True) for state in LIVING),
    # what happens of itself
    row("draft", "draft_notice", CLOCK.replace(" ", "_"), reads=True),
    row("draft", "draft_forget", CLOCK.replace(" ", "_"), Status.FORGOTTEN, Move.FORGET),
    row((*SENT, *PROPOSED), "decider unreached", CLOCK.replace(" ", "_")),
)  # fmt: skip
TABLE = {(state, r.event): r for r in ALLOWED for state in r.states}
VISIBLE = (Reply, Whisper, OpenForm, FieldErrors, ShowCard, Tell)
UNDONE = ("accounts/refused", "accounts/late", "accounts/gone", "accounts/told")
"""What is answered where nothing was done: why not, what has changed, that it is not there, that it was done already."""


def happens(state: str, event: str, who: str) -> tuple[Record | None, Record | None, list[Effect]]:
    """The record before, after, and what is wished."""
    before = STATES[state]
    made = (EVENTS | OF_THE_CLOCK)[event](who, before)
    known = facts(who, chain=before.chain)
    if begins(made):
        known = replace(known, source=before if who == before.requester else None)
        return None, *decide(None, replace(made, record="accounts/2"), known)
    return before, *decide(before, made, known)


def visible(effects: Iterable[Effect]) -> list[Effect]:
    return [e for e in effects if isinstance(e, VISIBLE)]


def card_of(effect: Effect) -> Card | None:
    return getattr(effect, "card", None)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_r40_only_what_the_table_allows_changes_a_request_and_all_else_is_answered(
    state: str, event: str, renderer: Renderer
) -> None:
    rule = TABLE.get((state, event))
    for role, who in ROLES.items():
        case = f"{state} × {event} × {role}"
        before, after, effects = happens(state, event, who)
        if event == "comment in the thread" and not effects:
            assert not (rule and role in rule.roles), case
            assert after == before, case
            continue  # colleagues talk in the thread of a channel: the bot says nothing in between
        assert len(visible(effects)) == 1, f"{case}: {[type(e).__name__ for e in effects]}"
        (answer,) = visible(effects)
        said = words(renderer.card(card, "fi")) if (card := card_of(answer)) else ""
        if rule and role in rule.roles:
            assert card is None or card.name not in ("accounts/refused", "accounts/late", "accounts/gone"), (
                f"{case}: {said}"
            )
            if event == "copy":
                assert after is not None
                assert (after.key, after.status, after.answers) == ("accounts/2", Status.DRAFT, STATES[state].answers), (
                    case
                )
                continue
            assert after is not None
            assert after.status is (rule.after or STATES[state].status), case
            assert rule.reads or after != before, f"{case}: nothing was kept"
            assert not rule.reads or replace(after, asking=STATES[state].asking) == before, case
            assert not isinstance(answer, FieldErrors), f"{case}: {answer}"
            continue
        assert after == before, f"{case}: {said}"
        assert not isinstance(answer, OpenForm | FieldErrors), f"{case}: {answer}"
        assert card is not None
        assert not [e for e in effects if isinstance(e, Notify)], f"{case}: somebody is told of it"
        assert card.name in UNDONE, f"{case}: {said}"
        if role not in takes_part(state):
            for text in (COMPLETE["name"], COMPLETE["need"], COMPLETE["goals"][:10], "Hyvä ajatus!", "Kuka johtaa?"):
                assert text not in said, f"{case}: {said}"


@pytest.mark.parametrize("event", EVENTS)
def test_r40_who_takes_no_part_is_not_told_how_a_request_stands(event: str) -> None:
    for state, (role, who) in itertools.product(STATES, ROLES.items()):
        rule = TABLE.get((state, event))
        if role in {"requester", *takes_part(state)} or (rule and role in rule.roles):
            continue
        answers = visible(happens(state, event, who)[2])
        if event == "comment in the thread" and not answers:
            continue
        (answer,) = answers
        card = card_of(answer)
        assert card is not None
        assert card.name in ("accounts/refused", "accounts/gone"), f"{state} × {event} × {role}: {card.name}"


@pytest.mark.parametrize("event", OF_THE_CLOCK)
@pytest.mark.parametrize("state", STATES)
def test_a3_of_itself_nothing_is_decided(state: str, event: str) -> None:
    rule = TABLE.get((state, event))
    before, after, effects = happens(state, event, "")
    assert not visible(effects), "nobody acts who could be answered"
    if rule is None or rule.reads:
        assert after == before
    else:
        assert after is not None
        assert after != before
        assert after.status is (rule.after or STATES[state].status)
    if state in ("forgotten", *FILLING) and rule is None and event != "named unreached":
        assert not effects


def test_r40_the_table_reaches_every_transition_and_allows_no_other() -> None:
    allowed = {(STATES[state].status, r.move): r.after for r in ALLOWED for state in r.states if r.move}
    assert allowed == dict(TRANSITIONS)
    for r in ALLOWED:
        assert r.move or r.after is None, f"{r.event} moves without a move"


def test_r40_the_table_speaks_of_every_status_role_and_event() -> None:
    assert {r.status for r in STATES.values()} == set(Status)
    assert {role for r in ALLOWED for role in r.roles} == {*ROLES, "the_clock"} - {"outsider", "official", "guest"}
    assert {r.event for r in ALLOWED} <= {*EVENTS, *OF_THE_CLOCK}
    for once, again in itertools.combinations(ALLOWED, 2):
        assert once.event != again.event or not set(once.states) & set(again.states), (once, again)


@pytest.mark.parametrize("last", ["keeper", "unit_link", "list_link", "back_link"])
def test_r70_r72_whichever_of_the_four_points_is_last_makes_the_account_official(last: str) -> None:
    others = {p: Tick(LIBRARIAN, MONDAY) for p in ("keeper", "unit_link", "list_link", "back_link") if p != last}
    who = SPECIALIST if last == "list_link" else LIBRARIAN
    for missing in others:
        record = filled(Status.OPENED, ticks={p: t for p, t in others.items() if p != missing})
        after, _ = decide(record, press("tick", last)(who, record), facts(who))
        assert after is not None
        assert after.status is Status.OPENED, f"{missing} is not ticked yet"
    record = filled(Status.OPENED, ticks=others)
    after, _ = decide(record, press("tick", last)(who, record), facts(who))
    assert after is not None
    assert (after.status, after.official_at) == (Status.OFFICIAL, MONDAY)


def test_r40_nobody_decides_on_what_they_asked_for_before_they_were_in_the_directory() -> None:
    for who, state, event in (
        (SECRETARY, "proposed", "send approved"),
        (MUNICIPAL_SECRETARY, "proposed, last", "send approved"),
        (SUPERVISOR, "sent", "send propose"),
    ):
        record = replace(STATES[state], requester="fake:account")
        known = facts(who)
        assert known.person is not None
        known = replace(known, person=replace(known.person, accounts=frozenset({"fake:account"})))
        after, (answer, *_) = decide(record, EVENTS[event](who, record), known)
        assert after == record
        assert isinstance(answer, Whisper)
