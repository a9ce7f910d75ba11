"""What a text may have got wrong, told before it goes out. Pure: the agent decides, nothing is refused.

Each check would rather miss a slip than cry wolf: an agent who sees ten false warnings reads no eleventh.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from agentconsole.replies import check_words as words
from agentconsole.replies.greetings import addressed_in, greeted, may_greet

MOST_LOOKED_AT: Final = 100_000
"""Characters of a text that are looked at; a pasted log may be longer, and must not make the menu late."""

_AROUND: Final = 28
"""Characters of an excerpt on either side of what was found."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The text, and what it is judged by."""

    text: str
    public: bool
    files: int = 0
    """How many files go with it."""
    requester: tuple[str, ...] = ()
    """Every name the requester is known by: own name, mail address, what letters are signed with."""
    others: tuple[str, ...] = ()
    """Names of the people in copy."""
    last_note: str | None = None
    """The newest message of the thread, where that is an internal note."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at before sending."""

    check: str
    """One of `CHECKS`."""
    sentence: str
    excerpt: str
    """Where it stands, on one line, without any secret; empty where it stands nowhere."""
    start: int
    """Place in the text, in characters."""
    end: int


def check(reading: Reading, *, off: Collection[str] = ()) -> tuple[Finding, ...]:
    """Look a text over.

    Args:
        reading: The text and what it is judged by.
        off: Checks that are switched off.

    Returns:
        At most one finding a check and place, in the order of the text. Never raises, whatever the text.
    """
    text = reading.text[:MOST_LOOKED_AT]
    own = _own_words(text)
    found: list[Finding] = []
    for name, look in _CHECKS.items():
        if name not in off:
            found += list(look(reading, text, own))[:_MOST_OF_ONE_CHECK]
    shown = _without_secrets(text)
    found.sort(key=lambda one: (one.start, one.check))
    return tuple(replace(one, excerpt=_excerpt(shown, one)) if one.end else one for one in found)


_MOST_OF_ONE_CHECK: Final = 3

_HIDDEN: Final = "\u2022"


def _without_secrets(text: str) -> str:
    """Put dots over card numbers and secrets, so that a warning does not repeat them on another screen."""
    whole = Reading(text, True)
    for one in (*_card(whole, text, text), *_secret(whole, text, text)):
        kept = min(one.start + 2, one.end)
        text = text[:kept] + _HIDDEN * (one.end - kept) + text[one.end :]
    return text


def _own_words(text: str) -> str:
    """Blank out quoted lines, and what follows a quotation's headline; the places stay the same."""
    kept = []
    quoted_on = False
    for line in text.split("\n"):
        quoted_on = quoted_on or words.QUOTE_BEGINS.match(line) is not None
        quoted = quoted_on or line.lstrip().startswith(">")
        kept.append(" " * len(line) if quoted else line)
    return "\n".join(kept)


