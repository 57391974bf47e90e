"""The log of a test, and everything as it was afterwards: the log's set-up is one for the whole process."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot.logs import begin_logging


@contextmanager
def kept_log() -> Iterator[io.StringIO]:
    """What this process logs meanwhile, of libraries all that they have to say."""
    hooks, root = (sys.excepthook, threading.excepthook), logging.getLogger()
    before = (root.handlers, root.level)
    kept = io.StringIO()
    begin_logging(kept)
    root.setLevel(logging.DEBUG)
    root.handlers[0].setLevel(logging.DEBUG)
    try:
        yield kept
    finally:
        (sys.excepthook, threading.excepthook), (root.handlers, level) = hooks, before
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
