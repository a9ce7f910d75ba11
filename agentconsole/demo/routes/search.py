"""Search over everything (Zendesk: search): pages by offset up to 1,000, or an export by cursor."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import sqlite3
from typing import Any

from agentconsole.demo import sideloads
from agentconsole.demo.call import SEARCH_EXPORT_LIMIT, Answer, Call, Endpoint, get
from agentconsole.demo.errors import ApiError, bad_request, listed
from agentconsole.demo.paging import (
    cursor_links,
    decode_cursor,
    encode_cursor,
    invalid_cursor,
    offset_links,
    wants_cursor,
)
from agentconsole.demo.present import people
from agentconsole.demo.present.tickets import TicketPresenter
from agentconsole.demo.routes.tickets import PRIORITY_RANK, STATUS_RANK
from agentconsole.demo.search_sql import Asker, BadQuery, Where, conditions
from agentconsole.demo.search_terms import Query, parse_query

SEARCH_LIMIT = 1000
CURSOR_SECONDS = 3600
TABLES = {
    "ticket": ("tickets", "deleted_at IS NULL"),
    "user": ("users", "active"),
    "organization": ("organizations", "1"),
    "group": ("groups", "1"),
}
SORTS = {
    "created_at": "created_at",
    "created": "created_at",
    "updated_at": "updated_at",
    "updated": "updated_at",
    "priority": PRIORITY_RANK,
    "status": STATUS_RANK,
    "ticket_type": "type",
}


def _query(call: Call) -> Query:
    text = call.query.get("query", "")
    if not text.strip():
        raise bad_request("InvalidValue", "Parameter query is required")
    return parse_query(text)


def _where(call: Call, query: Query, kind: str) -> Where:
    try:
        made = conditions(query, kind, Asker(call.me.id, call.now))
    except BadQuery as error:
        raise ApiError(422, {"error": "invalid", "description": str(error)}) from None
    base = TABLES[kind][1]
    delay = call.helpdesk.settings.search_delay_seconds
    if delay and kind == "ticket":
        base += f" AND updated_at <= {call.now - delay}"
    return Where(f"{base} AND ({made.sql})", made.values)


def _kinds(query: Query) -> list[str]:
    return [query.kind] if query.kind else list(TABLES)


def _count(call: Call, query: Query) -> dict[str, int]:
    counts = {}
    for kind in _kinds(query):
        where = _where(call, query, kind)
        sql = f"SELECT COUNT(*) FROM {TABLES[kind][0]} WHERE {where.sql}"
        counts[kind] = int(call.connection.execute(sql, where.values).fetchone()[0])
    return counts


def _order(call: Call, query: Query, kind: str) -> str:
    asked = call.query.get("sort_by") or query.order_by
    descending = query.descending if query.descending is not None else True
    if call.query.get("sort_order") in ("asc", "desc"):
        descending = call.query["sort_order"] == "desc"
    known = asked in SORTS and (
        kind == "ticket" or asked in ("created_at", "created", "updated_at", "updated")
    )
    expression = SORTS[asked] if asked is not None and known else "updated_at"
    way = "DESC" if descending else "ASC"
    return f"{expression} {way}, id {way}"


def _present(call: Call, kind: str, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    if kind == "ticket":
        shown = TicketPresenter(call.connection, call.api).many(rows)
    else:
        maker = {"user": people.user, "organization": people.organization, "group": people.group}[kind]
        shown = [maker(row, call.api) for row in rows]
    return [{**entry, "result_type": kind} for entry in shown]


def search(call: Call) -> Answer:
    """`GET /search?query=`: by offset only, and never beyond a thousand results."""
    if wants_cursor(call):
        raise listed(400, "InvalidPaginationParameter", "Invalid paging", "search does not take cursor pages")
    query = _query(call)
    size = max(1, min(100, call.whole_number("per_page", 100)))
    number = max(1, call.whole_number("page", 1))
    if number * size > SEARCH_LIMIT:
        raise ApiError(
            422,
            {
                "error": "invalid",
                "description": "Invalid search: "
                "Requested response size was greater than Search Response Limits",
            },
        )
    counts = _count(call, query)
    results: list[dict[str, Any]] = []
    skip, room = (number - 1) * size, size
    for kind, count in counts.items():
        if room and skip < count:
            where = _where(call, query, kind)
            rows = call.connection.execute(
                f"SELECT * FROM {TABLES[kind][0]} WHERE {where.sql} "
                f"ORDER BY {_order(call, query, kind)} LIMIT ? OFFSET ?",
                (*where.values, room, skip),
            ).fetchall()
            results += _present(call, kind, rows)
            room -= len(rows)
        skip = max(0, skip - count)
    body: dict[str, Any] = {"results": results, "facets": None}
    body.update(offset_links(call, number, size, sum(counts.values())))
    tickets = [entry for entry in results if entry["result_type"] == "ticket"]
    body.update(sideloads.add_to_tickets(call, tickets))
    return Answer(body)


def count(call: Call) -> Answer:
    """`GET /search/count?query=`."""
    return Answer({"count": sum(_count(call, _query(call)).values())})


def export(call: Call) -> Answer:
    """`GET /search/export`: one kind, by cursor, without an end; a cursor lives an hour."""
    kind = call.query.get("filter[type]", "")
    if kind not in TABLES:
        raise listed(
            400,
            "InvalidParameter",
            "Invalid filter",
            "filter[type] must be ticket, user, organization or group",
        )
    query = _query(call)
    size = max(1, min(1000, call.whole_number("page[size]", 100)))
    where = _where(call, query, kind)
    sql, values = where.sql, list(where.values)
    begun, after = call.now, call.query.get("page[after]")
    if after:
        position = decode_cursor(after)
        if not all(isinstance(part, int) for part in position):
            raise invalid_cursor()
        begun, last = position
        if call.now - begun > CURSOR_SECONDS:
            raise invalid_cursor()
        sql += " AND id > ?"
        values.append(last)
    rows = call.connection.execute(
        f"SELECT * FROM {TABLES[kind][0]} WHERE {sql} ORDER BY id LIMIT ?",
        (*values, size + 1),
    ).fetchall()
    more = len(rows) > size
    rows = rows[:size]
    cursor = encode_cursor([begun, rows[-1]["id"]]) if rows else after
    body: dict[str, Any] = {"results": _present(call, kind, rows), "facets": None}
    body.update(cursor_links(call, size, None, cursor, more))
    return Answer(body)


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/search", search),
    get("/search/count", count),
    get("/search/export", export, limit=SEARCH_EXPORT_LIMIT),
)
