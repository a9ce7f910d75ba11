"""Zendesk's JSON to the domain's records. Pure; what does not parse is quarantined, the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from agentconsole.domain.messages import RemoteAttachment, RemoteMessage
from agentconsole.domain.people import RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import (
    PRIORITIES,
    STATUSES,
    FieldValue,
    Priority,
    RemoteTicket,
    SlaClock,
    Status,
)
from agentconsole.domain.times import SECOND, parse_instant
from agentconsole.helpdesks.faults import Refusal
from agentconsole.helpdesks.parsing import LONGEST_ID, whole
from agentconsole.helpdesks.parsing import parse_all as parse_all
from agentconsole.helpdesks.zendesk.time_zones import iana_name

MARKER_KEY: Final = "agentconsole_change"
"""The key in `metadata` that holds a Change's UUID; it is read back in `audit.metadata.custom`."""
STEP_KEY: Final = "agentconsole_step"
_LATEST: Final = 10**11
"""Epoch seconds: no helpdesk's clock shows more, and a database's numbers end."""
_LARGEST: Final = 2**62

_CHANNELS: Final = {
    "mail": "email",
    "native_messaging": "chat",
    "web_messaging": "chat",
    "messaging": "chat",
    "voice": "phone",
    "phone_call_inbound": "phone",
    "phone_call_outbound": "phone",
    "mobile_sdk": "mobile",
    # The event export spells channels as words.
    "web form": "web",
    "web service": "api",
    "web widget": "web",
}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statuses:
    """The account's custom statuses."""

    category: Mapping[str, str] = field(default_factory=dict)
    """Custom status id to category, for those that are more than the category's default."""
    default: Mapping[str, str] = field(default_factory=dict)
    """Custom status id to category, for those that are the category's default."""


NO_STATUSES: Final = Statuses()


def ticket(row: Json, statuses: Statuses = NO_STATUSES) -> RemoteTicket:
    """Read a ticket as lists, exports, sideloads and write answers carry it.

    `merged_into` is never told by it: nothing in Zendesk's JSON of a ticket is known to name the ticket that
    it was merged into. It is known here only of the merges that were made from here.

    Raises:
        ValueError: A needed value is missing or of another kind; KeyError and TypeError likewise.
    """
    spelled = _text(row["status"])
    custom = _id(row.get("custom_status_id"))
    category = statuses.category.get(custom, spelled) if custom is not None else spelled
    deleted = spelled == "deleted"
    status = _status("closed" if deleted else category)
    status_key = custom if custom is not None and custom in statuses.category and not deleted else spelled
    priority = row.get("priority")
    updated_at = parse_instant(_text(row["updated_at"]))
    generated = row.get("generated_timestamp")
    fields: dict[str, FieldValue] = {
        "subject": _optional_text(row.get("raw_subject") or row.get("subject")) or "",
        "status": "closed" if deleted else status_key,
        "priority": _optional_text(priority),
        "type": _optional_text(row.get("type")),
        "assignee": _id(row.get("assignee_id")),
        "group": _id(row.get("group_id")),
        "due": _optional_text(row.get("due_at")),
        "tags": _tags(row),
    }
    form = _id(row.get("ticket_form_id"))
    if form is not None:
        fields["form"] = form
    for custom_field in row.get("custom_fields") or ():
        fields[f"custom:{needed_id(custom_field['id'])}"] = _value(custom_field.get("value"))
    slas = row.get("slas")
    satisfaction = row.get("satisfaction_rating")
    return RemoteTicket(
        remote_id=needed_id(row["id"]),
        fields=fields,
        status=status,
        priority=cast(Priority, priority) if priority in PRIORITIES else None,
        channel=channel(row.get("via")),
        requester=_id(row.get("requester_id")),
        organisation=_id(row.get("organization_id")),
        created_at=parse_instant(_text(row["created_at"])),
        updated_at=updated_at,
        version=_text(row["updated_at"]),
        stamp=max(int(generated) * SECOND, updated_at)
        if isinstance(generated, int) and 0 < generated < _LATEST
        else updated_at,
        ccs=tuple(needed_id(each) for each in row.get("email_cc_ids") or row.get("collaborator_ids") or ()),
        slas=_slas(slas),
        slas_known=isinstance(slas, dict),
        deleted=deleted,
        satisfaction=_optional_text(satisfaction.get("score")) if isinstance(satisfaction, dict) else None,
    )


