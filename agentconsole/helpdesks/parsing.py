"""Reading of a listing's rows one by one: what does not parse is quarantined, the rest goes on. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from agentconsole.domain.tickets import QuarantinedRecord

RAW_LIMIT: Final = 10_000
LONGEST_ID: Final = 20
"""Digits of an id."""

Record = TypeVar("Record")
Json = Mapping[str, Any]


def parse_all(
    kind: str, rows: Any, parse: Callable[[Json], Record]
) -> tuple[list[Record], list[QuarantinedRecord]]:
    """Parse a listing's rows one by one.

    Args:
        kind: What the rows are; for the quarantine.
        rows: The list as it came; anything but a list is taken as empty.
        parse: Turns one row into a record.
    """
    records: list[Record] = []
    bad: list[QuarantinedRecord] = []
    for row in rows if isinstance(rows, list) else ():
        try:
            if not isinstance(row, dict):
                raise ValueError("it is no object")
            records.append(parse(row))
        except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
            remote_id = str(row["id"]) if isinstance(row, dict) and row.get("id") is not None else None
            bad.append(QuarantinedRecord(kind, remote_id, _why(error), raw_of(row)))
    return records, bad


def raw_of(row: Any) -> str:
    """Return a record as it came, cut to 10 kB."""
    try:
        return json.dumps(row, ensure_ascii=True)[:RAW_LIMIT]
    except (TypeError, ValueError, RecursionError):
        return repr(row)[:RAW_LIMIT]


def whole(text: str) -> str:
    """Replace half of a surrogate pair, which JSON can carry and nothing else takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error) or type(error).__name__
