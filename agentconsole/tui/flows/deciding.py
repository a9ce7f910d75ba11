"""Deciding about a Change that is held: send it anyway, edit it, drop it; in conflict, field by field."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from agentconsole.desk import outbox as desk_outbox
from agentconsole.desk import replies
from agentconsole.desk.context import Desk
from agentconsole.desk.wording import field_word, value_word
from agentconsole.domain.changes import Change, NewTicket
from agentconsole.domain.views import Draft, TicketDetail
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.pending_lines import needs_agent

if TYPE_CHECKING:
    from agentconsole.tui.screens.decision import Side, TwoSides


class DecidingFlow(Flow):
    """What only the agent can settle."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "send_anyway": self._send,
            "edit_change": partial(self._decide, edit=True),
            "drop_change": partial(self._decide, edit=False),
        }

    def _asking(self) -> Change | None:
        detail = self.screen.detail
        asking = [change for change in detail.pending if needs_agent(change)] if detail is not None else []
        if not asking:
            self.tell("Nothing on this ticket waits for a decision.")
            return None
        return asking[0]

    def _send(self) -> None:
        change, detail = self._asking(), self.screen.detail
        if change is None or detail is None:
            return
        if not change.conflicts:
            self.screen.begin(self._settle(_send_again, change), "decide")
            return

        from agentconsole.tui.screens.decision import DecisionDialog

        def decided(sides: dict[str, Side] | None) -> None:
            if sides is not None:
                self.screen.begin(self._settle(partial(_send_decided, sides), change), "decide")

        self.screen.app.push_screen(
            DecisionDialog(
                f"{detail.row.name}: somebody changed the same", _both_sides(self.desk, detail, change)
            ),
            decided,
        )

    async def _settle(self, job: Callable[[Desk, Change], str], change: Change) -> None:
        self.tell(await self.screen.backstage.write(job, change))
        self._look()

    def _decide(self, *, edit: bool) -> None:
        change = self._asking()
        if change is not None:
            self.screen.begin(self._take_out(change, edit), "decide")

    async def _take_out(self, change: Change, edit: bool) -> None:
        if edit and isinstance(change.action, NewTicket):
            await self.screen.backstage.write(desk_outbox.edit, change.uuid)
            self.screen.new_tickets.taken_back(change.ticket_id)
            self.screen.pulse.look_now()
            return
        await self.screen.backstage.write(desk_outbox.drop, change.uuid)
        if edit and change.message is not None:
            self._edit(change, replies.draft(self.desk, change.ticket_id, change.message.public))
        elif change.message is not None:
            self.tell("Dropped; the text is kept among the drafts' versions.")
        else:
            self.tell("Dropped.")
        self._look()

    def _edit(self, change: Change, draft: Draft | None) -> None:
        screen = self.screen
        detail = screen.tickets.open(change.ticket_id)
        if change.message is None:
            return
        screen.writing.open(detail, public=change.message.public, draft=draft)
        writing = screen.composer.writing
        if writing is not None:
            # The newer messages have been shown beside it.
            writing.last_seen_message = detail.last_message
            if draft is None:
                screen.writing.insert(change.message.text)
            screen.writing.save_now()

    def _look(self) -> None:
        self.screen.the_app.wake_worker()
        self.screen.pulse.look_now()
        self.screen.tickets.reload()


def _both_sides(desk: Desk, detail: TicketDetail, change: Change) -> list[TwoSides]:
    from agentconsole.tui.screens.decision import TwoSides

    fields = detail.field_defs
    word = partial(value_word, desk, change.account_id, fields)
    return [
        TwoSides(
            one.field,
            field_word(fields, one.field),
            word(one.field, one.base),
            word(one.field, one.mine),
            word(one.field, one.theirs),
        )
        for one in change.conflicts
    ]


def _send_decided(sides: dict[str, Side], desk: Desk, change: Change) -> str:
    desk_outbox.decide(desk, change.uuid, sides)
    now = desk.reader.change(change.uuid)
    if now is not None and now.state == "conflict" and now.moved:
        desk_outbox.send_anyway(desk, change.uuid)
        now = desk.reader.change(change.uuid)
    if now is not None and now.state == "dropped":
        return "Their values stay; nothing is left to send."
    return "It goes out now, as you decided."


def _send_again(desk: Desk, change: Change) -> str:
    if change.moved and change.state == "conflict":
        desk_outbox.send_anyway(desk, change.uuid)
    else:
        desk_outbox.retry(desk, change.uuid)
    return "It goes out now."
