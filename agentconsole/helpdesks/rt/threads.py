"""A ticket with its thread, in few requests: what cannot have changed since it was read is kept.

History tells every change by the number of its transaction, so a ticket that was read after the newest of
them needs not be read again; attachments never change, so only those after the last known are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agentconsole.domain.errors import BadAnswer, NotFound
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import RemoteTicket
from agentconsole.helpdesks.base import Thread
from agentconsole.helpdesks.parsing import parse_all
from agentconsole.helpdesks.rt import thread_wire, wire
from agentconsole.helpdesks.rt.client import RtClient, json_query
from agentconsole.helpdesks.rt.options import Known
from agentconsole.helpdesks.rt.thread_wire import Part

_TICKETS_KEPT: Final = 5000
_PARTS_KEPT: Final = 300
_BY_ID: Final = {"orderby": "id", "order": "ASC"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as it was read."""

    ticket: RemoteTicket
    people: tuple[RemotePerson, ...]
    until: int
    """Number of the newest transaction on the server that was known before it was read."""


@dataclass(frozen=True, slots=True)
class _Parts:
    parts: tuple[Part, ...]
    tickets: frozenset[str]
    """Whose parts these are: the ticket's own number and those of tickets merged into it."""


class Threads:
    """Reads tickets and threads of one account."""

    def __init__(self, client: RtClient, known: Known) -> None:
        self._client = client
        self._known = known
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._parts: OrderedDict[str, _Parts] = OrderedDict()

    @property
    def file_url(self) -> str:
        """Address of attachments, to which a number is added."""
        return f"{self._client.web}/REST/2.0/attachment/"

    def note(self, tickets: Sequence[RemoteTicket], people: Sequence[RemotePerson], until: int) -> None:
        """Remember tickets that were just read, with the people of the page."""
        by_name = {each.remote_id: each for each in people}
        for one in tickets:
            named = {one.requester, one.fields.get("assignee"), *one.ccs}
            theirs = tuple(person for name, person in by_name.items() if name in named)
            known = self._seen.get(one.remote_id)
            if not theirs and known is not None:
                theirs = known.people
            _keep(self._seen, one.remote_id, Seen(one, theirs, until), _TICKETS_KEPT)

    async def thread(self, number: str) -> Thread:
        """Read a ticket with its whole thread.

        Raises:
            NotFound: There is no such ticket, or it is deleted.
        """
        history = await self._history(number)
        seen = self._seen.get(number)
        newest = thread_wire.newest(history)
        if seen is None or not newest or newest > seen.until or seen.ticket.deleted:
            seen = await self._ticket(number, newest)
        ticket = seen.ticket
        parts, bad_parts = await self._parts_of(ticket.remote_id, history)
        by_transaction = thread_wire.parts_by_transaction(parts)
        self._known.agents |= {
            str(wire.reference(row["Creator"]))
            for row in history
            if isinstance(row, dict) and row.get("Type") == "Comment" and row.get("Creator")
        }
        found, bad = parse_all(
            "message",
            [row for row in history if thread_wire.is_message(row, by_transaction)],
            lambda row: thread_wire.message(
                row, by_transaction[str(row["id"])], ticket.remote_id, self.file_url
            ),
        )
        names = {key: each.name for key, each in self._known.fields.items()}
        changes, bad_changes = parse_all(
            "event",
            [row for row in history if not thread_wire.is_message(row, by_transaction)],
            lambda row: thread_wire.event(row, ticket.remote_id, names),
        )
        found += [each for each in changes if each is not None]
        people = {each.remote_id: each for each in (*seen.people, *wire.people_in(history, self._known))}
        found.sort(key=lambda each: int(each.remote_id))
        return Thread(ticket, tuple(found), tuple(people.values()), (*bad, *bad_parts, *bad_changes))

    async def _history(self, number: str) -> list[Any]:
        return await self._client.all_rows(
            f"ticket/{number}/history", {**thread_wire.HISTORY_FIELDS, **_BY_ID}, thorough=False
        )

    async def _ticket(self, number: str, newest: int) -> Seen:
        page = await self._client.tickets(f"id = {number}")
        if not page.rows:
            # Searches never find what is merged or deleted.
            row = await self._client.get(f"ticket/{number}")
            if row.get("Status") == "deleted":
                raise NotFound(f"{self._client.name}: #{number} has been deleted.")
            actual = str(row.get("id"))
            found = await self._client.tickets(f"id = {actual}") if actual != number else page
            rows = found.rows or [row]
        else:
            rows = page.rows
        tickets, bad = parse_all("ticket", rows, lambda row: wire.ticket(row, self._known))
        if not tickets:
            raise BadAnswer(f"{self._client.name}: #{number} cannot be read: {bad[0].reason}.")
        self.note(tickets, wire.people_of(rows[0], self._known), newest)
        return self._seen[tickets[0].remote_id]

    async def _parts_of(self, number: str, history: Sequence[Any]) -> tuple[tuple[Part, ...], list[Any]]:
        """Read the parts of a ticket's mails, of which those that are known are not read again."""
        whose = frozenset(str(row.get("ObjectId")) for row in history if isinstance(row, dict))
        known = self._parts.get(number)
        if known is not None and known.tickets != whose:
            known = None
        params = {"fields": thread_wire.PART_FIELDS, **_BY_ID}
        if known is not None and known.parts:
            last = known.parts[-1].remote_id
            params["query"] = json_query({"field": "id", "operator": ">", "value": last})
        rows = await self._client.all_rows(f"ticket/{number}/attachments", params, thorough=False)
        fresh, bad = parse_all("attachment", rows, thread_wire.part)
        parts = (*(known.parts if known is not None else ()), *sorted(fresh, key=lambda one: one.remote_id))
        if not bad:
            _keep(self._parts, number, _Parts(parts, whose), _PARTS_KEPT)
        return parts, bad


def _keep(cache: OrderedDict[str, Any], key: str, value: object, most: int) -> None:
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > most:
        cache.popitem(last=False)
