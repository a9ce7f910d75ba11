"""A ticket's audits, and the export's ticket events, to messages: what was written and what changed. Pure.

Both tell the same under the same numbers: a comment's event has the comment's number, and a row of the export
has its audit's. An audit spells a change as `field_name value previous_value`, the export as a key named like
the field beside `previous_value`, with `added_tags` and `removed_tags`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from agentconsole.domain.change_words import DEED
from agentconsole.domain.messages import FieldChange, RemoteMessage
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.parsing import whole
from agentconsole.helpdesks.zendesk import wire
from agentconsole.helpdesks.zendesk.wire import NO_STATUSES, Json, Statuses

_COMMENTS: Final = frozenset({"Comment", "VoiceComment", "FacebookComment"})
_ALTERING: Final = frozenset({"CommentPrivacyChange", "CommentRedactionEvent", "AttachmentRedactionEvent"})
_SAID: Final = ("comment", "chat", "messag")
_FIELDS: Final[Mapping[str, str]] = {
    "subject": "subject",
    "status": "status",
    "custom_status_id": "custom_status",
    "priority": "priority",
    "ticket_type": "type",
    "type": "type",
    "assignee_id": "assignee",
    "group_id": "group",
    "requester_id": "requester",
    "organization_id": "organisation",
    "due_at": "due",
    "due_date": "due",
    "tags": "tags",
    "current_tags": "tags",
    "email_cc_ids": "ccs",
    "follower_ids": "followers",
    "collaborator_ids": "ccs",
    "problem_id": "problem",
    "ticket_form_id": "form",
    "brand_id": "brand",
}
"""What an agent wants to see; all else that changes is the system's own affair."""
_UNNAMED: Final = frozenset({"brand"})
"""Whose values have no name here."""
_SETS: Final = frozenset({"tags", "ccs", "followers"})
_FIRST: Final = ("status", "assignee", "group", "priority")
"""What is told first, whatever order the server has it in."""
_RULES: Final = ("rule", 8)
"""How `via` spells triggers and automations: as a word or as a number."""


@dataclass(frozen=True, slots=True)
class AuditParts:
    """What one audit tells."""

    place: tuple[int, int]
    """When it was, and its number: what audits are sorted by."""
    messages: tuple[RemoteMessage, ...]
    """Its comments, and after them at most one event."""
    privacy: Mapping[str, bool]
    """Remote ids of comments to whether they are public from now on."""
    alters: str | None = None
    """Remote id of the ticket, where messages are not as they were before."""
    elsewhere: bool = False
    """Whether something was written that audits tell in a way of their own: the comments have it."""


def audit(row: Json, statuses: Statuses = NO_STATUSES) -> AuditParts:
    """Read an audit, or a row of the export.

    Args:
        row: As it came.
        statuses: The account's own.

    Raises:
        ValueError: A needed value is missing or of another kind; KeyError and TypeError likewise.
    """
    number, ticket_id = wire.needed_id(row["id"]), wire.needed_id(row["ticket_id"])
    author = row.get("updater_id") or row.get("author_id")
    spelled = cast(str, row.get("created_at"))
    via = row.get("via")
    found: list[RemoteMessage] = []
    privacy: dict[str, bool] = {}
    changes: list[FieldChange] = []
    events = [each for each in row.get("child_events") or row.get("events") or () if isinstance(each, dict)]
    for event in events:
        kind = event.get("event_type", event.get("type"))
        if kind in _COMMENTS:
            comment = {"author_id": author, "via": via, **event}
            found.append(wire.message(comment, ticket_id, created_at=spelled, metadata=row.get("metadata")))
        elif kind == "CommentPrivacyChange" and isinstance(event.get("public"), bool):
            privacy[str(event.get("comment_id"))] = event["public"]
        changes += _changes_of(event, kind, by_rule=_is_rule(event.get("via", via)))
    if any(each.get("event_type", each.get("type")) == "Create" for each in events):
        # With whom in copy a ticket was made is no change.
        changes = [each for each in changes if each.field not in ("ccs", "followers")]
    changes = _settled(changes, statuses)
    if changes:
        ruled = all(each.by_rule for each in changes)
        if ruled:
            changes = [replace(each, by_rule=False) for each in changes]
        found.append(
            RemoteMessage(
                remote_id=number,
                ticket=ticket_id,
                author=None if ruled else _person(author),
                kind="event",
                created_at=parse_instant(spelled),
                channel="",
                raw_text="",
                raw_html=None,
                changes=tuple(changes),
            )
        )
    altered = any(each.get("event_type", each.get("type")) in _ALTERING for each in events)
    place = (parse_instant(spelled), int(number))
    elsewhere = any(_is_written(event.get("event_type", event.get("type"))) for event in events)
    return AuditParts(place, tuple(found), privacy, ticket_id if altered else None, elsewhere)


def in_order(parts: Iterable[AuditParts]) -> list[RemoteMessage]:
    """Put what audits tell together, oldest first, each comment as private as it has been made since."""
    several = sorted(parts, key=lambda one: one.place)
    privacy = {key: public for each in several for key, public in each.privacy.items()}
    return [
        replace(message, kind="note")
        if message.kind == "reply" and privacy.get(message.remote_id) is False
        else message
        for each in several
        for message in each.messages
    ]


def _is_written(kind: Any) -> bool:
    """Whether an event of a kind that is not read here may be a message, as a chat's transcript."""
    known = kind in _COMMENTS or kind in _ALTERING
    return not known and any(word in str(kind).lower() for word in _SAID)


