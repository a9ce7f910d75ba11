"""What the console remembers of itself from one time to the next: small values in the profile's database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from agentconsole.desk.context import Desk

PANES: Final = "console.panes"
SORTS: Final = "console.sorts"
SEARCHES: Final = "console.searches"
PICKS: Final = "console.picks"
UNFINISHED: Final = "console.unfinished"
"""How far a change of many tickets has come: what is left of it when the console is killed."""
UNFINISHED_TICKETS: Final = "console.unfinished_tickets"
"""Which tickets that change is for; written once, as there may be thousands."""


def read(desk: Desk, names: Sequence[str]) -> dict[str, object]:
    """Read values by their names, in one indexed read; what is not there or broken is left out."""
    found: dict[str, object] = {}
    for name, text in desk.queue.meta(names).items():
        try:
            found[name] = json.loads(text)
        except ValueError:
            continue
    return found


def keep(desk: Desk, name: str, value: object) -> None:
    """Keep a value of JSON's kinds; it replaces the earlier one."""
    desk.writer.put_meta(name, json.dumps(value))
