"""The app's package: what it offers is what the bot does, in three languages, and its files are what Teams asks for."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import tomllib
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.teams.icons import colour_icon, outline_icon
from bot.platforms.teams.package import COMMANDS, EXTENSIONS, LONG_AGO, localisation, manifest, package, problems
from bot.rendering import Renderer
from bot.settings import Settings
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests.conftest import make_world

ROOT = Path(__file__).parents[2]
CLIENT = "11111111-2222-3333-4444-555555555555"
SITE = "https://www.example.org"
MADE_OF = (CLIENT, "Esimerkkilän kunta", SITE)
MEANT = {
    "ask": "questions/answered", "own": "home/home", "account": "accounts/start", "report": "incidents/start",
    "register": "register/list", "publishing": "selfcheck/start", "agree": "agreements/choose",
    "changed": "versions/show", "language": "home/languages", "help": "home/help",
}  # fmt: skip
"""The card that answers each command."""
LIMITS = {
    r"name\.short": 30, r"name\.full": 100, r"description\.short": 80, r"description\.full": 4000,
    r"bots.*\.title": 32, r"bots.*\.description": 128,
    r"composeExtensions.*\.title": 32, r"composeExtensions.*\.description": 128,
}  # fmt: skip
"""The longest texts that the manifest takes; of commands less than it takes, so that its menu shows them whole."""


def files(renderer: Renderer) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package(*MADE_OF, renderer))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def at(told: Any, place: str) -> Any:
    """What stands at a place of the manifest such as `bots[0].commandLists[1].commands[2].title`."""
    for name, number in re.findall(r"(\w+)|\[(\d+)\]", place):
        told = told[name] if name else told[int(number)]
    return told


# ── what is offered ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("where", "name"), [(scopes[0], name) for scopes, names in COMMANDS for name in names])
def test_every_command_does_what_it_says_when_its_title_is_sent(
    tmp_path: Path, guide: Guide, renderer: Renderer, where: str, name: str, language: str
) -> None:
    world = make_world(tmp_path / "someopas.db", guide, renderer)
    conversation = "fake:team:library" if where == "team" else ""
    world.asks("employee", renderer.labels(language)[f"teams.command.{name}"], conversation)
    world.store.close()
    told = [sent.card.name for sent in world.platform.sent]
    assert told == [MEANT[name]], "one answer, and nothing is sent to anybody else: no command reports by itself"


def test_personal_things_are_offered_in_the_own_chat_alone() -> None:
    (own, personal), (others, shared) = COMMANDS
    assert (own, others) == (("personal",), ("team", "groupChat"))
    assert set(personal) - set(shared) == {"own", "agree", "language"}
    assert set(shared) < set(personal)


def test_a_messages_menu_opens_a_dialog_of_ours_for_each_of_its_two_deeds(renderer: Renderer) -> None:
    told = manifest(*MADE_OF, renderer.labels("fi"))["composeExtensions"][0]
    assert [c["id"] for c in told["commands"]] == list(EXTENSIONS) == ["ask_guideline", "report_incident"]
    assert all((c["type"], c["context"], c["fetchTask"]) == ("action", ["message"], True) for c in told["commands"])
    assert told["botId"] == CLIENT


def test_the_bot_is_for_own_chats_groups_and_channels_takes_files_and_reads_no_message_that_does_not_name_it(
    renderer: Renderer,
) -> None:
    told = manifest(*MADE_OF, renderer.labels("fi"))
    [bot] = told["bots"]
    assert (told["id"], bot["botId"]) == (CLIENT, CLIENT)
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert bot["supportsFiles"] is True
    assert bot["isNotificationOnly"] is False
    assert not {"authorization", "webApplicationInfo", "supportsChannelFeatures", "supportedChannelTypes"} & set(told)
    assert told["permissions"] == ["identity", "messageTeamMembers"]
    assert told["validDomains"] == []


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_longer_than_teams_shows(renderer: Renderer, language: str) -> None:
    for place, text in localisation(renderer.labels(language)).items():
        if place != "$schema":
            [limit] = [most for pattern, most in LIMITS.items() if re.fullmatch(pattern, place)]
            assert 0 < len(text) <= limit, place
    assert all(len(names) <= 10 for _, names in COMMANDS)
    assert len(COMMANDS) <= 3


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "fi"])
def test_every_word_of_the_manifest_has_its_translation_at_its_place(renderer: Renderer, language: str) -> None:
    told = manifest(*MADE_OF, renderer.labels("fi"))
    translated = json.loads(files(renderer)[f"{language}.json"])
    said = {place: at(told, place) for place in translated if place != "$schema"}
    own = localisation(renderer.labels("fi"))
    assert said == {place: text for place, text in own.items() if place != "$schema"}
    commands = sum(len(names) for _, names in COMMANDS) + len(EXTENSIONS)
    assert len(said) == 4 + 2 * commands
    same = {place for place, text in said.items() if translated[place] == text}
    assert {said[place] for place in same} <= {"Someopas", "Register"}, "a text that was left untranslated"


def test_every_language_of_the_bot_is_one_of_the_apps(renderer: Renderer) -> None:
    info = manifest(*MADE_OF, renderer.labels("fi"))["localizationInfo"]
    assert {info["defaultLanguageTag"], *(other["languageTag"] for other in info["additionalLanguages"])} == set(
        LANGUAGES
    )


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def pixels(png: bytes) -> list[list[tuple[int, int, int, int]]]:
    """The rows of a PNG of 8-bit RGBA pixels without filters or interlacing."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(png):
        [length] = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        [sum_] = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert sum_ == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, rest) == (8, 6, [0, 0, 0])
    raw, step = zlib.decompress(chunks[b"IDAT"]), 1 + 4 * width
    assert len(raw) == step * height
    assert {raw[y * step] for y in range(height)} == {0}
    rows = [raw[y * step + 1 : (y + 1) * step] for y in range(height)]
    return [[tuple(row[4 * x : 4 * x + 4]) for x in range(width)] for row in rows]  # type: ignore[misc]


