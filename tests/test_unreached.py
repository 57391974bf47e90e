"""Work whose bearer no platform reaches is told to the communications team, and not again and again."""

from __future__ import annotations

from tests.accounts import EMPLOYEE, LIBRARIAN, MANAGER, SPECIALIST, TEAM
from tests.conftest import World
from tests.fakes import FakePlatform
from tests.register import enters


class NoChannels(FakePlatform):
    """A municipality that has set no channel."""

    def channel(self, team: str) -> str:  # noqa: ARG002 - for none
        return ""


def notices(world: World) -> list[str]:
    return [s.card.plain for s in world.platform.to(TEAM) if s.card.name == "home/unreached"]


def blocked(world: World, *people: str) -> None:
    world.platform.refuses |= {world.platform.direct(p) for p in people}


def answered(world: World, named: str) -> None:
    world.asks(EMPLOYEE, "Miten some-tili suljetaan?")
    world.submits(EMPLOYEE, "questions/send", "questions/1", text="Miten tili suljetaan?", named=named)
    blocked(world, EMPLOYEE)
    world.submits(SPECIALIST, "questions/reply", "questions/1", text="Pyydä viestintää.")


def test_a_reply_that_did_not_reach_its_asker_is_told_to_the_team_with_their_name(world: World) -> None:
    answered(world, "yes")
    [told] = notices(world)
    assert "kysymykseen 1 ei tavoittanut kysyjää (Työntekijä, kirjasto)" in told


def test_of_an_asker_who_wanted_no_name_none_is_told(world: World) -> None:
    answered(world, "no")
    [told] = notices(world)
    assert "Vastaus kysymykseen 1 ei tavoittanut kysyjää." in told
    assert "Työntekijä" not in told


def test_what_somebody_asked_a_moment_ago_themselves_is_no_work_of_others(world: World) -> None:
    blocked(world, EMPLOYEE)
    world.asks(EMPLOYEE, "Miten some-tili suljetaan?")
    assert notices(world) == []
    assert world.last("administrator").card.name == "home/dead_letter"


def test_reminders_that_reach_nobody_are_told_once_a_week_of_each_person(world: World) -> None:
    enters(world)
    blocked(world, LIBRARIAN)
    world.bot.begin()
    told = []
    for _ in range(21):
        world.waits(days=1)
        told.append(len(notices(world)))
    assert told[-1] in (2, 3), "once a week while it lasts"
    assert "Kirjastonhoitaja, kirjasto ei tavoitettu" in notices(world)[0]


def test_a_team_without_a_channel_of_which_one_is_not_reached_either_is_not_told_for_ever(world: World) -> None:
    world.bot.platforms["fake"] = world.platform = NoChannels()  # type: ignore[index]  # a dict of the world's own
    answered(world, "yes")
    blocked(world, SPECIALIST)
    before = len(world.platform.sent)
    world.waits(days=7)
    assert len(world.platform.sent) - before < 20


def test_a_channel_that_takes_nothing_is_told_to_each_of_the_team_by_themselves_and_to_the_administrator(
    world: World,
) -> None:
    world.platform.refuses.add(TEAM)
    world.asks(EMPLOYEE, "Miten some-tili suljetaan?")
    world.submits(EMPLOYEE, "questions/send", "questions/1", text="Miten tili suljetaan?", named="yes")
    for person in (SPECIALIST, MANAGER):
        assert world.last(person).card.name == "questions/team"
    [notice] = world.platform.to(world.platform.direct("administrator"))
    assert "Vastaanottaja: viestinnän kanava" in notice.card.plain
    world.presses(SPECIALIST, "questions/take", "questions/1")
    assert "Viestinnän asiantuntija" in world.last(MANAGER).card.plain, "each copy is brought up to date"
