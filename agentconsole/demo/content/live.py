"""What customers and colleagues write while the helpdesk runs in live mode."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from agentconsole.demo.content.bulk import Writer
from agentconsole.demo.content.chance import Weighted
from agentconsole.demo.content.topics import phrases
from agentconsole.demo.records import CompanyRecord

_PRIORITIES: Weighted[str] = Weighted((("normal", 75.0), ("low", 12.0), ("high", 11.0), ("urgent", 2.0)))
_NOTES = (
    "Taking this one.",
    "I know this case from last week, will answer.",
    "Mine, I'm working on something similar anyway.",
    "Took it over, as it is close to its due time.",
)
_REMARKS = (
    "Saw the same with another customer today, it was the app's version.",
    "If they write again before tomorrow, please call them.",
    "Checked the record, everything agrees with what they say.",
    "Told the shift lead about this one.",
)


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question that a customer asks just now."""

    requester_id: int
    organization_id: int | None
    group_id: int
    subject: str
    body: str
    channel: str
    priority: str
    tags: tuple[str, ...]
    custom_fields: tuple[tuple[int, str], ...]


class LiveMaterial:
    """Texts for live mode. Made once for a company, as it sorts the customers and their orders."""

    def __init__(self, company: CompanyRecord) -> None:
        self._writer = Writer(company)

    def new_question(self, rng: Random, now: int) -> NewQuestion:
        """Return a new question of one of the company's customers at `now` (seconds)."""
        case = self._writer.case(rng, now, unsolved=True)
        subject, body = self._writer.question(case, rng)
        return NewQuestion(
            requester_id=case.user.id,
            organization_id=case.user.organization_id,
            group_id=case.topic.article.group_id,
            subject=subject,
            body=body,
            channel=case.channel,
            priority=case.topic.priority or _PRIORITIES.pick(rng),
            tags=case.tags(),
            custom_fields=case.fields(),
        )

    def customer_answer(self, rng: Random, *, chinese: bool = False, happy: bool | None = None) -> str:
        """Return what a customer writes after an agent's answer; `happy` None leaves it to chance."""
        pleased = rng.random() < 0.6 if happy is None else happy
        name = "thanks" if pleased else "again"
        texts: list[str] = phrases()["zh_" + name] if chinese else phrases()[name]["wait"]
        # The agent's name isn't known here, so sentences with it are left out.
        return rng.choice([text for text in texts if "{" not in text])

    def colleague_note(self, rng: Random) -> str:
        """Return the internal note with which a colleague takes a ticket."""
        return rng.choice(_NOTES)

    def colleague_remark(self, rng: Random) -> str:
        """Return an internal note on a ticket that somebody else has."""
        return rng.choice(_REMARKS)
