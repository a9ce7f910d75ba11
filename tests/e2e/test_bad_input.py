"""Bad input as a user of the commands meets it: one clear sentence, nothing lost, the rest goes on.

The commands run in this process, against a real helpdesk on the loopback.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli import main
from agentconsole.cli_commands.demo_headless import run_main_job
from agentconsole.cli_commands.demo_server import Announcement, DemoServer
from agentconsole.config import profile_paths
from agentconsole.demo.prepare import FolderLock
from agentconsole.desk import replies
from agentconsole.domain.errors import ConsoleError
from agentconsole.helpdesks.base import Capabilities
from agentconsole.helpdesks.zendesk import adapter
from agentconsole.store import database
from agentconsole.sync.lock import hold
from agentconsole.sync.worker import EXIT_STOPPED
from tests.e2e.programs import environment, processes_of, program, start, wait_until
from tests.e2e.test_processes import Terminal
from tests.support.helpdesk import RunningHelpdesk, open_helpdesk
from tests.support.profile import filled_profile, profile_of
from tests.unit.cli.conftest import Outcome

Command = Callable[..., Outcome]

TEXT = "Written whatever comes"


class _NoHelpdesk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


class _Input(io.TextIOWrapper):
    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHelpdesk]:
    running = open_helpdesk(tmp_path_factory.mktemp("helpdesk"), tickets=20)
    yield running
    running.close()


@pytest.fixture(scope="module")
def synced(shared: RunningHelpdesk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile that is up to date."""
    home = tmp_path_factory.mktemp("synced") / "profile"
    account = profile_of(shared, home)
    assert main(["--home", str(home), "sync", "--once"]) == 0
    with desk_for_command(home) as desk:
        replies.recipients_confirmed(desk, account.name)
    return home


@pytest.fixture
def server(shared: RunningHelpdesk) -> Iterator[RunningHelpdesk]:
    yield shared
    shared.reset()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded helpdesk is done with a request at once: a lost answer is looked for soon."""
    monkeypatch.setattr(adapter, "Capabilities", partial(Capabilities, settle_seconds=0.2))


@pytest.fixture
def home(synced: Path, tmp_path: Path) -> Path:
    shutil.copytree(synced, tmp_path / "profile")
    return tmp_path / "profile"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def command(*words: str, given: str = "") -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", _Input(given))
        code = main(["--home", str(home), *words])
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return command


def told_once(outcome: Outcome, words: str, code: int = 1) -> None:
    """One line on standard error has it; no traceback, no control characters, no secret."""
    assert outcome.code == code, outcome
    saying = [line for line in outcome.err.splitlines() if words in line]
    assert len(saying) == 1, outcome.err
    assert "Traceback" not in outcome.err + outcome.out
    assert all(character.isprintable() or character == "\n" for character in outcome.err)


def queued_reply(run: Command) -> str:
    """Queue a reply to an open ticket of the agent's; gives the ticket's number."""
    found = run("list", "status:open", "--json", "--limit", "1").document["tickets"]
    number = str(found[0]["remote_id"])
    assert run("reply", f"#{number}", given=TEXT).code == 0
    return number


def states(run: Command) -> list[str]:
    changes: list[dict[str, Any]] = run("outbox", "list", "--all", "--json").document["changes"]
    return [change["state"] for change in changes]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("unauthorized", "refused the login"),
        ("forbidden", "does not allow"),
        ("server_error", "failed inside"),
        ("not_json", "not JSON"),
        ("drop_before", "broke before"),
    ],
)
def test_a_helpdesk_that_fails_is_told_and_the_reply_waits(
    run: Command, server: RunningHelpdesk, fault: str, words: str
) -> None:
    number = queued_reply(run)
    server.plant(fault, times=None)
    told_once(run("sync", "--once"), words)
    assert set(states(run)) <= {"queued", "unknown"}
    assert run("show", f"#{number}").code == 0
    tested = run("account", "test")
    told_once(tested, words)
    assert server.token not in tested.err + tested.out

    server.clear_faults()
    assert run("sync", "--once").code == 0
    assert states(run) == ["sent"]
    assert server.public_texts(int(number)).count(TEXT) == 1


def test_a_wait_that_is_asked_for_is_told(run: Command, server: RunningHelpdesk) -> None:
    number = queued_reply(run)
    server.plant("rate_limited", times=None, retry_after=3600)
    synced = run("sync", "--once")
    told_once(synced, "asks to wait 3600 s", 1)
    assert "up to date" not in synced.out
    assert run("list").code == 0
    assert run("outbox", "list", "--json").document["changes"]
    server.clear_faults()
    assert run("sync", "--once").code == 0
    assert server.public_texts(int(number)).count(TEXT) == 1


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """The port of a web server that is no helpdesk."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _NoHelpdesk) as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield site.server_port
        site.shutdown()
        thread.join()


