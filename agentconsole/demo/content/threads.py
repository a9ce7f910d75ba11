"""The course of a bulk ticket: who writes when, and what state it is in now."""

from __future__ import annotations

from random import Random

from agentconsole.demo.content import clock_face
from agentconsole.demo.content.agreements import FIRST_REPLY, NEXT_REPLY, clocks
from agentconsole.demo.content.bulk import Case, Writer
from agentconsole.demo.content.chance import Weighted
from agentconsole.demo.content.clock_face import DAY, HOUR, MINUTE
from agentconsole.demo.content.structure import (
    CAUSE_FIELD,
    CHINESE_SPEAKER_ID,
    GROUPS,
    ME_ID,
    REFUND_FIELD,
    REFUND_FORM,
    agents_of,
)
from agentconsole.demo.records import MessageRecord, TicketRecord

# Q question, A answer, a ask for details, d details, n note, t thanks, x "still not", S second answer,
# w waiting for others.
_SOLVED = Weighted(
    (
        ("QA", 28.0),
        ("QAt", 30.0),
        ("QadA", 10.0),
        ("QadAt", 8.0),
        ("QnA", 5.0),
        ("QnAt", 9.0),
        ("QAxS", 4.0),
        ("QAxnSt", 6.0),
    )
)
_OPEN = Weighted((("Q", 30.0), ("Qn", 14.0), ("Qad", 26.0), ("QAx", 20.0), ("QnAx", 10.0)))
_PENDING = Weighted((("Qa", 40.0), ("QA", 40.0), ("QnA", 10.0), ("QAxS", 10.0)))
_HOLD = Weighted((("Qw", 50.0), ("Qwn", 30.0), ("QadAxw", 20.0)))
# What is left of each course where there is nothing to ask.
_WITHOUT_ASKING = {"Qad": "QAx", "Qa": "QA", "QadA": "QA", "QadAt": "QAt", "QadAxw": "QAxw"}
_CALM = Weighted((("normal", 72.0), ("low", 23.0), ("high", 5.0)))
_PRIORITIES = Weighted((("normal", 70.0), ("low", 14.0), ("high", 13.0), ("urgent", 3.0)))
_RATINGS: Weighted[str | None] = Weighted(((None, 52.0), ("offered", 22.0), ("good", 22.0), ("bad", 4.0)))
_BY_AGENT = "AanSw"


def state_by_age(age: int, rng: Random) -> str:
    """Return the status of an unsolved ticket that is `age` seconds old."""
    chance = rng.random()
    if age < 4 * HOUR:
        return "new" if chance < 0.7 else "open"
    if age < 20 * HOUR:
        return "new" if chance < 0.3 else "open" if chance < 0.8 else "pending"
    return "open" if chance < 0.42 else "pending" if chance < 0.9 else "hold"


