"""The app: theme, keymap, the threads behind the screen, and the order in which keys are handled."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget

from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConfigError
from agentconsole.resources import shipped_themes_dir
from agentconsole.tui import foreign, themes
from agentconsole.tui.actions import ACTIONS
from agentconsole.tui.backstage import Backstage
from agentconsole.tui.keymap import build_keymap
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.terminal_output import lasting

HOLD_SECONDS = 0.5
"""How long keys are held for a dialog that does not come; then they go where the focus is."""

FIELD_SECONDS = 5.0
"""How long keys are held for a text field to deal with what was typed into it."""

STUCK_SECONDS = 2.0
"""How long keys must have been held before the quit key no longer waits with them."""

MOST_NOTICES = 3
"""How many passing notices are shown at once; older ones go first."""


class Worker(Protocol):
    """The sync worker's process, as the console deals with it; all methods are quick."""

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""

    def wake(self) -> None:
        """Tell it that there is something to send or to read."""

    def hurry(self) -> None:
        """Have it poll at once."""

    def close(self, *, linger: bool) -> None:
        """Let it go; with `linger` it first sends what waits."""


@runtime_checkable
class TakesKeys(Protocol):
    """A screen that sees a key before the focused widget does."""

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; False where it is the focused widget's own."""


StartWorker = Callable[[Callable[[str], None]], Worker]
"""Starts the worker; given who is to be told, from any thread, when it has died."""


