"""What all dialogs share: keys typed before one is drawn reach it, and Esc leaves without doing anything.

What their other keys do is in `dialog_actions.py`; [keys] remaps them, but never Esc.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message_pump import MessagePump
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from agentconsole.tui import foreign
from agentconsole.tui.actions import Place
from agentconsole.tui.dialog_actions import question_of
from agentconsole.tui.keymap import Keymap

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp

Answer = TypeVar("Answer")

Deeds = Mapping[str, Callable[[], object]]
"""Action id to what does it."""

_SHORT = 20
"""Lines of the terminal below which none of a box are left blank."""

_ROOMY = 4
"""Lines below the box from which on a notice may have several."""


class Dialog(ModalScreen[Answer]):
    """A box over the console that gives an answer, or None."""

    place: Place = "told"
    """Which keys mean its actions."""

    AUTO_FOCUS = ""
    CSS_PATH = "../styles/dialogs.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    ready = False
    """Whether keys reach it; until then the app holds them."""

    def on_mount(self) -> None:
        """Take the focus, then the keys that were typed meanwhile."""
        self._keep_short()
        self.set_focus(self.first_focus())
        self.ready = True
        cast("ConsoleApp", self.app).release_keys()
        self.call_after_refresh(self.place_notices)
        # Each screen draws the notices itself: those of the ones below would stick out from under the box.
        for screen in self.app.screen_stack[:-1]:
            for rack in screen.query("ToastRack"):
                if rack.display:
                    rack.display = False

    def on_resize(self, event: events.Resize) -> None:
        """Share the room anew."""
        self._keep_short()
        self.call_after_refresh(self.place_notices)

    def _keep_short(self) -> None:
        """Where there are few lines, do without blank ones."""
        self.set_class(self.app.size.height < _SHORT, "-short")

    def place_notices(self) -> None:
        """Give passing notices the room below the box: what they covered could not be answered."""
        for box in self.query(".box"):
            below = max(1, self.size.height - box.region.bottom)
            self.set_class(below < _ROOMY, "-tight")
            for rack in self.query("ToastRack"):
                rack.styles.max_height = below

    @property
    def keymap(self) -> Keymap:
        """The keys."""
        return cast("ConsoleApp", self.app).keymap

    def deeds(self) -> Deeds:
        """What its actions do."""
        return {}

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; False where it is the focused field's own.

        In a line it is done once the line has dealt with what was typed before, and what is typed next is
        meant for what it brings.
        """
        here = self.focused
        if event.key == "enter" and isinstance(here, Input):
            self._once_typed(here, lambda: self.entered(here.value))
            return True
        action = self.keymap.action(self.place, event.key, event.character)
        deed = self.deeds().get(action) if action is not None else None
        if deed is not None and isinstance(here, Input):
            self._once_typed(here, deed)
        elif deed is not None:
            deed()
        return deed is not None

    def _once_typed(self, line: Input, deed: Callable[[], object]) -> None:
        def do() -> None:
            if self.is_active:
                deed()

        cast("ConsoleApp", self.app).do_after(line, do)

    def entered(self, text: str) -> None:
        """Do what Enter means in a line.

        Args:
            text: What stands in it.
        """

    def told(self, text: str) -> str:
        """Write the keys of this place into a text."""
        return self.keymap.told(text, self.place)

    def first_focus(self) -> Static | None:
        """The widget that keys go to first; None for the dialog itself."""
        return None

    def _push_result_callback(
        self,
        requester: MessagePump,
        callback: Any,
        future: asyncio.Future[Answer | None] | None = None,
    ) -> None:
        """Have an error of what the answer leads to told: it ends nothing."""

        def told(answer: Answer | None) -> None:
            with foreign.errors_told(requester.app):
                callback(answer)

        super()._push_result_callback(requester, told if callback is not None else None, future)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Leave with an answer; only once, as a second key may be on its way already.

        Textual would take the screen behind this one off, and end where there is none.
        """
        # Below another dialog it is still current, and that one would be taken off.
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


def moves(move: Callable[[int], object], page: int = 8) -> Deeds:
    """Move by the keys of a list below a field.

    Args:
        move: Moves by some lines.
        page: How many lines a page has.
    """
    return {
        "pick_down": lambda: move(1),
        "pick_up": lambda: move(-1),
        "pick_page_down": lambda: move(page),
        "pick_page_up": lambda: move(-page),
    }


class Choice(Dialog[str]):
    """A question with a few answers, each with a key of its own."""

    hint = "Esc leaves all as it is"

    def __init__(
        self, title: str, lines: tuple[str, ...], choices: tuple[tuple[str, str], ...], *, kind: str = ""
    ) -> None:
        """Prepare the question.

        Args:
            title: The question.
            lines: What the agent needs to know to answer.
            choices: The answers: the action that gives one, and what it does. It is the dialog's answer.
            kind: `public`, `internal`, `alarm`: colours the box.
        """
        super().__init__(classes=f"-{kind}" if kind else "")
        self._title_text = title
        self._lines = lines
        self._choices = choices
        self.place = question_of([answer for answer, _ in choices])

    def compose(self) -> ComposeResult:
        """Lay the question out."""
        from textual.content import Content

        with Vertical(classes="box"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            if self._lines:
                text = Content("\n").join([foreign.content(line) for line in self._lines])
                with VerticalScroll(classes="box-scroll", can_focus=False):
                    yield Static(text, markup=False)
            yield from self.more()
            rows = []
            for answer, said in self._choices:
                name = self.keymap.shown(answer, self.place)
                if name:
                    row = ((f" {name:>5} ", "bold $accent"), (f" {foreign.line(said)}", "$foreground"))
                    rows.append(Content.assemble(*row))
            yield Static(Content("\n").join(rows), classes="box-choices", markup=False)
            yield Static(self.hint, classes="box-hint", markup=False)

    def more(self) -> ComposeResult:
        """Lay out what stands between the lines and the answers."""
        yield from ()

    def answers(self) -> list[str]:
        """List the actions that answer."""
        return [answer for answer, _ in self._choices]

    def take_key(self, event: events.Key) -> bool:
        """Answer by key, or scroll the lines, where there are more than fit above the answers."""
        answer = self.keymap.action(self.place, event.key, event.character)
        if answer in self.answers():
            self.dismiss(answer)
            return True
        by = _SCROLLS.get(event.key)
        for box in self.query(".box-scroll"):
            if by is not None:
                box.scroll_relative(y=by, animate=False)
        return by is not None


_SCROLLS = {"down": 1, "up": -1, "pagedown": 8, "pageup": -8}
