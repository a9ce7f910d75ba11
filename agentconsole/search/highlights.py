"""Marks the words of a query in a text and picks the stretch that says most of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from agentconsole.search.terms import Token, tokens

Span = tuple[int, int]

SNIPPET_LENGTH: Final = 200
_SEARCHED_LENGTH: Final = 8000
_LEAD: Final = 40
_WHITE = re.compile(r"\s+")


def highlight_spans(text: str, terms: Collection[str]) -> tuple[Span, ...]:
    """Return where `terms` stand in `text`: ascending, neighbours and overlaps joined."""
    return _joined([token for token in tokens(text) if token.term in terms])


def snippet(text: str, terms: Collection[str]) -> tuple[str, tuple[Span, ...]]:
    """Return some 200 characters of `text`, white space folded, and where `terms` stand in them."""
    text = _WHITE.sub(" ", text[:_SEARCHED_LENGTH]).strip()
    found = [token for token in tokens(text) if token.term in terms]
    start = _best_start(found)
    if start > 0:
        # Begin with a whole word; text without spaces begins anywhere.
        space = text.find(" ", start, start + _LEAD)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + SNIPPET_LENGTH)
    if end < len(text):
        space = text.rfind(" ", max(start, end - _LEAD), end)
        end = space if space > start else end
    head, tail = ("… " if start > 0 else ""), (" …" if end < len(text) else "")
    shift = len(head) - start
    inside = [token for token in found if token.start >= start and token.end <= end]
    spans = tuple((a + shift, b + shift) for a, b in _joined(inside))
    return f"{head}{text[start:end]}{tail}", spans


def _best_start(found: list[Token]) -> int:
    """Return where the stretch with the most different terms begins, a little before its first one."""
    best, best_start = 0, 0
    counts: dict[str, int] = {}
    first = 0
    for token in found:
        counts[token.term] = counts.get(token.term, 0) + 1
        while found[first].start < token.end - (SNIPPET_LENGTH - _LEAD):
            gone = found[first].term
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            first += 1
        if len(counts) > best:
            best, best_start = len(counts), found[first].start
    return max(0, best_start - _LEAD)


def _joined(found: list[Token]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for _, start, end in found:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)
