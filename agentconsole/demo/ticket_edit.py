"""Creating and updating a ticket: one call, one audit, all or nothing."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from agentconsole.demo import sla
from agentconsole.demo import tags as tag_text
from agentconsole.demo.clock import parse_iso
from agentconsole.demo.database import next_id
from agentconsole.demo.errors import detail, invalid, invalid_field, not_found, update_conflict
from agentconsole.demo.people import requester_from
from agentconsole.demo.required_fields import check_required
from agentconsole.demo.statuses import STATUS_OF_CATEGORY
from agentconsole.demo.ticket_comments import NewComment, read_comment, write_comment
from agentconsole.demo.ticket_fields import (
    SETTERS,
    Draft,
    set_copied,
    set_custom_fields,
    set_custom_status,
    set_people,
    set_status,
    set_tags,
    tags_from,
    ticket_draft,
)
from agentconsole.demo.values import whole
from agentconsole.demo.work import Work

HANDLED_KEYS = frozenset(
    {
        *SETTERS, "comment", "status", "custom_status_id", "assignee_id", "assignee_email", "group_id",
        "tags", "custom_fields", "fields", "metadata", "safe_update", "updated_stamp", "email_ccs",
        "followers", "additional_tags", "remove_tags", "macro_id", "macro_ids",
    }
)  # fmt: skip
READ_ONLY_KEYS = frozenset(
    {
        "id", "url", "description", "created_at", "updated_at", "generated_timestamp", "via", "raw_subject",
        "submitter_id", "collaborator_ids", "collaborators", "follower_ids", "email_cc_ids",
        "additional_collaborators", "satisfaction_rating", "sharing_agreement_ids", "followup_ids",
        "brand_id", "allow_channelback", "allow_attachments", "from_messaging_channel", "is_public",
        "has_incidents", "recipient", "forum_topic_id", "attribute_value_ids", "requester",
        "via_followup_source_id", "via_id",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write."""

    ticket_id: int
    audit_id: int | None
    """None when nothing was there to note."""


def create_ticket(work: Work, given: dict[str, Any]) -> Outcome:
    """Make a ticket from a `ticket` object.

    Raises:
        ApiError: 422 when it does not validate.
    """
    _warn(work, given)
    requester_id = work.actor_id
    if given.get("requester") is not None:
        requester_id = requester_from(work, given["requester"])
    elif given.get("requester_id") is not None:
        requester_id = _user_id(work, given["requester_id"], "Requester")
    submitter_id = requester_id
    if given.get("submitter_id") is not None:
        submitter_id = _user_id(work, given["submitter_id"], "Submitter")
    requester = work.user(requester_id)
    form = work.row("SELECT id FROM ticket_forms WHERE is_default")
    row: dict[str, Any] = {
        "id": None, "subject": "", "description": "", "status": "new",
        "custom_status_id": STATUS_OF_CATEGORY["new"], "priority": None, "type": None,
        "channel": work.channel, "requester_id": requester_id, "submitter_id": submitter_id,
        "assignee_id": None, "group_id": None,
        "organization_id": requester["organization_id"] if requester else None,
        "form_id": form["id"] if form else None,
        "external_id": None, "tags": "", "custom_fields": "{}", "email_cc_ids": "[]", "follower_ids": "[]",
        "due_at": None, "problem_id": None, "followup_source_id": _followed(work, given),
        "is_public": 1, "satisfaction": None, "solved_at": None, "deleted_at": None, "deleted_by": None,
        "previous_status": None, "created_at": work.now, "updated_at": work.now, "generated_at": work.now,
    }  # fmt: skip
    draft = ticket_draft(work, row, new=True)
    comment_given = given.get("comment")
    if comment_given is None:
        comment_given = {"body": given.get("description")}
    comment = read_comment(work, draft.ticket, comment_given, first=True)
    draft.ticket["description"] = comment.body
    draft.ticket["is_public"] = int(comment.public)
    draft.note("requester_id", requester_id, None)
    _set_fields(draft, {key: value for key, value in given.items() if key != "requester_id"})
    ticket_id = next_id(work.connection, "tickets")
    draft.ticket["id"] = ticket_id
    if draft.ticket["status"] == "new":
        draft.note("status", "new", None)
    check_required(draft, comment)
    audit_id = _save(draft, comment, given)
    sla.begin(work.connection, ticket_id, draft.ticket["priority"], work.now)
    if draft.ticket["status"] == "solved":
        sla.status_changed(work.connection, ticket_id, "solved", work.now)
    return Outcome(ticket_id, audit_id)


