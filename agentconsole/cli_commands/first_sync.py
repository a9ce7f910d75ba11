"""The first sync of a new account: what it will take, and whether to begin."""

from __future__ import annotations

import argparse
from typing import Any

from agentconsole.cli_commands.output import say, tell
from agentconsole.cli_commands.questions import agreed
from agentconsole.desk.first_sync_cost import Estimate
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ProfileInUse


def as_document(estimate: Estimate | None) -> dict[str, Any] | None:
    """The estimate for scripts."""
    if estimate is None:
        return None
    return {
        "tickets": estimate.tickets,
        "months": estimate.months,
        "requests": estimate.requests,
        "minutes": round(estimate.minutes, 1),
        "megabytes": round(estimate.megabytes, 1),
    }


def offer(args: argparse.Namespace, account: AccountSettings, *, asking: bool) -> int:
    """Begin a first sync if it is wished for; the exit code is the sync's."""
    wanted = args.sync if args.sync is not None else asking and agreed("Begin now", otherwise=True)
    if not wanted:
        say("`agentconsole sync` begins it, and so does the console.")
        return 0
    from agentconsole.cli_commands import sync

    tell(f"Reading from {account.name}. Ctrl+C stops it; it goes on from there the next time.")
    try:
        return sync.run(
            argparse.Namespace(
                home=args.home,
                json=False,
                watch=False,
                once=True,
                allow_vanishing=False,
                parent_pipe=False,
            )
        )
    except ProfileInUse:
        say("A sync runs already, and reads the new account by itself.")
        return 0
