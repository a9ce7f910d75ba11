"""Which panes are on screen and how wide they are, for a terminal's size; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Pane = Literal["views", "queue", "ticket", "side"]

PANE_ORDER: Final[tuple[Pane, ...]] = ("views", "queue", "ticket", "side")

WIDE: Final = 120
ROOMY: Final = 150
SMALLEST: Final = (60, 15)

_VIEWS: Final = 20
_VIEWS_ROOMY: Final = 26
_SIDE: Final = 35
_QUEUE_SHARE: Final = 0.44
_QUEUE_LEAST: Final = 40


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The widths of the panes, in cells; a pane that is left out is hidden."""

    widths: dict[Pane, int]
    narrow: bool
    """One pane at a time."""


def too_small(width: int, height: int) -> bool:
    """Whether the terminal is too small to show anything but a sentence."""
    return width < SMALLEST[0] or height < SMALLEST[1]


def arrange(width: int, *, focus: Pane, ticket_open: bool, side_open: bool) -> Arrangement:
    """Share the terminal's width among the panes.

    Narrow terminals show the focused pane alone. Without a ticket the queue has the room; beside a ticket it
    keeps what a line needs.

    Args:
        width: Of the terminal, in cells.
        focus: The pane that has the focus.
        ticket_open: Whether there is a ticket to show.
        side_open: Whether the agent asked for the knowledge pane.
    """
    if width < WIDE:
        return Arrangement({focus: width}, narrow=True)
    widths: dict[Pane, int] = {}
    if not ticket_open:
        widths["views"] = _VIEWS_ROOMY if width >= ROOMY else _VIEWS
        if side_open:
            widths["side"] = _SIDE
        widths["queue"] = width - sum(widths.values())
        return Arrangement(widths, narrow=False)
    roomy = width >= ROOMY
    if roomy or not side_open:
        widths["views"] = _VIEWS
    if roomy or side_open:
        widths["side"] = _SIDE
    rest = width - sum(widths.values())
    if roomy or not side_open:
        widths["queue"] = max(_QUEUE_LEAST, int(rest * _QUEUE_SHARE))
    widths["ticket"] = width - sum(widths.values())
    if focus not in widths:
        # The focused pane is always seen: it takes the queue's or the views' place.
        widths.pop("views", None)
        widths[focus] = _VIEWS if focus == "views" else _QUEUE_LEAST
        widths["ticket"] = width - sum(size for pane, size in widths.items() if pane != "ticket")
    return Arrangement(widths, narrow=False)
