"""Many tickets at once, and merging: accepted as jobs, done afterwards (Zendesk: job statuses)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agentconsole.demo.call import Answer, Call, Endpoint, delete, get, post, put
from agentconsole.demo.errors import ApiError, bad_request, not_found, too_many_values
from agentconsole.demo.jobs import Task
from agentconsole.demo.ticket_edit import create_ticket, delete_ticket, mark_as_spam, update_ticket
from agentconsole.demo.values import whole
from agentconsole.demo.work import Work

MANY = 100


def _job(call: Call, kind: str, tasks: Iterable[Task], *, channel: str = "api") -> Answer:
    jobs = call.helpdesk.jobs
    return Answer({"job_status": jobs.accept(call.work, kind, list(tasks), channel=channel)})


def create_many(call: Call) -> Answer:
    """`POST /tickets/create_many`."""

    def task(one: dict[str, Any]) -> Task:
        return Task("create", None, lambda work: create_ticket(work, one).ticket_id)

    return _job(call, "Bulk Create Ticket", [task(one) for one in _tickets(call)])


def _tickets(call: Call) -> list[dict[str, Any]]:
    given = call.json.get("tickets")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("ParameterMissing", "Required parameter missing: tickets")
    if len(given) > MANY:
        raise too_many_values(MANY)
    return given


def update_many(call: Call) -> Answer:
    """`PUT /tickets/update_many?ids=` with one change, or with a list of tickets."""
    if "ids" in call.query:
        change = call.record("ticket")
        changes = [(number, change) for number in call.ids(MANY)]
    else:
        changes = [(_number(one.get("id")), one) for one in _tickets(call)]

    def task(number: int, change: dict[str, Any]) -> Task:
        return Task("update", number, lambda work: update_ticket(work, number, change))

    return _job(call, "Bulk Update Ticket", [task(number, change) for number, change in changes])


def _number(given: Any) -> int:
    try:
        return whole(given)
    except ValueError:
        return 0


def _for_each(call: Call, kind: str, action: str, do: Callable[[Work, int], object]) -> Answer:
    def task(number: int) -> Task:
        return Task(action, number, lambda work: do(work, number))

    return _job(call, kind, [task(number) for number in call.ids(MANY)])


def destroy_many(call: Call) -> Answer:
    """`DELETE /tickets/destroy_many?ids=`."""
    return _for_each(call, "Bulk Delete Ticket", "delete", delete_ticket)


def mark_many_as_spam(call: Call) -> Answer:
    """`PUT /tickets/mark_many_as_spam?ids=`."""
    return _for_each(call, "Bulk Mark Ticket As Spam", "update", mark_as_spam)


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
    return _job(call, "Delete Tickets Permanently", [])


def merge(call: Call) -> Answer:
    """`POST /tickets/{target}/merge`: the sources get a last comment and are closed."""
    target = call.work.ticket(call.id())
    given = call.json.get("ids")
    if not isinstance(given, list) or not given:
        raise bad_request("ParameterMissing", "Required parameter missing: ids")
    sources = [call.work.ticket(_number(number)) for number in given]
    if len(sources) > MANY:
        raise too_many_values(MANY)
    if target["status"] == "closed" or any(
        source["status"] == "closed" or source["id"] == target["id"] for source in sources
    ):
        raise ApiError(422, {"error": "RecordInvalid", "description": "Closed tickets cannot be merged"})
    numbers = [int(source["id"]) for source in sources]
    given = dict(call.json)
    number = int(target["id"])
    task = Task("update", number, lambda work: _merge(work, number, numbers, given))
    return _job(call, "Ticket Merge", [task], channel="web")


def _merge(work: Work, target_id: int, source_ids: list[int], given: dict[str, Any]) -> None:
    target = work.ticket(target_id)
    numbers = ", ".join(f"#{number}" for number in source_ids)
    text = given.get("target_comment") or f"Requests {numbers} were closed and merged into this request."
    public = bool(given.get("target_comment_is_public", False))
    update_ticket(work, target_id, {"comment": {"body": str(text), "public": public}}, rel="merge")
    for number in source_ids:
        text = given.get("source_comment") or (
            f'This request was closed and merged into request #{target_id} "{target["subject"]}".'
        )
        public = bool(given.get("source_comment_is_public", False))
        change = {
            "comment": {"body": str(text), "public": public},
            "additional_tags": ["closed_by_merge"],
        }
        update_ticket(work, number, change, rel="merge")
        work.connection.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", (number,))
        work.connection.execute(
            "UPDATE ticket_slas SET stage = 'achieved', breach_at = NULL WHERE ticket_id = ?", (number,)
        )


def show_job(call: Call) -> Answer:
    """`GET /job_statuses/{id}`."""
    row = call.work.row("SELECT * FROM jobs WHERE id = ?", str(call.params["job_id"]))
    if row is None:
        raise not_found()
    return Answer({"job_status": call.helpdesk.jobs.shown(row, call.base)})


def list_jobs(call: Call) -> Answer:
    """`GET /job_statuses` and `/job_statuses/show_many?ids=`."""
    wanted = [part for part in call.query.get("ids", "").split(",") if part]
    if len(wanted) > MANY:
        raise too_many_values(MANY)
    rows = call.connection.execute("SELECT * FROM jobs ORDER BY created_at DESC, id").fetchall()
    jobs = [call.helpdesk.jobs.shown(row, call.base) for row in rows if not wanted or row["id"] in wanted]
    jobs = jobs[:MANY]
    return Answer({"job_statuses": jobs, "count": len(jobs), "next_page": None, "previous_page": None})


ENDPOINTS: tuple[Endpoint, ...] = (
    post("/tickets/create_many", create_many),
    put("/tickets/update_many", update_many),
    put("/tickets/mark_many_as_spam", mark_many_as_spam),
    delete("/tickets/destroy_many", destroy_many),
    post("/tickets/{id:int}/merge", merge),
    delete("/deleted_tickets/{id:int}", purge),
    get("/job_statuses", list_jobs),
    get("/job_statuses/show_many", list_jobs),
    get("/job_statuses/{job_id}", show_job),
)
