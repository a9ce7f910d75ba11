"""Breaks cleaned text into lines of a given number of terminal cells."""

from __future__ import annotations

from rich.cells import get_character_cell_size

_MINIMUM = 8


def wrap_text(text: str, width: int) -> list[str]:
    """Wrap a cleaned text; its own line breaks stay, and each line is at most `width` cells.

    Breaks at spaces, between wide characters (Chinese, Japanese, Korean), and inside a word that is longer
    than a line.
    """
    width = max(_MINIMUM, width)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if paragraph.isascii():
            if len(paragraph) <= width:
                lines.append(paragraph.rstrip())
            else:
                _wrap_ascii(paragraph, width, lines)
        else:
            _wrap_cells(paragraph, width, lines)
    return lines


def _wrap_ascii(paragraph: str, width: int, lines: list[str]) -> None:
    indent = len(paragraph) - len(paragraph.lstrip(" "))
    start, end = 0, len(paragraph)
    while end - start > width:
        stop = paragraph.rfind(" ", start, start + width + 1)
        if stop <= start + (indent if start == 0 else 0):
            stop = start + width
        lines.append(paragraph[start:stop].rstrip())
        start = stop
        while start < end and paragraph[start] == " ":
            start += 1
    if start < end:
        lines.append(paragraph[start:].rstrip())


def _wrap_cells(paragraph: str, width: int, lines: list[str]) -> None:
    start = 0
    used = 0
    stop = -1
    used_at_stop = 0
    before_wide = False
    for index, char in enumerate(paragraph):
        size = get_character_cell_size(char)
        wide = size == 2
        if index > start and (wide or before_wide) and char != " ":
            stop, used_at_stop = index, used
        if used + size > width and index > start:
            if stop <= start:
                stop, used_at_stop = index, used
            lines.append(paragraph[start:stop].rstrip())
            while stop < index and paragraph[stop] == " ":
                stop += 1
                used_at_stop += 1
            start, used = stop, used - used_at_stop
            stop, used_at_stop = -1, 0
        used += size
        if char == " ":
            stop, used_at_stop = index + 1, used
        before_wide = wide
    lines.append(paragraph[start:].rstrip())
