"""Search conditions as SQL over the server's tables."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from agentconsole.demo.clock import parse_iso
from agentconsole.demo.search_terms import Query, Term
from agentconsole.demo.statuses import PRIORITIES, STATUSES
from agentconsole.demo.values import is_number

_RELATIVE = re.compile(r"^(\d+)\s*(minute|hour|day|week|month|year)s?$", re.IGNORECASE)
_UNIT_SECONDS = {
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
_OPS = {":": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class BadQuery(ValueError):
    """A value that its condition cannot take; the text says which."""


@dataclass(frozen=True, slots=True)
class Where:
    """A SQL condition with its values."""

    sql: str
    values: tuple[object, ...] = ()


NOTHING = Where("0")


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose `me` it is, and when."""

    user_id: int
    now: int


def conditions(query: Query, kind: str, asker: Asker) -> Where:
    """The condition on one kind's table.

    The same name given twice means either value; a name that this kind does not have finds nothing.

    Raises:
        BadQuery: for a value that makes no sense.
    """
    grouped: dict[tuple[str, bool, str], list[Where]] = defaultdict(list)
    for place, term in enumerate(query.terms):
        made = _word(kind, term.value) if not term.name else _named(kind, term, asker)
        # Words must all be there, and bounds of a range too; only equal names of `:` are alternatives.
        apart = str(place) if not term.name or term.op != ":" or term.negated else ""
        grouped[term.name, term.negated, apart].append(made)
    parts: list[str] = []
    values: list[object] = []
    for (_, negated, _), alternatives in grouped.items():
        joined = " OR ".join(f"({alternative.sql})" for alternative in alternatives)
        parts.append(f"NOT COALESCE(({joined}), 0)" if negated else f"({joined})")
        for alternative in alternatives:
            values += alternative.values
    return Where(" AND ".join(parts) or "1", tuple(values))


