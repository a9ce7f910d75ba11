"""Sending a new ticket: who reads it, what it still needs, and handing it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from agentconsole.desk import checking, new_tickets, replies, ticket_forms
from agentconsole.desk.context import Desk
from agentconsole.desk.new_ticket_form import NewTicketForm, discard, save_draft
from agentconsole.desk.wording import value_word
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.ticket_words import status_in_words
from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.flows.form_choices import field_options
from agentconsole.tui.flows.required import ask_required
from agentconsole.tui.flows.sending import SENT_AS
from agentconsole.tui.screens.first_reply import confirm_recipients
from agentconsole.tui.screens.new_ticket import NewTicketScreen
from agentconsole.tui.screens.picker import Picker, plain_search
from agentconsole.tui.screens.send_menu import SendMenu, warning_place

if TYPE_CHECKING:
    from agentconsole.replies.checks import Finding


class KeptForm:
    """Where the draft of one form is kept; the writing thread alone gives it its place."""

    def __init__(self, ticket_id: int | None) -> None:
        self.ticket_id = ticket_id
        """Local id of the unsent ticket; None until something has been saved."""


class NewTicketSending(Flow):
    """The form's way out."""

    def ask(self, kept: KeptForm, form_screen: NewTicketScreen) -> None:
        """Show the send menu, with what looks wrong; says what is missing."""
        form = form_screen.filled()
        missing = [
            word
            for word, there in (
                ("whom it is for", form.requester),
                ("a subject", form.subject),
                ("a text", form.text.strip()),
            )
            if not there
        ]
        if missing:
            self.tell(f"It still needs {' and '.join(missing)}.", severity="warning")
            return
        form_screen.save_now()
        fields = self.desk.reader.fields(self.desk.account(form.account).id)
        try:
            ticket_form = ticket_forms.required(fields, form)
        except ConsoleError:
            form_screen.focus_ticket_form()
            raise
        found = checking.findings(
            self.desk,
            None,
            form.text,
            public=form.public,
            files=len(form.attachments),
            to=(form.requester,),
            cc=form.ccs,
        )
        lines = [f"On {form.account}: {form.subject}"]
        if form.public:
            lines.append(f"To {form.requester}")
            if form.ccs:
                lines.append(f"CC {', '.join(form.ccs)}")
        else:
            lines.append(f"About {form.requester}; only your team reads the text.")
        if unsent := [item.label for item in ticket_forms.not_sent(self.desk, form)]:
            name = ticket_form.label if ticket_form is not None else "its form"
            lines.append(f"Not sent, as “{name}” does not have it: {', '.join(unsent)}")
        title = "Make this ticket, with a public message" if form.public else "Make this ticket, with a note"
        choices = self._choices(form, "make it anyway" if found else "make it")
        menu = SendMenu(title, lines, choices, found, kind="public" if form.public else "internal")
        self.screen.app.push_screen(menu, partial(self._answered, kept, form_screen, form, found))

    def _choices(self, form: NewTicketForm, make: str) -> list[tuple[str, str]]:
        account = self.desk.account(form.account)
        fields = self.desk.reader.fields(account.id)
        by_form = (
            f" as {value_word(self.desk, account.id, fields, 'status', form.status)}" if form.status else ""
        )
        able = new_tickets.statuses(self.desk, form.account)
        as_status = [
            (answer, f"{make} as {status_in_words(status)}")
            for answer, status in SENT_AS.items()
            if status in able
        ]
        return [("accept", make + by_form), *as_status]

    def _answered(
        self,
        kept: KeptForm,
        form_screen: NewTicketScreen,
        form: NewTicketForm,
        found: Sequence[Finding],
        answer: str | None,
    ) -> None:
        place = warning_place(answer)
        if found and place is not None:
            form_screen.set_focus(form_screen.area)
            form_screen.area.go_to(found[place].start)
        elif answer is not None:
            if (status := SENT_AS.get(answer)) is not None:
                form = replace(form, status=status)
            self._complete(kept, form_screen, form)

    def _complete(self, kept: KeptForm, form_screen: NewTicketScreen, form: NewTicketForm) -> None:
        """Ask for what the helpdesk makes no such ticket without; what is given stays in the form."""
        go_on = partial(self._complete, kept, form_screen)
        try:
            if new_tickets.needs_group(self.desk, form):
                self._ask_group(form_screen, form, go_on)
                return
            missing = new_tickets.missing_fields(self.desk, form)
        except ConsoleError as error:
            self.tell(error.sentence, severity="error")
            return
        if not missing:
            self._make(kept, form_screen, form)
            return

        def filled(changes: tuple[FieldChange, ...]) -> None:
            values = {
                change.field: change.value for change in changes if not isinstance(change.value, TagsEdit)
            }
            full = replace(form, custom={**form.custom, **values})
            form_screen.change(replace(form_screen.form, custom=full.custom))
            go_on(full)

        solves = new_tickets.solves(self.desk, form)
        ask_required(self.screen.the_app, "the new ticket", missing, filled, solves=solves)

    def _ask_group(
        self, form_screen: NewTicketScreen, form: NewTicketForm, go_on: Callable[[NewTicketForm], None]
    ) -> None:
        options = field_options(self.desk, form.account, "group")
        if not options:
            raise ConsoleError(f"{form.account} makes no ticket without a group, and none is known here yet.")

        def chosen(group: str | None) -> None:
            if group is not None:
                form_screen.change(replace(form_screen.form, group=group))
                go_on(replace(form, group=group))

        title = f"Which group gets it? {form.account} makes no ticket without one"
        self.screen.app.push_screen(Picker(title, plain_search(options)), chosen)

    def _make(self, kept: KeptForm, form_screen: NewTicketScreen, form: NewTicketForm) -> None:
        if form_screen.busy:
            return
        if form.public and replies.needs_recipient_check(self.desk, form.account):
            self._confirm(form.account, form, partial(self._make, kept, form_screen, form))
            return
        form_screen.busy = True
        self.screen.begin(self._hand_over(kept, form_screen, form), "new-ticket")

    def _confirm(self, account: str, form: NewTicketForm, go_on: Callable[[], None]) -> None:
        async def remember() -> None:
            await self.screen.backstage.write(replies.recipients_confirmed, account)
            go_on()

        own = {domain.casefold() for domain in replies.own_domains(self.desk, account)}
        everybody = (form.requester, *form.ccs)
        outside = sum(
            (replies.address_of(each) or "").rpartition("@")[2].casefold() not in own for each in everybody
        )
        who = replies.Recipients((form.requester,), form.ccs, outside)
        confirm_recipients(self.screen.app, account, who, lambda: self.screen.begin(remember(), "confirm"))

    async def _hand_over(self, kept: KeptForm, form_screen: NewTicketScreen, form: NewTicketForm) -> None:
        screen = self.screen
        try:
            ticket_id = await screen.backstage.write(_create, kept, form)
        finally:
            form_screen.busy = False
        stack = screen.app.screen_stack
        # One above it came with the last key before it was on its way.
        above = stack[stack.index(form_screen) :] if form_screen in stack else []
        for dialog in reversed(above):
            dialog.dismiss(None)
        screen.the_app.wake_worker()
        screen.be_quiet()
        screen.tickets.open(ticket_id)
        screen.pulse.look_now()


def keep_form(desk: Desk, kept: KeptForm, form: NewTicketForm) -> None:
    """In the writing thread: keep what is filled in, or put the draft away where nothing is left."""
    if _is_empty(form):
        if kept.ticket_id is not None:
            discard(desk, kept.ticket_id)
        return
    kept.ticket_id = save_draft(desk, form, kept.ticket_id)


def _create(desk: Desk, kept: KeptForm, form: NewTicketForm) -> int:
    """In the writing thread: first a draft, so that the text is on the disk whatever fails next."""
    keep_form(desk, kept, form)
    return new_tickets.create(desk, form, draft_ticket=kept.ticket_id)


def _is_empty(form: NewTicketForm) -> bool:
    return not (
        form.requester
        or form.subject
        or form.text.strip()
        or form.tags
        or form.ccs
        or form.attachments
        or form.custom
    )
