"""New tickets, and passing one on to somebody outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agentconsole.desk import attachments, checking, new_tickets, replies
from agentconsole.desk import tickets as desk_tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.new_tickets import NewTicketForm
from agentconsole.domain.errors import ConsoleError
from agentconsole.tui import foreign
from agentconsole.tui.flows.addressing import copies_editor, files_editor
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.flows.form_choices import field_options
from agentconsole.tui.flows.reviewing import previewed
from agentconsole.tui.screens.first_reply import confirm_recipients
from agentconsole.tui.screens.new_ticket import NewTicketScreen
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.screens.send_menu import SendMenu
from agentconsole.tui.widgets.pick_field import PickField
from agentconsole.tui.widgets.pick_list import PickItem

if TYPE_CHECKING:
    from agentconsole.replies.checks import Finding


class _Kept:
    """Where the draft of one form is kept; the writing thread alone gives it its place."""

    def __init__(self, ticket_id: int | None) -> None:
        self.ticket_id = ticket_id
        """Local id of the unsent ticket; None until something has been saved."""


class NewTicketFlow(Flow):
    """The form, its draft, and its way out."""

    _shown: NewTicketScreen | None = None

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"new_ticket": self._new, "forward": self._forward}

    def _new(self) -> None:
        accounts = self._able()
        kept = new_tickets.drafts(self.desk)
        if not kept:
            self._open(NewTicketForm(self._likely(accounts)))
            return
        options: list[Option[int]] = [(PickItem("A new ticket", "begin"), 0)]
        for ticket_id in kept:
            form = self._named(new_tickets.form_of(self.desk, ticket_id))
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
        form = self._named(new_tickets.form_of(self.desk, ticket_id))
        self._open(form, ticket_id, title=f"Passing on #{form.refers_to}" if form.refers_to else "New ticket")

    def taken_back(self, ticket_id: int) -> bool:
        """Show the form again of a ticket that was taken back or refused; False where it is no new one."""
        screen = self.screen
        if ticket_id not in new_tickets.drafts(self.desk):
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
        if detail.row.remote_id is None:
            self.tell(f"{detail.row.name} is not on the helpdesk yet, so it cannot be passed on.")
            return
        if detail.row.account not in self._able():
            raise ConsoleError(
                f"{detail.row.account} cannot make tickets from here, so it cannot pass one on."
            )
        group = detail.fields.get("group")
        form = NewTicketForm(
            detail.row.account,
            subject=f"Fwd: {detail.row.subject}",
            text=f"\n\n{new_tickets.quote(self.desk, detail)}",
            group=str(group) if group else None,
            assignee="me",
            refers_to=detail.row.remote_id,
        )
        self._open(form, title=f"Passing on {detail.row.name}")
        self.tell(
            "It becomes a ticket of its own for whom you name; answers come there. Notes are not quoted, and "
            "files are not passed on: attach them again."
        )

    def _able(self) -> list[str]:
        """The accounts on which tickets can be made.

        Raises:
            ConsoleError: There is none.
        """
        states = self.desk.reader.account_states()
        able = [state.name for state in states if state.capabilities.get("create")]
        if not able:
            if any(not state.capabilities for state in states):
                raise ConsoleError("What the account can do is not known before the first sync: R syncs now.")
            raise ConsoleError("None of your accounts can make tickets from here.")
        return able

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
        kept = _Kept(ticket_id)
        self._shown = NewTicketScreen(
            title,
            form,
            keymap=screen.keymap_used,
            handlers={
                "send": partial(self._ask, kept),
                "switch_mode": _switch,
                "attach": self._attach,
                "recipients": self._copies,
                "preview": self._preview,
            },
            save=partial(self._save, kept),
            people=screen.addressing.people,
            pick=self._pick,
            labels=partial(self._label, form.account),
            several_accounts=len(self._able()) > 1,
        )
        screen.app.push_screen(self._shown, lambda _: self._left())
        if form.attachments:
            self._look_at_files(self._shown)

    def save_now(self) -> None:
        """Save the open form, as the console may be on its way out."""
        if self._shown is not None and self._shown.is_attached:
            self._shown.save_now()

    def _save(self, kept: _Kept, form: NewTicketForm) -> None:
        # Handed over here and now, behind the save before it, which may give the draft its place.
        saved = self.screen.backstage.write(_keep, kept, form)

        async def told() -> None:
            await saved

        self.screen.begin(told(), "new-draft")

    def _left(self) -> None:
        self._shown = None
        if new_tickets.drafts(self.desk):
            key = self.screen.keymap_used.shown("new_ticket")
            self.tell(f"The new ticket is kept: {key} goes on with it.")
        self.screen.focus_pane(self.screen.pane)

    # What the form's keys do

    def _pick(self, form_screen: NewTicketScreen, field: PickField) -> None:
        name = (field.id or "").removeprefix("new-")
        options = self._options(form_screen.form.account, name)

        def chosen(value: str | None) -> None:
            if value is None:
                return
            form = form_screen.form
            if name == "account":
                # Groups, agents and priorities are the other helpdesk's own.
                form = replace(form, account=value, group=None, assignee=None, priority=None)
            else:
                form = replace(form, **{name: value})  # type: ignore[arg-type]
            form_screen.change(form)
            form_screen.focus_next()

        self.screen.app.push_screen(Picker(field.label, plain_search(options)), chosen)

    def _options(self, account: str, name: str) -> list[Option[str]]:
        if name == "account":
            return [(PickItem(one), one) for one in self._able()]
        return field_options(self.desk, account, name)

    def _label(self, account: str, name: str, value: str) -> str:
        if name == "account":
            return value
        account = self._shown.form.account if self._shown is not None else account
        if name == "assignee" and value not in ("me", ""):
            person = self.desk.reader.person(self.desk.account(account).id, value)
            return person.name if person is not None else value
        return next((item.label for item, key in self._options(account, name) if key == value), value)

    def _attach(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.form
        paths = tuple(str(path) for path in form.attachments)
        most = attachments.most_bytes(self.desk, form.account)

        def chosen(files: tuple[str, ...] | None) -> None:
            if files is not None:
                form_screen.change(replace(form_screen.form, attachments=tuple(Path(path) for path in files)))
                self._look_at_files(form_screen)

        self.screen.app.push_screen(
            files_editor(self.screen.addressing, most, paths, form_screen.files), chosen
        )

    def _look_at_files(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.form
        most = attachments.most_bytes(self.desk, form.account)

        async def look() -> None:
            paths = [str(path) for path in form.attachments]
            form_screen.files = await self.screen.backstage.read(attachments.looked_at, paths, most)
            if form_screen.is_attached:
                form_screen.show_form()

        self.screen.begin(look(), "files")

    def _copies(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.filled()
        replies.require_copies(self.desk, form.account)

        def chosen(addresses: tuple[str, ...] | None) -> None:
            if addresses is not None:
                form_screen.change(replace(form_screen.form, ccs=addresses))

        self.screen.app.push_screen(
            copies_editor(
                self.screen.addressing,
                form.account,
                title="Who is in copy of the new ticket",
                to=(form.requester,) if form.requester else (),
                copied=form.ccs,
                known=(),
            ),
            chosen,
        )

    def _preview(self, form_screen: NewTicketScreen) -> None:
        form = form_screen.filled()
        kind = self.desk.account(form.account).kind
        from agentconsole.tui.screens.preview import PreviewScreen

        title, lines, body = previewed(form.text, kind, public=form.public)
        lines = [f"For {form.requester or 'nobody yet'}: {form.subject or '(no subject)'}", *lines]
        files = [path.name for path in form.attachments] + [kept.file_name for kept in form.kept]
        self.screen.app.push_screen(
            PreviewScreen(title, lines, body, files, kind="public" if form.public else "internal")
        )

    def _ask(self, kept: _Kept, form_screen: NewTicketScreen) -> None:
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
        found = checking.findings(
            self.desk,
            None,
            form.text,
            public=form.public,
            files=len(form.attachments) + len(form.kept),
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
        word = "make it anyway" if found else "make it"
        title = "Make this ticket, with a public message" if form.public else "Make this ticket, with a note"
        menu = SendMenu(title, lines, [("enter", word)], found, kind="public" if form.public else "internal")
        make = partial(self._make, kept, form_screen, form)
        self.screen.app.push_screen(menu, partial(self._answered, form_screen, found, make))

    def _answered(
        self,
        form_screen: NewTicketScreen,
        found: Sequence[Finding],
        make: Callable[[], None],
        key: str | None,
    ) -> None:
        if found and (key is None or key.isdigit()):
            form_screen.set_focus(form_screen.area)
            form_screen.area.go_to(found[0 if key is None else int(key) - 1].start)
        elif key is not None:
            make()

    def _make(self, kept: _Kept, form_screen: NewTicketScreen, form: NewTicketForm) -> None:
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

    async def _hand_over(self, kept: _Kept, form_screen: NewTicketScreen, form: NewTicketForm) -> None:
        screen = self.screen
        try:
            ticket_id = await screen.backstage.write(_create, kept, form)
        finally:
            form_screen.busy = False
        if form_screen.is_attached:
            form_screen.dismiss(None)
        screen.the_app.wake_worker()
        screen.be_quiet()
        screen.tickets.open(ticket_id)
        screen.pulse.look_now()


def _keep(desk: Desk, kept: _Kept, form: NewTicketForm) -> None:
    """In the writing thread: keep what is filled in, or put the draft away where nothing is left."""
    if _is_empty(form):
        if kept.ticket_id is not None:
            new_tickets.discard(desk, kept.ticket_id)
        return
    kept.ticket_id = new_tickets.save_draft(desk, form, kept.ticket_id)


def _create(desk: Desk, kept: _Kept, form: NewTicketForm) -> int:
    """In the writing thread: first a draft, so that the text is on the disk whatever fails next."""
    _keep(desk, kept, form)
    return new_tickets.create(
        desk,
        form.account,
        subject=form.subject,
        text=form.text,
        requester=form.requester,
        public=form.public,
        group=form.group,
        assignee=form.assignee,
        priority=form.priority,
        tags=form.tags,
        custom=form.custom,
        ccs=form.ccs,
        attachments=form.attachments,
        kept=form.kept,
        refers_to=form.refers_to,
        draft_ticket=kept.ticket_id,
    )


def _switch(form_screen: NewTicketScreen) -> None:
    """Turn a public first message into a note, or back; the head tells who reads it."""
    form = form_screen.form
    form_screen.change(replace(form, public=not form.public))
    said = "Only your team reads the text now." if form.public else "The requester reads the text now."
    foreign.tell(form_screen, said)


def _is_empty(form: NewTicketForm) -> bool:
    return not (
        form.requester
        or form.subject
        or form.text.strip()
        or form.tags
        or form.ccs
        or form.attachments
        or form.kept
    )
