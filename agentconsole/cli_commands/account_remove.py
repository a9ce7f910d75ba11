"""`account remove`: forgetting an account, and, if wished, all that was read of it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from agentconsole.bootstrap import desk_for_command, open_secrets
from agentconsole.cli_commands.account_add import usable_config
from agentconsole.cli_commands.output import plain, say, tell, write_json
from agentconsole.cli_commands.questions import agreed
from agentconsole.clock import SystemClock
from agentconsole.config import Paths, profile_paths
from agentconsole.desk import accounts, outbox, removal
from agentconsole.domain.errors import ConsoleError


def run_remove(args: argparse.Namespace) -> int:
    """Forget an account: its entry, its secret, and, with --purge, what was read of it."""
    paths = profile_paths(args.home)
    account = usable_config(paths).account(args.name)
    if account is None:
        return _purge_removed(args, paths)
    with desk_for_command(args.home) as desk:
        state = desk.account(account.name)
        open_ones = [change for change in outbox.listing(desk) if change.account_id == state.id]
        held = removal.holding(desk, account.uuid)
    if open_ones:
        many = (
            "entry of the outbox still waits" if len(open_ones) == 1 else "entries of the outbox still wait"
        )
        raise ConsoleError(
            f"{len(open_ones)} {many} for {account.name}: "
            "send them with `agentconsole sync --once`, or give them up with `agentconsole outbox drop`."
        )
    asking = sys.stdin.isatty() and not args.json
    purge = args.purge
    if purge is None:
        purge = asking and held is not None and agreed(_question(held), otherwise=False)
    if purge:
        removal.check_idle(paths)
    secrets = open_secrets(paths)
    left = removal.revoke(account, secrets, SystemClock())
    try:
        accounts.remove(paths, account, secrets)
    finally:
        with desk_for_command(args.home):
            pass  # The database takes note.
    if purge:
        removal.purge(paths, account.uuid)
    if args.json:
        write_json({"name": account.name, "removed": True, "purged": bool(purge)})
        return 0
    say(f"{account.name} is removed from {paths.config_file}, and its secret is forgotten.")
    if left is not None:
        tell(f"The helpdesk still knows the login: {left} An admin can revoke it there.")
    if purge:
        say(_gone(held))
    elif held is not None and held.tickets:
        say(
            f"What was read of it stays on this machine, out of sight: {_counted(held)}. "
            f"`agentconsole account remove {plain(account.name)} --purge` deletes it."
        )
    return 0


def _purge_removed(args: argparse.Namespace, paths: Paths) -> int:
    """Delete what an account that was removed before has left behind."""
    with desk_for_command(args.home) as desk:
        uuid = removal.removed(desk).get(args.name)
        held = None if uuid is None else removal.holding(desk, uuid)
    if uuid is None or not args.purge:
        raise ConsoleError(f"There is no account “{args.name}”; `agentconsole account list` shows all.")
    removal.check_idle(paths)
    removal.purge(paths, uuid)
    document: dict[str, Any] = {"name": args.name, "removed": True, "purged": True}
    if args.json:
        write_json(document)
    else:
        say(_gone(held))
    return 0


def _question(held: removal.Holding) -> str:
    return f"Delete what was read of it from this machine too ({_counted(held)})"


def _counted(held: removal.Holding) -> str:
    parts = [f"{held.tickets:,} tickets", f"{held.messages:,} messages"]
    if held.drafts:
        parts.append(f"{held.drafts:,} unsent draft{'s' if held.drafts > 1 else ''}")
    return ", ".join(parts)


def _gone(held: removal.Holding | None) -> str:
    if held is None or not held.tickets:
        return "Nothing of it is left on this machine."
    return f"Nothing of it is left on this machine: {_counted(held)} are deleted."
