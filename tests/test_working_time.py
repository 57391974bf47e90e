"""Working time: weekdays from 8 to 16 in Helsinki, without Finnish holidays, through both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import HELSINKI
from bot.working_time import FinnishWorkingTime

TIME = FinnishWorkingTime()


def local(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H.%M").replace(tzinfo=HELSINKI).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("23.11.2026 10.00", 4, "23.11.2026 14.00"),
        ("23.11.2026 14.00", 4, "24.11.2026 10.00"),
        ("23.11.2026 02.00", 4, "23.11.2026 12.00"),
        ("27.11.2026 15.00", 4, "30.11.2026 11.00"),
        ("28.11.2026 12.00", 1, "30.11.2026 09.00"),
        ("4.12.2026 12.00", 16, "8.12.2026 12.00"),  # Independence Day is a Sunday
        ("23.12.2026 15.00", 4, "28.12.2026 11.00"),  # Christmas Eve, Christmas Day, and the weekend
        ("17.6.2027 15.00", 4, "18.6.2027 11.00"),
        ("24.6.2027 15.00", 4, "28.6.2027 11.00"),  # Midsummer Eve is a Friday
        ("26.3.2027 12.00", 16, "31.3.2027 16.00"),  # Good Friday and Easter Monday; summer time begins on the 28th
        ("23.10.2026 15.00", 4, "26.10.2026 11.00"),  # summer time ends on the 25th
    ],
)
def test_working_hours_pass_only_in_working_time(start: str, hours: int, end: str) -> None:
    assert TIME.after(local(start), timedelta(hours=hours)) == local(end)


@given(st.integers(0, 700 * 24 * 60), st.integers(1, 60))
def test_the_moment_is_later_and_in_working_time(minutes: int, hours: int) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end = TIME.after(begun, timedelta(hours=hours)).astimezone(HELSINKI)
    assert end >= begun + timedelta(hours=hours)
    assert end.weekday() < 5
    assert (8, 0) <= (end.hour, end.minute) <= (16, 0)
