"""New York's clock, by which the venue names its hourly markets; by rule, so that no time zone files are needed."""

from datetime import UTC, date, datetime, timedelta, timezone

_STANDARD = timezone(timedelta(hours=-5), "EST")
_DAYLIGHT = timezone(timedelta(hours=-4), "EDT")
_MARCH, _NOVEMBER = 3, 11


def new_york_time(at_ms: int) -> datetime:
    """Daylight time is from the second Sunday of March to the first of November, changing at two o'clock."""
    utc = datetime.fromtimestamp(at_ms // 1000, UTC)
    begins = datetime.combine(_sunday(utc.year, _MARCH, 2), datetime.min.time(), UTC) + timedelta(hours=7)
    ends = datetime.combine(_sunday(utc.year, _NOVEMBER, 1), datetime.min.time(), UTC) + timedelta(hours=6)
    return utc.astimezone(_DAYLIGHT if begins <= utc < ends else _STANDARD)


def hour_label(when: datetime) -> str:
    """ "4AM", "12PM"."""
    return f"{when.hour % 12 or 12}{_half(when)}"


def minute_label(when: datetime) -> str:
    """ "4:05AM"."""
    return f"{when.hour % 12 or 12}:{when.minute:02}{_half(when)}"


def day_label(when: datetime) -> str:
    """ "November 21"."""
    return f"{MONTHS[when.month - 1]} {when.day}"


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _half(when: datetime) -> str:
    return "AM" if when.hour < 12 else "PM"


def _sunday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
