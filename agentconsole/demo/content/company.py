"""The fictional company as a whole: everything but the tickets."""

from __future__ import annotations

from agentconsole.demo.content import people, structure
from agentconsole.demo.content.library import help_center
from agentconsole.demo.content.macros import macros
from agentconsole.demo.records import CompanyRecord


def company(seed: int, now: int, people_count: int = 400) -> CompanyRecord:
    """Return the company as of `now` (seconds since 1970, UTC).

    The same arguments give the same company. `people_count` is the number of customers: see `people_for`.
    """
    customers = people.customers(seed, now, people_count)
    categories, sections, articles = help_center(now)
    return CompanyRecord(
        name=structure.COMPANY,
        organizations=customers.organizations,
        users=(*structure.agents(now), *customers.users),
        groups=structure.GROUPS,
        memberships=structure.memberships(),
        fields=structure.FIELDS,
        forms=structure.FORMS,
        macros=macros(),
        views=structure.VIEWS,
        categories=categories,
        sections=sections,
        articles=articles,
        agent_id=structure.ME_ID,
        admin_id=structure.ADMIN_ID,
        profiles=customers.profiles,
    )
