"""What every function of the desk needs: one profile, opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentconsole.domain.errors import ConsoleError

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.config import Config, Paths
    from agentconsole.domain.account_states import AccountState
    from agentconsole.store.opened import OpenedStore
    from agentconsole.store.read_tickets import TicketReads
    from agentconsole.store.reader import Reader
    from agentconsole.store.writer import Writer


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One profile with its database open; given first to every function of this room."""

    paths: Paths
    config: Config
    clock: Clock
    store: OpenedStore
    wake: Callable[[], None] = _nothing
    """Tells the worker, where one runs, that there is something to send or to read. Cheap; never fails."""

    @property
    def queue(self) -> TicketReads:
        """Reads accounts and the queue; the first frame needs no more."""
        return self.store.queue

    @property
    def reader(self) -> Reader:
        """Reads everything."""
        return self.store.reader

    @property
    def writer(self) -> Writer:
        """Writes, on a connection of its own: the console does so from a thread."""
        return self.store.writer

    def stop_reads(self, thread: int) -> None:
        """Break off what a thread reads of the database; again, while it has not ended.

        Args:
            thread: Its id; not the one that opened the profile.
        """
        self.store.stop_reads(thread)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    @property
    def several_accounts(self) -> bool:
        """Whether a ticket's number alone does not say which account it is of."""
        return len(self.queue.account_states()) > 1

    def account(self, name: str) -> AccountState:
        """Find an account by its short name.

        Raises:
            ConsoleError: There is no such account.
        """
        for state in self.queue.account_states():
            if state.name == name:
                return state
        raise ConsoleError(f"There is no account named “{name}”; `agentconsole account list` shows all.")
