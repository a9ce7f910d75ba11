"""States of Changes: compare-and-set, order within a ticket, later Changes based anew."""

from __future__ import annotations

from typing import Any

import pytest

from agentconsole.domain.changes import Applied, FieldConflict, FieldEdit
from agentconsole.domain.errors import ChangeTooLate, UsageError
from agentconsole.domain.tickets import TicketPage
from agentconsole.domain.times import HOUR, MINUTE, SECOND
from agentconsole.helpdesks.base import Thread
from tests.unit.store.bench import STATUS_FIELD, Bench, change, message, ticket

SOLVE = FieldEdit("status", "open", "solved")


@pytest.fixture
def desk(bench: Bench) -> Bench:
    bench.ingest.put_fields([STATUS_FIELD], at=1)
    bench.put(ticket(1), ticket(2))
    return bench


def test_held_until_the_window_ends(desk: Bench) -> None:
    desk.queue("u1", at=1_000, held=10)
    assert desk.outbox.release_held(1_009) == 0
    assert desk.outbox.due(1_009, desk.account) == ()
    assert desk.outbox.release_held(1_010) == 1
    assert [one.uuid for one in desk.outbox.due(1_010, desk.account)] == ["u1"]


def test_without_a_window_it_is_queued_at_once(desk: Bench) -> None:
    assert desk.queue("u1", held=0).state == "queued"


def test_send_now_ends_the_window_once(desk: Bench) -> None:
    desk.queue("u1")
    assert desk.writer.send_now("u1", 1_001)
    assert not desk.writer.send_now("u1", 1_002)
    assert desk.state("u1") == "queued"


def test_the_same_change_twice_is_one(desk: Bench) -> None:
    desk.queue("u1")
    desk.writer.queue_change(change("u1", desk.account, text="something else"))
    (one,) = desk.reader.changes()
    assert one.message is not None and one.message.text == "We have sent the money back."


def test_a_change_without_a_step_is_refused(desk: Bench) -> None:
    with pytest.raises(ValueError, match="no step"):
        desk.queue("u1", steps=0)


def test_undo_and_claim_cannot_both_win(desk: Bench) -> None:
    desk.queue("u1")
    desk.outbox.release_held(2_000)
    (due,) = desk.outbox.due(2_000, desk.account)
    desk.writer.undo_change("u1", 2_001)
    assert not desk.outbox.claim(due.steps[0].id, 2_002)
    assert desk.state("u1") == "undone"

    desk.queue("u2")
    going = desk.claimed("u2")
    with pytest.raises(ChangeTooLate, match="The reply is already going out"):
        desk.writer.undo_change("u2", 5_001)
    with pytest.raises(ChangeTooLate):
        desk.writer.drop_change("u2", 5_001)
    desk.outbox.settle_sent(going, going.steps[0], Applied(), 5_002)
    with pytest.raises(ChangeTooLate, match="has been sent"):
        desk.writer.undo_change("u2", 5_003)


def test_a_step_is_claimed_once(desk: Bench) -> None:
    desk.queue("u1", held=0)
    (due,) = desk.outbox.due(2_000, desk.account)
    assert desk.outbox.claim(due.steps[0].id, 2_000)
    assert not desk.outbox.claim(due.steps[0].id, 2_000)
    stored = desk.reader.change("u1")
    assert stored is not None and (stored.steps[0].attempts, stored.steps[0].started_at) == (1, 2_000)


def test_a_claim_is_on_the_disk_at_once(desk: Bench) -> None:
    assert desk.sending.execute("PRAGMA synchronous").fetchone() == (2,)
    assert desk.conn.execute("PRAGMA synchronous").fetchone() == (2,)
    assert desk.bulk.execute("PRAGMA synchronous").fetchone() == (1,)


@pytest.mark.parametrize("state", ["held", "sending", "unknown", "conflict", "rejected"])
def test_an_unsettled_change_blocks_its_own_ticket_only(desk: Bench, state: str) -> None:
    desk.queue("first", held=10_000 if state == "held" else 10)
    desk.queue("second", held=0)
    desk.queue("other", ticket_id=2, held=0)
    if state != "held":
        going = desk.claimed("first")
        if state == "unknown":
            desk.outbox.settle_unknown(going.steps[0], "lost", 5_001, 5_010)
        elif state == "conflict":
            desk.outbox.settle_conflict(going, (), ("m9",), 5_001)
        elif state == "rejected":
            desk.outbox.settle_rejected(going, "no", 5_001)
    assert desk.state("first") == state
    assert [one.uuid for one in desk.outbox.due(6_000, desk.account)] == ["other"]
    second = desk.reader.change("second")
    assert second is not None and not desk.outbox.claim(second.steps[0].id, 6_000)


