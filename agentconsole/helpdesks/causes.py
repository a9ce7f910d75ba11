"""What a broken exchange and a refusing answer say: the cause in words, and how long to wait."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT_SECONDS: Final = 3600.0


def reason(error: BaseException) -> str:
    """Say in a few words why a connection failed."""
    for cause in causes(error):
        if isinstance(cause, socket.gaierror):
            return "the name is not known here, or there is no network"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
    text = str(error).strip()
    return text if text and "connection attempts failed" not in text else "no network"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error with what led to it, outermost first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            yield from causes(cause.exceptions[0])
        cause = cause.__cause__ or cause.__context__


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`: seconds, or a date measured against the answer's own `Date`."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            until, since = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
            seconds = (until - since).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(seconds, 1.0), LONGEST_WAIT_SECONDS) if seconds == seconds else None
