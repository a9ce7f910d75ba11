"""How the console looks; a change has to be looked at, then `pytest --snapshot-update` takes it."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agentconsole.config import Paths
from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.main import MainScreen
from tests.tui import profile

Compare = Callable[..., bool]


@pytest.fixture
def app(tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path]) -> Iterator[ConsoleApp]:
    home = Path(shutil.copytree(filled(profile.with_knowledge), tmp_path / "console"))
    with profile.open_profile(home) as desk:
        one = ConsoleApp(desk)
        yield one
        one.finish()


def keys(*names: str) -> Callable[[Pilot[str]], Awaitable[None]]:
    """Press keys once the console is whole, and stop what blinks or counts."""

    async def run(pilot: Pilot[str]) -> None:
        app = pilot.app
        main = app.screen
        assert isinstance(main, MainScreen)
        while not main.complete:
            await pilot.pause(0.01)
        for timer in main.pulse._timers:
            timer.stop()
        main.composer.area.cursor_blink = False
        for field in (main.filter_line.field, main.side.field):
            field.cursor_blink = False
        for name in names:
            await pilot.press(name)
        main.writing.save_now()
        for turn in range(6):
            if turn == 3:
                main.pulse.look_now()
            if workers := [one for one in app.workers if not one.is_finished]:
                await app.workers.wait_for_complete(workers)
            await pilot.pause()
        main.views.show_counts(dict.fromkeys((view.identity for view in main.views.views), 7))
        main.composer.saved("saved")
        await pilot.pause()

    return run


def test_queue(app: ConsoleApp, snap_compare: Compare) -> None:
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys("j"))


def test_ticket_with_a_reply(app: ConsoleApp, snap_compare: Compare) -> None:
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys("j", "enter", "r", *"Hello"))


def test_ticket_with_a_note_narrow(app: ConsoleApp, snap_compare: Compare) -> None:
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys("j", "enter", "n", *"Jo"))


def test_send_menu(app: ConsoleApp, snap_compare: Compare) -> None:
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys("j", "enter", "r", *"Hello", "ctrl+s"))
