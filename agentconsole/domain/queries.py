"""The query language of views, `/` and commands: the part of Zendesk's search syntax that agents know.

`status<solved assignee:me tags:refund -tags:spam priority>=high created>2026-01-01 "exact words"`

Terms side by side must all hold. A field with one value a ticket, named twice, means either value
(`status:open status:pending`). `-` before a term turns it round. Words look in subject, requester, id and
messages. `updated<3days` is older than three days, `due<2hours` falls due within two hours. A custom field
goes by its label, with `_` for blanks: `order_number:4471`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import Final, Literal

from agentconsole.domain.errors import QueryError, UnknownField
from agentconsole.domain.ticket_words import PRIORITIES, STATUSES
from agentconsole.domain.times import DAY, HOUR, MINUTE, instant_of, moment_of

Sort = Literal["due", "priority", "waiting", "newest", "updated"]
"""`due` next deadline first; `priority` highest first; `waiting` longest without any change first; `newest`
youngest first; `updated` last changed first."""

SORTS: Final[tuple[Sort, ...]] = ("due", "priority", "waiting", "newest", "updated")

Operator = Literal[":", "<", "<=", ">", ">="]

RANKED: Final = {"status": STATUSES, "priority": PRIORITIES}
"""Fields whose values stand in an order, and the values."""
PEOPLE: Final = frozenset({"assignee", "requester"})
"""Fields that take `me`, `none`, a name, a mail address or an id."""
TIMES: Final = frozenset({"created", "updated", "due", "solved"})
FLAGS: Final = ("unread", "draft", "overdue", "waiting", "snoozed", "deleted", "spam")
"""What `is:` knows; `waiting` has something in the outbox."""
PARTS: Final = ("attachment",)
"""What `has:` knows."""
FIELDS: Final = (
    "status",
    "priority",
    "assignee",
    "requester",
    "subject",
    "group",
    "tags",
    "channel",
    "account",
    "organisation",
    "created",
    "updated",
    "due",
    "solved",
    "is",
    "has",
    "id",
)
_SINGLE: Final = frozenset({"status", "priority", "assignee", "requester", "group", "channel", "account"})
_OTHER_NAMES: Final = {"tag": "tags", "organization": "organisation", "org": "organisation", "via": "channel"}
_OTHER_VALUES: Final = {
    "status": {"on-hold": "hold", "onhold": "hold", "resolved": "solved"},
    "is": {"outbox": "waiting"},
    "has": {"attachments": "attachment", "file": "attachment"},
}

TERM: Final = re.compile(r"(?P<name>[^\W\d]\w*)(?P<op><=|>=|:|<|>)")
"""A field's name with its operator, as a term begins."""
_QUOTED = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN_VALUE = re.compile(r'[^\s"\\]+')
_SPAN = re.compile(r"(?P<count>\d{1,5})\s*(?P<unit>minute|hour|day|week|month|year)s?")
_UNITS: Final = {
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "year": 365 * DAY,
}
_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}


@dataclass(frozen=True, slots=True)
class Term:
    """A field compared with a value."""

    name: str
    """One of FIELDS, or the slug of a custom field's label."""
    op: Operator
    value: str
    negated: bool = False
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{'-' if self.negated else ''}{self.name}{self.op}{written_value(self.value)}"

    @property
    def custom(self) -> bool:
        """Whether it asks for a custom field."""
        return self.name not in FIELDS


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or exact words, looked for in the text."""

    text: str
    exact: bool = False
    negated: bool = False
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        sign = "-" if self.negated else ""
        return f"{sign}{_quoted(self.text)}" if self.exact else f"{sign}{self.text}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts hold; without parts it holds always."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.parts))


Node = Term | Words | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was understood; `str()` writes it so that it parses to the same again."""

    where: AllOf

    def __str__(self) -> str:
        return str(self.where)

    def terms(self) -> Iterator[Term | Words]:
        """Go through all terms, whatever they stand in."""
        waiting: list[Node] = [self.where]
        while waiting:
            node = waiting.pop()
            if isinstance(node, AllOf | AnyOf):
                waiting.extend(reversed(node.parts))
            else:
                yield node

    def names(self, name: str, value: str) -> bool:
        """Tell whether it asks for a field's value, not turned round."""
        return any(
            isinstance(term, Term) and (term.name, term.value) == (name, value) and not term.negated
            for term in self.terms()
        )