def _word(kind: str, word: str) -> Where:
    begins_only = word.removesuffix("*")
    pattern = f"%{_escaped(begins_only)}%"
    if kind == "ticket":
        number = begins_only.removeprefix("#")
        by_id, id_values = (" OR id = ?", (int(number),)) if is_number(number) else ("", ())
        return Where(
            "subject LIKE ? ESCAPE '\\' "
            "OR id IN (SELECT ticket_id FROM comments WHERE body LIKE ? ESCAPE '\\')" + by_id,
            (pattern, pattern, *id_values),
        )
    columns = {
        "user": ("name", "email", "phone", "notes"),
        "organization": ("name", "notes"),
        "group": ("name",),
    }[kind]
    return Where(" OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns), (pattern,) * len(columns))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _named(kind: str, term: Term, asker: Asker) -> Where:
    if kind == "ticket" and term.name.startswith("custom_field_"):
        return _custom_field(term)
    maker = _MAKERS[kind].get(term.name)
    return NOTHING if maker is None else maker(term, asker)


def _custom_field(term: Term) -> Where:
    field_id = term.name.removeprefix("custom_field_")
    if not is_number(field_id):
        raise BadQuery(f"Invalid search: {term.name} is not a field")
    path = f'$."{field_id}"'
    if term.value == "*":
        return Where("json_extract(custom_fields, ?) IS NOT NULL", (path,))
    if term.value == "none":
        return Where("json_extract(custom_fields, ?) IS NULL", (path,))
    return Where("CAST(json_extract(custom_fields, ?) AS TEXT) = ?", (path, term.value))


def _ranked(
    column: str, words: tuple[str, ...], *, empty: str | None = None
) -> Callable[[Term, Asker], Where]:
    def make(term: Term, asker: Asker) -> Where:
        value = term.value.lower()
        if empty is not None and value == empty:
            return Where(f"{column} IS NULL")
        if value not in words:
            return NOTHING
        place = words.index(value)
        chosen = [
            word
            for rank, word in enumerate(words)
            if (term.op == ":" and rank == place)
            or (term.op == "<" and rank < place)
            or (term.op == "<=" and rank <= place)
            or (term.op == ">" and rank > place)
            or (term.op == ">=" and rank >= place)
        ]
        return Where(f"{column} IN ({', '.join('?' * len(chosen))})", tuple(chosen)) if chosen else NOTHING

    return make


def _moment(column: str) -> Callable[[Term, Asker], Where]:
    def make(term: Term, asker: Asker) -> Where:
        relative = _RELATIVE.match(term.value)
        if relative:
            # `created>4hours` is younger than four hours: times are compared, not ages.
            stamp = asker.now - int(relative[1][:9]) * _UNIT_SECONDS[relative[2].lower()]
            return Where(f"{column} {_OPS[term.op] if term.op != ':' else '>='} ?", (stamp,))
        parsed = parse_iso(term.value)
        if parsed is None:
            raise BadQuery(f"Invalid search: {term.value} is not a date")
        day_only = len(term.value) <= 10
        if term.op == ":":
            return Where(f"{column} >= ? AND {column} < ?", (parsed, parsed + (86_400 if day_only else 1)))
        if day_only and term.op in (">", "<="):
            # A day without a time is the whole day.
            parsed += 86_400
            return Where(f"{column} {'>=' if term.op == '>' else '<'} ?", (parsed,))
        return Where(f"{column} {_OPS[term.op]} ?", (parsed,))

    return make


def _person(column: str) -> Callable[[Term, Asker], Where]:
    def make(term: Term, asker: Asker) -> Where:
        value = term.value
        if value.lower() == "me":
            return Where(f"{column} = ?", (asker.user_id,))
        if value.lower() == "none":
            return Where(f"{column} IS NULL")
        if value == "*":
            return Where(f"{column} IS NOT NULL")
        if is_number(value):
            return Where(f"{column} = ?", (int(value),))
        pattern = f"{_escaped(value.removesuffix('*'))}%"
        return Where(
            f"{column} IN (SELECT id FROM users WHERE email = ? COLLATE NOCASE OR name LIKE ? ESCAPE '\\' "
            "OR name LIKE ? ESCAPE '\\')",
            (value, pattern, f"% {pattern}"),
        )

    return make


def _reference(column: str, table: str) -> Callable[[Term, Asker], Where]:
    def make(term: Term, asker: Asker) -> Where:
        if term.value.lower() == "none":
            return Where(f"{column} IS NULL")
        if is_number(term.value):
            return Where(f"{column} = ?", (int(term.value),))
        pattern = f"{_escaped(term.value.removesuffix('*'))}%"
        return Where(f"{column} IN (SELECT id FROM {table} WHERE name LIKE ? ESCAPE '\\')", (pattern,))

    return make


def _tag(term: Term, asker: Asker) -> Where:
    if term.value.lower() == "none":
        return Where("tags = ''")
    wanted = [tag for tag in term.value.lower().split() if tag]
    if term.value.endswith("*"):
        return Where("tags LIKE ? ESCAPE '\\'", (f"% {_escaped(term.value.lower()[:-1])}%",))
    return Where(" OR ".join("instr(tags, ?)" for _ in wanted) or "0", tuple(f" {tag} " for tag in wanted))


def _text(column: str) -> Callable[[Term, Asker], Where]:
    def make(term: Term, asker: Asker) -> Where:
        if term.value.lower() == "none":
            return Where(f"COALESCE({column}, '') = ''")
        value = term.value.replace("*", "")
        return Where(f"{column} LIKE ? ESCAPE '\\'", (f"%{_escaped(value)}%",))

    return make


def _exact(column: str) -> Callable[[Term, Asker], Where]:
    return lambda term, asker: Where(f"{column} = ? COLLATE NOCASE", (term.value,))


def _number(column: str) -> Callable[[Term, Asker], Where]:
    def make(term: Term, asker: Asker) -> Where:
        if not is_number(term.value):
            raise BadQuery(f"Invalid search: {term.value} is not a number")
        return Where(f"{column} {_OPS[term.op]} ?", (int(term.value),))

    return make


def _comment(term: Term, asker: Asker) -> Where:
    pattern = f"%{_escaped(term.value.replace('*', ''))}%"
    return Where("id IN (SELECT ticket_id FROM comments WHERE body LIKE ? ESCAPE '\\')", (pattern,))


def _commenter(term: Term, asker: Asker) -> Where:
    inner = _person("author_id")(term, asker)
    return Where(f"id IN (SELECT ticket_id FROM comments WHERE {inner.sql})", inner.values)


def _copied(term: Term, asker: Asker) -> Where:
    inner = _person("c.value")(term, asker)
    return Where(f"EXISTS (SELECT 1 FROM json_each(email_cc_ids) c WHERE {inner.sql})", inner.values)


def _has_attachment(term: Term, asker: Asker) -> Where:
    inside = "id IN (SELECT ticket_id FROM comments WHERE has_attachments)"
    return Where(inside if term.value.lower() == "true" else f"NOT {inside}")


def _satisfaction(term: Term, asker: Asker) -> Where:
    if term.value.lower() in ("unoffered", "none"):
        return Where("satisfaction IS NULL")
    return Where("satisfaction = ?", (term.value.lower(),))


_DATES = {
    "created": _moment("created_at"),
    "created_at": _moment("created_at"),
    "updated": _moment("updated_at"),
    "updated_at": _moment("updated_at"),
}
_MAKERS: dict[str, dict[str, Callable[[Term, Asker], Where]]] = {
    "ticket": {
        **_DATES,
        "solved": _moment("solved_at"),
        "due_date": _moment("due_at"),
        "id": _number("id"),
        "status": _ranked("status", STATUSES),
        "priority": _ranked("priority", PRIORITIES, empty="none"),
        "ticket_type": _exact("type"),
        "type": _exact("type"),
        "assignee": _person("assignee_id"),
        "requester": _person("requester_id"),
        "submitter": _person("submitter_id"),
        "commenter": _commenter,
        "cc": _copied,
        "group": _reference("group_id", "groups"),
        "organization": _reference("organization_id", "organizations"),
        "form": _reference("form_id", "ticket_forms"),
        "ticket_form_id": _number("form_id"),
        "custom_status_id": _number("custom_status_id"),
        "tags": _tag,
        "subject": _text("subject"),
        "description": _text("description"),
        "comment": _comment,
        "via": _exact("channel"),
        "external_id": _exact("external_id"),
        "has_attachment": _has_attachment,
        "satisfaction": _satisfaction,
    },
    "user": {
        **_DATES,
        "id": _number("id"),
        "name": _text("name"),
        "email": _text("email"),
        "role": _exact("role"),
        "phone": _text("phone"),
        "notes": _text("notes"),
        "details": _text("details"),
        "external_id": _exact("external_id"),
        "organization": _reference("organization_id", "organizations"),
        "tags": _tag,
    },
    "organization": {
        **_DATES,
        "id": _number("id"),
        "name": _text("name"),
        "notes": _text("notes"),
        "external_id": _exact("external_id"),
    },
    "group": {**_DATES, "id": _number("id"), "name": _text("name")},
}
