"""Groups, who is in them, and organisations (Zendesk: groups, group memberships, organizations)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from agentconsole.demo import sideloads
from agentconsole.demo.call import Answer, Call, Endpoint, get
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import not_found
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.present import people

Present = Callable[[sqlite3.Row, str], dict[str, Any]]
NAME_SORTS = {"name": "name", "id": "id", "created_at": "created_at", "updated_at": "updated_at"}


def _page(call: Call, name: str, table: str, present: Present, where: str = "1", *values: object) -> Answer:
    def shown(rows: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
        return [present(row, call.api) for row in rows]

    sorts = NAME_SORTS if table != "memberships" else {"id": "id", "created_at": "created_at"}
    source = Source(f"FROM {table} WHERE {where}", values, sorts=sorts, cursor_sorts=sorts)
    body = paged(call, name, source, shown)
    asked = call.includes()
    if table == "memberships":
        for key, column, presenter in (
            ("users", "user_id", people.user),
            ("groups", "group_id", people.group),
        ):
            if key in asked:
                rows = sideloads.rows_by_id(call.connection, key, [entry[column] for entry in body[name]])
                body[key] = [presenter(row, call.api) for row in rows]
    return Answer(body)


def _one(call: Call, name: str, table: str, present: Present) -> Answer:
    row = call.work.row(f"SELECT * FROM {table} WHERE id = ?", call.id())
    if row is None:
        raise not_found()
    return Answer({name: present(row, call.api)})


def list_groups(call: Call) -> Answer:
    """`GET /groups`."""
    return _page(call, "groups", "groups", people.group)


def show_group(call: Call) -> Answer:
    """`GET /groups/{id}`."""
    return _one(call, "group", "groups", people.group)


def groups_of_user(call: Call) -> Answer:
    """`GET /users/{id}/groups`."""
    where = "id IN (SELECT group_id FROM memberships WHERE user_id = ?)"
    return _page(call, "groups", "groups", people.group, where, call.id())


def list_memberships(call: Call) -> Answer:
    """`GET /group_memberships`."""
    return _page(call, "group_memberships", "memberships", people.membership)


def show_membership(call: Call) -> Answer:
    """`GET /group_memberships/{id}`."""
    return _one(call, "group_membership", "memberships", people.membership)


def memberships_of(column: str) -> Callable[[Call], Answer]:
    """`GET /groups/{id}/memberships` or `/users/{id}/group_memberships`."""

    def handler(call: Call) -> Answer:
        where = f"{column} = ?"
        return _page(call, "group_memberships", "memberships", people.membership, where, call.id())

    return handler


def list_organizations(call: Call) -> Answer:
    """`GET /organizations`."""
    return _page(call, "organizations", "organizations", people.organization)


def count_organizations(call: Call) -> Answer:
    """`GET /organizations/count`."""
    row = call.connection.execute("SELECT COUNT(*) FROM organizations").fetchone()
    return Answer({"count": {"value": row[0], "refreshed_at": iso(call.now)}})


def show_organization(call: Call) -> Answer:
    """`GET /organizations/{id}`."""
    return _one(call, "organization", "organizations", people.organization)


def show_organizations(call: Call) -> Answer:
    """`GET /organizations/show_many?ids=`."""
    rows = sideloads.rows_by_id(call.connection, "organizations", call.ids())
    found = [people.organization(row, call.api) for row in rows]
    return Answer({"organizations": found, "count": len(found), "next_page": None, "previous_page": None})


def search_organizations(call: Call) -> Answer:
    """`GET /organizations/search?external_id=` or `?name=`; also `/organizations/autocomplete?name=`."""
    if "external_id" in call.query:
        where, value = "external_id = ?", call.query["external_id"]
    else:
        where, value = "name LIKE ?", f"{call.query.get('name', '')}%"
    return _page(call, "organizations", "organizations", people.organization, where, value)


def organizations_of_user(call: Call) -> Answer:
    """`GET /users/{id}/organizations`."""
    where = "id = (SELECT organization_id FROM users WHERE users.id = ?)"
    return _page(call, "organizations", "organizations", people.organization, where, call.id())


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/groups", list_groups),
    get("/groups/assignable", list_groups),
    get("/groups/{id:int}", show_group),
    get("/users/{id:int}/groups", groups_of_user),
    get("/group_memberships", list_memberships),
    get("/group_memberships/assignable", list_memberships),
    get("/group_memberships/{id:int}", show_membership),
    get("/groups/{id:int}/memberships", memberships_of("group_id")),
    get("/users/{id:int}/group_memberships", memberships_of("user_id")),
    get("/organizations", list_organizations),
    get("/organizations/count", count_organizations),
    get("/organizations/show_many", show_organizations),
    get("/organizations/search", search_organizations),
    get("/organizations/autocomplete", search_organizations),
    get("/organizations/{id:int}", show_organization),
    get("/users/{id:int}/organizations", organizations_of_user),
)
