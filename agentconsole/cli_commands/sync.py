"""`sync`: the worker, by hand, from cron, or as the console's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from typing import Any

from agentconsole import logs
from agentconsole.bootstrap import desk_for_command, open_secrets, share_home
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import about, say, tell, write_json
from agentconsole.clock import SystemClock
from agentconsole.config import profile_paths, read_config
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.secrets import Secrets


class WatchedSecrets:
    """Gives secrets to the worker, and keeps each that it gives out of the log."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.folder = secrets.folder

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep a renewed secret.

        Raises:
            SecretError: The store does not take it.
        """
        logs.hide(secret)
        self._secrets.put(account, secret)

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret.

        Raises:
            SecretError: It cannot be had.
        """
        secret = self._secrets.get(account)
        logs.hide(secret)
        return secret


def run(args: argparse.Namespace) -> int:
    """Read what is new and send what waits, once or until stopped."""
    from agentconsole.sync.reports import Report, ReportPrinter, StateChanged
    from agentconsole.sync.worker import EXIT_STOPPED, run_worker

    share_home(args.home)
    paths = profile_paths(args.home)
    log = logs.start_logging(paths.logs_dir, "worker")
    logs.catch_surprises(log)
    config = read_config(paths.config_file)
    if not config.accounts and not args.parent_pipe:
        raise (
            config.problems[0]
            if config.problems
            else ConsoleError(
                "No account is set up here: `agentconsole account add`, or try `agentconsole demo`."
            )
        )
    for problem in config.problems:
        tell(problem.sentence)
    if args.allow_vanishing and args.watch:
        raise UsageError("--allow-vanishing is for one run only: give it with --once.")
    lines = args.json and args.watch
    printer = ReportPrinter(sys.stdout if lines else sys.stderr, as_json=lines)
    told: set[str] = set()

    def report(what: Report) -> None:
        if isinstance(what, StateChanged):
            told.add(what.sentence)
        printer(what)

    code = run_worker(
        paths,
        config,
        once=not args.watch,
        clock=SystemClock(),
        secrets=WatchedSecrets(open_secrets(paths, may_ask=not args.parent_pipe and sys.stdin.isatty())),
        report=report,
        parent_pipe=args.parent_pipe,
        vanishing=args.allow_vanishing,
    )
    if code == EXIT_STOPPED:
        raise KeyboardInterrupt
    if not args.watch:
        _summarise(args, code, told)
    return code


def _summarise(args: argparse.Namespace, code: int, told: Collection[str]) -> None:
    with desk_for_command(args.home) as desk:
        states = desk.reader.account_states()
        waiting = desk.reader.outbox_counts()
        tickets = len(desk.reader.ticket_ids(None, "updated", desk.clock.now()))
    if args.json:
        document: dict[str, Any] = {
            "up_to_date": code == 0,
            "accounts": [documents.account(state) for state in states],
            "tickets": tickets,
            "outbox": waiting,
        }
        write_json(document)
        return
    for state in states:
        if state.sentence:
            if state.sentence not in told:
                tell(about(state.name, state.sentence))
        elif code == 0:
            say(f"{state.name} is up to date.")
    if waiting:
        said = ", ".join(f"{count} {name}" for name, count in sorted(waiting.items()))
        if "conflict" in waiting or "rejected" in waiting:
            tell(f"In the outbox: {said}; `agentconsole outbox list` says what is asked of you.")
        else:
            say(f"In the outbox: {said}.")
