"""The app: theme, keymap and the threads behind the screen."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Callable
from typing import Any, ClassVar, Literal, Protocol

from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme

from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConfigError
from agentconsole.resources import shipped_themes_dir
from agentconsole.tui import foreign, themes
from agentconsole.tui.actions import ACTIONS
from agentconsole.tui.backstage import Backstage
from agentconsole.tui.keymap import build_keymap
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.terminal_output import lasting
from agentconsole.tui.typed_keys import TypedKeysApp

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


StartWorker = Callable[[Callable[[str], None]], Worker]
"""Starts the worker; given who is to be told, from any thread, when it has died."""


class ConsoleApp(TypedKeysApp):
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
