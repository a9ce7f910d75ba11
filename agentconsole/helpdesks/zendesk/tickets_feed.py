"""The feed of tickets: the agent's own, then all unsolved, then history, then what changes.

Who may export reads history by the cursor export and afterwards polls it, together with one search that
closes the minute which the export withholds. Who may not (403, remembered in the cursor) reads windows of
update times by the search export, going back, and polls by search with an overlap, since the search index
lags behind writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import NotAllowed, NotFound, Rejected
from agentconsole.domain.people import RemotePerson
from agentconsole.domain.tickets import UNSOLVED, QuarantinedRecord, RemoteTicket, TicketPage
from agentconsole.domain.times import DAY, MINUTE, SECOND, format_instant, parse_instant
from agentconsole.helpdesks.cursors import place_of, spelled
from agentconsole.helpdesks.zendesk import wire
from agentconsole.helpdesks.zendesk.client import EXPORT_PAGE, MANY, ZendeskClient

WINDOW: Final = 30 * DAY
SEARCH_LAG: Final = 10 * MINUTE
"""How far a poll by search reaches back behind the newest row seen."""
EXPORT_LAG: Final = 2 * MINUTE
SAME_SECOND: Final = 5 * SECOND
"""Times of change are whole seconds, so a row read this soon after its own may hide a second change in the
same second: it is read once more."""
_RECENT_LIMIT: Final = 2000
_BESIDE: Final = {"include": "users,slas"}

_WORDS: Final = {
    "mine": "your open tickets",
    "open": "open tickets",
    "export": "history",
    "window": "history",
    "poll": "changes",
}


@dataclass(frozen=True, slots=True)
class Position:
    """Where the feed stands; kept as JSON in the cursor."""

    phase: str = "mine"
    after: str | None = None
    """The server's cursor within the phase."""
    export: bool = True
    """False once the server has said that this login may not export."""
    until: str | None = None
    """Upper end of the window being read; None: the present."""
    oldest: int = 0
    """History begins here, in microseconds."""
    newest: int = 0
    """The newest `updated_at` seen, in microseconds."""
    done: int = 0
    total: int | None = None
    recent: Mapping[str, str] = field(default_factory=dict)
    """Ticket id to `updated_at` of the rows that the next overlap will bring again."""
    floor: int = 0
    """Lower end of the window being read, in microseconds, while its pages follow each other."""


@dataclass(slots=True)
class _Read:
    tickets: list[RemoteTicket] = field(default_factory=list)
    people: list[RemotePerson] = field(default_factory=list)
    bad: list[QuarantinedRecord] = field(default_factory=list)


