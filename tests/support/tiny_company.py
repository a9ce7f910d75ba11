"""A very small company for tests that need a helpdesk, not a story."""

from __future__ import annotations

import random
from collections.abc import Iterator

from agentconsole.demo.records import (
    ArticleRecord,
    AttachmentRecord,
    CategoryRecord,
    CompanyRecord,
    FieldOptionRecord,
    FieldRecord,
    FormRecord,
    GroupRecord,
    MacroRecord,
    MembershipRecord,
    MessageRecord,
    OrganizationRecord,
    SectionRecord,
    SlaRecord,
    TicketRecord,
    UserRecord,
    ViewRecord,
)

AGENT = 101
COLLEAGUE = 102
OTHER_COLLEAGUE = 103
ADMIN = 109
CARDS = 11
ORDERS = 12
ORDER_FIELD = 31
PRODUCT_FIELD = 32
CAUSE_FIELD = 33
FORM, SHORT_FORM = 41, 42
THANKS_MACRO = 51
NOTE_MACRO = 52
ORDERS_MACRO = 53
MINE_VIEW = 61
UNASSIGNED_VIEW = 62
SOLVED_VIEW = 63
ARTICLE = 91
FIRST_CUSTOMER = 201
CUSTOMERS = 10
DAY = 86_400

THANKS_TEXT = "Hello {{ticket.requester.first_name}},\n\nThank you.\n\n{{current_user.name}}"
STATUSES = ("open", "new", "pending", "solved", "open", "hold", "closed", "open", "new", "solved")


def _staff(
    user_id: int, name: str, role: str, time_zone: str, born: int, signature: str | None = None
) -> UserRecord:
    email = f"{name.lower().replace(' ', '.')}@tiny.example"
    return UserRecord(user_id, name, email, role, None, "en-US", time_zone, born, signature=signature)


def tiny_company(now: int) -> CompanyRecord:
    """The company without its tickets."""
    born = now - 400 * DAY
    agents = (
        _staff(AGENT, "Mira Holt", "agent", "Europe/Berlin", born, signature="Mira, Tiny support"),
        _staff(COLLEAGUE, "Jon Berg", "agent", "Europe/Oslo", born),
        _staff(OTHER_COLLEAGUE, "Ada Okoro", "agent", "Africa/Lagos", born),
        _staff(ADMIN, "Rosa Lind", "admin", "Etc/UTC", born),
    )
    customers = tuple(
        UserRecord(
            FIRST_CUSTOMER + place,
            f"Customer {place} Example",
            f"customer{place}@{'acme.example' if place < 4 else 'mail.example'}",
            "end-user",
            21 if place < 4 else None,
            "zh-CN" if place == 3 else "en-US",
            "Etc/UTC",
            born + place,
            notes=f"Note on customer {place}",
        )
        for place in range(CUSTOMERS)
    )
    return CompanyRecord(
        name="Tiny",
        organizations=(
            OrganizationRecord(21, "Acme", ("acme.example",), "Pays on time", born),
            OrganizationRecord(22, "Bolt", ("bolt.example",), "", born),
        ),
        users=(*agents, *customers),
        groups=(GroupRecord(CARDS, "Cards", "Cards and payments"), GroupRecord(ORDERS, "Orders", "Parcels")),
        memberships=(
            MembershipRecord(71, AGENT, CARDS, True),
            MembershipRecord(72, AGENT, ORDERS, False),
            MembershipRecord(73, COLLEAGUE, CARDS, True),
            MembershipRecord(74, OTHER_COLLEAGUE, ORDERS, True),
            MembershipRecord(75, ADMIN, ORDERS, True),
        ),
        fields=(
            FieldRecord(ORDER_FIELD, "text", "Order number", False),
            FieldRecord(
                PRODUCT_FIELD,
                "tagger",
                "Product",
                False,
                (
                    FieldOptionRecord(321, "Card", "product_card"),
                    FieldOptionRecord(322, "Kettle", "product_kettle"),
                ),
            ),
            FieldRecord(
                CAUSE_FIELD,
                "tagger",
                "Cause",
                True,
                (
                    FieldOptionRecord(331, "Delivery", "cause_delivery"),
                    FieldOptionRecord(332, "Fault", "cause_fault"),
                ),
            ),
        ),
        forms=(
            FormRecord(FORM, "Default", (ORDER_FIELD, PRODUCT_FIELD, CAUSE_FIELD), True),
            FormRecord(SHORT_FORM, "Question", (ORDER_FIELD,), False),
        ),
        macros=(
            MacroRecord(
                THANKS_MACRO,
                "General::Thanks and solve",
                "Thank and solve",
                (
                    ("comment_value", THANKS_TEXT),
                    ("status", "solved"),
                    ("current_tags", "thanked polite"),
                    (f"custom_fields_{CAUSE_FIELD}", "cause_fault"),
                ),
            ),
            MacroRecord(
                NOTE_MACRO,
                "General::Internal note",
                "Note for colleagues",
                (("comment_value", "Checked ticket {{ticket.id}}"), ("comment_mode_is_public", "false")),
            ),
            MacroRecord(ORDERS_MACRO, "Orders::Take", "Take it", (("assignee_id", "current_user"),), ORDERS),
        ),
        views=(
            ViewRecord(
                MINE_VIEW,
                "Your unsolved tickets",
                (("assignee_id", "is", "current_user"), ("status", "less_than", "solved")),
                "updated_at",
                "desc",
            ),
            ViewRecord(
                UNASSIGNED_VIEW,
                "Unassigned tickets",
                (("assignee_id", "is", ""), ("status", "less_than", "solved")),
                "created_at",
                "asc",
            ),
            ViewRecord(SOLVED_VIEW, "Solved", (("status", "is", "solved"),), "updated_at", "desc"),
        ),
        categories=(CategoryRecord(81, "Help", "en-us"), CategoryRecord(81, "帮助", "zh-cn")),
        sections=(SectionRecord(85, 81, "Orders", "en-us"), SectionRecord(85, 81, "订单", "zh-cn")),
        articles=(
            ArticleRecord(
                ARTICLE, 85, "en-us", "en-us", "How to return a kettle",
                "<h2>Returns</h2><p>Send the kettle back within <b>30 days</b>.</p>", ("returns", "kettle"),
                born, born + DAY, "return-kettle", "company",
            ),
            ArticleRecord(
                ARTICLE, 85, "zh-cn", "en-us", "如何退回水壶",
                "<p>请在 <b>30 天</b> 内退回水壶。</p>", ("returns",), born, born + 2 * DAY,
                "return-kettle", "company",
            ),
            ArticleRecord(
                92, 85, "en-us", "en-us", "Block a lost card", "<p>Open Cards, choose Block.</p>", ("cards",),
                born, born + 3 * DAY, "block-card", "company",
            ),
            ArticleRecord(
                93, 85, "zh-cn", "zh-cn", "更改送货地址",
                "<p>发货前可以更改地址。</p>", (), born, born + 4 * DAY, "change-address", "company",
            ),
        ),
        agent_id=AGENT,
        admin_id=ADMIN,
    )  # fmt: skip


