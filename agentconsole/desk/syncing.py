"""Who keeps a profile in step with its helpdesks, and asking them for what is new."""

from __future__ import annotations

from agentconsole.desk.context import Desk
from agentconsole.sync.lock import holder


def synced_by(desk: Desk) -> int | None:
    """Tell which process syncs the profile; None when none does.

    Returns:
        Its id, or 0 where that cannot be read.
    """
    return holder(desk.paths.worker_lock)


def ask_for_news(desk: Desk) -> None:
    """Have the process that syncs, whichever it is, poll at once; it looks for this by itself."""
    desk.writer.ask_for_news(desk.clock.now())
