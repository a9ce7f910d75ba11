"""Two embedded helpdesks and a real Request Tracker in one profile: one queue, and each at its own pace."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agentconsole.desk import macros, replies, tickets, views
from agentconsole.domain.accounts import AccountSettings, new_account_uuid
from agentconsole.domain.changes import FieldChange, TagsEdit
from tests.live.rt.server import RtServer
from tests.live.rt.world import AGENT, TAGS, RtWorld, spoil
from tests.support.faulty_proxy import FaultyProxy
from tests.support.held_line import HeldLine
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.sync.several import Several

pytestmark = [pytest.mark.live, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def world(rt_server: RtServer) -> Iterator[RtWorld]:
    proxy = FaultyProxy(rt_server.port, spoil)
    made = RtWorld(rt_server, proxy)
    yield made
    made.close()
    proxy.close()


@pytest.fixture(scope="module")
def shops() -> Iterator[dict[str, RunningHelpdesk]]:
    with contextlib.ExitStack() as opened:
        yield {
            name: opened.enter_context(helpdesk_in_thread(tickets=8, now=int(time.time())))
            for name in ("acme", "bolt")
        }


@pytest.fixture
async def line(rt_server: RtServer) -> AsyncIterator[HeldLine]:
    held = HeldLine(rt_server.port)
    await held.start()
    yield held
    await held.close()


@pytest.fixture
def several(
    shops: dict[str, RunningHelpdesk], rt_server: RtServer, line: HeldLine, tmp_path: Path
) -> Iterator[Several]:
    tracker = AccountSettings(
        new_account_uuid(),
        "tracker",
        "rt",
        line.url,
        AGENT,
        secret="env",
        token_variable="TRACKER",
        options={"tags_field": TAGS},
    )
    made = Several(shops, tmp_path / "profile", others={"tracker": (tracker, rt_server.tokens[AGENT])})
    yield made
    made.desk.close()


async def test_one_queue_over_three(several: Several, world: RtWorld) -> None:
    numbers = {name: str(several.new_ticket(name, "The xylorimba hums")) for name in several.servers}
    numbers["tracker"] = world.ticket()
    world.put(numbers["tracker"], Subject="The xylorimba hums")
    assert await several.once() == 0
    called = {f"{name}#{number}" for name, number in numbers.items()}
    assert several.named("xylorimba") == called
    assert called <= several.named("status<solved assignee:me")
    assert several.named("account:tracker") == {f"tracker#{one}" for one in world.everything()}
    found = [view for view in views.all_views(several.desk, ()).views if view.section == "helpdesk"]
    for view in found:
        account = view.title.partition(": ")[0]
        assert all(name.startswith(f"{account}#") for name in several.named(view.query)), view
    everything, _ = macros.all_macros(several.desk)
    assert {one.account for one in macros.usable(everything, "tracker")} == {None}

    # One bulk change, and each helpdesk has it in its own words.
    ids = [several.local(name, int(number)) for name, number in numbers.items()]
    changes = (
        FieldChange("status", "pending"),
        FieldChange("priority", "high"),
        FieldChange("tags", TagsEdit(("everywhere",), ())),
    )
    assert len(tickets.set_fields(several.desk, ids, changes, undo_seconds=0)) == 3
    assert await several.once() == 0
    for name, server in several.servers.items():
        told = server.client(admin=True).get(f"/tickets/{numbers[name]}").json()["ticket"]
        assert (told["status"], told["priority"]) == ("pending", "high")
        assert "everywhere" in told["tags"]
    told = world.get(f"ticket/{numbers['tracker']}")
    assert (told["Status"], told["Priority"]) == ("stalled", "75")
    (tags,) = [one["values"] for one in told["CustomFields"] if one["name"] == TAGS]
    assert tags == ["everywhere"]


async def test_a_silent_request_tracker_delays_no_other(
    several: Several, world: RtWorld, line: HeldLine
) -> None:
    numbers = {name: several.new_ticket(name) for name in several.servers}
    numbers["tracker"] = int(world.ticket())
    async with several.working() as worker:
        for name in numbers:
            await several.until(lambda name=name: several.state(name).state == "ok", f"{name}")  # type: ignore[misc]
        line.hold()
        for name, number in numbers.items():
            ticket = several.local(name, number)
            replies.send(
                several.desk,
                ticket,
                text="We are on it.",
                public=True,
                last_seen_message=tickets.open_ticket(several.desk, ticket).last_message,
                undo_seconds=0,
            )
        worker.wake()
        await line.waiting.wait()
        await several.until(lambda: not several.waits("acme") and not several.waits("bolt"), "the others")
        assert several.waits("tracker")
        line.let_go()
        await several.until(lambda: not several.waits("tracker"), "the reply at Request Tracker")
    assert world.texts(str(numbers["tracker"]), public=True).count("We are on it.") == 1