def test_steps_go_one_after_the_other(desk: Bench) -> None:
    desk.queue("u1", steps=2, held=0)
    stored = desk.reader.change("u1")
    assert stored is not None
    assert not desk.outbox.claim(stored.steps[1].id, 2_000)
    going = desk.claimed("u1")
    desk.outbox.settle_sent(going, going.steps[0], Applied(result={"token": "t"}, expires_at=9), 5_001)
    stored = desk.reader.change("u1")
    assert stored is not None
    assert (stored.state, stored.steps[0].result, stored.steps[0].expires_at) == ("queued", {"token": "t"}, 9)
    with pytest.raises(ChangeTooLate):
        desk.writer.undo_change("u1", 5_002)
    desk.outbox.run_again(stored.steps[0], 5_003)
    going = desk.claimed("u1", 5_004)
    assert [step.state for step in going.steps] == ["sending", "queued"]


def test_sent_stores_the_servers_values_and_the_message(desk: Bench) -> None:
    desk.queue("u1", edits=[SOLVE])
    going = desk.claimed("u1")
    answer = ticket(1, status="solved", stamp=60, tags=("by_trigger",))
    sent = message("m5", author="7", text="We have sent the money back.", at=60)
    desk.outbox.settle_sent(going, going.steps[0], Applied(answer, sent), 61)
    detail = desk.detail(1)
    assert (detail.row.status, detail.row.tags, detail.row.waiting, detail.version) == (
        "solved",
        ("by_trigger",),
        None,
        "v60",
    )
    assert [one.remote_id for one in detail.messages] == ["m5"]
    assert detail.pending == ()
    desk.outbox.settle_sent(going, going.steps[0], Applied(ticket(1, stamp=99)), 62)
    assert desk.detail(1).version == "v60"


def test_sent_without_an_answer_shows_what_was_accepted(desk: Bench) -> None:
    desk.queue("u1", edits=[FieldEdit("status", "open", "501")])
    going = desk.claimed("u1")
    desk.outbox.settle_sent(going, going.steps[0], Applied(), 61)
    row = desk.reader.queue_rows([1])[1]
    assert (row.status, row.status_label) == ("hold", "Parts ordered")
    desk.put(ticket(1, status="pending", stamp=70))
    assert desk.reader.queue_rows([1])[1].status == "pending"


def test_later_changes_are_based_on_what_arrived(desk: Bench) -> None:
    desk.queue("u1", edits=[FieldEdit("status", "open", "pending")], text=None)
    desk.queue("u2", edits=[FieldEdit("status", "pending", "solved")], text=None)
    going = desk.claimed("u1")
    desk.outbox.settle_sent(going, going.steps[0], Applied(ticket(1, status="pending", stamp=60)), 61)
    second = desk.reader.change("u2")
    assert second is not None
    assert (second.edits, second.base_version) == ((FieldEdit("status", "pending", "solved"),), "v60")
    assert desk.reader.queue_rows([1])[1].status == "solved"


def test_a_later_change_that_another_contradicts_keeps_its_old_version(desk: Bench) -> None:
    desk.queue("u1", edits=[FieldEdit("priority", "normal", "high")], text=None)
    desk.queue("u2", edits=[SOLVE], text=None)
    going = desk.claimed("u1")
    theirs = ticket(1, status="pending", priority="high", stamp=60)
    desk.outbox.settle_sent(going, going.steps[0], Applied(theirs), 61)
    second = desk.reader.change("u2")
    assert second is not None and second.base_version == "v10"


def test_a_change_taken_back_leaves_later_ones_on_the_servers_value(desk: Bench) -> None:
    desk.queue("u1", edits=[FieldEdit("status", "open", "pending")], text=None)
    desk.queue("u2", edits=[FieldEdit("status", "pending", "solved")], text=None)
    desk.writer.undo_change("u1", 1_001)
    second = desk.reader.change("u2")
    assert second is not None and second.edits == (SOLVE,)
    assert desk.reader.queue_rows([1])[1].status == "solved"


def test_a_lost_answer_is_looked_for_when_it_is_time(desk: Bench) -> None:
    desk.queue("u1")
    going = desk.claimed("u1")
    desk.outbox.settle_unknown(going.steps[0], "The connection broke.", 5_001, 5_010)
    assert desk.outbox.unknown(5_009, desk.account) == ()
    (lost,) = desk.outbox.unknown(5_010, desk.account)
    assert (lost.error, lost.state) == ("The connection broke.", "unknown")
    desk.outbox.requeue(lost.steps[0], 5_011, 5_020, sentence="It has not arrived.")
    assert desk.outbox.due(5_019, desk.account) == ()
    assert [one.uuid for one in desk.outbox.due(5_020, desk.account)] == ["u1"]
    desk.writer.retry_change("u1", 5_012)
    assert [one.uuid for one in desk.outbox.due(5_012, desk.account)] == ["u1"]


