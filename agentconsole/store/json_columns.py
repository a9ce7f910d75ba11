"""JSON in the database's columns: plain values, and texts that a database takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from agentconsole.domain.ticket_words import FieldValue


def _encoder() -> Callable[[Any], str]:
    """Make a JSON writer that keeps one C encoder; `JSONEncoder.encode` makes a new one for every value."""
    plain = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    chunks: Callable[[Any, int], Iterable[str]] = make(
        None, plain.default, json.encoder.encode_basestring, None, ":", ",", False, False, True
    )
    return lambda value: "".join(chunks(value, 0))


_short = _encoder()
_escaped = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode

load = json.loads

_LARGEST = 2**63 - 1


def dump(value: Any) -> str:
    """Write a value as JSON that a database takes, half of a surrogate pair included."""
    text = _short(value)
    return text if text.isascii() or is_storable(text) else _escaped(value)


def is_storable(text: str) -> bool:
    """Tell whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """Return a text that a database takes: half of a surrogate pair becomes a question mark."""
    return text if text.isascii() or is_storable(text) else text.encode("utf-8", "replace").decode()


def row(*columns: Any) -> tuple[Any, ...]:
    """Return columns that a database takes: texts whole, numbers within 64 bits."""
    return tuple(
        storable(value)
        if isinstance(value, str)
        else max(-_LARGEST, min(value, _LARGEST))
        if isinstance(value, int)
        else value
        for value in columns
    )


def value_of(stored: Any) -> FieldValue:
    """Read one field value: a list is a tuple again."""
    return tuple(stored) if isinstance(stored, list) else stored


def load_names(text: str) -> tuple[str, ...]:
    """Read a list of texts."""
    return tuple(load(text)) if text != "[]" else ()


def load_labels(text: str) -> dict[str, str]:
    """Read a field's choices as key to shown word."""
    return {key: label for key, label, *_ in load(text)} if text != "[]" else {}
