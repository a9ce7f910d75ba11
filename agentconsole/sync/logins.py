"""OAuth logins in use: whichever process finds one run out renews it, one at a time, and all use the result.

read pair -> still good: use it
          -> run out:    lock between processes -> read pair again -> renewed by another: use that
                                                                  -> ask the helpdesk -> store -> use

The helpdesk kills the old pair when it gives the new one, so the new one is stored before anything is sent
with it. That a renewal is under way is written into the lock file, so that one which was cut off is told.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from agentconsole import logs
from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    LoginRefused,
    SecretError,
    ServerFailed,
    Throttled,
    Unreachable,
)
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.times import SECOND
from agentconsole.private_files import make_private_folder

EARLY: Final = 60 * SECOND
"""A token that ends within this time is renewed before it is used."""
_LOCK_POLL_SECONDS: Final = 0.02
_LOCK_DEADLINE_SECONDS: Final = 90.0

Renew = Callable[[AccountSettings, TokenPair, int], Awaitable[TokenPair]]
"""Asks the helpdesk for the next pair: `helpdesks.registry.renew_login`."""


@runtime_checkable
class PairStore(Protocol):
    """A secret store that pairs can be written to."""

    @property
    def folder(self) -> Path:
        """Where the locks lie."""

    def get(self, account: AccountSettings) -> str:
        """Give an account's secret."""

    def put(self, account: AccountSettings, secret: str) -> None:
        """Keep an account's secret."""


