"""Which actions make sense now, and why others do not; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agentconsole.tui.actions import CHANGE, EVERYWHERE, Action, Place

PLACE_NAMES: Final[Mapping[Place, str]] = {
    "views": "in the views",
    "queue": "in the queue",
    "ticket": "in the ticket",
    "side": "beside the ticket",
    "composer": "while writing",
    "filter": "in the search line",
    "ask": "in the knowledge search",
}

_CAPABILITIES: Final[Mapping[str, str]] = {
    "priorities": "priorities",
    "tags": "tags",
    "attachments": "attachments",
    "articles": "knowledge",
    "merge": "merging",
    "spam": "spam mark",
    "delete": "way to delete tickets from here",
    "create": "way to make tickets from here",
    "cc": "people in copy",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to act on."""

    place: Place
    """What has the focus."""
    ticket: bool = False
    """Whether there is a ticket that an action can mean."""
    open_ticket: bool = False
    undecided: bool = False
    """Whether the open ticket has a change that needs a decision."""
    account: str = ""
    """Short name of the meant ticket's account."""
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    """Its capabilities; one that is not named is taken to be there."""
    selected: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Account to capabilities, of the selected tickets; empty where none is selected."""


def why_not(action: Action, now: Situation) -> str:
    """Say why an action can do nothing now, in few words; an empty text where it can."""
    if now.place not in action.places:
        here = action.places & EVERYWHERE
        if len(here) == 1:
            return f"only {PLACE_NAMES[next(iter(here))]}"
        return f"not {PLACE_NAMES[now.place]}"
    if action.needs == "ticket" and not now.ticket:
        return "no ticket"
    if action.needs == "open ticket" and not now.open_ticket:
        return "no open ticket"
    if action.needs == "held change" and not now.undecided:
        return "nothing is held"
    return cannot(action, now)


def cannot(action: Action, now: Situation) -> str:
    """Say why no meant ticket's account can do an action at all; an empty text where one can.

    What some of the selected tickets' accounts can do is done there, and the others are named then.
    """
    if not action.capability:
        return ""
    meant = now.selected if action.group == CHANGE and now.selected else {now.account: now.capabilities}
    lacking = [name for name, able in meant.items() if able.get(action.capability, True) in (False, "none")]
    if len(lacking) < len(meant):
        return ""
    what = _CAPABILITIES.get(action.capability, action.capability.replace("_", " "))
    return f"{' and '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} no {what}"
