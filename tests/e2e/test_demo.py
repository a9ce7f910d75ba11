"""`agentconsole demo --headless`: once, again, beside another, with its port taken, after a kill."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentconsole.cli_commands.demo import say_where
from agentconsole.cli_commands.demo_profile import DemoProfile, held_profile
from agentconsole.cli_commands.demo_server import usual_port
from agentconsole.config import Paths, read_config
from agentconsole.domain.times import DAY, HOUR
from tests.e2e.programs import end_with_the_test, environment, processes_of, program, run, start, wait_until

TICKETS = ("--tickets", "120")


@dataclass(frozen=True)
class FirstRun:
    """Where a demo has run once, and what it said."""

    home: Path
    port: int
    """Its usual one; somebody else has it."""
    done: subprocess.CompletedProcess[str]


def assert_whole(code: int, out: str, err: str) -> None:
    assert code == 0, out + err
    steps = re.findall(r"^(\d+)/10  ", out, re.MULTILINE)
    assert steps == [str(number) for number in range(1, 11)]
    assert "1 public comment\n" in out
    assert "status solved" in out
    assert "All of it is true." in out
    assert "Traceback" not in err


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRun]:
    """A home with a demo that has run once, with its usual port taken by somebody else."""
    home = tmp_path_factory.mktemp("demo")
    port = usual_port(home / "demo" / "helpdesk")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen(1)
        yield FirstRun(home, port, run(home, "demo", "--headless", *TICKETS))
    assert processes_of(home) == {}


@pytest.fixture
def home(first_run: FirstRun) -> Path:
    return first_run.home


def opened_ticket(out: str) -> str:
    [found] = re.findall(r"Ticket demo#(\d+) is opened", out)
    return str(found)


def test_it_does_the_main_job_although_its_port_is_taken(first_run: FirstRun) -> None:
    done = first_run.done
    assert_whole(done.returncode, done.stdout, done.stderr)
    assert f":{first_run.port};" not in done.stdout
    assert "14 are yours" in done.stdout


def test_the_printed_commands_work_afterwards(home: Path, tmp_path: Path) -> None:
    assert run(home, "demo", "--where").stdout == f"{home / 'demo'}\n"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        say_where(DemoProfile(Paths(home / "demo")))
    lines = [
        shlex.split(line) for line in printed.getvalue().splitlines() if line.startswith("  agentconsole")
    ]
    listing, show, search = [words[1:] for words in lines]
    # Their own --home must be enough.
    listed = run(tmp_path / "elsewhere", *listing)
    assert listed.returncode == 0, listed.stderr
    tickets = [row.split()[0].rstrip("*") for row in listed.stdout.splitlines()[1:]]
    assert 0 < len(tickets) < 14
    shown = run(tmp_path / "elsewhere", *[tickets[0] if word == "TICKET" else word for word in show])
    assert shown.returncode == 0, shown.stderr
    assert "---" in shown.stdout
    found = run(tmp_path / "elsewhere", *search)
    assert found.returncode == 0, found.stderr
    assert "efund" in found.stdout


def test_it_leaves_the_token_nowhere_but_in_its_place(home: Path) -> None:
    folder = home / "demo"
    [place] = (folder / "data" / "secrets").iterdir()
    token = place.read_text().strip().encode()
    assert len(token) > 20
    assert place.stat().st_mode & 0o777 == 0o600
    holding = {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*")
        if path.is_file() and path != place and token in path.read_bytes()
    }
    # The embedded helpdesk knows its own tokens; nothing of the console's does.
    assert holding <= {"helpdesk"}


def test_a_run_without_a_terminal_is_headless_and_goes_on_with_the_former_state(
    home: Path, first_run: FirstRun
) -> None:
    done = run(home, "demo")
    assert_whole(done.returncode, done.stdout, done.stderr)
    assert "begins anew" not in done.stdout
    assert opened_ticket(done.stdout) != opened_ticket(first_run.done.stdout)


def test_after_a_kill_it_works_and_nothing_is_left(home: Path) -> None:
    process = start(home, "demo", "--headless")
    assert process.stdout is not None and process.stderr is not None
    for line in process.stdout:
        if line.startswith("2/10"):
            break
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    again = run(home, "demo", "--headless")
    assert_whole(again.returncode, again.stdout, again.stderr)
    wait_until(lambda: processes_of(home) == {}, "the killed demo's helpdesk ends")


def test_two_at_once_have_a_profile_each(home: Path) -> None:
    # The second has run before too, which spares the time of a first sync.
    shutil.copytree(home / "demo", home / "demo-2")
    first, second = start(home, "demo", "--headless"), start(home, "demo", "--headless")
    told = []
    for process in (first, second):
        out, err = process.communicate(timeout=100)
        assert_whole(process.returncode, out, err)
        told.append(out.splitlines()[0].removeprefix("The demo's profile is "))
    assert sorted(told) == [str(home / "demo"), str(home / "demo-2")]
    urls = {read_config(Path(folder) / "config.toml").accounts[0].url for folder in told}
    assert len(urls) == 2
    wait_until(lambda: processes_of(home) == {}, "both leave no process")


def test_a_failing_step_is_told_and_is_no_success(home: Path, tmp_path: Path) -> None:
    """With its helpdesk killed in the middle, the demo must not say that all went well."""
    process = start(home, "demo", "--headless")
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("1/10"):
            [helpdesk] = [pid for pid, words in processes_of(home).items() if "helpdesk" in words]
            subprocess.run(["kill", "-9", str(helpdesk)], check=True)
            break
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "FAILED" in out
    assert "Traceback" not in out + err


def test_when_the_demo_begins_anew(tmp_path: Path) -> None:
    profile = DemoProfile(Paths(tmp_path / "demo"))
    now = 1_000 * DAY
    assert profile.begin(tickets=None, fresh=False, now=now) == (1500, None)
    kept = profile.paths.data_dir / "agentconsole.db"
    kept.parent.mkdir(parents=True)
    kept.write_text("x")
    profile.paths.config_file.write_text("# mine")
    assert profile.begin(tickets=None, fresh=False, now=now + 23 * HOUR) == (1500, None)
    assert profile.begin(tickets=1500, fresh=False, now=now + 23 * HOUR) == (1500, None)
    assert kept.exists()
    count, reason = profile.begin(tickets=None, fresh=False, now=now + DAY + 1)
    assert count == 1500
    assert reason is not None and "over a day old" in reason
    assert not kept.exists()
    assert profile.paths.config_file.read_text() == "# mine"
    kept.write_text("x")
    assert profile.begin(tickets=20, fresh=False, now=now + DAY + 2)[1] == "it had 1,500 tickets"
    assert profile.begin(tickets=None, fresh=False, now=now + DAY + 3) == (20, None)
    assert profile.begin(tickets=None, fresh=True, now=now + DAY + 4) == (20, "as asked")
    (profile.paths.home / "demo.json").write_text("{")
    assert profile.begin(tickets=None, fresh=False, now=now)[1] == "it was not whole"


def test_a_demo_takes_the_first_profile_that_is_free(tmp_path: Path) -> None:
    with held_profile(tmp_path) as first, held_profile(tmp_path) as second:
        assert (first.paths.home.name, second.paths.home.name) == ("demo", "demo-2")
    with held_profile(tmp_path) as again:
        assert again.paths.home.name == "demo"


def test_the_embedded_helpdesk_ends_with_its_parents_pipe(tmp_path: Path) -> None:
    process = end_with_the_test(
        subprocess.Popen(
            program("helpdesk", "--parent-pipe", "--tickets", "5", "--data", str(tmp_path / "hd")),
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
    )
    assert process.stdin is not None and process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert told["url"].startswith("http://127.0.0.1:")
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()
