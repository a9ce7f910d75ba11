"""Ticket forms: chosen for a new ticket, kept in its draft, sent, and asked for on solving."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from agentconsole.desk import (
    bulk,
    macros,
    new_ticket_form,
    new_tickets,
    outbox,
    replies,
    ticket_forms,
    tickets,
)
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.desk.submission import FieldsMissing
from agentconsole.desk.undo import UndoHistory
from agentconsole.domain.changes import FieldChange, NewTicket
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import FieldCondition, FieldOption, RemoteMacro, TicketField
from agentconsole.domain.tickets import TicketPage
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.support.profile import CAUSE, FIELDS, NOW, ORDER, STATUS, FilledProfile, ticket
from tests.unit.desk.worker import Worker

REQUEST, REFUND, OLD = FieldOption("5", "Request"), FieldOption("6", "Refund"), FieldOption("7", "Old")
AMOUNT = TicketField("custom:72", "Amount", "integer", required_to_solve=True, position=7, forms=("6",))
ON_FORMS = (*FIELDS[:2], replace(CAUSE, forms=("5", "7")), ORDER, AMOUNT)
FILLED = NewTicketForm("shop", subject="S", text="T", requester="x@y.example")


def form_field(*options: FieldOption) -> TicketField:
    return TicketField("form", "Form", "choice", options, position=2**31)


def put_fields(profile: FilledProfile, desk: Desk, fields: Sequence[TicketField]) -> None:
    with closing(open_store(profile.paths.database, role="worker", create=False)) as connection:
        Ingest(connection, desk.account("shop").id, sleep=lambda _: None).put_fields(fields, at=NOW)


@pytest.fixture
def desk(profile: FilledProfile, able_desk: Desk) -> Desk:
    put_fields(profile, able_desk, (*ON_FORMS, form_field(REQUEST, REFUND, replace(OLD, active=False))))
    return able_desk


def sent(desk: Desk, form: NewTicketForm) -> dict[str, object]:
    """Make a ticket, and tell what would go out."""
    made = new_tickets.create(desk, form)
    action = outbox.listing(desk)[-1].action
    assert isinstance(action, NewTicket)
    assert tickets.open_ticket(desk, made).fields.get("form") == dict(action.fields).get("form")
    return dict(action.fields)


def test_fields_are_stored_with_their_forms(desk: Desk) -> None:
    known = {field.name: field for field in desk.reader.fields(desk.account("shop").id)}
    assert {name: known[name].forms for name in ("custom:70", "custom:71", "custom:72")} == {
        "custom:70": ("5", "7"),
        "custom:71": None,
        "custom:72": ("6",),
    }
    assert [option.active for option in known["form"].options] == [True, True, False]
    assert list(known)[-1] == "form"


def test_the_default_form_goes_out_unless_another_is_chosen(desk: Desk) -> None:
    fields = desk.reader.fields(desk.account("shop").id)
    assert ticket_forms.to_choose_from(fields) == (REQUEST, REFUND)
    assert sent(desk, FILLED)["form"] == "5"
    assert sent(desk, replace(FILLED, ticket_form="6"))["form"] == "6"
    assert sent(desk, replace(FILLED, ticket_form="refund"))["form"] == "6"
    made = tickets.resolve(desk, "~" + str(outbox.listing(desk)[-1].ticket_id))
    assert tickets.open_ticket(desk, made).labels["form"] == "Refund"


def test_only_the_forms_own_required_fields_are_asked_for(desk: Desk) -> None:
    form = replace(FILLED, status="solved", assignee="me")
    assert new_tickets.missing_fields(desk, form) == (ON_FORMS[2],)
    assert new_tickets.missing_fields(desk, replace(form, ticket_form="6")) == (AMOUNT,)
    assert sent(desk, replace(form, ticket_form="6", custom={"Amount": "3"}))["custom:72"] == 3
    # A ticket that is there already goes by its own form, also by one that is set on it now.
    detail = tickets.open_ticket(desk, tickets.resolve(desk, "#41"))
    solving = [FieldChange("status", "solved")]

    def missing(*changes: FieldChange, **fields: str) -> list[str]:
        of_form = replace(detail, fields={**detail.fields, **fields})
        return [field.name for field in tickets.missing_before(desk, of_form, [*changes, *solving])]

    assert missing(form="6") == ["custom:72"] and missing(form="5") == ["custom:70"]
    assert missing(form="7") == ["custom:70"], "a form that is switched off is still the ticket's"
    assert missing(FieldChange("form", "6"), form="5") == ["custom:72"]


def test_what_another_form_lacks_is_kept_and_neither_sent_nor_lost(desk: Desk) -> None:
    form = replace(FILLED, ticket_form="6", custom={"custom:72": 12, "custom:71": "N-1"})
    assert ticket_forms.not_sent(desk, form) == ()
    other = replace(form, ticket_form=None)
    assert ticket_forms.not_sent(desk, other) == (AMOUNT,)
    fields = desk.reader.fields(desk.account("shop").id)
    offered = {field.name for field in ticket_forms.of_form(fields, other)}
    assert "custom:70" in offered and "custom:72" not in offered
    kept = new_ticket_form.save_draft(desk, other)
    assert new_ticket_form.form_of(desk, kept).custom == form.custom
    made = new_tickets.create(desk, other, draft_ticket=kept)
    [change] = outbox.listing(desk)
    assert isinstance(change.action, NewTicket)
    assert "custom:72" not in dict(change.action.fields) and dict(change.action.fields)["custom:71"] == "N-1"
    # Taken back, it is all there again.
    replies.undo(desk, change.uuid)
    again = new_ticket_form.form_of(desk, made)
    assert again.custom == form.custom and again.ticket_form == "5"


def test_a_form_that_is_not_in_use_any_more_is_refused_and_nothing_is_lost(
    profile: FilledProfile, desk: Desk
) -> None:
    form = replace(FILLED, ticket_form="7", custom={"custom:70": "cause_billing"})
    kept = new_ticket_form.save_draft(desk, form)
    for fields, said in (
        (
            (*ON_FORMS, form_field(REQUEST, REFUND, replace(OLD, active=False))),
            "The form “Old” is not in use",
        ),
        (
            (*ON_FORMS, form_field(REQUEST, REFUND)),
            r"was chosen is not in use.*another one \(Request, Refund",
        ),
        (FIELDS, "leave it empty"),
    ):
        put_fields(profile, desk, fields)
        with pytest.raises(UsageError, match=said):
            new_tickets.create(desk, form, draft_ticket=kept)
        with pytest.raises(UsageError, match=said):
            new_tickets.missing_fields(desk, form)
        assert new_ticket_form.form_of(desk, kept) == replace(form, ccs=(), attachments=())
        assert not outbox.listing(desk)


def test_with_one_form_or_none_there_is_nothing_to_choose_or_send(profile: FilledProfile, desk: Desk) -> None:
    only = form_field(REQUEST, replace(REFUND, active=False))
    put_fields(profile, desk, (*ON_FORMS, only))
    fields = desk.reader.fields(desk.account("shop").id)
    assert ticket_forms.to_choose_from(fields) == () and "form" not in sent(desk, FILLED)
    missing = new_tickets.missing_fields(desk, replace(FILLED, status="solved", assignee="me"))
    assert missing == (ON_FORMS[2],), "a field that no form in use has is not asked for"
    put_fields(profile, desk, FIELDS)
    assert "form" not in sent(desk, FILLED)


def test_a_macro_sets_the_form(desk: Desk) -> None:
    def used(value: str) -> tuple[macros.MacroPreview, NewTicketForm]:
        remote = RemoteMacro("1", "Refund", "", (("ticket_form_id", value), ("custom_fields_72", "5")))
        item = macros.MacroItem("shop:1", "Refund", "", "shop", None, remote=remote)
        shown = macros.preview_new(desk, item, FILLED)
        return shown, new_ticket_form.with_changes(desk, FILLED, shown.changes)[0]

    _, filled = used("6")
    assert (filled.ticket_form, filled.custom) == ("6", {"custom:72": 5})
    shown, filled = used("7")
    assert filled.ticket_form is None and shown.left_out == (
        "“Old” of “Form” is not in use any more; there is Request, Refund.",
    )


def test_the_form_of_a_ticket_is_set_by_its_name(desk: Desk) -> None:
    ticket = tickets.resolve(desk, "#41")
    tickets.set_fields(desk, [ticket], [FieldChange("custom:form", "Refund")])
    assert [(edit.field, edit.value) for edit in outbox.listing(desk)[-1].edits] == [("form", "6")]
    with pytest.raises(UsageError, match="“Nope” is no choice of “Form”; it has Request, Refund"):
        tickets.set_fields(desk, [ticket], [FieldChange("custom:form", "Nope")])


SHELF = TicketField("custom:73", "Shelf", "text", position=8, required_to_solve=True)


@pytest.fixture
def conditional(profile: FilledProfile, desk: Desk) -> Desk:
    """Its default form shows the amount with a billing cause alone, and the shelf with an amount of 3."""
    rules = (
        FieldCondition("custom:72", "custom:70", "cause_billing", ("pending", "solved")),
        FieldCondition("custom:73", "custom:72", "3", None),
    )
    fields = (
        *FIELDS,
        replace(AMOUNT, forms=None),
        SHELF,
        form_field(replace(REQUEST, conditions=rules), replace(REFUND, active=False)),
    )
    put_fields(profile, desk, fields)
    stored = desk.reader.fields(desk.account("shop").id)
    assert stored[-1].options[0].conditions == rules and stored == fields
    kettles = (ticket(number, "Kettle", fields={"form": "5"}, stamp=NOW) for number in (41, 42))
    with closing(open_store(profile.paths.database, role="worker", create=False)) as connection:
        ingest = Ingest(connection, desk.account("shop").id, sleep=lambda _: None)
        ingest.put_tickets(TicketPage(tuple(kettles), "t", False), at=NOW)
    return desk


def missing(desk: Desk, *changes: FieldChange, writing: bool = False) -> list[str]:
    detail = tickets.open_ticket(desk, tickets.resolve(desk, "#41"))
    return [field.name for field in tickets.missing_before(desk, detail, changes, writing=writing)]


BILLING, THREE = FieldChange("custom:70", "cause_billing"), FieldChange("custom:72", "3")
PENDING, SOLVED = FieldChange("status", "pending"), FieldChange("status", "solved")


def test_a_field_of_a_condition_is_asked_for_while_it_holds(conditional: Desk) -> None:
    desk = conditional
    assert missing(desk, SOLVED) == ["custom:70"] and missing(desk, PENDING) == []
    assert missing(desk, SOLVED, FieldChange("custom:70", "cause_delivery")) == []
    assert missing(desk, PENDING, BILLING) == ["custom:72"] == missing(desk, SOLVED, BILLING)
    # What is needed always is needed for a text too; a change of other fields leaves the ticket as it is.
    assert missing(desk, BILLING, THREE) == [] == missing(desk, BILLING, writing=True)
    assert missing(desk, BILLING, THREE, writing=True) == ["custom:73"]
    assert missing(desk, SOLVED, BILLING, THREE, FieldChange("custom:73", "A1")) == []

    ticket_id = tickets.resolve(desk, "#41")

    def say(status: str) -> None:
        replies.send(
            desk,
            ticket_id,
            text="Hello",
            public=True,
            status=status,
            changes=[BILLING],
            last_seen_message=None,
        )

    with pytest.raises(FieldsMissing, match="#41 needs “Amount” filled in first: its form asks for it"):
        say("pending")
    with pytest.raises(FieldsMissing, match="#41 cannot be solved before “Amount” is filled in"):
        tickets.set_fields(desk, [ticket_id], [SOLVED, BILLING])
    assert not outbox.listing(desk)
    say("open")
    # A ticket that is solved already can be written on as before.
    tickets.set_fields(desk, [ticket_id], [SOLVED, FieldChange("custom:72", "4")])
    assert missing(desk, THREE, writing=True) == [] and missing(desk, FieldChange("status", "open"), THREE)


def test_many_are_asked_for_what_their_answers_bring(conditional: Desk) -> None:
    desk = conditional
    ids = [tickets.resolve(desk, name) for name in ("#41", "#42")]
    wishes = {"shop": [SOLVED]}
    tickets.set_fields(desk, ids[:1], [FieldChange("custom:70", "cause_delivery")])

    def asked(filled: dict[tuple[str, str], FieldChange]) -> list[tuple[str, int, bool]]:
        found = bulk.missing_of_all(desk, ids, wishes, filled)
        return [(one.needs.name, one.tickets, one.solves) for one in found]

    filled: dict[tuple[str, str], FieldChange] = {}
    answers = (BILLING, THREE, FieldChange("custom:73", "A1"))
    for change, then in zip(answers, ("custom:72", "custom:73", None), strict=True):
        assert asked(filled) == [(change.field, 1, True)]
        filled["shop", change.field] = change
        assert asked(filled) == ([] if then is None else [(then, 1, True)])
    done = bulk.change_slice(desk, ids, wishes, Deed("solved", NOW), filled=filled)
    assert (done.changed, done.left_out) == (2, ())
    edits = [{edit.field: edit.value for edit in change.edits} for change in outbox.listing(desk)[-2:]]
    assert "custom:72" not in edits[0] and edits[1]["custom:73"] == "A1"
    left = bulk.change_slice(
        desk, ids, {"shop": [PENDING, BILLING, FieldChange("custom:72", None)]}, Deed("p", NOW)
    )
    assert {why for _, why in left.left_out} == {"needs “Amount” filled in first."}


def test_a_new_ticket_needs_what_its_values_bring(profile: FilledProfile, conditional: Desk) -> None:
    desk = conditional

    def needs(form: NewTicketForm) -> list[str]:
        return [field.name for field in new_tickets.missing_fields(desk, form)]

    form = replace(FILLED, custom={"custom:70": "cause_billing"})
    assert needs(form) == [] and needs(replace(form, status="solved")) == ["custom:72"]
    three = replace(form, custom={**form.custom, "custom:72": 3})
    with pytest.raises(FieldsMissing, match="The new ticket needs “Shelf” filled in first"):
        new_tickets.create(desk, three)
    assert sent(desk, replace(three, custom={**three.custom, "custom:73": "A1"}))["custom:73"] == "A1"
    # One that somebody has is open at once.
    rule = FieldCondition("custom:72", "custom:70", "cause_billing", ("open",))
    only = form_field(replace(REQUEST, conditions=(rule,)))
    put_fields(profile, desk, (*FIELDS, replace(AMOUNT, forms=None), only))
    assert needs(form) == [] and needs(replace(form, assignee="me")) == ["custom:72"]


def test_a_helpdesk_without_open_is_asked_nothing_about_it(profile: FilledProfile, desk: Desk) -> None:
    words = replace(STATUS, options=tuple(one for one in STATUS.options if one.normalised != "open"))
    put_fields(profile, desk, (words, *FIELDS[1:]))
    assert new_tickets.missing_fields(desk, replace(FILLED, assignee="me")) == ()
    assert sent(desk, replace(FILLED, assignee="me"))["assignee"]


def test_what_cannot_be_taken_back_for_want_of_a_field_names_its_ticket_once(
    profile: FilledProfile, conditional: Desk
) -> None:
    desk, ticket_id = conditional, tickets.resolve(conditional, "#41")
    tickets.set_fields(desk, [ticket_id], [FieldChange("custom:70", "cause_billing")])
    assert Worker(desk).send_all() == 1
    history = UndoHistory(desk)
    deed = history.begin(desk, "pending")
    bulk.change_slice(desk, [ticket_id], {"shop": [FieldChange("status", "hold")]}, deed)
    deed.running = False
    assert Worker(desk).send_all() == 1
    # By now the form asks for a field.
    rule = FieldCondition(SHELF.name, "custom:70", "cause_billing", None)
    put_fields(profile, desk, (*FIELDS, SHELF, form_field(replace(REQUEST, conditions=(rule,)))))
    turn = history.undo(desk)
    assert turn is not None
    while turn.more:
        turn.step(desk)
    assert turn.sentence(desk) == "#41: needs “Shelf” filled in first."


def test_a_new_ticket_needs_no_status_called_new(profile: FilledProfile, desk: Desk) -> None:
    own = (FieldOption("doing", "Doing", "pending"), FieldOption("done", "Done", "solved"))
    put_fields(profile, desk, (replace(STATUS, options=own), *FIELDS[1:]))
    assert sent(desk, FILLED)["subject"] == "S"