def tiny_tickets(count: int, seed: int, now: int) -> Iterator[TicketRecord]:
    """`count` tickets with ids from 1; number 1 is the agent's own, open, with an attachment."""
    rng = random.Random(seed)
    for number in range(1, count + 1):
        status = STATUSES[(number - 1) % len(STATUSES)]
        customer = FIRST_CUSTOMER + (number - 1) % CUSTOMERS
        assignee = None if status == "new" else (AGENT if number % 3 == 1 else COLLEAGUE)
        created = now - DAY - (count - number + 1) * 600 - rng.randrange(60)
        messages = [
            MessageRecord(
                customer,
                True,
                f"Where is my order N-{10_000 + number}?\n\nRegards,\nCustomer",
                created,
                channel="email" if number % 2 else "web",
                attachments=(AttachmentRecord("invoice 1.txt", "text/plain", b"total: 3"),)
                if number == 1
                else (),
            )
        ]
        if status != "new":
            messages.append(
                MessageRecord(assignee or AGENT, False, f"Parcel {number} is in transit", created + 60)
            )
            messages.append(MessageRecord(assignee or AGENT, True, "It is on its way.", created + 120))
        if status == "open":
            messages.append(
                MessageRecord(customer, True, "It has still not come.", created + 300, channel="email")
            )
        slas: tuple[SlaRecord, ...] = ()
        if status in ("new", "open"):
            metric = "first_reply_time" if status == "new" else "next_reply_time"
            slas = (SlaRecord(metric, "active", messages[-1].created_at + 2 * DAY),)
        yield TicketRecord(
            id=number,
            subject=f"Where is order N-{10_000 + number}",
            requester_id=customer,
            assignee_id=assignee,
            group_id=CARDS,
            organization_id=21 if customer < FIRST_CUSTOMER + 4 else None,
            status=status,
            priority=("normal", "high", "urgent", "low")[number % 4],
            type="question",
            channel="email" if number % 2 else "web",
            tags=("order", f"batch_{number % 5}"),
            created_at=created,
            updated_at=messages[-1].created_at,
            messages=tuple(messages),
            custom_fields=((ORDER_FIELD, f"N-{10_000 + number}"),),
            slas=slas,
        )