class Threads:
    """Makes bulk tickets; all chance comes from the generator handed in."""

    def __init__(self, writer: Writer, now: int, rng: Random) -> None:
        self._writer = writer
        self._now = now
        self._rng = rng
        # Who speaks Chinese has enough to do with that; others share the rest.
        self._agents = {g.id: tuple(a for a in agents_of(g.id) if a != CHINESE_SPEAKER_ID) for g in GROUPS}
        # The unsolved tickets of the demo's own agent are told by hand, all of them.
        self._others = {key: tuple(a for a in ids if a != ME_ID) for key, ids in self._agents.items()}
        self._colleagues: dict[int, list[int]] = {}

    def colleagues(self, by_organization: dict[int, list[int]]) -> None:
        """Take the customers' ids by organisation: they are put in copy now and then."""
        self._colleagues = by_organization

    def ticket(self, ticket_id: int, created_at: int, *, unsolved: bool) -> TicketRecord:
        """Return one ticket with its thread."""
        rng = self._rng
        age = self._now - created_at
        status = state_by_age(age, rng) if unsolved else "solved"
        case = self._writer.case(rng, created_at, unsolved=unsolved)
        if status == "hold" and case.topic.kind == "info":
            # Nobody else has to answer such a question first.
            status = "pending"
        group_id = case.topic.article.group_id
        agent_id = self._agent(case, group_id, unsolved=unsolved)
        priority = case.topic.priority or (_CALM if case.topic.kind == "info" else _PRIORITIES).pick(rng)
        subject, question = self._writer.question(case, rng)
        if status == "new":
            shape = "Q"
        elif status == "open":
            shape = _OPEN.pick(rng)
            if shape in {"Q", "Qn"} and age > DAY and rng.random() < 0.85:
                shape = "QAx"
        elif status == "pending":
            shape = _PENDING.pick(rng)
        elif status == "hold":
            shape = _HOLD.pick(rng)
        else:
            shape = _SOLVED.pick(rng)
        if not case.topic.ask:
            shape = _WITHOUT_ASKING.get(shape, shape)
        if status == "open":
            priority, times = self._waiting(shape, created_at, priority)
        elif status == "new":
            priority, times = self._never_answered(created_at, priority), [created_at]
        else:
            times = self._course(shape, created_at, priority)
        messages = self._messages(case, shape, times, question, agent_id)
        updated_at = times[-1]
        if status == "solved":
            updated_at = min(self._now - 1, updated_at + int(rng.random() * 30 * MINUTE))
            if self._now - updated_at > 28 * DAY:
                status = "closed"
        finished = status in {"solved", "closed"}
        assignee = None if status == "new" and rng.random() < 0.85 else agent_id
        return TicketRecord(
            id=ticket_id,
            subject=subject,
            requester_id=case.user.id,
            assignee_id=assignee,
            group_id=group_id,
            organization_id=case.user.organization_id,
            status=status,
            priority=priority,
            type="question" if case.topic.kind == "info" else "incident",
            channel=case.channel,
            tags=(*case.tags(), case.topic.cause) if finished else case.tags(),
            created_at=created_at,
            updated_at=updated_at,
            messages=messages,
            custom_fields=self._fields(case, finished=finished),
            slas=clocks(status, priority, messages, case.user.id),
            email_cc_ids=self._copies(case),
            satisfaction=_RATINGS.pick(rng) if finished else None,
            form_id=REFUND_FORM if case.topic.refund else None,
        )

    def _agent(self, case: Case, group_id: int, *, unsolved: bool) -> int:
        if case.topic.language == "zh":
            return CHINESE_SPEAKER_ID
        return self._rng.choice((self._others if unsolved else self._agents)[group_id])

    def _never_answered(self, created_at: int, priority: str) -> str:
        """Return a priority whose first answer is not overdue, but now and then one that is."""
        age = self._now - created_at
        if age < FIRST_REPLY[priority] or self._rng.random() < 0.1:
            return priority
        return "normal" if age < FIRST_REPLY["normal"] else "low"

    def _waiting(self, shape: str, created_at: int, priority: str) -> tuple[str, list[int]]:
        """Return priority and times of a thread whose last public word is the customer's."""
        rng = self._rng
        answered = "A" in shape or "a" in shape
        if not answered:
            limit = self._now - created_at
            for name in ("urgent", "high", "normal", "low"):
                if FIRST_REPLY[name] > limit:
                    priority = priority if FIRST_REPLY[priority] > limit else name
                    break
            else:
                priority = priority if rng.random() < 0.3 else "low"
            if shape == "Q":
                return priority, [created_at]
            return priority, [created_at, self._between(created_at, self._now - 1)]
        reach = NEXT_REPLY[priority] * (rng.uniform(1.0, 1.6) if rng.random() < 0.1 else rng.random())
        newest = self._now - 2 * MINUTE
        last = max(created_at + (newest - created_at) // 2, self._now - int(reach) - MINUTE)
        last = min(newest, last)
        inner = len(shape) - 2
        cuts = sorted(created_at + int((last - created_at) * rng.uniform(0.05, 0.9)) for _ in range(inner))
        daytime = [clock_face.in_working_hours(cut, rng) for cut in cuts]
        if daytime == sorted(daytime) and (not daytime or daytime[-1] < last):
            cuts = daytime
        return priority, [created_at, *cuts, last]

    def _between(self, first: int, last: int) -> int:
        return first + int((last - first) * self._rng.uniform(0.2, 0.9)) if last > first else first

    def _course(self, shape: str, created_at: int, priority: str) -> list[int]:
        rng = self._rng
        times = [created_at]
        moment = created_at
        limit = FIRST_REPLY[priority]
        for kind in shape[1:]:
            if kind in _BY_AGENT:
                moment = clock_face.in_working_hours(
                    moment + 2 * MINUTE + int(rng.random() ** 2 * limit * 1.1), rng
                )
            else:
                moment += 10 * MINUTE + int(rng.random() ** 3 * 2 * DAY)
            times.append(moment)
        end = self._now - MINUTE
        if moment > end:
            # A young ticket: the same course in less time.
            room = (end - created_at) / (moment - created_at) * rng.uniform(0.5, 1.0)
            times = [created_at + int((moment - created_at) * room) for moment in times]
        return times

    def _messages(
        self, case: Case, shape: str, times: list[int], question: str, agent_id: int
    ) -> tuple[MessageRecord, ...]:
        rng = self._rng
        writer = self._writer
        customer = case.user.id
        channel = case.channel
        found = [MessageRecord(customer, True, question, times[0], None, channel)]
        spoken: tuple[int, str] | None = None
        for kind, at in zip(shape[1:], times[1:], strict=True):
            if kind == "n":
                found.append(MessageRecord(agent_id, False, writer.note(case, rng), at))
                continue
            if kind in _BY_AGENT:
                say = {"A": writer.answer, "a": writer.ask, "S": writer.second, "w": writer.waiting}[kind]
                text = say(case, agent_id, rng)
                spoken = (at, text)
                found.append(MessageRecord(agent_id, True, text, at))
                continue
            name = {"t": "thanks", "x": "again", "d": "detail"}[kind]
            text = writer.customer_says(case, name, agent_id, spoken, rng)
            found.append(MessageRecord(customer, True, text, at, None, channel))
        return tuple(found)

    def _fields(self, case: Case, *, finished: bool) -> tuple[tuple[int, str | bool | int | None], ...]:
        if not finished:
            return case.fields()
        found: list[tuple[int, str | bool | int | None]] = [*case.fields(), (CAUSE_FIELD, case.topic.cause)]
        if case.topic.refund and case.order is not None:
            found.append((REFUND_FIELD, case.order.price.removeprefix("€")))
        return tuple(found)

    def _copies(self, case: Case) -> tuple[int, ...]:
        if case.user.organization_id is None or self._rng.random() > 0.2:
            return ()
        others = [
            number for number in self._colleagues.get(case.user.organization_id, ()) if number != case.user.id
        ]
        return (self._rng.choice(others),) if others else ()
