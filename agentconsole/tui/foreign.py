"""The one door through which text from outside enters a widget.

Textual hands escape sequences in content straight to the terminal and reads square brackets as markup, so
whatever a customer, a server, a file or a knowledge article says is cleaned here and becomes plain
characters or `Content`, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from unicodedata import category

from rich.cells import cell_len, get_character_cell_size
from textual.app import App
from textual.content import Content
from textual.widget import Widget

from agentconsole.domain.errors import ConsoleError
from agentconsole.text.cleaning import clean_line, clean_text

Severity = Literal["information", "warning", "error"]

ELLIPSIS = "…"

MOST_OF_LINE = 4_000
"""Characters of one line that are shown at most; no terminal has room for more."""

MOST_OF_TEXT = 20_000
"""Characters that a widget lays out at most, unless it says otherwise: a million would take it seconds."""

MOST_OF_TITLE = 110
"""Cells of a dialog's title: two lines of it."""

_MOST_TOLD = (330, 6)
"""Cells and lines of a notice, which covers what is under it."""

_RAW = 5
"""How many times as many characters are looked at, as cleaning takes some out."""

# Terminals disagree about how wide a joined or tinted emoji is; taken apart, each part has a known width.
_WIDTH_TROUBLE = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])")

_FIRST = re.compile("^[^\\w\\s\x00-\x7f]+", re.MULTILINE)


def line(text: str) -> str:
    """Clean a text and put it on one line, cut where it is longer than any line is."""
    if len(text) <= MOST_OF_LINE:
        return _settled(clean_line(text))
    text = _settled(clean_line(text[: MOST_OF_LINE * _RAW]))
    return text if len(text) <= MOST_OF_LINE else text[: MOST_OF_LINE - 1] + ELLIPSIS


def block(text: str) -> str:
    """Clean a text and keep its lines."""
    return _settled(clean_text(text))


def content(text: str, style: str = "") -> Content:
    """Make one cleaned line into content that no markup can reach."""
    return Content.styled(line(text), style) if style else Content(line(text))


def title(text: str) -> Content:
    """Make a dialog's title; what stands below it keeps its room."""
    return content(cut(text, MOST_OF_TITLE), "bold")


def paragraphs(text: str, style: str = "", *, most: int = MOST_OF_TEXT) -> Content:
    """Make a cleaned text of several lines into content that no markup can reach.

    Args:
        text: What to show.
        style: How.
        most: Characters that are shown; the rest is counted at the end.
    """
    shown = block(text[: most * _RAW])
    if len(shown) > most or len(text) > most * _RAW:
        shown = f"{shown[:most]}\n\n[{len(text) - most:,} more characters are not shown here]"
    return Content.styled(shown, style) if style else Content(shown)


def cut(text: str, width: int) -> str:
    """Clean a text and cut it to `width` cells, with an ellipsis where something is left out."""
    return cut_clean(line(text), width)


def fit(text: str, width: int) -> str:
    """Clean a text, then cut or pad it to exactly `width` cells."""
    shown = cut(text, width)
    return shown + " " * (width - cell_len(shown))


def cut_clean(text: str, width: int) -> str:
    """Cut an already cleaned line to `width` cells, with an ellipsis where something is left out."""
    if width <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + ELLIPSIS
    if cell_len(text) <= width:
        return text
    used = 0
    for index, char in enumerate(text):
        used += get_character_cell_size(char)
        if used > width - 1:
            return text[:index] + ELLIPSIS
    return text


def tell(
    where: App[Any] | Widget,
    sentence: str,
    *,
    title: str = "",
    severity: Severity = "information",
    seconds: float = 6.0,
) -> None:
    """Show a passing notice; whatever the sentence holds, nothing in it is markup.

    Args:
        where: The app or any widget in it.
        sentence: What to say.
        title: A short heading of our own.
        severity: How it is coloured.
        seconds: How long it stays.
    """
    cells, lines = _MOST_TOLD
    told = block(sentence[: cells * _RAW]).split("\n")
    said = cut_clean("\n".join(told[:lines]) + (ELLIPSIS if len(told) > lines else ""), cells)
    where.notify(said, title=cut(title, MOST_OF_TITLE), severity=severity, timeout=seconds, markup=False)


@contextmanager
def errors_told(where: App[Any] | Widget) -> Iterator[None]:
    """Tell an error of what is done in it in its sentence, for ten seconds; it ends nothing.

    Args:
        where: The app or any widget in it.
    """
    try:
        yield
    except ConsoleError as error:
        tell(where, error.sentence, severity="error", seconds=10)


def _settled(text: str) -> str:
    return text if text.isascii() else _FIRST.sub(_without_marks, _WIDTH_TROUBLE.sub("", text))


def _without_marks(match: re.Match[str]) -> str:
    """Drop the marks a line begins with: a terminal would put them on what stands before it."""
    found = match.group()
    first = next((place for place, char in enumerate(found) if category(char)[0] != "M"), len(found))
    return found[first:]
