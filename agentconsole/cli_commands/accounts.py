"""`account list` and `account test`: the helpdesks one works in, and whether they know one."""

from __future__ import annotations

import argparse
from typing import Any

from agentconsole.bootstrap import desk_for_command, open_secrets
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import Column, about, local_time, plain, say, table, tell, write_json
from agentconsole.clock import SystemClock
from agentconsole.config import Paths, profile_paths, read_config
from agentconsole.desk import accounts
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConsoleError

_COLUMNS = (
    Column("NAME", 16),
    Column("KIND", 10),
    Column("LOGIN", 34),
    Column("STATE", 10),
    Column("LAST SYNC", 16),
    Column("ADDRESS", 60, grows=True),
)


def run_list(args: argparse.Namespace) -> int:
    """List the accounts."""
    with desk_for_command(args.home) as desk:
        states = accounts.states(desk)
        zone = desk.config.zone
        problems = desk.config.problems
        read_only = {one.uuid for one in desk.config.accounts if one.read_only}
    if args.json:
        write_json({"accounts": [documents.account(state) for state in states]})
        return 0
    cells = (
        [state.name, state.kind, state.login, state.state, local_time(state.last_sync_at, zone), state.url]
        for state in states
    )
    for line in table(_COLUMNS, cells):
        say(line)
    for state in states:
        if state.sentence:
            tell(about(state.name, state.sentence))
        if state.uuid in read_only:
            tell(f"{state.name} is read-only: nothing is sent.")
        if state.sentence:
            tell(about(state.name, state.sentence))
    for problem in problems:
        tell(problem.sentence)
    if not states and not problems:
        say("No account is set up here: `agentconsole account add`, or try `agentconsole demo`.")
    return 0


def run_test(args: argparse.Namespace) -> int:
    """Ask helpdesks who the login is."""
    paths = profile_paths(args.home)
    config = read_config(paths.config_file)
    chosen = [account for account in config.accounts if args.name in (None, account.name)]
    if not chosen:
        if config.problems:
            raise config.problems[0]
        raise ConsoleError(
            f"There is no account “{args.name}”." if args.name else "No account is set up here yet."
        )
    results = [
        {"name": account.name, "read_only": account.read_only, **_tested(account, paths)}
        for account in chosen
    ]
    if args.json:
        write_json({"accounts": results})
    else:
        for result in results:
            if result["works"]:
                say(f"{result['name']}: works; you are {plain(result['me_name'])} ({result['role']}).")
            else:
                tell(about(result["name"], result["sentence"]))
    return 0 if all(result["works"] for result in results) else 1


def _tested(account: AccountSettings, paths: Paths) -> dict[str, Any]:
    secrets = open_secrets(paths)
    try:
        me = accounts.test(account, secrets, SystemClock())
    except ConsoleError as error:
        return {"works": False, "sentence": error.sentence, "me_name": "", "role": ""}
    return {"works": True, "sentence": "", "me_name": me.name, "role": me.role}
