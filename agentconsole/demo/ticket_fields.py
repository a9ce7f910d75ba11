"""Validating and setting single fields of a ticket."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agentconsole.demo import tags as tag_text
from agentconsole.demo.clock import iso, parse_iso
from agentconsole.demo.errors import ApiError, detail, invalid, invalid_field
from agentconsole.demo.people import create_user, find_by_email
from agentconsole.demo.statuses import PRIORITIES, STATUS_OF_CATEGORY, STATUSES, TYPES
from agentconsole.demo.values import whole
from agentconsole.demo.work import Work


@dataclass(slots=True)
class Draft:
    """A ticket being changed, with the events that its audit will list."""

    work: Work
    ticket: dict[str, Any]
    """The row; `values` holds the parsed custom fields, `tag_list` the tags."""
    new: bool
    events: list[dict[str, Any]] = field(default_factory=list)

    def set(self, name: str, value: Any, *, shown: str | None = None) -> bool:
        """Set a column; notes the change; false when it was so already."""
        before = self.ticket.get(name)
        if before == value:
            return False
        self.ticket[name] = value
        self.note(shown or name, value, before)
        return True

    def note(self, name: str, value: Any, before: Any) -> None:
        """Add a Create or Change event."""
        if self.new:
            if value not in (None, [], ""):
                self.events.append({"type": "Create", "field_name": name, "value": _told(value)})
        else:
            self.events.append(
                {
                    "type": "Change",
                    "field_name": name,
                    "value": _told(value),
                    "previous_value": _told(before),
                }
            )


def _told(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value


def ticket_draft(work: Work, row: dict[str, Any], *, new: bool) -> Draft:
    """A draft of a ticket's row."""
    ticket = dict(row)
    ticket["values"] = json.loads(ticket["custom_fields"])
    ticket["tag_list"] = tag_text.listed(ticket["tags"])
    return Draft(work, ticket, new)


def one_of(name: str, title: str, allowed: tuple[str, ...]) -> Callable[[Draft, Any], None]:
    """A setter for a field of a fixed set of words; null empties it."""

    def setter(draft: Draft, value: Any) -> None:
        if value in ("", None):
            value = None
        elif value not in allowed:
            raise invalid_field(name, f"{title}: {value} is not one of: {', '.join(allowed)}")
        draft.set(name, value)

    return setter


def set_status(draft: Draft, value: Any) -> None:
    """Set the status category, and the custom status that stands for it."""
    if value not in STATUSES or (value == "closed" and draft.new):
        raise invalid_field("status", f"Status: {value} is not valid")
    if value == "new" and (
        draft.ticket["assignee_id"] or (not draft.new and draft.ticket["status"] != "new")
    ):
        value = "open"
    if draft.ticket["status"] != value:
        draft.set("status", value)
        draft.set("custom_status_id", STATUS_OF_CATEGORY[value])


def set_custom_status(draft: Draft, value: Any) -> None:
    """Set one of the account's own statuses, and its category with it."""
    wanted = _whole("custom_status_id", "Custom status", value)
    row = draft.work.row("SELECT * FROM custom_statuses WHERE id = ?", wanted)
    if row is None:
        raise invalid_field("custom_status_id", "Custom status: is invalid")
    draft.set("status", row["category"])
    draft.set("custom_status_id", row["id"])


def set_tags(draft: Draft, values: Any, *, keep_fields: bool = False) -> None:
    """Replace the tags; a drop-down field whose tag is gone is emptied, as in the original."""
    wanted = tags_from(values)
    before = list(draft.ticket["tag_list"])
    if sorted(wanted) == sorted(before):
        return
    draft.ticket["tag_list"] = wanted
    draft.note("tags", wanted, before)
    if keep_fields:
        return
    for row in draft.work.connection.execute(
        "SELECT id, type FROM ticket_fields WHERE type = 'tagger'"
    ).fetchall():
        value = draft.ticket["values"].get(str(row["id"]))
        if value and value not in wanted:
            draft.ticket["values"][str(row["id"])] = None
            draft.note(str(row["id"]), None, value)


def tags_from(given: Any) -> list[str]:
    """Tags of a list or of a text with commas or spaces.

    Raises:
        ApiError: 422 for anything else.
    """
    if isinstance(given, str):
        given = given.replace(",", " ").split()
    if not isinstance(given, list):
        raise invalid_field("tags", "Tags: must be a list")
    return tag_text.normalised(given)


