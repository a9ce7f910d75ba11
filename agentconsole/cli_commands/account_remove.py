"""`account remove`: forgetting an account, and, if wished, all that was read of it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from agentconsole.bootstrap import desk_for_command, open_secrets
from agentconsole.cli_commands.account_add import usable_config
from agentconsole.cli_commands.output import plain, say, tell, write_json
from agentconsole.cli_commands.questions import agreed
from agentconsole.clock import SystemClock
from agentconsole.config import Paths, profile_paths
from agentconsole.desk import accounts, removal
from agentconsole.domain.changes import Change
from agentconsole.domain.errors import ConsoleError


def run_remove(args: argparse.Namespace) -> int:
    """Forget an account: its entry, its secret, and, with --purge, what was read of it."""
    paths = profile_paths(args.home)
    account = usable_config(paths).account(args.name)
    if account is None:
        return _purge_removed(args, paths)
    asking = sys.stdin.isatty() and not args.json
    with desk_for_command(args.home) as desk:
        open_ones = removal.waiting(desk, account)
        held = removal.holding(desk, account.uuid)
    if open_ones and not args.force:
        _agree_to_drop(account.name, open_ones, asking)
    purge = args.purge
    if purge is None:
        purge = asking and held is not None and agreed(_question(held), otherwise=False)
    if purge:
        removal.check_idle(paths)
    if open_ones:
        with desk_for_command(args.home) as desk:
            removal.give_up(desk, open_ones)
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
        dropped = [change.uuid for change in open_ones]
        write_json({"name": account.name, "removed": True, "purged": bool(purge), "dropped": dropped})
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
    if not purge:
        _say_where_texts_are(held, open_ones)
    return 0


def _agree_to_drop(name: str, changes: Sequence[Change], asking: bool) -> None:
    """Have the agent agree that what still waits is not sent.

    Raises:
        ConsoleError: There is nobody to ask, or the answer is no; nothing was changed.
    """
    said = _waiting(changes)
    if not asking:
        raise ConsoleError(
            f"{said} for {name}: send them with `agentconsole sync --once`, or remove it with --force, "
            "which gives them up and keeps their texts. Nothing was changed."
        )
    tell(f"{said} for {name}, and will not be sent.")
    if not agreed("Remove it all the same", otherwise=False):
        raise ConsoleError("Nothing was changed.")


def _waiting(changes: Sequence[Change]) -> str:
    kinds = Counter(
        "change" if one.message is None else "public reply" if one.message.public else "internal note"
        for one in changes
    )
    plural = {"change": "changes", "public reply": "public replies", "internal note": "internal notes"}
    parts = [f"{count} {kind if count == 1 else plural[kind]}" for kind, count in kinds.items()]
    verb = "still waits" if len(changes) == 1 else "still wait"
    return f"{' and '.join((', '.join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]} {verb}"


def _say_where_texts_are(held: removal.Holding | None, dropped: Sequence[Change]) -> None:
    if any(change.message is not None for change in dropped):
        say(
            "What was not sent is kept: `agentconsole outbox list --all` lists it as dropped, "
            "`agentconsole outbox show ID` prints a text."
        )
    if held is not None and held.drafts:
        say("`agentconsole drafts` still lists what was begun.")


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