def test_any_page_of_the_helpdesk_is_address_enough(run: Command, server: RunningHelpdesk) -> None:
    options = ["--url", f"{server.url}/agent/dashboard", "--login", server.login, "--secret", "file"]
    added = run("account", "add", "other", *options, given=f"{server.token}\n")
    assert added.code == 0, added.err
    accounts = run("account", "list", "--json").document["accounts"]
    assert [one["url"] for one in accounts if one["name"] == "other"] == [server.url]


@pytest.mark.parametrize(
    ("url", "words", "code"),
    [
        ("http://127.0.0.1:{free}", "connection refused", 1),
        ("https://127.0.0.1:{port}", "no secure connection", 1),
        ("http://127.0.0.1:{elsewhere}", "There is no helpdesk of kind zendesk at", 1),
        ("https://company.invalid", "no connection to company.invalid", 1),
        ("http://company.example", "must be reached by https://", 2),
        ("company", "is no address", 2),
        ("https://me:word@company.example", "must hold no name or password", 2),
    ],
)
def test_a_wrong_address_is_told_with_what_to_do(
    run: Command,
    server: RunningHelpdesk,
    unused_tcp_port: int,
    elsewhere: int,
    url: str,
    words: str,
    code: int,
) -> None:
    url = url.format(free=unused_tcp_port, port=server.server.port, elsewhere=elsewhere)
    options = ["--url", url, "--login", server.login, "--secret", "file"]
    added = run("account", "add", "other", *options, given=f"{server.token}\n")
    told_once(added, words, code)
    names = [one["name"] for one in run("account", "list", "--json").document["accounts"]]
    assert names == (["desk", "other"] if code == 1 else ["desk"])
    if code == 1:
        assert "`agentconsole account add other` again" in added.err
        mended = run("account", "add", "other", "--url", server.url, given=f"{server.token}\n")
        assert mended.code == 0, mended.err


def test_a_login_that_is_refused_can_be_renewed(run: Command, server: RunningHelpdesk, home: Path) -> None:
    server.revoke_tokens(int(server.query("SELECT value FROM meta WHERE key = 'agent_id'")[0]["value"]))
    number = queued_reply(run)
    told_once(run("sync", "--once"), "refused the login")
    fresh = server.token_for(int(server.query("SELECT value FROM meta WHERE key = 'agent_id'")[0]["value"]))
    renewed = run("account", "add", "desk", given=f"{fresh}\n")
    assert renewed.code == 0, renewed.err
    assert "renewed" in renewed.out
    assert run("sync", "--once").code == 0
    assert server.public_texts(int(number)).count(TEXT) == 1
    holding = [
        path.name for path in home.rglob("*") if path.is_file() and fresh.encode() in path.read_bytes()
    ]
    assert holding == ["11111111-2222-3333-4444-555555555555.token"]


def test_a_passing_collision_409_is_got_over(run: Command, server: RunningHelpdesk) -> None:
    number = queued_reply(run)
    server.plant("database_conflict", method="PUT", times=2)
    assert run("sync", "--once").code == 0
    assert states(run) == ["sent"]
    assert server.public_texts(int(number)).count(TEXT) == 1


