"""What all dialogs share: keys typed before one is drawn reach it, and Esc leaves without doing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from agentconsole.tui import foreign

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A box over the console that gives an answer, or None."""

    AUTO_FOCUS = ""
    CSS_PATH = "../styles/dialogs.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    ready = False
    """Whether keys reach it; until then the app holds them."""

    def on_mount(self) -> None:
        """Take the focus, then the keys that were typed meanwhile."""
        self.set_focus(self.first_focus())
        self.ready = True
        cast("ConsoleApp", self.app).release_keys()

    def first_focus(self) -> Static | None:
        """The widget that keys go to first; None for the dialog itself."""
        return None

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Leave with an answer; only once, as a second key may be on its way already.

        Textual would take the screen behind this one off, and end where there is none.
        """
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


class Choice(Dialog[str]):
    """A question with a few answers, each with a key of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll(1)", "Down", show=False),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("pagedown", "scroll(8)", "Page down", show=False),
        Binding("pageup", "scroll(-8)", "Page up", show=False),
    ]

    hint = "Esc leaves all as it is"

    def __init__(
        self, title: str, lines: tuple[str, ...], choices: tuple[tuple[str, str], ...], *, kind: str = ""
    ) -> None:
        """Prepare the question.

        Args:
            title: The question.
            lines: What the agent needs to know to answer.
            choices: (key, what it does); Enter takes the first whose key is `enter`.
            kind: `public`, `internal`, `alarm`: colours the box.
        """
        super().__init__(classes=f"-{kind}" if kind else "")
        self._title_text = title
        self._lines = lines
        self._choices = choices

    def compose(self) -> ComposeResult:
        """Lay the question out."""
        from textual.content import Content

        from agentconsole.tui.keymap import shown_key

        with Vertical(classes="box"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            if self._lines:
                text = Content("\n").join([foreign.content(line) for line in self._lines])
                with VerticalScroll(classes="box-scroll", can_focus=False):
                    yield Static(text, markup=False)
            yield from self.more()
            rows = []
            for key, said in self._choices:
                name = shown_key(key)
                rows.append(Content.assemble((f" {name:>5} ", "bold $accent"), (f" {said}", "$foreground")))
            yield Static(Content("\n").join(rows), classes="box-choices", markup=False)
            yield Static(self.hint, classes="box-hint", markup=False)

    def action_scroll(self, by: int) -> None:
        """Scroll the lines, where there are more than fit above the answers."""
        for box in self.query(".box-scroll"):
            box.scroll_relative(y=by, animate=False)

    def more(self) -> ComposeResult:
        """Lay out what stands between the lines and the answers."""
        yield from ()

    def keys(self) -> list[str]:
        """List the keys that answer."""
        return [key for key, _ in self._choices]

    def on_key(self, event: object) -> None:
        """Answer by key."""
        from textual import events

        if not isinstance(event, events.Key):
            return
        for key in self.keys():
            if key in (event.key, event.character):
                event.stop()
                self.dismiss(key)
                return
