"""How the account is set up: fields, forms, statuses, brand, tags, service levels."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from agentconsole.demo import sla
from agentconsole.demo.call import Answer, Call, Endpoint, get
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import bad_request, not_found
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.present.tickets import BRAND_ID
from agentconsole.demo.statuses import PRIORITIES, TYPES

SYSTEM_FIELDS = (
    (-1, "subject", "Subject", ()),
    (-2, "description", "Description", ()),
    (-3, "status", "Status", ("open", "pending", "hold", "solved")),
    (-4, "tickettype", "Type", TYPES),
    (-5, "priority", "Priority", PRIORITIES),
    (-6, "group", "Group", ()),
    (-7, "assignee", "Assignee", ()),
    (-8, "custom_status", "Ticket status", ()),
)
FIRST_SYSTEM_FIELD = 30_000_000


def _field(
    api: str, field_id: int, kind: str, title: str, position: int, created_at: int, *, required: bool
) -> dict[str, Any]:
    return {
        "url": f"{api}/ticket_fields/{field_id}.json",
        "id": field_id,
        "type": kind,
        "title": title,
        "raw_title": title,
        "description": title,
        "raw_description": title,
        "position": position,
        "active": True,
        "required": required,
        "collapsed_for_agents": False,
        "regexp_for_validation": None,
        "title_in_portal": title,
        "raw_title_in_portal": title,
        "visible_in_portal": True,
        "editable_in_portal": False,
        "required_in_portal": False,
        "agent_can_edit": True,
        "tag": None,
        "created_at": iso(created_at),
        "updated_at": iso(created_at),
        "removable": False,
        "key": None,
        "agent_description": None,
    }


def all_fields(call: Call) -> list[dict[str, Any]]:
    """System fields first, then the account's own."""
    rows = call.connection.execute("SELECT * FROM ticket_fields ORDER BY position").fetchall()
    born = min((row["created_at"] for row in rows), default=0)
    found = []
    for place, (number, kind, title, options) in enumerate(SYSTEM_FIELDS):
        field = _field(
            call.api, FIRST_SYSTEM_FIELD - number, kind, title, place, born, required=kind == "assignee"
        )
        if options:
            field["system_field_options"] = [
                {"name": "On-hold" if option == "hold" else option.capitalize(), "value": option}
                for option in options
            ]
        found.append(field)
    for row in rows:
        field = _field(
            call.api,
            row["id"],
            row["type"],
            row["title"],
            len(SYSTEM_FIELDS) + row["position"],
            row["created_at"],
            required=bool(row["required"]),
        )
        field["removable"] = True
        options = json.loads(row["options"])
        if options or row["type"] in ("tagger", "multiselect"):
            field["custom_field_options"] = [
                {
                    "id": option["id"],
                    "name": option["name"],
                    "raw_name": option["name"],
                    "value": option["value"],
                    "default": False,
                }
                for option in options
            ]
        found.append(field)
    return found


def _whole_list(call: Call, name: str, entries: list[dict[str, Any]]) -> Answer:
    """A list that always comes whole, in the style that is asked for."""
    if any(key.startswith("page[") for key in call.query):
        meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
        return Answer({name: entries, "meta": meta, "links": {"next": None, "prev": None}})
    return Answer({name: entries, "next_page": None, "previous_page": None, "count": len(entries)})


def list_fields(call: Call) -> Answer:
    """`GET /ticket_fields`."""
    return _whole_list(call, "ticket_fields", all_fields(call))


def show_field(call: Call) -> Answer:
    """`GET /ticket_fields/{id}`."""
    for field in all_fields(call):
        if field["id"] == call.id():
            return Answer({"ticket_field": field})
    raise not_found()


