"""What `doctor` says of Slack: what is not set, and, asked online, what Slack itself finds wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from slack_sdk import WebClient

from bot.clock import SystemClock
from bot.platforms import Refused, Unreachable
from bot.platforms.slack import blocks
from bot.platforms.slack.manifest import manifest, scopes
from bot.platforms.slack.web_api import call, client_of, date_of, granted_scopes
from bot.rendering import Renderer
from bot.settings import Settings
from bot.upkeep import skewed
from handlers.home.cards import unknown_word_card
from handlers.home.typed import COMMANDS

WAY = "See docs/slack.md."
CHANNEL = re.compile(r"[CG][A-Z0-9]+")


def missing_tokens(settings: Settings) -> list[str]:
    """What serving Slack cannot do without."""
    found = []
    if not settings.slack_bot_token.get_secret_value().startswith("xoxb-"):
        found.append(f"slack: SOMEOPAS_SLACK_BOT_TOKEN is to be the bot's token, xoxb-…. {WAY}")
    if settings.slack_mode == "socket" and not settings.slack_app_token.get_secret_value().startswith("xapp-"):
        found.append(f"slack: SOMEOPAS_SLACK_APP_TOKEN is to be an app-level token, xapp-…, for Socket Mode. {WAY}")
    if settings.slack_mode == "http" and not settings.slack_signing_secret.get_secret_value():
        found.append(f"slack: SOMEOPAS_SLACK_SIGNING_SECRET is not set; signed HTTP needs it. {WAY}")
    return found


def settings_problems(settings: Settings) -> list[str]:
    """What is missing or malformed in the settings."""
    found = missing_tokens(settings)
    if not CHANNEL.fullmatch(settings.slack_communications):
        found.append(
            "slack: SOMEOPAS_SLACK_COMMUNICATIONS is to be the id of the communications team's channel, C…. "
            f"Without it each of the team is told by themselves. {WAY}"
        )
    return found


def online_problems(settings: Settings) -> list[str]:
    """What Slack says: the tokens, the scopes, the channel, the manifest and a message of ours.

    Of a token that is not taken only that is said, and not all that fails for it.
    """
    bot, app, config = (
        client_of(token.get_secret_value(), settings.slack_api)
        for token in (settings.slack_bot_token, settings.slack_app_token, settings.slack_config_token)
    )
    found = _asked("SOMEOPAS_SLACK_BOT_TOKEN", lambda: _of_token(bot))
    with suppress(Refused, Unreachable):  # said of the token
        found += skewed(date_of(bot), SystemClock().now(), "Slack")
    if not found or not found[0].startswith("slack: SOMEOPAS_SLACK_BOT_TOKEN"):
        found += _asked("SOMEOPAS_SLACK_COMMUNICATIONS", lambda: _of_channel(bot, settings.slack_communications))
        found += _of_blocks(bot)
    if settings.slack_mode == "socket":
        found += _asked("SOMEOPAS_SLACK_APP_TOKEN", lambda: _of_socket(app))
    if config.token:
        found += _asked("SOMEOPAS_SLACK_CONFIG_TOKEN", lambda: _of_manifest(config))
    return found


def unreachable(settings: Settings, emails: Sequence[str]) -> list[str]:
    """Those of the people, by e-mail address, whom Slack does not know: nothing reaches them there."""
    client = client_of(settings.slack_bot_token.get_secret_value(), settings.slack_api)
    found = []
    for email in emails:
        try:
            user = call(client, "users.lookupByEmail", email=email).get("user") or {}
        except Refused as problem:
            known = "users_not_found" not in str(problem)
        except Unreachable:
            known = True  # that Slack does not answer is said of its tokens
        else:
            known = not user.get("deleted")
        found += [] if known else [email]
    return found


def _asked(setting: str, check: Callable[[], list[str]]) -> list[str]:
    """What a check finds; where Slack refuses it, the setting that it was asked with is named."""
    try:
        return check()
    except Refused as problem:
        return [f"slack: {setting} is not taken ({problem}): copy it anew. {WAY}"]
    except Unreachable as problem:
        return [f"slack: {setting} could not be tried ({problem}). Is the network there, and the token whole? {WAY}"]


def _of_token(client: WebClient) -> list[str]:
    """The token is taken, and the app has every scope of the manifest."""
    told = granted_scopes(client)
    missing = sorted(set(scopes()) - {scope.strip() for scope in told.split(",")}) if told else []
    return (
        [f"slack: the app lacks the scopes {', '.join(missing)}: install it again from manifest.yml."] if missing else []
    )


def _of_socket(client: WebClient) -> list[str]:
    call(client, "apps.connections.open")
    return []


def _of_channel(client: WebClient, channel: str) -> list[str]:
    """The communications team's channel is there and the bot is in it."""
    if not channel:
        return []
    told = call(client, "conversations.info", channel=channel).get("channel") or {}
    if told.get("is_archived"):
        return [f"slack: the channel {channel} is archived: set another one."]
    if told.get("is_member") is False:
        return [f"slack: the bot is not in #{told.get('name', channel)}: write “/invite @someopas” there."]
    return []


def _of_manifest(client: WebClient) -> list[str]:
    call(client, "apps.manifest.validate", manifest=json.dumps(manifest()))
    return []


def _of_blocks(client: WebClient) -> list[str]:
    """Slack itself finds a message of ours in order; where the token may not ask, nothing is said."""
    shown = Renderer().card(unknown_word_card("?", [], list(COMMANDS["fi"])), "fi")
    try:
        call(client, "blocks.validate", blocks=blocks.message(shown)["blocks"])
    except (Refused, Unreachable) as problem:
        allowed = not any(word in str(problem) for word in ("unknown_method", "not_allowed", "missing_scope"))
        return [f"slack: {problem}"] if allowed else []
    return []
