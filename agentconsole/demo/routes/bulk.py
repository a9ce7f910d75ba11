"""Many tickets at once, and merging: done at once, answered as a finished job (Zendesk: job statuses)."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from agentconsole.demo.call import Answer, Call, Endpoint, delete, get, post, put
from agentconsole.demo.errors import ApiError, bad_request, not_found, too_many_values
from agentconsole.demo.ticket_edit import create_ticket, delete_ticket, update_ticket
from agentconsole.demo.values import whole
from agentconsole.demo.work import Work

MANY = 100


def job_json(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A job's state."""
    return {
        "id": row["id"],
        "url": f"{api}/job_statuses/{row['id']}.json",
        "job_type": row["job_type"],
        "total": row["total"],
        "progress": row["total"],
        "status": "completed",
        "message": None,
        "results": json.loads(row["results"]),
    }


def _job(call: Call, kind: str, results: Sequence[dict[str, Any]]) -> Answer:
    """Keep a finished job; the first answer says `queued`, as the original's does."""
    job_id = f"V3-{secrets.token_hex(16)}"
    call.connection.execute(
        "INSERT INTO jobs (id, job_type, results, total, created_at) VALUES (?, ?, ?, ?, ?)",
        (job_id, kind, json.dumps(list(results)), len(results), call.now),
    )
    return Answer(
        {
            "job_status": {
                "id": job_id,
                "url": f"{call.api}/job_statuses/{job_id}.json",
                "job_type": kind,
                "total": len(results),
                "progress": None,
                "status": "queued",
                "message": None,
                "results": None,
            }
        }
    )


def _each(
    call: Call, action: str, jobs: Sequence[tuple[int | None, Callable[[], int]]]
) -> list[dict[str, Any]]:
    """Run every job in a savepoint of its own: one that fails leaves the others alone."""
    results: list[dict[str, Any]] = []
    for index, (ticket_id, job) in enumerate(jobs):
        call.connection.execute("SAVEPOINT one")
        try:
            done = job()
        except ApiError as error:
            call.connection.execute("ROLLBACK TO one")
            details = error.body.get("details") or error.body.get("description") or error.body.get("error")
            results.append(
                {
                    "index": index,
                    "id": ticket_id,
                    "action": action,
                    "success": False,
                    "status": "Failed",
                    "error": error.body.get("error", "Error"),
                    "details": json.dumps(details),
                }
            )
        else:
            results.append(
                {
                    "index": index,
                    "id": done,
                    "action": action,
                    "success": True,
                    "status": f"{action}d".capitalize(),
                }
            )
        call.connection.execute("RELEASE one")
    return results


def create_many(call: Call) -> Answer:
    """`POST /tickets/create_many`."""
    given = _tickets(call)
    work = call.work
    jobs = [(None, lambda one=one: create_ticket(work, one).ticket_id) for one in given]
    return _job(call, "Bulk Create Ticket", _each(call, "create", jobs))


def _tickets(call: Call) -> list[dict[str, Any]]:
    given = call.json.get("tickets")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("ParameterMissing", "Required parameter missing: tickets")
    if len(given) > MANY:
        raise too_many_values(MANY)
    return given


def update_many(call: Call) -> Answer:
    """`PUT /tickets/update_many?ids=` with one change, or with a list of tickets."""
    work = call.work
    if "ids" in call.query:
        change = call.record("ticket")
        changes = [(number, change) for number in call.ids(MANY)]
    else:
        changes = [(_number(one.get("id")), one) for one in _tickets(call)]
    jobs = [
        (number, lambda number=number, change=change: update_ticket(work, number, change).ticket_id)
        for number, change in changes
    ]
    return _job(call, "Bulk Update Ticket", _each(call, "update", jobs))


def _number(given: Any) -> int:
    try:
        return whole(given)
    except ValueError:
        return 0


def destroy_many(call: Call) -> Answer:
    """`DELETE /tickets/destroy_many?ids=`."""
    work = call.work

    def remove(number: int) -> int:
        delete_ticket(work, number)
        return number

    jobs = [(number, lambda number=number: remove(number)) for number in call.ids(MANY)]
    return _job(call, "Bulk Delete Ticket", _each(call, "delete", jobs))