class LiveLogin:
    """The login of one account; called, it gives the access token of this moment."""

    def __init__(self, account: AccountSettings, store: PairStore, clock: Clock, renew: Renew) -> None:
        self._account = account
        self._store = store
        self._clock = clock
        self._renew = renew
        self._pair: TokenPair | None = None
        self._refused: TokenPair | None = None
        """A pair that cannot be renewed: the store is looked into for a better one."""
        self._unstored: TokenPair | None = None
        """A new pair that the store would not take: not used before it does."""
        self._turn = asyncio.Lock()

    @property
    def pair(self) -> TokenPair:
        """The pair in use.

        Raises:
            SecretError: `ready` was not awaited before.
        """
        if self._pair is None:
            raise SecretError(f"{self._account.name}: the login has not been read yet.")
        return self._pair

    def __call__(self) -> str:
        """Give the access token.

        Raises:
            SecretError: `ready` was not awaited before.
        """
        return self.pair.access

    async def ready(self) -> None:
        """Have a token that is good for the next minute, as far as is known here.

        Raises:
            LoginRefused: It has run out and cannot be renewed.
            HelpdeskError: The helpdesk cannot be asked now.
            SecretError: The store does not give the pair, or does not take the new one.
        """
        if self._pair is None or self._pair == self._refused or self._unstored is not None:
            async with self._turn:
                await self._take_stored()
        if self._runs_out(self._pair):
            await self._renewed(self._pair)

    async def refused(self) -> bool:
        """The helpdesk refused the token: have another one, by another process's renewal or by our own.

        Returns:
            Whether there is another one.
        """
        pair = self._pair
        if pair is None:
            return False
        await self._renewed(pair)
        return self._pair != pair

    async def _take_stored(self) -> None:
        pair = await self._stored()
        if self._unstored is not None and pair == self._pair:
            await _to_the_end(self._keep(self._unstored))
            return
        if pair == self._refused:
            raise LoginRefused(_again(self._account.name))
        self._pair, self._refused, self._unstored = pair, None, None

    def _runs_out(self, pair: TokenPair | None) -> bool:
        if pair is None or pair.expires_at is None:
            return False
        return pair.expires_at <= self._clock.now() + EARLY

    async def _renewed(self, used: TokenPair | None) -> None:
        """Have another pair than the one that was used."""
        async with self._turn:
            if self._pair != used:
                return
            async with self._alone() as cut_off:
                stored = await self._stored()
                if stored != used:
                    self._pair = stored
                    if not self._runs_out(stored):
                        return
                await _to_the_end(self._ask(stored, cut_off))

    async def _ask(self, pair: TokenPair, cut_off: bool) -> None:
        self._note(True)
        try:
            fresh = await self._renew(self._account, pair, self._clock.now())
        except (Unreachable, Throttled):
            self._note(cut_off)
            raise
        except (AnswerLost, ServerFailed, BadAnswer) as error:
            # It may have been processed, but nothing of what is to be sent with it has left.
            raise Unreachable(f"{error.sentence.rstrip('.')}; the login is tried again by itself.") from error
        except LoginRefused as error:
            self._note(False)
            self._refused = pair
            if cut_off:
                raise LoginRefused(_cut_off(self._account.name)) from error
            raise
        logs.hide(fresh.access)
        logs.hide(fresh.refresh)
        await self._keep(fresh)

    async def _keep(self, fresh: TokenPair) -> None:
        """Store a new pair; only then it is used."""
        self._unstored = fresh
        await asyncio.to_thread(self._store.put, self._account, fresh.spelled())
        self._note(False)
        self._pair, self._unstored, self._refused = fresh, None, None

    async def _stored(self) -> TokenPair:
        secret = await asyncio.to_thread(self._store.get, self._account)
        pair = TokenPair.read(secret, self._account.name)
        logs.hide(pair.access)
        logs.hide(pair.refresh)
        return pair

    @property
    def _lock_path(self) -> Path:
        return self._store.folder / f"{re.sub('[^A-Za-z0-9-]', '_', self._account.uuid)}.renewal"

    def _note(self, under_way: bool) -> None:
        """Write into the lock file whether a renewal is under way."""
        try:
            handle = os.open(self._lock_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SecretError(f"{self._lock_path} cannot be written: {error.strerror}.") from None
        try:
            os.ftruncate(handle, 0)
            if under_way:
                os.pwrite(handle, b"renewing\n", 0)
            os.fsync(handle)
        finally:
            os.close(handle)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[bool]:
        """Be the only process that renews this login; tells whether the last renewal was cut off."""
        try:
            make_private_folder(self._lock_path.parent)
            handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SecretError(f"{self._lock_path} cannot be made: {error.strerror}.") from None
        try:
            await self._locked(handle)
            yield os.pread(handle, 16, 0) != b""
        finally:
            os.close(handle)

    async def _locked(self, handle: int) -> None:
        try:
            async with asyncio.timeout(_LOCK_DEADLINE_SECONDS):
                while True:
                    try:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        return
                    except BlockingIOError:
                        await asyncio.sleep(_LOCK_POLL_SECONDS)
        except TimeoutError:
            raise SecretError(
                f"{self._account.name}: another process renews the login and does not come to an end; "
                "end it, then try again."
            ) from None


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish a piece of work also when this is cancelled: a pair that was given must be stored."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        raise


def _cut_off(name: str) -> str:
    return (
        f"{name}: a renewal of the login was cut off before its result was stored; sign in again with "
        f"`agentconsole account add {name}`. What waits in the outbox stays."
    )


def _again(name: str) -> str:
    return (
        f"{name}: the login has ended; sign in again with `agentconsole account add {name}`. "
        "What waits in the outbox stays."
    )


def credential(
    account: AccountSettings, secrets: object, clock: Clock, fixed: Callable[[], str]
) -> Callable[[], str]:
    """Give what an account signs in with: a login that renews itself, or a secret that stays.

    Args:
        account: Says which.
        secrets: Where the secret is kept.
        clock: Tells when a token has run out.
        fixed: Gives a secret that stays.

    Raises:
        SecretError: A login that renews itself is in a store that cannot be written.
    """
    return live_login(account, secrets, clock) if account.auth == "oauth" else fixed


def live_login(account: AccountSettings, secrets: object, clock: Clock) -> LiveLogin:
    """Give an account's login that renews itself.

    Raises:
        SecretError: It is in a store that cannot be written.
    """
    if not isinstance(secrets, PairStore):
        raise SecretError(f"{account.name}: its login renews itself, so its secret must be kept here.")
    from agentconsole.helpdesks.registry import renew_login

    return LiveLogin(account, secrets, clock, renew_login)
