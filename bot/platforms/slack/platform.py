"""Slack as a `Platform`: cards become messages, whispers (ephemeral messages), modals and home views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from slack_sdk import WebClient

from bot.platforms import Abilities, Refused, Unreachable
from bot.platforms.slack import blocks
from bot.platforms.slack.files import content_of
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.places import Place, message_id, parts_of, place_of
from bot.platforms.slack.web_api import PLAIN, NotThere, answer_through, call, client_of
from bot.rendering import CardShown

QUICK = 1
"""Seconds for a call that an acknowledgement waits for, and that can be done without."""


@dataclass(frozen=True)
class Ourselves:
    """Who the bot is in Slack, as `auth.test` tells."""

    team: str
    user: str
    bot: str
    enterprise: str = ""


class SlackPlatform:
    """Sends through the Web API. `channels` are the teams' channels by the team's name."""

    name = "slack"
    abilities = Abilities(whispers=True, homes=True, pace=timedelta(seconds=1))

    def __init__(self, client: WebClient, people: SlackPeople, channels: Mapping[str, str]) -> None:
        self.client = client
        self._quick = client_of(str(client.token or ""), client.base_url, timeout=QUICK)
        self.people = people
        self._channels = {team: channel for team, channel in channels.items() if channel}
        self._direct: dict[str, str] = {}
        self._ourselves: Ourselves | None = None

    @property
    def ourselves(self) -> Ourselves:
        """Who the bot is; asked once. Raises `Unreachable`."""
        if self._ourselves is None:
            told = call(self.client, "auth.test")
            self._ourselves = Ourselves(
                str(told.get("team_id", "")), str(told.get("user_id", "")), str(told.get("bot_id", "")),
                str(told.get("enterprise_id") or ""),
            )  # fmt: skip
        return self._ourselves

    def direct(self, person: str) -> str:
        """The conversation of the bot and this person alone."""
        return str(Place(person=person))

    def channel(self, team: str) -> str:
        """The conversation of a team, "" where no channel is set for it."""
        return str(Place(self._channels[team])) if team in self._channels else ""

    def is_direct(self, conversation: str) -> bool:
        """Whether the conversation is one person's own with the bot."""
        return bool(place_of(conversation).person)

    def home(self, person: str) -> str:
        """The name under which a home view is sent to, apart from the person's messages."""
        return f"{Place(person=person)}#home"

    def lane(self, conversation: str, person: str) -> str:
        """A channel's messages together, one a second (docs.slack.dev/apis/web-api/rate-limits); whispers by receiver.

        A home view and a file are each for themselves.
        """
        if conversation.endswith(("#home", "#file")):
            return conversation
        return f"{place_of(conversation).whole()} {person}"

    def root(self, conversation: str) -> str:
        """The message that a thread hangs on; in a person's own conversation, where its channel is known."""
        place = place_of(conversation)
        if not place.thread:
            return ""
        try:
            return message_id(self._channel(place.whole(), self._quick), place.thread)
        except (Refused, Unreachable):
            return ""

    def below(self, conversation: str, message: str) -> str:
        """The thread of a message; where the message stands in a thread itself, that thread."""
        place, (_, timestamp) = place_of(conversation), parts_of(message)
        return conversation if place.thread or not timestamp else str(replace(place, thread=timestamp))

    def fetch(self, source: str) -> Iterator[bytes]:
        """The bytes of a file (`slack:F1`) that the bot may see. Raises `Refused`, `Unreachable`."""
        return content_of(self.client, source)

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002 - no keys here
        """Post a card; where the bot is no member, through the person's door."""
        place, message = place_of(conversation), blocks.message(card)
        channel = self._channel(place)
        try:
            sent = call(self.client, "chat.postMessage", channel=channel, thread_ts=place.thread, **message, **PLAIN)
        except NotThere:
            if not door:
                raise
            answer_through(door, _in_thread(place, message), public=True)
            return ""
        return message_id(str(sent.get("channel") or channel), str(sent["ts"]))

    def update(self, conversation: str, message: str, card: CardShown) -> None:  # noqa: ARG002 - the id tells the channel
        """Change a posted message; one that somebody deleted needs no change."""
        channel, timestamp = parts_of(message)
        if not timestamp:
            return
        try:
            call(self.client, "chat.update", channel=channel, ts=timestamp, **blocks.message(card))
        except Refused as refusal:
            if "message_not_found" not in str(refusal):
                raise

    def whisper(self, conversation: str, person: str, card: CardShown, key: str, door: str = "") -> str:
        """Show a card to one person: in the channel, else through their door, else in their own conversation."""
        place, message = place_of(conversation), blocks.message(card)
        if place.person:
            return self.post(conversation, card, key)
        user = self.people.user(person, self.ourselves.team)
        try:
            call(
                self.client, "chat.postEphemeral", channel=place.channel, user=user, thread_ts=place.thread, **message
            )  # fmt: skip
        except NotThere:
            return self._another_way(place, person, card, key, door)
        return ""

    def show_home(self, person: str, card: CardShown) -> None:
        """Renew a person's home view."""
        user = self.people.user(person, self.ourselves.team)
        call(self.client, "views.publish", user_id=user, view=blocks.home(card))

    def quickly(self, method: str, **arguments: object) -> None:
        """A call that only makes the waiting pleasanter, and must not make it longer."""
        call(self._quick, method, **arguments)

    def permalink(self, channel: str, timestamp: str) -> str:
        """The address of a message, "" where Slack does not tell it at once."""
        try:
            told = call(self._quick, "chat.getPermalink", channel=channel, message_ts=timestamp)
        except (Refused, Unreachable):
            return ""
        return str(told.get("permalink") or "")

    def say(self, person: str, sentence: str) -> None:
        """Say a sentence of our own in a person's own conversation, at once."""
        call(self.client, "chat.postMessage", channel=self._channel(Place(person=person)), text=sentence, **PLAIN)

    def own_channel(self, channel: str, person: str) -> str:
        """The channel (D…) of the bot and a person alone, where `channel` may be it; "" where it is not known."""
        if not channel.startswith("D"):
            return ""
        try:
            return self._channel(Place(person=person), self._quick)
        except (Refused, Unreachable):
            return ""

    def _another_way(self, place: Place, person: str, card: CardShown, key: str, door: str) -> str:
        try:
            if door:
                answer_through(door, _in_thread(place, blocks.message(card)), public=False)
                return ""
        except Refused:
            pass  # the door has closed: half an hour has passed, or five answers went through it
        return self.post(self.direct(person), card, key)

    def _channel(self, place: Place, client: WebClient | None = None) -> str:
        if place.channel:
            return place.channel
        user = self.people.user(place.person, self.ourselves.team)
        if user not in self._direct:
            opened = call(client or self.client, "conversations.open", users=user)
            self._direct[user] = str(opened["channel"]["id"])
        return self._direct[user]


def _in_thread(place: Place, message: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**message, "thread_ts": place.thread} if place.thread else message
