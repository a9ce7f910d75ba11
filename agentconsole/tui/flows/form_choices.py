"""What the fields of a new ticket can be, account by account."""

from __future__ import annotations

from agentconsole.desk.context import Desk
from agentconsole.domain.tickets import PRIORITIES
from agentconsole.tui.screens.picker import Option
from agentconsole.tui.widgets.pick_list import PickItem


def field_options(desk: Desk, account: str, name: str) -> list[Option[str]]:
    """List the choices of a field, each with its key.

    Args:
        desk: The profile.
        account: The account's short name.
        name: `group`, `assignee` or `priority`.
    """
    state = desk.account(account)
    if name == "group":
        return [(PickItem(one.name), one.remote_id) for one in desk.reader.groups(state.id)]
    if name == "assignee":
        people = desk.reader.agents(state.id)
        named = [
            (PickItem(one.name or one.remote_id, one.email or ""), one.remote_id)
            for one in people
            if one.remote_id != state.me
        ]
        return [(PickItem("Me", "take it"), "me"), *named]
    for item in desk.reader.fields(state.id):
        if item.name == "priority" and item.options:
            return [(PickItem(option.label), option.key) for option in item.options]
    return [(PickItem(word), word) for word in reversed(PRIORITIES)]
