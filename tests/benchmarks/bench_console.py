"""How fast the console is on a real pseudo-terminal, with 100,000 tickets on the disk.

`run()` gives the figures; `python -m tests.benchmarks.bench_console` prints them as JSON. Times are in
milliseconds from the write of a key: `painted` to the byte that shows what the key means, `last` to the last
byte before a silence of 40 ms, whatever it was painted for.
"""

from __future__ import annotations

import compileall
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.color import Color

from agentconsole.config import Paths
from agentconsole.domain.tickets import RemoteTicket, Status
from agentconsole.domain.times import DAY, MINUTE
from agentconsole.helpdesks.base import Thread
from agentconsole.tui.themes import CONSOLE_COLORS
from tests.tui import profile
from tests.tui.terminal import ROOT, Terminal, console_terminal, terminal

TICKETS = 100_000
LONG_THREADS = 12
MINE = 1000
"""Every so many-th ticket is the agent's own."""
MESSAGES = 500
FRAME_MS = 1000 / 60

_IN_SIGHT = b"Could you tell me when"
"""Stands in each message of a long thread, and nowhere else."""

_MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("the first frame")
Minimal().run()
"""

_WRITE = """
import sys
from contextlib import closing
from pathlib import Path
from agentconsole.config import Paths
from agentconsole.domain.tickets import TicketPage
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.benchmarks.bench_console import tickets
paths = Paths(Path(sys.argv[1]))
with closing(open_store(paths.database, role="worker")) as conn:
    ingest = Ingest(conn, 1)
    print("writing", flush=True)
    for turn in range(1, 100):
        for start in range(0, 100_000, 500):
            page = TicketPage(tuple(tickets(start, 500, turn)), cursor=str(start), more=True)
            ingest.put_tickets(page, stream="tickets", at=0)
"""


def tickets(first: int, count: int, turn: int = 0) -> Iterator[RemoteTicket]:
    """Make tickets; the same number is another version of the same ticket in another turn."""
    statuses: Sequence[Status] = ("open", "pending", "solved", "closed", "new", "hold")
    for number in range(first, first + count):
        # The agent's own with the long threads are due first, so that they are the first of the first view.
        long = number % MINE == 0 and number < LONG_THREADS * MINE
        due_at = profile.NOW + (number // MINE if long else 60 + number % 5000) * MINUTE
        yield profile.ticket(
            1000 + number,
            subject=f"Order {10_000 + number}: the parcel has not arrived yet ({turn})",
            status="open" if long else statuses[number // 7 % len(statuses)],
            requester=("501", "502", "503", "504")[number % 4],
            assignee=profile.ME if number % MINE == 0 else profile.JO,
            tags=("order", "carrier"),
            due_at=due_at if long or number % 3 == 0 else None,
            updated_at=profile.NOW - (number % 300) * DAY - number + turn,
        )


def build(home: Path) -> None:
    """Fill a profile with 100,000 tickets, some of them with long threads."""
    threads = []
    for number in range(LONG_THREADS):
        one = next(tickets(number * MINE, 1))
        of = int(one.remote_id)
        messages = tuple(profile.message(of * 1000 + count, of) for count in range(MESSAGES))
        threads.append(Thread(one, messages, profile.PEOPLE))
    profile.fill(Paths(home), list(tickets(0, TICKETS)), threads)


def first_frame(command: Sequence[str], marker: bytes) -> float:
    """Seconds from the start of a process to a marker on its screen."""
    began = time.perf_counter()
    with terminal(command) as one:
        one.until(marker, 60)
        return time.perf_counter() - began


def frames(home: Path) -> dict[str, Any]:
    """First frames of the console and of a minimal Textual app, in turn."""
    # As when it is installed, also where PYTHONDONTWRITEBYTECODE is set.
    compileall.compile_dir(ROOT / "agentconsole", quiet=1)
    mine: list[float] = []
    minimal: list[float] = []
    for _ in range(7):
        minimal.append(first_frame([sys.executable, "-c", _MINIMAL], b"the first frame"))
        began = time.perf_counter()
        with console_terminal(home) as one:
            one.until(b"the parcel has", 60)
            mine.append(time.perf_counter() - began)
    ratio = statistics.median(mine[1:]) / statistics.median(minimal[1:])
    return {
        "console_ms": round(statistics.median(mine[1:]) * 1000),
        "minimal_app_ms": round(statistics.median(minimal[1:]) * 1000),
        "ratio": round(ratio, 2),
        "bar": 1.5,
    }


_LONGEST = 2.0
"""Seconds after which a key's effect is no longer waited for: where news keeps coming there is no silence."""