def test_a_field_that_a_colleague_changed_too_409_asks_whose_holds(
    run: Command, server: RunningHelpdesk
) -> None:
    number = run("list", "status:open", "--json", "--limit", "1").document["tickets"][0]["remote_id"]
    assert run("set", number, "priority=low").code == 0
    server.advance(5)
    server.act(102, int(number), {"priority": "urgent"})
    told_once(run("sync", "--once"), "1 conflict; `agentconsole outbox list`", 0)
    assert server.ticket(int(number))["priority"] == "urgent"
    [change] = run("outbox", "--json").document["changes"]
    shown = run("outbox", "show", change["id"])
    assert "priority: yours low, theirs urgent" in shown.out
    told_once(run("outbox", "retry", change["id"]), "--mine or --theirs", 2)
    assert run("outbox", "retry", change["id"], "--mine").code == 0
    assert run("sync", "--once").code == 0
    assert server.ticket(int(number))["priority"] == "low"


@pytest.mark.parametrize(
    ("fault", "words"), [("closed", "422"), ("forbidden", "does not allow"), ("gone", "any more")]
)
def test_a_reply_that_is_refused_gives_its_text_back(
    run: Command, server: RunningHelpdesk, fault: str, words: str
) -> None:
    number = queued_reply(run)
    if fault == "closed":
        server.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", int(number))
    elif fault == "gone":
        assert server.client(admin=True).delete(f"/tickets/{number}").status_code == 204
    else:
        server.plant(fault, method="PUT")
    told_once(run("sync", "--once"), "1 rejected; `agentconsole outbox list`", 0)
    [change] = run("outbox", "--json").document["changes"]
    assert change["state"] == "rejected"
    assert words in change["error"]
    assert run("drafts", "--json").document["drafts"][0]["text"] == TEXT


@pytest.mark.parametrize("fault", ["server_error", "not_json", "drop_after", "drop_before"])
def test_an_answer_that_is_lost_ends_in_exactly_one(
    run: Command, server: RunningHelpdesk, fault: str
) -> None:
    number = queued_reply(run)
    server.plant(fault, method="PUT")
    for _ in range(10):
        run("sync", "--once")
        if states(run) == ["sent"]:
            break
    assert states(run) == ["sent"]
    assert server.public_texts(int(number)).count(TEXT) == 1


def test_a_record_that_does_not_parse_is_left_out_and_told(run: Command, server: RunningHelpdesk) -> None:
    server.advance(120)
    customer = int(server.query("SELECT requester_id FROM tickets LIMIT 1")[0]["requester_id"])
    fresh = [server.new_ticket(customer, f"Fresh {number}", "Hello") for number in range(3)]
    server.plant("malformed_record", path="search/export")
    assert run("sync", "--once").code == 0
    assert [run("show", f"#{number}").code for number in fresh].count(0) >= 2
    findings = run("doctor", "--json", "--offline").document["findings"]
    assert "1 record of the helpdesk could not be read" in " ".join(one["sentence"] for one in findings)


