"""Marks and addresses: unread, the ticket's number and link, its page in the browser."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk import snooze
from agentconsole.desk.bulk import Done
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.helpdesks.registry import ticket_url
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.links import show_pages
from agentconsole.tui.flows.meant import Meant, TicketsMeant

COPIED = 200
"""Tickets whose numbers or links are copied at most: terminals take only so much."""

OPENED = 10
"""Tickets that are opened in the browser at most."""

NAMED = 6
"""Tickets that a question names."""

_NAMED_CELLS = 56
"""Cells for each of them: a line of the question."""

SLICE = 500
"""Tickets that are marked in one transaction."""


class MarkingFlow(TicketsMeant):
    """What a ticket is called elsewhere, and how it counts here."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "unread": self._unread,
            "copy_id": self._copy_id,
            "copy_link": self._copy_link,
            "browser": self._browser,
        }

    def _unread(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        unread = not snooze.all_unread(self.desk, meant.ids)
        what = "marked unread" if unread else "marked read"

        def job(desk: Desk, ids: Sequence[int], deed: Deed) -> Done:
            changed = snooze.set_unread(desk, ids, unread, deed)
            return Done(changed, len(ids) - changed)

        self.screen.fields.do(meant, job, what, slice_size=SLICE, of_one=f"{meant.words}: {what}.")

    def _copy_id(self) -> None:
        meant = self.meant()
        if meant is not None:
            rows = self.desk.reader.queue_rows(list(meant.ids[:COPIED]))
            self._copy(meant, [rows[one].name for one in meant.ids[:COPIED] if one in rows], " ", "")

    def _copy_link(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        links = self._links(meant)
        if links:
            self._copy(meant, links, "\n", "the link of " if not meant.many else "the links of ")

    def _links(self, meant: Meant) -> list[str]:
        accounts = {account.name: account for account in meant.accounts}
        rows = self.desk.reader.queue_rows(list(meant.ids[:COPIED]))
        links = []
        for ticket_id in meant.ids[:COPIED]:
            row = rows.get(ticket_id)
            if row is None or row.remote_id is None:
                continue
            account = accounts[row.account]
            link = ticket_url(account.kind, account.url, row.remote_id)
            if link is not None:
                links.append(foreign.line(link))
        if not links:
            self.tell(f"{meant.words} has no page on the helpdesk yet.")
        return links

    def _copy(self, meant: Meant, texts: Sequence[str], between: str, what: str) -> None:
        # It travels inside an escape sequence of the terminal.
        self.screen.app.copy_to_clipboard(between.join(foreign.line(text) for text in texts))
        named = meant.words if what or meant.many else texts[0]
        left = f"; the first {COPIED} only" if len(meant.ids) > COPIED else ""
        self.tell(f"Copied {what}{named}{left}, if your terminal lets programs copy.")

    def _browser(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        links = self._links(meant)[:OPENED]
        if not links:
            return
        for link in links:
            if not link.startswith(("https://", "http://")):
                self.tell(f"{link} is no page that a browser could show.", severity="warning")
                return
        name = meant.words if meant.many else meant.detail.row.name
        if len(meant.ids) > OPENED:
            name = f"the first {OPENED} of {name}"
        show_pages(self, links, name)


def names_of(flow: TicketsMeant, meant: Meant) -> tuple[str, ...]:
    """Name the first of the meant tickets, a line each, for a question about all of them; foreign text."""
    rows = flow.desk.reader.queue_rows(list(meant.ids[:NAMED]))
    named = [rows[one] for one in meant.ids[:NAMED] if one in rows]
    lines = [foreign.cut(f"{row.name} {row.subject}", _NAMED_CELLS) for row in named]
    if len(meant.ids) > NAMED:
        lines.append(f"and {len(meant.ids) - NAMED:,} more")
    return tuple(lines)
