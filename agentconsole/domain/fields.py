"""Ticket fields of a helpdesk, saved views, macros and articles as they come from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from agentconsole.domain.tickets import FieldValue


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """When a form shows a field to agents, and on which statuses it must be filled then."""

    field: str
    """The field that is shown."""
    parent: str
    """The field that decides it."""
    value: str
    """What the parent must be: a choice's key, a text, `true` or `false`."""
    required_on: tuple[str, ...] | None = ()
    """Keys of the statuses that a ticket cannot be submitted with while the field is empty; None for all."""


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One choice of a field."""

    key: str
    """The server's own key, which a Change names."""
    label: str
    normalised: str | None = None
    """For status and priority: the normalised word."""
    active: bool = True
    """Whether a ticket can be given it; a form that is switched off still names the tickets that have it."""
    conditions: tuple[FieldCondition, ...] = ()
    """For a form: the fields that it shows only while another one has a value; all others it shows always."""


@dataclass(frozen=True, slots=True)
class TicketField:
    """A field that tickets of this helpdesk have."""

    name: str
    """As in FieldValues: `status`, `custom:360001`, ... Options of `form` are the ticket forms, the
    default one first."""
    label: str
    kind: str
    """`text textarea choice multichoice checkbox date integer decimal`, or `links`: a set of texts such as
    `depends-on:41`."""
    options: tuple[FieldOption, ...] = ()
    required_to_solve: bool = False
    forms: tuple[str, ...] | None = None
    """Remote ids of the forms that have it; None for all."""
    position: int = 0

    def on_form(self, form: FieldValue) -> bool:
        """Whether tickets of a form have it; of one that is not known all may."""
        return self.forms is None or form is None or form in self.forms


def read_number(kind: str, text: str) -> int | float:
    """Read what is written for a field of kind `integer` or `decimal`.

    Raises:
        ValueError: It is no number, or an endless one.
    """
    if kind == "integer":
        return int(text)
    number = float(text)
    if not isfinite(number):
        raise ValueError("No helpdesk takes “inf” or “nan”.")
    return number


def normalised_status(key: FieldValue, fields: Sequence[TicketField]) -> str | None:
    """Tell the normalised word of a status key: `solved` for the helpdesk's own name of it."""
    for field in fields:
        if field.name == "status":
            for option in field.options:
                if option.key == key:
                    return option.normalised
    return key if isinstance(key, str) else None


def is_solved(key: FieldValue, fields: Sequence[TicketField]) -> bool:
    """Whether a status key means that a ticket is solved or closed."""
    return normalised_status(key, fields) in ("solved", "closed")


def status_key(normalised: str, fields: Sequence[TicketField]) -> str | None:
    """Tell the helpdesk's first key of a normalised status; None where it has no such status."""
    for field in fields:
        if field.name == "status":
            return next((option.key for option in field.options if option.normalised == normalised), None)
    return None


@dataclass(frozen=True, slots=True)
class RemoteView:
    """A saved view of the helpdesk, as its name and, where it can be told, a query of the console."""

    remote_id: str
    title: str
    query: str | None
    position: int = 0


@dataclass(frozen=True, slots=True)
class RemoteMacro:
    """A macro of the helpdesk's own."""

    remote_id: str
    title: str
    description: str
    actions: tuple[tuple[str, FieldValue], ...]
    """(field, value) in the helpdesk's own words; `replies/liquid.py` reads them."""
    active: bool = True
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class RemoteArticle:
    """A knowledge article in one language."""

    remote_id: str
    locale: str
    """Lower case: `en-us`, `zh-cn`."""
    title: str
    html: str
    url: str
    section: str
    labels: tuple[str, ...]
    draft: bool
    updated_at: int
