"""Writing to Request Tracker: the message, the fields, and looking for a message whose answer was lost.

RT compares versions on the PUT of fields alone, and not atomically. So the ticket is read before each write
and the write is refused here when it has moved; between the two somebody can still come in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from agentconsole.domain.changes import Applied, Change, FieldEdit, Found, Step
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    Conflict,
    HelpdeskError,
    NotFound,
    Rejected,
    StoreError,
    Unreachable,
)
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.tickets import FieldValues, RemoteTicket
from agentconsole.domain.times import MINUTE, SECOND, parse_instant
from agentconsole.helpdesks.parsing import parse_all
from agentconsole.helpdesks.rt import steps, thread_wire, wire
from agentconsole.helpdesks.rt.client import PAGE, RtClient
from agentconsole.helpdesks.rt.options import Known
from agentconsole.helpdesks.rt.threads import Threads
from agentconsole.helpdesks.rt.whole import WholeTickets
from agentconsole.text.normalise import normalise_for_match

_CLOCKS_DIFFER: Final = 2 * MINUTE
_MOST_HISTORY_PAGES: Final = 50
_FENCES_KEPT: Final = 2000
_VERSION: Final = "version"
_STATUS: Final = "status"


class TicketWriter:
    """Makes the steps of Changes."""

    def __init__(
        self,
        client: RtClient,
        known: Known,
        threads: Threads,
        read_file: Callable[[str], bytes] | None,
    ) -> None:
        self._client = client
        self._known = known
        self._threads = threads
        self._read_file = read_file
        self._whole = WholeTickets(client, known, threads)
        self._fences: OrderedDict[tuple[str, int], int] = OrderedDict()
        """The newest transaction of the ticket before a message was first sent: it has a higher number."""

    async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
        """Make one step, by exactly one writing request.

        Raises:
            HelpdeskError: As the port says.
        """
        if step.kind == steps.CREATE:
            return await self._whole.create(change, step, self._files(change))
        if change.remote_ticket is None:
            raise Rejected(f"{self._client.name}: this ticket is not on the helpdesk yet.")
        if step.kind in steps.WHOLE and await self._whole.is_done(change, step):
            return await self._whole.done(change, step)
        before, tag = await self._read(change.remote_ticket)
        base = max(base_version, str(steps.told_before(change, _VERSION) or ""))
        if base_version and before.version != base:
            raise Conflict(
                f"{self._client.name}: #{change.remote_ticket} was not written, since somebody else wrote "
                "first."
            )
        if step.kind == steps.RECIPIENTS:
            return await self._recipients(change, tag)
        if step.kind in steps.MESSAGES:
            return await self._send(change, step, before, tag)
        if step.kind in steps.WHOLE:
            return await self._whole.apply(change, step, tag)
        return await self._update(change, before, tag)

    async def _send(self, change: Change, step: Step, before: RemoteTicket, tag: str) -> Applied:
        message = change.message
        if message is None or not (message.text.strip() or message.attachments):
            # RT would take it, and mail an empty page to the customer.
            raise Rejected(f"{self._client.name}: an empty message is not sent.")
        body, content_type = steps.message_body(message.text, self._files(change))
        self._fence(change, step, tag)
        place, said = await self._client.post(f"ticket/{before.remote_id}/{step.kind}", body, content_type)
        number = place.rpartition("/")[2]
        if wire.id_of({"id": number}) is None:
            raise BadAnswer(
                f"{self._client.name}: the message to #{before.remote_id} was answered without its number: "
                f"{' '.join(said)[:200]}."
            )
        return await self._sent(change, step, before, number)

    async def _sent(self, change: Change, step: Step, before: RemoteTicket, number: str) -> Applied:
        """Tell what a message became; it has arrived, so that no failure of these reads may say otherwise."""
        ticket: RemoteTicket | None = None
        files: tuple[thread_wire.Part, ...] = ()
        try:
            ticket, _ = await self._read(before.remote_id)
            if change.message is not None and change.message.attachments:
                files = await self._parts(number, with_content=False)
        except HelpdeskError:
            return Applied(result={"message": number})
        row = {
            "id": number,
            "Type": "Correspond" if step.kind == steps.REPLY else "Comment",
            "Creator": self._known.me,
            "Created": ticket.version,
        }
        made = thread_wire.message(row, files, ticket.remote_id, self._threads.file_url)
        text = change.message.text if change.message is not None else ""
        return Applied(
            ticket=ticket,
            message=replace(made, raw_text=text),
            result={
                "message": number,
                _VERSION: ticket.version,
                # A reply opens a new ticket by itself, which is nobody else's change.
                _STATUS: ticket.fields["status"],
            },
        )

    def _files(self, change: Change) -> list[steps.Upload]:
        count = len(change.message.attachments) if change.message is not None else 0
        return [self._file(number, change) for number in range(count)]

    def _file(self, number: int, change: Change) -> steps.Upload:
        file = change.message.attachments[number] if change.message is not None else None
        if file is None or self._read_file is None:
            raise Rejected(f"{self._client.name}: the file to attach is not there any more; attach it again.")
        try:
            content = self._read_file(file.sha256)
        except (OSError, KeyError, StoreError) as error:
            raise Rejected(
                f"{self._client.name}: {file.file_name} cannot be read; attach it again."
            ) from error
        if not content:
            raise Rejected(f"{self._client.name}: {file.file_name} is empty, which Request Tracker refuses.")
        return steps.Upload(file.file_name, file.content_type, content)

    async def _update(self, change: Change, before: RemoteTicket, tag: str) -> Applied:
        self._refuse_moved(change, before)
        for edit in change.edits:
            if edit.field == wire.LINKS and (bad := steps.bad_links(edit.value)):
                raise Rejected(f"{self._client.name}: “{bad[0]}” is no link, as depends-on:41 would be.")
        body = steps.update_body(change.edits, before.fields, self._known)
        if not body:
            return Applied(ticket=before, result={_VERSION: before.version})
        path = f"ticket/{before.remote_id}"
        owner = before.fields["assignee"]
        if body.get("Owner") == self._known.me and owner is not None:
            # Taking over from somebody needs another right than being given a ticket.
            del body["Owner"]
            path += "/steal"
        said = await self._client.put(path, body, tag)
        try:
            after, _ = await self._read(before.remote_id)
        except Unreachable as error:
            raise AnswerLost(error.sentence) from error
        left = [each.field for each in self._not_so(change.edits, after.fields)]
        if left:
            # RT answers a failed update as if it were well, with a sentence for each field.
            why = "; ".join(each.rstrip(".") for each in said) or "it gave no reason"
            raise Rejected(
                f"{self._client.name}: Request Tracker did not change {', '.join(left)}: {why[:200]}.",
                reasons=said,
            )
        return Applied(ticket=after, result={_VERSION: after.version})

    async def _recipients(self, change: Change, tag: str) -> Applied:
        """Write who is in copy from the message on, over the ticket of `tag`; nobody is copied twice."""
        number = change.remote_ticket or ""
        row = await self._copied(number)
        wanted = self._copies_after(change, row)
        if wanted is not None:
            said = await self._client.put(f"ticket/{number}", {"Cc": list(wanted)}, tag)
            try:
                after = await self._copied(number)
            except HelpdeskError as error:
                raise AnswerLost(error.sentence) from error
            if self._copies_after(change, after) is not None:
                why = "; ".join(each.rstrip(".") for each in said) or "it gave no reason"
                raise Rejected(
                    f"{self._client.name}: Request Tracker did not change who is in copy: {why[:200]}.",
                    reasons=said,
                )
        return await self._recipients_done(number)

    async def _recipients_done(self, number: str) -> Applied:
        try:
            ticket, _ = await self._read(number)
        except HelpdeskError:
            return Applied()
        return Applied(
            ticket=ticket, result={_VERSION: ticket.version, _STATUS: str(ticket.fields["status"])}
        )

    async def _copied(self, number: str) -> Mapping[str, Any]:
        return await self._client.get(f"ticket/{number}", {"fields[Cc]": "Name,EmailAddress"})

    def _copies_after(self, change: Change, row: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Tell who shall be in copy; None where they are so already."""
        message = change.message
        if message is None:
            return None
        listed = row.get("Cc")
        people = [
            (str(each.get("id")), str(each.get("EmailAddress") or each.get("id")))
            for each in (listed if isinstance(listed, list) else ())
            if isinstance(each, dict)
        ]
        gone = {each.casefold() for each in message.cc_removed}
        kept = [name for name, email in people if not {name.casefold(), email.casefold()} & gone]
        there = {word.casefold() for person in people for word in person}
        new = [each for each in message.cc_added if each.casefold() not in there]
        return (*kept, *new) if new or len(kept) < len(people) else None

    def _refuse_moved(self, change: Change, now: RemoteTicket) -> None:
        """Refuse over a field that somebody changed within the very second that the version tells."""
        opened = steps.told_before(change, _STATUS)
        for edit in change.edits:
            value = now.fields.get(edit.field)
            fair = [edit.base, edit.value, *([opened] if edit.field == "status" and opened else [])]
            if not any(steps.same(edit.field, value, each, self._known) for each in fair):  # type: ignore[arg-type]
                raise Conflict(
                    f"{self._client.name}: #{now.remote_id} was not written, since somebody else changed "
                    f"{edit.field}."
                )

    def _not_so(self, edits: tuple[FieldEdit, ...], now: FieldValues) -> list[FieldEdit]:
        return [
            each for each in edits if not steps.same(each.field, now.get(each.field), each.value, self._known)
        ]

    # Looking

    async def find_applied(self, change: Change, step: Step) -> Found:
        """Look whether a step has been applied.

        Fields are compared. RT keeps no marker in a message, so one is known by its author, time and text:
        after the ticket's newest transaction before it was sent, where this process sent it, else after the
        version that it was based on. Where two may be it, or one that may be older, the agent is asked.
        """
        if step.kind in steps.WHOLE:
            return await self._whole.find(change, step)
        if change.remote_ticket is None:
            return Found("absent")
        if step.kind == steps.RECIPIENTS:
            row = await self._copied(change.remote_ticket)
            if self._copies_after(change, row) is not None:
                return Found("absent")
            return Found("applied", await self._recipients_done(change.remote_ticket))
        try:
            ticket, _ = await self._read(change.remote_ticket)
        except NotFound:
            return Found("absent")
        if step.kind not in steps.MESSAGES:
            if self._not_so(change.edits, ticket.fields):
                return Found("absent")
            return Found("applied", Applied(ticket=ticket, result={_VERSION: ticket.version}))
        return await self._find_message(change, step, ticket)

    async def _find_message(self, change: Change, step: Step, ticket: RemoteTicket) -> Found:
        fence = self._fences.get((change.uuid, step.position))
        base = _instant(change.base_version)
        rows = await self._own_after(change, step, ticket.remote_id, fence, base)
        if rows is None:
            return Found("unsure")
        wanted = normalise_for_match(change.message.text if change.message is not None else "")
        found: list[RemoteMessage] = []
        doubtful = False
        for row in rows:
            parts = await self._parts(str(row["id"]), with_content=True)
            read, _ = parse_all(
                "message",
                [row],
                lambda one, its=parts: thread_wire.message(  # type: ignore[misc]
                    one, its, ticket.remote_id, self._threads.file_url
                ),
            )
            if read and normalise_for_match(read[0].raw_text) == wanted:
                found.append(read[0])
                doubtful = doubtful or (fence is None and (base is None or read[0].created_at <= base))
        if not found:
            return Found("absent")
        if len(found) > 1 or doubtful:
            return Found("unsure", candidates=tuple(found))
        result = {
            "message": found[0].remote_id,
            _VERSION: ticket.version,
            _STATUS: ticket.fields["status"],
        }
        return Found("applied", Applied(ticket=ticket, message=found[0], result=result))

    async def _own_after(
        self, change: Change, step: Step, number: str, fence: int | None, base: int | None
    ) -> list[Mapping[str, Any]] | None:
        """Read one's own messages of the step's kind that may be it, newest first; None: too many to tell."""
        kind = "Correspond" if step.kind == steps.REPLY else "Comment"
        params = {**thread_wire.HISTORY_FIELDS, "orderby": "id", "order": "DESC"}
        found: list[Mapping[str, Any]] = []
        for page_number in range(1, _MOST_HISTORY_PAGES + 1):
            page = await self._client.page(f"ticket/{number}/history", params, page_number)
            since = self._earliest(change, step, base)
            rows = [row for row in page.rows if wire.id_of(row) is not None]
            for row in rows:
                if row.get("Type") != kind or wire.reference(row.get("Creator")) != self._known.me:
                    continue
                seen = change.last_seen_message
                if fence is not None:
                    may_be = int(row["id"]) > fence
                else:
                    later = seen is None or not seen.isdigit() or int(row["id"]) > int(seen)
                    may_be = later and (_instant(str(row.get("Created"))) or 0) >= since
                if may_be:
                    found.append(row)
            times = [_instant(str(row.get("Created"))) or 0 for row in rows]
            if not rows or (fence is not None and int(rows[-1]["id"]) <= fence):
                return found
            if len(rows) < PAGE // 2 or (fence is None and times[-1] < since):
                return found
        return None

    def _earliest(self, change: Change, step: Step, base: int | None) -> int:
        """Tell, by the server's clock, before which a message cannot be this one."""
        started = self._client.by_its_clock(step.started_at or change.created_at)
        return max(base or 0, started - _CLOCKS_DIFFER)

    def _fence(self, change: Change, step: Step, tag: str) -> None:
        number = wire.id_of({"id": tag.strip('W/"')})
        key = (change.uuid, step.position)
        if number is not None and key not in self._fences:
            self._fences[key] = number
            while len(self._fences) > _FENCES_KEPT:
                self._fences.popitem(last=False)

    async def _parts(self, transaction: str, *, with_content: bool) -> tuple[thread_wire.Part, ...]:
        fields = thread_wire.PART_FIELDS if with_content else thread_wire.FILE_FIELDS
        rows = await self._client.all_rows(
            f"transaction/{transaction}/attachments",
            {"fields": fields, "orderby": "id", "order": "ASC"},
            thorough=False,
        )
        return tuple(parse_all("attachment", rows, thread_wire.part)[0])

    async def _read(self, number: str) -> tuple[RemoteTicket, str]:
        """Read a ticket as it is now, with its ETag.

        Raises:
            NotFound: There is no such ticket, or it is deleted.
        """
        row, tag = await self._client.get_with_tag(f"ticket/{number}")
        tickets, bad = parse_all("ticket", [row], lambda one: wire.ticket(one, self._known))
        if not tickets:
            raise BadAnswer(f"{self._client.name}: #{number} cannot be read: {bad[0].reason}.")
        if tickets[0].deleted:
            raise NotFound(f"{self._client.name}: #{number} has been deleted.")
        self._threads.note(tickets, (), wire.id_of({"id": tag.strip('W/"')}) or 0)
        return tickets[0], tag


def _instant(text: str) -> int | None:
    try:
        return parse_instant(text) // SECOND * SECOND
    except ValueError:
        return None
