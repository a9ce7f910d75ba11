"""What the embedded helpdesk is filled with, as plain records.

`content/` makes these; `seeding.py` writes them into the server's own database. All times are
whole seconds since 1970 UTC, as the dialect has no finer ones; ids are the server's.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """A customer's organisation."""

    id: int
    name: str
    domain_names: tuple[str, ...]
    notes: str
    created_at: int


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person: an end user, an agent or an admin."""

    id: int
    name: str
    email: str
    role: str
    """`end-user`, `agent` or `admin`."""
    organization_id: int | None
    locale: str
    """`en-US`, `zh-CN`, ..."""
    iana_time_zone: str
    created_at: int
    phone: str | None = None
    notes: str = ""
    signature: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group of agents."""

    id: int
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """An agent's place in a group."""

    id: int
    user_id: int
    group_id: int
    default: bool


@dataclass(frozen=True, slots=True)
class FieldOptionRecord:
    """One choice of a drop-down field."""

    id: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """A custom ticket field."""

    id: int
    type: str
    """The dialect's type: `text`, `tagger`, `checkbox`, `date`, `integer`, ..."""
    title: str
    required: bool
    """Must be filled before a ticket is solved."""
    options: tuple[FieldOptionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class FormRecord:
    """A ticket form: which fields its tickets have."""

    id: int
    name: str
    field_ids: tuple[int, ...]
    default: bool
    conditions: tuple[ConditionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """A field that a form shows to agents only while another one has a value."""

    parent_id: int
    value: str | bool
    child_id: int
    required_on: tuple[str, ...] | None = ()
    """The statuses on which it must be filled; None for all."""


@dataclass(frozen=True, slots=True)
class MacroRecord:
    """A canned response of the helpdesk's own."""

    id: int
    title: str
    """`Category::Name`."""
    description: str
    actions: tuple[tuple[str, str | list[str]], ...]
    """(field, value) pairs as the dialect has them: `comment_value`, `status`, `current_tags`, ..."""
    group_id: int | None = None
    """The one group that may use it; None for all."""


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """A saved view."""

    id: int
    title: str
    conditions_all: tuple[tuple[str, str, str], ...]
    """(field, operator, value) that must all hold."""
    sort_by: str
    sort_order: str


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """A category of the Help Center."""

    id: int
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """A section of a Help Center category."""

    id: int
    category_id: int
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """One article in one language; translations share the id."""

    id: int
    section_id: int
    locale: str
    """`en-us`, `zh-cn`, `es`: the Help Center's spelling is lower case."""
    source_locale: str
    title: str
    body_html: str
    labels: tuple[str, ...]
    created_at: int
    updated_at: int
    slug: str
    """A stable name that hand-written tickets refer to."""
    source: str
    """Which set it is from: `company`, `logingov` or `gnome`."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order of the fictional web shop, as the customer's record has it."""

    number: str
    """`N-10482`."""
    user_id: int
    item: str
    product: str
    """The kind of device (`lark`, `heron`, `wren`, `tern`) or `other`."""
    price: str
    """As people write it: `€79.00`."""
    ordered_at: int
    status: str
    serial: str | None = None
    """The device's serial number; None for what has none."""
    key: str | None = None
    """The handle by which hand-written tickets name this order."""


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """What the company knows of a customer beyond the helpdesk's user; texts agree with it."""

    user_id: int
    given: str
    """The name to greet with."""
    language: str
    """`en` or `zh`: what the customer writes in."""
    card_ending: str | None
    orders: tuple[OrderRecord, ...]
    key: str | None = None
    """The handle by which hand-written tickets name this customer."""


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A file that came with a message."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One comment of a ticket's thread."""

    author_id: int
    public: bool
    body: str
    created_at: int
    html_body: str | None = None
    """None: the server makes it from `body`, as the original does."""
    channel: str = "web"
    attachments: tuple[AttachmentRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class SlaRecord:
    """One clock of a ticket's service level agreement."""

    metric: str
    """`first_reply_time`, `next_reply_time`, `requester_wait_time`, ..."""
    stage: str
    """`active`, `paused` or `achieved`."""
    breach_at: int | None


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """A ticket with its whole thread, oldest message first."""

    id: int
    subject: str
    requester_id: int
    assignee_id: int | None
    group_id: int | None
    organization_id: int | None
    status: str
    priority: str | None
    type: str | None
    channel: str
    tags: tuple[str, ...]
    created_at: int
    updated_at: int
    messages: tuple[MessageRecord, ...]
    custom_fields: tuple[tuple[int, str | bool | int | None], ...] = ()
    slas: tuple[SlaRecord, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    satisfaction: str | None = None
    """`good`, `bad`, `offered` or None."""
    true_article: str | None = None
    """The slug of the article that answers it; hand-written tickets only."""
    role: str | None = None
    """Its part in the demo's story: `due_soon`, `breached`, `reopened`, `duplicate`, ..."""
    form_id: int | None = None
    """The ticket form; None for the default one."""
    key: str | None = None
    """The stable name of a hand-written ticket; None for bulk."""


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """Everything but the tickets."""

    name: str
    organizations: tuple[OrganizationRecord, ...]
    users: tuple[UserRecord, ...]
    groups: tuple[GroupRecord, ...]
    memberships: tuple[MembershipRecord, ...]
    fields: tuple[FieldRecord, ...]
    forms: tuple[FormRecord, ...]
    macros: tuple[MacroRecord, ...]
    views: tuple[ViewRecord, ...]
    categories: tuple[CategoryRecord, ...]
    sections: tuple[SectionRecord, ...]
    articles: tuple[ArticleRecord, ...]
    agent_id: int = field(default=0)
    """The agent whom the demo signs in as ("me")."""
    admin_id: int = field(default=0)
    """The admin whose token may use the exports."""
    profiles: tuple[ProfileRecord, ...] = ()
    """One a customer, in the order of their ids."""
