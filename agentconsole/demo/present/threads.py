"""Comments, audits and attachments as JSON."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from agentconsole.demo.clock import iso
from agentconsole.demo.ticket_comments import html_from_body

CHANNEL_WORDS = {"web": "Web form", "email": "Mail", "api": "Web service", "chat": "Chat", "rule": "Rule"}
_NOT_EXPORTED = frozenset({"Notification", "AgentMacroReference"})
ATTACHMENT_COLUMNS = (
    "id, token, upload_token, comment_id, file_name, content_type, size, width, height, redacted"
)


def via(channel: str, rel: str | None = None) -> dict[str, Any]:
    """Where something came from."""
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": rel}}


def attachment(row: sqlite3.Row, base: str) -> dict[str, Any]:
    """A file; its content is served by this same host under a secret address."""
    content_url = f"{base}/attachments/token/{row['token']}/?name={quote(row['file_name'])}"
    return {
        "url": f"{base}/api/v2/attachments/{row['id']}.json",
        "id": row["id"],
        "file_name": row["file_name"],
        "content_url": content_url,
        "mapped_content_url": content_url,
        "content_type": row["content_type"],
        "size": row["size"],
        "width": row["width"],
        "height": row["height"],
        "inline": False,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }


def attachments_of(
    connection: sqlite3.Connection, comment_ids: Sequence[int], base: str
) -> dict[int, list[dict[str, Any]]]:
    """The files of each of these comments."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(comment_ids), 500):
        some = comment_ids[start : start + 500]
        rows = connection.execute(
            f"SELECT {ATTACHMENT_COLUMNS} FROM attachments "
            f"WHERE comment_id IN ({', '.join('?' * len(some))}) ORDER BY id",
            list(some),
        )
        for row in rows.fetchall():
            found[row["comment_id"]].append(attachment(row, base))
    return found


def comment(
    row: sqlite3.Row, files: list[dict[str, Any]], custom: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A comment of a thread."""
    return {
        "id": row["id"],
        "type": "Comment",
        "author_id": row["author_id"],
        "body": row["body"],
        "html_body": row["html_body"] or html_from_body(row["body"]),
        "plain_body": row["body"],
        "public": bool(row["public"]),
        "attachments": files,
        "audit_id": row["audit_id"],
        "via": via(row["channel"]),
        "created_at": iso(row["created_at"]),
        "metadata": {"system": {}, "custom": custom or {}},
    }


def comments(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row], base: str) -> list[dict[str, Any]]:
    """Comments with their files and their audits' metadata; `rows` may carry a column `custom`."""
    files = attachments_of(connection, [row["id"] for row in rows if row["has_attachments"]], base)
    shown = []
    for row in rows:
        custom = json.loads(row["custom"]) if "custom" in row.keys() else {}
        shown.append(comment(row, files.get(row["id"], []), custom))
    return shown


def audits(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row], base: str) -> list[dict[str, Any]]:
    """Audits with all their events, the Comment first."""
    by_audit = comments_by_audit(connection, [row["id"] for row in rows], base)
    return [
        {
            "id": row["id"],
            "ticket_id": row["ticket_id"],
            "created_at": iso(row["created_at"]),
            "author_id": row["author_id"],
            "metadata": {"system": {}, "custom": json.loads(row["custom"])},
            "events": [
                *(_as_event(each) for each in by_audit.get(row["id"], [])),
                *json.loads(row["events"]),
            ],
            "via": via(row["channel"], row["rel"]),
        }
        for row in rows
    ]


def _as_event(comment: dict[str, Any]) -> dict[str, Any]:
    """A comment within its audit, which says for both when, through what and with what metadata it came."""
    return {key: value for key, value in comment.items() if key not in ("via", "created_at", "metadata")}


def comments_by_audit(
    connection: sqlite3.Connection, audit_ids: Sequence[int], base: str
) -> dict[int, list[dict[str, Any]]]:
    """The comments that these audits brought."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(audit_ids), 500):
        some = audit_ids[start : start + 500]
        rows = connection.execute(
            f"SELECT * FROM comments WHERE audit_id IN ({', '.join('?' * len(some))}) ORDER BY id",
            list(some),
        ).fetchall()
        for shown in comments(connection, rows, base):
            found[shown["audit_id"]].append(shown)
    return found


def child_events(
    row: sqlite3.Row, comment_events: Iterable[dict[str, Any]], *, with_comments: bool
) -> list[dict[str, Any]]:
    """An audit's events in the form of the event export: the changed field's name is the key."""
    word = CHANNEL_WORDS.get(row["channel"], row["channel"])
    shown: list[dict[str, Any]] = []
    for event in comment_events:
        if with_comments:
            shown.append({**event, "via_reference_id": None, "event_type": "Comment"})
        else:
            shown.append(
                {
                    "id": event["id"],
                    "via": word,
                    "via_reference_id": None,
                    "comment_present": True,
                    "comment_public": event["public"],
                    "event_type": "Comment",
                }
            )
    for event in json.loads(row["events"]):
        if event["type"] in _NOT_EXPORTED:
            continue
        rule = event.get("via", {}).get("source", {}).get("from", {}).get("id")
        child: dict[str, Any] = {
            "id": event["id"],
            "via": word if rule is None else CHANNEL_WORDS["rule"],
            "via_reference_id": rule,
        }
        if event["type"] not in ("Create", "Change"):
            told = {key: value for key, value in event.items() if key not in ("id", "type", "via")}
            shown.append({**child, **told, "event_type": event["type"]})
            continue
        name, value = event["field_name"], event["value"]
        if name.isdigit():
            child["custom_ticket_fields"] = {name: value}
        else:
            child[name] = value
        if name == "tags":
            before = event.get("previous_value") or []
            child["added_tags"] = [tag for tag in value or [] if tag not in before]
            child["removed_tags"] = [tag for tag in before if tag not in (value or [])]
        child["event_type"] = event["type"]
        if event["type"] == "Change":
            child["previous_value"] = event.get("previous_value")
        shown.append(child)
    return shown
