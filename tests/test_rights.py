"""Who may do what: a table written by hand, against every button and form tried by every role (ASVS 5.0, 8.2 and 8.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.rendering import Renderer
from handlers import FLOWS
from handlers.events import Asked, Pressed, Submitted
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.rights import OUTSIDERS, ROLES, ROOT, Found, actions, page, scene, summary, table
from tests.test_retention import everything

OWN, SUPERVISOR, KEEPER, SUBSTITUTE = "employee", "supervisor", "librarian", "informatician"
TEAM = {"communications-specialist", "communications-manager"}
KEEPERS = {SUPERVISOR, KEEPER, SUBSTITUTE, *TEAM}
MEMBERS = {role for role in ROLES if not role.startswith("fake:")}
EVERYBODY = MEMBERS | {"fake:guest"}
SECRETARIES = {"department-secretary", "municipal-secretary"}


def all_of(actions_: tuple[str, ...], roles: set[str]) -> dict[str, set[str]]:
    """The same roles for several actions."""
    return {action: set(roles) for action in actions_ if action}


DEEDS: Mapping[str, set[str]] = {
    "press questions/idea": MEMBERS, "submit questions/idea": MEMBERS, "press questions/send": {OWN},
    "submit questions/send": {OWN}, "press questions/take": TEAM, "press questions/reply": TEAM,
    "submit questions/reply": TEAM, "press questions/share": set(), "press questions/confirm": set(),
    "press curated/add": TEAM, "press curated/edit": TEAM, "submit curated/edit": TEAM, "press curated/confirm": TEAM,
    "press curated/restore": TEAM, "press curated/retire": TEAM, "press curated/list": set(),
    **all_of(("press register/confirm", "press register/password", "press register/posted",
                     "press register/answered", "press register/pause", "press register/keep", "press register/people",
                     "press register/details", "press register/end", "press register/extend", "press register/hand_over",
                     "press register/results", "submit register/details", "submit register/end", "submit register/extend",
                     "submit register/hand_over", "submit register/results"), KEEPERS),
    "press register/decline": {KEEPER, SUBSTITUTE}, "submit register/report": MEMBERS,
    "press published/done": TEAM, "press digest/show": set(), "press management/show": set(),
    **all_of(("press overlays/add", "press overlays/edit", "press overlays/send",
                     "press overlays/take_back", "press overlays/withdraw",
                     ), {OWN}),
    "press overlays/repeal": {*TEAM, *SECRETARIES}, "submit overlays/draft": MEMBERS,
    "press agreements/change": {OWN}, "press agreements/continue": {OWN}, "press agreements/withdraw": {OWN},
    "press agreements/return": {SUPERVISOR}, "press agreements/decline": {SUPERVISOR},
    "submit agreements/approve": {SUPERVISOR}, "press agreements/end": {OWN, SUPERVISOR},
    "press agreements/comment": {OWN, SUPERVISOR},
    **all_of(("press accounts/back", "press accounts/form", "press accounts/send",
                     "press accounts/take_back", "press accounts/talk",
                     "press accounts/withdraw",
                     ), {OWN}),
    "press accounts/decline": {KEEPER, SUBSTITUTE},
    "submit incidents/report": EVERYBODY,
    **all_of(("press incidents/take", "press incidents/manage", "press incidents/resolve",
                     "press incidents/review",
                     "press incidents/split", "submit incidents/resolve", "submit incidents/review"), {"it-manager"}),
    "press incidents/reopen": {OWN, "it-manager"}, "press incidents/write": {OWN, SUPERVISOR, "it-manager"},
    "press training/read": EVERYBODY, "press home/dismiss": set(), "press home/ask": EVERYBODY,
    "press meetings/record": SECRETARIES,
}  # fmt: skip
"""Who may do it, or is given its form: written by hand, not taken from the code. `set()`: it changes nothing here."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, lexical_guide: Guide, renderer: Renderer) -> Iterator[Found]:
    world = make_world(tmp_path_factory.mktemp("rights") / "s.db", lexical_guide, renderer)
    before = None
    try:
        keys = scene(world)
        before = everything(world)
        made = summary(table(world, keys))
        assert everything(world) == before, "looking at a decision carries nothing out"
        yield made
    finally:
        world.store.close()