def purge(call: Call) -> Answer:
    """`DELETE /deleted_tickets/{id}`: the text is gone for good; the export still names the ticket."""
    ticket_id = call.id()
    row = call.work.row("SELECT 1 FROM tickets WHERE id = ? AND deleted_at IS NOT NULL", ticket_id)
    if row is None:
        raise not_found()
    call.connection.execute("DELETE FROM comments WHERE ticket_id = ?", (ticket_id,))
    call.connection.execute("DELETE FROM audits WHERE ticket_id = ?", (ticket_id,))
    call.connection.execute(
        "UPDATE tickets SET subject = 'SCRUBBED', description = '', tags = '', custom_fields = '{}', "
        "generated_at = ? WHERE id = ?",
        (call.helpdesk.generated_stamp(call.now), ticket_id),
    )
    answer = _job(call, "Delete Tickets Permanently", [])
    return answer


def merge(call: Call) -> Answer:
    """`POST /tickets/{target}/merge`: the sources get a last comment and are closed."""
    target = call.work.ticket(call.id())
    given = call.json.get("ids")
    if not isinstance(given, list) or not given:
        raise bad_request("ParameterMissing", "Required parameter missing: ids")
    sources = [call.work.ticket(_number(number)) for number in given]
    if any(source["status"] == "closed" or source["id"] == target["id"] for source in sources):
        raise ApiError(422, {"error": "RecordInvalid", "description": "Closed tickets cannot be merged"})
    work = call.work
    merged = Work(work.helpdesk, work.connection, work.now, work.actor_id, "web", work.base)
    numbers = ", ".join(f"#{source['id']}" for source in sources)
    target_text = (
        call.json.get("target_comment") or f"Requests {numbers} were closed and merged into this request."
    )
    public = bool(call.json.get("target_comment_is_public", False))
    update_ticket(
        merged, target["id"], {"comment": {"body": str(target_text), "public": public}}, rel="merge"
    )
    for source in sources:
        source_text = call.json.get("source_comment") or (
            f'This request was closed and merged into request #{target["id"]} "{target["subject"]}".'
        )
        source_public = bool(call.json.get("source_comment_is_public", False))
        update_ticket(
            merged,
            source["id"],
            {
                "comment": {"body": str(source_text), "public": source_public},
                "additional_tags": ["closed_by_merge"],
            },
            rel="merge",
        )
        call.connection.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", (source["id"],))
        call.connection.execute(
            "UPDATE ticket_slas SET stage = 'achieved', breach_at = NULL WHERE ticket_id = ?", (source["id"],)
        )
    return _job(call, "Ticket Merge", [])


def show_job(call: Call) -> Answer:
    """`GET /job_statuses/{id}`."""
    row = call.work.row("SELECT * FROM jobs WHERE id = ?", str(call.params["job_id"]))
    if row is None:
        raise not_found()
    return Answer({"job_status": job_json(row, call.api)})


def list_jobs(call: Call) -> Answer:
    """`GET /job_statuses` and `/job_statuses/show_many?ids=`."""
    wanted = [part for part in call.query.get("ids", "").split(",") if part]
    rows = call.connection.execute("SELECT * FROM jobs ORDER BY created_at DESC LIMIT 100").fetchall()
    jobs = [job_json(row, call.api) for row in rows if not wanted or row["id"] in wanted]
    return Answer({"job_statuses": jobs, "count": len(jobs), "next_page": None, "previous_page": None})


ENDPOINTS: tuple[Endpoint, ...] = (
    post("/tickets/create_many", create_many),
    put("/tickets/update_many", update_many),
    delete("/tickets/destroy_many", destroy_many),
    post("/tickets/{id:int}/merge", merge),
    delete("/deleted_tickets/{id:int}", purge),
    get("/job_statuses", list_jobs),
    get("/job_statuses/show_many", list_jobs),
    get("/job_statuses/{job_id}", show_job),
)
