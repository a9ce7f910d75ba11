"""A profile of an agent of Request Tracker, with the real worker and the real database."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agentconsole.clock import SystemClock
from agentconsole.config import Config, Paths, SyncSettings
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import (
    Action,
    Change,
    FieldEdit,
    NewTicket,
    OutgoingAttachment,
    OutgoingMessage,
    Step,
)
from agentconsole.domain.views import TicketDetail
from agentconsole.helpdesks.base import Capabilities, Helpdesk
from agentconsole.helpdesks.registry import open_helpdesk, steps_for
from agentconsole.store.database import open_store
from agentconsole.store.reader import Reader
from agentconsole.store.unsent import Unsent
from agentconsole.store.writer import Writer
from agentconsole.sync.reports import Report
from agentconsole.sync.worker import Worker
from tests.live.rt.server import RtServer
from tests.live.rt.world import TAGS
from tests.support.counting import Ledger
from tests.sync.rig import FixedSecrets

SETTLE_SECONDS = 0.5


@dataclass
class RtRig:
    """One agent's profile; the address may be a proxy's."""

    server: RtServer
    paths: Paths
    config: Config
    secrets: FixedSecrets
    clock: SystemClock = field(default_factory=SystemClock)
    files: dict[str, bytes] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    ledger: Ledger | None = None
    """Where it is noted what each verb costs."""

    @classmethod
    def make(cls, server: RtServer, folder: Path, login: str = "ada", url: str | None = None) -> RtRig:
        account = AccountSettings(
            str(uuid.uuid4()), "rt", "rt", url or server.url, login, options={"tags_field": TAGS}
        )
        config = Config(accounts=(account,), sync=SyncSettings(poll_seconds=600, history_months=36))
        rig = cls(server, Paths(folder / login), config, FixedSecrets({"rt": server.tokens[login]}))
        rig._console = open_store(rig.paths.database, role="console", now=rig.clock.now())
        rig.reader, rig.writer = Reader(rig._console), Writer(rig._console)
        rig.writer.put_accounts(config.accounts, rig.clock.now())
        return rig

    reader: Reader = field(init=False)
    writer: Writer = field(init=False)
    _console: Any = field(init=False)

    def close(self) -> None:
        self._console.close()

    def _connect(self, settings: AccountSettings, secret: Callable[[], str]) -> Helpdesk:
        opened = open_helpdesk(
            "rt", settings, secret, self.clock, history_months=36, read_file=self.files.__getitem__
        )
        asked = opened.capabilities

        async def soon() -> Capabilities:
            return replace(await asked(), settle_seconds=SETTLE_SECONDS)

        opened.capabilities = soon  # type: ignore[method-assign]
        return self.ledger.watch(opened) if self.ledger is not None else opened

    def worker(self, *, once: bool) -> Worker:
        return Worker(
            self.paths,
            once=once,
            clock=self.clock,
            secrets=self.secrets,
            report=self.reports.append,
            connect=self._connect,
        )

    async def once(self) -> int:
        async with asyncio.timeout(100):
            return await self.worker(once=True).run(self.config)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[Worker]:
        worker = self.worker(once=False)
        task = asyncio.create_task(worker.run(self.config))
        try:
            await self.until(lambda: self.state().state == "ok", "being up to date", 60)
            yield worker
        finally:
            worker.stop()
            async with asyncio.timeout(30):
                await task

    async def until(self, condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"in vain: {what}; {self.state()}; {self.reader.changes()}")
            await asyncio.sleep(0.02)
        return found

    def state(self) -> AccountState:
        return next(iter(self.reader.account_states()))

    def tickets(self) -> dict[str, int]:
        """Remote id to local id of all that are not gone."""
        rows = self._console.execute("SELECT remote_id, id FROM ticket WHERE hidden = 0")
        return {str(row[0]): int(row[1]) for row in rows}

    def texts(self, number: str) -> list[tuple[str, str]]:
        """Kind and text of a ticket's messages as they were received, in order."""
        rows = self._console.execute(
            "SELECT m.kind, m.raw_text FROM message m JOIN ticket t ON t.id = m.ticket_id"
            " WHERE t.remote_id = ? ORDER BY m.created_at, CAST(m.remote_id AS INTEGER)",
            (number,),
        )
        return [(row[0], row[1].removesuffix("\n")) for row in rows]

    def unread_threads(self) -> list[int]:
        """Local ids of tickets whose thread was never read."""
        rows = self._console.execute("SELECT id FROM ticket WHERE hidden = 0 AND thread_read_at IS NULL")
        return [int(row[0]) for row in rows]

    def detail(self, number: str) -> TicketDetail:
        (local,) = self.reader.find_ticket("rt", number)
        detail = self.reader.ticket_detail(local, self.clock.now())
        assert detail is not None
        return detail

    async def opened(self, worker: Worker, number: str) -> TicketDetail:
        """Open a ticket and wait for its thread."""
        detail = self.detail(number)
        begun = self.clock.now()
        self.writer.request_thread(detail.row.ticket_id, begun)
        worker.wake()
        await self.until(
            lambda: (self.detail(number).thread_read_at or 0) >= begun, f"the thread of {number}"
        )
        return self.detail(number)

    def change(
        self,
        number: str,
        text: str | None = None,
        *,
        public: bool = True,
        files: tuple[OutgoingAttachment, ...] = (),
        added: tuple[str, ...] = (),
        action: Action | None = None,
        **values: Any,
    ) -> Change:
        """Put a Change in the outbox, as the desk does."""
        detail = self.detail(number)
        now = self.clock.now()
        edits = tuple(
            FieldEdit(name.replace("__", ":"), detail.fields.get(name.replace("__", ":")), value)
            for name, value in values.items()
        )
        change = Change(
            uuid=str(uuid.uuid4()),
            account_id=self.state().id,
            ticket_id=detail.row.ticket_id,
            remote_ticket=number,
            state="held",
            created_at=now,
            held_until=now,
            base_version=detail.version,
            last_seen_message=detail.last_message,
            edits=edits,
            message=OutgoingMessage(text, public, files, cc_added=added) if text is not None else None,
            steps=(),
            action=action,
        )
        change = _planned(change)
        self.writer.queue_change(change)
        return change

    def new(self, subject: str, group: str, *, public: bool = True) -> Change:
        """Put a Change in the outbox that makes a ticket, as the desk does."""
        now = self.clock.now()
        fields = (("subject", subject), ("group", group))
        change = Change(
            uuid=str(uuid.uuid4()),
            account_id=self.state().id,
            ticket_id=0,
            remote_ticket=None,
            state="held",
            created_at=now,
            held_until=now,
            base_version="",
            last_seen_message=None,
            edits=(),
            message=OutgoingMessage("It leaks.", public),
            steps=(),
            action=NewTicket(None, "nina@new.example", "Nina", fields),
        )
        change = _planned(change)
        unsent = Unsent(change.account_id, "nina@new.example", {"status": "new", **dict(fields)})
        return replace(change, ticket_id=self.writer.queue_new(change, unsent, None))

    async def settled(self, change: Change, state: str = "sent", seconds: float = 30) -> Change:
        def stands() -> Change | None:
            found = self.reader.change(change.uuid)
            assert found is not None
            return found if found.state == state else None

        found: Change = await self.until(stands, f"{state} of {change.uuid}", seconds)
        return found


def _planned(change: Change) -> Change:
    steps = tuple(
        Step(0, change.uuid, place, plan.kind, plan.payload, "held")
        for place, plan in enumerate(steps_for("rt", change))
    )
    return replace(change, steps=steps)
