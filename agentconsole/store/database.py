"""Opens the local database, and brings it to the present schema when it is not."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from agentconsole.domain.errors import StoreBusy, StoreRefused, StoreVersionMismatch
from agentconsole.store.failures import transaction as transaction
from agentconsole.store.failures import translated_errors as translated_errors
from agentconsole.store.folders import prepare_folder
from agentconsole.store.schema import SCHEMA_VERSION as SCHEMA_VERSION

Role = Literal["console", "worker", "outbox", "cli"]
"""`console`, `outbox` and `cli` write what only this machine has, so each commit reaches the disk; `worker`
writes what the helpdesk can give again."""

BUSY_SECONDS = 30.0
_KEPT_COPIES = 2
_SHRINK_WAIT_MS = 100
"""For so long the log's end waits for whoever reads it; else it is emptied another time."""


def prepare_store(path: Path, *, now: int) -> None:
    """Make the database, or bring an older one to the present schema after copying it.

    Cheap when there is nothing to do: SQLModel and Alembic are imported only for work.

    Args:
        path: The database file.
        now: The present instant; it names the copy.

    Raises:
        StoreRefused: The folder cannot hold it.
        StoreDamaged: The file is not a database.
        StoreVersionMismatch: It belongs to a newer program.
    """
    prepare_folder(path.parent)
    if _version_of(path) == SCHEMA_VERSION:
        return
    with _migration_lock(path):
        version = _version_of(path)
        if version == SCHEMA_VERSION:
            return
        if version > SCHEMA_VERSION:
            raise _mismatch(version)
        from agentconsole.store.migrate import migrate

        if version > 0:
            _copy(path, path.with_name(f"{path.name}.before-{SCHEMA_VERSION}-{now}"))
        with translated_errors(_called(path)):
            _create_file(path)
            with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as conn:
                conn.execute("PRAGMA journal_mode = WAL")
            migrate(path)


def open_store(path: Path, *, role: Role, create: bool = True, now: int = 0) -> sqlite3.Connection:
    """Open the database for one of the program's parts.

    The connection is in autocommit mode: transactions are opened with `transaction()` only. It may be used
    from several threads, one at a time.

    Args:
        path: The database file.
        role: Decides how hard a commit is.
        create: Make or migrate the database when that is needed; else refuse.
        now: The present instant, which names the copy made before a migration.

    Raises:
        StoreError: As `prepare_store`, or there is no database and `create` is False.
    """
    if create:
        prepare_store(path, now=now)
    elif not path.exists():
        raise StoreRefused(f"There is no local database at {path}.")
    with translated_errors(_called(path)):
        conn = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            version = int(conn.execute("PRAGMA user_version").fetchone()[0])
            if version != SCHEMA_VERSION:
                raise _mismatch(version)
            conn.execute(f"PRAGMA synchronous = {'NORMAL' if role == 'worker' else 'FULL'}")
            conn.execute("PRAGMA cache_size = -16000")
            # Checkpoints are the worker's to make, between its transactions (`pacing.Checkpoints`), so that
            # no draft waits for what a sync has left behind. These are for what nobody has checkpointed.
            conn.execute(f"PRAGMA wal_autocheckpoint = {12_000 if role == 'worker' else 20_000}")
            if role == "worker":
                conn.execute("PRAGMA temp_store = MEMORY")
            # Else as SQLite does by itself: it sorts a list in one piece of memory then, a third quicker, and
            # no list of the console is so long (16 MB) that it would be written to a file.
            conn.execute("PRAGMA journal_size_limit = 67108864")
        except BaseException:
            conn.close()
            raise
    return conn


def path_of(conn: sqlite3.Connection) -> Path:
    """Return the file that a connection has open."""
    # The name of a folder can be any bytes.
    usual, conn.text_factory = conn.text_factory, os.fsdecode
    try:
        return Path(conn.execute("PRAGMA database_list").fetchone()[2])
    finally:
        conn.text_factory = usual


def shrink_log(conn: sqlite3.Connection) -> None:
    """Bring what was committed into the database itself and empty its log, so far as nobody waits for it.

    Args:
        conn: From `open_store`, between transactions.

    Raises:
        StoreError: The disk refuses.
    """
    with translated_errors():
        # The first works while others read and write; the second, which holds them up, finds little left.
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
        conn.execute(f"PRAGMA busy_timeout = {_SHRINK_WAIT_MS}")
        try:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            conn.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def check_store(conn: sqlite3.Connection) -> tuple[str, ...]:
    """Look the whole database over; return what is wrong with it, one line each. Slow on a large one."""
    with translated_errors():
        lines = tuple(str(row[0]) for row in conn.execute("PRAGMA quick_check(20)"))
    return () if lines == ("ok",) else lines


def _version_of(path: Path) -> int:
    """Return the schema's number; 0 for a file that is missing, empty or without tables."""
    if not path.exists():
        return 0
    with translated_errors(_called(path)):
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as conn:
            version = int(conn.execute("PRAGMA user_version").fetchone()[0])
            if version == 0 and conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                raise StoreRefused(f"{_called(path)} belongs to another program; choose another folder.")
    return version


def _mismatch(version: int) -> StoreVersionMismatch:
    if version > SCHEMA_VERSION:
        return StoreVersionMismatch(
            f"The local database was written by a newer Agent Console (schema {version}, this program knows "
            f"{SCHEMA_VERSION}). Start the newer one, or use another AGENTCONSOLE_HOME."
        )
    return StoreVersionMismatch(
        f"The local database is of an older Agent Console (schema {version}, this program needs "
        f"{SCHEMA_VERSION}). Start the console once, which brings it up to date."
    )


def _called(path: Path) -> str:
    return f"The local database {path}"


def _create_file(path: Path) -> None:
    """Make the file for this user alone, before SQLite would make it readable for others."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreRefused(f"{_called(path)} cannot be written ({error.strerror}).") from error


def _copy(source: Path, target: Path) -> None:
    """Copy a database whole, whoever else has it open, and keep only the newest copies."""
    with translated_errors(_called(source)):
        _create_file(target)
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    copies = sorted(source.parent.glob(f"{source.name}.before-*"), key=lambda copy: copy.stat().st_mtime)
    for stale in copies[:-_KEPT_COPIES]:
        stale.unlink(missing_ok=True)


@contextmanager
def _migration_lock(path: Path) -> Iterator[None]:
    lock = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreRefused(f"{_called(path)} cannot be written ({error.strerror}).") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            raise StoreBusy(f"{_called(path)} is being updated by another program.") from error
        yield
    finally:
        os.close(handle)
