"""`account add`: setting a helpdesk up, by questions or by options."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

from agentconsole import logs
from agentconsole.bootstrap import desk_for_command, open_secrets
from agentconsole.cli_commands import account_login, first_sync
from agentconsole.cli_commands.output import plain, say, tell, write_json
from agentconsole.cli_commands.questions import agreed, asked, chosen
from agentconsole.clock import SystemClock
from agentconsole.config import Config, Paths, profile_paths, read_config
from agentconsole.desk import accounts, rights, setting_up
from agentconsole.domain.accounts import AccountSettings, SecretSource, new_account_uuid
from agentconsole.domain.errors import ConsoleError, SecretError, UsageError
from agentconsole.helpdesks.kinds import LoginWay
from agentconsole.helpdesks.registry import DEFAULT_KIND, address_of, kind_of
from agentconsole.secrets import Secrets


def run_add(args: argparse.Namespace) -> int:
    """Set an account up; what the options leave out is asked for where there is a terminal."""
    paths = profile_paths(args.home)
    config = usable_config(paths)
    asking = sys.stdin.isatty() and not args.json
    account, known = _account(args, config, asking)
    way = _way(args, account.kind, known, asking)
    account = account if way is None else replace(account, auth=setting_up.AUTH_OF[way])
    kind = kind_of(account.kind)
    if account.auth in kind.login_needed and not account.login:
        account = replace(account, login=asked(kind.login_question, "", asking, "--login"))
    accounts.check(account)
    secrets = open_secrets(paths)
    if way is None and _must_sign_in_again(account, secrets):
        way = "browser"
    secret = _secret(args, way, account, secrets, asking)
    account = _kept(args, paths, account, secret, secrets, asking)
    if known is not None:
        try:
            accounts.forget_former(known, account, secrets)
        except SecretError as error:
            tell(error.sentence)
    document: dict[str, Any] = {
        "name": account.name,
        "uuid": account.uuid,
        "added": known is None,
        "auth": account.auth,
        "read_only": account.read_only,
    }
    if not args.json:
        say(f"{account.name} is {'set up' if known is None else 'renewed'} in {paths.config_file}.")
    with desk_for_command(args.home) as desk:
        # The database has the account from now on, so that every command knows it.
        held_back = [] if account.read_only else accounts.held_back(desk, account)
    if held_back and not args.json:
        say(
            f"{len(held_back)} written while it was read-only {'is' if len(held_back) == 1 else 'are'} kept: "
            "`agentconsole outbox list` shows them, `agentconsole outbox retry` sends one."
        )
    if args.no_test:
        if args.json:
            write_json(document)
        return 0
    return _tested(args, paths, config, account, secrets, document, asking=asking)


def usable_config(paths: Paths) -> Config:
    """Read a config that can be written to.

    Raises:
        ConfigError: It has a problem, which comes first.
    """
    config = read_config(paths.config_file)
    if config.problems:
        raise config.problems[0]
    return config


def _account(
    args: argparse.Namespace, config: Config, asking: bool
) -> tuple[AccountSettings, AccountSettings | None]:
    """Put the account together, all but its way of signing in; and what it was, if it is known."""
    known = config.account(args.name) if args.name else None
    secret = _store(args)
    if known is not None:
        given = {
            "kind": args.kind,
            "url": address_of(args.kind or known.kind, args.url) if args.url else None,
            "login": args.login,
            "secret": secret,
            "token_command": args.token_command,
            "token_variable": args.token_variable,
            "read_only": args.read_only,
        }
        changed = {key: value for key, value in given.items() if value is not None}
        return replace(known, **changed), known
    if not args.name and not asking:
        raise UsageError("`account add` needs a name where there is no terminal to ask on.")
    kind = args.kind or (_kind() if asking else DEFAULT_KIND)
    question = "Its address: any page of it, as your browser shows it"
    url = address_of(kind, args.url or asked(question, "", asking, "--url"))
    name = args.name or _name(url, config)
    read_only = args.read_only
    if read_only is None:
        question = "Read-only: look and draft, but send nothing"
        read_only = asking and agreed(question, otherwise=False)
    account = AccountSettings(
        uuid=new_account_uuid(),
        name=name,
        kind=kind,
        url=url,
        login=args.login or "",
        secret=secret or "keyring",
        token_command=args.token_command,
        token_variable=args.token_variable,
        read_only=read_only,
    )
    return account, None


def _kind() -> str:
    usable, faults = setting_up.systems()
    for sentence in faults:
        tell(sentence)
    return chosen("Which helpdesk system is it?", usable)


def _name(url: str, config: Config) -> str:
    """Ask for a short name; the address's first word is offered."""
    taken = {one.name for one in config.accounts}
    fresh = setting_up.offered_name(url, taken)
    name = asked(f"A short name for it, as in {fresh}#41", fresh, True, "a name")
    if name in taken:
        raise UsageError(
            f"There is an account “{name}” already: `agentconsole account add {name}` renews it."
        )
    return name


