"""Messages of a ticket's thread and their attachments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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
    quarantined: tuple[QuarantinedRecord, ...] = ()