def _status(word: str) -> Status:
    for known in STATUSES:
        if word == known:
            return known
    return "open"


def _slas(slas: Any) -> tuple[SlaClock, ...]:
    clocks: list[SlaClock] = []
    for metric in (slas.get("policy_metrics") or ()) if isinstance(slas, dict) else ():
        due = metric.get("breach_at")
        clocks.append(
            SlaClock(
                metric=_text(metric["metric"]),
                stage=_optional_text(metric.get("stage")) or "active",
                due_at=parse_instant(due) if isinstance(due, str) else None,
            )
        )
    return tuple(clocks)


def message(
    row: Json, ticket_id: str, *, created_at: str | None = None, metadata: Any = None
) -> RemoteMessage:
    """Read a comment.

    Args:
        row: The comment, from `/comments`, from an audit's events, or an export's child event.
        ticket_id: Remote id of its ticket.
        created_at: When it was made, where the row itself doesn't say.
        metadata: The audit's, which has the marker where the row itself has none.
    """
    text = row.get("plain_body")
    if not isinstance(text, str):
        text = row.get("body")
    html = row.get("html_body")
    attachments, _ = parse_all("attachment", row.get("attachments"), attachment)
    return RemoteMessage(
        remote_id=needed_id(row["id"]),
        ticket=ticket_id,
        author=_author(row.get("author_id")),
        kind="reply" if row.get("public", True) else "note",
        created_at=parse_instant(_text(row.get("created_at") or created_at)),
        channel=channel(row.get("via")),
        raw_text=text if isinstance(text, str) else "",
        raw_html=html if isinstance(html, str) else None,
        attachments=tuple(attachments),
        marker=marker(row.get("metadata"))[0] or marker(metadata)[0],
    )


def marker(metadata: Any) -> tuple[str | None, int | None]:
    """Read which Change and which of its steps left this `metadata`."""
    custom = metadata.get("custom") if isinstance(metadata, dict) else None
    if not isinstance(custom, dict):
        return None, None
    change, step = custom.get(MARKER_KEY), custom.get(STEP_KEY)
    digits = str(step) if step is not None else ""
    return (change if isinstance(change, str) else None), (int(digits) if digits.isdecimal() else None)


def attachment(row: Json) -> RemoteAttachment:
    """Read an attachment."""
    return RemoteAttachment(
        remote_id=needed_id(row["id"]),
        file_name=_optional_text(row.get("file_name")) or "file",
        content_type=_optional_text(row.get("content_type")) or "application/octet-stream",
        size=min(max(int(row.get("size") or 0), 0), _LARGEST),
        url=_text(row["content_url"]),
        malware=row.get("malware_scan_result") == "malware_found" and not row.get("malware_access_override"),
    )


def person(row: Json) -> RemotePerson:
    """Read a user."""
    role = row.get("role")
    updated = row.get("updated_at")
    return RemotePerson(
        remote_id=needed_id(row["id"]),
        name=_optional_text(row.get("name")) or "",
        email=_optional_text(row.get("email")),
        role=role if role in ("agent", "admin") else "customer",
        organisation=_id(row.get("organization_id")),
        locale=_optional_text(row.get("locale")),
        time_zone=iana_name(_optional_text(row.get("iana_time_zone") or row.get("time_zone"))),
        phone=_optional_text(row.get("phone")),
        notes="\n".join(
            part for part in (row.get("details"), row.get("notes")) if isinstance(part, str) and part
        ),
        signature=_optional_text(row.get("signature")) or "",
        active=row.get("active") is not False and not row.get("suspended"),
        updated_at=parse_instant(updated) if isinstance(updated, str) else 0,
        tags=_tags(row),
    )


