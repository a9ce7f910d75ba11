"""One worker, or one console, a profile: a lock that the system releases whatever becomes of its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentconsole.domain.errors import ProfileInUse, StoreRefused


@contextmanager
def hold(path: Path, who: str) -> Iterator[None]:
    """Hold the lock at `path`, with this process's id in the file for whoever comes second.

    The file stays when it is released: only the lock counts, so an old id in it harms nobody.

    Args:
        path: The lock file.
        who: Who holds it, for the sentence: `sync worker`, `console`.

    Raises:
        ProfileInUse: Another process holds it.
        StoreRefused: The file cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreRefused(
            f"The lock {path} cannot be made ({error.strerror}); choose another folder."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = _pid(handle)
            named = f"process {pid}" if pid is not None else "another process"
            raise ProfileInUse(f"A {who} already runs on this profile ({named}).", pid=pid) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(path: Path) -> int | None:
    """Tell which process holds the lock; None when none does.

    Returns:
        The id, or 0 when somebody holds it whose id cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _pid(handle) or 0
    else:
        return None
    finally:
        os.close(handle)


def _pid(handle: int) -> int | None:
    text = os.pread(handle, 32, 0).strip()
    return int(text) if text.isdigit() else None