def test_the_colour_icon_is_192_pixels_square_opaque_and_has_its_mark_in_the_middle() -> None:
    rows = pixels(colour_icon())
    assert (len(rows), {len(row) for row in rows}) == (192, {192})
    assert {pixel[3] for row in rows for pixel in row} == {255}
    ground = (0x14, 0x51, 0x4B, 255)
    marked = [(x, y) for y, row in enumerate(rows) for x, pixel in enumerate(row) if pixel != ground]
    assert all(36 <= x < 156 and 36 <= y < 160 for x, y in marked), "Teams may cut what lies outside"
    white = sum(pixel == (255, 255, 255, 255) for row in rows for pixel in row)
    assert 5_000 < white < 12_000
    assert len({pixel for row in rows for pixel in row}) > 10, "its edges are smooth"


def test_the_outline_icon_is_32_pixels_square_white_and_transparent_around_and_within() -> None:
    rows = pixels(outline_icon())
    assert (len(rows), {len(row) for row in rows}) == (32, {32})
    assert {pixel[:3] for row in rows for pixel in row} == {(255, 255, 255)}
    seen = [pixel[3] for row in rows for pixel in row]
    assert {0, 255} < set(seen)
    assert 0.2 < sum(seen) / (255 * 32 * 32) < 0.5, "lines, not a filled mark"
    assert all(rows[y][x][3] == 0 for x, y in ((0, 0), (31, 0), (0, 31), (31, 31), (8, 14), (24, 14)))


def test_the_same_settings_give_the_same_bytes(renderer: Renderer) -> None:
    made = package(*MADE_OF, renderer)
    assert made == package(*MADE_OF, Renderer())
    assert made != package(CLIENT, "Toisen kunta", SITE, renderer)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {(entry.date_time, entry.create_system) for entry in archive.infolist()} == {(LONG_AGO, 3)}
        assert archive.testzip() is None


