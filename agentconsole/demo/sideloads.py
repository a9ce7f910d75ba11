"""Related records beside tickets (`?include=users,slas`)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from agentconsole.demo import sla
from agentconsole.demo.call import Call
from agentconsole.demo.present import people


def rows_by_id(connection: sqlite3.Connection, table: str, ids: Iterable[int | None]) -> list[sqlite3.Row]:
    """The rows of `table` with these ids, each once."""
    wanted = sorted({number for number in ids if number is not None})
    found: list[sqlite3.Row] = []
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found += connection.execute(
            f"SELECT * FROM {table} WHERE id IN ({', '.join('?' * len(some))}) ORDER BY id",
            some,
        ).fetchall()
    return found


def add_to_tickets(call: Call, tickets: list[dict[str, Any]]) -> dict[str, Any]:
    """Put `slas` and `comment_count` into the tickets; returns the top-level keys to add."""
    asked = call.includes()
    beside: dict[str, Any] = {}
    if "slas" in asked:
        add_slas(call, tickets)
    if "comment_count" in asked:
        for ticket in tickets:
            row = call.connection.execute(
                "SELECT COUNT(*) FROM comments WHERE ticket_id = ?", (ticket["id"],)
            ).fetchone()
            ticket["comment_count"] = row[0]
    if "users" in asked:
        ids: set[int | None] = set()
        for ticket in tickets:
            ids |= {ticket["requester_id"], ticket["submitter_id"], ticket["assignee_id"]}
            ids |= set(ticket["collaborator_ids"])
        beside["users"] = [people.user(row, call.api) for row in rows_by_id(call.connection, "users", ids)]
    if "groups" in asked:
        rows = rows_by_id(call.connection, "groups", (ticket["group_id"] for ticket in tickets))
        beside["groups"] = [people.group(row, call.api) for row in rows]
    if "organizations" in asked:
        rows = rows_by_id(call.connection, "organizations", (ticket["organization_id"] for ticket in tickets))
        beside["organizations"] = [people.organization(row, call.api) for row in rows]
    return beside


def add_slas(call: Call, tickets: list[dict[str, Any]]) -> None:
    """Put the `slas` of each into these tickets."""
    found: dict[int, list[sqlite3.Row]] = defaultdict(list)
    ids = [ticket["id"] for ticket in tickets]
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        rows = call.connection.execute(
            f"SELECT * FROM ticket_slas WHERE ticket_id IN ({', '.join('?' * len(some))})",
            some,
        )
        for row in rows.fetchall():
            found[row["ticket_id"]].append(row)
    for ticket in tickets:
        ticket["slas"] = {"policy_metrics": sla.policy_metrics(found.get(ticket["id"], []), call.now)}
