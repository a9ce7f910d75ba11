"""`agentconsole` without a command: the console."""

from __future__ import annotations

import argparse

from agentconsole.bootstrap import run_console, share_home


def run(args: argparse.Namespace) -> int:
    """Open the console; where there is no account yet, go where its first screen leads."""
    share_home(args.home)
    answer = run_console(args.home)
    if answer == "account":
        from agentconsole.cli_commands.account_add import add_by_asking

        add_by_asking(args.home)
        run_console(args.home)
    elif answer == "demo":
        from agentconsole.cli_commands.demo import run_demo

        return run_demo(args.home)
    return 0
