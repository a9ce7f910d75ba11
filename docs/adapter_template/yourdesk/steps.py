"""What is planned before anything is sent. Pure: no network, no clock."""

from __future__ import annotations

from agentconsole.domain.changes import Change, StepPlan
from yourdesk.filling_in import fill_in


def plan(change: Change) -> tuple[StepPlan, ...]:
    """Plan the writing requests of a Change, one step each, in the order in which they are sent."""
    raise fill_in(
        "steps.plan",
        "one StepPlan for each writing request; everything that your server takes in one request belongs "
        "into one step",
    )


def address_of(pasted: str) -> str:
    """Find the helpdesk's address in what a person pastes."""
    raise fill_in(
        "steps.address_of", "scheme and host of any page of the helpdesk, or UsageError for no address"
    )


def ticket_url(address: str, remote_ticket: str) -> str | None:
    """Tell where a browser shows a ticket; None for an id that cannot be one."""
    raise fill_in("steps.ticket_url", "the page of a ticket in your server's own web pages")