@dataclass(frozen=True, slots=True)
class OwnView:
    """A named query of config.toml."""

    name: str
    query: str
    sort: Sort = "due"
    line: int | None = field(default=None, compare=False)
    """Where its query stands in the file."""


def parse_query(text: str, custom_fields: Collection[str] = ()) -> Query:
    """Read a query.

    Args:
        text: As typed.
        custom_fields: What the helpdesks' own fields are called, each as `field_slug` writes it.

    Raises:
        UnknownField: It names a field that is not there.
        QueryError: It cannot be understood; with the position and what may have been meant.
    """
    try:
        return _parsed(text, custom_fields)
    except QueryError as error:
        error.query = text
        raise


def field_slug(label: str) -> str:
    """Write a custom field's label as queries name it: small letters, `_` for what is no letter or digit."""
    slug = re.sub(r"\W+", "_", label.casefold()).strip("_")
    taken = slug in FIELDS or slug in _OTHER_NAMES
    return f"field_{slug}".rstrip("_") if taken or not TERM.match(f"{slug}:") else slug


def _parsed(text: str, custom_fields: Collection[str]) -> Query:
    parts: list[Node] = []
    for term in _terms(text, custom_fields):
        if (
            isinstance(term, Term)
            and (term.custom or term.name in _SINGLE)
            and term.op == ":"
            and not term.negated
        ):
            _join_alternatives(parts, term)
        else:
            parts.append(term)
    return Query(AllOf(tuple(parts)))


def instant_range(value: str, *, now: int, zone: tzinfo, ahead: bool = False) -> tuple[int, int]:
    """Turn the value of a time field into the instants it spans: from the first up to, not with, the second.

    A date spans its day in `zone`; `3days` is one instant, that long before `now` (after it, where `ahead`).

    Args:
        value: As `check_time` accepts it.
        now: The present instant.
        zone: The agent's time zone, which says where days begin.
        ahead: Spans reach into the future (deadlines).

    Raises:
        ValueError: It is no time.
    """
    if value in _DAYS:
        today = moment_of(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return _day(today + timedelta(days=_DAYS[value]), zone)
    if span := _SPAN.fullmatch(value):
        length = int(span["count"]) * _UNITS[span["unit"]]
        instant = now + length if ahead else now - length
        return instant, instant + 1
    moment = datetime.fromisoformat(value)
    if not 1900 <= moment.year <= 9000:
        raise ValueError("At the ends of the calendar another zone has no such day.")
    if len(value) <= 10:
        return _day(moment.replace(tzinfo=None), zone)
    instant = instant_of(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))
    return instant, instant + 1


def _day(start: datetime, zone: tzinfo) -> tuple[int, int]:
    first, after = start.replace(tzinfo=zone), (start + timedelta(days=1)).replace(tzinfo=zone)
    return instant_of(first), instant_of(after)


def _join_alternatives(parts: list[Node], term: Term) -> None:
    for index, part in enumerate(parts):
        if isinstance(part, Term) and (part.name, part.op, part.negated) == (term.name, ":", False):
            if part != term:
                parts[index] = AnyOf((part, term))
            return
        if isinstance(part, AnyOf) and isinstance(part.parts[0], Term) and part.parts[0].name == term.name:
            if term not in part.parts:
                parts[index] = AnyOf((*part.parts, term))
            return
    parts.append(term)


def _terms(text: str, custom_fields: Collection[str]) -> Iterator[Term | Words]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        start = position
        negated = text[position] == "-" and position + 1 < len(text) and not text[position + 1].isspace()
        position += negated
        if text[position] == '"':
            value, position = _value(text, position)
            if value.strip():
                yield Words(value, exact=True, negated=negated, position=start)
        elif (match := TERM.match(text, position)) and not text.startswith("//", match.end()):
            name = field_name(match["name"], custom_fields)
            if name is None:
                raise _unknown(match["name"], custom_fields, position)
            value, position = _value(text, match.end())
            yield _checked(name, match["op"], value, negated, (start, match.start(), match.end()))
        else:
            word, position = _word(text, position)
            if re.fullmatch(r"#[^\s#]+", word):
                yield Term("id", ":", word[1:], negated, start)
            else:
                yield Words(word, negated=negated, position=start)


