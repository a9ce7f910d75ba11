"""Instants and spans: whole UTC microseconds since 1970, as `int`."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# A day from what a `datetime` holds, so that any zone can show them.
_FIRST = -62_135_510_400 * SECOND
_LAST = 253_402_214_400 * SECOND - 1


def parse_instant(text: str) -> int:
    """Read an ISO-8601 time as UTC microseconds.

    A time without a zone is taken as UTC; one that no zone could show is taken as the first or last that can.

    Raises:
        ValueError: The text is no time.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return min(max(instant_of(moment), _FIRST), _LAST)
    except OverflowError:
        return _FIRST if moment.year < 5000 else _LAST


def instant_of(moment: datetime) -> int:
    """Turn an aware `datetime` into UTC microseconds."""
    seconds = moment.astimezone(UTC).replace(microsecond=0)
    return int(seconds.timestamp()) * SECOND + moment.microsecond


def moment_of(instant: int, zone: tzinfo = UTC) -> datetime:
    """Turn UTC microseconds into an aware `datetime` in `zone`."""
    seconds, micros = divmod(instant, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros).astimezone(zone)


def format_instant(instant: int) -> str:
    """Write UTC microseconds as ISO-8601 with a `Z`, whole seconds unless there are finer ones."""
    moment = moment_of(instant)
    text = moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")
