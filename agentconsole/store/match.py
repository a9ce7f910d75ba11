"""Writes FTS5 match expressions: raw text raises on `c++`, `can't` and `error: 42`, so words are quoted."""

from __future__ import annotations

from agentconsole.text.cjk import split_cjk


def phrase(text: str) -> str | None:
    """Write words that must stand side by side; None when there is no letter or digit in them.

    Runs without spaces (Chinese, Japanese, Korean) are split as at indexing: a part of a run is found too.
    """
    split = split_cjk(text).replace('"', " ").replace("\x00", " ")
    if not any(char.isalnum() for char in split):
        return None
    return f'"{" ".join(split.split())}"'


def all_words(text: str) -> str | None:
    """Write words that must all be there, in any order; None when there are none."""
    phrases = [written for word in text.split() if (written := phrase(word))]
    return " AND ".join(phrases) if phrases else None
