"""Rows of a CSV or XLSX file, as people and accounts are imported from one."""

from __future__ import annotations

import csv
import io
import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from lzma import LZMAError
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

DEFUSED = re.compile(r"'(?='*[=+\-@\t\r\n\0＝＋－＠])")
"""The apostrophe that an export puts before what a spreadsheet might take for a formula."""


LARGEST = 200_000_000
"""Bytes of an XLSX file unpacked: a small file may hold more than the memory does (ASVS 5.0, 5.2.3)."""
NO_WORKBOOK = (
    OSError, KeyError, ValueError, AttributeError, TypeError, IndexError, EOFError, ArithmeticError, RuntimeError,
    BadZipFile, ParseError, zlib.error, LZMAError, struct.error,
)  # fmt: skip
"""What openpyxl and `zipfile` raise for a file that is none, half of one, locked, or packed in some other way."""


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
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as problem:
        raise ImportFailed([f"{path} cannot be read as a CSV file: {problem}"]) from problem
    for row in rows:
        yield {(k or "").strip(): (v or "").strip() for k, v in row.items() if isinstance(v, str | None)}


def _xlsx_rows(path: Path) -> Iterable[dict[str, str]]:
    try:
        with ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST:
                raise ImportFailed([f"{path} is too large when it is unpacked"])
        with closing(load_workbook(path, read_only=True, data_only=True)) as book:
            cells = book.active.iter_rows(values_only=True)
            rows = [["" if cell is None else str(cell).strip() for cell in row] for row in cells]
    except ImportFailed:
        raise
    except NO_WORKBOOK as problem:
        raise ImportFailed([f"{path} cannot be read as an XLSX file: {problem}"]) from problem
    header, *body = rows or [[]]
    return [dict(zip(header, row, strict=False)) for row in body if any(row)]
