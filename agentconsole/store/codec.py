"""JSON in the database's columns, to and from the records of the domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from agentconsole.domain.changes import (
    Action,
    FieldConflict,
    FieldEdit,
    MergeInto,
    NewTicket,
    OutgoingAttachment,
    OutgoingMessage,
    Removal,
)
from agentconsole.domain.fields import FieldCondition, FieldOption
from agentconsole.domain.messages import FieldChange, RemoteAttachment, RemoteMessage
from agentconsole.domain.tickets import FieldValue, FieldValues, SlaClock
from agentconsole.domain.views import TextPart
from agentconsole.store.json_columns import dump as dump
from agentconsole.store.json_columns import is_storable as is_storable
from agentconsole.store.json_columns import load as load
from agentconsole.store.json_columns import load_names as load_names
from agentconsole.store.json_columns import row as row
from agentconsole.store.json_columns import storable as storable
from agentconsole.store.json_columns import value_of as value_of


def load_values(text: str) -> dict[str, FieldValue]:
    """Read field values."""
    return {name: value_of(stored) for name, stored in load(text).items()}


def dump_values(values: FieldValues) -> str:
    """Write field values."""
    return dump(values if isinstance(values, dict) else dict(values))


def dump_edits(edits: Iterable[FieldEdit]) -> str:
    """Write a Change's edits."""
    return dump([[edit.field, edit.base, edit.value] for edit in edits])


def load_edits(text: str) -> tuple[FieldEdit, ...]:
    """Read a Change's edits."""
    return tuple(FieldEdit(field, value_of(base), value_of(value)) for field, base, value in load(text))


def dump_conflicts(conflicts: Iterable[FieldConflict]) -> str:
    """Write a Change's conflicts."""
    return dump([[one.field, one.base, one.mine, one.theirs] for one in conflicts])


def load_conflicts(text: str) -> tuple[FieldConflict, ...]:
    """Read a Change's conflicts."""
    return tuple(
        FieldConflict(field, value_of(base), value_of(mine), value_of(theirs))
        for field, base, mine, theirs in load(text)
    )


def dump_outgoing(message: OutgoingMessage | None) -> str | None:
    """Write a message to send."""
    if message is None:
        return None
    files = [
        [file.sha256, file.file_name, file.content_type, file.size, file.source]
        for file in message.attachments
    ]
    return dump(
        {
            "text": message.text,
            "public": message.public,
            "files": files,
            "to": message.to,
            "cc": message.cc,
            "cc_added": message.cc_added,
            "cc_removed": message.cc_removed,
        }
    )


def load_outgoing(text: str | None) -> OutgoingMessage | None:
    """Read a message to send."""
    if text is None:
        return None
    stored = load(text)
    files = tuple(OutgoingAttachment(*file) for file in stored["files"])
    return OutgoingMessage(
        stored["text"],
        stored["public"],
        files,
        tuple(stored["to"]),
        tuple(stored["cc"]),
        tuple(stored.get("cc_added", ())),
        tuple(stored.get("cc_removed", ())),
    )


def dump_action(action: Action | None) -> str | None:
    """Write what a Change does to its ticket as a whole."""
    if action is None:
        return None
    if isinstance(action, Removal):
        return dump({"kind": "spam" if action.spam else "delete"})
    kind = "merge" if isinstance(action, MergeInto) else "create"
    return dump({"kind": kind, **asdict(action)})


def load_action(text: str | None) -> Action | None:
    """Read what a Change does to its ticket as a whole."""
    if text is None:
        return None
    stored = load(text)
    kind = stored.pop("kind")
    if kind in ("spam", "delete"):
        return Removal(kind == "spam")
    if kind == "merge":
        return MergeInto(**stored)
    stored["fields"] = tuple((name, value_of(value)) for name, value in stored["fields"])
    return NewTicket(**stored)


def dump_slas(slas: Sequence[SlaClock]) -> str:
    """Write a ticket's clocks."""
    return dump([[clock.metric, clock.stage, clock.due_at] for clock in slas]) if slas else "[]"


def load_slas(text: str) -> tuple[SlaClock, ...]:
    """Read a ticket's clocks."""
    return tuple(SlaClock(*clock) for clock in load(text)) if text != "[]" else ()


def load_parts(text: str) -> tuple[TextPart, ...]:
    """Read a message's pieces; none of an event that came in keys."""
    if text.startswith("{"):
        return ()
    return tuple(TextPart(kind, body) for kind, body in load(text))


def dump_changes(changes: Iterable[FieldChange]) -> str:
    """Write what an event tells, as a message's pieces are written."""
    return dump({"changes": _change_rows(changes)})


def load_changes(text: str) -> tuple[FieldChange, ...]:
    """Read what an event tells; nothing where it has a text of its own."""
    return _changes(load(text)["changes"]) if text.startswith("{") else ()


def _change_rows(changes: Iterable[FieldChange]) -> list[list[FieldValue]]:
    return [[one.field, one.before, one.after, one.by_rule] for one in changes]


def _changes(rows: Iterable[list[FieldValue]]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(str(field), value_of(before), value_of(after), bool(by_rule))
        for field, before, after, by_rule in rows
    )


def dump_options(options: Iterable[FieldOption]) -> str:
    """Write a field's choices."""
    return dump([_option_row(option) for option in options])


def _option_row(option: FieldOption) -> list[Any]:
    row: list[Any] = [option.key, option.label, option.normalised]
    if option.conditions:
        conditions = [[one.field, one.parent, one.value, one.required_on] for one in option.conditions]
        return [*row, option.active, conditions]
    return row if option.active else [*row, False]


# A form can have a thousand conditions, and fields are read with each ticket.
@lru_cache(maxsize=256)
def load_options(text: str) -> tuple[FieldOption, ...]:
    """Read a field's choices."""
    return tuple(_option(*option) for option in load(text)) if text != "[]" else ()


def _option(
    key: str,
    label: str,
    normalised: str | None,
    active: bool = True,
    conditions: Iterable[tuple[str, str, str, list[str] | None]] = (),
) -> FieldOption:
    return FieldOption(
        key,
        label,
        normalised,
        active,
        tuple(
            FieldCondition(field, parent, value, None if required_on is None else tuple(required_on))
            for field, parent, value, required_on in conditions
        ),
    )


def load_pairs(text: str) -> tuple[tuple[str, FieldValue], ...]:
    """Read a list of (field, value)."""
    return tuple((field, value_of(stored)) for field, stored in load(text)) if text != "[]" else ()


def dump_message(message: RemoteMessage) -> str:
    """Write a message as received, to be read again by `load_message`."""
    files = [
        [file.remote_id, file.file_name, file.content_type, file.size, file.url, file.malware]
        for file in message.attachments
    ]
    return dump(
        [
            message.remote_id,
            message.ticket,
            message.author,
            message.kind,
            message.created_at,
            message.channel,
            message.raw_text,
            message.raw_html,
            files,
            message.marker,
            _change_rows(message.changes),
        ]
    )


def load_message(text: str) -> RemoteMessage:
    """Read a message as it was received."""
    stored = load(text)
    stored[8] = tuple(RemoteAttachment(*file) for file in stored[8])
    if len(stored) > 10:
        stored[10] = _changes(stored[10])
    return RemoteMessage(*stored)


NEWS_ASKED = "news_asked"
"""Name of the value that asks whichever worker runs to poll at once; any other value than before does."""


def recipients_key(uuid: str) -> str:
    """Name the value that remembers that an account's recipients were confirmed once."""
    return f"recipients_confirmed {uuid}"
