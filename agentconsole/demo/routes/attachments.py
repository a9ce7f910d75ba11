"""Uploads and files (Zendesk: attachments)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import secrets
import sqlite3
from typing import Any
from urllib.parse import quote

from agentconsole.demo.call import Answer, Call, Endpoint, delete, get, post
from agentconsole.demo.clock import iso
from agentconsole.demo.database import next_id
from agentconsole.demo.errors import ApiError, bad_request, not_found
from agentconsole.demo.images import dimensions
from agentconsole.demo.present.threads import ATTACHMENT_COLUMNS, attachment

UPLOAD_SECONDS = 3 * 86_400
# A browser would run these from the helpdesk's own address; they are served as plain bytes.
ACTIVE_TYPES = ("text/html", "application/xhtml", "image/svg", "text/xml", "application/xml")


def _uploaded(call: Call, token: str) -> list[dict[str, Any]]:
    rows = call.connection.execute(
        f"SELECT {ATTACHMENT_COLUMNS} FROM attachments WHERE upload_token = ? ORDER BY id",
        (token,),
    ).fetchall()
    return [attachment(row, call.base) for row in rows]


def upload(call: Call) -> Answer:
    """`POST /uploads?filename=`: raw bytes; `?token=` adds to an earlier upload. Tokens live three days."""
    name = call.query.get("filename", "").strip()
    if not name:
        raise bad_request("ParameterMissing", "Required parameter missing: filename")
    if not call.body:
        raise ApiError(422, {"error": "RecordInvalid", "description": "The file is empty"})
    token = call.query.get("token") or secrets.token_urlsafe(18)
    known = call.work.row("SELECT * FROM uploads WHERE token = ?", token)
    if "token" in call.query and (known is None or known["used"] or known["expires_at"] <= call.now):
        raise bad_request("InvalidValue", "The upload token is not valid")
    if known is None:
        call.connection.execute(
            "INSERT INTO uploads (token, user_id, expires_at) VALUES (?, ?, ?)",
            (token, call.me.id, call.now + UPLOAD_SECONDS),
        )
    attachment_id = next_id(call.connection, "attachments")
    width, height = dimensions(call.body)
    call.connection.execute(
        "INSERT INTO attachments "
        "(id, token, upload_token, file_name, content_type, size, width, height, content) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            attachment_id,
            secrets.token_urlsafe(24),
            token,
            name,
            call.headers.get("content-type") or "application/octet-stream",
            len(call.body),
            width,
            height,
            call.body,
        ),
    )
    files = _uploaded(call, token)
    row = call.work.row("SELECT expires_at FROM uploads WHERE token = ?", token)
    body = {
        "upload": {
            "token": token,
            "expires_at": iso(row["expires_at"]) if row else None,
            "attachments": files,
            "attachment": files[-1],
        }
    }
    return Answer(body, 201)


def delete_upload(call: Call) -> Answer:
    """`DELETE /uploads/{token}`."""
    token = str(call.params["token"])
    if not call.connection.execute("DELETE FROM uploads WHERE token = ? AND NOT used", (token,)).rowcount:
        raise not_found()
    call.connection.execute("DELETE FROM attachments WHERE upload_token = ?", (token,))
    return Answer(None, 204)


def show_attachment(call: Call) -> Answer:
    """`GET /attachments/{id}`."""
    row = call.work.row(f"SELECT {ATTACHMENT_COLUMNS} FROM attachments WHERE id = ?", call.id())
    if row is None:
        raise not_found()
    return Answer({"attachment": attachment(row, call.base)})


def download(call: Call) -> Answer:
    """`GET /attachments/token/{token}/?name=`: the secret address is enough."""
    row = call.connection.execute(
        "SELECT * FROM attachments WHERE token = ?", (str(call.params["token"]),)
    ).fetchone()
    if not isinstance(row, sqlite3.Row):
        raise not_found()
    kind = str(row["content_type"])
    if kind.lower().startswith(ACTIVE_TYPES):
        kind = "application/octet-stream"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['file_name'])}"}
    return Answer(bytes(row["content"]), 200, headers, kind if kind.isascii() else "application/octet-stream")


ENDPOINTS: tuple[Endpoint, ...] = (
    post("/uploads", upload, raw=True),
    delete("/uploads/{token}", delete_upload),
    get("/attachments/{id:int}", show_attachment),
    Endpoint("GET", "/attachments/token/{token}/", download, access="anyone"),
    Endpoint("GET", "/attachments/token/{token}", download, access="anyone"),
)
