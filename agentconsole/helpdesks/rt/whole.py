"""What is done to an RT ticket as a whole: making, merging, marking as spam, deleting; each exactly once.

A merged ticket answers with the number of the other, and a removed one with its status, so that these are
seen for sure. A new ticket has no mark of its own: it is known by its creator, subject, queue, requester and
text, and by being newer than the newest ticket before it was sent, where this process sent it. Where it may
be an older one, the agent is asked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentconsole.domain.changes import Applied, Change, Found, MergeInto, NewTicket, Step
from agentconsole.domain.errors import AnswerLost, BadAnswer, HelpdeskError, NotFound, Rejected
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.tickets import RemoteTicket
from agentconsole.domain.times import MINUTE, SECOND, moment_of
from agentconsole.helpdesks.base import Thread
from agentconsole.helpdesks.parsing import parse_all
from agentconsole.helpdesks.rt import steps, wire
from agentconsole.helpdesks.rt.client import RtClient, quoted
from agentconsole.helpdesks.rt.options import DELETED, Known
from agentconsole.helpdesks.rt.threads import Threads
from agentconsole.text.normalise import normalise_for_match

_CLOCKS_DIFFER: Final = 2 * MINUTE
_FENCES_KEPT: Final = 500
_VERSION: Final = "version"


class WholeTickets:
    """Makes and looks for steps that concern a ticket as a whole."""

    def __init__(self, client: RtClient, known: Known, threads: Threads) -> None:
        self._client = client
        self._known = known
        self._threads = threads
        self._fences: OrderedDict[str, int] = OrderedDict()
        """The newest ticket before a new one was first sent: that has a higher number."""

    # Making

    async def create(self, change: Change, step: Step, files: Sequence[steps.Upload]) -> Applied:
        """Make the ticket; what RT silently leaves out of it shows when it has been read back."""
        action, message = self._new(change), change.message
        if not dict(action.fields).get("group"):
            raise Rejected(f"{self._client.name}: a new ticket needs a queue.")
        await self._fence(change)
        public = message is not None and message.public
        told = steps.create_body(
            action, message if public else None, message.cc_added if message is not None else (), self._known
        )
        body, content_type = steps.body_with_files(told, files if public else ())
        data = await self._client.post_json("ticket", body, content_type)
        number = str(data.get("id"))
        if wire.id_of(data) is None:
            raise BadAnswer(f"{self._client.name}: the new ticket was answered without its number.")
        try:
            return await self._made(number)
        except HelpdeskError as error:
            # It is there; without it nothing can be told of it.
            raise AnswerLost(error.sentence) from error

    def _new(self, change: Change) -> NewTicket:
        if not isinstance(change.action, NewTicket):
            raise Rejected(f"{self._client.name}: there is no new ticket to make.")
        return change.action

    async def _fence(self, change: Change) -> None:
        if change.uuid in self._fences:
            return
        params = {"query": "id > 0", "orderby": "id", "order": "DESC", "per_page": "1"}
        page = await self._client.page("tickets", params)
        numbers = [number for row in page.rows if (number := wire.id_of(row)) is not None]
        self._fences[change.uuid] = max(numbers, default=0)
        while len(self._fences) > _FENCES_KEPT:
            self._fences.popitem(last=False)

    async def _made(self, number: str) -> Applied:
        return _applied(await self._threads.thread(number))

    async def _find_new(self, change: Change, step: Step) -> Found:
        action = self._new(change)
        started = self._client.by_its_clock(step.started_at or change.created_at)
        fence = self._fences.get(change.uuid)
        since = moment_of(started - _CLOCKS_DIFFER - SECOND, self._known.zone).strftime("%Y-%m-%d %H:%M:%S")
        subject = " ".join(str(dict(action.fields).get("subject") or "").split())
        mine = f"Creator = {quoted(self._known.me or '')}"
        query = f"{mine} AND Subject = {quoted(subject)} AND Created > '{since}'"
        if fence is not None:
            query += f" AND id > {fence}"
        page = await self._client.tickets(query)
        tickets, _ = parse_all("ticket", page.rows, lambda row: wire.ticket(row, self._known))
        found: list[Thread] = []
        for one in tickets:
            if one.fields["group"] == dict(action.fields).get("group"):
                thread = await self._threads.thread(one.remote_id)
                if self._is_it(change, thread):
                    found.append(thread)
        if not found:
            return Found("absent")
        certain = fence is not None or found[0].ticket.created_at > started
        if len(found) > 1 or not certain:
            return Found("unsure", candidates=_firsts(found))
        return Found("applied", _applied(found[0]))

    def _is_it(self, change: Change, thread: Thread) -> bool:
        action, message = self._new(change), change.message
        people = {each.remote_id: each for each in thread.people}
        asked = people.get(thread.ticket.requester or "")
        names = {str(thread.ticket.requester).casefold(), str(asked.email if asked else "").casefold()}
        if not {str(action.requester).casefold(), action.requester_email.casefold()} & (names - {""}):
            return False
        if message is None or not message.public:
            return True
        first = thread.said[0].raw_text if thread.said else ""
        return normalise_for_match(first) == normalise_for_match(message.text)

    # Merging and removing

    async def apply(self, change: Change, step: Step, tag: str) -> Applied:
        """Merge or remove a ticket that was just read, and read again what became of it."""
        number = change.remote_ticket or ""
        if step.kind == steps.MERGE:
            body: dict[str, Any] = {"MergeInto": self._merging(change).target}
        else:
            body = {"Status": self._status_of(step)}
        said = await self._client.put(f"ticket/{number}", body, tag)
        try:
            if await self.is_done(change, step):
                return await self.done(change, step)
        except HelpdeskError as error:
            raise AnswerLost(error.sentence) from error
        what = "merge" if step.kind == steps.MERGE else "change the status of"
        why = "; ".join(each.rstrip(".") for each in said) or "it gave no reason"
        raise Rejected(
            f"{self._client.name}: Request Tracker did not {what} #{number}: {why[:200]}.", reasons=said
        )

    async def is_done(self, change: Change, step: Step) -> bool:
        """Whether a merge or a removal has happened.

        Raises:
            Rejected: The ticket was merged into another one than wanted.
            NotFound: There is no such ticket to merge.
        """
        row = await self._row(change)
        if row is None:
            if step.kind == steps.MERGE:
                raise NotFound(f"{self._client.name}: #{change.remote_ticket} is not there any more.")
            return True
        elsewhere = _elsewhere(change, row)
        wanted = self._merging(change).target if step.kind == steps.MERGE else None
        if elsewhere and elsewhere != wanted:
            raise Rejected(
                f"{self._client.name}: #{change.remote_ticket} has been merged into #{elsewhere} meanwhile."
            )
        return bool(elsewhere) if wanted else str(row.get("Status")) == self._status_of(step)

    async def done(self, change: Change, step: Step) -> Applied:
        """Tell what became of a ticket that was merged or removed."""
        try:
            row = await self._row(change)
        except HelpdeskError:
            row = None
        if row is None:
            return Applied()
        tickets, _ = parse_all("ticket", [row], lambda one: wire.ticket(one, self._known))
        return Applied(ticket=_gone(change, tickets[0])) if tickets else Applied()

    async def find(self, change: Change, step: Step) -> Found:
        """Look on the server whether such a step has been applied."""
        if step.kind == steps.CREATE:
            return await self._find_new(change, step)
        try:
            if not await self.is_done(change, step):
                return Found("absent")
        except Rejected:
            return Found("unsure")
        return Found("applied", await self.done(change, step))

    async def _row(self, change: Change) -> Mapping[str, Any] | None:
        try:
            return await self._client.get(f"ticket/{change.remote_ticket}")
        except NotFound:
            return None

    def _merging(self, change: Change) -> MergeInto:
        if not isinstance(change.action, MergeInto):
            raise Rejected(f"{self._client.name}: there is nothing to merge.")
        return change.action

    def _status_of(self, step: Step) -> str:
        return DELETED if step.kind == steps.DELETE else self._known.options.spam_status


def _elsewhere(change: Change, row: Mapping[str, Any]) -> str | None:
    """Tell which ticket a number means now, if it is another."""
    number = str(row.get("id"))
    return number if number != change.remote_ticket else None


def _gone(change: Change, ticket: RemoteTicket) -> RemoteTicket:
    if ticket.remote_id == change.remote_ticket:
        return ticket
    return replace(
        ticket,
        remote_id=change.remote_ticket or "",
        merged_into=ticket.remote_id,
        status="closed",
        deleted=True,
        slas=(),
    )


def _applied(thread: Thread) -> Applied:
    first = thread.said[0] if thread.said else None
    result = {_VERSION: thread.ticket.version}
    if first is not None:
        result["message"] = first.remote_id
    return Applied(ticket=thread.ticket, message=first, result=result)


def _firsts(threads: Sequence[Thread]) -> tuple[RemoteMessage, ...]:
    return tuple(each.said[0] for each in threads if each.said)
