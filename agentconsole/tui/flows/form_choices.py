"""What the fields of a new ticket can be, account by account."""

from __future__ import annotations

from agentconsole.desk import ticket_forms
from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.tickets import PRIORITIES
from agentconsole.tui.screens.picker import Option
from agentconsole.tui.widgets.pick_list import PickItem


def able_accounts(desk: Desk) -> list[str]:
    """List the accounts on which tickets can be made.

    Raises:
        ConsoleError: There is none.
    """
    states = desk.reader.account_states()
    able = [state.name for state in states if state.capabilities.get("create")]
    if not able:
        if any(not state.capabilities for state in states):
            raise ConsoleError("What the account can do is not known before the first sync is through.")
        raise ConsoleError("None of your accounts can make tickets from here.")
    return able


def account_options(desk: Desk) -> list[Option[str]]:
    """List the accounts on which tickets can be made.

    Raises:
        ConsoleError: There is none.
    """
    return [(PickItem(one), one) for one in able_accounts(desk)]


def field_options(desk: Desk, account: str, name: str) -> list[Option[str]]:
    """List the choices of a field, each with its key.

    Args:
        desk: The profile.
        account: The account's short name.
        name: `group`, `assignee`, `priority` or `ticket_form`.
    """
    state = desk.account(account)
    if name == "ticket_form":
        forms = ticket_forms.offered(desk.reader.fields(state.id))
        return [
            (PickItem(one.label, "the default" if place == 0 and forms[1:] else ""), one.key)
            for place, one in enumerate(forms)
        ]
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
