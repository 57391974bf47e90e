"""Slack's requests, by Bolt: each becomes an event, and is acknowledged when what it led to is on disk.

Bolt runs listeners before it answers (`process_before_response`), so an exception before the commit is a 500 in HTTP and
no acknowledgement in Socket Mode, and Slack delivers again. What Slack does not deliver again, a press or a form, is
answered with a sentence and an id instead.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.app import Bot
from bot.deciding import Handled
from bot.failures import noted
from bot.platforms import Refused, Unreachable
from bot.platforms.slack import blocks, events
from bot.platforms.slack.events import Payload, Shown
from bot.platforms.slack.manifest import EVENTS
from bot.platforms.slack.places import PREFIX
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.web_api import answer_through, call
from bot.rendering import Renderer
from handlers.cards import Field
from handlers.effects import FieldErrors, OpenForm, ShowCard
from handlers.events import Event, Submitted

LAST_RETRY = 3
"""Slack delivers an event again at most three times: after the last one the person is told that it failed."""
MOST_MET = 5
"""People of a form who are looked for in Slack before it opens: it must open in three seconds."""
CARRIED = 2000
"""Characters of the people whom a form carries unseen, of the 3,000 that Slack lets it carry."""
MOST_NAMED = 10
"""People whom a message mentions that are looked up, as its acknowledgement waits for them."""
ANY = re.compile(".*", re.DOTALL)
log = structlog.get_logger()


class SlackApp:
    """Bolt's app with our listeners. It translates and carries out at once what Slack wants at once; no more."""

    def __init__(self, bot: Bot, platform: SlackPlatform, renderer: Renderer) -> None:
        self._bot = bot
        self._platform = platform
        self._renderer = renderer
        # Bolt would log whole requests where something is odd about them; what is odd is logged here, by kind and id.
        quiet = logging.getLogger("someopas.bolt")
        quiet.setLevel(logging.CRITICAL)
        self.bolt = App(
            logger=quiet, client=platform.client, authorize=lambda: self._authorize(), process_before_response=True,
            request_verification_enabled=False, token_verification_enabled=False,
        )  # fmt: skip
        self._listen()

    def _listen(self) -> None:
        bolt = self.bolt
        bolt.error(self._lost)
        bolt.use(self._guard)
        bolt.event("app_mention")(self._message)
        bolt.event("message")(self._message)
        bolt.event("app_home_opened")(self._home_opened)
        bolt.event("user_change")(self._user_changed)
        bolt.command(ANY)(self._command)
        bolt.message_shortcut(events.SHORTCUT)(self._shortcut)
        bolt.message_shortcut(events.REPORT)(self._flag)
        bolt.action(ANY)(self._press)
        bolt.view(ANY)(self._view)

    def _authorize(self) -> AuthorizeResult:
        us = self._platform.ourselves
        return AuthorizeResult(
            enterprise_id=us.enterprise or None, team_id=us.team, bot_token=self._platform.client.token,
            bot_id=us.bot, bot_user_id=us.user,
        )  # fmt: skip

    def _guard(self, req: BoltRequest, next_: Callable[[], None]) -> BoltResponse | None:
        """Turn away other workspaces' requests; acknowledge what the bot takes no part in."""
        if not self._is_ours(req.body):
            log.warning("request of another workspace refused", kind=kind_of(req.body))
            return BoltResponse(status=401, body="")
        if not is_known(req.body):
            return BoltResponse(status=200, body="")
        next_()
        return None

    def _is_ours(self, body: Payload) -> bool:
        us, teams = self._platform.ourselves, teams_of(body)
        return us.team in teams or (bool(us.enterprise) and not teams and us.enterprise in enterprises_of(body))

    # ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────

    def _message(self, event: Payload, req: BoltRequest) -> None:
        us = self._platform.ourselves
        user = str(event.get("user") or "")
        asked = events.from_message(event, f"slack:{user}" if user else "", us.user)
        if asked is None or not (asked.addressed or self._bot.takes_part(asked.conversation)):
            return
        try:
            person = self._platform.people.person(user, us.team)
            understood = events.from_message(event, person, us.user)
            assert understood is not None  # noqa: S101 - it was understood a moment ago
            self._working(event, person)
            self._people(understood.named[:MOST_NAMED])
            self._bot.handle(understood)
        except Exception as problem:
            # Whatever it was, it goes on to Slack as a failure: noted here, since only here the person is known.
            self._events_failure(problem, event, req)
            raise

    def _working(self, event: Payload, person: str) -> None:
        """Show in the person's own conversation that the bot is at work; it goes when the answer comes."""
        if event.get("channel_type") != "im":
            return
        language = self._language(person)
        self._pleasantly(
            "assistant.threads.setStatus", channel_id=event["channel"], status=self._label("slack.working", language),
            thread_ts=event.get("thread_ts") or event["ts"],
        )  # fmt: skip

    def _home_opened(self, event: Payload, body: Payload) -> None:
        person = self._platform.people.person(str(event["user"]), self._platform.ourselves.team)
        if event.get("tab") == "messages":
            language = self._language(person)
            prompts = [{"title": blocks.cut(q, 75), "message": q} for q in self._bot.guide.starters(language)[:4]]
            self._pleasantly("assistant.threads.setSuggestedPrompts", channel_id=event["channel"], prompts=prompts)
        else:
            self._bot.handle(events.from_home(event, str(body.get("event_id") or ""), person))

    def _user_changed(self, event: Payload) -> None:
        person = self._platform.people.changed(event.get("user") or {}, self._platform.ourselves.team)
        if person and self._bot.directory.has_left(person):
            self._bot.person_left(person)

    def _command(self, body: Payload, ack: Ack) -> None:
        self._act(body, ack, lambda person, own: events.from_command(body, person, own))

    def _shortcut(self, body: Payload, ack: Ack) -> None:
        bot_user = self._platform.ourselves.user
        self._act(body, ack, lambda person, own: events.from_shortcut(body, person, own, bot_user))

    def _flag(self, body: Payload, ack: Ack) -> None:
        bot_user = self._platform.ourselves.user

        def understand(person: str, own: str) -> Event:
            link = self._platform.permalink(events.channel_of(body), events.stamp_of(body))
            return events.from_flag(body, person, own, bot_user, link)

        self._act(body, ack, understand)

    def _press(self, body: Payload, ack: Ack) -> None:
        self._act(body, ack, lambda person, own: events.from_press(body, person, own))

    def _view(self, body: Payload, ack: Ack) -> None:
        self._act(body, ack, lambda person, _: self._submitted(body, person))

    def _submitted(self, body: Payload, person: str) -> Submitted:
        """A sent form, in which whoever was chosen is known to the directory."""
        event = events.from_view(body, person)
        people = {name: self._people(chosen.split(",")) for name, chosen in events.users_chosen(body).items()}
        return replace(event, values={**event.values, **events.with_unseen(body, people)})

    def _people(self, chosen: Sequence[str]) -> str:
        """The directory's ids of accounts, now known to it; of one that Slack does not tell about, the account's own."""
        directory = self._bot.directory
        for account in chosen:
            try:
                if account and directory.account(account) is None:
                    self._platform.people.person(account.removeprefix(PREFIX), self._platform.ourselves.team)
            except Refused as problem:
                log.warning("a chosen person was not found", reason=str(problem))
            except Unreachable as problem:
                log.warning("chosen people were not looked up", reason=str(problem))
                break  # Slack waits for an acknowledgement: while it is silent, it is not asked about the next one
        return ",".join(map(directory.person_of, chosen))

    def _act(self, body: Payload, ack: Ack, understand: Callable[[str, str], Event]) -> None:
        """Handle an interaction, show at once what is to be shown at once, and acknowledge."""
        user = user_of(body)
        try:
            person = self._platform.people.person(user, self._platform.ourselves.team)
            event = understand(person, self._platform.own_channel(events.channel_of(body), person))
            handled = self._bot.handle(event)
        except Exception as problem:  # noqa: BLE001 - the outermost loop of an interaction, which shows a sentence with an id
            self._interactions_failure(problem, body, ack)
            return
        if isinstance(event, Submitted):
            ack(**self._response(handled, event))
            return
        self._open(handled, event, body)
        ack()

    # ── what is shown at once ───────────────────────────────────────────────────────────────────────────────────────

    def _open(self, handled: Handled, event: Event, body: Payload) -> None:
        """Open a form or a card as a modal, over the one in which the person is, if any."""
        if handled.immediate is None:
            return
        view = self._modal(handled.immediate, handled.language, event)
        before: Payload = body.get("view") or {}
        trigger = str(body.get("trigger_id") or "")
        try:
            if before.get("type") != "modal":
                call(self._platform.client, "views.open", trigger_id=trigger, view=view)
            elif isinstance(handled.immediate, ShowCard):
                # Slack stacks three views at the most: a card takes the place of the one that led to it.
                call(self._platform.client, "views.update", view_id=str(before.get("id") or ""), view=view)
            else:
                call(self._platform.client, "views.push", trigger_id=trigger, view=view)
        except (Refused, Unreachable) as problem:
            # The trigger lives three seconds and serves once: a second delivery finds the form open already.
            log.warning("a form did not open", reason=str(problem))
            self._say(event, "slack.form_failed", handled.language)

    def _response(self, handled: Handled, event: Submitted) -> Mapping[str, Any]:
        """The answer to a sent form: its errors, what comes after it, or its end."""
        match handled.immediate:
            case FieldErrors(form=form, errors=errors):
                shown = self._renderer.form(form, handled.language, errors)
                told = {f.name: f.error for f in shown.fields if f.error}
                return {"response_action": "errors", "errors": told}
            case None:
                return {"response_action": "clear"} if event.window else {}
            case wish:
                return {"response_action": "update", "view": self._modal(wish, handled.language, event)}

    def _modal(self, wish: OpenForm | FieldErrors | ShowCard, language: str, event: Event) -> Mapping[str, Any]:
        here = Shown(
            "", event.conversation, event.thread, event.door, event.window or isinstance(wish, ShowCard)
        )  # fmt: skip
        if isinstance(wish, ShowCard):
            card = self._renderer.card(wish.card, wish.language or language)
            title, close = (self._label(name, language) for name in ("slack.window", "web.close"))
            return blocks.window(card, title, close, here.pack())
        errors = wish.errors if isinstance(wish, FieldErrors) else None
        self._meet(wish.form.fields)
        unseen = {f.name: left for f in wish.form.fields if (left := self._unseen(f))}
        fields = tuple(self._in_slack(asked, kept=asked.name in unseen) for asked in wish.form.fields)
        form = self._renderer.form(replace(wish.form, fields=fields), language, errors)
        carried = json.dumps(unseen) if unseen else ""
        if len(carried) > CARRIED:
            log.warning("more people than a form can carry unseen", form=form.name, characters=len(carried))
            carried = ""
        return blocks.modal(form, replace(here, record=form.record, unseen=carried).pack())

    def _meet(self, fields: Sequence[Field]) -> None:
        """Find in Slack some of those who stand in a form and whom the bot has not met: its trigger does not wait."""
        ids = dict.fromkeys(p for f in fields for p in _people_in(f))
        for person in [p for p in ids if not p.startswith(PREFIX) and not self._user(p)][:MOST_MET]:
            try:
                self._platform.people.user(person, self._platform.ourselves.team)
            except Refused:
                continue  # no account of theirs in Slack
            except Unreachable:
                return

    def _in_slack(self, asked: Field, *, kept: bool) -> Field:
        """A field for people with Slack's users in the place of the directory's ids.

        Who is not in Slack is left out; a field that keeps them may be left as it is shown.
        """
        if asked.type not in ("person", "people"):
            return asked
        users = ",".join(filter(None, map(self._user, _people_in(asked))))
        return replace(asked, value=users, required=asked.required and not kept)

    def _unseen(self, asked: Field) -> str:
        """The people of a field whom Slack cannot show, but who have not left."""
        directory = self._bot.directory
        return ",".join(
            p for p in _people_in(asked)
            if not self._user(p) and directory.person(p) is not None and not directory.has_left(p)
        )  # fmt: skip

    def _user(self, person: str) -> str:
        """The Slack user of a person, "" for none; an account that was never met stands for itself."""
        found = [a.id for a in self._bot.directory.accounts_of(person) if a.id.startswith(PREFIX)]
        if person.startswith(PREFIX) and self._bot.directory.account(person) is None:
            found.append(person)
        return found[0].removeprefix(PREFIX) if found else ""

    def _say(self, event: Event, label: str, language: str) -> None:
        """A sentence to the person, straight: for where nothing could be shown."""
        sentence = self._label(label, language)
        try:
            if event.door:
                answer_through(event.door, {"text": sentence}, public=False)
            else:
                self._platform.say(event.person, sentence)
        except (Refused, Unreachable) as problem:
            log.warning("a sentence was not taken", reason=str(problem))

    def _pleasantly(self, method: str, **arguments: Any) -> None:
        """A call that only makes it pleasanter: what fails is let be."""
        try:
            self._platform.quickly(method, **arguments)
        except (Refused, Unreachable) as problem:
            log.debug("a pleasantry failed", reason=str(problem))

    # ── when it fails ───────────────────────────────────────────────────────────────────────────────────────────────

    def _events_failure(self, problem: Exception, event: Payload, req: BoltRequest) -> None:
        """Slack delivers again; when it will not any more, the person is told."""
        incident = noted(problem, "request failed", kind="event")
        tries = req.headers.get("x-slack-retry-num") or ["0"]
        if not tries[0].isdecimal() or int(tries[0]) < LAST_RETRY:
            return
        try:
            call(
                self._platform.client, "chat.postEphemeral", channel=event["channel"], user=event["user"],
                text=self._failed(str(event["user"]), incident), thread_ts=event.get("thread_ts"),
            )  # fmt: skip
        except (Refused, Unreachable) as refusal:
            log.warning("the failure was not told", incident=incident, reason=str(refusal))

    def _interactions_failure(self, problem: Exception, body: Payload, ack: Ack) -> None:
        """A sentence with an id where the person is looking; a form stays open with all that was entered."""
        incident = noted(problem, "request failed", kind=kind_of(body))
        sentence = self._failed(user_of(body), incident)
        if body.get("command"):
            ack(text=sentence, response_type="ephemeral")
        elif body.get("type") == "view_submission":
            inputs = [b["block_id"] for b in body["view"].get("blocks", []) if b.get("type") == "input"]
            ack(response_action="errors", errors=dict.fromkeys(inputs[:1], sentence))
        elif body.get("response_url"):
            answer_through(str(body["response_url"]), {"text": sentence}, public=False)
            ack()
        else:
            raise problem

    def _lost(self, error: Exception) -> BoltResponse:
        """Nothing was kept: Slack is to deliver again."""
        noted(error, "request failed", kind="request")
        return BoltResponse(status=500, body="")

    def _failed(self, user: str, incident: str) -> str:
        language = self._language(self._bot.directory.person_of(f"slack:{user}"))
        return self._label("failed", language).replace("#", incident)

    def _language(self, person: str) -> str:
        found = self._bot.directory.person(person)
        return (found.language if found else "") or "fi"

    def _label(self, name: str, language: str) -> str:
        return self._renderer.label(name, language)


