"""Nothing typed is lost: drafts, their versions, and what sending, undoing and failing do to them."""

from __future__ import annotations

from agentconsole.domain.changes import FieldEdit
from agentconsole.domain.times import SECOND
from agentconsole.store.drafts import AUTOSAVES_KEPT
from tests.unit.store.bench import Bench, change, ticket

LONG = "Dear Ann, the second charge will be gone by Friday. Kind regards, Nora"


def save(bench: Bench, text: str, at: int, *, public: bool = True) -> int:
    return bench.writer.save_draft(1, public, text, "m1", at=at)


def texts(bench: Bench, draft_id: int) -> list[tuple[str, str]]:
    return [
        (one.reason, one.text)
        for one in reversed(bench.reader.ticket_versions(1))
        if one.draft_id == draft_id
    ]


def test_one_live_draft_a_ticket_and_mode(bench: Bench) -> None:
    bench.put(ticket(1))
    reply = save(bench, "Hel", 1)
    assert save(bench, "Hello", 2) == reply
    note = save(bench, "Look at this", 3, public=False)
    assert note != reply
    for public, text in ((True, "Hello"), (False, "Look at this"), (None, "Look at this")):
        draft = bench.reader.draft(1, public)
        assert draft is not None and draft.text == text
    assert [draft.text for draft in bench.reader.drafts()] == ["Look at this", "Hello"]
    assert bench.reader.queue_rows([1])[1].has_draft


def test_half_of_a_pair_in_a_text_costs_that_character_alone(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.writer.save_draft(1, True, "Half \ud83d of it", None, at=1)
    draft = bench.reader.draft(1, True)
    assert draft is not None and draft.text == "Half ? of it"
    queued = bench.queue("u1", text="Another \udcff", draft_id=draft.id)
    assert queued.message is not None and queued.message.text == "Another ?"


def test_what_comes_along_with_a_draft_is_kept(bench: Bench) -> None:
    bench.put(ticket(1))
    changes = (("status", "solved"), ("tags", ("a", "b")))
    bench.writer.save_draft(1, True, "Hi", "m9", macro="5", changes=changes, attachments=("/a b.txt",), at=1)
    draft = bench.reader.draft(1, True)
    assert draft is not None
    assert (draft.macro, draft.changes, draft.attachments, draft.last_seen_message) == (
        "5",
        changes,
        ("/a b.txt",),
        "m9",
    )


def test_typing_leaves_a_version_every_half_minute_and_not_more(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = 0
    for second in range(0, 100):
        draft_id = save(bench, (LONG + LONG)[: second + 1], second * SECOND)
    assert len(texts(bench, draft_id)) == 3
    for minute in range(2, AUTOSAVES_KEPT + 30):
        save(bench, LONG + str(minute), minute * 60 * SECOND)
    assert len(texts(bench, draft_id)) == AUTOSAVES_KEPT


def test_another_text_in_its_place_leaves_a_version_at_once(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = save(bench, LONG, 1)
    save(bench, "", 2)
    assert texts(bench, draft_id) == [("replaced", LONG)]
    assert bench.reader.draft(1, True) is None
    assert not bench.reader.queue_rows([1])[1].has_draft
    save(bench, "Something else, by another program", 3)
    save(bench, LONG, 4)
    assert [text for _, text in texts(bench, draft_id)] == [LONG, "Something else, by another program"]


def test_discarding_keeps_a_version_that_can_come_back(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = save(bench, LONG, 1)
    bench.writer.discard_draft(draft_id, 2)
    assert bench.reader.draft(1, True) is None
    (version,) = bench.reader.ticket_versions(1)
    assert (version.reason, version.text) == ("discarded", LONG)
    newer = save(bench, "A newer one", 3)
    assert bench.writer.restore_version(version.id, 4).text == LONG
    assert ("replaced", "A newer one") in texts(bench, newer)


def test_sending_ends_the_draft_and_keeps_its_text(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = save(bench, "Dear An", 1)
    bench.queue("u1", text="Dear Ann", draft_id=draft_id)
    assert bench.reader.draft(1, True) is None
    assert texts(bench, draft_id) == [("autosave", "Dear An"), ("sent", "Dear Ann")]


def test_undo_gives_the_text_back(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = save(bench, LONG, 1)
    bench.queue("u1", text=LONG, draft_id=draft_id, edits=[FieldEdit("status", "open", "solved")])
    draft = bench.writer.undo_change("u1", 1_005)
    assert draft is not None
    assert (draft.id, draft.text, draft.changes) == (draft_id, LONG, (("status", "solved"),))
    assert bench.reader.queue_rows([1])[1].status == "open"


def test_undo_keeps_of_the_tags_what_was_added_and_taken_away(bench: Bench) -> None:
    bench.put(ticket(1))
    tags = FieldEdit("tags", ("a", "b"), ("b", "c"))
    bench.queue("u1", text=LONG, draft_id=save(bench, LONG, 1), edits=[tags])
    draft = bench.writer.undo_change("u1", 1_005)
    assert draft is not None and draft.changes == (("tags+", ("c",)), ("tags-", ("a",)))


def test_undo_puts_the_text_before_what_was_begun_since(bench: Bench) -> None:
    bench.put(ticket(1))
    first = save(bench, LONG, 1)
    bench.queue("u1", text=LONG, draft_id=first)
    second = save(bench, "One more thing", 1_002)
    draft = bench.writer.undo_change("u1", 1_005)
    assert draft is not None and draft.id == second
    assert draft.text == f"{LONG}\n\nOne more thing"
    assert texts(bench, second) == [("joined", "One more thing"), ("undone", LONG)]


def test_undo_of_a_text_from_a_command_makes_a_draft(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.queue("u1", text="From a file", public=False)
    draft = bench.writer.undo_change("u1", 1_005)
    assert draft is not None and not draft.public and draft.text == "From a file"


def test_a_rejected_reply_is_a_draft_again_with_the_reason(bench: Bench) -> None:
    bench.put(ticket(1))
    draft_id = save(bench, LONG, 1)
    bench.queue("u1", text=LONG, draft_id=draft_id, edits=[FieldEdit("status", "open", "solved")])
    going = bench.claimed("u1")
    bench.outbox.settle_rejected(going, "demo: Order number: is required", 5_001)
    stored = bench.reader.change("u1")
    assert stored is not None
    assert (stored.state, stored.error) == ("rejected", "demo: Order number: is required")
    row = bench.reader.queue_rows([1])[1]
    assert (row.status, row.waiting, row.has_draft) == ("open", "rejected", True)
    draft = bench.reader.draft(1, True)
    assert draft is not None and draft.text == LONG

    better = change("u2", bench.account, at=6_000, text=LONG + "!", draft_id=draft.id)
    bench.writer.queue_change(better)
    assert [bench.state("u1"), bench.state("u2")] == ["dropped", "held"]
    assert bench.reader.draft(1, True) is None


def test_retrying_a_rejected_reply_closes_its_copy(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.queue("u1", text=LONG)
    bench.outbox.settle_rejected(bench.claimed("u1"), "no", 5_001)
    bench.writer.retry_change("u1", 5_002)
    assert bench.state("u1") == "queued"
    assert bench.reader.draft(1, True) is None


def test_dropping_keeps_the_text(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.queue("u1", text=LONG)
    bench.writer.drop_change("u1", 1_001)
    stored = bench.reader.change("u1")
    assert stored is not None and stored.draft_id is not None
    assert ("dropped", LONG) in texts(bench, stored.draft_id)
    assert bench.reader.draft(1, True) is None
