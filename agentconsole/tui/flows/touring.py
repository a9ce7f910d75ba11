"""The tour: six steps over the first start, each done by doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from agentconsole.desk import kept
from agentconsole.tui.actions import PANES
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.keymap import Keymap

if TYPE_CHECKING:
    from agentconsole.tui.screens.main import MainScreen

SEEN: Final = "console.tour"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, by which keys, and what doing it means."""

    title: str
    said: tuple[tuple[str, str], ...]
    """Action ids, space separated, and what their keys do."""
    done_by: frozenset[str]
    """The actions that end the step."""


def _by(*actions: str) -> frozenset[str]:
    return frozenset(actions)


STEPS: Final = (
    Step(
        "Look at a ticket",
        (("down up", "move"), ("open", "opens the ticket"), ("back", "goes back, and never loses a text")),
        _by("open", "next_ticket"),
    ),
    Step(
        "Answer it",
        (
            ("reply", "writes to the customer"),
            ("note", "writes to your team alone"),
            ("send", "sends; ten seconds long it can be taken back"),
        ),
        _by("reply", "note", "macro"),
    ),
    Step(
        "Use what is written already",
        (
            ("macro", "uses a macro"),
            ("knowledge", "searches the knowledge"),
            ("insert_macro insert_knowledge", "do so while you write"),
        ),
        _by("macro", "knowledge", "insert_macro", "insert_knowledge"),
    ),
    Step(
        "Change it",
        (
            ("status assign priority tags", "status, assignee, priority, tags"),
            ("select", "selects several"),
            ("undo", "takes back"),
        ),
        _by("status", "assign", "priority", "tags", "select", "solve"),
    ),
    Step(
        "Find others",
        (
            ("view_1 view_2 view_3", "show views"),
            ("filter", "searches"),
            ("next_pane", "goes to the next pane"),
        ),
        _by("filter", "next_pane", "view_1", "view_2", "view_3", "view_4", "view_5"),
    ),
    Step(
        "And all the rest",
        (
            ("help", "shows the keys that work where you are"),
            ("palette", "finds everything by name"),
            ("theme", "changes the colours"),
        ),
        _by("help", "palette", "theme"),
    ),
)


class TouringFlow(Flow):
    """Shows the steps in a box below, while all keys work as ever."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self.step: int | None = None
        """The step that is shown; None: there is no tour."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"tour": self._next}

    def offer(self) -> None:
        """Begin by itself, on the first start of a profile, and never again."""
        if not kept.read(self.desk, (SEEN,)):
            self._show(0)
            self.screen.begin(self._note(), "tour")

    async def _note(self) -> None:
        await self.screen.backstage.write(kept.keep, SEEN, True)

    def takes(self, action: str) -> bool:
        """Leave the tour by the key that leads back from a pane; False for all else."""
        if self.step is None or action not in ("back", "close") or self.screen.place not in PANES:
            return False
        self._show(None)
        return True

    def did(self, action: str) -> None:
        """Go on where what was done is what the step was about."""
        if self.step is not None and action in STEPS[self.step].done_by:
            self._next()

    def _next(self) -> None:
        if self.step is None:
            self._show(0)
        elif self.step + 1 < len(STEPS):
            self._show(self.step + 1)
        else:
            self._show(None)
            keymap = self.screen.keymap_used
            # What types a character does nothing in a text.
            while_writing = keymap.told("While you write, {help} does.", "composer")
            said = keymap.told("That was the tour. {help} shows the keys.", "queue")
            self.tell(f"{said} {while_writing}".strip())

    def _show(self, step: int | None) -> None:
        self.step = step
        screen = self.screen
        found = screen.query("#tour")
        if step is None:
            found.remove()
        elif found:
            found.first(Static).update(tour_text(screen.keymap_used, step))
        else:
            screen.mount(Static(tour_text(screen.keymap_used, step), id="tour", markup=False))


def tour_text(keymap: Keymap, step: int) -> Content:
    """Write a step: its number, its keys, and how to go on."""
    one = STEPS[step]
    lines = [
        Content.assemble((f"{step + 1} of {len(STEPS)}  ", "$dim"), (one.title, "bold $accent")),
    ]
    for actions, said in one.said:
        keys = " ".join(key for key in map(keymap.shown, actions.split()) if key)
        if keys:
            lines.append(Content.assemble((f"{keys:>12}", "bold $foreground"), (f"  {said}", "$foreground")))
    last = step + 1 == len(STEPS)
    on = (
        "Try it · {tour} or {back} ends the tour"
        if last
        else "Try it · {tour} next step · {back} ends the tour"
    )
    lines.append(Content.styled(keymap.told(on, "queue"), "$dim"))
    return Content("\n").join(lines)
