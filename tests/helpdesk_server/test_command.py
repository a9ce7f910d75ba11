"""The helpdesk as a program: started, stopped, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

PROGRAM = """
import sys
from pathlib import Path
from agentconsole.demo.command import run
from agentconsole.domain.errors import ConsoleError

def announce(line):
    print(line, flush=True)

port, data, tickets, now, live, pipe, reanchor = sys.argv[1:]
try:
    sys.exit(run(int(port), Path(data) if data else None, int(tickets), 1, now or None,
                 float(live) if live else None, None, announce=announce,
                 end_with_stdin=bool(pipe), reanchor=bool(reanchor)))
except ConsoleError as error:
    print(error.sentence, file=sys.stderr)
    sys.exit(1)
"""


class Program:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []

    def start(
        self,
        *,
        port: int = 0,
        data: Path | None = None,
        tickets: int = 40,
        now: str = "",
        live: str = "",
        pipe: bool = False,
        reanchor: bool = False,
    ) -> subprocess.Popen[str]:
        arguments = [
            str(port),
            str(data or ""),
            str(tickets),
            now,
            live,
            "1" if pipe else "",
            "1" if reanchor else "",
        ]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(self.folder)},
        )
        self.started.append(process)
        return process

    def ready(self, **options: Any) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        process = self.start(**options)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        return process, json.loads(line)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()


def get(told: dict[str, Any], path: str, **params: Any) -> dict[str, Any]:
    auth = (f"{told['admin_login']}/token", told["admin_token"])
    answer = httpx.get(f"{told['url']}/api/v2{path}", auth=auth, params=params, trust_env=False, timeout=20)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> str:
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    return errors


def test_the_first_line_says_how_to_sign_in(program: Program, tmp_path: Path) -> None:
    process, told = program.ready()
    assert set(told) == {
        "url", "login", "token", "admin_login", "admin_token", "agent_bearer", "admin_bearer", "pid",
    }  # fmt: skip
    assert told["pid"] == process.pid
    assert get(told, "/tickets/count")["count"]["value"] == 40
    agent = {"Authorization": f"Bearer {told['agent_bearer']}"}
    me = httpx.get(f"{told['url']}/api/v2/users/me", headers=agent, trust_env=False).json()["user"]
    assert me["email"] == told["login"]
    assert list(tmp_path.glob("agentconsole-helpdesk-*"))
    end(process)
    assert not list(tmp_path.glob("agentconsole-helpdesk-*")), "a folder of its own is removed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signals_end_it_cleanly(program: Program, tmp_path: Path, number: signal.Signals) -> None:
    process, _ = program.ready()
    end(process, number)
    assert not list(tmp_path.glob("agentconsole-helpdesk-*"))


def test_it_ends_with_its_standard_input_only_when_asked(program: Program) -> None:
    tied, told = program.ready(pipe=True)
    free, free_told = program.ready()
    for process in (tied, free):
        assert process.stdin is not None
        process.stdin.close()
    assert tied.wait(timeout=20) == 0
    with pytest.raises(httpx.ConnectError):
        get(told, "/tickets/count")
    assert get(free_told, "/tickets/count")
    free.send_signal(signal.SIGTERM)
    assert free.wait(timeout=20) == 0


def test_state_and_tokens_survive_a_kill(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "state"
    first, told = program.ready(data=data)
    ticket = get(told, "/search", query="type:ticket status:open")["results"][0]["id"]
    auth = (f"{told['login']}/token", told["token"])
    change = {"ticket": {"comment": {"body": "Kept?", "public": False}}}
    answer = httpx.put(f"{told['url']}/api/v2/tickets/{ticket}", auth=auth, json=change, trust_env=False)
    assert answer.status_code == 200
    first.kill()
    first.wait()
    second, again = program.ready(data=data, tickets=5)
    assert again["token"] == told["token"]
    assert get(again, "/tickets/count")["count"]["value"] == 40
    assert get(again, f"/tickets/{ticket}/comments")["comments"][-1]["body"] == "Kept?"
    assert stat.S_IMODE((data / "helpdesk.sqlite3").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    end(second)


def test_killed_while_filling_it_fills_again(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "state"
    process = program.start(data=data, tickets=30_000)
    assert process.stderr is not None
    partial = data / "helpdesk.sqlite3.seeding"
    deadline = time.monotonic() + 30
    while not (partial.exists() and partial.stat().st_size > 100_000):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (data / "helpdesk.sqlite3").exists()
    second, told = program.ready(data=data, tickets=30)
    assert get(told, "/tickets/count")["count"]["value"] == 30
    assert not partial.exists()
    end(second)


def test_a_taken_port_gives_the_next(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process, told = program.ready(port=port)
        assert told["url"] != f"http://127.0.0.1:{port}"
        assert get(told, "/tickets/count")
        end(process)


def test_a_second_helpdesk_on_a_folder_is_refused(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "state"
    process, _ = program.ready(data=data)
    second = program.start(data=data)
    _, errors = second.communicate(timeout=20)
    assert second.returncode == 1
    assert "Another helpdesk is running" in errors
    end(process)


def test_what_is_no_helpdesk_is_left_alone(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "state"
    data.mkdir()
    (data / "helpdesk.sqlite3").write_text("my diary, quite long enough to be none of SQLite's own files")
    process = program.start(data=data)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cannot be read as a helpdesk" in errors
    assert "diary" in (data / "helpdesk.sqlite3").read_text()


def test_the_clock_begins_where_it_is_told(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "state"
    process, told = program.ready(data=data, now="2030-05-05T12:00:00Z")
    newest = get(told, "/search", query="type:ticket", sort_by="updated_at")["results"][0]
    assert newest["updated_at"].startswith("2030-05-0")
    auth = (f"{told['login']}/token", told["token"])
    body = {"ticket": {"subject": "Now", "comment": {"body": "When?"}}}
    made = httpx.post(f"{told['url']}/api/v2/tickets", auth=auth, json=body, trust_env=False).json()["ticket"]
    assert made["created_at"].startswith("2030-05-05T12:0")
    end(process)
    process, told = program.ready(data=data)
    made = httpx.post(f"{told['url']}/api/v2/tickets", auth=auth, json=body, trust_env=False).json()["ticket"]
    assert made["created_at"].startswith("2030-05-05T12:0"), "it goes on from there after a restart"
    end(process)


@pytest.mark.parametrize("reanchor", [True, False])
def test_an_old_state_is_made_anew_only_for_the_demo(
    program: Program, tmp_path: Path, reanchor: bool
) -> None:
    data = tmp_path / "state"
    process, told = program.ready(data=data)
    end(process)
    with sqlite3.connect(data / "helpdesk.sqlite3") as connection:
        connection.execute("UPDATE meta SET value = value - 90000 WHERE key = 'seeded_now'")
    connection.close()
    process, again = program.ready(data=data, reanchor=reanchor)
    assert (again["token"] != told["token"]) is reanchor
    end(process)


def test_live_mode_brings_events(program: Program) -> None:
    process, told = program.ready(live="1200")
    start = httpx.get(f"{told['url']}/api/v2/users/me", trust_env=False)
    assert start.status_code == 200
    deadline = time.monotonic() + 20
    before = get(told, "/search/count", query="type:ticket updated>1minute")["count"]
    while get(told, "/search/count", query="type:ticket updated>1minute")["count"] < before + 5:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    end(process)
