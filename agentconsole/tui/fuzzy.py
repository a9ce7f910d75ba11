"""Finding what was meant by a few of its letters; pure."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """How well a text fits what was typed."""

    rank: tuple[int, int]
    """Smaller is better."""
    spans: tuple[Span, ...]
    """The parts of the text that were meant: (from, to) in characters."""


def match(typed: str, text: str) -> Match | None:
    """Match what was typed with a text: as its words in any order, else as letters in their order.

    Args:
        typed: What was typed; case does not count.
        text: What it may mean.

    Returns:
        None where it cannot mean the text. Beginnings of words come before parts of words, and both before
        scattered letters.
    """
    low = text.lower()
    words = typed.lower().split()
    if not words:
        return Match((0, 0), ())
    if len(low) != len(text):
        # Some capitals have longer small forms: marks would stand beside their letters.
        return Match((2, 0), ()) if all(word in low for word in words) else None
    found = [_word(word, low) for word in words]
    if None not in found:
        spans = tuple(sorted(span for one in found if one is not None for span in [one[1]]))
        begins = all(one is not None and one[0] for one in found)
        return Match((0 if begins and spans[0][0] == 0 else 1 if begins else 2, spans[0][0]), spans)
    return _scattered("".join(words), low)


def _word(word: str, low: str) -> tuple[bool, Span] | None:
    """Find a word, best at the beginning of one: (whether it begins one, where)."""
    first = low.find(word)
    if first < 0:
        return None
    place = first
    while place >= 0:
        if place == 0 or not low[place - 1].isalnum():
            return True, (place, place + len(word))
        place = low.find(word, place + 1)
    return False, (first, first + len(word))


def _scattered(letters: str, low: str) -> Match | None:
    spans: list[Span] = []
    place = 0
    for letter in letters:
        here = low.find(letter, place)
        if here < 0:
            return None
        if spans and spans[-1][1] == here:
            spans[-1] = (spans[-1][0], here + 1)
        else:
            spans.append((here, here + 1))
        place = here + 1
    return Match((3 + len(spans), spans[0][0]), tuple(spans))
