"""What all readers share: connections, one a thread, and statements whose errors are sentences."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from agentconsole.domain.errors import ReadsStopped
from agentconsole.store.database import path_of
from agentconsole.store.failures import translate, translated_errors

Row = tuple[Any, ...]


@dataclass(slots=True)
class _Reading:
    """The connection of one thread."""

    conn: sqlite3.Connection
    thread: int
    stopped: bool = False


class Connections:
    """One connection of the thread that made this, and one for each other thread that reads."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Read from `conn`, which stays the caller's to close."""
        self._conn = conn
        self._home = threading.get_ident()
        self._local = threading.local()
        self._others: list[_Reading] = []
        self._lock = threading.Lock()
        with translated_errors():
            self._path = path_of(conn)

    def close(self) -> None:
        """Close the connections of other threads; the one it was given stays open."""
        with self._lock:
            others, self._others = self._others, []
            self._local = threading.local()
        for reading in others:
            reading.conn.close()

    def get(self) -> sqlite3.Connection:
        """Return the connection of the thread that asks."""
        if threading.get_ident() == self._home:
            return self._conn
        reading: _Reading | None = getattr(self._local, "reading", None)
        if reading is None:
            with translated_errors():
                conn = sqlite3.connect(
                    f"{self._path.as_uri()}?mode=ro",
                    uri=True,
                    timeout=30,
                    isolation_level=None,
                    check_same_thread=False,
                )
                # As for the console's own.
                conn.execute("PRAGMA cache_size = -16000")
            self._local.reading = reading = _Reading(conn, threading.get_ident())
            with self._lock:
                self._others.append(reading)
        if reading.stopped:
            raise ReadsStopped("Nothing more is read: whoever asked is leaving.")
        return reading.conn

    def stop(self, thread: int) -> None:
        """Break off what a thread reads, with an error there; all that it would still read fails too.

        A statement that is only just about to begin is not met: call it again while the thread is at work.

        Args:
            thread: Its id. Not that of the thread which made this: it reads nothing that takes long.
        """
        with self._lock:
            for reading in self._others:
                if reading.thread == thread:
                    reading.stopped = True
                    reading.conn.interrupt()


class Reads:
    """Reads from the thread that made it on the given connection, from others on connections of their own.

    So a long read in a thread (all ids of a view) never keeps the screen's short ones waiting.
    """

    def __init__(self, conn: sqlite3.Connection | Connections, *, zone: tzinfo = UTC) -> None:
        """Read from `conn`.

        Args:
            conn: From `open_store`; it stays the caller's to close. Or what another reader reads from.
            zone: The agent's time zone, in which queries' days begin.
        """
        self.zone = zone
        self._connections = conn if isinstance(conn, Connections) else Connections(conn)

    def close(self) -> None:
        """Close the connections of other threads; the one it was given stays open."""
        self._connections.close()

    def _connection(self) -> sqlite3.Connection:
        return self._connections.get()

    def _rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        try:
            return self._connection().execute(sql, params).fetchall()
        except sqlite3.Error as error:
            raise translate(error) from error

    def _row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        rows = self._rows(sql, params)
        return rows[0] if rows else None

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Read several statements from one state of the database."""
        conn = self._connection()
        if conn.in_transaction:
            yield
            return
        with translated_errors():
            conn.execute("BEGIN")
        try:
            yield
        finally:
            with translated_errors():
                conn.execute("COMMIT")


def marks(values: Iterable[object]) -> str:
    """Write as many `?` as there are values."""
    return ", ".join("?" for _ in values)
