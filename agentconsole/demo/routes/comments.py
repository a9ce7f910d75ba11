"""Comments and audits of a ticket (Zendesk: ticket comments, ticket audits)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from agentconsole.demo import sideloads
from agentconsole.demo.call import Answer, Call, Endpoint, get, put
from agentconsole.demo.clock import iso
from agentconsole.demo.errors import bad_request, not_found
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.present import people, threads


def _presented(call: Call) -> Any:
    def shown(rows: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
        return threads.comments(call.connection, rows, call.base)

    return shown


def list_comments(call: Call) -> Answer:
    """`GET /tickets/{id}/comments`: oldest first unless asked otherwise."""
    call.work.ticket(call.id())
    source = Source(
        "FROM comments JOIN audits ON audits.id = comments.audit_id WHERE comments.ticket_id = ?",
        (call.id(),),
        columns="comments.*, audits.custom AS custom",
        key="comments.id",
        default_sort="comments.created_at",
        sorts={"created_at": "comments.created_at"},
        cursor_sorts={"created_at": "comments.created_at"},
    )
    body = paged(call, "comments", source, _presented(call))
    if "users" in call.includes():
        ids = [comment["author_id"] for comment in body["comments"]]
        body["users"] = [
            people.user(row, call.api) for row in sideloads.rows_by_id(call.connection, "users", ids)
        ]
    return Answer(body)


def count_comments(call: Call) -> Answer:
    """`GET /tickets/{id}/comments/count`."""
    call.work.ticket(call.id())
    row = call.connection.execute(
        "SELECT COUNT(*) FROM comments WHERE ticket_id = ?", (call.id(),)
    ).fetchone()
    return Answer({"count": {"value": row[0], "refreshed_at": iso(call.now)}})


def _comment(call: Call) -> sqlite3.Row:
    call.work.ticket(call.id())
    row = call.work.row(
        "SELECT * FROM comments WHERE id = ? AND ticket_id = ?", call.id("comment_id"), call.id()
    )
    if row is None:
        raise not_found()
    return row


def _note(call: Call, kind: str, comment_id: int, **told: Any) -> None:
    """Have the ticket moved on, and an audit tell what was done to one of its comments."""
    call.connection.execute(
        "UPDATE tickets SET updated_at = ?, generated_at = ? WHERE id = ?",
        (call.now, call.helpdesk.generated_stamp(call.now), call.id()),
    )
    work = call.work
    audit_id = work.next_event_id()
    event = {"id": work.next_event_id(), "type": kind, "comment_id": comment_id, **told}
    call.connection.execute(
        "INSERT INTO audits (id, ticket_id, author_id, created_at, channel, events) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (audit_id, call.id(), work.actor_id, call.now, work.channel, json.dumps([event])),
    )


def make_private(call: Call) -> Answer:
    """`PUT /tickets/{id}/comments/{id}/make_private`: there is no way back."""
    row = _comment(call)
    call.connection.execute("UPDATE comments SET public = 0 WHERE id = ?", (row["id"],))
    _note(call, "CommentPrivacyChange", row["id"], public=False)
    return Answer({})


def redact(call: Call) -> Answer:
    """`PUT /tickets/{id}/comments/{id}/redact`: the given text becomes blocks."""
    row = _comment(call)
    text = call.json.get("text")
    if not isinstance(text, str) or not text:
        raise bad_request("ParameterMissing", "Required parameter missing: text")
    blocks = "▇" * len(text)
    call.connection.execute(
        "UPDATE comments SET body = ?, html_body = ? WHERE id = ?",
        (
            row["body"].replace(text, blocks),
            row["html_body"].replace(text, blocks) if row["html_body"] else None,
            row["id"],
        ),
    )
    _note(call, "CommentRedactionEvent", row["id"])
    return Answer({"comment": threads.comments(call.connection, [_comment(call)], call.base)[0]})


def redact_attachment(call: Call) -> Answer:
    """`PUT …/attachments/{id}/redact`: the file becomes an empty `redacted.txt`."""
    row = _comment(call)
    changed = call.connection.execute(
        "UPDATE attachments SET file_name = 'redacted.txt', content_type = 'text/plain', content = x'', "
        "size = 0, "
        "width = NULL, height = NULL, redacted = 1 WHERE id = ? AND comment_id = ?",
        (call.id("attachment_id"), row["id"]),
    ).rowcount
    if not changed:
        raise not_found()
    _note(call, "AttachmentRedactionEvent", row["id"], attachment_id=call.id("attachment_id"))
    files = threads.attachments_of(call.connection, [row["id"]], call.base)[row["id"]]
    return Answer({"attachment": next(file for file in files if file["id"] == call.id("attachment_id"))})


def list_audits(call: Call) -> Answer:
    """`GET /tickets/{id}/audits`, oldest first, with what clients left in `metadata.custom`."""
    call.work.ticket(call.id())
    source = Source(
        "FROM audits WHERE ticket_id = ?",
        (call.id(),),
        sorts={"created_at": "created_at"},
        cursor_sorts={"created_at": "created_at", "id": "id"},
    )
    body = paged(call, "audits", source, lambda rows: threads.audits(call.connection, rows, call.base))
    if "users" in call.includes():
        ids = {audit["author_id"] for audit in body["audits"]}
        ids |= {event.get("author_id") for audit in body["audits"] for event in audit["events"]}
        body["users"] = [
            people.user(row, call.api) for row in sideloads.rows_by_id(call.connection, "users", ids)
        ]
    return Answer(body)


def show_audit(call: Call) -> Answer:
    """`GET /tickets/{id}/audits/{id}`."""
    call.work.ticket(call.id())
    rows = call.connection.execute(
        "SELECT * FROM audits WHERE id = ? AND ticket_id = ?", (call.id("audit_id"), call.id())
    ).fetchall()
    if not rows:
        raise not_found()
    return Answer({"audit": threads.audits(call.connection, rows, call.base)[0]})


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/tickets/{id:int}/comments", list_comments),
    get("/tickets/{id:int}/comments/count", count_comments),
    put("/tickets/{id:int}/comments/{comment_id:int}/make_private", make_private),
    put("/tickets/{id:int}/comments/{comment_id:int}/redact", redact),
    put(
        "/tickets/{id:int}/comments/{comment_id:int}/attachments/{attachment_id:int}/redact",
        redact_attachment,
    ),
    get("/tickets/{id:int}/audits", list_audits),
    get("/tickets/{id:int}/audits/{audit_id:int}", show_audit),
)
