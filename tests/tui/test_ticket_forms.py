"""Ticket forms by keys: chosen for a new ticket, changed on one that is there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from agentconsole.config import Paths
from agentconsole.desk import new_ticket_form, outbox, tickets
from agentconsole.domain.changes import FieldChange, NewTicket
from agentconsole.domain.fields import FieldCondition, FieldOption, RemoteMacro, TicketField
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.thread_lines import field_values
from tests.tui import profile
from tests.tui.conftest import Start
from tests.tui.test_composing import able, draft_text, seen, write_on_41
from tests.tui.test_new_ticket import fill_in, form_on


def with_forms(paths: Paths) -> None:
    """Fill a profile whose helpdesk has two forms in use; each has a field that the other lacks."""
    able(paths)
    put_forms(paths, FieldOption("5", "Request"), FieldOption("6", "Refund"))


def with_conditions(paths: Paths) -> None:
    """Fill a profile whose form asks for an amount of card payments, and then for a shelf."""
    able(paths)
    rules = (
        FieldCondition("custom:3602", "custom:3601", "topic_card", ("pending", "solved")),
        FieldCondition("custom:3603", "custom:3602", "7", None),
    )
    own = {"form": "5", "custom:3601": "topic_card"}
    asked = (profile.with_text(one, **own) for one in profile.standard_tickets()[:2])
    profile.fill(paths, [replace(one, stamp=one.stamp + 1, updated_at=one.updated_at + 1) for one in asked])
    put_forms(paths, FieldOption("5", "Request", conditions=rules), FieldOption("6", "Refund"))


def put_forms(paths: Paths, *options: FieldOption) -> None:
    """Give the profile's helpdesk forms, with fields that only some of them have."""
    amount = ("5", "6") if options[0].conditions else ("6",)
    fields = (
        *(replace(each, forms=("5",)) if each.name == "custom:3601" else each for each in profile.FIELDS),
        TicketField("custom:3602", "Amount", "integer", required_to_solve=True, position=4, forms=amount),
        TicketField("custom:3603", "Shelf", "text", position=5, forms=("5",)),
        TicketField("form", "Form", "choice", options, position=9),
    )
    account = profile.account_id(paths)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        Ingest(conn, account, sleep=lambda _: None).put_fields(fields, at=profile.NOW)


async def test_a_form_is_chosen_and_decides_which_fields_there_are(console: Start) -> None:
    async with console(fill=with_forms) as running:
        await running.press("N")
        await running.burst("x@y.example")
        await running.press("tab")
        await running.burst("Money back")
        await seen(running, "Form Request")
        # Another one, and a field that only that one has.
        await running.press("tab", "enter")
        await seen(running, "the default")
        await running.press("down", "enter")
        await seen(running, "Form Refund")
        await running.press("tab", "tab", "tab", "enter")
        await seen(running, "Amount")
        assert "Topic" not in running.screen_text()
        await running.press("enter")
        await running.burst("12")
        await running.press("enter")
        await seen(running, "Fields 1 set", "Amount 12")
        # Chosen back, the value stays in sight and is not sent; Delete means the default one too.
        await running.press(*["shift+tab"] * 4, "delete")
        await seen(running, "Form Request", "not sent: Amount 12", "Fields none")
        await running.press("enter", "down", "enter")
        await seen(running, "Form Refund", "Fields 1 set")
        await running.press("shift+tab", "enter", "enter")
        await seen(running, "not sent: Amount 12")
        assert "not sent: “Amount”, as the form “Request” does not have it" in running.notices()[-1]
        await running.press(*["tab"] * 5)
        await running.burst("Hello")
        await running.press("ctrl+s")
        await seen(running, "Not sent, as “Request” does not have it: Amount")
        await running.press("escape", "escape")
        await running.settle()
        [kept] = new_ticket_form.drafts(running.desk)
        form = new_ticket_form.form_of(running.desk, kept)
        assert (form.ticket_form, form.custom) == ("5", {"custom:3602": 12})


