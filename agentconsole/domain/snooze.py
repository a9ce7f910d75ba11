"""Reads when a ticket shall come back, in the words that people type: `tomorrow 9:00`, `next tue`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from agentconsole.domain.errors import UsageError
from agentconsole.domain.times import DAY, HOUR, MINUTE, instant_of, moment_of

EXAMPLES: Final = "tomorrow 9:00 · in 3 hours · next tue · 2 weeks · 30 Nov · 2026-12-01 14:00"
"""What can be typed, for hints and errors."""

MORNING: Final = time(9)
"""When a day begins that is named without an hour."""

_HORIZON: Final = 10 * 366 * DAY

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_PARTS_OF_DAY: Final = {
    "morning": MORNING,
    "noon": time(12),
    "midday": time(12),
    "afternoon": time(14),
    "evening": time(18),
    "night": time(20),
}
_NUMBERS_SAID: Final = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_CLOCK = re.compile(r"(?:^|\s)(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2}) ?(?P<half>am|pm)?$")
_HALF_DAY = re.compile(r"(?:^|\s)(?:at )?(?P<hour>\d{1,2}) ?(?P<half>am|pm)$")
_BARE_HOUR = re.compile(r"(?:^|\s)at (?P<hour>\d{1,2})$")
_DAY_AND_HOUR = re.compile(r"(?P<day>[a-z][a-z ]*) (?P<hour>\d{1,2})$")
_SPAN = re.compile(
    rf"(?P<count>\d{{1,5}}|an?|{'|'.join(_NUMBERS_SAID)}|half an?|a couple of) ?"
    r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|m|h|d|w)(?![a-z])(?: and)? ?"
)
_HOURS_AND_MINUTES = re.compile(r"(?P<hours>\d{1,4}) ?h ?(?P<minutes>\d{1,2})")
_COUNTS: Final = {
    **{word: count for count, word in enumerate(_NUMBERS_SAID, 1)},
    "a": 1,
    "an": 1,
    "a couple of": 2,
}
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})$")
_NUMBERS = re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})(?:[./](?P<year>\d{4})?)?$")
_DAY_MONTH = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.? (?:of )?(?P<month>[a-z]{3,9})\.?(?: (?P<year>\d{4}))?$"
)
_MONTH_DAY = re.compile(r"(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?(?: (?P<year>\d{4}))?$")


def read_snooze(text: str, *, now: int, zone: tzinfo) -> int:
    """Read a time to come; a day without an hour begins at nine, in `zone`.

    Args:
        text: As typed.
        now: The present instant, in UTC microseconds.
        zone: The agent's time zone.

    Returns:
        The instant, in UTC microseconds; later than `now`.

    Raises:
        UsageError: It is no time, or none that is still to come.
    """
    words = " ".join(text.lower().replace(",", " ").split())
    words = re.sub(r"^(until|till|for|on|in|by) ", "", words)
    words = re.sub(r"(\d)t(\d{1,2}:)", r"\1 \2", words)
    instant = None
    try:
        instant = _span(words, now) if words else None
        if instant is None and words:
            instant = _moment(words, now, zone)
    except (ValueError, OverflowError):
        # The 31st of February, an hour of 99, a year beyond the calendar.
        instant = None
    if instant is None:
        raise UsageError(f"“{text.strip()}” is no time that is understood here. Try {EXAMPLES}.")
    if instant <= now:
        raise UsageError(f"“{text.strip()}” has passed.")
    if instant - now > _HORIZON:
        raise UsageError(f"“{text.strip()}” is more than ten years ahead.")
    return instant


def _span(words: str, now: int) -> int | None:
    """Read hours and minutes from now on: they do not depend on the calendar."""
    if found := _HOURS_AND_MINUTES.fullmatch(words):
        return now + int(found["hours"]) * HOUR + int(found["minutes"]) * MINUTE
    total, at = 0, 0
    while at < len(words):
        found = _SPAN.match(words, at)
        if found is None or found["unit"][0] not in "mh" or found["unit"].startswith("mo"):
            return None
        unit = HOUR if found["unit"].startswith("h") else MINUTE
        total += unit // 2 if found["count"].startswith("half") else _count(found["count"]) * unit
        at = found.end()
    return now + total if total else None


def _moment(words: str, now: int, zone: tzinfo) -> int | None:
    local = moment_of(now, zone)
    rest, hour = _hour(words)
    if not rest:
        if hour is None:
            return None
        today = _at(local.date(), hour, zone)
        return today if today > now else _at(local.date() + timedelta(days=1), hour, zone)
    day = _day(rest, local)
    if day is None:
        return None
    if hour is None:
        hour = time(18) if rest in ("today", "tonight") else MORNING
    return _at(day, hour, zone)


def _hour(words: str) -> tuple[str, time | None]:
    """Take the hour off the end."""
    for pattern in (_CLOCK, _HALF_DAY, _BARE_HOUR):
        if found := pattern.search(words):
            named = found.groupdict()
            hour = int(named["hour"])
            if half := named.get("half"):
                if not 1 <= hour <= 12:
                    raise ValueError("There is no such hour of half a day.")
                hour = hour % 12 + (12 if half == "pm" else 0)
            return words[: found.start()].strip(), time(hour, int(named.get("minute") or 0))
    before, _, last = words.rpartition(" ")
    if last in _PARTS_OF_DAY:
        return before.removesuffix(" in the").removesuffix(" at"), _PARTS_OF_DAY[last]
    if (found := _DAY_AND_HOUR.fullmatch(words)) and _month(found["day"]) is None:
        return found["day"], time(int(found["hour"]))
    return words, None


def _day(words: str, local: datetime) -> date | None:
    today = local.date()
    named = {
        "yesterday": -1,
        "today": 0,
        "tonight": 0,
        "tomorrow": 1,
        "tmrw": 1,
        "tom": 1,
        "day after tomorrow": 2,
        "the day after tomorrow": 2,
        "next week": 7 - today.weekday(),
    }
    if words in named:
        return today + timedelta(days=named[words])
    if words in ("weekend", "the weekend", "this weekend"):
        return today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    if words == "next month":
        return _month_later(today.replace(day=1), 1)
    following = words.startswith("next ")
    if (weekday := _weekday(words.removeprefix("next ").removeprefix("this "))) is not None:
        if following:
            return today + timedelta(days=7 - today.weekday() + weekday)
        return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
    return _days_ahead(words, today) or _calendar_day(words, today)


def _days_ahead(words: str, today: date) -> date | None:
    """Read a span of days, weeks and months."""
    day, at = today, 0
    while at < len(words):
        found = _SPAN.match(words, at)
        if found is None or found["count"].startswith("half"):
            return None
        count, unit = _count(found["count"]), found["unit"]
        if unit.startswith("mo"):
            day = _month_later(day, count)
        elif unit[0] in "dw":
            day += timedelta(days=count * (7 if unit[0] == "w" else 1))
        else:
            return None
        at = found.end()
    return day if day > today else None


def _calendar_day(words: str, today: date) -> date | None:
    if iso := _ISO.fullmatch(words):
        return date(int(iso["year"]), int(iso["month"]), int(iso["day"]))
    numbers = _NUMBERS.fullmatch(words)
    found = numbers or _DAY_MONTH.fullmatch(words) or _MONTH_DAY.fullmatch(words)
    if found is None:
        return None
    month = int(found["month"]) if numbers is not None else _month(found["month"])
    if month is None:
        return None
    if found["year"]:
        return date(int(found["year"]), month, int(found["day"]))
    # The 29th of February may be some years away.
    for year in range(today.year, today.year + 9):
        try:
            day = date(year, month, int(found["day"]))
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _month_later(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    # The last day of a shorter month stands for those it lacks.
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError("There is no such month.")


def _count(word: str) -> int:
    return _COUNTS[word] if word in _COUNTS else int(word)


def _weekday(word: str) -> int | None:
    if len(word) < 3:
        return None
    word = {"tues": "tue", "weds": "wed", "thurs": "thu", "thur": "thu"}.get(word, word)
    return next((place for place, name in enumerate(_WEEKDAYS) if name.startswith(word)), None)


def _month(word: str) -> int | None:
    if len(word) < 3:
        return None
    word = "sep" if word == "sept" else word
    return next((place for place, name in enumerate(_MONTHS, 1) if name.startswith(word)), None)


def _at(day: date, hour: time, zone: tzinfo) -> int:
    return instant_of(datetime.combine(day, hour, zone))
