"""How conversations are reached again: what Teams calls a conversation reference, kept from proved activities alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.clock import Clock
from bot.platforms.teams.places import PREFIX
from bot.storage import Store

SERVICE = f"{PREFIX}service"
"""The name under which the service address is kept that was heard of last."""


@dataclass(frozen=True)
class Way:
    """How a conversation, or a person's own chat with the bot, is reached.

    `chat` is the Connector's conversation id, "" for a person whom the bot met among others only; `service` its address;
    `user` the person's id for this bot (`29:…`), `bot` the bot's (`28:…`). `kind` is Teams' own word: personal, groupChat
    or channel. `here` is False after the bot was removed.
    """

    chat: str
    service: str
    user: str = ""
    bot: str = ""
    kind: str = "personal"
    here: bool = True


@dataclass(frozen=True)
class Lying:
    """Where a file of a message lies: `address` opens for a while, or with the bot's token if it is of `service`."""

    address: str
    service: str


WAYS = TypeAdapter(Way)
LYING = TypeAdapter(Lying)


class Ways:
    """The ways that are known, by an account's id (`teams:…`) or by a conversation's place."""

    def __init__(self, store: Store, clock: Clock, service: str) -> None:
        self._store = store
        self._clock = clock
        self._service = service

    def of(self, name: str) -> Way | None:
        """The way that is kept under a name, None where there is none."""
        kept = self._store.way(name)
        try:
            return WAYS.validate_json(kept) if kept else None
        except ValidationError:
            return None  # of an older form: it comes anew with the next activity

    def keep(self, name: str, way: Way) -> None:
        """Keep a way, where it differs from what is kept."""
        if self.of(name) != way:
            self._store.keep_way(name, WAYS.dump_json(way).decode(), self._clock.now())

    def keep_file(self, source: str, lying: Lying) -> None:
        """Keep where a file lies."""
        self._store.keep_way(source, LYING.dump_json(lying).decode(), self._clock.now())

    def file(self, source: str) -> Lying | None:
        """Where a file lies, None where none was kept under this name."""
        kept = self._store.way(source)
        return LYING.validate_json(kept) if kept else None

    @property
    def service(self) -> str:
        """The service address for whom the bot writes to first: the one that was heard of last, else the setting's."""
        known = self.of(SERVICE)
        return known.service if known else self._service


def way_of(activity: Mapping[str, Any], *, here: bool = True) -> Way:
    """The way back to where an activity came from."""
    conversation = _object(activity, "conversation")
    return Way(
        str(conversation.get("id") or "").partition(";")[0],
        str(activity.get("serviceUrl") or ""),
        str(_object(activity, "from").get("id") or ""),
        str(_object(activity, "recipient").get("id") or ""),
        str(conversation.get("conversationType") or "personal"),
        here,
    )


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a payload that is to be an object; an empty one where it is something else."""
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}
