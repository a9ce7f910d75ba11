"""Which fields a ticket's form demands: those required to solve, and those that its conditions show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from agentconsole.demo.errors import detail, invalid
from agentconsole.demo.records import ConditionRecord
from agentconsole.demo.ticket_comments import NewComment
from agentconsole.demo.ticket_fields import Draft, field_type


def dialect_of(conditions: Iterable[ConditionRecord]) -> list[dict[str, Any]]:
    """Write conditions as `agent_conditions` has them: one entry for a parent and its value."""
    entries: dict[tuple[int, str | bool], list[dict[str, Any]]] = {}
    for one in conditions:
        required: dict[str, Any] = {"type": "NO_STATUSES"}
        if one.required_on is None:
            required = {"type": "ALL_STATUSES"}
        elif one.required_on:
            required = {"type": "SOME_STATUSES", "statuses": list(one.required_on)}
        entries.setdefault((one.parent_id, one.value), []).append(
            {
                "id": one.child_id,
                "is_required": one.required_on is None or "solved" in one.required_on,
                "required_on_statuses": required,
            }
        )
    return [
        {
            "parent_field_id": parent,
            "parent_field_type": "checkbox" if isinstance(value, bool) else "tagger",
            "value": value,
            "child_fields": children,
        }
        for (parent, value), children in entries.items()
    ]


def check_required(draft: Draft, comment: NewComment | None) -> None:
    """Refuse a write while something is missing that its status needs (Zendesk: fields required to solve).

    Conditions are those of agents: a customer's question or answer never meets them.

    Args:
        draft: The ticket as it would be.
        comment: What is written on it.

    Raises:
        ApiError: 422, with every field that is missing.
    """
    status = draft.ticket["status"]
    solved = status in ("solved", "closed")
    given = draft.new or any(event.get("field_name") == "status" for event in draft.events)
    if not given and (comment is None or solved):
        return
    missing = []
    if solved and draft.ticket["assignee_id"] is None:
        missing.append(
            detail("Assignee: is required when solving a ticket", field_id=1, field_type="FieldAssignee")
        )
    form = draft.work.row(
        "SELECT field_ids, agent_conditions FROM ticket_forms WHERE id = ?", draft.ticket["form_id"]
    )
    on_form = set(json.loads(form["field_ids"])) if form else None
    by_agent = comment is None or comment.by_agent
    conditions = json.loads(form["agent_conditions"]) if form and by_agent else []
    conditional = {child["id"] for entry in conditions for child in entry["child_fields"]}
    wanted = demanded(conditions, draft.ticket["values"], "solved" if solved else status)
    for row in draft.work.connection.execute("SELECT * FROM ticket_fields ORDER BY position").fetchall():
        if on_form is not None and row["id"] not in on_form:
            continue
        required = row["id"] in wanted if row["id"] in conditional else solved and row["required"]
        value = draft.ticket["values"].get(str(row["id"]))
        if required and (value is None or value is False or value in ("", [])):
            # The original's words for other statuses than solved are not known.
            when = "when solving a ticket" if solved else f"when the status is {status}"
            missing.append(
                detail(
                    f"{row['title']}: is required {when}",
                    field_id=row["id"],
                    field_type=field_type(row["type"]),
                )
            )
    if missing:
        raise invalid({"base": missing})


def demanded(conditions: list[dict[str, Any]], values: Mapping[str, Any], status: str) -> set[int]:
    """List the fields that conditions demand when a ticket is submitted with a status.

    Args:
        conditions: `agent_conditions` of its form.
        values: Its custom values by field id.
        status: The status's category.
    """

    def shown(field: int, asking: frozenset[int]) -> bool:
        deciding = [
            entry for entry in conditions if any(child["id"] == field for child in entry["child_fields"])
        ]
        return not deciding or any(holds(entry, asking | {field}) for entry in deciding)

    def holds(entry: Mapping[str, Any], asking: frozenset[int] = frozenset()) -> bool:
        parent = entry["parent_field_id"]
        value = values.get(str(parent))
        if isinstance(entry["value"], bool):
            value = bool(value)
        return bool(value == entry["value"]) and parent not in asking and shown(parent, asking)

    found = set()
    for entry in conditions:
        for child in entry["child_fields"]:
            required = child["required_on_statuses"]
            if required["type"] == "ALL_STATUSES" or status in required.get("statuses", ()):
                if holds(entry, frozenset({child["id"]})):
                    found.add(child["id"])
    return found
