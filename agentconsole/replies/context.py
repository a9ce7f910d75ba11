"""What a macro may know, and what rendering one gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from agentconsole.domain.changes import FieldChange

FactValue = str | int | float | bool | date | tuple[str, ...] | None
"""A value a macro can show; None and an empty text mean "not known"."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What a macro may say about a person; an empty text where it is not known."""

    name: str = ""
    email: str = ""
    phone: str = ""
    organisation: str = ""
    locale: str = ""
    time_zone: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What a macro may say about the ticket; an empty text where it is not known."""

    id: str = ""
    """The remote id, without `#`."""
    subject: str = ""
    status: str = ""
    priority: str = ""
    channel: str = ""
    group: str = ""
    url: str = ""
    account: str = ""
    """The company's name on this helpdesk."""
    tags: tuple[str, ...] = ()
    created: date | None = None
    description: str = ""
    """The first message."""
    latest_message: str = ""
    """The newest message, notes included."""
    latest_public_message: str = ""
    fields: Mapping[str, FactValue] = field(default_factory=lambda: MappingProxyType({}))
    """Custom fields by their title ("Order number"), with the shown value."""
    fields_by_id: Mapping[str, FactValue] = field(default_factory=lambda: MappingProxyType({}))
    """The same by remote id, for the helpdesk's own placeholders."""


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Everything a macro may know."""

    ticket: TicketFacts
    customer: PersonFacts
    """The requester."""
    agent: PersonFacts
    today: date
    """In the agent's zone."""
    assignee: PersonFacts = PersonFacts()


@dataclass(frozen=True, slots=True)
class RenderedMacro:
    """A macro made ready for one ticket."""

    text: str
    """What to insert at the caret; may be empty."""
    changes: tuple[FieldChange, ...]
    """`assignee` may be `me`. A local macro names groups and custom fields by their titles (`custom:Cause`),
    a helpdesk's own by remote id."""
    missing: tuple[str, ...] = ()
    """Names that were not known, each once; the text shows them as `[[name?]]`."""
    public: bool | None = None
    """Who shall read it; None leaves the composer as it is."""
    ignored: tuple[str, ...] = ()
    """Actions of a helpdesk's macro that the console does not do, in the helpdesk's words."""


def placeholder(name: str) -> str:
    """Return what stands in a rendered text for a name that is not known."""
    return f"[[{name}?]]"


def first_name(name: str) -> str:
    """Return what to call a person by: "Anna" for "Anna Smith" and "Smith, Anna"; "" if that is not known.

    A name without a space ("王小明") is returned whole, a mail address is no name.
    """
    name = " ".join(name.split())
    if "@" in name:
        return ""
    last, comma, rest = name.partition(", ")
    words = (rest if comma and " " not in last else name).split()
    return words[0] if words else ""


def last_name(name: str) -> str:
    """Return the rest of a name after the first: "Smith" for "Anna Smith"."""
    return " ".join(name.split()).partition(" ")[2] if "@" not in name else ""
