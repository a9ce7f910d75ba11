"""Taking back and making again, by key."""

from __future__ import annotations

from functools import partial

from agentconsole.desk.context import Desk
from agentconsole.desk.turning import Turn
from agentconsole.desk.undo import UndoHistory
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.flows.long_work import LongWork
from agentconsole.tui.screens.main import MainScreen


class UndoingFlow(Flow):
    """The history of what was done, and its two keys."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self.history = UndoHistory(screen.desk)

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"undo": partial(self._begin, again=False), "redo": partial(self._begin, again=True)}

    def _begin(self, *, again: bool) -> None:
        self.screen.begin(self._turn(again), "undo")

    async def _turn(self, again: bool) -> None:
        screen = self.screen
        turn = await screen.backstage.write(self.history.redo if again else self.history.undo)
        if turn is None:
            self.tell(
                "There is nothing to make again." if again else "There is nothing to take back any more."
            )
            return

        def advance(desk: Desk) -> int:
            turn.step(desk)
            return turn.left

        what = f"{turn.deed.what} {'made again' if again else 'taken back'}"
        # Nothing to turn is a step too: the turn says so.
        await screen.long_work.run(LongWork(what, turn.left, turn.left or 1, advance, turn.stop))
        if turn.fresh:
            screen.the_app.wake_worker()
        screen.pulse.look_now()
        self._tell(turn)

    def _tell(self, turn: Turn) -> None:
        screen = self.screen
        if len(turn.drafts) == 1 and len(turn.deed.changes) == 1:
            draft = turn.drafts[0]
            if screen.new_tickets.taken_back(draft.ticket_id):
                return
            detail = screen.tickets.open(draft.ticket_id)
            screen.writing.open(detail, public=draft.public, draft=draft)
            return
        screen.tickets.reload()
        sentence = turn.sentence(self.desk)
        if turn.drafts:
            sentence += f" {len(turn.drafts)} texts are drafts again."
        refused = bool(turn.refused or turn.late)
        self.tell(sentence, severity="warning" if refused else "information")
