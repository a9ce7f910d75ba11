"""One account of the worker: a task that pulls and a task that pushes, whose failures concern no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, Protocol

from agentconsole.clock import Clock
from agentconsole.domain.accounts import AccountSettings, read_only_sentence
from agentconsole.domain.errors import (
    ConsoleError,
    EndlessListing,
    FieldsChanged,
    HelpdeskError,
    LoginRefused,
    NotAllowed,
    NotFound,
    Rejected,
    SecretError,
    StoreBusy,
    StoreFull,
    Throttled,
    TryAgain,
    Unreachable,
    UsageError,
)
from agentconsole.domain.times import MINUTE, SECOND
from agentconsole.helpdesks.base import Capabilities, Helpdesk, Thread
from agentconsole.store.downloads import Downloads, FileCache
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from agentconsole.store.reader import Reader
from agentconsole.sync.downloads import Downloader
from agentconsole.sync.feeds import Feeds
from agentconsole.sync.pull import Puller
from agentconsole.sync.push import Pusher
from agentconsole.sync.reading import ThreadReader
from agentconsole.sync.reports import Report
from agentconsole.sync.schedule import STREAMS, Backoff, Clockwork
from agentconsole.sync.sender import ONCE_LONGEST_WAIT, Sender
from agentconsole.sync.standing import Standing, lacking
from agentconsole.sync.threads import StoreThread

OpenHelpdesk = Callable[[AccountSettings, Callable[[], str]], Helpdesk]

_PAUSED_RETRY: Final = 5 * MINUTE
_IDLE_SECONDS: Final = 30.0
PROBE_FIRST: Final = 1 * SECOND
"""How soon a helpdesk that cannot be reached is tried again; then ever later."""
_PROBE_LONGEST: Final = 8 * SECOND
_ONCE_TRIES: Final = 3
_TURNED_BACK: Final = MINUTE
"""A clock that goes back by more than this was set back."""

_log = logging.getLogger(__name__)


class SecretSource(Protocol):
    """Where the account's secret is had."""

    def get(self, account: AccountSettings) -> str:
        """Give the secret.

        Raises:
            SecretError: It cannot be had.
        """


