"""What is done to a Zendesk ticket as a whole: making, merging, marking as spam, deleting; each exactly once.

Making carries an `Idempotency-Key`, which Zendesk keeps for two hours, and an `external_id`, by which the
ticket is found for good. A merge is a job on the server whose end is waited for; it leaves a comment on the
ticket that it closes, and by that it is found again. A ticket that is gone has been removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.changes import Applied, Change, Found, MergeInto, NewTicket, Step
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    Conflict,
    FieldsChanged,
    HelpdeskError,
    NotFound,
    Rejected,
    TryAgain,
)
from agentconsole.domain.tickets import RemoteTicket
from agentconsole.domain.times import SECOND, parse_instant
from agentconsole.helpdesks.zendesk import audit_wire, steps, wire
from agentconsole.helpdesks.zendesk.client import ZendeskClient
from agentconsole.helpdesks.zendesk.wire import Statuses
from agentconsole.text.normalise import normalise_for_match

JOB_WAITS: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 3.0, 3.0)
"""Seconds between two looks at a job; after the last one it is looked for later."""
MERGE_SETTLES: Final = 30 * SECOND
"""How long after a lost answer a merge that is not seen yet may still be under way: a second one would leave
its comments twice."""
_EXTERNAL_ID: Final = "agentconsole-"
_MERGED_TAG: Final = "closed_by_merge"


class WholeTickets:
    """Makes and looks for steps that concern a ticket as a whole."""

    def __init__(
        self,
        client: ZendeskClient,
        statuses: Callable[[], Statuses],
        clock: Clock,
        me: Callable[[], Awaitable[str]],
    ) -> None:
        self._client = client
        self._statuses = statuses
        self._clock = clock
        self._me = me

    async def create(self, change: Change, step: Step, uploads: list[str]) -> Applied:
        """Make the ticket."""
        if not isinstance(change.action, NewTicket):
            raise Rejected(f"{self._client.name}: there is no new ticket to make.")
        body = steps.create_body(
            change.action,
            change.message,
            uploads=uploads,
            metadata={wire.MARKER_KEY: change.uuid, wire.STEP_KEY: str(step.position)},
            external_id=_EXTERNAL_ID + change.uuid,
            submitter=await self._me(),
            macro=change.macro,
        )
        try:
            answer = await self._client.http.write(
                "POST", "tickets", body=body, headers={"Idempotency-Key": change.uuid}
            )
        except Conflict as error:
            # The same request is still being worked on.
            raise TryAgain(error.sentence) from error
        except Rejected as error:
            await self.explain(body, error)
            raise
        data = answer.data if isinstance(answer.data, dict) else {}
        return self._made(data)

    async def explain(self, body: Mapping[str, Any], error: Rejected) -> None:
        """Say in plain words why a ticket's values were refused, where that is known.

        Raises:
            FieldsChanged: Its form has gone.
        """
        if await self._is_gone(body["ticket"].get("ticket_form_id")):
            raise FieldsChanged(
                f"{self._client.name}: the form that was chosen for the ticket is not in use any more; "
                "choose another one.",
                reasons=error.reasons,
            ) from error

    async def _is_gone(self, form: object) -> bool:
        """Whether a ticket form has been deleted or switched off, as far as the helpdesk says so."""
        if form is None:
            return False
        try:
            row = (await self._client.get(f"ticket_forms/{form}", urgent=True)).get("ticket_form")
        except NotFound:
            return True
        except HelpdeskError:
            return False
        return isinstance(row, dict) and row.get("active") is False

    def _made(self, data: Mapping[str, Any]) -> Applied:
        row = data.get("ticket")
        number = str(row.get("id")) if isinstance(row, dict) else ""
        made = applied_of(number, data, self._statuses()) if number.isdigit() else Applied()
        if made.ticket is None:
            raise BadAnswer(f"{self._client.name}: the new ticket was answered without a ticket.")
        return made

    async def merge(self, change: Change, step: Step) -> Applied:
        """Merge the ticket into another, and wait for the end of the job."""
        action, source = self._merging(change)
        before = await self._ticket(source)
        if before.status == "closed":
            found = await self._find_merge(change, action, source, before)
            if found.verdict == "applied":
                return found.applied or Applied()
            raise Rejected(f"{self._client.name}: #{source} is closed, so it cannot be merged.")
        data = await self._client.send(
            "POST", f"tickets/{action.target}/merge", steps.merge_body(source, action)
        )
        job = data.get("job_status")
        if not isinstance(job, dict) or not isinstance(job.get("id"), str):
            raise BadAnswer(f"{self._client.name}: the merge of #{source} was answered without a job.")
        try:
            ended = await self._job(job)
            after = await self._ticket(source)
        except AnswerLost:
            raise
        except HelpdeskError as error:
            # The merge itself was accepted, so whatever these reads met, it may be done.
            raise AnswerLost(error.sentence) from error
        if after.status == "closed":
            if ended.get("status") == "completed":
                return Applied(ticket=replace(after, merged_into=action.target))
            found = await self._find_merge(change, action, source, after)
            if found.verdict == "applied" and found.applied is not None:
                return found.applied
        raise Rejected(
            f"{self._client.name}: #{source} was not merged into #{action.target}: "
            f"{_why(ended) or 'the helpdesk gave no reason'}."
        )

    async def _job(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        for wait in JOB_WAITS:
            await asyncio.sleep(wait)
            data = await self._client.get(f"job_statuses/{job['id']}", urgent=True)
            told = data.get("job_status")
            if isinstance(told, dict) and told.get("status") not in ("queued", "working"):
                return told
        raise AnswerLost(f"{self._client.name}: the merge is still being worked on by the helpdesk.")

    async def remove(self, change: Change, step: Step) -> Applied:
        """Mark the ticket as spam, or delete it; one that is gone already needs nothing."""
        number = self._number(change)
        try:
            if step.kind == steps.SPAM:
                await self._client.http.write("PUT", f"tickets/{number}/mark_as_spam", body={})
            else:
                await self._client.http.write("DELETE", f"tickets/{number}")
        except NotFound:
            return Applied()
        return Applied()

    async def find(self, change: Change, step: Step) -> Found:
        """Look on the server whether such a step has been applied."""
        if step.kind == steps.CREATE:
            data = await self._client.get("tickets", {"external_id": _EXTERNAL_ID + change.uuid}, urgent=True)
            rows = data.get("tickets")
            if not isinstance(rows, list) or not rows:
                # Sent again, the same key makes no second one.
                return Found("absent")
            return Found("applied", self._made({"ticket": rows[0]}))
        if step.kind == steps.MERGE:
            action, source = self._merging(change)
            try:
                ticket = await self._ticket(source)
            except NotFound:
                return Found("absent")
            found = await self._find_merge(change, action, source, ticket)
            started = step.started_at or change.created_at
            if found.verdict == "absent" and self._clock.now() < started + MERGE_SETTLES:
                raise TryAgain(f"{self._client.name}: the merge of #{source} may still be under way.")
            return found
        try:
            await self._ticket(self._number(change))
        except NotFound:
            return Found("applied", Applied())
        return Found("absent")

    async def _find_merge(
        self, change: Change, action: MergeInto, source: str, ticket: RemoteTicket
    ) -> Found:
        if ticket.status != "closed":
            return Found("absent")
        page = await self._client.page(
            f"tickets/{source}/comments", "comments", None, {"sort": "-created_at"}, urgent=True
        )
        comments, _ = wire.parse_all("message", page.rows, lambda row: wire.message(row, source))
        wanted = normalise_for_match(steps.merge_comment(action))
        since = _instant(change.base_version)
        if any(
            normalise_for_match(each.raw_text) == wanted and each.created_at >= since for each in comments
        ):
            return Found("applied", Applied(ticket=replace(ticket, merged_into=action.target)))
        # Closed, but by whom and into what nobody says for sure.
        return Found("unsure" if _MERGED_TAG in str(ticket.fields.get("tags")) else "absent")

    def _merging(self, change: Change) -> tuple[MergeInto, str]:
        if not isinstance(change.action, MergeInto):
            raise Rejected(f"{self._client.name}: there is nothing to merge.")
        return change.action, self._number(change)

    def _number(self, change: Change) -> str:
        if change.remote_ticket is None:
            raise Rejected(f"{self._client.name}: this ticket is not on the helpdesk yet.")
        return change.remote_ticket

    async def _ticket(self, number: str) -> RemoteTicket:
        data = await self._client.get(f"tickets/{number}", {"include": "slas"}, urgent=True)
        tickets, bad = wire.parse_all(
            "ticket", [data.get("ticket")], lambda row: wire.ticket(row, self._statuses())
        )
        if not tickets:
            raise BadAnswer(f"{self._client.name}: #{number} cannot be read: {bad[0].reason}.")
        if tickets[0].deleted:
            raise NotFound(f"{self._client.name}: #{number} has been deleted.")
        return tickets[0]


def applied_of(ticket_id: str, data: Mapping[str, Any], statuses: Statuses) -> Applied:
    """Read what a write answered: the ticket, and the message and changes that its audit tells of."""
    tickets, _ = wire.parse_all("ticket", [data.get("ticket")], lambda row: wire.ticket(row, statuses))
    told = data.get("audit")
    row = [{"ticket_id": int(ticket_id), **told}] if isinstance(told, dict) else []
    found, _ = wire.parse_all("message", row, lambda each: audit_wire.audit(each, statuses))
    messages = audit_wire.in_order(found)
    message = next((each for each in messages if each.kind != "event"), None)
    return Applied(
        ticket=tickets[0] if tickets else None,
        message=message,
        events=tuple(each for each in messages if each.kind == "event"),
        result={"message": message.remote_id} if message is not None else None,
    )


def _why(job: Mapping[str, Any]) -> str:
    told = job.get("message")
    results = job.get("results")
    for one in results if isinstance(results, list) else ():
        if isinstance(one, dict) and (one.get("details") or one.get("error")):
            told = one.get("details") or one.get("error")
    return " ".join(str(told).split())[:200].rstrip(".") if told else ""


def _instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError:
        return 0
