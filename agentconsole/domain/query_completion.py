"""What may come next in a query that is being typed: fields, operators and values, with where they go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agentconsole.domain.queries import (
    FIELDS,
    FLAGS,
    PARTS,
    PEOPLE,
    RANKED,
    TERM,
    TIMES,
    field_name,
    written_value,
)

MOST: Final = 50
"""Suggestions at most."""

_NOTES: Final = {
    "status": "new open pending hold solved closed",
    "priority": "low normal high urgent",
    "assignee": "me, none, an agent",
    "requester": "a name or a mail address",
    "subject": "words of the subject",
    "group": "a group, none",
    "tags": "a tag, none",
    "channel": "email web chat phone …",
    "account": "a helpdesk of yours",
    "organisation": "the customer's, none",
    "created": "a day, or 3days ago",
    "updated": "a day, or 3days ago",
    "due": "a day, or in 2hours",
    "solved": "a day, or 3days ago",
    "is": ", ".join(FLAGS),
    "has": "attachment",
    "id": "as #41",
}
_FLAG_NOTES: Final = {
    "unread": "something new in it",
    "draft": "a text of yours is not sent",
    "overdue": "its deadline has passed",
    "waiting": "something in the outbox",
    "snoozed": "sleeps until it wakes",
}
_OPERATORS: Final = {
    ":": ("exactly", "on that day"),
    "<": ("below", "before"),
    "<=": ("up to", "up to the end of that day"),
    ">": ("above", "after"),
    ">=": ("from there up", "from that day on"),
}
"""What an operator means for what stands in an order, and for times."""
_PAST: Final = (
    "today",
    "yesterday",
    "1hour",
    "3hours",
    "1day",
    "3days",
    "7days",
    "2weeks",
    "1month",
    "3months",
)
_AHEAD: Final = ("today", "tomorrow", "1hour", "2hours", "4hours", "1day", "3days")
_UNITS: Final = ("hours", "days", "minutes", "weeks", "months")
_OPEN_QUOTE: Final = re.compile(r'"(?:[^"\\]|\\.)*\\?', re.DOTALL)
_CLOSED_QUOTE: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the helpdesks' own."""

    name: str
    """As queries name it."""
    label: str
    values: tuple[str, ...] = ()
    """The labels of its choices."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What there is to name in this profile; what comes first is offered first."""

    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    custom: tuple[CustomField, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to put in place of a part of the query."""

    start: int
    end: int
    text: str
    label: str
    """What is offered, as a list shows it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    """The term at the caret: where its name and value begin, and where each ends."""

    name_start: int
    name_end: int
    end: int
    operator: str = ""
    value_start: int = 0


def complete(text: str, caret: int, vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    """Say what may stand at the caret, best first.

    Args:
        text: The query as it is so far, however broken.
        caret: In characters from 0.
        vocabulary: What there is to name.
    """
    caret = max(0, min(caret, len(text)))
    token = _token_at(text, caret)
    if token is None:
        return ()
    if token.operator and caret >= token.value_start:
        found = _values(text, caret, token, vocabulary)
    else:
        found = _fields(text, caret, token, vocabulary)
    return tuple(found)[:MOST]


def take(text: str, suggestion: Suggestion) -> tuple[str, int]:
    """Put a suggestion into the query; return the query and where the caret goes."""
    before, rest = text[: suggestion.start] + suggestion.text, text[suggestion.end :]
    if suggestion.text[-1] in ":<>=":
        return before + rest, len(before)
    if operator := re.match("[:<>]=?", rest):
        return before + rest, len(before) + operator.end()
    # A value is done with, so that the next term can begin.
    return (before + rest if rest[:1].isspace() else f"{before} {rest}"), len(before) + 1


def _token_at(text: str, caret: int) -> _Token | None:
    """Find the term at the caret, an empty one between terms; None inside exact words."""
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        if position > caret:
            break
        start = position + (text[position] == "-")
        match = TERM.match(text, start)
        if text[start : start + 1] == '"':
            end, _ = _end_of_value(text, start)
            if caret <= start:
                return None
            token = None
        elif match and not text.startswith("//", match.end()):
            end, closed = _end_of_value(text, match.end())
            # What an open quotation mark swallows is not its own: only what is before the caret goes.
            until = end if closed else caret
            token = _Token(start, match.end("name"), until, match["op"], match.end())
        else:
            end = _end_of_word(text, start)
            token = _Token(start, end, end)
        if caret <= end:
            return token if token is None or caret >= token.name_start else None
        position = max(end, position + 1)
    return _Token(caret, caret, caret)


def _end_of_value(text: str, start: int) -> tuple[int, bool]:
    """Find where a value ends, and whether its quotation mark is closed."""
    if text[start : start + 1] != '"':
        return _end_of_word(text, start), True
    if closed := _CLOSED_QUOTE.match(text, start):
        return closed.end(), True
    opened = _OPEN_QUOTE.match(text, start)
    return (opened.end() if opened else len(text)), False


def _end_of_word(text: str, start: int) -> int:
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return end


def _fields(text: str, caret: int, token: _Token, vocabulary: Vocabulary) -> Iterable[Suggestion]:
    typed = text[token.name_start : caret]
    labels = {one.name: one.label for one in vocabulary.custom}
    exact = field_name(typed, labels)
    if exact is not None and not token.operator and (exact in RANKED or exact in TIMES):
        for sign, said in _OPERATORS.items():
            note = said[exact in TIMES]
            yield Suggestion(token.name_start, token.end, f"{exact}{sign}", f"{exact}{sign}", note)
        return
    sign = "" if token.operator else ":"
    end = token.name_end
    for name in _fitting((*FIELDS, *labels), typed):
        if name != typed or sign:
            note = _NOTES.get(name) or labels.get(name, "")
            yield Suggestion(token.name_start, end, f"{name}{sign}", name + (sign or ""), note)


def _values(text: str, caret: int, token: _Token, vocabulary: Vocabulary) -> Iterable[Suggestion]:
    names = [one.name for one in vocabulary.custom]
    name = field_name(text[token.name_start : token.name_end], names)
    if name is None:
        return
    typed = text[token.value_start : caret]
    if typed.startswith('"'):
        typed = re.sub(r"\\(.)", r"\1", typed[1:], flags=re.DOTALL).removesuffix('"')
    for value in _fitting(_known_values(name, token.operator, typed, vocabulary), typed):
        if value != typed:
            note = _value_note(name, token.operator, value)
            yield Suggestion(token.value_start, token.end, written_value(value), value, note)


def _value_note(name: str, operator: str, value: str) -> str:
    if name == "is":
        return _FLAG_NOTES.get(value, "")
    if name not in TIMES or not value[0].isdigit():
        return ""
    ahead, earlier = name == "due", operator in ("<", "<=")
    span = _said_span(value)
    if ahead:
        return f"within {span}" if earlier else f"later than in {span}"
    return f"longer than {span} ago" if earlier else f"within the last {span}"


def _said_span(value: str) -> str:
    """Say `3days` as people do: with a blank, and one of them without its s."""
    count = value.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = value[len(count) :]
    return f"{count} {unit.removesuffix('s') if int(count) == 1 else unit}"


def _known_values(name: str, operator: str, typed: str, vocabulary: Vocabulary) -> Sequence[str]:
    if name in TIMES:
        return _known_times(name, operator, typed)
    if name in RANKED:
        return (*RANKED[name], "none") if name == "priority" and operator == ":" else RANKED[name]
    if operator != ":" and name in FIELDS:
        return ()
    if name in PEOPLE:
        return ("me", "none", *vocabulary.agents)
    known = {
        "is": FLAGS,
        "has": PARTS,
        "tags": (*vocabulary.tags, "none"),
        "group": (*vocabulary.groups, "none"),
        "organisation": (*vocabulary.organisations, "none"),
        "channel": vocabulary.channels,
        "account": vocabulary.accounts,
    }
    if name in known:
        return known[name]
    return next(((*one.values, "none") for one in vocabulary.custom if one.name == name), ())


def _known_times(name: str, operator: str, typed: str) -> Sequence[str]:
    if operator == ":":
        days = ("today", "tomorrow") if name == "due" else ("today", "yesterday")
        return (*days, "none") if name in ("due", "solved") else days
    digits = re.match(r"\d{1,5}", typed)
    if digits and re.fullmatch(r"\d{1,5}[a-z]*", typed):
        return [f"{digits[0]}{unit}" for unit in _UNITS]
    if typed[:1].isdigit():
        return ()
    return _AHEAD if name == "due" else _PAST


def _fitting(values: Iterable[str], typed: str) -> list[str]:
    """Choose the values that begin with what was typed, then those that have it in them."""
    wanted = typed.casefold()
    first: list[str] = []
    then: list[str] = []
    for value in dict.fromkeys(values):
        folded = value.casefold()
        if not value.strip():
            continue
        if folded.startswith(wanted):
            first.append(value)
        elif len(wanted) > 1 and wanted in folded:
            then.append(value)
    return first + then
