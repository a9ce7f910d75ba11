"""Breaks cleaned text into lines of a given number of terminal cells."""

from __future__ import annotations

from unicodedata import combining

from rich.cells import get_character_cell_size

_MINIMUM = 8
_MOST_FLAGS = 40
"""Halves of flags that are looked back over; of a longer run it does not matter where it breaks."""
_VIRAMA = 9
"""The combining class of signs that join two consonants into one letter."""


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
    clusters = any(get_character_cell_size(char) == 0 or _is_half_flag(char) for char in set(paragraph))
    # Where the character began that is looked at, with all that belongs to it, and the cells before it.
    whole, used_at_whole = 0, 0
    for index, char in enumerate(paragraph):
        size = get_character_cell_size(char)
        if not (clusters and belongs_to_last(paragraph, index)):
            whole, used_at_whole = index, used
            if index > start and (size == 2 or before_wide) and char != " ":
                stop, used_at_stop = index, used
        if used + size > width and whole > start:
            if stop <= start:
                stop, used_at_stop = whole, used_at_whole
            lines.append(paragraph[start:stop].rstrip())
            while stop < index and paragraph[stop] == " ":
                stop += 1
                used_at_stop += 1
            start, used = stop, used - used_at_stop
            used_at_whole -= used_at_stop
            stop, used_at_stop = -1, 0
        used += size
        if char == " ":
            stop, used_at_stop = index + 1, used
        if size:
            before_wide = size == 2
    lines.append(paragraph[start:].rstrip())


def belongs_to_last(text: str, index: int) -> bool:
    """Whether a character is drawn as one with the one before it, so that no line may end between them.

    That is a mark or a skin tone, what follows a joiner or a sign that joins letters of Indic scripts, and
    the second half of a flag.
    """
    char = text[index]
    if index == 0 or char < "\u0300":
        return False
    before = text[index - 1]
    if get_character_cell_size(char) == 0 or before == "\u200d" or combining(before) == _VIRAMA:
        return True
    if not _is_half_flag(char):
        return False
    run = index
    while run and index - run < _MOST_FLAGS and _is_half_flag(text[run - 1]):
        run -= 1
    return (index - run) % 2 == 1


def _is_half_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
