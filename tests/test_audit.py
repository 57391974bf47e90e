"""The bill of materials is whole and of the published form; a known weakness fails, and a silent service does not."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from tests.audit import LOCKS, ROOT, packages, sbom, verdict

TEXTS = {name: (ROOT / name).read_text("utf-8") for name in LOCKS}
MADE = sbom(TEXTS, "someopas", "0.1.0")


def schema(name: str) -> Any:
    """A schema as CycloneDX publishes it; pip-audit's own library carries it."""
    return json.loads((files("cyclonedx.schema") / "_res" / name).read_text("utf-8"))


def test_the_bill_of_materials_is_cyclonedx_1_6() -> None:
    names = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    base = "http://cyclonedx.org/schema/"
    registry = Registry().with_resources((base + name, Resource.from_contents(schema(name))) for name in names)  # type: ignore[var-annotated]
    Draft7Validator(schema("bom-1.6.SNAPSHOT.schema.json"), registry=registry).validate(MADE)


def test_every_package_of_every_lock_is_in_it_once_with_its_hashes() -> None:
    pinned = {(p.name, p.version) for text in TEXTS.values() for p in packages(text)}
    told = [(c["name"], c["version"]) for c in MADE["components"]]
    assert set(told) == pinned
    assert len(told) == len(set(told)) > 40
    assert all(c["externalReferences"] for c in MADE["components"])
    assert {"slack-bolt", "psycopg", "microsoft-teams-apps"} <= {name for name, _ in told}


def test_the_same_locks_make_the_same_bill() -> None:
    assert sbom(TEXTS, "someopas", "0.1.0") == MADE
    assert sbom({**TEXTS, LOCKS[0]: ""}, "someopas", "0.1.0")["serialNumber"] != MADE["serialNumber"]


@pytest.mark.parametrize("line", ["requests", "requests>=2", "requests==2.0", "-e .", "https://example.org/x.whl"])
def test_a_lock_that_pins_nothing_or_has_no_hash_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="pins nothing"):
        packages(line)


def test_a_known_weakness_is_told_with_what_mends_it() -> None:
    told = json.dumps({"dependencies": [
        {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"], "description": ""}]},
        {"name": "b", "version": "1", "vulns": []},
        {"name": "c", "skip_reason": "not found"},
    ]})  # fmt: skip
    found = verdict(told)
    assert found.weak == ("a 1: CVE-1 (mended in 2)",)
    assert (found.asked, found.known) == (3, 2)


def test_a_service_that_knew_of_nothing_has_looked_at_nothing() -> None:
    assert verdict('{"dependencies": [{"name": "a", "skip_reason": "not found"}]}').known == 0


@pytest.mark.parametrize("told", ["", "no JSON", "[]", "{}"])
def test_what_is_no_answer_is_none(told: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        verdict(told)
