"""The first screen of a profile without an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Middle, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp


class FirstRunScreen(Screen[None]):
    """Offers the demo, whose choice is the app's return value, or adding an account."""

    AUTO_FOCUS = ""
    CSS_PATH = "../styles/first_run.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "answer('')", "Quit", show=False)]

    def compose(self) -> ComposeResult:
        """Lay out the offer."""
        shown = cast("ConsoleApp", self.app).keymap.shown
        key = "bold $accent"
        offers = (
            ("welcome_demo", "try the demo: a helpdesk of a made-up shop, on this machine"),
            ("welcome_account", "add an account of your own helpdesk"),
            ("welcome_leave", "leave"),
        )
        offer = Content("\n").join(
            [
                Content.styled("Agent Console", "bold"),
                Content.styled("One queue over all your helpdesks, by keyboard, also offline.", "$dim"),
                Content(""),
                Content("This profile has no account yet."),
                Content(""),
                *(Content.assemble((f"  {shown(action)}  ", key), said) for action, said in offers),
                Content(""),
                Content.styled(
                    "The same from the shell: agentconsole demo · agentconsole account add", "$dim"
                ),
            ]
        )
        with Middle(id="first-run"), Vertical(classes="box"):
            yield Static(offer, markup=False)

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here."""
        deeds: dict[str | None, Callable[[], None]] = {
            "welcome_demo": lambda: self.action_answer("demo"),
            "welcome_account": self.action_add_account,
            "welcome_leave": lambda: self.action_answer(""),
        }
        keymap = cast("ConsoleApp", self.app).keymap
        deed = deeds.get(keymap.action("welcome", event.key, event.character))
        if deed is not None:
            deed()
        return deed is not None

    def action_add_account(self) -> None:
        """Show the form for an account."""
        from agentconsole.tui.screens.account_setup import open_account_setup

        open_account_setup(cast("ConsoleApp", self.app))

    def action_answer(self, answer: str) -> None:
        """Leave with an answer: `demo`, or an empty text."""
        self.app.exit(answer)
