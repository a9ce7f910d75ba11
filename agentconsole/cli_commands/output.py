"""How commands write: cleaned text in aligned columns for people, one JSON document for scripts."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.times import DAY, HOUR, MINUTE, SECOND, moment_of
from agentconsole.text.cleaning import clean_line, clean_text

_GAP: Final = "  "


def plain(text: str) -> str:
    """The one door for foreign text in a line: nothing in it can steer the terminal."""
    return clean_line(text)


def plain_block(text: str) -> str:
    """The same for text of several lines."""
    return clean_text(text)


def say(text: str = "") -> None:
    """Write a line to standard output; cleaned, whatever it is."""
    _write(f"{plain_block(text)}\n")


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise ConsoleError(f"The output cannot be written: {fault.strerror}.") from None


def tell(text: str) -> None:
    """Write a line about what is going on to standard error, so that it is in nobody's data."""
    sys.stderr.write(f"{plain_block(text)}\n")
    sys.stderr.flush()


def about(name: str, sentence: str) -> str:
    """Say which account a sentence is about, where it does not say so itself."""
    return sentence if sentence.startswith(f"{name}: ") else f"{name}: {sentence}"


def write_json(document: Any) -> None:
    """Write one JSON document; everything but plain ASCII is escaped."""
    text = json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f")
    _write(f"{text}\n")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing."""

    title: str
    most: int = 60
    """Cells at most."""
    right: bool = False
    grows: bool = False
    """Takes the room that is left, and gives way where there is none."""


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Lay rows out in aligned columns, cut to the terminal's width; without a terminal nothing is cut.

    Rows are laid out by the hundred, so that a long listing begins at once.
    """
    width = terminal_width()
    part: list[list[str]] = []
    widths: list[int] | None = None
    for row in rows:
        part.append([plain(cell) for cell in row])
        if len(part) >= 500:
            if widths is None:
                widths = _widths(columns, part, width)
                yield _line([column.title for column in columns], columns, widths)
            yield from (_line(cells, columns, widths) for cells in part)
            part.clear()
    if widths is None and part:
        widths = _widths(columns, part, width)
        yield _line([column.title for column in columns], columns, widths)
    if widths is not None:
        yield from (_line(cells, columns, widths) for cells in part)


def terminal_width() -> int | None:
    """Tell how many cells a line has; None where standard output is no terminal."""
    if not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size((80, 24)).columns


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    from rich.cells import cell_len

    widths = [
        min(column.most, max(cell_len(column.title), *(cell_len(row[number]) for row in rows)))
        for number, column in enumerate(columns)
    ]
    if width is None:
        return [
            max(cells, *(cell_len(row[number]) for row in rows)) if columns[number].grows else cells
            for number, cells in enumerate(widths)
        ]
    over = sum(widths) + len(_GAP) * (len(columns) - 1) - width
    for number, column in enumerate(columns):
        if column.grows and over > 0:
            taken = min(over, max(0, widths[number] - 10))
            widths[number] -= taken
            over -= taken
    return widths


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [_fit(cell, widths[number], columns[number].right) for number, cell in enumerate(cells)]
    return _cut_to_terminal(_GAP.join(parts).rstrip())


def _cut_to_terminal(line: str) -> str:
    width = terminal_width()
    return line if width is None else _fit(line, width, False).rstrip()


def _fit(text: str, width: int, right: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width > 1 else set_cell_size(text, width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def local_time(instant: int | None, zone: tzinfo) -> str:
    """Write an instant in the agent's zone, to the minute; an empty text for none."""
    return "" if instant is None else moment_of(instant, zone).strftime("%Y-%m-%d %H:%M")


def span(micros: int) -> str:
    """Write a span in its largest unit: `3 d`, `2 h`, `5 min`, `40 s`."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if micros >= unit:
            return f"{micros // unit} {name}"
    return f"{max(0, micros) // SECOND} s"


def until(instant: int | None, now: int) -> str:
    """Write how long it is to a deadline; `-2 h` where it has passed."""
    if instant is None:
        return ""
    return span(instant - now) if instant >= now else f"-{span(now - instant)}"
