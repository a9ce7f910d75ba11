"""Help and palette: what can be done, by which key, and why something cannot be done now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from agentconsole.domain.account_states import AccountState
from agentconsole.tui import foreign, when
from agentconsole.tui.actions import ABOUT_PANES, ACTIONS, HINTS, Action, Place
from agentconsole.tui.availability import Situation, cannot, why_not
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.fuzzy import match
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.help import HelpScreen
from agentconsole.tui.screens.picker import Option, Picker, Search
from agentconsole.tui.widgets.pick_list import PickItem
from agentconsole.tui.widgets.status import standing


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the palette."""

    label: str
    note: str
    """Its key, or why it cannot be done now."""
    run: Callable[[], None] | None
    """None: it cannot be done now."""


class CommandsFlow(Flow):
    """What tells of all the others."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"help": self._help, "palette": self._palette}

    def situation(self) -> Situation:
        """Tell what there is to act on now."""
        screen = self.screen
        detail = screen.detail
        target = screen.tickets.target()
        if detail is not None and detail.row.ticket_id == target:
            account = detail.row.account
        else:
            row = screen.queue.row(target) if target is not None else None
            account = row.account if row is not None else ""
        states = {state.name: state.capabilities for state in self.desk.reader.account_states()}
        return Situation(
            screen.place,
            ticket=target is not None or bool(screen.queue.selected),
            open_ticket=detail is not None,
            undecided=detail is not None
            and any(_asks(change.state, change.ask) for change in detail.pending),
            account=foreign.line(account),
            capabilities=states.get(account, {}),
            selected={name: states.get(name, {}) for name in self._of_selection(states)},
        )

    def _of_selection(self, accounts: Collection[str]) -> Collection[str]:
        """List the accounts of what is selected; none where a single ticket is meant."""
        targets = self.screen.tickets.targets() if self.screen.queue.selected else ()
        if len(targets) < 2 or len(accounts) < 2:
            return ()
        return self.desk.reader.accounts_of(targets)

    def refuse(self, action: Action) -> bool:
        """Say that the account cannot do an action at all; False where it can."""
        lack = cannot(action, self.situation())
        if lack:
            self.tell(f"{action.help}: {lack}.")
        return bool(lack)

    def _help(self) -> None:
        self.screen.app.push_screen(HelpScreen(self.screen.keymap_used, self.situation()))

    def _palette(self) -> None:
        def chosen(command: Command | None) -> None:
            if command is not None and command.run is not None:
                command.run()

        self.screen.app.push_screen(
            Picker("What to do", palette_search(self.commands()), refused=lambda one: one.run is None), chosen
        )

    def commands(self) -> list[Command]:
        """List all that can be done, what cannot be done now last."""
        screen = self.screen
        keymap, now = screen.keymap_used, self.situation()
        found: list[Command] = []
        for action in useful_first(now.place):
            if action.id == "palette" or action.id.startswith("view_"):
                continue
            why = why_not(action, now)
            key = keymap.shown(action.id, now.place if not why else None)
            label = f"{action.group}: {action.help}"
            found.append(Command(label, why or key, None if why else partial(screen.perform, action.id)))
        for place, view in enumerate(screen.views.views):
            key = keymap.shown(f"view_{place + 1}")
            found.append(Command(f"Go to view: {foreign.line(view.title)}", key, partial(self._view, place)))
        more: Sequence[tuple[str, Callable[[], None]]]
        more = (*screen.lists.commands(), *screen.own_views.commands(), *screen.theming.commands())
        found += [Command(label, "", run) for label, run in more]
        for state in self.desk.reader.account_states():
            said = standing(state, self.desk.clock.now(), self.desk.config.zone)
            label = f"Account {foreign.line(state.name)}: {said}"
            found.append(Command(label, "", partial(self._account, state)))
        return sorted(found, key=lambda command: command.run is None)

    def _account(self, state: AccountState) -> None:
        """Say in whole sentences how an account stands."""
        now, zone = self.desk.clock.now(), self.desk.config.zone
        lines = [f"{state.login} at {state.url}"]
        if state.last_sync_at is not None:
            lines.append(f"Last in sync: {when.stamp(state.last_sync_at, now, zone)}.")
        if state.retry_at is not None and state.retry_at > now:
            lines.append(f"Tried again by itself: {when.stamp(state.retry_at, now, zone)}.")
        if state.sentence:
            lines += ["", state.sentence]
        title = f"{state.name}: {standing(state, now, zone)}"
        self.screen.app.push_screen(Choice(title, tuple(lines), (("accept", "Back"),)))

    def _view(self, place: int) -> None:
        self.screen.lists.pick_view(place)
        if self.screen.composer.writing is None:
            self.screen.focus_pane("queue")


def useful_first(place: Place) -> list[Action]:
    """List the actions: those of the hint line first, then what is done to tickets, moving about last."""
    order = {action_id: rank for rank, action_id in enumerate(HINTS[place])}
    return sorted(
        ACTIONS,
        key=lambda one: (
            order.get(one.id, len(order)),
            (one.group in ABOUT_PANES, one.group == ABOUT_PANES[-1]),
        ),
    )


def palette_search(commands: Sequence[Command]) -> Search[Command]:
    """Search commands by some of their letters, best first, what cannot be done now last."""

    def search(text: str) -> Sequence[Option[Command]]:
        found: list[tuple[tuple[bool, tuple[int, int]], Option[Command]]] = []
        for command in commands:
            fit = match(text, command.label)
            if fit is None and text.strip() and text.strip() == command.note:
                # The key itself was typed.
                fit = match("", command.label)
            if fit is not None:
                off = command.run is None
                item = PickItem(command.label, command.note, fit.spans, off=off)
                found.append(((off, fit.rank), (item, command)))
        return [option for _, option in sorted(found, key=lambda one: one[0])]

    return search


def _asks(state: str, ask: object) -> bool:
    return state in ("conflict", "rejected") or (state == "unknown" and bool(ask))
