"""Splits Chinese, Japanese and Korean runs for word indexes, which see no words without spaces."""

from __future__ import annotations

import re
from functools import cache

# Kana, ideographs with their extensions and compatibility forms, Bopomofo, Hangul, half-width kana.
CJK_RANGES = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u30ff\u3105-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
"""These characters as ranges of a regular expression's character class."""


@cache
def _pattern(times: str) -> re.Pattern[str]:
    """Compile a run of these characters; not at import, which the first frame waits for."""
    return re.compile(f"[{CJK_RANGES}]{times}")


def has_cjk(text: str) -> bool:
    """Tell whether any character of `text` is Chinese, Japanese or Korean."""
    return not text.isascii() and _pattern("").search(text) is not None


def split_cjk(text: str) -> str:
    """Return `text` with each CJK run replaced by its single characters and its pairs, set off by spaces.

    "退款申请" becomes "退 退款 款 款申 申 申请 请"; other text is untouched. Index and
    query must both go through it. Measured: singles plus pairs rank better than a dictionary tokeniser and
    cost nothing to ship.
    """
    if text.isascii():
        return text
    return _pattern("+").sub(_spell_out, text)


def cjk_grams(run: str) -> list[str]:
    """Return the single characters and pairs of one CJK run, in the order of the text."""
    grams: list[str] = []
    for position, char in enumerate(run):
        grams.append(char)
        if position + 1 < len(run):
            grams.append(run[position : position + 2])
    return grams


def _spell_out(match: re.Match[str]) -> str:
    return f" {' '.join(cjk_grams(match.group()))} "
