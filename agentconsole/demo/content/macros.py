"""The helpdesk's own macros, from one Markdown file each."""

from __future__ import annotations

from typing import Any

from agentconsole.demo.content.files import read_pages
from agentconsole.demo.content.structure import FIELD_KEYS, GROUP_KEYS
from agentconsole.demo.records import MacroRecord

FIRST_MACRO = 6001


def macros() -> tuple[MacroRecord, ...]:
    """Return the macros in the order of their files."""
    pages = read_pages("company/macros")
    return tuple(_macro(number, front, body) for number, (_, front, body) in enumerate(pages, FIRST_MACRO))


def _macro(number: int, front: dict[str, Any], body: str) -> MacroRecord:
    actions: list[tuple[str, str | list[str]]] = [("comment_value", body)]
    for name, value in front["actions"].items():
        if name == "custom_fields":
            actions += [(f"custom_fields_{FIELD_KEYS[key]}", chosen) for key, chosen in value.items()]
        elif isinstance(value, bool):
            actions.append((name, "true" if value else "false"))
        else:
            actions.append((name, value))
    group = front.get("group")
    return MacroRecord(
        id=number,
        title=front["title"],
        description=front["description"],
        actions=tuple(actions),
        group_id=GROUP_KEYS[group] if group else None,
    )
