"""Calls of Slack's Web API, with every way to fail put into one of two words: try again later, or never."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.platforms import NotLetIn, Refused, Unreachable

TIMEOUT = 5
"""Seconds that a call may take: a slow one is tried again, and holds nobody's answer for long."""
PASSING = frozenset({
    "internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited",
    "accesslimited", "team_added_to_org", "external_channel_migrating",
})  # fmt: skip
"""Errors that go over by themselves."""
OURS_TO_MEND = frozenset({
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "missing_scope", "no_permission",
    "org_login_required", "account_inactive", "ekm_access_denied", "access_denied", "two_factor_setup_required",
})  # fmt: skip
"""Errors that the administrator mends: what waits is kept until then, and `doctor` says so."""
NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "restricted_action", "is_archived"})
"""Errors that say that the bot cannot write in this conversation."""


PLAIN = {"unfurl_links": False, "unfurl_media": False}
"""What people typed is never unfolded into a preview: the link may be the very thing that is reported."""
ASKING = frozenset({
    "auth.test", "users.info", "users.lookupByEmail", "conversations.info", "chat.getPermalink", "files.info",
})  # fmt: skip
"""Methods that take their arguments as parameters: Slack reads JSON only where something is changed."""


NAME = re.compile(r"[a-z0-9_]+")
"""The name of an error; what the SDK says of a page that it cannot read is none."""


class NotThere(Refused):
    """The bot cannot write in this conversation, but another way may lead to the person."""


def client_of(token: str, address: str, timeout: int = TIMEOUT) -> WebClient:
    """A client that does not try again by itself: the outbox does, durably and in order. `timeout` is in seconds."""
    return WebClient(token=token, base_url=address, timeout=timeout, retry_handlers=[])


def call(client: WebClient, method: str, **arguments: Any) -> Mapping[str, Any]:
    """Call `chat.postMessage` and the like. Raises `Unreachable` or `Refused`."""
    data = _answer(client, method, arguments).data
    return data if isinstance(data, dict) else {}


def granted_scopes(client: WebClient) -> str:
    """The scopes of the token, with commas between them, as the headers of `auth.test` tell; "" where they do not."""
    headers = _answer(client, "auth.test", {}).headers or {}
    return next((str(value) for name, value in headers.items() if name.casefold() == "x-oauth-scopes"), "")


def date_of(client: WebClient) -> str:
    """The moment that Slack's answer to `auth.test` bears in its header, "" where there is none. Raises as `call`."""
    headers = _answer(client, "auth.test", {}).headers or {}
    return next((str(value) for name, value in headers.items() if name.casefold() == "date"), "")


def _answer(client: WebClient, method: str, arguments: Mapping[str, Any]) -> SlackResponse:
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    try:
        if method in ASKING:
            answer = client.api_call(method, http_verb="GET", params=given)
        else:
            answer = client.api_call(method, json=given)
    except SlackApiError as problem:
        raise _failure(method, problem) from problem
    except (SlackClientError, OSError, HTTPException, ValueError, AttributeError) as problem:
        # The parser of the SDK knows no answer but an object, and has no word of its own for what is none.
        raise Unreachable(f"{method}: {type(problem).__name__}") from problem
    if not isinstance(answer.data, dict) or not answer.data.get("ok"):
        raise Unreachable(f"{method}: an answer that is not Slack's")
    return answer


def answer_through(door: str, message: Mapping[str, Any], *, public: bool) -> None:
    """Answer through a `response_url`: five times in 30 minutes, also where the bot is no member. Raises as `call`."""
    body = {**message, **PLAIN, "response_type": "in_channel" if public else "ephemeral", "replace_original": False}
    try:
        answer = WebhookClient(door, timeout=TIMEOUT, retry_handlers=[]).send_dict(body)
    except (SlackClientError, OSError, HTTPException, ValueError) as problem:
        raise Unreachable(f"response_url: {type(problem).__name__}") from problem
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Unreachable(f"response_url: {answer.status_code}", _wish(answer.headers))
    if answer.status_code != 200:
        raise Refused(f"response_url: {answer.status_code} {answer.body[:80]}")


def _failure(method: str, problem: SlackApiError) -> Refused | Unreachable:
    """A proxy's page is no answer of Slack's: without the name of an error of Slack's nothing is refused for good."""
    response = problem.response
    told: Mapping[str, Any] = response if isinstance(response, dict) else getattr(response, "data", None) or {}
    status = int(getattr(response, "status_code", 0) or 0)
    error = str(told.get("error") or "")
    error = error if NAME.fullmatch(error) else ""
    needed = f" ({told.get('needed')})" if error == "missing_scope" else ""
    text = f"{method}: {error or status}{needed}"
    if error in OURS_TO_MEND and status != 429:
        return NotLetIn(text, _wish(getattr(response, "headers", None) or {}))
    if not error or status == 429 or status >= 500 or error in PASSING:
        return Unreachable(text, _wish(getattr(response, "headers", None) or {}))
    return NotThere(text) if error in NOT_THERE else Refused(text)


def _wish(headers: Mapping[str, Any]) -> float | None:
    """The seconds of a Retry-After header, None where there is none that is a number."""
    value = next((v for name, v in headers.items() if name.casefold() == "retry-after"), "")
    text = str(value[0] if isinstance(value, list) and value else value)
    return float(text) if text.isdecimal() else None
