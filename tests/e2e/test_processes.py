"""The program as a process: how it starts, ends, and works against a real helpdesk."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.bootstrap import worker_command
from agentconsole.sync.lock import hold
from tests.e2e.programs import end_with_the_test, environment, processes_of, program, run, wait_until
from tests.support.helpdesk import RunningHelpdesk, open_helpdesk
from tests.support.profile import filled_profile

HEAVY = (
    "sqlmodel",
    "sqlalchemy",
    "alembic",
    "httpx",
    "keyring",
    "whoosh",
    "cryptography",
    "starlette",
    "uvicorn",
)

FIRST_FRAME = """
import asyncio, sys
from pathlib import Path
from agentconsole.bootstrap import open_desk
from agentconsole.tui.app import ConsoleApp

async def first_frame():
    app = ConsoleApp(open_desk(Path(sys.argv[1])))
    seen = []
    async with app.run_test(size=(120, 40)) as pilot:
        app.call_after_refresh(lambda: seen.append(sorted(sys.modules)))
        await pilot.pause()
    return seen[0]

loaded = asyncio.run(first_frame())
print(" ".join(name for name in loaded if name.split(".")[0] in sys.argv[2:]))
"""


def test_the_version_is_told_without_loading_anything(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[:] = ['agentconsole', '--version']\n"
        "from agentconsole.cli import main\n"
        "heavy = ('textual', 'rich', 'sqlite3', 'asyncio', 'httpx')\n"
        "print(main(), [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines()[0].startswith("agentconsole ")
    assert done.stdout.splitlines()[1] == "0 []"
    assert not (tmp_path / "data").exists()


def test_the_first_frame_loads_no_heavy_library(tmp_path: Path) -> None:
    with filled_profile(tmp_path / "profile") as profile:
        done = subprocess.run(
            [sys.executable, "-c", FIRST_FRAME, str(profile.home), *HEAVY],
            env=environment(tmp_path),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_a_listing_into_a_pipe_that_closes_ends_quietly(tmp_path: Path) -> None:
    with filled_profile(tmp_path / "profile") as profile:
        words = program("--home", str(profile.home), "list", "--json")
        process = end_with_the_test(
            subprocess.Popen(
                words, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
            )
        )
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
        process.stderr.close()
        assert process.wait(20) == 0
        assert told == b""


@pytest.fixture(scope="module")
def helpdesk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHelpdesk]:
    running = open_helpdesk(tmp_path_factory.mktemp("helpdesk"), tickets=30)
    yield running
    running.close()


def add_account(home: Path, helpdesk: RunningHelpdesk) -> subprocess.CompletedProcess[str]:
    words = ["account", "add", "desk", "--url", helpdesk.url, "--login", helpdesk.login, "--secret", "file"]
    return run(home, *words, given=f"{helpdesk.token}\n")


def test_one_ticket_from_account_to_answer_by_commands(tmp_path: Path, helpdesk: RunningHelpdesk) -> None:
    added = add_account(tmp_path, helpdesk)
    assert added.returncode == 0, added.stderr
    assert "knows you as" in added.stdout
    synced = run(tmp_path, "sync", "--json")
    assert synced.returncode == 0, synced.stderr
    document = json.loads(synced.stdout)
    assert document["up_to_date"] is True
    assert document["tickets"] > 0

    rows = json.loads(run(tmp_path, "list", "--json").stdout)["tickets"]
    number = rows[0]["remote_id"]
    text = "Wir kümmern uns — {{ticket.id}} 包裹\n\nGreetings"
    assert run(tmp_path, "reply", f"#{number}", "--yes", given=text).returncode == 0
    sent = run(tmp_path, "sync", "--once")
    assert sent.returncode == 0, sent.stderr
    same = [one for one in helpdesk.public_texts(int(number)) if "kümmern" in one]
    assert [one.split() for one in same] == [text.split()]
    [change] = json.loads(run(tmp_path, "outbox", "list", "--all", "--json").stdout)["changes"]
    assert change["state"] == "sent"
    assert json.loads(run(tmp_path, "doctor", "--json").stdout)["sound"] is True

    # What is kept of all this holds the secret in one place alone.
    holding = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and helpdesk.token.encode() in path.read_bytes()
    ]
    assert [path.suffix for path in holding] == [".token"]


def test_an_answer_written_while_the_helpdesk_is_away_goes_out_later_once(
    tmp_path: Path, helpdesk: RunningHelpdesk
) -> None:
    add_account(tmp_path, helpdesk)
    run(tmp_path, "sync")
    number = json.loads(run(tmp_path, "list", "--json").stdout)["tickets"][1]["remote_id"]
    helpdesk.stop()
    try:
        assert run(tmp_path, "reply", number, "--yes", given="Written on a train").returncode == 0
        away = run(tmp_path, "sync", "--once")
        assert away.returncode == 1
        assert "Traceback" not in away.stderr
        assert json.loads(run(tmp_path, "outbox", "--json").stdout)["changes"][0]["state"] == "queued"
    finally:
        helpdesk.start()
    for _ in range(2):
        assert run(tmp_path, "sync", "--once").returncode == 0
    assert helpdesk.public_texts(int(number)).count("Written on a train") == 1


def test_a_refused_login_is_one_sentence_and_keeps_the_account(
    tmp_path: Path, helpdesk: RunningHelpdesk
) -> None:
    words = ["account", "add", "desk", "--url", helpdesk.url, "--login", helpdesk.login, "--secret", "file"]
    added = run(tmp_path, *words, given="wrong-token-0123456789\n")
    assert added.returncode == 1
    assert added.stderr.count("\n") == 1
    assert "The account is kept as given" in added.stderr
    assert "wrong-token" not in added.stderr + added.stdout
    tested = run(tmp_path, "account", "test")
    assert tested.returncode == 1
    doctored = run(tmp_path, "doctor")
    assert doctored.returncode == 1
    assert "FAIL  account" in doctored.stdout


def test_a_helpdesk_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    words = [
        "account",
        "add",
        "desk",
        "--url",
        "http://127.0.0.1:9",
        "--login",
        "a@b.example",
        "--secret",
        "file",
    ]
    added = run(tmp_path, *words, given="tok-0123456789\n")
    assert added.returncode == 1
    assert added.stderr.count("\n") == 1
    synced = run(tmp_path, "sync")
    assert synced.returncode == 1
    assert "Traceback" not in synced.stderr
    assert "127.0.0.1:9" in synced.stderr


def test_the_workers_command_line_is_one_the_program_knows(tmp_path: Path) -> None:
    process = end_with_the_test(
        subprocess.Popen(
            worker_command(),
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    )
    assert process.stdin is not None and process.stderr is not None
    lock = tmp_path / "data" / "worker.lock"
    wait_until(lambda: lock.exists() and lock.read_text().strip() == str(process.pid), "the worker runs")
    process.stdin.close()
    assert process.wait(20) == 0, process.stderr.read()
    process.stderr.close()


class Terminal:
    """A program on a terminal of its own."""

    def __init__(
        self, home: Path, *, term: str = "xterm-256color", command: list[str] | None = None, **more: str
    ) -> None:
        self.told = b""
        self._fd, far_end = pty.openpty()
        termios.tcsetwinsize(far_end, (40, 140))
        self._process = end_with_the_test(
            subprocess.Popen(
                command or program(),
                env=environment(home, TERM=term, **more),
                stdin=far_end,
                stdout=far_end,
                stderr=far_end,
                start_new_session=True,
            )
        )
        os.close(far_end)
        self.pid = self._process.pid

    def wait_for(self, text: bytes, seconds: float = 40.0) -> None:
        """Read until a text has come."""
        deadline = time.monotonic() + seconds
        while text not in self.told:
            assert time.monotonic() < deadline, self.told[-2000:]
            if select.select([self._fd], [], [], 0.2)[0]:
                try:
                    self.told += os.read(self._fd, 65536)
                except OSError:
                    assert text in self.told, self.told[-2000:]

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    def end(self, seconds: float = 30.0) -> int:
        """Read to the end; the exit code, negative for a signal."""
        deadline = time.monotonic() + seconds
        while True:
            if select.select([self._fd], [], [], 0.1)[0]:
                try:
                    self.told += os.read(self._fd, 65536)
                except OSError:
                    pass
            code = self._process.poll()
            if code is not None:
                os.close(self._fd)
                return code
            assert time.monotonic() < deadline, self.told[-2000:]


def test_a_dumb_terminal_is_refused(tmp_path: Path) -> None:
    for term in ("dumb", ""):
        terminal = Terminal(tmp_path, term=term)
        assert terminal.end() == 1
        assert b"cannot draw a screen" in terminal.told


def test_a_profile_without_an_account_opens_on_its_offer(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.wait_for(b"no account yet")
    terminal.type(b"q")
    assert terminal.end() == 0
    assert b"\x1b[?1049l" in terminal.told


def test_a_second_console_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    with filled_profile(tmp_path / "p") as profile, hold(profile.paths.console_lock, "console"):
        terminal = Terminal(profile.home)
        assert terminal.end() == 1
    assert f"process {os.getpid()}".encode() in terminal.told
    assert b"\x1b[?1049h" not in terminal.told


def test_a_damaged_database_is_told_before_the_screen_opens(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "agentconsole.db").write_bytes(b"not a database" * 1000)
    terminal = Terminal(tmp_path)
    assert terminal.end() == 1
    assert b"agentconsole.db" in terminal.told
    assert b"Traceback" not in terminal.told
    assert b"\x1b[?1049h" not in terminal.told


def test_a_reply_is_written_in_the_editor_where_there_is_a_terminal(tmp_path: Path) -> None:
    script = tmp_path / "edit.sh"
    script.write_text('cp "$1" "$0.before"; printf "From the editor$AGENTCONSOLE_PASSPHRASE\\n" > "$1"')
    with filled_profile(tmp_path / "p") as profile:
        profile.close()
        command = program("--home", str(profile.home), "reply", "41", "--macro", "shop:m1")
        terminal = Terminal(
            profile.home, command=command, EDITOR=f"sh '{script}'", AGENTCONSOLE_PASSPHRASE="x"
        )
        assert terminal.end() == 0, terminal.told
        assert b"anna@customer.example" in terminal.told
        shown = run(profile.home, "outbox", "--json")
        [change] = json.loads(shown.stdout)["changes"]
        assert change["message"]["text"] == "From the editor\n"
        assert (tmp_path / "edit.sh.before").read_text() == "Hi Anna, it is on its way."
        failing = Terminal(profile.home, command=program("reply", "41"), EDITOR="false")
        assert failing.end() == 1
        assert b"nothing was queued" in failing.told


def test_a_fault_inside_the_screen_is_one_sentence_and_in_the_log(tmp_path: Path) -> None:
    with filled_profile(tmp_path / "p") as profile:
        profile.close()
        code = (
            "import sys\n"
            "from agentconsole.cli import main\n"
            "from agentconsole.tui.screens.main import MainScreen\n"
            "def fail(self): customer = 'text of a \\x1b]0;customer'; raise ZeroDivisionError(customer)\n"
            "MainScreen.on_mount = fail\n"
            "sys.exit(main([]))"
        )
        terminal = Terminal(profile.home, command=[sys.executable, "-c", code])
        assert terminal.end() == 1
        after = terminal.told.rpartition(b"\x1b[?1049l")[2]
        assert b"went wrong inside the program (ZeroDivisionError)" in after
        assert b"customer" not in after
        log = (profile.paths.logs_dir / "console.log").read_text()
        assert "ZeroDivisionError: text of a" in log
        assert "\x1b" not in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_ends_the_worker(tmp_path: Path, number: int) -> None:
    with filled_profile(tmp_path / "p") as profile:
        profile.close()
        terminal = Terminal(profile.home)
        terminal.wait_for(b"parcel")
        lock = profile.paths.worker_lock
        wait_until(lambda: lock.exists() and lock.read_text().strip() != "", "the worker runs")
        os.kill(terminal.pid, number)
        terminal.end()
        assert b"\x1b[?1049l" in terminal.told
        wait_until(lambda: processes_of(profile.home) == {}, "no process is left")


def test_a_killed_console_leaves_no_process(tmp_path: Path) -> None:
    with filled_profile(tmp_path / "p") as profile:
        profile.close()
        terminal = Terminal(profile.home)
        terminal.wait_for(b"parcel")
        lock = profile.paths.worker_lock
        wait_until(lambda: lock.exists() and lock.read_text().strip() != "", "the worker runs")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.end() == -signal.SIGKILL
        wait_until(lambda: processes_of(profile.home) == {}, "no process is left")
