"""The Zendesk adapter against the embedded helpdesk, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.registry import open_helpdesk
from tests.helpdesks.conformance import FaultName, HelpdeskConformance, Side
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import AGENT, COLLEAGUE, FIRST_CUSTOMER

_FAULTS: dict[str, str] = {"passing_collision": "database_conflict"}
_SIDES: dict[Side, tuple[str, str]] = {
    "read": ("GET", ""),
    "write": ("PUT", "/tickets/"),
    "thread": ("GET", "/comments"),
    "listing": ("GET", "/macros"),
}


@dataclass
class ZendeskWorld:
    """The embedded helpdesk, in the words of the conformance suite."""

    server: RunningHelpdesk
    kind: str = "zendesk"
    me: str = str(AGENT)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def now(self) -> int:
        return self.server.clock.now() * SECOND

    def connect(self, *, admin: bool = False, url: str | None = None, secret: str | None = None) -> Helpdesk:
        login = self.server.admin_login if admin else self.server.login
        token = self.server.admin_token if admin else self.server.token
        account = AccountSettings("uuid", "test", "zendesk", url or self.server.url, login)
        return open_helpdesk(
            "zendesk", account, lambda: secret or token, WorldClock(self), read_file=self.files.__getitem__
        )

    def ticket(self, **more: Any) -> str:
        number = self.server.new_ticket(FIRST_CUSTOMER, "Kettle", "It does not boil.")
        self.server.act(AGENT, number, {"assignee_id": AGENT, "status": "open", **more})
        return str(number)

    def customer_answers(self, ticket: str, text: str) -> None:
        self.server.customer_answers(int(ticket), text)

    def colleague_writes(self, ticket: str, text: str, *, public: bool = False) -> None:
        self.server.act(COLLEAGUE, int(ticket), {"comment": {"body": text, "public": public}})

    def colleague_sets(self, ticket: str, **values: Any) -> None:
        self.server.act(COLLEAGUE, int(ticket), values)

    def close(self, ticket: str) -> None:
        self.server.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", int(ticket))

    def delete(self, ticket: str) -> None:
        assert self.server.client(admin=True).delete(f"/tickets/{ticket}").status_code == 204

    def texts(self, ticket: str, *, public: bool) -> list[str]:
        texts = self.server.public_texts if public else self.server.private_texts
        return texts(int(ticket))

    def plant(self, fault: FaultName, side: Side, *, times: int | None = 1) -> None:
        method, path = _SIDES[side]
        self.server.plant(_FAULTS.get(fault, fault), method=method, path=path, times=times)

    def clear(self) -> None:
        self.server.clear_faults()

    def pass_time(self, seconds: int) -> None:
        self.server.advance(seconds)

    def unsolved(self, *, mine: bool) -> set[str]:
        rows = self.server.query(
            "SELECT id, assignee_id FROM tickets WHERE status IN ('new', 'open', 'pending', 'hold')"
            " AND deleted_at IS NULL"
        )
        return {str(row["id"]) for row in rows if not mine or row["assignee_id"] == AGENT}

    def everything(self) -> set[str]:
        return {
            str(row["id"]) for row in self.server.query("SELECT id FROM tickets WHERE deleted_at IS NULL")
        }


@dataclass(frozen=True)
class WorldClock:
    """The console's clock, set by the helpdesk's."""

    world: ZendeskWorld

    def now(self) -> int:
        return self.world.now


@pytest.fixture(scope="module")
def running() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=30) as server:
        yield server


@pytest.fixture
def world(running: RunningHelpdesk) -> ZendeskWorld:
    running.clear_faults()
    return ZendeskWorld(running)


class TestZendesk(HelpdeskConformance):
    """Everything that the port promises."""
