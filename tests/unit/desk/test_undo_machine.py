"""Any order of doing, sending, undoing and redoing ends where a simple model says."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agentconsole.desk import bulk, replies, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.turning import Turn
from agentconsole.desk.undo import UndoHistory
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.tickets import FieldValue
from tests.support.profile import filled_profile
from tests.unit.desk.worker import Worker

NAMES = ("41", "42", "43")
FIELDS = {
    "priority": ("low", "normal", "high", "urgent"),
    "status": ("open", "pending", "hold"),
    "custom:71": ("A-1", "B-2", None),
}

Change = dict[tuple[str, str], tuple[FieldValue, FieldValue]]
"""(Ticket, field) to what it was and what it became."""


class UndoMachine(RuleBasedStateMachine):
    """One agent, one worker, and a colleague who writes to the same tickets."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp())
        self.now: dict[tuple[str, str], FieldValue] = {}
        self.done: list[Change | str] = []
        """What the agent did: a change of fields, or the name of the ticket that was replied to."""
        self.undone: list[Change] = []
        self.sent: set[int] = set()
        """Places in `done` of replies that have gone out."""
        self.theirs: set[tuple[str, str]] = set()
        """Fields whose present value a colleague set."""

    @initialize()
    def start(self) -> None:
        profile = self.stack.enter_context(filled_profile(self.folder / "p"))
        self.desk: Desk = profile.open_desk()
        self.clock = profile.clock
        self.worker = Worker(self.desk)
        self.history = UndoHistory(self.desk)
        self.numbers = {name: tickets.resolve(self.desk, name) for name in NAMES}
        self.now = self.shown()

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def shown(self) -> dict[tuple[str, str], FieldValue]:
        found = {
            name: tickets.ticket_without_thread(self.desk, number).fields
            for name, number in self.numbers.items()
        }
        return {(name, field): found[name][field] for name in NAMES for field in FIELDS}

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1), data=st.data())
    def agent_sets(self, names: set[str], data: st.DataObject) -> None:
        field = data.draw(st.sampled_from(sorted(FIELDS)))
        value = data.draw(st.sampled_from(FIELDS[field]))
        self.clock.instant += 1000
        deed = self.history.begin(self.desk, "x")
        wish = {"shop": [FieldChange(field, value)]}
        bulk.change_slice(self.desk, [self.numbers[name] for name in sorted(names)], wish, deed)
        deed.running = False
        change: Change = {
            (name, field): (self.now[name, field], value) for name in names if self.now[name, field] != value
        }
        self.undone.clear()
        if change:
            self.done.append(change)
            self.now.update({key: after for key, (_, after) in change.items()})
            self.theirs -= set(change)

    @rule(name=st.sampled_from(NAMES))
    def agent_replies(self, name: str) -> None:
        self.clock.instant += 1000
        replies.send(self.desk, self.numbers[name], text="Hi", public=True, last_seen_message=None)
        self.undone.clear()
        self.done.append(name)

    @rule()
    def worker_sends(self) -> None:
        self.worker.send_all()
        self.sent = {place for place, one in enumerate(self.done) if isinstance(one, str)}

    @rule(name=st.sampled_from(NAMES), field=st.sampled_from(sorted(FIELDS)), data=st.data())
    def colleague_writes(self, name: str, field: str, data: st.DataObject) -> None:
        # Once all is out: what happens to conflicting Changes is the outbox's own test.
        self.worker_sends()
        value = data.draw(st.sampled_from(FIELDS[field]))
        self.worker.somebody_writes(name, **{field: value})
        if self.now[name, field] != value:
            self.now[name, field] = value
            self.theirs.add((name, field))

    @rule()
    def undo(self) -> None:
        turn = self.history.undo(self.desk)
        if not self.done:
            assert turn is None
            return
        assert turn is not None
        told = self.run(turn)
        place = len(self.done) - 1
        last = self.done.pop()
        if isinstance(last, str):
            assert ("cannot be taken back" in told) == (place in self.sent)
            if place not in self.sent:
                self.undone.append({})
            self.sent.discard(place)
            return
        back = {key: was for key, (was, after) in last.items() if self.now[key] == after}
        self.now.update(back)
        self.theirs -= set(back)
        turned = {key: last[key] for key in last if key in back}
        if turned:
            self.undone.append(turned)

    @rule()
    def redo(self) -> None:
        turn = self.history.redo(self.desk)
        if not self.undone:
            assert turn is None
            return
        assert turn is not None
        self.run(turn)
        last = self.undone.pop()
        again = {key: after for key, (was, after) in last.items() if self.now[key] == was}
        self.now.update(again)
        if again:
            self.done.append({key: last[key] for key in again})

    def run(self, turn: Turn) -> str:
        while True:
            turn.step(self.desk)
            if not turn.more:
                return turn.sentence(self.desk)

    @invariant()
    def every_field_is_as_the_model_says(self) -> None:
        assert self.shown() == self.now

    @invariant()
    def nothing_can_be_made_again_where_the_model_has_nothing(self) -> None:
        # Asked after each step: of all orders, few come to “undo, something new, redo” by themselves.
        if self.now and not self.undone:
            assert self.history.redo(self.desk) is None

    @precondition(lambda self: self.now)
    @rule()
    def the_server_ends_there_too(self) -> None:
        self.worker_sends()
        for (name, field), value in self.now.items():
            assert self.worker.values(name)[field] == value, (name, field)


UndoMachine.TestCase.settings = settings(
    max_examples=50, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestUndo = UndoMachine.TestCase
