"""A feed's place as a cursor: a dataclass as JSON, and back."""

from __future__ import annotations

import json
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar


class Dataclass(Protocol):
    """What every dataclass has."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Place = TypeVar("Place", bound=Dataclass)


def spelled(place: Dataclass) -> str:
    """Write a place as a cursor."""
    told = {each.name: getattr(place, each.name) for each in fields(place)}
    return json.dumps(told, separators=(",", ":"))


def place_of(kind: type[Place], cursor: str | None) -> Place:
    """Read a cursor; one that can't be read begins anew, which costs time but no ticket.

    Args:
        kind: The dataclass; each of its fields has a default.
        cursor: What `spelled` wrote, by any version of the program; None to begin.
    """
    try:
        told = json.loads(cursor or "{}")
        known = {each.name for each in fields(kind)}
        return kind(**{name: value for name, value in told.items() if name in known})
    except (ValueError, TypeError, AttributeError):
        return kind()
