"""What the outbox promises of Teams: its pace, its wishes, its failures, order, and nothing given up silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.platforms import Refused, Unreachable
from bot.platforms.teams.connector import Connector, Gone
from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.teams.fake import CHANNEL, COMMS, FakeTeams, Json, actions_of, text_of
from tests.teams.test_account_stories import drafted, record
from tests.teams.world import TeamsWorld, make_teams

SILENT = "Miten some-tili suljetaan?"
EMPLOYEE, SUPERVISOR, DEPUTY = "employee", "supervisor", "deputy-supervisor"
SPECIALIST, MANAGER, ADMINISTRATOR = "communications-specialist", "communications-manager", "administrator"
AWAY = [(500, {}, {}), (502, {}, {}), (503, {}, {}), (504, {}, {}), (412, {}, {}), (408, {}, {}), "lost"]
BLOCKED = (403, {}, {"error": {"code": "MessageWritesBlocked"}})


@pytest.fixture
def guide(lexical_guide: Guide) -> Guide:
    """Search is not what is told of here."""
    return lexical_guide


def take(world: TeamsWorld, activity: Json) -> None:
    """Handle an activity without sending what it led to."""
    assert world.app.receive(activity).status == 200


def hand_on(world: TeamsWorld, times: int) -> None:
    """Questions handed on at the same moment, none of them sent yet."""
    for _ in range(times):
        take(world, world.message(EMPLOYEE, SILENT))
        take(world, world.message(EMPLOYEE, "kysy viestinnältä"))


def waits_often(world: TeamsWorld) -> None:
    """Let some minutes pass, one by one, in each of which what failed is tried again."""
    for _ in range(5):
        world.waits(minutes=1)


def beginnings(world: TeamsWorld, person: str) -> list[str]:
    """How the messages of a person's own chat begin."""
    return [text_of(p.card)[:4] for p in world.own(person)]


# ── pace and order ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_at_most_one_message_a_second_goes_to_a_conversation_and_others_do_not_wait(world: TeamsWorld) -> None:
    hand_on(world, 4)
    sent = []
    for _ in range(4):
        world.sender.run_once()
        sent.append(len(world.cards(COMMS)))
        assert len(world.own(EMPLOYEE)) == len(sent), "the other conversation keeps its own pace"
        world.clock.move(seconds=1)
    assert sent == [1, 2, 3, 4]


def test_threads_share_the_pace_of_their_channel(world: TeamsWorld) -> None:
    for person in (EMPLOYEE, SUPERVISOR, SPECIALIST):
        take(world, world.mention(person, "apua"))
    world.sender.run_once()
    assert len(world.cards(CHANNEL)) == 1
    world.settle()
    assert len({p.conversation for p in world.cards(CHANNEL)}) == 3


def test_retry_after_is_kept_for_the_whole_conversation_and_others_go_on(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "apua")
    world.says(SUPERVISOR, "apua")
    world.teams.faults.append((429, {"Retry-After": "30"}, {"error": {"code": "TooManyRequests"}}))
    world.says(EMPLOYEE, "omat")
    assert len(world.own(EMPLOYEE)) == 1
    world.says(SUPERVISOR, "omat")
    assert len(world.own(SUPERVISOR)) == 2
    world.waits(seconds=20)
    world.says(EMPLOYEE, "kieli")
    assert len(world.own(EMPLOYEE)) == 1, "neither does a later message go before"
    world.waits(seconds=15)
    assert beginnings(world, EMPLOYEE)[1:] == ["Omat", "Mill"]


def test_a_rate_limit_without_a_wish_is_waited_for_too(world: TeamsWorld) -> None:
    world.teams.faults += [(429, {}, {})] * 3
    world.says(EMPLOYEE, "apua")
    waits_often(world)
    assert len(world.own(EMPLOYEE)) == 1
    assert world.store.dead_letters() == []


@pytest.mark.parametrize("fault", AWAY, ids=str)
def test_a_failing_connector_gets_the_message_later_and_once_it_answers_in_order(
    world: TeamsWorld, fault: object
) -> None:
    world.says(EMPLOYEE, "apua")
    world.teams.faults += [fault, fault]  # type: ignore[list-item]
    world.says(EMPLOYEE, "omat")
    world.says(EMPLOYEE, "kieli")
    world.waits(minutes=1)
    world.waits(minutes=1)
    told = beginnings(world, EMPLOYEE)
    assert told[-2:] == ["Omat", "Mill"]
    assert world.store.dead_letters() == []
    assert len(told) == (3 if fault != "lost" else 5), "what was taken though no answer came is sent again"


