"""What a macro may know of a ticket, taken from what the console shows."""

from __future__ import annotations

from agentconsole.desk.context import Desk
from agentconsole.desk.new_ticket_form import NewTicketForm, requester_of
from agentconsole.desk.wording import value_word
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import moment_of
from agentconsole.domain.views import Contact, MessageItem, TicketDetail
from agentconsole.replies.context import FactValue, PersonFacts, RenderContext, TicketFacts


def context_of(desk: Desk, detail: TicketDetail) -> RenderContext:
    """Gather the facts about ticket, customer and agent; what is not known is an empty text."""
    zone = desk.config.zone
    row = detail.row
    messages = [message for message in detail.messages if message.kind != "event"]
    public = [message for message in messages if message.kind == "reply"]
    shown: dict[str, FactValue] = {}
    by_id: dict[str, FactValue] = {}
    for field in detail.field_defs:
        if field.name.startswith("custom:"):
            value: FactValue = detail.labels.get(field.name) or detail.fields.get(field.name)
            shown[field.label] = value
            by_id[field.name.removeprefix("custom:")] = value
    return RenderContext(
        ticket=TicketFacts(
            id=row.remote_id or "",
            subject=row.subject,
            status=row.status_label or row.status,
            priority=row.priority or "",
            channel=row.channel,
            group=row.group,
            url=detail.url or "",
            account=row.account,
            tags=row.tags,
            created=moment_of(row.created_at, zone).date(),
            description=_text(messages[0]) if messages else "",
            latest_message=_text(messages[-1]) if messages else "",
            latest_public_message=_text(public[-1]) if public else "",
            fields=shown,
            fields_by_id=by_id,
        ),
        customer=_person(detail.requester),
        agent=_agent(desk.account(row.account)),
        today=moment_of(desk.clock.now(), zone).date(),
        assignee=PersonFacts(name=row.assignee),
    )


def context_of_form(desk: Desk, form: NewTicketForm) -> RenderContext:
    """Gather the same about a ticket that is being written: its customer is whom it will be for."""
    account = desk.account(form.account)
    today = moment_of(desk.clock.now(), desk.config.zone).date()
    fields = desk.reader.fields(account.id)

    def word(name: str, value: FieldValue) -> str:
        return value_word(desk, account.id, fields, name, value) if value not in (None, "", ()) else ""

    shown: dict[str, FactValue] = {}
    by_id: dict[str, FactValue] = {}
    for field in fields:
        if field.name.startswith("custom:"):
            shown[field.label] = by_id[field.name.removeprefix("custom:")] = word(
                field.name, form.custom.get(field.name)
            )
    me = _agent(account)
    return RenderContext(
        ticket=TicketFacts(
            subject=form.subject,
            status=word("status", form.status) or "new",
            priority=word("priority", form.priority),
            group=word("group", form.group),
            account=form.account,
            tags=form.tags,
            created=today,
            fields=shown,
            fields_by_id=by_id,
        ),
        customer=_person(requester_of(desk, form)),
        agent=me,
        today=today,
        assignee=me if form.assignee == "me" else PersonFacts(name=word("assignee", form.assignee)),
    )


def _agent(account: AccountState) -> PersonFacts:
    return PersonFacts(
        name=account.me_name,
        email=account.me_email or account.login,
        signature=account.me_signature,
    )


def _person(person: Contact | None) -> PersonFacts:
    if person is None:
        return PersonFacts()
    return PersonFacts(
        name=person.name,
        email=person.email or "",
        phone=person.phone or "",
        organisation=person.organisation or "",
        locale=person.locale or "",
        time_zone=person.time_zone or "",
    )


def _text(message: MessageItem) -> str:
    return "".join(part.text for part in message.parts if part.kind == "body").strip()
