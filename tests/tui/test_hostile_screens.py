"""Every screen, and every action in every pane, over hostile texts: nothing gets through, nothing runs."""

from __future__ import annotations

import importlib
import pkgutil
from contextlib import closing
from pathlib import Path

import pytest
from textual.screen import Screen

from agentconsole.desk import tickets
from agentconsole.domain.changes import FieldChange, FieldConflict
from agentconsole.domain.times import HOUR
from agentconsole.store.database import open_store
from agentconsole.store.outbox import Outbox
from agentconsole.tui import foreign, screens
from agentconsole.tui.actions import ACTIONS, Place
from agentconsole.tui.screens.dialog import Choice, Dialog
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.widgets.pick_field import PickField
from agentconsole.tui.widgets.pick_list import PickList
from tests.support.hostile import ALL, HUGE, JOINERS, MARKER, cells, forbidden
from tests.tui import hostile_profile, profile
from tests.tui.conftest import Running, Start

LEAVES = {"quit", "close", "browser", "editor"}
"""Actions that end the console, or start another program."""

ORDER: tuple[Place, ...] = ("ticket", "queue", "side", "views", "composer")
"""Where each action is done: in the first of these that it works in."""

SCROLLBAR = {"@mouse.down", "@mouse.up"}
"""What Textual's own scrollbars do when pressed."""


def every_screen() -> set[str]:
    """All screens that the console has; a dialog that only others build on is none."""
    for module in pkgutil.iter_modules(screens.__path__):
        importlib.import_module(f"{screens.__name__}.{module.name}")
    found: set[str] = set()
    open_kinds: list[type] = [Screen]
    while open_kinds:
        kind = open_kinds.pop()
        open_kinds += kind.__subclasses__()
        if kind.__module__.startswith("agentconsole.") and kind is not Dialog and "[" not in kind.__name__:
            found.add(kind.__name__)
    return found


