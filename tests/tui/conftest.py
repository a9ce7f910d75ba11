"""A running console on a real profile in a temporary folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from agentconsole.clock import FixedClock
from agentconsole.config import Paths
from agentconsole.desk.context import Desk
from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.main import MainScreen
from tests.tui import profile


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
            await self.pilot.press(key)
        await self.settle()

    async def burst(self, text: str) -> None:
        """Type a text in one go: all keys are in the app's queue before the first is handled."""
        names = {" ": "space", "\r": "enter", "\x13": "ctrl+s", "\x1b": "escape"}
        for char in text:
            key = names.get(char, char)
            self.app.post_message(events.Key(key, char if char.isprintable() else None))
        await self.settle()

    async def settle(self, seconds: float = 0.0) -> None:
        """Wait until the jobs behind the screen are done and drawn."""
        for _ in range(2):
            await self.pilot.pause(seconds)
            if workers := [one for one in self.app.workers if not one.is_finished]:
                await self.app.workers.wait_for_complete(workers)
        await self.pilot.pause()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to become true."""
        for _ in range(200):
            if true():
                return
            await self.pilot.pause(0.02)
        raise AssertionError("it did not happen")

    def screen_text(self) -> str:
        """What is on the screen, as plain lines."""
        width, height = self.app.size
        lines = []
        for y in range(height):
            strips = self.app.screen._compositor.render_strips()
            lines = ["".join(segment.text for segment in strip) for strip in strips]
            break
        return "\n".join(line[:width] for line in lines)

    def notices(self) -> list[str]:
        """What has been told in passing."""
        return [one.message for one in self.app._notifications]


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def console(tmp_path: Path) -> Start:
    @asynccontextmanager
    async def start(
        *,
        size: tuple[int, int] = (160, 45),
        fill: Callable[[Paths], None] | None = profile.standard,
        bindings: dict[str, str] | None = None,
        accounts: Sequence[object] = (profile.ACCOUNT,),
    ) -> AsyncIterator[Running]:
        home = tmp_path / "home"
        clock = FixedClock(profile.NOW)
        if fill is not None and not (home / "data").exists():
            fill(Paths(home))
        with profile.open_profile(home, clock=clock, bindings=bindings, accounts=accounts) as desk:  # type: ignore[arg-type]
            app = ConsoleApp(desk)
            try:
                async with app.run_test(size=size, notifications=True) as pilot:
                    running = Running(app, pilot, desk, clock)
                    await running.settle(0.05)
                    yield running
            finally:
                app.finish()

    return start
