"""A whole bot in Slack: everything real but Slack and time. Payloads go in as Slack sends them, calls come out as it gets
them.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slack_bolt import BoltRequest, BoltResponse

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.platforms.slack.app import SlackApp
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.web_api import client_of
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.slack.fake import BOT, CHANNEL, TEAM, FakeSlack, Json, user

USERS = {
    "UEMP": user("UEMP", "tyontekija.kirjasto@example.org"),
    "USUP": user("USUP", "esihenkilo.kirjasto@example.org"),
    "UCOM": user("UCOM", "viestinta.asiantuntija@example.org"),
    "UMAN": user("UMAN", "viestintapaallikko@example.org"),
    "UADM": user("UADM", "paakayttaja@example.org"),
    "UNEW": user("UNEW", "uusi@example.org", "Uusi työntekijä", locale="sv-SE"),
    "UGUEST": user("UGUEST", "vieras@example.org", "Vieras", is_restricted=True),
    "USTR": user("USTR", "tyontekija.kirjasto@example.org", "Muun talon väki", team_id="T222", is_stranger=True),
}
COMMS = "CCOMMS"
NUMBERS = itertools.count(1)


@dataclass
class SlackWorld:
    """What people do in Slack, each deed with ids of its own; afterwards what is due was sent, a second apart."""

    slack: FakeSlack
    app: SlackApp
    bot: Bot
    sender: Sender
    store: SqliteStore
    clock: FakeClock
    platform: SlackPlatform
    path: Path
    last_response: BoltResponse = field(default_factory=lambda: BoltResponse(status=0))

    def dispatch(self, body: Json, **headers: str) -> BoltResponse:
        """Hand a payload to Bolt as Socket Mode does."""
        self.last_response = self.app.bolt.dispatch(BoltRequest(mode="socket_mode", body=body, headers=headers))
        self.settle()
        return self.last_response

    def settle(self) -> None:
        """Send all that is due, with the clock moved by a second as often as the pace asks for it."""
        for _ in range(30):
            self.sender.run_once()
            if not self.store.due_messages(self.clock.now()):
                return
            self.clock.move(seconds=1)

    def waits(self, **by: float) -> None:
        self.clock.move(**by)
        self.settle()

    def event(self, event: Json, **more: Any) -> Json:
        return event_body(event, **more)

    def message(self, user: str, text: str, channel: str = "", thread: str = "", ts: str = "") -> Json:
        return message_body(user, text, channel, thread, ts)

    def says(self, user: str, text: str, channel: str = "", thread: str = "") -> BoltResponse:
        return self.dispatch(self.message(user, text, channel, thread))

    def mentions(self, user: str, text: str, channel: str = CHANNEL, thread: str = "", ts: str = "") -> BoltResponse:
        """A mention, which Slack delivers twice: as a message of the channel, and as a mention."""
        stamp = ts or f"{next(NUMBERS)}.5"
        body = self.message(user, f"<@{BOT}> {text}", channel, thread, stamp)
        self.dispatch(body)
        return self.dispatch(self.event({**body["event"], "type": "app_mention"}))

    def commands(self, user: str, command: str, text: str, channel: str = CHANNEL) -> BoltResponse:
        return self.dispatch(self.command(user, command, text, channel))

    def command(self, user: str, command: str, text: str, channel: str = CHANNEL) -> Json:
        return {
            "team_id": TEAM, "user_id": user, "command": command, "text": text, "channel_id": channel,
            "channel_name": "directmessage" if channel.startswith("D") else "kanava",
            "trigger_id": f"t{next(NUMBERS)}", "response_url": self.door(),
        }  # fmt: skip

    def shortcut(self, user: str, text: str, channel: str = CHANNEL) -> BoltResponse:
        return self.dispatch({
            "type": "message_action", "callback_id": "ask_guideline", "team": {"id": TEAM}, "user": {"id": user},
            "channel": {"id": channel}, "message": {"text": text, "ts": "5.5", "user": "USUP"}, "message_ts": "5.5",
            "trigger_id": f"t{next(NUMBERS)}", "response_url": self.door(),
        })  # fmt: skip

    def press(self, user: str, card: Json, action: str, number: int = 0, **more: Any) -> Json:
        """The payload of a press of the button `action` of a message or a view, the `number`th of its kind."""
        buttons = [e for b in card.get("blocks", []) for e in b.get("elements", []) if is_action(e, action)]
        element = buttons[number]
        value = more.pop("value", element.get("value"))
        if element["type"] == "feedback_buttons":
            value = element["positive_button" if value == "yes" else "negative_button"]["value"]
        pressed = {"type": element["type"], "action_id": element["action_id"], "value": value}
        channel, stamp = card.get("channel", ""), card.get("stamp", "9.9")
        place: Json = {
            "channel": {"id": channel}, "response_url": self.door(),
            "container": {"type": "message", "channel_id": channel, "message_ts": stamp},
            "message": {"ts": stamp, **({"thread_ts": card["thread_ts"]} if card.get("thread_ts") else {})},
        }  # fmt: skip
        if card.get("type") in ("modal", "home"):
            place = {
                "view": {k: card[k] for k in ("type", "private_metadata") if k in card},
                "container": {"type": "view"},
            }
        return {
            "type": "block_actions", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM}, "actions": [pressed],
            "trigger_id": f"t{next(NUMBERS)}", **place, **more,
        }  # fmt: skip

    def presses(self, user: str, card: Json, action: str, number: int = 0, **more: Any) -> BoltResponse:
        return self.dispatch(self.press(user, card, action, number, **more))

    def submits(self, user: str, view: Json, **values: str) -> BoltResponse:
        return self.dispatch(self.submission(user, view, **values))

    def submission(self, user: str, view: Json, **values: str) -> Json:
        entered = {
            name: {"value": {"type": "radio_buttons", "selected_option": {"value": value}}
            if name == "named" else {"type": "plain_text_input", "value": value}}
            for name, value in values.items()
        }  # fmt: skip
        return {
            "type": "view_submission", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM},
            "trigger_id": f"t{next(NUMBERS)}", "view": {**view, "id": "V1", "state": {"values": entered}},
        }  # fmt: skip

    def opens_home(self, user: str, tab: str = "home") -> Json:
        self.dispatch(self.event({"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": tab}))
        return self.home(user) if tab == "home" else {}

    def home(self, user: str) -> Json:
        """The person's home view as it was published last."""
        return [b["view"] for b in self.slack.told("views.publish") if b["user_id"] == user][-1]

    def door(self) -> str:
        return f"{self.slack.address}respond/door{next(NUMBERS)}"

    def posts(self, channel: str) -> list[Json]:
        return [b for b in self.slack.told("chat.postMessage") if b["channel"] == channel]

    def direct(self, user: str) -> list[Json]:
        return self.posts(f"D{user[1:]}")

    def whispers(self, user: str) -> list[Json]:
        return [b for b in self.slack.told("chat.postEphemeral") if b["user"] == user]

    def view(self) -> Json:
        """The view that was opened last."""
        return self.slack.told("views.open", "views.push", "views.update")[-1]["view"]

    def response(self) -> Json:
        return json.loads(self.last_response.body) if self.last_response.body else {}


