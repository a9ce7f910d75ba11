"""Tickets that are made, merged and removed, as the store keeps them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentconsole.domain.changes import Applied, FieldConflict, FieldEdit, MergeInto, NewTicket, Removal
from agentconsole.domain.errors import ChangeTooLate, UsageError
from agentconsole.domain.messages import MessagePage
from agentconsole.domain.queries import parse_query
from agentconsole.store.unsent import Unsent
from tests.unit.store.bench import STATUS_FIELD, Bench, change, message, ticket

NEW = NewTicket(None, "nina@new.example", "Nina", (("subject", "Kettle"), ("group", "3")))


@pytest.fixture
def desk(bench: Bench) -> Bench:
    bench.ingest.put_fields([STATUS_FIELD], at=1)
    bench.put(ticket(1), ticket(2))
    return bench


def listed(desk: Bench) -> list[int]:
    return list(desk.reader.ticket_ids(None, "updated", 0))


def unsent(desk: Bench) -> Unsent:
    values = {"subject": "Kettle", "status": "open", "priority": "normal", "group": "3"}
    return Unsent(desk.account, "nina@new.example", values)


def made(desk: Bench, uuid: str = "u1", at: int = 1_000) -> int:
    one = change(uuid, desk.account, 0, at=at, version="", text="It leaks.", action=NEW)
    return desk.writer.queue_new(replace(one, remote_ticket=None), unsent(desk), None)


def test_an_action_is_kept_as_it_is(desk: Bench) -> None:
    actions = (
        MergeInto("2", "there", "here", target_public=True),
        Removal(spam=True),
        Removal(spam=False),
        replace(NEW, fields=(("tags", ("a", "b")), ("custom:7", None)), refers_to="2"),
    )
    for number, action in enumerate(actions):
        desk.queue(f"a{number}", action=action)
    assert tuple(one.action for one in desk.reader.changes()) == actions


def test_a_new_ticket_keeps_its_local_id_and_gets_its_number(desk: Bench) -> None:
    key = made(desk)
    assert key in listed(desk)
    desk.queue("u2", key, text=None, edits=[FieldEdit("status", "open", "solved")], version="", at=1_001)
    claimed = desk.claimed("u1")
    assert claimed.remote_ticket is None and desk.outbox.due(6_000, desk.account) == ()
    arrived = ticket(77, status="pending", subject="Kettle", stamp=6_000, assignee=None)
    first = message("m1", number=77, text="It leaks.")
    desk.outbox.settle_sent(claimed, claimed.steps[0], Applied(arrived, first), 6_000)
    detail = desk.detail(key)
    assert detail.row.name == "#77" and [one.remote_id for one in detail.messages] == ["m1"]
    assert detail.row.status == "solved" and desk.reader.find_ticket(None, "77") == (key,)
    (later,) = desk.outbox.due(6_000, desk.account)
    assert later.remote_ticket == "77" and later.base_version == "v6000", "the server can compare"
    assert later.edits == (FieldEdit("status", "pending", "solved"),), "based on what the server made of it"


def test_a_pull_that_was_first_makes_no_second_row(desk: Bench) -> None:
    key = made(desk)
    claimed = desk.claimed("u1")
    arrived = ticket(77, subject="Kettle", tags=["hot"], stamp=6_000)
    desk.put(arrived)
    (other,) = desk.reader.find_ticket(None, "77")
    desk.ingest.put_messages(
        MessagePage((message("m1", number=77, text="It leaks."),), "c", more=False), at=5_000
    )
    desk.writer.save_draft(other, True, "Dear Nina", None, at=5_500)
    desk.outbox.settle_sent(claimed, claimed.steps[0], Applied(arrived, message("m1", number=77)), 6_000)
    assert desk.reader.find_ticket(None, "77") == (key,) and other not in listed(desk)
    detail = desk.detail(key)
    assert [one.remote_id for one in detail.messages] == ["m1"] and detail.row.tags == ("hot",)
    found = desk.reader.draft(key, True)
    assert found is not None and found.text == "Dear Nina"
    rows = desk.conn.execute("SELECT count(*) FROM ticket_server WHERE ticket_id = ?", (other,)).fetchone()
    assert rows == (0,)


def test_a_text_begun_on_the_row_of_a_pull_stays_among_the_versions(desk: Bench) -> None:
    key = made(desk)
    claimed = desk.claimed("u1")
    desk.put(ticket(77, subject="Kettle", stamp=6_000))
    (other,) = desk.reader.find_ticket(None, "77")
    desk.writer.save_draft(other, True, "Begun on the number", None, at=5_500)
    desk.writer.save_draft(other, False, "A note on the number", None, at=5_500)
    desk.writer.save_draft(key, True, "Begun on ~1", None, at=5_600)
    desk.outbox.settle_sent(claimed, claimed.steps[0], Applied(ticket(77, stamp=6_000)), 6_000)
    live = {draft.text for draft in desk.reader.drafts() if draft.ticket_id == key}
    assert live == {"Begun on ~1", "A note on the number"}
    assert "Begun on the number" in {version.text for version in desk.reader.ticket_versions(key)}


def test_a_ticket_that_is_being_written_is_in_no_list_yet(desk: Bench) -> None:
    key = desk.writer.save_unsent(
        unsent(desk), None, text="It", public=True, changes=(), attachments=(), at=5_000
    )
    assert desk.reader.unsent_drafts() == (key,)
    for query in (None, parse_query("is:draft"), parse_query("is:waiting")):
        assert key not in desk.reader.ticket_ids(query, "updated", 5_000)


def test_a_ticket_on_its_way_is_neither_made_twice_nor_written_over(desk: Bench) -> None:
    """As by a key pressed twice, or by a draft's saving that comes after the sending."""
    key = made(desk)
    twice = replace(
        change("u2", desk.account, key, version="", text="It leaks.", action=NEW), remote_ticket=None
    )
    late = replace(unsent(desk), values={"subject": "Late", "status": "solved"})

    def save_late(text: str) -> None:
        kept = desk.writer.save_unsent(
            late, key, text=text, public=True, changes=(), attachments=(), at=8_000
        )
        assert kept == key and text in {draft.text for draft in desk.reader.drafts()}

    with pytest.raises(ChangeTooLate, match="second time"):
        desk.writer.queue_new(twice, unsent(desk), key)
    save_late("While it is held")
    assert desk.detail(key).row.subject == "Kettle"
    claimed = desk.claimed("u1")
    desk.outbox.settle_sent(
        claimed, claimed.steps[0], Applied(ticket(77, subject="Kettle", stamp=6_000)), 6_000
    )
    with pytest.raises(ChangeTooLate, match="second time"):
        desk.writer.queue_new(twice, unsent(desk), key)
    save_late("Once it is there")
    assert (desk.detail(key).row.subject, desk.detail(key).row.status) == ("Kettle", "open")
    assert desk.reader.change("u2") is None


