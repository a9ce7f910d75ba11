"""The customers: names from many cultures, organisations, orders and the notes that list them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Any

from agentconsole.demo.content.chance import Weighted, generator
from agentconsole.demo.content.clock_face import DAY, HOUR, full_date, offset
from agentconsole.demo.content.files import read_yaml
from agentconsole.demo.records import OrderRecord, OrganizationRecord, ProfileRecord, UserRecord

FIRST_CUSTOMER = 20_001
FIRST_ORGANIZATION = 9001
_MAIL_HOSTS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
# Who lives elsewhere can shop, but has no card (article `who-can-join`).
_SHOP_ONLY = {"Japan", "United States", "Mainland China"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the shop sells."""

    name: str
    product: str
    cents: int
    serial_prefix: str | None
    weight: float


ITEMS = (
    Item("Lark band, slate", "lark", 7900, "LK", 14),
    Item("Lark band, moss", "lark", 7900, "LK", 9),
    Item("Lark Mini", "lark", 5900, "LK", 8),
    Item("Heron hub", "heron", 14900, "HN", 11),
    Item("Wren sensors, set of two", "wren", 3400, "WR", 8),
    Item("Tern reader", "tern", 4900, "TN", 7),
    Item("Lark strap, woven blue", "other", 1490, None, 5),
    Item("Heron wall mount", "other", 1990, None, 3),
    Item("Lark charging cable", "other", 1190, None, 4),
    Item("Harbour rucksack", "other", 6400, None, 6),
    Item("Quay desk lamp", "other", 4200, None, 6),
    Item("Gull enamel mug", "other", 1250, None, 6),
    Item("Pier travel wallet", "other", 2900, None, 6),
)
_BY_NAME = {item.name: item for item in ITEMS}


@dataclass(slots=True)
class _Order:
    """An order that has no number yet: numbers follow the time over all customers."""

    user_id: int
    item: Item
    at: int
    key: str = ""
    state: str = ""
    number: str = ""
    serial: str | None = None


@dataclass(slots=True)
class _Person:
    id: int
    name: str
    given: str
    email: str
    locale: str
    zone: str
    country: str
    phone: str | None
    organization_id: int | None
    created_at: int
    card: str | None
    remark: str
    tags: tuple[str, ...]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """The customers' side of the company."""

    organizations: tuple[OrganizationRecord, ...]
    users: tuple[UserRecord, ...]
    profiles: tuple[ProfileRecord, ...]


def price(cents: int) -> str:
    """Return an amount of euro cents as people write it: `€79.00`."""
    return f"€{cents // 100}.{cents % 100:02d}"


def customers(seed: int, now: int, count: int) -> People:
    """Return `count` customers (at least those of the hand-written tickets) as of `now` (seconds)."""
    rng = generator(seed, "people")
    organizations = tuple(
        OrganizationRecord(number, row["name"], (row["domain"],), row["notes"], now - 700 * DAY)
        for number, row in enumerate(read_yaml("company/organizations.yaml"), FIRST_ORGANIZATION)
    )
    persons: list[_Person] = []
    orders: list[_Order] = []
    for row in read_yaml("company/story/people.yaml"):
        person = _told(FIRST_CUSTOMER + len(persons), row, now, organizations)
        persons.append(person)
        orders += [
            _Order(
                person.id,
                _BY_NAME[order["item"]],
                now - offset(order["at"]),
                order["key"],
                order.get("state", ""),
            )
            for order in row.get("orders", ())
        ]
    cultures = Weighted([(row, float(row["weight"])) for row in read_yaml("company/names.yaml")])
    goods = Weighted([(item, item.weight) for item in ITEMS])
    used: dict[str, int] = {person.email: 1 for person in persons}
    while len(persons) < count:
        number = FIRST_CUSTOMER + len(persons)
        person = _made_up(number, cultures.pick(rng), now, organizations, used, rng)
        persons.append(person)
        orders += _shopping(person, goods, now, rng)
    _number(orders, rng)
    return _records(organizations, persons, orders, now)


def _told(
    number: int, row: dict[str, Any], now: int, organizations: tuple[OrganizationRecord, ...]
) -> _Person:
    names = {organization.name: organization.id for organization in organizations}
    return _Person(
        id=number,
        name=row["name"],
        given=row["given"],
        email=row["email"],
        locale=row.get("locale", "en-US"),
        zone=row["zone"],
        country=row["country"],
        phone=row.get("phone"),
        organization_id=names[row["organization"]] if "organization" in row else None,
        created_at=now - offset(row["since"]),
        card=row.get("card"),
        remark=row.get("notes", "").strip(),
        tags=tuple(row.get("tags", ())),
        key=row["key"],
    )


