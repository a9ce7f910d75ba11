"""Reads accounts, their people, groups and fields, and the change feed."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from agentconsole.domain.fields import TicketField
from agentconsole.domain.people import RemoteGroup
from agentconsole.domain.tickets import QuarantinedRecord
from agentconsole.domain.views import AccountState, Contact, FeedDelta, StreamProgress
from agentconsole.store import codec
from agentconsole.store.feed import MANY
from agentconsole.store.query_sql import AccountScope
from agentconsole.store.reads import Reads, Row

CONTACT = (
    "p.remote_id, p.name, p.email, p.role,"
    " (SELECT o.name FROM organisation o WHERE o.account_id = p.account_id AND o.remote_id = p.organisation),"
    " p.locale, p.time_zone, p.phone, p.notes"
)
"""The columns of a Contact, of `person p`."""


class AccountReads(Reads):
    """Accounts and what belongs to one."""

    def account_states(self) -> tuple[AccountState, ...]:
        """Return the accounts in the order of the config, with how they stand and what is being read."""
        with self._snapshot():
            accounts = self._rows(
                "SELECT id, uuid, name, kind, url, login, me, me_name, state, sentence, last_sync_at,"
                " retry_at, me_email, me_domains, me_signature, capabilities FROM account WHERE removed = 0"
                " ORDER BY position, id"
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

    def recipients_confirmed(self, uuid: str) -> bool:
        """Tell whether an agent has once confirmed who reads the public replies of an account."""
        return self._row("SELECT 1 FROM meta WHERE key = ?", (codec.recipients_key(uuid),)) is not None

    def fields(self, account_id: int) -> tuple[TicketField, ...]:
        """Return the ticket fields of an account, in the helpdesk's order."""
        return tuple(
            TicketField(name, label, kind, codec.load_options(options), bool(required), form, position)
            for name, label, kind, options, required, form, position in self._rows(
                "SELECT name, label, kind, options, required_to_solve, form, position FROM field"
                " WHERE account_id = ? ORDER BY position, id",
                (account_id,),
            )
        )

    def groups(self, account_id: int) -> tuple[RemoteGroup, ...]:
        """Return the groups of an account by name, without deleted ones."""
        return tuple(
            RemoteGroup(remote_id, name, codec.load_names(members))
            for remote_id, name, members in self._rows(
                "SELECT remote_id, name, members FROM agent_group WHERE account_id = ? AND deleted = 0"
                " ORDER BY name COLLATE NOCASE",
                (account_id,),
            )
        )

    def people_named(
        self, account_id: int, text: str, *, agents_only: bool = False, limit: int = 50
    ) -> tuple[Contact, ...]:
        """Find people by a part of the name or the mail address; agents first, then by name."""
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._rows(
            f"SELECT {CONTACT} FROM person p WHERE p.account_id = ? AND p.active = 1"
            " AND (p.name LIKE ? ESCAPE '\\' OR p.email LIKE ? ESCAPE '\\' OR p.remote_id = ?)"
            + (" AND p.role IN ('agent', 'admin')" if agents_only else "")
            + " ORDER BY p.role NOT IN ('agent', 'admin'), p.name COLLATE NOCASE LIMIT ?",
            (account_id, pattern, pattern, text, limit),
        )
        return tuple(Contact(*row) for row in rows)

    def person(self, account_id: int, remote_id: str) -> Contact | None:
        """Return a person, or None when it is not stored."""
        row = self._row(
            f"SELECT {CONTACT} FROM person p WHERE p.account_id = ? AND p.remote_id = ?",
            (account_id, remote_id),
        )
        return None if row is None else Contact(*row)

    def quarantined(self) -> tuple[QuarantinedRecord, ...]:
        """Return the records that could not be read, the latest first, at most 1,000."""
        return tuple(
            QuarantinedRecord(kind, None if remote_id.startswith("?") else remote_id, reason, raw)
            for kind, remote_id, reason, raw in self._rows(
                "SELECT kind, remote_id, reason, raw FROM quarantine"
                " ORDER BY seen_at DESC, id DESC LIMIT 1000"
            )
        )

    def feed_sequence(self) -> int:
        """Return the number of the latest change."""
        row = self._row("SELECT sequence FROM feed_mark WHERE kind = 'last'")
        return int(row[0]) if row else 0

    def feed_since(self, sequence: int) -> FeedDelta:
        """Return what changed after a number of the feed."""
        with self._snapshot():
            newest = self.feed_sequence()
            if newest <= sequence:
                return FeedDelta(newest, (), False)
            kinds = {
                str(kind)
                for (kind,) in self._rows("SELECT kind FROM feed_mark WHERE sequence > ?", (sequence,))
            }
            bulk = "bulk" in kinds
            tickets: list[tuple[int]] = []
            if not bulk:
                rows = self._rows(
                    "SELECT ticket_id FROM feed WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    (sequence, MANY + 1),
                )
                tickets = [(row[0],) for row in rows]
                bulk = len(tickets) > MANY
        return FeedDelta(
            newest,
            () if bulk else tuple(ticket for (ticket,) in tickets),
            bulk,
            tuple(sorted(kinds - {"last", "bulk"})),
        )

    def data_version(self) -> int:
        """Return a number that changes whenever another connection has committed something."""
        row = self._row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def _scopes(self) -> tuple[AccountScope, ...]:
        return tuple(
            AccountScope(key, name, me, bool(removed))
            for key, name, me, removed in self._rows(
                "SELECT id, name, me, removed FROM account ORDER BY position"
            )
        )


def _account_state(row: Row, progress: tuple[StreamProgress, ...]) -> AccountState:
    key, uuid, name, kind, url, login, me, me_name, state, sentence, last_sync_at, retry_at = row[:12]
    me_email, me_domains, me_signature, capabilities = row[12:]
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
        me_domains=codec.load_names(me_domains),
        me_signature=me_signature,
        capabilities=codec.load(capabilities),
    )
