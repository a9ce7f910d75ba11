"""Values that a client sent, read with care."""

from __future__ import annotations

from typing import Any

LARGEST = 2**63 - 1


def whole(value: Any) -> int:
    """A whole number that the database can hold.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and value.isascii() and value.isdecimal():
        number = int(value) if len(value) < 20 else LARGEST + 1
    else:
        raise ValueError("not a whole number")
    if abs(number) > LARGEST:
        raise ValueError("out of range")
    return number


def is_number(text: str) -> bool:
    """Whether a text is an id or another whole number of sensible size."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def text_or_none(value: Any) -> str | None:
    """A text column's value; what is no text is written as one."""
    return None if value is None else str(value)
