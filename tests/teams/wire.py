"""The stories of the other platforms, told through Teams: deeds arrive as activities, messages go out as cards.

`World` speaks of `fake:…` conversations, and its stories look at the cards that were sent. Here the same deeds are
activities that `TeamsApp` reads, and the same cards are messages that the Bot Connector takes, or refuses. Whom Teams
does not know (an account of another platform, a second chat of one person) goes the way of `World`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from bot.app import Bot
from bot.deciding import Handled
from bot.platforms.teams.app import TeamsApp
from bot.platforms.teams.connector import Connector
from bot.platforms.teams.people import TeamsPeople
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.ways import Ways
from bot.rendering import CardShown, Renderer
from bot.storage.sqlite import SqliteStore
from handlers.events import Event
from tests.conftest import World
from tests.fakes import FakeClock, FakePlatform
from tests.teams.check import check
from tests.teams.fake import BOT, KIND, TENANT, FakeTeams, Json, Posted, actions_of, member

FAKE = re.compile(r"fake:(dm|team):([^#]+)(?:#(.*))?")


@dataclass
class Wire(FakePlatform):
    """The platform of `World`, of which every message also goes to Teams, and bears the id that Teams gives it."""

    teams: TeamsPlatform | None = None
    server: FakeTeams = field(default_factory=FakeTeams)

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:
        return self._numbered(super().post(conversation, card, key, door), conversation, card, key)

    def whisper(self, conversation: str, person: str, card: CardShown, key: str, door: str = "") -> str:
        taken = super().whisper(conversation, person, card, key, door)
        assert self.teams
        if place := self.place(conversation):
            self.sent[-1].message = self.teams.whisper(place, person, card, key) or taken
        return self.sent[-1].message

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        super().update(conversation, message, card)
        assert self.teams
        if "|" in message and (place := self.place(conversation)):
            self.teams.update(place, message, card)

    def place(self, conversation: str) -> str:
        """The place in Teams of a conversation of the stories, "" for one that Teams does not have."""
        found = FAKE.fullmatch(conversation)
        if not found:
            return ""
        kind, name, thread = found.groups()
        if kind == "team":
            number = (thread or "").rpartition("|")[2]
            return f"teams:19:{name}@thread.tacv2" + (f";messageid={number}" if number else "")
        assert self.teams
        known = self.teams.people._directory.person(name)
        if known is None or not known.email:
            return ""
        self.server.members.setdefault(f"29:{name}", member(name, known.email, known.name))
        return f"teams:@{name}"

    def _numbered(self, taken: str, conversation: str, card: CardShown, key: str) -> str:
        assert self.teams
        if place := self.place(conversation):
            self.sent[-1].message = self.teams.post(place, card, key) or taken
        return self.sent[-1].message


class Below(TeamsPlatform):
    """Teams below the wire: it is asked for the card of a message that stands in a conversation of the stories."""

    wire: Wire

    def card_of(self, conversation: str, card: CardShown) -> Json:
        return super().card_of(self.wire.place(conversation), card)


@dataclass
class Heard:
    """The bot as `TeamsApp` knows it; what it hears is of the conversation of which the story speaks."""

    bot: Bot
    conversation: str
    handled: Handled | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bot, name)

    def handle(self, event: Event) -> Handled:
        own = {"conversation": self.conversation, "thread": "", "window": False}
        self.handled = self.bot.handle(replace(event, **own))  # type: ignore[arg-type]  # of three types
        return self.handled


@dataclass
class WireWorld(World):
    """A world whose deeds are activities."""

    teams: FakeTeams = field(default_factory=FakeTeams)
    wire: TeamsPlatform | None = None
    renderer: Renderer = field(default_factory=Renderer)

    def asks(self, person: str, text: str, conversation: str = "") -> Handled:
        where = conversation or self.platform.direct(person)
        activity = self._activity(person, "message", where, text=text)
        return self._heard(activity, where) if activity else super().asks(person, text, conversation)

    def presses(self, person: str, action: str, record: str, value: str = "", conversation: str = "") -> Handled:
        where = conversation or self.platform.direct(person)
        ours = {"action": action, "record": record, "value": value}
        activity = self._activity(person, "invoke", where, name="adaptiveCard/action")
        if not activity:
            return super().presses(person, action, record, value, conversation)
        posted, data = self._button(ours)
        return self._heard(self._pressed(activity, posted, "press", data), where)

    def submits(self, person: str, form: str, record: str, **values: str) -> Handled:
        where = self.platform.direct(person)
        activity = self._activity(person, "invoke", where, name="adaptiveCard/action")
        if not activity:
            return super().submits(person, form, record, **values)
        data = {**values, "someopas": {"form": form, "record": record}}
        return self._heard(self._pressed(activity, None, "submit", data), where)

    def _activity(self, person: str, kind: str, where: str, **more: Any) -> Json:
        assert isinstance(self.platform, Wire)
        place, known = self.platform.place(where), self.bot.directory.person(person)
        if not place or known is None or not known.email:
            return {}
        personal = place.startswith("teams:@")
        conversation = {"id": f"chat-{person}" if personal else place.removeprefix("teams:"), "tenantId": TENANT}
        return {
            "type": kind, "id": f"k{next(self.keys)}", "channelId": "msteams", "serviceUrl": self.teams.address,
            "from": {"id": f"29:{person}", "aadObjectId": f"aad-{person}", "name": known.name},
            "recipient": {"id": BOT}, "channelData": {"tenant": {"id": TENANT}},
            "conversation": {**conversation, "conversationType": "personal" if personal else "channel"}, **more,
        }  # fmt: skip

    def _button(self, ours: Json) -> tuple[Posted | None, Json]:
        """The newest message with this button, and what it carries: the real ones where there is one."""
        for posted in reversed(self.teams.posted):
            for one in actions_of(posted.card):
                if one.get("data", {}).get("someopas") == ours:
                    return posted, one["data"]
        return None, {"someopas": ours}

    def _pressed(self, activity: Json, posted: Posted | None, verb: str, data: Json) -> Json:
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        return {**activity, "value": {"action": action}, **({"replyToId": posted.id} if posted else {})}

    def _heard(self, activity: Json, where: str) -> Handled:
        assert self.wire
        heard = Heard(self.bot, where)
        answer = TeamsApp(heard, self.wire, self.renderer).receive(activity)  # type: ignore[arg-type]  # it is as a bot
        assert answer.status == 200, answer
        assert heard.handled is not None, answer
        assert "Jokin meni vikaan" not in str(answer.body)
        if isinstance(answer.body, dict) and answer.body.get("type") == KIND:
            assert check(answer.body["value"]) == []
        return self._done(heard.handled)


def make_wire(world: World, teams: FakeTeams, connector: Connector, renderer: Renderer) -> WireWorld:
    """A world of the stories whose platform is Teams underneath."""
    assert isinstance(world.store, SqliteStore)
    assert isinstance(world.clock, FakeClock)
    ways = Ways(world.store, world.clock, teams.address)
    people = TeamsPeople(connector, world.bot.directory, ways, world.clock, [TENANT], graph=True)
    below = Below(connector, people, ways, world.store, renderer.labels, {})
    below.wire = platform = Wire(teams=below, server=teams)
    world.bot.platforms["fake"] = platform  # type: ignore[index]  # it is a dict of the world's own
    return WireWorld(
        world.bot, world.sender, world.store, platform, world.clock, world.keys, teams, below, renderer
    )  # fmt: skip
