"""Rows of a CSV or XLSX file, as people and accounts are imported from one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook

DEFUSED = re.compile(r"'(?='*[=+\-@\t\r\n\0＝＋－＠])")
"""The apostrophe that an export puts before what a spreadsheet might take for a formula."""


class ImportFailed(ValueError):
    """The file was not taken; `problems` has a sentence for each row that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def rows_of(path: Path) -> list[Mapping[str, str]]:
    """The rows of a file by the names of its columns, trimmed, at least one. Raises `ImportFailed`."""
    rows = list(_xlsx_rows(path) if path.suffix.casefold() == ".xlsx" else _csv_rows(path))
    if not rows:
        raise ImportFailed([f"{path}: there are no rows"])
    return [{name: DEFUSED.sub("", value, count=1) if DEFUSED.match(value) else value for name, value in row.items()}
            for row in rows]  # fmt: skip


def _csv_rows(path: Path) -> Iterable[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ImportFailed([f"{path} is not in UTF-8: save it as “CSV UTF-8” or as XLSX"]) from problem
    except OSError as problem:
        raise ImportFailed([f"{path} cannot be read: {problem}"]) from problem
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = ";" if first.count(";") > first.count(",") else ","
    for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
        yield {(k or "").strip(): (v or "").strip() for k, v in row.items() if isinstance(v, str | None)}


def _xlsx_rows(path: Path) -> Iterable[dict[str, str]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, BadZipFile) as problem:
        raise ImportFailed([f"{path} cannot be read as an XLSX file: {problem}"]) from problem
    with closing(book):
        rows = [
            ["" if cell is None else str(cell).strip() for cell in row] for row in book.active.iter_rows(values_only=True)
        ]
    header, *body = rows or [[]]
    return [dict(zip(header, row, strict=False)) for row in body if any(row)]
