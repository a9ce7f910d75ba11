"""The JSON documents that scripts read: their keys are a promise. Instants are ISO 8601 in UTC."""

from __future__ import annotations

from typing import Any

from agentconsole.desk.knowledge import KnowledgeHit
from agentconsole.desk.macros import MacroItem, MacroPreview
from agentconsole.desk.views import View
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.changes import Change, FieldChange, TagsEdit
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import format_instant
from agentconsole.domain.views import ArticleItem, Contact, Draft, MessageItem, TicketDetail


def instant(value: int | None) -> str | None:
    """An instant, or null."""
    return None if value is None else format_instant(value)


def queue_row(row: QueueRow) -> dict[str, Any]:
    """A ticket of `list`."""
    return {
        "ticket": f"{row.account}#{row.remote_id}" if row.remote_id is not None else f"~{row.ticket_id}",
        "local_id": row.ticket_id,
        "account": row.account,
        "remote_id": row.remote_id,
        "status": row.status,
        "status_label": row.status_label,
        "priority": row.priority,
        "channel": row.channel,
        "requester": row.requester,
        "subject": row.subject,
        "tags": list(row.tags),
        "assignee": row.assignee,
        "assigned_to_me": row.assigned_to_me,
        "group": row.group,
        "due_at": instant(row.due_at),
        "sla_paused": row.sla_paused,
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
        "unread": row.unread,
        "waiting": row.waiting,
        "has_draft": row.has_draft,
        "snoozed_until": instant(row.snoozed_until),
    }


def view(one: View, count: int | None) -> dict[str, Any]:
    """A view of `views`; its count is null where its query means nothing here."""
    return {
        "name": one.title,
        "of": {"": "console", "helpdesk": "helpdesk", "own": "own"}[one.section],
        "query": one.query,
        "sort": one.sort,
        "count": count,
    }


def contact(person: Contact | None) -> dict[str, Any] | None:
    """A person beside a ticket."""
    if person is None:
        return None
    return {
        "remote_id": person.remote_id,
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "organisation": person.organisation,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "phone": person.phone,
        "notes": person.notes,
        "tags": list(person.tags),
    }


def message(item: MessageItem) -> dict[str, Any]:
    """A message of a thread."""
    return {
        "remote_id": item.remote_id,
        "author": item.author,
        "author_role": item.author_role,
        "author_email": item.author_email,
        "kind": item.kind,
        "created_at": instant(item.created_at),
        "channel": item.channel,
        "parts": [{"kind": part.kind, "text": part.text} for part in item.parts],
        "attachments": [
            {
                "file_name": file.file_name,
                "content_type": file.content_type,
                "size": file.size,
                "malware": file.malware,
            }
            for file in item.attachments
        ],
    }


def ticket(detail: TicketDetail) -> dict[str, Any]:
    """The document of `show`."""
    return {
        **queue_row(detail.row),
        "fields": {name: value(one) for name, one in sorted(detail.fields.items())},
        "labels": dict(sorted(detail.labels.items())),
        "requester_contact": contact(detail.requester),
        "ccs": [contact(person) for person in detail.ccs],
        "slas": [
            {"metric": clock.metric, "stage": clock.stage, "due_at": instant(clock.due_at)}
            for clock in detail.slas
        ],
        "messages": [message(item) for item in detail.messages],
        "pending": [change(one) for one in detail.pending],
        "thread_read_at": instant(detail.thread_read_at),
        "thread_fresh": detail.thread_fresh,
        "url": detail.url,
    }


def value(one: FieldValue) -> Any:
    """A field's value; sets as lists."""
    return list(one) if isinstance(one, tuple) else one


def field_change(one: FieldChange) -> dict[str, Any]:
    """What a macro sets."""
    if isinstance(one.value, TagsEdit):
        return {"field": one.field, "add": list(one.value.add), "remove": list(one.value.remove)}
    return {"field": one.field, "value": value(one.value)}


def change(one: Change) -> dict[str, Any]:
    """An entry of the outbox."""
    return {
        "id": one.uuid,
        "state": one.state,
        "local_id": one.ticket_id,
        "remote_ticket": one.remote_ticket,
        "created_at": instant(one.created_at),
        "held_until": instant(one.held_until),
        "edits": [
            {"field": edit.field, "base": value(edit.base), "value": value(edit.value)} for edit in one.edits
        ],
        "message": None
        if one.message is None
        else {
            "public": one.message.public,
            "text": one.message.text,
            "to": list(one.message.to),
            "cc": list(one.message.cc),
            "attachments": [
                {"file_name": file.file_name, "content_type": file.content_type, "size": file.size}
                for file in one.message.attachments
            ],
        },
        "ask": one.ask,
        "moved": list(one.moved),
        "conflicts": [
            {
                "field": conflict.field,
                "base": value(conflict.base),
                "mine": value(conflict.mine),
                "theirs": value(conflict.theirs),
            }
            for conflict in one.conflicts
        ],
        "error": one.error,
        "steps": [
            {
                "kind": step.kind,
                "state": step.state,
                "attempts": step.attempts,
                "next_attempt_at": instant(step.next_attempt_at),
                "error": step.error,
            }
            for step in one.steps
        ],
    }


def draft(one: Draft, row: QueueRow | None) -> dict[str, Any]:
    """An entry of `drafts`."""
    return {
        "id": one.id,
        "ticket": None if row is None else queue_row(row)["ticket"],
        "subject": None if row is None else row.subject,
        "local_id": one.ticket_id,
        "public": one.public,
        "text": one.text,
        "updated_at": instant(one.updated_at),
        "attachments": list(one.attachments),
    }


def macro(item: MacroItem) -> dict[str, Any]:
    """A macro of `macro list`."""
    return {
        "id": item.id,
        "name": item.name,
        "description": item.description,
        "account": item.account,
        "public": item.public,
    }


def macro_preview(item: MacroItem, preview: MacroPreview) -> dict[str, Any]:
    """What a macro makes of a ticket."""
    return {
        **macro(item),
        "public": preview.public,
        "text": preview.text,
        "changes": [field_change(one) for one in preview.changes],
        "missing": list(preview.missing),
        "left_out": list(preview.left_out),
    }


def hit(one: KnowledgeHit) -> dict[str, Any]:
    """An article that a search found."""
    return {
        "id": one.article_id,
        "account": one.account,
        "locale": one.locale,
        "title": one.title,
        "section": one.section,
        "url": one.url,
        "snippet": one.snippet,
        "score": round(one.score, 4),
    }


def article(one: ArticleItem) -> dict[str, Any]:
    """An article."""
    return {
        "id": one.id,
        "account": one.account,
        "remote_id": one.remote_id,
        "locale": one.locale,
        "title": one.title,
        "section": one.section,
        "labels": list(one.labels),
        "url": one.url,
        "updated_at": instant(one.updated_at),
        "text": one.text,
    }


def account(state: AccountState) -> dict[str, Any]:
    """An account and how it stands."""
    return {
        "name": state.name,
        "kind": state.kind,
        "url": state.url,
        "login": state.login,
        "uuid": state.uuid,
        "state": state.state,
        "sentence": state.sentence,
        "why": state.why,
        "asked_at": instant(state.asked_at),
        "me": state.me,
        "me_name": state.me_name,
        "last_sync_at": instant(state.last_sync_at),
        "retry_at": instant(state.retry_at),
        "progress": [
            {
                "stream": part.stream,
                "phase": part.phase,
                "done": part.done,
                "total": part.total,
                "finished": part.finished,
            }
            for part in state.progress
        ],
    }
