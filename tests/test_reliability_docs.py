"""docs/reliability.md tells of every fault and of every invariant, and each test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
ROWS = {int(number): row for number, row in re.findall(r"^\| (\d+) \|(.*)\|$", PAGE, re.MULTILINE)}
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_all_fifty_two_faults_are_told_of_once_and_in_order() -> None:
    assert list(ROWS) == list(range(1, 53))
    assert len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE)) == 52


@pytest.mark.parametrize("number", range(1, 53))
def test_each_fault_has_a_test_or_a_reason_and_a_target_and_what_was_reached(number: int) -> None:
    fault, tested, target, reached = (cell.strip() for cell in ROWS[number].split("|"))
    assert fault
    assert target
    assert reached
    assert "::" in tested or tested.startswith(("the same test", "no test: "))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions_of(path)


def test_every_invariant_is_explained_with_where_it_is_looked_for() -> None:
    told = {
        row[0]: [cell.strip() for cell in row[1].split("|")] for row in re.findall(r"^\| (I\d) \|(.*)\|$", PAGE, re.M)
    }
    assert list(told) == [f"I{number}" for number in range(1, 9)]
    assert all(len(cells) == 3 and all(cells) for cells in told.values())
