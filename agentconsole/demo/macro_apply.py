"""What a macro would do to a ticket: computed by the server, never done by it."""

from __future__ import annotations

import html
import json
import sqlite3
from typing import Any

from agentconsole.demo import placeholders
from agentconsole.demo import tags as tag_text
from agentconsole.demo.statuses import STATUS_OF_CATEGORY
from agentconsole.demo.ticket_comments import html_from_body
from agentconsole.demo.work import Work


def applied(work: Work, macro: sqlite3.Row, ticket: dict[str, Any] | None) -> dict[str, Any]:
    """The changed fields and the comment (Zendesk: show changes to ticket).

    `ticket` is the stored row with `values` and `tag_list`; None gives the macro's changes alone,
    with placeholders as they are.
    """
    changed: dict[str, Any] = {}
    comment: dict[str, Any] = {}
    fields: list[dict[str, Any]] = []
    tags = list(ticket["tag_list"]) if ticket is not None else []
    values = (
        placeholders.values_for(work.connection, ticket, work.actor_id, work.helpdesk.company_name, work.base)
        if ticket is not None
        else None
    )
    for action in json.loads(macro["actions"]):
        name, value = str(action["field"]), action["value"]
        if name in ("comment_value", "comment_value_html"):
            comment.update(_comment(name, value, values))
        elif name == "comment_mode_is_public":
            comment["public"] = str(value).lower() == "true"
        elif name in ("current_tags", "set_tags", "remove_tags"):
            tags = _tags(name, value, tags)
            changed["tags"] = tags
        elif name.startswith("custom_fields_"):
            field_id = int(name.removeprefix("custom_fields_"))
            fields.append({"id": field_id, "value": value})
        elif name in ("assignee_id", "group_id"):
            changed[name] = _person(work, name, value)
        elif name == "status":
            changed["status"] = value
            changed["custom_status_id"] = STATUS_OF_CATEGORY.get(str(value))
        elif name in ("priority", "type", "subject", "custom_status_id", "ticket_form_id", "brand_id"):
            changed[name] = value
    if fields:
        changed["fields"] = fields
        changed["custom_fields"] = fields
    if comment:
        comment.setdefault("public", True)
        changed["comment"] = comment
    return changed


def _comment(name: str, value: Any, values: dict[str, str] | None) -> dict[str, Any]:
    channel = "channel:all"
    if isinstance(value, list):
        channel, value = (str(part) for part in (*value, "")[:2])
    text = str(value)
    if name == "comment_value_html":
        if values is not None:
            safe = {key: item if key.endswith("_html") else html.escape(item) for key, item in values.items()}
            text = placeholders.render(text, safe)
        return {"html_body": text, "scoped_html_body": [[channel, text]]}
    if values is not None:
        text = placeholders.render(text, values)
    return {"body": text, "html_body": html_from_body(text), "scoped_body": [[channel, text]]}


def _tags(name: str, value: Any, present: list[str]) -> list[str]:
    given = tag_text.normalised(value if isinstance(value, list) else [value])
    if name == "set_tags":
        return given
    if name == "remove_tags":
        return [tag for tag in present if tag not in given]
    return [*present, *(tag for tag in given if tag not in present)]


def _person(work: Work, name: str, value: Any) -> int | None:
    if value == "current_user":
        return work.actor_id
    if value == "current_groups":
        row = work.row("SELECT default_group_id FROM users WHERE id = ?", work.actor_id)
        return None if row is None else row["default_group_id"]
    return int(value) if str(value).isdigit() else None
