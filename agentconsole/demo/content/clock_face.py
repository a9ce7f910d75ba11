"""When things happen in the company, and how its people write dates. Times are whole seconds, UTC."""

from __future__ import annotations

import math
import re
import time
from array import array
from bisect import bisect_right
from random import Random

MINUTE = 60
HOUR = 3600
DAY = 86_400
HISTORY_DAYS = 425

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The share of questions by hour of the day: few at night, most before noon, a second rise after work.
_HOURS = (2, 1, 1, 1, 2, 4, 9, 16, 24, 28, 28, 26, 22, 24, 26, 25, 22, 18, 16, 14, 12, 9, 6, 3)
_DAYS = (1.15, 1.05, 1.0, 1.0, 0.95, 0.45, 0.35)
_OFFSET = re.compile(r"-(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


def moments(count: int, now: int, rng: Random) -> array[int]:
    """Return `count` ascending times of new tickets over the last 14 months, up to minutes before `now`.

    Working hours and working days have more of them, and the last days and weeks more than the year
    before, as the company grows.
    """
    last = now - 3 * MINUTE
    start = (now - HISTORY_DAYS * DAY) // HOUR * HOUR
    bounds: list[float] = []
    total = 0.0
    for hour in range(start, last + 1, HOUR):
        age = (now - hour) / DAY
        clock = time.gmtime(hour)
        recent = 1 + 5 * math.exp(-age / 30) + 30 * math.exp(-age / 2)
        part = min(HOUR, last - hour) / HOUR
        total += _HOURS[clock.tm_hour] * _DAYS[clock.tm_wday] * recent * part
        bounds.append(total)
    found = array("q")
    previous = start
    for number in range(count):
        mass = (number + rng.random()) / count * total
        hour = start + bisect_right(bounds, mass) * HOUR
        moment = min(last, hour + int(rng.random() * min(HOUR, max(1, last - hour))))
        previous = max(previous, moment)
        found.append(previous)
    return found


def in_working_hours(moment: int, rng: Random) -> int:
    """Return `moment`, or if nobody works then (20:00 to 7:00 UTC), a time early the next morning."""
    hour = moment % DAY // HOUR
    if 7 <= hour < 20:
        return moment
    morning = moment // DAY * DAY + 7 * HOUR + (DAY if hour >= 20 else 0)
    return morning + int(rng.random() * 2 * HOUR)


def offset(text: str) -> int:
    """Return the seconds that `text` lies back: 97200 for `-1d3h`; raise ValueError for others."""
    match = _OFFSET.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"not a time before now: {text!r}")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return days * DAY + hours * HOUR + minutes * MINUTE


def day_and_month(moment: int) -> str:
    """Return the date as `3 November`."""
    clock = time.gmtime(moment)
    return f"{clock.tm_mday} {_MONTHS[clock.tm_mon - 1]}"


def full_date(moment: int) -> str:
    """Return the date as `3 Nov 2026`."""
    clock = time.gmtime(moment)
    return f"{clock.tm_mday} {_MONTHS[clock.tm_mon - 1][:3]} {clock.tm_year}"


def chinese_date(moment: int) -> str:
    """Return the date as `11月3日`."""
    clock = time.gmtime(moment)
    return f"{clock.tm_mon}月{clock.tm_mday}日"


def iso_date(moment: int) -> str:
    """Return the date as `2026-11-03`."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def weekday(moment: int) -> str:
    """Return the day's name, `Tuesday`."""
    return _WEEKDAYS[time.gmtime(moment).tm_wday]


def mail_date(moment: int) -> str:
    """Return the time as mail programs quote it: `Tue, 3 Nov 2026 at 10:12`."""
    clock = time.gmtime(moment)
    day = _WEEKDAYS[clock.tm_wday][:3]
    return f"{day}, {full_date(moment)} at {clock.tm_hour:02d}:{clock.tm_min:02d}"