def _word(text: str, position: int) -> tuple[str, int]:
    end = position
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[position:end], end


def _value(text: str, position: int) -> tuple[str, int]:
    if position < len(text) and text[position] == '"':
        match = _QUOTED.match(text, position)
        if match is None:
            raise QueryError('A quotation mark is open: close it with `"`.', position)
        return re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL), match.end()
    return _word(text, position)


def field_name(written: str, custom_fields: Collection[str] = ()) -> str | None:
    """Find the field that a name stands for; None for no field."""
    name = written.lower()
    name = _OTHER_NAMES.get(name, name)
    if name in FIELDS:
        return name
    slug = field_slug(written)
    return slug if slug in custom_fields else None


def _unknown(written: str, custom_fields: Collection[str], position: int) -> UnknownField:
    near = get_close_matches(written.lower(), (*FIELDS, *_OTHER_NAMES, *custom_fields), n=1)
    if near:
        return UnknownField(f"Unknown field `{written}`, did you mean `{near[0]}`?", position)
    known = ", ".join((*FIELDS, *sorted(custom_fields)))
    return UnknownField(
        f'Unknown field `{written}`. Fields are: {known}. Put text that has a ":" in it in quotes.', position
    )


def _checked(name: str, op: str, value: str, negated: bool, places: tuple[int, int, int]) -> Term:
    """Make a term, or say what is wrong with it.

    Args:
        name: The field.
        op: As written.
        value: Without its quotes.
        negated: It began with a `-`.
        places: Where the term, its field and its value begin.
    """
    start, at_name, at_value = places
    if not value.strip():
        raise QueryError(f"`{name}{op}` lacks a value.", at_value)
    if op != ":" and name in FIELDS and name not in RANKED and name not in TIMES:
        raise QueryError(f"`{name}` has no order: write `{name}:{written_value(value)}`.", at_name)
    if name in RANKED:
        value = _choice(name, value, RANKED[name], op, at_value)
    elif name == "is":
        value = _choice(name, value, FLAGS, op, at_value)
    elif name == "has":
        value = _choice(name, value, PARTS, op, at_value)
    elif name in TIMES:
        value = _checked_time(name, value.strip().lower(), at_value)
    elif name in PEOPLE and value.lower() in ("me", "none"):
        value = value.lower()
    elif name == "id":
        value = value.removeprefix("#")
        if not value:
            raise QueryError(f"`{name}{op}` lacks a value.", at_value)
    operators: dict[str, Operator] = {":": ":", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
    return Term(name, operators[op], value, negated, start)


def _choice(name: str, written: str, known: tuple[str, ...], op: str, position: int) -> str:
    value = written.lower()
    value = _OTHER_VALUES.get(name, {}).get(value, value)
    if value in known or (value == "none" and name == "priority" and op == ":"):
        return value
    near = get_close_matches(value, known, n=1)
    hint = f", did you mean `{near[0]}`?" if near else f". It is one of: {', '.join(known)}."
    raise QueryError(f"`{written}` is no value of `{name}`{hint}", position)


def _checked_time(name: str, value: str, position: int) -> str:
    if name in ("due", "solved") and value == "none":
        return value
    value = value.upper() if "t" in value and value[:1].isdigit() and "-" in value else value
    try:
        # Any instant in the middle of the calendar shows whether the value can be read.
        instant_range(value, now=20_000 * DAY, zone=UTC)
    except (ValueError, OverflowError):
        raise QueryError(
            f"`{value}` is no time for `{name}`: write 2026-01-31, 2026-01-31T09:30, today or 3days.",
            position,
        ) from None
    return value


def written_value(value: str) -> str:
    """Write a value as a query has it: in quotes where it needs them."""
    return value if _PLAIN_VALUE.fullmatch(value) else _quoted(value)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
