"""What Request Tracker is asked for: counted by what it was for, and printed as JSON."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.rt import tickets_feed
from agentconsole.sync.worker import Worker
from tests.live.rt.rig import RtRig
from tests.live.rt.server import RtServer, free_port
from tests.live.rt.world import AGENT, RtWorld, spoil
from tests.support.counting import Ledger
from tests.support.faulty_proxy import FaultyProxy

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

TICKETS = 300


@pytest.fixture(scope="module")
def world(rt_server: RtServer) -> Iterator[RtWorld]:
    """An instance of its own, with more tickets."""
    folder = rt_server.folder / "many"
    shutil.copytree(rt_server.folder / "copies", folder / "copies", dirs_exist_ok=True)
    server = RtServer(folder, free_port())
    server.start(TICKETS)
    proxy = FaultyProxy(server.port, spoil)
    made = RtWorld(server, proxy)
    yield made
    made.close()
    proxy.close()
    server.stop()


async def poll(rig: RtRig, worker: Worker, ledger: Ledger) -> int:
    """Ask for news; how many requests the poll took."""
    before = len(ledger.polls())
    worker.accounts[0].hurry()
    await rig.until(lambda: len(ledger.polls()) > before, "a poll")
    return len(ledger.polls()[-1])


async def opening(rig: RtRig, worker: Worker, ledger: Ledger, number: str) -> int:
    """Open a ticket; how many requests it took."""
    before = len(ledger.openings(number))
    await rig.opened(worker, number)
    assert len(ledger.openings(number)) == before + 1
    return len(ledger.openings(number)[-1])


async def test_few_requests_for_three_hundred_tickets(
    world: RtWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tickets_feed, "LAG", SECOND)
    rig = RtRig.make(world.server, tmp_path / "profile", AGENT, world.url)
    rig.ledger = ledger = Ledger(world.proxy.requests)
    told: dict[str, object] = {"helpdesk": "rt"}
    async with rig.working() as worker:
        tickets = rig.tickets()
        begun = rig.clock.now()
        for local in rig.unread_threads():
            rig.writer.request_thread(local, begun)
        worker.wake()
        await rig.until(lambda: not rig.unread_threads(), "all threads", 300)
        told["tickets"] = len(tickets)
        told["first_sync_a_ticket"] = round(ledger.requests("changes", "thread") / len(tickets), 2)
        for _ in range(2):
            world.pass_time(1)
        await poll(rig, worker, ledger)
        told["idle_poll"] = await poll(rig, worker, ledger)
        told["open_mine"] = await opening(rig, worker, ledger, min(world.unsolved(mine=True), key=int))
    # As after a night: what this process opens, it has never read.
    rig.ledger = ledger = Ledger(world.proxy.requests)
    async with rig.working() as worker:
        await rig.until(ledger.polls, "the first poll")
        others = (world.unsolved(mine=False) - world.unsolved(mine=True)) & set(tickets)
        told["first_poll"] = len(ledger.polls()[-1])
        told["idle_poll_later"] = await poll(rig, worker, ledger)
        told["open_of_another"] = await opening(rig, worker, ledger, min(others, key=int))
        solved = set(tickets) - world.unsolved(mine=False)
        told["open_solved"] = await opening(rig, worker, ledger, min(solved, key=int))
        merged = next(each for each in sorted(set(tickets), key=int) if world.merges(each))
        told["open_merged_with_another"] = await opening(rig, worker, ledger, merged)
        told["open_every_other"] = 0
        for each in sorted(set(tickets), key=int):
            if not ledger.openings(each):
                took = await opening(rig, worker, ledger, each)
                told["open_every_other"] = max(took, int(str(told["open_every_other"])))
    rig.close()
    with capsys.disabled():
        sys.stdout.write(f"\n{json.dumps(told)}\n")
    assert isinstance(told["tickets"], int) and told["tickets"] >= 200
    assert told["first_sync_a_ticket"] <= 3  # type: ignore[operator]
    for name in told.keys() - {"helpdesk", "tickets", "first_sync_a_ticket", "first_poll"}:
        assert 1 <= told[name] <= 2, (name, told)  # type: ignore[operator]
