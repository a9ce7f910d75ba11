"""The company's own shape: groups, agents, ticket fields, forms and views, all with fixed ids."""

from __future__ import annotations

from agentconsole.demo.records import (
    ConditionRecord,
    FieldOptionRecord,
    FieldRecord,
    FormRecord,
    GroupRecord,
    MembershipRecord,
    UserRecord,
    ViewRecord,
)

COMPANY = "Nettlebay"
MAIL_DOMAIN = "nettlebay.example"
HELP_CENTER = "https://help.nettlebay.example/hc"

CARDS, ORDERS, SIGN_IN, DEVICES = 301, 302, 303, 304
GROUPS = (
    GroupRecord(CARDS, "Cards", "Cards, payments, transfers and currencies."),
    GroupRecord(ORDERS, "Orders", "The web shop: delivery, returns, refunds, Plus."),
    GroupRecord(SIGN_IN, "Sign-in", "Passcodes, two-step codes, identity checks, fraud messages."),
    GroupRecord(DEVICES, "Devices", "Lark, Heron, Wren and Tern."),
)
GROUP_KEYS = {"cards": CARDS, "orders": ORDERS, "sign-in": SIGN_IN, "devices": DEVICES}

ADMIN_ID = 5000
ME_ID = 5001

# (id, key, name, groups with the default one first, time zone)
_AGENTS: tuple[tuple[int, str, str, tuple[int, ...], str], ...] = (
    (ADMIN_ID, "ruth", "Ruth Calloway", (CARDS, ORDERS, SIGN_IN, DEVICES), "Europe/Dublin"),
    (ME_ID, "me", "Maren Holt", (CARDS, ORDERS, SIGN_IN, DEVICES), "Europe/Dublin"),
    (5002, "tomas", "Tomás Ferreira", (CARDS,), "Europe/Lisbon"),
    (5003, "aoife", "Aoife Brennan", (CARDS,), "Europe/Dublin"),
    (5004, "kwame", "Kwame Mensah", (CARDS, SIGN_IN), "Europe/London"),
    (5005, "priya", "Priya Raman", (ORDERS,), "Europe/Dublin"),
    (5006, "jonas", "Jonas Ekström", (ORDERS,), "Europe/Stockholm"),
    (5007, "chiara", "Chiara Moretti", (ORDERS, DEVICES), "Europe/Rome"),
    (5008, "yusuf", "Yusuf Demir", (SIGN_IN,), "Europe/Berlin"),
    (5009, "hannah", "Hannah Weiss", (SIGN_IN,), "Europe/Berlin"),
    (5010, "xiaoyu", "Xiaoyu Lin", (CARDS, ORDERS, SIGN_IN, DEVICES), "Asia/Singapore"),
    (5011, "mateusz", "Mateusz Zieliński", (DEVICES,), "Europe/Warsaw"),
    (5012, "sofia", "Sofia Papadaki", (DEVICES,), "Europe/Athens"),
)
AGENT_KEYS = {key: number for number, key, *_ in _AGENTS}
CHINESE_SPEAKER_ID = AGENT_KEYS["xiaoyu"]

