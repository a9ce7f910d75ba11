"""Zendesk's fields, views, macros and articles to the domain's records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from agentconsole.domain.fields import FieldOption, RemoteArticle, RemoteMacro, RemoteView, TicketField
from agentconsole.domain.tickets import PRIORITIES, STATUSES, FieldValue
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks.zendesk.condition_wire import Known, form_conditions, known

Json = Mapping[str, Any]

_KINDS: Final = {
    "text": "text",
    "regexp": "text",
    "partialcreditcard": "text",
    "lookup": "text",
    "subject": "text",
    "description": "textarea",
    "textarea": "textarea",
    "checkbox": "checkbox",
    "date": "date",
    "integer": "integer",
    "decimal": "decimal",
    "multiselect": "multichoice",
    "tagger": "choice",
    "status": "choice",
    "custom_status": "choice",
    "tickettype": "choice",
    "priority": "choice",
    "basic_priority": "choice",
    "group": "choice",
    "assignee": "choice",
}
_SYSTEM: Final = {
    "subject": "subject",
    "status": "status",
    "tickettype": "type",
    "priority": "priority",
    "basic_priority": "priority",
    "group": "group",
    "assignee": "assignee",
}
_FORM: Final = "form"
_AFTER_ALL: Final = 2**31
_LABELS: Final = {"hold": "On-hold"}


def ticket_fields(rows: Any, forms: Any, custom_statuses: Any) -> tuple[TicketField, ...]:
    """Read the ticket fields with what is required to solve and on which forms they are.

    The forms themselves are the choices of a field `form`, each with its conditions.

    Args:
        rows: `/ticket_fields`.
        forms: `/ticket_forms`; empty where the account has none.
        custom_statuses: `/custom_statuses`; empty where the account has none.
    """
    on_forms = _forms(forms)
    every_form = frozenset(on_forms)
    fields: list[TicketField] = []
    names: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("active") is False or str(row.get("type")) not in _KINDS:
            continue
        if row["type"] in ("description", "custom_status") or row.get("id") is None:
            continue
        field_id, kind = str(row["id"]), str(row["type"])
        name = _SYSTEM.get(kind, f"custom:{field_id}")
        names[field_id] = name
        theirs = frozenset(form for form, ids in on_forms.items() if field_id in ids)
        everywhere = name in _SYSTEM.values() or theirs == every_form
        options = _status_options(custom_statuses) if name == "status" else _options(name, row)
        fields.append(
            TicketField(
                name=name,
                label=str(row.get("title") or name),
                kind=_KINDS[kind],
                options=options,
                required_to_solve=row.get("required") is True,
                forms=None if everywhere else tuple(sorted(theirs)),
                position=_position(row.get("position")),
            )
        )
    if not any(each.name == "status" for each in fields):
        fields.insert(0, TicketField("status", "Status", "choice", _status_options(custom_statuses)))
    if not any(each.name == "priority" for each in fields):
        fields.insert(1, TicketField("priority", "Priority", "choice", _options("priority", {})))
    if choices := _form_options(forms, known(names, _status_options(custom_statuses), custom_statuses)):
        fields.append(TicketField(_FORM, "Form", "choice", choices, position=_AFTER_ALL))
    # It stands in no listing: only tickets of type `task` have it.
    fields.append(TicketField("due", "Due", "date"))
    return tuple(fields)


def _forms(rows: Any) -> dict[str, frozenset[str]]:
    """Read which fields each form has; those that are switched off too, as tickets still have them."""
    found: dict[str, frozenset[str]] = {}
    for row in rows if isinstance(rows, list) else ():
        if _is_form(row):
            ids = row.get("ticket_field_ids")
            found[str(row["id"])] = frozenset(str(each) for each in (ids if isinstance(ids, list) else ()))
    return found


def _form_options(rows: Any, ids: Known) -> tuple[FieldOption, ...]:
    """Read the forms as choices: the default one first, then as the helpdesk orders them."""
    found = [row for row in (rows if isinstance(rows, list) else ()) if _is_form(row)]
    found.sort(key=lambda row: (row.get("default") is not True, _position(row.get("position"))))
    return tuple(
        FieldOption(
            str(row["id"]),
            str(row.get("name") or row["id"]),
            active=_is_active(row),
            conditions=form_conditions(row.get("agent_conditions"), ids),
        )
        for row in found
    )


def _is_form(row: Any) -> bool:
    return isinstance(row, dict) and str(row.get("id")).isascii() and str(row.get("id")).isdigit()


def _is_active(row: Json) -> bool:
    return row.get("active") is not False


def _position(value: Any) -> int:
    return value if isinstance(value, int) and abs(value) < 2**31 else 0


def _options(name: str, row: Json) -> tuple[FieldOption, ...]:
    given = row.get("custom_field_options") or row.get("system_field_options")
    options: list[FieldOption] = []
    for option in given if isinstance(given, list) else ():
        if isinstance(option, dict) and isinstance(option.get("value"), str) and option["value"]:
            key = option["value"]
            normalised = key if name == "priority" and key in PRIORITIES else None
            options.append(FieldOption(key, str(option.get("name") or key), normalised))
    if not options and name == "priority":
        options = [FieldOption(key, key.capitalize(), key) for key in PRIORITIES]
    return tuple(options)


def _status_options(custom_statuses: Any) -> tuple[FieldOption, ...]:
    """The six categories by their own names, then what the account adds, each by its id."""
    labels: dict[str, str] = {}
    added: list[FieldOption] = []
    for row in custom_statuses if isinstance(custom_statuses, list) else ():
        if (
            not isinstance(row, dict)
            or row.get("active") is False
            or row.get("status_category") not in STATUSES
        ):
            continue
        category, label = str(row["status_category"]), str(row.get("agent_label") or row["status_category"])
        if row.get("default") is True:
            labels[category] = label
        else:
            added.append(FieldOption(str(row.get("id")), label, category))
    usual = [FieldOption(key, labels.get(key, _LABELS.get(key, key.capitalize())), key) for key in STATUSES]
    return (*usual, *added)


def macro(row: Json) -> RemoteMacro:
    """Read a macro; its actions stay in Zendesk's own words."""
    updated = row.get("updated_at")
    actions: list[tuple[str, FieldValue]] = []
    for action in row.get("actions") or ():
        value = action.get("value")
        if isinstance(value, list):
            value = tuple(str(each) for each in value)
        actions.append((str(action["field"]), value if not isinstance(value, dict) else str(value)))
    return RemoteMacro(
        remote_id=str(row["id"]),
        title=str(row.get("raw_title") or row["title"]),
        description=str(row.get("description") or ""),
        actions=tuple(actions),
        active=row.get("active") is not False,
        updated_at=parse_instant(updated) if isinstance(updated, str) else 0,
    )


