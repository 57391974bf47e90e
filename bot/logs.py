"""The log: one JSON line for each thing that happened, and nothing of what people wrote or who they are.

Everything goes one way, our own lines and those of libraries, and is made harmless on it by one redactor: an exception
leaves its type and its places, never its words; a field whose name tells that it holds somebody's words or a secret
is covered whole; in every other field identity codes, card numbers, passwords, tokens, e-mail addresses and telephone
numbers are covered. What a library's line says is kept of the web server alone, since others put requests into theirs.
(ASVS 5.0, 16.2.5 and 16.4.1.)
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from handlers.masking import MASK, PERSONAL, veiled

LONGEST = 300
"""Characters of a field that are kept: a reason fits, a message or a page does not."""
LOOKED_AT = 4 * LONGEST
"""Characters of a field that are looked at: a line of the log takes no time, whatever is in it."""
DEEPEST = 4
"""Levels of a field that are looked into; what lies deeper is covered."""
COVERED = re.compile(
    r"(?:^|_)(?:text|body|words|question|answer|answers|remark|content|message_text|name|mail|email|phone|address|user"
    r"|values|payload|activity|header|cookie|authorization|token|secret|password)s?$|_key$",
    re.IGNORECASE,
)
"""Names of fields that hold what people wrote, who they are, or a secret."""
KEYS = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|(?i:\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|password|token|secret|sig|code)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]{4,}"
    r"|\bey[JI][\w-]{8,}(?:\.[\w-]+){1,4}"
    r"|\bxox[a-z](?:\.xox[a-z])?-[\w-]+|\bxapp-[\w-]+"
)
"""Tokens, by themselves or in addresses and headers."""
ABROAD = re.compile(r"(?<!\w)(?:\+|00)\d(?:[\s().–-]{0,2}\d){7,14}\b")
"""Telephone numbers with a country's code."""
SPOKEN = ("uvicorn",)
"""Whose lines are kept as they are said: of others the place alone, as they put requests and answers into theirs."""
Fields = MutableMapping[str, Any]


def covered(text: str) -> str:
    """The text without secrets and without what tells who somebody is, at most `LONGEST` characters."""
    if len(text) > LOOKED_AT:
        # Half a secret is not known for one: the last word goes. What is one word of this length is covered whole.
        text = text[:LOOKED_AT].rpartition(" ")[0] + f" {MASK}"
    for pattern in (KEYS, ABROAD, PERSONAL):
        text = pattern.sub(MASK, text)
    text = veiled(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def redacted(_logger: object, _method: str, fields: Fields) -> Fields:
    """structlog's processor: the fields of a line as they may be written."""
    return {covered(str(name)): _of_field(str(name), value) for name, value in fields.items()}


def without_words(_logger: object, _method: str, fields: Fields) -> Fields:
    """structlog's processor: of an exception its type and the places that it passed, since its words may be anybody's."""
    problem = _exception(fields.pop("exc_info", None))
    fields.pop("stack_info", None)
    if problem is not None:
        fields["problem"] = type(problem).__name__
        fields["where"] = places(problem.__traceback__)
    return fields


def places(trace: TracebackType | None) -> list[str]:
    """The files, lines and functions that an exception passed, the innermost last; at most twelve."""
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


class _Library(logging.Handler):
    """Brings the lines of libraries onto the way of our own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line: what it says where that is known to be harmless, else where it was said."""
        try:
            said = record.getMessage() if record.name.partition(".")[0] in SPOKEN else "a library's line"
            problem = record.exc_info[1] if record.exc_info else None
            place = f"{record.pathname.rpartition('/')[2]}:{record.lineno}"
            structlog.get_logger().log(record.levelno, said, logger=record.name, place=place, exc_info=problem)
        except Exception:  # noqa: BLE001 - a line that cannot be written must not end what wrote it
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say nothing: the standard library's own would print the line with its arguments."""


def begin_logging(stream: TextIO | None = None) -> None:
    """Write the log of this process, its libraries and its uncaught exceptions to `stream` (else standard error)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            without_words,
            redacted,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.captureWarnings(capture=True)
    for logger in (made for made in logging.root.manager.loggerDict.values() if isinstance(made, logging.Logger)):
        logger.handlers, logger.propagate = [], True  # what a library has set up for itself would go round the redactor
    logging.root.handlers = [_Library(logging.WARNING)]
    logging.root.setLevel(logging.WARNING)
    sys.excepthook = lambda kind, problem, trace: _uncaught(problem.with_traceback(trace))  # noqa: ARG005
    threading.excepthook = lambda told: _uncaught(told.exc_value)


def _uncaught(problem: BaseException | None) -> None:
    if isinstance(problem, KeyboardInterrupt | SystemExit):
        return
    structlog.get_logger().error("uncaught", thread=threading.current_thread().name, exc_info=problem)


def _exception(given: object) -> BaseException | None:
    """The exception that a line is about, in each form that the standard library and structlog take."""
    if given is True:
        return sys.exc_info()[1]
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return given if isinstance(given, BaseException) else None


def _of_field(name: str, value: object, level: int = 0) -> object:
    """A field as it may be written."""
    if value is None or isinstance(value, bool | int | float) or value == "":
        return value
    if level > DEEPEST or COVERED.search(name):
        return MASK
    if isinstance(value, Mapping):
        return {covered(str(key)): _of_field(str(key), one, level + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_of_field("", one, level + 1) for one in value]
    return covered(value if isinstance(value, str) else str(value))
