"""What is written below the bot's cards: in a channel's thread by naming the bot, in one's own chat by quoting."""

from __future__ import annotations

from tests.teams.fake import COMMS
from tests.teams.test_account_stories import agreed, comments, record
from tests.teams.test_incident_stories import CLICKED, case
from tests.teams.test_stories import handed_on
from tests.teams.world import TeamsWorld

EMPLOYEE, SUPERVISOR, SPECIALIST = "employee", "supervisor", "communications-specialist"


def test_a_command_to_the_bot_below_a_card_in_the_channel_is_done_and_is_no_comment(house: TeamsWorld) -> None:
    agreed(house)
    card = house.cards(COMMS)[-1]
    house.mentions(SUPERVISOR, "esitä 1, 4 h: viikkopalaverissa", COMMS, thread=card.id)
    assert (record(house)["status"], comments(house)) == ("proposed", [])
    house.mentions(SPECIALIST, "Hyvä idea!", COMMS, thread=card.id)
    assert comments(house) == [(SPECIALIST, "Hyvä idea!")]


def test_what_is_written_to_the_bot_below_a_questions_card_is_offered_as_the_answer(world: TeamsWorld) -> None:
    card = handed_on(world)
    world.mentions(SPECIALIST, "Pitäisikö kysyä vielä tietohallinnolta?", COMMS, thread=card.id)
    world.mentions(SPECIALIST, "Kerro meille, niin suljemme tilin.", COMMS, thread=card.id)
    ask = world.cards(COMMS)[-1]
    assert ask.conversation == f"{COMMS};messageid={card.id}"
    assert "replied" not in world.store.records("questions")[0].status, "talk among colleagues is sent to nobody"
    world.presses(SPECIALIST, "questions/confirm", COMMS)
    assert "Kerro meille, niin suljemme tilin." in world.sees(EMPLOYEE)
    assert "tietohallinnolta" not in world.sees(EMPLOYEE)
    world.mentions(SPECIALIST, "omat", COMMS, thread=card.id)
    assert "Viestinnän vastausta odottaa: 0" in world.sees(SPECIALIST, COMMS)


def test_what_quotes_an_answer_below_a_case_is_said_in_it(world: TeamsWorld) -> None:
    world.has_everywhere()
    world.says(EMPLOYEE, f"ilmoita {CLICKED}")
    alert = world.own("it-manager")[-1]
    world.presses("it-manager", "incidents/take")
    world.quotes("it-manager", alert, "Vaihda salasanasi nyt.")
    world.quotes(EMPLOYEE, world.own(EMPLOYEE)[-1], "Vaihdoin.")
    world.quotes("it-manager", world.own("it-manager")[-1], "omat")
    assert [m.text for m in case(world).messages] == ["Vaihda salasanasi nyt.", "Vaihdoin."]
