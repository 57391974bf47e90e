"""Rows as a file, with nothing in it that a spreadsheet would take for a formula; and what was asked, without names."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from bot.records import QUESTIONS
from bot.storage import Store
from handlers.masking import masked
from handlers.questions.record import Record

COLUMNS = (
    "asked_at", "language", "intent", "outcome", "question", "passages", "curated", "helpful", "remark", "status",
    "sent_at", "replied_at", "reply",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may run (OWASP ASVS 1.2.10, full-width forms included)."""
NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What a workbook cannot hold (XML 1.0, 2.2): one such character must not keep all the rest from being exported."""
Row = Mapping[str, str]


def question_rows(store: Store, since: datetime) -> list[Row]:
    """A row for each question asked since, the oldest first; codes and addresses in the words are masked."""
    records = (QUESTIONS.validate_json(kept.data) for kept in store.records_since("questions", since))
    return [_row(record) for record in records if record.asked_at >= since]


def as_csv(rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> bytes:
    """The rows as CSV in UTF-8 with a byte order mark, which spreadsheets need for ä and ö."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows({name: defused(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_json(rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> bytes:  # noqa: ARG001 - as the others
    """The rows as a JSON list of objects."""
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def as_xlsx(rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> bytes:
    """The rows as a workbook whose cells are all text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Someopas")
    sheet.append(list(columns))
    for row in rows:
        cells = [WriteOnlyCell(sheet, defused(NO_XML.sub("", row[name]))) for name in columns]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FORMATS: Mapping[str, Callable[..., bytes]] = {"csv": as_csv, "json": as_json, "xlsx": as_xlsx}


def defused(value: str) -> str:
    """The value with an apostrophe before it, where a spreadsheet might take it for a formula."""
    return f"'{value}" if value.lstrip("'").startswith(FORMULA) else value


def _row(record: Record) -> Row:
    return {
        "asked_at": _stamp(record.asked_at), "language": record.language, "intent": record.intent,
        "outcome": record.outcome, "question": masked(record.text), "passages": " ".join(record.cited),
        "curated": record.curated, "helpful": record.helpful, "remark": masked(record.remark),
        "status": record.status.value, "sent_at": _stamp(record.sent_at), "replied_at": _stamp(record.replied_at),
        "reply": masked(record.reply),
    }  # fmt: skip


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
