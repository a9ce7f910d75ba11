"""Bulk writes: short transactions, and checkpoints between them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agentconsole.domain.tickets import TicketPage
from agentconsole.store import pacing
from agentconsole.store.ingest import Ingest
from agentconsole.store.pacing import Checkpoints, Pace
from tests.unit.store.bench import Bench, ticket


def statements_of(bench: Bench, count: int) -> list[str]:
    """Store a page of tickets; return what was said to the database, values left out."""
    said: list[str] = []
    bench.bulk.set_trace_callback(said.append)
    ingest = Ingest(bench.bulk, bench.account, sleep=lambda _: None)
    page = TicketPage(tuple(ticket(number) for number in range(1, count + 1)), "c", True)
    ingest.put_tickets(page, at=1)
    bench.bulk.set_trace_callback(None)
    return [one.split(" VALUES")[0] for one in said]


def test_a_page_is_written_in_several_transactions_its_cursor_in_the_last(bench: Bench) -> None:
    said = statements_of(bench, 600)
    transactions: list[list[str]] = []
    for one in said:
        if one == "BEGIN IMMEDIATE":
            transactions.append([])
        elif transactions:
            transactions[-1].append(one)
    tickets = [sum("INSERT INTO ticket (" in one for one in each) for each in transactions]
    assert sum(tickets) == 600
    written = [count for count in tickets if count]
    # The first slice is small, and none is more than twice the one before.
    assert written[0] <= 64
    assert all(later <= 2 * before for before, later in pairwise(written))
    cursors = [place for place, each in enumerate(transactions) if any("INTO stream" in one for one in each)]
    assert cursors == [len(transactions) - 1]


def test_checkpoints_are_made_between_transactions(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "_MOST", 32)
    monkeypatch.setattr(pacing, "CHECKPOINT_PAGES", 20)
    monkeypatch.setattr("agentconsole.store.ingest.Checkpoints", lambda conn: Checkpoints(conn, first=32))
    said = statements_of(bench, 400)
    open_one, checkpoints = False, 0
    for one in said:
        open_one = one == "BEGIN IMMEDIATE" or (open_one and one != "COMMIT")
        if "wal_checkpoint" in one:
            assert not open_one
            checkpoints += 1
    assert checkpoints >= 2
    # All but the last few pages have left the log.
    assert bench.bulk.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0


def test_a_commit_leaves_the_log_to_the_checkpoint_after_it(bench: Bench) -> None:
    assert bench.bulk.execute("PRAGMA wal_autocheckpoint").fetchone()[0] > pacing.CHECKPOINT_PAGES


def test_slow_work_makes_the_next_slices_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("agentconsole.store.pacing.time.perf_counter", lambda: now)
    monkeypatch.setattr("agentconsole.store.pacing.time.thread_time", lambda: now)
    pace = Pace(sleep=lambda _: None)
    sizes = []
    for part in pace.slices(range(3_000)):
        sizes.append(len(part))
        with pace.timed(len(part)):
            now += len(part) * 0.0001
    # 179 or 180 items fit into 18 ms.
    assert sizes[:2] == [64, 128] and sizes[2] in (179, 180) and max(sizes) <= 181
    assert pace.longest_work < 0.02
