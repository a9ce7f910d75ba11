"""Servers that say “more” for ever and send nothing new: asked a few times, then left alone."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from agentconsole.clock import FixedClock
from agentconsole.config import Config, Paths
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import EndlessListing
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.endless import MOST_IN_VAIN, Reading
from agentconsole.helpdesks.rt.adapter import RtHelpdesk
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from agentconsole.store.database import open_store
from agentconsole.store.reader import Reader
from agentconsole.sync.reports import Report
from agentconsole.sync.worker import Worker
from tests.support.odd_server import OddServer, answer, odd_server
from tests.support.stores import put_empty_store
from tests.sync.rig import FixedSecrets

NOW = parse_instant("2026-11-22T12:00:00Z")
WHEN = "2026-11-20T10:00:00Z"
ENOUGH = 2 * MOST_IN_VAIN + 12
"""So many requests suffice for whatever is read, with what is read beside it."""

AUDIT = {
    "id": 9, "ticket_id": 7, "created_at": WHEN, "author_id": 1,
    "events": [{"id": 10, "type": "Comment", "public": True, "body": "Hello", "author_id": 1}],
}  # fmt: skip
ROWS: dict[str, Any] = {
    "id": 7, "name": "Ada", "title": "A", "subject": "Kettle", "status": "open", "created_at": WHEN,
    "updated_at": WHEN, "email": "ada@example.com", "role": "agent", "locale": "en-us", "body": "Hello",
    "author_id": 1, "public": True, "user_id": 1, "group_id": 7, "timestamp": 1_790_000_000,
}  # fmt: skip


@dataclass
class EndlessZendesk:
    """Gives the same rows, or none, and another cursor each time."""

    rows: list[Any]
    no_export: bool = False
    ended: bool = False
    only: tuple[str, ...] = ("",)
    """How the paths end that never end."""
    _cursors: Any = field(default_factory=count)

    def __call__(self, method: str, path: str) -> bytes:
        place = urlsplit(path).path
        if place.endswith("users/me"):
            return answer({"user": {**ROWS, "id": 1}})
        if self.no_export and "/incremental/" in place:
            return answer({"error": "Forbidden"}, "403 Forbidden")
        if place.endswith("show_many") or place.endswith("tickets/7"):
            return answer({"tickets": [ROWS], "users": [], "ticket": ROWS})
        if place.endswith(("search/count", "custom_statuses", "ticket_forms")):
            return answer({"count": 5})
        cursor = f"c{next(self._cursors)}"
        rows = [AUDIT] if self.rows and place.endswith("audits") else self.rows
        keys = (
            "tickets", "users", "results", "ticket_events", "organizations", "macros", "articles", "groups",
            "group_memberships", "views", "ticket_fields", "audits", "comments", "sections",
        )  # fmt: skip
        ended = self.ended or not place.endswith(self.only)
        return answer(
            {
                **dict.fromkeys(keys, rows),
                "meta": {"has_more": not ended, "after_cursor": cursor},
                "after_cursor": cursor,
                "end_of_stream": ended,
                "end_time": 1,
            }
        )


def endless_rt(method: str, path: str) -> bytes:
    """The same page, whichever is asked for, without a word of how many rows there are."""
    parts = urlsplit(path)
    place = parts.path.removeprefix("/REST/2.0/")
    user = {"id": "ada", "Name": "ada", "EmailAddress": "ada@rt.example", "Privileged": 1, "Memberships": []}
    if place == "rt":
        return answer({"Version": "5"})
    if place == "user/ada":
        return answer(user)
    if place.startswith("customfield/"):
        return answer({"Values": []})
    if place.startswith("search/"):
        return answer({"Content": {}})
    kind = "Set" if place.endswith("history") or place == "transactions" else "Freeform"
    rows = [
        {**user, "id": str(number), "Type": kind, "ObjectId": "7", "Created": WHEN, "Status": "open",
         "LastUpdated": WHEN, "Name": f"Q{number}", "Queue": {"id": "1"}, "Owner": user}
        for number in range(1000, 1100)
    ]  # fmt: skip
    query = parse_qs(parts.query).get("query", [""])[0]
    if place == "tickets" and "id = " in query:
        rows = rows[:1]
    return answer(json.dumps({"items": rows}))


def zendesk(server: OddServer) -> ZendeskHelpdesk:
    account = AccountSettings("u", "shop", "zendesk", server.url, "ada@example.com")
    return ZendeskHelpdesk(account, lambda: "token-123456", FixedClock(NOW))


def rt(server: OddServer) -> RtHelpdesk:
    account = AccountSettings("u", "rt", "rt", server.url, "ada")
    return RtHelpdesk(account, lambda: "1-2-x", FixedClock(NOW))


async def read(desk: Helpdesk, stream: str, server: OddServer) -> str:
    """Read a feed as the worker does, to its end; return the last cursor."""
    cursor: str | None = None
    while True:
        assert len(server.asked) < 3 * ENOUGH, "it does not end"
        page = await getattr(desk, stream)(*(() if stream == "fields" else (cursor,)))
        if stream == "fields" or not page.more:
            return cursor or ""
        cursor = page.cursor


PAGED = ("changes", "messages", "people", "organisations", "macros", "articles", "groups", "views", "fields")


@pytest.mark.parametrize("rows", [[], [ROWS]], ids=["nothing", "the same"])
@pytest.mark.parametrize("stream", PAGED)
async def test_zendesk_lists_that_never_end(stream: str, rows: list[Any]) -> None:
    with odd_server(EndlessZendesk(rows)) as server:
        desk = zendesk(server)
        with pytest.raises(EndlessListing, match=r"^shop: 127\.0\.0\.1\S* says of .* sends nothing new"):
            await read(desk, stream, server)
        assert len(server.asked) <= ENOUGH
        await desk.close()


async def test_zendesk_searches_that_never_end_and_go_on_once_they_do() -> None:
    zendesk_server = EndlessZendesk([ROWS], no_export=True)
    with odd_server(zendesk_server) as server:
        desk = zendesk(server)
        cursor: str | None = None
        with pytest.raises(EndlessListing):
            while True:
                cursor = (await desk.changes(cursor)).cursor
        before = len(server.asked)
        with pytest.raises(EndlessListing):
            await desk.changes(cursor)
        # One that is asked again is not trusted anew; the cursor stands where it stood.
        assert len(server.asked) == before + 1
        zendesk_server.ended = True
        while (page := await desk.changes(cursor)).more:
            cursor = page.cursor
            assert len(server.asked) < before + 3 * ENOUGH
        assert page.phase == "changes"
        await desk.close()


@pytest.mark.parametrize("rows", [[], [ROWS]], ids=["nothing", "the same"])
async def test_a_zendesk_thread_that_never_ends_is_what_came(rows: list[Any]) -> None:
    with odd_server(EndlessZendesk(rows)) as server:
        desk = zendesk(server)
        thread = await desk.thread("7")
        assert [each.raw_text for each in thread.said] == ["Hello"] * len(thread.said) and bool(
            thread.said
        ) == bool(rows)
        assert len(server.asked) <= ENOUGH
        await desk.close()


@pytest.mark.parametrize("stream", ["changes", "articles", "groups", "views", "fields", "people"])
async def test_request_tracker_lists_that_never_end(stream: str) -> None:
    with odd_server(endless_rt) as server:
        desk = rt(server)
        with pytest.raises(EndlessListing, match=r"^rt: 127\.0\.0\.1\S* says of .* sends nothing new"):
            await read(desk, stream, server)
        assert len(server.asked) <= ENOUGH
        await desk.close()


async def test_the_worker_leaves_alone_what_never_ends_and_reads_the_rest(tmp_path: Path) -> None:
    helpdesk = EndlessZendesk([ROWS], only=("macros", "tickets/cursor"))
    paths = Paths(tmp_path)
    put_empty_store(paths.database)
    with odd_server(helpdesk) as server, closing(open_store(paths.database, role="console")) as conn:
        account = AccountSettings("u", "shop", "zendesk", server.url, "ada@example.com")
        config, told = Config(accounts=(account,)), list[Report]()
        made = Worker(
            paths, once=True, clock=FixedClock(NOW), secrets=FixedSecrets({"shop": "t"}), report=told.append
        )
        async with asyncio.timeout(30):
            assert await made.run(config) == 1
        asked = [urlsplit(each).path.partition("v2/")[2] for each in server.asked]
        assert asked.count("macros") == asked.count("incremental/tickets/cursor") == MOST_IN_VAIN + 1
        reader = Reader(conn)
        [state] = reader.account_states()
        assert state.state == "ok" and "says of macros" in state.sentence
        assert "says of incremental/tickets" in state.sentence and "says of views" not in state.sentence
        assert reader.find_ticket("shop", "7"), "what came is kept"
        assert conn.execute("SELECT remote_id FROM macro").fetchall() == [("7",)]


def test_a_long_listing_is_none_without_an_end() -> None:
    reading = Reading()
    for number in range(50_000):
        # Now and then nothing, or a page that repeats a part.
        reading.unseen([{"id": number}, {"id": number - 1}] if number % (MOST_IN_VAIN - 1) else [])
        assert not reading.in_vain
    same = [{"id": 1, "updated_at": "a"}, {"id": 1, "updated_at": "b"}, {"no": "id"}]
    assert Reading().unseen(same) == same
