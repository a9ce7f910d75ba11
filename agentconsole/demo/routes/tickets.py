"""Tickets: list, show, create, update, delete (Zendesk: tickets)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from agentconsole.demo import sideloads
from agentconsole.demo import tags as tag_text
from agentconsole.demo.call import DELETE_LIMIT, UPDATE_LIMIT, Answer, Call, Endpoint, delete, get, post, put
from agentconsole.demo.errors import ApiError, bad_request, not_found
from agentconsole.demo.paging import Source, paged
from agentconsole.demo.present import threads
from agentconsole.demo.present.tickets import TicketPresenter
from agentconsole.demo.ticket_edit import (
    Outcome,
    create_ticket,
    delete_ticket,
    mark_as_spam,
    restore_ticket,
    update_ticket,
)

IDEMPOTENCY_SECONDS = 2 * 3600

STATUS_RANK = (
    "CASE status WHEN 'new' THEN 0 WHEN 'open' THEN 1 WHEN 'pending' THEN 2 "
    "WHEN 'hold' THEN 3 WHEN 'solved' THEN 4 ELSE 5 END"
)
PRIORITY_RANK = (
    "CASE priority WHEN 'low' THEN 1 WHEN 'normal' THEN 2 WHEN 'high' THEN 3 WHEN 'urgent' THEN 4 ELSE 0 END"
)
SORTS = {
    "id": "id",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "status": STATUS_RANK,
    "priority": PRIORITY_RANK,
    "subject": "subject",
    "assignee": "COALESCE(assignee_id, 0)",
    "assignee.name": "COALESCE(assignee_id, 0)",
    "group": "COALESCE(group_id, 0)",
    "requester": "requester_id",
}
CURSOR_SORTS = {"id": "id", "updated_at": "updated_at", "status": STATUS_RANK}


def ticket_page(call: Call, where: str, *values: object) -> dict[str, Any]:
    """A page of the live tickets that meet `where`, with the sideloads that are asked for."""
    presenter = TicketPresenter(call.connection, call.api)
    source = Source(
        f"FROM tickets WHERE deleted_at IS NULL AND {where}", values, sorts=SORTS, cursor_sorts=CURSOR_SORTS
    )
    body = paged(call, "tickets", source, presenter.many)
    return {**body, **sideloads.add_to_tickets(call, body["tickets"])}


def list_tickets(call: Call) -> Answer:
    """`GET /tickets`, also by `?external_id=`."""
    if "external_id" in call.query:
        return Answer(ticket_page(call, "external_id = ?", call.query["external_id"]))
    return Answer(ticket_page(call, "1"))


def recent_tickets(call: Call) -> Answer:
    """`GET /tickets/recent`: what the signed-in agent holds."""
    return Answer(ticket_page(call, "assignee_id = ?", call.me.id))


def count_tickets(call: Call) -> Answer:
    """`GET /tickets/count`."""
    row = call.connection.execute("SELECT COUNT(*) FROM tickets WHERE deleted_at IS NULL").fetchone()
    return Answer({"count": {"value": row[0], "refreshed_at": None}})


def show_tickets(call: Call) -> Answer:
    """`GET /tickets/show_many?ids=`; ids that do not exist are left out."""
    presenter = TicketPresenter(call.connection, call.api)
    rows = sideloads.rows_by_id(call.connection, "tickets", call.ids())
    tickets = presenter.many(row for row in rows if row["deleted_at"] is None)
    body = {"tickets": tickets, "next_page": None, "previous_page": None, "count": len(tickets)}
    return Answer({**body, **sideloads.add_to_tickets(call, tickets)})


def show_ticket(call: Call) -> Answer:
    """`GET /tickets/{id}`."""
    ticket = TicketPresenter(call.connection, call.api).one(call.work.ticket(call.id()))
    return Answer({"ticket": ticket, **sideloads.add_to_tickets(call, [ticket])})


def written(call: Call, outcome: Outcome, status: int = 200) -> Answer:
    """The ticket and the audit after a write."""
    row = call.work.ticket(outcome.ticket_id)
    body: dict[str, Any] = {"ticket": TicketPresenter(call.connection, call.api).one(row)}
    if outcome.audit_id is not None:
        audit = call.connection.execute("SELECT * FROM audits WHERE id = ?", (outcome.audit_id,)).fetchall()
        body["audit"] = threads.audits(call.connection, audit, call.base)[0]
    else:
        body["audit"] = None
    headers = {"Location": body["ticket"]["url"]} if status == 201 else {}
    return Answer(body, status, headers)


def post_ticket(call: Call) -> Answer:
    """`POST /tickets`, once for each `Idempotency-Key` (Zendesk: idempotency; kept two hours)."""
    key = call.headers.get("idempotency-key")
    if not key:
        return _create(call)
    if len(key) > 255:
        raise bad_request("IdempotentRequestError", "The idempotency key is longer than 255 characters")
    call.connection.execute("DELETE FROM idempotency WHERE created_at < ?", (call.now - IDEMPOTENCY_SECONDS,))
    digest = hashlib.sha256(call.body).hexdigest()
    earlier = call.connection.execute(
        "SELECT * FROM idempotency WHERE key = ? AND user_id = ?", (key, call.me.id)
    ).fetchone()
    if earlier is not None:
        if earlier["digest"] != digest:
            raise bad_request(
                "IdempotentRequestError", "Request parameters don't match the given idempotency key"
            )
        headers = {**json.loads(earlier["headers"]), "x-idempotency-lookup": "hit"}
        return Answer(json.loads(earlier["body"]), earlier["status"], headers)
    answer = _create(call)
    call.connection.execute(
        "INSERT OR REPLACE INTO idempotency (key, user_id, digest, status, body, headers, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            call.me.id,
            digest,
            answer.status,
            json.dumps(answer.body),
            json.dumps(dict(answer.headers)),
            call.now,
        ),
    )
    return Answer(answer.body, answer.status, {**answer.headers, "x-idempotency-lookup": "miss"})


def _create(call: Call) -> Answer:
    return written(call, create_ticket(call.work, call.record("ticket")), 201)


def put_ticket(call: Call) -> Answer:
    """`PUT /tickets/{id}`: fields and a comment in one step."""
    return written(call, update_ticket(call.work, call.id(), call.record("ticket")))


def remove_ticket(call: Call) -> Answer:
    """`DELETE /tickets/{id}`: softly."""
    delete_ticket(call.work, call.id())
    return Answer(None, 204)


def spam(call: Call) -> Answer:
    """`PUT /tickets/{id}/mark_as_spam`."""
    mark_as_spam(call.work, call.id())
    return Answer({})


def deleted_tickets(call: Call) -> Answer:
    """`GET /deleted_tickets`: oldest first."""

    def shown(rows: Any) -> list[dict[str, Any]]:
        presenter = TicketPresenter(call.connection, call.api)
        return [
            {
                "id": ticket["id"],
                "subject": ticket["subject"],
                "description": ticket["description"],
                "actor": {
                    "id": row["deleted_by"],
                    "name": (call.work.user(row["deleted_by"]) or {"name": ""})["name"],
                },
                "deleted_at": ticket["updated_at"],
                "previous_state": row["previous_status"],
            }
            for row, ticket in ((row, presenter.one(row)) for row in rows)
        ]

    source = Source(
        "FROM tickets WHERE deleted_at IS NOT NULL AND description != ''", default_sort="created_at"
    )
    return Answer(paged(call, "deleted_tickets", source, shown))


def restore(call: Call) -> Answer:
    """`PUT /deleted_tickets/{id}/restore`."""
    restore_ticket(call.work, call.id())
    return Answer({})


def related(call: Call) -> Answer:
    """`GET /tickets/{id}/related`."""
    row = call.work.ticket(call.id())
    incidents = call.connection.execute(
        "SELECT COUNT(*) FROM tickets WHERE problem_id = ? AND deleted_at IS NULL", (row["id"],)
    ).fetchone()[0]
    source = row["followup_source_id"]
    return Answer(
        {
            "ticket_related": {
                "url": f"{call.api}/tickets/{row['id']}/related.json",
                "topic_id": None,
                "jira_issue_ids": [],
                "followup_source_ids": [str(source)] if source else [],
                "from_archive": False,
                "incidents": incidents,
                "twitter": None,
            }
        }
    )


def incidents(call: Call) -> Answer:
    """`GET /tickets/{id}/incidents`."""
    call.work.ticket(call.id())
    return Answer(ticket_page(call, "problem_id = ?", call.id()))


def ticket_slas(call: Call) -> Answer:
    """`GET /tickets/{id}/slas/policy_metrics`."""
    ticket: dict[str, Any] = {"id": call.work.ticket(call.id())["id"]}
    sideloads.add_slas(call, [ticket])
    return Answer(ticket["slas"])


def show_tags(call: Call) -> Answer:
    """`GET /tickets/{id}/tags`."""
    return _tags(call.work.ticket(call.id()))


def _tags(row: sqlite3.Row, status: int = 200) -> Answer:
    return Answer({"tags": tag_text.listed(row["tags"])}, status)


def _change_tags(call: Call, key: str) -> sqlite3.Row:
    given = call.json.get("tags")
    if not isinstance(given, list):
        raise bad_request("ParameterMissing", "Required parameter missing: tags")
    change: dict[str, Any] = {
        key: given,
        **{name: call.json[name] for name in ("safe_update", "updated_stamp") if name in call.json},
    }
    update_ticket(call.work, call.id(), change)
    return call.work.ticket(call.id())


def post_tags(call: Call) -> Answer:
    """`POST /tickets/{id}/tags`: sets them."""
    return _tags(_change_tags(call, "tags"), 201)


def put_tags(call: Call) -> Answer:
    """`PUT /tickets/{id}/tags`: adds them."""
    return _tags(_change_tags(call, "additional_tags"))


def delete_tags(call: Call) -> Answer:
    """`DELETE /tickets/{id}/tags` with a body: removes them."""
    return _tags(_change_tags(call, "remove_tags"))


def tickets_of_user(kind: str) -> Any:
    """`GET /users/{id}/tickets/requested|assigned|ccd`."""
    conditions = {
        "requested": "requester_id = ?",
        "assigned": "assignee_id = ?",
        "ccd": "EXISTS (SELECT 1 FROM json_each(email_cc_ids) c WHERE c.value = ?)",
    }

    def handler(call: Call) -> Answer:
        if call.work.user(call.id()) is None:
            raise not_found()
        return Answer(ticket_page(call, conditions[kind], call.id()))

    return handler


def tickets_of_organization(call: Call) -> Answer:
    """`GET /organizations/{id}/tickets`."""
    return Answer(ticket_page(call, "organization_id = ?", call.id()))


def user_update_limit(call: Call) -> None:
    """30 updates in ten minutes for one person on one ticket, when the original's limits are on.

    Raises:
        ApiError: 429.
    """
    if not call.helpdesk.settings.endpoint_limits:
        return
    quota = call.helpdesk.limiter.take(f"update:{call.me.id}:{call.id()}", 30, 600)
    if quota.exceeded:
        raise ApiError(
            429,
            {
                "error": "APIRateLimitExceeded",
                "description": "Number of allowed updates of this ticket exceeded",
            },
            {"Retry-After": str(quota.resets)},
        )


def limited_put_ticket(call: Call) -> Answer:
    """`PUT /tickets/{id}` under its limits."""
    user_update_limit(call)
    return put_ticket(call)


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/tickets", list_tickets),
    post("/tickets", post_ticket),
    get("/tickets/count", count_tickets),
    get("/tickets/recent", recent_tickets),
    get("/tickets/show_many", show_tickets),
    get("/tickets/{id:int}", show_ticket),
    put("/tickets/{id:int}", limited_put_ticket, limit=UPDATE_LIMIT),
    delete("/tickets/{id:int}", remove_ticket, limit=DELETE_LIMIT),
    put("/tickets/{id:int}/mark_as_spam", spam),
    get("/tickets/{id:int}/related", related),
    get("/tickets/{id:int}/incidents", incidents),
    get("/tickets/{id:int}/slas/policy_metrics", ticket_slas),
    get("/tickets/{id:int}/tags", show_tags),
    post("/tickets/{id:int}/tags", post_tags),
    put("/tickets/{id:int}/tags", put_tags),
    delete("/tickets/{id:int}/tags", delete_tags),
    get("/deleted_tickets", deleted_tickets),
    put("/deleted_tickets/{id:int}/restore", restore),
    get("/users/{id:int}/tickets/requested", tickets_of_user("requested")),
    get("/users/{id:int}/tickets/assigned", tickets_of_user("assigned")),
    get("/users/{id:int}/tickets/ccd", tickets_of_user("ccd")),
    get("/organizations/{id:int}/tickets", tickets_of_organization),
)
