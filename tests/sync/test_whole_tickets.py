"""Tickets made, merged and removed: exactly once, wherever the line breaks or the worker dies."""

from __future__ import annotations

import asyncio

import pytest

from agentconsole.domain.changes import MergeInto, Removal
from agentconsole.helpdesks.zendesk import whole
from tests.support.proxy import CuttingProxy
from tests.sync.rig import Rig
from tests.sync.test_cut_lines import positions
from tests.sync.test_kill import killed
from tests.sync.test_push import quick

POINTS = ("before the claim", "after the claim", "before the request", "after the request", "before settling")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded helpdesk is done with a merge at once."""
    monkeypatch.setattr(whole, "MERGE_SETTLES", 0)
    monkeypatch.setattr(whole, "JOB_WAITS", (0.005, 0.02, *whole.JOB_WAITS))


def merging(target: int) -> MergeInto:
    return MergeInto(str(target), "It is in here now.", f"This went into {target}.")


async def pair(rig: Rig) -> tuple[int, int]:
    source, target = rig.ticket(), rig.ticket()
    await rig.once()
    return source, target


# Making


async def test_a_new_ticket_keeps_its_place_and_gets_its_number(rig: Rig) -> None:
    quick(rig)
    await rig.once()
    change = rig.new("Kettle 壶", priority="high")
    later = rig.reader.ticket_detail(change.ticket_id, 0)
    assert later is not None and later.row.name == f"~{change.ticket_id}"
    assert await rig.once() == 0
    assert rig.standing(change) == "sent"
    (number,) = rig.subjects("Kettle 壶")
    detail = rig.detail(number)
    assert detail.row.ticket_id == change.ticket_id and detail.row.name == f"#{number}"
    assert detail.row.priority == "high" and detail.row.requester == "Nina"
    assert ["".join(part.text for part in one.parts) for one in detail.messages] == ["It leaks."]
    await rig.once()
    assert len(rig.reader.find_ticket("demo", str(number))) == 1


async def test_what_is_done_to_it_before_goes_out_after_it(rig: Rig) -> None:
    quick(rig)
    await rig.once()
    change = rig.new("Kettle twice")
    from agentconsole.domain.changes import Change, FieldEdit, OutgoingMessage

    now = rig.clock.now()
    behind = Change(
        "behind", change.account_id, change.ticket_id, None, "held", now, now, "", None,
        (FieldEdit("priority", None, "urgent"),), OutgoingMessage("And one more thing", True), (),
    )  # fmt: skip
    rig.writer.queue_change(rig._planned(behind))
    assert await rig.once() == 0
    assert rig.standing(behind) == "sent"
    (number,) = rig.subjects("Kettle twice")
    assert rig.server.public_texts(number) == ["It leaks.", "And one more thing"]
    assert rig.server.ticket(number)["priority"] == "urgent"


async def test_a_refused_new_ticket_stays_with_its_reason_and_its_text(rig: Rig) -> None:
    quick(rig)
    await rig.once()
    change = rig.new("Refused", group="999999")
    await rig.once()
    found = rig.reader.change(change.uuid)
    assert found is not None and found.state == "rejected" and found.error
    draft = rig.reader.draft(change.ticket_id, True)
    assert draft is not None and draft.text == "It leaks."
    assert change.ticket_id in rig.reader.ticket_ids(None, "updated", rig.clock.now())


@pytest.mark.parametrize("side", ["request", "answer"])
async def test_one_ticket_is_made_wherever_the_line_breaks(
    cut_rig: Rig, proxy: CuttingProxy, side: str
) -> None:
    rig = cut_rig
    await rig.once()
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        for place in positions(900 if side == "request" else 1500, 6):
            subject = f"New {side} {place:05d}"
            if side == "request":
                cut = proxy.cut(begins=b"POST /api/v2/tickets ", request_bytes=place)
            else:
                cut = proxy.cut(begins=b"POST /api/v2/tickets ", answer_bytes=place)
            change = rig.new(subject)
            worker.wake()
            await rig.until(cut.struck.is_set, f"the cut at {place}")
            await rig.settled(change)
            assert len(rig.subjects(subject)) == 1, place
            (number,) = rig.subjects(subject)
            assert rig.detail(number).row.ticket_id == change.ticket_id


@pytest.mark.parametrize("point", POINTS)
async def test_one_ticket_is_made_wherever_the_worker_dies(rig: Rig, point: str) -> None:
    quick(rig)
    await rig.once()
    change = rig.new(f"Killed {point}")
    await killed(rig, point)
    assert await rig.once() == 0
    assert rig.standing(change) == "sent"
    (number,) = rig.subjects(f"Killed {point}")
    assert rig.detail(number).row.ticket_id == change.ticket_id


# Merging


async def test_a_merged_ticket_leaves_the_open_ones_and_both_threads_are_read(rig: Rig) -> None:
    quick(rig)
    source, target = await pair(rig)
    rig.change(source, "Before it goes", public=False)
    change = rig.change(source, action=merging(target))
    assert await rig.once() == 0
    assert rig.standing(change) == "sent" and rig.merges(target) == 1
    detail = rig.detail(source)
    assert detail.row.status == "closed"
    assert rig.reader.merged_into(detail.row.ticket_id) == rig.detail(target).row.ticket_id
    texts = ["".join(part.text for part in one.parts) for one in rig.detail(target).messages]
    assert texts[-1] == "It is in here now."
    assert rig.server.private_texts(source) == ["Before it goes", f"This went into {target}."]


@pytest.mark.parametrize("side", ["request", "answer"])
async def test_it_is_merged_once_wherever_the_line_breaks(
    cut_rig: Rig, proxy: CuttingProxy, side: str
) -> None:
    rig = cut_rig
    places = positions(600 if side == "request" else 700, 4)
    pairs = [(rig.ticket(), rig.ticket()) for _ in places]
    await rig.once()
    for place, (source, target) in zip(places, pairs, strict=True):
        begins = f"POST /api/v2/tickets/{target}/merge".encode()
        if side == "request":
            cut = proxy.cut(begins=begins, request_bytes=place)
        else:
            cut = proxy.cut(begins=begins, answer_bytes=place)
        change = rig.change(source, action=merging(target))
        await rig.once()
        assert cut.struck.is_set() and rig.standing(change) == "sent", place
        assert rig.merges(target) == 1 and rig.server.ticket(source)["status"] == "closed"


@pytest.mark.parametrize("point", POINTS)
async def test_it_is_merged_once_wherever_the_worker_dies(rig: Rig, point: str) -> None:
    quick(rig)
    source, target = await pair(rig)
    change = rig.change(source, action=merging(target))
    await killed(rig, point)
    assert await rig.once() == 0
    assert rig.standing(change) == "sent" and rig.merges(target) == 1


async def test_a_merge_that_takes_long_is_waited_for_and_not_made_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "JOB_WAITS", (0.01, 0.01))
    monkeypatch.setattr(whole, "MERGE_SETTLES", 30_000_000)
    quick(rig)
    source, target = await pair(rig)
    settings = rig.server.helpdesk.settings
    object.__setattr__(settings, "job_delay_seconds", 0.6)
    try:
        change = rig.change(source, action=merging(target))
        async with rig.working():
            await rig.settled(change, "unknown")
            await rig.settled(change)
    finally:
        object.__setattr__(settings, "job_delay_seconds", 0.0)
    assert rig.merges(target) == 1


async def test_a_merge_that_the_job_refuses_says_so(rig: Rig) -> None:
    quick(rig)
    source, target = await pair(rig)
    rig.server.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", target)
    change = rig.change(source, action=merging(target))
    await rig.once()
    found = rig.reader.change(change.uuid)
    assert found is not None and found.state == "rejected" and "cannot be merged" in str(found.error)
    assert rig.server.ticket(source)["status"] == "open"


# Removing


@pytest.mark.parametrize("spam", [True, False])
async def test_a_removed_ticket_is_gone_on_both_sides(rig: Rig, spam: bool) -> None:
    quick(rig)
    number, _ = await pair(rig)
    local = rig.detail(number).row.ticket_id
    change = rig.change(number, action=Removal(spam))
    assert await rig.once() == 0
    assert rig.standing(change) == "sent" and rig.server.ticket(number)["deleted_at"]
    assert local not in rig.reader.ticket_ids(None, "updated", rig.clock.now())
    await rig.once()
    assert local not in rig.reader.ticket_ids(None, "updated", rig.clock.now())


async def test_what_a_customer_has_just_written_is_not_deleted_unseen(rig: Rig) -> None:
    quick(rig)
    number, _ = await pair(rig)
    change = rig.change(number, action=Removal(spam=False))
    rig.server.customer_answers(number, "It is urgent!")
    await rig.once()
    found = rig.reader.change(change.uuid)
    assert found is not None and found.state == "conflict" and len(found.moved) == 1
    assert rig.server.ticket(number)["deleted_at"] is None
    rig.writer.send_anyway(change.uuid, rig.clock.now())
    await rig.once()
    assert rig.standing(change) == "sent" and rig.server.ticket(number)["deleted_at"]


# Pace


async def test_bulk_work_stays_under_the_limit_and_a_reply_passes_by(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from agentconsole.domain import pacing
    from tests.sync import test_push

    monkeypatch.setattr(test_push, "QUICK", replace(test_push.QUICK, updates_a_minute=10))
    monkeypatch.setattr(pacing, "SPAN", 3_000_000)
    quick(rig)
    numbers = [rig.ticket() for _ in range(13)]
    await rig.once()
    bulk = [rig.change(number, priority="low") for number in numbers[:12]]
    begun = asyncio.get_running_loop().time()
    async with rig.working() as worker:
        await rig.until(lambda: sum(rig.standing(one) == "sent" for one in bulk) == 8)
        reply = rig.change(numbers[12], "I am here.")
        worker.wake()
        await rig.settled(reply)
        assert sum(rig.standing(one) == "sent" for one in bulk) == 8, "the limit's share is used up"
        for one in bulk:
            await rig.settled(one)
        assert asyncio.get_running_loop().time() - begun >= 2.5


async def test_attempts_that_reach_nobody_do_not_use_up_a_tickets_limit(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from tests.sync import test_push

    monkeypatch.setattr(test_push, "QUICK", replace(test_push.QUICK, updates_a_ticket=1))
    quick(rig)
    number, other = rig.ticket(), rig.ticket()
    await rig.once()
    async with rig.working() as worker:
        connected = rig.change(other, "On the line")
        worker.wake()
        await rig.settled(connected)
        rig.server.stop()
        change = rig.change(number, "From the train")
        worker.wake()

        def attempts() -> int:
            found = rig.reader.change(change.uuid)
            return 0 if found is None else found.steps[-1].attempts

        await rig.until(lambda: attempts() >= 2, "a second attempt")
        rig.server.start()
        await rig.settled(change)
    assert rig.server.public_texts(number).count("From the train") == 1
