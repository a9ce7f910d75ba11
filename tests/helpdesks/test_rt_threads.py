"""When Request Tracker's tickets are read with their threads, against a made-up server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from agentconsole.clock import FixedClock
from agentconsole.domain.errors import NotFound
from agentconsole.domain.times import SECOND, format_instant
from agentconsole.helpdesks.base import Thread, UnmovedThread
from tests.helpdesks.test_rt_feed import NOW, Feed, MadeUpRt

HOUR = 3600 * SECOND


@dataclass
class RtWithThreads(MadeUpRt):
    """Each ticket has a text, and what was done to it since; `LastUpdated` is the last of that."""

    kinds: dict[int, str] = field(default_factory=dict)
    """Types of transactions, where they are not `Set`."""
    spoilt: bool = False
    """Whether histories have a row without its time."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        _, _, rest = request.url.path.partition("/ticket/")
        number, _, what = rest.partition("/")
        if what not in ("history", "attachments"):
            return super().__call__(request)
        self.asked.append(what)
        if int(number) not in self.tickets:
            return httpx.Response(404, json={"message": "Not Found"})
        rows = self._rows(int(number))
        if what == "attachments":
            first = [row["id"] for row in rows if row["Type"] == "Create"]
            body = {"ContentType": "text/plain", "Content": "It does not boil."}
            rows = [{"id": one, "TransactionId": one, **body} for one in first]
        elif self.spoilt:
            rows = [{**rows[0], "Created": "never"}, *rows]
        return httpx.Response(200, json={"items": rows, "total": len(rows)})

    def _rows(self, number: int) -> list[dict[str, Any]]:
        actual = self.merged.get(number, number)
        return [
            {
                "id": str(one),
                "Type": self.kinds.get(one, "Set"),
                "ObjectId": str(ticket),
                "Created": format_instant(at // SECOND * SECOND),
                "Creator": {"type": "user", "id": "olive", "Name": "olive"},
            }
            for one, (ticket, at) in sorted(self.transactions.items())
            if self.merged.get(ticket, ticket) == actual
        ]

    def _ticket(self, number: int) -> dict[str, Any]:
        moved = [row for row in self._rows(number) if row["Type"] != "EmailRecord"]
        last = max((row["Created"] for row in moved), default="2026-01-01T00:00:00Z")
        return {**super()._ticket(number), "LastUpdated": last}

    def happens(self, number: int, ticket: int, kind: str, *, ago: int = 0) -> None:
        self.kinds[number] = kind
        self.change(number, ticket, ago=ago)


@dataclass
class Stored:
    """What the console has of the tickets: their versions, and the feed's cursor."""

    feed: Feed
    versions: dict[str, str] = field(default_factory=dict)

    async def poll(self, pages: int = 99) -> None:
        for _ in range(pages):
            page = await self.feed.page()
            self.versions |= {each.remote_id: each.version for each in page.tickets}
            if not page.more:
                return

    async def restart(self) -> None:
        await self.feed.helpdesk.close()
        self.feed.restart()

    async def opened(self, number: str) -> Thread | UnmovedThread:
        """Open a ticket in a new process."""
        await self.restart()
        await self.feed.helpdesk.whoami()
        self.feed.rt.asked.clear()
        assert self.feed.cursor is not None
        return await self.feed.helpdesk.thread_since(number, self.versions[number], self.feed.cursor)


@pytest.fixture
def rt() -> RtWithThreads:
    made = RtWithThreads(FixedClock(NOW), {1: "resolved", 2: "open", 3: "resolved", 5: "open"})
    for place, ticket in enumerate(made.tickets):
        made.happens(10 + place, ticket, "Create", ago=HOUR)
    return made


@pytest.fixture
async def stored(rt: RtWithThreads) -> Stored:
    made = Stored(Feed(rt))
    await made.poll()
    return made


@pytest.mark.parametrize("number", ["1", "2", "3", "5"])
async def test_opening_any_ticket_in_a_new_process_takes_two_requests(
    rt: RtWithThreads, stored: Stored, number: str
) -> None:
    thread = await stored.opened(number)
    assert isinstance(thread, UnmovedThread) and thread.version == stored.versions[number]
    assert [one.raw_text for one in thread.messages] == ["It does not boil."]
    assert [one.remote_id for one in thread.people] == ["olive"]
    assert rt.asked == ["history", "attachments"]
    await stored.restart()


async def test_what_the_feed_has_not_told_yet_is_read(rt: RtWithThreads, stored: Stored) -> None:
    rt.happens(20, 1, "Status", ago=HOUR)
    rt.tickets[1] = "open"
    thread = await stored.opened("1")
    assert rt._ticket(1)["LastUpdated"] == stored.versions["1"], "it changed within the very second"
    assert isinstance(thread, Thread) and thread.ticket.status == "open" and len(rt.asked) == 3
    await stored.poll()
    assert isinstance(await stored.opened("1"), UnmovedThread)
    await stored.restart()


async def test_what_the_feed_could_not_tell_is_read(rt: RtWithThreads, stored: Stored) -> None:
    rt.happens(20, 1, "Status")
    rt.hidden.add(20)
    rt.happens(21, 2, "Set")
    rt.tickets[1] = "open"
    rt.clock.instant += HOUR
    await stored.poll()
    assert '"settled":21' in str(stored.feed.cursor).replace(" ", "")
    thread = await stored.opened("1")
    assert isinstance(thread, Thread) and thread.ticket.status == "open"
    await stored.restart()


async def test_nothing_is_taken_for_told_before_all_is_listed(rt: RtWithThreads) -> None:
    stored = Stored(Feed(rt))
    await stored.poll(1)
    assert isinstance(await stored.opened("2"), Thread)
    await stored.restart()


async def test_mails_that_were_sent_change_nothing_unless_the_version_is_older(
    rt: RtWithThreads, stored: Stored
) -> None:
    rt.happens(20, 1, "EmailRecord", ago=HOUR)
    assert isinstance(await stored.opened("1"), UnmovedThread)
    # What sends a mail moves the version after it.
    rt.happens(21, 1, "EmailRecord", ago=HOUR - SECOND)
    assert isinstance(await stored.opened("1"), Thread)
    await stored.restart()


async def test_tickets_that_are_gone_or_merged_are_noticed(rt: RtWithThreads, stored: Stored) -> None:
    rt.tickets[1] = "deleted"
    rt.happens(20, 1, "Status")
    rt.merged[3] = 2
    rt.happens(21, 3, "AddLink")
    with pytest.raises(NotFound, match="has been deleted"):
        await stored.opened("1")
    thread = await stored.opened("3")
    assert isinstance(thread, Thread) and thread.ticket.remote_id == "2" and len(thread.said) == 2
    await stored.poll()
    whole = await stored.opened("2")
    assert isinstance(whole, UnmovedThread) and {one.ticket for one in whole.messages} == {"2"}
    await stored.restart()


async def test_a_history_that_cannot_be_read_tells_nothing(rt: RtWithThreads, stored: Stored) -> None:
    rt.spoilt = True
    thread = await stored.opened("1")
    assert isinstance(thread, Thread) and thread.quarantined
    await stored.restart()