@dataclass(frozen=True)
class Pressed:
    """What came of a key."""

    painted_ms: float
    """From the key to the byte that shows what the key means; what else is repainted may follow."""
    last_ms: float
    """From the key to the last byte before a silence."""
    size: int
    """Bytes until that silence."""


def key(
    one: Terminal, keys: bytes, shows: Callable[[bytes], bool] = bool, *, silence: float = 0.04
) -> Pressed:
    """Type a key and wait until it is painted and nothing follows any more.

    Args:
        one: The terminal.
        keys: What to type.
        shows: Tells by the bytes that came since whether the key's own effect is among them.
        silence: Seconds without a byte that count as the end.
    """
    began = time.perf_counter()
    one.send(keys)
    painted = last = 0.0
    came = b""
    wait = 0.5
    while time.perf_counter() - began < _LONGEST and (data := one.read(wait)):
        last = time.perf_counter() - began
        came += data
        if not painted and shows(came):
            painted = last
        wait = silence if painted or not came else 0.5
    return Pressed(painted * 1000, last * 1000, len(came))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0


def summed(samples: Sequence[Pressed]) -> dict[str, Any]:
    """Percentiles of times and bytes."""
    figures: dict[str, Any] = {"count": len(samples), "unpainted": sum(not one.painted_ms for one in samples)}
    for name in ("painted_ms", "last_ms", "size"):
        values = [getattr(one, name) for one in samples if one.painted_ms]
        figures |= {f"p50_{name}": percentile(values, 0.5), f"p95_{name}": percentile(values, 0.95)}
    return figures


_PLACED = re.compile(rb"\x1b\[(\d+);\d+H")
_CURSOR = ";".join(str(part) for part in Color.parse(CONSOLE_COLORS["cursor"]).rgb).encode()


def cursor_lines(output: bytes) -> list[int]:
    """The screen's lines that were painted as the one that keys move, in order."""
    places = list(_PLACED.finditer(output))
    ends = [place.start() for place in places[1:]] + [len(output)]
    return [
        int(place[1])
        for place, end in zip(places, ends, strict=True)
        if b"48;2;" + _CURSOR in output[place.end() : end]
    ]


def moves(one: Terminal, count: int) -> dict[str, Any]:
    """Cursor moves down a list; painted is one when the cursor stands on another line of the screen."""
    line = 0
    samples: list[Pressed] = []
    for _ in range(count):

        def moved(output: bytes, was: int = line) -> bool:
            nonlocal line
            found = [number for number in cursor_lines(output) if number != was]
            if found:
                line = found[-1]
            return bool(found)

        samples.append(key(one, b"j", moved))
    # A scroll repaints the whole list, and so does news of all that is in sight.
    still = [one for one in samples if one.size <= 3000]
    return {"all": summed(samples), "few_bytes": summed(still)}


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Have another process write all tickets anew, page after page."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE, str(home)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        assert process.poll() is None, "the writer ended too early"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def run() -> dict[str, Any]:
    """Measure; see the module's docstring."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "console"
        build(home)
        figures: dict[str, Any] = {"tickets": TICKETS, "first_frame": frames(home)}
        with console_terminal(home, columns=160, rows=45) as one:
            one.until(b"the parcel has", 60)
            one.quiet(0.8)
            figures["ticket_open"] = {**opened(one, 3), "messages": MESSAGES, "bar_ms": 50}
            # The last view is everything.
            for step in (b"\x1b[Z", b"G", b"\r"):
                one.send(step)
                one.quiet(0.8)
            figures["cursor_move"] = {**moves(one, 150), "bar_ms": round(FRAME_MS, 1), "bar_bytes": 1024}
            with writing(home):
                one.quiet(0.3)
                figures["cursor_move_while_syncing"] = {**moves(one, 150), "bar_ms": round(FRAME_MS, 1)}
            one.quiet(1.0)
            figures["typing"] = {**typing(one, 80), "bar_ms": 30}
        return figures


def opened(one: Terminal, rounds: int) -> dict[str, Any]:
    """Long tickets opened and left again, one after another."""
    samples = []
    for _ in range(rounds):
        key(one, b"g")
        for _ in range(LONG_THREADS):
            samples.append(key(one, b"\r", lambda output: _IN_SIGHT in output))
            key(one, b"\x1b", silence=0.15)
            key(one, b"j")
    return summed(samples)


def typing(one: Terminal, count: int) -> dict[str, Any]:
    """Letters typed into the composer."""
    one.send(b"r")
    one.quiet(0.5)
    samples = []
    for number in range(count):
        letter, tail = bytes([97 + number % 26]), bytes([97 + (number - 1) % 26, 97 + number % 26])
        samples.append(key(one, letter, lambda output, tail=tail: tail in output))  # type: ignore[misc]
    # The first has nothing before it.
    return summed(samples[1:])


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
