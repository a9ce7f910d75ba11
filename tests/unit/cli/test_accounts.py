"""Setting accounts up and taking them away, as a person does: real processes, the real embedded helpdesk."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentconsole.cli import main
from agentconsole.config import Paths, read_config
from agentconsole.desk.first_sync_cost import estimate
from agentconsole.domain.errors import UsageError
from agentconsole.helpdesks.base import Rights
from agentconsole.helpdesks.registry import address_of
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.signing_in import approve, come_back
from tests.support.tiny_company import ADMIN, AGENT


@pytest.fixture(scope="module")
def server() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=12, now=int(time.time()) - 600) as running:
        yield running


class Command:
    """A command that runs, and that the browser's part is played for."""

    def __init__(self, home: Path, *words: str, given: str = "") -> None:
        environment = {**os.environ, "AGENTCONSOLE_HOME": str(home)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agentconsole", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(given)
        self.process.stdin.close()
        self.process.stdin = None
        self.said = ""

    def address(self) -> str:
        """The address that a browser shall open."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line
            if "/oauth/authorizations/new?" in line:
                return line.strip()
        raise AssertionError(self.said)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, self.said + err


def run(home: Path, *words: str, given: str = "") -> tuple[int, str, str]:
    """Run a command that needs no browser: in this process, but for those that log and catch signals."""
    if words[0] == "sync":
        return Command(home, *words, given=given).end()
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8"))
        code = main(["--home", str(home), *words])
    return code, out.getvalue(), err.getvalue()


def signed_up(server: RunningHelpdesk, home: Path, *more: str, user: int = AGENT) -> tuple[int, str, str]:
    words = ["account", "add", "shop", "--url", f"{server.url}/agent/tickets/41", "--auth", "oauth"]
    command = Command(home, *words, "--secret", "file", "--no-browser", *more)
    assert come_back(approve(command.address(), user)).status_code == 200
    return command.end()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "profile"


def secret_of(home: Path) -> dict[str, Any]:
    [file] = Paths(home).secrets_dir.glob("*.token")
    assert file.stat().st_mode & 0o077 == 0
    return dict(json.loads(file.read_text()))


def test_signing_in_by_the_browser(server: RunningHelpdesk, home: Path) -> None:
    code, out, err = signed_up(server, home)
    assert code == 0, err
    assert "It may reply, write notes and change tickets." in out
    assert "It may not use the exports" in out
    assert "A first sync reads 12 tickets of the last 12 months: under a minute" in out
    [account] = read_config(Paths(home).config_file).accounts
    assert (account.url, account.auth, account.login) == (server.url, "oauth", server.login)
    secret = secret_of(home)
    assert secret["client_id"] == "agentconsole"
    for file in home.rglob("*"):
        if file.is_file() and file.suffix != ".token":
            content = file.read_bytes()
            assert secret["access"].encode() not in content, file
            assert secret["refresh"].encode() not in content, file
    assert secret["access"] not in out + err
    assert secret["refresh"] not in out + err
    assert run(home, "account", "test")[0] == 0
    code, out, err = run(home, "sync", "--once")
    assert code == 0, err
    code, out, _ = run(home, "list", "--json")
    assert code == 0
    assert json.loads(out)["tickets"]


def test_an_admin_is_told_of_the_exports_and_the_first_sync_runs(server: RunningHelpdesk, home: Path) -> None:
    code, out, err = signed_up(server, home, "--sync", user=ADMIN)
    assert code == 0, err
    assert "It may use the exports" in out
    assert "shop is up to date." in out


def test_a_read_only_account_asks_for_reading_alone_and_sends_nothing(
    server: RunningHelpdesk, home: Path
) -> None:
    before = server.query("SELECT count(*) AS n FROM audits")[0]["n"]
    code, out, err = signed_up(server, home, "--read-only", "--sync")
    assert code == 0, err
    assert "nothing is sent" in out
    assert secret_of(home)["scope"] == "read"
    code, out, err = run(home, "reply", "1", "--yes", given="Hello.\n")
    assert code == 0, err
    assert "held back" in out
    assert "read-only: this is kept here and not sent" in out
    [change] = json.loads(run(home, "outbox", "list", "--json")[1])["changes"]
    assert change["state"] == "held"
    assert "read-only" in change["error"]
    code, _, err = run(home, "outbox", "retry", change["id"])
    assert code == 1
    assert "read-only" in err
    assert "1 held back" in run(home, "sync", "--once")[1]
    assert server.query("SELECT count(*) AS n FROM audits")[0]["n"] == before
    # Allowed to send, it has to sign in anew: what it was given is for reading.
    command = Command(home, "account", "add", "shop", "--no-read-only", "--no-browser")
    assert come_back(approve(command.address(), AGENT)).status_code == 200
    code, out, err = command.end()
    assert code == 0, err
    assert "1 written while it was read-only is kept" in out
    run(home, "sync", "--once")
    assert server.public_texts(1)[-1] != "Hello."
    assert run(home, "outbox", "retry", change["id"])[0] == 0
    assert run(home, "sync", "--once")[0] == 0
    assert server.public_texts(1)[-1] == "Hello."


def test_who_says_no_is_told_so_and_nothing_is_set_up(server: RunningHelpdesk, home: Path) -> None:
    command = Command(home, "account", "add", "x", "--url", server.url, "--auth", "oauth", "--secret", "file")
    come_back(approve(command.address(), AGENT, decision="deny"))
    code, _, err = command.end()
    assert code == 1
    assert "not allowed" in err
    assert not Paths(home).config_file.exists()


def test_a_stranger_at_the_redirect_is_sent_away(server: RunningHelpdesk, home: Path) -> None:
    command = Command(home, "account", "add", "x", "--url", server.url, "--auth", "oauth", "--secret", "file")
    url = httpx.URL(command.address())
    redirect = url.params["redirect_uri"]
    for address, headers in (
        (f"{redirect}?code=abc&state=wrong", {}),
        (f"{redirect}?code=abc", {}),
        (f"{redirect}?code=abc&state={url.params['state']}", {"Host": "evil.example"}),
        (redirect.replace("/callback", "/other") + f"?code=abc&state={url.params['state']}", {}),
    ):
        assert httpx.get(address, headers=headers, trust_env=False).status_code in (400, 404)
    come_back(approve(str(url), AGENT))
    code, out, err = command.end()
    assert code == 0, err
    assert "is set up" in out


def test_a_pair_from_standard_input(server: RunningHelpdesk, home: Path, tmp_path: Path) -> None:
    signed_up(server, tmp_path / "other")
    pair = secret_of(tmp_path / "other")
    words = ["account", "add", "shop", "--url", server.url, "--refresh-token", "--secret", "file", "--json"]
    code, out, err = run(home, *words, given=f"{pair['access']}\n{pair['refresh']}\n")
    assert code == 0, err
    document = json.loads(out)
    assert (document["auth"], document["works"]) == ("oauth", True)
    assert document["rights"] == {"reads": True, "writes": True, "exports": False, "notes_only": False}
    assert document["estimate"]["tickets"] == 12
    server.advance(1801)
    assert run(home, "account", "test")[0] == 0
    assert secret_of(home)["refresh"] != pair["refresh"]


def test_a_login_that_renews_itself_needs_a_store_that_keeps_it(server: RunningHelpdesk, home: Path) -> None:
    words = ["account", "add", "x", "--url", server.url, "--auth", "oauth", "--token-variable", "T"]
    code, _, err = run(home, *words)
    assert code == 2
    assert "kept here" in err


def test_removing_revokes_the_login_and_purges_what_was_read(server: RunningHelpdesk, home: Path) -> None:
    assert signed_up(server, home, "--sync")[0] == 0
    access = secret_of(home)["access"]
    database = Paths(home).database
    subject = server.ticket(1)["subject"].encode()

    def holds(text: bytes) -> bool:
        return any(text in file.read_bytes() for file in database.parent.rglob("*") if file.is_file())

    assert holds(subject)
    code, out, err = run(home, "account", "remove", "shop")
    assert code == 0, err
    assert "12 tickets" in out
    assert holds(subject)
    headers = {"Authorization": f"Bearer {access}"}
    assert httpx.get(f"{server.api}/tickets/count", headers=headers, trust_env=False).status_code == 401
    assert not list(Paths(home).secrets_dir.glob("*.token"))
    code, out, err = run(home, "account", "remove", "shop", "--purge")
    assert code == 0, err
    assert "Nothing of it is left" in out
    assert not holds(subject)
    assert run(home, "doctor", "--offline")[0] == 0
    assert run(home, "account", "remove", "shop", "--purge")[0] == 1


def test_a_purge_waits_for_who_works_on_the_profile(server: RunningHelpdesk, home: Path) -> None:
    assert signed_up(server, home)[0] == 0
    from agentconsole.sync.lock import hold

    with contextlib.ExitStack() as stack:
        stack.enter_context(hold(Paths(home).worker_lock, "sync worker"))
        code, _, err = run(home, "account", "remove", "shop", "--purge")
    assert code == 1
    assert "Nothing was changed" in err
    assert read_config(Paths(home).config_file).account("shop") is not None


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("https://company.zendesk.com/agent/tickets/41?x=1#y", "https://company.zendesk.com"),
        ("company.zendesk.com/agent", "https://company.zendesk.com"),
        (" <https://Company.Zendesk.com> ", "https://company.zendesk.com"),
        ("http://127.0.0.1:8080/agent/tickets/41", "http://127.0.0.1:8080"),
        ("localhost:9", "http://localhost:9"),
    ],
)
def test_any_page_of_a_helpdesk_is_its_address(pasted: str, base: str) -> None:
    assert address_of("zendesk", pasted) == base


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "nowhere",
        "ftp://a.example",
        "http://company.zendesk.com",
        "https://me:pw@a.example",
        "https://[::",
        "a b.c",
    ],
)
def test_what_is_no_address(pasted: str) -> None:
    with pytest.raises(UsageError):
        address_of("zendesk", pasted)


def test_a_large_helpdesk_is_estimated_by_its_limits() -> None:
    agent = estimate(Rights(True, True, False, tickets=200_000, mine=20, requests_a_minute=200), 12)
    admin = estimate(Rights(True, True, True, tickets=200_000, mine=20, requests_a_minute=200), 12)
    assert agent is not None
    assert admin is not None
    # Half of 200 requests a minute; ten exports a minute, of a thousand records each.
    assert agent.minutes == pytest.approx(agent.requests / 100, rel=0.01)
    assert admin.minutes > 200_000 / 1000 / 10 * 2
    assert admin.megabytes > 4 * agent.megabytes
    assert "200,000 tickets of the last 12 months" in agent.sentence
    assert estimate(Rights(True, True, True), 12) is None
