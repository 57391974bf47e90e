"""A whole bot in Teams: everything real but Microsoft and time. Activities go in as Teams sends them, calls come out as
the Bot Connector gets them; what a client does by itself (a refresh) is done here as well.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.platforms.teams.app import Answer, TeamsApp
from bot.platforms.teams.connector import PUBLIC, Connector, Identity
from bot.platforms.teams.people import TeamsPeople
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.ways import Ways
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.teams.check import check
from tests.teams.fake import (
    BOT,
    CHANNEL,
    CLIENT,
    COMMS,
    KIND,
    TENANT,
    FakeTeams,
    Json,
    Posted,
    actions_of,
    inputs_of,
    member,
    text_of,
)  # fmt: skip

PEOPLE = {p.id: p for p in read_people(DEMO_PEOPLE)}
MEMBERS = {f"29:{p.id}": member(p.id, p.email, p.name) for p in PEOPLE.values()} | {
    "29:new": member("new", "uusi@example.org", "Uusi työntekijä"),
    "29:guest": member("guest", "vieras@example.org", "Vieras", userRole="guest"),
    "29:stranger": member("stranger", PEOPLE["employee"].email, "Muun talon väki", tenantId="another"),
}
NUMBERS = itertools.count(1)
TOKEN = jwt.encode({"exp": int(time.time()) + 86_400}, "only-on-loopback-only-on-loopback!", "HS256")


def connector_to(teams: FakeTeams) -> Connector:
    """The SDK, with its tokens made here and its keys asked of the fake."""
    cloud = dataclasses.replace(PUBLIC, openid_metadata_url=f"{teams.address}openidconfiguration")
    identity = Identity(CLIENT, TENANT, token=lambda *_: TOKEN)
    return Connector(identity, cloud, graph=f"{teams.address}graph/")


@dataclass
class TeamsWorld:
    """What people do in Teams, each deed with an id of its own; afterwards what is due was sent, a second apart.

    People are named by the directory's ids; conversations are the Connector's, "" for the person's own chat.
    """

    teams: FakeTeams
    app: TeamsApp
    bot: Bot
    sender: Sender
    store: SqliteStore
    clock: FakeClock
    platform: TeamsPlatform
    answer: Answer = field(default_factory=lambda: Answer(0))
    views: dict[tuple[str, str], tuple[int, Json]] = field(default_factory=dict)
    toasts: list[tuple[str, str, str]] = field(default_factory=list)
    form: Json = field(default_factory=dict)
    form_at: Json = field(default_factory=dict)

    # ── payloads ────────────────────────────────────────────────────────────────────────────────────────────────────

    def activity(self, person: str, kind: str, conversation: str = "", **more: Any) -> Json:
        personal = not conversation
        channel = conversation.partition(";")[0].endswith("@thread.tacv2")
        return {
            "type": kind, "id": f"{next(NUMBERS)}", "channelId": "msteams", "serviceUrl": self.teams.address,
            "timestamp": f"2026-11-23T08:00:{next(NUMBERS) % 60:02}Z", "locale": "fi-FI",
            "from": {"id": f"29:{person}", "aadObjectId": f"aad-{person}", "name": person},
            "recipient": {"id": BOT, "name": "Someopas"},
            "conversation": {
                "id": conversation or f"chat-{person}", "tenantId": TENANT,
                "conversationType": "personal" if personal else "channel" if channel else "groupChat",
                **({} if personal else {"isGroup": True}),
            },
            "channelData": {"tenant": {"id": TENANT}}, **more,
        }  # fmt: skip

    def message(self, person: str, text: str, conversation: str = "", **more: Any) -> Json:
        return self.activity(person, "message", conversation, text=text, textFormat="plain", **more)

    def mention(self, person: str, text: str, conversation: str = CHANNEL, thread: str = "") -> Json:
        """A message that names the bot; in a channel it begins a thread of its own, unless it is in one."""
        name = "<at>Someopas</at>"
        entity = {"type": "mention", "mentioned": {"id": BOT, "name": "Someopas"}, "text": name}
        made = self.message(person, f"{name} {text}", conversation, entities=[entity])
        if conversation.endswith("@thread.tacv2"):
            made["conversation"]["id"] = f"{conversation};messageid={thread or made['id']}"
        return made

    def invoke(self, person: str, name: str, value: Json, conversation: str = "", reply_to: str = "") -> Json:
        return self.activity(
            person, "invoke", conversation, name=name, value=value, **({"replyToId": reply_to} if reply_to else {})
        )

    def execute(self, person: str, at: Posted, action: Json, values: Json | None = None, trigger: str = "manual") -> Json:
        data = {**(values or {}), **action.get("data", {})}
        pressed = {"type": "Action.Execute", "verb": action.get("verb", ""), "data": data}
        value = {"action": pressed, "trigger": trigger}
        own = at.conversation.startswith("chat-")
        return self.invoke(person, "adaptiveCard/action", value, "" if own else at.conversation, at.id)

    # ── deeds ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def receive(self, activity: Json) -> Answer:
        """Hand an activity over as the server does once its sender is proved, and send what is due."""
        self.answer = self.app.receive(activity)
        self.settle()
        return self.answer

    def settle(self) -> None:
        """Send all that is due, with the clock moved by a second as often as the pace asks for it."""
        for _ in range(60):
            self.sender.run_once()
            if not self.store.due_messages(self.clock.now()):
                return
            self.clock.move(seconds=1)

    def waits(self, **by: float) -> None:
        self.clock.move(**by)
        self.settle()

    def says(self, person: str, text: str, **more: Any) -> Answer:
        return self.receive(self.message(person, text, **more))

    def mentions(self, person: str, text: str, conversation: str = CHANNEL, thread: str = "") -> Answer:
        return self.receive(self.mention(person, text, conversation, thread))

    def presses(self, person: str, action: str, conversation: str = "", number: int = -1) -> Answer:
        """Press the last button `action` that the person sees in a conversation."""
        found = [
            (posted, one) for posted, card in self.seen(person, conversation) for one in actions_of(card)
            if one.get("data", {}).get("someopas", {}).get("action") == action
        ]  # fmt: skip
        assert found, f"{person} sees no button {action}"
        posted, one = found[number]
        return self.executes(person, posted, one)

    def executes(self, person: str, posted: Posted, action: Json, values: Json | None = None) -> Answer:
        """Press a button; the client shows what comes back, in the card's place or below it."""
        self.receive(self.execute(person, posted, action, values))
        return self._took(person, posted)

    def submits(self, person: str, **values: str) -> Answer:
        """Fill in the form that was shown last, and send it."""
        inputs = inputs_of(self.form)
        assert set(values) <= set(inputs), f"the form has no field {set(values) - set(inputs)}"
        [send] = [a for a in actions_of(self.form) if "form" in a["data"]["someopas"]]
        filled = {name: values.get(name, value) for name, value in inputs.items()}
        if "dialog" in self.form_at:
            name = str(self.form_at["dialog"])
            self.receive(self.invoke(person, name, {"data": {**filled, **send["data"]}}))
            return self._took_dialog(name)
        return self.executes(person, self.form_at["posted"], send, filled)

    def thumbs(self, person: str, reaction: str, text: str = "") -> Answer:
        """Teams' own thumbs below the person's last message that has them."""
        own = [p for p in self.teams.of(f"chat-{person}") if "feedbackLoop" in p.activity.get("channelData", {})]
        value = {
            "actionName": "feedback",
            "actionValue": {"reaction": reaction, "feedback": f'{{"feedbackText":"{text}"}}'},
        }
        return self.receive(self.invoke(person, "message/submitAction", value, reply_to=own[-1].id))

    def installs(self, person: str, action: str = "add", conversation: str = "") -> Answer:
        """The app is added to a conversation, or removed from it, or updated."""
        return self.receive(self.activity(person, "installationUpdate", conversation, action=action))

    def has_everywhere(self, *people: str) -> None:
        """The app is installed for these people, or for everybody, as an administrator's policy does; nothing is told."""
        for person in people or PEOPLE:
            activity = self.activity(person, "conversationUpdate")
            self.platform.people.person(activity)

    def quotes(self, person: str, posted: Posted, text: str, *, older: bool = False) -> Answer:
        """Answer a message in one's own chat by quoting it, as today's clients tell it or as older ones did."""
        if older:
            html = (
                f'<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="{posted.id}">'
                f'<strong itemprop="mri" itemid="{BOT}">Someopas</strong><p itemprop="preview">…</p></blockquote>'
                f"<p>{text}</p>"
            )
            return self.says(person, text, attachments=[{"contentType": "text/html", "content": html}])
        entity = {"type": "quotedReply", "quotedReply": {"messageId": posted.id, "senderId": BOT}}
        return self.says(person, f'<quoted messageId="{posted.id}"/> {text}', entities=[entity])

    def commands(self, person: str, command: str, message: Json, conversation: str = CHANNEL) -> Answer:
        """Choose a command of the message extension on a message."""
        value = {"commandId": command, "commandContext": "message", "messagePayload": message}
        self.receive(self.invoke(person, "composeExtension/fetchTask", value, conversation))
        return self._took_dialog("composeExtension/submitAction")

    def opens_window(self, person: str) -> Answer:
        """Press the button of a form that opens it as a dialog."""
        [one] = [
            a for a in actions_of(self.form) if "window" in a["data"]["someopas"] and "form" not in a["data"]["someopas"]
        ]
        self.receive(self.invoke(person, "task/fetch", {"data": one["data"]}))
        return self._took_dialog("task/submit")

    def own(self, person: str) -> list[Posted]:
        """The cards of a person's own chat with the bot."""
        return self.cards(f"chat-{person}")

    def cards(self, conversation: str) -> list[Posted]:
        """The messages of a conversation that have a card; words with their sources may stand before one."""
        return [p for p in self.teams.of(conversation) if p.card]

    def words_of(self, posted: Posted) -> Json:
        """The message with the words of a card: the one before it, where they stand apart, else its own."""
        before = self.teams.posted[: self.teams.posted.index(posted)]
        there = [p for p in before if p.conversation == posted.conversation]
        return there[-1].activity if there and not there[-1].card else posted.activity

    def posted_with(self, action: str, conversation: str) -> list[Posted]:
        """The messages of a conversation that have a button `action` now."""
        return [
            p for p in self.teams.of(conversation)
            if any(a.get("data", {}).get("someopas", {}).get("action") == action for a in actions_of(p.card))
        ]  # fmt: skip

    def _took(self, person: str, posted: Posted) -> Answer:
        body = self.answer.body
        assert isinstance(body, dict), body
        if body["type"] == KIND:
            card = body["value"]
            assert check(card) == []
            self.views[person, posted.id] = (posted.changes, card)
            if inputs_of(card) or any("form" in a.get("data", {}).get("someopas", {}) for a in actions_of(card)):
                self.form, self.form_at = card, {"posted": posted}
        else:
            self.toasts.append((person, posted.conversation.partition(";")[0], body["value"]))
        return self.answer

    def _took_dialog(self, name: str) -> Answer:
        body = self.answer.body
        assert isinstance(body, dict), body
        task = body["task"]
        if task["type"] == "continue":
            self.form, self.form_at = task["value"]["card"]["content"], {"dialog": name}
            assert check(self.form) == []
        return self.answer

    # ── what people see ─────────────────────────────────────────────────────────────────────────────────────────────

    def seen(self, person: str, conversation: str = "") -> list[tuple[Posted, Json]]:
        """The cards that a person has before them in a conversation, each as their client shows it."""
        shown = []
        for posted in self.teams.of(conversation or f"chat-{person}"):
            changes, view = self.views.get((person, posted.id), (-1, {}))
            if changes != posted.changes:
                view = self._refreshed(person, posted)
            shown.append((posted, view))
        return shown

    def _refreshed(self, person: str, posted: Posted) -> Json:
        """The card of a message; one that is to be refreshed for the person is asked for, as a client does unasked."""
        refresh = posted.card.get("refresh")
        if not refresh or f"29:{person}" not in refresh["userIds"]:
            return posted.card
        before = [(p.id, p.changes) for p in self.teams.posted]
        answer = self.app.receive(self.execute(person, posted, refresh["action"], trigger="automatic"))
        self.settle()
        assert before == [(p.id, p.changes) for p in self.teams.posted], "an automatic refresh changed a message"
        assert isinstance(answer.body, dict)
        assert answer.body["type"] == KIND, answer.body
        assert check(answer.body["value"]) == []
        return dict(answer.body["value"])

    def sees(self, person: str, conversation: str = "") -> str:
        """All the words that a person has before them in a conversation."""
        where = conversation or f"chat-{person}"
        cards = [f"{p.activity.get('text', '')}\n{text_of(card)}" for p, card in self.seen(person, conversation)]
        return "\n".join([*cards, *(words for who, at, words in self.toasts if (who, at) == (person, where))])


def make_teams(
    path: Path, teams: FakeTeams, connector: Connector, guide: Guide, renderer: Renderer, clock: FakeClock,
    files: EvidenceStore | None = None, *, graph: bool = False,
) -> TeamsWorld:  # fmt: skip
    """A world on a database file and a served fake; the demo organisation moves in where nobody lives yet."""
    store = SqliteStore(path)
    if not store.people():
        store.replace_people(read_people(DEMO_PEOPLE))
    directory = Directory(store)
    ways = Ways(store, clock, teams.address)
    people = TeamsPeople(connector, directory, ways, clock, [TENANT], graph=graph)
    platform = TeamsPlatform(connector, people, ways, store, renderer.labels, {"communications": COMMS})
    bot = Bot(store, directory, guide, clock, FinnishWorkingTime(), {"teams": platform}, evidence=files)
    return TeamsWorld(
        teams, TeamsApp(bot, platform, renderer), bot, Sender(bot, renderer, files), store, clock, platform
    )  # fmt: skip
