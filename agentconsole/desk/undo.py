"""What an agent did, step by step, to be taken back and made again; `turning` says what that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.desk.turning import Turn
from agentconsole.desk.wording import edit_words
from agentconsole.domain.changes import MergeInto, NewTicket, Removal


class UndoHistory:
    """What an agent did since the console was opened, and of what they did before, what is still held.

    Changes that nobody announced with `begin` (a reply that was sent) are a step each.
    """

    def __init__(self, desk: Desk) -> None:
        self._start = desk.reader.last_change()
        self._done: list[Deed] = []
        self._undone: list[Turn] = []
        self._claimed: set[str] = set()
        self._counters: set[str] = set()

    @property
    def counters(self) -> set[str]:
        """UUIDs of Changes that take others back: undo passes over them, redo takes them back."""
        return self._counters

    def begin(self, desk: Desk, what: str) -> Deed:
        """Begin something that can be taken back; set its `running` to False once it is done.

        Args:
            desk: The profile.
            what: In words, as in “priority high”.
        """
        deed = Deed(what, desk.clock.now(), desk.reader.last_change(), running=True)
        self._done.append(deed)
        self._undone.clear()
        return deed

    def undo(self, desk: Desk) -> Turn | None:
        """Begin to take back the latest deed; None where there is none. Go on with the turn's `step`."""
        self._look_for_news(desk)
        deed = self._latest(desk)
        if deed is None:
            return None
        deed.over = True
        if deed in self._done:
            self._done.remove(deed)
        self._claimed.update(deed.changes)
        turn = Turn(self, deed, again=False, pending=list(deed.changes), acts=list(deed.acts))
        turn.turned = Deed(deed.what, desk.clock.now())
        return turn

    def redo(self, desk: Desk) -> Turn | None:
        """Begin to make again what was taken back last; None where something else was done since."""
        self._look_for_news(desk)
        if not self._undone:
            return None
        last = self._undone.pop()
        turned = last.turned
        turn = Turn(
            self,
            turned,
            again=True,
            pending=list(turned.changes),
            acts=list(turned.acts),
            countered=last.countered,
        )
        turn.turned = Deed(turned.what, desk.clock.now())
        return turn

    def _look_for_news(self, desk: Desk) -> None:
        """Forget what could be made again, where something was done since that nobody announced."""
        if self._undone:
            order = self._undone[-1].turned.order
            if any(sequence > order for sequence, _ in self._unclaimed(desk)):
                self._undone.clear()

    def claim(self, uuids: Iterable[str]) -> None:
        """Take Changes for a turn's own."""
        self._claimed.update(uuids)

    def finished(self, desk: Desk, turn: Turn) -> None:
        """Take note of a turn, for the other direction."""
        turned = turn.turned
        turned.order = desk.reader.last_change()
        if not turned.changes and not turned.acts:
            return
        self._claimed.update(turned.changes)
        if turn.again:
            self._done.append(turned)
        else:
            self._undone.append(turn)

    def keep(self, deed: Deed, uuid: str) -> None:
        """Have what was on its way taken back by the next undo."""
        if not self._done or self._done[-1].what != deed.what or not self._done[-1].over:
            self._done.append(Deed(deed.what, deed.made_at, deed.order, over=True))
        self._done[-1].changes.append(uuid)

    def _unclaimed(self, desk: Desk) -> list[tuple[int, str]]:
        known = self._claimed.union(*(deed.changes for deed in self._done))
        return [one for one in desk.reader.changes_made(self._start) if one[1] not in known]

    def _latest(self, desk: Desk) -> Deed | None:
        announced = next(
            (deed for deed in reversed(self._done) if deed.changes or deed.acts or deed.running), None
        )
        unclaimed = self._unclaimed(desk)
        if unclaimed and (announced is None or unclaimed[-1][0] > announced.order):
            return self._made_of(desk, [unclaimed[-1][1]])
        if announced is not None:
            return announced
        now = desk.clock.now()
        held = [
            change
            for change in desk.reader.changes({"held"}, None)
            if change.held_until > now and change.uuid not in self._claimed
        ]
        # What was done to many tickets at once bears one time.
        last = max((change.created_at for change in held), default=None)
        return self._made_of(desk, [change.uuid for change in held if change.created_at == last])

    def _made_of(self, desk: Desk, uuids: Sequence[str]) -> Deed | None:
        changes = [one for uuid in uuids if (one := desk.reader.change(uuid)) is not None]
        if not changes:
            return None
        first = changes[0]
        words = ", ".join(
            f"{name} {value}".strip() for name, value in edit_words(desk, first.account_id, first.edits)
        )
        if isinstance(first.action, MergeInto):
            words = f"merged into #{first.action.target}"
        elif isinstance(first.action, Removal):
            words = "marked as spam" if first.action.spam else "deleted"
        elif isinstance(first.action, NewTicket):
            words = "the new ticket"
        elif first.message is not None:
            words = "the reply" if first.message.public else "the note"
        return Deed(words or "the change", first.created_at, changes=list(uuids))
