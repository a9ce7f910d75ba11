"""The sync worker's process: all accounts of one profile side by side, and the indexes behind them.

It ends on SIGTERM and SIGINT, and, started with the console's pipe, when the pipe ends; what is under way
settles first. Killed at any moment it goes on from its last stored page, and looks for what it may have sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from agentconsole.clock import Clock
from agentconsole.config import Config, Paths, read_config
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConsoleError, ProfileInUse, StoreBusy, StoreError, StoreFull
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.store.blobs import Blobs
from agentconsole.store.database import open_store, shrink_log
from agentconsole.store.downloads import Downloads, FileCache
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.store.reader import Reader
from agentconsole.store.upkeep import Upkeep
from agentconsole.store.writer import Writer
from agentconsole.sync.account import AccountWorker, SecretSource
from agentconsole.sync.index import Indexer
from agentconsole.sync.lock import hold
from agentconsole.sync.logins import credential
from agentconsole.sync.reports import Report, StateChanged
from agentconsole.sync.spawn import EXIT_IN_USE, HURRY, LINGER
from agentconsole.sync.threads import StoreThread
from agentconsole.sync.upkeep import Keeper

WATCH_SECONDS: Final = 0.25
"""How often it looks whether another process wrote to the database."""
_CONFIG_EVERY: Final = 8
"""Every so many of those looks it sees whether config.toml has changed."""
_RESTART_SECONDS: Final = 2.0

EXIT_STOPPED: Final = 130
"""A signal ended a worker that was to bring everything up to date; as shells number an interrupt."""

Connect = Callable[[AccountSettings, Callable[[], str]], Helpdesk]

_log = logging.getLogger(__name__)


def run_worker(
    paths: Paths,
    config: Config,
    *,
    once: bool,
    clock: Clock,
    secrets: SecretSource,
    report: Callable[[Report], None],
    parent_pipe: bool = False,
    connect: Connect | None = None,
    vanishing: bool = False,
) -> int:
    """Run the worker in this process.

    Args:
        paths: The profile.
        config: Its settings; read anew when config.toml changes.
        once: End when every feed is up to date and nothing in the outbox can go out now.
        clock: Tells the present.
        secrets: Where accounts' secrets are had.
        report: Told of pages and states.
        parent_pipe: Standard input is the console's bell and life line.
        connect: Opens helpdesks; for tests.
        vanishing: A person has said that most of a listing may go.

    Returns:
        0; 1 when `once` could not bring an account up to date; 3 when `parent_pipe` and another worker runs;
        EXIT_STOPPED when a signal ended `once` before it was done.

    Raises:
        ProfileInUse: Another worker runs on this profile.
        StoreError: The database cannot be opened.
    """
    try:
        with hold(paths.worker_lock, "sync worker"):
            worker = Worker(
                paths,
                once=once,
                clock=clock,
                secrets=secrets,
                report=report,
                connect=connect,
                vanishing=vanishing,
            )
            return asyncio.run(worker.run(config, parent_pipe=parent_pipe))
    except ProfileInUse:
        if parent_pipe:
            return EXIT_IN_USE
        raise


class Worker:
    """All accounts of one profile."""

    def __init__(
        self,
        paths: Paths,
        *,
        once: bool,
        clock: Clock,
        secrets: SecretSource,
        report: Callable[[Report], None],
        connect: Connect | None = None,
        vanishing: bool = False,
    ) -> None:
        self._paths = paths
        self._once = once
        self._clock = clock
        self._secrets = secrets
        self._report = report
        self._connect = connect
        self._vanishing = vanishing
        self.accounts: list[AccountWorker] = []
        self._stop = asyncio.Event()
        self._reload = False
        self._linger = False
        self._finishing = False

    async def run(self, config: Config, *, parent_pipe: bool = False) -> int:
        """Work until told to end; see `run_worker`."""
        open_store(self._paths.database, role="worker", now=self._clock.now()).close()
        with self._signals(), self._pipe(parent_pipe):
            while True:
                self._reload = False
                code = await self._run_with(config)
                if not self._reload:
                    return code
                config = read_config(self._paths.config_file)
                self._stop.clear()

    def stop(self) -> None:
        """End after what is under way."""
        self._stop.set()
        for account in self.accounts:
            account.stop()

    def wake(self) -> None:
        """Look for work at once."""
        for account in self.accounts:
            account.wake()

    def hurry(self) -> None:
        """Poll at once: the agent asked for what is new."""
        for account in self.accounts:
            account.hurry()

    async def _run_with(self, config: Config) -> int:
        with contextlib.ExitStack() as opened:
            opened.callback(self._shrink_log)
            self.accounts = self._made_accounts(config, opened)
            indexer = self._made_indexer(opened)
            keeper = self._made_keeper(opened)
            behind = [asyncio.create_task(self._watch(config)), asyncio.create_task(indexer.run())]
            if not self._once:
                behind.append(asyncio.create_task(keeper.run()))
            try:
                ends = await asyncio.gather(
                    *(self._kept_running(account) for account in self.accounts), return_exceptions=True
                )
                for end in ends:
                    if isinstance(end, BaseException):
                        raise end
                if not self._once and not self.accounts:
                    await self._stop.wait()
                if self._once and not self._stop.is_set():
                    await keeper.once()
                    await indexer.drain()
            finally:
                for task in behind:
                    task.cancel()
                results = await asyncio.gather(*behind, return_exceptions=True)
            for result in results:
                if isinstance(result, StoreError):
                    raise result
            if self._once and self._stop.is_set() and not self._reload:
                return EXIT_STOPPED
            return 1 if any(account.failure is not None for account in self.accounts) else 0

    def _shrink_log(self) -> None:
        """Leave no write-ahead log behind; a console that has the database open would keep it as it is."""
        try:
            with contextlib.closing(open_store(self._paths.database, role="worker", create=False)) as conn:
                shrink_log(conn)
        except StoreError as error:
            _log.error("The write-ahead log stays: %s", error.sentence)

    async def _kept_running(self, account: AccountWorker) -> None:
        """Run an account; a fault of the program's own in one doesn't end the others."""
        while not self._stop.is_set():
            try:
                await account.run()
                return
            except (StoreFull, StoreBusy) as error:
                _log.error("%s: %s", account.settings.name, error.sentence)
            except StoreError:
                self.stop()
                raise
            except Exception:
                _log.exception("The account %s failed inside", account.settings.name)
                self._report(
                    StateChanged(
                        account.settings.name,
                        "offline",
                        f"{account.settings.name}: the sync failed inside and begins anew; see the log.",
                    )
                )
            if self._once:
                account.failure = account.failure or ConsoleError(f"{account.settings.name}: failed inside.")
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RESTART_SECONDS):
                    await self._stop.wait()

    def _made_accounts(self, config: Config, opened: contextlib.ExitStack) -> list[AccountWorker]:
        now = self._clock.now()
        outbox_conn = open_store(self._paths.database, role="outbox", now=now)
        opened.callback(outbox_conn.close)
        ids = Writer(outbox_conn).put_accounts(config.accounts, now)
        reader = Reader(outbox_conn)
        opened.callback(reader.close)
        outbox = Outbox(outbox_conn)
        outbox.recover(now)
        outbox_thread = StoreThread("outbox")
        opened.callback(outbox_thread.close)
        accounts: list[AccountWorker] = []
        for settings in config.accounts:
            conn = open_store(self._paths.database, role="worker", now=now)
            opened.callback(conn.close)
            thread = StoreThread(f"ingest-{settings.name}")
            opened.callback(thread.close)
            accounts.append(
                AccountWorker(
                    settings,
                    ids[settings.uuid],
                    ingest=Ingest(conn, ids[settings.uuid]),
                    ingest_thread=thread,
                    outbox=outbox,
                    reader=reader,
                    outbox_thread=outbox_thread,
                    clock=self._clock,
                    secrets=self._secrets,
                    open_helpdesk=self._connect or self._opener(config),
                    poll_seconds=config.sync.poll_seconds,
                    once=self._once,
                    report=self._report,
                    vanishing=self._vanishing,
                    downloads=Downloads(conn, ids[settings.uuid]),
                    cache=FileCache(self._paths.downloads_dir),
                )
            )
        return accounts

    def _made_indexer(self, opened: contextlib.ExitStack) -> Indexer:
        conn = open_store(self._paths.database, role="worker", now=self._clock.now())
        opened.callback(conn.close)
        thread = StoreThread("index")
        indexer = Indexer(conn, self._paths.index_dir, thread)
        opened.callback(indexer.close)
        opened.callback(thread.close)
        return indexer

    def _made_keeper(self, opened: contextlib.ExitStack) -> Keeper:
        conn = open_store(self._paths.database, role="worker", now=self._clock.now())
        opened.callback(conn.close)
        thread = StoreThread("upkeep")
        opened.callback(thread.close)
        cache = FileCache(self._paths.downloads_dir)
        return Keeper(Upkeep(conn), Blobs(self._paths.blobs_dir), cache, thread, self._clock)

    def _opener(self, config: Config) -> Connect:
        from agentconsole.helpdesks.registry import open_helpdesk

        blobs = Blobs(self._paths.blobs_dir)

        def connect(settings: AccountSettings, secret: Callable[[], str]) -> Helpdesk:
            return open_helpdesk(
                settings.kind,
                settings,
                credential(settings, self._secrets, self._clock, secret),
                self._clock,
                history_months=config.sync.history_months,
                read_file=blobs.read,
            )

        return connect

    async def _watch(self, config: Config) -> None:
        """Ring the bell when the database was written to; end when config.toml has changed, to begin anew."""
        conn = open_store(self._paths.database, role="worker", now=self._clock.now())
        reader = Reader(conn)
        try:
            version: int | None = None
            asked = reader.news_asked()
            stamp = _stamp(self._paths.config_file)
            looks = 0
            while True:
                await asyncio.sleep(WATCH_SECONDS)
                looks += 1
                try:
                    newest = reader.data_version()
                    if newest != version:
                        version = newest
                        if (latest := reader.news_asked()) != asked:
                            # By a console whose own worker stands by.
                            asked = latest
                            self.hurry()
                        self.wake()
                    if self._finishing and not any([await each.still_sending() for each in self.accounts]):
                        self.stop()
                except (StoreBusy, StoreFull) as error:
                    _log.error("The database cannot be watched: %s", error.sentence)
                if not self._once and looks % _CONFIG_EVERY == 0 and _stamp(self._paths.config_file) != stamp:
                    self._reload = True
                    self.stop()
                    return
        finally:
            conn.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        caught: list[signal.Signals] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(number, self.stop)
                caught.append(number)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)

    @contextlib.contextmanager
    def _pipe(self, wanted: bool) -> Iterator[None]:
        if not wanted:
            yield
            return
        loop = asyncio.get_running_loop()
        handle = sys.stdin.fileno()
        os.set_blocking(handle, False)
        loop.add_reader(handle, self._heard, handle)
        try:
            yield
        finally:
            loop.remove_reader(handle)

    def _heard(self, handle: int) -> None:
        try:
            told = os.read(handle, 4096)
        except BlockingIOError:
            return
        except OSError:
            told = b""
        if not told:
            asyncio.get_running_loop().remove_reader(handle)
            if self._linger:
                self._finishing = True
            else:
                self.stop()
            return
        self._linger = self._linger or LINGER in told
        if HURRY in told:
            self.hurry()
        self.wake()


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
