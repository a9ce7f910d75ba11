"""What a killed console was in the middle of: a change of many tickets, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentconsole.desk import kept
from agentconsole.desk.context import Desk


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A change of many tickets that was not finished."""

    what: str
    """In words, as in “priority high”; may hold foreign text."""
    total: int
    """How many tickets it was begun for."""
    done: int
    """How many of them are done; at least so many where `left` is empty."""
    left: tuple[int, ...] = ()
    """Local ids of the others, in their order; none where they cannot be named."""
    told: bool = False
    """Whether the agent has been told."""


def begin(desk: Desk, what: str, tickets: Sequence[int], *, total: int, made_at: int) -> None:
    """Note that a change of many tickets begins; in the writing thread only.

    Args:
        desk: The profile.
        what: What is done, in words.
        tickets: Local ids in the order in which they are changed; none where they cannot be named.
        total: How many there are.
        made_at: The time of making of all its Changes.
    """
    kept.keep(desk, kept.UNFINISHED_TICKETS, list(tickets))
    note = {"what": what, "total": total, "done": 0, "made_at": made_at, "after": desk.reader.last_change()}
    kept.keep(desk, kept.UNFINISHED, note)


def advance(desk: Desk, done: int) -> None:
    """Note how many tickets are done; in the writing thread only."""
    kept.keep(desk, kept.UNFINISHED, {**_note(desk), "done": done})


def forget(desk: Desk) -> None:
    """Note that nothing is left, or that the rest is of no interest any more; in the writing thread only."""
    kept.keep(desk, kept.UNFINISHED, None)
    kept.keep(desk, kept.UNFINISHED_TICKETS, None)


def tell(desk: Desk) -> None:
    """Note that the agent has been told; in the writing thread only."""
    if note := _note(desk):
        kept.keep(desk, kept.UNFINISHED, {**note, "told": True})


def interrupted(desk: Desk) -> Interrupted | None:
    """Tell what the last console was killed in the middle of; None where it finished what it had begun.

    A slice may have been done without its note: its tickets are known by their Changes, so that nothing is
    offered twice.
    """
    note = _note(desk)
    what, total, done = note.get("what"), note.get("total"), note.get("done")
    if not isinstance(what, str) or not isinstance(total, int) or not isinstance(done, int):
        return None
    told = note.get("told") is True
    made_at, after = note.get("made_at"), note.get("after")
    tickets = kept.read(desk, [kept.UNFINISHED_TICKETS]).get(kept.UNFINISHED_TICKETS)
    if not (isinstance(tickets, list) and tickets and isinstance(made_at, int) and isinstance(after, int)):
        return Interrupted(what, total, done, told=told)
    changed = desk.reader.tickets_changed(after, made_at)
    left = tuple(one for one in tickets[done:] if isinstance(one, int) and one not in changed)
    return Interrupted(what, total, total - len(left), left, told) if left else None


def _note(desk: Desk) -> dict[str, object]:
    found = kept.read(desk, [kept.UNFINISHED]).get(kept.UNFINISHED)
    return found if isinstance(found, dict) else {}
