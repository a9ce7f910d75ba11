"""Request Tracker's change feed against a made-up server that hides and delays rows as a real one may."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from agentconsole.clock import FixedClock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.tickets import TicketPage
from agentconsole.domain.times import MINUTE, SECOND, format_instant, moment_of, parse_instant
from agentconsole.helpdesks.rt.adapter import RtHelpdesk

NOW = parse_instant("2026-11-22T12:00:00Z")


@dataclass
class MadeUpRt:
    """Answers what the feed asks; tickets are `number: status`, transactions `number: (ticket, at)`."""

    clock: FixedClock
    tickets: dict[int, str] = field(default_factory=dict)
    transactions: dict[int, tuple[int, int]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    """Transactions that are dropped after the page was cut."""
    merged: dict[int, int] = field(default_factory=dict)
    allowed: tuple[str, ...] = ("self", "correspond", "comment")
    """What the login may do with a ticket, as RT names its links."""
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/REST/2.0/")
        query = request.url.params.get("query", "")
        self.asked.append(f"{path}?{query}")
        data: Any
        if path == "rt":
            data = {"Version": "5"}
        elif path.startswith("user/"):
            data = {"Name": "ada", "Privileged": 1, "Memberships": [], "EmailAddress": "ada@rt.example"}
        elif path == "transactions":
            data = self._transactions(query)
        elif path == "tickets":
            data = self._tickets(query)
        elif path.startswith("ticket/"):
            number = int(path.removeprefix("ticket/"))
            if number not in self.tickets:
                return httpx.Response(404, json={"message": "Not Found"})
            data = self._ticket(self.merged.get(number, number))
        else:
            data = {"items": [], "total": 0}
        date = moment_of(self.clock.now()).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(200, json=data, headers={"Date": date})

    def _transactions(self, query: str) -> dict[str, Any]:
        above = int(re.findall(r"id > (\d+)", query)[0])
        below = int((re.findall(r"id < (\d+)", query) or ["999999"])[0])
        rows = sorted((one for one in self.transactions if above < one < below), reverse=True)[:100]
        items = [
            {
                "id": str(one),
                "Type": "Set",
                "ObjectId": str(self.transactions[one][0]),
                "Created": format_instant(self.transactions[one][1] // SECOND * SECOND),
            }
            for one in rows
            if one not in self.hidden
        ]
        return {"items": items, "total": None}

    def _tickets(self, query: str) -> dict[str, Any]:
        found = [one for one in self.tickets if one not in self.merged and self.tickets[one] != "deleted"]
        named = {int(each) for each in re.findall(r"id = (\d+)", query)}
        below = int((re.findall(r"id < (\d+)", query) or ["999999"])[0])
        ends = {"resolved", "rejected", "shipped"}
        word = (re.findall(r"Status = '(\w+)' AND", query) or [""])[0]
        rows = [
            one
            for one in sorted(found, reverse=True)
            if (not named or one in named)
            and one < below
            and ("__Active__" not in query or self.tickets[one] not in ends)
            and ("__Inactive__" not in query or self.tickets[one] in ends)
            and ("Owner = " not in query or one % 2 == 0)
            and ("Owner != " not in query or one % 2)
            and (word in ("", "__Active__", "__Inactive__") or self.tickets[one] == word)
        ]
        return {"items": [self._ticket(one) for one in rows[:100]], "total": len(rows)}

    def _ticket(self, number: int) -> dict[str, Any]:
        return {
            "_hyperlinks": [{"ref": each, "_url": "http://127.0.0.1:1"} for each in self.allowed],
            "id": number,
            "Subject": f"T{number}",
            "Status": self.tickets[number],
            "Created": "2026-01-01T00:00:00Z",
            "LastUpdated": "2026-01-01T00:00:00Z",
        }

    def change(self, number: int, ticket: int, *, ago: int = 0) -> None:
        self.transactions[number] = (ticket, self.clock.now() - ago)


@dataclass
class Feed:
    """The feed of one process, and of the next after a restart."""

    rt: MadeUpRt
    cursor: str | None = None

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        account = AccountSettings("u", "rt", "rt", "http://127.0.0.1:1", "ada")
        self.helpdesk = RtHelpdesk(
            account, lambda: "1-2-x", self.rt.clock, transport=httpx.MockTransport(self.rt)
        )

    async def page(self) -> TicketPage:
        page = await self.helpdesk.changes(self.cursor)
        self.cursor = page.cursor
        return page

    async def all(self) -> set[str]:
        seen: set[str] = set()
        for _ in range(100):
            page = await self.page()
            seen |= {each.remote_id for each in page.tickets}
            if not page.more:
                return seen
        raise AssertionError("it does not end")


@pytest.fixture
def rt() -> MadeUpRt:
    clock = FixedClock(NOW)
    made = MadeUpRt(clock, {number: "open" for number in range(1, 251)} | {251: "resolved"})
    for number in range(1, 400):
        made.change(number, 1 + number % 251, ago=3600 * SECOND)
    return made


async def test_all_tickets_come_page_by_page_and_an_idle_poll_is_one_request(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    assert len(await feed.all()) == 251
    for _ in range(3):
        rt.asked.clear()
        assert await feed.all() == set() and len(rt.asked) == 1
    await feed.helpdesk.close()


async def test_a_page_of_transactions_without_numbers_ends_the_poll(
    rt: MadeUpRt, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(rt)
    await feed.all()
    monkeypatch.setattr(rt, "_transactions", lambda query: {"items": [{"Type": "Set"}] * 100, "total": None})
    assert await feed.all() == set()
    await feed.helpdesk.close()


async def test_a_poll_ends_at_what_is_known_though_the_server_sends_all(
    rt: MadeUpRt, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(rt)
    await feed.all()
    whole = rt._transactions
    monkeypatch.setattr(rt, "_transactions", lambda query: whole(re.sub(r"id > \d+", "id > 0", query)))
    rt.clock.instant += 2 * MINUTE
    rt.change(400, 7)
    rt.asked.clear()
    assert await feed.all() == {"7"} and len(rt.asked) == 2, rt.asked
    await feed.helpdesk.close()


async def test_what_changes_while_the_listing_is_read_comes_after_it(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    await feed.page()
    rt.tickets[250] = "resolved"
    rt.change(400, 250)
    rt.tickets[252] = "open"
    rt.change(401, 252)
    rest = await feed.all()
    assert {"250", "252"} <= rest
    await feed.helpdesk.close()


async def test_a_number_that_becomes_visible_after_a_higher_one_is_not_missed(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    await feed.all()
    rt.change(402, 7)
    assert await feed.all() == {"7"}
    rt.clock.instant += 20 * SECOND
    rt.change(401, 9, ago=20 * SECOND)
    assert await feed.all() == {"9"}
    assert await feed.all() == set(), "and neither comes again"
    rt.clock.instant += 2 * MINUTE
    rt.asked.clear()
    assert await feed.all() == set() and await feed.all() == set() and len(rt.asked) == 2
    assert "id > 402" in rt.asked[-1]
    await feed.helpdesk.close()


async def test_pages_thinned_by_rights_are_not_taken_for_the_end(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    await feed.all()
    for number in range(400, 900):
        rt.change(number, 1 + number % 250)
    rt.hidden = {number for number in range(400, 900) if number % 100 > 2}
    wanted = {str(1 + number % 250) for number in range(400, 900) if number % 100 <= 2}
    assert await feed.all() == wanted
    await feed.helpdesk.close()


async def test_a_long_absence_is_made_up_for_from_any_page(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    await feed.all()
    for number in range(400, 1000):
        rt.change(number, 1 + number % 200, ago=1800 * SECOND)
    seen: set[str] = set()
    for _ in range(20):
        feed.restart()
        page = await feed.page()
        seen |= {each.remote_id for each in page.tickets}
        await feed.helpdesk.close()
        if not page.more:
            break
    assert {str(number) for number in range(1, 201)} <= seen and not page.more


async def test_a_new_process_reads_the_agents_own_once(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    await feed.all()
    await feed.helpdesk.close()
    feed.restart()
    own = await feed.all()
    assert own and all(int(number) % 2 == 0 for number in own)
    assert await feed.all() == set()
    await feed.helpdesk.close()


async def test_merged_deleted_and_vanished_tickets(rt: MadeUpRt) -> None:
    feed = Feed(rt)
    await feed.all()
    rt.merged[11] = 12
    rt.tickets[13] = "deleted"
    del rt.tickets[15]
    for number, ticket in ((400, 11), (401, 13), (402, 15), (403, 12)):
        rt.change(number, ticket)
    found = {each.remote_id: each for each in (await feed.page()).tickets}
    assert set(found) == {"11", "12", "13"}
    assert found["11"].merged_into == "12" and found["11"].deleted and found["13"].deleted
    assert not found["12"].deleted
    await feed.helpdesk.close()


async def test_words_of_own_lifecycles_are_looked_up_once(rt: MadeUpRt) -> None:
    rt.tickets |= {20: "packing", 21: "shipped", 22: "packing"}
    feed = Feed(rt)
    statuses: dict[str, str] = {}
    for _ in range(20):
        page = await feed.page()
        statuses |= {each.remote_id: each.status for each in page.tickets}
        if not page.more:
            break
    assert (statuses["20"], statuses["21"], statuses["22"]) == ("open", "solved", "open")
    assert sum("'packing'" in each for each in rt.asked) == 1
    await feed.helpdesk.close()


@pytest.mark.parametrize(
    ("allowed", "writes", "notes_only"),
    [(("correspond", "comment"), True, False), (("comment",), True, True), (("self",), False, False)],
)
async def test_what_a_login_may_do_is_read_off_its_tickets(
    rt: MadeUpRt, allowed: tuple[str, ...], writes: bool, notes_only: bool
) -> None:
    rt.allowed = allowed
    rights = await Feed(rt).helpdesk.rights()
    assert (rights.reads, rights.writes, rights.notes_only) == (True, writes, notes_only)
    assert (rights.tickets, rights.mine) == (251, 125)


async def test_a_login_that_sees_no_queue_and_no_ticket_may_not_read(rt: MadeUpRt) -> None:
    rt.tickets.clear()
    rights = await Feed(rt).helpdesk.rights()
    assert (rights.reads, rights.writes, rights.tickets) == (False, None, 0)
