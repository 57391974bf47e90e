"""The bot as an app of Teams: the package that an administrator puts into the organisation's catalogue.

Manifest 1.22 of May 2025 has all that this app uses, and every tenant takes it. Later ones add what agents need. From
1.25 on an app can declare `supportsChannelFeatures` to be put into private and shared channels, but the opening of
private ones was halted in 2026. All versions: learn.microsoft.com/microsoft-365/extensibility/schema.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from bot.platforms.teams.activities import ASK, REPORT
from bot.platforms.teams.checks import GUID
from bot.platforms.teams.icons import colour_icon, outline_icon
from bot.rendering import Renderer
from knowledge.document import LANGUAGES

Json = dict[str, Any]

SCHEMA = "1.22"
SCHEMAS = f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}"
LANGUAGE = "fi"
"""The language of the manifest itself; each other one has a file."""
ACCENT = "#14514B"
COMMANDS: Sequence[tuple[Sequence[str], Sequence[str]]] = (
    (
        ("personal",),
        ("ask", "own", "account", "report", "register", "publishing", "agree", "changed", "language", "help"),
    ),
    (("team", "groupChat"), ("ask", "account", "report", "register", "publishing", "changed", "help")),
)
"""Which commands are offered where: who chooses one sends its title, as if they had written it. At most ten a list."""
EXTENSIONS = (ASK, REPORT)
"""What the menu of a message offers: the names come back when one is chosen."""
ADDRESS = re.compile(r"https://[^\s/]+\S*")
NAME, ADDRESS_LENGTH = 32, 2048
"""The longest name of a developer and address that the manifest takes."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every file: the earliest that ZIP can tell, so that the same settings give the same bytes."""


def problems(client_id: str, municipality: str, website: str) -> list[str]:
    """What keeps a package from being made of these; empty where nothing does."""
    found = []
    if not GUID.fullmatch(client_id):
        found.append("SOMEOPAS_TEAMS_CLIENT_ID is to be the application (client) id, a GUID. See docs/teams.md.")
    if not 0 < len(municipality) <= NAME:
        found.append(f"SOMEOPAS_MUNICIPALITY names who publishes the app: Teams takes at most {NAME} characters.")
    if not ADDRESS.fullmatch(website) or len(website) > ADDRESS_LENGTH:
        found.append("--website is to be an address that begins with https://.")
    return found


def package(client_id: str, municipality: str, website: str, renderer: Renderer) -> bytes:
    """The package as a ZIP; of what `problems` finds no fault with. The same bytes each time."""
    others = [code for code in LANGUAGES if code != LANGUAGE]
    files = {
        "manifest.json": _text(manifest(client_id, municipality, website, renderer.labels(LANGUAGE))),
        "color.png": colour_icon(),
        "outline.png": outline_icon(),
        **{f"{code}.json": _text(localisation(renderer.labels(code))) for code in others},
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it is the system's own, and so are the bytes
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return written.getvalue()


def manifest(client_id: str, municipality: str, website: str, words: Mapping[str, str]) -> Json:
    """What the app is to Teams, in the words of one language."""
    return {
        "$schema": f"{SCHEMAS}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version("someopas"),
        "id": client_id,
        "localizationInfo": {
            "defaultLanguageTag": LANGUAGE,
            "additionalLanguages": [
                {"languageTag": code, "file": f"{code}.json"} for code in LANGUAGES if code != LANGUAGE
            ],
        },
        "developer": {
            "name": municipality, "websiteUrl": website, "privacyUrl": website, "termsOfUseUrl": website,
        },
        "name": {"short": words["teams.app.name"], "full": words["teams.app.full_name"]},
        "description": {"short": words["teams.app.short"], "full": words["teams.app.long"]},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [_bot(client_id, words)],
        "composeExtensions": [_extension(client_id, words)],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
        # To know who writes, and to write first to people of a team. No `authorization`: with a resource-specific consent
        # the bot would read every message of a channel, and it wants to see those alone that name it.
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [],  # nothing of ours is shown in a frame: cards and forms alone
    }  # fmt: skip


def localisation(words: Mapping[str, str]) -> Json:
    """The manifest's words in another language, by their places in it."""
    told: Json = {
        "$schema": f"{SCHEMAS}/MicrosoftTeams.Localization.schema.json",
        "name.short": words["teams.app.name"],
        "name.full": words["teams.app.full_name"],
        "description.short": words["teams.app.short"],
        "description.full": words["teams.app.long"],
    }
    for place, (_, names) in enumerate(COMMANDS):
        for number, name in enumerate(names):
            told |= _placed(f"bots[0].commandLists[{place}].commands[{number}]", _named("command", name, words))
    for number, name in enumerate(EXTENSIONS):
        told |= _placed(f"composeExtensions[0].commands[{number}]", _named("extension", name, words))
    return told


def _bot(client_id: str, words: Mapping[str, str]) -> Json:
    return {
        "botId": client_id,
        "scopes": ["personal", "team", "groupChat"],
        "supportsFiles": True,
        "isNotificationOnly": False,
        "commandLists": [
            {"scopes": list(scopes), "commands": [_named("command", name, words) for name in names]}
            for scopes, names in COMMANDS
        ],
    }


def _extension(client_id: str, words: Mapping[str, str]) -> Json:
    return {
        "botId": client_id,
        "commands": [
            {"id": name, "type": "action", "context": ["message"], "fetchTask": True, **_named("extension", name, words)}
            for name in EXTENSIONS
        ],
    }


def _named(kind: str, name: str, words: Mapping[str, str]) -> dict[str, str]:
    return {"title": words[f"teams.{kind}.{name}"], "description": words[f"teams.{kind}.{name}.about"]}


def _placed(place: str, named: Mapping[str, str]) -> Json:
    return {f"{place}.{field}": text for field, text in named.items()}


def _text(content: Json) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
