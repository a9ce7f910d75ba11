"""Taking tickets out of the queue for good: marking them as spam, and deleting them."""

from __future__ import annotations

from functools import partial

from agentconsole.desk import bulk
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.changes import Removal
from agentconsole.helpdesks.registry import deleted_means
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.marking import names_of
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.screens.dialog import Choice


class RemovingFlow(TicketsMeant):
    """What cannot be taken back from here once it has gone out."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"spam": self._spam, "delete_ticket": self._delete}

    def _spam(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        if not meant.many:
            self._remove(meant, Removal(spam=True))
            return
        lines = (*names_of(self, meant), "", "It cannot be taken back from here once it has gone out.")
        self._ask(
            meant,
            f"Mark {meant.title} as spam?",
            lines,
            ("spam_confirm", "mark {} as spam"),
            Removal(spam=True),
        )

    def _delete(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        able = [one for one in meant.accounts if one.capabilities.get("delete", True)]
        lines = [*names_of(self, meant), ""] if meant.many else []
        lines += self._meaning(able)
        if back := self.screen.keymap_used.told("{undo} takes it back only while it is held here."):
            lines.append(back)
        if len(able) < len(meant.accounts):
            others = [one.name for one in meant.accounts if one not in able]
            lines.append(f"Tickets of {' and '.join(others)} stay: they cannot be deleted from here.")
        said = "delete {} tickets" if meant.many else "delete it"
        # A subject may be a question itself.
        title = f"Delete {meant.title.rstrip('?')}?"
        self._ask(meant, title, tuple(lines), ("delete_confirm", said), Removal(spam=False))

    def _meaning(self, accounts: list[AccountState]) -> list[str]:
        """Say what becomes of deleted tickets on each kind of helpdesk that is meant."""
        found = dict.fromkeys(deleted_means(one.kind) for one in accounts)
        return [sentence for sentence in found if sentence]

    def _ask(
        self, meant: Meant, title: str, lines: tuple[str, ...], answer: tuple[str, str], removal: Removal
    ) -> None:
        given, said = answer

        def answered(told: str | None) -> None:
            if told is not None:
                self._remove(meant, removal)

        choices = ((given, said.format(f"{len(meant.ids):,}")),)
        self.screen.app.push_screen(Choice(title, lines, choices, kind="alarm"), answered)

    def _remove(self, meant: Meant, removal: Removal) -> None:
        on_screen = self.screen.detail is not None and self.screen.pane == "ticket"
        back = self.screen.keymap_used.told("; {undo} takes it back while it is held.")
        what, one = (
            ("marked as spam", "is marked as spam") if removal.spam else ("deleted", "is being deleted")
        )
        self.screen.fields.do(
            meant,
            partial(bulk.removal_slice, removal),
            what,
            go_on=on_screen and not meant.many,
            of_one=f"{meant.words} {one}{back}",
        )