def form_json(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    """A ticket form with the ids of its fields."""
    system = [FIRST_SYSTEM_FIELD - number for number, *_ in SYSTEM_FIELDS]
    return {
        "url": f"{call.api}/ticket_forms/{row['id']}.json",
        "id": row["id"],
        "name": row["name"],
        "raw_name": row["name"],
        "display_name": row["name"],
        "raw_display_name": row["name"],
        "end_user_visible": True,
        "position": row["position"],
        "ticket_field_ids": [*system, *json.loads(row["field_ids"])],
        "active": True,
        "default": bool(row["is_default"]),
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "end_user_conditions": [],
        "agent_conditions": json.loads(row["agent_conditions"]),
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
    }


def list_forms(call: Call) -> Answer:
    """`GET /ticket_forms`."""
    rows = call.connection.execute("SELECT * FROM ticket_forms ORDER BY position").fetchall()
    return _whole_list(call, "ticket_forms", [form_json(call, row) for row in rows])


def show_form(call: Call) -> Answer:
    """`GET /ticket_forms/{id}`."""
    row = call.work.row("SELECT * FROM ticket_forms WHERE id = ?", call.id())
    if row is None:
        raise not_found()
    return Answer({"ticket_form": form_json(call, row)})


def status_json(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    """A custom status."""
    return {
        "url": f"{call.api}/custom_statuses/{row['id']}.json",
        "id": row["id"],
        "status_category": row["category"],
        "agent_label": row["label"],
        "raw_agent_label": row["label"],
        "end_user_label": row["end_user_label"],
        "raw_end_user_label": row["end_user_label"],
        "description": row["description"],
        "raw_description": row["description"],
        "end_user_description": "",
        "raw_end_user_description": "",
        "active": True,
        "default": bool(row["is_default"]),
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
    }


def list_statuses(call: Call) -> Answer:
    """`GET /custom_statuses`, by `?status_categories=`."""
    rows = call.connection.execute("SELECT * FROM custom_statuses ORDER BY id").fetchall()
    wanted = [part for part in call.query.get("status_categories", "").split(",") if part]
    entries = [status_json(call, row) for row in rows if not wanted or row["category"] in wanted]
    return _whole_list(call, "custom_statuses", entries)


def show_status(call: Call) -> Answer:
    """`GET /custom_statuses/{id}`."""
    row = call.work.row("SELECT * FROM custom_statuses WHERE id = ?", call.id())
    if row is None:
        raise not_found()
    return Answer({"custom_status": status_json(call, row)})


def brand_json(call: Call) -> dict[str, Any]:
    """The account's one brand."""
    return {
        "url": f"{call.api}/brands/{BRAND_ID}.json",
        "id": BRAND_ID,
        "name": call.helpdesk.company_name,
        "brand_url": call.base,
        "subdomain": "demo",
        "has_help_center": True,
        "help_center_state": "enabled",
        "active": True,
        "default": True,
        "is_deleted": False,
        "ticket_form_ids": [],
    }


def list_brands(call: Call) -> Answer:
    """`GET /brands`."""
    return _whole_list(call, "brands", [brand_json(call)])


def show_brand(call: Call) -> Answer:
    """`GET /brands/{id}`."""
    if call.id() != BRAND_ID:
        raise not_found()
    return Answer({"brand": brand_json(call)})


def list_policies(call: Call) -> Answer:
    """`GET /slas/policies`."""
    return _whole_list(call, "sla_policies", sla.policies(call.api))


def list_tags(call: Call) -> Answer:
    """`GET /tags`: the most used of the last tickets."""
    counts: dict[str, int] = {}
    for row in call.connection.execute("SELECT tags FROM tickets ORDER BY id DESC LIMIT 5000").fetchall():
        for tag in row["tags"].split():
            counts[tag] = counts.get(tag, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return _whole_list(call, "tags", [{"name": name, "count": count} for name, count in ordered[:100]])


def autocomplete_tags(call: Call) -> Answer:
    """`GET /autocomplete/tags?name=`: tags that begin so."""
    begin = call.query.get("name", "").lower()
    if len(begin) < 2:
        raise bad_request("InvalidValue", "name must have at least two characters")
    rows = call.connection.execute(
        "SELECT tags FROM tickets WHERE tags LIKE ? ORDER BY id DESC LIMIT 2000", (f"% {begin}%",)
    ).fetchall()
    found = {tag for row in rows for tag in row["tags"].split() if tag.startswith(begin)}
    return Answer({"tags": sorted(found)[:20]})


def list_ratings(call: Call) -> Answer:
    """`GET /satisfaction_ratings?score=`: admins only."""
    source = Source("FROM tickets WHERE satisfaction IN ('good', 'bad', 'offered') AND deleted_at IS NULL")
    score = call.query.get("score")
    if score:
        source = Source(f"{source.sql} AND satisfaction = ?", (score.partition("_with")[0],))

    def shown(rows: Any) -> list[dict[str, Any]]:
        return [
            {
                "url": f"{call.api}/satisfaction_ratings/{row['id']}.json",
                "id": row["id"],
                "ticket_id": row["id"],
                "requester_id": row["requester_id"],
                "assignee_id": row["assignee_id"],
                "group_id": row["group_id"],
                "score": row["satisfaction"],
                "comment": None,
                "reason": None,
                "reason_id": None,
                "created_at": iso(row["updated_at"]),
                "updated_at": iso(row["updated_at"]),
            }
            for row in rows
        ]

    return Answer(paged(call, "satisfaction_ratings", source, shown))


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/ticket_fields", list_fields),
    get("/ticket_fields/{id:int}", show_field),
    get("/ticket_forms", list_forms),
    get("/ticket_forms/{id:int}", show_form),
    get("/custom_statuses", list_statuses),
    get("/custom_statuses/{id:int}", show_status),
    get("/brands", list_brands),
    get("/brands/{id:int}", show_brand),
    get("/slas/policies", list_policies, access="admin"),
    get("/tags", list_tags),
    get("/autocomplete/tags", autocomplete_tags),
    get("/satisfaction_ratings", list_ratings, access="admin"),
)