def _changes_of(event: Json, kind: Any, *, by_rule: bool) -> list[FieldChange]:
    if kind == "Change":
        return _field_changes(event, by_rule=by_rule)
    if kind == "CommentPrivacyChange" and event.get("public") is False:
        return [FieldChange(DEED, None, "A public message was made internal", by_rule)]
    if kind == "CommentRedactionEvent":
        return [FieldChange(DEED, None, "Text of a message was redacted", by_rule)]
    if kind == "AttachmentRedactionEvent":
        return [FieldChange(DEED, None, "A file was redacted", by_rule)]
    if kind == "EmailCcChange":
        return [_set("ccs", event.get("previous_email_ccs"), event.get("current_email_ccs"), by_rule)]
    if kind == "FollowerChange":
        return [_set("followers", event.get("previous_followers"), event.get("current_followers"), by_rule)]
    if kind == "SatisfactionRating" and event.get("score") not in (None, "offered", "unoffered"):
        words = [_text(event.get("score")), _text(event.get("body"))]
        return [FieldChange("satisfaction", None, ": ".join(word for word in words if word), by_rule)]
    return []


def _field_changes(event: Json, *, by_rule: bool) -> list[FieldChange]:
    before = event.get("previous_value")
    name = event.get("field_name")
    if isinstance(name, str):
        return _one_field(name, before, event.get("value"), by_rule)
    if "added_tags" in event or "removed_tags" in event:
        return [_set("tags", event.get("removed_tags"), event.get("added_tags"), by_rule)]
    found: list[FieldChange] = []
    for name, value in event.items():
        if name == "custom_ticket_fields" and isinstance(value, dict):
            for field_id, each in value.items():
                found += _one_field(str(field_id), before, each, by_rule)
        elif name in _FIELDS and not (name == "type" and value == "Change"):
            found += _one_field(name, before, value, by_rule)
    return found


def _one_field(name: str, before: Any, after: Any, by_rule: bool) -> list[FieldChange]:
    if name.isascii() and name.isdigit():
        field = f"custom:{name}"
    elif name in _FIELDS:
        field = _FIELDS[name]
    else:
        return []
    if field in _UNNAMED:
        return [FieldChange(field, by_rule=by_rule)]
    if field in _SETS or isinstance(before, list) or isinstance(after, list):
        return [_set(field, before, after, by_rule)]
    old, new = _value(before), _value(after)
    if field == "problem":
        old, new = (None if each is None else f"#{each}" for each in (old, new))
    return [FieldChange(field, old, new, by_rule)]


def _set(field: str, before: Any, after: Any, by_rule: bool) -> FieldChange:
    old, new = _members(before), _members(after)
    return FieldChange(
        field,
        tuple(each for each in old if each not in new),
        tuple(each for each in new if each not in old),
        by_rule,
    )


def _members(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split()
    found = [_text(each) for each in value] if isinstance(value, list) else []
    return tuple(dict.fromkeys(each for each in found if each))


def _settled(changes: Iterable[FieldChange], statuses: Statuses) -> list[FieldChange]:
    """Leave out what says nothing or the same twice, and tell a status by the key that the ticket has."""
    kept = [each for each in _with_own_status(list(changes), statuses) if _says_something(each)]
    chosen = {
        str(value)
        for each in kept
        if each.field.startswith("custom:")
        for part in (each.before, each.after)
        for value in (part if isinstance(part, tuple) else (part,))
    }
    # A drop-down field brings its value as a tag too.
    kept = [
        replace(each, before=_without(each.before, chosen), after=_without(each.after, chosen))
        if each.field == "tags"
        else each
        for each in kept
    ]
    return sorted((each for each in kept if _says_something(each)), key=_rank)


def _rank(change: FieldChange) -> int:
    return _FIRST.index(change.field) if change.field in _FIRST else len(_FIRST)


def _without(value: FieldValue, left_out: set[str]) -> FieldValue:
    return tuple(each for each in value if each not in left_out) if isinstance(value, tuple) else value


def _says_something(change: FieldChange) -> bool:
    if change.field in _UNNAMED or change.field == DEED:
        return True
    return change.before != change.after


def _with_own_status(changes: list[FieldChange], statuses: Statuses) -> list[FieldChange]:
    """Make one change of a status and of the account's own status within it."""
    own = next((each for each in changes if each.field == "custom_status"), None)
    if own is None:
        return changes
    plain = next((each for each in changes if each.field == "status"), FieldChange("status"))

    def key(custom: FieldValue, spelled: FieldValue) -> FieldValue:
        number = str(custom)
        return number if number in statuses.category else spelled or statuses.default.get(number)

    merged = FieldChange(
        "status", key(own.before, plain.before), key(own.after, plain.after), plain.by_rule or own.by_rule
    )
    others = [each for each in changes if each.field not in ("status", "custom_status")]
    return others if merged.after is None else [merged, *others]


def _is_rule(via: Any) -> bool:
    name = via.get("channel") if isinstance(via, dict) else via
    return (name.lower() if isinstance(name, str) else name) in _RULES


def _person(value: Any) -> str | None:
    """Read who did it; the system itself has a negative number."""
    text = str(value)
    return text if isinstance(value, int | str) and text.isascii() and text.isdigit() else None


def _value(value: Any) -> FieldValue:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) or None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return whole(value)
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else json.dumps(value, sort_keys=True)
