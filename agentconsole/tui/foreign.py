"""The one door through which text from outside enters a widget.

Textual hands escape sequences in content straight to the terminal and reads square brackets as markup, so
whatever a customer, a server, a file or a knowledge article says is cleaned here and becomes plain
characters or `Content`, never markup.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from rich.cells import cell_len, get_character_cell_size
from textual.app import App
from textual.content import Content
from textual.widget import Widget

from agentconsole.text.cleaning import clean_line, clean_text

Severity = Literal["information", "warning", "error"]

ELLIPSIS = "…"

# Terminals disagree about how wide a joined emoji is; taken apart, each part has a known width.
_WIDTH_TROUBLE = re.compile("\ufe0f|\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])")


def line(text: str) -> str:
    """Clean a text and put it on one line."""
    return _settled(clean_line(text))


def block(text: str) -> str:
    """Clean a text and keep its lines."""
    return _settled(clean_text(text))


def content(text: str, style: str = "") -> Content:
    """Make one cleaned line into content that no markup can reach."""
    return Content.styled(line(text), style) if style else Content(line(text))


def paragraphs(text: str, style: str = "") -> Content:
    """Make a cleaned text of several lines into content that no markup can reach."""
    return Content.styled(block(text), style) if style else Content(block(text))


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
    where.notify(block(sentence), title=line(title), severity=severity, timeout=seconds, markup=False)


def _settled(text: str) -> str:
    return text if text.isascii() else _WIDTH_TROUBLE.sub("", text)
