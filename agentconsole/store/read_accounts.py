"""Reads accounts and how they stand."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.domain.account_states import AccountState, StreamProgress
from agentconsole.domain.queries import field_slug
from agentconsole.store import json_columns
from agentconsole.store.query_sql import AccountScope, CustomScope
from agentconsole.store.reads import Reads, Row, marks


class AccountReads(Reads):
    """Accounts, as the first frame needs them; what belongs to one is in `PeopleReads`."""

    def account_states(self) -> tuple[AccountState, ...]:
        """Return the accounts in the order of the config, with how they stand and what is being read."""
        with self._snapshot():
            accounts = self._rows(
                "SELECT id, uuid, name, kind, url, login, me, me_name, state, sentence, last_sync_at,"
                " retry_at, me_email, me_domains, me_signature, capabilities, why, asked_at"
                " FROM account WHERE removed = 0 ORDER BY position, id"
            )
            progress: dict[int, list[StreamProgress]] = {}
            for account_id, *stream in self._rows(
                "SELECT account_id, stream, phase, done, total, finished, updated_at FROM stream"
                " WHERE updated_at > 0 ORDER BY account_id, stream"
            ):
                name, phase, done, total, finished, updated_at = stream
                progress.setdefault(account_id, []).append(
                    StreamProgress(name, phase, done, total, bool(finished), updated_at)
                )
        return tuple(_account_state(row, tuple(progress.get(row[0], ()))) for row in accounts)

    def meta(self, keys: Sequence[str]) -> dict[str, str]:
        """Return single values by their names; what was never written is left out."""
        return dict(self._rows(f"SELECT key, value FROM meta WHERE key IN ({marks(keys)})", keys))

    def custom_fields(self) -> dict[str, list[CustomScope]]:
        """Return the custom fields of all accounts by the names that queries have for them."""
        found: dict[str, list[CustomScope]] = {}
        for account_id, name, label, kind, options in self._rows(
            "SELECT f.account_id, f.name, f.label, f.kind, f.options FROM field f"
            " JOIN account a ON a.id = f.account_id WHERE a.removed = 0 AND f.name LIKE 'custom:%'"
            " ORDER BY a.position, a.id, f.position, f.id"
        ):
            one = CustomScope(account_id, name, label, kind, json_columns.load_labels(options))
            found.setdefault(field_slug(label), []).append(one)
        return found

    def _scopes(self) -> tuple[AccountScope, ...]:
        return tuple(
            AccountScope(key, name, me, bool(removed))
            for key, name, me, removed in self._rows(
                "SELECT id, name, me, removed FROM account ORDER BY position"
            )
        )


def _account_state(row: Row, progress: tuple[StreamProgress, ...]) -> AccountState:
    key, uuid, name, kind, url, login, me, me_name, state, sentence, last_sync_at, retry_at = row[:12]
    me_email, me_domains, me_signature, capabilities, why, asked_at = row[12:]
    return AccountState(
        id=key,
        uuid=uuid,
        name=name,
        kind=kind,
        url=url,
        login=login,
        me=me,
        me_name=me_name,
        state=state,
        sentence=sentence,
        last_sync_at=last_sync_at,
        retry_at=retry_at,
        progress=progress,
        me_email=me_email,
        me_domains=json_columns.load_names(me_domains),
        me_signature=me_signature,
        capabilities=json_columns.load(capabilities),
        why=why,
        asked_at=asked_at,
    )
