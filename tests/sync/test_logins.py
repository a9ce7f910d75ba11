"""OAuth logins in use: renewed by one, stored before they are used, never lost without a word."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentconsole.config import Config
from agentconsole.demo import oauth as server_oauth
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import LoginRefused, NotAllowed, SecretError, Unreachable
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.registry import open_helpdesk
from agentconsole.secrets import Secrets
from agentconsole.sync.logins import LiveLogin, live_login
from agentconsole.sync.reports import Progress, Report
from tests.support.helpdesk import RunningHelpdesk
from tests.support.signing_in import PairsInMemory, signed_in
from tests.support.tiny_company import AGENT
from tests.sync.renewing import account_of
from tests.sync.rig import Rig, ShiftedClock, clock_of

HALF_AN_HOUR = 1801


@dataclass
class Bench:
    """One signed-in account and what the helpdesk saw of it."""

    server: RunningHelpdesk
    account: AccountSettings
    store: PairsInMemory
    refreshes: list[str]

    @property
    def clock(self) -> ShiftedClock:
        return clock_of(self.server)

    def login(self, clock: ShiftedClock | None = None) -> LiveLogin:
        return live_login(self.account, self.store, clock or self.clock)

    def stored(self) -> TokenPair:
        return TokenPair.read(self.store.get(self.account), "demo")

    def sign_in(self) -> TokenPair:
        pair = signed_in(self.account, AGENT, self.clock)
        self.store.secrets[self.account.uuid] = pair.spelled()
        return pair

    def end_login(self) -> None:
        """As an admin who revokes the OAuth tokens alone."""
        self.server.execute("DELETE FROM oauth_tokens WHERE user_id = ?", AGENT)

    def status(self, access: str) -> int:
        headers = {"Authorization": f"Bearer {access}"}
        url = f"{self.server.api}/tickets/count"
        return httpx.get(url, headers=headers, trust_env=False, timeout=30).status_code


@pytest.fixture
def bench(server: RunningHelpdesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    asked: list[str] = []
    whole = server_oauth.refresh

    def counted(*args: Any, **fields: Any) -> dict[str, object]:
        asked.append(fields["token"])
        return whole(*args, **fields)

    monkeypatch.setattr(server_oauth, "refresh", counted)
    account = account_of(str(uuid.uuid4()), server.url)
    made = Bench(server, account, PairsInMemory(tmp_path / "secrets"), asked)
    made.sign_in()
    yield made
    server.clear_faults()


async def test_a_good_pair_is_used_as_it_is(bench: Bench) -> None:
    login = bench.login()
    await login.ready()
    assert bench.status(login()) == 200
    assert bench.refreshes == []


async def test_one_that_ends_soon_is_renewed_and_stored_before_it_is_used(bench: Bench) -> None:
    old = bench.stored()
    login = bench.login()
    bench.server.advance(HALF_AN_HOUR - 30)
    late = live_login(bench.account, bench.store, bench.clock)
    await late.ready()
    assert bench.stored().access == late() != old.access
    assert bench.status(late()) == 200
    # The other object of this process, which knows the old pair only, finds the new one.
    await login.ready()
    assert login() == late()
    assert len(bench.refreshes) == 1


async def test_a_refused_token_is_renewed_once_and_the_request_goes_on(bench: Bench) -> None:
    login = bench.login()
    await login.ready()
    bench.server.advance(HALF_AN_HOUR)
    helpdesk = open_helpdesk("zendesk", bench.account, login, bench.clock)
    try:
        assert (await helpdesk.whoami()).remote_id == str(AGENT)
        results = await asyncio.gather(*(helpdesk.thread("1") for _ in range(4)))
    finally:
        await helpdesk.close()
    assert len(results) == 4
    assert len(bench.refreshes) == 1


async def test_a_write_that_met_401_is_sent_once_more_and_done_once(bench: Bench) -> None:
    login = bench.login()
    helpdesk = open_helpdesk("zendesk", bench.account, login, bench.clock)
    await helpdesk.whoami()
    bench.server.advance(HALF_AN_HOUR)
    before = len(bench.server.private_texts(2))
    client: Any = helpdesk
    await client.client.send("PUT", "tickets/2", {"ticket": {"comment": {"body": "Once.", "public": False}}})
    await helpdesk.close()
    assert bench.server.private_texts(2)[before:] == ["Once."]


async def test_a_token_that_is_refused_though_it_is_new_is_a_refused_login(bench: Bench) -> None:
    bench.server.plant("unauthorized", path="/api/", times=None)
    helpdesk = open_helpdesk("zendesk", bench.account, bench.login(), bench.clock)
    with pytest.raises(LoginRefused):
        await helpdesk.whoami()
    await helpdesk.close()
    assert len(bench.refreshes) == 1


async def test_a_revoked_login_says_what_to_do_and_a_new_one_is_found(bench: Bench) -> None:
    login = bench.login()
    await login.ready()
    bench.end_login()
    with pytest.raises(LoginRefused, match="account add demo"):
        await login.refused()
    with pytest.raises(LoginRefused, match="What waits in the outbox stays"):
        await login.ready()
    fresh = await asyncio.to_thread(bench.sign_in)
    await login.ready()
    assert login() == fresh.access
    assert len(bench.refreshes) == 1


async def test_a_store_that_does_not_take_the_new_pair_keeps_it_from_being_used(bench: Bench) -> None:
    bench.server.advance(HALF_AN_HOUR)
    login = bench.login()
    bench.store.locked = True
    for _ in range(2):
        with pytest.raises(SecretError, match="locked"):
            await login.ready()
    assert login() == bench.stored().access, "the new token was given out before it was stored"
    bench.store.locked = False
    await login.ready()
    assert bench.stored().access == login()
    assert bench.status(login()) == 200
    assert len(bench.refreshes) == 1


async def test_one_who_is_told_to_end_stores_what_was_asked_for(bench: Bench) -> None:
    bench.server.advance(HALF_AN_HOUR)
    old = bench.stored()
    asked = bench.server.plant("slow", path="/oauth/tokens", delay=0.3)
    task = asyncio.create_task(bench.login().ready())
    for _ in range(2000):
        if not asked.times:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.stored() != old
    assert bench.status(bench.stored().access) == 200


async def test_an_answer_that_was_lost_is_told_as_such(bench: Bench) -> None:
    bench.server.advance(HALF_AN_HOUR)
    bench.server.plant("drop_after", path="/oauth/tokens")
    login = bench.login()
    with pytest.raises(Unreachable):
        await login.ready()
    with pytest.raises(LoginRefused, match="cut off"):
        await login.ready()
    # Told once; then the login has simply ended.
    with pytest.raises(LoginRefused, match="has ended"):
        await login.ready()


async def test_a_helpdesk_that_is_away_costs_no_login(bench: Bench) -> None:
    bench.server.advance(HALF_AN_HOUR)
    for kind in ("drop_before", "server_error"):
        bench.server.plant(kind, path="/oauth/tokens")
        login = bench.login()
        with pytest.raises(Unreachable):
            await login.ready()
        await login.ready()
        assert bench.status(login()) == 200
        bench.server.advance(HALF_AN_HOUR)


def started(folder: Path, bench: Bench, *more: str) -> subprocess.Popen[str]:
    words = [bench.account.uuid, bench.server.url, str(bench.clock.shift), *more]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.renewing", str(folder), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def in_files(bench: Bench, tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    Secrets(folder).put(bench.account, bench.store.get(bench.account))
    return folder


def test_processes_side_by_side_renew_once(bench: Bench, tmp_path: Path) -> None:
    folder = in_files(bench, tmp_path)
    bench.server.advance(HALF_AN_HOUR)
    processes = [started(folder, bench) for _ in range(4)]
    outcomes = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        outcomes.append(process.communicate(timeout=60))
    assert [out for out, _ in outcomes] == ["200\n"] * 4, outcomes
    assert len(bench.refreshes) == 1


def test_killed_between_the_answer_and_its_storing(bench: Bench, tmp_path: Path) -> None:
    folder = in_files(bench, tmp_path)
    bench.server.advance(HALF_AN_HOUR)
    process = started(folder, bench, "die")
    _, err = process.communicate("\n", timeout=60)
    assert process.returncode == -9, err
    assert len(bench.refreshes) == 1
    login = live_login(bench.account, Secrets(folder), bench.clock)
    with pytest.raises(LoginRefused, match=r"cut off before its result was stored; sign in again") as told:
        asyncio.run(login.ready())
    assert "What waits in the outbox stays" in told.value.sentence


def test_no_secret_is_shown_by_a_pair_or_an_error(bench: Bench) -> None:
    pair = bench.stored()
    assert pair.access not in repr(pair)
    assert pair.refresh not in repr(pair)
    for broken in ("", "{", "[]", '{"access": "sekret-1"}', '{"access":"","refresh":"x","client_id":"y"}'):
        with pytest.raises(SecretError) as told:
            TokenPair.read(broken, "demo")
        assert "sekret" not in told.value.sentence
        assert told.value.__cause__ is None


@pytest.fixture
def signed_rig(rig: Rig, bench: Bench) -> Rig:
    """The rig's account, signed in by OAuth."""
    account = replace(bench.account, uuid=rig.config.accounts[0].uuid)
    bench.store.secrets[account.uuid] = bench.store.secrets[bench.account.uuid]
    bench.account = account
    rig.config = Config(accounts=(account,), sync=rig.config.sync)
    rig.secrets = bench.store  # type: ignore[assignment]
    rig.clock = bench.clock
    return rig


