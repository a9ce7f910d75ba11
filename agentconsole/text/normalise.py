"""One form of a text for telling whether a helpdesk's copy is the one that was sent."""

from __future__ import annotations

import html
import re

from agentconsole.text.cleaning import clean_text

_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|code|em|font|i|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>]{0,2000})?>", re.I
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{100,}|[xX][0-9a-fA-F]{100,});?")
_UNESCAPE_ROUNDS = 4
_WHITE = re.compile(r"\s+")


def normalise_for_match(text: str) -> str:
    """Return the form of `text` that survives a trip through a helpdesk.

    Line ends, runs of white space (so the blank after a signature's dashes too), HTML entities, simple
    tags such as `<br>` and Unicode composition are levelled, since servers change all of these; words,
    case and punctuation are kept.
    """
    # Both sides are read the same way, so it does not matter that a typed "<b>" is lost too.
    for _ in range(_UNESCAPE_ROUNDS):
        # Numbers that `unescape` raises at.
        plain = html.unescape(_NO_CHARACTER.sub("\ufffd", text))
        if plain == text:
            break
        text = plain
    text = _TAG.sub(" ", _INLINE_TAG.sub("", text))
    return _WHITE.sub(" ", clean_text(text)).strip()
