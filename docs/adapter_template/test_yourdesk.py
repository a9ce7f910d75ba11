"""Your Desk against the conformance suite.

From a checkout of Agent Console, with both packages installed: python -m pytest -c pyproject.toml PATH
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentconsole.clock import SystemClock
from agentconsole.domain.accounts import AccountSettings
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.registry import open_helpdesk
from tests.helpdesks.conformance import HelpdeskConformance
from tests.helpdesks.port import FaultName, Side
from yourdesk.filling_in import fill_in


@dataclass
class YourWorld:
    """Your Desk, and what customers, colleagues and a bad line do to it, behind the adapter's back."""

    kind: str = "yourdesk"
    me: str = "1"
    files: dict[str, bytes] = field(default_factory=dict)
    many: int = 8
    url: str = "http://127.0.0.1:9"

    @property
    def now(self) -> int:
        """The server's present."""
        return SystemClock().now()

    def connect(self, *, admin: bool = False, url: str | None = None, secret: str | None = None) -> Helpdesk:
        """Open the adapter."""
        account = AccountSettings(
            "uuid", "test", self.kind, url or self.url, "a@yourdesk.example", auth="bearer"
        )
        return open_helpdesk(
            self.kind, account, lambda: secret or "token", SystemClock(), read_file=self.files.__getitem__
        )

    def ticket(self, **more: Any) -> str:
        """Let a customer open a ticket."""
        raise fill_in("YourWorld.ticket", "a new open ticket of a customer's, assigned to the agent")

    def customer_answers(self, ticket: str, text: str) -> None:
        """Let the customer write."""
        raise fill_in("YourWorld.customer_answers", "a public message of the requester's")

    def colleague_writes(self, ticket: str, text: str, *, public: bool = False) -> None:
        """Let another agent write."""
        raise fill_in("YourWorld.colleague_writes", "a reply or a note of another agent's")

    def colleague_sets(self, ticket: str, **values: Any) -> None:
        """Let another agent change fields."""
        raise fill_in("YourWorld.colleague_sets", "status, priority or tags, set by another agent")

    def key(self, field: str, word: str) -> str:
        """Give the server's own key of a normalised word."""
        raise fill_in("YourWorld.key", "the server's word for `pending`, `solved`, `low`, ...")

    def delete(self, ticket: str) -> None:
        """Delete a ticket."""
        raise fill_in("YourWorld.delete", "as an admin would")

    def texts(self, ticket: str, *, public: bool) -> list[str]:
        """Give the texts on a ticket, by requests of the test's own."""
        raise fill_in("YourWorld.texts", "what the server has, oldest first, past the adapter")

    def plant(self, fault: FaultName, side: Side, *, times: int | None = 1) -> None:
        """Let the next requests fail."""
        raise fill_in("YourWorld.plant", "tests/support/faulty_proxy.py breaks any server's answers")

    def clear(self) -> None:
        """Take the faults away."""

    def pass_time(self, seconds: int) -> None:
        """Let time pass at the server."""
        raise fill_in("YourWorld.pass_time", "until two versions of a ticket can be told apart")

    def colleague(self) -> str:
        """Give the id of another agent."""
        raise fill_in("YourWorld.colleague", "remote id of another agent")

    def unsolved(self, *, mine: bool) -> set[str]:
        """Give the ids of what is not yet solved."""
        raise fill_in("YourWorld.unsolved", "what the server says, past the adapter")

    def everything(self) -> set[str]:
        """Give the ids of all tickets."""
        raise fill_in("YourWorld.everything", "what the server says, past the adapter")

    def close_ticket(self, ticket: str) -> None:
        """Close a ticket for good."""
        raise fill_in("YourWorld.close_ticket", "so that nothing can be added to it any more")

    def is_gone(self, ticket: str) -> bool:
        """Tell whether a ticket is deleted or spam."""
        raise fill_in("YourWorld.is_gone", "what the server says, past the adapter")

    def merged_into(self, ticket: str) -> str | None:
        """Tell which ticket this one is part of."""
        raise fill_in("YourWorld.merged_into", "the ticket that it was merged into, None if into none")

    def merges(self, ticket: str) -> int:
        """Tell how often others were merged into a ticket."""
        raise fill_in("YourWorld.merges", "what the server says, past the adapter")

    def subjects(self, subject: str) -> list[str]:
        """Give the ids of the tickets with a subject."""
        raise fill_in("YourWorld.subjects", "what the server says, past the adapter")

    def copied(self, ticket: str) -> set[str]:
        """Tell who is in copy."""
        raise fill_in("YourWorld.copied", "mail addresses, past the adapter")

    def group(self) -> str:
        """Give the id of a group."""
        raise fill_in("YourWorld.group", "one that the agent may make tickets in")

    def requester_of(self, ticket: str) -> str:
        """Tell whose ticket it is."""
        raise fill_in("YourWorld.requester_of", "the requester's mail address, past the adapter")


@pytest.fixture
def world() -> Iterator[YourWorld]:
    """Start the server, or reach the one that is there."""
    yield YourWorld()


class TestYourDesk(HelpdeskConformance):
    """Everything that the port promises, and what Your Desk alone has."""
