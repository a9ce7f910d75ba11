"""Finding tickets by name, opening them, changing their fields."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentconsole.desk import queue, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.naming import field_value
from agentconsole.desk.submission import FieldsMissing
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError, QueryError, UsageError
from agentconsole.domain.fields import TicketField
from tests.support.profile import ME, NOW, FilledProfile


def test_a_ticket_has_several_names(desk: Desk) -> None:
    one = tickets.resolve(desk, "#41")
    assert tickets.resolve(desk, "41") == tickets.resolve(desk, "shop#41") == one
    assert tickets.resolve(desk, f"~{one}") == one
    assert tickets.open_ticket(desk, one).row.subject == "Where is my parcel?"


@pytest.mark.parametrize(
    "name", ["", "#", "a b", "shop#", "#41;x", "~x", "other#41", "41\n42", "~" + "9" * 40]
)
def test_what_cannot_be_a_ticket_is_wrong_use(desk: Desk, name: str) -> None:
    with pytest.raises(UsageError):
        tickets.resolve(desk, name)


@pytest.mark.parametrize("name", ["99", "shop#99", "~99"])
def test_an_unknown_ticket_is_a_failure(desk: Desk, name: str) -> None:
    with pytest.raises(ConsoleError) as told:
        tickets.resolve(desk, name)
    assert not isinstance(told.value, UsageError)


def test_the_queue_lists_by_query_and_sort(desk: Desk) -> None:
    mine = queue.ticket_ids(desk, "status<solved assignee:me", "due")
    assert [queue.rows(desk, [one])[one].remote_id for one in mine] == ["41", "42"]
    assert len(queue.ticket_ids(desk, "  ", "updated")) == 4
    with pytest.raises(QueryError):
        queue.ticket_ids(desk, "status:", "due")


def test_opening_marks_read_and_asks_for_a_stale_thread(profile: FilledProfile) -> None:
    woken: list[int] = []
    desk = replace(profile.open_desk(), wake=lambda: woken.append(1))
    detail = tickets.open_ticket(desk, tickets.resolve(desk, "41"))
    assert detail.row.unread
    assert detail.thread_fresh
    tickets.mark_opened(desk, detail)
    assert not tickets.open_ticket(desk, detail.row.ticket_id).row.unread
    assert woken == []
    tickets.mark_opened(desk, replace(detail, thread_fresh=False))
    assert woken == [1]


def test_fields_are_changed_with_the_base_that_was_seen(desk: Desk) -> None:
    one = tickets.resolve(desk, "43")
    changes = [
        FieldChange("assignee", "me"),
        FieldChange("priority", "URGENT"),
        FieldChange("tags", TagsEdit(add=("vip",), remove=("web",))),
        FieldChange("custom:Cause", "Billing"),
        FieldChange("group", "cards"),
        FieldChange("status", "open"),
    ]
    [uuid] = tickets.set_fields(desk, [one], changes)
    change = desk.reader.change(uuid)
    assert change is not None
    assert {edit.field: (edit.base, edit.value) for edit in change.edits} == {
        "assignee": ("901", ME),
        "priority": ("high", "urgent"),
        "tags": (("web",), ("vip",)),
        "custom:70": (None, "cause_billing"),
        "group": ("50", "51"),
    }
    assert change.state == "held"
    assert change.held_until == NOW + 10_000_000
    row = tickets.open_ticket(desk, one).row
    assert (row.assigned_to_me, row.priority, row.tags, row.waiting) == (True, "urgent", ("vip",), "held")


def test_what_is_so_already_is_no_change(desk: Desk) -> None:
    one = tickets.resolve(desk, "41")
    assert (
        tickets.set_fields(desk, [one], [FieldChange("status", "open"), FieldChange("assignee", "me")]) == []
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (FieldChange("status", "done"), "it has new, open"),
        (FieldChange("group", "nobody knows"), "Orders"),
        (FieldChange("assignee", "nemo"), "no agent"),
        (FieldChange("custom:Colour", "red"), "Order number"),
        (FieldChange("custom:Cause", "red"), "Delivery"),
    ],
)
def test_a_value_that_is_none_is_told_with_what_there_is(desk: Desk, change: FieldChange, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        tickets.set_fields(desk, [tickets.resolve(desk, "41")], [change])
    assert desk.reader.outbox_counts() == {}


@pytest.mark.parametrize("text", ["nan", "-inf", "1e999", "many"])
def test_what_no_helpdesk_takes_as_a_number_is_none(text: str) -> None:
    weight = TicketField("custom:9", "Weight", "decimal")
    assert field_value(weight, "1.5") == 1.5
    with pytest.raises(UsageError, match=f"“Weight” is a number, not “{text}”"):
        field_value(weight, text)


def test_solving_asks_for_required_fields_before_anything_is_queued(desk: Desk) -> None:
    one, two = tickets.resolve(desk, "41"), tickets.resolve(desk, "43")
    solved = FieldChange("status", "solved")
    detail = tickets.open_ticket(desk, one)
    assert [field.label for field in tickets.missing_before(desk, detail, [solved])] == ["Cause"]
    with pytest.raises(FieldsMissing, match="Cause") as told:
        tickets.set_fields(desk, [one, two], [solved])
    assert [field.name for field in told.value.fields] == ["custom:70"]
    assert desk.reader.outbox_counts() == {}

    filled = [FieldChange("custom:70", "cause_delivery"), solved]
    assert tickets.missing_before(desk, detail, filled) == ()
    assert len(tickets.set_fields(desk, [one, two], filled)) == 2


def test_people_are_found_by_the_beginning_of_a_name(desk: Desk) -> None:
    assert [person.name for person in tickets.find_people(desk, "shop", "bo")] == ["Bo Lind"]
