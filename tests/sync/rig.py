"""A profile, a worker and the embedded helpdesk behind it, for tests of the sync."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
from agentconsole.domain.times import SECOND
from agentconsole.domain.views import TicketDetail
from agentconsole.helpdesks.registry import steps_for
from agentconsole.store.database import open_store
from agentconsole.store.reader import Reader
from agentconsole.store.unsent import Unsent
from agentconsole.store.writer import Writer
from agentconsole.sync.reports import Report
from agentconsole.sync.worker import Connect, Worker
from tests.support.helpdesk import RunningHelpdesk
from tests.support.stores import put_empty_store
from tests.support.tiny_company import AGENT, FIRST_CUSTOMER

_numbers = itertools.count(1)


@dataclass(frozen=True)
class ShiftedClock:
    """The machine's clock, moved to the embedded helpdesk's present."""

    shift: int

    def now(self) -> int:
        return time.time_ns() // 1000 + self.shift


def clock_of(server: RunningHelpdesk) -> ShiftedClock:
    return ShiftedClock(server.clock.now() * SECOND - time.time_ns() // 1000)


@dataclass
class FixedSecrets:
    """Gives each account its token; can lose it."""

    tokens: dict[str, str]
    asked: int = 0

    def get(self, account: AccountSettings) -> str:
        self.asked += 1
        return self.tokens[account.name]


@dataclass
class Rig:
    """One profile with one account or more."""

    server: RunningHelpdesk
    paths: Paths
    config: Config
    clock: ShiftedClock
    secrets: FixedSecrets
    reports: list[Report] = field(default_factory=list)
    connect: Connect | None = None
    vanishing: bool = False
    _opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @classmethod
    def make(
        cls, server: RunningHelpdesk, folder: Path, *, url: str | None = None, admin: bool = False
    ) -> Rig:
        paths = Paths(folder / "profile")
        login, token = (server.admin_login, server.admin_token) if admin else (server.login, server.token)
        account = AccountSettings(str(uuid.uuid4()), "demo", "zendesk", url or server.url, login)
        config = Config(accounts=(account,), sync=SyncSettings(poll_seconds=60, history_months=0))
        rig = cls(server, paths, config, clock_of(server), FixedSecrets({"demo": token}))
        put_empty_store(paths.database)
        console = open_store(paths.database, role="console", now=rig.clock.now())
        rig._opened.callback(console.close)
        rig.reader, rig.writer = Reader(console), Writer(console)
        rig.writer.put_accounts(config.accounts, rig.clock.now())
        return rig

    reader: Reader = field(init=False)
    writer: Writer = field(init=False)

    def close(self) -> None:
        self._opened.close()

    @contextlib.contextmanager
    def console(self) -> Iterator[sqlite3.Connection]:
        """A connection to do something behind the worker's back."""
        conn = open_store(self.paths.database, role="console", now=self.clock.now())
        try:
            yield conn
        finally:
            conn.close()

    def add_account(self, name: str, url: str) -> None:
        account = AccountSettings(str(uuid.uuid4()), name, "zendesk", url, "a@example.com")
        self.config = replace(self.config, accounts=(*self.config.accounts, account))
        self.secrets.tokens[name] = "token"

    def worker(self, *, once: bool) -> Worker:
        return Worker(
            self.paths,
            once=once,
            clock=self.clock,
            secrets=self.secrets,
            report=self.reports.append,
            connect=self.connect,
            vanishing=self.vanishing,
        )

    async def once(self) -> int:
        """Run the worker until all is up to date."""
        async with asyncio.timeout(30):
            return await self.worker(once=True).run(self.config)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[Worker]:
        """Have a worker in the background."""
        worker = self.worker(once=False)
        task = asyncio.create_task(worker.run(self.config))
        try:
            yield worker
        finally:
            worker.stop()
            async with asyncio.timeout(30):
                await task

    async def until(self, condition: Callable[[], Any], what: str = "", seconds: float = 30) -> Any:
        """Wait for something to become true."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"in vain: {what}; {self.state()}; {self.reader.changes()}")
            await asyncio.sleep(0.01)
        return found

    def names(self) -> set[str]:
        return {each.name for each in self.reader.account_states()}

    def state(self, name: str = "demo") -> AccountState:
        return next(each for each in self.reader.account_states() if each.name == name)

    def ticket(self, **values: Any) -> int:
        """A new open ticket of the agent's on the server."""
        number = self.server.new_ticket(FIRST_CUSTOMER, f"Kettle {next(_numbers)}", "It does not boil.")
        self.server.act(AGENT, number, {"assignee_id": AGENT, "status": "open", **values})
        return number

    def detail(self, number: int) -> TicketDetail:
        """The ticket as the console would show it."""
        (local,) = self.reader.find_ticket("demo", str(number))
        detail = self.reader.ticket_detail(local, self.clock.now())
        assert detail is not None
        return detail

    def change(
        self,
        number: int,
        text: str | None = None,
        *,
        public: bool = True,
        held_seconds: float = 0,
        files: tuple[OutgoingAttachment, ...] = (),
        last_seen: str | None = None,
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
            remote_ticket=str(number),
            state="held",
            created_at=now,
            held_until=now + int(held_seconds * SECOND),
            base_version=detail.version,
            last_seen_message=last_seen or detail.last_message,
            edits=edits,
            message=OutgoingMessage(text, public, files) if text is not None else None,
            steps=(),
            action=action,
        )
        change = self._planned(change)
        self.writer.queue_change(change)
        return change

    def new(self, subject: str, text: str = "It leaks.", **values: Any) -> Change:
        """Put a Change in the outbox that makes a ticket, as the desk does."""
        now = self.clock.now()
        action = NewTicket(None, "nina@new.example", "Nina", (("subject", subject), *values.items()))
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
            message=OutgoingMessage(text, True, (), ("nina@new.example",)),
            steps=(),
            action=action,
        )
        change = self._planned(change)
        unsent = Unsent(change.account_id, "nina@new.example", {"status": "new", **dict(action.fields)})
        return replace(change, ticket_id=self.writer.queue_new(change, unsent, None))

    def _planned(self, change: Change) -> Change:
        steps = tuple(
            Step(0, change.uuid, place, plan.kind, plan.payload, "held")
            for place, plan in enumerate(steps_for("zendesk", change))
        )
        return replace(change, steps=steps)

    def subjects(self, subject: str) -> list[int]:
        """The tickets on the server with that subject."""
        rows = self.server.query("SELECT id FROM tickets WHERE subject = ?", subject)
        return [int(row["id"]) for row in rows]

    def merges(self, target: int) -> int:
        """How often others were merged into a ticket on the server."""
        self.server.helpdesk.jobs.settle()
        return len(self.server.query("SELECT 1 FROM audits WHERE ticket_id = ? AND rel = 'merge'", target))

    def standing(self, change: Change) -> str:
        found = self.reader.change(change.uuid)
        assert found is not None
        return found.state

    async def settled(self, change: Change, state: str = "sent") -> Change:
        """Wait until a Change stands so."""
        await self.until(lambda: self.standing(change) == state, f"{state} of {change.uuid}")
        found = self.reader.change(change.uuid)
        assert found is not None
        return found