def _tags(row: Json) -> tuple[str, ...]:
    return tuple(sorted({_text(tag) for tag in row.get("tags") or ()}))


def group(row: Json, members: Mapping[str, list[str]]) -> RemoteGroup:
    """Read a group; `members` holds the remote ids of each group's agents."""
    group_id = needed_id(row["id"])
    return RemoteGroup(
        group_id, _text(row["name"]), tuple(members.get(group_id, ())), row.get("deleted") is True
    )


def membership(row: Json) -> tuple[str, str]:
    """Read a membership as (group, user)."""
    return needed_id(row["group_id"]), needed_id(row["user_id"])


def organisation(row: Json) -> RemoteOrganisation:
    """Read an organisation."""
    return RemoteOrganisation(
        remote_id=needed_id(row["id"]),
        name=_text(row["name"]),
        domains=tuple(_text(domain).lower() for domain in row.get("domain_names") or ()),
        notes="\n".join(
            part for part in (row.get("details"), row.get("notes")) if isinstance(part, str) and part
        ),
    )


def statuses(rows: Any) -> Statuses:
    """Read `/custom_statuses`."""
    parsed, _ = parse_all(
        "status",
        rows,
        lambda row: (needed_id(row["id"]), _text(row["status_category"]), row.get("default") is True),
    )
    return Statuses(
        {status_id: category for status_id, category, default in parsed if not default},
        {status_id: category for status_id, category, default in parsed if default},
    )


def channel(via: Any) -> str:
    """Read through which channel something came; Zendesk's own word where ours has none."""
    name = via.get("channel") if isinstance(via, dict) else via
    if not isinstance(name, str) or not name:
        return "api"
    name = whole(name.lower())
    return _CHANNELS.get(name, name)


def refusal(status: int, data: Any) -> Refusal:
    """Read any of the four error envelopes."""
    if not isinstance(data, dict):
        return Refusal()
    error = data.get("error")
    if isinstance(error, dict):
        return Refusal(str(error.get("title", "")), _words(error.get("message") or error.get("title")))
    if isinstance(data.get("errors"), list):
        listed = [each for each in data["errors"] if isinstance(each, dict)]
        code = str(listed[0].get("code", "")) if listed else ""
        return Refusal(
            code, tuple(w for each in listed for w in _words(each.get("detail") or each.get("title")))
        )
    reasons: list[str] = []
    details = data.get("details")
    for entries in details.values() if isinstance(details, dict) else ():
        for entry in entries if isinstance(entries, list) else (entries,):
            reasons += _words(entry.get("description") if isinstance(entry, dict) else entry)
    code = error if isinstance(error, str) else ""
    words = tuple(reasons) or _words(data.get("description") or data.get("message"))
    # Two kinds of 409: this one is a collision of two requests, not of two people.
    passing = status == 409 and code == "DatabaseConflict"
    return Refusal(code, words or (_words(code) if status not in (401, 404, 409) else ()), passing)


def _words(value: Any) -> tuple[str, ...]:
    return (" ".join(value.split())[:300],) if isinstance(value, str) and value.strip() else ()


def _value(value: Any) -> FieldValue:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return tuple(sorted(str(each) for each in value))
    return json.dumps(value, sort_keys=True)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:80]!r} stands where a text belongs")
    return whole(value)


def _optional_text(value: Any) -> str | None:
    return whole(value) if isinstance(value, str) and value else None


def _id(value: Any) -> str | None:
    return None if value is None else needed_id(value)


def _author(value: Any) -> str | None:
    """Read who wrote or did something; the system itself has a negative number."""
    text = str(value)
    return None if text.startswith("-") and text[1:].isdecimal() else _id(value)


def needed_id(value: Any) -> str:
    """Read an id.

    Raises:
        ValueError: It is none.
    """
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, int | str) or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:80]!r} stands where an id belongs")
    if len(text) > LONGEST_ID:
        raise ValueError(f"an id of {len(text)} digits is none")
    return text