def update_ticket(work: Work, ticket_id: int, given: dict[str, Any], *, rel: str | None = None) -> Outcome:
    """Apply a partial `ticket` object in one step.

    Raises:
        ApiError: 404, 409 for a stale `safe_update`, 422 when it does not validate or the ticket is closed.
    """
    row = work.ticket(ticket_id)
    _check_stamp(row, given)
    if row["status"] == "closed":
        raise invalid({"status": [detail("Status: closed prevents ticket update", error="InvalidValue")]})
    _warn(work, given)
    draft = ticket_draft(work, dict(row), new=False)
    comment = None
    if given.get("comment") is not None:
        comment = read_comment(work, draft.ticket, given["comment"], first=False)
    _set_fields(draft, given)
    if comment is not None and not comment.by_agent and comment.public and "status" not in given:
        if draft.ticket["status"] in ("pending", "hold", "solved"):
            set_status(draft, "open")
    check_required(draft, comment)
    audit_id = _save(draft, comment, given, rel=rel)
    _move_clocks(draft, row, comment)
    return Outcome(ticket_id, audit_id)


def _followed(work: Work, given: dict[str, Any]) -> int | None:
    if given.get("via_followup_source_id") is None:
        return None
    try:
        source = work.row("SELECT id FROM tickets WHERE id = ?", whole(given["via_followup_source_id"]))
    except ValueError:
        source = None
    if source is None:
        raise invalid_field("via_followup_source_id", "Follow-up source: is invalid")
    return int(source["id"])


def _user_id(work: Work, given: Any, title: str) -> int:
    try:
        user = work.user(whole(given))
    except ValueError:
        user = None
    if user is None:
        raise invalid_field(title.lower(), f"{title}: is invalid")
    return int(user["id"])


def _warn(work: Work, given: dict[str, Any]) -> None:
    unknown = sorted(set(given) - HANDLED_KEYS - READ_ONLY_KEYS)
    if unknown:
        work.warnings.append(
            f"Removed restricted keys {json.dumps(unknown)} from parameters according to whitelist"
        )


def _check_stamp(row: sqlite3.Row, given: dict[str, Any]) -> None:
    if "safe_update" not in given:
        return
    stamp = parse_iso(str(given.get("updated_stamp") or ""))
    if stamp != row["updated_at"]:
        raise update_conflict()


def _set_fields(draft: Draft, given: dict[str, Any]) -> None:
    for key, setter in SETTERS.items():
        if key in given:
            setter(draft, given[key])
    if "tags" in given:
        set_tags(draft, given["tags"] or [])
    if given.get("additional_tags"):
        set_tags(draft, [*draft.ticket["tag_list"], *tags_from(given["additional_tags"])])
    if given.get("remove_tags"):
        gone = set(tags_from(given["remove_tags"]))
        set_tags(draft, [tag for tag in draft.ticket["tag_list"] if tag not in gone])
    for key in ("custom_fields", "fields"):
        if given.get(key) is not None:
            set_custom_fields(draft, given[key])
    for key in ("email_ccs", "followers"):
        if given.get(key) is not None:
            set_copied(draft, key, given[key])
    if {"assignee_id", "assignee_email", "group_id"} & given.keys():
        set_people(draft, given)
    if given.get("custom_status_id") is not None:
        set_custom_status(draft, given["custom_status_id"])
    elif given.get("status") is not None:
        set_status(draft, given["status"])
    if draft.ticket["assignee_id"] is not None and draft.ticket["status"] == "new":
        set_status(draft, "open")


