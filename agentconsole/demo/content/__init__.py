"""The demo company: its articles, macros, customers and their tickets."""

from agentconsole.demo.content.company import company
from agentconsole.demo.content.live import LiveMaterial, NewQuestion
from agentconsole.demo.content.tickets import people_for, tickets, unsolved_among

__all__ = ["LiveMaterial", "NewQuestion", "company", "people_for", "tickets", "unsolved_among"]