def set_custom_fields(draft: Draft, given: Any) -> None:
    """Set custom fields from `[{id, value}]` or `{id: value}`; ids that do not exist are ignored."""
    if isinstance(given, dict):
        given = [{"id": key, "value": value} for key, value in given.items()]
    if not isinstance(given, list):
        raise invalid_field("custom_fields", "Custom fields: must be a list")
    known = {
        str(row["id"]): row for row in draft.work.connection.execute("SELECT * FROM ticket_fields").fetchall()
    }
    for entry in given:
        if not isinstance(entry, dict):
            raise invalid_field("custom_fields", "Custom fields: each needs an id and a value")
        row = known.get(str(entry.get("id")))
        if row is None:
            continue
        key = str(row["id"])
        options = [option["value"] for option in json.loads(row["options"])]
        value = field_value(row["type"], row["title"], row["id"], options, entry.get("value"))
        before = draft.ticket["values"].get(key)
        if value == before:
            continue
        draft.ticket["values"][key] = value
        draft.note(key, value, before)
        if row["type"] == "tagger":
            kept = [tag for tag in draft.ticket["tag_list"] if tag != before]
            set_tags(draft, [*kept, *([value] if value else [])], keep_fields=True)
        elif row["type"] == "multiselect":
            kept = [tag for tag in draft.ticket["tag_list"] if tag not in (before or [])]
            set_tags(draft, [*kept, *(value or [])], keep_fields=True)


def field_value(kind: str, title: str, field_id: int, options: list[str], value: Any) -> Any:
    """A custom field's value as it is stored.

    Raises:
        ApiError: 422 when it does not fit the field's type.
    """
    if value is None or value == "":
        return False if kind == "checkbox" else None
    try:
        if kind == "checkbox":
            return value in (True, 1, "1", "true", "yes")
        if kind == "integer":
            return whole(value)
        if kind == "decimal":
            float(value)
            return str(value)
        if kind == "date":
            text = str(value)[:10]
            if parse_iso(text) is None or len(text) != 10:
                raise ValueError(text)
            return text
    except (TypeError, ValueError):
        raise _bad_value(kind, title, field_id, value) from None
    if kind == "tagger" and value not in options:
        raise _bad_value(kind, title, field_id, value)
    if kind == "multiselect":
        if not isinstance(value, list) or any(item not in options for item in value):
            raise _bad_value(kind, title, field_id, value)
        return value
    return value if kind == "multiselect" else str(value)


def _bad_value(kind: str, title: str, field_id: int, value: Any) -> ApiError:
    entry = detail(
        f"{title}: '{value}' is not valid",
        error="InvalidValue",
        field_id=field_id,
        field_type=field_type(kind),
    )
    return invalid({"base": [entry]})


def field_type(kind: str) -> str:
    """The class name that the original's validation errors give."""
    return f"Field{kind[:1].upper()}{kind[1:]}"


def set_people(draft: Draft, given: dict[str, Any]) -> None:
    """Set assignee and group by the original's rules.

    An agent brings a group of theirs unless one is given that they belong to; a new group without the
    present agent leaves the ticket unassigned.

    Raises:
        ApiError: 422 for somebody who is no agent, an unknown group, or an agent outside the group.
    """
    ticket, work = draft.ticket, draft.work
    if "assignee_email" in given and "assignee_id" not in given:
        given = {**given, "assignee_id": find_by_email(work, str(given["assignee_email"])) or 0}
    group_id = _whole("group_id", "Group", given["group_id"]) if "group_id" in given else ticket["group_id"]
    if group_id is not None and work.row("SELECT 1 FROM groups WHERE id = ?", group_id) is None:
        raise invalid_field("group", "Group: is invalid")
    if "assignee_id" in given:
        assignee_id = _whole("assignee_id", "Assignee", given["assignee_id"])
        if assignee_id is not None:
            agent = work.user(assignee_id)
            if agent is None or agent["role"] == "end-user" or not agent["active"]:
                raise invalid_field("assignee", "Assignee: is invalid")
            groups = _groups_of(work, assignee_id)
            if group_id not in groups:
                if given.get("group_id") is not None:
                    raise invalid_field("assignee", "Assignee: is not a member of the group")
                group_id = groups[0] if groups else group_id
    else:
        assignee_id = ticket["assignee_id"]
        if group_id is None or (assignee_id is not None and group_id not in _groups_of(work, assignee_id)):
            assignee_id = None
    draft.set("group_id", group_id)
    draft.set("assignee_id", assignee_id)


