"""`agentconsole demo --headless`: once, again, beside another, with its port taken, after a kill."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from agentconsole.cli_commands.demo import say_where
from agentconsole.cli_commands.demo_profile import DemoProfile, held_profile
from agentconsole.cli_commands.demo_server import usual_port
from agentconsole.config import Paths, read_config
from agentconsole.domain.times import DAY, HOUR
from tests.e2e.conftest import environment, processes_of, program, run, start, wait_until

pytestmark = pytest.mark.xdist_group("demo")

TICKETS = ("--tickets", "120")


def assert_whole(code: int, out: str, err: str) -> None:
    assert code == 0, out + err
    steps = re.findall(r"^(\d+)/10  ", out, re.MULTILINE)
    assert steps == [str(number) for number in range(1, 11)]
    assert "1 public comment\n" in out
    assert "status solved" in out
    assert "All of it is true." in out
    assert "Traceback" not in err


def test_it_does_the_main_job_although_its_port_is_taken(shared_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", usual_port(shared_home / "demo" / "helpdesk")))
        taken.listen(1)
        done = run(shared_home, "demo", "--headless", *TICKETS)
    assert_whole(done.returncode, done.stdout, done.stderr)
    assert processes_of(shared_home) == {}


def test_the_printed_commands_work_afterwards(shared_home: Path, tmp_path: Path) -> None:
    assert run(shared_home, "demo", "--where").stdout == f"{shared_home / 'demo'}\n"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        say_where(DemoProfile(Paths(shared_home / "demo")))
    lines = [
        shlex.split(line) for line in printed.getvalue().splitlines() if line.startswith("  agentconsole")
    ]
    listing, show, search = [words[1:] for words in lines]
    # Their own --home must be enough.
    listed = run(tmp_path / "elsewhere", *listing)
    assert listed.returncode == 0, listed.stderr
    tickets = [row.split()[0].rstrip("*") for row in listed.stdout.splitlines()[1:]]
    assert len(tickets) == 13
    shown = run(tmp_path / "elsewhere", *[tickets[0] if word == "TICKET" else word for word in show])
    assert shown.returncode == 0, shown.stderr
    assert "---" in shown.stdout
    found = run(tmp_path / "elsewhere", *search)
    assert found.returncode == 0, found.stderr
    assert "efund" in found.stdout


def test_it_leaves_the_token_nowhere_but_in_its_place(shared_home: Path) -> None:
    folder = shared_home / "demo"
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


def test_a_run_without_a_terminal_is_headless_and_goes_on_with_the_former_state(shared_home: Path) -> None:
    done = run(shared_home, "demo")
    assert_whole(done.returncode, done.stdout, done.stderr)
    assert "begins anew" not in done.stdout
    assert "13 are yours" in done.stdout


def test_after_a_kill_it_works_and_nothing_is_left(shared_home: Path) -> None:
    process = start(shared_home, "demo", "--headless")
    assert process.stdout is not None and process.stderr is not None
    for line in process.stdout:
        if line.startswith("2/10"):
            break
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    again = run(shared_home, "demo", "--headless")
    assert_whole(again.returncode, again.stdout, again.stderr)
    wait_until(lambda: processes_of(shared_home) == {}, "the killed demo's helpdesk ends")


def test_two_at_once_have_a_profile_each(shared_home: Path) -> None:
    first = start(shared_home, "demo", "--headless", *TICKETS)
    second = start(shared_home, "demo", "--headless", *TICKETS)
    told = []
    for process in (first, second):
        out, err = process.communicate(timeout=100)
        assert_whole(process.returncode, out, err)
        told.append(out.splitlines()[0].removeprefix("The demo's profile is "))
    assert sorted(told) == [str(shared_home / "demo"), str(shared_home / "demo-2")]
    urls = {read_config(Path(folder) / "config.toml").accounts[0].url for folder in told}
    assert len(urls) == 2
    wait_until(lambda: processes_of(shared_home) == {}, "both leave no process")


def test_a_failing_step_is_told_and_is_no_success(shared_home: Path, tmp_path: Path) -> None:
    """With its helpdesk killed in the middle, the demo must not say that all went well."""
    process = start(shared_home, "demo", "--headless")
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("1/10"):
            [helpdesk] = [pid for pid, words in processes_of(shared_home).items() if "helpdesk" in words]
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
    process = subprocess.Popen(
        program("helpdesk", "--parent-pipe", "--tickets", "5", "--data", str(tmp_path / "hd")),
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdin is not None and process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert told["url"].startswith("http://127.0.0.1:")
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()
