"""Writing many tickets with their threads and audits, fast."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import itertools
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from agentconsole.demo.images import dimensions
from agentconsole.demo.records import CompanyRecord, MessageRecord, TicketRecord
from agentconsole.demo.seeding_audits import Histories
from agentconsole.demo.statuses import STATUS_OF_CATEGORY
from agentconsole.demo.tags import spaced

BATCH = 2000
FIRST_EVENT_ID = 7_000_000_001
FIRST_ATTACHMENT_ID = 4_100_000_001

TICKET_COLUMNS = (
    "id", "subject", "description", "status", "custom_status_id", "priority", "type", "channel",
    "requester_id", "submitter_id", "assignee_id", "group_id", "organization_id", "form_id", "tags",
    "custom_fields", "email_cc_ids", "is_public", "satisfaction", "solved_at", "created_at", "updated_at",
    "generated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WrittenTickets:
    """The last ids that were given out."""

    last_ticket_id: int
    last_event_id: int
    last_attachment_id: int


@dataclass(slots=True)
class _Rows:
    tickets: list[tuple[object, ...]] = field(default_factory=list)
    slas: list[tuple[object, ...]] = field(default_factory=list)
    audits: list[tuple[object, ...]] = field(default_factory=list)
    comments: list[tuple[object, ...]] = field(default_factory=list)
    attachments: list[tuple[object, ...]] = field(default_factory=list)


def write_tickets(
    connection: sqlite3.Connection,
    company: CompanyRecord,
    tickets: Iterable[TicketRecord],
    now: int,
    progress: Callable[[int], None] | None,
) -> WrittenTickets:
    """Insert every ticket with its thread and its past, as of `now` (seconds)."""
    histories = Histories(company, now)
    form_id = next((form.id for form in company.forms if form.default), None)
    event_ids = itertools.count(FIRST_EVENT_ID)
    attachment_ids = itertools.count(FIRST_ATTACHMENT_ID)
    done = last_ticket = 0
    for batch in _batches(tickets, BATCH):
        rows = _Rows()
        for ticket in batch:
            last_ticket = max(last_ticket, ticket.id)
            rows.tickets.append(_ticket_row(ticket, form_id))
            rows.slas.extend((ticket.id, sla.metric, sla.stage, sla.breach_at, None) for sla in ticket.slas)
            _add_thread(rows, ticket, histories, event_ids, attachment_ids)
        for table, some in (
            (f"tickets ({', '.join(TICKET_COLUMNS)})", rows.tickets),
            ("ticket_slas", rows.slas),
            ("audits", rows.audits),
            ("comments", rows.comments),
            ("attachments", rows.attachments),
        ):
            if some:
                marks = ", ".join("?" * len(some[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
        done += len(batch)
        if progress is not None:
            progress(done)
    return WrittenTickets(last_ticket, next(event_ids), next(attachment_ids))


def _ticket_row(ticket: TicketRecord, form_id: int | None) -> tuple[object, ...]:
    description = ticket.messages[0].body if ticket.messages else ""
    solved_at = ticket.updated_at if ticket.status in ("solved", "closed") else None
    values = {str(field_id): value for field_id, value in ticket.custom_fields}
    return (
        ticket.id, ticket.subject, description, ticket.status, STATUS_OF_CATEGORY[ticket.status],
        ticket.priority, ticket.type, ticket.channel, ticket.requester_id, ticket.requester_id,
        ticket.assignee_id, ticket.group_id, ticket.organization_id,
        ticket.form_id or form_id, spaced(ticket.tags),
        json.dumps(values, ensure_ascii=False) if values else "{}",
        json.dumps(list(ticket.email_cc_ids)) if ticket.email_cc_ids else "[]",
        int(any(message.public for message in ticket.messages)), ticket.satisfaction, solved_at,
        ticket.created_at, ticket.updated_at, ticket.updated_at,
    )  # fmt: skip


def _add_thread(
    rows: _Rows,
    ticket: TicketRecord,
    histories: Histories,
    event_ids: Iterator[int],
    attachment_ids: Iterator[int],
) -> None:
    for audit in histories.audits(ticket):
        audit_id = next(event_ids)
        message = audit.message
        if message is not None:
            comment_id = next(event_ids)
            rows.comments.append(
                (
                    comment_id, ticket.id, audit_id, message.author_id, int(message.public), message.body,
                    message.html_body, message.channel, int(bool(message.attachments)), message.created_at,
                )
            )  # fmt: skip
            if message.attachments:
                rows.attachments.extend(_attachment_rows(message, comment_id, attachment_ids))
        for event in audit.events:
            event["id"] = next(event_ids)
        rows.audits.append(
            (
                audit_id, ticket.id, audit.author_id, audit.at, audit.channel, None, "{}",
                json.dumps(audit.events, ensure_ascii=False) if audit.events else "[]",
            )
        )  # fmt: skip


def _attachment_rows(
    message: MessageRecord, comment_id: int, attachment_ids: Iterator[int]
) -> Iterator[tuple[object, ...]]:
    for attachment in message.attachments:
        width, height = dimensions(attachment.content)
        yield (
            next(attachment_ids), secrets.token_urlsafe(24), None, comment_id, attachment.file_name,
            attachment.content_type, len(attachment.content), width, height, 0, attachment.content,
        )  # fmt: skip


def _batches(tickets: Iterable[TicketRecord], size: int) -> Iterator[list[TicketRecord]]:
    source = iter(tickets)
    while batch := list(itertools.islice(source, size)):
        yield batch