def test_taken_back_it_can_be_made_anew(desk: Bench) -> None:
    key = made(desk)
    draft = desk.writer.undo_change("u1", 1_001)
    assert draft is not None
    again = change("u2", desk.account, key, at=7_000, version="", draft_id=draft.id, action=NEW)
    assert desk.writer.queue_new(replace(again, remote_ticket=None), unsent(desk), key) == key
    assert key in listed(desk)


def test_refused_the_text_is_a_draft_and_the_ticket_stays(desk: Bench) -> None:
    key = made(desk)
    claimed = desk.claimed("u1")
    desk.outbox.settle_rejected(claimed, "The requester is suspended.", 6_000)
    assert key in listed(desk) and desk.detail(key).row.subject == "Kettle"
    draft = desk.reader.draft(key, True)
    assert draft is not None and draft.text == "It leaks."
    assert dict(draft.changes)["requester"] == "nina@new.example"
    again = change("u2", desk.account, key, at=7_000, version="", draft_id=draft.id, action=NEW)
    assert desk.writer.queue_new(replace(again, remote_ticket=None), unsent(desk), key) == key
    assert [desk.state(uuid) for uuid in ("u1", "u2")] == ["dropped", "held"] and key in listed(desk)


def test_given_up_it_leaves_the_queue(desk: Bench) -> None:
    key = made(desk)
    desk.queue("u2", key, text="And a note", public=False, version="", at=1_001)
    desk.writer.drop_change("u1", 1_002)
    assert key not in listed(desk) and desk.state("u2") == "dropped"
    kept = desk.conn.execute("SELECT body FROM draft_version WHERE reason = 'dropped' ORDER BY id").fetchall()
    assert {row[0] for row in kept} == {"It leaks.", "And a note"}


