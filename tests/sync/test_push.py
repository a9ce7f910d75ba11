"""The outbox on its way out: once, in order, never over what somebody else wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from time import monotonic
from typing import Any, ClassVar

import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import Applied, Change, Found, MergeInto, OutgoingAttachment, Removal, Step
from agentconsole.domain.errors import Conflict
from agentconsole.domain.queries import parse_query
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.base import Capabilities, Helpdesk, Thread
from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk
from agentconsole.store.blobs import Blobs
from agentconsole.sync import delivery
from agentconsole.sync.schedule import wait_after
from tests.support.tiny_company import SHORT_FORM
from tests.sync.rig import Rig

QUICK = Capabilities(stale_write_check="atomic", marker=True, settle_seconds=0.05)


def quick(rig: Rig) -> None:
    """Have the worker look for a lost answer soon."""

    class Quick(ZendeskHelpdesk):
        async def capabilities(self) -> Capabilities:
            return QUICK

    def connect(account: AccountSettings, secret: Callable[[], str]) -> Helpdesk:
        return Quick(account, secret, rig.clock, history_months=0, read_file=Blobs(rig.paths.blobs_dir).read)

    rig.connect = connect


async def ready(rig: Rig, **values: Any) -> int:
    """A ticket that the console knows with its thread."""
    quick(rig)
    number = rig.ticket(**values)
    assert await rig.once() == 0
    assert rig.detail(number).messages
    return number


async def test_a_reply_goes_out_once_with_its_fields(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "It boils again.", status="pending", tags=("boiled",))
    assert await rig.once() == 0
    assert rig.standing(change) == "sent"
    assert rig.server.public_texts(number)[1:] == ["It boils again."]
    assert rig.server.ticket(number)["status"] == "pending"
    detail = rig.detail(number)
    assert detail.row.status == "pending" and detail.row.tags == ("boiled",)
    texts = [part.text for message in detail.messages for part in message.parts]
    assert texts.count("It boils again.") == 1 and not detail.pending


@pytest.mark.parametrize("tells", [True, False], ids=["told", "silent"])
async def test_what_an_own_change_was_is_soon_in_the_thread(rig: Rig, tells: bool) -> None:
    class Silent(ZendeskHelpdesk):
        """Answers a write without what it became in the thread, as Request Tracker does."""

        async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
            return replace(await super().apply(change, step, base_version), events=())

    number = await ready(rig)
    if not tells:
        rig.connect = lambda account, secret: Silent(account, secret, rig.clock, history_months=0)
    before = len(rig.detail(number).messages)
    async with rig.working():
        change = rig.change(number, status="pending")
        await rig.settled(change)
        with rig.console() as conn:
            asked = conn.execute("SELECT count(*) FROM request").fetchone()[0]
        assert not (tells and asked), "the answer tells all"
        await rig.until(lambda: len(rig.detail(number).messages) == before + 1, "the event")
    assert rig.detail(number).messages[-1].kind == "event"


async def test_a_note_goes_out_as_a_note(rig: Rig) -> None:
    number = await ready(rig)
    rig.change(number, "Between us", public=False)
    await rig.once()
    assert rig.server.private_texts(number) == ["Between us"]


async def test_files_go_out_with_their_reply(rig: Rig, tmp_path: Any) -> None:
    number = await ready(rig)
    path = tmp_path / "bill.txt"
    path.write_bytes(b"42 EUR")
    file: OutgoingAttachment = Blobs(rig.paths.blobs_dir).put(path)
    change = rig.change(number, "Your bill", files=(file,))
    await rig.once()
    assert rig.standing(change) == "sent"
    rows = rig.server.query(
        "SELECT a.file_name FROM attachments a JOIN comments c ON c.id = a.comment_id WHERE c.ticket_id = ?",
        number,
    )
    assert [row["file_name"] for row in rows] == ["bill.txt"]


async def test_what_is_held_can_be_taken_back(rig: Rig) -> None:
    number = await ready(rig)
    async with rig.working():
        change = rig.change(number, "Oops", held_seconds=30)
        other = rig.change(await ready_beside(rig), "Fine")
        await rig.settled(other)
        assert rig.standing(change) == "held"
        draft = rig.writer.undo_change(change.uuid, rig.clock.now())
        assert draft is not None and draft.text == "Oops"
    assert "Oops" not in rig.server.public_texts(number)


async def ready_beside(rig: Rig) -> int:
    """Another ticket that the console knows already."""
    for ticket_id in rig.reader.ticket_ids(None, "newest", rig.clock.now()):
        row = rig.reader.queue_rows([ticket_id])[ticket_id]
        if row.assigned_to_me and row.status == "open" and row.remote_id is not None and row.waiting is None:
            return int(row.remote_id)
    raise AssertionError("there is no other ticket")


async def test_the_undo_window_ends_by_itself(rig: Rig) -> None:
    number = await ready(rig)
    async with rig.working():
        change = rig.change(number, "Soon", held_seconds=0.3)
        await rig.settled(change)
    assert rig.server.public_texts(number)[1:] == ["Soon"]


async def test_replies_of_one_ticket_keep_their_order(rig: Rig) -> None:
    number = await ready(rig)
    for place in range(4):
        rig.change(number, f"Part {place}")
    await rig.once()
    assert rig.server.public_texts(number)[1:] == [f"Part {place}" for place in range(4)]


async def test_a_colleagues_field_stays_beside_mine(rig: Rig) -> None:
    number = await ready(rig, tags=["old"])
    rig.server.advance(2)
    change = rig.change(number, "Done", status="pending", tags=("mine", "old"))
    rig.server.act(102, number, {"priority": "urgent", "tags": ["old", "theirs"]})
    await rig.once()
    assert rig.standing(change) == "sent"
    row = rig.server.ticket(number)
    assert row["status"] == "pending" and row["priority"] == "urgent"
    assert rig.detail(number).row.tags == ("mine", "old", "theirs")


async def test_a_field_changed_on_both_sides_asks(rig: Rig) -> None:
    number = await ready(rig)
    rig.server.advance(2)
    change = rig.change(number, None, priority="low")
    rig.server.act(102, number, {"priority": "urgent"})
    await rig.once()
    held = await rig.settled(change, "conflict")
    assert [(each.field, each.mine, each.theirs) for each in held.conflicts] == [
        ("priority", "low", "urgent")
    ]
    assert "priority" in (held.error or "")
    assert rig.server.ticket(number)["priority"] == "urgent"
    rig.writer.resolve_conflict(change.uuid, {"priority": "mine"}, rig.clock.now())
    await rig.once()
    assert rig.standing(change) == "sent" and rig.server.ticket(number)["priority"] == "low"


async def test_a_reply_to_a_thread_that_moved_is_held_until_the_agent_says_so(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "Please restart it.", status="pending")
    rig.server.advance(2)
    rig.server.customer_answers(number, "Never mind, it was unplugged.")
    await rig.once()
    held = await rig.settled(change, "conflict")
    assert len(held.moved) == 1 and "message came" in (held.error or "")
    assert rig.server.public_texts(number)[-1] == "Never mind, it was unplugged."
    texts = [part.text for message in rig.detail(number).messages for part in message.parts]
    assert "Never mind, it was unplugged." in texts, "what is new is there to be shown beside it"
    rig.writer.send_anyway(change.uuid, rig.clock.now())
    await rig.once()
    assert rig.standing(change) == "sent"
    assert rig.server.public_texts(number)[-1] == "Please restart it."


async def test_an_unseen_message_holds_a_reply_even_if_the_version_is_new(rig: Rig) -> None:
    """The ticket was read again, the thread on screen was not."""
    number = await ready(rig)
    seen = rig.detail(number).last_message
    rig.server.advance(2)
    rig.server.customer_answers(number, "One more thing")
    await rig.once()
    change = rig.change(number, "Answer to the first thing", last_seen=seen)
    await rig.once()
    await rig.settled(change, "conflict")
    assert "Answer to the first thing" not in rig.server.public_texts(number)


async def test_a_colleagues_note_does_not_hold_a_note(rig: Rig) -> None:
    number = await ready(rig)
    rig.server.advance(2)
    change = rig.change(number, "My note", public=False)
    rig.server.act(102, number, {"comment": {"body": "Theirs", "public": False}})
    await rig.once()
    assert rig.standing(change) == "sent"
    assert rig.server.private_texts(number) == ["Theirs", "My note"]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "server_error", "cut_answer", "not_json"])
async def test_a_lost_answer_ends_in_exactly_one(rig: Rig, fault: str) -> None:
    number = await ready(rig)
    change = rig.change(number, "Once", status="pending")
    rig.server.plant(fault, method="PUT")
    await rig.once()
    await rig.settled(change)
    assert rig.server.public_texts(number).count("Once") == 1
    texts = [part.text for message in rig.detail(number).messages for part in message.parts]
    assert texts.count("Once") == 1


async def test_a_passing_collision_is_tried_again(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "Busy")
    rig.server.plant("database_conflict", method="PUT", times=2)
    await rig.once()
    await rig.settled(change)
    assert rig.server.public_texts(number).count("Busy") == 1


async def test_a_wait_that_is_asked_for_is_kept(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "Later")
    rig.server.plant("rate_limited", method="PUT", retry_after=1)
    began = asyncio.get_running_loop().time()
    await rig.once()
    await rig.settled(change)
    assert asyncio.get_running_loop().time() - began >= 0.9
    assert rig.server.public_texts(number).count("Later") == 1


async def test_a_refusal_gives_the_text_back(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "Solved, I think", status="solved")
    other = rig.change(await other_ticket(rig, number), "Unconcerned")
    await rig.once()
    refused = await rig.settled(change, "rejected")
    assert "Cause" in (refused.error or "")
    draft = rig.reader.draft(change.ticket_id, True)
    assert draft is not None and draft.text == "Solved, I think"
    assert rig.detail(number).row.status == "open", "refused values are not shown as if true"
    assert rig.standing(other) == "sent", "one failure blocks its own ticket only"


async def test_a_form_that_is_gone_is_not_offered_any_longer(rig: Rig) -> None:
    number = await ready(rig)

    def forms() -> set[str]:
        fields = rig.reader.fields(rig.state().id)
        return {option.key for field in fields if field.name == "form" for option in field.options}

    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        for gone in (SHORT_FORM, SHORT_FORM + 1):
            rig.server.execute("UPDATE ticket_forms SET id = id + 1 WHERE id = ?", gone)
            assert str(gone) in forms()
            if gone == SHORT_FORM:
                change = rig.change(number, "Hello", form=str(gone))
            else:
                change = rig.new("Kettle", form=str(gone))
            worker.wake()
            refused = await rig.settled(change, "rejected")
            assert "not in use any more; choose another one" in (refused.error or "")
            await rig.until(lambda: str(gone) not in forms(), "the forms are read again")  # noqa: B023
            assert str(gone + 1) in forms()


async def other_ticket(rig: Rig, number: int) -> int:
    other = rig.ticket()
    await rig.once()
    assert other != number
    return other


async def test_a_missing_right_rejects_that_change_alone(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "May I?")
    rig.server.plant("forbidden", method="PUT")
    await rig.once()
    assert "does not allow" in ((await rig.settled(change, "rejected")).error or "")
    assert rig.state().state == "ok"


async def test_a_deleted_ticket_rejects_its_reply(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "Hello?")
    assert rig.server.client(admin=True).delete(f"/tickets/{number}").status_code == 204
    await rig.once()
    refused = await rig.settled(change, "rejected")
    assert (refused.error or "").startswith(f"The helpdesk has no #{number} any more"), refused.error
    draft = rig.reader.draft(change.ticket_id, True)
    assert draft is not None and draft.text == "Hello?"
    # It leaves the queue, but what the agent has under way there does not.
    await rig.once()
    found = {
        query: change.ticket_id in rig.reader.ticket_ids(parse_query(query), "updated", rig.clock.now())
        for query in ("status<closed", "is:draft", "is:waiting", f"id:{number}")
    }
    assert found == {"status<closed": False, "is:draft": True, "is:waiting": True, f"id:{number}": True}
    assert rig.detail(number).gone == "deleted"


@pytest.mark.parametrize("spam", [True, False])
async def test_to_remove_a_ticket_that_is_gone_already_needs_nothing(rig: Rig, spam: bool) -> None:
    number = await ready(rig)
    change = rig.change(number, action=Removal(spam))
    assert rig.server.client(admin=True).delete(f"/tickets/{number}").status_code == 204
    await rig.once()
    assert rig.standing(change) == "sent" and rig.detail(number).gone


async def test_a_merge_into_a_ticket_that_is_gone_is_refused_in_plain_words(rig: Rig) -> None:
    number, target = await ready(rig), rig.ticket()
    change = rig.change(number, action=MergeInto(str(target)))
    assert rig.server.client(admin=True).delete(f"/tickets/{target}").status_code == 204
    await rig.once()
    told = (await rig.settled(change, "rejected")).error or ""
    assert told.startswith(f"The helpdesk has no #{number} or no #{target} any more") and "404" not in told
    assert not rig.detail(number).gone


async def test_offline_the_reply_waits_and_goes_out_by_itself(rig: Rig) -> None:
    number = await ready(rig)
    async with rig.working():
        await rig.until(lambda: rig.state().state == "ok")
        rig.server.stop()
        change = rig.change(number, "From the train")
        await rig.until(lambda: rig.state().state == "offline", "offline")
        assert "refused" in rig.state().sentence and rig.standing(change) in ("queued", "sending")
        rig.server.start()
        await rig.settled(change)
        await rig.until(lambda: rig.state().state == "ok", "ok again")
    assert rig.server.public_texts(number).count("From the train") == 1


async def test_a_refused_login_pauses_the_account_and_loses_nothing(rig: Rig) -> None:
    number = await ready(rig)
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        rig.server.plant("unauthorized", method=None, times=None)
        change = rig.change(number, "Patience")
        await rig.until(lambda: rig.state().state == "paused", "paused")
        assert "refused the login" in rig.state().sentence
        asked = rig.secrets.asked
        rig.server.clear_faults()
        for account in worker.accounts:
            account.hurry()
        await rig.settled(change)
        assert rig.secrets.asked > asked, "the secret is read anew"
    assert rig.server.public_texts(number).count("Patience") == 1


async def test_an_expired_upload_is_made_again(rig: Rig, tmp_path: Any) -> None:
    number = await ready(rig)
    path = tmp_path / "old.txt"
    path.write_bytes(b"old")
    change = rig.change(number, "With file", files=(Blobs(rig.paths.blobs_dir).put(path),))
    rig.server.plant("rate_limited", method="PUT", retry_after=3600)
    await rig.once()
    waits = await rig.settled(change, "queued")
    assert waits.steps[0].state == "sent" and "wait" in (waits.error or "")
    long_ago = rig.clock.now() - SECOND
    with rig.console() as conn:
        conn.execute("UPDATE change_step SET expires_at = ?, next_attempt_at = NULL", (long_ago,))
        conn.commit()
    await rig.once()
    await rig.settled(change)
    assert rig.server.query("SELECT COUNT(*) AS n FROM attachments WHERE file_name = 'old.txt'")[0]["n"] == 2


async def test_a_fault_of_the_programs_own_is_no_second_reply(rig: Rig) -> None:
    """The request left, then something of ours broke: it is looked for, not repeated."""
    number = await ready(rig)

    class Broken(ZendeskHelpdesk):
        failed = False

        async def capabilities(self) -> Capabilities:
            return QUICK

        async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
            applied = await super().apply(change, step, base_version)
            if not Broken.failed:
                Broken.failed = True
                raise RuntimeError("after the answer")
            return applied

    rig.connect = lambda account, secret: Broken(account, secret, rig.clock, history_months=0)
    change = rig.change(number, "Only one")
    await rig.once()
    await rig.settled(change)
    assert rig.server.public_texts(number).count("Only one") == 1


async def test_one_account_in_trouble_delays_no_other(rig: Rig, unused_tcp_port: int) -> None:
    number = await ready(rig)
    rig.add_account("dead", f"http://127.0.0.1:{unused_tcp_port}")
    async with rig.working():
        await rig.until(lambda: "dead" in rig.names() and rig.state("dead").state == "offline", "told")
        change = rig.change(number, "Unharmed")
        await rig.settled(change)


async def test_a_trigger_of_the_helpdesk_keeps_its_tag(rig: Rig) -> None:
    """What the server adds to the first write is not taken away by the second, which knew nothing of it."""
    number = await ready(rig, tags=["old"])
    rig.server.advance(2)
    first = rig.change(number, tags=("mine", "old"))
    second = rig.change(number, "Between us", public=False, tags=("mine", "old", "too"))
    rig.server.act(102, number, {"tags": ["old", "theirs"]})
    # Versions are whole seconds: two writes within one cannot be told apart.
    rig.server.advance(2)
    await rig.once()
    assert rig.standing(first) == rig.standing(second) == "sent"
    assert rig.server.ticket(number)["tags"].split() == ["mine", "old", "theirs", "too"]
    # What was read between two writes of one second may be stored after them: only helpdesks whose clock
    # stands still, as here, tell nothing of it later.
    rig.server.advance(61)
    rig.server.act(102, number, {"priority": "high"})
    await rig.once()
    assert rig.detail(number).row.tags == ("mine", "old", "theirs", "too")


async def test_a_tag_that_was_taken_back_does_not_go_out_with_the_next_change(rig: Rig) -> None:
    number = await ready(rig, tags=["old"])
    first = rig.change(number, held_seconds=60, tags=("mine", "old"))
    rig.change(number, "Between us", public=False, tags=("mine", "old", "too"))
    rig.writer.undo_change(first.uuid, rig.clock.now())
    await rig.once()
    assert rig.detail(number).row.tags == ("old", "too")


async def test_a_decision_overwrites_nothing_that_came_after_the_question(rig: Rig) -> None:
    number = await ready(rig, priority="low")
    rig.server.advance(2)
    change = rig.change(number, priority="high", status="pending")
    rig.server.act(102, number, {"priority": "normal"})
    await rig.once()
    assert rig.standing(change) == "conflict"
    rig.server.advance(2)
    rig.server.act(102, number, {"priority": "urgent", "status": "hold"})
    rig.server.advance(60)
    await rig.once()
    rig.writer.resolve_conflict(change.uuid, {"priority": "mine"}, rig.clock.now())
    await rig.once()
    asked = rig.reader.change(change.uuid)
    assert asked is not None and asked.state == "conflict"
    assert {each.field: each.theirs for each in asked.conflicts} == {"priority": "urgent", "status": "hold"}
    assert rig.server.ticket(number)["priority"] == "urgent"


async def test_who_sends_anyway_is_asked_again_about_what_came_since(rig: Rig) -> None:
    number = await ready(rig)
    change = rig.change(number, "My answer")
    rig.server.customer_answers(number, "One more thing")
    await rig.once()
    assert rig.standing(change) == "conflict"
    rig.server.customer_answers(number, "Forget it, it works")
    rig.writer.send_anyway(change.uuid, rig.clock.now())
    await rig.once()
    assert rig.standing(change) == "conflict"
    rig.writer.send_anyway(change.uuid, rig.clock.now())
    await rig.once()
    assert rig.standing(change) == "sent" and rig.server.public_texts(number)[-1] == "My answer"


def well_apart(moments: list[float]) -> bool:
    """Tell whether there was a pause between each two, however slow the machine is."""
    return all(later - sooner > 0.8 for sooner, later in pairwise(moments))


class Broken(ZendeskHelpdesk):
    """Fails inside, in the ways that nobody has thought of, and counts how often it is asked."""

    asked: ClassVar[list[float]] = []
    """When it was, in seconds."""
    broken = "find_applied"

    async def capabilities(self) -> Capabilities:
        return QUICK

    async def thread(self, ticket: str) -> Thread:
        if Broken.broken == "thread":
            Broken.asked.append(monotonic())
            raise RuntimeError("nobody thought of this")
        return await super().thread(ticket)

    async def find_applied(self, change: Change, step: Step) -> Found:
        if Broken.broken == "find_applied":
            Broken.asked.append(monotonic())
            raise RuntimeError("nobody thought of this")
        return await super().find_applied(change, step)


@pytest.mark.parametrize("broken", ["thread", "find_applied"])
async def test_a_fault_inside_leaves_no_step_half_way_and_no_tight_circle(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(delivery, "_STORE_PAUSE", 0.05)
    monkeypatch.setattr(delivery, "wait_after", wait_after)
    number = await ready(rig)
    if broken == "find_applied":
        rig.server.plant("drop_after", method="PUT")
    rig.connect = lambda account, secret: Broken(account, secret, rig.clock, history_months=0)
    monkeypatch.setattr(Broken, "broken", broken)
    monkeypatch.setattr(Broken, "asked", [])
    change = rig.change(number, "Once")
    async with rig.working():
        await rig.until(lambda: Broken.asked and rig.standing(change) == "unknown", "settled as unknown")
        await asyncio.sleep(0.5)
        assert well_apart(Broken.asked), "it is not asked without a pause"
        monkeypatch.setattr(Broken, "broken", "")
        await rig.settled(change)
    assert rig.server.public_texts(number)[1:] == ["Once"]


async def test_a_login_that_may_not_look_leaves_it_to_the_agent(rig: Rig) -> None:
    number = await ready(rig)
    rig.server.plant("drop_after", method="PUT")
    rig.server.plant("forbidden", path=f"/tickets/{number}/audits", times=None)
    change = rig.change(number, "Perhaps")
    await rig.once()
    asked = rig.reader.change(change.uuid)
    assert asked is not None and asked.state == "unknown" and asked.ask


async def test_a_helpdesk_that_refuses_every_version_is_not_asked_in_a_tight_circle(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await ready(rig)
    asked: list[float] = []

    class Stubborn(ZendeskHelpdesk):
        async def capabilities(self) -> Capabilities:
            return QUICK

        async def apply(self, change: Change, step: Step, base_version: str) -> Applied:
            asked.append(monotonic())
            raise Conflict("demo: somebody else wrote first.")

    monkeypatch.setattr(delivery, "wait_after", wait_after)
    rig.connect = lambda account, secret: Stubborn(account, secret, rig.clock, history_months=0)
    change = rig.change(number, "Stubborn", public=False)
    async with rig.working():
        await rig.until(lambda: len(asked) >= 3, "three attempts")
        await asyncio.sleep(0.5)
        # Three at once, as each brings what somebody else wrote; from then on there are pauses.
        assert well_apart(asked[2:])
        assert rig.standing(change) == "queued"