ORDER_FIELD, PRODUCT_FIELD, CAUSE_FIELD, REFUND_FIELD, CALLBACK_FIELD = 4001, 4002, 4003, 4004, 4005
FIELD_KEYS = {
    "order": ORDER_FIELD,
    "product": PRODUCT_FIELD,
    "cause": CAUSE_FIELD,
    "refund": REFUND_FIELD,
    "callback": CALLBACK_FIELD,
}
_PRODUCTS = (
    ("Card", "product_card"),
    ("App", "product_app"),
    ("Shop", "product_shop"),
    ("Plus", "product_plus"),
    ("Lark", "product_lark"),
    ("Heron", "product_heron"),
    ("Wren", "product_wren"),
    ("Tern", "product_tern"),
)
_CAUSES = (
    ("How to", "how_to"),
    ("Carrier", "carrier"),
    ("Product fault", "product_fault"),
    ("App bug", "app_bug"),
    ("Fraud", "fraud"),
    ("Policy", "policy"),
    ("Partner bank", "partner_bank"),
    ("Account data", "account_data"),
)
FIELDS = (
    FieldRecord(ORDER_FIELD, "text", "Order number", False),
    FieldRecord(
        PRODUCT_FIELD,
        "tagger",
        "Product",
        False,
        tuple(FieldOptionRecord(4101 + at, name, value) for at, (name, value) in enumerate(_PRODUCTS)),
    ),
    FieldRecord(
        CAUSE_FIELD,
        "tagger",
        "Cause",
        True,
        tuple(FieldOptionRecord(4201 + at, name, value) for at, (name, value) in enumerate(_CAUSES)),
    ),
    FieldRecord(REFUND_FIELD, "decimal", "Refund amount", False),
    FieldRecord(CALLBACK_FIELD, "date", "Callback date", False),
)

DEFAULT_FORM, REFUND_FORM = 4501, 4502
_ON_BOTH_FORMS = (ORDER_FIELD, PRODUCT_FIELD, CAUSE_FIELD)
FORMS = (
    FormRecord(DEFAULT_FORM, "Customer request", (*_ON_BOTH_FORMS, CALLBACK_FIELD), True),
    FormRecord(
        REFUND_FORM,
        "Refund",
        (*_ON_BOTH_FORMS, REFUND_FIELD),
        False,
        tuple(
            ConditionRecord(CAUSE_FIELD, cause, REFUND_FIELD, ("solved",))
            for cause in ("partner_bank", "policy")
        ),
    ),
)

_UNSOLVED = ("status", "less_than", "solved")
_MINE = ("assignee_id", "is", "current_user")
VIEWS = (
    ViewRecord(7001, "Your unsolved tickets", (_UNSOLVED, _MINE), "updated_at", "desc"),
    ViewRecord(7002, "Unassigned tickets", (_UNSOLVED, ("assignee_id", "is", "")), "created_at", "asc"),
    ViewRecord(7003, "All unsolved tickets", (_UNSOLVED,), "updated_at", "desc"),
    ViewRecord(7004, "Due soon", (("status", "less_than", "pending"),), "sla_next_breach_at", "asc"),
    ViewRecord(7005, "Pending", (("status", "is", "pending"),), "updated_at", "asc"),
    ViewRecord(7006, "Recently solved", (("status", "is", "solved"),), "updated_at", "desc"),
    *(
        ViewRecord(7010 + at, group.name, (_UNSOLVED, ("group_id", "is", str(group.id))), "created_at", "asc")
        for at, group in enumerate(GROUPS)
    ),
)


def agents(now: int) -> tuple[UserRecord, ...]:
    """Return the admin and the twelve agents; `now` (seconds) dates their accounts."""
    return tuple(
        UserRecord(
            id=number,
            name=name,
            email=f"{key if key != 'me' else 'maren'}@{MAIL_DOMAIN}",
            role="admin" if number == ADMIN_ID else "agent",
            organization_id=None,
            locale="zh-CN" if number == CHINESE_SPEAKER_ID else "en-US",
            iana_time_zone=zone,
            created_at=now - (900 - (number - ADMIN_ID) * 20) * 86_400,
            signature=f"{name}\n{COMPANY} customer care",
        )
        for number, key, name, _, zone in _AGENTS
    )


def memberships() -> tuple[MembershipRecord, ...]:
    """Return who belongs to which group."""
    rows = [(number, group, group == own[0]) for number, _, _, own, _ in _AGENTS for group in own]
    return tuple(MembershipRecord(4701 + at, *row) for at, row in enumerate(rows))


def agents_of(group_id: int) -> tuple[int, ...]:
    """Return the ids of the agents in a group, the admin left out."""
    return tuple(number for number, _, _, own, _ in _AGENTS if group_id in own and number != ADMIN_ID)
