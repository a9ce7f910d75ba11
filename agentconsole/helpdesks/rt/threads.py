"""A ticket with its thread, in few requests: what cannot have changed since it was read is kept.

History tells every change by the number of its transaction, so a ticket that was read after the newest of
them needs not be read again, nor one of which the feed has told all of them; attachments never change, so
only those after the last known are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agentconsole.domain.errors import BadAnswer, NotFound
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord, RemoteTicket
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.base import Thread, UnmovedThread
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


@dataclass(frozen=True, slots=True)
class Told:
    """Numbers of transactions after which the feed has read their tickets, and these were stored."""

    settled: int = -1
    """All up to this number; -1: none."""
    recent: frozenset[int] = frozenset()
    """Some above it."""

    def __contains__(self, number: int) -> bool:
        return number <= self.settled or number in self.recent


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
        return await self._whole(await self._up_to_date(number, history), history)

    async def thread_since(self, number: str, version: str, told: Told) -> Thread | UnmovedThread:
        """Read a ticket's whole thread, and the ticket too where it may not be as it is stored.

        Args:
            number: Its number.
            version: Its version as it is stored.
            told: The transactions after which it was read for certain, if they are its.

        Raises:
            NotFound: There is no such ticket, or it is deleted.
        """
        history = await self._history(number)
        if number in self._seen or not _is_as_told(history, version, told):
            return await self._whole(await self._up_to_date(number, history), history)
        messages, bad = await self._messages(number, history)
        people = wire.people_in(history, self._known)
        return UnmovedThread(number, version, tuple(messages), tuple(people), tuple(bad))

    async def _up_to_date(self, number: str, history: Sequence[Any]) -> Seen:
        seen = self._seen.get(number)
        newest = thread_wire.newest(history)
        if seen is None or not newest or newest > seen.until or seen.ticket.deleted:
            return await self._ticket(number, newest)
        return seen

    async def _whole(self, seen: Seen, history: Sequence[Any]) -> Thread:
        messages, bad = await self._messages(seen.ticket.remote_id, history)
        people = {each.remote_id: each for each in (*seen.people, *wire.people_in(history, self._known))}
        return Thread(seen.ticket, tuple(messages), tuple(people.values()), tuple(bad))

    async def _messages(
        self, number: str, history: Sequence[Any]
    ) -> tuple[list[RemoteMessage], list[QuarantinedRecord]]:
        parts, bad_parts = await self._parts_of(number, history)
        by_transaction = thread_wire.parts_by_transaction(parts)
        self._known.agents |= {
            str(wire.reference(row["Creator"]))
            for row in history
            if isinstance(row, dict) and row.get("Type") == "Comment" and row.get("Creator")
        }
        found, bad = parse_all(
            "message",
            [row for row in history if thread_wire.is_message(row, by_transaction)],
            lambda row: thread_wire.message(row, by_transaction[str(row["id"])], number, self.file_url),
        )
        names = {key: each.name for key, each in self._known.fields.items()}
        changes, bad_changes = parse_all(
            "event",
            [row for row in history if not thread_wire.is_message(row, by_transaction)],
            lambda row: thread_wire.event(row, number, names),
        )
        found += [each for each in changes if each is not None]
        found.sort(key=lambda each: int(each.remote_id))
        return found, [*bad, *bad_parts, *bad_changes]

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


def _is_as_told(history: Sequence[Any], version: str, told: Told) -> bool:
    """Whether nothing has changed a ticket after the feed read it.

    The numbers tell. The times must agree with them, lest a change be overlooked that the feed could not
    tell: `LastUpdated` is moved after a transaction and the mails that it sends, to a second not before
    theirs. They would not do alone, since two changes may be made within a second.
    """
    try:
        until = parse_instant(version)
        return bool(history) and all(
            (int(row["id"]) in told or row["Type"] in thread_wire.SENT_MAIL)
            and parse_instant(row["Created"]) <= until
            for row in history
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _keep(cache: OrderedDict[str, Any], key: str, value: object, most: int) -> None:
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > most:
        cache.popitem(last=False)
