"""What requests a Change needs on Request Tracker, planned before anything is sent. Pure.

A message is one step and the fields are another: RT writes them by two requests, and each must be settled by
itself when its answer is lost.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final
from urllib.parse import quote

from agentconsole.domain.changes import (
    Change,
    FieldEdit,
    MergeInto,
    NewTicket,
    OutgoingMessage,
    Removal,
    StepPlan,
)
from agentconsole.domain.tickets import FieldValue, FieldValues
from agentconsole.domain.times import moment_of, parse_instant
from agentconsole.helpdesks.rt.options import CustomField, Known
from agentconsole.helpdesks.rt.wire import DUE, LINK_KEYS, LINKS

REPLY: Final = "correspond"
NOTE: Final = "comment"
UPDATE: Final = "update"
RECIPIENTS: Final = "recipients"
CREATE: Final = "create"
MERGE: Final = "merge"
SPAM: Final = "spam"
DELETE: Final = "delete"
MESSAGES: Final = frozenset({REPLY, NOTE})
WHOLE: Final = frozenset({CREATE, MERGE, SPAM, DELETE})
"""Steps that concern a ticket as a whole."""

NOBODY: Final = "Nobody"
_TIME: Final = "%Y-%m-%d %H:%M:%S"


def plan(change: Change) -> tuple[StepPlan, ...]:
    """Plan the steps of a Change: its message first, so that a ticket is never solved without its reply.

    Who is in copy is written before the message: RT puts people named beside a message in copy only after it
    has mailed it.
    """
    if isinstance(change.action, NewTicket):
        if change.message is None or change.message.public:
            return (StepPlan(CREATE, {"carries_message": True}),)
        return (StepPlan(CREATE, {}), StepPlan(NOTE, {"carries_message": True}))
    steps: list[StepPlan] = []
    if change.message is not None:
        if change.message.cc_added or change.message.cc_removed:
            steps.append(StepPlan(RECIPIENTS, {"leads_message": True}))
        steps.append(StepPlan(REPLY if change.message.public else NOTE, {"carries_message": True}))
    if isinstance(change.action, MergeInto):
        steps.append(StepPlan(MERGE, {}))
    elif isinstance(change.action, Removal):
        steps.append(StepPlan(SPAM if change.action.spam else DELETE, {}))
    elif change.edits or change.message is None:
        steps.append(StepPlan(UPDATE, {}))
    return tuple(steps)


def ticket_url(address: str, remote_ticket: str) -> str:
    """Tell where an agent finds a ticket in RT's own pages."""
    return f"{address.rstrip('/')}/Ticket/Display.html?id={quote(remote_ticket, safe='')}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send."""

    file_name: str
    content_type: str
    content: bytes


def message_body(text: str, files: Sequence[Upload]) -> tuple[bytes, str]:
    """Write a message as the body of a request; return it with its content type.

    In JSON a file's name beyond ASCII fails inside RT or comes out garbled; in a form it must have no quotes.
    """
    told: dict[str, Any] = {"ContentType": "text/plain"}
    if text:
        told["Content"] = text
    return body_with_files(told, files)


