"""Files that agents asked for: which are wanted, how far they have come, and where they lie."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agentconsole.domain.messages import RemoteAttachment
from agentconsole.store.database import transaction
from agentconsole.store.failures import translated_errors
from agentconsole.text.cleaning import clean_line

CACHE_BYTES: Final = 500_000_000
"""How much is kept of files that were read."""


class Downloads:
    """The worker's side: one account's wanted files, within its ingest connection."""

    def __init__(self, conn: sqlite3.Connection, account_id: int) -> None:
        self._conn = conn
        self._account = account_id

    def recover(self) -> None:
        """Want again what an earlier worker had begun."""
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE download SET state = 'wanted', got = 0 WHERE state = 'reading' AND account_id = ?",
                (self._account,),
            )

    def take(self) -> tuple[int, RemoteAttachment] | None:
        """Take the file that was asked for last; None when none is wanted."""
        with transaction(self._conn):
            row = self._conn.execute(
                "SELECT a.id, a.remote_id, a.file_name, a.content_type, a.size, a.url, a.malware"
                " FROM download d JOIN attachment a ON a.id = d.attachment_id"
                " WHERE d.account_id = ? AND d.state = 'wanted' ORDER BY d.asked_at DESC LIMIT 1",
                (self._account,),
            ).fetchone()
            if row is None:
                return None
            self._conn.execute(
                "UPDATE download SET state = 'reading', got = 0 WHERE attachment_id = ?", (row[0],)
            )
        key, remote_id, name, kind, size, url, malware = row
        return int(key), RemoteAttachment(remote_id, name, kind, size, url, bool(malware))

    def progress(self, attachment_id: int, got: int) -> None:
        """Note how many bytes have come."""
        with transaction(self._conn):
            self._conn.execute("UPDATE download SET got = ? WHERE attachment_id = ?", (got, attachment_id))

    def finished(self, attachment_id: int, sha256: str, size: int) -> None:
        """Note that a file is there."""
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE download SET state = 'done', got = ?, sha256 = ?, error = '' WHERE attachment_id = ?",
                (size, sha256, attachment_id),
            )

    def failed(self, attachment_id: int, sentence: str) -> None:
        """Note why a file could not be read."""
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE download SET state = 'failed', error = ? WHERE attachment_id = ?",
                (clean_line(sentence), attachment_id),
            )

    def in_use(self) -> frozenset[str]:
        """Return the hashes of files that an agent is waiting for or has asked for last, of all accounts."""
        with translated_errors():
            rows = self._conn.execute(
                "SELECT sha256 FROM download WHERE state = 'done' ORDER BY asked_at DESC LIMIT 1"
            ).fetchall()
        return frozenset(row[0] for row in rows)


class FileCache:
    """A folder of files that were read, by their SHA-256, for this user's eyes alone; of a limited size."""

    def __init__(self, folder: Path, most: int = CACHE_BYTES) -> None:
        """Keep files in `folder`, made when first needed, and at most `most` bytes of them."""
        self._folder = folder
        self._most = most

    def path(self, sha256: str) -> Path:
        """Return where the file of a hash is kept, or was."""
        return self._folder / sha256

    @property
    def opened(self) -> Path:
        """The folder of copies that were made for other programs to open, each in a folder of its own."""
        return self._folder / "opened"

    def drop_opened(self, before: int) -> list[Path]:
        """Remove copies made for other programs that nothing has written to since an instant.

        Returns:
            Those that could not be removed, as another program may have locked them.

        Raises:
            OSError: The folder cannot be read.
        """
        left: list[Path] = []
        for path in self.opened.iterdir() if self.opened.is_dir() else ():
            if path.is_symlink() or not path.is_dir():
                continue
            try:
                newest = max(one.lstat().st_mtime_ns for one in (path, *path.iterdir()))
                if newest // 1000 < before:
                    shutil.rmtree(path)
            except OSError:
                left.append(path)
        return left

    def begin(self) -> NewFile:
        """Begin to write a file.

        Raises:
            OSError: There is no room, or the folder cannot be made.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return NewFile(self._folder)

    def trim(self, keep: Iterable[str] = ()) -> int:
        """Remove what was used longest ago, until the rest fits; returns how many files went.

        Args:
            keep: Hashes of files that stay.
        """
        kept = frozenset(keep)
        found = []
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.is_file() and not path.name.startswith("."):
                    status = path.stat()
                    found.append((status.st_mtime_ns, status.st_size, path))
        total, gone = sum(size for _, size, _ in found), 0
        for _, size, path in sorted(found):
            if total <= self._most:
                break
            if path.name not in kept:
                path.unlink(missing_ok=True)
                total -= size
                gone += 1
        return gone


class NewFile:
    """A file that is being written; becomes one of the cache when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
        self._temporary = Path(name)
        self._file = os.fdopen(handle, "wb")
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Add bytes.

        Raises:
            OSError: The disk is full, or cannot be written.
        """
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def keep(self) -> str:
        """Make it a file of the cache; returns its hash.

        Raises:
            OSError: The disk is full, or cannot be written.
        """
        self._file.close()
        sha256 = self._digest.hexdigest()
        self._temporary.replace(self._folder / sha256)
        return sha256

    def drop(self) -> None:
        """Give it up."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)
