"""What console and worker ask again and again reads no table from end to end, however long it has grown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from agentconsole.domain.changes import OPEN_STATES
from tests.unit.store.bench import Bench, ticket

GROWING = ("change", "change_step", "draft", "draft_version", "ticket", "message", "ticket_alias")


@contextmanager
def statements(desk: Bench) -> Iterator[list[str]]:
    told: list[str] = []
    for conn in (desk.conn, desk.sending):
        conn.set_trace_callback(told.append)
    try:
        yield told
    finally:
        for conn in (desk.conn, desk.sending):
            conn.set_trace_callback(None)


def read_whole(desk: Bench, sql: str) -> list[str]:
    """Name the growing tables that a statement reads from end to end."""
    names = {alias: table for table in GROWING for alias in (table, *_aliases(sql, table))}
    steps = [row[3].split() for row in desk.conn.execute(f"EXPLAIN QUERY PLAN {sql}")]
    # The index on open Changes is short whatever has been sent before.
    return [
        names[step[1]]
        for step in steps
        if step[0] == "SCAN" and step[1] in names and step[-1] != "ix_change_state"
    ]


def _aliases(sql: str, table: str) -> list[str]:
    words = sql.replace(",", " ").split()
    pairs = zip(words, words[1:], words[2:], strict=False)
    return [alias for before, name, alias in pairs if name == table and before in ("FROM", "JOIN")]


ASKED: dict[str, Callable[[Bench], object]] = {
    "the countdown": lambda desk: desk.reader.latest_held(0),
    "what asks": lambda desk: desk.reader.changes(("conflict", "rejected", "unknown")),
    "what is open": lambda desk: desk.reader.changes(OPEN_STATES),
    "what is counted": lambda desk: desk.reader.outbox_counts(),
    "one ticket": lambda desk: desk.reader.ticket_detail(1, 0),
    "a ticket's number": lambda desk: desk.reader.find_ticket(None, "1"),
    "a merged ticket's number": lambda desk: desk.reader.find_ticket(None, "404"),
    "earlier texts": lambda desk: desk.reader.ticket_versions(1),
    "a draft": lambda desk: desk.reader.draft(1, None),
    "windows that end": lambda desk: desk.outbox.release_held(10**18),
    "what is due": lambda desk: desk.outbox.due(0, desk.account),
    "what is looked for": lambda desk: desk.outbox.unknown(0, desk.account),
    "what is held back": lambda desk: desk.outbox.hold_back(desk.account, "Read-only.", 0),
}


@pytest.mark.parametrize("what", ASKED)
def test_it_is_found_by_an_index(bench: Bench, what: str) -> None:
    bench.put(ticket(1), ticket(2))
    bench.writer.save_draft(1, True, "Begun", None, at=1)
    bench.queue("u1", 2)
    with statements(bench) as told:
        ASKED[what](bench)
    asked = [sql for sql in told if sql.startswith(("SELECT", "UPDATE", "DELETE"))]
    assert asked
    assert [(table, sql) for sql in asked for table in read_whole(bench, sql)] == []
