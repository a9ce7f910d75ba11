"""Taking an account away for good: its login on the helpdesk, and what was read of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from agentconsole.desk.context import Desk
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import OPEN_STATES, Change
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.logins import TokenPair
from agentconsole.store.purge import Holding
from agentconsole.sync.lock import holder

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.config import Paths
    from agentconsole.secrets import SecretStore

__all__ = ["Holding", "check_idle", "give_up", "holding", "purge", "removed", "revoke", "waiting"]


def holding(desk: Desk, uuid: str) -> Holding | None:
    """Count what of an account lies on this machine; None for nothing."""
    from agentconsole.store import purge as store
    from agentconsole.store.database import open_store

    with closing(open_store(desk.paths.database, role="cli", create=False)) as conn:
        key = store.account_key(conn, uuid)
        return None if key is None else store.holding(conn, key)


def removed(desk: Desk) -> dict[str, str]:
    """List the accounts that were removed while their data stayed: identity by name."""
    from agentconsole.store import purge as store
    from agentconsole.store.database import open_store

    with closing(open_store(desk.paths.database, role="cli", create=False)) as conn:
        return store.removed_accounts(conn)


def waiting(desk: Desk, account: AccountSettings) -> tuple[Change, ...]:
    """List what of an account is in the outbox and not settled, refused entries included."""
    key = desk.account(account.name).id
    return tuple(change for change in desk.reader.changes(OPEN_STATES, None) if change.account_id == key)


def give_up(desk: Desk, changes: Iterable[Change]) -> None:
    """Drop entries of the outbox, so that none waits for an account that is gone; their texts are kept.

    Raises:
        ChangeTooLate: One is going out at this moment; those before it are dropped.
    """
    for change in changes:
        desk.writer.drop_change(change.uuid, desk.clock.now())


def check_idle(paths: Paths) -> None:
    """See that nobody works on the profile, so that nothing is written behind a purge.

    Raises:
        ConsoleError: A console or a sync runs.
    """
    for lock, what in ((paths.console_lock, "A console"), (paths.worker_lock, "A sync")):
        pid = holder(lock)
        if pid is not None:
            raise ConsoleError(
                f"{what} runs on this profile (process {pid}): end it, then delete the data. "
                "Nothing was changed."
            )


def purge(paths: Paths, uuid: str) -> None:
    """Delete all that is stored of an account: rows, indexes, and copies of files that nobody else needs.

    Raises:
        StoreError: The database cannot be written.
        ProfileInUse: A sync has just been started.
    """
    from agentconsole.store import purge as store
    from agentconsole.store.blobs import Blobs
    from agentconsole.store.database import open_store
    from agentconsole.sync.lock import hold

    with hold(paths.worker_lock, "sync"), closing(open_store(paths.database, role="cli")) as conn:
        key = store.account_key(conn, uuid)
        if key is not None:
            store.purge_account(conn, key)
        Blobs(paths.blobs_dir).keep_only(store.files_in_use(conn), before=2**62)
        shutil.rmtree(paths.downloads_dir, ignore_errors=True)
        # Derived; the next sync builds it of what is left.
        shutil.rmtree(paths.index_dir, ignore_errors=True)


def revoke(account: AccountSettings, secrets: SecretStore, clock: Clock) -> str | None:
    """Have the helpdesk forget a login by the browser; other tokens are the user's own.

    Returns:
        Why it could not be done, in a sentence; None when it is done, or there was nothing to do.
    """
    if account.auth != "oauth":
        return None
    try:
        asyncio.run(_revoke(account, secrets, clock))
    except ConsoleError as error:
        return error.sentence
    return None


async def _revoke(account: AccountSettings, secrets: SecretStore, clock: Clock) -> None:
    from agentconsole.helpdesks.registry import revoke_login
    from agentconsole.sync.logins import live_login

    login = live_login(account, secrets, clock)
    await login.ready()
    pair: TokenPair = login.pair
    await revoke_login(account, pair)
