"""What Teams sends, as events. Every payload that is not for the bot is None; nothing here decides what to answer.

Payloads are read leniently: what is missing or of another type is as if it were empty
(learn.microsoft.com, Bot Framework activity; payloads of dialogs, message extensions and universal actions).
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from bot.platforms.teams.cards import OURS
from bot.platforms.teams.places import PREFIX, Place, message_id
from bot.text import printable
from handlers.events import Asked, Attachment, Flagged, Installed, Pressed, Submitted

Payload = Mapping[str, Any]
ASK, REPORT = "ask_guideline", "report_incident"
"""The ids of the message extension's commands "Kysy ohjeesta" and "Ilmoita tietoturvapoikkeamasta"."""
LONGEST = 4_000
"""Characters of a message that are looked at; more than a question keeps."""
FILE_NAME = 200
"""Characters of a file's name that are kept."""
MOST_FILES = 20
"""Files of a message that are looked at; Teams lets a person attach ten."""
KINDS = ("personal", "groupChat", "channel")
"""What Teams calls the kinds of conversations (learn.microsoft.com, bot conversations)."""
EXTENSION = "composeExtension/"
"""How the names of a message extension's requests begin."""
DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
SHARED = "reference"
"""The type of a file that lies in SharePoint, for which the bot has no key."""
AT = re.compile(r"<at[^<>]{0,200}>([^<>]{0,200})</at>", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
MARKED = re.compile(r"<!\[[^>]*>?")
"""What Python's parser of HTML gives up at; a client shows nothing of it."""
CODE = re.compile(r"&#[0-9]{8,}")
"""A character by a number that no character has; Python gives up at a long one."""
SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
QUOTED = re.compile(r"itemtype=\"http://schema\.skype\.com/Reply\"[^>]{0,200}itemid=\"(\d{1,20})\"")


def from_message(activity: Payload, person: str, named: tuple[str, ...] = ()) -> Asked:
    """A message: of one's own chat, or of others in which the bot is named; `named` are the accounts that it mentions."""
    place = place_in(activity, person)
    return Asked(
        key_of(activity), person, str(place), text=_spoken(activity), named=named, files=files_of(activity),
        thread=str(place), below=_quoted(activity),
    )  # fmt: skip


def from_press(activity: Payload, person: str, ours: Payload, *, window: bool) -> Pressed:
    """A pressed button. Where others see the conversation, what it leads to is shown in its card, to who pressed it."""
    place = place_in(activity, person)
    return Pressed(
        key_of(activity), person, str(place), told(ours, "record"), told(ours, "action"), told(ours, "value"),
        thread=str(place), window=window or not place.person,
    )  # fmt: skip


def from_form(activity: Payload, person: str, ours: Payload, data: Payload, *, window: bool) -> Submitted:
    """A sent form: the inputs of the card stand beside what is ours."""
    place = place_in(activity, person)
    values = {name: printable(_entered(value)) for name, value in data.items() if name not in (OURS, "msteams")}
    return Submitted(
        key_of(activity), person, str(place), told(ours, "record"), told(ours, "form"), values, thread=str(place),
        window=window or not place.person,
    )  # fmt: skip


def from_shortcut(activity: Payload, person: str) -> Asked:
    """The message command "Kysy ohjeesta": the message's words are the question, answered in the dialog."""
    text = _of_html(_body(_message(activity)))
    return Asked(key_of(activity), person, str(Place(person=person)), text=text, window=True)


def from_flag(activity: Payload, person: str) -> Flagged:
    """The message command that reports a message: its words, where its files lie, its address and who wrote it."""
    message = _message(activity)
    author = str(part(part(message, "from"), "user").get("id") or "")
    files = [f"{f.get('name') or ''} ({f['contentUrl']})" for f in _attached(message) if f.get("contentUrl")]
    words = "\n".join(filter(None, [_of_html(_body(message)), *files]))
    return Flagged(
        key_of(activity), person, str(Place(person=person)), text=printable(words)[:LONGEST],
        link=str(message.get("linkToMessage") or ""), author=f"{PREFIX}{author}" if author else "", window=True,
    )  # fmt: skip


def from_installation(activity: Payload, person: str) -> Installed:
    """The bot was added: to a person's own chat, or among others."""
    return Installed(key_of(activity), person, str(place_in(activity, person).whole()))


def remark_in(given: Payload) -> str:
    """What a person wrote into Teams' own form beside their thumb: JSON in a text."""
    try:
        written = json.loads(str(given.get("feedback") or "{}"))
    except (ValueError, RecursionError):
        return ""
    return told(written, "feedbackText") if isinstance(written, Mapping) else ""


def settled(activity: Payload) -> Payload:
    """The activity with a kind of conversation: of what is not told to be a person's own, others are a part.

    A message extension is used in any chat, also in one of two people of which the bot is no part: Teams calls that one
    personal as well, and nothing for one person may ever be sent there.
    """
    conversation = part(activity, "conversation")
    kind = conversation.get("conversationType")
    if kind in KINDS and not (kind == "personal" and _of_extension(activity)):
        return activity
    return {**activity, "conversation": {**conversation, "conversationType": "groupChat"}}


def place_in(activity: Payload, person: str) -> Place:
    """Where something was done: the person's own chat, or a channel, its thread or a chat of several.

    What a message extension leads to belongs to the person alone, wherever it was used.
    """
    conversation = part(activity, "conversation")
    chat, _, rest = str(conversation.get("id") or "").partition(";")
    if conversation.get("conversationType") == "personal" or _of_extension(activity):
        return Place(person=person)
    return Place(chat, "", rest.removeprefix("messageid="))


def replied_to(activity: Payload) -> str:
    """The id of the bot's message in which a button was pressed or thumbs were given, "" where it is not told."""
    chat, reply = str(part(activity, "conversation").get("id") or ""), str(activity.get("replyToId") or "")
    return message_id(chat, reply) if reply else ""


def key_of(activity: Payload) -> str:
    """The key of an activity, beginning with who sent it; where it has no id, the whole of it is its key."""
    who = part(activity, "from")
    beginning = own_key(f"{PREFIX}{who.get('aadObjectId') or who.get('id')}")
    conversation, number = part(activity, "conversation").get("id"), activity.get("id")
    if number:
        # Edits and installations repeat an id, at another time.
        when = "" if activity.get("type") in ("message", "invoke") else f":{activity.get('timestamp')}"
        return f"{beginning}{activity.get('type')}:{conversation}:{number}{when}"
    return f"{beginning}{hashlib.sha256(json.dumps(activity, sort_keys=True).encode()).hexdigest()[:32]}"


def _of_extension(activity: Payload) -> bool:
    return str(activity.get("name")).startswith(EXTENSION)


def own_key(account: str) -> str:
    """How the keys of an account's activities begin."""
    return f"{account}:"


def files_of(activity: Payload) -> tuple[Attachment, ...]:
    """The files that the bot may fetch: those of one's own chat, and pictures pasted into a message."""
    return tuple(file for file, _ in files_with_addresses(activity))


def files_with_addresses(activity: Payload) -> list[tuple[Attachment, str]]:
    """The same, each with the address at which it can be had for a while."""
    found = []
    for number, attached in enumerate(_attached(activity)[:MOST_FILES]):
        content = part(attached, "content")
        if attached.get("contentType") == DOWNLOAD:
            address, name = str(content.get("downloadUrl") or ""), attached.get("name")
        elif str(attached.get("contentType")).startswith("image/"):
            address, name = str(attached.get("contentUrl") or ""), attached.get("name") or f"kuva-{number + 1}"
        else:
            continue
        if address:
            source = hashlib.sha256(f"{key_of(activity)}:{number}".encode()).hexdigest()[:32]
            found.append((Attachment(f"{PREFIX}file:{source}", printable(str(name or source))[:FILE_NAME]), address))
    return found


def part(of: Payload, name: str) -> Payload:
    """A part of a payload that is to be an object; an empty one where it is something else."""
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}


