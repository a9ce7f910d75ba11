"""Kill -9 at each step: nothing is lost, nothing is sent twice, a first sync goes on where it was."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentconsole.config import SyncSettings
from agentconsole.helpdesks.zendesk import tickets_feed
from agentconsole.sync.reports import Progress
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.sync.killed import SMALL_PAGE
from tests.sync.rig import Rig
from tests.sync.test_push import quick

ROOT = Path(__file__).parents[2]


async def killed(rig: Rig, point: str) -> None:
    """Have a worker process die there."""
    account = rig.config.accounts[0]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.sync.killed",
        point,
        str(rig.paths.home),
        account.uuid,
        account.url,
        account.login,
        str(rig.clock.shift),
        cwd=ROOT,
        env={**os.environ, "TEST_TOKEN": rig.secrets.tokens["demo"], "PYTHONPATH": str(ROOT)},
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    "point",
    [
        "before the claim",
        "after the claim",
        "before the request",
        "after the request",
        "before settling",
        "after settling",
    ],
)
async def test_exactly_one_reply_wherever_the_worker_dies(rig: Rig, point: str) -> None:
    quick(rig)
    number = rig.ticket()
    await rig.once()
    change = rig.change(number, f"Killed {point}", status="pending")
    await killed(rig, point)
    expected = {"before the claim": "queued", "after settling": "sent"}.get(point, "sending")
    assert rig.standing(change) == expected
    assert await rig.once() == 0
    assert rig.standing(change) == "sent"
    assert rig.server.public_texts(number)[1:] == [f"Killed {point}"]
    assert rig.detail(number).row.status == "pending"


@pytest.fixture(scope="module")
def full_server() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=150) as server:
        yield server


async def test_a_first_sync_goes_on_from_its_last_page(
    full_server: RunningHelpdesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig.make(full_server, tmp_path, admin=True)
    rig.config = replace(rig.config, sync=SyncSettings(history_months=12))
    seen = [0]
    for point in ("in page 3", "in page 6"):
        await killed(rig, point)
        seen.append(len(rig.reader.ticket_ids(None, "updated", rig.clock.now())))
    assert seen[2] > seen[1] > 0
    monkeypatch.setattr(tickets_feed, "EXPORT_PAGE", SMALL_PAGE)
    assert await rig.once() == 0
    first = next(each for each in rig.reports if isinstance(each, Progress) and each.stream == "tickets")
    assert first.phase == "history" and first.done >= 2 * SMALL_PAGE, "it did not begin anew"
    with rig.console() as conn:
        tickets = {row[0] for row in conn.execute("SELECT remote_id FROM ticket")}
        messages = conn.execute("SELECT count(*) FROM message WHERE kind <> 'event'").fetchone()[0]
    on_server = full_server.query("SELECT id FROM tickets")
    assert tickets == {str(row["id"]) for row in on_server}
    assert messages == full_server.query("SELECT COUNT(*) AS n FROM comments")[0]["n"]
    rig.close()
