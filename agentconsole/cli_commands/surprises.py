"""What a person sees of a fault that nobody foresaw: one sentence; the rest is in the log."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from agentconsole import logs
from agentconsole.config import profile_paths

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def sentence_of(fault: BaseException, home: Path | None) -> str:
    """Write a fault to the profile's log and say so; a full disk, wherever it shows, is said as that."""
    try:
        log = logs.start_logging(profile_paths(home).logs_dir, "cli")
    except OSError:
        log = None
    logs.log_surprise(fault)
    logs.stop_logging()
    if _is_full(fault):
        return "The disk is full. Make room, then try again; nothing was lost."
    return logs.surprise_sentence(fault, log)


def _is_full(fault: BaseException) -> bool:
    """Whether there was no room: told by the system, or by the embedded helpdesk's own database."""
    if isinstance(fault, OSError):
        return fault.errno in _FULL
    return getattr(fault, "sqlite_errorname", "") == "SQLITE_FULL"