def told(ours: Payload, name: str) -> str:
    """A text that an action of our cards carries; a forged one carries what it likes, which the flows judge."""
    found = ours.get(name)
    return printable(found) if isinstance(found, str) else ""


def mentions_in(activity: Payload) -> Iterable[Payload]:
    """Who is mentioned, the bot left out, as Teams tells of them: by its id for this bot and a name."""
    bot = part(activity, "recipient").get("id")
    for entity in _list(activity.get("entities")):
        if entity.get("type") == "mention" and part(entity, "mentioned").get("id") not in (None, bot):
            yield part(entity, "mentioned")


def _spoken(activity: Payload) -> str:
    """The words without the bot's name, with people's names and links read out."""
    text = str(activity.get("text") or "")[: 4 * LONGEST].replace("\u00a0", " ")
    bot = part(activity, "recipient").get("id")
    for entity in _list(activity.get("entities")):
        mark = str(entity.get("text") or "")
        if entity.get("type") == "mention" and mark and part(entity, "mentioned").get("id") == bot:
            text = text.replace(mark, "", 1)
    text = html.unescape(CODE.sub("", TAG.sub("", AT.sub(r"@\1", text))))
    return printable(_with_links(text, activity)).strip()[:LONGEST]


def _with_links(text: str, activity: Payload) -> str:
    """The words with the addresses of links whose label is something else: the address is what a lure hides."""
    for label, address in _links(activity):
        if label and label in text and not _is_address(label, address):
            text = text.replace(label, f"{label} ({address})", 1)
    return text


