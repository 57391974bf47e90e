"""Teams' requests: each becomes an event, and is answered when what it led to is on disk.

What an activity leads to at once (a form, its errors, a card in a window) is the answer to it; all else comes through the
outbox. A form lives in the card in which its button was pressed, for who pressed it alone, or in a dialog.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.addressing import CARDS
from bot.app import Bot
from bot.deciding import IMMEDIATE, Immediate
from bot.failures import noted
from bot.platforms import Refused, Unreachable
from bot.platforms.teams import activities, cards
from bot.platforms.teams.activities import Payload, own_key, part, place_in, replied_to, told
from bot.platforms.teams.cards import KIND, OURS, Json, Surface
from bot.platforms.teams.people import account_of
from bot.platforms.teams.places import PREFIX, place_of
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.text import cut
from bot.platforms.teams.ways import Lying
from bot.rendering import CardShown, Renderer, Words
from bot.storage import Message
from handlers.cards import Feedback, Field
from handlers.effects import FieldErrors, ShowCard
from handlers.events import Event

SAID = "application/vnd.microsoft.activity.message"
TITLE = 64
"""Characters of a dialog's title."""
SHORT = 400
"""Characters of words that are shown below the card; longer ones take its place."""
MOST_NAMED = 10
"""People whom a message mentions that are looked up, as its answer waits for them."""
NUMBER = re.compile(r"outbox:([0-9]{1,18})")
"""The name of a whisper, as its covered card carries it."""
THUMBS = {"like": "yes", "dislike": "no"}
log = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    """The answer to an activity: a status of HTTP and a body; `shows` tells that a person is to see what it holds."""

    status: int
    body: object = None
    shows: bool = False


