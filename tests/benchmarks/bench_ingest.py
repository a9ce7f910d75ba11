"""Ingest of 100,000 parsed tickets with their indexes, against a bare `executemany` of the same rows.

Both write the same pages to WAL databases with the same settings, page by page in turn, so that a noisy
machine slows both alike. Full-text indexing, which the worker does afterwards, is measured beside it.
"""

from __future__ import annotations

import gc
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from agentconsole.domain.tickets import STATUSES, Priority, RemoteTicket, SlaClock, TicketPage
from agentconsole.store import ticket_rows
from agentconsole.store.database import open_store
from agentconsole.store.fts import update_full_text
from agentconsole.store.ingest import Ingest
from agentconsole.store.pacing import Pace
from agentconsole.store.writer import Writer

PAGE = 1_000
_WORDS = (
    "card order refund sign-in device late parcel broken password charge twice cancel address change "
    "delivery missing invoice screen battery login code payment declined"
).split()
_PRIORITIES: Sequence[Priority] = ("low", "normal", "normal", "high", "urgent")
_TABLES = {
    "ticket": f"id, {ticket_rows.COLUMNS}",
    "ticket_server": ticket_rows.SERVER_COLUMNS,
    "ticket_tag": "tag, ticket_id",
    "dirty": "kind, id, mark, old",
}


@dataclass(frozen=True)
class Account:
    uuid: str = "bench"
    name: str = "bench"
    kind: str = "zendesk"
    url: str = "http://127.0.0.1"
    login: str = "agent"


def make_tickets(count: int, *, seed: int = 7) -> list[RemoteTicket]:
    """Make tickets as a helpdesk in use has them: mostly solved, a few tags, some custom fields."""
    chance = random.Random(seed)
    start = 1_750_000_000_000_000
    tickets = []
    for number in range(1, count + 1):
        status = chance.choices(STATUSES, (3, 8, 5, 2, 30, 52))[0]
        created = start + number * 60_000_000 + chance.randrange(60_000_000)
        updated = created + chance.randrange(5_000_000_000_000)
        priority = chance.choice(_PRIORITIES)
        running = status in ("new", "open")
        tickets.append(
            RemoteTicket(
                remote_id=str(number),
                fields={
                    "subject": " ".join(chance.choices(_WORDS, k=6)).capitalize(),
                    "status": status,
                    "priority": priority,
                    "type": "question",
                    "assignee": str(900 + chance.randrange(40)) if status != "new" else None,
                    "group": str(800 + chance.randrange(4)),
                    "tags": tuple(sorted(set(chance.choices(_WORDS, k=chance.randrange(1, 5))))),
                    "custom:3601": f"A-{number:07d}",
                    "custom:3602": None,
                },
                status=status,
                priority=priority,
                channel=chance.choice(("email", "web", "chat")),
                requester=str(10_000 + chance.randrange(30_000)),
                organisation=None,
                created_at=created,
                updated_at=updated,
                version=str(updated),
                stamp=updated,
                slas=(SlaClock("first_reply_time", "active", updated + 3_600_000_000),) if running else (),
                slas_known=True,
            )
        )
    # A change feed tells of the least recently changed first.
    return sorted(tickets, key=lambda ticket: ticket.updated_at)


def run(count: int = 100_000) -> dict[str, Any]:
    """Measure; `ratio` is what the design bounds by 3."""
    tickets = make_tickets(count)
    # A worker holds one page, not all: the collector shall not look through what only a benchmark keeps.
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store" / "a.db"
        with closing(open_store(path, role="console")) as conn:
            account_id = Writer(conn).put_accounts([Account()], 0)["bench"]
        with (
            closing(open_store(path, role="worker")) as conn,
            closing(_bare(Path(folder) / "bare.db")) as bare,
        ):
            ingest = Ingest(conn, account_id)
            ingest_seconds, ingest_cpu, bare_seconds, bare_cpu = 0.0, 0.0, 0.0, 0.0
            for start in range(0, count, PAGE):
                page = tickets[start : start + PAGE]
                rows = _rows(page, account_id, start + 1)
                began, began_cpu = time.perf_counter(), time.process_time()
                _put_bare(bare, rows)
                bare_seconds += time.perf_counter() - began
                bare_cpu += time.process_time() - began_cpu
                began, began_cpu = time.perf_counter(), time.process_time()
                ingest.put_tickets(TicketPage(tuple(page), cursor=str(start), more=True), at=start)
                ingest_seconds += time.perf_counter() - began
                ingest_cpu += time.process_time() - began_cpu
            began = time.perf_counter()
            pace = Pace()
            while update_full_text(conn, 2_000, pace=pace):
                pass
            full_text = time.perf_counter() - began
    return {
        "tickets": count,
        "bare_seconds": round(bare_seconds, 3),
        "ingest_seconds": round(ingest_seconds, 3),
        "ratio": round(ingest_seconds / bare_seconds, 2),
        "bound": 3.0,
        "cpu_ratio": round(ingest_cpu / bare_cpu, 2),
        "longest_transaction_ms": round(ingest.longest_transaction * 1000, 1),
        "longest_transaction_cpu_ms": round(ingest.longest_work * 1000, 1),
        "longest_transaction_cpu_bound_ms": 20.0,
        "full_text_seconds": round(full_text, 3),
    }


def _rows(tickets: list[RemoteTicket], account_id: int, first: int) -> dict[str, list[tuple[Any, ...]]]:
    ready = [ticket_rows.ready(ticket, account_id) for ticket in tickets]
    tags = [
        (tag, key)
        for key, ticket in enumerate(tickets, first)
        for tag in cast(tuple[str, ...], ticket.fields["tags"])
    ]
    return {
        "ticket": [(key, *row.columns) for key, row in enumerate(ready, first)],
        "ticket_server": [(key, *row.server) for key, row in enumerate(ready, first)],
        "ticket_tag": tags,
        "dirty": [("ticket", key, 1, None) for key in range(first, first + len(ready))],
    }


def _bare(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute("PRAGMA cache_size = -16000")
    conn.execute("PRAGMA wal_autocheckpoint = 8000")
    for table, names in _TABLES.items():
        conn.execute(f"CREATE TABLE {table} ({names})")
    return conn


def _put_bare(conn: sqlite3.Connection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    conn.execute("BEGIN IMMEDIATE")
    for table, names in _TABLES.items():
        marks = ", ".join("?" * len(names.split(",")))
        conn.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows[table])  # noqa: S608
    conn.execute("COMMIT")


if __name__ == "__main__":
    print(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
