"""Who somebody in Slack is: their account, joined with the directory by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from slack_sdk import WebClient

from bot.clock import Clock
from bot.directory import Directory
from bot.platforms import Refused, Unreachable
from bot.platforms.slack.places import PREFIX
from bot.platforms.slack.web_api import call
from bot.storage import Account
from bot.text import printable
from knowledge.document import LANGUAGES

FRESH = timedelta(days=1)
"""How long what Slack said of an account is believed; a change is told earlier, by the event `user_change`."""
NAME = 80
"""Characters of a name."""
User = Mapping[str, Any]


class SlackPeople:
    """Finds the person of a Slack user and the Slack user of a person. `team` is the id of our own workspace."""

    def __init__(self, client: WebClient, directory: Directory, clock: Clock) -> None:
        self._client = client
        self._directory = directory
        self._clock = clock

    def person(self, user: str, team: str) -> str:
        """The directory's id of a Slack user, asked of Slack where they are new or long unasked.

        Raises `Unreachable` where nothing is known of them and Slack does not answer.
        """
        known = self._directory.account(f"{PREFIX}{user}")
        if known is None or self._clock.now() - known.checked_at > FRESH:
            try:
                self.learn(call(self._client, "users.info", user=user, include_locale=True).get("user") or {}, team)
            except (Refused, Unreachable):
                if known is None:
                    raise
                # Asked again in an hour: a failing Slack is not asked at every click.
                self._directory.keep(replace(known, checked_at=self._clock.now() - FRESH + timedelta(hours=1)))
        return self._directory.person_of(f"{PREFIX}{user}")

    def changed(self, user: User, team: str) -> str:
        """Take in a change of somebody whom the bot has met, or who is of the directory and was deactivated.

        Of all the others it keeps nothing, and gives "" in place of their id. An e-mail address or a language that the
        change does not tell stays as it was.
        """
        account = f"{PREFIX}{user.get('id')}"
        known = self._directory.account(account)
        profile = {**(user.get("profile") or {})}
        if known is None and not (user.get("deleted") and self._is_ours(str(profile.get("email") or ""))):
            return ""
        if known:
            profile.setdefault("email", known.email)
        self.learn({"locale": known.language if known else "", **user, "profile": profile}, team)
        return self._directory.person_of(account)

    def _is_ours(self, email: str) -> bool:
        return email.casefold() in self._directory.addresses

    def learn(self, user: User, team: str) -> None:
        """Take in a user object of Slack's (docs.slack.dev/reference/objects/user-object)."""
        if not user.get("id"):
            raise Refused("users.info: no user")
        profile: Mapping[str, Any] = user.get("profile") or {}
        language = str(user.get("locale") or "")[:2]
        name = profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"]
        self._directory.keep(Account(
            f"{PREFIX}{user['id']}", printable(str(name))[:NAME], str(profile.get("email") or "").casefold(),
            language if language in LANGUAGES else "", standing_of(user, team), self._clock.now(),
        ))  # fmt: skip

    def user(self, person: str, team: str) -> str:
        """The Slack user of a person, asked by e-mail where they never used the bot. Raises `Refused`, `Unreachable`."""
        if found := self._user(person):
            return found
        known = self._directory.person(person)
        if known is None or not known.email:
            raise Refused("the receiver is not in the directory")
        self.learn(call(self._client, "users.lookupByEmail", email=known.email).get("user") or {}, team)
        if not (found := self._user(person)):
            raise Refused("the receiver has no active account in Slack")
        return found

    def _user(self, person: str) -> str:
        if person.startswith(PREFIX):
            return person.removeprefix(PREFIX)  # asked before they were in the directory: the account is still theirs
        accounts = [a.id for a in self._directory.accounts_of(person) if a.id.startswith(PREFIX)]
        return accounts[0].removeprefix(PREFIX) if accounts else ""


def standing_of(user: User, team: str) -> Literal["member", "guest", "stranger", "gone"]:
    """Member of our workspace, guest in it, stranger from another organisation's (Slack Connect), or no longer there."""
    if user.get("is_stranger") or (team and user.get("team_id") not in (None, "", team) and not _shares_org(user, team)):
        return "stranger"
    if user.get("deleted"):
        return "gone"
    return "guest" if user.get("is_restricted") or user.get("is_ultra_restricted") else "member"


def _shares_org(user: User, team: str) -> bool:
    """Whether a user of an Enterprise organisation belongs to our workspace as well."""
    return team in ((user.get("enterprise_user") or {}).get("teams") or [])
