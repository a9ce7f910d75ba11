"""Tickets by the thousand: question, answer from the article that is true for it, and what came after."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from agentconsole.demo.content import clock_face
from agentconsole.demo.content.chance import Weighted
from agentconsole.demo.content.clock_face import DAY, HOUR
from agentconsole.demo.content.structure import COMPANY, GROUPS, ORDER_FIELD, PRODUCT_FIELD
from agentconsole.demo.content.topics import Topic, Variant, phrases, topics
from agentconsole.demo.records import CompanyRecord, OrderRecord, ProfileRecord, UserRecord

_GROUP_NAMES = {group.id: group.name for group in GROUPS}
_GROUP_KEYS = {group.id: group.name.lower() for group in GROUPS}
_GREETINGS = ("hi ", "hi,", "hi!", "hi.", "hello", "hey", "dear ", "good ")
_SOURCES: tuple[tuple[str, float], ...] = (("bank", 46), ("own", 47), ("zh", 7))


@dataclass(slots=True)
class Case:
    """Who asks about what; the texts of one ticket are written from it."""

    topic: Topic
    variant: Variant
    user: UserRecord
    profile: ProfileRecord
    order: OrderRecord | None
    slots: dict[str, str]
    channel: str

    def tags(self) -> tuple[str, ...]:
        """Return the tags of a ticket that is not solved yet."""
        tags = [self.topic.name, self.topic.product]
        if self.topic.language == "zh":
            tags.append("zh")
        return (*tags, *(tag for tag in self.user.tags if tag not in tags))

    def fields(self) -> tuple[tuple[int, str], ...]:
        """Return the custom fields of a ticket that is not solved yet."""
        product = (PRODUCT_FIELD, self.topic.product)
        return (product, (ORDER_FIELD, self.order.number)) if self.order else (product,)


class Writer:
    """Chooses cases and writes their messages; all chance comes from the generator handed in."""

    def __init__(self, company: CompanyRecord) -> None:
        self._users = {user.id: user for user in company.users}
        self._profiles = {profile.user_id: profile for profile in company.profiles}
        self._agent_names = {u.id: u.name.split()[0] for u in company.users if u.role != "end-user"}
        self._said = phrases()
        self._sources = Weighted(_SOURCES)
        every = topics()
        self._topics = {
            "bank": Weighted([(topic, topic.weight) for topic in every if topic.verbatim]),
            "own": Weighted([(t, t.weight) for t in every if not t.verbatim and t.language == "en"]),
            "zh": Weighted([(topic, topic.weight) for topic in every if topic.language == "zh"]),
        }
        self._plain = {
            "en": self._topics["bank"],
            "zh": Weighted([(t, t.weight) for t in every if t.language == "zh" and t.needs == "none"]),
        }
        self._needs_card = {topic.name: topic.needs_card for topic in every}
        self._channels = Weighted((("email", 56.0), ("web", 34.0), ("chat", 10.0)))
        self._pools: dict[tuple[str, bool], list[ProfileRecord]] = {}
        self._joined: dict[tuple[str, bool], list[int]] = {}
        for language in ("en", "zh"):
            for with_card in (False, True):
                # The people of the hand-written tickets keep to their own stories.
                pool = [
                    profile
                    for profile in company.profiles
                    if profile.key is None
                    and profile.language == language
                    and (profile.card_ending or not with_card)
                ]
                pool.sort(key=lambda profile: self._users[profile.user_id].created_at)
                self._pools[language, with_card] = pool
                self._joined[language, with_card] = [self._users[p.user_id].created_at for p in pool]
        self._orders: dict[tuple[str, str], list[OrderRecord]] = defaultdict(list)
        for profile in company.profiles:
            if profile.key is None:
                for order in profile.orders:
                    kinds = ("any", order.product, "device" if order.serial else "")
                    for kind in kinds:
                        self._orders[profile.language, kind].append(order)
        for orders in self._orders.values():
            orders.sort(key=lambda order: order.ordered_at)
        self._order_times = {key: [o.ordered_at for o in orders] for key, orders in self._orders.items()}

    def case(self, rng: Random, at: int, *, unsolved: bool) -> Case:
        """Return a question that somebody could have had at the time `at` (seconds)."""
        topic = self._topics[self._sources.pick(rng)].pick(rng)
        if topic.needs != "none":
            order = self._order(topic, at, rng, unsolved=unsolved)
            if order is not None:
                return self._about(topic, self._profiles[order.user_id], order, at, rng)
            topic = self._plain[topic.language].pick(rng)
        needs_card = self._needs_card[topic.name]
        pool = self._pools[topic.language, needs_card]
        known = bisect_right(self._joined[topic.language, needs_card], at - DAY)
        if known == 0:
            # Nobody of that language was a customer yet.
            topic = self._plain["en"].pick(rng)
            pool = self._pools["en", True]
            known = max(1, bisect_right(self._joined["en", True], at - DAY))
        return self._about(topic, pool[int(rng.random() * known)], None, at, rng)

    def _order(self, topic: Topic, at: int, rng: Random, *, unsolved: bool) -> OrderRecord | None:
        orders = self._orders[topic.language, topic.needs]
        times = self._order_times.get((topic.language, topic.needs), [])
        least, most = topic.window
        if unsolved and topic.article.slug == "track-order":
            # The customer's record says that it is on its way still.
            most = min(most, 7)
        first = bisect_left(times, at - int(most * DAY))
        last = bisect_right(times, at - int(least * DAY) - HOUR)
        return orders[first + int(rng.random() * (last - first))] if last > first else None

    def _about(
        self, topic: Topic, profile: ProfileRecord, order: OrderRecord | None, at: int, rng: Random
    ) -> Case:
        chinese = topic.language == "zh"
        day = at - int(rng.random() * 4 * DAY)
        as_date = clock_face.chinese_date if chinese else clock_face.day_and_month
        slots = {
            "first": profile.given,
            "ending": profile.card_ending or "",
            "day": as_date(day),
            "amount": f"€{3 + int(rng.random() ** 3 * 400)}.{int(rng.random() * 20) * 5:02d}",
            "title": topic.article.title("zh-cn" if chinese else "en-us"),
            "address": topic.article.address("zh-cn" if chinese else "en-us"),
        }
        if order is not None:
            slots["order"] = order.number
            slots["item"] = order.item
            slots["price"] = order.price
            slots["serial"] = order.serial or ""
            slots["ordered"] = as_date(order.ordered_at)
        user = self._users[profile.user_id]
        variant = rng.choice(topic.variants)
        return Case(topic, variant, user, profile, order, slots, self._channels.pick(rng))

    def question(self, case: Case, rng: Random) -> tuple[str, str]:
        """Return subject and body of the first message."""
        topic = case.topic
        said = case.variant.question
        if not topic.verbatim:
            said = said.format_map(case.slots)
        subject = rng.choice(case.variant.subjects)
        if topic.verbatim:
            if len(said) <= 64 and rng.random() < 0.5:
                subject = said.rstrip(". ")
        else:
            subject = subject.format_map(case.slots)
        if topic.language == "zh":
            return subject, said if said.startswith("您好") else f"您好！{said}"
        if case.channel == "chat":
            return subject, said
        hello = rng.choice(self._said["hello"])
        if said.lower().startswith(_GREETINGS):
            hello = ""
        body = f"{hello}\n\n{said}" if hello else said
        if case.channel == "email" or rng.random() < 0.4:
            body += f"\n\n{self._signed(case, rng)}"
        return subject, body

    def _signed(self, case: Case, rng: Random) -> str:
        sign_off: str = rng.choice(self._said["sign_off"])
        if case.user.organization_id is None or rng.random() < 0.3:
            return f"{sign_off}\n{case.profile.given}"
        lines = [sign_off, case.user.name]
        if case.user.phone:
            lines += ["-- ", case.user.name, case.user.phone]
        return "\n".join(lines)

    def agent_says(self, case: Case, agent_id: int, text: str, rng: Random, *, pointer: bool) -> str:
        """Return an agent's public message around `text`, which is filled in."""
        said = self._said
        prefix = "zh_" if case.topic.language == "zh" else "agent_"
        slots = case.slots
        hello = rng.choice(said[prefix + "hello"]).format_map(slots)
        sorry = prefix == "agent_" and case.topic.kind != "info"
        opening = rng.choice(said["agent_sorry" if sorry else prefix + "open"])
        filled = text.format_map(slots)
        if opening and case.topic.language == "en":
            opening += " "
        parts = [hello, opening + filled if opening else filled]
        if pointer:
            where = rng.choice(said["zh_pointer" if prefix == "zh_" else "pointer"])
            if where:
                parts.append(where.format_map(slots))
            close = rng.choice(said["zh_close"] if prefix == "zh_" else said["agent_close"][case.topic.kind])
            if close:
                parts.append(close)
        name = self._agent_names[agent_id]
        if prefix == "zh_":
            parts.append(f"祝好\n{name}\n{COMPANY} 客服")
        else:
            parts.append(f"Kind regards\n{name}\n{COMPANY} {_GROUP_NAMES[case.topic.article.group_id]}")
        return "\n\n".join(parts)

    def answer(self, case: Case, agent_id: int, rng: Random) -> str:
        """Return the agent's answer, from the true article."""
        return self.agent_says(case, agent_id, rng.choice(case.variant.answers), rng, pointer=True)

    def ask(self, case: Case, agent_id: int, rng: Random) -> str:
        """Return the agent's question for what is missing."""
        return self.agent_says(case, agent_id, rng.choice(case.topic.ask), rng, pointer=False)

    def second(self, case: Case, agent_id: int, rng: Random) -> str:
        """Return what the agent writes when the first answer wasn't enough."""
        info = case.topic.kind == "info" and case.topic.language == "en"
        texts = self._said["second_info"] if info else self._by_group(case, "second")
        return self.agent_says(case, agent_id, rng.choice(texts), rng, pointer=False)

    def waiting(self, case: Case, agent_id: int, rng: Random) -> str:
        """Return the agent's word that somebody else has to answer first."""
        return self.agent_says(
            case, agent_id, rng.choice(self._by_group(case, "waiting")), rng, pointer=False
        )

    def _by_group(self, case: Case, name: str) -> list[str]:
        if case.topic.language == "zh":
            chinese: list[str] = self._said["zh_" + name]
            return chinese
        found: list[str] = self._said[name][_GROUP_KEYS[case.topic.article.group_id]]
        return found

    def note(self, case: Case, rng: Random) -> str:
        """Return an agent's internal note."""
        if case.topic.procedure and rng.random() < 0.5:
            order = f"\n{case.order.number}: {case.order.item}, {case.order.price}" if case.order else ""
            return case.topic.procedure + order
        if case.topic.kind == "info":
            plain: str = rng.choice(self._said["notes_info"])
            return plain
        notes = self._said["notes"][_GROUP_KEYS[case.topic.article.group_id]]
        text: str = rng.choice(notes)
        if "{ending}" in text and not case.profile.card_ending:
            text = notes[-1]
        return text.format_map(case.slots)

    def customer_says(
        self, case: Case, kind: str, agent_id: int, before: tuple[int, str] | None, rng: Random
    ) -> str:
        """Return the customer's next message: `thanks`, `again` or `detail`.

        `before` is the agent's message (time, text) that a mail program may quote.
        """
        chinese = case.topic.language == "zh"
        if kind == "detail":
            text: str = rng.choice(case.topic.detail)
        else:
            text = rng.choice(self._said["zh_" + kind] if chinese else self._said[kind][case.topic.kind])
        case.slots["me"] = self._agent_names[agent_id]
        text = text.format_map(case.slots)
        if case.channel != "email":
            return text
        if not chinese and rng.random() < 0.5:
            text += f"\n\n{case.profile.given}"
        if before is not None and rng.random() < 0.3:
            at, quoted = before
            lines = "\n".join(f"> {line}" if line else ">" for line in quoted.split("\n"))
            text += f"\n\nOn {clock_face.mail_date(at)}, {COMPANY} Support wrote:\n{lines}"
        return text
