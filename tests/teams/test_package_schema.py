"""The package by Microsoft's own schemas of manifests, which `make tests/teams/node_modules` fetches."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from bot.platforms.teams.package import package
from bot.rendering import Renderer
from tests.teams.package_check import check
from tests.teams.test_package import MADE_OF

pytestmark = pytest.mark.e2e
Json = dict[str, Any]


def changed(made: bytes, name: str, change: Callable[[Json], object]) -> bytes:
    """The package with one of its files changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as before, zipfile.ZipFile(written, "w") as after:
        for file in before.namelist():
            content = before.read(file)
            if file == name:
                told = json.loads(content)
                change(told)
                content = json.dumps(told).encode()
            after.writestr(file, content)
    return written.getvalue()


def test_microsofts_schemas_take_the_manifest_and_both_files_of_words(renderer: Renderer) -> None:
    assert check(package(*MADE_OF, renderer)) == []


@pytest.mark.parametrize(
    ("file", "change", "named"),
    [
        ("manifest.json", lambda told: told["bots"][0].update(botId="my-bot"), "botId"),
        ("manifest.json", lambda told: told["bots"][0].update(scopes=["channel"]), "scopes"),
        ("manifest.json", lambda told: told["composeExtensions"][0]["commands"][0].update(title="x" * 33), "title"),
        ("manifest.json", lambda told: told["developer"].pop("privacyUrl"), "privacyUrl"),
        ("manifest.json", lambda told: told.update(supportsChannelFeatures="tier1"), "supportsChannelFeatures"),
        ("manifest.json", lambda told: told["icons"].update(color="colour.png"), "colour.png"),
        ("manifest.json", lambda told: told.update({"$schema": "https://example.org/v1"}), "$schema"),
        ("sv.json", lambda told: told.pop("description.full"), "description.full"),
        ("sv.json", lambda told: told.update({"name.short": ""}), "name.short"),
        ("en.json", lambda told: told.update({"bots[0].commandLists[3].commands[0].title": "x"}), "commandLists"),
    ],
)
def test_a_broken_package_is_told_apart(
    renderer: Renderer, file: str, change: Callable[[Json], object], named: str
) -> None:
    found = check(changed(package(*MADE_OF, renderer), file, change))
    assert found, "the check would let it pass"
    assert all(named in line for line in found[:1]), found