def event_body(event: Json, **more: Any) -> Json:
    """An event as Slack delivers it."""
    return {
        "type": "event_callback", "team_id": TEAM, "api_app_id": "A111", "event_id": f"Ev{next(NUMBERS)}",
        "event": event, "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}], **more,
    }  # fmt: skip


def message_body(user: str, text: str, channel: str = "", thread: str = "", ts: str = "") -> Json:
    """A message: in the person's own conversation with the bot, or in a channel."""
    direct = not channel
    stamp = ts or f"{next(NUMBERS)}.5"
    event = {
        "type": "message", "user": user, "text": text, "ts": stamp, "channel": channel or f"D{user[1:]}",
        "channel_type": "im" if direct else "channel", **({"thread_ts": thread} if thread else {}),
    }  # fmt: skip
    return event_body(event)


def serve_settings(data: Path, slack: FakeSlack) -> dict[str, str]:
    """What makes a `someopas serve` one of this Slack's, without limits that a rush of events would meet."""
    return {
        "SOMEOPAS_DATA": str(data), "SOMEOPAS_DENSE": "0", "SOMEOPAS_PLATFORMS": '["slack"]',
        "SOMEOPAS_SLACK_BOT_TOKEN": "xoxb-1", "SOMEOPAS_SLACK_API": f"{slack.address}api/",
        "SOMEOPAS_SLACK_COMMUNICATIONS": COMMS, "SOMEOPAS_HEALTH_PORT": "0", "SOMEOPAS_QUESTIONS_A_MINUTE": "0",
    }  # fmt: skip


def is_action(element: Json, action: str) -> bool:
    return str(element.get("action_id", "")).partition("#")[0] == action


def make_slack(
    path: Path, slack: FakeSlack, guide: Guide, renderer: Renderer, clock: FakeClock, files: EvidenceStore | None = None
) -> SlackWorld:
    """A world on a database file and a served fake; the demo organisation moves in where nobody lives yet.

    `files` is where files are put by; without it each is given up.
    """
    store = SqliteStore(path)
    if not store.people():
        store.replace_people(read_people(DEMO_PEOPLE))
    directory = Directory(store)
    client = client_of("xoxb-1", f"{slack.address}api/")
    platform = SlackPlatform(client, SlackPeople(client, directory, clock), {"communications": COMMS})
    bot = Bot(store, directory, guide, clock, FinnishWorkingTime(), {"slack": platform}, evidence=files)
    sender = Sender(bot, renderer, files)
    return SlackWorld(slack, SlackApp(bot, platform, renderer), bot, sender, store, clock, platform, path)
