"""Sending, taking back, and deciding what to do with a Change that is held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agentconsole.desk import checking, replies
from agentconsole.desk import outbox as desk_outbox
from agentconsole.desk import tickets as desk_tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.edits import would_solve
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.ticket_words import status_in_words
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import TicketDetail
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.flows.required import ask_required
from agentconsole.tui.flows.writing import save_writing
from agentconsole.tui.screens.first_reply import confirm_recipients
from agentconsole.tui.screens.send_menu import SendMenu, warning_place
from agentconsole.tui.widgets.composer import Writing

if TYPE_CHECKING:
    from agentconsole.replies.checks import Finding

SENT_AS = {"send_open": "open", "send_pending": "pending", "send_hold": "hold", "send_solved": "solved"}
"""Answers of the send menu, and the status that a text goes out with."""

_POLLS = 60
"""How often to look, each half second, whether all has gone out before quitting."""


class SendingFlow(Flow):
    """From the send menu to the outbox, and back by undo."""

    _sending = False

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "send": self._ask,
        }

    def _ask(self) -> None:
        screen = self.screen
        writing, detail = screen.composer.writing, screen.detail
        if writing is None or detail is None or self._sending:
            return
        if not screen.composer.text.strip() and not writing.attachments:
            self.tell("There is nothing to send yet.")
            return
        screen.writing.save_now()
        known = _statuses(detail)
        by_macro = _status_of(writing.changes)
        stays = f"status stays {status_in_words(detail.row.status)}"
        plain = stays if by_macro is None else f"status becomes {status_in_words(by_macro)}"
        found = checking.findings(
            self.desk,
            detail,
            screen.composer.text,
            public=writing.public,
            files=len(writing.attachments),
            cc=writing.cc or (),
        )
        send = "send anyway" if found else "send"
        choices = [("accept", f"{send}, {plain}")]
        choices += [
            (answer, f"{send} as {status_in_words(status)}")
            for answer, status in SENT_AS.items()
            if status in known
        ]
        if writing.public:
            who = writing.recipients
            lines = [f"To {', '.join(who.to) or 'nobody'}"]
            if who.cc:
                lines.append(f"CC {', '.join(who.cc)}")
            lines.append(who.outside_words)
            title, kind = "Send this public reply", "public"
        else:
            lines = ["Only your team reads it."]
            title, kind = "Add this internal note", "internal"
        if detail.row.status == "closed":
            refused = (
                "The ticket is closed: the helpdesk may refuse this. {forward} begins a new one about it."
            )
            lines.append(screen.keymap_used.told(refused, "ticket"))
        if writing.attachments:
            lines.append(f"with {_file_words(writing.attachments)}")
        menu = SendMenu(title, lines, choices, found, kind=kind)
        screen.app.push_screen(menu, partial(self._chosen, found))

    def _chosen(self, found: Sequence[Finding], answer: str | None) -> None:
        detail = self.screen.detail
        writing = self.screen.composer.writing
        if detail is None or writing is None:
            return
        place = warning_place(answer)
        if found and place is not None:
            self.screen.writing.go_to(found[place].start)
            return
        if answer is None:
            return
        self._complete(detail, SENT_AS.get(answer), writing.changes)

    def _complete(self, detail: TicketDetail, status: str | None, changes: tuple[FieldChange, ...]) -> None:
        """Ask for the fields that must be filled, and for those that their values bring, then send."""
        wanted = (*changes, FieldChange("status", status)) if status is not None else changes
        try:
            missing = desk_tickets.missing_before(self.desk, detail, wanted, writing=True)
        except ConsoleError as error:
            self.tell(error.sentence, severity="error")
            return
        if not missing:
            self._send(status, changes)
            return
        solves = would_solve(detail, wanted)

        def filled(given: tuple[FieldChange, ...]) -> None:
            self._complete(detail, status, (*changes, *given))

        ask_required(self.screen.the_app, detail.row.name, missing, filled, solves=solves)

    def _send(self, status: str | None, changes: Sequence[FieldChange]) -> None:
        composer, detail = self.screen.composer, self.screen.detail
        if composer.writing is None or detail is None or self._sending:
            return
        if composer.writing.public and replies.needs_recipient_check(self.desk, detail.row.account):
            self._confirm(detail.row.account, composer.writing, lambda: self._send(status, changes))
            return
        self._sending = True
        text = composer.text
        composer.save_begun(text)
        self.screen.begin(self._hand_over(composer.writing, text, status, tuple(changes)), "send")

    def _confirm(self, account: str, writing: Writing, go_on: Callable[[], None]) -> None:
        """Have the agent confirm who reads the first public reply of an account."""

        async def remember() -> None:
            await self.screen.backstage.write(replies.recipients_confirmed, account)
            if self.screen.composer.writing is writing:
                go_on()

        confirm_recipients(
            self.screen.app, account, writing.recipients, lambda: self.screen.begin(remember(), "confirm")
        )

    async def _hand_over(
        self, writing: Writing, text: str, status: str | None, changes: tuple[FieldChange, ...]
    ) -> None:
        screen = self.screen
        values = screen.writing.values(writing)
        # The list may close up behind this ticket before the answer is back.
        following = screen.tickets.following()
        try:
            await screen.backstage.write(_send_writing, writing, text, status, changes, values)
        except ConsoleError:
            # Often a file that is gone meanwhile: the header shows which.
            screen.addressing.look_at_files()
            raise
        finally:
            self._sending = False
        screen.the_app.wake_worker()
        screen.be_quiet()
        if screen.composer.writing is writing:
            screen.composer.close()
            self.go_on(status or _status_of(changes) or "open", following)
        screen.pulse.look_now()

    def go_on(self, status: str, following: int | None) -> None:
        """Show what comes after a text has been sent.

        Args:
            status: What the ticket's status becomes.
            following: Local id of the ticket that came next in the queue when it was sent.
        """
        detail = self.screen.detail
        if detail is not None and self.screen.guided.done(detail.row.ticket_id):
            return
        if status != "open":
            self.screen.tickets.open_or_close(following)
        else:
            self.screen.focus_pane("ticket")

    def send_all_and_leave(self) -> None:
        """Send what is held, wait until it is gone, then quit; Esc is not needed, the wait has an end."""
        self.screen.begin(self._send_all(), "leaving")

    async def _send_all(self) -> None:
        screen = self.screen
        await screen.backstage.write(_release_all)
        screen.the_app.wake_worker()
        self.tell("Sending what waits, then quitting.")
        for _ in range(_POLLS):
            counts = desk_outbox.counts(self.desk)
            if not any(counts.get(state) for state in ("held", "queued", "sending", "unknown")):
                screen.the_app.leave(linger=False)
                return
            await asyncio.sleep(0.5)
        why = "the helpdesk does not answer"
        if desk_outbox.no_line(self.desk):
            why = "the helpdesk cannot be reached"
        elif any(one.goes_on_at for one in await screen.backstage.read(desk_outbox.progress)):
            why = "the helpdesk takes only so many changes a minute"
        self.tell(f"Not all has gone out yet: {why}. Quit again to choose.", severity="warning")


def _status_of(changes: Sequence[FieldChange]) -> str | None:
    """The status that a macro sets; None: none."""
    return next((str(change.value) for change in changes if change.field == "status"), None)


def _file_words(paths: Sequence[str]) -> str:
    names = ", ".join(path.rpartition("/")[2] for path in paths[:3])
    return f"{len(paths)} files: {names}{', …' if len(paths) > 3 else ''}" if len(paths) > 1 else names


def _statuses(detail: TicketDetail) -> frozenset[str]:
    for item in detail.field_defs:
        if item.name == "status" and item.options:
            return frozenset(option.normalised or option.key for option in item.options)
    return frozenset(SENT_AS.values())


def _send_writing(
    desk: Desk,
    writing: Writing,
    text: str,
    status: str | None,
    changes: Sequence[FieldChange],
    values: Sequence[tuple[str, FieldValue]],
) -> str:
    # First a draft: whatever fails next, the text is on the disk.
    draft_id = save_writing(desk, writing, text, values)
    return replies.send(
        desk,
        writing.ticket_id,
        text=text,
        public=writing.public,
        status=status,
        changes=changes,
        attachments=[Path(name) for name in writing.attachments],
        last_seen_message=writing.last_seen_message,
        draft_id=draft_id,
        macro=writing.macro,
        cc=writing.cc,
    )


def _release_all(desk: Desk) -> None:
    for change in desk.reader.changes({"held"}, None):
        if not change.held_back:
            desk_outbox.send_now(desk, change.uuid)