class ConsoleApp(App[str]):
    """The console. Its return value is empty, `demo` from the first screen, or `added` with a new account."""

    CSS_PATH = "styles/first.tcss"
    TITLE = "Agent Console"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, desk: Desk, *, start_worker: StartWorker | None = None) -> None:
        """Prepare the console; nothing is read or started before it runs.

        Args:
            desk: The profile; the caller closes it afterwards.
            start_worker: Called once, in a thread, after the first frame; None: another one does the syncing.
        """
        # Without colours what is left is the terminal's own two, and bold, underlined and reversed text.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.desk = desk
        self.backstage = Backstage(desk)
        self.keymap = build_keymap(desk.config.keys, ACTIONS)
        """Which key does what; after the first frame in the dialogs too."""
        self.worker: Worker | None = None
        self._start_worker = start_worker
        self.last_key_at = 0.0
        """When a key last came, by the event loop's clock."""
        self._held_keys: deque[events.Key] = deque()
        self._holding = False
        self._hold_round = 0
        self._held_since = 0.0
        self._under_way: events.Key | None = None
        """An editing key that the focused widget or one of its parents is still to deal with."""
        self._ending = False
        self._problems = [problem.sentence for problem in desk.config.problems]
        self.animation_level = "none"
        self._take_theme()

    def get_driver_class(self) -> type[Driver]:
        """Let the output outlast the terminal."""
        return lasting(super().get_driver_class())

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a passing notice: in place of the same one, and never so many that they cover the work."""
        shown = list(self._notifications)
        again = [one for one in shown if (one.message, one.title) == (message, title)]
        rest = [one for one in shown if one not in again]
        # What went wrong stays for its time.
        passing = [one for one in rest if one.severity == "information"]
        for one in again + passing[: max(0, len(rest) + 1 - MOST_NOTICES)]:
            self._unnotify(one, refresh=False)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
        if (place := getattr(self.screen, "place_notices", None)) is not None:
            self.screen.call_after_refresh(place)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the console's own colours to themes that do not name them."""
        return dict(themes.CONSOLE_COLORS)

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the console, or, without an account, with what can be done.

        Pushed upon Textual's own empty screen, it would have that one styled, laid out and painted first.
        """
        if self.desk.config.accounts or self.desk.queue.account_states():
            return MainScreen(self.desk, self.backstage, self.keymap)
        from agentconsole.tui.screens.first_run import FirstRunScreen

        self.keymap = build_keymap(self.desk.config.keys)
        self.call_after_refresh(self.first_frame_drawn)
        return FirstRunScreen()

    def on_mount(self) -> None:
        """End in order when the process is asked to."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Textual leaves the terminal in raw mode when it is killed.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.end)

    async def on_event(self, event: events.Event) -> None:
        """Handle keys in the order they were typed, each before the next one is looked at.

        Textual hands a key to the focused widget's own queue and goes on to the next one, so that what is
        typed right after a key that moves the focus would go to the wrong widget.
        """
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.last_key_at = asyncio.get_running_loop().time()
            screen = self.screen
            if self._hold_if_not_ready(screen):
                if self._is_quit(event) and self._stuck:
                    # What is waited for may never come.
                    self.forget_keys()
                    await self.action_quit()
                else:
                    self._held_keys.append(event)
                return
            if not isinstance(screen, MainScreen) and self._is_quit(event):
                await self.action_quit()
                return
            if isinstance(screen, TakesKeys) and screen.take_key(event):
                return
            focused = screen.focused
            if focused is not None and not event.is_printable:
                await self._see_through(event, focused)
                return
        await super().on_event(event)
        if isinstance(event, events.Key):
            # It has come back from the focused widget and its parents, and its binding has run.
            await self._be_through(event)

    async def _see_through(self, event: events.Key, focused: Widget) -> None:
        """Have an editing key dealt with before the next key is looked at.

        A letter goes into a text field at once, but a binding such as Backspace runs only when the key has
        come back to the app by way of all parents: letters typed in the same instant would overtake it.
        """
        self._under_way = event
        await super().on_event(event)
        if event.is_forwarded:
            focused.call_later(self._follow, event, focused)
            self.set_timer(HOLD_SECONDS, partial(self._be_through, event))
        else:
            await self._be_through(event)

    def _follow(self, event: events.Key, node: MessagePump) -> None:
        """Go up with a key, from its queue to its parent's: who keeps it to itself ends its way."""
        if event is not self._under_way:
            return
        if event._stop_propagation:
            self.call_later(self._be_through, event)
        elif node._parent is not None and node._parent is not self:
            node._parent.call_later(self._follow, event, node._parent)

    async def _be_through(self, event: events.Key) -> None:
        if event is self._under_way:
            self._under_way = None
            # What the key did may hold keys for itself.
            if not self._holding:
                await self._hand_out()

    def hold_keys(self, seconds: float | None = HOLD_SECONDS) -> None:
        """Keep the keys that follow until `release_keys`, for what is about to take the focus.

        Args:
            seconds: After which they are handed out in any case; None for never.
        """
        if not self._holding:
            self._held_since = asyncio.get_running_loop().time()
        self._holding = True
        self._hold_round += 1
        if seconds is None:
            return
        this_round = self._hold_round
        self.set_timer(seconds, lambda: self.release_keys() if this_round == self._hold_round else None)

    def release_keys(self) -> None:
        """Hand out the keys that were kept, in order."""
        if self._holding:
            # A key that is handed out before may hold those behind it anew.
            self.call_later(self._hand_out_after, self._hold_round)

    def forget_keys(self) -> None:
        """Drop the keys that were kept: what they were meant for does not come."""
        self._held_keys.clear()
        self._holding = False
        self._hold_round += 1

    @property
    def _stuck(self) -> bool:
        waited = asyncio.get_running_loop().time() - self._held_since
        return self._holding and waited > STUCK_SECONDS

    def _is_quit(self, event: events.Key) -> bool:
        """Whether a key means to quit wherever the focus is, a text field or a dialog."""
        return self.keymap.action("composer", event.key, event.character) == "quit"

    def perform_after(self, field: Widget, action: str) -> None:
        """Do an action once a text field has dealt with what was typed before it; later keys wait.

        The field has a queue of its own: without this, Esc or the send key would overtake the last letters.
        """

        def perform() -> None:
            if isinstance(self.screen, MainScreen):
                self.screen.perform(action)

        self.do_after(field, perform)

    def do_after(self, field: Widget, job: Callable[[], None]) -> None:
        """Do a job once a widget has dealt with earlier keys and all have heard of it; later keys wait."""
        self.hold_keys(FIELD_SECONDS)
        step = partial(self.call_later, self._do_held, job)
        # What a widget tells of goes through its own queue, then through each parent's, up to the screen's.
        for node in reversed([node for node in field.ancestors_with_self if isinstance(node, Widget)]):
            step = partial(node.call_later, partial(node.call_later, step))
        step()

    async def _do_held(self, job: Callable[[], None]) -> None:
        self._holding = False
        self._hold_round += 1
        job()
        # The action may be waiting for something itself.
        if not self._holding:
            # Behind what a dialog that it has closed tells whoever asked.
            self._holding = True
            self.call_next(self._hand_out_after, self._hold_round)

    async def _hand_out_after(self, hold_round: int) -> None:
        if hold_round == self._hold_round:
            await self._hand_out()

    async def _hand_out(self) -> None:
        self._holding = False
        # Asked before a key is taken out: one that is held again must stay before those behind it.
        while self._held_keys and not self._hold_if_not_ready(self.screen):
            await self.on_event(self._held_keys.popleft())

    def _hold_if_not_ready(self, screen: Screen[Any]) -> bool:
        """Hold keys where the screen cannot take them yet; return whether they are held."""
        if self._holding or self._under_way is not None:
            return True
        if isinstance(screen, MainScreen):
            # A key after one that changes the list is meant for what that one brings.
            if not screen.complete or screen.lists.arriving:
                self.hold_keys(None)
        elif not getattr(screen, "ready", True):
            # A dialog that is not drawn yet.
            self.hold_keys()
        return self._holding

    async def action_quit(self) -> None:
        """Quit, asking first where something still waits to go out."""
        main = next((one for one in self.screen_stack if isinstance(one, MainScreen)), None)
        if main is None or not main.complete:
            self.exit("")
        elif getattr(self.screen, "place", "") in ("quit question", "stop question"):
            # Asked already.
            self.leave(linger=True)
        else:
            main.perform("quit")

    def action_help_quit(self) -> None:
        """Say how to leave."""
        # In a dialog it is the key that works in a text too.
        place = self.screen.place if isinstance(self.screen, MainScreen) else "composer"
        foreign.tell(self, self.keymap.told("{quit} quits.", place))

    def action_suspend_process(self) -> None:
        """Stay: a suspended console leaves its terminal in raw mode."""

    def end(self) -> None:
        """Save what is being written and leave at once: the process is asked to end."""
        if not self._ending:
            self._ending = True
            self.leave(linger=True)

    def leave(self, *, linger: bool, answer: str = "") -> None:
        """Save what is being written and leave.

        Args:
            linger: Let the worker send what waits before it ends.
            answer: The app's return value.
        """
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.complete:
                screen.writing.save_now()
                screen.new_tickets.save_now()
                self._finishing = screen.long_work.finish_unseen()
        self._linger = linger
        self.exit(answer)

    @property
    def unforeseen(self) -> Exception | None:
        """What nobody caught and ended the app; None for a proper end."""
        return self._exception

    def _fatal_error(self) -> None:
        # Textual would print a traceback with all variables: customers' texts, escape sequences included.
        self._close_messages_no_wait()

    def finish(self, say: Callable[[str], None] | None = None) -> None:
        """Wait for what is being written to the disk and let the worker go; for when the screen is gone.

        Args:
            say: Told, in a sentence, what takes longer than a moment.
        """
        if self._finishing and say is not None:
            say(self._finishing)
        self.backstage.close()
        if self.worker is not None:
            self.worker.close(linger=self._linger)
            self.worker = None

    _linger = True
    _finishing = ""

    @property
    def starts_worker(self) -> bool:
        """Whether it has a sync worker of its own, as when a person starts it, and not a test."""
        return self._start_worker is not None

    def wake_worker(self) -> None:
        """Tell the worker that there is something to do."""
        if self.worker is not None:
            self.worker.wake()

    def _take_theme(self) -> None:
        """Use the theme that config.toml names; only its own file is read before the first frame."""
        wanted = self.desk.config.ui.theme or themes.fitting(os.environ)
        files = themes.theme_files([shipped_themes_dir(), self.desk.paths.themes_dir])
        for name in dict.fromkeys((wanted, themes.DEFAULT)):
            if name not in files:
                if name in self.available_themes:
                    self.theme = name
                    return
                known = ", ".join(files) or "none"
                self._problems.append(f"There is no theme “{name}”; the default is used. Known: {known}.")
                continue
            try:
                self.use_theme(themes.read_theme(files[name]))
            except ConfigError as problem:
                self._problems.append(f"{problem.sentence}. The default theme is used.")
            else:
                return
        self.theme = themes.FALLBACK

    def use_theme(self, theme: Theme) -> None:
        """Draw everything in a theme."""
        self.register_theme(theme)
        self.theme = theme.name

    def first_frame_drawn(self) -> None:
        """Do what had to wait for the first frame: tell what is wrong with the config, start the worker."""
        # What was imported stays: not looking through it again keeps pauses below a frame.
        gc.freeze()
        gc.enable()
        self.keymap = build_keymap(self.desk.config.keys)
        for problem in (*self._problems, *self.keymap.problems):
            foreign.tell(self, problem, severity="warning", seconds=12)
        if self._start_worker is not None and isinstance(self.screen, MainScreen):
            self.run_worker(self._begin_worker(self._start_worker), group="worker-start", exit_on_error=False)

    async def _begin_worker(self, start: StartWorker) -> None:
        def report(sentence: str) -> None:
            with contextlib.suppress(RuntimeError):
                self.call_from_thread(foreign.tell, self, sentence, severity="warning")

        self.worker = await asyncio.to_thread(start, report)
