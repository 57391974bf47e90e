"""The municipality's working hours: weekdays but Finnish public holidays and eves that are free, Helsinki time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from holidays import country_holidays

from bot.clock import HELSINKI

OPENS, CLOSES = time(8), time(16)


class FinnishWorkingTime:
    """Working time from 8 to 16. Midsummer's and Christmas eves are public holidays in the calendar that is used."""

    def __init__(self) -> None:
        self._free = country_holidays("FI")

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """The moment (UTC) at which `worked` of working time has passed since `start` (aware)."""
        left = worked
        day = start.astimezone(HELSINKI).date()
        while True:
            for opens, closes in self._hours(day):
                begins = max(start, opens)
                if begins < closes and left <= closes - begins:
                    return begins + left
                left -= max(closes - begins, timedelta())
            day += timedelta(days=1)

    def next_week(self, now: datetime) -> datetime:
        """An hour into the first working day of the week after `now`'s (UTC)."""
        today = now.astimezone(HELSINKI).date()
        monday = today + timedelta(days=7 - today.weekday())
        return self.after(datetime.combine(monday, time(), HELSINKI).astimezone(UTC), timedelta(hours=1))

    def _hours(self, day: date) -> list[tuple[datetime, datetime]]:
        if day.weekday() >= 5 or day in self._free:
            return []
        # Both ends to UTC: a day on which the clocks change has hours of wall time that do not exist or come twice.
        return [
            (
                datetime.combine(day, OPENS, HELSINKI).astimezone(UTC),
                datetime.combine(day, CLOSES, HELSINKI).astimezone(UTC),
            )
        ]
