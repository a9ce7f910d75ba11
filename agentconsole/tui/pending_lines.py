"""A Change that has not gone out, as lines below the thread; pure."""

from __future__ import annotations

from agentconsole.domain.changes import Change
from agentconsole.domain.views import TicketDetail
from agentconsole.tui import foreign
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.line_blocks import Run, ThreadLine, between, blank_line
from agentconsole.tui.wrapping import wrap_text

_DECIDE = "{send_anyway} decide and send · {edit_change} edit · {drop_change} drop (the text is kept)"
_SEND = "{send_anyway} send anyway · {edit_change} edit · {drop_change} drop (the text is kept)"

_STATE_WORDS = {
    "held": "can still be taken back",
    "queued": "waits to go out",
    "sending": "is going out",
    "unknown": "may have arrived: being looked for",
    "conflict": "held: somebody else changed it too",
    "rejected": "was refused",
}


def countdown_runs(change: Change, now: int, width: int, keymap: Keymap) -> list[Run]:
    """The line that tells a pending Change's state."""
    word = _STATE_WORDS.get(change.state, change.state)
    if change.held_back:
        word = keymap.told("held back: not sent, this account is read-only · {undo} takes it back")
    elif change.state == "held":
        left = max(0, (change.held_until - now + 999_999) // 1_000_000)
        word = keymap.told(f"goes out in {left} s · {{undo}} takes it back") if left else "is going out"
    elif change.state == "unknown" and change.ask:
        word = "may have arrived: please look and decide"
    elif change.moved and not change.send_anyway:
        count = len(change.moved)
        word = f"held: {count} newer message{'s' if count > 1 else ''} above"
    kind = _pending_kind(change)
    return between([(kind, "pending-kind"), (f"  {word}", "pending-state")], [], width)


def pending_lines(
    change: Change, detail: TicketDetail, width: int, now: int, keymap: Keymap
) -> list[ThreadLine]:
    """Say what a Change is, how it stands and what it needs; its first line has the countdown."""
    # One that has arrived is in the thread already, though fields may still be on their way.
    message = None if change.message_sent else change.message
    rail = "pending" if message is None or message.public else "note"
    ground = "note" if rail == "note" else "pending"
    lines = [ThreadLine(ground, rail, countdown_runs(change, now, width - 4, keymap))]
    if change.error:
        for line in wrap_text(foreign.block(change.error), width - 4):
            lines.append(ThreadLine(ground, rail, [(line, "alarm")]))
    if message is not None:
        for line in wrap_text(foreign.block(message.text), width - 4):
            lines.append(ThreadLine(ground, rail, [(line, "text")]))
    words = detail.pending_words.get(change.uuid)
    told = ((words.edits, "dim"), (words.conflicts, "alarm")) if words is not None else ()
    for texts, role in told:
        for line in (each for text in texts for each in wrap_text(foreign.line(text), width - 4)):
            lines.append(ThreadLine(ground, rail, [(line, role)]))
    if needs_agent(change):
        asked = keymap.told(_DECIDE if change.conflicts else _SEND, "ticket")
        lines.append(ThreadLine(ground, rail, [(foreign.cut_clean(asked, width - 4), "ask")]))
    lines.append(blank_line())
    return lines


def needs_agent(change: Change) -> bool:
    """Whether a Change waits for a decision of the agent."""
    return change.state in ("conflict", "rejected") or (change.state == "unknown" and change.ask)


def _pending_kind(change: Change) -> str:
    if change.message is None or change.message_sent:
        return "YOUR CHANGE"
    return "YOUR PUBLIC REPLY" if change.message.public else "YOUR INTERNAL NOTE"