class Walk:
    """Looks at everything on the screen after each step, and notes which screens have been seen."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.seen: set[str] = set()
        self.said = ""

    def look(self, where: str) -> None:
        """Check what is on the screen now, and keep it."""
        app = self.running.app
        assert app.is_running and not app._exit and app.unforeseen is None, where
        self.seen.add(type(app.screen).__name__)
        lines = []
        strips = app.screen._compositor.render_strips()
        if any(strip.cell_length != app.size.width for strip in strips):
            # A notice has come and is not laid out yet.
            app.screen._refresh_layout()
            strips = app.screen._compositor.render_strips()
        for strip in strips:
            text = strip.text
            lines.append(text)
            assert not (bad := forbidden(text)), (where, bad, ascii(text))
            assert strip.cell_length == app.size.width, (where, strip.cell_length, ascii(text))
            if not any(joiner in text for joiner in JOINERS):
                assert cells(text) == app.size.width, (where, cells(text), ascii(text))
            for segment in strip:
                style = segment.style
                if style is not None:
                    deeds = {name for name in style.meta if name.startswith("@")}
                    assert deeds <= SCROLLBAR, (where, style.meta)
                    assert not style.link, (where, style.link)
        for widget in app.screen.walk_children(with_self=True):
            for name in ("border_title", "border_subtitle", "tooltip", "title", "sub_title"):
                said = str(getattr(widget, name, None) or "")
                assert not forbidden(said), (where, type(widget), name)
        for notice in app._notifications:
            assert not forbidden(notice.message + notice.title), (where, ascii(notice.message))
        self.said += "\n".join(lines)

    async def press(self, *keys: str) -> None:
        """Press keys, looking after each."""
        for key in keys:
            await self.running.press(key)
            self.look(f"after {key} of {keys}")

    async def back(self) -> None:
        """Leave every dialog."""
        for _ in range(4):
            if isinstance(self.running.app.screen, MainScreen):
                return
            await self.running.press("escape")
            self.look("on the way back")
        raise AssertionError(f"{self.running.app.screen} stays")

    async def every_action(self) -> None:
        """Do each action once and look at what comes of it, as far as a screen of its own."""
        main = self.running.main
        first = main.queue.ids[0]
        for action in ACTIONS:
            if action.id in LEAVES:
                continue
            place = next(one for one in ORDER if one in action.places)
            if main.detail is None:
                main.tickets.open(first)
            if place == "composer":
                if main.composer.writing is None:
                    main.writing.open(main.detail or main.tickets.open(first), public=True)
                main.set_focus(main.composer.area)
            else:
                if main.composer.writing is not None:
                    main.writing.put_away()
                main.focus_pane(place)  # type: ignore[arg-type]
            await self.running.settle()
            main.perform(action.id)
            await self.running.settle()
            self.look(f"{action.id} in {place}")
            if self.running.app.screen is not main:
                await self.press("down")
                await self.back()


@pytest.fixture(params=[(160, 45), (80, 24)], ids=["wide", "narrow"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


async def test_every_screen(console: Start, size: tuple[int, int], tmp_path: Path) -> None:
    async with console(fill=hostile_profile.fill, size=size) as running:
        walk = Walk(running)
        walk.look("at the start")
        await walk.press("enter", "o", *["ctrl+u"] * 4, "g", "K", "o", "ctrl+f")
        await running.burst("e\r")
        await walk.press(".", "escape", "L", "down", "escape", "O", "down", "escape", "i", "escape")
        await conflict(running)
        await walk.press("G", "A", "down", "space")
        await walk.back()
        await walk.press("a", "down", "escape", "t", "down", "tab", "escape", "F", "down", "enter", "escape")
        await walk.press("*", "X", "escape", "M", "enter", "escape", "escape", "*")
        await walk.press("e", "down", "escape")
        await walk.press("r")
        await running.burst(f"Dear {MARKER}")
        await walk.press(
            "ctrl+t", "down", "enter", "f2", "escape", "ctrl+s", "escape", "f4", "escape", "ctrl+g"
        )
        await running.burst("p5")
        walk.look("people")
        await walk.back()
        await walk.press("ctrl+l")
        await running.burst("card")
        await running.until(lambda: running.main.side.current is not None)
        await running.settle()
        walk.look("articles")
        await walk.press("down", "ctrl+r")
        assert not forbidden(running.main.composer.text)
        await walk.press("f3")
        await walk.back()
        await walk.press("escape", "slash")
        await running.burst("tags:a")
        walk.look("completion")
        await walk.press("tab", "enter", "+")
        await walk.back()
        await walk.press("N")
        await running.burst("p5[/]")
        await walk.press("tab", "tab", "enter", "down", "enter")
        assert running.app.screen.query_one("#new-ticket_form", PickField).value == "4501"
        await walk.press("down")
        await walk.press("tab", "tab", "tab", "enter", "down", "enter", "escape", "tab", "tab")
        await walk.press("ctrl+t", "down", "enter", "ctrl+l")
        await running.burst("card")
        await running.until(lambda: running.app.screen.query_one(PickList).cursor is not None)
        walk.look("articles for a new ticket")
        await walk.press("down", "ctrl+r")
        await walk.back()
        for key in ("w", "f8", "question_mark", "ctrl+p", "T", "f9"):
            await walk.press(key, "down")
            await walk.back()
    (tmp_path / "console").rename(tmp_path / "seen")
    async with console(fill=None, size=size, accounts=()) as running:
        first_run = Walk(running)
        first_run.look("first run")
    assert walk.seen | first_run.seen == every_screen()
    assert "[/] [/b]" in walk.said and "[@click=app.bell]pwned[/]" in walk.said


async def conflict(running: Running) -> None:
    """Let a change of a ticket's field meet a colleague's of the same field."""
    one = tickets.resolve(running.desk, "#41")
    [uuid] = tickets.set_fields(running.desk, [one], [FieldChange("custom:3601", ALL)])
    with closing(open_store(running.desk.paths.database, role="outbox", now=profile.NOW)) as conn:
        box = Outbox(conn)
        box.release_held(profile.NOW + HOUR)
        change = box.change(uuid)
        assert change is not None
        box.settle_conflict(change, (FieldConflict("custom:3601", ALL, ALL, ALL),), (), profile.NOW)
    detail = running.main.tickets.open(one)
    assert any(change.state == "conflict" for change in detail.pending)
    await running.settle()


async def test_every_action(console: Start) -> None:
    async with console(fill=hostile_profile.fill) as running:
        await Walk(running).every_action()


async def test_texts_too_large_for_any_widget(console: Start) -> None:
    async with console(fill=hostile_profile.fill_huge) as running:
        walk = Walk(running)
        await walk.press(
            "enter", "o", "g", "ctrl+d", "J", "J", "a", "escape", "F", "down", "escape", "t", "escape"
        )
        await walk.press("r", "ctrl+t", "down", "enter", "f2", "escape", "ctrl+s", "escape", "ctrl+l")
        await running.burst("card")
        await running.settle()
        await walk.press("down", "ctrl+r", "escape", "escape", "i", "ctrl+p", "escape")
        for text in HUGE.values():
            foreign.tell(running.app, text, title=text)
            await running.settle()
            walk.look("told")
            told = list(running.app._notifications)[-1]
            assert cells(told.message) <= 330 and cells(told.title) <= 110
            running.app.clear_notifications()


async def test_a_question_keeps_its_answers_in_sight(console: Start) -> None:
    async with console(fill=hostile_profile.fill_huge, size=(80, 24)) as running:
        walk = Walk(running)
        running.app.clear_notifications()
        await walk.press("*", "X")
        assert "mark 9 as spam" in running.screen_text() and "Esc leaves all" in running.screen_text()
        await walk.press("escape", "*")
        running.app.clear_notifications()
        lines = ("the first line", *list(HUGE.values())[:2], "the last line")
        running.app.push_screen(Choice(HUGE["wide word"], lines, (("reach_confirm", "yes, all of it"),)))
        await running.settle()
        walk.look("a question about everything")
        said = running.screen_text()
        assert "the first line" in said and "yes, all of it" in said and "Esc leaves all" in said
        while "the last line" not in running.screen_text():
            before = running.screen_text()
            for _ in range(50):
                await running.pilot.press("pagedown")
            assert running.screen_text() != before


async def test_escape_twice_leaves_one_screen(console: Start) -> None:
    async with console(fill=hostile_profile.fill) as running:
        await running.press("N")
        await running.burst("\x1b\x1b\x1b")
        assert isinstance(running.app.screen, MainScreen)
        assert running.app.is_running and running.app.unforeseen is None
