"""Files to send: read once, at send, and kept by their hash."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from agentconsole.desk.context import Desk
from agentconsole.domain.changes import OutgoingAttachment
from agentconsole.domain.errors import ConsoleError
from agentconsole.store.blobs import Blobs

MAX_ATTACHMENT_BYTES: Final = 50 * 1024 * 1024
"""Zendesk: uploads, at most 50 MB a file."""


def keep(desk: Desk, path: Path) -> OutgoingAttachment:
    """Copy a file so that it can be sent whatever becomes of the original.

    Raises:
        ConsoleError: It cannot be read, is empty, or is too large.
    """
    path = path.expanduser()
    try:
        size = path.stat().st_size
    except OSError as fault:
        raise ConsoleError(f"{path} cannot be attached: {fault.strerror}.") from fault
    if not path.is_file():
        raise ConsoleError(f"{path} cannot be attached: it is no file.")
    if size == 0:
        raise ConsoleError(f"{path} cannot be attached: it is empty.")
    if size > MAX_ATTACHMENT_BYTES:
        raise ConsoleError(f"{path} cannot be attached: it is larger than 50 MB.")
    return Blobs(desk.paths.blobs_dir).put(path)
