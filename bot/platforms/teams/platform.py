"""Teams as a `Platform`: cards become messages of the Bot Connector, in one's own chat, in channels and in their threads.

Nobody but its receiver may see a whisper, and Teams has no messages of that kind: among others a covered card is posted,
which shows what it holds to the receiver alone, by itself (`refresh`) or at a press.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from bot.platforms import Abilities, Refused
from bot.platforms.download import parts_at
from bot.platforms.teams import cards
from bot.platforms.teams.activities import Payload, part
from bot.platforms.teams.cards import OURS, Json
from bot.platforms.teams.connector import Connector, Gone, segment
from bot.platforms.teams.people import TeamsPeople
from bot.platforms.teams.places import PREFIX, Place, message_id, parts_of, place_of
from bot.platforms.teams.ways import Way, Ways
from bot.rendering import ButtonsShown, CardShown
from bot.storage import Store

THREADED = ("@thread.tacv2", "@thread.skype")
"""How the ids of channels end, which have threads; chats of several have none."""
PLAIN_SHAREPOINT = re.compile(r"https://[a-zA-Z0-9-]+\.sharepoint\.com/")
FILE = f"{PREFIX}file:"
REFRESH: Json = {"type": "Action.Execute", "verb": "refresh", "data": {OURS: {"refresh": True}}}
"""What a client asks for by itself, or at a person's wish, to see a card as it is now."""
log = structlog.get_logger()


