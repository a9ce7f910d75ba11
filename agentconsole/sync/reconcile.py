"""What becomes of a Change whose ticket has moved on since it was made. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentconsole.domain.changes import Change, FieldConflict, FieldEdit, Removal
from agentconsole.domain.merge import merge_edits
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.tickets import FieldValues
from agentconsole.helpdesks.base import Thread


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a Change goes on over the ticket as it is now."""

    edits: tuple[FieldEdit, ...]
    """What still has to be written, based on the server's present values."""
    conflicts: tuple[FieldConflict, ...]
    """Fields that both sides changed, differently: the agent decides."""
    moved: tuple[str, ...]
    """Remote ids of messages that the agent had not seen: the agent decides."""
    version: str
    """The version that the edits are now based on."""

    @property
    def asks(self) -> bool:
        """Whether the agent must be asked."""
        return bool(self.conflicts or self.moved)


def judge(change: Change, thread: Thread, me: str | None) -> Verdict:
    """Merge a Change with the ticket and the thread as the helpdesk has them now.

    Args:
        change: What the agent did.
        thread: Ticket and messages, read after that.
        me: The agent's own remote id; their own messages surprise nobody.
    """
    merge = merge_edits(change.edits, thread.ticket.fields)
    return Verdict(merge.edits, merge.conflicts, unseen(change, thread.messages, me), thread.ticket.version)


def judge_fields(change: Change, server: FieldValues, version: str) -> Verdict:
    """Merge a Change with the server's values alone, as they are known here.

    Args:
        change: What the agent did.
        server: The server's values.
        version: The version they belong to.
    """
    merge = merge_edits(change.edits, server)
    return Verdict(merge.edits, merge.conflicts, (), version)


def unseen(change: Change, messages: Iterable[RemoteMessage], me: str | None) -> tuple[str, ...]:
    """Tell which messages came after the last one that the agent saw.

    Only a public reply, and taking the ticket away, is held back by them: a note or a field harms nobody by
    coming late. Who sends it anyway has seen what had come by then, so the last of that is the Change's last
    seen message.
    """
    public = change.message is not None and change.message.public
    if not public and not isinstance(change.action, Removal):
        return ()
    if change.last_seen_message is None:
        return ()
    thread = list(messages)
    places = [number for number, each in enumerate(thread) if each.remote_id == change.last_seen_message]
    if not places:
        # The message that was seen is gone (redacted, merged): what came after the Change was made counts.
        return tuple(
            each.remote_id
            for each in thread
            if each.created_at > change.created_at and _surprises(each, change, me)
        )
    return tuple(each.remote_id for each in thread[places[-1] + 1 :] if _surprises(each, change, me))


def _surprises(message: RemoteMessage, change: Change, me: str | None) -> bool:
    if message.kind == "event" or message.marker == change.uuid:
        return False
    return me is None or message.author != me
