"""Setting an account up on the screen, against the embedded helpdesk; a client stands in for the browser."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import keyring
import pytest
from textual.widgets import Input

from agentconsole import logs
from agentconsole.bootstrap import open_desk
from agentconsole.clock import FixedClock
from agentconsole.config import Paths, read_config
from agentconsole.secrets_encrypted import PASSPHRASE_VARIABLE
from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.account_setup import AccountSetupScreen
from agentconsole.tui.widgets.form import OptionList
from tests.support import hostile
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.odd_server import answer, odd_server
from tests.support.signing_in import approve, come_back
from tests.support.tiny_company import AGENT
from tests.tui.conftest import Running, Start
from tests.unit.test_secrets import MemoryKeyring

pytestmark = pytest.mark.asks_helpdesk


@pytest.fixture(scope="module")
def server() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=12, now=int(time.time()) - 600) as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    yield
    logs.forget_secrets()


@pytest.fixture
def working_keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    memory = MemoryKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", memory)
    return memory


@asynccontextmanager
async def started(home: Path, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Running]:
    """The console on a profile without an account, its form open and the keyring looked at."""
    clock = FixedClock(time.time_ns() // 1000)
    desk = open_desk(home, clock=clock)
    app = ConsoleApp(desk)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            running = Running(app, pilot, desk, clock)
            await running.settle()
            await running.press("a")
            await running.until(lambda: isinstance(app.screen, AccountSetupScreen))
            await running.until(lambda: "looking whether" not in note_of(running, "store"))
            yield running
    finally:
        app.finish()
        desk.close()


def screen_of(running: Running) -> AccountSetupScreen:
    screen = running.app.screen
    assert isinstance(screen, AccountSetupScreen)
    return screen


def note_of(running: Running, name: str) -> str:
    return str(screen_of(running).form.row(name)._note.content)


def said(running: Running) -> str:
    return str(screen_of(running).query_one("#setup-said").render())


async def fill(running: Running, **texts: str) -> None:
    """Fill fields in, each with keys."""
    screen = screen_of(running)
    for name, text in texts.items():
        field = screen.form.row(name).field
        assert field.display and field in screen.form.fields(), name
        screen.set_focus(field)
        await running.settle()
        if isinstance(field, OptionList):
            values = [value for value, _ in field._options]
            while field.value != text:
                await running.press("down" if values.index(field.value) < values.index(text) else "up")
        else:
            assert isinstance(field, Input)
            await running.press("end", *["backspace"] * len(field.value))
            await running.burst(text)
            assert field.value == text


async def press_button(running: Running, name: str) -> None:
    screen = screen_of(running)
    await running.until(lambda: bool(screen.query_one(f"#{name}").display) and screen._job is None)
    button = screen.query_one(f"#{name}")
    screen.set_focus(button)
    # A button that was just pressed takes a moment before it can be pressed again.
    await running.until(lambda: running.app.focused is button and not button.has_class("-active"))
    running._post("enter")
    await running.pilot.pause()


async def tried(running: Running) -> str:
    """Try the login; gives what is said at the end."""
    await press_button(running, "try")
    await running.until(lambda: screen_of(running)._job is None and bool(said(running)))
    return " ".join(said(running).split())


def kept_nowhere(home: Path, *secrets: str) -> None:
    for file in home.rglob("*"):
        if file.is_file() and "secrets" not in file.parts:
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), file


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_an_api_token_into_the_keyring(
    server: RunningHelpdesk, tmp_path: Path, working_keyring: MemoryKeyring, size: tuple[int, int]
) -> None:
    home = tmp_path / "p"
    async with started(home, size=size) as running:
        assert "this machine's keyring works" in note_of(running, "store")
        assert not working_keyring.kept, "the probe has left something"
        await fill(running, address=f"{server.url}/agent/tickets/41", name="shop", way="token")
        assert note_of(running, "address") == f"the helpdesk is {server.url}"
        await fill(running, login=server.login, secret=server.token, months="6")
        assert server.token not in running.screen_text()
        found = await tried(running)
        assert f"{server.url} knows you as" in found
        assert "It may read tickets." in found and "It may reply, write notes and change tickets." in found
        assert "It may not use the exports" in found
        assert "12 tickets of the last 6 months" in found
        assert not read_config(Paths(home).config_file).accounts, "nothing is kept before that is said"
        assert not working_keyring.kept
        await press_button(running, "add")
        await running.until(lambda: running.app._exit)
    assert running.app.return_value == "added"
    config = read_config(Paths(home).config_file)
    [account] = config.accounts
    assert (account.name, account.url, account.login) == ("shop", server.url, server.login)
    assert (account.auth, account.secret, account.read_only) == ("token", "keyring", False)
    assert config.sync.history_months == 6
    assert list(working_keyring.kept.values()) == [server.token]
    kept_nowhere(home, server.token)


async def test_signing_in_by_the_browser_into_an_encrypted_file(
    server: RunningHelpdesk, tmp_path: Path
) -> None:
    home = tmp_path / "p"
    async with started(home) as running:
        assert "This machine has no keyring." in note_of(running, "store")
        assert screen_of(running).form.filled().store == "encrypted"
        await fill(running, address=server.url, read_only="yes", passphrase="correct horse", again="correct")
        assert "two passphrases differ" in await tried(running)
        await fill(running, again="correct horse")
        await press_button(running, "try")
        await running.until(lambda: "/oauth/authorizations/new?" in screen_of(running)._address)
        assert "asks whether “agentconsole” may act for you" in said(running)
        # Cancelled, nothing typed is lost, and a second try begins anew.
        await running.press("escape")
        await running.until(lambda: "Cancelled; nothing was kept." in said(running))
        assert screen_of(running).form.filled().passphrase == "correct horse"
        await press_button(running, "try")
        await running.until(lambda: "/oauth/authorizations/new?" in screen_of(running)._address)
        address = approve(screen_of(running)._address, AGENT)
        assert (await asyncio.to_thread(come_back, address)).status_code == 200
        await running.until(lambda: screen_of(running)._tried is not None)
        assert "The account is read-only" in said(running)
        # Another horizon is another estimate, without signing in once more.
        await fill(running, months="0")
        assert "what is unsolved" in await tried(running)
        await press_button(running, "add")
        await running.until(lambda: running.app._exit)
    [account] = read_config(Paths(home).config_file).accounts
    assert (account.auth, account.secret, account.read_only) == ("oauth", "encrypted", True)
    assert account.login == server.login, "the helpdesk tells it"
    from agentconsole.secrets import Secrets

    pair = json.loads(Secrets(Paths(home).secrets_dir).get(account))
    assert pair["scope"] == "read"
    kept_nowhere(home, pair["access"], pair["refresh"], "correct horse")


async def test_the_address_where_a_browser_elsewhere_ended_can_be_pasted(
    server: RunningHelpdesk, tmp_path: Path, working_keyring: MemoryKeyring
) -> None:
    async with started(tmp_path / "p") as running:
        await fill(running, address=server.url)
        await press_button(running, "try")
        await running.until(lambda: "/oauth/authorizations/new?" in screen_of(running)._address)
        pasted = screen_of(running).query_one("#pasted", Input)
        assert running.app.focused is pasted
        pasted.value = "https://elsewhere.example/callback?code=x"
        running._post("enter")
        await running.until(lambda: any("last page" in notice for notice in running.notices()))
        # Whatever else lay in the clipboard, brackets that begin no address included.
        running.app.clear_notifications()
        pasted.value = "http://[see below]"
        running._post("enter")
        await running.until(lambda: any("last page" in notice for notice in running.notices()))
        pasted.value = approve(screen_of(running)._address, AGENT)
        running._post("enter")
        await running.until(lambda: screen_of(running)._tried is not None)
        assert pasted.value == "", "the code does not stay on the screen"


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ({"secret": "wrong-token-1"}, "refused"),
        ({"address": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        ({"address": "http://shop.example.com"}, "https"),
        ({"address": ""}, "address is missing"),
        ({"login": ""}, "login is missing"),
        ({"login": "maren"}, "mail address"),
        ({"secret": ""}, "token is missing"),
        ({"months": "many"}, "How many months"),
        ({"name": "A B"}, "cannot name an account"),
    ],
)
async def test_what_is_wrong_is_one_sentence_and_nothing_typed_is_lost(
    server: RunningHelpdesk,
    tmp_path: Path,
    working_keyring: MemoryKeyring,
    texts: dict[str, str],
    word: str,
) -> None:
    home = tmp_path / "p"
    async with started(home) as running:
        good = {"address": server.url, "name": "shop", "way": "token", "login": server.login}
        await fill(running, **{**good, "secret": server.token, **texts})
        before = screen_of(running).form.filled()
        told = await tried(running)
        assert word in told, told
        assert ("Traceback" not in told and before.secret not in told) or not before.secret
        assert not screen_of(running).query_one("#add").display
        assert screen_of(running).form.filled() == before
        # Leaving and coming back shows it as it was.
        await running.press("escape")
        assert "no account yet" in running.screen_text()
        await running.press("a")
        assert screen_of(running).form.filled() == before
        assert not Paths(home).config_file.exists()
        assert not working_keyring.kept


async def test_a_request_that_takes_long_is_cancelled(tmp_path: Path, working_keyring: MemoryKeyring) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, started(tmp_path / "p") as running:
        await fill(
            running, address=f"http://127.0.0.1:{port}", way="token", login="a@b.example", secret="x" * 9
        )
        await press_button(running, "try")
        await running.until(lambda: "who you are" in said(running))
        began = time.monotonic()
        await running.press("escape")
        await running.until(lambda: "Cancelled" in said(running))
        assert time.monotonic() - began < 10
        assert isinstance(running.app.screen, AccountSetupScreen)


async def test_a_keyring_that_breaks_at_the_last_step_loses_nothing(
    server: RunningHelpdesk, tmp_path: Path, working_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "p"

    def broken(*_: Any) -> None:
        raise RuntimeError(f"cannot keep {server.token}")

    async with started(home) as running:
        await fill(running, address=server.url, way="token", login=server.login, secret=server.token)
        await tried(running)
        monkeypatch.setattr(working_keyring, "set_password", broken)
        await press_button(running, "add")
        await running.until(lambda: "The keyring failed (RuntimeError)" in said(running))
        assert server.token not in said(running)
        assert not Paths(home).config_file.exists()
        await fill(running, store="file")
        await tried(running)
        await press_button(running, "add")
        await running.until(lambda: running.app._exit)
    assert [one.secret for one in read_config(Paths(home).config_file).accounts] == ["file"]


async def test_what_is_typed_in_one_go_lands_in_its_own_fields(
    tmp_path: Path, working_keyring: MemoryKeyring
) -> None:
    """As a pasted or a quickly typed token does: it must never be seen in the field before its own."""
    async with started(tmp_path / "p") as running:
        keys: list[str] = ["tab", *"shop.example.com", "enter", *"shop", "down"]
        keys += ["down", "down", "tab", *"me@shop.example", "tab", *"secret-token-1", "enter", "down", "tab"]
        for key in keys:
            running._post(key)
        await running.settle()
        await running.until(lambda: not running.app._holding and not running.app._held_keys)
        await running.settle()
        form = screen_of(running).form.filled()
        assert (form.address, form.name, form.way) == ("shop.example.com", "shop", "token")
        assert (form.login, form.secret, form.store) == ("me@shop.example", "secret-token-1", "encrypted")
        assert "secret-token" not in running.screen_text()


async def test_request_tracker_has_its_own_questions(tmp_path: Path, working_keyring: MemoryKeyring) -> None:
    async with started(tmp_path / "p", size=(160, 45)) as running:
        await fill(running, kind="rt")
        names = [str(field.id) for field in screen_of(running).form.fields()]
        assert names == ["kind", "address", "name", "way", "login", "secret", "store", "read_only", "months"]
        await fill(running, way="password", address="https://rt.example.org/Ticket/Display.html?id=7")
        assert note_of(running, "address") == "the helpdesk is https://rt.example.org"
        await running.until(lambda: "Password" in running.screen_text())
        await fill(running, store="env")
        await running.until(lambda: "Variable" in running.screen_text())


async def test_an_account_is_added_from_the_palette_without_losing_what_is_written(
    console: Start, working_keyring: MemoryKeyring
) -> None:
    async with console() as running:
        await running.press("g", "enter")
        await running.until(lambda: running.main.detail is not None)
        await running.burst("rHalf a reply")
        await running.press("ctrl+p")
        await running.burst("helpdesk account")
        await running.press("enter")
        await running.until(lambda: isinstance(running.app.screen, AccountSetupScreen))
        await fill(running, address="https://two.example.com")
        assert "two, as in two#41" in note_of(running, "name")
        await running.press("escape")
        assert running.main.composer.text == "Half a reply"
        assert running.main.detail is not None
        assert running.desk.reader.draft(running.main.detail.row.ticket_id, True) is not None


SAID = [{"description": hostile.ALL}] * 9
REFUSED = {"error": hostile.ALL, "description": hostile.ALL, "details": {"base": SAID}}
ODD = {
    "422": answer(REFUSED, "422 x"),
    "429": answer(REFUSED, "429 x", "Retry-After: \u00b2"),
    "moved": answer("", "302 x", f"Location: https://evil.example/\u202e[@click=app.quit]{'x' * 3000}"),
    "is a customer's login": answer(
        {"user": {"id": 1, "name": hostile.ALL, "email": hostile.ALL, "role": "end-user"}}
    ),
}


def all_harmless(running: Running) -> None:
    told = running.screen_text() + "".join(running.notices())
    assert not hostile.forbidden(told), hostile.forbidden(told)


async def test_a_hostile_server_says_its_sentence_and_nothing_typed_is_lost(
    tmp_path: Path, working_keyring: MemoryKeyring
) -> None:
    home = tmp_path / "p"
    name = "422"
    me = {"user": {"id": 1, "name": hostile.ALL, "email": f"a{hostile.ALL}@b", "role": "admin"}}

    def route(method: str, path: str) -> bytes:
        if "users/me" in path:
            return ODD.get(name) or answer(me)
        return answer({"count": 10**400, "tickets": [], hostile.ALL: hostile.ALL})

    with odd_server(route) as odd:
        async with started(home) as running:
            await fill(running, address=odd.url, way="token", login="a@b.example", secret="token-123456")
            before = screen_of(running).form.filled()
            for name in ODD:
                told = await tried(running)
                assert (
                    told.startswith("helpdesk: ") and len(told) < 900 and "inside the program" not in told
                ), name
                all_harmless(running)
                assert not name.startswith("is") or name in told, "none of our own words is lost"
                assert "Try the login" in running.screen_text(), "the way on stays in sight"
                assert screen_of(running).form.filled() == before
                assert not Paths(home).config_file.exists()
            name = "works"
            assert "knows you as" in await tried(running)
            all_harmless(running)
            assert "Add it and open the console" in running.screen_text()
            await press_button(running, "add")
            await running.until(lambda: running.app._exit)
    [account] = read_config(Paths(home).config_file).accounts
    assert (account.name, account.login) == ("helpdesk", "a@b.example")


async def test_a_browser_that_comes_back_with_anything(
    tmp_path: Path, working_keyring: MemoryKeyring
) -> None:
    pair: dict[str, Any] = {"access_token": "half\ud800", "refresh_token": "r1234567", "expires_in": 1e300}

    def route(method: str, path: str) -> bytes:
        return answer(pair) if "tokens" in path else answer(REFUSED, "400 x")

    with odd_server(route) as odd:
        async with started(tmp_path / "p") as running:
            await fill(running, address=odd.url)
            for query in (
                {"error": hostile.ALL, "error_description": "\x1b]52;c;x\x07[@click=app.quit]\u202e" * 99},
                {"code": hostile.ALL},
            ):
                await press_button(running, "try")
                await running.until(lambda: "/oauth/authorizations/new?" in screen_of(running)._address)
                asked = dict(httpx.URL(screen_of(running)._address).params)
                spelled = urlencode({"state": asked["state"], **query}, errors="replace")
                page = await asyncio.to_thread(come_back, f"{asked['redirect_uri']}?{spelled}")
                assert not hostile.forbidden(page.text)
                await running.until(lambda: screen_of(running)._job is None)
                assert "inside the program" not in said(running)
                all_harmless(running)
                await running.until(lambda: "Try the login" in running.screen_text())
            pair["access_token"] = "a1b2c3d4"
            pair["scope"] = hostile.ALL
            assert screen_of(running).form.filled().address == odd.url