def _groups_of(work: Work, user_id: int) -> list[int]:
    rows = work.connection.execute(
        "SELECT group_id FROM memberships WHERE user_id = ? ORDER BY is_default DESC, id", (user_id,)
    )
    return [int(row["group_id"]) for row in rows.fetchall()]


def _whole(name: str, title: str, value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        return whole(value)
    except ValueError:
        raise invalid_field(name, f"{title}: is invalid") from None


def set_requester(draft: Draft, value: Any) -> None:
    """Hand the ticket to another requester."""
    requester_id = _whole("requester", "Requester", value)
    user = draft.work.user(requester_id) if requester_id is not None else None
    if user is None:
        raise invalid_field("requester", "Requester: is invalid")
    draft.set("requester_id", requester_id)
    draft.set("organization_id", user["organization_id"])


def set_text(name: str) -> Callable[[Draft, Any], None]:
    """A setter for a free text."""

    def setter(draft: Draft, value: Any) -> None:
        draft.set(name, None if value is None and name == "external_id" else str(value or ""))

    return setter


def set_reference(name: str, title: str, table: str) -> Callable[[Draft, Any], None]:
    """A setter for the id of a row of `table`, which must exist."""

    def setter(draft: Draft, value: Any) -> None:
        wanted = _whole(name, title, value)
        exists = f"SELECT 1 FROM {table} WHERE id = ?"
        if wanted is not None and draft.work.row(exists, wanted) is None:
            raise invalid_field(name, f"{title}: is invalid")
        draft.set(name, wanted, shown="ticket_form_id" if name == "form_id" else name)

    return setter


def set_due(draft: Draft, value: Any) -> None:
    """Set the date by which a task is due."""
    stamp = None if value in (None, "") else parse_iso(str(value))
    if value not in (None, "") and stamp is None:
        raise invalid_field("due_at", "Due date: is invalid")
    before = draft.ticket["due_at"]
    if stamp != before:
        draft.ticket["due_at"] = stamp
        draft.note("due_at", *(None if each is None else iso(each) for each in (stamp, before)))


def set_copied(draft: Draft, key: str, given: Any) -> None:
    """Add and remove people of `email_ccs` or `followers`: `[{user_id|user_email, action}]`.

    Raises:
        ApiError: 422 for somebody who does not exist.
    """
    column = "email_cc_ids" if key == "email_ccs" else "follower_ids"
    ids = json.loads(draft.ticket[column])
    before = list(ids)
    for entry in given if isinstance(given, list) else []:
        user_id = _copied_person(draft.work, key, entry)
        if entry.get("action", "put") == "delete":
            ids = [item for item in ids if item != user_id]
        elif user_id not in ids:
            ids.append(user_id)
    if ids != before:
        draft.ticket[column] = json.dumps(ids)
        kind, word = ("EmailCcChange", "email_ccs") if key == "email_ccs" else ("FollowerChange", "followers")
        draft.events.append(
            {
                "type": kind,
                f"previous_{word}": _addresses(draft.work, before),
                f"current_{word}": _addresses(draft.work, ids),
            }
        )


def _addresses(work: Work, ids: list[int]) -> list[str]:
    users = [work.user(number) for number in ids]
    return [str(user["email"] or user["id"]) for user in users if user is not None]


def _copied_person(work: Work, key: str, entry: Any) -> int:
    if not isinstance(entry, dict):
        raise invalid_field(key, "Email CCs: user is invalid")
    user_id = _whole(key, "Email CCs", entry.get("user_id"))
    email = entry.get("user_email")
    if user_id is None and isinstance(email, str) and "@" in email:
        user_id = find_by_email(work, email)
        if user_id is None:
            user_id = create_user(work, str(entry.get("user_name") or email.partition("@")[0]), email)
    if user_id is None or work.user(user_id) is None:
        raise invalid_field(key, "Email CCs: user is invalid")
    return user_id


SETTERS: dict[str, Callable[[Draft, Any], None]] = {
    "subject": set_text("subject"),
    "external_id": set_text("external_id"),
    "type": one_of("type", "Type", TYPES),
    "priority": one_of("priority", "Priority", PRIORITIES),
    "requester_id": set_requester,
    "organization_id": set_reference("organization_id", "Organization", "organizations"),
    "ticket_form_id": set_reference("form_id", "Form", "ticket_forms"),
    "problem_id": set_reference("problem_id", "Problem", "tickets"),
    "due_at": set_due,
}