def _store(args: argparse.Namespace) -> SecretSource | None:
    if args.token_command is not None:
        return "command"
    if args.token_variable is not None:
        return "env"
    found: SecretSource | None = args.secret
    return found


def _way(args: argparse.Namespace, kind: str, known: AccountSettings | None, asking: bool) -> LoginWay | None:
    """Tell how the login is had; None where other settings change alone."""
    if args.refresh_token:
        return "pair"
    if args.access_token:
        return "bearer"
    if args.auth is not None:
        return setting_up.way_of(args.auth)
    other = (args.secret, args.token_command, args.token_variable, args.client_id, args.redirect_port)
    if known is not None and args.read_only is not None and not any(one is not None for one in other):
        return None
    if known is not None:
        return setting_up.way_of(known.auth)
    if not asking or args.login or args.token_command is not None or args.token_variable is not None:
        return "token"
    return chosen("How do you sign in?", kind_of(kind).ways)


def _must_sign_in_again(account: AccountSettings, secrets: Secrets) -> bool:
    """Whether an account that may send now has a login that was given for reading alone."""
    if account.auth != "oauth" or account.read_only:
        return False
    return not account_login.may_write(secrets.get(account), account.name)


def _secret(
    args: argparse.Namespace, way: LoginWay | None, account: AccountSettings, secrets: Secrets, asking: bool
) -> str | None:
    """Get the secret to keep; None where there is none, or where it is only read."""
    if way is None:
        return None
    if way == "browser":
        former = account_login.former_client(account, secrets)
        client = args.client_id or former or account_login.asked_client(asking)
        return account_login.by_browser(
            account, client, port=args.redirect_port, open_browser=not args.no_browser, paste=asking
        )
    if way == "pair":
        client = args.client_id or account_login.asked_client(asking)
        return account_login.given_pair(account, client)
    if account.secret in ("env", "command"):
        return None
    secret = account_login.given_token(account)
    logs.hide(secret)
    return secret


def _kept(
    args: argparse.Namespace,
    paths: Paths,
    account: AccountSettings,
    secret: str | None,
    secrets: Secrets,
    asking: bool,
) -> AccountSettings:
    try:
        return accounts.add(paths, account, secret, secrets)
    except SecretError as error:
        if args.secret is not None or account.secret != "keyring" or not asking:  # noqa: S105
            raise
        tell(error.sentence)
        if not agreed("Keep it in a file under a passphrase", otherwise=False):
            raise ConsoleError("Nothing was set up.") from None
        return accounts.add(paths, replace(account, secret="encrypted"), secret, secrets)  # noqa: S106


def _tested(
    args: argparse.Namespace,
    paths: Paths,
    config: Config,
    account: AccountSettings,
    secrets: Secrets,
    document: dict[str, Any],
    *,
    asking: bool,
) -> int:
    """Ask the helpdesk what the login may do, tell it, and offer to begin."""
    try:
        found = rights.examine(account, secrets, SystemClock(), config.sync.history_months)
    except ConsoleError as error:
        if args.json:
            write_json({**document, "works": False, "sentence": error.sentence, "me_name": "", "role": ""})
            return 1
        raise ConsoleError(
            f"{error.sentence} The account is kept as given; to mend it run "
            f"`agentconsole account add {account.name}` again with what is to be different "
            "(--url, --login, or the token alone), or `agentconsole account remove "
            f"{account.name}`."
        ) from None
    known = setting_up.known_login(account, found)
    if known != account:
        account = accounts.add(paths, known, None, secrets)
        with desk_for_command(args.home):
            pass
    told = rights.words(account, found.rights)
    if args.json:
        write_json(
            {
                **document,
                "works": True,
                "sentence": "",
                "me_name": found.me.name,
                "role": found.me.role,
                "rights": {
                    "reads": found.rights.reads,
                    "writes": found.rights.writes,
                    "exports": found.rights.exports,
                    "notes_only": found.rights.notes_only,
                },
                "estimate": first_sync.as_document(found.estimate),
            }
        )
        return 0
    say(f"The helpdesk knows you as {plain(found.me.name)[:200]} ({plain(found.me.role)}).")
    for sentence in told:
        say(f"  {sentence}")
    if not found.rights.reads:
        return 0
    if found.estimate is not None:
        say(found.estimate.sentence)
    return first_sync.offer(args, account, asking=asking)
