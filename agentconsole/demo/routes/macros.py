"""Macros (Zendesk: macros)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import json
import sqlite3
from typing import Any

from agentconsole.demo import sideloads
from agentconsole.demo.call import Answer, Call, Endpoint, get
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import not_found
from agentconsole.demo.macro_apply import applied
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.present.tickets import TicketPresenter
from agentconsole.demo.ticket_fields import ticket_draft

SORTS = {
    "alphabetical": "title COLLATE NOCASE",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "position": "position",
}


def macro_json(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A macro's definition."""
    group_id = row["group_id"]
    return {
        "url": f"{api}/macros/{row['id']}.json",
        "id": row["id"],
        "title": row["title"],
        "active": bool(row["active"]),
        "updated_at": iso(row["updated_at"]),
        "created_at": iso(row["created_at"]),
        "default": False,
        "position": row["position"] + 1,
        "description": row["description"],
        "actions": json.loads(row["actions"]),
        "restriction": {"type": "Group", "id": group_id, "ids": [group_id]} if group_id else None,
        "raw_title": row["title"],
    }


def _usable(call: Call) -> tuple[str, list[object]]:
    """An agent sees the macros of all and of their own groups; an admin may ask for every one."""
    if call.me.is_admin and call.query.get("access") == "account":
        return "1", []
    return (
        "(group_id IS NULL OR group_id IN (SELECT group_id FROM memberships WHERE user_id = ?))",
        [call.me.id],
    )


def _page(call: Call, where: str, *values: object) -> Answer:
    usable, mine = _usable(call)
    source = Source(
        f"FROM macros WHERE {usable} AND {where}",
        (*mine, *values),
        default_sort="position",
        sorts=SORTS,
        cursor_sorts=SORTS,
    )
    return Answer(paged(call, "macros", source, lambda rows: [macro_json(row, call.api) for row in rows]))


def list_macros(call: Call) -> Answer:
    """`GET /macros`, by `active`, `category`, `group_id`, `access`."""
    where, values = ["1"], list[object]()
    if "active" in call.query:
        where.append("active = ?")
        values.append(int(call.flag("active")))
    if "category" in call.query:
        where.append("title LIKE ?")
        values.append(f"{call.query['category']}::%")
    if "group_id" in call.query:
        where.append("group_id = ?")
        values.append(call.whole_number("group_id"))
    if call.query.get("access") == "personal":
        where.append("user_id IS NOT NULL")
    return _page(call, " AND ".join(where), *values)


def active_macros(call: Call) -> Answer:
    """`GET /macros/active`."""
    return _page(call, "active")


def search_macros(call: Call) -> Answer:
    """`GET /macros/search?query=`: words of the title."""
    words = call.query.get("query", "").split()
    return _page(
        call, " AND ".join(["1", *("title LIKE ?" for _ in words)]), *(f"%{word}%" for word in words)
    )


def categories(call: Call) -> Answer:
    """`GET /macros/categories`: what stands before the first `::`."""
    usable, mine = _usable(call)
    rows = call.connection.execute(
        f"SELECT title FROM macros WHERE {usable} ORDER BY position", mine
    ).fetchall()
    found = dict.fromkeys(row["title"].partition("::")[0] for row in rows if "::" in row["title"])
    return Answer({"categories": list(found)})


def show_many(call: Call) -> Answer:
    """`GET /macros/show_many?ids=`."""
    macros = [
        macro_json(row, call.api) for row in sideloads.rows_by_id(call.connection, "macros", call.ids())
    ]
    return Answer({"macros": macros, "count": len(macros), "next_page": None, "previous_page": None})


def _macro(call: Call, name: str = "id") -> sqlite3.Row:
    usable, mine = _usable(call)
    row = call.work.row(f"SELECT * FROM macros WHERE id = ? AND {usable}", call.id(name), *mine)
    if row is None:
        raise not_found()
    return row


def show_macro(call: Call) -> Answer:
    """`GET /macros/{id}`."""
    return Answer({"macro": macro_json(_macro(call), call.api)})


def apply_macro(call: Call) -> Answer:
    """`GET /macros/{id}/apply`: only what would change; nothing is changed."""
    return Answer({"result": {"ticket": applied(call.work, _macro(call), None)}})


def apply_to_ticket(call: Call) -> Answer:
    """`GET /tickets/{id}/macros/{id}/apply`: the whole ticket as it would be; nothing is changed."""
    row = call.work.ticket(call.id())
    ticket = ticket_draft(call.work, dict(row), new=False).ticket
    changed = applied(call.work, _macro(call, "macro_id"), ticket)
    shown = TicketPresenter(call.connection, call.api).one(row)
    given = {entry["id"]: entry["value"] for entry in changed.pop("fields", [])}
    changed.pop("custom_fields", None)
    fields = [
        {"id": entry["id"], "value": given.get(entry["id"], entry["value"])} for entry in shown["fields"]
    ]
    return Answer({"result": {"ticket": {**shown, **changed, "fields": fields, "custom_fields": fields}}})


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/macros", list_macros),
    get("/macros/active", active_macros),
    get("/macros/search", search_macros),
    get("/macros/categories", categories),
    get("/macros/show_many", show_many),
    get("/macros/{id:int}", show_macro),
    get("/macros/{id:int}/apply", apply_macro),
    get("/tickets/{id:int}/macros/{macro_id:int}/apply", apply_to_ticket),
)