def body_with_files(told: dict[str, Any], files: Sequence[Upload]) -> tuple[bytes, str]:
    """Write a request's body with files; return it with its content type."""
    if files and all(file.file_name.isascii() and file.file_name.isprintable() for file in files):
        told["Attachments"] = [
            {
                "FileName": file.file_name,
                "FileType": _header_type(file.content_type),
                "FileContent": base64.b64encode(file.content).decode("ascii"),
            }
            for file in files
        ]
        files = ()
    body = json.dumps(told).encode("ascii")
    if not files:
        return body, "application/json"
    boundary = f"part-{uuid.uuid4().hex}"
    pieces = [f'--{boundary}\r\nContent-Disposition: form-data; name="JSON"\r\n\r\n'.encode(), body, b"\r\n"]
    for file in files:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="Attachments"; '
            f'filename="{_header_name(file.file_name)}"\r\n'
            f"Content-Type: {_header_type(file.content_type)}\r\n\r\n"
        )
        pieces += [head.encode(), file.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"


def _header_name(name: str) -> str:
    """A file name within quotes: RT's form reader knows no escapes, so what would end it is replaced."""
    plain = "".join(" " if ord(char) < 32 or ord(char) == 127 else char for char in name)
    plain = plain.encode("utf-8", "replace").decode()
    return plain.replace('"', "”").strip() or "file"


def _header_type(content_type: str) -> str:
    usable = content_type.isascii() and content_type.isprintable() and "/" in content_type
    # A message within a message would be taken apart.
    return (
        content_type
        if usable and not content_type.startswith(("multipart/", "message/"))
        else "application/octet-stream"
    )


def update_body(edits: Sequence[FieldEdit], now: FieldValues, known: Known) -> dict[str, Any]:
    """Write field edits as the body of the one PUT.

    Args:
        edits: What shall become so; what is so already is left out.
        now: The ticket's values as they are.
        known: Custom fields and the login's time zone.
    """
    body: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for edit in edits:
        if same(edit.field, now.get(edit.field), edit.value, known):
            continue
        value = edit.value
        if edit.field == "tags" and known.tags is not None:
            custom[known.tags] = list(value) if isinstance(value, tuple) else []
        elif edit.field.startswith("custom:"):
            field_id = edit.field.removeprefix("custom:")
            custom[field_id] = _custom_value(value, known.fields.get(field_id), known.zone)
        elif edit.field == "subject":
            body["Subject"] = " ".join(str(value or "").split())
        elif edit.field == "status":
            body["Status"] = value
        elif edit.field == "priority":
            body["Priority"] = str(value or 0)
        elif edit.field == "assignee":
            body["Owner"] = value or NOBODY
        elif edit.field == "group":
            body["Queue"] = value
        elif edit.field == "requester":
            body["Requestor"] = [value] if value else []
        elif edit.field == DUE:
            body["Due"] = _server_time(value, UTC)
        elif edit.field == LINKS:
            body |= _links_body(now.get(LINKS), value)
    if custom:
        body["CustomFields"] = custom
    return body


def _links_body(now: FieldValue, wanted: FieldValue) -> dict[str, Any]:
    """Write what must be linked and what no more; each kind of link has a key of its own."""
    had, has = set(_members(now)), set(_members(wanted))
    body: dict[str, Any] = {}
    for verb, changed in (("Add", has - had), ("Delete", had - has)):
        for link in sorted(changed):
            kind, _, number = link.partition(":")
            body.setdefault(f"{verb}{LINK_KEYS[kind]}", []).append(number)
    return body


def bad_links(value: FieldValue) -> tuple[str, ...]:
    """Tell which links are none: a kind, a colon and a ticket's number."""
    told = [(link, *link.partition(":")[::2]) for link in _members(value)]
    return tuple(link for link, kind, number in told if kind not in LINK_KEYS or not number.isdigit())


def _members(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def create_body(
    action: NewTicket, message: OutgoingMessage | None, copies: Sequence[str], known: Known
) -> dict[str, Any]:
    """Write a new ticket; RT leaves out, without a word, what it does not know.

    Args:
        action: Whose it is and with which fields.
        message: The first message, unless it is an internal note.
        copies: Mail addresses.
        known: Custom fields and the login's time zone.
    """
    edits = [FieldEdit(name, None, value) for name, value in action.fields]
    body = update_body(edits, {}, known)
    body["Requestor"] = [action.requester or action.requester_email]
    if copies:
        body["Cc"] = list(copies)
    if action.refers_to is not None:
        body["RefersTo"] = [action.refers_to]
    if message is not None:
        body |= {"Content": message.text, "ContentType": "text/plain"}
    return body


def _custom_value(value: FieldValue, definition: CustomField | None, zone: tzinfo) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if value is None or value == "":
        # Null is stored as a value where there are many, and an empty list is nothing where there is one.
        return [] if definition is not None and definition.many else None
    if definition is not None and definition.kind == "DateTime":
        return _server_time(value, zone)
    return [str(value)] if definition is not None and definition.many else str(value)


def _server_time(value: FieldValue, zone: tzinfo) -> str:
    """Spell a time as RT takes it: without a zone, which it would ignore or choke on."""
    if value is None or value == "":
        return ""
    try:
        return moment_of(parse_instant(str(value)), zone).strftime(_TIME)
    except ValueError:
        return str(value)


def same(field: str, one: FieldValue, other: FieldValue, known: Known) -> bool:
    """Whether two values of a field mean the same to RT."""
    return _level(field, one, known) == _level(field, other, known)


def _level(field: str, value: FieldValue, known: Known) -> FieldValue:
    if value in (None, "", ()):
        return "0" if field == "priority" else None
    if isinstance(value, tuple):
        return tuple(sorted(set(value)))
    text = str(value)
    if field == "subject":
        return " ".join(text.split())
    definition = known.fields.get(field.removeprefix("custom:"))
    if definition is not None and definition.many:
        return (text,)
    if field == DUE or (definition is not None and definition.kind == "DateTime"):
        try:
            return parse_instant(text)
        except ValueError:
            return text
    return text.strip()


def told_before(change: Change, key: str) -> Mapping[str, Any] | str | None:
    """Find what an earlier step of the Change left in its result."""
    for step in reversed(change.steps):
        if step.result and step.result.get(key) is not None:
            found: Mapping[str, Any] | str = step.result[key]
            return found
    return None
