"""What the bot is in Slack, as an app manifest: the commands, shortcuts, events and scopes that the code uses, no others.

`manifest.yml` at the project's root is this, written by `make manifest`; docs.slack.dev/reference/app-manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.platforms.slack.events import COMMANDS, REPORT, SHORTCUT

EVENTS = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "user_change": "users:read",
}
"""The events that the bot listens to, each with the scope that it needs."""
METHODS = {
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "auth.test": None,
    "chat.getPermalink": None,
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.info": "channels:read",
    "conversations.open": "im:write",
    "files.info": "files:read",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
    "views.open": None,
    "views.publish": None,
    "views.push": None,
    "views.update": None,
}
"""The methods that the bot calls, each with the scope that it needs."""
FEATURES = {"commands", "groups:read"}
"""Scopes that no method or event names: slash commands and shortcuts, and a private channel's name for `doctor`."""
REASONS = {
    "app_mentions:read": "to answer where somebody names the bot",
    "assistant:write": "to offer questions and to show that it is at work in its own view",
    "channels:history": "to hear what is said in threads that it is part of",
    "channels:read": "to check that the communications team's channel is there",
    "chat:write": "to answer",
    "commands": "to be asked by /someopas and from a message's menu",
    "files:read": "to put by the files that a report of an incident comes with",
    "groups:history": "to hear what is said in threads of private channels that it is part of",
    "groups:read": "to check that the communications team's channel is there, if it is private",
    "im:history": "to hear what it is asked in its own conversation",
    "im:write": "to tell people that their question was answered",
    "users:read": "to know a person's name, language, and whether they are a guest",
    "users:read.email": "to find a person in the municipality's directory",
}
"""Why each scope is needed: for whoever approves the app."""
DESCRIPTIONS = {
    "/someopas": (
        "Kysy kunnan someohjeesta · Fråga om anvisningen · Ask about the guideline",
        "[kysymys | apua | kieli | omat | rekisteri]",
    ),
    "/sometili": ("Mitä ohje sanoo uudesta sometilistä · Nytt konto · New account", "[apua]"),
    "/someilmoitus": (
        "Ilmoita tietoturvapoikkeamasta · Anmäl säkerhetsincident · Report an incident",
        "[mitä tapahtui]",
    ),
}
PROMPTS = (
    ("Kuka päättää uudesta sometilistä?", "Kuka päättää uuden sometilin perustamisesta?"),
    ("Saako lasten kuvia julkaista?", "Saako lasten kuvia julkaista?"),
    ("Kuinka nopeasti pitää vastata?", "Kuinka nopeasti kommentteihin pitää vastata?"),
    ("Mitä teen, jos minua uhkaillaan?", "Mitä teen, jos minua uhkaillaan kommenteissa?"),
)


def scopes() -> list[str]:
    """Every scope that the bot needs."""
    return sorted({scope for scope in (*EVENTS.values(), *METHODS.values()) if scope} | FEATURES)


def manifest(address: str = "") -> Mapping[str, Any]:
    """The manifest; for signed HTTP with the public `address` of `/slack/events`, else for Socket Mode."""
    url = {"url": address} if address else {}
    commands = [
        {"command": name, "description": text, "usage_hint": hint, "should_escape": False, **url}
        for name, (text, hint) in DESCRIPTIONS.items()
        if name in COMMANDS
    ]
    request = {"request_url": address} if address else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Someopas",
            "description": "Vastaa kysymyksiin kunnan someohjeesta",
            "long_description": LONG,
            "background_color": "#14514b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "someopas", "always_online": True},
            "agent_view": {
                "agent_description": "Vastaan kysymyksiin kunnan someohjeesta ohjeen omin sanoin ja näytän kohdan.",
                "suggested_prompts": [{"title": title, "message": text} for title, text in PROMPTS],
            },
            "shortcuts": [
                {
                    "name": "Kysy ohjeesta", "type": "message", "callback_id": SHORTCUT,
                    "description": "Mitä kunnan someohje sanoo tästä viestistä?",
                },
                {
                    "name": "Ilmoita poikkeamasta", "type": "message", "callback_id": REPORT,
                    "description": "Ilmoita epäilyttävästä viestistä tietohallintopäällikölle",
                },
            ],
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": scopes()}},
        "settings": {
            "event_subscriptions": {"bot_events": sorted(EVENTS), **request},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }  # fmt: skip


LONG = (
    "Someopas vastaa kysymyksiin kunnan sosiaalisen median ohjeesta ohjeen omin sanoin ja näyttää, mistä kohdasta "
    "vastaus on. Jos ohje ei kerro asiasta, kysymyksen voi lähettää viestintään, ja vastaus tulee samaan keskusteluun. "
    "Someopas ei keksi vastauksia itse eikä käytä tekoälypalveluja."
)


def as_yaml(value: object, indent: int = 0) -> str:
    """The manifest as YAML: of mappings, lists, texts in JSON's quotes (which are YAML's too), numbers and booleans."""
    space = "  " * indent
    if isinstance(value, Mapping):
        return "".join(f"{space}{key}:{_yaml_under(item, indent)}" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"{space}-{_yaml_under(item, indent)}" for item in value)
    return f"{space}{json.dumps(value, ensure_ascii=False)}\n"


def _yaml_under(value: object, indent: int) -> str:
    if isinstance(value, Mapping | list) and value:
        return f"\n{as_yaml(value, indent + 1)}"
    return f" {json.dumps(value, ensure_ascii=False)}\n"
