"""Files to send, copied when the agent sends and kept by their hash until the helpdesk has them."""

from __future__ import annotations

import errno
import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

from agentconsole.domain.changes import OutgoingAttachment
from agentconsole.domain.errors import StoreError, StoreFull, UsageError
from agentconsole.text.cleaning import clean_line

_CHUNK: Final = 1 << 20


class Blobs:
    """A folder of files named by their SHA-256, for this user's eyes alone."""

    def __init__(self, folder: Path) -> None:
        """Keep files in `folder`, made when first needed."""
        self._folder = folder

    def put(self, source: Path) -> OutgoingAttachment:
        """Copy a file; the original may change or go afterwards.

        Raises:
            UsageError: It cannot be read.
            StoreFull: There is no room for the copy.
        """
        kind = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
        digest, size = hashlib.sha256(), 0
        try:
            reading = source.open("rb")
        except OSError as error:
            raise UsageError(f"The file {source} cannot be attached ({error.strerror}).") from error
        with reading:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            except OSError as error:
                raise self._failure(source, error) from error
            temporary = Path(name)
            try:
                with os.fdopen(handle, "wb") as writing:
                    while chunk := reading.read(_CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        writing.write(chunk)
                    writing.flush()
                    os.fsync(writing.fileno())
                temporary.replace(self.path(digest.hexdigest()))
            except OSError as error:
                temporary.unlink(missing_ok=True)
                raise self._failure(source, error) from error
        return OutgoingAttachment(digest.hexdigest(), clean_line(source.name), kind, size, str(source))

    def path(self, sha256: str) -> Path:
        """Return where the file of a hash is kept."""
        return self._folder / sha256

    def read(self, sha256: str) -> bytes:
        """Return a file's bytes.

        Raises:
            StoreError: It is not there any more, or is not what was copied.
        """
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise StoreError(
                f"The copy of an attached file is gone ({error.strerror}); attach it again."
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError("The copy of an attached file is damaged; attach the file again.")
        return content

    def keep_only(self, hashes: Collection[str], *, before: int) -> int:
        """Remove the files that no Change names any more; returns how many.

        Args:
            hashes: Those that open Changes name.
            before: Files copied after this instant stay, since their Change may not be stored yet.
        """
        gone = 0
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                old = path.is_file() and path.stat().st_mtime_ns // 1000 < before
                if old and path.name not in hashes:
                    path.unlink(missing_ok=True)
                    gone += 1
        return gone

    def _failure(self, source: Path, error: OSError) -> StoreError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return StoreFull(
                f"The file {source.name} cannot be attached: the disk is full. Make room, then try again."
            )
        return StoreError(f"The file {source.name} cannot be attached ({error.strerror}).")