def article(row: Json, sections: Mapping[str, str]) -> RemoteArticle:
    """Read an article, or a translation made to look like one."""
    return RemoteArticle(
        remote_id=str(row["id"]),
        locale=str(row.get("locale") or row.get("source_locale") or "").lower(),
        title=str(row.get("title") or row.get("name") or ""),
        html=str(row.get("body") or ""),
        url=str(row.get("html_url") or ""),
        section=sections.get(str(row.get("section_id")), ""),
        labels=tuple(str(label) for label in row.get("label_names") or ()),
        draft=row.get("draft") is True,
        updated_at=parse_instant(str(row["updated_at"])),
    )


def view(row: Json, position: int) -> RemoteView:
    """Read a view; its query is None where a condition has no word in the console's language."""
    conditions = row.get("conditions") or {}
    every, some = conditions.get("all") or (), conditions.get("any") or ()
    query = None if some else _query(every)
    return RemoteView(str(row["id"]), str(row.get("raw_title") or row["title"]), query, position)


def _query(conditions: Iterable[Json]) -> str | None:
    words: list[str] = []
    for condition in conditions:
        word = _condition(str(condition.get("field")), str(condition.get("operator")), condition.get("value"))
        if word is None:
            return None
        words.append(word)
    return " ".join(words)


def _condition(field: str, operator: str, value: Any) -> str | None:
    field = {
        "assignee_id": "assignee",
        "requester_id": "requester",
        "group_id": "group",
        "current_tags": "tags",
    }.get(field, field)
    if isinstance(value, list):
        value = " ".join(str(each) for each in value)
    text = "" if value is None else str(value)
    if field in ("status", "priority") and text in (*STATUSES, *PRIORITIES):
        sign = {"is": ":", "less_than": "<", "greater_than": ">", "value": ":"}.get(operator)
        if operator == "is_not":
            return f"-{field}:{text}"
        return f"{field}{sign}{text}" if sign else None
    if field in ("assignee", "group", "requester") and operator in ("is", "is_not"):
        word = "me" if text == "current_user" else "none" if text == "" else text
        if not all(char.isalnum() for char in word):
            return None
        return f"{'-' if operator == 'is_not' else ''}{field}:{word}"
    if field == "tags" and operator in ("includes", "not_includes") and text:
        tags = [tag for tag in text.replace(",", " ").split() if tag]
        if operator == "includes" and len(tags) > 1:
            return None
        return " ".join(f"{'-' if operator == 'not_includes' else ''}tags:{tag}" for tag in tags)
    return None
