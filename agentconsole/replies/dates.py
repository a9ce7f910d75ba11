"""Dates in macros, in English whatever the machine's locale is."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

DEFAULT_FORMAT: Final = "%-d %B %Y"

_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DIRECTIVE = re.compile("%-?[A-Za-z%]")


def format_date(day: date, pattern: str = DEFAULT_FORMAT) -> str:
    """Write a date like "22 November 2026".

    Args:
        day: the date.
        pattern: `%d %-d %m %-m %Y %y %B %b %A %a %%` as strftime has them.

    Raises:
        ValueError: the pattern has another directive.
    """
    month, weekday = _MONTHS[day.month - 1], _DAYS[day.weekday()]
    known = {
        "%d": f"{day.day:02}",
        "%-d": str(day.day),
        "%m": f"{day.month:02}",
        "%-m": str(day.month),
        "%Y": f"{day.year:04}",
        "%y": f"{day.year % 100:02}",
        "%B": month,
        "%b": month[:3],
        "%A": weekday,
        "%a": weekday[:3],
        "%%": "%",
    }

    def written(match: re.Match[str]) -> str:
        if match.group() not in known:
            raise ValueError(f"{match.group()} is not a date directive; use one of {' '.join(known)}")
        return known[match.group()]

    return _DIRECTIVE.sub(written, pattern)
