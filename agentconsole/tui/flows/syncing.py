"""Syncing by hand: asking the helpdesks for what is new, and saying what has come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from agentconsole.desk import syncing as desk_syncing
from agentconsole.domain.account_states import AccountState
from agentconsole.tui import foreign, when
from agentconsole.tui.flows.flow import Flow, Handlers

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen

_AWAY: Final = ("offline", "paused", "throttled")


class SyncingFlow(Flow):
    """One key, and one answer to it for each account that does not simply come into step."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self._asked: dict[str, AccountState] = {}
        """UUID of an account whose answer is awaited to how it stood when the key was pressed."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"sync": self._sync}

    def _sync(self) -> None:
        states = self.desk.reader.account_states()
        worker = self.screen.the_app.worker
        own = worker.pid if worker is not None else None
        by = desk_syncing.synced_by(self.desk)
        if by is not None and by != own:
            self.screen.begin(self._ask_another(), "sync")
            said = [
                f"Another process{f' ({by})' if by else ''} does the syncing; it is asked for what is new."
            ]
        elif worker is None or own is None:
            said = ["No sync runs just now; the helpdesk is asked as soon as one does."]
        else:
            worker.hurry()
            said = ["Asking the helpdesk for what is new."]
        # One that asks to wait is not asked before its time.
        self._asked = {state.uuid: state for state in states if state.state != "throttled"}
        said += [self._outcome(state) for state in states if state.state == "throttled"]
        self.tell(" ".join(said))

    async def _ask_another(self) -> None:
        await self.screen.backstage.write(desk_syncing.ask_for_news)

    def look(self, states: Sequence[AccountState]) -> None:
        """Say how an account stands once it has been asked.

        Args:
            states: The accounts as they are now.
        """
        for state in states:
            before = self._asked.get(state.uuid)
            if before is None:
                continue
            if state.state in _AWAY:
                if (state.state, state.retry_at) != (before.state, before.retry_at):
                    del self._asked[state.uuid]
                    self.tell(self._outcome(state), severity="warning")
            elif state.state == "ok" and state.last_sync_at != before.last_sync_at:
                del self._asked[state.uuid]
                if before.state in _AWAY:
                    self.tell(f"{self._named(state)} is reached again.")

    def _outcome(self, state: AccountState) -> str:
        return outcome(state, self._named(state), self.desk.clock.now(), self.desk.config.zone)

    def _named(self, state: AccountState) -> str:
        return state.name if self.desk.several_accounts else "The helpdesk"


def outcome(state: AccountState, name: str, now: int, zone: tzinfo) -> str:
    """Say what came of asking a helpdesk that did not answer.

    Args:
        state: The account.
        name: What to call it.
        now: The present instant.
        zone: The agent's.
    """
    old = ""
    if state.last_sync_at is not None:
        last = state.last_sync_at
        old = f"; what you see is as of {when.stamp(last, now, zone)} ({when.span(now - last)} ago)"
    if state.state == "paused":
        return foreign.line(f"{state.sentence.rstrip('.')}{old}.")
    if state.state == "throttled":
        left = when.span((state.retry_at or now) - now)
        return foreign.line(f"{name} asks to wait{old}. It goes on by itself in {left}.")
    why = f" ({state.why})" if state.why else ""
    return foreign.line(f"{name} cannot be reached{why}{old}. It is tried again every few seconds.")