def test_every_flow_that_has_buttons_is_in_the_table() -> None:
    assert set(FLOWS) - set(actions()) == {"reminders"}
    assert sum(len(named) for named in actions().values()) > 150


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_only_who_may_does_it_or_is_given_its_form(found: Found, action: str) -> None:
    outcomes = found[action.split()[1].split("/")[0], action]
    assert set(outcomes["changes"]) | set(outcomes["opens"]) == DEEDS[action]


def test_to_whom_a_record_is_nothing_changes_nothing_of_it_in_any_status(found: Found) -> None:
    begun = ("questions/idea", "accounts/begin", "incidents/begin", "incidents/report", "overlays/begin",
             "overlays/draft", "training/", "register/report", "home/ask", "selfcheck/", "replies/",
             "questions/feedback")  # fmt: skip
    for (_, action), outcomes in found.items():
        if not action.split()[1].startswith(begun):
            assert not set(OUTSIDERS) & (set(outcomes["changes"]) | set(outcomes["opens"])), action


def test_a_stranger_does_and_sees_nothing_whatever_they_press(found: Found) -> None:
    for (_, action), outcomes in found.items():
        assert not [what for what, roles in outcomes.items() if "fake:stranger" in roles], action


def test_a_guest_begins_nothing_but_a_report_and_ones_own_learning(found: Found) -> None:
    may = {a for (_, a), o in found.items() if "fake:guest" in o["changes"]}
    assert {a.split()[1].split("/")[0] for a in may} <= {"incidents", "training", "overlays"}


@pytest.mark.slow
@pytest.mark.parametrize("person", ["municipal-manager", "fake:guest"])
def test_who_has_no_rights_changes_nothing_in_the_database_and_learns_nothing(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer, person: str
) -> None:
    world = make_world(tmp_path / "s.db", lexical_guide, renderer)
    keys = scene(world)
    secrets = ("Miten?", "Hyvä ajatus!", "pahis", "Käymme läpi kuukausipalaverissa.")
    records = {k.key: k for flow in keys for k in world.store.records(flow)}
    for flow, named in actions().items():
        if flow in ("training", "selfcheck", "replies", "permits", "home", "preferences", "consents"):
            continue
        for kind, name in named:
            if name.split("/")[1] in ("begin", "idea", "draft", "report"):
                continue
            for key in keys.get(flow, {"": ""}).values():
                number, where = f"n{next(world.keys)}", world.platform.direct(person)
                values = {"text": "x", "question": "x", "answer": "x", "decision": "approve"}
                world.bot.handle(
                    Pressed(number, person, where, key, name)
                    if kind == "press"
                    else Submitted(number, person, where, key, name, values)
                )
    world.sender.run_once()
    after = {k.key: k for flow in keys for k in world.store.records(flow)}
    assert after == records
    lines = [e for e in world.store.journal() if e.person == person]
    assert all(e.event.startswith("Refused ") for e in lines)
    shown = json.dumps([str(s.card) for s in world.platform.to(world.platform.direct(person))], ensure_ascii=False)
    assert [secret for secret in secrets if secret in shown] == []
    world.store.close()


def test_a_role_that_was_taken_away_counts_no_more_at_the_next_press(world: World) -> None:
    keys = scene(world)
    waiting = keys["questions"]["waiting"]
    world.store.replace_people([p for p in world.store.people() if p.id != "communications-specialist"])
    world.bot.directory.refresh()
    world.presses("communications-specialist", "questions/take", waiting)
    assert world.store.record(waiting).status == "waiting"  # type: ignore[union-attr]


def test_what_a_payload_claims_gives_no_rights(world: World) -> None:
    keys = scene(world)
    waiting = keys["questions"]["waiting"]
    own = world.platform.direct("employee")
    for event in (
        Pressed("p1", "employee", "fake:team:communications", waiting, "questions/take", "communications-manager"),
        Submitted("p2", "employee", own, waiting, "questions/reply", {"text": "x", "person": "communications-manager"}),
        Asked("p3", "employee", "fake:team:communications", text=f"ota {waiting.partition('/')[2]}"),
    ):
        world.bot.handle(event)
    assert world.store.record(waiting).status == "waiting"  # type: ignore[union-attr]


def test_the_table_of_the_docs_is_what_the_code_does(found: Found) -> None:
    assert (ROOT / "docs" / "rights.md").read_text("utf-8") == page(found), (
        "run `python -m tests.rights > docs/rights.md`"
    )
