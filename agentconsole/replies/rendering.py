"""Renders a macro of the agent's own for one ticket."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

from jinja2 import TemplateError

from agentconsole.replies.context import (
    PersonFacts,
    RenderContext,
    RenderedMacro,
    TicketFacts,
    first_name,
    last_name,
)
from agentconsole.replies.errors import MacroError
from agentconsole.replies.macros import Macro
from agentconsole.replies.sandbox import Facts, compile_template

MAX_RENDERED_LENGTH: Final = 50_000
"""Characters; a longer text is refused."""


def render(macro: Macro, context: RenderContext) -> RenderedMacro:
    """Render `macro` with what is known of the ticket.

    A value is inserted as it is and never read as a template itself. A name that is not known, or known to be
    empty, stays in sight as `[[customer.phone?]]` and is listed.

    Raises:
        MacroError: an expression does not work out (a number added to a text, ...), or the text grows beyond
            `MAX_RENDERED_LENGTH`.
    """
    missing: list[str] = []
    template = compile_template(macro.body, macro.source, macro.body_line, missing)
    pieces: list[str] = []
    length = 0
    try:
        for piece in template.generate(_names(context)):
            length += len(piece)
            if length > MAX_RENDERED_LENGTH:
                reason = f"the text grows beyond {MAX_RENDERED_LENGTH:,} characters"
                raise MacroError(macro.source, macro.body_line, reason)
            pieces.append(piece)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        line = macro.body_line + _template_line(error.__traceback__) - 1
        raise MacroError(macro.source, line, f"the text can't be filled in: {error}") from None
    return RenderedMacro(
        text="".join(pieces).strip(),
        changes=macro.set.changes(),
        missing=tuple(missing),
        public=macro.mode == "public",
    )


def _template_line(traceback: TracebackType | None) -> int:
    """Return the line of the template, counted from 1, that an error came from."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _names(context: RenderContext) -> dict[str, Any]:
    return {
        "ticket": _ticket(context.ticket, context.assignee),
        "customer": _person("customer", context.customer),
        "requester": _person("requester", context.customer),
        "agent": _person("agent", context.agent),
        "today": context.today,
    }


def _ticket(ticket: TicketFacts, assignee: PersonFacts) -> Facts:
    fields = {title.casefold(): value for title, value in ticket.fields.items()}
    values = {
        "id": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "group": ticket.group,
        "url": ticket.url,
        "account": ticket.account,
        "tags": ticket.tags,
        "created": ticket.created,
        "description": ticket.description,
        "latest_message": ticket.latest_message,
        "latest_public_message": ticket.latest_public_message,
        "fields": Facts("ticket.fields", fields),
        "assignee": _person("ticket.assignee", assignee),
    }
    return Facts("ticket", values, shown=f"#{ticket.id}" if ticket.id else "")


def _person(path: str, person: PersonFacts) -> Facts:
    values = {
        "name": person.name,
        "first_name": first_name(person.name),
        "last_name": last_name(person.name),
        "email": person.email,
        "phone": person.phone,
        "organisation": person.organisation,
        "organization": person.organisation,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "signature": person.signature,
    }
    return Facts(path, values, shown=person.name)
