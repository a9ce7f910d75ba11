"""Turns SQLite's errors into sentences, and holds the one way to open a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from agentconsole.domain.errors import (
    ReadsStopped,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreRefused,
)

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
)


def translate(error: sqlite3.Error, where: str = "The local database") -> StoreError:
    """Say in one sentence what an error of SQLite means and what to do.

    Args:
        error: As SQLite raised it.
        where: How the database is called in the sentence, as its beginning.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in _DAMAGED:
        return StoreDamaged(
            f"{where} is damaged ({error}). Move the file away and start again: what the helpdesk has comes "
            "back; keep the file, since drafts can often be read out of it."
        )
    if primary in _BUSY:
        return StoreBusy(
            f"{where} is locked by another program. Close what else has it open, then try again."
        )
    if primary == sqlite3.SQLITE_FULL:
        return StoreFull(
            f"{where} cannot grow: the disk is full. Make room, then try again; nothing was lost."
        )
    if primary in _REFUSED:
        return StoreRefused(f"{where} cannot be opened or written ({error}). Check the rights of its folder.")
    if primary == sqlite3.SQLITE_INTERRUPT:
        return ReadsStopped("What was being read was broken off; nothing is lost.")
    if primary == sqlite3.SQLITE_IOERR:
        return StoreError(f"{where} cannot be read or written: the disk reports a failure ({error}).")
    return StoreError(f"{where} did not do what was asked ({error}).")


@contextmanager
def translated_errors(where: str = "The local database") -> Iterator[None]:
    """Raise a StoreError with a sentence in place of an error of SQLite.

    Raises:
        StoreDamaged: Not a database, or damaged.
        StoreBusy: Locked past the deadline.
        StoreFull: No room on the disk.
        StoreRefused: No right to open or write it.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, where) from error


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Hold one `BEGIN IMMEDIATE` transaction: committed at the end, undone by any error.

    Raises:
        StoreError: In place of an error of SQLite.
    """
    with translated_errors():
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            conn.execute("COMMIT")
        except BaseException:
            # A full disk or a damaged page may have ended the transaction already.
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise
