"""What changed on a ticket, in words: `Status: Open → Pending · Tags: +refund −vip`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Final

from agentconsole.domain.fields import TicketField
from agentconsole.domain.messages import FieldChange
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import moment_of, parse_instant

DEED: Final = "deed"
PEOPLE: Final = frozenset({"assignee", "requester", "ccs", "followers"})
"""Fields that hold people, by remote id or mail address."""
_LABELS: Final[Mapping[str, str]] = {"ccs": "CC", "satisfaction": "Rating"}
_NOTHING: Final = "–"
_YES: Final = frozenset({"1", "true", "yes"})
_LONGEST: Final = 120
"""Characters of a value that are shown."""

Name = Callable[[str, str], str | None]
"""Field and key to the name of a person, group or organisation; None where none is known."""


def change_words(
    changes: Iterable[FieldChange], fields: Mapping[str, TicketField], name: Name, zone: tzinfo
) -> str:
    """Say what changed, on one line; foreign text.

    Args:
        changes: What one event tells.
        fields: The account's fields by their names, with the labels of their choices.
        name: Names people, groups and organisations.
        zone: The agent's time zone.
    """
    said = (_one(change, fields.get(change.field), name, zone) for change in changes)
    return " · ".join(each for each in said if each)


def sides_in_words(
    field_name: str,
    mine: FieldValue,
    theirs: FieldValue,
    fields: Mapping[str, TicketField],
    name: Name,
    zone: tzinfo,
) -> str:
    """Say what both sides want a field to be, on one line; arguments as in `change_words`."""
    field = fields.get(field_name)
    yours, others = (
        ", ".join(_shown(field_name, str(each), field, name, zone) for each in _several(value)) or _NOTHING
        for value in (mine, theirs)
    )
    return f"{_label(field_name, field)}: yours {yours} · theirs {others}"


def _one(change: FieldChange, field: TicketField | None, name: Name, zone: tzinfo) -> str:
    if change.field == DEED:
        text = str(change.after)
    elif (change.before is None and change.after is None) or (change.field == "form" and field is None):
        text = f"{_label(change.field, field)} changed"
    else:

        def shown(value: object) -> str:
            return _shown(change.field, str(value), field, name, zone)

        label = _label(change.field, field)
        if isinstance(change.before, tuple) or isinstance(change.after, tuple):
            came = [f"+{shown(each)}" for each in _several(change.after)]
            went = [f"−{shown(each)}" for each in _several(change.before)]
            between = " " if change.field == "tags" else ", "
            text = f"{label}: {between.join([*came, *went])}"
        else:
            old, new = (_NOTHING if each is None else shown(each) for each in (change.before, change.after))
            text = f"{label}: {old} → {new}"
    return f"{text} (by a rule)" if change.by_rule else text


def _label(field_name: str, field: TicketField | None) -> str:
    if field is not None:
        return field.label
    if field_name.startswith("custom:"):
        return f"Field {field_name.removeprefix('custom:')}"
    return _LABELS.get(field_name) or field_name.capitalize()


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _shown(field_name: str, key: str, field: TicketField | None, name: Name, zone: tzinfo) -> str:
    if field_name in PEOPLE or field_name in ("group", "organisation"):
        return name(field_name, key) or key
    if field is not None and field.kind == "checkbox":
        return "yes" if key.lower() in _YES else "no"
    if field_name == "due":
        return _moment(key, zone)
    label = next((one.label for one in field.options if one.key == key), None) if field is not None else None
    return _cut(label or key)


def _moment(text: str, zone: tzinfo) -> str:
    try:
        return f"{moment_of(parse_instant(text), zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return _cut(text)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
