"""A ticket, a customer and an agent that the tests of macros share."""

from __future__ import annotations

from datetime import date

from agentconsole.replies.context import PersonFacts, RenderContext, TicketFacts

CONTEXT = RenderContext(
    ticket=TicketFacts(
        id="41",
        subject="Where is my order?",
        status="open",
        priority="high",
        account="Nettlebay",
        tags=("order", "late"),
        created=date(2026, 11, 20),
        latest_message="any news?",
        fields={"Order number": "N-10482", "Gift": True, "Empty": None},
        fields_by_id={"7001": "N-10482"},
    ),
    customer=PersonFacts(name="Anna Smith", email="anna@example.com"),
    agent=PersonFacts(name="Bo Berg", signature="Bo, Nettlebay"),
    today=date(2026, 11, 22),
)
