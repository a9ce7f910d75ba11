"""`agentconsole` without a command: the console."""

from __future__ import annotations

import argparse

from agentconsole.bootstrap import run_console, share_home


def run(args: argparse.Namespace) -> int:
    """Open the console; where there is no account yet, go where its first screen leads."""
    share_home(args.home)
    if run_console(args.home) == "demo":
        from agentconsole.cli_commands.demo import run_demo

        return run_demo(args.home)
    return 0
