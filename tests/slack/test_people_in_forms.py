"""People in forms and messages: the directory's ids inside, Slack's users outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import Bot
from bot.deciding import Handled
from bot.platforms.slack.app import SlackApp
from bot.platforms.slack.events import named_in
from bot.rendering import Renderer
from bot.working_time import FinnishWorkingTime
from handlers.cards import Field, Form
from handlers.effects import OpenForm
from handlers.events import Asked, Event, Pressed, Submitted
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.forms import every_kind, renderer_in
from tests.slack.fake import BOT, CHANNEL, FakeSlack, Json
from tests.slack.world import SlackWorld, make_slack

CARD: Json = {"channel": "DEMP", "blocks": [{"elements": [{"type": "button", "action_id": "a/b#0", "value": "x"}]}]}


class Opening(Bot):
    """A bot that keeps what it hears and answers a press with its form."""

    heard: list[Event]
    form: Form

    def handle(self, event: Event) -> Handled:
        self.heard.append(event)
        return Handled(OpenForm(self.form) if isinstance(event, Pressed) else None, "fi")


@dataclass
class Desk:
    """A world whose bot opens forms."""

    world: SlackWorld
    bot: Opening

    def shows(self, *fields: Field) -> list[Json]:
        """The elements of a form of these fields, as it is opened."""
        self.bot.form = every_kind(*fields)
        self.world.presses("UEMP", CARD, "a/b")
        return [block["element"] for block in self.world.view()["blocks"] if block["type"] == "input"]

    def submits(self, **elements: Json) -> Submitted:
        """What the bot hears of a form that was sent with these elements' states."""
        body = self.world.submission("UEMP", {"type": "modal", "callback_id": "a/b", "private_metadata": ""})
        body["view"]["state"]["values"] = {name: {"value": element} for name, element in elements.items()}
        assert self.world.dispatch(body).status == 200
        assert self.world.response() == {}
        event = self.bot.heard[-1]
        assert isinstance(event, Submitted)
        return event

    def asked_about(self) -> list[Any]:
        """The users of whom Slack was asked."""
        return [call.get("user") for call in self.world.slack.told("users.info")]


@pytest.fixture
def desk(tmp_path: Path, fake: FakeSlack, guide: Guide, renderer: Renderer) -> Iterator[Desk]:
    world = make_slack(tmp_path / "s.db", fake, guide, renderer, FakeClock())
    bot = Opening(
        world.store, world.bot.directory, guide, world.clock, FinnishWorkingTime(), {"slack": world.platform}
    )  # fmt: skip
    bot.heard = []
    world.app = SlackApp(bot, world.platform, renderer_in(tmp_path / "languages"))
    yield Desk(world, bot)
    world.store.close()


def person(user: str | None) -> Json:
    return {"type": "users_select", "selected_user": user}


def people(*users: str) -> Json:
    return {"type": "multi_users_select", "selected_users": list(users)}


# ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_shows_slacks_users_in_the_place_of_the_directorys_people(desk: Desk) -> None:
    for user in ("USUP", "UCOM", "UNEW"):
        desk.world.platform.people.person(user, "T111")
    one, several, words = desk.shows(
        Field("supervisor", "person", "supervisor"),
        Field("editors", "people", "communications-specialist,slack:UNEW,supervisor"),
        Field("name", "text", "supervisor"),
    )
    assert one["initial_user"] == "USUP"
    assert several["initial_users"] == ["UCOM", "UNEW", "USUP"]
    assert words["initial_value"] == "supervisor"


def test_who_has_no_account_in_slack_is_left_out_of_a_form(desk: Desk) -> None:
    desk.world.platform.people.person("USUP", "T111")
    one, several, nobody = desk.shows(
        Field("supervisor", "person", "it-manager"),
        Field("editors", "people", "it-manager,supervisor,nobody"),
        Field("named", "person", "", words="supervisor"),
    )
    assert "initial_user" not in one
    assert several["initial_users"] == ["USUP"]
    assert "initial_user" not in nobody


