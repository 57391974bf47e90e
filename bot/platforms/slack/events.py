"""What Slack sends, as events. Every payload that is not for the bot is None; nothing here decides what to answer."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.platforms.slack.places import PREFIX, Place, place_of
from bot.text import printable
from handlers.cards import files_as
from handlers.events import Asked, Attachment, Flagged, Opened, Pressed, Submitted

Payload = Mapping[str, Any]
COMMANDS = {"/someopas": "", "/sometili": "new_account", "/someilmoitus": "incident"}
"""Slash commands, each with the intent that its name asks for; commands cannot be localised, so the words after are."""
SHORTCUT = "ask_guideline"
"""The callback_id of the message shortcut "Kysy ohjeesta"."""
REPORT = "report_incident"
"""The callback_id of the message shortcut "Ilmoita poikkeamasta"."""
SPOKEN = (None, "file_share", "thread_broadcast")
"""Subtypes of a message that a person wrote; the others are edits, joins and words of other bots."""
REFERENCE = re.compile(r"<(?P<mark>[@#!]?)(?P<target>[^<>|]{0,2000})(?:\|(?P<label>[^<>]{0,2000}))?>")
LONGEST = 4_000
"""Characters of a message that are looked at; more than a question keeps."""
NUMBER = re.compile(r"#\d+$")
USER = re.compile(r"[UW][A-Z0-9]+")
FILE = re.compile(r"F[A-Z0-9]+")
FILE_NAME = 200
"""Characters of a file's name that are kept."""
SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)


CARRIED = [str, str, str, str, bool]
"""The parts of what a modal carries along; after them may come the people who are not seen in it."""


@dataclass(frozen=True)
class Shown:
    """Where the person was looking when they acted, as a modal carries it along (`private_metadata`).

    `unseen` are people who stand in the form's fields and whom Slack cannot show, by field (JSON).
    """

    record: str = ""
    conversation: str = ""
    thread: str = ""
    door: str = ""
    window: bool = False
    unseen: str = ""

    def pack(self) -> str:
        """As a modal carries it, at most 3,000 characters."""
        told = [self.record, self.conversation, self.thread, self.door, self.window]
        return json.dumps([*told, self.unseen] if self.unseen else told)

    @classmethod
    def unpack(cls, metadata: str) -> Shown:
        """What `pack` made; an empty one for what it did not make."""
        try:
            told = json.loads(metadata)
        except ValueError:
            return cls()
        if not isinstance(told, list) or [type(part) for part in told] not in (CARRIED, [*CARRIED, str]):
            return cls()
        return cls(*told)

    def people_unseen(self) -> Mapping[str, str]:
        """The people whom the form could not show, by field; none where it carries none, or something else."""
        try:
            told = json.loads(self.unseen or "{}")
        except ValueError:
            return {}
        return {str(n): printable(str(ids)) for n, ids in told.items()} if isinstance(told, Mapping) else {}

    def of(self, person: str) -> Shown:
        """The same, where it is the person's: nobody else's own conversation is spoken in by a form."""
        fits = all(_may_be_spoken_in(conversation, person) for conversation in (self.conversation, self.thread))
        return self if fits else Shown(self.record, window=self.window)


def from_message(event: Payload, person: str, bot_user: str) -> Asked | None:
    """An `app_mention` or `message` event, None for what is not said to the bot or is said by one.

    A mention arrives as both: the key is the message's own, so that the second one changes nothing.
    """
    spoken = event.get("subtype") in SPOKEN and not event.get("bot_id")
    channel, timestamp = str(event.get("channel", "")), str(event.get("ts", ""))
    if not (spoken and channel and timestamp and person):
        return None
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    mentioned = event["type"] == "app_mention" or f"<@{bot_user}" in str(event.get("text", ""))
    thread = str(event.get("thread_ts") or "")
    if not (direct or mentioned or thread):
        return None
    place = Place(person=person) if direct else Place(channel)
    here = Place(place.channel, place.person, thread)
    return Asked(
        f"slack:message:{channel}:{timestamp}",
        person,
        str(here),
        text=spoken_text(str(event.get("text", "")), bot_user),
        addressed=direct or mentioned,
        named=named_in(str(event.get("text", "")), bot_user),
        files=files_of(event.get("files")),
        thread=str(here) if thread or direct else str(Place(channel, "", timestamp)),
    )


def from_command(body: Payload, person: str, own: str) -> Asked:
    """A slash command. Here and below `own` is the channel (D…) of the bot's own conversation with the person."""
    place = _place(channel_of(body), person, "", own)
    words = spoken_text(str(body.get("text", "")), "")
    intent = COMMANDS.get(str(body.get("command")), "")
    if intent and words.casefold() in ("apua", "hjälp", "help"):
        intent = ""
    return Asked(
        key_of(body), person, str(place), text=words if words or intent else "apua", intent=intent,
        door=str(body.get("response_url", "")),
    )  # fmt: skip


