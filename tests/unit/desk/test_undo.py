"""Taking back and making again: held, gone out, changed by somebody else, never to be unsaid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentconsole.desk import bulk, replies, snooze, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.turning import Turn
from agentconsole.desk.undo import UndoHistory
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.tickets import FieldValue
from agentconsole.helpdesks import registry
from agentconsole.helpdesks.registry import kind_of
from tests.support.profile import NOW
from tests.unit.desk.worker import Worker


@pytest.fixture
def history(desk: Desk) -> UndoHistory:
    return UndoHistory(desk)


@pytest.fixture
def worker(desk: Desk) -> Worker:
    return Worker(desk)


def ids(desk: Desk, *names: str) -> list[int]:
    return [tickets.resolve(desk, name) for name in names]


def value(desk: Desk, name: str, field: str) -> FieldValue:
    return tickets.open_ticket(desk, tickets.resolve(desk, name)).fields[field]


def do(
    desk: Desk, history: UndoHistory, names: list[str], *changes: FieldChange, what: str = "x"
) -> bulk.Done:
    deed = history.begin(desk, what)
    done = bulk.change_slice(desk, ids(desk, *names), {"shop": changes}, deed)
    deed.running = False
    return done


def run(desk: Desk, turn: Turn | None) -> str:
    assert turn is not None
    while True:
        turn.step(desk)
        if not turn.more:
            return turn.sentence(desk)


def undo(desk: Desk, history: UndoHistory) -> str:
    return run(desk, history.undo(desk))


def redo(desk: Desk, history: UndoHistory) -> str:
    return run(desk, history.redo(desk))


HIGH, URGENT = FieldChange("priority", "high"), FieldChange("priority", "urgent")
PENDING = FieldChange("status", "pending")


def test_what_is_held_is_taken_back_several_steps_deep_and_made_again(
    desk: Desk, history: UndoHistory
) -> None:
    do(desk, history, ["41"], HIGH)
    do(desk, history, ["41"], PENDING)
    do(desk, history, ["42"], URGENT)
    assert "priority of #42" in undo(desk, history)
    assert "status of #41" in undo(desk, history)
    assert (value(desk, "41", "status"), value(desk, "41", "priority")) == ("open", "high")
    assert redo(desk, history) == "#41: status to pending."
    assert redo(desk, history) == "#42: priority to urgent."
    assert history.redo(desk) is None
    assert undo(desk, history) and undo(desk, history) and undo(desk, history)
    assert history.undo(desk) is None
    assert desk.reader.outbox_counts() == {}


def test_something_new_ends_what_could_be_made_again(desk: Desk, history: UndoHistory) -> None:
    do(desk, history, ["41"], HIGH)
    undo(desk, history)
    # Nobody announced it: a reply from the composer.
    replies.send(desk, *ids(desk, "42"), text="Hi", public=True, last_seen_message="4201")
    assert history.redo(desk) is None


def test_what_was_taken_back_before_something_new_is_not_made_again(desk: Desk, history: UndoHistory) -> None:
    do(desk, history, ["41"], HIGH)
    undo(desk, history)
    do(desk, history, ["42"], URGENT)
    assert history.redo(desk) is None


def test_many_tickets_are_one_step(desk: Desk, history: UndoHistory) -> None:
    done = do(desk, history, ["41", "42", "43", "44"], HIGH, what="priority high")
    assert (done.changed, done.same) == (3, 1)
    assert undo(desk, history) == "Taken back on 3 tickets: priority high."
    assert desk.reader.outbox_counts() == {}
    assert redo(desk, history) == "Made again on 3 tickets: priority high."
    assert value(desk, "42", "priority") == "high"


def test_what_has_gone_out_gets_a_counter_change(desk: Desk, history: UndoHistory, worker: Worker) -> None:
    do(desk, history, ["41"], PENDING, FieldChange("tags", TagsEdit(("vip",), ("web",))))
    assert worker.send_all() == 1
    told = undo(desk, history)
    assert told == "#41: status back to open, tags back to web (a new change)."
    assert (value(desk, "41", "status"), value(desk, "41", "tags")) == ("open", ("web",))
    assert desk.reader.outbox_counts() == {"held": 1}
    assert redo(desk, history) == "Made again on one ticket: x."
    assert value(desk, "41", "status") == "pending" and desk.reader.outbox_counts() == {}
    undo(desk, history)
    assert worker.send_all() == 1 and worker.server["41"]["status"] == "open"
    assert redo(desk, history) == "#41: status to pending, tags to vip."
    assert worker.send_all() == 1 and worker.server["41"]["status"] == "pending"


def test_what_somebody_else_has_changed_since_stays(desk: Desk, history: UndoHistory, worker: Worker) -> None:
    do(desk, history, ["41"], URGENT, PENDING)
    worker.send_all()
    worker.somebody_writes("41", priority="low", tags=("new", "web"))
    told = undo(desk, history)
    assert "#41: status back to open (a new change)." in told
    assert "priority is low by now, so that stays." in told
    worker.send_all()
    assert worker.server["41"]["priority"] == "low" and worker.server["41"]["status"] == "open"
    assert worker.server["41"]["tags"] == ("new", "web")


def test_links_are_taken_back_as_sets(desk: Desk, history: UndoHistory, worker: Worker) -> None:
    do(desk, history, ["41"], FieldChange("links", TagsEdit(("refers-to:44",))))
    worker.send_all()
    worker.somebody_writes("41", links=("depends-on:42", "refers-to:44"))
    undo(desk, history)
    assert value(desk, "41", "links") == ("depends-on:42",), "a colleague’s link stays"
    redo(desk, history)
    assert value(desk, "41", "links") == ("depends-on:42", "refers-to:44")


def test_a_sent_reply_is_not_unsaid_and_nothing_with_it(
    desk: Desk, history: UndoHistory, worker: Worker
) -> None:
    do(desk, history, ["42"], URGENT)
    replies.send(desk, *ids(desk, "41"), text="Hi", public=True, status="pending", last_seen_message="4102")
    worker.send_all()
    told = undo(desk, history)
    assert "#41: the reply has been sent and cannot be taken back" in told
    assert value(desk, "41", "status") == "pending" and desk.reader.outbox_counts() == {}
    # The next step is the one before.
    assert "#42: priority back to normal (a new change)." in undo(desk, history)


def test_a_held_reply_is_a_draft_again_and_is_not_sent_by_making_it_again(
    desk: Desk, history: UndoHistory
) -> None:
    [one] = ids(desk, "41")
    replies.send(desk, one, text="Hi", public=True, status="pending", last_seen_message="4102")
    turn = history.undo(desk)
    run(desk, turn)
    assert turn is not None and [draft.text for draft in turn.drafts] == ["Hi"]
    assert value(desk, "41", "status") == "open"
    assert "the reply is a draft again" in redo(desk, history)
    assert desk.reader.outbox_counts() == {}
    assert replies.draft(desk, one, True) is not None


def test_a_closed_ticket_says_so(desk: Desk, history: UndoHistory, worker: Worker) -> None:
    do(desk, history, ["41"], URGENT)
    worker.send_all()
    worker.somebody_writes("41", status="closed")
    assert "closed by now" in undo(desk, history)
    assert desk.reader.outbox_counts() == {}


def test_a_deed_that_has_gone_out_in_part(desk: Desk, history: UndoHistory, worker: Worker) -> None:
    deed = history.begin(desk, "priority urgent")
    bulk.change_slice(desk, ids(desk, "41", "42"), {"shop": [URGENT]}, deed)
    worker.send_all()
    bulk.change_slice(desk, ids(desk, "43", "44"), {"shop": [URGENT]}, deed)
    deed.running = False
    worker.somebody_writes("42", priority="low")
    told = undo(desk, history)
    assert "Taken back on 2 tickets: priority urgent." in told
    assert "1 had gone out: a new change puts the old values back." in told
    assert "#42: priority is low by now, so that stays." in told
    assert desk.reader.outbox_counts() == {"held": 1}


def test_many_that_have_gone_out_are_told_with_what_was_done(
    desk: Desk, history: UndoHistory, worker: Worker
) -> None:
    do(desk, history, ["41", "42"], URGENT, what="priority urgent")
    worker.send_all()
    told = undo(desk, history)
    assert told == "Priority urgent: 2 had gone out: a new change puts the old values back."
    assert history.counters == {one.uuid for one in desk.reader.changes({"held"})}


def test_taking_back_what_is_still_being_done_ends_it(desk: Desk, history: UndoHistory) -> None:
    deed = history.begin(desk, "priority urgent")
    bulk.change_slice(desk, ids(desk, "41"), {"shop": [URGENT]}, deed)
    undo(desk, history)
    done = bulk.change_slice(desk, ids(desk, "42"), {"shop": [URGENT]}, deed)
    assert done.changed == 0 and desk.reader.outbox_counts() == {}


def test_what_was_held_before_a_restart_is_taken_back_as_one_step(desk: Desk) -> None:
    before = UndoHistory(desk)
    do(desk, before, ["41", "42"], URGENT)
    again = UndoHistory(desk)
    assert undo(desk, again) == "Taken back on 2 tickets: priority urgent."
    assert again.undo(desk) is None


def test_a_new_ticket_is_never_new_again(desk: Desk, history: UndoHistory, worker: Worker) -> None:
    worker.somebody_writes("41", status="new", assignee=None)
    do(desk, history, ["41"], PENDING)
    worker.send_all()
    assert "status back to open" in undo(desk, history)


def test_it_is_new_again_where_the_helpdesk_lets_it(
    desk: Desk, history: UndoHistory, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    lenient = replace(kind_of("zendesk"), new_again=True)
    monkeypatch.setattr(registry, "kind_of", lambda name: lenient)
    worker.somebody_writes("41", status="new", assignee=None)
    do(desk, history, ["41"], PENDING)
    worker.send_all()
    assert "status back to new" in undo(desk, history)
    monkeypatch.undo()
    assert kind_of("rt").new_again and not kind_of("zendesk").new_again


def test_snoozing_and_unread_are_taken_back(desk: Desk, history: UndoHistory) -> None:
    some = ids(desk, "41", "42")
    deed = history.begin(desk, "snoozed until tomorrow")
    assert snooze.snooze(desk, some, NOW + 1000, deed) == 2
    deed.running = False
    deed = history.begin(desk, "marked unread")
    assert snooze.set_unread(desk, some, False, deed) == 2
    deed.running = False
    undo(desk, history)
    rows = desk.reader.queue_rows(some)
    assert all(row.unread and row.snoozed_until == NOW + 1000 for row in rows.values())
    assert undo(desk, history) == "Taken back on 2 tickets: snoozed until tomorrow."
    assert all(row.snoozed_until is None for row in desk.reader.queue_rows(some).values())
    redo(desk, history)
    assert all(row.snoozed_until == NOW + 1000 for row in desk.reader.queue_rows(some).values())


def test_one_that_woke_up_meanwhile_is_left(desk: Desk, history: UndoHistory) -> None:
    some = ids(desk, "41", "42")
    deed = history.begin(desk, "snoozed")
    snooze.snooze(desk, some, NOW + 1000, deed)
    deed.running = False
    desk.writer.snooze({some[0]: None})
    told = undo(desk, history)
    assert "#41: it has woken up meanwhile." in told