def test_who_has_gone_from_slack_is_left_out_and_who_was_never_met_stays(desk: Desk) -> None:
    desk.world.slack.users["UNEW"] = {**desk.world.slack.users["UNEW"], "deleted": True}
    desk.world.platform.people.person("UNEW", "T111")
    [several] = desk.shows(Field("editors", "people", "slack:UNEW,slack:UCOM"))
    assert several["initial_users"] == ["UCOM"]


# ── back ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_is_chosen_is_looked_up_once_and_is_the_directorys_person(desk: Desk) -> None:
    event = desk.submits(supervisor=person("USUP"), editors=people("UCOM", "UNEW"), none=person(None), nobody=people())
    assert event.values == {
        "supervisor": "supervisor", "editors": "communications-specialist,slack:UNEW", "none": "", "nobody": "",
    }  # fmt: skip
    met = desk.bot.directory.person("slack:UNEW")
    assert met
    assert met.name == "Uusi työntekijä"
    assert desk.asked_about() == ["UEMP", "USUP", "UCOM", "UNEW"]
    desk.world.waits(days=2)
    assert desk.submits(supervisor=person("USUP")).values == {"supervisor": "supervisor"}
    assert desk.asked_about() == ["UEMP", "USUP", "UCOM", "UNEW", "UEMP"], "only who acts is looked up again"


def test_only_where_people_were_chosen_is_anybody_looked_up(desk: Desk) -> None:
    written = {"type": "plain_text_input", "value": "slack:UNEW"}
    event = desk.submits(name=written, editors=people("USUP"))
    assert event.values == {"name": "slack:UNEW", "editors": "supervisor"}
    assert desk.asked_about() == ["UEMP", "USUP"]


def test_a_lookup_that_fails_leaves_the_account_and_the_form_is_sent(desk: Desk) -> None:
    event = desk.submits(editors=people("UNOBODY", "USUP"), supervisor=person("UNOBODY"))
    assert event.values == {"editors": "slack:UNOBODY,supervisor", "supervisor": "slack:UNOBODY"}


def test_a_silent_slack_is_not_asked_about_the_next_one(desk: Desk) -> None:
    desk.world.slack.users["UAWAY"] = {"error": "internal_error"}
    desk.world.platform.people.person("USUP", "T111")
    event = desk.submits(editors=people("UAWAY", "UNEW", "USUP"))
    assert event.values == {"editors": "slack:UAWAY,slack:UNEW,supervisor"}
    assert "UNEW" not in desk.asked_about()


# ── named in a message ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_people_whom_a_message_names_come_with_it(desk: Desk) -> None:
    desk.world.mentions("UEMP", "tili, esihenkilö <@USUP>, ylläpitäjät <@UCOM|viestintä> ja <@USUP>, ei <#C1> <!here>")
    event = desk.bot.heard[-1]
    assert isinstance(event, Asked)
    assert event.named == ("slack:USUP", "slack:UCOM")
    desk.world.says("UEMP", "uusi tili")
    assert isinstance(desk.bot.heard[-1], Asked)
    assert desk.bot.heard[-1].named == ()


def test_whom_a_message_names_is_known_when_it_is_heard(desk: Desk) -> None:
    many = "".join(f"<@UBOT{number}>" for number in range(20))
    desk.world.says("UEMP", f"vastuullinen päivittäjä on <@UNEW> {many}")
    met = desk.bot.directory.person("slack:UNEW")
    assert met
    assert met.name == "Uusi työntekijä"
    assert len(desk.asked_about()) == 11, "the acknowledgement does not wait for all of them"
    desk.world.says("USUP", "ei kuulu botille <@UMAN>", CHANNEL)
    assert desk.bot.directory.account("slack:UMAN") is None


@pytest.mark.parametrize(
    "text", ["", f"<@{BOT}>", f"<@{BOT}|someopas>", "&lt;@U1&gt;", "<@>", "<@u1,x>", "<!U1> <#U1> <U1>"]
)
def test_nothing_else_names_anybody(text: str) -> None:
    assert named_in(text, BOT) == ()
