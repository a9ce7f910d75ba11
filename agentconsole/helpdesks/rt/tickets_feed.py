"""The feed of tickets: the agent's own, then all active ones, then history, then what changes.

Listings walk down by ticket number, so that rows which come and go meanwhile shift nothing. What changes is
told by transactions, whose numbers ascend: no clock and no time zone has a part in it. A number can become
visible after a higher one, so those of the last minute are asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import NotAllowed, NotFound
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import QuarantinedRecord, RemoteTicket, TicketPage
from agentconsole.domain.times import DAY, MINUTE, format_instant, parse_instant
from agentconsole.helpdesks.cursors import place_of, spelled
from agentconsole.helpdesks.parsing import parse_all, whole
from agentconsole.helpdesks.rt import wire
from agentconsole.helpdesks.rt.client import PAGE, Rows, RtClient, any_of, quoted
from agentconsole.helpdesks.rt.options import DELETED, Known
from agentconsole.helpdesks.rt.thread_wire import SENT_MAIL
from agentconsole.helpdesks.rt.threads import Threads, Told

LAG: Final = MINUTE
"""A transaction becomes visible within this time of its number being given out."""

_ACTIVE: Final = "Status = '__Active__'"
_MINE: Final = "Owner = '__CurrentUser__' AND Status = '__Active__'"
_OPEN: Final = "Owner != '__CurrentUser__' AND Status = '__Active__'"
_HISTORY: Final = "Status = '__Inactive__' AND LastUpdated > '{since}'"
_QUERIES: Final = {"mine": _MINE, "open": _OPEN, "history": _HISTORY}
_NEXT: Final = {"mine": "open", "open": "history", "history": "changes"}
_WORDS: Final = {
    "mine": "your open tickets",
    "open": "open tickets",
    "history": "history",
    "changes": "changes",
}
_ANY_TICKET: Final = "ObjectType = 'RT::Ticket'"
_LONGEST_STATUS: Final = 200
_TRANSACTION: Final = {"fields": "Type,ObjectId,Created", "orderby": "id", "order": "DESC"}


@dataclass(frozen=True, slots=True)
class Position:
    """Where the feed stands; kept as JSON in the cursor."""

    phase: str = "mine"
    since: str = ""
    """The date at which history begins; a day early, so that no time zone matters."""
    below: int | None = None
    """Listings and walks go on below this number."""
    settled: int = -1
    """All transactions up to this number are known; -1: not asked yet."""
    top: int = 0
    """The highest settled number met in the present walk."""
    recent: Mapping[str, int] = field(default_factory=dict)
    """Known transactions above `settled`, with their times."""
    done: int = 0
    total: int | None = None


def position_of(cursor: str | None) -> Position:
    """Read a cursor; a phase that is not known begins anew too."""
    position = place_of(Position, cursor)
    return position if position.phase in _WORDS else Position()


def told_before(cursor: str) -> Told:
    """Tell after which transactions all tickets that they changed were read, before a cursor was given."""
    position = position_of(cursor)
    if position.phase != "changes":
        # Of what is listed last, nothing is known yet.
        return Told()
    return Told(position.settled, frozenset(int(number) for number in position.recent))


@dataclass(slots=True)
class _Read:
    tickets: list[RemoteTicket] = field(default_factory=list)
    people: list[RemotePerson] = field(default_factory=list)
    bad: list[QuarantinedRecord] = field(default_factory=list)


class TicketFeed:
    """Reads pages of tickets; all it needs to go on is in the cursor."""

    def __init__(
        self, client: RtClient, known: Known, threads: Threads, clock: Clock, history_months: int
    ) -> None:
        self._client = client
        self._known = known
        self._threads = threads
        self._clock = clock
        self._history = history_months * 30 * DAY
        self._warm = False
        """Whether this process has read the agent's own tickets, which are answered most."""

    def queries(self) -> tuple[str, str, str]:
        """Give a first sync's searches: for one's own, for all that is unsolved, for the history."""
        return _MINE, _ACTIVE, _HISTORY.format(since=self._since())

    def _since(self) -> str:
        return format_instant(max(self._clock.now() - self._history, DAY) - DAY)[:10]

    async def page(self, cursor: str | None) -> TicketPage:
        """Read the page after `cursor`."""
        position = position_of(cursor)
        if not position.since:
            position = replace(position, since=self._since())
        if position.settled < 0:
            position = await self._begin(position)
        if position.phase == "changes":
            return await self._changes(position)
        return await self._listing(position)

    async def _begin(self, position: Position) -> Position:
        """Note where the changes stand before anything is listed, so that none is missed."""
        page = await self._client.page("transactions", {"query": f"{_ANY_TICKET} AND id > 0", **_TRANSACTION})
        return self._settle(self._met(position, page.rows)[0])

    async def _listing(self, position: Position) -> TicketPage:
        phase = position.phase
        query = _QUERIES[phase].format(since=position.since)
        if position.below is not None:
            query = f"({query}) AND id < {position.below}"
        page = await self._client.tickets(query)
        numbers = _numbers(page.rows)
        self._client.check_descent("tickets", numbers, below=position.below)
        read = await self.parsed(page.rows, position.settled)
        done = position.done + len(page.rows)
        total = position.total if position.total is not None else page.total
        ended = not numbers or (page.total is not None and page.total <= len(page.rows))
        if ended:
            following = replace(position, phase=_NEXT[phase], below=None, done=0, total=None)
        else:
            following = replace(position, below=min(numbers), done=done, total=total)
        self._warm = self._warm or (ended and phase == "mine")
        return _made(read, following, phase=phase, more=True, done=done, total=total)

    async def _changes(self, position: Position) -> TicketPage:
        """Read a page of what changed, the newest first; the walk ends where everything is known."""
        query = f"{_ANY_TICKET} AND id > {position.settled}"
        if position.below is not None:
            query = f"{query} AND id < {position.below}"
        page = await self._client.page("transactions", {"query": query, **_TRANSACTION})
        numbers = _numbers(page.rows)
        self._client.check_descent("transactions", numbers, below=position.below)
        until = max(numbers, default=position.settled)
        position, fresh = self._met(position, page.rows)
        read = await self._whole(fresh, max(until, position.settled))
        if not self._warm:
            self._warm = True
            mine = await self._client.tickets(_MINE)
            own = await self.parsed(mine.rows, max(until, position.settled))
            read.tickets, read.people = own.tickets + read.tickets, own.people + read.people
        # A page can be short for want of rights; only one without anything new is surely the last.
        more = bool(fresh) or len(page.rows) >= PAGE
        # Nothing is below, where the server has sent more than it was asked for.
        more = more and bool(numbers) and min(numbers) > position.settled
        if more:
            following = replace(position, below=min(numbers), done=position.done + len(fresh))
        else:
            following = replace(self._settle(position), below=None, done=0)
        return _made(read, following, phase="changes", more=more, done=position.done + len(fresh))

    def _met(self, position: Position, rows: Sequence[Any]) -> tuple[Position, list[Any]]:
        """Note transactions; return those that were not known."""
        now = self._client.server_now or self._clock.now()
        fresh: list[Any] = []
        recent, top = dict(position.recent), position.top
        for row in rows:
            number = wire.id_of(row)
            if number is None or number <= position.settled or str(number) in recent:
                continue
            fresh.append(row)
            created = _created(row)
            if created is not None and created > now - LAG:
                recent[str(number)] = created
            else:
                top = max(top, number)
        return replace(position, recent=recent, top=top), fresh

    def _settle(self, position: Position) -> Position:
        """End a walk: what is older than the lag is never asked for again."""
        now = self._client.server_now or self._clock.now()
        old = [int(number) for number, created in position.recent.items() if created <= now - LAG]
        settled = max([position.settled, position.top, 0, *old])
        recent = {number: at for number, at in position.recent.items() if int(number) > settled}
        return replace(position, settled=settled, top=0, recent=recent)

    async def _whole(self, transactions: Iterable[Any], until: int) -> _Read:
        """Read the tickets that transactions changed; searches don't find those merged or deleted."""
        found = {
            wire.id_of({"id": row.get("ObjectId")})
            for row in transactions
            if str(row.get("Type")) not in SENT_MAIL
        }
        numbers = {str(number) for number in found if number is not None}
        wanted = sorted(numbers, key=int)
        read = _Read()
        for begin in range(0, len(wanted), PAGE):
            page = await self._client.tickets(any_of("id", wanted[begin : begin + PAGE]))
            part = await self.parsed(page.rows, until)
            read.tickets += part.tickets
            read.people += part.people
            read.bad += part.bad
            numbers -= {str(row.get("id")) for row in page.rows if isinstance(row, dict)}
        for number in sorted(numbers, key=int):
            await self._add_gone(read, number)
        return read

    async def _add_gone(self, read: _Read, number: str) -> None:
        try:
            row = await self._client.get(f"ticket/{number}")
        except (NotFound, NotAllowed):
            # It has gone to where this login may not look.
            return
        tickets, bad = parse_all("ticket", [row], lambda one: wire.ticket(one, self._known))
        read.bad += bad
        for one in tickets:
            if one.remote_id != number:
                one = replace(
                    one, remote_id=number, merged_into=one.remote_id, status="closed", deleted=True, slas=()
                )
            read.tickets.append(one)

    async def parsed(self, rows: Sequence[Any], until: int) -> _Read:
        """Read rows of a ticket search, after transaction `until` was known."""
        await self._know_statuses(rows)
        tickets, bad = parse_all("ticket", list(rows), lambda row: wire.ticket(row, self._known))
        people: dict[str, RemotePerson] = {}
        for row in rows:
            if isinstance(row, dict):
                people |= {each.remote_id: each for each in wire.people_of(row, self._known)}
        self._threads.note(tickets, tuple(people.values()), until)
        return _Read(tickets, list(people.values()), bad)

    async def _know_statuses(self, rows: Sequence[Any]) -> None:
        """Ask of each word of an own lifecycle that is met for the first time whether it is an end."""
        words = [row.get("Status") for row in rows if isinstance(row, dict)]
        for word in sorted({whole(each) for each in words if isinstance(each, str)}):
            if len(word) <= _LONGEST_STATUS and word not in self._known.statuses and word != DELETED:
                query = f"Status = {quoted(word)} AND Status = '__Inactive__'"
                page: Rows = await self._client.page("tickets", {"query": query, "per_page": "1"})
                self._known.statuses[word] = "solved" if page.rows else "open"


def _numbers(rows: Sequence[Any]) -> list[int]:
    return [number for row in rows if (number := wire.id_of(row)) is not None]


def _created(row: Mapping[str, Any]) -> int | None:
    try:
        return parse_instant(str(row.get("Created")))
    except (ValueError, OverflowError):
        return None


def _made(
    read: _Read, following: Position, *, phase: str, more: bool, done: int, total: int | None = None
) -> TicketPage:
    return TicketPage(
        tickets=tuple(read.tickets),
        cursor=spelled(following),
        more=more,
        people=tuple(read.people),
        done=done,
        total=total,
        phase=_WORDS[phase],
        quarantined=tuple(read.bad),
    )
