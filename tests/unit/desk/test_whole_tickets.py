"""What is done to tickets as a whole: merging, removing, making and forwarding them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentconsole.desk import (
    bulk,
    forwarding,
    macros,
    merging,
    new_ticket_form,
    new_tickets,
    outbox,
    queue,
    replies,
    tickets,
)
from agentconsole.desk.bulk import Done
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.desk.submission import FieldsMissing
from agentconsole.domain.changes import FieldChange, MergeInto, NewTicket, Removal
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.fields import RemoteMacro, TicketField
from agentconsole.helpdesks import registry
from agentconsole.helpdesks.registry import kind_of
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.support.profile import FIELDS, NOW, FilledProfile
from tests.unit.desk.conftest import ABLE, able


def local(desk: Desk, name: str) -> int:
    return tickets.resolve(desk, name)


def in_queue(desk: Desk, ticket_id: int) -> bool:
    return ticket_id in queue.ticket_ids(desk, "", "updated")


def make(desk: Desk, account: str, *, draft_ticket: int | None = None, **given: Any) -> int:
    """Make a ticket of a form with what a test cares about."""
    return new_tickets.create(desk, NewTicketForm(account, **given), draft_ticket=draft_ticket)


# Merging


def test_a_preview_shows_both_sides_and_warns(able_desk: Desk) -> None:
    desk = able_desk
    preview = merging.merge_preview(desk, [local(desk, "43"), local(desk, "42")], local(desk, "41"))
    assert [side.name for side in preview.sources] == ["#43", "#42"]
    assert (preview.target.name, preview.target.messages, preview.target.requester) == (
        "#41",
        2,
        "Anna Smith",
    )
    assert preview.impossible is None and preview.comments
    (warning,) = preview.warnings
    assert "#42" in warning and "Anna Smith" in warning


def test_what_cannot_be_merged_says_why(profile: FilledProfile, able_desk: Desk) -> None:
    desk = able_desk
    one, two = local(desk, "41"), local(desk, "43")
    assert "into itself" in str(merging.merge_preview(desk, [one], one).impossible)
    made = make(desk, "shop", subject="New", text="Hello", requester="x@y.example")
    assert "not on the helpdesk" in str(merging.merge_preview(desk, [one], made).impossible)
    tickets.set_fields(
        desk, [two], [FieldChange("custom:70", "cause_billing"), FieldChange("status", "solved")]
    )
    assert "solved" in merging.merge_preview(desk, [one], two).warnings[-1]
    able(profile, desk, replace(ABLE, merge=False))
    assert merging.merge_preview(desk, [one], two).impossible == "shop cannot merge tickets from here."
    with pytest.raises(UsageError, match="cannot merge"):
        merging.merge(desk, [one], two)


def test_before_the_first_sync_nobody_knows_what_an_account_can(desk: Desk) -> None:
    with pytest.raises(UsageError, match="before the first sync"):
        merging.merge(desk, [local(desk, "41")], local(desk, "43"))


def test_a_merge_is_a_change_for_each_source(able_desk: Desk) -> None:
    desk = able_desk
    sources, target = [local(desk, "41"), local(desk, "42")], local(desk, "43")
    uuids = merging.merge(desk, sources, target, source_comment="Twice the same", source_public=True)
    changes = outbox.listing(desk)
    assert [change.uuid for change in changes] == uuids
    assert [change.ticket_id for change in changes] == sources
    assert {change.state for change in changes} == {"held"}
    for change in changes:
        assert isinstance(change.action, MergeInto)
        assert (change.action.target, change.action.source_comment) == ("43", "Twice the same")
        assert change.action.source_public and not change.action.target_public
        assert f"#{change.remote_ticket}" in change.action.target_comment
        assert [step.kind for step in change.steps] == ["merge"]
    assert all(in_queue(desk, source) for source in sources), "until the helpdesk has done it"
    with pytest.raises(UsageError, match="about to be merged into #43"):
        replies.send(desk, sources[0], text="Hello", public=True, last_seen_message=None)
    replies.undo(desk, uuids[0])
    replies.send(desk, sources[0], text="Hello", public=True, last_seen_message=None)


def test_where_a_merge_has_no_comments_a_text_goes_before(profile: FilledProfile, able_desk: Desk) -> None:
    desk = able_desk
    able(profile, desk, replace(ABLE, merge_comments=False))
    merging.merge(desk, [local(desk, "41")], local(desk, "43"), target_comment="Same thing")
    merging.merge(desk, [local(desk, "42")], local(desk, "43"))
    told, plain = outbox.listing(desk)
    assert told.message is not None and (told.message.text, told.message.public) == ("Same thing", False)
    assert told.action == MergeInto("43") and plain.message is None


# Removing


def remove(desk: Desk, *ticket_ids: int, spam: bool) -> tuple[list[str], Done]:
    deed = Deed("removed", desk.clock.now())
    return deed.changes, bulk.removal_slice(Removal(spam), desk, ticket_ids, deed)


def test_spam_and_deleting_are_changes_that_can_be_taken_back(able_desk: Desk) -> None:
    desk = able_desk
    one, two, three = (local(desk, name) for name in ("41", "42", "43"))
    spam, _ = remove(desk, one, two, spam=True)
    (gone,), done = remove(desk, three, spam=False)
    assert done == Done(1)
    found = {change.uuid: change for change in outbox.listing(desk)}
    assert [found[uuid].action for uuid in spam] == [Removal(True)] * 2
    assert found[gone].action == Removal(False) and [step.kind for step in found[gone].steps] == ["delete"]
    assert len({found[uuid].created_at for uuid in spam}) == 1, "done in one go"
    with pytest.raises(UsageError, match="about to be marked as spam"):
        tickets.set_fields(desk, [one, three], [FieldChange("priority", "low")])
    for uuid in (*spam, gone):
        replies.undo(desk, uuid)
    assert not outbox.listing(desk) and in_queue(desk, one)


def test_what_an_account_cannot_do_is_not_begun(profile: FilledProfile, able_desk: Desk) -> None:
    able(profile, able_desk, replace(ABLE, delete=False))
    _, done = remove(able_desk, local(able_desk, "41"), spam=False)
    assert done == Done(left_out=(("#41", "shop cannot delete tickets from here."),))
    assert not outbox.listing(able_desk)


# Making


def test_a_new_ticket_is_there_at_once(able_desk: Desk, tmp_path: Path) -> None:
    desk = able_desk
    file = tmp_path / "note.txt"
    file.write_text("an attachment")
    made = make(
        desk,
        "shop",
        subject=" Broken\nkettle ",
        text="It leaks.",
        requester="Nina New <nina@new.example>",
        group="orders",
        assignee="me",
        priority="high",
        tags=("kettle", "new"),
        custom={"Cause": "Billing"},
        ccs=("Carl <carl@customer.example>",),
        attachments=(file,),
    )
    row = queue.rows(desk, [made])[made]
    assert (row.name, row.subject, row.requester) == (f"~{made}", "Broken kettle", "nina@new.example")
    assert (row.group, row.assigned_to_me, row.priority, row.status) == ("Orders", True, "high", "new")
    assert row.tags == ("kettle", "new") and row.waiting == "held" and in_queue(desk, made)
    (change,) = outbox.listing(desk)
    assert isinstance(change.action, NewTicket)
    assert change.action.requester is None and change.action.requester_email == "nina@new.example"
    assert dict(change.action.fields)["custom:70"] == "cause_billing"
    assert change.message is not None and change.message.cc == ("carl@customer.example",)
    assert change.message.attachments[0].file_name == "note.txt"
    assert [step.kind for step in change.steps] == ["upload", "create"]
    assert tickets.open_ticket(desk, made).fields["subject"] == "Broken kettle"


def test_taken_back_the_form_is_a_draft_again(able_desk: Desk, tmp_path: Path) -> None:
    desk = able_desk
    file = tmp_path / "note.txt"
    file.write_text("an attachment")
    given = {
        "subject": "Broken kettle",
        "text": "It leaks.",
        "requester": "Nina New <nina@new.example>",
        "group": "50",
        "tags": ("kettle",),
        "custom": {"custom:70": "cause_billing"},
        "ccs": ("carl@customer.example",),
    }
    made = make(desk, "shop", attachments=(file,), **given)  # type: ignore[arg-type]
    (change,) = outbox.listing(desk)
    draft = replies.undo(desk, change.uuid)
    assert draft is not None and draft.text == "It leaks." and not in_queue(desk, made)
    assert new_ticket_form.drafts(desk) == (made,)
    form = new_ticket_form.form_of(desk, made)
    assert {name: getattr(form, name) for name in given} == given
    assert form.attachments == (file,)
    file.unlink()
    again = make(
        desk,
        "shop",
        attachments=form.attachments,
        draft_ticket=made,
        **{**given, "subject": "Kettle"},
    )
    assert again == made and in_queue(desk, made) and new_ticket_form.drafts(desk) == ()
    assert queue.rows(desk, [made])[made].subject == "Kettle"


def test_what_is_being_written_is_kept_and_not_in_the_queue(able_desk: Desk) -> None:
    desk = able_desk
    form = NewTicketForm("shop", text="It l", requester="nin")
    made = new_ticket_form.save_draft(desk, form)
    assert not in_queue(desk, made)
    full = replace(form, subject="Kettle", text="It leaks.", requester="nina@new.example", group="50")
    assert new_ticket_form.save_draft(desk, full, made) == made
    assert new_ticket_form.form_of(desk, made) == full and new_ticket_form.drafts(desk) == (made,)
    internal = replace(full, public=False)
    new_ticket_form.save_draft(desk, internal, made)
    assert new_ticket_form.form_of(desk, made) == internal
    new_ticket_form.discard(desk, made)
    assert new_ticket_form.drafts(desk) == ()
    with pytest.raises(ConsoleError, match="no draft"):
        new_ticket_form.form_of(desk, made)


def test_a_known_requester_is_found_by_name_and_address(able_desk: Desk) -> None:
    desk = able_desk
    for requester in ("anna smith", "ANNA@customer.example", "1"):
        make(desk, "shop", subject="S", text="T", requester=requester)
    for change in outbox.listing(desk):
        assert isinstance(change.action, NewTicket) and change.action.requester == "1"
        assert change.message is not None and change.message.to == ("anna@customer.example",)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"subject": " "}, "subject"),
        ({"text": " "}, "text"),
        ({"requester": ""}, "requester"),
        ({"requester": "Nobody Here"}, "knows nobody"),
        ({"group": "Nowhere"}, "no group"),
        ({"priority": "huge"}, "no priority"),
        ({"ccs": ["nobody"]}, "no mail address"),
        ({"custom": {"due": "2026-12-01"}}, "Only tasks"),
    ],
)
def test_what_is_missing_or_wrong_is_said(able_desk: Desk, wrong: dict[str, object], why: str) -> None:
    given = {"subject": "S", "text": "T", "requester": "x@y.example", **wrong}
    with pytest.raises(UsageError, match=why):
        make(able_desk, "shop", **given)  # type: ignore[arg-type]
    assert not outbox.listing(able_desk) and new_ticket_form.drafts(able_desk) == ()


def test_given_up_nothing_of_it_goes_out(able_desk: Desk) -> None:
    desk = able_desk
    made = make(desk, "shop", subject="S", text="T", requester="x@y.example")
    tickets.set_fields(desk, [made], [FieldChange("priority", "low")])
    first, _ = outbox.listing(desk)
    outbox.drop(desk, first.uuid)
    assert outbox.listing(desk) == () and not in_queue(desk, made)
    assert [change.state for change in desk.reader.changes(None, made)] == ["dropped", "dropped"]


def test_a_ticket_that_is_made_solved_has_what_solving_needs(profile: FilledProfile, able_desk: Desk) -> None:
    desk = able_desk
    assignee = TicketField("assignee", "Assignee", "choice", required_to_solve=True)
    with closing(open_store(profile.paths.database, role="worker", create=False)) as connection:
        account = desk.account("shop").id
        Ingest(connection, account, sleep=lambda _: None).put_fields((*FIELDS, assignee), at=NOW)
    form = NewTicketForm("shop", subject="S", text="T", requester="x@y.example", status="solved")
    assert [field.name for field in new_tickets.missing_fields(desk, form)] == ["custom:70"]
    with pytest.raises(FieldsMissing, match="The new ticket cannot be solved"):
        new_tickets.create(desk, form)
    assert not outbox.listing(desk)
    made = new_tickets.create(desk, replace(form, custom={"custom:70": "cause_billing"}))
    row = queue.rows(desk, [made])[made]
    assert row.status == "solved" and row.assigned_to_me, "who makes it takes it"
    assert new_tickets.missing_fields(desk, replace(form, status="open")) == ()


def test_what_a_macro_sets_is_set_in_the_form(able_desk: Desk) -> None:
    desk = able_desk
    form = NewTicketForm("shop", requester="anna@customer.example", tags=("old", "stays"))
    macro = RemoteMacro(
        "1",
        "Called",
        "",
        (
            ("comment_value", "Hi {{ticket.requester.first_name}} of {{ticket.title}}"),
            ("current_tags", "phone"),
            ("remove_tags", "old"),
            ("status", "pending"),
            ("custom_fields_70", "cause_billing"),
            ("group_id", "50"),
        ),
    )
    item = macros.MacroItem("shop:1", "Called", "", "shop", None, remote=macro)
    shown = macros.preview_new(desk, item, replace(form, subject="Kettle"))
    assert shown.text == "Hi Anna of Kettle"
    filled, left_out = new_ticket_form.with_changes(desk, form, shown.changes)
    assert filled == replace(
        form,
        tags=("phone", "stays"),
        status="pending",
        group="50",
        custom={"custom:70": "cause_billing"},
    )
    assert left_out == ()
    rt = replace(kind_of("zendesk"), first_statuses=("open",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "kind_of", lambda name: rt)
        filled, left_out = new_ticket_form.with_changes(desk, form, [FieldChange("status", "pending")])
        assert filled == form and "cannot begin as pending" in left_out[0]
        assert new_tickets.statuses(desk, "shop") == ("open",)


def test_forwarding_quotes_what_the_customer_may_read(able_desk: Desk) -> None:
    desk = able_desk
    made = forwarding.forward(desk, local(desk, "41"), to="Vera <vera@carrier.example>", text="Can you look?")
    (change,) = outbox.listing(desk)
    assert change.ticket_id == made and isinstance(change.action, NewTicket) and change.message is not None
    assert change.action.refers_to == "41" and change.action.requester_email == "vera@carrier.example"
    text = change.message.text
    assert text.startswith("Can you look?\n\n---------- #41: Where is my parcel? ----------")
    assert "> where is order N-10482?" in text and "She called twice" not in text
    assert queue.rows(desk, [made])[made].subject == "Fwd: Where is my parcel?"
    with pytest.raises(UsageError, match="no mail address"):
        forwarding.forward(desk, local(desk, "41"), to="Vera", text="")


# Copies and due dates


def test_who_is_put_in_copy_and_left_out(able_desk: Desk) -> None:
    desk = able_desk
    one = local(desk, "41")
    replies.send(desk, one, text="Hi", public=True, cc=["Dora <dora@x.example>"], last_seen_message=None)
    replies.send(desk, one, text="Hi", public=True, cc=["CARL@customer.example"], last_seen_message=None)
    replies.send(desk, one, text="Hi", public=False, cc=["dora@x.example"], last_seen_message=None)
    changed, same, note = (change.message for change in outbox.listing(desk))
    assert changed is not None and same is not None and note is not None
    assert (changed.cc, changed.cc_added) == (("dora@x.example",), ("dora@x.example",))
    assert changed.cc_removed == ("carl@customer.example",)
    assert (same.cc_added, same.cc_removed) == ((), ())
    assert (note.cc, note.cc_added, note.cc_removed) == ((), (), ())
    with pytest.raises(UsageError, match="no mail address"):
        replies.send(desk, one, text="Hi", public=True, cc=["dora"], last_seen_message=None)


def test_only_tasks_are_due(able_desk: Desk) -> None:
    desk = able_desk
    one = local(desk, "41")
    due = FieldChange("due", "2026-12-01T12:00:00Z")
    with pytest.raises(UsageError, match="no task"):
        tickets.set_fields(desk, [one], [due])
    assert tickets.set_fields(desk, [one], [due, FieldChange("type", "task")])


# Bulk


def test_bulk_work_shows_how_far_it_is(able_desk: Desk) -> None:
    desk = able_desk
    assert outbox.progress(desk) == ()
    several = [local(desk, name) for name in ("41", "42", "43")]
    uuids = tickets.set_fields(desk, several, [FieldChange("priority", "low")])
    (shown,) = outbox.progress(desk)
    assert (shown.account, shown.done, shown.total, shown.failed, shown.goes_on_at) == ("shop", 0, 3, 0, None)
    outbox.drop(desk, uuids[0])
    assert outbox.progress(desk)[0].total == 2
    for uuid in uuids[1:]:
        replies.undo(desk, uuid)
    assert outbox.progress(desk) == ()
