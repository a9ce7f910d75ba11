"""Stores how an account stands with its helpdesk, who its login is, and what it can do there."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from agentconsole.domain.people import Identity
from agentconsole.store import codec, feed
from agentconsole.store.failures import transaction
from agentconsole.text.cleaning import clean_line


class AccountIngest:
    """The row of one account, as its worker writes it."""

    _conn: sqlite3.Connection
    _account: int

    def set_account_state(
        self,
        state: str,
        sentence: str = "",
        *,
        last_sync_at: int | None = None,
        retry_at: int | None = None,
        why: str = "",
        asked_at: int | None = None,
    ) -> None:
        """Note how the account stands with its helpdesk.

        Args:
            state: `ok`, `syncing`, `offline`, `paused`, `throttled` or `new`.
            sentence: Why it is not `ok`, and what to do.
            last_sync_at: When all feeds were last up to date; None leaves it as it is.
            retry_at: When it goes on by itself; None when it does not wait.
            why: The sentence in a few words.
            asked_at: When the request left whose answer takes long.
        """
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE account SET state = ?, sentence = ?, last_sync_at = coalesce(?, last_sync_at),"
                " retry_at = ?, why = ?, asked_at = ? WHERE id = ?",
                (state, clean_line(sentence), last_sync_at, retry_at, why, asked_at, self._account),
            )
            feed.mark(self._conn, kinds=("accounts",))

    def set_identity(self, identity: Identity) -> None:
        """Note who the login is."""
        domains = codec.dump([domain.lower() for domain in identity.domains])
        columns = (
            identity.remote_id,
            clean_line(identity.name),
            clean_line(identity.email),
            domains,
            identity.signature,
        )
        with transaction(self._conn):
            before = self._conn.execute(
                "SELECT me, me_name, me_email, me_domains, me_signature FROM account WHERE id = ?",
                (self._account,),
            ).fetchone()
            if before != columns:
                self._conn.execute(
                    "UPDATE account SET me = ?, me_name = ?, me_email = ?, me_domains = ?, me_signature = ?"
                    " WHERE id = ?",
                    (*columns, self._account),
                )
                # Whose tickets are the agent's own shows in every row.
                feed.mark(self._conn, kinds=("accounts", "bulk"))

    def set_capabilities(self, capabilities: Mapping[str, Any]) -> None:
        """Note what the account can do, by the names of `helpdesks.base.Capabilities`."""
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE account SET capabilities = ? WHERE id = ?",
                (codec.dump(dict(capabilities)), self._account),
            )
            feed.mark(self._conn, kinds=("accounts",))
