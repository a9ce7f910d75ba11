"""The exports: what has changed since (Zendesk: incremental exports). For admins only."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from agentconsole.demo import sideloads
from agentconsole.demo.call import EXPORT_LIMIT, Answer, Call, Endpoint, get
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import ApiError, bad_request
from agentconsole.demo.paging import invalid_cursor
from agentconsole.demo.present import people, threads
from agentconsole.demo.present.tickets import TicketPresenter

MAX_EXPORT_PAGE = 1000
_CURSOR = re.compile(r"^(\d+)\.0\|\|(\d+)\|$")


@dataclass(frozen=True, slots=True)
class Feed:
    """A table that is exported by the time of its last change."""

    name: str
    table: str
    stamp: str
    where: str = "1"
    columns: str = "*"


TICKETS = Feed("tickets", "tickets", "generated_at")
USERS = Feed("users", "users", "updated_at")
ORGANIZATIONS = Feed("organizations", "organizations", "updated_at")
EVENTS = Feed("ticket_events", "audits", "created_at")

Rows = Sequence[sqlite3.Row]


def start_time(call: Call) -> int:
    """The `start_time` asked for.

    Raises:
        ApiError: 400 when it is missing, or within the last minute.
    """
    start = call.whole_number("start_time")
    delay = call.helpdesk.settings.export_delay_seconds
    if delay and start > call.now - delay:
        raise bad_request(
            "StartTimeTooRecent", "Too recent start_time. Use a start_time older than 60 seconds"
        )
    return start


def _newest(call: Call) -> int:
    delay = call.helpdesk.settings.export_delay_seconds
    return call.now - delay if delay else 2**60


def _size(call: Call) -> int:
    return max(1, min(MAX_EXPORT_PAGE, call.whole_number("per_page", MAX_EXPORT_PAGE)))


def time_page(call: Call, feed: Feed) -> tuple[list[sqlite3.Row], dict[str, Any]]:
    """A time-based page: never splits a second, except at a full thousand, which is then sent again."""
    start, size, newest = start_time(call), _size(call), _newest(call)
    # The tie order is a scramble on purpose: the original gives rows of one second in no order of ids.
    rows = call.connection.execute(
        f"SELECT {feed.columns} FROM {feed.table} "
        f"WHERE {feed.stamp} >= ? AND {feed.stamp} <= ? AND {feed.where} "
        f"ORDER BY {feed.stamp}, (id * 2654435761) % 65536, id LIMIT ?",
        (start, newest, MAX_EXPORT_PAGE + 1),
    ).fetchall()
    key = feed.stamp
    if size < MAX_EXPORT_PAGE and len(rows) > size:
        boundary = rows[size - 1][key]
        while size < min(len(rows), MAX_EXPORT_PAGE) and rows[size][key] == boundary:
            size += 1
    more = len(rows) > size
    split = more and rows[size][key] == rows[size - 1][key]
    rows = rows[:size]
    end = start if not rows else rows[-1][key] + (0 if split else 1)
    if not call.helpdesk.settings.export_delay_seconds:
        end = min(end, max(start, call.now))  # the present second may still grow: it is sent again
    query = {**{k: v for k, v in call.query.items() if k != "start_time"}, "start_time": str(end)}
    return rows, {
        "count": len(rows),
        "end_of_stream": not more,
        "end_time": end,
        "next_page": f"{call.base}{call.path}.json?{urlencode(query)}",
    }


def cursor_page(call: Call, feed: Feed) -> tuple[list[sqlite3.Row], dict[str, Any]]:
    """A cursor-based page: ascending by (stamp, id), nothing twice, nothing missed."""
    text = call.query.get("cursor")
    if text:
        stamp, last_id = read_cursor(text)
    else:
        stamp, last_id = start_time(call), -1
    size = _size(call)
    rows = call.connection.execute(
        f"SELECT {feed.columns} FROM {feed.table} WHERE ({feed.stamp}, id) > (?, ?) AND {feed.stamp} <= ? "
        f"AND {feed.where} ORDER BY {feed.stamp}, id LIMIT ?",
        (stamp, last_id, _newest(call), size + 1),
    ).fetchall()
    more = len(rows) > size
    rows = rows[:size]
    if rows:
        stamp, last_id = rows[-1][feed.stamp], rows[-1]["id"]
    cursor = make_cursor(stamp, max(last_id, 0))
    kept = {k: v for k, v in call.query.items() if k not in ("start_time", "cursor")}
    return rows, {
        "after_url": f"{call.base}{call.path}.json?{urlencode({**kept, 'cursor': cursor})}",
        "before_url": None,
        "after_cursor": cursor,
        "before_cursor": None,
        "end_of_stream": not more,
    }


def make_cursor(stamp: int, last_id: int) -> str:
    """The cursor after a row."""
    return base64.b64encode(f"{stamp}.0||{last_id}|".encode()).decode()


def read_cursor(text: str) -> tuple[int, int]:
    """(stamp, id) of a cursor.

    Raises:
        ApiError: 400 for one that cannot be read.
    """
    try:
        match = _CURSOR.match(base64.b64decode(text, validate=True).decode())
    except ValueError:
        raise invalid_cursor() from None
    if match is None:
        raise invalid_cursor()
    return int(match[1]), int(match[2])


def _tickets(call: Call, rows: Rows, paging: dict[str, Any]) -> Answer:
    tickets = TicketPresenter(call.connection, call.api).many(rows)
    return Answer({"tickets": tickets, **paging, **sideloads.add_to_tickets(call, tickets)})


def _ticket_feed(call: Call) -> Feed:
    if call.flag("exclude_deleted"):
        return Feed("tickets", "tickets", "generated_at", "deleted_at IS NULL")
    return TICKETS


def tickets_by_cursor(call: Call) -> Answer:
    """`GET /incremental/tickets/cursor`."""
    return _tickets(call, *cursor_page(call, _ticket_feed(call)))


def tickets_by_time(call: Call) -> Answer:
    """`GET /incremental/tickets`."""
    return _tickets(call, *time_page(call, _ticket_feed(call)))


def ticket_events(call: Call) -> Answer:
    """`GET /incremental/ticket_events`; `include=comment_events` brings the comments whole."""
    rows, paging = time_page(call, EVENTS)
    by_audit = threads.comments_by_audit(call.connection, [row["id"] for row in rows], call.base)
    whole = "comment_events" in call.includes()
    events = [
        {
            "id": row["id"],
            "ticket_id": row["ticket_id"],
            "timestamp": row["created_at"],
            "created_at": iso(row["created_at"]),
            "updater_id": row["author_id"],
            "via": threads.CHANNEL_WORDS.get(row["channel"], row["channel"]),
            "system": {},
            "metadata": {},
            "event_type": "Audit",
            "child_events": threads.child_events(row, by_audit.get(row["id"], []), with_comments=whole),
        }
        for row in rows
    ]
    return Answer({"ticket_events": events, **paging})


def _listed(
    feed: Feed,
    page: Callable[[Call, Feed], tuple[list[sqlite3.Row], dict[str, Any]]],
    present: Callable[[sqlite3.Row, str], dict[str, Any]],
) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        rows, paging = page(call, feed)
        return Answer({feed.name: [present(row, call.api) for row in rows], **paging})

    return handler


def sample(call: Call) -> Answer:
    """`GET /incremental/{resource}/sample`: up to fifty rows of the time export."""
    resource = str(call.params["resource"])
    handlers = {"tickets": tickets_by_time, "ticket_events": ticket_events}
    simple = {"users": (USERS, people.user), "organizations": (ORGANIZATIONS, people.organization)}
    if resource in handlers:
        answer = handlers[resource](call)
    elif resource in simple:
        answer = _listed(simple[resource][0], time_page, simple[resource][1])(call)
    else:
        raise ApiError(404, {"error": "InvalidEndpoint", "description": "Not found"})
    if isinstance(answer.body, dict):
        answer.body[resource] = answer.body[resource][:50]
        answer.body["count"] = len(answer.body[resource])
    return answer


def _export(path: str, handler: Callable[[Call], Answer]) -> Endpoint:
    return get(path, handler, access="admin", limit=EXPORT_LIMIT, export=True)


ENDPOINTS: tuple[Endpoint, ...] = (
    _export("/incremental/tickets/cursor", tickets_by_cursor),
    _export("/incremental/tickets", tickets_by_time),
    _export("/incremental/ticket_events", ticket_events),
    _export("/incremental/users/cursor", _listed(USERS, cursor_page, people.user)),
    _export("/incremental/users", _listed(USERS, time_page, people.user)),
    _export("/incremental/organizations", _listed(ORGANIZATIONS, time_page, people.organization)),
    _export("/incremental/{resource}/sample", sample),
)
