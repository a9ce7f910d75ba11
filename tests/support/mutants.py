"""Records with a value of the wrong kind, or one that no database or clock takes, in each of their places."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Final

ODD: Final[tuple[Any, ...]] = (
    "\ud800half",
    "a\x00b",
    10**30,
    -(10**30),
    1e308,
    float("nan"),
    True,
    [],
    {},
    None,
    ["\ud800"],
    "9" * 5000,
)
"""What JSON can carry and nothing expects."""

ODDER: Final[tuple[Any, ...]] = (
    *ODD,
    "²",
    "",
    0,
    -1,
    1e999,
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    [[]],
    [{}],
    [None, 7, "x"],
    {"id": "\ud800"},
    {"id": []},
)
"""These too: digits that are no number, the ends of time, lists and objects of odd things."""


def mutants(row: dict[str, Any], values: Sequence[Any] = ODD) -> Iterator[dict[str, Any]]:
    """The row with each of its values, at any depth, replaced by each of `values`."""

    def places(value: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if at:
            yield at
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, each in inner:
            yield from places(each, (*at, key))

    for at in places(row, ()):
        for hostile in values:
            made = copy.deepcopy(row)
            target: Any = made
            for key in at[:-1]:
                target = target[key]
            target[at[-1]] = copy.deepcopy(hostile)
            yield made
