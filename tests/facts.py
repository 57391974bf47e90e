"""Facts by hand, for tables: nobody's, on a Monday, in Finnish, with what a test adds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from bot.working_time import FinnishWorkingTime
from handlers.facts import Facts, People
from handlers.versions import Edition
from tests.fakes import MONDAY


def facts_for(**changes: Any) -> Facts:
    """The facts, with these changed."""
    plain = Facts(MONDAY, None, "fi", cast("People", None), FinnishWorkingTime(), today=MONDAY.date())
    return replace(plain, **{"guideline": Edition("Ohje", "14.4.2020"), **changes})