class TicketFeed:
    """Reads pages of tickets; all it knows between two pages is in the cursor."""

    def __init__(self, client: ZendeskClient, clock: Clock, history_months: int) -> None:
        self._client = client
        self._clock = clock
        # The exports refuse a beginning within the last minute.
        self._history = max(history_months * 30 * DAY, 2 * MINUTE)
        self.statuses = wire.NO_STATUSES

    async def page(self, cursor: str | None) -> TicketPage:
        """Read the page after `cursor`."""
        position = place_of(Position, cursor)
        if not position.oldest:
            position = replace(position, oldest=max(self._clock.now() - self._history, SECOND))
        if position.phase in ("mine", "open"):
            return await self._open_page(position)
        if position.phase in ("export", "poll") and position.export:
            try:
                return await self._export_page(position)
            except NotAllowed:
                position = replace(position, phase="window", export=False, after=None, until=None)
        if position.phase == "poll":
            return await self._search_poll(position)
        return await self._window_page(position)

    async def _open_page(self, position: Position) -> TicketPage:
        whose = "assignee:me " if position.phase == "mine" else ""
        try:
            rows, after, more = await self._search_export(f"{whose}status<solved", position.after)
        except (Rejected, NotFound, NotAllowed):
            # A search cursor that has expired, or an account without the search export: history brings them
            # too.
            rows, after, more = [], None, False
            if position.after is None and position.phase == "mine":
                return self._made(_Read(), replace(position, phase="export"), more=True, phase="mine")
        read = await self._whole(rows)
        position = self._seen(position, read, SEARCH_LAG)
        done = position.done
        if more:
            following = replace(position, after=after)
        elif position.phase == "mine":
            following = replace(position, phase="open", after=None, done=0)
        else:
            following = replace(position, phase="export", after=None, done=0, total=None)
        return self._made(read, following, more=True, phase=position.phase, done=done)

    async def _export_page(self, position: Position) -> TicketPage:
        query = {"per_page": str(EXPORT_PAGE), **_BESIDE}
        if position.after is not None:
            query["cursor"] = position.after
        else:
            query["start_time"] = str(position.oldest // SECOND)
        data = await self._client.get("incremental/tickets/cursor", query)
        if position.total is None and position.phase == "export":
            position = replace(position, total=await self._count(position.oldest))
        read = self._parsed(data)
        after = data.get("after_cursor")
        after = after if isinstance(after, str) and after else position.after
        ended = data.get("end_of_stream") is not False or after == position.after
        phase = position.phase
        self._client.check_progress(
            "incremental/tickets", {}, data.get("tickets"), first=position.after is None, more=not ended
        )
        if phase == "poll":
            await self._add_clocks(read)
        following = self._seen(
            replace(position, after=after, phase="poll" if ended else phase), read, EXPORT_LAG
        )
        if ended and phase == "poll":
            late = await self._late(following)
            following = self._seen(following, late, EXPORT_LAG)
            read.tickets += late.tickets
            read.people += late.people
            read.bad += late.bad
        return self._made(read, following, more=not ended, phase=phase)

    async def _late(self, position: Position) -> _Read:
        """Search what the export withholds: the last minute."""
        query = f"type:ticket updated>={_spelled(position.newest - 5 * SECOND)}"
        data = await self._client.get(
            "search", {"query": query, "sort_by": "updated_at", "sort_order": "desc", "per_page": "100"}
        )
        return await self._whole(_unknown(data.get("results"), position.recent))

    async def _window_page(self, position: Position) -> TicketPage:
        ceiling = parse_instant(position.until) if position.until else self._clock.now()
        floor = position.floor or max(position.oldest, ceiling - WINDOW)
        query = f"updated>={_spelled(floor)}" + (f" updated<{position.until}" if position.until else "")
        try:
            rows, after, more = await self._search_export(query, position.after)
        except Rejected:
            if position.after is None:
                raise
            # The search cursor has expired (after an hour): this window begins anew.
            return self._made(_Read(), replace(position, after=None, floor=0), more=True, phase="window")
        read = await self._whole(rows)
        position = self._seen(position, read, SEARCH_LAG)
        if more:
            # The present moves on; a cursor belongs to its query.
            following = replace(position, after=after, floor=floor)
        elif floor <= position.oldest:
            following = replace(position, phase="poll", after=None, until=None, floor=0)
        else:
            # Windows touch with a minute's overlap.
            following = replace(position, after=None, until=_spelled(floor + MINUTE), floor=0)
        return self._made(read, following, more=True, phase="window")

    async def _search_poll(self, position: Position) -> TicketPage:
        since = (position.newest or self._clock.now() - DAY) - SEARCH_LAG
        query = f"updated>={position.until or _spelled(since)}"
        try:
            rows, after, more = await self._search_export(query, position.after)
        except Rejected:
            if position.after is None:
                raise
            return self._made(_Read(), replace(position, after=None), more=True, phase="poll")
        read = await self._whole(_unknown(rows, position.recent))
        position = self._seen(position, read, SEARCH_LAG)
        # While pages of one poll follow each other their query must stay the same.
        following = replace(
            position, after=after if more else None, until=query.partition(">=")[2] if more else None
        )
        return self._made(read, following, more=more, phase="poll")

    async def _search_export(self, query: str, after: str | None) -> tuple[list[Any], str | None, bool]:
        page = await self._client.page(
            "search/export", "results", after, {"query": query, "filter[type]": "ticket"}
        )
        return (page.rows if isinstance(page.rows, list) else []), page.after, page.more

    async def _whole(self, rows: Sequence[Any]) -> _Read:
        """Read found tickets again in full, with their people and SLA clocks, which a search hasn't."""
        read = _Read()
        ids = [str(row["id"]) for row in rows if isinstance(row, dict) and str(row.get("id", "")).isdigit()]
        _, read.bad = wire.parse_all("ticket", [row for row in rows if not _has_id(row)], wire.ticket)
        for begin in range(0, len(ids), MANY):
            part = self._parsed(await self._client.many("tickets", ids[begin : begin + MANY], _BESIDE))
            read.tickets += part.tickets
            read.people += part.people
            read.bad += part.bad
        return read

    async def _add_clocks(self, read: _Read) -> None:
        """Give unsolved tickets of an export without SLA clocks theirs."""
        ids = [each.remote_id for each in read.tickets if each.status in UNSOLVED and not each.slas_known]
        for begin in range(0, len(ids), MANY):
            part = self._parsed(await self._client.many("tickets", ids[begin : begin + MANY], _BESIDE))
            read.tickets += part.tickets

    async def _count(self, since: int) -> int | None:
        try:
            data = await self._client.get(
                "search/count", {"query": f"type:ticket updated>={_spelled(since)}"}
            )
        except (Rejected, NotFound, NotAllowed):
            return None
        count = data.get("count")
        return count if isinstance(count, int) else None

    def _parsed(self, data: Mapping[str, Any]) -> _Read:
        tickets, bad = wire.parse_all(
            "ticket", data.get("tickets"), lambda row: wire.ticket(row, self.statuses)
        )
        people, bad_people = wire.parse_all("person", data.get("users"), wire.person)
        return _Read(tickets, people, bad + bad_people)

    def _seen(self, position: Position, read: _Read, lag: int) -> Position:
        now = self._clock.now()
        newest = max((each.updated_at for each in read.tickets), default=0)
        # A ticket dated in the future must not hide what happens until then.
        newest = min(max(newest, position.newest), now)
        kept = {key: at for key, at in position.recent.items() if parse_instant(at) >= newest - lag}
        for each in read.tickets:
            if newest - lag <= each.updated_at <= now - SAME_SECOND:
                kept[each.remote_id] = each.version
            else:
                kept.pop(each.remote_id, None)
        return replace(
            position,
            newest=newest,
            done=position.done + len(read.tickets) + len(read.bad),
            recent=dict(list(kept.items())[-_RECENT_LIMIT:]),
        )

    def _made(
        self, read: _Read, following: Position, *, more: bool, phase: str, done: int | None = None
    ) -> TicketPage:
        done = following.done if done is None else done
        total = None if phase == "poll" or following.total is None else max(following.total, done)
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


def _unknown(rows: Any, recent: Mapping[str, str]) -> list[Any]:
    return [
        row
        for row in (rows if isinstance(rows, list) else ())
        if not _has_id(row) or recent.get(str(row["id"])) != row.get("updated_at")
    ]


def _has_id(row: Any) -> bool:
    return isinstance(row, dict) and str(row.get("id", "")).isdigit()


def _spelled(instant: int) -> str:
    return format_instant(max(instant, SECOND) // SECOND * SECOND)
