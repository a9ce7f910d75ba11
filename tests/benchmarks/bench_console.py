"""How fast the console is on a real pseudo-terminal, with 100,000 tickets on the disk.

`run()` gives the figures; `python -m tests.benchmarks.bench_console` prints them as JSON. Times are in
milliseconds from the write of a key to the last byte that it made the console write.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agentconsole.config import Paths
from agentconsole.domain.tickets import RemoteTicket, Status
from agentconsole.domain.times import DAY, MINUTE
from agentconsole.helpdesks.base import Thread
from tests.tui import profile
from tests.tui.terminal import ROOT, Terminal, console_terminal, terminal

TICKETS = 100_000
LONG_THREADS = 12
MINE = 1000
"""Every so many-th ticket is the agent's own."""
MESSAGES = 500
FRAME_MS = 1000 / 60

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
        yield profile.ticket(
            1000 + number,
            subject=f"Order {10_000 + number}: the parcel has not arrived yet ({turn})",
            status=statuses[number // 7 % len(statuses)],
            requester=("501", "502", "503", "504")[number % 4],
            assignee=profile.ME if number % MINE == 0 else profile.JO,
            tags=("order", "carrier"),
            due_at=profile.NOW + (number % 5000) * MINUTE if number % 3 == 0 else None,
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


def key(one: Terminal, keys: bytes, silence: float = 0.04) -> tuple[float, int]:
    """Type a key; milliseconds to the last byte that came of it, and how many came."""
    began = last = time.perf_counter()
    one.send(keys)
    count = 0
    wait = 0.5
    while data := one.read(wait):
        last = time.perf_counter()
        count += len(data)
        wait = silence
    return (last - began) * 1000, count


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0


def summed(samples: Sequence[tuple[float, int]]) -> dict[str, Any]:
    """Percentiles of times and bytes."""
    times, sizes = [one[0] for one in samples], [one[1] for one in samples]
    return {
        "count": len(samples),
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
        "p50_bytes": percentile(sizes, 0.5),
        "p95_bytes": percentile(sizes, 0.95),
    }


def moves(one: Terminal, count: int) -> dict[str, Any]:
    """Cursor moves down a list; those that scroll are counted apart."""
    still: list[tuple[float, int]] = []
    scrolled: list[tuple[float, int]] = []
    for _ in range(count):
        took, size = key(one, b"j")
        # The status line's clock may tick in between; a scroll repaints the whole list.
        (scrolled if size > 3000 else still).append((took, size))
    return {**summed(still), "all_p95_ms": summed(still + scrolled)["p95_ms"], "scrolls": summed(scrolled)}


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
            opened = []
            for _ in range(LONG_THREADS * 3):
                opened.append(key(one, b"\r"))
                key(one, b"\x1b", 0.15)
                key(one, b"j")
            figures["ticket_open"] = {**summed(opened), "messages": MESSAGES, "bar_ms": 50}
            # The last view is everything.
            for step in (b"\x1b[Z", b"G", b"\r"):
                one.send(step)
            one.until(b"100,000", 60)
            one.quiet(0.8)
            figures["cursor_move"] = {**moves(one, 150), "bar_ms": round(FRAME_MS, 1), "bar_bytes": 1024}
            with writing(home):
                one.quiet(0.3)
                figures["cursor_move_while_syncing"] = {**moves(one, 150), "bar_ms": round(FRAME_MS, 1)}
            one.quiet(1.0)
            one.send(b"r")
            one.quiet(0.5)
            figures["typing"] = summed([key(one, bytes([97 + n % 26])) for n in range(80)])
        return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
