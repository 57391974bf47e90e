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

    def next_morning(self, now: datetime) -> datetime:
        """An hour into the first working day after `now`'s day (UTC)."""
        tomorrow = now.astimezone(HELSINKI).date() + timedelta(days=1)
        return self.after(datetime.combine(tomorrow, time(), HELSINKI).astimezone(UTC), timedelta(hours=1))

    def days_between(self, start: datetime, end: datetime) -> int:
        """How many working days there are after the day of `start`, up to and with the day of `end`."""
        first, last = start.astimezone(HELSINKI).date(), end.astimezone(HELSINKI).date()
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(1 for day in days if self._hours(day))

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
