"""Service level clocks of a ticket: started by customers, stopped by agents."""

from __future__ import annotations

import sqlite3
from typing import Any

from agentconsole.demo.clock import iso

TARGET_MINUTES = {
    "first_reply_time": {"urgent": 60, "high": 240, "normal": 480, "low": 1440},
    "next_reply_time": {"urgent": 60, "high": 240, "normal": 720, "low": 1440},
    "requester_wait_time": {"urgent": 480, "high": 1440, "normal": 2880, "low": 5760},
}
REPLY_METRICS = ("first_reply_time", "next_reply_time")


def _target_seconds(metric: str, priority: str | None) -> int | None:
    minutes = TARGET_MINUTES[metric].get(priority or "")
    return None if minutes is None else minutes * 60


def _set(
    connection: sqlite3.Connection, ticket_id: int, metric: str, stage: str, breach_at: int | None
) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO ticket_slas (ticket_id, metric, stage, breach_at, remaining) "
        "VALUES (?, ?, ?, ?, NULL)",
        (ticket_id, metric, stage, breach_at),
    )


def begin(connection: sqlite3.Connection, ticket_id: int, priority: str | None, now: int) -> None:
    """A customer's ticket has come in; without a priority no policy applies."""
    target = _target_seconds("first_reply_time", priority)
    if target is not None:
        _set(connection, ticket_id, "first_reply_time", "active", now + target)


def priority_changed(
    connection: sqlite3.Connection, ticket_id: int, priority: str | None, created_at: int
) -> None:
    """Re-apply the policy; a ticket without a clock and without an answer gets its first one."""
    rows = connection.execute(
        "SELECT metric, stage FROM ticket_slas WHERE ticket_id = ?", (ticket_id,)
    ).fetchall()
    target = _target_seconds("first_reply_time", priority)
    first_is_open = any(row["metric"] == "first_reply_time" and row["stage"] == "active" for row in rows)
    if target is None:
        connection.execute(
            "DELETE FROM ticket_slas WHERE ticket_id = ? AND stage != 'achieved'", (ticket_id,)
        )
    elif first_is_open or (not rows and not _answered(connection, ticket_id)):
        _set(connection, ticket_id, "first_reply_time", "active", created_at + target)


def _answered(connection: sqlite3.Connection, ticket_id: int) -> bool:
    row = connection.execute(
        "SELECT 1 FROM comments c JOIN users u ON u.id = c.author_id "
        "WHERE c.ticket_id = ? AND c.public AND u.role != 'end-user' LIMIT 1",
        (ticket_id,),
    ).fetchone()
    return row is not None


def customer_wrote(connection: sqlite3.Connection, ticket_id: int, priority: str | None, now: int) -> None:
    """A public answer of the customer starts the clock of the next reply, unless one runs."""
    running = connection.execute(
        "SELECT 1 FROM ticket_slas WHERE ticket_id = ? AND stage = 'active' AND metric IN (?, ?)",
        (ticket_id, *REPLY_METRICS),
    ).fetchone()
    target = _target_seconds("next_reply_time", priority)
    if running is None and target is not None:
        _set(connection, ticket_id, "next_reply_time", "active", now + target)


def agent_replied(connection: sqlite3.Connection, ticket_id: int) -> None:
    """A public reply fulfils the reply clocks."""
    connection.execute(
        "UPDATE ticket_slas SET stage = 'achieved', breach_at = NULL, remaining = NULL "
        "WHERE ticket_id = ? AND metric IN (?, ?)",
        (ticket_id, *REPLY_METRICS),
    )


def status_changed(connection: sqlite3.Connection, ticket_id: int, status: str, now: int) -> None:
    """Solving ends every clock; waiting for someone else pauses those that can be paused."""
    if status in ("solved", "closed"):
        connection.execute(
            "UPDATE ticket_slas SET stage = 'achieved', breach_at = NULL, remaining = NULL "
            "WHERE ticket_id = ?",
            (ticket_id,),
        )
    elif status in ("pending", "hold"):
        connection.execute(
            "UPDATE ticket_slas SET stage = 'paused', remaining = breach_at - ?, breach_at = NULL "
            "WHERE ticket_id = ? AND stage = 'active' AND metric NOT IN (?, ?)",
            (now, ticket_id, *REPLY_METRICS),
        )
    else:
        connection.execute(
            "UPDATE ticket_slas SET stage = 'active', breach_at = ? + remaining, remaining = NULL "
            "WHERE ticket_id = ? AND stage = 'paused' AND remaining IS NOT NULL",
            (now, ticket_id),
        )


def policy_metrics(rows: list[sqlite3.Row], now: int) -> list[dict[str, Any]]:
    """The `slas` sideload's entries: when it breaches, and what remains in one unit."""
    metrics: list[dict[str, Any]] = []
    for row in rows:
        entry: dict[str, Any] = {
            "breach_at": iso(row["breach_at"]),
            "stage": row["stage"],
            "metric": row["metric"],
        }
        if row["breach_at"] is not None:
            minutes = int((row["breach_at"] - now) / 60)
            if abs(minutes) < 60:
                entry["minutes"] = minutes
            elif abs(minutes) < 48 * 60:
                entry["hours"] = int(minutes / 60)
            else:
                entry["days"] = int(minutes / 1440)
        metrics.append(entry)
    return metrics


def policies(api: str) -> list[dict[str, Any]]:
    """The account's one policy, as `/slas/policies` shows it; targets in minutes."""
    return [
        {
            "url": f"{api}/slas/policies/36.json",
            "id": 36,
            "title": "Every customer",
            "description": "Reply times by priority",
            "position": 1,
            "filter": {"all": [], "any": []},
            "policy_metrics": [
                {"priority": priority, "metric": metric, "target": minutes, "business_hours": False}
                for metric, targets in TARGET_MINUTES.items()
                for priority, minutes in targets.items()
            ],
        }
    ]
