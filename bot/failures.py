"""What a failure leaves in the log: an id, the kind and the place of it, and nothing of what people wrote."""

from __future__ import annotations

from uuid import uuid4

import structlog

log = structlog.get_logger()


def noted(problem: BaseException, message: str, **more: object) -> str:
    """Log a failure and give the id under which it stands there.

    An exception's own words may hold a record or what a person typed: its type and place are enough to find it.
    """
    incident = uuid4().hex[:8]
    log.error(message, incident=incident, problem=type(problem).__name__, where=_where(problem), **more)
    return incident


def _where(problem: BaseException) -> str:
    trace = problem.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
