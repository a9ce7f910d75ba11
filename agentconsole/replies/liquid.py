"""Renders a helpdesk's own macros: Zendesk's placeholders and actions.

Source of the names: Zendesk: macros, actions and placeholders. The server renders them too, but only with a
line to it; a macro must work on a train.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.fields import RemoteMacro
from agentconsole.domain.tickets import FieldValue
from agentconsole.replies.context import (
    PersonFacts,
    RenderContext,
    RenderedMacro,
    first_name,
    last_name,
    placeholder,
)
from agentconsole.replies.dates import format_date
from agentconsole.text.cleaning import clean_line, clean_text
from agentconsole.text.html import html_to_text

_PLACEHOLDER = re.compile(
    r"\{\{-?\s*(?P<name>[A-Za-z_][\w.]{0,100})\s*(?P<filters>(?:\|[^{}|]{0,100}){0,5})-?\}\}"
    r"|\{%-?[^{}%]{1,200}-?%\}"
)
_DEFAULT = re.compile(r"default\s*:\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\s*\Z")
_CASES: dict[str, Callable[[str], str]] = {
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "strip": str.strip,
}

_CUSTOM_FIELD = re.compile(r"custom_fields_(\d+)\Z")
_PLAIN_FIELDS = {
    "status": "status",
    "custom_status_id": "status",
    "priority": "priority",
    "type": "type",
    "group_id": "group",
    "ticket_form_id": "form",
}
_WRITTEN_CHANNELS = ("channel:all", "channel:web", "channel:email")


def apply_remote_macro(macro: RemoteMacro, context: RenderContext) -> RenderedMacro:
    """Work out what a helpdesk's macro does to one ticket. Never raises.

    Of an action that comes twice the last one counts, as on the helpdesk; text pieces are joined by a
    blank line.
    """
    outcome = _Outcome(context)
    for name, value in macro.actions:
        outcome.add(name, value)
    text, missing = render_placeholders("\n\n".join(outcome.texts), context)
    return RenderedMacro(
        text=text.strip(),
        changes=outcome.all_changes(),
        missing=tuple(dict.fromkeys((*missing, *outcome.missing))),
        public=outcome.public,
        ignored=tuple(dict.fromkeys(outcome.ignored)),
    )


def render_placeholders(text: str, context: RenderContext) -> tuple[str, tuple[str, ...]]:
    """Fill in `{{ticket.requester.first_name}}` and its kin.

    Returns the text and the names that were not known, each once; these stay in sight as `[[name?]]`, so do
    Liquid's tags (`{% if ... %}`), which only the helpdesk can work out. Values are inserted as they are.
    """
    known = placeholder_values(context)
    missing: list[str] = []

    def filled(match: re.Match[str]) -> str:
        name = match["name"]
        value = known.get(name) or None
        for filter_text in match["filters"].split("|")[1:]:
            filter_text = filter_text.strip()
            fallback = _DEFAULT.match(filter_text)
            if fallback is not None:
                value = value or fallback["single"] or fallback["double"] or ""
            elif filter_text in _CASES:
                value = None if value is None else _CASES[filter_text](value)
            else:
                value, name = None, f"{match['name']} | {clean_line(filter_text)}"
                break
        return _unknown(name, missing) if value is None else value

    # One pass over the macro's own text: what a value brings along is not looked at.
    pieces: list[str] = []
    position = 0
    for match in _PLACEHOLDER.finditer(text):
        pieces.append(text[position : match.start()])
        pieces.append(filled(match) if match["name"] else _unknown(match.group().strip("{}%- "), missing))
        position = match.end()
    pieces.append(text[position:])
    return "".join(pieces), tuple(dict.fromkeys(missing))


def placeholder_values(context: RenderContext) -> dict[str, str]:
    """Return what each placeholder known here stands for; an empty text where the value is not known."""
    ticket = context.ticket
    values = {
        "ticket.id": ticket.id,
        "ticket.title": ticket.subject,
        "ticket.description": ticket.description,
        "ticket.status": ticket.status.capitalize(),
        "ticket.priority": ticket.priority.capitalize(),
        "ticket.via": ticket.channel,
        "ticket.account": ticket.account,
        "ticket.brand.name": ticket.account,
        "ticket.group.name": ticket.group,
        "ticket.url": ticket.url,
        "ticket.link": ticket.url,
        "ticket.tags": " ".join(ticket.tags),
        "ticket.created_at": "" if ticket.created is None else format_date(ticket.created),
        "ticket.organization.name": context.customer.organisation,
        "ticket.requester": context.customer.name,
    }
    for name in ("ticket.latest_comment", "ticket.latest_comment_html", "ticket.latest_comment_formatted"):
        values[name] = ticket.latest_message
    for name in ("ticket.latest_public_comment", "ticket.latest_public_comment_html"):
        values[name] = ticket.latest_public_message
    for prefix, person in (
        ("ticket.requester", context.customer),
        ("ticket.assignee", context.assignee),
        ("current_user", context.agent),
        ("agent", context.agent),
    ):
        values.update(_person_values(prefix, person))
    for field_id, value in ticket.fields_by_id.items():
        shown = "" if value is None else ", ".join(value) if isinstance(value, tuple) else str(value)
        values[f"ticket.ticket_field_{field_id}"] = shown
        values[f"ticket.ticket_field_option_title_{field_id}"] = shown
    return values


def _person_values(prefix: str, person: PersonFacts) -> dict[str, str]:
    return {
        f"{prefix}.name": person.name,
        f"{prefix}.first_name": first_name(person.name),
        f"{prefix}.last_name": last_name(person.name),
        f"{prefix}.email": person.email,
        f"{prefix}.phone": person.phone,
        f"{prefix}.signature": person.signature,
        f"{prefix}.language": person.locale,
        f"{prefix}.organization.name": person.organisation,
    }


def _unknown(name: str, missing: list[str]) -> str:
    name = clean_line(name)
    missing.append(name)
    return placeholder(name)


@dataclass(slots=True)
class _Outcome:
    """What a macro's actions come to, one by one."""

    context: RenderContext
    texts: list[str] = field(default_factory=list)
    fields: dict[str, FieldValue] = field(default_factory=dict)
    set_tags: tuple[str, ...] | None = None
    add_tags: dict[str, None] = field(default_factory=dict)
    remove_tags: dict[str, None] = field(default_factory=dict)
    public: bool | None = None
    missing: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def add(self, name: str, value: FieldValue | Sequence[str]) -> None:
        """Take one action in."""
        custom = _CUSTOM_FIELD.match(name)
        if name in ("comment_value", "comment_value_html"):
            self._add_text(value, as_html=name.endswith("_html"))
        elif name == "comment_mode_is_public":
            self.public = _text_of(value).casefold() == "true"
        elif name == "assignee_id":
            self.fields["assignee"] = "me" if value == "current_user" else _text_of(value) or None
        elif name == "group_id" and value == "current_groups":
            self.ignored.append(name)  # which of the agent's groups is meant, only the helpdesk knows
        elif name in _PLAIN_FIELDS:
            self.fields[_PLAIN_FIELDS[name]] = _text_of(value) or None
        elif name == "subject":
            subject, missing = render_placeholders(_text_of(value), self.context)
            self.fields["subject"] = clean_line(subject)
            self.missing += missing
        elif name == "set_tags":
            self.set_tags, self.add_tags, self.remove_tags = _tags_of(value), {}, {}
        elif name in ("current_tags", "remove_tags"):
            self._edit_tags(_tags_of(value), removing=name == "remove_tags")
        elif custom is not None:
            self.fields[f"custom:{custom[1]}"] = value if isinstance(value, bool) else _custom_value(value)
        else:
            self.ignored.append(name)

    def all_changes(self) -> tuple[FieldChange, ...]:
        """Return the field changes, in the order of their first action, tags last."""
        changes = [FieldChange(name, value) for name, value in self.fields.items()]
        if self.set_tags is not None:
            tags = {*self.set_tags, *self.add_tags} - set(self.remove_tags)
            changes.append(FieldChange("tags", tuple(sorted(tags))))
        elif self.add_tags or self.remove_tags:
            changes.append(FieldChange("tags", TagsEdit(tuple(self.add_tags), tuple(self.remove_tags))))
        return tuple(changes)

    def _add_text(self, value: FieldValue | Sequence[str], *, as_html: bool) -> None:
        if isinstance(value, list | tuple):
            channel, text = (str(value[0]), str(value[-1])) if len(value) > 1 else ("", _text_of(value))
            if channel.startswith("channel:") and channel not in _WRITTEN_CHANNELS:
                self.ignored.append(f"comment_value ({channel})")
                return
        else:
            text = _text_of(value)
        self.texts.append(html_to_text(text) if as_html else clean_text(text).strip())

    def _edit_tags(self, tags: Iterable[str], *, removing: bool) -> None:
        gains, loses = (self.remove_tags, self.add_tags) if removing else (self.add_tags, self.remove_tags)
        for tag in tags:
            gains[tag] = None
            loses.pop(tag, None)


def _text_of(value: FieldValue | Sequence[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def _tags_of(value: FieldValue | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean_line(_text_of(value).replace(",", " ")).split()))


def _custom_value(value: FieldValue | Sequence[str]) -> FieldValue:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return tuple(clean_line(str(item)) for item in value)
    return clean_text(_text_of(value)) or None
