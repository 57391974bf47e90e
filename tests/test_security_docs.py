"""What the pages on security and privacy name is there, and their tables are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers.incidents.plan import MONTHS
from handlers.retention import BEFORE_HELD, DAYS, FEWEST_DAYS
from tests.fuzz.harnesses import HARNESSES

ROOT = Path(__file__).parent.parent
SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
PRIVACY = (ROOT / "docs" / "privacy.md").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|bot|handlers)/[\w/.]+)`", SECURITY + PRIVACY))))
def test_every_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("page", sorted(set(re.findall(r"\]\(([\w.-]+\.md)\)", SECURITY + PRIVACY))))
def test_every_page_that_is_linked_is_there(page: str) -> None:
    assert (ROOT / "docs" / page).exists()


def test_the_days_of_the_page_are_those_of_the_code() -> None:
    told = {kind: int(days) for kind, days in re.findall(r"^\| `(\w+)` \| (\d+) \|", PRIVACY, re.MULTILINE)}
    assert told == dict(DAYS)
    assert f"vähintään {FEWEST_DAYS}" in PRIVACY
    assert f"taaksepäin {BEFORE_HELD.days} päivää" in PRIVACY
    assert f"{MONTHS} kuukautta" in PRIVACY


def test_every_threat_has_a_test_that_holds_what_stands_against_it() -> None:
    section = SECURITY.partition("## Who might do harm")[2].partition("## The items")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith(("| who", "|---"))]
    assert len(rows) >= 12
    assert all("`tests/" in row for row in rows)


def test_every_harness_is_in_the_table_of_what_was_fuzzed() -> None:
    section = SECURITY.partition("## Fuzzing")[2].partition("## Secrets")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(HARNESSES)


def test_every_article_of_a_registered_persons_rights_is_told_of() -> None:
    for article in range(15, 23):
        if article != 19:
            assert f"({article} art.)" in PRIVACY, article