class TeamsPlatform:
    """Sends through the Bot Connector. `channels` are the teams' channels by the team's name."""

    name = "teams"
    abilities = Abilities(whispers=True, overhears=False, pace=timedelta(seconds=1))

    def __init__(
        self, connector: Connector, people: TeamsPeople, ways: Ways, store: Store,
        labels: Callable[[str], Mapping[str, str]], channels: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.connector = connector
        self.people = people
        self.ways = ways
        self._store = store
        self._labels = labels
        self._channels = {team: channel for team, channel in channels.items() if channel}
        self._led: set[str] = set()

    def direct(self, person: str) -> str:
        """The chat of the bot and this person alone."""
        return str(Place(person=person))

    def channel(self, team: str) -> str:
        """The channel of a team, "" where none is set for it."""
        return str(Place(self._channels[team])) if team in self._channels else ""

    def is_direct(self, conversation: str) -> bool:
        """Whether the conversation is one person's own with the bot."""
        return bool(place_of(conversation).person)

    def home(self, person: str) -> str:
        """There are no home views here: `omat` shows the same in the chat."""
        return self.direct(person)

    def lane(self, conversation: str, person: str) -> str:  # noqa: ARG002 - whispers are messages of their conversation
        """A conversation with all its threads: Teams counts 7 messages a second, 60 in 30 seconds (bots: rate limits)."""
        return conversation if conversation.endswith("#file") else str(place_of(conversation).whole())

    def root(self, conversation: str) -> str:
        """The message that a channel's thread hangs on."""
        place = place_of(conversation)
        return message_id(place.chat, place.thread) if place.thread and place.chat else ""

    def below(self, conversation: str, message: str) -> str:
        """The thread of a channel's message; a chat has no threads, and is itself below each of its messages."""
        place, (chat, number) = place_of(conversation), parts_of(message)
        if place.person or place.thread or not number or not self._has_threads(place):
            return conversation
        return str(Place(chat, "", number))

    def fetch(self, source: str) -> Iterator[bytes]:
        """The bytes of a file of a message: at its own address, which opens without a key for some minutes.

        A picture that was pasted lies at the Connector's address, and is asked for with the bot's token.
        Raises `Refused`, `Unreachable`.
        """
        lying = self.ways.file(source) if source.startswith(FILE) else None
        if lying is None:
            raise Refused(f"{source!r} is no file of Teams")
        if _origin(lying.address) == _origin(lying.service):
            yield self.connector.fetch(lying.address)
        else:
            yield from parts_at(lying.address, {}, _in_sharepoint)

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002 - no keys, no doors
        """Post a card."""
        return self._post(conversation, self._message(place_of(conversation), card), key)

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        """Change a posted message; one that somebody deleted needs no change."""
        place, (chat, number) = place_of(conversation), parts_of(message)
        if not number:
            return
        way = self._way(place)
        where = chat if place.person else _address(place)
        _, changed = cards.apart(self._message(place, card))
        try:
            self._call("PUT", way, f"{segment(where)}/activities/{segment(number)}", changed)
        except Gone:
            log.info("a message that was to be changed is gone")

    def whisper(self, conversation: str, person: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002
        """Show a card to one person: covered where others are, as it is in their own chat."""
        if place_of(conversation).person:
            return self.post(conversation, card, key)
        user = self.people.user(person)
        covered = cards.covered(card, key, [user] if user else [], self._labels(card.language))
        return self._post(conversation, covered)

    def show_home(self, person: str, card: CardShown) -> None:
        """Never called: `abilities` tells that there are no home views."""
        raise Refused(f"{person}: Teams has no home views ({card.name})")

    def card_of(self, conversation: str, card: CardShown) -> Json:
        """The card as it stands in a message of a conversation."""
        made: Json = self._message(place_of(conversation), card)["attachments"][0]["content"]
        return made

    def answer(self, activity: Payload, message: Json) -> None:
        """Answer an activity straight, where it was done. Raises `Refused`, `Unreachable`."""
        where = str(part(activity, "conversation").get("id") or "")
        service = str(activity.get("serviceUrl") or "")
        self.connector.call("POST", service, f"v3/conversations/{segment(where)}/activities", message)

    def _message(self, place: Place, card: CardShown) -> Json:
        return cards.message(card, self._refresh(place, card))

    def _post(self, conversation: str, activity: Json, key: str = "") -> str:
        """Post a message, its own words before its card; on a second try of the same `key` they are there already."""
        place = place_of(conversation)
        way = self._way(place)
        where = way.chat if place.person else _address(place)
        path = f"{segment(where)}/activities"
        lead, rest = cards.apart(activity)
        if lead and key not in self._led:
            self._call("POST", way, path, lead)
            self._led.add(key)
        told = self._call("POST", way, path, rest)
        self._led.discard(key)
        number = str(told.get("id") or "")
        return message_id(where, number) if number else ""

    def _call(self, method: str, way: Way, path: str, activity: Json) -> Mapping[str, object]:
        sender = {"from": {"id": way.bot}} if way.bot else {}
        return self.connector.call(method, way.service, f"v3/conversations/{path}", {**activity, **sender})

    def _way(self, place: Place) -> Way:
        """Raises `Refused` where there is none, or the bot was removed from there."""
        if place.person:
            return self.people.way(place.person)
        known = self.ways.of(f"{PREFIX}{place.chat}")
        if known is None:
            return Way(place.chat, self.ways.service, kind="channel")
        if not known.here:
            raise Refused("the bot was removed from this conversation")
        return known

    def _has_threads(self, place: Place) -> bool:
        known = self.ways.of(f"{PREFIX}{place.chat}")
        return known.kind == "channel" if known else place.chat.endswith(THREADED)

    def _refresh(self, place: Place, card: CardShown) -> Json | None:
        """A card of a record is renewed by itself when its one reader looks at it; among others at their wish.

        learn.microsoft.com, universal actions: at most 60 ids; none for a channel, where each view would be a request.
        """
        if not any(isinstance(part, ButtonsShown) and any(b.button.record for b in part.buttons) for part in card.parts):
            return None
        user = self.people.user(place.person) if place.person else ""
        return {"action": REFRESH, "userIds": [user] if user else []}


def _address(place: Place) -> str:
    """The Connector's conversation id of a place among others."""
    return f"{place.chat};messageid={place.thread}" if place.thread else place.chat


def _in_sharepoint(address: str) -> None:
    """Raises `Refused` for an address that is not of SharePoint, or is written so that it could be another."""
    if not PLAIN_SHAREPOINT.match(address):
        raise Refused("file: it lies at an address that is not SharePoint's")


def _origin(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