async def test_made_solved_it_needs_what_its_own_form_needs(console: Start) -> None:
    async with console(fill=with_forms) as running:
        # The form has been deleted since the draft was written.
        form = new_ticket_form.NewTicketForm(
            "demo", subject="Money back", text="Hello", requester="x@y.example", ticket_form="7"
        )
        new_ticket_form.save_draft(running.desk, form)
        await running.press("N", "down", "enter")
        await seen(running, "Form not in use any more", "Money back")
        await running.press("ctrl+s")
        await running.until(lambda: bool(running.notices()))
        assert "is not in use on demo any more: choose another one (Request, Refund)" in running.notices()[-1]
        await running.press("enter", "down", "enter")
        await seen(running, "Form Refund")
        await running.press("ctrl+s", "s")
        await seen(running, "Amount")
        assert "Topic" not in running.screen_text()
        await running.burst("7")
        await running.press("enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        [change] = outbox.listing(running.desk, {"held"})
        assert isinstance(change.action, NewTicket)
        fields = dict(change.action.fields)
        assert (fields["form"], fields["status"], fields["custom:3602"]) == ("6", "solved", 7)
        await seen(running, "Form Refund")


async def test_one_form_is_no_choice(console: Start) -> None:
    def one(paths: Paths) -> None:
        able(paths)
        actions = (("custom_fields_3602", "12"), ("comment_value", "Hello"))
        profile.fill(paths, [], macros=[RemoteMacro("8102", "Give back", "", actions)])
        put_forms(paths, FieldOption("5", "Request"))

    async with console(fill=one) as running:
        # One that was chosen and is no more can be taken away; what is pressed next goes to the next field.
        form = new_ticket_form.NewTicketForm("demo", text="Old", requester="x@y.example", ticket_form="7")
        new_ticket_form.save_draft(running.desk, form)
        await running.press("N", "down", "enter")
        await seen(running, "Form not in use any more")
        await running.press("tab", "delete", "enter")
        await seen(running, "Cards")
        assert "Form" not in running.screen_text()
        # A macro may set what the one form lacks.
        await running.press("escape", "ctrl+t")
        await seen(running, "Macro for the new ticket")
        await running.burst("give back\r")
        await running.until(lambda: any("as the form “Request” does not" in one for one in running.notices()))
        await running.press("escape", "escape", "N", "enter")
        await fill_in(running)
        assert form_on(running).filled().text.startswith("Hello Tom") and "Form" not in running.screen_text()
        # Nor is it told or offered with a ticket that is there.
        await running.press("escape")
        ticket = tickets.resolve(running.desk, "#41")
        running.main.tickets.open(ticket)
        await running.settle()
        await running.press("F")
        await seen(running, "Topic")
        assert "Form" not in running.screen_text()
        tickets.set_fields(running.desk, [ticket], [FieldChange("form", "5")])
        assert "Form" not in dict(field_values(tickets.open_ticket(running.desk, ticket)))


async def test_the_form_of_a_ticket_is_changed_among_its_fields(console: Start) -> None:
    async with console(fill=with_forms) as running:
        ticket = tickets.resolve(running.desk, "#41")
        running.main.tickets.open(ticket)
        await running.settle()
        await running.press("F")
        await running.burst("form")
        await running.press("enter")
        await seen(running, "Refund")
        assert "Nothing" not in running.screen_text(), "a ticket always has one"
        await running.press("down", "enter")
        await running.until(lambda: bool(outbox.listing(running.desk)))
        [edit] = outbox.listing(running.desk)[0].edits
        assert (edit.field, edit.value) == ("form", "6")
        await seen(running, "Form: – → Refund", "Form Refund")
        # Its fields are those of that form now.
        await running.press("F")
        await seen(running, "Amount")
        assert "Topic" not in running.screen_text()


async def test_a_text_goes_out_with_what_the_form_asks_for_now(console: Start) -> None:
    async with console(fill=with_conditions) as running:
        ticket = await write_on_41(running, "Hello")
        await running.press("ctrl+s", "p")
        await seen(running, "For #41: Amount, which the helpdesk asks for")
        # What is filled in brings the next one.
        await running.burst("7\r")
        await seen(running, "For #41: Shelf, which the helpdesk asks for")
        await running.press("escape")
        await seen(running, "Hello")
        assert not outbox.listing(running.desk) and draft_text(running, ticket) == "Hello"
        await running.press("ctrl+s", "p")
        await running.burst("7\r")
        await seen(running, "For #41: Shelf")
        await running.burst("A1\r")
        await running.until(lambda: bool(outbox.listing(running.desk)))
        [change] = outbox.listing(running.desk)
        edits = {edit.field: edit.value for edit in change.edits}
        assert edits == {"status": "pending", "custom:3602": 7, "custom:3603": "A1"}


async def test_many_are_asked_until_nothing_is_missing(console: Start) -> None:
    async with console(fill=with_conditions) as running:
        await running.press("space", "space", "e")
        await seen(running, "2 tickets of 2 cannot be solved before “Amount”")
        await running.press("f")
        await running.burst("7\r")
        await seen(running, "2 tickets of 2 cannot be solved before “Shelf”")
        await running.press("f")
        await running.burst("A1\r")
        await running.until(lambda: len(outbox.listing(running.desk)) == 2)
        for change in outbox.listing(running.desk):
            edits = {edit.field: edit.value for edit in change.edits}
            assert (edits["status"], edits["custom:3602"], edits["custom:3603"]) == ("solved", 7, "A1")
