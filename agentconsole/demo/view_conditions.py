"""The conditions of a view as SQL over tickets (Zendesk: conditions reference)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentconsole.demo.search_sql import Where
from agentconsole.demo.statuses import PRIORITIES, STATUSES

_COLUMNS = {
    "assignee_id": "assignee_id",
    "group_id": "group_id",
    "requester_id": "requester_id",
    "submitter_id": "submitter_id",
    "organization_id": "organization_id",
    "ticket_form_id": "form_id",
    "custom_status_id": "custom_status_id",
    "type": "type",
    "via_id": "channel",
    "channel": "channel",
    "subject_includes_word": "subject",
}
_HOURS = {
    "NEW": "created_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "SOLVED": "solved_at",
    "solved_at": "solved_at",
}
_NEXT_BREACH = (
    "(SELECT MIN(s.breach_at) FROM ticket_slas s WHERE s.ticket_id = tickets.id AND s.stage = 'active')"
)


def where(conditions: Mapping[str, Sequence[Mapping[str, Any]]], user_id: int, now: int) -> Where:
    """The tickets of a view, as this person sees it."""
    parts: list[str] = ["deleted_at IS NULL"]
    values: list[object] = []
    every = [_condition(entry, user_id, now) for entry in conditions.get("all", ())]
    either = [_condition(entry, user_id, now) for entry in conditions.get("any", ())]
    for made in every:
        parts.append(f"({made.sql})")
        values += made.values
    if either:
        parts.append("(" + " OR ".join(f"({made.sql})" for made in either) + ")")
        for made in either:
            values += made.values
    return Where(" AND ".join(parts), tuple(values))


def _condition(entry: Mapping[str, Any], user_id: int, now: int) -> Where:
    name, operator, value = str(entry["field"]), str(entry["operator"]), str(entry.get("value") or "")
    if name in ("status", "priority"):
        return _ranked(name, operator, value)
    if name == "current_tags":
        return _tags(operator, value)
    if name in _HOURS:
        return _hours(_HOURS[name], operator, value, now)
    if name in ("sla_next_breach_at", "until_sla_next_breach_at"):
        return _breach(operator, value, now)
    if name.startswith("custom_fields_"):
        path = f'$."{name.removeprefix("custom_fields_")}"'
        return _equal("json_extract(custom_fields, ?)", operator, value, (path,))
    column = _COLUMNS.get(name)
    if column is None:
        return Where("0")
    if value == "current_user":
        return _equal(column, operator, user_id)
    if value == "current_groups":
        negation = "NOT " if operator == "is_not" else ""
        return Where(
            f"{column} {negation}IN (SELECT group_id FROM memberships WHERE user_id = ?)", (user_id,)
        )
    return _equal(column, operator, int(value) if value.isdigit() else value)


def _equal(expression: str, operator: str, value: object, before: tuple[object, ...] = ()) -> Where:
    if value == "":
        return Where(f"{expression} IS {'NOT ' if operator == 'is_not' else ''}NULL", before)
    if operator == "is_not":
        return Where(f"{expression} IS NOT ?", (*before, value))
    return Where(f"{expression} = ?", (*before, value))


def _ranked(name: str, operator: str, value: str) -> Where:
    words = STATUSES if name == "status" else ("", *PRIORITIES)
    value = value.lower()
    if value not in words:
        return Where("0")
    place = words.index(value)
    chosen = [
        word
        for rank, word in enumerate(words)
        if (operator == "is" and rank == place)
        or (operator == "is_not" and rank != place)
        or (operator == "less_than" and rank < place)
        or (operator == "less_than_equal" and rank <= place)
        or (operator == "greater_than" and rank > place)
        or (operator == "greater_than_equal" and rank >= place)
    ]
    column = "status" if name == "status" else "COALESCE(priority, '')"
    return Where(f"{column} IN ({', '.join('?' * len(chosen))})", tuple(chosen)) if chosen else Where("0")


def _tags(operator: str, value: str) -> Where:
    tags = value.lower().split()
    any_of = " OR ".join("instr(tags, ?)" for _ in tags) or "0"
    values = tuple(f" {tag} " for tag in tags)
    if operator in ("not_includes", "is_not"):
        return Where(f"NOT ({any_of})", values)
    return Where(any_of, values)


def _hours(column: str, operator: str, value: str, now: int) -> Where:
    """Conditions on times count hours since then: less than 24 is younger than a day."""
    edge = now - (int(value) if value.isdigit() else 0) * 3600
    if operator.startswith("less_than"):
        return Where(f"{column} > ?", (edge,))
    if operator.startswith("greater_than"):
        return Where(f"{column} < ?", (edge,))
    return Where(f"{column} <= ? AND {column} > ?", (edge, edge - 3600))


def _breach(operator: str, value: str, now: int) -> Where:
    edge = now + (int(value) if value.isdigit() else 0) * 3600
    if operator.startswith("less_than"):
        return Where(f"{_NEXT_BREACH} < ?", (edge,))
    if operator.startswith("greater_than"):
        return Where(f"{_NEXT_BREACH} > ?", (edge,))
    return Where(f"{_NEXT_BREACH} IS NOT NULL")


SORTS = {
    "id": "id",
    "nice_id": "id",
    "created_at": "created_at",
    "created": "created_at",
    "updated_at": "updated_at",
    "updated": "updated_at",
    "solved_at": "COALESCE(solved_at, 0)",
    "solved": "COALESCE(solved_at, 0)",
    "subject": "subject",
    "sla_next_breach_at": f"COALESCE({_NEXT_BREACH}, 1 << 40)",
    "requester": "(SELECT name FROM users u WHERE u.id = tickets.requester_id)",
    "assignee": "COALESCE((SELECT name FROM users u WHERE u.id = tickets.assignee_id), '')",
    "group": "COALESCE((SELECT name FROM groups g WHERE g.id = tickets.group_id), '')",
}
