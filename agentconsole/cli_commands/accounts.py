"""`account`: setting up the helpdesks one works in."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentconsole import logs
from agentconsole.bootstrap import desk_for_command, open_secrets
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import Column, about, local_time, plain, say, table, tell, write_json
from agentconsole.clock import SystemClock
from agentconsole.config import Config, Paths, profile_paths, read_config
from agentconsole.desk import accounts, outbox
from agentconsole.domain.accounts import AccountSettings, new_account_uuid
from agentconsole.domain.errors import ConsoleError, SecretError, UsageError

_COLUMNS = (
    Column("NAME", 16),
    Column("KIND", 10),
    Column("LOGIN", 34),
    Column("STATE", 10),
    Column("LAST SYNC", 16),
    Column("ADDRESS", 60, grows=True),
)


def run_add(args: argparse.Namespace) -> int:
    """Set an account up; what the options leave out is asked for where there is a terminal."""
    paths = profile_paths(args.home)
    config = _usable_config(paths)
    asking = sys.stdin.isatty() and not args.json
    name = args.name or _asked("A short name for the account, as in NAME#41", "", asking, "a name")
    known = config.account(name)
    account = _account(args, name, known, asking)
    accounts.check(account)
    secrets = open_secrets(paths)
    secret = None
    if account.secret not in ("env", "command"):
        secret = _secret(account)
        logs.hide(secret)
    try:
        account = accounts.add(paths, account, secret, secrets)
    except SecretError as error:
        if args.secret is not None or account.secret != "keyring" or not asking:  # noqa: S105
            raise
        tell(error.sentence)
        if not _agreed("Keep it in a file under a passphrase"):
            raise ConsoleError("Nothing was set up.") from None
        account = accounts.add(paths, replace(account, secret="encrypted"), secret, secrets)  # noqa: S106
    if known is not None:
        try:
            accounts.forget_former(known, account, secrets)
        except SecretError as error:
            tell(error.sentence)
    document: dict[str, Any] = {"name": account.name, "uuid": account.uuid, "added": known is None}
    if not args.json:
        say(f"{account.name} is {'set up' if known is None else 'renewed'} in {paths.config_file}.")
    with desk_for_command(args.home):
        pass  # The database has the account from now on, so that every command knows it.
    if args.no_test:
        if args.json:
            write_json(document)
        return 0
    document.update(_tested(account, paths))
    if args.json:
        write_json(document)
    elif document["works"]:
        say(
            f"The helpdesk knows you as {plain(document['me_name'])}. `agentconsole sync` reads your tickets."
        )
    else:
        raise ConsoleError(
            f"{document['sentence']} The account is kept as given; to mend it run "
            f"`agentconsole account add {name}` again with what is to be different "
            "(--url, --login, or the token alone), or `agentconsole account remove "
            f"{name}`."
        )
    return 0 if document["works"] else 1


def add_by_asking(home: Path | None) -> None:
    """Set an account up by questions, from the console's first screen."""
    run_add(
        argparse.Namespace(
            home=home,
            json=False,
            name=None,
            kind=None,
            url=None,
            login=None,
            auth=None,
            secret=None,
            token_command=None,
            token_variable=None,
            no_test=False,
        )
    )


def _usable_config(paths: Paths) -> Config:
    config = read_config(paths.config_file)
    if config.problems:
        raise config.problems[0]
    return config


def _account(
    args: argparse.Namespace, name: str, known: AccountSettings | None, asking: bool
) -> AccountSettings:
    secret = args.secret
    if args.token_command is not None:
        secret = "command"  # noqa: S105 - the name of a store
    elif args.token_variable is not None:
        secret = "env"  # noqa: S105 - the name of a store
    if known is not None:
        given = {
            "kind": args.kind,
            "url": args.url.rstrip("/") if args.url else None,
            "login": args.login,
            "auth": args.auth,
            "secret": secret,
            "token_command": args.token_command,
            "token_variable": args.token_variable,
        }
        return replace(known, **{key: value for key, value in given.items() if value is not None})
    url = args.url or _asked("Its address, as https://company.zendesk.com", "", asking, "--url")
    login = args.login
    if login is None:
        login = "" if args.auth == "bearer" else _asked("Your login, a mail address", "", asking, "--login")
    return AccountSettings(
        uuid=new_account_uuid(),
        name=name,
        kind=args.kind or "zendesk",
        url=url.rstrip("/"),
        login=login,
        secret=secret or "keyring",
        auth=args.auth or "token",
        token_command=args.token_command,
        token_variable=args.token_variable,
    )


def _asked(question: str, default: str, asking: bool, option: str) -> str:
    if not asking:
        raise UsageError(f"`account add` needs {option} where there is no terminal to ask on.")
    sys.stderr.write(f"{question}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or default


def _agreed(question: str) -> bool:
    return _asked(f"{question}? (y/n)", "n", True, "").casefold() in ("y", "yes")


def _secret(account: AccountSettings) -> str:
    """Take the token from a prompt, or from standard input."""
    if sys.stdin.isatty():
        secret = getpass.getpass(f"Token for {account.name} (not shown): ")
    else:
        secret = sys.stdin.readline()
    secret = secret.strip()
    if not secret:
        raise UsageError("There is no token: type it, pipe it in, or name a --token-command.")
    return secret


def run_list(args: argparse.Namespace) -> int:
    """List the accounts."""
    with desk_for_command(args.home) as desk:
        states = accounts.states(desk)
        zone = desk.config.zone
        problems = desk.config.problems
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
    results = [{"name": account.name, **_tested(account, paths)} for account in chosen]
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


def run_remove(args: argparse.Namespace) -> int:
    """Forget an account: its entry and its secret. What was read of it stays, out of sight."""
    paths = profile_paths(args.home)
    account = _usable_config(paths).account(args.name)
    if account is None:
        raise ConsoleError(f"There is no account “{args.name}”; `agentconsole account list` shows all.")
    with desk_for_command(args.home) as desk:
        state = desk.account(account.name)
        open_ones = [change for change in outbox.listing(desk) if change.account_id == state.id]
        if open_ones:
            many = (
                "entry of the outbox still waits"
                if len(open_ones) == 1
                else "entries of the outbox still wait"
            )
            raise ConsoleError(
                f"{len(open_ones)} {many} for {account.name}: "
                "send them with `agentconsole sync --once`, or give them up with `agentconsole outbox drop`."
            )
    try:
        accounts.remove(paths, account, open_secrets(paths))
    finally:
        with desk_for_command(args.home):
            pass  # The database takes note.
    if args.json:
        write_json({"name": account.name, "removed": True})
    else:
        say(f"{account.name} is removed from {paths.config_file}, and its secret is forgotten.")
    return 0