def test_recovery_claims_nothing_to_be_certain(desk: Bench) -> None:
    desk.queue("u1")
    desk.claimed("u1")
    assert desk.outbox.recover(6_000) == 1
    assert desk.state("u1") == "unknown"
    assert desk.outbox.recover(6_001) == 0
    assert desk.outbox.unknown(6_000, desk.account) == (), "the helpdesk may still be at work on it"
    assert [one.uuid for one in desk.outbox.unknown(6 * SECOND, desk.account)] == ["u1"]


def test_recovery_of_one_account_leaves_the_others_alone(desk: Bench) -> None:
    desk.queue("u1")
    desk.claimed("u1")
    assert desk.outbox.recover(6_000, desk.account + 1) == 0
    assert desk.outbox.recover(6_000, desk.account) == 1


def test_a_clock_that_is_set_back_holds_nothing_for_ever(desk: Bench) -> None:
    late = 3 * HOUR
    desk.queue("u1", at=late, held=10)
    assert desk.outbox.release_held(late - MINUTE) == 0
    assert desk.outbox.release_held(late - 2 * MINUTE) == 1
    going = desk.claimed("u1", at=late)
    desk.outbox.requeue(going.steps[0], late, late + HOUR)
    assert desk.outbox.due(late, desk.account) == ()
    assert [one.uuid for one in desk.outbox.due(late - 2 * HOUR, desk.account)] == ["u1"]


def test_the_agent_is_asked_when_looking_does_not_tell(desk: Bench) -> None:
    desk.queue("u1")
    going = desk.claimed("u1")
    with pytest.raises(ChangeTooLate):
        desk.writer.retry_change("u1", 5_001)
    desk.outbox.settle_unknown(going.steps[0], "lost", 5_001, 5_010)
    desk.outbox.ask(going, 5_011, ("m7", "m8"), sentence="Two messages have this text.")
    stored = desk.reader.change("u1")
    assert stored is not None and (stored.ask, stored.candidates) == (True, ("m7", "m8"))
    assert desk.outbox.unknown(9_999, desk.account) == ()
    desk.writer.retry_change("u1", 5_012)
    stored = desk.reader.change("u1")
    assert stored is not None and (stored.state, stored.ask, stored.candidates) == ("queued", False, ())


def test_a_conflict_is_decided_field_by_field(desk: Bench) -> None:
    edits = [SOLVE, FieldEdit("priority", "normal", "high"), FieldEdit("tags", (), ("x",))]
    desk.queue("u1", edits=edits, text=None)
    going = desk.claimed("u1")
    desk.put(ticket(1, status="pending", priority="urgent", stamp=70))
    conflicts = (
        FieldConflict("status", "open", "solved", "pending"),
        FieldConflict("priority", "normal", "high", "urgent"),
    )
    desk.outbox.settle_conflict(going, conflicts, (), 5_001, sentence="Somebody else changed it.")
    stored = desk.reader.change("u1")
    assert stored is not None and stored.conflicts == conflicts
    desk.writer.resolve_conflict("u1", {"status": "mine"}, 5_002)
    assert desk.state("u1") == "conflict"
    desk.writer.resolve_conflict("u1", {"priority": "theirs"}, 5_003)
    stored = desk.reader.change("u1")
    assert stored is not None
    assert (stored.state, stored.base_version, stored.conflicts) == ("queued", "v70", ())
    assert stored.edits == (FieldEdit("status", "pending", "solved"), FieldEdit("tags", (), ("x",)))
    assert desk.reader.queue_rows([1])[1].priority == "urgent"


def test_a_conflict_decided_for_the_other_side_leaves_nothing_to_send(desk: Bench) -> None:
    desk.queue("u1", edits=[SOLVE], text=None)
    going = desk.claimed("u1")
    desk.outbox.settle_conflict(going, (FieldConflict("status", "open", "solved", "pending"),), (), 5_001)
    desk.writer.resolve_conflict("u1", {"status": "theirs"}, 5_002)
    assert desk.state("u1") == "dropped"


