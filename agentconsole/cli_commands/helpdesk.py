"""`helpdesk`: the embedded helpdesk by itself."""

from __future__ import annotations

import argparse
import sys

from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.times import parse_instant


def run(args: argparse.Namespace) -> int:
    """Serve until it is stopped; the first line says where and how to log in."""
    if args.now is not None:
        try:
            parse_instant(args.now)
        except ValueError:
            raise UsageError(f"“{args.now}” is no time, as 2026-01-31T09:00:00Z would be.") from None
    if args.live is not None and not 0 < args.live <= 6000:
        raise UsageError("--live takes how many things happen a minute, from 0.1 to 6000.")
    from agentconsole.demo.command import run as serve

    try:
        return serve(
            port=args.port,
            data=args.data,
            tickets=args.tickets,
            seed=args.seed,
            now=args.now,
            live=args.live,
            rate_limit=args.rate_limit,
            announce=_announce,
            end_with_stdin=args.parent_pipe,
            reanchor=args.reanchor,
        )
    except OSError as fault:
        raise ConsoleError(f"The embedded helpdesk cannot start: {fault.strerror or fault}.") from fault


def _announce(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
