"""New tickets, and passing one on to somebody outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from agentconsole.desk import forwarding, new_ticket_form
from agentconsole.desk import tickets as desk_tickets
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.domain.errors import ConsoleError
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.flows.form_choices import able_accounts
from agentconsole.tui.flows.new_ticket_keys import NewTicketKeys
from agentconsole.tui.flows.new_ticket_sending import KeptForm, NewTicketSending, keep_form
from agentconsole.tui.screens.new_ticket import NewTicketScreen
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen


class NewTicketFlow(Flow):
    """The form, its draft, and its way out."""

    _shown: NewTicketScreen | None = None

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self._keys = NewTicketKeys(screen)
        self._sending = NewTicketSending(screen)

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"new_ticket": self._new, "forward": self._forward}

    def _new(self) -> None:
        accounts = able_accounts(self.desk)
        kept = new_ticket_form.drafts(self.desk)
        if not kept:
            self._open(NewTicketForm(self._likely(accounts)))
            return
        options: list[Option[int]] = [(PickItem("A new ticket", "begin"), 0)]
        for ticket_id in kept:
            form = self._named(new_ticket_form.form_of(self.desk, ticket_id))
            said = (
                form.subject or form.text.strip().partition("\n")[0] or form.requester or "without a subject"
            )
            options.append((PickItem(said, f"goes on · {form.requester or 'nobody yet'}"), ticket_id))

        def chosen(ticket_id: int | None) -> None:
            if ticket_id == 0:
                self._open(NewTicketForm(self._likely(accounts)))
            elif ticket_id is not None:
                self.go_on(ticket_id)

        self.screen.app.push_screen(Picker("New ticket", plain_search(options)), chosen)

    def go_on(self, ticket_id: int) -> None:
        """Show the form of an unsent ticket: one being written, taken back, or refused.

        Raises:
            ConsoleError: There is no such draft.
        """
        form = self._named(new_ticket_form.form_of(self.desk, ticket_id))
        self._open(form, ticket_id, title=f"Passing on #{form.refers_to}" if form.refers_to else "New ticket")

    def taken_back(self, ticket_id: int) -> bool:
        """Show the form again of a ticket that was taken back or refused; False where it is no new one."""
        screen = self.screen
        if ticket_id not in new_ticket_form.drafts(self.desk):
            return False
        if screen.detail is not None and screen.detail.row.ticket_id == ticket_id:
            screen.tickets.close()
        self.go_on(ticket_id)
        return True

    def _named(self, form: NewTicketForm) -> NewTicketForm:
        """Put an address or a name in place of a person's key."""
        person = self.desk.reader.person(self.desk.account(form.account).id, form.requester)
        return form if person is None else replace(form, requester=person.email or person.name)

    def _forward(self) -> None:
        screen = self.screen
        ticket_id = screen.tickets.target()
        if ticket_id is None:
            self.tell("There is no ticket to pass on.")
            return
        detail = desk_tickets.open_ticket(self.desk, ticket_id)
        if (missing := forwarding.why_not_yet(detail)) is not None:
            # Which has its messages read.
            screen.tickets.open(ticket_id)
            self.tell(missing)
            return
        if detail.row.account not in able_accounts(self.desk):
            raise ConsoleError(
                f"{detail.row.account} cannot make tickets from here, so it cannot pass one on."
            )
        group = detail.fields.get("group")
        form = NewTicketForm(
            detail.row.account,
            subject=f"Fwd: {detail.row.subject}",
            text=f"\n\n{forwarding.quote(self.desk, detail)}",
            group=str(group) if group else None,
            assignee="me",
            refers_to=detail.row.remote_id,
        )
        self._open(form, title=f"Passing on {detail.row.name}")
        self.tell(
            "It becomes a ticket of its own for whom you name; answers come there. Notes are not quoted, and "
            "files are not passed on: attach them again."
        )

    def _likely(self, accounts: Sequence[str]) -> str:
        """The account of the ticket that is before the agent, else the first."""
        screen = self.screen
        target = screen.tickets.target()
        row = screen.queue.row(target) if target is not None else None
        return row.account if row is not None and row.account in accounts else accounts[0]

    def _open(self, form: NewTicketForm, ticket_id: int | None = None, *, title: str = "New ticket") -> None:
        screen = self.screen
        if screen.composer.writing is not None:
            screen.writing.put_away()
        kept = KeptForm(ticket_id)
        self._shown = NewTicketScreen(
            title,
            form,
            keymap=screen.keymap_used,
            helped_by=self._keys,
            handlers={"send": partial(self._sending.ask, kept), **self._keys.form_handlers()},
            save=partial(self._save, kept),
            several_accounts=len(able_accounts(self.desk)) > 1,
        )
        self._shown.unsent_ticket = ticket_id
        screen.app.push_screen(self._shown, lambda _: self._left())
        if form.attachments:
            self._keys.look_at_files(self._shown)

    def save_now(self) -> None:
        """Save the open form, as the console may be on its way out."""
        if self._shown is not None and self._shown.is_attached:
            self._shown.save_now()

    def _save(self, kept: KeptForm, form: NewTicketForm) -> None:
        # Handed over here and now, behind the save before it, which may give the draft its place.
        saved = self.screen.backstage.write(keep_form, kept, form)

        async def told() -> None:
            await saved

        self.screen.begin(told(), "new-draft")

    def _left(self) -> None:
        self._shown = None
        if new_ticket_form.drafts(self.desk):
            self.tell(self.screen.keymap_used.told("The new ticket is kept: {new_ticket} goes on with it."))
        self.screen.focus_pane(self.screen.pane)
