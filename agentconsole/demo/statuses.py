"""Ticket statuses: the six categories and the account's own ones within them."""

from __future__ import annotations

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("question", "incident", "problem", "task")

CUSTOM_STATUSES = (
    # id, category, agent's label, end user's label, description, default of its category
    (9001, "new", "New", "Open", "Ticket is awaiting assignment to an agent", 1),
    (9002, "open", "Open", "Open", "Staff is working on the ticket", 1),
    (9003, "pending", "Pending", "Awaiting your reply", "Staff is waiting for the requester to reply", 1),
    (9004, "hold", "On-hold", "Open", "Staff is waiting for a third party", 1),
    (9005, "solved", "Solved", "Solved", "The ticket has been solved", 1),
    (9006, "hold", "Waiting for carrier", "Open", "A parcel is being traced", 0),
    (9007, "open", "Escalated", "Open", "A specialist has taken over", 0),
)
STATUS_OF_CATEGORY = {category: id_ for id_, category, *_, default in CUSTOM_STATUSES if default}
STATUS_OF_CATEGORY["closed"] = STATUS_OF_CATEGORY["solved"]
