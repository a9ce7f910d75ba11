"""Work that takes a while, done slice by slice in the writing thread; leaving never ends it unsaid."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from agentconsole.desk import interrupted, kept
from agentconsole.desk.context import Desk
from agentconsole.desk.interrupted import Interrupted
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.main import MainScreen

SHORT: Final = 200
"""Up to so many tickets work is done before anybody could look for its progress."""

PAUSE_SECONDS: Final = 0.01
"""Between two slices: keys and painting come first, and other writes have their turn."""


@dataclass(eq=False)
class LongWork:
    """The same for many tickets."""

    what: str
    """In words, as in “priority high”; may hold foreign text."""
    total: int
    """How many tickets."""
    left: int
    """How many are still to be done."""
    advance: Callable[[Desk], int]
    """Does the next slice, in the writing thread; returns how many are left."""
    stop: Callable[[], None]
    """Leaves the rest as it is."""
    tickets: Sequence[int] = ()
    """Local ids in the order in which they are done; none where what is left cannot be named."""
    made_at: int = 0
    """The time of making of all its Changes."""

    @property
    def words(self) -> str:
        """How far it is; may hold foreign text."""
        return f"{self.what}: {self.total - self.left:,} of {self.total:,}"

    def step(self, desk: Desk) -> None:
        """Do the next slice; in the writing thread only."""
        if not self.left:
            return
        # Kept for the next start: a console that is killed cannot say how far it is any more.
        noted = self.total > SHORT
        if noted and self.left == self.total:
            interrupted.begin(desk, self.what, self.tickets, total=self.total, made_at=self.made_at)
        self.left = self.advance(desk)
        if noted and self.left:
            interrupted.advance(desk, self.total - self.left)
        elif noted:
            interrupted.forget(desk)

    def finish(self, desk: Desk) -> None:
        """Do all that is left; in the writing thread only."""
        try:
            while self.left:
                self.step(desk)
        except Exception:
            # Nobody waits for it any more; the next start says how far it came.
            logging.getLogger(__name__).exception("what was left to do failed")


class LongWorkFlow(Flow):
    """What is being done to many tickets now."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self.running: list[LongWork] = []
        self._then: Callable[[], None] | None = None
        self._unfinished = False
        """Whether there may be something that the last console was killed in the middle of."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"select_rest": self._rest}

    def begin(self) -> None:
        """Say what the last console was killed in the middle of."""
        if kept.read(self.desk, [kept.UNFINISHED]).get(kept.UNFINISHED) is not None:
            self._unfinished = True
            self.screen.begin(self._tell_unfinished(), "unfinished")

    async def _tell_unfinished(self) -> None:
        found: Interrupted | None = await self.screen.backstage.read(interrupted.interrupted)
        if found is None or found.told:
            return
        begun = f"The console was ended in the middle of “{found.what}”"
        if found.left:
            said = f"{begun}: {found.done:,} of {found.total:,} tickets are done."
            rest = self.screen.keymap_used.told(f"{{select_rest}} selects the other {len(found.left):,}.")
            said = f"{said} {rest}".rstrip()
        else:
            done = f"when at least {found.done:,} of {found.total:,} tickets were done"
            said = f"{begun}, {done}. The others are as they were."
        foreign.tell(self.screen, said, severity="warning", seconds=20)
        await self.screen.backstage.write(interrupted.tell)

    def _rest(self) -> None:
        self.screen.the_app.hold_keys(None)
        self.screen.begin(self._select_rest(), "unfinished")

    async def _select_rest(self) -> None:
        """Show what was left undone, all of it selected, so that the same key can do it."""
        screen = self.screen
        try:
            found: Interrupted | None = await screen.backstage.read(interrupted.interrupted)
        finally:
            screen.the_app.release_keys()
        if found is None or self.running:
            self.tell("No change of many tickets was interrupted.")
        elif not found.left:
            self.tell(f"Which tickets “{found.what}” has left is not known.")
        else:
            if screen.composer.writing is None:
                screen.focus_pane("queue")
            title = f"Left of “{foreign.cut(found.what, 40)}”"
            screen.lists.show_only(title, found.left, screen.selecting.select_all)

    async def run(self, work: LongWork) -> None:
        """Do all of it, with its progress in place of the hints."""
        screen = self.screen
        self.running.append(work)
        if self._unfinished and work.total > 1:
            # Whatever is done to many now is what was to be done to the rest, or comes in its place.
            self._unfinished = False
            screen.backstage.write(interrupted.forget)
        try:
            while work.left:
                if work.total > SHORT:
                    screen.lists.say(f"{work.words} …")
                await screen.backstage.write(work.step)
                if work.left:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            if screen.is_running and work.total > SHORT:
                screen.lists.say("")
            self.running.remove(work)
            if not self.running and self._then is not None:
                screen.call_later(self._then)
                self._then = None

    def when_done(self, then: Callable[[], None]) -> None:
        """Do something once nothing is running any more."""
        if self.running:
            self._then = then
        else:
            then()

    def stop(self) -> None:
        """Leave the rest of all that is running as it is; the slice under way is still done."""
        for work in self.running:
            work.stop()

    def finish_unseen(self) -> str:
        """Have the writing thread do the rest: the screen goes, and nobody waits for it there.

        Returns:
            What is being finished, in a sentence; empty where it is done at once.
        """
        for work in self.running:
            self.screen.backstage.write(work.finish)
        longer = [work for work in self.running if work.left > SHORT]
        done = " and ".join(f"{work.total - work.left:,} of {work.total:,}" for work in longer)
        return f"Finishing what was begun: {done} tickets are done." if longer else ""