def test_a_connector_that_is_not_there_is_tried_again(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "apua")
    address, world.teams.address = world.teams.address, "http://127.0.0.1:9/"
    world.says(EMPLOYEE, "omat")
    assert len(world.own(EMPLOYEE)) == 1
    world.teams.address = address
    take(world, world.message(EMPLOYEE, "kieli"))  # the way is learnt anew with each activity
    world.waits(seconds=30)
    assert beginnings(world, EMPLOYEE)[1:] == ["Omat", "Mill"]


def test_what_the_administrator_can_mend_keeps_what_waits(world: TeamsWorld) -> None:
    world.teams.faults += [(401, {}, {"error": {"code": "Unauthorized"}})] * 3
    world.says(EMPLOYEE, "apua")
    waits_often(world)
    assert len(world.own(EMPLOYEE)) == 1
    assert world.store.dead_letters() == []


def test_a_card_that_somebody_deleted_needs_no_change(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    world.teams.posted.remove(world.cards(COMMS)[0])
    world.says(SPECIALIST, "ota 1")
    assert "käsittelyssä" in world.sees(EMPLOYEE)
    assert world.store.dead_letters() == []


# ── nobody is written to in vain ────────────────────────────────────────────────────────────────────────────────────


def test_a_message_that_teams_never_takes_is_shown_to_the_administrator_who_sends_it_again(world: TeamsWorld) -> None:
    world.has_everywhere(EMPLOYEE, ADMINISTRATOR)
    world.teams.faults.append(BLOCKED)
    world.says(EMPLOYEE, "omat")
    notice = world.own(ADMINISTRATOR)[-1]
    assert "Työntekijä, kirjasto" in text_of(notice.card)
    assert "MessageWritesBlocked" in text_of(notice.card)
    world.says(ADMINISTRATOR, "omat")
    world.presses(ADMINISTRATOR, "home/again")
    assert beginnings(world, EMPLOYEE) == ["Omat"]
    world.says(ADMINISTRATOR, "omat")
    assert "MessageWritesBlocked" not in text_of(world.own(ADMINISTRATOR)[-1].card)


@pytest.mark.parametrize("way", ["blocked", "removed", "never installed"])
def test_r40_where_the_supervisor_is_not_reached_the_deputy_has_the_turn_and_all_are_told(
    world: TeamsWorld, way: str
) -> None:
    world.has_everywhere(*({p.id for p in world.bot.directory.everybody} - {SUPERVISOR}))
    if way == "blocked":
        world.has_everywhere(SUPERVISOR)
        world.teams.blocked.add(f"chat-{SUPERVISOR}")
    if way == "removed":
        world.installs(SUPERVISOR)
        world.installs(SUPERVISOR, "remove")
    drafted(world)
    world.presses(EMPLOYEE, "accounts/send")
    assert len(world.posted_with("accounts/propose", f"chat-{DEPUTY}")) == 1
    assert "Apulaisesihenkilö, kirjasto" in text_of(world.own(EMPLOYEE)[-1].card)
    assert "Esihenkilö, kirjasto" in world.sees(ADMINISTRATOR)
    for named in ("librarian", "informatician"):
        world.presses(named, "accounts/accept")
    world.says(DEPUTY, "esitä 1, 4 h: viikkopalaverissa")
    assert record(world)["status"] == "proposed"


def test_a_question_for_a_channel_that_takes_nothing_reaches_each_of_the_team_and_the_administrator(
    world: TeamsWorld,
) -> None:
    world.has_everywhere()
    world.teams.blocked.add(COMMS)
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    assert "Vastaanottaja: viestinnän kanava" in world.sees(ADMINISTRATOR)
    assert [len(world.posted_with("questions/take", f"chat-{p}")) for p in (SPECIALIST, MANAGER)] == [1, 1]
    world.says(SPECIALIST, "omat")
    assert "Viestinnän vastausta odottaa: 1" in world.sees(SPECIALIST), "nothing is lost"
    world.waits(hours=4, minutes=1)
    world.waits(days=2)
    assert "odottaa yhä" in world.sees(MANAGER)
    world.presses(MANAGER, "questions/take")
    assert "käsittelyssä" in world.sees(EMPLOYEE)


def test_what_cannot_be_shared_is_told_to_who_shared_it(world: TeamsWorld) -> None:
    world.has_everywhere(EMPLOYEE, ADMINISTRATOR)
    world.mentions(EMPLOYEE, "Kuka päättää uudesta some-tilistä?")
    world.teams.blocked.add(CHANNEL)
    world.presses(EMPLOYEE, "questions/share", CHANNEL)
    assert "ei voitu jakaa" in world.sees(EMPLOYEE)


# ── whom the bot writes to first ────────────────────────────────────────────────────────────────────────────────────


def test_a_chat_is_begun_once_for_somebody_who_was_met_among_others_and_is_kept(world: TeamsWorld) -> None:
    world.mentions(MANAGER, "apua")
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    for _ in range(3):
        world.waits(days=3)
    assert len(world.own(MANAGER)) >= 2
    [begun] = world.teams.begun
    assert begun["members"] == [{"id": f"29:{MANAGER}"}]
    assert begun["channelData"]["tenant"]["id"] == begun["tenantId"]
    assert all("odottaa yhä" in text_of(posted.card) for posted in world.own(MANAGER))


def test_a_chat_whose_beginning_fails_for_a_while_is_begun_later(world: TeamsWorld) -> None:
    made = world.mention(EMPLOYEE, SILENT)
    world.receive(made)
    world.teams.faults += [(429, {"Retry-After": "5"}, {}), (502, {}, {})]
    world.mentions(EMPLOYEE, "kysy viestinnältä", thread=made["id"])
    waits_often(world)
    assert "lähetetty viestintään" in world.sees(EMPLOYEE)
    assert world.store.dead_letters() == []


def test_somebody_whom_the_bot_never_met_is_a_dead_letter_with_a_reason(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    world.waits(days=3)
    assert "never met the bot" in {d.content.person: d.error for d in world.store.dead_letters()}[MANAGER]
    assert world.teams.begun == [], "nobody is guessed at"


def test_with_graph_somebody_whom_the_bot_never_met_is_found_by_their_address(
    tmp_path: Path, teams: FakeTeams, connector: Connector, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = make_teams(tmp_path / "g.db", teams, connector, lexical_guide, renderer, FakeClock(), graph=True)
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    world.waits(days=3)
    assert [begun["members"] for begun in teams.begun] == [[{"id": f"aad-{MANAGER}"}]]
    assert "odottaa yhä" in world.sees(MANAGER)
    assert world.bot.directory.person_of(f"teams:aad-{MANAGER}") == MANAGER
    world.says(MANAGER, "omat")
    assert len(teams.begun) == 1
    world.store.close()


# ── the words for failures ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "expected", "wish"),
    [
        ((429, {"Retry-After": "7"}, {}), Unreachable, 7.0), ((429, {}, {}), Unreachable, None),
        ((503, {"Retry-After": "soon"}, {}), Unreachable, None), ((412, {}, {}), Unreachable, None),
        ((400, {}, {"error": {"code": "BadArgument"}}), Refused, None), (BLOCKED, Refused, None),
        ((403, {}, {"errorCode": 209, "message": "x"}), Refused, None), ((404, {}, {}), Gone, None),
        ((413, {}, {"error": {"code": "MessageSizeTooBig"}}), Refused, None),
    ],
    ids=str,
)  # fmt: skip
def test_every_failure_is_later_or_never(
    world: TeamsWorld, fault: object, expected: type[Exception], wish: float | None
) -> None:
    world.teams.faults.append(fault)  # type: ignore[arg-type]
    with pytest.raises(expected) as told:
        world.platform.connector.call("POST", world.teams.address, f"v3/conversations/{CHANNEL}/activities", {})
    assert getattr(told.value, "retry_after", None) == wish


def test_a_covered_card_is_posted_once_though_its_person_presses_it_often(world: TeamsWorld) -> None:
    world.mentions(EMPLOYEE, "apua")
    [posted] = world.cards(CHANNEL)
    for _ in range(3):
        world.executes(EMPLOYEE, posted, actions_of(posted.card)[0])
    assert len(world.cards(CHANNEL)) == 1
    assert posted.changes == 0
