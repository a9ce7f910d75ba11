"""Work that takes a while, done slice by slice in the writing thread; leaving never ends it unsaid."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agentconsole.desk import kept
from agentconsole.desk.context import Desk
from agentconsole.tui.flows.flow import Flow
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

    @property
    def words(self) -> str:
        """How far it is; may hold foreign text."""
        return f"{self.what}: {self.total - self.left:,} of {self.total:,}"

    def step(self, desk: Desk) -> None:
        """Do the next slice; in the writing thread only."""
        if not self.left:
            return
        if self.left == self.total:
            self._note(desk)
        self.left = self.advance(desk)
        self._note(desk)

    def _note(self, desk: Desk) -> None:
        """Keep for the next start how far it is: a console that is killed cannot say so any more."""
        if self.total > SHORT:
            done = {"what": self.what, "total": self.total, "done": self.total - self.left}
            kept.keep(desk, kept.UNFINISHED, done if self.left else None)

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

    def begin(self) -> None:
        """Say what the last console was killed in the middle of."""
        found = kept.read(self.desk, [kept.UNFINISHED]).get(kept.UNFINISHED)
        if not isinstance(found, dict):
            return
        done, total = found.get("done"), found.get("total")
        if isinstance(done, int) and isinstance(total, int):
            self.tell(
                f"The console was ended in the middle of “{found.get('what')}”, when at least {done:,} "
                f"of {total:,} tickets were done. The others are as they were.",
                severity="warning",
            )
        self.screen.begin(self._forget(), "unfinished")

    async def _forget(self) -> None:
        await self.screen.backstage.write(kept.keep, kept.UNFINISHED, None)

    async def run(self, work: LongWork) -> None:
        """Do all of it, with its progress in place of the hints."""
        screen = self.screen
        self.running.append(work)
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