def _placeholders(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    for match in words.PLACEHOLDER.finditer(own):
        if _is_placeholder(match, own):
            sentence = "Something looks as if it was still to be filled in."
            yield _finding("placeholder", sentence, text, match.start(), match.end())


def _is_placeholder(match: re.Match[str], own: str) -> bool:
    said = match.group()
    if said.startswith("["):
        inside = said[1:-1].strip()
        if own[match.end() : match.end() + 1] in ("(", "["):
            # A link's text.
            return False
        parts = set(re.findall(r"\w+", inside.casefold()))
        shouted = inside.isupper() and inside.isascii() and len(inside) > 2
        return bool(parts & words.HINTS) or (shouted and not parts & words.NO_PLACEHOLDERS)
    if said.startswith("<"):
        parts = set(re.findall(r"\w+", said[1:-1].casefold()))
        return bool(parts & words.HINTS) and not parts & words.HTML_TAGS
    if said.strip("Xx") == "":
        # Part of a number that was masked on purpose, as in XXXX-XXXX-1234.
        before, after = own[: match.start()].rstrip(" -*.·")[-1:], own[match.end() :].lstrip(" -*.·")[:1]
        return not any(side.isdigit() or side in ("X", "x", "*") for side in (before, after))
    return True


def _greeting(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if not reading.public or not reading.requester:
        return
    hello = greeted(own)
    if hello is None:
        return
    if not may_greet(hello.name, (*reading.requester, *reading.others)):
        sentence = f"It greets “{_short(hello.name)}”, but it goes to {_short(reading.requester[0])}."
        yield _finding("greeting", sentence, text, hello.start, hello.end)


def _attachment(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if reading.files:
        return
    for match in words.ATTACHED.finditer(own):
        start, end = _sentence_around(own, match.start(), match.end())
        if not words.THEIR_ATTACHMENT.search(own, start, end):
            sentence = f"It says “{_short(match.group())}”, and no file is attached."
            yield _finding("attachment", sentence, text, match.start(), match.end())
            return


def _card(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if not reading.public:
        return
    for match in words.LONG_NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if _is_card(digits) and not _inside_word(text, match.start()):
            sentence = "It has what looks like a whole card number."
            yield _finding("card", sentence, text, match.start(), match.end())


def _is_card(digits: str) -> bool:
    """Whether a number has the length of its card scheme and the right check digit."""
    if not digits.isascii() or not words.CARD_SCHEMES.fullmatch(digits) or len(set(digits)) < 2:
        return False
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _inside_word(text: str, start: int) -> bool:
    """Whether a number belongs to an address, an account number (IBAN) or a code with letters."""
    word = text[max(0, start - 200) : start].rpartition("\n")[2].split(" ")[-1]
    if word and (word[-1] in "/=&?_#+-" or word[-1].isalnum() or "://" in word):
        return True
    return words.IBAN_HEAD.search(text[max(0, start - 8) : start]) is not None


def _secret(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if not reading.public:
        return
    taken = -1
    for what, pattern in words.SECRETS:
        for match in pattern.finditer(text):
            value = match.groupdict().get("value")
            if value is not None and not _is_secret_value(value, match.groupdict().get("alone")):
                continue
            if match.start() < taken:
                continue
            taken = match.end()
            start = match.start("value") if value is not None else match.start()
            sentence = f"It has what looks like {what}."
            yield _finding("secret", sentence, text, start, match.end())


def _is_secret_value(value: str, alone: str | None) -> bool:
    value = value.rstrip(".,;!?)")
    if len(value) < 5 or value.casefold() in words.NO_SECRETS or "://" in value:
        return False
    if words.MASKED.fullmatch(value) or value[:1] in "[<{":
        return False
    return any(char.isdigit() for char in value) or (alone is not None and value.isascii())


def _empty(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if any(char.isalnum() for char in own):
        return
    if not text.strip():
        if not reading.files:
            yield Finding("empty", "The text is empty.", "", 0, 0)
    elif any(char.isalnum() for char in text):
        yield Finding("empty", "It has quoted text only, and nothing of your own.", "", 0, 0)
    elif not reading.files and not any(ord(char) > 0x2000 for char in text):
        yield _finding("empty", "There is no word in it.", text, 0, len(text.strip()))


def _link(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if not reading.public:
        return
    for match in words.ODD_LINK.finditer(own):
        sentence = "It has a link that is not http or https: most customers cannot open it."
        yield _finding("link", sentence, text, match.start(), match.end())


def _internal(reading: Reading, text: str, own: str) -> Iterator[Finding]:
    if reading.public and reading.last_note is not None:
        to = addressed_in(reading.last_note)
        if to is not None:
            sentence = f"The last message is an internal note to {_short(to)}; this is a public reply."
            yield Finding("internal", sentence, "", 0, 0)


_CHECKS: Final[dict[str, Callable[[Reading, str, str], Iterator[Finding]]]] = {
    "placeholder": _placeholders,
    "greeting": _greeting,
    "attachment": _attachment,
    "card": _card,
    "secret": _secret,
    "empty": _empty,
    "link": _link,
    "internal": _internal,
}

CHECKS: Final = tuple(_CHECKS)
"""The checks by name, as `[checks]` in config.toml switches them off."""


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Find the sentence of a match, within bounds."""
    low, high = max(0, start - 160), min(len(text), end + 160)
    before = max(text.rfind(mark, low, start) for mark in (". ", "! ", "? ", "\n", "。", "！", "？", ".\n"))
    ends = [
        place
        for mark in (". ", "! ", "? ", "\n", "。", "！", "？")
        if (place := text.find(mark, end, high)) >= 0
    ]
    return (before + 1 if before >= 0 else low), (min(ends) + 1 if ends else high)


def _finding(check: str, sentence: str, text: str, start: int, end: int) -> Finding:
    return Finding(check, sentence, text[start:end], start, end)


def _excerpt(text: str, one: Finding) -> str:
    """Show a finding with some of its line around it."""
    start, end = one.start, one.end
    before = text[max(0, start - _AROUND) : start].rpartition("\n")[2]
    after = text[end : end + _AROUND].partition("\n")[0]
    head = "…" if start > len(before) and text[start - len(before) - 1] != "\n" else ""
    tail = "…" if end + len(after) < len(text) and text[end + len(after)] != "\n" else ""
    said = f"{head}{before}{_short(text[start:end], 60)}{after}{tail}"
    return re.sub(f"{_HIDDEN}{{4,}}", _HIDDEN * 3, " ".join(said.split()))


def _short(said: str, most: int = 40) -> str:
    said = " ".join(said.split())
    return said if len(said) <= most else said[: most - 1] + "…"
