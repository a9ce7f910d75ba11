"""Writing to Zendesk: uploads, the one PUT, and looking for a write whose answer was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.changes import Applied, Change, Found, Step
from agentconsole.domain.errors import BadAnswer, EndlessListing, NotFound, Rejected, StoreError
from agentconsole.domain.times import MINUTE, parse_instant
from agentconsole.helpdesks.zendesk import steps, wire
from agentconsole.helpdesks.zendesk.client import ZendeskClient
from agentconsole.helpdesks.zendesk.whole import WholeTickets, applied_of

LOOK_BACK: Final = 5 * MINUTE
"""How much further back than the write itself the audits are looked through."""
_MOST_AUDIT_PAGES: Final = 100


class TicketWriter:
    """Makes the steps of Changes."""

    def __init__(
        self,
        client: ZendeskClient,
        read_file: Callable[[str], bytes] | None,
        statuses: Callable[[], wire.Statuses],
        clock: Clock,
        me: Callable[[], Awaitable[str]],
    ) -> None:
        self._client = client
        self._read_file = read_file
        self._statuses = statuses
        self._whole = WholeTickets(client, statuses, clock, me)

    async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
        """Make one step, by exactly one writing request.

        Raises:
            HelpdeskError: As the port says.
        """
        if step.kind == steps.UPLOAD:
            return await self._upload(change, step)
        if step.kind == steps.CREATE:
            return await self._whole.create(change, step, self._uploads(change))
        if step.kind == steps.MERGE:
            return await self._whole.merge(change, step)
        if step.kind in (steps.SPAM, steps.DELETE):
            return await self._whole.remove(change, step)
        return await self._update(change, step, base_version)

    async def find_applied(self, change: Change, step: Step) -> Found:
        """Look through the ticket's audits for the marker that the write carried.

        A file that was uploaded in vain harms nobody, so a lost upload counts as absent. What is done to a
        ticket as a whole has other signs.
        """
        if step.kind in steps.WHOLE:
            return await self._whole.find(change, step)
        if step.kind == steps.UPLOAD or change.remote_ticket is None:
            return Found("absent")
        # The version is the server's own time, so a clock that is wrong here can't hide the audit.
        since = (
            min(step.started_at or change.created_at, _instant(change.base_version, change.created_at))
            - LOOK_BACK
        )
        after: str | None = None
        for _ in range(_MOST_AUDIT_PAGES):
            try:
                page = await self._audits(change.remote_ticket, after)
            except NotFound:
                return Found("absent")
            except EndlessListing:
                return Found("unsure")
            audits = (
                [row for row in page.rows if isinstance(row, dict)] if isinstance(page.rows, list) else []
            )
            for audit in audits:
                uuid, number = wire.marker(audit.get("metadata"))
                if uuid == change.uuid and number in (None, step.position):
                    return Found("applied", await self._found(change.remote_ticket, audit))
            times = [_instant(str(audit.get("created_at")), 0) for audit in audits]
            newest_first = len(times) < 2 or times[0] >= times[-1]
            if not page.more or (times and newest_first and times[-1] < since):
                return Found("absent")
            after = page.after
        return Found("unsure")

    async def _audits(self, ticket: str, after: str | None) -> Any:
        path = f"tickets/{ticket}/audits"
        try:
            return await self._client.page(path, "audits", after, {"sort": "-created_at"}, urgent=True)
        except Rejected:
            return await self._client.page(path, "audits", after, urgent=True)

    async def _found(self, ticket: str, audit: Mapping[str, Any]) -> Applied:
        try:
            data = await self._client.get(f"tickets/{ticket}", {"include": "slas"}, urgent=True)
        except NotFound:
            # It was deleted or merged since; what was written has arrived all the same.
            data = {}
        return self._applied(ticket, {**data, "audit": audit})

    async def _upload(self, change: Change, step: Step) -> Applied:
        number = int(step.payload.get("attachment", 0))
        files = change.message.attachments if change.message is not None else ()
        if self._read_file is None or number >= len(files):
            raise Rejected(f"{self._client.name}: the file to attach is not there any more; attach it again.")
        file = files[number]
        try:
            content = self._read_file(file.sha256)
        except (OSError, KeyError, StoreError) as error:
            raise Rejected(
                f"{self._client.name}: {file.file_name} cannot be read; attach it again."
            ) from error
        answer = await self._client.http.write(
            "POST",
            "uploads",
            params={"filename": file.file_name},
            content=content,
            content_type=_header_safe(file.content_type),
        )
        upload = answer.data.get("upload") if isinstance(answer.data, dict) else None
        token = upload.get("token") if isinstance(upload, dict) else None
        if not isinstance(upload, dict) or not isinstance(token, str) or not token:
            raise BadAnswer(f"{self._client.name}: the upload was answered without a token.")
        expires = upload.get("expires_at")
        return Applied(
            result={"token": token},
            expires_at=_instant(expires, 0) or None if isinstance(expires, str) else None,
        )

    def _uploads(self, change: Change) -> list[str]:
        return [
            str(each.result["token"])
            for each in change.steps
            if each.kind == steps.UPLOAD and each.result and each.result.get("token")
        ]

    async def _update(self, change: Change, step: Step, base_version: str) -> Applied:
        if change.remote_ticket is None:
            raise Rejected(f"{self._client.name}: this ticket is not on the helpdesk yet.")
        path = f"tickets/{change.remote_ticket}"
        if not change.edits and change.message is None:
            # Everything that was asked for is so already.
            return self._applied(change.remote_ticket, await self._client.get(path))
        body = steps.ticket_body(
            change.edits,
            change.message,
            uploads=self._uploads(change),
            base_version=base_version,
            metadata={wire.MARKER_KEY: change.uuid, wire.STEP_KEY: str(step.position)},
            macro=change.macro,
        )
        try:
            data = await self._client.send("PUT", path, body)
        except Rejected as error:
            await self._whole.explain(body, error)
            raise
        if not isinstance(data.get("ticket"), dict):
            raise BadAnswer(
                f"{self._client.name}: the update of #{change.remote_ticket} was answered without a ticket."
            )
        return self._applied(change.remote_ticket, data)

    def _applied(self, ticket_id: str, data: Mapping[str, Any]) -> Applied:
        return applied_of(ticket_id, data, self._statuses())


def _instant(text: str, otherwise: int) -> int:
    try:
        return parse_instant(text)
    except ValueError:
        return otherwise


def _header_safe(content_type: str) -> str:
    usable = content_type.isascii() and content_type.isprintable() and "/" in content_type
    return content_type if usable else "application/octet-stream"
