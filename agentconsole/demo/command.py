"""`agentconsole helpdesk`: the embedded helpdesk as a program of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from agentconsole.demo.database import get_meta
from agentconsole.demo.helpdesk import Helpdesk
from agentconsole.demo.live import LivePlay
from agentconsole.demo.prepare import FolderLock, State, Wanted, company_of, prepare, tell_progress
from agentconsole.demo.serving import HelpdeskServer, loopback_socket
from agentconsole.demo.settings import DEFAULT_RATE_LIMIT, Settings
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.times import parse_instant

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(
    port: int,
    data: Path | None,
    tickets: int,
    seed: int,
    now: str | None,
    live: float | None,
    rate_limit: int | None,
    *,
    announce: Callable[[str], None],
    end_with_stdin: bool = False,
    reanchor: bool = False,
    export_delay_seconds: int = 60,
    endpoint_limits: bool = False,
    faults: bool = False,
    progress: Callable[[int, int], None] = tell_progress,
) -> int:
    """Serve until a signal ends it, or the end of standard input if `end_with_stdin`.

    Args:
        port: A port, or the next free one above; 0 for any.
        data: The folder of its state; None for one that is removed at the end.
        tickets: How many to make when the folder is empty.
        seed: The number that the made-up company follows from.
        now: ISO-8601 time at which the helpdesk's clock begins; None for the present.
        live: Events a minute; None for a helpdesk that only answers.
        rate_limit: Requests a minute; None for the original's highest plan.
        announce: Told one line of JSON when requests are answered: url, logins, tokens, pid.
        end_with_stdin: Whether to end when standard input does.
        reanchor: Whether a state over a day old is made anew.
        export_delay_seconds: How young a row may be to be withheld from exports.
        endpoint_limits: Whether the original's limits of single endpoints hold.
        faults: Whether admins may plant faults over HTTP.
        progress: Told (done, of) while tickets are made.

    Returns:
        The exit code.

    Raises:
        UsageError: `now` is no time.
        ConsoleError: the folder or the port cannot be used.
    """
    wanted = Wanted(tickets, seed, _epoch(now), reanchor)
    settings = Settings(
        rate_limit=rate_limit or DEFAULT_RATE_LIMIT,
        endpoint_limits=endpoint_limits,
        export_delay_seconds=export_delay_seconds,
        fault_endpoint=faults,
    )
    ended = threading.Event()
    with ExitStack() as stack:
        # From the first moment on, so that a helpdesk stopped while it is filled still tidies up.
        stack.enter_context(_ending_signals(ended))
        folder = stack.enter_context(_folder(data))
        lock = FolderLock(folder)
        stack.callback(lock.release)

        def told(done: int, total: int) -> None:
            if ended.is_set():
                raise KeyboardInterrupt
            progress(done, total)

        try:
            state, clock = prepare(folder, wanted, progress=told)
        except KeyboardInterrupt:
            return 0
        helpdesk = Helpdesk(folder, settings, clock)
        stack.callback(helpdesk.close)
        try:
            bound = loopback_socket(port)
        except OSError as error:
            raise ConsoleError(f"No port from {port} on is free: name another one with --port.") from error
        server = HelpdeskServer(helpdesk, bound)
        server.start()
        stack.callback(server.join)
        if live:
            play = _live_play(helpdesk, state)
            play.start(live)
            stack.callback(play.stop)
        if end_with_stdin:
            threading.Thread(target=_watch_stdin, args=(ended,), daemon=True).start()
        announce(json.dumps(introduction(helpdesk, server.url)))
        while not ended.wait(3600):
            pass
    return 0


def introduction(helpdesk: Helpdesk, url: str) -> dict[str, str | int]:
    """What a client needs to sign in: addresses, logins and tokens."""
    with helpdesk.database.reading() as connection:
        told: dict[str, str | int] = {"url": url}
        for name, prefix in (("agent", ""), ("admin", "admin_")):
            user_id = int(get_meta(connection, f"{name}_id") or 0)
            user = connection.execute("SELECT email FROM users WHERE id = ?", (user_id,)).fetchone()
            told[f"{prefix}login"] = str(user["email"])
            for kind, key in (("api", f"{prefix}token"), ("bearer", f"{name}_bearer")):
                row = connection.execute(
                    "SELECT token FROM tokens WHERE user_id = ? AND kind = ? ORDER BY created LIMIT 1",
                    (user_id, kind),
                ).fetchone()
                told[key] = str(row["token"])
        told["pid"] = os.getpid()
        return told


def _epoch(now: str | None) -> int | None:
    if now is None:
        return None
    try:
        return parse_instant(now) // 1_000_000
    except ValueError:
        raise UsageError(f"“{now}” is no time, as 2026-01-31T09:00:00Z would be.") from None


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="agentconsole-helpdesk-") as name:
            yield Path(name)
        return
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConsoleError(f"The folder {data} cannot be made: {error.strerror}.") from error
    yield data


@contextmanager
def _ending_signals(ended: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch_stdin(ended: threading.Event) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        # A standard input that cannot be read has ended as well.
        pass
    ended.set()


def _live_play(helpdesk: Helpdesk, state: State) -> LivePlay:
    from agentconsole.demo.content.live import LiveMaterial

    company = company_of(state)
    rng = random.Random(f"live {state.seed} {helpdesk.clock.now()}")  # noqa: S311 - not for secrets
    return LivePlay(helpdesk, LiveMaterial(company), company.agent_id, rng)