async def test_a_token_that_ends_in_the_middle_of_a_sync(signed_rig: Rig, bench: Bench) -> None:
    rig = signed_rig
    ended: list[str] = []

    def report(told: Report) -> None:
        if isinstance(told, Progress) and not ended:
            ended.append(told.stream)
            bench.server.advance(HALF_AN_HOUR)

    rig.reports = type("Told", (list,), {"append": staticmethod(report)})()
    assert await rig.once() == 0
    assert ended
    assert len(bench.refreshes) == 1
    assert rig.state().state == "ok"


async def test_a_login_that_ended_pauses_the_account_and_keeps_the_outbox(
    signed_rig: Rig, bench: Bench
) -> None:
    rig = signed_rig
    number = rig.ticket()
    assert await rig.once() == 0
    change = rig.change(number, "Still to be sent.")
    bench.end_login()
    assert await rig.once() == 1
    assert rig.state().state == "paused"
    assert "account add demo" in rig.state().sentence
    assert rig.standing(change) == "queued"
    await asyncio.to_thread(bench.sign_in)
    assert await rig.once() == 0
    assert rig.standing(change) == "sent"
    assert bench.server.public_texts(number)[-1] == "Still to be sent."


async def test_nothing_leaves_a_read_only_account(rig: Rig, server: RunningHelpdesk) -> None:
    number = rig.ticket()
    assert await rig.once() == 0
    rig.config = replace(rig.config, accounts=(replace(rig.config.accounts[0], read_only=True),))
    change = rig.change(number, "Not to be sent.", status="pending")
    before = server.query("SELECT count(*) AS n FROM audits")[0]["n"]
    assert await rig.once() == 0
    kept = rig.reader.change(change.uuid)
    assert kept is not None
    assert kept.held_back
    assert "read-only" in (kept.error or "")
    assert rig.reader.outbox_counts() == {"held back": 1}
    assert rig.detail(number).row.status == "pending", "what was written is shown all the same"
    assert server.query("SELECT count(*) AS n FROM audits")[0]["n"] == before
    # Writable again, it still waits for the agent's word; what is written now does not wait behind it.
    rig.config = replace(rig.config, accounts=(replace(rig.config.accounts[0], read_only=False),))
    later = rig.change(number, "Sent now.", public=False)
    assert await rig.once() == 0
    assert (rig.standing(change), rig.standing(later)) == ("held", "sent")
    rig.writer.send_now(change.uuid, rig.clock.now())
    assert await rig.once() == 0
    assert rig.standing(change) in ("sent", "conflict")


async def test_the_connection_itself_refuses_to_write_for_a_read_only_account(
    rig: Rig, server: RunningHelpdesk
) -> None:
    account = replace(rig.config.accounts[0], read_only=True)
    helpdesk: Any = open_helpdesk("zendesk", account, lambda: server.token, rig.clock)
    before = server.ticket(1)["status"]
    try:
        with pytest.raises(NotAllowed, match="read-only"):
            await helpdesk.client.send("PUT", "tickets/1", {"ticket": {"status": "solved"}})
    finally:
        await helpdesk.close()
    assert server.ticket(1)["status"] == before != "solved"


def test_time_is_told_in_microseconds() -> None:
    pair = TokenPair("a", "b", "c", 5 * SECOND, "read")
    assert TokenPair.read(pair.spelled(), "x") == pair
