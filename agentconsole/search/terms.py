"""Cuts text into the terms of the knowledge index; index, query and highlights all use this one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, cast

from agentconsole.text.cjk import CJK_RANGES

MAX_TERM_LENGTH: Final = 64

# A word with its inner apostrophes and hyphens, so that "can't" and "log-in" are one thing; then "c++"
# and "c#".
_LETTER = f"[^\\W_{CJK_RANGES}]"
_RUN = re.compile(f"(?P<cjk>[{CJK_RANGES}]+)|{_LETTER}+(?:['’\\-‐‑]{_LETTER}+){{0,8}}(?:\\+{{1,3}}|#)?")
_HYPHEN = re.compile(r"[\-‐‑]")

STOP_WORDS: Final = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can could"
    " did do does doing done for from had has have having he her here hers him his how i if in into is"
    " it its just like ll me my no nor not of off on once only or our ours out own please re she should"
    " so some such than that the their them then there these they this those through to too under until"
    " up ve very was we were what when where which while who whom why will with would you your yours im"
    " ive id dont doesnt didnt cant couldnt wont isnt wasnt havent hi hello hey dear thanks thank"
    " regards best kind cheers help need want get got know tell let us"
    " 的 了 是 我 你 您 们 在 有 和 就 不 也 都 吗 呢 吧 啊 这 那 请 问 好".split()
)
"""Words that say nothing about the matter. They are indexed, so that a query of nothing else still finds."""


class Token(NamedTuple):
    """A term and where it stands in the text."""

    term: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the terms of `text` with their places: words stemmed, CJK runs as single characters and pairs."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        run = match["cjk"]
        if run is None:
            for term in word_terms(match.group()):
                yield Token(term, start, end)
            continue
        for offset, char in enumerate(run):
            yield Token(char, start + offset, start + offset + 1)
            if offset + 1 < len(run):
                yield Token(run[offset : offset + 2], start + offset, start + offset + 2)


def words(text: str) -> Iterator[str]:
    """Yield the words of `text` as they are spelled, in lower case, without CJK runs."""
    for match in _RUN.finditer(text):
        if match["cjk"] is None:
            yield plain(match.group())[:MAX_TERM_LENGTH]


def query_terms(text: str) -> tuple[str, ...]:
    """Return the terms a query asks for, each once, in order; stop words only if there is nothing else."""
    found: dict[str, bool] = {}
    for term, start, end in tokens(text):
        found[term] = plain(text[start:end]) not in STOP_WORDS and term not in STOP_WORDS
    telling = tuple(term for term, tells in found.items() if tells)
    return telling or tuple(found)


@lru_cache(maxsize=50_000)
def word_terms(word: str) -> tuple[str, ...]:
    """Return the terms of one word: "log-in" gives "log", "in" and "login", "can't" gives "cant"."""
    word = plain(word)
    pieces = _HYPHEN.split(word)
    found = [_stem(piece) for piece in pieces if piece]
    if len(pieces) > 1:
        found.append(_stem("".join(pieces)))
    return tuple(dict.fromkeys(term[:MAX_TERM_LENGTH] for term in found if term))


def plain(word: str) -> str:
    """Return a word in lower case and narrow forms, without accents, apostrophes and a possessive "s"."""
    word = word.casefold().replace("’", "'")
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word)
        word = unicodedata.normalize("NFC", "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f"))
    return word.removesuffix("'s").replace("'", "")


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    from whoosh.lang.porter import stem  # not before the first search: Whoosh costs a screen's first frame

    return cast("Callable[[str], str]", stem)


def _stem(word: str) -> str:
    return _stemmer()(word) if word.isascii() and word.isalpha() else word
