"""Guided mode: one ticket after another, in the order of the view; and what has been done today."""

from __future__ import annotations

from agentconsole.desk import guided
from agentconsole.desk.guided import Left, Round, Today
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.tui.flows.flow import Flow, Handlers

_LEFT_WORDS: dict[Left, str] = {
    "taken": "taken by colleagues",
    "answered": "answered by colleagues",
    "snoozed": "snoozed",
    "solved": "solved meanwhile",
    "gone": "gone",
}


class GuidedFlow(Flow):
    """A round over the view's tickets."""

    round: Round | None = None
    today = Today()
    _shown: tuple[int, str] | None = None
    """The ticket that the round shows, and its status then."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"guided": self._toggle}

    @property
    def active(self) -> bool:
        """Whether a round is going on."""
        return self.round is not None

    @property
    def words(self) -> str:
        """What the ticket's header says about the round; empty without one."""
        if self.round is None:
            return ""
        number = min(self.round.number, max(1, self.round.total))
        return f"guided: {number} of {self.round.total} · done today {self.today.done}"

    def leave(self) -> None:
        """End the round; the ticket stays open."""
        if self.round is None:
            return
        self._end()
        self.tell("Guided mode is off.")

    def skip(self) -> None:
        """Put the ticket that is shown off to the end of the round."""
        round_ = self.round
        if round_ is None:
            return
        detail = self.screen.detail
        if detail is not None and round_.left and detail.row.ticket_id == round_.left[0]:
            if len(round_.left) == 1:
                self.tell("This is the last ticket of the round.")
                return
            round_.left.append(round_.left.pop(0))
        self._next()

    def done(self, ticket_id: int) -> bool:
        """Go on, as something has been sent or solved on a ticket; False without a round."""
        round_ = self.round
        if round_ is None:
            return False
        if ticket_id in round_.left:
            round_.left.remove(ticket_id)
        round_.done.add(ticket_id)
        self._next()
        return True

    def changed(self, ticket_id: int) -> bool:
        """Go on if what was done to the shown ticket ends the work on it: another status, snoozed, spam."""
        round_ = self.round
        if round_ is None or self._shown is None or self._shown[0] != ticket_id:
            return False
        row = self.desk.reader.queue_rows([ticket_id]).get(ticket_id)
        asleep = row is not None and row.snoozed_until is not None
        if row is not None and row.status == self._shown[1] and not asleep:
            if not self.desk.reader.is_hidden(ticket_id):
                return False
        return self.done(ticket_id)

    async def count_today(self) -> None:
        """Count anew what has been done today."""
        before = self.today
        self.today = await self.screen.backstage.read(guided.done_today)
        if self.today != before:
            self.screen.pulse.show_status()
            if self.round is not None:
                self.screen.tickets.show_header()

    def _toggle(self) -> None:
        screen = self.screen
        if self.round is not None:
            self.leave()
            return
        if not len(screen.queue.ids):
            self.tell("There is no ticket in this view.")
            return
        screen.begin(self._begin(list(screen.queue.ids[: guided.LONGEST])), "guided")

    async def _begin(self, ids: list[int]) -> None:
        self.round = await self.screen.backstage.read(guided.begin_round, ids)
        await self.count_today()
        self._next()
        if self.round is not None:
            said = "Sending or solving leads to the next ticket · {next_ticket} puts one off · {back} ends it"
            self.tell(self.screen.keymap_used.told(said, "ticket"))

    def _next(self) -> None:
        """Show the next ticket that is still to be done."""
        round_, screen = self.round, self.screen
        if round_ is None:
            return
        ticket_id = guided.first_left(self.desk, round_)
        if ticket_id is None:
            said = self._summary(round_)
            self._end()
            screen.tickets.close()
            self.tell(said)
            return
        row: QueueRow = self.desk.reader.queue_rows([ticket_id])[ticket_id]
        self._shown = ticket_id, row.status
        screen.tickets.open(ticket_id)
        screen.begin(self._ask_ahead(round_.left[1:2]), "guided-ahead")

    async def _ask_ahead(self, ticket_ids: list[int]) -> None:
        await self.screen.backstage.write(guided.ask_ahead, ticket_ids)

    def _end(self) -> None:
        self.round = self._shown = None
        if self.screen.detail is not None:
            self.screen.tickets.show_header()

    def _summary(self, round_: Round) -> str:
        said = f"The round is over: {len(round_.done)} done"
        for why, words in _LEFT_WORDS.items():
            count = sum(one == why for one in round_.left_out.values())
            if count:
                said += f", {count} {words}"
        return said + "."