def from_shortcut(body: Payload, person: str, own: str, bot_user: str) -> Asked:
    """The message shortcut: the message's words are the question, and the answer is for who chose it."""
    message: Payload = body.get("message") or {}
    thread = str(message.get("thread_ts") or "")
    place = _place(channel_of(body), person, thread, own)
    below = Place(place.channel, place.person, thread or stamp_of(body))
    return Asked(
        key_of(body), person, str(place), text=spoken_text(str(message.get("text", "")), bot_user),
        thread=str(below), door=str(body.get("response_url", "")),
    )  # fmt: skip


def from_flag(body: Payload, person: str, own: str, bot_user: str, link: str) -> Flagged:
    """The message shortcut that reports a message: its words, with what it quotes or carries along, and its files."""
    message: Payload = body.get("message") or {}
    thread = str(message.get("thread_ts") or "")
    place = _place(channel_of(body), person, thread, own)
    below = Place(place.channel, place.person, thread or stamp_of(body))
    author = str(message.get("user") or "")
    carried = [a for a in message.get("attachments") or [] if isinstance(a, Mapping)]
    words = [message.get("text"), *(a.get("text") or a.get("fallback") for a in carried)]
    return Flagged(
        key_of(body), person, str(place), text=spoken_text("\n".join(str(w) for w in words if w), bot_user), link=link,
        author=f"{PREFIX}{author}" if USER.fullmatch(author) else "", files=files_of(message.get("files")),
        thread=str(below), door=str(body.get("response_url", "")),
    )  # fmt: skip


def from_press(body: Payload, person: str, own: str) -> Pressed:
    """A pressed button or feedback button; an element that is not the bot's carries no record."""
    actions = body.get("actions") or [{}]
    action: Payload = actions[0]
    record, value = _carried(action)
    shown = where_shown(body, person, own)
    return Pressed(
        key_of(body), person, shown.conversation, record, NUMBER.sub("", str(action.get("action_id", ""))), value,
        thread=shown.thread, door=shown.door, window=shown.window,
    )  # fmt: skip


def from_view(body: Payload, person: str) -> Submitted:
    """A sent form."""
    view: Payload = body.get("view") or {}
    shown = Shown.unpack(str(view.get("private_metadata") or "")).of(person)
    values = (view.get("state") or {}).get("values") or {}
    return Submitted(
        key_of(body), person, shown.conversation or str(Place(person=person)), shown.record,
        str(view.get("callback_id", "")), {name: _entered(fields) for name, fields in values.items()},
        thread=shown.thread, door=shown.door, window=shown.window,
    )  # fmt: skip


def from_home(event: Payload, event_id: str, person: str) -> Opened:
    """An `app_home_opened` event of the home tab."""
    return Opened(f"slack:event:{event_id or key_of(event)}", person, str(Place(person=person)))


def where_shown(body: Payload, person: str, own: str) -> Shown:
    """Where a pressed button stands: in a message, in the home view, or in a modal."""
    view: Payload = body.get("view") or {}
    container: Payload = body.get("container") or {}
    channel = channel_of(body)
    if not channel and not view.get("private_metadata"):
        return Shown(conversation=str(Place(person=person)), window=True)
    if view:
        shown = Shown.unpack(str(view["private_metadata"])).of(person)
        return Shown("", shown.conversation or str(Place(person=person)), shown.thread, shown.door, window=True)
    thread = str((body.get("message") or {}).get("thread_ts") or container.get("thread_ts") or "")
    place = str(_place(channel, person, thread, own))
    return Shown("", place, place if thread else "", str(body.get("response_url") or ""))


def key_of(body: Payload) -> str:
    """The key of an interaction: its trigger is unique to it; where one has none, the whole of it is."""
    if trigger := body.get("trigger_id"):
        return f"slack:trigger:{trigger}"
    return f"slack:body:{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]}"


def spoken_text(text: str, bot_user: str) -> str:
    """What a person wrote, without the bot's name and with Slack's marks for people, channels and links read out.

    A link whose label is something else than its address is read out as both: the address is what a lure hides.
    """

    def read_out(found: re.Match[str]) -> str:
        mark, target, label = found["mark"], found["target"], found["label"] or ""
        if mark == "@" and target == bot_user:
            return ""
        if not mark and label and not _is_address(label, target):
            return f"{label} ({target})"
        return label if not mark and label else f"{mark.replace('!', '@')}{label or (target if not mark else '')}"

    return printable(html.unescape(REFERENCE.sub(read_out, text[: 4 * LONGEST]))).strip()[:LONGEST]


