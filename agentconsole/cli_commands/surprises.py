"""What a person sees of a fault that nobody foresaw: one sentence; the rest is in the log."""

from __future__ import annotations

from pathlib import Path

from agentconsole import logs
from agentconsole.config import profile_paths


def sentence_of(fault: BaseException, home: Path | None) -> str:
    """Write a fault to the profile's log and say so."""
    try:
        log = logs.start_logging(profile_paths(home).logs_dir, "cli")
    except OSError:
        log = None
    logs.log_surprise(fault)
    logs.stop_logging()
    return logs.surprise_sentence(fault, log)
