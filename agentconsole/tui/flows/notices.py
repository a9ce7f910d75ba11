"""Telling the agent what others have done: in passing, in a list, and by the terminal's bell where wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from agentconsole.desk import notices as desk_notices
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.notices import Notice, NoticeKind, Watch, Watched, sentence, told
from agentconsole.tui import foreign, when
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.picker import Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen

_KEPT: Final = 500
"""So many of the session's notices are listed."""

_SEVERITY: Final[dict[NoticeKind, foreign.Severity]] = {
    "assigned": "information",
    "answered": "information",
    "due": "warning",
    "failed": "error",
}


class NoticesFlow(Flow):
    """What has happened meanwhile."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self.kept: deque[Notice] = deque(maxlen=_KEPT)
        """The session's notices, newest first."""
        self.unseen = 0
        """How many have come since the list was last looked at."""
        self.quiet = False
        """Whether the agent does not want to be disturbed."""
        self._watch = Watch(self.desk.clock.now())
        self._syncing_first: frozenset[str] = frozenset()
        self._fresh: frozenset[str] = frozenset()
        """Accounts whose first sync went on while what is yet to be read came."""
        self._ready = False
        self._wanted: set[int] | None = set()
        self._reading = False

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"notices": self._list, "do_not_disturb": self._switch}

    def begin(self, states: Sequence[AccountState]) -> None:
        """Take everything as it is: what was there before is no news."""
        self._syncing_first = _first_syncing(states)
        self.screen.begin(self._begin(), "notices")

    async def _begin(self) -> None:
        read = self.screen.backstage.read
        self._watch.absorb(await read(desk_notices.mine), await read(desk_notices.resting))
        self._ready = True
        self._tell(self._watch.due(self.desk.clock.now()))
        await self._read()

    def look(self, tickets: Sequence[int] | None, states: Sequence[AccountState]) -> None:
        """Look at tickets that have changed.

        Args:
            tickets: Local ids; None: too many to name.
            states: The accounts as they are now; one is told about once its first sync is over.
        """
        before, self._syncing_first = self._syncing_first, _first_syncing(states)
        self._fresh |= before | self._syncing_first
        if tickets is None or self._wanted is None:
            self._wanted = None
        else:
            self._wanted.update(tickets)
        if self._ready and not self._reading:
            self._reading = True
            self.screen.begin(self._read(), "notices")

    async def _read(self) -> None:
        self._reading = True
        try:
            while self._wanted is None or self._wanted:
                wanted, self._wanted = self._wanted, set()
                fresh, self._fresh = self._fresh, frozenset()
                if wanted is None:
                    known = sorted(self._watch.seen)
                    seen: list[Watched] = await self.screen.backstage.read(desk_notices.mine, known)
                else:
                    seen = await self.screen.backstage.read(desk_notices.some, sorted(wanted))
                self._tell(self._watch.news(seen, self.desk.clock.now(), fresh))
        finally:
            self._reading = False

    def tick(self) -> None:
        """Tell of deadlines that have come near."""
        if self._ready:
            self._tell(self._watch.due(self.desk.clock.now()))

    def _tell(self, notices: Sequence[Notice]) -> None:
        settings = self.desk.config.notifications
        wanted = [one for one in notices if getattr(settings, one.kind) != "off"]
        if not wanted:
            return
        self.kept.extendleft(wanted)
        self.unseen += len(wanted)
        if self.disturbs_not():
            return
        for kind, said in told(wanted):
            foreign.tell(self.screen, said, severity=_SEVERITY[kind], seconds=8)
        if any(getattr(settings, one.kind) == "bell" for one in wanted):
            self.screen.app.bell()

    def disturbs_not(self) -> bool:
        """Whether things are only collected now: by the agent's wish, or by the hours in config.toml."""
        local = datetime.fromtimestamp(self.desk.clock.now() / 1_000_000, UTC).astimezone(
            self.desk.config.zone
        )
        return self.quiet or self.desk.config.notifications.quiet_at(local.hour, local.minute)

    def runs(self) -> list[tuple[str, str]]:
        """Tell for the status line what has come, and that nothing is shown."""
        runs: list[tuple[str, str]] = []
        if self.unseen:
            # The count alone where no key lists them.
            said = self.screen.keymap_used.told(f"{self.unseen} new · {{notices}}")
            runs.append((f" {said} ", "$accent"))
        if self.disturbs_not():
            runs.append((" do not disturb ", "$warning"))
        return runs

    def _switch(self) -> None:
        self.quiet = not self.quiet
        if self.quiet:
            self.tell("Nothing is shown or rung now; it is still collected.")
        elif self.disturbs_not():
            self.tell("The hours in config.toml still say not to disturb.")
        else:
            self.tell("What happens is shown again.")
        self.screen.pulse.show_status()

    def _list(self) -> None:
        if not self.kept:
            self.tell("Nothing has happened since you started.")
            return
        self.unseen = 0
        self.screen.pulse.show_status()
        now, zone = self.desk.clock.now(), self.desk.config.zone
        options = [
            (PickItem(foreign.line(sentence(notice)), when.stamp(notice.at, now, zone)), notice)
            for notice in self.kept
        ]

        def chosen(notice: Notice | None) -> None:
            if notice is not None:
                self.screen.tickets.open(notice.ticket_id)

        self.screen.app.push_screen(
            Picker("What has happened meanwhile", plain_search(options), notice="Enter opens the ticket"),
            chosen,
        )


def _first_syncing(states: Sequence[AccountState]) -> frozenset[str]:
    return frozenset(state.name for state in states if state.last_sync_at is None)