def test_whoever_solves_a_ticket_that_nobody_has_takes_it(run: Command, server: RunningHelpdesk) -> None:
    server.advance(120)
    number = server.new_ticket(
        int(server.query("SELECT requester_id FROM tickets LIMIT 1")[0]["requester_id"]), "Fresh", "Hello"
    )
    assert server.ticket(number)["assignee_id"] is None
    assert run("sync", "--once").code == 0
    refused = run("reply", str(number), "--status", "solved", given=TEXT)
    told_once(refused, "cannot be solved before “Cause” is filled in. Add `--set Cause=...` (")
    assert "Assignee" not in refused.err
    [cause] = [
        option
        for option in refused.err.partition("(")[2].partition(")")[0].split(", ")
        if option == refused.err.partition("(")[2].partition(",")[0]
    ]
    solved = run("reply", str(number), "--status", "solved", "--set", f"Cause={cause}", given=TEXT)
    assert solved.code == 0, solved.err
    assert "assignee → " in solved.out
    assert "Nobody had it, so that it is yours now." in solved.out
    assert f"Cause → {cause}" in solved.out
    assert run("sync", "--once").code == 0
    assert states(run) == ["sent"]
    row = server.ticket(number)
    me = server.query("SELECT id FROM users WHERE email = ?", server.login)[0]["id"]
    assert (row["status"], row["assignee_id"]) == ("solved", me)
    kept = run("set", str(number), "assignee=none", "status=closed")
    told_once(kept, "cannot be solved before “Assignee” is filled in. Add `assignee=me`.")


