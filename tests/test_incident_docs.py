"""What the docs and the texts say of incidents is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.picture import state_picture
from bot.rendering import Renderer
from handlers.incidents.aid import FIRST_AID, LINES, PASSAGES, RECOVERY, REPORTING
from handlers.incidents.record import TRANSITIONS, Kind, Status
from knowledge.document import LANGUAGES
from knowledge.guide import Guide

DOCS = Path(__file__).parent.parent / "docs" / "incidents.md"


def test_the_picture_of_the_docs_is_the_table_of_the_code(renderer: Renderer) -> None:
    assert f"```mermaid\n{state_picture(renderer, 'fi', 'incidents')}```" in DOCS.read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_has_every_status_and_every_move(renderer: Renderer, language: str) -> None:
    picture = state_picture(renderer, language, "incidents")
    assert all(f"    {status} : " in picture for status in Status)
    assert all(f"    {before} --> {after} : " in picture for (before, _), after in TRANSITIONS.items())


@pytest.mark.parametrize("kind", Kind)
def test_r142_r147_first_aid_is_at_most_five_lines_each_with_its_source(guide: Guide, kind: Kind) -> None:
    lines = FIRST_AID[kind]
    assert 0 < len(lines) <= LINES
    assert len({aid.name for aid in lines}) == len(lines)
    for aid in lines:
        assert (aid.source == "guideline") == bool(aid.rule)
    cited = {c.id: c for c in guide.cite([aid.rule for aid in lines if aid.rule])}
    assert set(cited) == {aid.rule for aid in lines if aid.rule}


def test_r145_r147_the_duties_to_report_are_passages_of_the_guideline(guide: Guide) -> None:
    wanted = {*PASSAGES, *REPORTING}
    assert {c.id for c in guide.cite(sorted(wanted))} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_first_aid_and_every_deed_has_its_words(renderer: Renderer, language: str) -> None:
    labels = renderer.labels(language)
    for lines in FIRST_AID.values():
        assert all(labels[f"word.aid.{aid.name}"] for aid in lines)
        assert all(labels[f"word.aid_source.{aid.source}"] for aid in lines if not aid.rule)
    moves = {str(m) for _, m in TRANSITIONS} | {
        name for path in Path("handlers/incidents").glob("*.py")
        for name in re.findall(r'Deed\(facts\.now, [^,]+, "(\w+)"', path.read_text("utf-8"))
    }  # fmt: skip
    unsaid = {"forget", "erase"}  # of those nothing is left that a timeline could show
    assert all(f"word.deed.{move}" in labels for move in moves - unsaid), moves


def test_recovery_is_named_for_every_channel_that_has_pages_of_its_own_for_it() -> None:
    assert all(re.fullmatch(r"[a-z.]+\.com(/[a-z]+)?", address) for address in RECOVERY.values())