def kind_of(body: Payload) -> str:
    """What a request is, in a word that may be logged."""
    event: Payload = body.get("event") or {}
    return str(event.get("type") or body.get("type") or ("command" if body.get("command") else "unknown"))[:40]


def _people_in(asked: Field) -> list[str]:
    """The ids in a field for people; none in any other."""
    return [p for p in asked.value.split(",") if p] if asked.type in ("person", "people") else []


def user_of(body: Payload) -> str:
    """The Slack user who acted in an interaction."""
    return str(body.get("user_id") or (body.get("user") or {}).get("id") or "")


def is_known(body: Payload) -> bool:
    """Whether the bot has something to do with a request; all else is acknowledged and let be."""
    match body.get("type"):
        case "event_callback":
            return (body.get("event") or {}).get("type") in EVENT_TYPES
        case "block_actions" | "view_submission":
            return bool((body.get("user") or {}).get("id"))
        case "message_action":
            return body.get("callback_id") in (events.SHORTCUT, events.REPORT)
        case None:
            return bool(body.get("command"))
        case _:
            return False


EVENT_TYPES = frozenset(name.partition(".")[0] for name in EVENTS)


def teams_of(body: Payload) -> set[str]:
    """The workspaces that a request says it comes from or goes to."""
    told = [body.get("team_id"), (body.get("team") or {}).get("id"), body.get("context_team_id")]
    told += [a.get("team_id") for a in body.get("authorizations") or [] if isinstance(a, Mapping)]
    return {str(team) for team in told if team}


def enterprises_of(body: Payload) -> set[str]:
    """The organisations of a request that is of no one workspace."""
    told = [body.get("enterprise_id"), (body.get("enterprise") or {}).get("id")]
    told.append((body.get("team") or {}).get("enterprise_id"))
    return {str(enterprise) for enterprise in told if enterprise}
