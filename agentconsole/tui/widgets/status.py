"""The last line: accounts, how old what is shown is, what waits to go out, and what can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from agentconsole.domain.times import MINUTE, SECOND
from agentconsole.tui import foreign, when

if TYPE_CHECKING:
    from agentconsole.desk.guided import Today
    from agentconsole.desk.outbox import BulkProgress
    from agentconsole.domain.account_states import AccountState
    from agentconsole.domain.changes import Change

Run = tuple[str, str]


class StatusLine(Static):
    """One line; it is painted anew only when what it says has changed."""

    def __init__(self) -> None:
        super().__init__("", id="status", markup=False)
        self._shown: tuple[list[Run], int] = ([], 0)

    def fits(self, left: Sequence[Run], right: Sequence[Run]) -> bool:
        """Whether both ends have room beside each other."""
        return sum(cell_len(text) for text, _ in (*left, *right)) < max(20, self.size.width or 80)

    def show(self, left: list[Run], right: list[Run]) -> None:
        """Show runs at both ends; the left end is cut where they would meet."""
        width = max(20, self.size.width or 80)
        runs = _join(left, right, width)
        if (runs, width) != self._shown:
            self._shown = (runs, width)
            self.update(Content.assemble(*runs), layout=False)


def account_runs(
    states: Sequence[AccountState], now: int, *, zone: tzinfo = UTC, brief: bool = False
) -> list[Run]:
    """Tell how each account stands with its helpdesk.

    Args:
        states: The accounts.
        now: The present instant.
        zone: The agent's, for how old is what is shown of an account that cannot be reached.
        brief: Only name those that are in step, so that there is room for what is wrong with the others.
    """
    if not states:
        return [(" no account", "$dim")]
    runs: list[Run] = []
    for state in states:
        runs.append((" ● " if state.state in ("ok", "syncing") else " ○ ", _colour(state.state)))
        runs.append((foreign.line(state.name), "$foreground"))
        calm = state.state in _CALM and state.asked_at is None
        if brief and calm and state.last_sync_at is not None:
            continue
        runs.append((f" {standing(state, now, zone)} ", "$dim" if calm else "$warning"))
    return runs


def selection_runs(count: int, following: bool) -> list[Run]:
    """Tell how many tickets are selected.

    Args:
        count: How many.
        following: A range follows the cursor.
    """
    if not count:
        return []
    return [(f" {count:,} selected{' …' if following else ''} ", "bold $foreground on $panel"), (" ", "")]


def today_runs(today: Today) -> list[Run]:
    """Tell what has been done today."""
    said = []
    if today.replies:
        said.append(f"{today.replies:,} {'reply' if today.replies == 1 else 'replies'}")
    if today.solved:
        said.append(f"{today.solved:,} solved")
    return [(f"  today {' · '.join(said)} ", "$dim")] if said else []


_CALM = ("ok", "syncing", "new")


def bulk_words(progress: Sequence[BulkProgress], now: int, *, brief: bool = False) -> str:
    """Tell how far bulk work is, and when it goes on where the helpdesk's limit has been reached.

    Args:
        progress: Of each account that has any under way.
        now: The present instant.
        brief: Leave out when it goes on.
    """
    done, total = sum(one.done for one in progress), sum(one.total for one in progress)
    said = f"{done:,} of {total:,} gone out"
    pauses = [one.goes_on_at for one in progress]
    ends = [at for at in pauses if at is not None and at > now]
    if not brief and ends and len(ends) == len(pauses):
        said += f", goes on in {-(-(min(ends) - now) // SECOND)} s"
    return said


def outbox_runs(
    counts: Mapping[str, int],
    held: Change | None,
    held_name: str,
    now: int,
    *,
    undo_key: str = "",
    counter: bool = False,
    offline: bool = False,
    bulk: str = "",
) -> list[Run]:
    """Tell what waits to go out, what needs the agent, and the countdown of what can be taken back.

    Args:
        counts: Open Changes by state.
        held: The newest that is held.
        held_name: What its ticket is called.
        now: The present instant.
        undo_key: Takes it back; empty: none does.
        counter: It takes another back itself.
        offline: An account cannot be reached: what waits goes out once it can.
        bulk: How far bulk work is that makes up what waits; empty: none does.
    """
    runs: list[Run] = []
    asking = counts.get("conflict", 0) + counts.get("rejected", 0)
    unsure = counts.get("unknown", 0)
    waiting = counts.get("queued", 0) + counts.get("sending", 0)
    if asking:
        runs.append((f" {asking} need{'s' if asking == 1 else ''} you ", "bold $error"))
    if unsure:
        runs.append((f" {unsure} unsure ", "bold $warning"))
    if waiting:
        said = f"{waiting} to send once online" if offline else bulk or f"{waiting} to go out"
        runs.append((f" {said} ", "$warning"))
    if kept := counts.get("held back", 0):
        runs.append((f" {kept} held back ", "$dim"))
    if held is not None and not held.held_back:
        left = max(0, (held.held_until - now + 999_999) // 1_000_000)
        what = (
            "reply"
            if held.message is not None and held.message.public
            else "note"
            if held.message
            else "change"
        )
        if counter:
            said = f"the old values of {held_name} go out in"
        elif undo_key:
            said = f"{undo_key} takes back the {what} on {held_name}"
        else:
            said = f"the {what} on {held_name} goes out in"
        runs.append((f" {foreign.line(said)} ", "$foreground"))
        runs.append((f" {left:>2} s ", "bold $foreground on $panel"))
    return runs


def _colour(state: str) -> str:
    return {"ok": "$success", "syncing": "$accent", "new": "$dim"}.get(state, "$warning")


def standing(state: AccountState, now: int, zone: tzinfo) -> str:
    """Tell in few words how an account stands with its helpdesk.

    Args:
        state: The account.
        now: The present instant.
        zone: The agent's.
    """
    if state.asked_at is not None and state.state in ("ok", "syncing"):
        return f"waiting for an answer for {when.span(now - state.asked_at)}"
    running = next((one for one in state.progress if not one.finished and one.phase), None)
    if state.state == "syncing" and running is not None:
        of = f" of {running.total:,}" if running.total else ""
        return foreign.line(f"reading {running.phase} {running.done:,}{of}")
    if state.state in ("ok", "syncing"):
        if state.last_sync_at is None:
            return "first sync"
        past = now - state.last_sync_at
        return "in sync" if past < MINUTE else f"synced {when.span(past)} ago"
    if state.state == "new":
        return "not synced yet"
    old = ""
    if (last := state.last_sync_at) is not None:
        ago = f"{when.span(now - last)} ago"
        old = (
            f" · as of {when.stamp(last, now, zone)} ({ago})"
            if state.state == "offline"
            else f" · as of {ago}"
        )
    why = "asked to wait" if state.state == "throttled" else state.state
    if state.why:
        why += f": {state.why}"
    if state.retry_at is not None and state.retry_at > now and state.state == "throttled":
        why += f", on again in {when.span(state.retry_at - now)}"
    return foreign.line(f"{why}{old}")


def _join(left: list[Run], right: list[Run], width: int) -> list[Run]:
    room = width - sum(cell_len(text) for text, _ in right) - 1
    runs: list[Run] = []
    for text, style in left:
        shown = foreign.cut_clean(text, room)
        if shown:
            runs.append((shown, style))
        room -= cell_len(shown)
    runs.append((" " * max(1, room + 1), ""))
    return runs + right
