"""An agent's day at Request Tracker, through the real worker: RT and the console agree at its end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentconsole.domain.changes import MergeInto, OutgoingAttachment
from agentconsole.domain.times import SECOND, parse_instant
from agentconsole.helpdesks.rt import tickets_feed
from agentconsole.sync.worker import Worker
from tests.helpdesks.port import FaultName
from tests.live.rt.rig import RtRig
from tests.live.rt.server import RtServer
from tests.live.rt.world import AGENT, COLLEAGUE, RtWorld, spoil
from tests.support.counting import Ledger
from tests.support.faulty_proxy import FaultyProxy
from tests.support.proxy import CuttingProxy

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

MakeRig = Callable[..., RtRig]


@pytest.fixture(scope="module")
def world(rt_server: RtServer) -> Iterator[RtWorld]:
    proxy = FaultyProxy(rt_server.port, spoil)
    made = RtWorld(rt_server, proxy)
    yield made
    made.close()
    proxy.close()


@pytest.fixture
def make_rig(rt_server: RtServer, tmp_path: Path) -> Iterator[MakeRig]:
    made: list[RtRig] = []

    def make(login: str = AGENT, url: str | None = None) -> RtRig:
        made.append(RtRig.make(rt_server, tmp_path / str(len(made)), login, url))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


@pytest.fixture
async def line(rt_server: RtServer) -> AsyncIterator[CuttingProxy]:
    proxy = CuttingProxy(rt_server.port)
    await proxy.start()
    yield proxy
    await proxy.close()


async def test_a_full_pull_tells_what_rt_tells_in_few_requests(
    world: RtWorld, make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(url=world.url)
    rig.ledger = ledger = Ledger(world.proxy.requests)
    async with rig.working() as worker:
        tickets = rig.tickets()
        assert set(tickets) == world.numbers("Queue != 'General'")
        begun = rig.clock.now()
        for local in rig.unread_threads():
            rig.writer.request_thread(local, begun)
        worker.wake()
        await rig.until(lambda: not rig.unread_threads(), "all threads", 120)
        spent = ledger.requests("changes", "thread")
        assert spent <= 3 * len(tickets), f"{spent} requests for {len(tickets)} tickets"

        # What happened within the last moment is asked for again at each poll, in pages of a hundred; other
        # tests have been here, and a quiet minute is long.
        monkeypatch.setattr(tickets_feed, "LAG", SECOND)
        for _ in range(2):
            world.pass_time(1)
        await a_poll(rig, worker, ledger)
        await a_poll(rig, worker, ledger)
        number = min(tickets, key=int)
        opened = len(ledger.openings(number))
        await rig.opened(worker, number)
        assert len(ledger.openings(number)) == opened + 1
    idle, opening = ledger.polls()[-1], ledger.openings(number)[-1]
    assert 1 <= len(idle) <= 2, idle
    assert 1 <= len(opening) <= 2, opening
    for number in tickets:
        told = world.get(f"ticket/{number}", login=AGENT)
        shown = rig.detail(number)
        assert shown.fields["subject"] == told["Subject"] and shown.fields["status"] == told["Status"]
        assert shown.row.status_label == told["Status"], "RT's own word"
        assert shown.version == told["LastUpdated"]
        public = [text for kind, text in rig.texts(number) if kind == "reply"]
        notes = [text for kind, text in rig.texts(number) if kind == "note"]
        assert public == world.texts(number, public=True), number
        assert notes == world.texts(number, public=False), number


async def a_poll(rig: RtRig, worker: Worker, ledger: Ledger) -> None:
    """Ask for news, and wait for the end of the poll."""
    before = len(ledger.polls())
    worker.accounts[0].hurry()
    await rig.until(lambda: len(ledger.polls()) > before, "a poll")


def told_events(rig: RtRig, number: str) -> str:
    """What the thread tells of changes, in small letters."""
    events = [each for each in rig.detail(number).messages if each.kind == "event"]
    return " ".join(part.text for each in events for part in each.parts).casefold()


async def test_what_an_agent_does_arrives(world: RtWorld, make_rig: MakeRig) -> None:
    rig = make_rig()
    number = world.ticket(tags=["leak"])
    rig.files["ff"] = "領収書\n".encode()
    async with rig.working() as worker:
        await rig.opened(worker, number)
        files = (OutgoingAttachment("ff", "領収書 №1.txt", "text/plain", 10),)
        reply = rig.change(
            number, "Here is the bill.", files=files, status="stalled", tags=("bill", "leak"), priority="75"
        )
        assert [step.kind for step in reply.steps] == ["correspond", "update"]
        worker.wake()
        await rig.settled(reply)
        note = rig.change(number, "He sounded pleased.", public=False)
        worker.wake()
        await rig.settled(note)
        moved = rig.change(number, assignee=COLLEAGUE, group="4")
        worker.wake()
        await rig.settled(moved)
        back = rig.change(number, assignee=AGENT, status="resolved")
        worker.wake()
        await rig.settled(back)
        await rig.until(lambda: "resolved" in told_events(rig, number), "what it became, by itself")
        shown = await rig.opened(worker, number)
    told = world.get(f"ticket/{number}")
    assert (told["Status"], told["Owner"]["id"], told["Priority"], told["Queue"]["id"]) == (
        "resolved",
        AGENT,
        "75",
        "4",
    )
    assert world.texts(number, public=True) == ["It does not boil.", "Here is the bill."]
    assert world.texts(number, public=False) == ["He sounded pleased."]
    assert shown.row.status == "solved" and shown.row.tags == ("bill", "leak")
    said = [each for each in shown.messages if each.kind != "event"]
    assert [each.file_name for each in said[1].attachments] == ["領収書 №1.txt"]
    assert [each.kind for each in said] == ["reply", "reply", "note"]


async def test_what_others_do_comes_with_the_next_poll(world: RtWorld, make_rig: MakeRig) -> None:
    rig = make_rig()
    answered, merged, deleted = world.ticket(), world.ticket(), world.ticket()
    async with rig.working() as worker:
        assert {answered, merged, deleted} <= set(rig.tickets())
        world.customer_answers(answered, "It boils over now!")
        fresh = world.ticket()
        world.put(merged, MergeInto=answered)
        world.delete(deleted)
        worker.accounts[0].hurry()
        await rig.until(lambda: fresh in rig.tickets(), "the new ticket")
        await rig.until(lambda: not {merged, deleted} & set(rig.tickets()), "merged and deleted ones to go")
        await rig.until(
            lambda: any(text == "It boils over now!" for _, text in rig.texts(answered)), "the answer"
        )
        assert sum(text == "It does not boil." for _, text in rig.texts(answered)) == 2, (
            "the merged one's too"
        )


async def test_a_second_agent_is_never_overwritten(world: RtWorld, make_rig: MakeRig) -> None:
    rig = make_rig()
    number = world.ticket()
    async with rig.working() as worker:
        await rig.opened(worker, number)
        world.pass_time(1)
        world.colleague_sets(number, status="pending", priority="low")
        change = rig.change(number, status="resolved", tags=("mine",))
        worker.wake()
        asked = await rig.settled(change, "conflict")
        assert [(one.field, one.mine, one.theirs) for one in asked.conflicts] == [
            ("status", "resolved", "stalled")
        ]
        assert world.get(f"ticket/{number}")["Status"] == "stalled"
        rig.writer.resolve_conflict(change.uuid, {"status": "mine"}, rig.clock.now())
        worker.wake()
        await rig.settled(change)
    told = world.get(f"ticket/{number}")
    assert told["Status"] == "resolved" and told["Priority"] == "10", "theirs stays where mine says nothing"


async def test_a_reply_over_an_unseen_message_is_held(world: RtWorld, make_rig: MakeRig) -> None:
    rig = make_rig()
    number = world.ticket()
    async with rig.working() as worker:
        await rig.opened(worker, number)
        change = rig.change(number, "Have you tried?", added=("carl@copy.example",), status="stalled")
        world.customer_answers(number, "Never mind, it works.")
        worker.wake()
        held = await rig.settled(change, "conflict")
        assert len(held.moved) == 1 and world.copied(number) == set()
        assert "Have you tried?" not in world.texts(number, public=True)
        rig.writer.send_anyway(change.uuid, rig.clock.now())
        worker.wake()
        await rig.settled(change)
    assert world.texts(number, public=True).count("Have you tried?") == 1
    assert world.get(f"ticket/{number}")["Status"] == "stalled"


async def test_a_refused_field_leaves_the_reply_sent_once(world: RtWorld, make_rig: MakeRig) -> None:
    """The reply goes out, the status is refused: the text is no draft again that could be sent twice."""
    rig = make_rig()
    number = world.ticket()
    async with rig.working() as worker:
        await rig.opened(worker, number)
        change = rig.change(number, "Sent for good", status="nonsense")
        worker.wake()
        refused = await rig.settled(change, "rejected")
        assert [step.state for step in refused.steps] == ["sent", "rejected"]
        assert "nonsense" in (refused.error or "") or "valid" in (refused.error or "")
        assert rig.reader.draft(refused.ticket_id, True) is None
    assert world.texts(number, public=True).count("Sent for good") == 1


@pytest.mark.parametrize(
    ("verb", "side", "place"),
    [
        (b"POST ", "request", 0),
        (b"POST ", "request", 300),
        (b"POST ", "request", 100_000),
        (b"POST ", "answer", 0),
        (b"POST ", "answer", 20),
        (b"PUT ", "request", 0),
        (b"PUT ", "request", 100_000),
        (b"PUT ", "answer", 0),
    ],
)
async def test_lost_answers_make_no_duplicates(
    world: RtWorld, make_rig: MakeRig, line: CuttingProxy, verb: bytes, side: str, place: int
) -> None:
    rig = make_rig(url=line.url)
    number = world.ticket()
    async with rig.working() as worker:
        await rig.opened(worker, number)
        world.pass_time(1)
        if side == "request":
            cut = line.cut(begins=verb, request_bytes=place)
        else:
            cut = line.cut(begins=verb, answer_bytes=place)
        change = rig.change(number, "Exactly once", status="stalled")
        worker.wake()
        await rig.until(cut.struck.is_set, "the cut")
        await rig.settled(change)
        shown = await rig.opened(worker, number)
    assert world.texts(number, public=True) == ["It does not boil.", "Exactly once"]
    assert world.get(f"ticket/{number}")["Status"] == "stalled"
    assert [part.text for each in shown.messages for part in each.parts].count("Exactly once") == 1


async def test_three_agents_in_three_zones_see_and_write_the_same_time(
    world: RtWorld, make_rig: MakeRig
) -> None:
    number = world.ticket()
    query = json.dumps([{"field": "Name", "value": "Call back at"}])
    fields = {
        row["Name"]: row["id"] for row in world.get("customfields", fields="Name", query=query)["items"]
    }
    field = f"custom:{fields['Call back at']}"
    for login, instant in (
        ("ada", "2026-12-01T09:30:00Z"),
        ("kenji", "2026-12-01T23:45:00Z"),
        ("pilar", "2026-12-02T03:15:00Z"),
    ):
        rig = make_rig(login)
        async with rig.working() as worker:
            await rig.opened(worker, number)
            values: dict[str, Any] = {field: instant, "due": instant}
            change = rig.change(number, f"From {login}", public=False, **values)
            worker.wake()
            await rig.settled(change)
            shown = rig.detail(number)
            assert shown.fields[field] == instant and shown.fields["due"] == instant, login
        told = world.get(f"ticket/{number}")
        (custom,) = [one["values"] for one in told["CustomFields"] if one["name"] == "Call back at"]
        assert custom == [instant] and told["Due"] == instant, login
    assert world.texts(number, public=False) == ["From ada", "From kenji", "From pilar"]
    for login in ("ada", "kenji", "pilar"):
        rig = make_rig(login)
        await rig.once()
        async with rig.working() as worker:
            shown = await rig.opened(worker, number)
            created = {row["id"]: parse_instant(row["Created"]) for row in world.history(number)}
            assert all(each.created_at == created[each.remote_id] for each in shown.messages)
            world.pass_time(1)
            world.says("kenji", number, f"For {login}", public=False)
            worker.accounts[0].hurry()
            await until_stale(rig, number)


async def until_stale(rig: RtRig, number: str) -> None:
    """Wait for a poll to tell that a ticket has changed, or for the thread that it brought along."""
    known = rig.detail(number).version
    await rig.until(lambda: rig.detail(number).version != known, "the change at the next poll")


async def test_rows_that_one_may_not_see_are_survived(world: RtWorld, make_rig: MakeRig) -> None:
    rig = make_rig("pilar")
    assert await rig.once() == 0
    bills = world.numbers("Queue = 'Bills'")
    assert bills and not bills & set(rig.tickets())
    assert set(rig.tickets()) == world.numbers("Queue = 'Kettles' OR Queue = 'Toasters'")


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("fault", [None, "drop_before", "drop_after"])
async def test_a_new_ticket_is_made_once(
    world: RtWorld, make_rig: MakeRig, public: bool, fault: FaultName | None
) -> None:
    rig = make_rig(url=world.url)
    async with rig.working() as worker:
        subject = f"New {public} {fault}"
        if fault is not None:
            world.plant(fault, "create")
        change = rig.new(subject, world.group(), public=public)
        worker.wake()
        await rig.settled(change, seconds=60)
        (number,) = world.subjects(subject)
        detail = rig.detail(number)
        assert detail.row.ticket_id == change.ticket_id and detail.row.requester == "nina@new.example"
        assert world.texts(number, public=public) == ["It leaks."]
        assert world.texts(number, public=not public) == []


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_a_ticket_is_merged_once(world: RtWorld, make_rig: MakeRig, fault: FaultName) -> None:
    source, target = world.ticket(), world.ticket()
    rig = make_rig(url=world.url)
    async with rig.working() as worker:
        local = rig.detail(source).row.ticket_id
        world.plant(fault, "write")
        change = rig.change(source, action=MergeInto(target))
        worker.wake()
        await rig.settled(change, seconds=60)
        assert world.merged_into(source) == target and world.merges(target) == 1
        assert rig.reader.merged_into(local) == rig.detail(target).row.ticket_id
        assert source not in rig.tickets()
        kinds = ["reply", "reply"]
        await rig.until(
            lambda: [each.kind for each in rig.detail(target).messages if each.kind != "event"] == kinds,
            "both their messages",
        )
