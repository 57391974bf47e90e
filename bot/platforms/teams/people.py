"""Who somebody in Teams is: their Entra account, joined with the directory by e-mail; their supervisor, from Graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import structlog

from bot.clock import Clock
from bot.directory import Directory
from bot.platforms import Refused, Unreachable
from bot.platforms.teams.connector import SOON, Connector, Gone, segment
from bot.platforms.teams.places import PREFIX
from bot.platforms.teams.ways import SERVICE, Way, Ways, way_of
from bot.storage import Account
from bot.text import printable
from knowledge.document import LANGUAGES

FRESH = timedelta(days=1)
"""How long what Teams said of an account is believed."""
AGAIN = timedelta(hours=1)
"""After how long a service that did not answer is asked again: not at every click."""
NAME = 80
"""Characters of a name."""
FIELDS = "$select=id,displayName,mail,userPrincipalName"
Payload = Mapping[str, Any]
log = structlog.get_logger()


class TeamsPeople:
    """Finds the person of an activity and the way to a person. `tenants` are our own organisation's, then others'.

    With `graph` the supervisor is asked of Microsoft Graph, and people whom the bot never met are found there.
    """

    def __init__(
        self, connector: Connector, directory: Directory, ways: Ways, clock: Clock, tenants: Sequence[str], *,
        graph: bool = False,
    ) -> None:  # fmt: skip
        self._connector = connector
        self._directory = directory
        self._ways = ways
        self._clock = clock
        self._tenants = tenants
        self._graph = graph

    def person(self, activity: Payload) -> str:
        """The directory's id of who sent an activity; the way to them is kept.

        Who acts where the bot is not, and has no chat with it, is a guest by the name that the activity bears. Raises
        `Refused` for whom Teams does not know in their own chat, `Unreachable` where nothing is known of them and Teams
        does not answer.
        """
        sender = activity["from"]
        account, way = account_of(sender), way_of(activity)
        self._remember(account, way)
        self._learn(account, way, str(sender.get("name") or ""), str(activity.get("locale") or ""))
        return self._directory.person_of(account)

    def account_in(self, activity: Payload) -> str:
        """The account of who sent an activity."""
        return account_of(activity["from"])

    def meet(self, activity: Payload, mentioned: Payload) -> str:
        """The account of somebody whom a message mentions by Teams' id for this bot. Raises `Refused`, `Unreachable`."""
        way = replace(way_of(activity), user=str(mentioned["id"]))
        told = self._told(way)
        account = account_of({"id": way.user, **told})
        if self._ways.of(account) is None:
            self._ways.keep(account, Way("", way.service, way.user, way.bot))
        known = self._directory.account(account)
        if known is None or self._clock.now() - known.checked_at > FRESH:
            self._keep(account, told, str(mentioned.get("name") or ""), known.language if known else "")
        return account

    def _remember(self, account: str, way: Way) -> None:
        self._ways.keep(SERVICE, Way("", way.service))
        if way.kind == "personal":
            self._ways.keep(account, way)
            return
        self._ways.keep(f"{PREFIX}{way.chat}", replace(way, user=""))
        if self._ways.of(account) is None:
            self._ways.keep(account, Way("", way.service, way.user, way.bot))

    def _learn(self, account: str, way: Way, name: str, locale: str) -> None:
        """Ask Teams who somebody is, where they are new or long unasked; their language comes with each activity."""
        known, language = self._directory.account(account), locale[:2] if locale[:2] in LANGUAGES else ""
        if known and self._clock.now() - known.checked_at <= FRESH:
            if language and language != known.language:
                self._directory.keep(replace(known, language=language))
            return
        try:
            told = self._of_theirs(account, way)
        except Refused:
            if known is None and way.kind == "personal":
                raise
            # Who uses the app from a message's menu, and has no chat with it: an incident is taken from them too.
            unknown = Account(account, printable(name or account)[:NAME], "", language, "guest", self._clock.now())
            self._directory.keep(replace(known or unknown, checked_at=self._clock.now() - FRESH + AGAIN))
            return
        except Unreachable:
            if known is None:
                raise
            self._directory.keep(replace(known, checked_at=self._clock.now() - FRESH + AGAIN))
            return
        self._keep(account, told, name, language or (known.language if known else ""))

    def _of_theirs(self, account: str, way: Way) -> Payload:
        """What Teams tells of somebody: where they are, or, where the bot is no member, in their own chat."""
        try:
            return self._told(way)
        except Refused:
            if way.kind == "personal":
                raise
        own = self._ways.of(account)
        return self._told(replace(self._begun(account, own) if own is None or not own.chat else own, user=way.user))

    def _told(self, way: Way) -> Payload:
        path = f"v3/conversations/{segment(way.chat)}/members/{segment(way.user)}"
        return self._connector.call("GET", way.service, path, timeout=SOON)

    def _keep(self, account: str, told: Payload, name: str, language: str) -> None:
        known = self._directory.account(account)
        email = str(told.get("email") or told.get("userPrincipalName") or "").casefold()
        self._directory.keep(Account(
            account, printable(str(told.get("name") or name or account))[:NAME], email, language,
            standing_of(told, self._tenants), self._clock.now(),
            self._supervisor(account, known.supervisor if known else ""),
        ))  # fmt: skip

    # ── Microsoft Graph ─────────────────────────────────────────────────────────────────────────────────────────────

    def _supervisor(self, account: str, before: str) -> str:
        """The account of somebody's manager, met with it; what was known where Graph does not answer."""
        if not self._graph:
            return ""
        try:
            path = f"users/{segment(account.removeprefix(PREFIX))}/manager?{FIELDS}"
            return self._met(self._connector.graph(path, timeout=SOON))
        except Gone:
            return ""  # Graph answers 404 where nobody is named
        except (Refused, Unreachable) as problem:
            log.warning("the supervisor was not asked", reason=str(problem))
            return before

    def _met(self, user: Payload) -> str:
        """The account of a user of Graph's; one that is new is kept, to be asked of Teams when they write."""
        account = f"{PREFIX}{user['id']}" if user.get("id") else ""
        if account and self._directory.account(account) is None:
            name, email = printable(str(user.get("displayName") or account))[:NAME], user.get("mail")
            address = str(email or user.get("userPrincipalName") or "").casefold()
            self._directory.keep(Account(account, name, address, "", "member", self._clock.now() - FRESH))
        return account

    # ── the way to a person ─────────────────────────────────────────────────────────────────────────────────────────

    def way(self, person: str) -> Way:
        """The way to a person's own chat with the bot, which is begun where they never wrote in it.

        Raises `Refused` where Teams knows no way to them, `Unreachable`.
        """
        account = self.account(person) or self._sought(person)
        known = self._ways.of(account)
        if known and not known.here:
            raise Refused("the bot was removed from the receiver's chat")
        if known and known.chat:
            return known
        return self._begun(account, known)

    def user(self, person: str) -> str:
        """The id of a person for this bot (`29:…`), "" where it is not known."""
        known = self._ways.of(self.account(person))
        return known.user if known else ""

    def account(self, person: str) -> str:
        """The Teams account of a person, "" where none was met."""
        if person.startswith(PREFIX):
            return person
        return next((a.id for a in self._directory.accounts_of(person) if a.id.startswith(PREFIX)), "")

    def moved(self, activity: Payload, *, here: bool) -> None:
        """Keep that the bot was added to where the activity comes from, or removed from there."""
        way = way_of(activity, here=here)
        name = account_of(activity["from"]) if way.kind == "personal" else f"{PREFIX}{way.chat}"
        self._ways.keep(name, way if way.kind == "personal" else replace(way, user=""))

    def _sought(self, person: str) -> str:
        """The account of somebody whom the bot never met, asked of Graph by e-mail."""
        known = self._directory.person(person)
        if known is None or not known.email:
            raise Refused("the receiver is not in the directory")
        if not self._graph:
            raise Refused("the receiver has never met the bot in Teams")
        return self._met(self._connector.graph(f"users/{segment(known.email)}?{FIELDS}"))

    def _begun(self, account: str, known: Way | None) -> Way:
        """Begin the chat of the bot and a person (learn.microsoft.com, proactive messages: an Entra id will do)."""
        service = known.service if known and known.service else self._ways.service
        user, tenant = (known.user if known else "") or account.removeprefix(PREFIX), self._tenants[0]
        wanted = {
            "isGroup": False, "members": [{"id": user}], "tenantId": tenant, "channelData": {"tenant": {"id": tenant}},
        }  # fmt: skip
        told = self._connector.call("POST", service, "v3/conversations", wanted)
        way = Way(str(told.get("id") or ""), service, known.user if known else "", known.bot if known else "")
        if not way.chat:
            raise Unreachable("v3/conversations: no conversation came")
        self._ways.keep(account, way)
        return way


def account_of(user: Payload) -> str:
    """The id of an account: by Entra's object id, which is the same for every bot; by Teams' own where there is none."""
    return f"{PREFIX}{user.get('aadObjectId') or user.get('id')}"


def standing_of(member: Payload, tenants: Sequence[str]) -> Literal["member", "guest", "stranger"]:
    """Member of our organisation, guest in it, or of another one (a shared channel, a federated chat)."""
    if member.get("tenantId") not in (None, "", *tenants):
        return "stranger"
    guest = member.get("userRole") in ("guest", "anonymous") or "#ext#" in str(member.get("userPrincipalName")).casefold()
    return "guest" if guest else "member"