def test_the_package_holds_its_files_at_the_top_and_speaks_of_the_site_and_the_schemas_alone(renderer: Renderer) -> None:
    held = files(renderer)
    assert set(held) == {"manifest.json", "color.png", "outline.png", "sv.json", "en.json"}
    text = "".join(content.decode() for name, content in held.items() if name.endswith(".json"))
    hosts = set(re.findall(r"https?://([^/\"]+)", text))
    assert hosts == {"developer.microsoft.com", "www.example.org"}


def test_its_version_is_the_projects_own_in_the_three_numbers_that_teams_takes(renderer: Renderer) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = manifest(*MADE_OF, renderer.labels("fi"))["version"]
    assert told == project["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", told)


@pytest.mark.parametrize(
    ("made_of", "named"),
    [
        (MADE_OF, []),
        (("", "Kunta", SITE), ["SOMEOPAS_TEAMS_CLIENT_ID"]),
        (("my-bot", "Kunta", SITE), ["SOMEOPAS_TEAMS_CLIENT_ID"]),
        ((f"{CLIENT}0", "Kunta", SITE), ["SOMEOPAS_TEAMS_CLIENT_ID"]),
        ((CLIENT, "k" * 32, SITE), []),
        ((CLIENT, "k" * 33, SITE), ["SOMEOPAS_MUNICIPALITY"]),
        ((CLIENT, "", SITE), ["SOMEOPAS_MUNICIPALITY"]),
        ((CLIENT, "Kunta", "http://www.example.org"), ["--website"]),
        ((CLIENT, "Kunta", "https://"), ["--website"]),
        ((CLIENT, "Kunta", "https://www.example.org/a b"), ["--website"]),
        (("", "", ""), ["SOMEOPAS_TEAMS_CLIENT_ID", "SOMEOPAS_MUNICIPALITY", "--website"]),
    ],
)
def test_what_keeps_a_package_from_being_made_is_named(made_of: tuple[str, str, str], named: list[str]) -> None:
    found = problems(*made_of)
    assert len(found) == len(named)
    assert all(name in line for name, line in zip(named, found, strict=True))


def test_the_docs_tell_every_setting_every_command_and_what_the_messages_menu_offers(renderer: Renderer) -> None:
    text = (ROOT / "docs" / "teams.md").read_text("utf-8")
    settings = [name for name in Settings.model_fields if name.startswith("teams_")]
    assert settings
    assert [name for name in settings if f"`SOMEOPAS_{name.upper()}`" not in text] == []
    words = renderer.labels("fi")
    offered = [f"teams.command.{name}" for _, names in COMMANDS for name in names if name != "ask"]
    offered += [f"teams.extension.{name}" for name in EXTENSIONS]
    assert [words[name] for name in offered if f"**{words[name]}**" not in text] == []


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────


def teams_package(folder: Path, client: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "teams-package", *arguments], cwd=ROOT, text=True, capture_output=True, timeout=60,
        env={"SOMEOPAS_TEAMS_CLIENT_ID": client, "SOMEOPAS_DATA": str(folder), "SOMEOPAS_DENSE": "0"}, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_command_writes_the_package_of_the_settings(tmp_path: Path, renderer: Renderer) -> None:
    file = tmp_path / "someopas.zip"
    told = teams_package(tmp_path, CLIENT, "--to", str(file), "--website", SITE)
    assert told.returncode == 0, told.stderr
    assert file.read_bytes() == package(CLIENT, "Tuusulan kunta", SITE, renderer)


@pytest.mark.slow
def test_without_a_client_id_the_command_says_so_and_writes_nothing(tmp_path: Path) -> None:
    told = teams_package(tmp_path, "", "--to", str(tmp_path / "someopas.zip"))
    assert told.returncode == 1
    assert "SOMEOPAS_TEAMS_CLIENT_ID" in told.stderr
    assert list(tmp_path.iterdir()) == []