def test_a_reply_to_a_moved_thread_waits_for_the_agent(desk: Bench) -> None:
    desk.queue("u1", seen="m1")
    going = desk.claimed("u1")
    desk.outbox.settle_conflict(going, (), ("m2", "m3"), 5_001)
    stored = desk.reader.change("u1")
    assert stored is not None and stored.moved == ("m2", "m3")
    desk.writer.send_anyway("u1", 5_002)
    stored = desk.reader.change("u1")
    assert stored is not None
    assert (stored.state, stored.send_anyway, stored.last_seen_message) == ("queued", True, "m3")


def test_a_moved_reply_can_be_written_anew(desk: Bench) -> None:
    desk.queue("u1", seen="m1")
    desk.outbox.settle_conflict(desk.claimed("u1"), (), ("m2",), 5_001)
    draft = desk.writer.edit_change("u1", 5_002)
    assert draft is not None and draft.text == "We have sent the money back."
    assert desk.state("u1") == "dropped"


def test_what_is_not_there_is_said(desk: Bench) -> None:
    for call in (desk.writer.undo_change, desk.writer.drop_change, desk.writer.retry_change):
        with pytest.raises(UsageError, match="no Change nope"):
            call("nope", 1)


def test_counts_by_state(desk: Bench) -> None:
    desk.queue("u1")
    desk.queue("u2", ticket_id=2, held=0)
    desk.queue("u3", ticket_id=2)
    desk.writer.undo_change("u3", 1_001)
    assert desk.reader.outbox_counts() == {"held": 1, "queued": 1}


def arrive(desk: Bench, uuid: str, status: str, at: int, *, number: int = 1, **applied: Any) -> None:
    """Let a Change of a status reach a helpdesk whose stamps are as coarse as can be."""
    desk.queue(uuid, ticket_id=number, at=at, text=None, held=0, edits=[FieldEdit("status", "open", status)])
    going = desk.claimed(uuid, at + 1)
    after = ticket(number, status=status)
    desk.outbox.settle_sent(going, going.steps[0], Applied(ticket=after, **applied), at + 2)


def whole(desk: Bench, number: int, status: str, *, at: int) -> None:
    desk.ingest.put_thread(Thread(ticket(number, status=status), ()), at)


def test_what_was_read_before_an_own_change_of_the_same_second_is_not_stored_over_it(desk: Bench) -> None:
    arrive(desk, "u1", "pending", 5_000)
    arrive(desk, "u2", "solved", 6_000)
    # Read between the two, stored after them.
    page = TicketPage((ticket(1, status="pending"), ticket(2, status="pending")), "later", False)
    assert desk.ingest.put_tickets(page, at=7_000, began=5_500) == (2,)
    assert desk.detail(1).fields["status"] == "solved" and desk.detail(2).fields["status"] == "pending"
    assert desk.ingest.thread_asked() == ("1", 6_002), (
        "it may hold what somebody else wrote, so it is read again"
    )
    whole(desk, 1, "pending", at=5_600)
    assert desk.detail(1).fields["status"] == "solved" and desk.ingest.thread_asked() == ("1", 6_002)
    whole(desk, 1, "open", at=7_500)
    assert desk.detail(1).fields["status"] == "open" and desk.ingest.thread_asked() is None
    page = TicketPage((ticket(1, status="pending"), ticket(2, stamp=11)), "later", False)
    assert desk.ingest.put_tickets(page, at=9_000, began=8_000) == (1, 2)
    assert desk.detail(1).fields["status"] == "pending"


def test_a_thread_is_read_again_for_an_own_change_that_the_helpdesk_tells_nothing_of(desk: Bench) -> None:
    arrive(desk, "u1", "pending", 5_000)
    assert desk.ingest.thread_asked() is None, "it was never read"
    whole(desk, 1, "pending", at=6_000)
    arrive(desk, "u2", "solved", 7_000, events=(message("e1", kind="event"),))
    assert desk.ingest.thread_asked() is None, "it was told"
    arrive(desk, "u3", "open", 8_000)
    assert desk.ingest.thread_asked() == ("1", 8_002)


def test_a_change_of_many_has_no_threads_read_again(desk: Bench) -> None:
    numbers = range(1, 15)
    desk.put(*map(ticket, numbers))
    for number in numbers:
        whole(desk, number, "open", at=4_000)
        desk.queue(f"m{number}", ticket_id=number, at=5_000, text=None, held=0, edits=[SOLVE])
    for number in numbers:
        going = desk.claimed(f"m{number}", 5_001)
        applied = Applied(ticket=ticket(number, status="solved"))
        desk.outbox.settle_sent(going, going.steps[0], applied, 5_002)
    assert desk.ingest.thread_asked() is None
