"""What a hostile text costs: twice as much of it takes twice the work, whatever it is made of.

Work is counted in lines of Python that are run; what a regular expression or a parser does in one call is
told by the processor's time, in which the square of a large text could not be hidden.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from agentconsole.replies.checks import Reading, check
from agentconsole.search.highlights import highlight_spans
from agentconsole.search.terms import tokens
from agentconsole.text.cjk import split_cjk
from agentconsole.text.cleaning import clean_line, clean_text
from agentconsole.text.file_names import safe_name
from agentconsole.text.folding import fold
from agentconsole.text.html import html_to_text
from agentconsole.text.links import links_in
from agentconsole.text.markdown import markdown_html, read_markdown
from agentconsole.text.normalise import normalise_for_match
from agentconsole.tui import foreign
from agentconsole.tui.wrapping import wrap_text
from tests.support.work import lines_run


def pieces(text: str) -> list[str]:
    return [part.text for part in fold(text).parts]


WAYS: Final[dict[str, Callable[[str], Any]]] = {
    "a message": lambda text: [wrap_text(foreign.block(part), 80) for part in pieces(clean_text(text))],
    "an HTML message": lambda text: wrap_text(fold(html_to_text(text)).body, 80),
    "a narrow pane": lambda text: wrap_text(text, 8),
    "a line": lambda text: (foreign.cut(text, 80), clean_line(text), safe_name(text)),
    "its links": links_in,
    "a reply": lambda text: (markdown_html(read_markdown(text)), check(Reading(text, public=True))),
    "is it there": normalise_for_match,
    "an index": lambda text: (split_cjk(text), list(tokens(text)), highlight_spans(text, ["a"])),
}  # fmt: skip

SIZES: Final = {"a reply": 2_500, "an index": 5_000, "a narrow pane": 8_000, "a message": 15_000}
"""Characters, where it is not 30,000."""

REPEATED: Final = (
    *(">", "> ", "> x\n", "W", "W ", "\n", " ", "\u00a0", "\t", "\r", "[", "]", "<", "&", "&#", "&amp;", "("),
    *("<div>", "</div>", "<i>", "<!--", "<script", "<script>", "<style>x", "<head>", "<a ", "<br>", "<pre>x"),
    *("<a href='http://a.example/'>x", "<div><a href='http://a.example/'>x", "<table><tr><td>", "<ul><li>"),
    *("<table><tr><td>a<td>b</table>", "<blockquote>x", "<blockquote>x</blockquote>", "<img alt='x'>"),
    *("http://a.example/b ", f"http://a.example/{')' * 1900} ", "[a](http://a.example) ", "[a](", "a@b.c "),
    *("\u0301", "e\u0301", "\U0001f469\u200d", "\U0001f1e9", "\u200d", "a\u200d", "\ufe0f\u200d"),
    *("\u0915\u094d", "漢", "漢 ", "\u1100\u1161", "\u202e", "\x00", "\x1b", "\x1b[", "\x1b]52;c;", "\x9d"),
    *("\ud800", "a-", "a.", "*", "**a ", "*a ", "_a ", "`", "`a ", "\\*", "- a\n", "# a\n", "```\n", "-"),
    *("-- \nx\n", "Regards\n", "From: a\nTo: b\n", "On Monday, Ann wrote:\n", "On Monday, Ann wrote:\n> x\n"),
    *("Hello Ann, ", "4111 1111 "),
)

MADE: Final[dict[str, Callable[[int], str]]] = {
    **{text[:30]: lambda size, text=text: text * (size // len(text) + 1) for text in REPEATED},  # type: ignore[misc]
    "an item of many lines": lambda size: "- a\n" + "  b\n" * (size // 4),
    "a number without end": lambda size: f"&#{'9' * size};",
    "blanks to a word": lambda size: f"{' ' * size}x",
    "dashes to blanks": lambda size: f"{'-' * (size // 2)}{' ' * (size // 2)}x",
    "a width of blanks": lambda size: f"<img alt=xxxxx width='0{' ' * size}x'>",
    "a style of blanks": lambda size: f"<img alt=x style='width:0{' ' * size}x;{'; ' * (size // 2)}'>",
    "comments too deep": lambda size: "<div>" * 3000 + "<!--" * size,
    "scripts too deep": lambda size: "<div>" * 3000 + "<script" * size,
    "heads too deep": lambda size: "<div>" * 3000 + "<head>" * size,
    "cells": lambda size: f"<table><tr>{'<td>x' * (size // 5)}",
    "rows": lambda size: f"<table>{'<tr><td>x<td>y' * (size // 14)}",
}


@pytest.mark.parametrize("name", list(WAYS))
def test_twice_the_text_is_twice_the_work(name: str) -> None:
    way = WAYS[name]
    for kind, make in MADE.items():
        if "too deep" in kind:
            continue
        way(make(10))
        once, twice = (lines_run(partial(way, make(size))) for size in (400, 800))
        assert twice < 2.5 * once + 2000, (kind, once, twice)


@pytest.mark.parametrize("name", list(WAYS))
def test_a_large_text_takes_no_time_to_speak_of(name: str) -> None:
    way = WAYS[name]
    for kind, make in MADE.items():
        text = make(SIZES.get(name, 30_000))
        began = time.process_time()
        way(text)
        assert time.process_time() - began < 1.5, kind
