"""A macro for all selected tickets: its fields, and its text as a reply or note of each."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk import bulk, macros
from agentconsole.desk.bulk import Done
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.domain.errors import ConsoleError
from agentconsole.tui.flows.marking import names_of
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.screens.dialog import Choice


class MacroForManyFlow(TicketsMeant):
    """What the composer does for one ticket, for many at once."""

    def use(self, item: macros.MacroItem, meant: Meant) -> None:
        """Use a macro on tickets; where it has a text, ask first with count and names."""
        try:
            shown = macros.preview(self.desk, item, meant.detail)
        except ConsoleError as error:
            self.tell(error.sentence, severity="error")
            return
        if not shown.text.strip():
            self.screen.fields.change_by_macro(item, shown)
            return
        public = shown.public is not False
        what = "a public reply" if public else "an internal note"
        able = [account.name for account in meant.accounts if item.account in (None, account.name)]
        lines = [f"“{item.name}” is sent as {what} on each:", *names_of(self, meant), ""]
        if public and any(_needs_check(self.desk, account) for account in able):
            self.tell(
                "Send one public reply by hand first: who reads it is checked once an account.",
                severity="warning",
            )
            return
        if len(able) < len(meant.accounts):
            lines.append(f"Only on tickets of {' and '.join(able)}: the macro is theirs.")
        if shown.missing:
            lines.append(f"A ticket without {', '.join(shown.missing)} is left out.")
        question = Choice(
            f"{'Reply to' if public else 'Write a note on'} {meant.title}?",
            tuple(lines),
            (("macro_confirm", f"send {len(meant.ids):,} {'replies' if public else 'notes'}"),),
            kind="public" if public else "internal",
        )

        def answered(answer: str | None) -> None:
            if answer is not None:
                self.screen.fields.do(meant, job, f"macro “{item.name}”")

        def job(desk: Desk, ids: Sequence[int], deed: Deed) -> Done:
            return bulk.macro_slice(desk, ids, item, deed)

        self.screen.app.push_screen(question, answered)


def _needs_check(desk: Desk, account: str) -> bool:
    from agentconsole.desk import replies

    return replies.needs_recipient_check(desk, account)
