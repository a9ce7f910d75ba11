"""A real embedded helpdesk for tests: own folder, own port, in a thread of this process.

async with running_helpdesk(tickets=50) as helpdesk:
    client = helpdesk.client()              # the agent's; client(admin=True): the admin's
    helpdesk.plant("drop_after", method="PUT")
    helpdesk.advance(61)
    assert helpdesk.public_texts(7) == [...]
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from agentconsole.demo.auth import issue_token, revoke_tokens
from agentconsole.demo.clock import ServerClock
from agentconsole.demo.database import FILE_NAME, get_meta
from agentconsole.demo.faults import Fault
from agentconsole.demo.helpdesk import Helpdesk
from agentconsole.demo.records import CompanyRecord
from agentconsole.demo.seeding import seed as seed_folder
from agentconsole.demo.serving import HelpdeskServer, loopback_socket
from agentconsole.demo.settings import Settings
from agentconsole.demo.ticket_edit import create_ticket, update_ticket
from agentconsole.demo.work import Work
from tests.support.tiny_company import tiny_company, tiny_tickets

NOW = 1_795_521_600
"""2026-11-24T12:00:00Z, the helpdesk's present unless a test says otherwise."""


SEEDED_COPY = "as-seeded.sqlite3"


@dataclass(repr=False)
class RunningHelpdesk:
    """A helpdesk that answers at `url`, with everything a test may want to do behind its back."""

    folder: Path
    now: int
    """Where its clock began."""
    company: CompanyRecord
    settings: Settings
    clock: ServerClock
    helpdesk: Helpdesk
    server: HelpdeskServer
    login: str
    """The agent's mail address."""
    token: str
    admin_login: str
    admin_token: str
    agent_bearer: str
    admin_bearer: str
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a path."""
        return self.server.url

    @property
    def api(self) -> str:
        """The address of `/api/v2`."""
        return f"{self.url}/api/v2"

    def auth(self, *, admin: bool = False) -> tuple[str, str]:
        """User and password for Basic authentication."""
        if admin:
            return f"{self.admin_login}/token", self.admin_token
        return f"{self.login}/token", self.token

    def client(self, *, admin: bool = False) -> httpx.Client:
        """A blocking client that is signed in; closed with the helpdesk."""
        client = httpx.Client(base_url=self.api, auth=self.auth(admin=admin), timeout=30, trust_env=False)
        self._clients.append(client)
        return client

    def token_for(self, user_id: int, kind: str = "api") -> str:
        """A new token (`api` or `bearer`) of any agent."""
        with self.helpdesk.database.writing() as connection:
            return issue_token(connection, kind, user_id)

    def revoke_tokens(self, user_id: int) -> None:
        """Take every token of a user away: the next call gets 401."""
        with self.helpdesk.database.writing() as connection:
            revoke_tokens(connection, user_id)

    def plant(self, kind: str, **options: Any) -> Fault:
        """Plant a fault (`agentconsole.demo.faults` lists them); `times=None` lets it stay."""
        return self.helpdesk.faults.plant(Fault(kind, **options))

    def clear_faults(self) -> None:
        """Take all faults away."""
        self.helpdesk.faults.clear()

    def advance(self, seconds: int) -> None:
        """Move the helpdesk's clock on."""
        self.clock.advance(seconds)

    def query(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Rows straight from the server's database."""
        with self.helpdesk.database.reading() as connection:
            return list(connection.execute(sql, values).fetchall())

    def execute(self, sql: str, *values: object) -> None:
        """Change the server's database behind everyone's back."""
        with self.helpdesk.database.writing() as connection:
            connection.execute(sql, values)

    def ticket(self, ticket_id: int) -> sqlite3.Row:
        """A ticket's row."""
        return self.query("SELECT * FROM tickets WHERE id = ?", ticket_id)[0]

    def public_texts(self, ticket_id: int) -> list[str]:
        """The public comments of a ticket, oldest first."""
        rows = self.query("SELECT body FROM comments WHERE ticket_id = ? AND public ORDER BY id", ticket_id)
        return [row["body"] for row in rows]

    def private_texts(self, ticket_id: int) -> list[str]:
        """The internal notes of a ticket, oldest first."""
        rows = self.query(
            "SELECT body FROM comments WHERE ticket_id = ? AND NOT public ORDER BY id", ticket_id
        )
        return [row["body"] for row in rows]

    def act(self, user_id: int, ticket_id: int, change: dict[str, Any], *, channel: str = "web") -> None:
        """Let somebody else change a ticket: `{"comment": {"body": ...}, "status": ...}`."""
        with self.helpdesk.database.writing() as connection:
            work = Work(self.helpdesk, connection, self.clock.now(), user_id, channel, self.url)
            update_ticket(work, ticket_id, change)

    def customer_answers(self, ticket_id: int, body: str) -> None:
        """The requester answers by mail; a solved ticket is reopened."""
        requester_id = self.ticket(ticket_id)["requester_id"]
        self.act(requester_id, ticket_id, {"comment": {"body": body, "public": True}}, channel="email")

    def new_ticket(self, requester_id: int, subject: str, body: str, **more: Any) -> int:
        """A customer opens a ticket; returns its id."""
        with self.helpdesk.database.writing() as connection:
            work = Work(self.helpdesk, connection, self.clock.now(), requester_id, "email", self.url)
            outcome = create_ticket(
                work, {"requester_id": requester_id, "subject": subject, "comment": {"body": body}, **more}
            )
            return outcome.ticket_id

    def reset(self) -> None:
        """Go back to how it was when it was opened: tickets, tokens, clock, faults, limits."""
        self.helpdesk.jobs.settle()
        self.helpdesk.database.close()
        for suffix in ("-wal", "-shm"):
            (self.folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / SEEDED_COPY, self.folder / FILE_NAME)
        self.clock.advance(self.now - self.clock.now())
        self.helpdesk.reload()
        self.helpdesk.faults.clear()
        self.helpdesk.limiter.reset()
        for client in self._clients:
            client.close()
        self._clients.clear()

    def stop(self) -> None:
        """Stop answering: connections are refused until `start`."""
        self.server.join()

    def start(self) -> None:
        """Answer again, at the same address."""
        self.server = HelpdeskServer(self.helpdesk, loopback_socket(self.server.port))
        self.server.start()

    def close(self) -> None:
        """Stop and close everything."""
        for client in self._clients:
            client.close()
        self.server.join()
        self.helpdesk.close()


def open_helpdesk(
    folder: Path,
    *,
    tickets: int = 50,
    seed: int = 1,
    now: int = NOW,
    content: str = "tiny",
    settings: Settings | None = None,
) -> RunningHelpdesk:
    """Seed `folder` (`content`: `tiny`, or `company` for the demo's own) and start a server on it.

    Unless `settings` says otherwise, exports withhold nothing and the rate limit is out of the way.
    """
    chosen = settings or Settings(rate_limit=1_000_000, export_delay_seconds=0)
    folder.mkdir(parents=True, exist_ok=True)
    if content == "tiny":
        company = tiny_company(now)
        seed_folder(folder, company, tiny_tickets(tickets, seed, now), now=now, seed_number=seed)
    else:
        from agentconsole.demo import content as demo_content

        company = demo_content.company(seed, now)
        records = demo_content.tickets(company, tickets, seed, now)
        seed_folder(folder, company, records, now=now, seed_number=seed)
    shutil.copyfile(folder / FILE_NAME, folder / SEEDED_COPY)
    clock = ServerClock.starting_at(now)
    helpdesk = Helpdesk(folder, chosen, clock)
    with helpdesk.database.reading() as connection:
        tokens = {
            (row["kind"], row["user_id"]): row["token"]
            for row in connection.execute("SELECT * FROM tokens").fetchall()
        }
        agent_id, admin_id = (
            int(get_meta(connection, "agent_id") or 0),
            int(get_meta(connection, "admin_id") or 0),
        )
    addresses = {user.id: user.email for user in company.users}
    server = HelpdeskServer(helpdesk, loopback_socket(0))
    server.start()
    return RunningHelpdesk(
        folder=folder,
        now=now,
        company=company,
        settings=chosen,
        clock=clock,
        helpdesk=helpdesk,
        server=server,
        login=addresses[agent_id],
        token=tokens["api", agent_id],
        admin_login=addresses[admin_id],
        admin_token=tokens["api", admin_id],
        agent_bearer=tokens["bearer", agent_id],
        admin_bearer=tokens["bearer", admin_id],
    )


@contextlib.contextmanager
def helpdesk_in_thread(**options: Any) -> Iterator[RunningHelpdesk]:
    """A helpdesk for tests that are not asynchronous; options as for `open_helpdesk`."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-") as folder:
        running = open_helpdesk(Path(folder), **options)
        try:
            yield running
        finally:
            running.close()


@contextlib.asynccontextmanager
async def running_helpdesk(
    *,
    tickets: int = 50,
    seed: int = 1,
    now: int = NOW,
    content: str = "tiny",
    settings: Settings | None = None,
) -> AsyncIterator[RunningHelpdesk]:
    """A helpdesk for asynchronous tests; the server has a thread and an event loop of its own."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-") as folder:
        running = await asyncio.to_thread(
            open_helpdesk,
            Path(folder),
            tickets=tickets,
            seed=seed,
            now=now,
            content=content,
            settings=settings,
        )
        try:
            yield running
        finally:
            await asyncio.to_thread(running.close)
