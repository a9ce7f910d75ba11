"""RT's history and attachments to messages. Pure.

History has no texts: they are attachments of its transactions, in the order of the mail's parts: an empty
container, the body as plain text, HTML or both, then files.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agentconsole.domain.messages import MessageKind, RemoteAttachment, RemoteMessage
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.parsing import whole
from agentconsole.helpdesks.rt.wire import id_of, number_of, reference

HISTORY_FIELDS: Final[dict[str, str]] = {
    "fields": "Type,Creator,Created,ObjectId,Field,OldValue,NewValue",
    "fields[Creator]": "Name,RealName,EmailAddress",
}
PART_FIELDS: Final = "TransactionId,Filename,ContentType,ContentLength,Content"
FILE_FIELDS: Final = "TransactionId,Filename,ContentType,ContentLength"

KINDS: Final[dict[str, MessageKind]] = {"Create": "reply", "Correspond": "reply", "Comment": "note"}
"""Transactions that are messages. Copies of sent mail (`EmailRecord`) have attachments too and are none."""
SENT_MAIL: Final = frozenset({"EmailRecord", "CommentEmailRecord"})
"""Transactions that change nothing of the ticket, not even `LastUpdated`."""

_NUMBERED: Final = frozenset({"Owner", "Queue"})
_SILENT: Final = frozenset({"Told", "LastUpdated", "IsMerged", "EffectiveId"})
_TICKET_LINK: Final = re.compile(r"/ticket/(\d+)$")
_LONGEST_VALUE: Final = 200

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail; of a file without its content."""

    remote_id: int
    transaction: str
    content_type: str
    file_name: str
    size: int
    text: str | None
    """Of a body what it says; None of everything else."""


def part(row: Json) -> Part:
    """Read an attachment's row.

    Raises:
        ValueError: A needed value is missing or of another kind; KeyError and TypeError likewise.
    """
    kind = whole(str(row.get("ContentType") or "")).lower()
    name = row.get("Filename")
    name = whole(name) if isinstance(name, str) else ""
    content = row.get("Content")
    is_body = kind.startswith("text/") and not name
    return Part(
        remote_id=int(number_of(row["id"])),
        transaction=number_of(reference(row["TransactionId"])),
        content_type=kind,
        file_name=name,
        size=int(row.get("ContentLength") or 0),
        text=whole(content) if is_body and isinstance(content, str) else None,
    )


def parts_by_transaction(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Sort parts by the transaction that they belong to, in the order of the mail."""
    found: dict[str, list[Part]] = {}
    for each in sorted(parts, key=lambda one: one.remote_id):
        found.setdefault(each.transaction, []).append(each)
    return found


def is_message(row: Any, parts: Mapping[str, Sequence[Part]]) -> bool:
    """Whether a transaction is a message; one without any part, as of a ticket made without text, is none."""
    return isinstance(row, dict) and str(row.get("Type")) in KINDS and str(row.get("id")) in parts


def message(row: Json, parts: Sequence[Part], ticket: str, file_url: str) -> RemoteMessage:
    """Read a message.

    Args:
        row: Its transaction.
        parts: Its mail's parts, in their order.
        ticket: Remote id of its ticket; a merged ticket's transactions keep the old one.
        file_url: Address of attachments, to which a number is added.
    """
    plain = [each.text for each in parts if each.text is not None and each.content_type != "text/html"]
    html = [each.text for each in parts if each.text is not None and each.content_type == "text/html"]
    return RemoteMessage(
        remote_id=number_of(row["id"]),
        ticket=ticket,
        author=reference(row.get("Creator")),
        kind=KINDS[row["Type"]],
        created_at=parse_instant(row["Created"]),
        channel="email" if row["Type"] != "Comment" else "web",
        raw_text="\n\n".join(plain),
        raw_html=html[0] if html else None,
        attachments=tuple(attachment(each, file_url) for each in parts if _is_file(each)),
    )


def change_text(row: Json, fields: Mapping[str, str]) -> str:
    """Say what a transaction changed, as `Status: new → open`; empty where there is nothing to say.

    RT tells people and queues as numbers of its database, which are no names: they have just changed.

    Args:
        row: The transaction.
        fields: Names of custom fields by id.
    """
    kind, name = str(row.get("Type")), whole(str(row.get("Field") or ""))
    old, new = _shown(row.get("OldValue")), _shown(row.get("NewValue"))
    if kind in ("AddLink", "DeleteLink"):
        sign, link = ("+", new) if kind == "AddLink" else ("−", old)
        number = _TICKET_LINK.search(link)
        return f"{name or 'Link'}: {sign}{f'#{number[1]}' if number else link}"
    if kind in ("AddWatcher", "DelWatcher"):
        return f"{name or 'People'}: one {'added' if kind == 'AddWatcher' else 'removed'}"
    if kind == "CustomField":
        name = fields.get(name, f"Field {name}")
    elif kind not in ("Status", "Set") or not name or name in _SILENT:
        return ""
    elif name in _NUMBERED:
        return f"{name} changed"
    if not old or not new:
        return f"{name}: {f'+{new}' if new else f'−{old}'}" if old or new else ""
    return f"{name}: {old} → {new}"


def event(row: Json, ticket: str, fields: Mapping[str, str]) -> RemoteMessage | None:
    """Read what a transaction changed as an event of the thread; None where it is none.

    Args:
        row: The transaction.
        ticket: Remote id of its ticket.
        fields: Names of custom fields by id.
    """
    text = change_text(row, fields)
    if not text:
        return None
    return RemoteMessage(
        remote_id=number_of(row["id"]),
        ticket=ticket,
        author=reference(row.get("Creator")),
        kind="event",
        created_at=parse_instant(row["Created"]),
        channel="",
        raw_text=text,
        raw_html=None,
    )


def _shown(value: Any) -> str:
    return " ".join(whole(str(value)).split())[:_LONGEST_VALUE] if isinstance(value, str | int) else ""


def attachment(one: Part, file_url: str) -> RemoteAttachment:
    """Read a file; one without a name, such as a picture within a mail, gets its number as one."""
    ending = mimetypes.guess_extension(one.content_type) or ""
    return RemoteAttachment(
        remote_id=str(one.remote_id),
        file_name=one.file_name or f"attachment-{one.remote_id}{ending}",
        content_type=one.content_type or "application/octet-stream",
        size=one.size,
        url=f"{file_url}{one.remote_id}",
    )


def _is_file(one: Part) -> bool:
    if one.file_name:
        return True
    container = one.content_type.startswith(("multipart/", "message/"))
    return not container and not one.content_type.startswith("text/") and one.size > 0


def newest(history: Iterable[Any]) -> int:
    """Return the number of the newest transaction that changed the ticket; 0 when there is none."""
    return max(
        (
            number
            for row in history
            if (number := id_of(row)) is not None and str(row.get("Type")) not in SENT_MAIL
        ),
        default=0,
    )
