"""The console's reads with 100,000 tickets on disk: a window of rows, all ids, a ticket with 500 messages."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from agentconsole.desk.queue import FIRST
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.people import Identity, RemotePerson
from agentconsole.domain.queries import Query, Sort, parse_query
from agentconsole.domain.tickets import TicketPage
from agentconsole.helpdesks.base import ListPage
from agentconsole.store.database import open_store
from agentconsole.store.fts import update_full_text
from agentconsole.store.ingest import Ingest
from agentconsole.store.reader import Reader
from agentconsole.store.writer import Writer
from tests.benchmarks.bench_ingest import Account, make_tickets

NOW = 1_760_000_000_000_000
MESSAGES = 500
QUERIES: Sequence[tuple[str, Sort]] = (
    ("status<solved assignee:me", "due"),
    ("status<solved assignee:none", "waiting"),
    ("status:open", "updated"),
    ("tags:refund priority>=high", "updated"),
    ("tags:refund -tags:order status<solved", "priority"),
    ("created>2025-08-01", "newest"),
    ("created>2025-08-01 status<solved priority:urgent", "due"),
    ("updated<3days status<solved", "updated"),
    ('requester:"Person 12345"', "updated"),
    ("requester:p12345@customer.org", "updated"),
    ("assignee:905 status:pending", "waiting"),
    ("channel:chat status<solved", "due"),
    ("is:overdue", "due"),
    ("battery refund", "updated"),
    ('"parcel came broken" status<solved', "updated"),
    ("refund", "updated"),
    ("parcel", "updated"),
    ("parcel", "due"),
    ("battery refund", "due"),
    ("status<solved refund", "updated"),
    ("-refund", "updated"),
    ("", "due"),
    ("", "newest"),
    ("", "priority"),
    ("assignee:905", "updated"),
    ("organisation:acme", "updated"),
    ("organisation:none", "updated"),
    ("priority>=high", "due"),
    ("subject:refund", "updated"),
    ("status>=solved", "newest"),
    ("status>=solved", "priority"),
    ("created<2025-08-01", "newest"),
    ("-tags:refund", "newest"),
    ("-assignee:me", "priority"),
    ("-refund", "newest"),
    ("-refund", "due"),
    ("-charged -broken", "updated"),
)
"""What an agent may ask of 100,000 tickets, with the order."""

_WORDS = (
    "the parcel came broken and the card was charged twice so please send back what we paid for it".split()
)


def run(count: int = 100_000) -> dict[str, Any]:
    """Measure; milliseconds: p50, p95, and the least CPU time, which a busy machine changes little."""
    chance = random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store" / "a.db"
        with (
            closing(open_store(path, role="console")) as conn,
            closing(open_store(path, role="worker")) as bulk,
        ):
            account_id = Writer(conn).put_accounts([Account()], 0)["bench"]
            ingest = Ingest(bulk, account_id, sleep=lambda _: None)
            _fill(ingest, count, chance)
            while update_full_text(bulk, 2_000):
                pass
            reader = Reader(conn)
            ids = reader.ticket_ids(None, "updated", NOW)
            longest = reader.find_ticket(None, "1")[0]
            views: dict[str, tuple[Query | None, Sort]] = {
                "ids_all_updated": (None, "updated"),
                "ids_unsolved_due": (parse_query("status<solved"), "due"),
                "ids_unsolved_priority": (parse_query("status<solved"), "priority"),
                "ids_mine_due": (parse_query("assignee:me status<solved"), "due"),
                "ids_tag": (parse_query("status<solved tags:refund"), "updated"),
                "ids_word": (parse_query("battery"), "updated"),
                "ids_all_newest": (None, "newest"),
            }
            figures: dict[str, Any] = {
                "tickets": len(ids),
                "open_store_ms": _timed(lambda: open_store(path, role="console").close(), 20),
                "window_64_rows_ms": _timed(lambda: reader.queue_rows(_window(ids, chance)), 200),
                f"ticket_detail_{MESSAGES}_messages_ms": _timed(
                    lambda: reader.ticket_detail(longest, NOW), 60
                ),
                "feed_since_ms": _timed(lambda: reader.feed_since(reader.feed_sequence() - 5), 100),
            }
            for text, sort in QUERIES:
                views[f"query {text!r} by {sort}"] = (parse_query(text) if text else None, sort)
            for name, (query, sort) in views.items():
                found = len(reader.ticket_ids(query, sort, NOW))
                timing = _timed(partial(reader.ticket_ids, query, sort, NOW), 20)
                figures[f"{name}_ms"] = {**timing, "found": found}
                first = partial(reader.first_ids, query, sort, NOW, FIRST)
                if first() is not None:
                    figures[f"{name}, the first {FIRST}_ms"] = _timed(first, 20)
            writer = Writer(conn)
            text = "Dear Ann, " * 50
            figures["save_draft_ms"] = _timed(
                lambda: writer.save_draft(longest, True, text + str(chance.random()), None, at=NOW), 60
            )
    figures["bounds"] = {
        f"ticket_detail_{MESSAGES}_messages_ms": 50.0,
        "window_64_rows_ms": 16.0,
        "query ...": 50.0,
    }
    return figures


def _fill(ingest: Ingest, count: int, chance: random.Random) -> None:
    ingest.set_identity(Identity("905", "Nora", "nora@example.com", "agent"))
    people = [
        RemotePerson(str(key), f"Person {key}", f"p{key}@customer.org", "customer")
        for key in range(10_000, 40_000)
    ]
    people += [RemotePerson(str(key), f"Agent {key}", None, "agent") for key in range(900, 940)]
    ingest.put_people(ListPage(tuple(people), "", more=False), at=0)
    tickets = make_tickets(count)
    for start in range(0, count, 1_000):
        ingest.put_tickets(TicketPage(tuple(tickets[start : start + 1_000]), "c", True), at=start)
    ingest.put_messages(
        [_message(key, "1", chance) for key in range(MESSAGES)]
        + [
            _message(key, str(chance.randrange(2, count)), chance)
            for key in range(MESSAGES, MESSAGES + 5_000)
        ],
        at=NOW,
    )


def _message(key: int, number: str, chance: random.Random) -> RemoteMessage:
    text = " ".join(chance.choices(_WORDS, k=90))
    quoting = f"{text}\n\nOn Mon, 3 Nov 2025 at 10:00, Nora <nora@example.com> wrote:\n> {text}"
    author = str(10_000 + key % 3) if key % 2 else "905"
    return RemoteMessage(f"m{key}", number, author, "reply", NOW + key, "email", quoting, None)


def _window(ids: Any, chance: random.Random) -> list[int]:
    start = chance.randrange(max(1, len(ids) - 64))
    return list(ids[start : start + 64])


def _timed(call: Callable[[], object], rounds: int) -> dict[str, float]:
    call()
    spans, work = [], []
    for _ in range(rounds):
        began, began_work = time.perf_counter(), time.thread_time()
        call()
        work.append((time.thread_time() - began_work) * 1_000)
        spans.append((time.perf_counter() - began) * 1_000)
    spans.sort()
    return {
        "p50": round(spans[len(spans) // 2], 2),
        "p95": round(spans[int(len(spans) * 0.95)], 2),
        "least_cpu": round(min(work), 2),
    }


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=1))
