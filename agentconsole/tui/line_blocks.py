"""What the lines of a thread are made of: runs, lines, and blocks of them; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign

Run = tuple[str, str]
"""A piece of text and the role that colours it."""


@dataclass(slots=True)
class ThreadLine:
    """One line: the ground it stands on, the rail at its left, and its runs."""

    ground: str
    rail: str
    runs: list[Run]


class ThreadLines:
    """The lines of a thread, block by block; a block is made when one of its lines is looked at."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._makers: list[Callable[[], list[ThreadLine]]] = []
        self._made: dict[int, list[ThreadLine]] = {}
        self._length = 0

    def add(self, count: int, make: Callable[[], list[ThreadLine]]) -> None:
        """Add a block of `count` lines at the end."""
        self._starts.append(self._length)
        self._makers.append(make)
        self._length += count

    def forget(self) -> None:
        """Make lines anew when they are looked at, as time has passed."""
        self._made.clear()

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> ThreadLine:
        if not 0 <= place < self._length:
            raise IndexError(place)
        number = bisect_right(self._starts, place) - 1
        block = self._made.get(number)
        if block is None:
            block = self._made[number] = self._makers[number]()
        return block[place - self._starts[number]]

    def __iter__(self) -> Iterator[ThreadLine]:
        return (self[place] for place in range(self._length))


def shown_as(fields: Sequence[TicketField], field_name: str, value: FieldValue) -> str:
    """Write a field's value for a person: choices by their labels, as keys tell nobody anything."""
    options = next((item.options for item in fields if item.name == field_name), ())
    labels = {option.key: option.label for option in options}
    if isinstance(value, str):
        return labels.get(value) or shown_value(value)
    return shown_value(tuple(labels.get(one, one) for one in value) if isinstance(value, tuple) else value)


def shown_value(value: object) -> str:
    """Write a field's value for a person."""
    if value is None or value == "" or value == ():
        return "–"
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def between(left: list[Run], right: list[Run], width: int) -> list[Run]:
    """Put runs at both ends of a line; the left one is cut where they would meet."""
    room = width - sum(cell_len(text) for text, _ in right) - 1
    runs: list[Run] = []
    for text, role in left:
        shown = foreign.cut_clean(text, room)
        if shown:
            runs.append((shown, role))
        room -= cell_len(shown)
    if right:
        runs.append((" " * max(1, room + 1), "text"))
        runs.extend(run for run in right if run[0])
    return runs


def blank_line() -> ThreadLine:
    """A line with nothing in it."""
    return ThreadLine("ground", "none", [])
