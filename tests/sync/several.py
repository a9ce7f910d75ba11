"""A profile with several helpdesks, with the real desk and the real worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentconsole.bootstrap import open_desk
from agentconsole.config import Paths, read_config
from agentconsole.config_writing import put_account
from agentconsole.desk import queue, tickets
from agentconsole.desk.context import Desk
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.accounts import AccountSettings, new_account_uuid
from agentconsole.domain.changes import FieldChange
from agentconsole.sync.worker import Worker
from tests.support.helpdesk import RunningHelpdesk
from tests.support.tiny_company import AGENT, FIRST_CUSTOMER
from tests.sync.rig import FixedSecrets, clock_of


@dataclass
class Several:
    """A profile of an agent who works at three helpdesks."""

    servers: dict[str, RunningHelpdesk]
    home: Path
    urls: dict[str, str] = field(default_factory=dict)
    """Other addresses of these helpdesks, as a proxy's."""
    others: dict[str, tuple[AccountSettings, str]] = field(default_factory=dict)
    """Accounts of other kinds, with their secrets."""

    def __post_init__(self) -> None:
        self.paths = Paths(self.home)
        self.clock = clock_of(next(iter(self.servers.values())))
        tokens = {name: server.token for name, server in self.servers.items()}
        tokens |= {name: secret for name, (_, secret) in self.others.items()}
        self.secrets = FixedSecrets(tokens)
        for name, server in self.servers.items():
            url = self.urls.get(name, server.url)
            put_account(
                self.paths.config_file,
                AccountSettings(
                    new_account_uuid(), name, "zendesk", url, server.login, secret="env", token_variable=name
                ),
            )
        for account, _ in self.others.values():
            put_account(self.paths.config_file, account)
        with self.paths.config_file.open("a", encoding="utf-8") as file:
            file.write("\n[sync]\nhistory_months = 24\nundo_seconds = 0\n")
        self.desk: Desk = open_desk(self.home, role="cli", clock=self.clock)

    def worker(self, *, once: bool) -> Worker:
        return Worker(
            self.paths, once=once, clock=self.clock, secrets=self.secrets, report=lambda report: None
        )

    async def once(self) -> int:
        async with asyncio.timeout(60):
            return await self.worker(once=True).run(read_config(self.paths.config_file))

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[Worker]:
        worker = self.worker(once=False)
        task = asyncio.create_task(worker.run(read_config(self.paths.config_file)))
        try:
            yield worker
        finally:
            worker.stop()
            async with asyncio.timeout(30):
                await task

    async def until(self, true: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + 30
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"in vain: {what}; {self.desk.reader.account_states()}")
            await asyncio.sleep(0.02)

    def state(self, name: str) -> AccountState:
        return self.desk.account(name)

    def named(self, query: str) -> set[str]:
        """What the tickets that a query finds are called in the queue."""
        ids = queue.ticket_ids(self.desk, query, "updated")
        found: set[str] = set()
        for begin in range(0, len(ids), 64):
            found |= {row.name for row in queue.rows(self.desk, ids[begin : begin + 64]).values()}
        return found

    def new_ticket(self, name: str, subject: str = "Kettle") -> int:
        """Number of a new open ticket of the agent's."""
        server = self.servers[name]
        number = server.new_ticket(FIRST_CUSTOMER, subject, "It does not boil.")
        server.act(AGENT, number, {"assignee_id": AGENT, "status": "open"})
        return number

    def local(self, name: str, number: int) -> int:
        return tickets.resolve(self.desk, f"{name}#{number}")

    def waits(self, name: str) -> bool:
        return any(
            change.account_id == self.state(name).id
            for change in self.desk.reader.changes(("held", "queued", "sending", "unknown"), None)
        )

    def set(self, name: str, number: int, *changes: FieldChange) -> None:
        assert tickets.set_fields(self.desk, [self.local(name, number)], changes, undo_seconds=0)
