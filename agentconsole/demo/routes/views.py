"""Views (Zendesk: views)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import json
import sqlite3
from typing import Any

from agentconsole.demo import sideloads, view_conditions
from agentconsole.demo.call import VIEW_LIMIT, Answer, Call, Endpoint, Limit, get
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import not_found
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.present import people
from agentconsole.demo.present.tickets import TicketPresenter
from agentconsole.demo.routes.tickets import CURSOR_SORTS, PRIORITY_RANK, STATUS_RANK

COLUMNS = (
    ("status", "Status"),
    ("subject", "Subject"),
    ("requester", "Requester"),
    ("updated", "Updated"),
    ("group", "Group"),
    ("assignee", "Assignee"),
)
SORTS = {**view_conditions.SORTS, "status": STATUS_RANK, "priority": PRIORITY_RANK}


def view_json(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A view's definition."""
    columns = [{"id": name, "title": title, "filterable": False, "sortable": True} for name, title in COLUMNS]
    return {
        "url": f"{api}/views/{row['id']}.json",
        "id": row["id"],
        "title": row["title"],
        "active": True,
        "updated_at": iso(row["created_at"]),
        "created_at": iso(row["created_at"]),
        "default": False,
        "position": row["position"] + 1,
        "description": None,
        "execution": {
            "group_by": None,
            "group_order": "asc",
            "sort_by": row["sort_by"],
            "sort_order": row["sort_order"],
            "group": None,
            "sort": {"id": row["sort_by"], "order": row["sort_order"]},
            "columns": columns,
            "fields": columns,
            "custom_fields": [],
        },
        "conditions": {"all": json.loads(row["conditions"]), "any": []},
        "restriction": None,
        "raw_title": row["title"],
    }


def list_views(call: Call) -> Answer:
    """`GET /views` and `/views/active`."""
    sorts = {"position": "position", "created_at": "created_at", "alphabetical": "title", "title": "title"}
    source = Source("FROM views WHERE 1", default_sort="position", sorts=sorts, cursor_sorts=sorts)
    return Answer(paged(call, "views", source, lambda rows: [view_json(row, call.api) for row in rows]))


def compact_views(call: Call) -> Answer:
    """`GET /views/compact`: at most 32."""
    rows = call.connection.execute("SELECT * FROM views ORDER BY position LIMIT 32").fetchall()
    views = [view_json(row, call.api) for row in rows]
    return Answer({"views": views, "next_page": None, "previous_page": None, "count": len(views)})


def _view(call: Call) -> sqlite3.Row:
    row = call.work.row("SELECT * FROM views WHERE id = ?", call.id())
    if row is None:
        raise not_found()
    return row


def show_view(call: Call) -> Answer:
    """`GET /views/{id}`."""
    return Answer({"view": view_json(_view(call), call.api)})


def _source(call: Call, row: sqlite3.Row) -> Source:
    made = view_conditions.where({"all": json.loads(row["conditions"])}, call.me.id, call.now)
    return Source(
        f"FROM tickets WHERE {made.sql}",
        made.values,
        default_sort=SORTS.get(row["sort_by"], "updated_at"),
        default_descending=row["sort_order"] == "desc",
        sorts=SORTS,
        cursor_sorts=CURSOR_SORTS,
    )


def view_tickets(call: Call) -> Answer:
    """`GET /views/{id}/tickets`: whole tickets."""
    presenter = TicketPresenter(call.connection, call.api)
    body = paged(call, "tickets", _source(call, _view(call)), presenter.many)
    return Answer({**body, **sideloads.add_to_tickets(call, body["tickets"])})


def execute_view(call: Call) -> Answer:
    """`GET /views/{id}/execute`: columns and rows."""
    view = view_json(_view(call), call.api)
    presenter = TicketPresenter(call.connection, call.api)
    body = paged(call, "tickets", _source(call, _view(call)), presenter.many)
    tickets = body.pop("tickets")
    rows = [
        {
            "ticket_id": ticket["id"],
            "ticket": {
                key: ticket[key]
                for key in ("id", "subject", "description", "status", "type", "priority", "url")
            },
            "status": ticket["status"],
            "subject": ticket["subject"],
            "requester_id": ticket["requester_id"],
            "updated": ticket["updated_at"],
            "group_id": ticket["group_id"],
            "assignee_id": ticket["assignee_id"],
            "custom_fields": ticket["custom_fields"],
            "fields": ticket["fields"],
        }
        for ticket in tickets
    ]
    ids = [ticket[key] for ticket in tickets for key in ("requester_id", "assignee_id")]
    users = [people.user(row, call.api) for row in sideloads.rows_by_id(call.connection, "users", ids)]
    return Answer(
        {
            "columns": view["execution"]["columns"],
            "rows": rows,
            "view": {"id": view["id"], "url": view["url"], "title": view["title"]},
            "users": users,
            **body,
        }
    )


def _count(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    made = view_conditions.where({"all": json.loads(row["conditions"])}, call.me.id, call.now)
    value = call.connection.execute(f"SELECT COUNT(*) FROM tickets WHERE {made.sql}", made.values).fetchone()[
        0
    ]
    return {
        "url": f"{call.api}/views/{row['id']}/count.json",
        "view_id": row["id"],
        "value": value,
        "pretty": f"{value:,}",
        "fresh": True,
        "active": True,
    }


def count_view(call: Call) -> Answer:
    """`GET /views/{id}/count`."""
    return Answer({"view_count": _count(call, _view(call))})


def count_views(call: Call) -> Answer:
    """`GET /views/count_many?ids=`: at most 20."""
    rows = sideloads.rows_by_id(call.connection, "views", call.ids(20))
    return Answer({"view_counts": [_count(call, row) for row in rows]})


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/views", list_views),
    get("/views/active", list_views),
    get("/views/compact", compact_views),
    get("/views/count_many", count_views, limit=Limit("view-count-many", 6, 300)),
    get("/views/{id:int}", show_view),
    get("/views/{id:int}/tickets", view_tickets),
    get("/views/{id:int}/execute", execute_view, limit=VIEW_LIMIT),
    get("/views/{id:int}/count", count_view, limit=VIEW_LIMIT),
)
