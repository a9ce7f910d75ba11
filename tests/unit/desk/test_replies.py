"""Replies: drafts, recipients, one transaction at send, taking back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agentconsole.desk import attachments, outbox, replies, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.submission import FieldsMissing
from agentconsole.domain.changes import Change, FieldChange
from agentconsole.domain.errors import ChangeTooLate, ConsoleError, UsageError
from agentconsole.domain.views import Contact
from agentconsole.store.blobs import Blobs
from agentconsole.store.database import open_store
from agentconsole.store.upkeep import Upkeep
from tests.support.profile import NOW, FilledProfile

SOLVED = [FieldChange("custom:70", "cause_delivery")]


@pytest.fixture
def ticket(desk: Desk) -> int:
    return tickets.resolve(desk, "41")


def test_who_reads_a_reply(desk: Desk, ticket: int) -> None:
    detail = tickets.open_ticket(desk, ticket)
    own = replies.own_domains(desk, "shop")
    assert own == ("shop.example",)
    who = replies.recipients(detail, True, own)
    assert who == replies.Recipients(("anna@customer.example",), ("carl@customer.example",), 2)
    assert replies.recipients(detail, False, own) == replies.Recipients((), (), 0)
    colleague = Contact("901", "Bo Lind", "Bo@SHOP.example", "agent")
    twice = replace(detail, requester=colleague, ccs=(colleague, *detail.ccs))
    assert replies.recipients(twice, True, own).outside == 1
    assert replies.recipients(twice, True, own).cc == ("carl@customer.example",)


def test_a_draft_is_kept_and_found(desk: Desk, ticket: int) -> None:
    one = replies.save_draft(desk, ticket, text="Hel", public=True, last_seen_message="4102")
    again = replies.save_draft(desk, ticket, text="Hello", public=True, last_seen_message="4102")
    assert one == again
    found = replies.draft(desk, ticket, True)
    assert found is not None
    assert found.text == "Hello"
    assert replies.draft(desk, ticket, False) is None
    replies.discard_draft(desk, one)
    assert replies.draft(desk, ticket) is None
    assert "Hello" in [version.text for version in replies.versions(desk, ticket)]
    replies.discard_draft(
        desk, replies.save_draft(desk, ticket, text="Hello", public=True, last_seen_message="4102")
    )
    kept = [version.text for version in replies.versions(desk, ticket)]
    assert kept.count("Hello") == 1, "the same text is offered once"
    assert [version.text for version in desk.reader.ticket_versions(ticket)].count("Hello") == 2


def test_a_reply_is_one_change_with_all_that_goes_out(profile: FilledProfile, tmp_path: Path) -> None:
    woken: list[int] = []
    desk = replace(profile.open_desk(), wake=lambda: woken.append(1))
    ticket = tickets.resolve(desk, "41")
    file = tmp_path / "note.txt"
    file.write_text("an attachment")
    draft = replies.save_draft(desk, ticket, text="Hi", public=True, last_seen_message="4102")
    uuid = replies.send(
        desk,
        ticket,
        text="Hi Anna",
        public=True,
        status="solved",
        changes=SOLVED,
        attachments=[file],
        last_seen_message="4102",
        draft_id=draft,
    )
    file.unlink()
    change = desk.reader.change(uuid)
    assert change is not None and change.message is not None
    assert change.message.text == "Hi Anna"
    assert (change.message.to, change.message.cc) == (("anna@customer.example",), ("carl@customer.example",))
    assert change.last_seen_message == "4102"
    assert change.base_version == "v41"
    assert [step.kind for step in change.steps] == ["upload", "update"]
    assert change.message.attachments[0].size == 13
    assert {edit.field: edit.value for edit in change.edits} == {
        "status": "solved",
        "custom:70": "cause_delivery",
    }
    assert woken == [1]
    detail = tickets.open_ticket(desk, ticket)
    assert detail.row.status == "solved"
    assert [one.uuid for one in detail.pending] == [uuid]
    assert replies.draft(desk, ticket) is None


def test_what_was_on_screen_is_what_a_reply_answers(desk: Desk, ticket: int) -> None:
    """Though more is stored by now: it is by this that the thread is seen to have moved."""
    for seen, told in (("4101", "4101"), (None, "4102")):
        uuid = replies.send(desk, ticket, text="Hi", public=True, last_seen_message=seen)
        change = desk.reader.change(uuid)
        assert change is not None and change.last_seen_message == told


def test_undo_gives_the_text_back_until_it_is_too_late(
    profile: FilledProfile, desk: Desk, ticket: int
) -> None:
    uuid = replies.send(
        desk, ticket, text="Oops", public=True, status="solved", changes=SOLVED, last_seen_message=None
    )
    latest = desk.reader.latest_held(NOW)
    assert latest is not None and latest[0].uuid == uuid
    draft = replies.undo(desk, uuid)
    assert draft is not None and draft.text == "Oops"
    assert tickets.open_ticket(desk, ticket).row.status == "open"
    assert desk.reader.latest_held(NOW) is None

    second = replies.send(desk, ticket, text="Again", public=True, last_seen_message=None)
    profile.clock.instant = NOW + 11_000_000
    assert desk.reader.latest_held(profile.clock.instant) is None
    outbox.drop(desk, second)
    with pytest.raises(ChangeTooLate):
        outbox.drop(desk, second)


def test_without_an_undo_window_it_is_queued_at_once(desk: Desk, ticket: int) -> None:
    uuid = replies.send(desk, ticket, text="x", public=False, last_seen_message=None, undo_seconds=0)
    change = desk.reader.change(uuid)
    assert change is not None and change.state == "queued"
    assert change.message is not None and change.message.to == ()


def test_nothing_is_sent_without_a_text(desk: Desk, ticket: int) -> None:
    with pytest.raises(UsageError, match="empty"):
        replies.send(desk, ticket, text=" \n", public=True, last_seen_message=None)


def test_solving_without_a_required_field_queues_nothing(desk: Desk, ticket: int) -> None:
    with pytest.raises(FieldsMissing):
        replies.send(desk, ticket, text="x", public=True, status="solved", last_seen_message=None)
    assert desk.reader.outbox_counts() == {}


@pytest.mark.parametrize("kind", ["missing", "folder", "empty"])
def test_a_file_that_cannot_be_attached_is_told_by_name(
    desk: Desk, ticket: int, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "thing"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    with pytest.raises(ConsoleError, match="thing"):
        replies.send(desk, ticket, text="x", public=True, attachments=[path], last_seen_message=None)
    assert desk.reader.outbox_counts() == {}


def test_an_entry_is_found_by_the_beginning_of_its_id(desk: Desk, ticket: int) -> None:
    uuid = replies.send(desk, ticket, text="x", public=True, last_seen_message=None)
    assert outbox.find(desk, uuid[:8]).uuid == outbox.find(desk, uuid).uuid == uuid
    with pytest.raises(ConsoleError, match="nothing in the outbox"):
        outbox.find(desk, "zzz")
    assert [change.uuid for change in outbox.listing(desk)] == [uuid]
    assert outbox.counts(desk) == {"held": 1}
    outbox.send_now(desk, uuid)
    assert outbox.counts(desk) == {"queued": 1}
    draft = outbox.edit(desk, uuid)
    assert draft is not None and draft.text == "x"


def test_taken_back_its_files_can_be_sent_though_the_originals_are_gone(
    profile: FilledProfile, desk: Desk, ticket: int, tmp_path: Path
) -> None:
    def send(paths: Sequence[Path], draft_id: int | None) -> Change:
        uuid = replies.send(
            desk,
            ticket,
            text="Here",
            public=True,
            attachments=paths,
            last_seen_message=None,
            draft_id=draft_id,
        )
        change = desk.reader.change(uuid)
        assert change is not None
        return change

    def sent(change: Change) -> list[bytes]:
        assert change.message is not None
        return [Blobs(desk.paths.blobs_dir).read(file.sha256) for file in change.message.attachments]

    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_bytes(b"first")
    two.write_bytes(b"second")
    change = send([one, two], None)
    draft = replies.undo(desk, change.uuid)
    assert draft is not None and draft.attachments == (str(one), str(two)), "though no draft had named them"
    one.unlink()
    two.write_bytes(b"second, mended")
    looked_at = attachments.looked_at(desk, draft.attachments, 1000, ticket, draft.id)
    first, second = (looked_at[path] for path in draft.attachments)
    assert first is not None and first.copy and (first.name, first.size) == ("one.txt", 5)
    assert second is not None and not second.copy

    with closing(open_store(profile.paths.database, role="worker", create=False)) as conn:
        upkeep = Upkeep(conn)
        assert first_of(change) in upkeep.files_needed()
        again = send([one, two], draft.id)
        assert sent(again) == [b"first", b"second, mended"]
        # A folder, or an empty file, in its place is not taken for it.
        replies.undo(desk, again.uuid)
        one.touch()
        with pytest.raises(ConsoleError, match="it is empty"):
            send([one], draft.id)
        one.unlink()
        replies.discard_draft(desk, draft.id)
        assert not upkeep.files_needed()
    other = replies.save_draft(
        desk, ticket, text="Another", public=True, last_seen_message=None, attachments=[str(one)]
    )
    with pytest.raises(ConsoleError, match="No such file"):
        # What another text was sent with is none of this one's.
        send([one], other)


def first_of(change: Change) -> str:
    assert change.message is not None
    return change.message.attachments[0].sha256


def test_taken_back_beside_another_text_the_files_stay_too(desk: Desk, ticket: int, tmp_path: Path) -> None:
    file = tmp_path / "one.txt"
    file.write_bytes(b"first")
    uuid = replies.send(desk, ticket, text="Here", public=True, attachments=[file], last_seen_message=None)
    replies.save_draft(desk, ticket, text="P.S.", public=True, last_seen_message=None, attachments=["/b.txt"])
    draft = replies.undo(desk, uuid)
    assert draft is not None and draft.text == "Here\n\nP.S."
    assert draft.attachments == (str(file), "/b.txt")
    file.unlink()
    facts = attachments.looked_at(desk, draft.attachments, 1000, ticket, draft.id)[str(file)]
    assert facts is not None and facts.copy
    with closing(open_store(desk.paths.database, role="worker", create=False)) as conn:
        change = desk.reader.change(uuid)
        assert change is not None and first_of(change) in Upkeep(conn).files_needed()
