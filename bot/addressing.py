"""From wishes to messages: in which conversations a card is shown, and in which language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot.directory import Directory
from bot.platforms import Platform, Platforms, platform_of
from bot.storage import Dead, Message, StoreError, Unit
from handlers.cards import Card, Text
from handlers.effects import Effect, Fetch, Follow, Notify, Post, Replace, Reply, Tell, Whisper
from handlers.events import Attachment, Event
from handlers.facts import TEAMS, Person, Role

CARDS = TypeAdapter(Card)
ATTACHMENTS = TypeAdapter(Attachment)


@dataclass(frozen=True)
class Receiver:
    """A conversation, the language to speak there, and whose own it is: "" where it is a team's."""

    conversation: str
    language: str
    person: str = ""


class Addressing:
    """Knows where people and teams are reached. `language` is that of channels."""

    def __init__(
        self, platforms: Platforms, directory: Directory, language: str, language_of: Callable[[Person | None], str]
    ) -> None:
        self._platforms = platforms
        self._directory = directory
        self._language = language
        self._language_of = language_of

    def is_public(self, conversation: str) -> bool:
        """Whether others than the person and the bot see the conversation."""
        platform = self._platforms.get(platform_of(conversation))
        return bool(conversation) and platform is not None and not platform.is_direct(conversation)

    def messages(self, effect: Effect, event: Event, key: str, language: str, unit: Unit) -> list[Message]:
        """The messages that an effect of an event on the record `key` wishes for; `language` is the actor's."""
        match effect:
            case Reply(card=card, slot=slot, language=own):
                if self.is_public(event.conversation):
                    return [self._whisper(card, own or language, event, key)]
                here = Message(event.conversation, "post", as_json(card), own or language, key, slot, event.person)
                return [replace(here, door=event.door)]
            case Post(card=card, conversation=conversation, language=own):
                shared = Message(conversation, "post", as_json(card), own or language, key, person=event.person)
                return [replace(shared, door=event.door)]
            case Whisper(card=card):
                return [self._whisper(card, language, event, key)]
            case Tell():
                return list(self._lasting(effect, event, key, language))
            case Notify(card=card, slot=slot):
                return [
                    Message(to.conversation, "post", as_json(card), to.language, key, slot, to.person)
                    for to in self.receivers(effect)
                ]
            case Follow():
                return list(self._following(effect, key, unit))
            case Fetch(attachment=file):
                return [Message(f"{file.source}#file", "fetch", ATTACHMENTS.dump_json(file).decode(), "", key)]
            case Replace(slot=slot, card=card):
                return [
                    replace(post, kind="update", card=as_json(card), target=number, slot="", door="")
                    for number, post in unit.copies(key, slot)
                ]
        raise TypeError(f"{effect!r} is no effect that is sent")

    def told_in_vain(self, dead: Dead) -> list[Message]:
        """What a person is told whose card could not be shown to others."""
        post = dead.content
        if not (post.person and post.kind == "post" and self.is_public(post.conversation)):
            return []
        card = as_json(Card("questions/share", (Text("failed"),)))
        platform = self._platforms[platform_of(post.conversation)]
        return [Message(platform.direct(post.person), "post", card, post.language, post.record, "", post.person)]

    def receivers(self, wish: Notify) -> list[Receiver]:
        """Whom a wish reaches: a team in its channel on every platform where it has one, else its people one by one."""
        if not self._platforms:
            raise StoreError("No platform is served: there is nowhere to send to.")
        if wish.conversation:
            return [Receiver(wish.conversation, self._language)]
        if not wish.team:
            person = self._directory.person(wish.person)
            conversation = self._platform_for(wish.person).direct(wish.person)
            return [Receiver(conversation, self._language_of(person), wish.person)]
        channels = [channel for p in self._platforms.values() if (channel := p.channel(wish.team))]
        if channels:
            return [Receiver(channel, self._language) for channel in channels]
        return self._each_of(wish.team, wish.card)

    def _each_of(self, team: str, card: Card) -> list[Receiver]:
        # Nothing is dropped for want of a setting, nor for want of a team: the administrators are somebody.
        members = [p for p in self._directory.everybody if p.in_team(team) and not p.away]
        told = members or self._directory.bearers(Role.ADMINISTRATOR)
        return [receiver for p in told for receiver in self.receivers(Notify(card, person=p.id))]

    def _whisper(self, card: Card, language: str, event: Event, key: str) -> Message:
        """To the person alone: where they are looking, or in their own conversation where the platform cannot whisper."""
        platform = self._platforms.get(platform_of(event.conversation))
        if platform is None or platform.abilities.whispers:
            shown = Message(event.conversation, "whisper", as_json(card), language, key, person=event.person)
            return replace(shown, door=event.door)
        return Message(platform.direct(event.person), "post", as_json(card), language, key, person=event.person)

    def _lasting(self, wish: Tell, event: Event, key: str, language: str) -> Iterator[Message]:
        """A message that lasts in the person's own conversation, and a whisper where they asked if that is another."""
        card, spoken = as_json(wish.card), wish.language or language
        if not self.is_public(wish.conversation):
            yield Message(wish.conversation, "post", card, spoken, key, wish.slot, wish.person)
            return
        platform = self._platforms[platform_of(wish.conversation)]
        yield Message(platform.direct(wish.person), "post", card, spoken, key, wish.slot, wish.person)
        shown_at_once = event.window and wish.person == event.person
        if platform.abilities.whispers and not shown_at_once:
            door = event.door if wish.person == event.person else ""
            yield Message(wish.conversation, "whisper", card, spoken, key, person=wish.person, door=door)

    def _following(self, wish: Follow, key: str, unit: Unit) -> Iterator[Message]:
        """A message below the newest one of the slot in each person's own conversation; by itself where there is none."""
        below = {post.person: (number, post) for number, post in unit.copies(key, wish.below)}
        for person in wish.people:
            language = self._language_of(self._directory.person(person))
            if person in below and not self.is_public(below[person][1].conversation):
                number, post = below[person]
                card = as_json(wish.card)
                yield Message(post.conversation, "reply", card, language, key, wish.slot, person, number)
            else:
                for to in self.receivers(Notify(wish.card, person=person)):
                    yield Message(to.conversation, "post", as_json(wish.card), to.language, key, wish.slot, person)

    def team_of(self, conversation: str) -> str:
        """The team whose channel a conversation is, or is a thread of; "" for none."""
        platform = self._platforms.get(platform_of(conversation))
        if platform is None:
            return ""
        channels = {team: channel for team in TEAMS if (channel := platform.channel(team))}
        lane = platform.lane(conversation, "") if channels else ""
        return next((team for team, channel in channels.items() if platform.lane(channel, "") == lane), "")

    def to_each(self, dead: Dead) -> list[Message]:
        """A message that a team's only channel did not take, for each of the team: its work must not wait unseen."""
        post = dead.content
        team = self.team_of(post.conversation) if post.kind in ("post", "reply") else ""
        if not team or sum(bool(platform.channel(team)) for platform in self._platforms.values()) > 1:
            return []
        return [
            Message(to.conversation, "post", post.card, to.language, post.record, post.slot, to.person)
            for to in self._each_of(team, CARDS.validate_json(post.card))
        ]

    def elsewhere(self, dead: Dead) -> Message | None:
        """A message that a person's own conversation did not take, for the next platform that may reach them."""
        post, tried = dead.content, platform_of(dead.content.conversation)
        platform = self._platforms.get(tried)
        if not (post.person and post.kind in ("post", "reply") and platform and platform.is_direct(post.conversation)):
            return None
        ways = self._ways_to(post.person)
        further = ways[ways.index(tried) + 1 :] if tried in ways else []
        if not further:
            return None
        return replace(post, conversation=self._platforms[further[0]].direct(post.person), kind="post", target=0, door="")

    def _platform_for(self, person: str) -> Platform:
        """The platform on which the person was met last, else the first one."""
        return self._platforms[next(iter(self._ways_to(person)), next(iter(self._platforms)))]

    def _ways_to(self, person: str) -> list[str]:
        """The platforms that may reach a person: where they were met, the last one first, then where they are found."""
        met = [platform_of(account.id) for account in self._directory.accounts_of(person)]
        sought = [name for name, platform in self._platforms.items() if platform.abilities.seeks]
        return [name for name in dict.fromkeys((*met, *sought)) if name in self._platforms]


def as_json(card: Card) -> str:
    """A card as it is kept in the outbox."""
    return json.dumps(CARDS.dump_python(card, mode="json"), ensure_ascii=False)