def _links(activity: Payload) -> list[tuple[str, str]]:
    """The links of the message as HTML, which Teams attaches once."""
    found = [a for a in _attached(activity) if a.get("contentType") == "text/html"]
    return _read(str(found[0].get("content") or "")).links if found else []


def _quoted(activity: Payload) -> str:
    """The bot's message that the words answer by quoting it, "" for none."""
    chat = str(part(activity, "conversation").get("id") or "")
    for entity in _list(activity.get("entities")):
        if entity.get("type") == "quotedReply" and (number := part(entity, "quotedReply").get("messageId")):
            return message_id(chat, str(number))
    for attached in _attached(activity):
        if found := QUOTED.search(str(attached.get("content") or "")[: 2 * LONGEST]):
            return message_id(chat, found[1])
    return ""


class _Reader(HTMLParser):
    """Reads a message's HTML: its words, and its links as label and address."""

    BREAKS = frozenset({"p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._address: str | None = None
        self._label: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line or a link; a picture is read by its description."""
        given = dict(attrs)
        if tag in self.BREAKS:
            self.words.append("\n")
        if tag == "a" and given.get("href"):
            self._address, self._label = given["href"], []
        if tag == "img" and given.get("alt"):
            self.words.append(str(given["alt"]))

    def handle_endtag(self, tag: str) -> None:
        """End a link, with its address where its label is another."""
        if tag == "a" and self._address is not None:
            label = "".join(self._label).strip()
            self.links.append((label, self._address))
            if not _is_address(label, self._address):
                self.words.append(f" ({self._address})")
            self._address = None

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words.append(data)
        if self._address is not None:
            self._label.append(data)


def _read(content: str) -> _Reader:
    """Read HTML. What comes after the last tag is words: a tag that never ends would be sought at each of its signs."""
    tags, end, words = CODE.sub("", MARKED.sub("", content[: 8 * LONGEST])).rpartition(">")
    reader = _Reader()
    reader.feed(f"{tags}{end}{html.escape(html.unescape(words))}")
    reader.close()
    return reader


def _of_html(content: str) -> str:
    lines = (" ".join(line.split()) for line in "".join(_read(content).words).replace("\u00a0", " ").splitlines())
    return printable("\n".join(line for line in lines if line))[:LONGEST]


def _is_address(label: str, target: str) -> bool:
    """Whether a link's label is its address, with or without the scheme."""
    shown, real = (text.strip().rstrip("/") for text in (label, target))
    return shown in (real, SCHEME.sub("", real))


def _message(activity: Payload) -> Payload:
    """The message on which a command of the message extension was chosen."""
    return part(part(activity, "value"), "messagePayload")


def _body(message: Payload) -> str:
    body = part(message, "body")
    content = str(body.get("content") or "")
    return content if body.get("contentType") == "html" else html.escape(content)


def _attached(of: Payload) -> list[Payload]:
    return _list(of.get("attachments"))


def _list(found: object) -> list[Payload]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _entered(value: object) -> str:
    """What was entered into an input: a text; of several choices with commas between them."""
    return value if isinstance(value, str) else "" if value is None else str(value)
