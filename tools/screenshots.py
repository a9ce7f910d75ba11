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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.pilot import Pilot

from agentconsole.bootstrap import open_desk
from agentconsole.clock import FixedClock
from agentconsole.domain.times import parse_instant
from agentconsole.tui.app import ConsoleApp

DOCS = Path(__file__).parent.parent / "docs"
NOW = "2026-11-22T15:00:00Z"
WIDE, NARROW = (160, 45), (80, 24)


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


async def save(pilot: Pilot[str], name: str) -> None:
    """Save what the console shows as `docs/NAME.svg`."""
    await pilot.pause(0.3)
    picture = pilot.app.export_screenshot(title="Agent Console")
    # The ids in the picture are random; a name makes the same picture the same file.
    picture = re.sub(r"terminal-\d+", f"terminal-{name}", picture)
    # Some viewers drop the blanks at a run's ends otherwise.
    picture = picture.replace("<svg ", '<svg xml:space="preserve" ', 1)
    (DOCS / f"{name}.svg").write_text(picture, encoding="utf-8")
    sys.stderr.write(f"docs/{name}.svg\n")


async def take_pictures(home: Path) -> None:
    """Open the console and take each picture."""
    desk = open_desk(home, clock=FixedClock(parse_instant(NOW)))
    try:
        async with ConsoleApp(desk).run_test(size=WIDE, notifications=True) as pilot:
            await pilot.pause(1)
            await save(pilot, "queue")
            await pilot.press("j", "j", "enter")
            await pilot.pause(0.5)
            await pilot.press("r", *"Dear Mr Pomeroy,", "enter", "enter", "ctrl+l")
            await pilot.pause(0.5)
            await pilot.press(*"charged twice")
            await pilot.pause(2)
            await save(pilot, "console")
            await pilot.press("escape", "ctrl+t")
            await pilot.pause(0.5)
            await pilot.press(*"double")
            await pilot.pause(0.5)
            await save(pilot, "macros")
        async with ConsoleApp(desk).run_test(size=NARROW, notifications=True) as pilot:
            await pilot.pause(1)
            await save(pilot, "narrow")
    finally:
        desk.close()


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
        asyncio.run(take_pictures(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
