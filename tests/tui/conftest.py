"""A running console on a real profile in a temporary folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.widget import Widget

from agentconsole.clock import FixedClock
from agentconsole.config import Paths
from agentconsole.desk.context import Desk
from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.main import MainScreen
from tests.tui import profile

_BURST = {
    " ": "space",
    "\r": "enter",
    "\x01": "ctrl+a",
    "\x13": "ctrl+s",
    "\x1b": "escape",
    "\x7f": "backspace",
}
"""What a terminal sends for keys that have a name."""


@dataclass
class Running:
    """A console that runs without a terminal."""

    app: ConsoleApp
    pilot: Pilot[str]
    desk: Desk
    clock: FixedClock

    @property
    def main(self) -> MainScreen:
        screen = next(one for one in self.app.screen_stack if isinstance(one, MainScreen))
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys, each handled before the next."""
        for key in keys:
            self._post(key)
            await self.settle()

    async def burst(self, text: str) -> None:
        """Type a text in one go: all keys are in the app's queue before the first is handled."""
        for char in text:
            self._post(_BURST.get(char, char))
        await self.settle()

    def _post(self, key: str) -> None:
        character = {"space": " ", "slash": "/", "question_mark": "?", "enter": "\r"}.get(key)
        if character is None and len(key) == 1:
            character = key
        self.app.post_message(events.Key(key, character))

    async def settle(self) -> None:
        """Wait until all messages are handled and the jobs behind the screen are done and drawn."""
        for _ in range(3):
            if self.app._exit:
                return
            handled = asyncio.Event()
            self.app.call_later(handled.set)
            await handled.wait()
            await self.pilot._wait_for_screen()
            if workers := [one for one in self.app.workers if not one.is_finished]:
                await self.app.workers.wait_for_complete(workers)
        # What was shown or hidden is laid out anew with the next refresh.
        for _ in range(400):
            if not self._to_be_laid_out():
                break
            await asyncio.sleep(0.005)

    def _to_be_laid_out(self) -> bool:
        if self.app._exit:
            return False
        screen = self.app.screen
        return screen._layout_required or any(node._layout_required for node in screen.walk_children(Widget))

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "it did not happen"
            await asyncio.sleep(0.01)

    async def until_letters_act(self) -> None:
        """Wait until letters act again after a text has closed by itself."""
        await self.until(lambda: not self.main._quiet)

    def screen_text(self) -> str:
        """What is on the screen, as plain lines."""
        width = self.app.size.width
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip)[:width] for strip in strips)

    def notices(self) -> list[str]:
        """What has been told in passing."""
        return [one.message for one in self.app._notifications]


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture(scope="session", autouse=True)
def _snapshot_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give the snapshot plugin its folder in the worker processes of pytest-xdist too."""
    os.environ.setdefault("TEXTUAL_SNAPSHOT_TEMPDIR", str(tmp_path_factory.mktemp("snapshots")))


@pytest.fixture(scope="session", autouse=True)
def _styles_parsed_once() -> Iterator[None]:
    """Parse each style sheet once, as each app does for itself, and not once an app."""
    parsed: dict[object, Any] = {}
    parse = Stylesheet._parse_rules

    def once(self: Stylesheet, *args: Any, **named: Any) -> Any:
        key = (args, tuple(sorted(named.items())), tuple(sorted(self._variables.items())))
        if key not in parsed:
            parsed[key] = parse(self, *args, **named)
        return parsed[key]

    patch = pytest.MonkeyPatch()
    patch.setattr(Stylesheet, "_parse_rules", once)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Paths], None]], Path]:
    """Make a profile once for all tests that begin with the same one."""
    made: dict[Callable[[Paths], None], Path] = {}

    def get(fill: Callable[[Paths], None]) -> Path:
        if fill not in made:
            home = tmp_path_factory.mktemp("profile")
            fill(Paths(home))
            made[fill] = home
        return made[fill]

    return get


@pytest.fixture
def console(tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]) -> Start:
    @asynccontextmanager
    async def start(
        *,
        size: tuple[int, int] = (160, 45),
        fill: Callable[[Paths], None] | None = profile.standard,
        bindings: dict[str, str] | None = None,
        accounts: Sequence[object] = (profile.ACCOUNT,),
    ) -> AsyncIterator[Running]:
        home = tmp_path / "console"
        clock = FixedClock(profile.NOW)
        if fill is not None and not home.exists():
            shutil.copytree(filled(fill), home)
        with profile.open_profile(home, clock=clock, bindings=bindings, accounts=accounts) as desk:  # type: ignore[arg-type]
            app = ConsoleApp(desk)
            try:
                async with app.run_test(size=size, notifications=True) as pilot:
                    running = Running(app, pilot, desk, clock)
                    if accounts:
                        await running.until(lambda: running.main.complete)
                    await running.settle()
                    yield running
            finally:
                app.finish()

    return start