class TeamsApp:
    """Reads activities whose sender was proved. It translates and answers at once what is wanted at once; no more."""

    def __init__(self, bot: Bot, platform: TeamsPlatform, renderer: Renderer) -> None:
        self._bot = bot
        self._platform = platform
        self._renderer = renderer

    def receive(self, activity: Payload) -> Answer:
        """React to an activity. What it answers with a status below 300 is on disk; with 500 nothing was kept."""
        activity = activities.settled(activity)
        if not _is_whole(activity):
            return Answer(400)
        match activity["type"]:
            case "message":
                return self._message(activity)
            case "invoke":
                return self._invoke(activity)
            case "installationUpdate":
                return self._installation(activity)
            case _:
                return Answer(200)  # edits, reactions, who came and went, typing: nothing for the bot to do

    def late(self, activity: Payload) -> None:
        """Say that what was to be shown at once came too late: its client waits no more.

        It is said in the person's own chat: where others are, it would be said to all of them.
        """
        person = self._bot.directory.person_of(self._account(activity))
        try:
            way = self._platform.people.way(person)
        except (Refused, Unreachable) as problem:
            log.warning("there was no way to say that an answer came too late", reason=str(problem))
            return
        own = {"conversation": {"id": way.chat}, "serviceUrl": way.service}
        self._say(own, self._label("teams.late", self._language(person)))

    def busy(self, activity: Payload) -> Json:
        """What is answered to an activity that takes longer than its client waits, in the form that it expects."""
        person = self._bot.directory.person_of(self._account(activity))
        return _told(activity, self._label("teams.busy", self._language(person)))

    # ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────

    def _message(self, activity: Payload) -> Answer:
        ours = part(part(activity, "value"), OURS)
        try:
            try:
                person = self._platform.people.person(activity)
            except Refused as problem:  # to be delivered again would make nobody of them
                log.warning("who wrote is nobody whom Teams knows", reason=str(problem))
                return Answer(403)
            if ours:  # an old client sends a button's data as a message; an answer to it cannot show a form
                event: Event = self._meant(activity, person, ours, part(activity, "value"), window=False)
            else:
                self._keep_files(activity)
                event = activities.from_message(activity, person, self._named(activity))
            handled = self._bot.handle(event)
        except Exception as problem:  # noqa: BLE001 - the outermost loop: nothing was kept, and the person is told so
            self._say(activity, self._failed(activity, problem))
            return Answer(500)
        if handled.immediate:
            self._post(activity, self._shown(handled.immediate, handled.language, event, "message"))
        return Answer(200)

    def _named(self, activity: Payload) -> tuple[str, ...]:
        """The accounts of the people whom a message mentions, now known to the directory."""
        found = []
        for mentioned in list(activities.mentions_in(activity))[:MOST_NAMED]:
            try:
                found.append(self._platform.people.meet(activity, mentioned))
            except Refused as problem:
                log.warning("a mentioned person was not found", reason=str(problem))
            except Unreachable as problem:
                log.warning("mentioned people were not looked up", reason=str(problem))
                break
        return tuple(dict.fromkeys(found))

    def _keep_files(self, activity: Payload) -> None:
        for file, address in activities.files_with_addresses(activity):
            self._platform.ways.keep_file(file.source, Lying(address, str(activity.get("serviceUrl") or "")))

    def _installation(self, activity: Payload) -> Answer:
        """The bot came or went; an update of the app is neither."""
        action = activity.get("action")
        if action in ("add", "remove"):
            self._platform.people.moved(activity, here=action == "add")
        if action == "add":
            try:
                person = self._platform.people.person(activity)
            except Refused as problem:
                log.warning("who added the bot is nobody whom Teams knows", reason=str(problem))
                return Answer(200)
            self._bot.handle(activities.from_installation(activity, person))
        return Answer(200)

    def _invoke(self, activity: Payload) -> Answer:
        deeds: Mapping[str, Callable[[Payload, str], Answer]] = {
            "adaptiveCard/action": self._execute,
            "task/fetch": self._window,
            "task/submit": self._in_dialog,
            "composeExtension/fetchTask": self._command,
            "composeExtension/submitAction": self._in_dialog,
            "message/submitAction": self._thumbs,
        }
        deed = deeds.get(str(activity.get("name")))
        if deed is None:
            return Answer(501)
        try:
            return deed(activity, self._platform.people.person(activity))
        except Exception as problem:  # noqa: BLE001 - the outermost loop of an interaction, which shows a sentence with an id
            return Answer(200, _told(activity, self._failed(activity, problem)), shows=True)

    def _execute(self, activity: Payload, person: str) -> Answer:
        """A button of a card in a message (learn.microsoft.com, universal actions for Adaptive Cards)."""
        action = part(part(activity, "value"), "action")
        data = part(action, "data")
        ours = part(data, OURS)
        if number := told(ours, "whisper"):
            return self._uncovered(activity, person, number)
        if ours.get("refresh") or ours.get("back"):
            return self._as_it_is(activity, person)
        if not ours:
            return self._sentence(activity, person, "teams.gone")
        event = self._meant(activity, person, ours, data, window=False)
        handled = self._bot.handle(event)
        if handled.immediate is None and not handled.told:
            return self._sentence(activity, person, "teams.done")
        if handled.immediate is None:
            return self._as_it_is(activity, person, otherwise="teams.done")
        return self._in_card(activity, handled.immediate, handled.language, event)

    def _window(self, activity: Payload, person: str) -> Answer:
        """The form of a card, in a dialog: the one that was opened under a key of the person's own."""
        key = told(part(part(part(activity, "value"), "data"), OURS), "window")
        kept = self._bot.store.answer_of(key) if key.startswith(own_key(self._account(activity))) else ""
        if not kept:
            return self._sentence(activity, person, "teams.gone")
        here = Event(key, person, str(place_in(activity, person)))
        return self._dialog(IMMEDIATE.validate_json(kept), self._language(person), here)

    def _in_dialog(self, activity: Payload, person: str) -> Answer:
        """A button of a dialog."""
        data = part(part(activity, "value"), "data")
        if not part(data, OURS):
            return self._sentence(activity, person, "teams.gone")
        event = self._meant(activity, person, part(data, OURS), data, window=True)
        return self._after(activity, event)

    def _command(self, activity: Payload, person: str) -> Answer:
        """A command of the message extension, chosen on a message: what it leads to stands in a dialog."""
        command = part(activity, "value").get("commandId")
        if command == activities.ASK:
            return self._after(activity, activities.from_shortcut(activity, person))
        if command == activities.REPORT:
            return self._after(activity, activities.from_flag(activity, person))
        return self._sentence(activity, person, "teams.gone")

    def _thumbs(self, activity: Payload, person: str) -> Answer:
        """Teams' own thumbs below a message stand for its card's question whether it helped."""
        found = self._bot.store.shown(replied_to(activity))
        given = part(part(activity, "value"), "actionValue")
        reaction = THUMBS.get(str(given.get("reaction")))
        card = CARDS.validate_json(found[1].card) if found and found[1].card else None
        asked = [p for p in card.parts if isinstance(p, Feedback)] if card else []
        if asked and reaction:
            ours = {"action": asked[0].action, "record": asked[0].record, "value": reaction}
            pressed = activities.from_press(activity, person, ours, window=False)
            self._bot.handle(replace(pressed, said=activities.remark_in(given)))
        return Answer(200, {})

    def _meant(self, activity: Payload, person: str, ours: Payload, data: Payload, *, window: bool) -> Event:
        """The event that a button of ours stands for."""
        if "form" in ours:
            return activities.from_form(activity, person, ours, data, window=window)
        return activities.from_press(activity, person, ours, window=window)

    # ── what is shown at once ───────────────────────────────────────────────────────────────────────────────────────

    def _after(self, activity: Payload, event: Event) -> Answer:
        """What stands in a dialog after a deed in it."""
        handled = self._bot.handle(event)
        if handled.immediate is None:
            return self._sentence(activity, event.person, "teams.done")
        return self._dialog(handled.immediate, handled.language, event)

    def _dialog(self, wish: Immediate, language: str, event: Event) -> Answer:
        title = self._label("teams.app.name", language)
        if not isinstance(wish, ShowCard):
            title = self._renderer.form(wish.form, language).title
        made = self._shown(wish, language, event, "dialog")
        value = {"title": cut(title, TITLE), "height": "large", "width": "large", "card": _attached(made)}
        return Answer(200, {"task": {"type": "continue", "value": value}}, shows=True)

    def _in_card(self, activity: Payload, wish: Immediate, language: str, event: Event) -> Answer:
        """In place of the card in which the button was pressed, for who pressed it; a sentence stands below the card."""
        if isinstance(wish, ShowCard) and (sentence := _sentence_of(self._card(wish, language))):
            return Answer(200, _told(activity, sentence), shows=True)
        made = self._shown(wish, language, event, "message")
        if isinstance(wish, ShowCard):
            made = _with_way_back(made, self._label("teams.back", language))
        return Answer(200, {"statusCode": 200, "type": KIND, "value": made}, shows=True)

    def _shown(self, wish: Immediate, language: str, event: Event, surface: Surface) -> Json:
        if isinstance(wish, ShowCard):
            return cards.card(self._card(wish, language), surface)
        fields = tuple(self._in_teams(asked) for asked in wish.form.fields)
        errors = wish.errors if isinstance(wish, FieldErrors) else None
        form = self._renderer.form(replace(wish.form, fields=fields), language, errors)
        key = event.key if self._bot.store.answer_of(event.key) else ""
        return cards.form(form, surface, key, self._renderer.labels(language))

    def _card(self, wish: ShowCard, language: str) -> CardShown:
        return self._renderer.card(wish.card, wish.language or language)

    def _in_teams(self, asked: Field) -> Field:
        """A field for people with what tells a reader who is meant, in the place of the directory's ids.

        What was written and is nobody's id stays as it was written.
        """
        if asked.type not in ("person", "people"):
            return asked
        named = [(name.strip(), self._bot.directory.person(name)) for name in asked.value.split(",") if name.strip()]
        return replace(asked, value=", ".join(who.email or who.name if who else name for name, who in named))

    def _uncovered(self, activity: Payload, person: str, number: str) -> Answer:
        """What is under a covered card, for whom it is for."""
        found = NUMBER.fullmatch(number)
        message = self._bot.store.outgoing(int(found[1])) if found else None
        if message is None or message.kind != "whisper" or not message.card:
            return self._sentence(activity, person, "teams.gone")
        if self._bot.directory.person_of(message.person) != person:
            return self._sentence(activity, person, "teams.not_yours")
        return Answer(200, {"statusCode": 200, "type": KIND, "value": self._of(message)})

    def _as_it_is(self, activity: Payload, person: str, otherwise: str = "teams.gone") -> Answer:
        """The card of a message as it is now; nothing is changed, so that a client's own refresh changes nothing."""
        found = self._bot.store.shown(replied_to(activity))
        if found is None or not found[1].card:
            return self._sentence(activity, person, otherwise)
        number, message = found
        own = _own_chat_of(message)
        if own and self._bot.directory.person_of(own) != person:
            return self._sentence(activity, person, "teams.not_yours")
        if message.kind == "whisper" and not own:
            return self._uncovered(activity, person, f"outbox:{number}")
        made = self._platform.card_of(message.conversation, self._rendered(message))
        return Answer(200, {"statusCode": 200, "type": KIND, "value": made})

    def _of(self, message: Message) -> Json:
        return cards.card(self._rendered(message))

    def _rendered(self, message: Message) -> CardShown:
        return self._renderer.card(CARDS.validate_json(message.card), message.language)

    # ── words of our own ────────────────────────────────────────────────────────────────────────────────────────────

    def _sentence(self, activity: Payload, person: str, label: str) -> Answer:
        return Answer(200, _told(activity, self._label(label, self._language(person))), shows=True)

    def _failed(self, activity: Payload, problem: Exception) -> str:
        incident = noted(problem, "request failed", kind=str(activity.get("name") or activity["type"])[:40])
        language = self._language(self._bot.directory.person_of(self._account(activity)))
        return self._label("failed", language).replace("#", incident)

    def _say(self, activity: Payload, sentence: str) -> None:
        """A sentence to the person, straight, where they wrote: for where nothing could be kept or shown."""
        self._post(activity, {"type": "message", "text": sentence})

    def _post(self, activity: Payload, made: Json) -> None:
        message = made if made.get("type") == "message" else {"type": "message", "attachments": [_attached(made)]}
        try:
            self._platform.answer(activity, message)
        except (Refused, Unreachable) as problem:
            log.warning("what was to be said at once was not taken", reason=str(problem))

    def _account(self, activity: Payload) -> str:
        return self._platform.people.account_in(activity)

    def _language(self, person: str) -> str:
        found = self._bot.directory.person(person)
        return (found.language if found else "") or "fi"

    def _label(self, name: str, language: str) -> str:
        return self._renderer.label(name, language)


