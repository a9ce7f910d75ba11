"""The conditions of Zendesk's ticket forms to the domain's records. Pure.

Zendesk documents the shape by one example alone, so whatever cannot be read is left out and the rest goes on.
`required_on_statuses` says when a field must be filled; `is_required` (to solve) counts only without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentconsole.domain.fields import FieldCondition, FieldOption

_NEVER_CONDITIONAL: Final = frozenset({"subject", "status", "assignee", "form"})
"""Fields whose conditions Zendesk does not have, or that it demands whatever they say."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ids of conditions mean on one account."""

    fields: Mapping[str, str]
    """Remote field id to name."""
    statuses: Mapping[str, tuple[str, ...]]
    """Category to the keys of its statuses."""
    custom_statuses: Mapping[str, str]
    """Remote id of a custom status to its key."""


def known(fields: Mapping[str, str], statuses: tuple[FieldOption, ...], custom_statuses: Any) -> Known:
    """Gather what ids mean.

    Args:
        fields: Remote field id to name.
        statuses: The choices of `status`.
        custom_statuses: `/custom_statuses`.
    """
    by_category: dict[str, tuple[str, ...]] = {}
    for option in statuses:
        category = option.normalised or option.key
        by_category[category] = (*by_category.get(category, ()), option.key)
    keys: dict[str, str] = {}
    for row in custom_statuses if isinstance(custom_statuses, list) else ():
        if isinstance(row, dict):
            is_usual = row.get("default") is True
            keys[str(row.get("id"))] = str(row.get("status_category") if is_usual else row.get("id"))
    return Known(fields, by_category, keys)


def form_conditions(given: Any, ids: Known) -> tuple[FieldCondition, ...]:
    """Read `agent_conditions` of a form."""
    rows = given if isinstance(given, list) else ()
    return tuple(condition for row in rows if isinstance(row, dict) for condition in _of_row(row, ids))


def _of_row(row: Mapping[str, Any], ids: Known) -> Iterator[FieldCondition]:
    parent, value = ids.fields.get(str(row.get("parent_field_id"))), row.get("value")
    children = row.get("child_fields")
    if isinstance(value, bool):
        value = "true" if value else "false"
    if parent is None or not isinstance(value, str) or not value or not isinstance(children, list):
        return
    for child in children:
        name = ids.fields.get(str(child.get("id"))) if isinstance(child, dict) else None
        if name is not None and name not in _NEVER_CONDITIONAL and name != parent:
            yield FieldCondition(name, parent, value, _required_on(child, ids))


def _required_on(child: Mapping[str, Any], ids: Known) -> tuple[str, ...] | None:
    given = child.get("required_on_statuses")
    told = given if isinstance(given, dict) else {}
    kind = told.get("type")
    if kind == "ALL_STATUSES":
        return None
    if kind == "NO_STATUSES":
        return ()
    if kind == "SOME_STATUSES":
        # An account with statuses of its own names them by id, the usual ones too.
        own = tuple(ids.custom_statuses.get(each) for each in _texts(told.get("custom_statuses")))
        keys = tuple(key for key in own if key is not None) or tuple(
            key for each in _texts(told.get("statuses")) for key in ids.statuses.get(each, ())
        )
        if keys:
            # What is closed at once has been solved by the same write.
            return (*keys, *ids.statuses.get("closed", ())) if "solved" in keys else keys
    if child.get("is_required") is not True:
        return ()
    return (*ids.statuses.get("solved", ()), *ids.statuses.get("closed", ()))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
