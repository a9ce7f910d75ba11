"""Changing tickets' fields without writing: the change itself, however many tickets it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from agentconsole.desk import bulk, macros
from agentconsole.desk.bulk import SLICE, Done, Missing, Wishes
from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed
from agentconsole.desk.wording import field_word
from agentconsole.domain import required_fields
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.tui.flows.flow import Handlers
from agentconsole.tui.flows.long_work import LongWork
from agentconsole.tui.flows.meant import Meant, TicketsMeant
from agentconsole.tui.flows.required import ask_required
from agentconsole.tui.line_blocks import shown_as, shown_value
from agentconsole.tui.screens.dialog import Choice

Job = Callable[[Desk, Sequence[int], Deed], Done]
"""Changes some dozens of tickets; in the writing thread."""


@dataclass(frozen=True, slots=True)
class _Wished:
    """A change of tickets on its way."""

    meant: Meant
    wishes: Wishes
    what: str
    go_on: bool


class FieldsFlow(TicketsMeant):
    """One change, or the same one for all selected tickets."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"solve": self._solve}

    def _solve(self) -> None:
        self.change([FieldChange("status", "solved")], go_on=True)

    def change_by_macro(self, item: macros.MacroItem, shown: macros.MacroPreview) -> None:
        """Do to what is selected what a macro without a text does."""
        meant = self.meant()
        if meant is None:
            return
        others = [one.name for one in meant.accounts if item.account not in (None, one.name)]
        if others:
            self.tell(
                f"“{item.name}” is a macro of {item.account}, and there are tickets of "
                f"{' and '.join(others)} among the selected ones: select those of {item.account} alone.",
                severity="error",
            )
            return
        self.change(shown.wanted if len(meant.accounts) > 1 else shown.changes, what=f"macro “{item.name}”")

    def change(self, changes: Sequence[FieldChange], *, go_on: bool = False, what: str = "") -> None:
        """Change fields of what is meant; asks for what must be filled before.

        Args:
            changes: What to change, in words that all their accounts know.
            go_on: Show the next ticket afterwards.
            what: What is done, in words; empty: as the changes say.
        """
        meant = self.meant()
        if meant is not None:
            wishes = {account.name: tuple(changes) for account in meant.accounts}
            self.apply(meant, wishes, what or words_of(meant, changes), go_on=go_on)

    def apply(self, meant: Meant, wishes: Wishes, what: str, *, go_on: bool = False) -> None:
        """Change fields of tickets, each account's in its own keys; asks for what must be filled before.

        Args:
            meant: The tickets.
            wishes: Account to what is wished; tickets of other accounts are left out, which is said.
            what: What is done, in words; may hold foreign text.
            go_on: Show the next ticket afterwards.
        """
        job = _Wished(meant, wishes, what, go_on)
        if not any(change.field == "status" for wish in wishes.values() for change in wish):
            self._change(job, {})
        else:
            self._complete(job, {})

    def _complete(self, job: _Wished, filled: bulk.Filled) -> None:
        """Ask for what must be filled, and for what the values given bring, then do it."""
        if not job.meant.many:
            missing = bulk.missing_of_all(self.desk, job.meant.ids, job.wishes, filled)
            self._fill(job, missing, filled)
        else:
            self.screen.the_app.hold_keys(None)
            self.screen.begin(self._look_for_missing(job, filled), "fields")

    async def _look_for_missing(self, job: _Wished, filled: bulk.Filled) -> None:
        meant = job.meant
        try:
            missing = await self.screen.backstage.read(bulk.missing_of_all, meant.ids, job.wishes, filled)
        except BaseException:
            self.screen.the_app.release_keys()
            raise
        if not missing:
            self.screen.the_app.release_keys()
            self._change(job, filled)
            return
        lacking = max(one.tickets for one in missing)
        names = ", ".join(f"“{one.needs.label}”" for one in missing)
        done = "solved" if _solves(missing) else "changed so"
        question = Choice(
            _begun(f"{job.what}: {meant.title}"),
            (f"{_count(lacking)} of {len(meant.ids):,} cannot be {done} before {names} is filled in.",),
            (("fill_in", "fill it in once, for all that lack it"), ("fill_leave", "leave those out")),
        )

        def answered(answer: str | None) -> None:
            if answer == "fill_in":
                self._fill(job, missing, filled)
            elif answer == "fill_leave":
                self._change(job, filled)

        self.screen.app.push_screen(question, answered)

    def _fill(self, job: _Wished, missing: Sequence[Missing], filled: bulk.Filled) -> None:
        """Ask for what is missing, an account after the other."""
        if not missing:
            self._change(job, filled)
            return
        meant, account = job.meant, missing[0].account
        mine = [one for one in missing if one.account == account]
        name = meant.detail.row.name
        if meant.many:
            name = f"{_count(max(one.tickets for one in mine))}"
            name += f" of {account}" if len(meant.accounts) > 1 else ""

        def given(changes: tuple[FieldChange, ...]) -> None:
            fuller = {**filled, **{(account, change.field): change for change in changes}}
            left = [one for one in missing if one.account != account]
            if left:
                self._fill(job, left, fuller)
            elif any(required_fields.has_conditions(one.example.field_defs) for one in missing):
                self._complete(job, fuller)
            else:
                self._change(job, fuller)

        needs = [one.needs for one in mine]
        ask_required(self.screen.the_app, name, needs, given, solves=_solves(mine))

    def _change(self, job: _Wished, filled: bulk.Filled) -> None:
        self.do(job.meant, partial(_change, job.wishes, filled), job.what, go_on=job.go_on)

    def do(
        self,
        meant: Meant,
        job: Job,
        what: str,
        *,
        go_on: bool = False,
        slice_size: int = SLICE,
        of_one: str = "",
    ) -> None:
        """Do something to tickets, some dozens at a time, as one step of undo.

        Args:
            meant: The tickets.
            job: Does it to a slice of them.
            what: What is done, in words; may hold foreign text.
            go_on: Show the next ticket afterwards.
            slice_size: How many tickets the job is given at a time.
            of_one: What to say where it was one ticket, and that cannot be seen by itself.
        """
        deed = self.screen.undoing.history.begin(self.desk, what)
        self.screen.begin(self._do(meant, job, deed, go_on, slice_size, of_one), "fields")

    async def _do(
        self, meant: Meant, job: Job, deed: Deed, go_on: bool, slice_size: int, of_one: str
    ) -> None:
        screen = self.screen
        following = screen.tickets.following()
        screen.selecting.clear()
        done = Done()
        left = meant.ids

        def advance(desk: Desk) -> int:
            nonlocal done, left
            if not deed.over:
                done = done.and_then(job(desk, left[:slice_size], deed))
                left = left[slice_size:]
            return 0 if deed.over else len(left)

        def stop() -> None:
            deed.over = True

        try:
            total = len(left)
            await screen.long_work.run(LongWork(deed.what, total, total, advance, stop, left, deed.made_at))
        finally:
            deed.running = False
        screen.the_app.wake_worker()
        screen.pulse.look_now()
        if of_one and done.changed and not meant.many:
            self.tell(of_one)
        self.tell_done(meant, done, deed)
        if not meant.many and done.changed and screen.guided.changed(meant.ids[0]):
            return
        if go_on and not meant.many and screen.detail is not None:
            if done.changed or done.same:
                screen.tickets.open_or_close(following)
        elif go_on and not meant.many:
            screen.queue.move(1)

    def tell_done(self, meant: Meant, done: Done, deed: Deed) -> None:
        """Say what became of a change where it cannot be seen: for many tickets, or where some stay."""
        said: list[str] = []
        if done.changed and meant.many:
            back = self.screen.keymap_used.told("; {undo} takes it back.")
            said.append(f"{deed.what} on {_count(done.changed)}{back}")
        if done.same and not done.changed and not done.left_out:
            said.append(f"nothing to change: {deed.what} already.")
        elif done.same and meant.many:
            said.append(f"{_count(done.same)} had it already.")
        if done.left_out:
            said.append(f"Left as it is: {bulk.left_out_words(done.left_out)}")
        if said:
            self.tell(_begun(" ".join(said)), severity="warning" if done.left_out else "information")


def _change(wishes: Wishes, filled: bulk.Filled, desk: Desk, ids: Sequence[int], deed: Deed) -> Done:
    return bulk.change_slice(desk, ids, wishes, deed, filled=filled)


def _begun(text: str) -> str:
    """Begin a text with a capital; names in it stay as they are."""
    return text[:1].upper() + text[1:]


def _solves(missing: Sequence[Missing]) -> bool:
    return any(one.solves for one in missing)


def _count(count: int) -> str:
    return "1 ticket" if count == 1 else f"{count:,} tickets"


def words_of(meant: Meant, changes: Sequence[FieldChange]) -> str:
    """Say what changes do, as in “priority urgent, tags +vip”."""
    said = []
    for change in changes:
        value = change.value
        name = field_word(meant.detail.field_defs, change.field)
        if isinstance(value, TagsEdit):
            signs = [f"+{tag}" for tag in value.add] + [f"-{tag}" for tag in value.remove]
            said.append(f"tags {' '.join(signs)}")
        else:
            # As the agent has said it, not as a title.
            plain = change.field in ("status", "priority")
            shown = shown_value(value) if plain else shown_as(meant.detail.field_defs, change.field, value)
            said.append(f"{name} {shown}")
    return ", ".join(said)
