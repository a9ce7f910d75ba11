"""What every function of the desk needs: one profile, opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentconsole.domain.errors import ConsoleError

if TYPE_CHECKING:
    from agentconsole.clock import Clock
    from agentconsole.config import Config, Paths
    from agentconsole.domain.views import AccountState
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
    reader: Reader
    """On a connection of its own: used by one thread at a time."""
    writer: Writer
    """On another connection of its own: the console writes from a thread."""
    wake: Callable[[], None] = _nothing
    """Tells the worker, where one runs, that there is something to send or to read. Cheap; never fails."""
    close: Callable[[], None] = _nothing
    """Closes the database."""

    def account(self, name: str) -> AccountState:
        """Find an account by its short name.

        Raises:
            ConsoleError: There is no such account.
        """
        for state in self.reader.account_states():
            if state.name == name:
                return state
        raise ConsoleError(f"There is no account named “{name}”; `agentconsole account list` shows all.")