def _is_whole(activity: Payload) -> bool:
    """Whether an activity tells what every one tells: its type, who sent it and where."""
    sender, conversation = part(activity, "from"), part(activity, "conversation")
    ids = (sender.get("id"), conversation.get("id"), activity.get("type"))
    if not all(isinstance(found, str) and found for found in ids):
        return False
    try:
        place_of(str(place_in(activity, account_of(sender))))
    except ValueError:
        return False  # an id that no place can bear
    return True


def _own_chat_of(message: Message) -> str:
    """In whose own chat with the bot a message was posted, "" among others; in one's own no whisper is covered."""
    return place_of(message.conversation).person if message.conversation.startswith(PREFIX) else ""


def _sentence_of(shown: CardShown) -> str:
    """The words of a card that is a sentence and nothing else, "" for any other."""
    words = [p for p in shown.parts if isinstance(p, Words)]
    return shown.plain if len(words) == len(shown.parts) and len(shown.plain) <= SHORT else ""


def _told(activity: Payload, sentence: str) -> Json:
    """A sentence in the form that an activity's client shows it."""
    match str(activity.get("name")).partition("/")[0]:
        case "task" | "composeExtension":
            return {"task": {"type": "message", "value": sentence}}
        case "message":
            return {}
        case _:
            return {"statusCode": 200, "type": SAID, "value": sentence}


def _with_way_back(made: Json, label: str) -> Json:
    """A card that stands in the place of another, with a button that leads back to that one."""
    back = {
        "type": "Action.Execute", "title": label, "verb": "back", "data": {OURS: {"back": True}},
        "associatedInputs": "none",
    }  # fmt: skip
    return {**made, "body": [*made["body"], {"type": "ActionSet", "actions": [back]}]}


def _attached(made: Json) -> Json:
    return {"contentType": KIND, "content": made}
