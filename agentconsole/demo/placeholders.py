"""The dialect's placeholders (`{{ticket.requester.first_name}}`), rendered by the server."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Mapping

from agentconsole.demo.clock import iso

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*(?:\|[^{}]*)?\}\}")


def values_for(
    connection: sqlite3.Connection,
    ticket: Mapping[str, object],
    current_user_id: int,
    company: str,
    base: str,
) -> dict[str, str]:
    """What each known placeholder stands for on this ticket and for this agent."""
    found: dict[str, str] = {
        "ticket.id": str(ticket.get("id") or ""),
        "ticket.title": str(ticket.get("subject") or ""),
        "ticket.description": str(ticket.get("description") or ""),
        "ticket.status": str(ticket.get("status") or ""),
        "ticket.priority": str(ticket.get("priority") or ""),
        "ticket.account": company,
        "ticket.brand.name": company,
        "ticket.url": f"{base}/agent/tickets/{ticket.get('id') or ''}",
        "ticket.link": f"{base}/agent/tickets/{ticket.get('id') or ''}",
        "ticket.tags": str(ticket.get("tags") or "").strip(),
    }
    created = ticket.get("created_at")
    if isinstance(created, int):
        found["ticket.created_at"] = (iso(created) or "")[:10]
    for prefix, user_id in (
        ("ticket.requester", ticket.get("requester_id")),
        ("ticket.assignee", ticket.get("assignee_id")),
        ("current_user", current_user_id),
        ("agent", current_user_id),
    ):
        user = connection.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
        found.update(_user_values(prefix, user))
    found["ticket.requester"] = found["ticket.requester.name"]
    group = connection.execute("SELECT name FROM groups WHERE id = ?", (ticket.get("group_id"),)).fetchone()
    found["ticket.group.name"] = group["name"] if group else ""
    organization = connection.execute(
        "SELECT name FROM organizations WHERE id = ?", (ticket.get("organization_id"),)
    ).fetchone()
    found["ticket.organization.name"] = organization["name"] if organization else ""
    found["ticket.requester.organization.name"] = found["ticket.organization.name"]
    for name, only_public in (("ticket.latest_comment", ""), ("ticket.latest_public_comment", "AND public")):
        row = connection.execute(
            f"SELECT body FROM comments WHERE ticket_id = ? {only_public} ORDER BY id DESC LIMIT 1",
            (ticket.get("id"),),
        ).fetchone()
        found[name] = row["body"] if row else ""
        found[f"{name}_html"] = html.escape(found[name])
    for row in connection.execute("SELECT id FROM ticket_fields").fetchall():
        values = ticket.get("values")
        if isinstance(values, Mapping):
            value = values.get(str(row["id"]))
            found[f"ticket.ticket_field_{row['id']}"] = "" if value is None else str(value)
    return found


def _user_values(prefix: str, user: sqlite3.Row | None) -> dict[str, str]:
    name = user["name"] if user else ""
    first, _, last = name.partition(" ")
    values = {"name": name, "first_name": first, "last_name": last}
    for key in ("email", "phone", "signature", "notes"):
        values[key] = (user[key] or "") if user else ""
    return {f"{prefix}.{key}": value for key, value in values.items()}


def render(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled in; an unknown one becomes nothing, as in Liquid."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), ""), text)
