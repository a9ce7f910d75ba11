"""What every flow has: the screen it works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agentconsole.desk.context import Desk
from agentconsole.tui import foreign

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen

Handlers = Mapping[str, Callable[[], None]]
"""Action id to what does it."""


class Flow:
    """One job of the console's screen."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    @property
    def desk(self) -> Desk:
        """The profile."""
        return self.screen.desk

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {}

    def tell(self, sentence: str, *, severity: foreign.Severity = "information") -> None:
        """Show a passing notice."""
        foreign.tell(self.screen, sentence, severity=severity)
