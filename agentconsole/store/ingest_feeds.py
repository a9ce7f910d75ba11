"""What all feeds share: where each goes on, which records cannot be read, and what a whole listing lacks."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Sequence
from typing import Final, Protocol, TypeVar

from agentconsole.domain.errors import MassDisappearance
from agentconsole.domain.tickets import QuarantinedRecord
from agentconsole.store import codec, feed
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.failures import transaction, translated_errors
from agentconsole.text.cleaning import clean_line

FEW: Final = 5
"""Fewer rows than this may all vanish from a listing without asking."""
QUARANTINE_KEPT: Final = 1_000

Item = TypeVar("Item", covariant=True)


class Listing(Protocol[Item]):
    """One page of a listing that is read whole, as `helpdesks.base.ListPage`."""

    @property
    def items(self) -> Sequence[Item]:
        """The records."""

    @property
    def cursor(self) -> str:
        """Where it goes on."""

    @property
    def more(self) -> bool:
        """Whether another page can be had at once."""

    @property
    def complete(self) -> bool:
        """Whether the pages since the first are the whole listing."""

    @property
    def quarantined(self) -> tuple[QuarantinedRecord, ...]:
        """Records that could not be read."""


class FeedIngest:
    """Progress of one account's feeds."""

    _conn: sqlite3.Connection
    _account: int

    def cursor(self, stream: str) -> str | None:
        """Return where a feed goes on; None to begin."""
        with translated_errors():
            row = self._conn.execute(
                "SELECT cursor FROM stream WHERE account_id = ? AND stream = ?", (self._account, stream)
            ).fetchone()
        return None if row is None else row[0]

    def done(self, stream: str) -> int:
        """Return how many records of a feed's present round are stored; none when it has ended."""
        with translated_errors():
            row = self._conn.execute(
                "SELECT done FROM stream WHERE account_id = ? AND stream = ? AND finished = 0",
                (self._account, stream),
            ).fetchone()
        return 0 if row is None else int(row[0])

    def _finish_page(self, stream: str, page: Listing[object], *, at: int) -> None:
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, page.quarantined, at=at)
            self._count(stream, page, at=at)
            feed.mark(self._conn, kinds=(stream,))

    def _finish_listing(
        self, stream: str, table: str, page: Listing[object], run: int, *, at: int, vanishing: bool
    ) -> None:
        with transaction(self._conn):
            put_quarantine(self._conn, self._account, page.quarantined, at=at)
            if page.complete and not page.more:
                self._remove_missing(stream, table, run, vanishing=vanishing)
            self._count(stream, page, at=at)
            feed.mark(self._conn, kinds=(stream,))

    def _remove_missing(self, stream: str, table: str, run: int, *, vanishing: bool) -> None:
        stored, missing = self._conn.execute(
            f"SELECT count(*), coalesce(sum(listing < ?), 0) FROM {table} WHERE account_id = ?",
            (run, self._account),
        ).fetchone()
        if missing > max(FEW, stored // 2) and not vanishing:
            raise MassDisappearance(vanishing_sentence(stream, missing, stored))
        if table == "article":
            gone = self._conn.execute(
                "SELECT id FROM article WHERE account_id = ? AND listing < ?", (self._account, run)
            ).fetchall()
            mark_dirty(self._conn, "article", [(row[0], None) for row in gone])
        self._conn.execute(f"DELETE FROM {table} WHERE account_id = ? AND listing < ?", (self._account, run))

    def _listing(self, stream: str, first: bool) -> int:
        """Return the number of the present reading of a listing; a first page begins the next."""
        with transaction(self._conn):
            self._conn.execute(
                "INSERT OR IGNORE INTO stream (account_id, stream) VALUES (?, ?)", (self._account, stream)
            )
            if first:
                self._conn.execute(
                    "UPDATE stream SET listing = listing + 1, done = 0, finished = 0"
                    " WHERE account_id = ? AND stream = ?",
                    (self._account, stream),
                )
            row = self._conn.execute(
                "SELECT listing FROM stream WHERE account_id = ? AND stream = ?", (self._account, stream)
            ).fetchone()
        return int(row[0])

    def _count(self, stream: str, page: Listing[object], *, at: int) -> None:
        done = self.done(stream) + len(page.items)
        self._advance(stream, page.cursor, "", done, None, finished=not page.more, at=at)

    def _advance(
        self,
        stream: str,
        cursor: str | None,
        phase: str | None,
        done: int | None,
        total: int | None,
        *,
        finished: bool | None,
        at: int,
    ) -> None:
        """Set a feed's cursor and progress, within the caller's transaction; None leaves what was."""
        self._conn.execute(
            "INSERT OR IGNORE INTO stream (account_id, stream) VALUES (?, ?)", (self._account, stream)
        )
        self._conn.execute(
            "UPDATE stream SET cursor = ?, phase = coalesce(?, phase), done = coalesce(?, done), total = ?,"
            " finished = coalesce(?, finished), updated_at = ? WHERE account_id = ? AND stream = ?",
            (cursor, phase, done, total, finished, at, self._account, stream),
        )
        feed.mark(self._conn, kinds=("accounts",))


def is_reading(conn: sqlite3.Connection, stream: str) -> bool:
    """Tell whether a round of a feed has begun and not ended, of any account."""
    with translated_errors():
        row = conn.execute(
            "SELECT 1 FROM stream WHERE stream = ? AND finished = 0 LIMIT 1", (stream,)
        ).fetchone()
    return row is not None


def put_quarantine(
    conn: sqlite3.Connection, account_id: int, records: Collection[QuarantinedRecord], *, at: int
) -> None:
    """Keep records that could not be read, each once, within the caller's transaction."""
    if not records:
        return
    rows = []
    for one in records:
        # Without an id, the record itself tells whether it was seen before.
        name = one.remote_id or "?" + hashlib.sha256(codec.storable(one.raw).encode()).hexdigest()[:16]
        rows.append(codec.row(account_id, one.kind, name, clean_line(one.reason), one.raw[:10_000], at))
    conn.executemany(
        "INSERT INTO quarantine (account_id, kind, remote_id, reason, raw, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, kind, remote_id) DO UPDATE SET"
        " reason = excluded.reason, raw = excluded.raw, seen_at = excluded.seen_at",
        rows,
    )
    conn.execute(
        "DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?", (QUARANTINE_KEPT,)
    )
    feed.mark(conn, kinds=("quarantine",))


def vanishing_sentence(what: str, missing: int, stored: int) -> str:
    """Say that most of a listing is gone, and what to do."""
    return (
        f"The helpdesk's list lacks {missing} of {stored} stored {what}. Nothing was removed. "
        "If they were really deleted there, run `agentconsole sync --once --allow-vanishing`."
    )
