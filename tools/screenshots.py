"""Make the README's pictures anew from the running program: `make screenshots`.

Starts the embedded helpdesk at a fixed seed and instant, syncs a throw-away profile from it with its own
commands, opens the real console on that profile at a fixed clock and size, types, and saves what it shows as
`docs/*.svg`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from agentconsole.bootstrap import open_desk
from agentconsole.clock import FixedClock
from agentconsole.desk.context import Desk
from agentconsole.domain.times import parse_instant
from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.main import MainScreen

DOCS = Path(__file__).parent.parent / "docs"
NOW = "2026-11-22T15:00:00Z"
WIDE, NARROW = (160, 45), (80, 24)
_GROUND = re.compile(
    r'<rect fill="([^"]+)" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/>',
)


@contextmanager
def helpdesk(folder: Path) -> Iterator[dict[str, str]]:
    """Run the embedded helpdesk; gives its first line: url, login, token."""
    command = [sys.executable, "-m", "agentconsole", "helpdesk", "--port", "0", "--seed", "1", "--now", NOW]
    server = subprocess.Popen(
        [*command, "--data", str(folder), "--parent-pipe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin is not None and server.stdout is not None  # noqa: S101
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.stdin.close()
        server.wait(timeout=20)
        server.stdout.close()


def command(home: Path, *arguments: str, typed: str = "") -> None:
    """Run one of the program's own commands on the profile."""
    subprocess.run(
        [sys.executable, "-m", "agentconsole", "--home", str(home), *arguments],
        input=typed,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def settle(pilot: Pilot[str], true: Callable[[], bool] = lambda: True) -> None:
    """Wait until nothing is under way behind the screen, and something is true."""
    for _ in range(200):
        await pilot.pause()
        if workers := [one for one in pilot.app.workers if not one.is_finished]:
            await pilot.app.workers.wait_for_complete(workers)
        elif true():
            break
        else:
            await asyncio.sleep(0.05)
    else:
        raise RuntimeError("the console did not come to rest")
    await pilot.pause()


async def save(pilot: Pilot[str], name: str) -> None:
    """Save what the console shows as `docs/NAME.svg`."""
    main = main_of(pilot)
    main.writing.save_now()
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    main.composer.area.cursor_blink = False
    await settle(pilot, lambda: not main.composer.unsaved)
    main.pulse.look_now()
    await settle(pilot)
    pilot.app.clear_notifications()
    await pilot.pause()
    picture = pilot.app.export_screenshot(title="Agent Console")
    picture = slim(picture)
    (DOCS / f"{name}.svg").write_text(picture, encoding="utf-8")
    sys.stderr.write(f"docs/{name}.svg: {len(picture) // 1000} kB\n")


def slim(picture: str) -> str:
    """Make a picture the same each time, and about half as long; it looks as before."""
    # The ids in the picture are random.
    picture = re.sub(r"terminal-\d+-", "t-", picture)
    # Some viewers drop the blanks at a run's ends otherwise.
    picture = picture.replace("<svg ", '<svg xml:space="preserve" ', 1)
    picture = picture.replace("&#160;", "\u00a0")
    picture = re.sub(r'<clipPath id="t-line-\d+">\s*<rect[^>]*/>\s*</clipPath>\s*', "", picture)
    picture = re.sub(r' clip-path="url\(#t-line-\d+\)"', "", picture)
    picture = re.sub(r"<text[^>]*>\u00a0*</text>", "", picture)
    picture = re.sub(r"(\d\.\d)\d+", r"\1", picture)
    picture = picture.replace(' shape-rendering="crispEdges"', "")
    picture = picture.replace("<style>", "<style>rect { shape-rendering: crispEdges }", 1)
    return re.sub(rf"(?:{_GROUND.pattern})+", joined, picture)


def joined(grounds: re.Match[str]) -> str:
    """Draw neighbouring grounds of one colour as one, however the lines happened to be put together."""
    found: list[list[str]] = []
    for fill, x, y, width, height in _GROUND.findall(grounds[0]):
        last = found[-1] if found else None
        if last and (last[0], last[2]) == (fill, y) and abs(float(last[1]) + float(last[3]) - float(x)) < 0.2:
            last[3] = f"{float(x) + float(width) - float(last[1]):.1f}"
        else:
            found.append([fill, x, y, width, height])
    return "".join(
        f'<rect fill="{fill}" x="{x}" y="{y}" width="{width}" height="{height}"/>'
        for fill, x, y, width, height in found
    )


def main_of(pilot: Pilot[str]) -> MainScreen:
    """The console's screen, below any dialog."""
    return next(one for one in pilot.app.screen_stack if isinstance(one, MainScreen))


@asynccontextmanager
async def console(desk: Desk, size: tuple[int, int]) -> AsyncIterator[Pilot[str]]:
    """Open the console and wait until its views are counted."""
    async with ConsoleApp(desk).run_test(size=size, notifications=True) as pilot:
        main = main_of(pilot)
        await settle(pilot, lambda: main.complete and bool(main.views._counts))
        yield pilot


async def press(pilot: Pilot[str], *keys: str) -> None:
    """Press keys, each one dealt with before the next."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def type_text(pilot: Pilot[str], text: str) -> None:
    """Type a text into the field that has the focus."""
    await pilot.press(*("enter" if char == "\n" else char for char in text))
    await settle(pilot)


async def take_pictures(desk: Desk) -> None:
    """Open the console and take each picture."""
    async with console(desk, WIDE) as pilot:
        await save(pilot, "queue")
        await press(pilot, "space", "j", "j", "space", "j", "space", "p")
        await save(pilot, "triage")
        await press(pilot, "escape", "escape", "slash")
        await type_text(pilot, "status<solved priority>=high tags:")
        await save(pilot, "search")
    async with console(desk, WIDE) as pilot:
        await press(pilot, "j", "j", "enter", "r")
        await type_text(pilot, "Dear Mr Pomeroy,\n\n")
        await press(pilot, "ctrl+l")
        await type_text(pilot, "charged twice")
        side = main_of(pilot).side
        await settle(pilot, lambda: side.current is not None)
        await save(pilot, "console")
        await press(pilot, "escape", "ctrl+t")
        await type_text(pilot, "double")
        await save(pilot, "macros")
        await press(pilot, "escape")
        await type_text(pilot, "the form is attached. Your card {{ card }} was charged once.")
        await press(pilot, "ctrl+s")
        await save(pilot, "send")
        await press(pilot, "escape", "escape", "escape", "N")
        await type_text(pilot, "pomeroy")
        await save(pilot, "new-ticket")
        await press(pilot, "escape", "escape", "escape")
    async with console(desk, NARROW) as pilot:
        await save(pilot, "narrow")
    async with console(desk, WIDE) as pilot:
        await press(pilot, "!")
        await save(pilot, "guided")
        await press(pilot, "escape", "T")
        await type_text(pilot, "agentconsole-light")
        await press(pilot, "enter", "j", "enter")
        await save(pilot, "light")


def main() -> int:
    """Make all pictures."""
    argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__).parse_args()
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with helpdesk(Path(folder) / "helpdesk") as server:
            command(
                home,
                *("account", "add", "demo", "--kind", "zendesk", "--url", server["url"]),
                *("--login", server["login"], "--secret", "file"),
                typed=server["token"] + "\n",
            )
            command(home, "sync", "--once")
        desk = open_desk(home, clock=FixedClock(parse_instant(NOW)))
        try:
            asyncio.run(take_pictures(desk))
        finally:
            desk.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