def test_a_merged_ticket_means_the_other_from_now_on(desk: Bench) -> None:
    desk.queue("u1", text=None, action=MergeInto("2"))
    claimed = desk.claimed("u1")
    closed = replace(ticket(1, status="closed", normalised="closed", stamp=6_000))
    desk.outbox.settle_sent(claimed, claimed.steps[0], Applied(closed), 6_000)
    assert desk.reader.merged_into(1) == 2
    asked = [row[0] for row in desk.conn.execute("SELECT ticket_id FROM request ORDER BY ticket_id")]
    assert asked == [1, 2] and not desk.detail(2).thread_fresh
    gone = replace(
        ticket(1, status="closed", normalised="closed", stamp=7_000), deleted=True, merged_into="2"
    )
    desk.put(gone)
    assert 1 not in listed(desk) and desk.reader.merged_into(1) == 2


@pytest.mark.parametrize("spam", [True, False])
def test_a_removed_ticket_stays_away_whatever_a_lagging_search_tells(desk: Bench, spam: bool) -> None:
    desk.queue("u1", text=None, action=Removal(spam))
    assert 1 in listed(desk)
    claimed = desk.claimed("u1")
    desk.outbox.settle_sent(claimed, claimed.steps[0], Applied(), 6_000)
    assert 1 not in listed(desk)
    desk.put(ticket(1))
    assert 1 not in listed(desk)
    desk.put(ticket(1, stamp=9_000))
    assert 1 in listed(desk), "somebody has brought it back"


def test_replies_go_out_before_bulk_work(desk: Bench) -> None:
    desk.put(ticket(3), ticket(4))
    solve = [FieldEdit("status", "open", "solved")]
    desk.queue("bulk1", 1, text=None, edits=solve)
    desk.queue("bulk2", 2, text=None, edits=solve)
    desk.queue("note", 3, public=False, at=1_001)
    desk.queue("reply", 4, at=1_002)
    desk.outbox.release_held(9_000)
    found = [one.uuid for one in desk.outbox.due(9_000, desk.account)]
    assert found == ["reply", "note", "bulk1", "bulk2"]


def test_bulk_work_is_counted(desk: Bench) -> None:
    solve = [FieldEdit("status", "open", "solved")]
    desk.queue("one", 1, text=None, edits=solve)
    assert desk.reader.bulk_counts(desk.account) is None
    desk.queue("two", 2, text=None, edits=solve)
    desk.queue("other", 2, text=None, edits=solve, at=1_500)
    claimed = desk.claimed("one")
    desk.outbox.settle_sent(claimed, claimed.steps[0], Applied(ticket(1, status="solved", stamp=20)), 6_000)
    assert desk.reader.bulk_counts(desk.account) == (1, 3, 0)
    assert desk.reader.started_since(desk.account, 4_000) == ((1, 5_000),)


def test_a_field_in_conflict_is_decided_by_itself(desk: Bench) -> None:
    edits = [FieldEdit("status", "open", "solved"), FieldEdit("priority", "normal", "high")]
    desk.queue("u1", edits=edits)
    claimed = desk.claimed("u1")
    doubts = [
        FieldConflict("status", "open", "solved", "pending"),
        FieldConflict("priority", "normal", "high", "low"),
    ]
    desk.outbox.settle_conflict(claimed, doubts, (), 6_000)
    with pytest.raises(UsageError, match="subject"):
        desk.writer.resolve_conflict("u1", {"subject": "mine"}, 6_001)
    assert desk.writer.resolve_conflict("u1", {"status": "theirs"}, 6_002) == ("priority",)
    assert desk.state("u1") == "conflict"
    assert desk.writer.resolve_conflict("u1", {"priority": "mine"}, 6_003) == ()
    found = desk.reader.change("u1")
    assert found is not None and found.state == "queued"
    assert found.edits == (FieldEdit("priority", "low", "high"),)
