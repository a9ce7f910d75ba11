"""Which panes are on screen and how wide they are, for a terminal's size; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Pane = Literal["views", "queue", "ticket", "side"]

PANE_ORDER: Final[tuple[Pane, ...]] = ("views", "queue", "ticket", "side")

WIDE: Final = 120
"""From here on all four panes stand side by side."""
MEDIUM: Final = 100
"""From here on two do."""
ROOMY: Final = 150
"""Below, the views give way while the agent reads in the knowledge."""
SMALLEST: Final = (60, 15)

LEAST: Final[dict[Pane, int]] = {"views": 14, "queue": 32, "ticket": 40, "side": 24}
"""What a pane that stands beside others has at least, in cells."""

STEP: Final = 2
"""By how many cells a key makes a pane wider."""

_QUEUE_SHARE: Final = 440


class PaneWishes(NamedTuple):
    """What the agent has made of the panes; None: as they come."""

    views: int | None = None
    """Width of the views, in cells."""
    side: int | None = None
    """Width of the context pane, in cells."""
    queue: int | None = None
    """The queue's share of what it and the ticket have, in thousandths."""
    views_hidden: bool = False
    side_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The widths of the panes, in cells; a pane that is left out is hidden."""

    widths: dict[Pane, int]
    narrow: bool
    """One pane at a time."""


def too_small(width: int, height: int) -> bool:
    """Whether the terminal is too small to show anything but a sentence."""
    return width < SMALLEST[0] or height < SMALLEST[1]


def arrange(
    width: int, *, focus: Pane, ticket_open: bool, side_open: bool, wishes: PaneWishes | None = None
) -> Arrangement:
    """Share the terminal's width among the panes; the focused one is always seen.

    Args:
        width: Of the terminal, in cells.
        focus: The pane that has the focus.
        ticket_open: Whether there is a ticket to show.
        side_open: Whether the agent asked for the knowledge.
        wishes: What the agent has made of the panes.
    """
    if width < MEDIUM:
        return Arrangement({focus: width}, narrow=True)
    wishes = wishes if wishes is not None else PaneWishes()
    ticket_open = ticket_open or focus == "ticket"
    seen = _seen_wide if width >= WIDE else _seen_medium
    panes = seen(width, focus, ticket_open, side_open or focus == "side", wishes)
    widths: dict[Pane, int] = {}
    for pane in ("views", "side"):
        if pane in panes:
            others = sum(widths.get(one, LEAST[one]) for one in panes if one != pane)
            asked = side_open or focus == "side"
            wanted = getattr(wishes, pane) or _usual(pane, width, ticket_open, asked)
            widths[pane] = max(LEAST[pane], min(wanted, width - others))
    rest = width - sum(widths.values())
    if "queue" in panes and "ticket" in panes:
        share = wishes.queue if wishes.queue is not None else _QUEUE_SHARE
        widths["queue"] = max(LEAST["queue"], min(rest * share // 1000, rest - LEAST["ticket"]))
        widths["ticket"] = rest - widths["queue"]
    else:
        widths["ticket" if "ticket" in panes else "queue"] = rest
    return Arrangement({pane: widths[pane] for pane in PANE_ORDER if pane in widths}, narrow=False)


def _seen_wide(
    width: int, focus: Pane, ticket_open: bool, side_asked: bool, wishes: PaneWishes
) -> tuple[Pane, ...]:
    crowded = ticket_open and side_asked and width < ROOMY
    views = focus == "views" or not (wishes.views_hidden or crowded)
    side = side_asked or (ticket_open and not wishes.side_hidden)
    there = {"views": views, "queue": True, "ticket": ticket_open, "side": side}
    return tuple(pane for pane in PANE_ORDER if there[pane])


def _seen_medium(
    width: int, focus: Pane, ticket_open: bool, side_asked: bool, wishes: PaneWishes
) -> tuple[Pane, ...]:
    main: Pane = "ticket" if ticket_open else "queue"
    if focus == "views":
        return ("views", main)
    if focus == "side" or (side_asked and focus != "queue"):
        return (main, "side")
    if ticket_open:
        return ("queue", "ticket")
    if side_asked:
        return ("queue", "side")
    return ("queue",) if wishes.views_hidden else ("views", "queue")


def _usual(pane: Pane, width: int, ticket_open: bool, side_asked: bool) -> int:
    if pane == "side":
        return min(42, max(35 if side_asked else 24, width * 22 // 100 - 2))
    if not ticket_open:
        return 26 if width >= ROOMY else 21
    return 20 if width >= ROOMY else 18


def resized(
    width: int, *, focus: Pane, ticket_open: bool, side_open: bool, wishes: PaneWishes, by: int
) -> PaneWishes:
    """Make the focused pane wider, at its neighbours' cost; where it can't be, the wishes stay as they are.

    Args:
        width: Of the terminal, in cells.
        focus: The pane to change.
        ticket_open: As for `arrange`.
        side_open: As for `arrange`.
        wishes: The present ones.
        by: Cells; less than 0 makes it narrower.
    """

    def arranged(wishes: PaneWishes) -> Arrangement:
        return arrange(width, focus=focus, ticket_open=ticket_open, side_open=side_open, wishes=wishes)

    before = arranged(wishes)
    widths = before.widths
    if before.narrow:
        return wishes
    if focus in ("views", "side"):
        changed = _with_width(wishes, focus, widths[focus] + by)
    elif "queue" in widths and "ticket" in widths:
        both = widths["queue"] + widths["ticket"]
        queue = widths["queue"] + (by if focus == "queue" else -by)
        # Rounded up, so that cutting it down to cells gives just this width again.
        changed = wishes._replace(queue=min(1000, max(0, -(-queue * 1000 // both))))
    else:
        other: Pane | None = next((pane for pane in ("views", "side") if pane in widths), None)
        if other is None:
            return wishes
        changed = _with_width(wishes, other, widths[other] - by)
    return changed if arranged(changed).widths[focus] != widths[focus] else wishes


def _with_width(wishes: PaneWishes, pane: Pane, width: int) -> PaneWishes:
    width = max(LEAST[pane], width)
    return wishes._replace(views=width) if pane == "views" else wishes._replace(side=width)


def wishes_of(kept: object) -> PaneWishes:
    """Read what was kept of the agent's wishes; what makes no sense is left out."""
    if not isinstance(kept, dict):
        return PaneWishes()

    def number(name: str, most: int) -> int | None:
        value = kept.get(name)
        sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
        return value if sound else None

    return PaneWishes(
        views=number("views", 1_000),
        side=number("side", 1_000),
        queue=number("queue", 1_000),
        views_hidden=kept.get("views_hidden") is True,
        side_hidden=kept.get("side_hidden") is True,
    )
