"""How many have read the guideline and done its quiz, as rows of a file: by unit, and never of fewer than five (R120)."""

from __future__ import annotations

from pathlib import Path

from bot.directory import Directory
from bot.export import Row
from bot.records import TRAINING
from bot.storage import Store
from handlers.training import completion
from knowledge.guide import load_guidelines

COLUMNS = ("version", "group", "department", "unit", "people", "read_percent", "quiz_percent")
MOST = 1_000_000
"""More records than people have."""


def completion_rows(store: Store, directory: Directory, version: str) -> list[Row]:
    """A row for each group of at least five people, for a version of the guideline."""
    records = (TRAINING.validate_json(kept.data) for kept in store.records("training", limit=MOST))
    return [
        {
            "version": version, "group": group.kind, "department": group.department, "unit": group.unit,
            "people": str(group.people), "read_percent": str(group.read), "quiz_percent": str(group.completed),
        }
        for group in completion(directory.everybody, records, version)
    ]  # fmt: skip


def common_version(further: Path | None) -> str:
    """The version of the common guideline, "" where there is none. Raises `ContentError`."""
    return next((d.version for d in load_guidelines(further) if not d.department), "")