def named_in(text: str, bot_user: str) -> tuple[str, ...]:
    """The accounts of the people whom a text mentions, each once and in order, without the bot."""
    found = [mark["target"] for mark in REFERENCE.finditer(text[: 4 * LONGEST]) if mark["mark"] == "@"]
    return tuple(dict.fromkeys(f"{PREFIX}{user}" for user in found if USER.fullmatch(user) and user != bot_user))


def files_of(files: object) -> tuple[Attachment, ...]:
    """The files of a message or of a form's field."""
    found = [f for f in files if isinstance(f, Mapping)] if isinstance(files, list) else []
    return tuple(
        Attachment(f"{PREFIX}{f['id']}", _file_name(f), f["size"] if isinstance(f.get("size"), int) else 0)
        for f in found
        if FILE.fullmatch(str(f.get("id")))
    )


def stamp_of(body: Payload) -> str:
    """The time-stamp of the message that a message shortcut was chosen on."""
    return str(body.get("message_ts") or (body.get("message") or {}).get("ts") or "")


def users_chosen(body: Payload) -> Mapping[str, str]:
    """What was chosen in a sent form's fields for people alone, by field: accounts with commas between them."""
    values: Payload = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    return {name: _entered(fields) for name, fields in values.items() if _is_for_users(fields)}


def with_unseen(body: Payload, chosen: Mapping[str, str]) -> Mapping[str, str]:
    """What was chosen in fields for people, with those whom the form could not show: nobody is taken out unseen."""
    view: Payload = body.get("view") or {}
    values: Payload = (view.get("state") or {}).get("values") or {}
    kept = Shown.unpack(str(view.get("private_metadata") or "")).people_unseen()
    return {name: _joined(values.get(name) or {}, people, kept.get(name, "")) for name, people in chosen.items()}


def _joined(fields: Mapping[str, Payload], chosen: str, kept: str) -> str:
    if any(element.get("type") == "multi_users_select" for element in fields.values()):
        return ",".join(dict.fromkeys(filter(None, (*chosen.split(","), *kept.split(",")))))
    return chosen or kept


def channel_of(body: Payload) -> str:
    """The channel that an interaction comes from, "" for a view's."""
    container: Payload = body.get("container") or {}
    found = body.get("channel_id") or container.get("channel_id") or (body.get("channel") or {}).get("id")
    return str(found or "")


def _may_be_spoken_in(conversation: str, person: str) -> bool:
    """Whether it is none, a channel, or this person's own conversation."""
    try:
        return not conversation or place_of(conversation).person in ("", person)
    except ValueError:
        return False


def _place(channel: str, person: str, thread: str, own: str) -> Place:
    """A channel's place, or the person's own; a conversation of two people (D… too) is like a channel."""
    if not channel or channel == own:
        return Place(person=person, thread=thread)
    return Place(channel, "", thread)


def _carried(action: Payload) -> tuple[str, str]:
    """The record and the value that a button carries; a forged or foreign one carries nothing."""
    try:
        record, value = json.loads(str(action.get("value") or ""))
    except (ValueError, TypeError):
        return "", ""
    return printable(str(record)), printable(str(value))


def _entered(fields: Mapping[str, Payload]) -> str:
    """What was entered into an input block's element."""
    entered: object
    for element in fields.values():
        match element.get("type"):
            case "users_select":
                entered = _accounts([element.get("selected_user")])
            case "multi_users_select":
                entered = _accounts(element.get("selected_users") or [])
            case "checkboxes" | "multi_static_select":
                entered = ",".join(str(option.get("value")) for option in element.get("selected_options") or [])
            case "file_input":
                entered = files_as(files_of(element.get("files")))
            case "datepicker":
                entered = element.get("selected_date")
            case _:
                entered = element.get("value") or (element.get("selected_option") or {}).get("value")
        return printable(str(entered or ""))
    return ""


def _is_address(label: str, target: str) -> bool:
    """Whether a link's label is its address; Slack itself labels a bare domain so, without the scheme."""
    shown, real = (html.unescape(text).strip().rstrip("/") for text in (label, target))
    return shown in (real, SCHEME.sub("", real))


def _file_name(file: Payload) -> str:
    """A file's name; Slack tells none of a file of another workspace."""
    return printable(str(file.get("name") or file.get("title") or file["id"])).strip()[:FILE_NAME]


def _accounts(users: Iterable[object]) -> str:
    return ",".join(f"{PREFIX}{user}" for user in users if user)


def _is_for_users(fields: Mapping[str, Payload]) -> bool:
    return any(element.get("type") in ("users_select", "multi_users_select") for element in fields.values())
