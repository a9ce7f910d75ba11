"""The agent's own macros: Markdown files with YAML front matter and a Jinja2 text.

A file looks like this:

    ---
    name: Refund is on its way
    description: Tells when the money arrives
    mode: public
    set:
      status: solved
      tags: [+refund, -waiting]
      fields: {Cause: delivery}
    ---
    Hi {{ customer.first_name }}, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Final, Literal

from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.tickets import PRIORITIES, STATUSES
from agentconsole.replies.errors import MacroError
from agentconsole.replies.front_matter import FieldScalar, Settings, split_front_matter
from agentconsole.replies.sandbox import compile_template
from agentconsole.text.cleaning import clean_text

Mode = Literal["public", "internal"]
MAX_MACRO_LENGTH: Final = 64_000
"""Characters in a macro file."""

_MODES: Final[tuple[Mode, ...]] = ("public", "internal")
_STATUSES: Final = tuple(status for status in STATUSES if status not in ("new", "closed"))
_KEYS: Final = ("name", "description", "mode", "set", "languages", "tags")
_SET_KEYS: Final = ("status", "priority", "type", "assignee", "group", "tags", "fields")


@dataclass(frozen=True, slots=True)
class MacroActions:
    """What a macro sets on the ticket beside its text."""

    status: str | None = None
    priority: str | None = None
    type: str | None = None
    assignee: str | None = None
    """`me`, or a mail address or name."""
    group: str | None = None
    """A group's name."""
    tags: TagsEdit = field(default_factory=TagsEdit)
    fields: Mapping[str, FieldScalar] = field(default_factory=lambda: MappingProxyType({}))
    """Custom fields by title or remote id."""

    def changes(self) -> tuple[FieldChange, ...]:
        """Return these as changes, in a fixed order; a custom field is `custom:<name as written>`."""
        named = (
            ("status", self.status),
            ("priority", self.priority),
            ("type", self.type),
            ("assignee", self.assignee),
            ("group", self.group),
        )
        changes = [FieldChange(name, value) for name, value in named if value is not None]
        if self.tags.add or self.tags.remove:
            changes.append(FieldChange("tags", self.tags))
        changes += [FieldChange(f"custom:{name}", value) for name, value in self.fields.items()]
        return tuple(changes)


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro of the agent's own, not yet rendered."""

    id: str
    """The file's name without its ending."""
    name: str
    description: str
    mode: Mode
    body: str
    """Jinja2 text."""
    set: MacroActions
    source: str
    """The file it was read from."""
    body_line: int = 1
    """The line of the file that the body begins on, counted from 1."""
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Words to find it by."""


def parse_macro(text: str, source: str) -> Macro:
    """Read one macro file's text.

    Args:
        text: the whole file.
        source: its path, for messages; its stem becomes the id.

    Raises:
        MacroError: the front matter is missing, is no YAML, has an unknown key or a wrong value, or the
        text is
            no valid template; with the line.
    """
    if len(text) > MAX_MACRO_LENGTH:
        raise MacroError(
            source, None, f"a macro has at most {MAX_MACRO_LENGTH:,} characters; this has {len(text):,}"
        )
    settings, body, body_line = split_front_matter(clean_text(text), source)
    settings.refuse_all_but(_KEYS)
    name = settings.text("name")
    if not name:
        raise MacroError(source, 2, 'the macro has no name; add a line such as "name: Refund is on its way"')
    mode = settings.choice("mode", _MODES) or "public"
    compile_template(body, source, body_line)
    return Macro(
        id=PurePath(source).stem,
        name=name,
        description=settings.text("description") or "",
        mode="internal" if mode == "internal" else "public",
        body=body,
        set=_read_actions(settings.part("set")),
        source=source,
        body_line=body_line,
        languages=settings.words("languages"),
        tags=settings.words("tags"),
    )


def _read_actions(settings: Settings) -> MacroActions:
    settings.refuse_all_but(_SET_KEYS)
    add: list[str] = []
    remove: list[str] = []
    for word in settings.words("tags"):
        (remove if word.startswith("-") else add).append(word.lstrip("+-"))
    return MacroActions(
        status=settings.choice("status", _STATUSES),
        priority=settings.choice("priority", PRIORITIES),
        type=settings.text("type"),
        assignee=settings.text("assignee"),
        group=settings.text("group"),
        tags=TagsEdit(tuple(dict.fromkeys(add)), tuple(dict.fromkeys(remove))),
        fields=MappingProxyType(settings.scalars("fields")),
    )
