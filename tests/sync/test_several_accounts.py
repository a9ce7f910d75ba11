"""One profile with several helpdesks: one queue over all, and none that keeps another waiting."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.desk import macros, replies, tickets, views
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import UsageError
from tests.e2e.programs import run
from tests.support.held_line import HeldLine
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import AGENT, COLLEAGUE, THANKS_MACRO
from tests.sync.several import Several

NAMES = ("acme", "bolt", "crew")


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, RunningHelpdesk]]:
    with contextlib.ExitStack() as opened:
        yield {name: opened.enter_context(helpdesk_in_thread(tickets=10)) for name in NAMES}


@pytest.fixture
def servers(running: dict[str, RunningHelpdesk]) -> dict[str, RunningHelpdesk]:
    for server in running.values():
        server.clear_faults()
    return running


@pytest.fixture
def several(servers: dict[str, RunningHelpdesk], tmp_path: Path) -> Iterator[Several]:
    made = Several(servers, tmp_path / "profile")
    yield made
    made.desk.close()


async def test_one_queue_shows_all_and_says_where_each_is_from(several: Several) -> None:
    assert await several.once() == 0
    wanted = {
        f"{name}#{row['id']}"
        for name, server in several.servers.items()
        for row in server.query("SELECT id FROM tickets WHERE deleted_at IS NULL")
    }
    assert several.named("") == wanted
    assert several.named("account:bolt") == {name for name in wanted if name.startswith("bolt#")}
    mine = {
        f"{name}#{row['id']}"
        for name, server in several.servers.items()
        for row in server.query(
            "SELECT id FROM tickets WHERE assignee_id = ? AND status IN ('new', 'open', 'pending', 'hold')"
            " AND deleted_at IS NULL",
            AGENT,
        )
    }
    assert several.named("status<solved assignee:me") == mine and len(mine) >= 3
    with pytest.raises(UsageError, match="acme#1 or bolt#1 or crew#1"):
        tickets.resolve(several.desk, "#1")


async def test_a_search_finds_the_tickets_of_all(several: Several) -> None:
    numbers = {name: several.new_ticket(name, "The zylophone is mute") for name in NAMES}
    assert await several.once() == 0
    assert several.named("zylophone") == {f"{name}#{number}" for name, number in numbers.items()}
    assert several.named("zylophone account:crew") == {f"crew#{numbers['crew']}"}


async def test_a_view_is_of_its_own_helpdesk(several: Several) -> None:
    assert await several.once() == 0
    found = [view for view in views.all_views(several.desk, ()).views if view.section == "helpdesk"]
    assert {view.title.partition(": ")[0] for view in found} == set(NAMES)
    for view in found:
        account = view.title.partition(": ")[0]
        assert {name.partition("#")[0] for name in several.named(view.query)} <= {account}
    assert any(several.named(view.query) for view in found)


async def test_a_ticket_gets_the_macros_of_its_own_helpdesk(several: Several) -> None:
    several.servers["bolt"].execute("UPDATE macros SET title = 'Bolt says thanks' WHERE id = ?", THANKS_MACRO)
    number = several.new_ticket("bolt")
    assert await several.once() == 0
    everything, _ = macros.all_macros(several.desk)
    usable = macros.usable(everything, "bolt")
    assert {item.account for item in usable} == {None, "bolt"}
    item = macros.find([one for one in usable if one.account], "Bolt says thanks")
    assert "Bolt says thanks" not in {one.name for one in macros.usable(everything, "acme")}
    detail = tickets.open_ticket(several.desk, several.local("bolt", number))
    shown = macros.preview(several.desk, item, detail)
    assert "Thank you." in shown.text and "Mira Holt" in shown.text
    assert not shown.left_out


async def test_bulk_changes_go_to_each_ticket_at_its_own_helpdesk(several: Several) -> None:
    numbers = {name: several.new_ticket(name) for name in NAMES}
    assert await several.once() == 0
    ids = [several.local(name, number) for name, number in numbers.items()]
    changes = (
        FieldChange("status", "pending"),
        FieldChange("tags", TagsEdit(("everywhere",), ())),
        FieldChange("assignee", "jon.berg@tiny.example"),
        FieldChange("Cause", "Delivery"),
    )
    assert len(tickets.set_fields(several.desk, ids, changes, undo_seconds=0)) == 3
    assert await several.once() == 0
    for name, number in numbers.items():
        told = several.servers[name].client(admin=True).get(f"/tickets/{number}").json()["ticket"]
        assert (told["status"], told["assignee_id"]) == ("pending", COLLEAGUE), name
        assert "everywhere" in told["tags"]
        assert {one["id"]: one["value"] for one in told["custom_fields"]}[33] == "cause_delivery"


async def test_what_one_helpdesk_numbers_is_never_meant_for_another(several: Several) -> None:
    numbers = {name: several.new_ticket(name) for name in ("acme", "bolt")}
    assert await several.once() == 0
    ids = [several.local(name, number) for name, number in numbers.items()]
    for change, named in (
        (FieldChange("assignee", str(COLLEAGUE)), "assignee"),
        (FieldChange("group", "11"), "group"),
        (FieldChange("custom:33", "cause_fault"), "field 33"),
    ):
        with pytest.raises(UsageError, match=f"acme and bolt .*{named}"):
            tickets.set_fields(several.desk, ids, [change])
    with pytest.raises(UsageError, match="knows no agent"):
        tickets.set_fields(several.desk, ids, [FieldChange("assignee", "nobody.here@tiny.example")])
    assert not several.waits("acme") and not several.waits("bolt")


async def test_a_silent_helpdesk_delays_no_other(servers: dict[str, RunningHelpdesk], tmp_path: Path) -> None:
    line = HeldLine(servers["acme"].server.port)
    await line.start()
    several = Several(servers, tmp_path / "profile", urls={"acme": line.url})
    try:
        line.hold()
        async with several.working() as worker:
            await line.waiting.wait()
            await several.until(lambda: several.state("bolt").state == "ok", "bolt's first sync")
            await several.until(lambda: several.state("crew").state == "ok", "crew's first sync")
            assert several.state("acme").last_sync_at is None
            line.let_go()
            await several.until(lambda: several.state("acme").state == "ok", "acme's first sync")
            # Silent again, with a reply on its way.
            numbers = {name: several.new_ticket(name) for name in NAMES}
            for account in worker.accounts:
                account.hurry()
            names = {f"{name}#{number}" for name, number in numbers.items()}
            await several.until(lambda: names <= several.named(""), "the new tickets")
            line.hold()
            for name in NAMES:
                ticket = several.local(name, numbers[name])
                seen = tickets.open_ticket(several.desk, ticket).last_message
                replies.send(
                    several.desk,
                    ticket,
                    text="We are on it.",
                    public=True,
                    last_seen_message=seen,
                    undo_seconds=0,
                )
            worker.wake()
            await line.waiting.wait()
            await several.until(lambda: not several.waits("bolt") and not several.waits("crew"), "replies")
            assert several.waits("acme")
            assert servers["bolt"].public_texts(numbers["bolt"])[-1] == "We are on it."
            line.let_go()
            await several.until(lambda: not several.waits("acme"), "acme's reply")
            assert servers["acme"].public_texts(numbers["acme"]).count("We are on it.") == 1
    finally:
        await line.close()
        several.desk.close()


async def test_a_throttled_helpdesk_delays_no_other(several: Several) -> None:
    numbers = {name: several.new_ticket(name) for name in NAMES}
    assert await several.once() == 0
    several.servers["acme"].plant("rate_limited", retry_after=3600, times=None)
    async with several.working() as worker:
        await several.until(lambda: several.state("acme").state == "throttled", "the limit to be told")
        for name in NAMES:
            several.set(name, numbers[name], FieldChange("tags", TagsEdit(("urgent",), ())))
        worker.wake()
        await several.until(lambda: not several.waits("bolt") and not several.waits("crew"), "the changes")
        await several.until(
            lambda: {several.state(name).state for name in ("bolt", "crew")} == {"ok"}, "the others in step"
        )
    told = several.state("acme")
    assert several.waits("acme") and "3600 s" in told.sentence
    assert (told.retry_at or 0) > several.clock.now() + 3500 * 1_000_000
    several.servers["acme"].clear_faults()
    async with several.working():
        await several.until(lambda: not several.waits("acme"), "what had waited")


def test_sync_tells_how_each_account_stands(
    servers: dict[str, RunningHelpdesk], tmp_path: Path, unused_tcp_port: int
) -> None:
    several = Several(servers, tmp_path / "profile", urls={"acme": f"http://127.0.0.1:{unused_tcp_port}"})
    several.desk.close()
    tokens = {name: server.token for name, server in servers.items()}
    done = run(several.home, "sync", "--once", "--json", **tokens)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["up_to_date"] is False
    states = {one["name"]: one for one in document["accounts"]}
    assert states["acme"]["state"] == "offline" and states["acme"]["last_sync_at"] is None
    assert states["acme"]["sentence"].startswith("acme: ") and states["acme"]["retry_at"]
    for name in ("bolt", "crew"):
        assert states[name]["state"] == "ok" and states[name]["last_sync_at"] and not states[name]["sentence"]
    shown = run(several.home, "list", "status<solved", "--json").stdout
    assert {one["account"] for one in json.loads(shown)["tickets"]} == {"bolt", "crew"}
