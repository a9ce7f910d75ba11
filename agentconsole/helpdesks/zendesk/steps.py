"""What requests a Change needs on Zendesk, planned before anything is sent. Pure: no network, no httpx.

Files are uploaded first, each by a step of its own whose token holds for three days; then one PUT carries the
message and every field at once, so that a reply and its `solved` can never be torn apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from agentconsole.domain.changes import (
    Change,
    FieldEdit,
    MergeInto,
    NewTicket,
    OutgoingMessage,
    Removal,
    StepPlan,
)
from agentconsole.domain.fields import TicketField, is_solved
from agentconsole.domain.required_fields import missing_fields
from agentconsole.domain.tickets import FieldValue, FieldValues
from agentconsole.text.markdown import is_formatted, markdown_html, read_markdown

UPLOAD: Final = "upload"
UPDATE: Final = "update"
CREATE: Final = "create"
MERGE: Final = "merge"
SPAM: Final = "spam"
DELETE: Final = "delete"
WHOLE: Final = frozenset({CREATE, MERGE, SPAM, DELETE})
"""Steps that concern a ticket as a whole."""

_PLACEHOLDER = re.compile(r"\{\{|\{%")
_NUMBERED: Final = {
    "assignee": "assignee_id",
    "group": "group_id",
    "requester": "requester_id",
    "form": "ticket_form_id",
}
_AS_IT_IS: Final = {"subject": "subject", "priority": "priority", "type": "type", "due": "due_at"}


def plan(change: Change) -> tuple[StepPlan, ...]:
    """Plan the steps of a Change."""
    if isinstance(change.action, MergeInto):
        return (StepPlan(MERGE, {}),)
    if isinstance(change.action, Removal):
        return (StepPlan(SPAM if change.action.spam else DELETE, {}),)
    files = change.message.attachments if change.message is not None else ()
    uploads = [StepPlan(UPLOAD, {"attachment": number}) for number in range(len(files))]
    return (*uploads, StepPlan(CREATE if isinstance(change.action, NewTicket) else UPDATE, {}))


def missing_to_solve(
    fields: Sequence[TicketField], values: FieldValues, form: str | None = None
) -> tuple[TicketField, ...]:
    """Tell which fields Zendesk would ask for if the ticket were solved with these values.

    Args:
        fields: The account's fields.
        values: The ticket's values as they would be; a status among them that does not solve is left aside.
        form: Remote id of the ticket's form; by default the one named in the values.
    """
    if form is None:
        named = values.get("form")
        form = named if isinstance(named, str) else None
    status = values.get("status")
    if not is_solved(status, fields):
        status = "solved"
    return missing_fields(fields, values, form, status)


def ticket_url(address: str, remote_ticket: str) -> str | None:
    """Tell where an agent finds a ticket: `https://acme.zendesk.com/agent/tickets/41`."""
    if not remote_ticket.isdigit():
        return None
    return f"{address.rstrip('/').removesuffix('/api/v2')}/agent/tickets/{remote_ticket}"


def ticket_body(
    edits: Sequence[FieldEdit],
    message: OutgoingMessage | None,
    *,
    uploads: Sequence[str],
    base_version: str,
    metadata: Mapping[str, str],
    macro: str | None,
) -> dict[str, Any]:
    """Make the body of the one PUT.

    Args:
        edits: Fields with the values they shall have; tags as the whole set.
        message: The reply or note.
        uploads: Tokens of the files.
        base_version: The `updated_at` that the write is based on; an empty one leaves the check out.
        metadata: The marker; it lands in `audit.metadata.custom`.
        macro: Remote id of the macro used.
    """
    body = _fields_body((edit.field, edit.value) for edit in edits)
    if message is not None:
        body["comment"] = comment_body(message, uploads)
        copies = _copies(message)
        if copies:
            body["email_ccs"] = copies
    if macro is not None:
        body["macro_id"] = _number(macro)
    body["metadata"] = dict(metadata)
    if base_version:
        body["safe_update"] = True
        body["updated_stamp"] = base_version
    return {"ticket": body}


def create_body(
    action: NewTicket,
    message: OutgoingMessage | None,
    *,
    uploads: Sequence[str],
    metadata: Mapping[str, str],
    external_id: str,
    submitter: str,
    macro: str | None = None,
) -> dict[str, Any]:
    """Make the body of the POST that makes a ticket; the same Change always gives the same one.

    Args:
        action: Whose it is and with which fields.
        message: The first message.
        uploads: Tokens of the files.
        metadata: The marker.
        external_id: By which the ticket can be found again.
        submitter: The agent, who becomes the author of the first message; else the requester would seem to
            have written it.
        macro: Remote id of the macro used.
    """
    body = _fields_body(action.fields)
    if action.requester is not None:
        body["requester_id"] = _number(action.requester)
    else:
        name = action.requester_name or action.requester_email.partition("@")[0]
        body["requester"] = {"name": name, "email": action.requester_email}
    if message is not None:
        body["comment"] = comment_body(message, uploads)
        copies = _copies(message)
        if copies:
            body["email_ccs"] = copies
    body["metadata"] = dict(metadata)
    if macro is not None:
        body["macro_ids"] = [_number(macro)]
    body["external_id"] = external_id
    body["submitter_id"] = _number(submitter)
    return {"ticket": body}


def merge_body(source: str, action: MergeInto) -> dict[str, Any]:
    """Make the body of a merge of one ticket into another.

    Its comments are plain texts in which Zendesk would render placeholders, so double braces are set apart.
    """
    return {
        "ids": [_number(source)],
        "target_comment": _without_placeholders(action.target_comment),
        "source_comment": _without_placeholders(action.source_comment),
        "target_comment_is_public": action.target_public,
        "source_comment_is_public": action.source_public,
    }


def _without_placeholders(text: str) -> str:
    return text.replace("{{", "{ {").replace("{%", "{ %")


def merge_comment(action: MergeInto) -> str:
    """Tell the text that a merge leaves on the ticket that it closes."""
    return _without_placeholders(action.source_comment)


def _fields_body(fields: Iterable[tuple[str, FieldValue]]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    custom: list[dict[str, Any]] = []
    for name, given in fields:
        if name.startswith("custom:"):
            value = list(given) if isinstance(given, tuple) else given
            custom.append({"id": _number(name.removeprefix("custom:")), "value": value})
        elif name == "tags":
            body["tags"] = list(given) if isinstance(given, tuple) else []
        elif name == "status":
            status = str(given)
            body["custom_status_id" if status.isdigit() else "status"] = _number(status)
        elif name in _NUMBERED:
            body[_NUMBERED[name]] = _number(given)
        elif name in _AS_IT_IS:
            body[_AS_IT_IS[name]] = given
    if custom:
        body["custom_fields"] = custom
    return body


def _copies(message: OutgoingMessage) -> list[dict[str, Any]]:
    """Say who comes into copy and who goes; somebody without an address by id."""
    added = [{**_person(each), "action": "put"} for each in message.cc_added]
    return added + [{**_person(each), "action": "delete"} for each in message.cc_removed]


def _person(told: str) -> dict[str, Any]:
    return {"user_id": int(told)} if told.isdigit() else {"user_email": told}


def comment_body(message: OutgoingMessage, uploads: Sequence[str]) -> dict[str, Any]:
    """Make the comment; always says whether it is public.

    A text with Markdown goes as HTML, made here, so that the customer sees what the preview showed. Zendesk
    renders Liquid placeholders in comments: a text with `{{` or `{%` goes as HTML too, its braces written as
    character references, so that readers see what was typed and no template engine sees a placeholder.
    """
    comment: dict[str, Any] = {"public": message.public}
    blocks = read_markdown(message.text)
    if is_formatted(blocks) or _PLACEHOLDER.search(message.text):
        comment["html_body"] = markdown_html(blocks)
    else:
        comment["body"] = message.text
    if uploads:
        comment["uploads"] = list(uploads)
    return comment


def _number(value: FieldValue) -> FieldValue:
    return int(value) if isinstance(value, str) and value.isdigit() else value
