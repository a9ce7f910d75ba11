"""Snoozing: a ticket leaves the queue until a time that is said in words, or until its customer answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from agentconsole.desk import snooze
from agentconsole.desk.bulk import Done
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.domain.errors import UsageError
from agentconsole.domain.snooze import EXAMPLES, read_snooze
from agentconsole.tui import when
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.meant import TicketsMeant
from agentconsole.tui.screens.picker import Option, Picker
from agentconsole.tui.widgets.pick_list import PickItem

_USUAL = ("in 1 hour", "in 3 hours", "tomorrow 9:00", "monday 9:00", "2 weeks", "next month")
SLICE = 500
"""Tickets that are put to sleep in one transaction."""
_WAKE = -1
_PASSED = 0


class SnoozingFlow(TicketsMeant):
    """Out of sight until then."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"snooze": self._snooze}

    def _snooze(self) -> None:
        meant = self.meant()
        if meant is None:
            return
        asleep = snooze.asleep(self.desk, meant.ids)

        def search(text: str) -> Sequence[Option[int]]:
            if text.strip():
                return self._understood(text)
            options = [one for words in _USUAL for one in self._understood(words, said=words)]
            if asleep:
                wake = PickItem("Wake up now", f"{asleep:,} asleep" if meant.many else "asleep")
                options.insert(0, (wake, _WAKE))
            return options

        def chosen(until: int | None) -> None:
            if until is None:
                return
            what = "woken up" if until == _WAKE else f"snoozed until {self._moment(until)}"
            job = partial(_until, None if until == _WAKE else until)
            on_screen = self.screen.detail is not None and self.screen.pane == "ticket"
            self.screen.fields.do(
                meant,
                job,
                what,
                go_on=on_screen and not meant.many and until != _WAKE,
                slice_size=SLICE,
                of_one=f"{meant.words}: {what}.",
            )

        picker = Picker(
            f"Snooze: {meant.title}",
            search,
            empty_text=f"Not understood so far. Try\n{EXAMPLES.replace(' · ', chr(10))}",
            placeholder="or type when: next tue 14:00",
            refused=lambda until: until == _PASSED,
        )
        self.screen.app.push_screen(picker, chosen)

    def _understood(self, text: str, *, said: str = "") -> list[Option[int]]:
        """Offer what was understood; nothing where it is no time to come."""
        now = self.desk.clock.now()
        try:
            until = read_snooze(text, now=now, zone=self.desk.config.zone)
        except UsageError as error:
            # Half a word is no error yet; a time that has passed is.
            return [(PickItem(error.sentence, off=True), _PASSED)] if "passed" in error.sentence else []
        label = said.capitalize() if said else self._moment(until)
        note = self._moment(until) if said else f"in {when.span(until - now)}"
        return [(PickItem(label, note), until)]

    def _moment(self, instant: int) -> str:
        return when.day_and_time(instant, self.desk.clock.now(), self.desk.config.zone)


def _until(until: int | None, desk: Desk, ids: Sequence[int], deed: Deed) -> Done:
    return Done(snooze.snooze(desk, ids, until, deed))
