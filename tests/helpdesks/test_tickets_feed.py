"""The ticket feed over a server that is played: what no real one can be made to do at will."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

from agentconsole.domain.errors import NotAllowed
from agentconsole.domain.times import DAY, MINUTE, SECOND, format_instant
from agentconsole.helpdesks.cursors import place_of
from agentconsole.helpdesks.zendesk.client import Rows, ZendeskClient
from agentconsole.helpdesks.zendesk.tickets_feed import Position, TicketFeed

START = 1_795_521_600 * SECOND


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> int:
        return self.at


class Played:
    """Tickets by id and time of change, for a login that may search only; it notes what is asked."""

    name = "demo"

    def __init__(self) -> None:
        self.tickets: dict[int, int] = {}
        self.read: list[str] = []

    def row(self, number: int) -> dict[str, Any]:
        when = format_instant(self.tickets[number] // SECOND * SECOND)
        return {"id": number, "status": "open", "created_at": when, "updated_at": when}

    async def get(self, path: str, params: Mapping[str, str], **_: Any) -> dict[str, Any]:
        if path.startswith("incremental"):
            raise NotAllowed("demo: for admins only.")
        raise AssertionError(path)

    async def page(self, path: str, key: str, after: str | None, params: Mapping[str, str], **_: Any) -> Rows:
        since = params["query"].partition("updated>=")[2].partition(" ")[0]
        rows = [self.row(number) for number in self.tickets]
        found = [row for row in rows if row["updated_at"] >= since]
        return Rows(found, None, False, {})

    async def many(self, path: str, ids: list[str], params: Mapping[str, str]) -> dict[str, Any]:
        self.read += ids
        return {"tickets": [self.row(int(each)) for each in ids], "users": []}


async def polled(feed: TicketFeed, played: Played, cursor: str | None) -> tuple[str, list[str]]:
    """Poll until there is no more; returns the cursor and which tickets were read."""
    played.read.clear()
    for _ in range(50):
        page = await feed.page(cursor)
        cursor = page.cursor
        if not page.more:
            return cursor, list(played.read)
    raise AssertionError("the feed does not come to an end")


def made() -> tuple[Clock, Played, TicketFeed]:
    clock, played = Clock(), Played()
    return clock, played, TicketFeed(cast(ZendeskClient, played), clock, 1)


async def test_a_second_change_within_the_same_second_is_seen() -> None:
    clock, played, feed = made()
    played.tickets = {1: START - MINUTE, 2: START - SECOND // 2}
    cursor, _ = await polled(feed, played, None)
    clock.at += MINUTE
    cursor, read = await polled(feed, played, cursor)
    assert read == ["2"], "it may have changed again in its second; the other cannot"
    clock.at += MINUTE
    cursor, read = await polled(feed, played, cursor)
    assert read == []


async def test_a_ticket_dated_in_the_future_hides_nothing() -> None:
    clock, played, feed = made()
    played.tickets = {1: START + 900 * DAY}
    cursor, _ = await polled(feed, played, None)
    assert place_of(Position, cursor).newest == START
    clock.at += MINUTE
    played.tickets[2] = clock.at - 30 * SECOND
    _, read = await polled(feed, played, cursor)
    assert "2" in read


async def test_the_cursor_stays_bounded() -> None:
    clock, played, feed = made()
    cursor: str | None = None
    longest = 0
    for minute in range(6):
        clock.at += MINUTE
        first = minute * 1500
        played.tickets |= {first + each: clock.at - 20 * SECOND for each in range(1, 1501)}
        cursor, _ = await polled(feed, played, cursor)
        longest = max(longest, len(cursor))
    assert longest < 100_000
    clock.at += 30 * MINUTE
    played.tickets = {99_999: clock.at - MINUTE}
    cursor, _ = await polled(feed, played, cursor)
    assert len(place_of(Position, cursor).recent) == 1


async def test_the_pages_of_one_window_are_asked_for_by_one_query_however_long_they_take() -> None:
    clock, played, _ = made()
    asked: list[tuple[str, str | None]] = []

    class Paged(Played):
        async def page(
            self, path: str, key: str, after: str | None, params: Mapping[str, str], **_: Any
        ) -> Rows:
            asked.append((params["query"], after))
            clock.at += 3 * SECOND
            found = (await super().page(path, key, None, params)).rows
            place = int(after or 0)
            return Rows(found[place : place + 1], str(place + 1), place + 1 < len(found), {})

    played = Paged()
    played.tickets = dict.fromkeys(range(1, 5), START - DAY)
    await polled(TicketFeed(cast(ZendeskClient, played), clock, 3), played, None)
    following = [(before, query) for (before, _), (query, after) in pairwise(asked) if after is not None]
    assert len(following) >= 6 and all(before == query for before, query in following)
