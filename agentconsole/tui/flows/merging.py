"""Merging tickets into another: the target is picked, both sides are shown, and it is asked for by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.content import Content

from agentconsole.desk import merging
from agentconsole.desk import queue as desk_queue
from agentconsole.desk import tickets as desk_tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.desk.merging import MergePreview, MergeSide
from agentconsole.domain.errors import ConsoleError
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.picker import Option, Picker
from agentconsole.tui.widgets.pick_list import PickItem

FOUND = 30
"""Tickets that are offered at most."""

MOST = 20
"""Tickets that can be merged at once: each is named when asked, and both threads are read."""

_SEARCHED = 3
"""Letters from which on tickets are searched."""


class MergingFlow(TicketsMeant):
    """Two tickets, one request."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"merge": self._merge}

    def _merge(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        if len(meant.ids) > MOST:
            self.tell(f"At most {MOST} tickets are merged at once, and {len(meant.ids):,} are selected.")
            return
        account = meant.detail.row.account

        def chosen(target: int | None) -> None:
            if target is not None:
                self._ask(_sources(meant, target), target)

        picker = Picker(
            f"Merge {meant.title} into …",
            partial(self._search, meant, account),
            preview=partial(self._preview, meant),
            empty_text="No ticket fits: type its number, or words of it.",
            placeholder="number, or words of the ticket that stays",
            later=partial(self._look, meant, account),
        )
        self.screen.app.push_screen(picker, chosen)

    def _search(self, meant: Meant, account: str, text: str) -> Sequence[Option[int]]:
        text = text.strip()
        if text:
            found = self._named(text, account)
        else:
            found = list(meant.ids) if meant.many else self._same_customer(meant)
        return _options(self.desk, meant, account, found)

    async def _look(self, meant: Meant, account: str, text: str) -> Sequence[Option[int]]:
        """Search in the reading thread: among a hundred thousand tickets it takes many frames."""
        text = text.strip()
        if len(text) < _SEARCHED:
            return ()
        return await self.screen.backstage.read(_searched, meant, account, text)

    def _same_customer(self, meant: Meant) -> list[int]:
        requester = meant.detail.requester
        if requester is None:
            return []
        return list(self.desk.reader.tickets_of(meant.accounts[0].id, requester.remote_id, FOUND))

    def _named(self, text: str, account: str) -> list[int]:
        try:
            ticket_id = desk_tickets.resolve(self.desk, text if "#" in text else f"{account}#{text}")
        except ConsoleError:
            return []
        return [ticket_id]

    def _preview(self, meant: Meant, target: int) -> Content:
        try:
            shown = merging.merge_preview(self.desk, _sources(meant, target), target)
        except ConsoleError as error:
            return foreign.paragraphs(error.sentence, "$error")
        lines: list[Content] = [Content.styled("WILL BE CLOSED", "bold $warning")]
        for side in shown.sources:
            lines += [*_side(side), Content("")]
        lines += [Content.styled("STAYS", "bold $success"), *_side(shown.target), Content("")]
        if shown.impossible is not None:
            lines.append(foreign.paragraphs(shown.impossible, "$error"))
        lines += [foreign.paragraphs(warning, "$warning") for warning in shown.warnings]
        return Content("\n").join(lines)

    def _ask(self, sources: Sequence[int], target: int) -> None:
        shown = merging.merge_preview(self.desk, sources, target)
        if shown.impossible is not None:
            self.tell(shown.impossible, severity="warning")
            return
        names = ", ".join(side.name for side in shown.sources)
        question = Choice(
            f"Merge {names} into {shown.target.name}?",
            (*_lines(shown), "", *_first(shown.warnings, 2), "Once it has gone out it cannot be taken back."),
            (("merge_confirm", f"merge into {shown.target.name}"),),
            kind="alarm",
        )

        def answered(answer: str | None) -> None:
            if answer is not None:
                deed = self.screen.undoing.history.begin(self.desk, f"merged into {shown.target.name}")
                self.screen.begin(self._do(shown, deed), "fields")

        self.screen.app.push_screen(question, answered)

    async def _do(self, shown: MergePreview, deed: Deed) -> None:
        screen = self.screen
        sources = [side.ticket_id for side in shown.sources]
        try:
            await screen.backstage.write(_merge, sources, shown.target.ticket_id, deed)
        finally:
            deed.running = False
        screen.selecting.clear()
        screen.the_app.wake_worker()
        screen.pulse.look_now()
        names = ", ".join(side.name for side in shown.sources)
        back = screen.keymap_used.told("; {undo} takes it back while it is held.")
        self.tell(f"{names} will be merged into {shown.target.name}{back}")


def _searched(desk: Desk, meant: Meant, account: str, text: str) -> Sequence[Option[int]]:
    try:
        hits = desk_queue.ticket_ids(desk, text, "updated")[: FOUND * 2]
    except ConsoleError:
        # Half a query is none yet.
        return ()
    return _options(desk, meant, account, hits)


def _options(desk: Desk, meant: Meant, account: str, found: Sequence[int]) -> Sequence[Option[int]]:
    rows = desk.reader.queue_rows(found)
    options: list[Option[int]] = []
    for one in found:
        row = rows.get(one)
        if row is not None and row.account == account and (meant.many or one not in meant.ids):
            note = f"{row.requester} · {row.status_label}"
            options.append((PickItem(f"{row.name} {row.subject}", note), one))
    return options[:FOUND]


def _merge(desk: Desk, sources: Sequence[int], target: int, deed: Deed) -> None:
    deed.changes.extend(merging.merge(desk, sources, target))


def _sources(meant: Meant, target: int) -> list[int]:
    return [one for one in meant.ids if one != target] or list(meant.ids)


def _side(side: MergeSide) -> list[Content]:
    count = f"{side.messages} message{'' if side.messages == 1 else 's'} here"
    return [
        foreign.content(f"{side.name} {side.subject}", "bold"),
        foreign.content(f"{side.requester or 'nobody'} · {side.status_label} · {count}", "$dim"),
    ]


def _first(lines: Sequence[str], most: int) -> list[str]:
    """Keep what a small terminal has room for: the answers below must stay in sight."""
    if len(lines) <= most + 1:
        return list(lines)
    return [*lines[:most], f"and {len(lines) - most} more such"]


def _lines(shown: MergePreview) -> list[str]:
    lines = [f"{side.name} {side.subject} ({side.requester or 'nobody'})" for side in shown.sources]
    target = shown.target
    return [*_first(lines, 3), f"into {target.name} {target.subject} ({target.requester or 'nobody'})"]
