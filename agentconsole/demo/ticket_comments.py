"""Writing a comment: its author, its two texts, its files."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from agentconsole.demo import placeholders
from agentconsole.demo.errors import detail, invalid, invalid_field
from agentconsole.demo.values import whole
from agentconsole.demo.work import Work


@dataclass(frozen=True, slots=True)
class NewComment:
    """A validated comment that is about to be written."""

    author_id: int
    by_agent: bool
    public: bool
    body: str
    html_body: str | None
    uploads: tuple[str, ...]


def html_from_body(body: str) -> str:
    """The HTML that the original makes of a plain text: escaped, a paragraph for each blank line."""
    paragraphs = [part for part in body.replace("\r\n", "\n").split("\n\n") if part.strip()] or [""]
    inner = "".join(
        '<p dir="auto">' + html.escape(part.strip("\n"), quote=False).replace("\n", "<br>") + "</p>"
        for part in paragraphs
    )
    return f'<div class="zd-comment" dir="auto">{inner}</div>'


def body_from_html(source: str) -> str:
    """The readable text of an HTML comment."""
    from agentconsole.text.html import html_to_text

    return html_to_text(source).strip()


def read_comment(work: Work, ticket: dict[str, Any], given: Any, *, first: bool) -> NewComment:
    """Validate a `comment` object.

    Raises:
        ApiError: 422 for an empty one, an author who does not exist, or an upload token that is not good.
    """
    if isinstance(given, str):
        given = {"body": given}
    if not isinstance(given, dict):
        raise invalid_field("comment", "Comment: is invalid")
    rendered = _texts(work, ticket, given)
    if rendered is None:
        field = "Description" if first else "Comment"
        raise invalid({"base": [detail(f"{field}: cannot be blank", error="BlankValue")]})
    body, html_body = rendered
    author_id = work.actor_id
    if given.get("author_id") is not None:
        author_id = _author(work, given["author_id"])
    elif first:
        author_id = int(ticket["submitter_id"])
    author = work.user(author_id)
    by_agent = author is not None and author["role"] != "end-user"
    public = given.get("public")
    if public is None:
        public = bool(ticket["is_public"])
    uploads = given.get("uploads") or []
    if not isinstance(uploads, list):
        uploads = [uploads]
    return NewComment(
        author_id, by_agent, bool(public), body, html_body, tuple(str(token) for token in uploads)
    )


def _texts(work: Work, ticket: dict[str, Any], given: dict[str, Any]) -> tuple[str, str | None] | None:
    html_body = given.get("html_body")
    body = given.get("body")
    source = html_body if isinstance(html_body, str) and html_body.strip() else body
    if not isinstance(source, str) or not source.strip():
        return None
    if "{{" in source:
        values = placeholders.values_for(
            work.connection, ticket, work.actor_id, work.helpdesk.company_name, work.base
        )
        if source is html_body:
            values = {
                name: value if name.endswith("_html") else html.escape(value)
                for name, value in values.items()
            }
        source = placeholders.render(source, values)
    if source is body or not isinstance(html_body, str) or not html_body.strip():
        return source, None
    wrapped = source if source.startswith('<div class="zd-comment"') else None
    return body_from_html(source), wrapped or f'<div class="zd-comment" dir="auto">{source}</div>'


def _author(work: Work, given: Any) -> int:
    try:
        author_id = whole(given)
    except ValueError:
        raise invalid_field("comment", "Author: is invalid") from None
    if work.user(author_id) is None:
        raise invalid_field("comment", "Author: is invalid")
    return author_id


def write_comment(work: Work, ticket_id: int, audit_id: int, comment: NewComment) -> int:
    """Store the comment and take its uploads; returns its id, which is also its event's.

    Raises:
        ApiError: 422 for an upload token that is unknown, used or too old.
    """
    comment_id = work.next_event_id()
    files = 0
    for token in comment.uploads:
        taken = work.connection.execute(
            "UPDATE uploads SET used = 1 WHERE token = ? AND NOT used AND expires_at > ?", (token, work.now)
        ).rowcount
        if not taken:
            raise invalid_field("uploads", f"Uploads: token {token} is invalid")
        files += work.connection.execute(
            "UPDATE attachments SET comment_id = ?, upload_token = NULL WHERE upload_token = ?",
            (comment_id, token),
        ).rowcount
    work.connection.execute(
        "INSERT INTO comments (id, ticket_id, audit_id, author_id, public, body, html_body, channel, "
        "has_attachments, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            comment_id,
            ticket_id,
            audit_id,
            comment.author_id,
            int(comment.public),
            comment.body,
            comment.html_body,
            work.channel,
            int(bool(files)),
            work.now,
        ),
    )
    return comment_id
