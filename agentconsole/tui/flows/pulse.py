"""What happens by itself: looking for news in the database, counting down, counting views."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from agentconsole.desk import outbox as desk_outbox
from agentconsole.desk import queue as desk_queue
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.changes import Change
from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.widgets.status import (
    Run,
    StatusLine,
    account_runs,
    bulk_words,
    outbox_runs,
    selection_runs,
    today_runs,
)

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen

LOOK_SECONDS = 0.25
"""How often the database is asked whether anything has changed; it costs microseconds."""

SHORT_LIST = 10_000
"""Lists up to this length are read anew as time goes by."""

PAUSE_AFTER_COUNT = 10
"""How many times as long as counting the views took there is no counting after it."""

KEY_SILENCE = 0.12
"""Seconds without a key after which news may be shown: a key that comes while it is painted would be late."""

LONGEST_WAIT = 1.5
"""Seconds after which news is shown even while keys keep coming."""

TICKS_A_REPAINT = 30
"""Seconds between repaints of ages and deadlines."""


class PulseFlow(Flow):
    """Timers; each does little, and nothing while nothing has changed."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self._sequence = 0
        self._data_version = -1
        self._states: Sequence[AccountState] = ()
        self._counts: dict[str, int] = {}
        self._held: Change | None = None
        self._held_name = ""
        self._bulk: Sequence[desk_outbox.BulkProgress] = ()
        self._measuring = False
        self._ticks = 0
        self._list_due = False
        self._counts_due = True
        self._counting = False
        self._today_due = True
        self._count_from = 0
        """The tick from which on the views may be counted again."""
        self._next_waking: int | None = None
        self._timers: list[Timer] = []
        self._had_terminal = on_terminal()
        self._quiet_at = 0.0

    def begin(self) -> None:
        """Start, after the first frame."""
        self._sequence = self.desk.reader.feed_sequence()
        self._data_version = self.desk.reader.data_version()
        self._states = self.desk.reader.account_states()
        self.screen.lists.show_all_views()
        self._read_outbox()
        self._next_waking = self.desk.reader.next_waking(self.desk.clock.now())
        self.show_status()
        self._timers = [
            self.screen.set_interval(LOOK_SECONDS, self._look_if_quiet),
            self.screen.set_interval(1.0, self._tick),
        ]
        self.screen.show_hints()
        self.screen.notices.begin(self._states)

    def recount(self) -> None:
        """Count the views again, as there are others now."""
        self._counts_due = True

    def look_now(self) -> None:
        """Look for news without waiting: the console itself has just changed something."""
        self._data_version = -1
        self._look()

    def _look_if_quiet(self) -> None:
        if self._quiet():
            self._look()

    def _quiet(self) -> bool:
        """Whether news may be shown now: no key is being handled, or news has waited long enough."""
        now = asyncio.get_running_loop().time()
        if now - self.screen.the_app.last_key_at < KEY_SILENCE and now - self._quiet_at < LONGEST_WAIT:
            return False
        self._quiet_at = now
        return True

    def _look(self) -> None:
        reader = self.desk.reader
        version = reader.data_version()
        if version == self._data_version:
            return
        self._data_version = version
        delta = desk_queue.changes_since(self.desk, self._sequence)
        self._sequence = delta.sequence
        screen = self.screen
        if delta.tickets or delta.bulk:
            self._next_waking = reader.next_waking(self.desk.clock.now())
            self._list_due = self._counts_due = self._today_due = True
            screen.queue.rows_changed(None if delta.bulk else delta.tickets)
        open_one = screen.detail.row.ticket_id if screen.detail is not None else None
        if open_one is not None and (delta.bulk or open_one in delta.tickets):
            screen.tickets.reload()
        if "views" in delta.other or "accounts" in delta.other:
            screen.lists.show_all_views()
        several = len(self._states) > 1
        paused = {state.uuid for state in self._states if state.state == "paused"}
        self._states = reader.account_states()
        screen.syncing.look(self._states)
        for state in self._states:
            if state.state == "paused" and state.uuid not in paused and not screen.notices.disturbs_not():
                self.tell(state.sentence, severity="warning")
        if (len(self._states) > 1) != several:
            # Tickets are called otherwise from now on.
            screen.relayout()
            screen.queue.rows_changed(None)
        self._read_outbox()
        self.show_status()
        if delta.tickets or delta.bulk:
            screen.notices.look(None if delta.bulk else delta.tickets, self._states)

    def _tick(self) -> None:
        if self._had_terminal and not on_terminal():
            # Closed without a signal, as when the program is not the terminal's own.
            self.screen.the_app.end()
            return
        self._ticks += 1
        if self._next_waking is not None and self._next_waking <= self.desk.clock.now():
            self._next_waking = self.desk.reader.next_waking(self.desk.clock.now())
            self._list_due = self._counts_due = True
        if (self._list_due or self._counts_due) and self._quiet():
            self._read_lists()
        if self._held is not None and self._held.held_until < self.desk.clock.now():
            self._read_outbox()
        if self._today_due and self._quiet():
            self._today_due = False
            self.screen.begin(self.screen.guided.count_today(), "today")
        if self._counts.get("queued", 0) < 2:
            self._bulk = ()
        elif not self._measuring:
            self._measuring = True
            self.screen.begin(self._measure_bulk(), "bulk-progress")
        self.screen.thread.tick()
        self.screen.notices.tick()
        self.show_status()
        if self._ticks % TICKS_A_REPAINT == 0:
            self.screen.queue.repaint_times()
            # Time alone wakes snoozed tickets and brings deadlines nearer; a huge list waits for a change.
            self._counts_due = self._today_due = True
            self._list_due = self._list_due or len(self.screen.queue.ids) <= SHORT_LIST
            self.screen.thread.repaint_times()
            self.screen.customer.repaint_times()

    def _read_lists(self) -> None:
        if self._list_due:
            self._list_due = False
            self.screen.lists.reload()
        if self._counts_due and not self._counting and self._ticks >= self._count_from:
            self._counts_due = False
            self._counting = True
            self.screen.begin(self._count_views(), "counts")

    def _read_outbox(self) -> None:
        self._counts = desk_outbox.counts(self.desk)
        now = self.desk.clock.now()
        found = self.desk.reader.latest_held(now) if self._counts.get("held") else None
        if found is None:
            self._held = None
            return
        self._held, together = found
        if together > 1:
            self._held_name = f"{together:,} tickets"
        else:
            row = self.screen.queue.row(self._held.ticket_id)
            self._held_name = row.name if row is not None else ""

    def show_status(self) -> None:
        """Say how the accounts stand, what is selected, and what waits to go out."""
        now = self.desk.clock.now()
        held = self._held
        counter = held is not None and held.uuid in self.screen.undoing.history.counters
        offline = any(state.state == "offline" for state in self._states)

        def ending(*, brief: bool = False) -> list[Run]:
            return self.screen.notices.runs() + outbox_runs(
                self._counts,
                held,
                self._held_name,
                now,
                undo_key=self.screen.keymap_used.shown("undo"),
                counter=counter,
                offline=offline,
                bulk=bulk_words(self._bulk, now, brief=brief) if self._bulk else "",
            )

        zone = self.desk.config.zone
        line = self.screen.query_one(StatusLine)
        queue = self.screen.queue
        chosen = selection_runs(len(queue.selected), queue.in_range)
        left = chosen + account_runs(self._states, now, zone=zone)
        right = ending()
        if not line.fits(left, right):
            right = ending(brief=True)
        if len(self._states) > 1 and not line.fits(left, right):
            left = chosen + account_runs(self._states, now, zone=zone, brief=True)
        today = today_runs(self.screen.guided.today)
        if line.fits([*left, *today], right):
            left += today
        line.show(left, right)

    async def _measure_bulk(self) -> None:
        try:
            self._bulk = await self.screen.backstage.read(desk_outbox.progress)
        finally:
            self._measuring = False

    async def _count_views(self) -> None:
        views = self.screen.views.views
        began = monotonic()
        try:
            counts = await self.screen.backstage.read(desk_queue.counts, [view.query for view in views])
        finally:
            self._counting = False
            # A costly view must not keep the reading thread from the lists.
            self._count_from = self._ticks + int((monotonic() - began) * PAUSE_AFTER_COUNT)
        self.screen.views.show_counts(
            {view.identity: count for view, count in zip(views, counts, strict=True)}
        )


def on_terminal() -> bool:
    """Whether standard input is a terminal that is still there."""
    return sys.__stdin__ is not None and not sys.__stdin__.closed and sys.__stdin__.isatty()
