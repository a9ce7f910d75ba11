"""Messages of a ticket's thread and their attachments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentconsole.domain.ticket_words import FieldValue

if TYPE_CHECKING:
    from agentconsole.domain.tickets import QuarantinedRecord

MessageKind = Literal["reply", "note", "event"]
"""`reply` is seen by the requester, `note` by agents only, `event` is what the system says."""


@dataclass(frozen=True, slots=True)
class RemoteAttachment:
    """A file on a message, not yet downloaded."""

    remote_id: str
    file_name: str
    content_type: str
    size: int
    """Bytes."""
    url: str
    malware: bool = False


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that changed on a ticket, in the server's keys: they are named when it is shown."""

    field: str
    """As in FieldValues, or one of `requester organisation ccs followers form brand problem satisfaction`;
    `deed` where the change is a sentence of its own."""
    before: FieldValue = None
    after: FieldValue = None
    """Of fields that hold several values only those that went, and those that came. Both None: what the
    values are is not known, or has no name here. Of a `deed`: the sentence."""
    by_rule: bool = False
    """Whether a rule of the helpdesk made it, though the event is somebody's."""


@dataclass(frozen=True, slots=True)
class RemoteMessage:
    """One message as the helpdesk has it."""

    remote_id: str
    ticket: str
    """Remote id of its ticket."""
    author: str | None
    """Remote id of the person."""
    kind: MessageKind
    created_at: int
    channel: str
    raw_text: str
    raw_html: str | None
    """As received; cleaned at ingest, never parsed when a ticket opens."""
    attachments: tuple[RemoteAttachment, ...] = ()
    marker: str | None = None
    """The UUID of the Change that made it, where the helpdesk keeps one."""
    changes: tuple[FieldChange, ...] = ()
    """What an event tells, where it comes in keys; it has no text then."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of a bulk thread feed."""

    messages: tuple[RemoteMessage, ...]
    cursor: str
    more: bool
    threads_complete_until: int | None = None
    """Messages of tickets changed up to this instant are all here."""
    threads_complete_since: int | None = None
    """But of tickets made before this instant the first ones may be missing; None: of none."""
    altered: tuple[str, ...] = ()
    """Remote ids of tickets on which messages that came before are not as they were: their threads are read
    again."""
    internal: tuple[str, ...] = ()
    """Remote ids of messages that came before, and that the customer may not see any more."""
    quarantined: tuple[QuarantinedRecord, ...] = ()
