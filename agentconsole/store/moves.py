"""An account whose helpdesk has moved to another address."""

from __future__ import annotations

import sqlite3
from typing import Final

_OF_ACCOUNT: Final = {
    "article": "account_id = (SELECT id FROM account WHERE uuid = ?)",
    "attachment": (
        "message_id IN (SELECT message.id FROM message JOIN ticket ON ticket.id = message.ticket_id"
        " JOIN account ON account.id = ticket.account_id WHERE account.uuid = ?)"
    ),
}


def move_addresses(conn: sqlite3.Connection, uuid: str, old: str, new: str) -> None:
    """Let what lies below an account's former address lie below its new one: articles and files.

    A feed brings only what has changed on the helpdesk, so it would name the former address for good.

    Args:
        conn: Within the caller's transaction.
        uuid: The account.
        old: Its former address.
        new: Its address from now on.
    """
    before, after = f"{old.rstrip('/')}/", f"{new.rstrip('/')}/"
    for table, mine in _OF_ACCOUNT.items():
        conn.execute(
            f"UPDATE {table} SET url = ? || substr(url, ?) WHERE substr(url, 1, ?) = ? AND {mine}",  # noqa: S608
            (after, len(before) + 1, len(before), before, uuid),
        )