def _made_up(
    number: int,
    culture: dict[str, Any],
    now: int,
    organizations: tuple[OrganizationRecord, ...],
    used: dict[str, int],
    rng: Random,
) -> _Person:
    given, given_plain = _spellings(rng.choice(culture["given"]))
    family, family_plain = _spellings(rng.choice(culture["family"]))
    chinese = culture["locale"] == "zh-CN"
    country = "Hong Kong" if chinese and rng.random() < 0.5 else culture["country"]
    organization: OrganizationRecord | None = None
    if not chinese and rng.random() < 0.16:
        organization = rng.choice(organizations)
    host = organization.domain_names[0] if organization else rng.choice(_MAIL_HOSTS)
    local = f"{given_plain}.{family_plain}"
    seen = used.get(f"{local}@{host}", 0) + 1
    used[f"{local}@{host}"] = seen
    phone = culture["phone"].format(n=rng.randrange(10, 100)) if culture["phone"] else None
    created = now - int(rng.uniform(20, 880) * DAY)
    return _Person(
        id=number,
        name=f"{family}{given}" if culture.get("family_first") else f"{given} {family}",
        given=f"{family}{given}" if culture.get("family_first") else given,
        email=f"{local}{seen if seen > 1 else ''}@{host}",
        locale=culture["locale"],
        zone="Asia/Hong_Kong" if country == "Hong Kong" else culture["zone"],
        country=country,
        phone=phone if rng.random() < 0.6 else None,
        organization_id=organization.id if organization else None,
        created_at=created,
        card=None if country in _SHOP_ONLY else f"{rng.randrange(1000, 9999)}",
        remark=rng.choice(_REMARKS) if rng.random() < 0.22 else "",
        tags=("plus",) if rng.random() < 0.12 else (),
    )


_REMARKS = (
    "Prefers e-mail to calls.",
    "Please write short answers, reads on the phone.",
    "Had a long delivery case last year; was very patient.",
    "Asks for the invoice of each order.",
    "Vision impaired: uses a screen reader, no screenshots please.",
    "Moved house in spring, address checked.",
    "Works nights, call after 15:00 only.",
    "Has recommended us to colleagues.",
)


# Letters that don't come apart into a plain one and an accent.
_PLAIN_LETTERS = {ord("ø"): "o", ord("ł"): "l", ord("ı"): "i", ord("ß"): "ss", ord("æ"): "ae"}


def _spellings(name: str) -> tuple[str, str]:
    """Return the name as written and as an address has it; `芳:fang` names both."""
    shown, _, plain = name.partition(":")
    if plain:
        return shown, plain
    folded = shown.lower().translate(_PLAIN_LETTERS)
    letters = unicodedata.normalize("NFKD", folded)
    return shown, "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def _shopping(person: _Person, goods: Weighted[Item], now: int, rng: Random) -> list[_Order]:
    count = rng.choices((0, 1, 2, 3, 4, 5), (10, 20, 25, 22, 15, 8))[0]
    found: list[_Order] = []
    for _ in range(count):
        # Half of all orders are from the last four months: the shop grows, too.
        reach = (now - person.created_at) / DAY
        back = rng.uniform(0.5, min(reach, 120)) if rng.random() < 0.5 else rng.uniform(0.5, reach)
        found.append(_Order(person.id, goods.pick(rng), now - int(back * DAY)))
    return found


def _number(orders: list[_Order], rng: Random) -> None:
    """Give each order its number, ascending by time, and each device its serial number."""
    orders.sort(key=lambda order: (order.at, order.user_id, order.item.name))
    number = 10_000
    for order in orders:
        number += rng.randrange(1, 8)
        order.number = f"N-{number}"
        if order.item.serial_prefix:
            order.serial = f"{order.item.serial_prefix}-{2100 + number % 700}-{rng.randrange(1000, 9999)}"


def _state(order: _Order, now: int) -> str:
    if order.state:
        return order.state
    age = now - order.at
    if age < 20 * HOUR:
        return "being packed"
    return "on its way" if age < 8 * DAY else "delivered"


def _records(
    organizations: tuple[OrganizationRecord, ...],
    persons: list[_Person],
    orders: list[_Order],
    now: int,
) -> People:
    own: dict[int, list[OrderRecord]] = {person.id: [] for person in persons}
    for order in orders:
        record = OrderRecord(
            number=order.number,
            user_id=order.user_id,
            item=order.item.name,
            product=order.item.product,
            price=price(order.item.cents),
            ordered_at=order.at,
            status=_state(order, now),
            serial=order.serial,
            key=order.key or None,
        )
        own[order.user_id].append(record)
    users: list[UserRecord] = []
    profiles: list[ProfileRecord] = []
    for person in persons:
        bought = tuple(own[person.id])
        language = "zh" if person.locale == "zh-CN" else "en"
        users.append(
            UserRecord(
                id=person.id,
                name=person.name,
                email=person.email,
                role="end-user",
                organization_id=person.organization_id,
                locale=person.locale,
                iana_time_zone=person.zone,
                created_at=person.created_at,
                phone=person.phone,
                notes=_notes(person, bought),
                tags=person.tags,
            )
        )
        profiles.append(ProfileRecord(person.id, person.given, language, person.card, bought, person.key))
    return People(organizations, tuple(users), tuple(profiles))


def _notes(person: _Person, orders: tuple[OrderRecord, ...]) -> str:
    lines = [f"{person.country}. Customer since {full_date(person.created_at)}."]
    lines.append(f"Card ending {person.card}." if person.card else "No card, shop only.")
    if person.remark:
        lines.append(person.remark)
    for order in orders:
        serial = f", serial {order.serial}" if order.serial else ""
        when = full_date(order.ordered_at)
        lines.append(f"{order.number}: {order.item}, {order.price}, ordered {when}, {order.status}{serial}")
    return "\n".join(lines)
