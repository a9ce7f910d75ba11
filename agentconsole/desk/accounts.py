"""Accounts: setting up, asking whether they work, and mirroring them into the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agentconsole.config_writing import put_account, remove_account
from agentconsole.desk.context import Desk
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import WAITING_STATES, Change
from agentconsole.domain.errors import ConsoleError, NotFound, SecretError, Unreachable, UsageError
from agentconsole.domain.people import Identity
from agentconsole.sync.logins import credential

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.config import Paths
    from agentconsole.secrets import SecretStore

TEST_DEADLINE_SECONDS: Final = 20.0


def states(desk: Desk) -> tuple[AccountState, ...]:
    """List the accounts and how they stand."""
    return desk.reader.account_states()


def waiting(desk: Desk, account: AccountSettings) -> tuple[Change, ...]:
    """List the Changes of an account that are not settled and not refused."""
    key = desk.account(account.name).id
    changes = desk.reader.changes(WAITING_STATES, None)
    return tuple(change for change in changes if change.account_id == key)


def held_back(desk: Desk, account: AccountSettings) -> tuple[Change, ...]:
    """List the Changes that were written while an account was read-only."""
    return tuple(change for change in waiting(desk, account) if change.held_back)


def check(account: AccountSettings) -> None:
    """Refuse what cannot be an account.

    Raises:
        UsageError: Names what is wrong.
    """
    from agentconsole.config_reading import is_account_name, is_helpdesk_url
    from agentconsole.helpdesks.addresses import checked_base
    from agentconsole.helpdesks.registry import check_account, kind_of

    if not is_account_name(account.name):
        raise UsageError(f"“{account.name}” cannot name an account: use small letters, digits, - and _.")
    kind_of(account.kind)
    if not is_helpdesk_url(account.url):
        raise UsageError(f"“{account.url}” is no address, as https://company.zendesk.com would be.")
    try:
        checked_base(account.name, account.url)
    except Unreachable as error:
        raise UsageError(error.sentence) from None
    check_account(account)
    if account.auth == "oauth" and account.secret in ("env", "command"):
        raise UsageError(
            "A login by the browser renews itself, so its secret is kept here: "
            "use --secret keyring, encrypted or file."
        )


def add(
    paths: Paths,
    account: AccountSettings,
    secret: str | None,
    secrets: SecretStore,
    *,
    history_months: int | None = None,
) -> AccountSettings:
    """Write an account into the config and its secret into its store; one of that name is renewed.

    The secret is kept first: an account without one would be of no use.

    Args:
        paths: The profile.
        account: A known name keeps its identity.
        secret: None where the store is only read.
        secrets: Where it is kept.
        history_months: How far back history is read, by every account; None leaves it.

    Raises:
        ConfigError: config.toml is broken or cannot be changed for the user; nothing has changed, but that a
            known account has its new secret.
        SecretError: The store refused; nothing has changed.
    """
    from agentconsole.config import read_config

    check(account)
    known = read_config(paths.config_file).account(account.name)
    if known is not None:
        account = replace(account, uuid=known.uuid)
    if secret is not None:
        secrets.put(account, secret)
    try:
        put_account(paths.config_file, account, history_months=history_months)
    except ConsoleError:
        if secret is not None and known is None:
            secrets.delete(account)
        raise
    return account


def forget_former(known: AccountSettings, account: AccountSettings, secrets: SecretStore) -> None:
    """Take the secret out of the place where a renewed account had it: nobody asks there any more.

    Args:
        known: The account as it was.
        account: The account as it is.
        secrets: Where secrets are kept.

    Raises:
        SecretError: It could not be removed; says where it may still be.
    """
    if known.secret == account.secret:
        return
    try:
        secrets.delete(known)
    except SecretError as error:
        raise SecretError(
            f"The former secret of “{account.name}” may still be where it was ({known.secret}): "
            f"{error.sentence}"
        ) from None


def remove(paths: Paths, account: AccountSettings, secrets: SecretStore) -> None:
    """Take an account out of the config and forget its secret.

    Raises:
        ConfigError: config.toml is broken; nothing has changed.
        SecretError: The account is gone from the config, its secret could not be removed.
    """
    remove_account(paths.config_file, account.name)
    try:
        secrets.delete(account)
    except SecretError as error:
        raise SecretError(
            f"“{account.name}” is removed from {paths.config_file}, but its secret may still be where it was "
            f"({account.secret}): {error.sentence}"
        ) from None


def test(account: AccountSettings, secrets: SecretStore, clock: Clock) -> Identity:
    """Ask the helpdesk who the login is.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
        SecretError: The secret is not to be had.
    """
    secret = secrets.get(account)
    return asyncio.run(_whoami(account, credential(account, secrets, clock, lambda: secret), clock))


def no_helpdesk_there(account: AccountSettings, error: NotFound) -> NotFound:
    """Say what it means that a helpdesk does not know its own first page."""
    return NotFound(
        f"{error.sentence.rstrip('.')}. There is no helpdesk of kind {account.kind} at {account.url}: "
        "check the address; it has nothing behind the host's name."
    )


async def _whoami(account: AccountSettings, secret: Callable[[], str], clock: Clock) -> Identity:
    from agentconsole.helpdesks.registry import open_helpdesk

    helpdesk = open_helpdesk(account.kind, account, secret, clock)
    try:
        async with asyncio.timeout(TEST_DEADLINE_SECONDS):
            return await helpdesk.whoami()
    except NotFound as error:
        raise no_helpdesk_there(account, error) from error
    except TimeoutError:
        raise Unreachable(
            f"{account.name}: {account.url} did not answer within {TEST_DEADLINE_SECONDS:g} s."
        ) from None
    finally:
        await helpdesk.close()