def _save(
    draft: Draft, comment: NewComment | None, given: dict[str, Any], *, rel: str | None = None
) -> int | None:
    work, ticket = draft.work, draft.ticket
    custom = given.get("metadata")
    if not isinstance(custom, dict):
        custom = {}
    elif set(custom) == {"custom"} and isinstance(custom["custom"], dict):
        custom = custom["custom"]
    if comment is None and not draft.events and not custom and not draft.new:
        return None
    for key in ("macro_id", "macro_ids"):
        value = given.get(key)
        for macro_id in value if isinstance(value, list) else [value] if value else []:
            draft.events.append(
                {"type": "AgentMacroReference", "macro_id": str(macro_id), "via": {"channel": "api"}}
            )
    audit_id = work.next_event_id()
    author_id = work.actor_id if comment is None or draft.new else comment.author_id
    if comment is not None:
        write_comment(work, ticket["id"], audit_id, comment)
        if comment.public:
            ticket["is_public"] = 1
        if comment.public and comment.by_agent and not draft.new:
            draft.events.append(
                {
                    "type": "Notification",
                    "subject": "[{{ticket.account}}] Re: {{ticket.title}}",
                    "body": "{{ticket.comments_formatted}}",
                    "recipients": [ticket["requester_id"]],
                    "via": {
                        "channel": "rule",
                        "source": {
                            "from": {"id": 3, "title": "Notify requester of comment update"},
                            "to": {},
                            "rel": "trigger",
                        },
                    },
                }
            )
    for event in draft.events:
        event["id"] = work.next_event_id()
    if comment is not None or draft.events or draft.new:
        ticket["updated_at"] = work.now
    if ticket["status"] in ("solved", "closed"):
        ticket["solved_at"] = ticket["solved_at"] or work.now
    else:
        ticket["solved_at"] = None
    ticket["generated_at"] = work.helpdesk.generated_stamp(work.now)
    ticket["tags"] = tag_text.spaced(ticket["tag_list"])
    ticket["custom_fields"] = json.dumps(ticket["values"], ensure_ascii=False)
    columns = [key for key in ticket if key not in ("values", "tag_list")]
    work.connection.execute(
        f"INSERT OR REPLACE INTO tickets ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [ticket[key] for key in columns],
    )
    work.connection.execute(
        "INSERT INTO audits (id, ticket_id, author_id, created_at, channel, rel, custom, events) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            audit_id,
            ticket["id"],
            author_id,
            work.now,
            work.channel,
            rel,
            json.dumps(custom, ensure_ascii=False),
            json.dumps(draft.events, ensure_ascii=False),
        ),
    )
    return audit_id


def _move_clocks(draft: Draft, before: sqlite3.Row, comment: NewComment | None) -> None:
    connection, ticket = draft.work.connection, draft.ticket
    if ticket["priority"] != before["priority"]:
        sla.priority_changed(connection, ticket["id"], ticket["priority"], ticket["created_at"])
    if comment is not None and comment.public:
        if comment.by_agent:
            sla.agent_replied(connection, ticket["id"])
        else:
            sla.customer_wrote(connection, ticket["id"], ticket["priority"], draft.work.now)
    if ticket["status"] != before["status"]:
        sla.status_changed(connection, ticket["id"], ticket["status"], draft.work.now)


def delete_ticket(work: Work, ticket_id: int) -> None:
    """Delete softly: it stays in the exports as `deleted`.

    Raises:
        ApiError: 404.
    """
    row = work.ticket(ticket_id)
    stamp = work.helpdesk.generated_stamp(work.now)
    work.connection.execute(
        "UPDATE tickets SET previous_status = ?, deleted_at = ?, deleted_by = ?, updated_at = ?, "
        "generated_at = ? "
        "WHERE id = ?",
        (row["status"], work.now, work.actor_id, work.now, stamp, ticket_id),
    )


def mark_as_spam(work: Work, ticket_id: int) -> None:
    """Delete a ticket and suspend its requester.

    Raises:
        ApiError: 404.
    """
    row = work.ticket(ticket_id)
    work.connection.execute(
        "UPDATE users SET suspended = 1, updated_at = ? WHERE id = ? AND role = 'end-user'",
        (work.now, row["requester_id"]),
    )
    delete_ticket(work, ticket_id)


def restore_ticket(work: Work, ticket_id: int) -> None:
    """Bring a softly deleted ticket back.

    Raises:
        ApiError: 404 when it is not deleted, or not there at all.
    """
    stamp = work.helpdesk.generated_stamp(work.now)
    changed = work.connection.execute(
        "UPDATE tickets SET deleted_at = NULL, deleted_by = NULL, updated_at = ?, generated_at = ? "
        "WHERE id = ? AND deleted_at IS NOT NULL",
        (work.now, stamp, ticket_id),
    ).rowcount
    if not changed:
        raise not_found()