class AccountWorker:
    """Keeps one account in step with its helpdesk."""

    def __init__(
        self,
        settings: AccountSettings,
        account_id: int,
        *,
        ingest: Ingest,
        ingest_thread: StoreThread,
        outbox: Outbox,
        reader: Reader,
        outbox_thread: StoreThread,
        clock: Clock,
        secrets: SecretSource,
        open_helpdesk: OpenHelpdesk,
        poll_seconds: int,
        once: bool,
        report: Callable[[Report], None],
        vanishing: bool = False,
        downloads: Downloads,
        cache: FileCache,
    ) -> None:
        self._vanishing = vanishing
        self._downloader = Downloader(
            settings.name, downloads, ingest_thread, cache, clock, lambda: self._helpdesk
        )
        self.settings = settings
        self.failure: ConsoleError | None = None
        """Why `once` gave the account up."""
        self._id = account_id
        self._ingest = ingest
        self._in_store = ingest_thread
        self._clock = clock
        self._secrets = secrets
        self._open = open_helpdesk
        self._poll_seconds = poll_seconds
        self._once = once
        self._report = report
        self._bell = asyncio.Event()
        self._stopping = False
        self._secret: str | None = None
        self._helpdesk: Helpdesk | None = None
        self._capabilities: Capabilities | None = None
        self._puller: Puller | None = None
        self._clockwork = Clockwork.starting(clock.now(), poll_seconds, STREAMS)
        self._backoff = Backoff(PROBE_FIRST, _PROBE_LONGEST)
        self._not_before = 0
        self._paused = False
        self._failures = 0
        self._latest = 0
        """The present when it was last looked at."""
        self._threads = ThreadReader(settings.name, ingest, ingest_thread, clock, once=once)
        self._standing = Standing(settings.name, ingest, ingest_thread, clock, report)
        self._feeds = Feeds(
            settings.name,
            self._clockwork,
            self._threads,
            self._standing,
            clock,
            report,
            reached=self._reached,
        )
        self._pulling: asyncio.Task[None] | None = None
        self._renew = False
        """The secret has to be read anew before anything else."""
        self._pusher = Pusher(
            account_id,
            outbox,
            reader,
            outbox_thread,
            clock,
            keep_thread=self._keep_thread,
            trouble=self._trouble_while_sending,
            held_back=read_only_sentence(settings.name) if settings.read_only else None,
        )
        self._sender = Sender(settings.name, self._pusher, clock, self._gate, once=once)

    async def run(self) -> None:
        """Pull and push until `stop`, or, with `once`, until everything is up to date."""
        await self._pusher.recover()
        self._pulling = asyncio.create_task(self._pull_loop())
        self._pulling.add_done_callback(self._pulled)
        tasks = (self._pulling, asyncio.create_task(self._sender.run()))
        files = asyncio.create_task(self._downloader.run())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done() and not task.cancelled():
                    task.result()
        finally:
            for task in (*tasks, files):
                task.cancel()
            await asyncio.gather(*tasks, files, return_exceptions=True)
            await self._sender.settle()
            if self._helpdesk is not None:
                # Should this account be run again, it begins with a connection of its own.
                closing, self._helpdesk = self._helpdesk, None
                await closing.close()

    def _pulled(self, _: asyncio.Task[None]) -> None:
        """With `once`: what cannot be reached now is not waited for."""
        unreached = self._helpdesk is None or self._capabilities is None
        self._sender.given_up = unreached or self._standing.state in ("", "offline", "paused")
        self._sender.ring()

    def wake(self) -> None:
        """Something was written by the console: look at once."""
        self._bell.set()
        self._sender.ring()
        self._downloader.ring()

    def hurry(self) -> None:
        """Poll at once, also while waiting for a failed connection or a refused login.

        How it stands then is noted even where it stands as before: the agent waits for an answer.
        """
        self._standing.asked = True
        self._clockwork.hurry(self._clock.now())
        if self._standing.state != "throttled":
            self._not_before = 0
        self.wake()

    def stop(self) -> None:
        """End: what is being sent settles first, what is being read is read again the next time."""
        self._stopping = True
        if self._pulling is not None:
            self._pulling.cancel()
        self._sender.stop()
        self.wake()

    async def still_sending(self) -> bool:
        """Whether anything waits in the outbox that settles by itself."""
        return await self._sender.waiting()

    async def _pull_loop(self) -> None:
        while not self._stopping:
            self._bell.clear()
            now = self._clock.now()
            if now < self._latest - _TURNED_BACK:
                self._clock_was_set_back(now)
            self._latest = now
            if self._not_before > now:
                if self._once and self._not_before - now > ONCE_LONGEST_WAIT:
                    self.failure = ConsoleError(self._standing.sentence)
                    return
                await self._rest(self._not_before)
                continue
            try:
                async with self._standing.telling_of_a_long_wait():
                    worked = await self._pull_once()
            except (HelpdeskError, SecretError) as error:
                await self._failed(error)
                hopeless = self._paused or isinstance(error, Rejected | NotAllowed | NotFound)
                if self._once and (hopeless or self._failures >= _ONCE_TRIES):
                    self.failure = error
                    return
            except (StoreFull, StoreBusy) as error:
                # Cursors stand where the last whole page left them.
                self._standing.tell("offline", error.sentence)
                self.failure = error
                if self._once:
                    return
                await self._rest(self._clock.now() + 5 * SECOND)
            else:
                if not worked and await self._nothing_left():
                    return

    async def _nothing_left(self) -> bool:
        """Say so and rest; True when that is the end."""
        now = self._clock.now()
        waits = [until for until in self._feeds.throttled.values() if until > now]
        if not waits:
            if self._feeds.news or self._standing.state != "ok":
                self._feeds.news = False
                await self._standing.put(
                    "ok",
                    " ".join(
                        [
                            *self._feeds.warnings.values(),
                            *lacking(self.settings.name, self._feeds.refused, self._threads.refused),
                        ]
                    ),
                )
        elif self._once and min(waits) - now > ONCE_LONGEST_WAIT:
            self.failure = ConsoleError(self._standing.sentence)
            return True
        if self._once and not waits:
            return True
        await self._rest(
            min(filter(None, (self._clockwork.next_at(), self._threads.next_at())), default=None)
        )
        return False

    def _clock_was_set_back(self, now: int) -> None:
        """Wait for no instant of another time: whoever still has to be waited for says so again."""
        self._not_before = self._sender.not_before = 0
        self._feeds.throttled.clear()
        self._clockwork.begin_again(now)

    async def _pull_once(self) -> bool:
        """Do the most pressing piece of work; False when there is none."""
        if self._helpdesk is None:
            await self._connect()
            return True
        if self._renew:
            self._secret = await asyncio.to_thread(self._secrets.get, self.settings)
            await self._helpdesk.whoami()
            self._renew = False
            await self._reached()
        puller = self._puller
        if puller is None:
            raise AssertionError("connected without a puller")
        if await self._threads.asked(puller):
            await self._reached()
            return True
        stream = self._clockwork.next(self._clock.now())
        if stream not in ("fields", "groups", "tickets") and await self._threads.ahead(puller):
            await self._reached()
            return True
        if stream is not None:
            if (fault := await self._feeds.pull(puller, stream)) is not None:
                self.failure = fault
                # Its tries and waits concern this feed alone: the next one that fails has its own.
                self._failures = 0
                self._backoff.succeeded()
            return True
        if await self._threads.fill(puller):
            await self._reached()
            return True
        return False

    async def _connect(self) -> None:
        self._secret = await asyncio.to_thread(self._secrets.get, self.settings)
        try:
            helpdesk = self._open(self.settings, self._the_secret)
        except UsageError as error:
            # An unknown kind, or an adapter of others that cannot be used.
            raise Rejected(f"{self.settings.name}: {error.sentence}") from error
        try:
            me = await helpdesk.whoami()
            capabilities = await helpdesk.capabilities()
            await self._in_store(self._ingest.set_identity, me)
            await self._in_store(self._ingest.set_capabilities, asdict(capabilities))
        except BaseException:
            await helpdesk.close()
            raise
        self._pusher.me = me.remote_id
        self._capabilities = capabilities
        self._puller = Puller(helpdesk, self._ingest, self._in_store, self._clock, vanishing=self._vanishing)
        self._helpdesk = helpdesk
        if not capabilities.bulk_threads:
            self._clockwork.drop("messages")
        await self._reached()
        self._sender.ring()
        self._downloader.ring()

    def _the_secret(self) -> str:
        if self._secret is None:
            raise SecretError(f"{self.settings.name}: the secret has not been read yet.")
        return self._secret

    async def _reached(self) -> None:
        """The helpdesk answered."""
        if not self._feeds.warnings:
            self.failure = None
        self._backoff.succeeded()
        self._failures = 0
        if self._standing.state not in ("ok", "syncing") and not self._feeds.throttled:
            await self._standing.put("syncing")
        if self._paused:
            self._paused = False
            self._sender.ring()

    async def _failed(self, error: HelpdeskError | SecretError) -> None:
        self._failures += 1
        now = self._clock.now()
        if isinstance(error, LoginRefused | SecretError):
            await self._pause(error)
            return
        if isinstance(error, Throttled):
            self._not_before = now + int(error.wait_seconds * SECOND)
            await self._standing.put("throttled", error.sentence, retry_at=self._not_before)
            self._failures -= 1
            return
        if isinstance(error, Rejected | NotAllowed | NotFound | EndlessListing):
            wait = MINUTE
        elif isinstance(error, TryAgain):
            wait = SECOND
        else:
            wait = self._backoff.failed()
        self._not_before = now + wait
        await self._standing.put("offline", error.sentence, retry_at=self._not_before, why=error.brief)

    async def _pause(self, error: HelpdeskError | SecretError) -> None:
        """The login does not hold: nothing is sent or read until it does, or the agent asks to try again."""
        self._paused = self._renew = True
        self._not_before = self._clock.now() + _PAUSED_RETRY
        await self._standing.put("paused", error.sentence, retry_at=self._not_before, why=error.brief)

    async def _trouble_while_sending(self, error: HelpdeskError | SecretError) -> None:
        now = self._clock.now()
        if isinstance(error, LoginRefused | SecretError):
            await self._pause(error)
        elif isinstance(error, Throttled):
            self._sender.not_before = now + int(error.wait_seconds * SECOND)
            await self._standing.put("throttled", error.sentence, retry_at=self._sender.not_before)
        elif isinstance(error, Unreachable):
            # The pull side probes for the line; it may be waiting for its next poll.
            await self._standing.put("offline", error.sentence)
            self._clockwork.hurry(now)
            self._bell.set()
        elif isinstance(error, FieldsChanged):
            self._clockwork.hurry(now, "fields")
            self._bell.set()

    async def _keep_thread(self, thread: Thread, began: int) -> None:
        if self._puller is not None:
            await self._puller.keep_thread(thread, began)

    def _gate(self) -> tuple[Helpdesk, Capabilities] | None:
        if self._helpdesk is None or self._capabilities is None or self._paused:
            return None
        return self._helpdesk, self._capabilities

    async def _rest(self, until: int | None) -> None:
        seconds = _IDLE_SECONDS if until is None else (until - self._clock.now()) / SECOND
        if self._stopping or seconds <= 0:
            return
        try:
            async with asyncio.timeout(min(seconds, _IDLE_SECONDS)):
                await self._bell.wait()
        except TimeoutError:
            return