def full_from_now_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite have no more room than it has taken."""
    connect = sqlite3.connect

    def limited(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr("agentconsole.store.database.sqlite3.connect", limited)


def test_a_full_disk_is_told_and_nothing_is_half_done(
    run: Command, server: RunningHelpdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = run("list", "status:open", "--json", "--limit", "1").document["tickets"][0]["remote_id"]
    before = run("list", "status<closed", "--json").document["count"]
    server.advance(120)
    customer = int(server.query("SELECT requester_id FROM tickets LIMIT 1")[0]["requester_id"])
    for each in range(30):
        server.new_ticket(customer, f"Long {each}", "word " * 4000)
    with monkeypatch.context() as full:
        full_from_now_on(full)
        told_once(run("reply", number, given="x" * 400_000), "the disk is full. Make room")
        told_once(run("sync", "--once"), "the disk is full. Make room")
        assert states(run) == []
        assert run("list", "status<closed", "--json").document["count"] >= before
    assert run("sync", "--once").code == 0
    assert run("list", "status<closed", "--json").document["count"] == before + 30
    assert run("reply", number, given="x" * 400_000).code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_output_or_the_log_is_told(home: Path, server: RunningHelpdesk) -> None:
    logs = profile_paths(home).logs_dir
    logs.mkdir(exist_ok=True)
    for name in ("worker.log", "cli.log"):
        (logs / name).unlink(missing_ok=True)
        (logs / name).symlink_to("/dev/full")
    server.plant("server_error", times=None)
    synced = subprocess.run(
        program("sync", "--once"),
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert synced.returncode == 1
    assert "Traceback" not in synced.stderr
    assert "Logging error" not in synced.stderr
    for words in (["list"], ["list", "--json"], ["--version"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                program(*words), env=environment(home), stdout=full, stderr=subprocess.PIPE, text=True
            )
        if words != ["--version"]:
            assert done.returncode == 1
            assert "agentconsole: The output cannot be written: No space left" in done.stderr
        assert "Traceback" not in done.stderr


def test_closed_streams_end_nothing(home: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *program("list")],
        env=environment(home),
        check=False,
    )
    assert done.returncode == 0
    with closing(sqlite3.connect(profile_paths(home).database)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"


def test_all_that_is_made_is_the_owners_alone(tmp_path: Path, server: RunningHelpdesk) -> None:
    home = tmp_path / "deep" / "profile"
    former = os.umask(0o022)
    try:
        subprocess.run(
            program(
                "account", "add", "desk", "--url", server.url, "--login", server.login, "--secret", "file"
            ),
            env=environment(home),
            input=f"{server.token}\n".encode(),
            check=True,
            capture_output=True,
        )
        subprocess.run(program("sync", "--once"), env=environment(home), check=True, capture_output=True)
    finally:
        os.umask(former)
    made = [home, *home.rglob("*")]
    assert len(made) > 10
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_locked_database_is_told_after_the_deadline(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = run("list", "status:open", "--json", "--limit", "1").document["tickets"][0]["remote_id"]
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(profile_paths(home).database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told_once(run("reply", number, given=TEXT), "locked by another program")
        assert run("list").code == 0
        other.execute("ROLLBACK")
    assert run("reply", number, given=TEXT).code == 0


def test_damaged_pages_are_told_with_the_file(run: Command, home: Path) -> None:
    file = profile_paths(home).database
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(file.read_bytes())
    for begin in range(8192, len(whole), 4096):
        whole[begin : begin + 64] = b"\xff" * 64
    file.write_bytes(whole)
    for words in (["list"], ["reply", "1"], ["sync", "--once"]):
        told_once(run(*words, given=TEXT), "damaged")
    assert str(file) in run("list").err
    doctored = run("doctor", "--offline")
    assert doctored.code == 1
    [said] = [line for line in doctored.out.splitlines() if line.startswith("FAIL  database")]
    assert len(said) < 400
    assert file.read_bytes() == bytes(whole)


def test_a_second_worker_is_refused_with_the_first_ones_pid(run: Command, home: Path) -> None:
    with hold(profile_paths(home).worker_lock, "sync worker"):
        told_once(run("sync", "--once"), f"process {os.getpid()}")
        assert run("list").code == 0
        number = queued_reply(run)
        assert "The running sync sends it." in run("note", number, given="too").out


def test_a_broken_config_is_told_once_by_a_sync(run: Command, home: Path) -> None:
    file = profile_paths(home).config_file
    sound = file.read_text()
    file.write_text(sound.replace('url = "', "url = "))
    told_once(run("sync", "--once"), "config.toml:")
    assert run("list").code == 0
    told_once(
        run("account", "add", "x", "--url", "https://x.example", "--login", "a@b.example"), "config.toml:"
    )
    file.write_text(f'{sound}\n[sync]\npoll_seconds = "often"\n')
    told_once(run("sync", "--once"), "poll_seconds", 0)


BROKEN_MACROS = {
    "half.md": "---\nname: Half\n---\nHi {{ customer.\n",
    "calls.md": "---\nname: Calls\n---\n{{ ().__class__.__bases__[0].__subclasses__() }}\n",
    "yaml.md": "---\nname: [x\n---\nHi\n",
    "field.md": "---\nname: Field\nset:\n  nosuchfield: 1\n---\nHi\n",
    "empty.md": "",
}


def test_a_broken_macro_is_told_where_it_is_asked_for_and_the_rest_goes_on(run: Command, home: Path) -> None:
    folder = profile_paths(home).macros_dir
    folder.mkdir(parents=True)
    for name, text in BROKEN_MACROS.items():
        (folder / name).write_text(text)
    (folder / "bytes.md").write_bytes(b"\xff\xfe")
    listed = run("macro", "list")
    assert listed.code == 0
    assert "First reply" in listed.out
    for name in [*BROKEN_MACROS, "bytes.md"]:
        told_once(listed, f"/{name}:", 0)
    number = queued_reply(run)
    told_once(run("macro", "show", "Half"), "half.md:4: the text does not parse")
    told_once(run("reply", number, "--macro", "Calls"), "calls.md:4: macros can't use calls")
    sound = run("reply", number, "--macro", "First reply")
    assert (sound.code, sound.err) == (0, "")
    told_once(run("macro", "show", "Frst reply"), "Did you mean “First reply”")


@pytest.mark.parametrize(
    ("theme", "words"),
    [
        ("[colors\n", b"TOML:"),
        ('[colors]\nprimary = "no colour"\n', b"colour,"),
        ("", b"primary"),
    ],
)
def test_a_broken_theme_is_told_and_the_console_opens(tmp_path: Path, theme: str, words: bytes) -> None:
    with filled_profile(tmp_path / "p") as profile:
        profile.close()
        profile.paths.themes_dir.mkdir(parents=True)
        (profile.paths.themes_dir / "mine.toml").write_text(theme)
        with profile.paths.config_file.open("a") as file:
            file.write('\n[ui]\ntheme = "mine"\n')
        terminal = Terminal(profile.home)
        terminal.wait_for(b"parcel")
        terminal.wait_for(words)
        terminal.type(b"\x11")
        terminal.wait_for(b"\x1b[?1049l")
        assert terminal.end() == 0


def test_a_search_for_nothing_is_wrong_use(run: Command) -> None:
    told_once(run("kb", "search", " "), "Which words?", 2)


def test_addresses_move_with_their_account(run: Command, home: Path, server: RunningHelpdesk) -> None:
    file = profile_paths(home).config_file
    [article] = run("kb", "search", "kettle", "--limit", "1", "--json").document["articles"]
    shown = run("kb", "show", str(article["id"]), "--json").document
    assert shown["url"].startswith(f"{server.url}/")
    file.write_text(file.read_text().replace(server.url, "http://127.0.0.1:9"))
    moved = run("kb", "show", str(article["id"]), "--json").document
    assert moved["url"] == shown["url"].replace(server.url, "http://127.0.0.1:9")
    with closing(sqlite3.connect(profile_paths(home).database)) as connection:
        left = connection.execute(
            "SELECT count(*) FROM attachment WHERE url LIKE ?", (f"{server.url}/%",)
        ).fetchone()[0]
    assert left == 0


def test_a_place_that_is_no_longer_asked_holds_no_secret(
    run: Command, home: Path, server: RunningHelpdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", server.token)
    assert run("account", "add", "desk", "--token-variable", "MY_TOKEN").code == 0
    assert [
        path for path in home.rglob("*") if path.is_file() and server.token.encode() in path.read_bytes()
    ] == []
    monkeypatch.setenv("AGENTCONSOLE_PASSPHRASE", "four words of mine")
    kept = run("account", "add", "desk", "--secret", "encrypted", given=f"{server.token}\n")
    assert kept.code == 0, kept.err
    monkeypatch.delenv("AGENTCONSOLE_PASSPHRASE")
    told_once(run("account", "remove", "desk"), "its secret may still be where it was (encrypted)")
    assert run("account", "list", "--json").document["accounts"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_that_is_stopped_does_not_say_that_all_is_up_to_date(
    home: Path, server: RunningHelpdesk, number: int
) -> None:
    asked = server.plant("slow", delay=3.0, path="users/me")
    process = start(home, "sync", "--once")
    wait_until(lambda: asked.times == 0, "the helpdesk is asked")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err == "agentconsole: stopped.\n"


def test_ctrl_c_in_its_sync_ends_a_demo_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentconsole.sync.worker.run_worker", lambda *_, **__: EXIT_STOPPED)
    said = Announcement("http://127.0.0.1:9", "me@desk.example", "tok-0123456789")
    with pytest.raises(KeyboardInterrupt):
        run_main_job(profile_paths(home), said)


def test_a_demo_whose_output_nobody_reads_is_no_success(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        program("demo", "--headless", "--tickets", "20"),
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1
    assert "nobody reads what it says" in done.stderr
    wait_until(lambda: processes_of(tmp_path) == {}, "no process is left")


def test_a_demo_begun_just_after_another_was_killed_starts_its_helpdesk_again(tmp_path: Path) -> None:
    data = tmp_path / "helpdesk"
    data.mkdir()
    former = FolderLock(data)
    server = DemoServer(data=data, tickets=5, port=free_port(), log=tmp_path / "logs" / "helpdesk.log")
    try:
        assert server.announcement(former.release).url.startswith("http://127.0.0.1:")
    finally:
        server.stop()
    former = FolderLock(data)
    refused = DemoServer(data=data, tickets=5, port=free_port(), log=tmp_path / "logs" / "helpdesk.log")
    try:
        with pytest.raises(ConsoleError, match=r"did not start: .*helpdesk"):
            refused.announcement(lambda: None)
    finally:
        refused.stop()
        former.release()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        number: int = trial.getsockname()[1]
        return number


@pytest.fixture
def unused_tcp_port() -> int:
    return free_port()
