"""Reads the queue: ids in order, and rows by the window."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from agentconsole.domain.queries import Query, Sort, Term, Words
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.ticket_words import PRIORITIES, STATUSES, Status
from agentconsole.store import json_columns
from agentconsole.store.conditions import Condition
from agentconsole.store.query_sql import DUE_FIRST, ORDER, Scope, where_sql
from agentconsole.store.read_accounts import AccountReads
from agentconsole.store.reads import Row, marks

_ROW = (
    "SELECT t.id, a.name, a.me, t.remote_id, t.status, t.status_key, t.priority, t.channel, t.requester,"
    " p.name, p.email, t.subject, t.tags_text, t.assignee, q.name, g.name, t.due_at, t.sla_paused,"
    " t.created_at, t.updated_at, t.unread, t.waiting, t.snoozed_until, t.account_id,"
    " EXISTS (SELECT 1 FROM draft d WHERE d.ticket_id = t.id AND d.ended_at IS NULL"
    " AND (d.body <> '' OR d.attachments <> '[]')),"
    " (SELECT count(*) > 1 FROM account WHERE removed = 0)"
    " FROM ticket t JOIN account a ON a.id = t.account_id"
    " LEFT JOIN person p ON p.account_id = t.account_id AND p.remote_id = t.requester"
    " LEFT JOIN person q ON q.account_id = t.account_id AND q.remote_id = t.assignee"
    " LEFT JOIN agent_group g ON g.account_id = t.account_id AND g.remote_id = t.assigned_group"
)

_OPEN: Final = " AND t.status < 4"
"""No clock runs on a solved ticket; said so that the partial index fits."""

_BY_PRIORITY: Final = ", ".join(
    f"group_concat(id) FILTER (WHERE priority = {rank})" for rank in range(len(PRIORITIES), -1, -1)
)

_AT_ONCE: Final = 32_768
"""Characters of numbers read before another thread gets its turn."""


class TicketReads(AccountReads):
    """The queue and finding tickets."""

    _labels_sequence = -1
    _labels: Mapping[int, Mapping[str, str]] = {}

    def ticket_ids(self, query: Query | None, sort: Sort, now: int) -> array[int]:
        """Return the local ids of all tickets that a query finds, in order.

        By `due`, tickets without a running clock come last, the last changed first.

        Args:
            query: None for all.
            sort: The order.
            now: The present instant, for overdue and snoozed tickets and for relative times.
        """
        where = where_sql(query, self._scope((query,), now))
        ready = _is_ready(query, where, sort)
        if sort != "due" or not ready:
            return self._ids(where, sort, ready=ready)
        # Both orders lie ready in an index, and what has a running clock is few of all.
        running = Condition(f"{where.sql} AND t.due_at IS NOT NULL{_OPEN}", where.params)
        ids = self._ids(running, "due")
        if where.only_open:
            ids.extend(self._ids(Condition(f"{where.sql} AND t.due_at IS NULL", where.params), "updated"))
            return ids
        return array("q", dict.fromkeys(chain(ids, self._ids(where, "updated"))))

    def first_ids(self, query: Query | None, sort: Sort, now: int, most: int) -> array[int] | None:
        """Return the first of a long list that takes long; None where the whole takes no longer.

        Args:
            query: As in `ticket_ids`.
            sort: As there.
            now: As there.
            most: So many ids, some hundreds.
        """
        where = where_sql(query, self._scope((query,), now))
        if sort == "due" or _is_ready(query, where, sort):
            return None
        # What has certain words is to be found first, all of it.
        return None if where.needs_full_text else self._ids(where, sort, ready=False, most=most)

    def _ids(
        self, where: Condition, sort: Sort, *, ready: bool = True, most: int | None = None
    ) -> array[int]:
        """Read ids in order; `ready` says that an index may have the order."""
        # Going through the table as it lies is five times as fast as by an order's index, row by row.
        rows = f"FROM ticket t {'' if ready else 'NOT INDEXED '}WHERE {where.sql} ORDER BY"
        if sort == "priority" and most is None and not where.only_open:
            # In one walk by the last change they fall into their priorities; sorting by both takes longer.
            sql = f"SELECT {_BY_PRIORITY} FROM (SELECT t.id, t.priority {rows} {ORDER['updated']})"
        else:
            # Where no index helps, tickets with a clock and those without come in one go.
            order = DUE_FIRST if sort == "due" and not ready else ORDER[sort]
            limit = "" if most is None else f" LIMIT {most}"
            sql = f"SELECT group_concat(id) FROM (SELECT t.id {rows} {order}{limit})"
        return self._read(sql, where)

    def _read(self, sql: str, where: Condition) -> array[int]:
        """Read ids that come as lists with commas: a row each would hold up the screen's thread as often."""
        ids: array[int] = array("q")
        for text in self._row(sql, where.params) or ():
            start = 0
            while text and start < len(text):
                end = text.find(",", start + _AT_ONCE)
                part = text[start:] if end < 0 else text[start:end]
                ids.extend(json.loads(f"[{part}]"))
                start += len(part) + 1
        return ids

    def view_counts(self, queries: Sequence[Query | None], now: int) -> tuple[int, ...]:
        """Count the tickets that each query finds, all in one statement."""
        if not queries:
            return ()
        scope = self._scope(queries, now)
        wheres = [where_sql(query, scope) for query in queries]
        counts = ", ".join(f"(SELECT count(*) FROM ticket t WHERE {where.sql})" for where in wheres)
        row = self._row(f"SELECT {counts}", [param for where in wheres for param in where.params])
        return tuple(row) if row else (0,) * len(queries)

    def _scope(self, queries: Iterable[Query | None], now: int) -> Scope:
        asks_custom = any(
            isinstance(term, Term) and term.custom
            for query in queries
            if query is not None
            for term in query.terms()
        )
        snoozed = self.next_waking(now) is not None
        return Scope(now, self.zone, self._scopes(), snoozed, self.custom_fields() if asks_custom else {})

    def queue_rows(self, ids: Sequence[int]) -> dict[int, QueueRow]:
        """Return the rows of a window of the queue; ids that are gone are left out.

        Args:
            ids: Local ids, some dozens.
        """
        rows = self._rows(f"{_ROW} WHERE t.id IN ({marks(ids)})", list(ids))
        labels = self._status_labels()
        return {row[0]: _queue_row(row, labels) for row in rows}

    def find_ticket(self, account: str | None, remote_id: str) -> tuple[int, ...]:
        """Return the local ids of the tickets of that remote id, one an account.

        A merged ticket that is not stored itself is answered by the one it went into.

        Args:
            account: An account's short name; None for all.
            remote_id: As the helpdesk numbers it.
        """
        named = "" if account is None else " AND a.name = ?"
        names = [] if account is None else [account]
        found = self._rows(
            "SELECT t.id FROM account a CROSS JOIN ticket t ON t.account_id = a.id"
            f" WHERE a.removed = 0 AND t.remote_id = ?{named}"
            " ORDER BY a.position",
            [remote_id, *names],
        ) or self._rows(
            "SELECT t.id FROM account a CROSS JOIN ticket_alias x ON x.account_id = a.id"
            " CROSS JOIN ticket t ON t.account_id = x.account_id AND t.remote_id = x.target"
            f" WHERE a.removed = 0 AND x.remote_id = ?{named} ORDER BY a.position",
            [remote_id, *names],
        )
        return tuple(row[0] for row in found)

    def accounts_of(self, ticket_ids: Sequence[int]) -> tuple[str, ...]:
        """Return the short names of the accounts that some tickets belong to, in the order of the config."""
        rows = self._rows(
            "SELECT name FROM account WHERE id IN (SELECT DISTINCT account_id FROM ticket"
            " WHERE id IN (SELECT value FROM json_each(?))) ORDER BY position",
            (f"[{','.join(map(str, ticket_ids))}]",),
        )
        return tuple(row[0] for row in rows)

    def snoozed(self, ticket_ids: Sequence[int], now: int) -> int:
        """Count those of some tickets that are asleep."""
        row = self._row(
            "SELECT count(*) FROM ticket WHERE snoozed_until > ? AND id IN (SELECT value FROM json_each(?))",
            (now, f"[{','.join(map(str, ticket_ids))}]"),
        )
        return int(row[0]) if row else 0

    def all_unread(self, ticket_ids: Sequence[int]) -> bool:
        """Whether none of some tickets is marked read."""
        row = self._row(
            "SELECT 1 FROM ticket WHERE unread = 0 AND id IN (SELECT value FROM json_each(?)) LIMIT 1",
            (f"[{','.join(map(str, ticket_ids))}]",),
        )
        return row is None

    def next_waking(self, now: int) -> int | None:
        """Return when the next snoozed ticket wakes up; None when none is asleep."""
        row = self._row("SELECT min(snoozed_until) FROM ticket WHERE snoozed_until > ?", (now,))
        return None if row is None else row[0]

    def tag_counts(self) -> tuple[tuple[str, int], ...]:
        """Return every tag with the number of tickets that have it, the most used first; takes long."""
        return tuple(
            (tag, count)
            for tag, count in self._rows(
                "SELECT tag, count(*) FROM ticket_tag GROUP BY tag ORDER BY count(*) DESC, tag"
            )
        )

    def merged_into(self, ticket_id: int) -> int | None:
        """Return the stored ticket that this one was merged into in the end; None when it was not merged."""
        seen = {ticket_id}
        at = ticket_id
        while True:
            row = self._row(
                "SELECT n.id FROM ticket t JOIN ticket_alias x ON x.account_id = t.account_id"
                " AND x.remote_id = t.remote_id JOIN ticket n ON n.account_id = t.account_id"
                " AND n.remote_id = x.target WHERE t.id = ?",
                (at,),
            )
            if row is None or row[0] in seen:
                return None if at == ticket_id else at
            at = int(row[0])
            seen.add(at)

    def tickets_of(self, account_id: int, requester: str, limit: int = 20) -> tuple[int, ...]:
        """Return a customer's tickets, the last changed first."""
        return tuple(
            row[0]
            for row in self._rows(
                "SELECT id FROM ticket NOT INDEXED WHERE requester = ? AND account_id = ? AND hidden = 0"
                " ORDER BY updated_at DESC LIMIT ?",
                (requester, account_id, limit),
            )
        )

    def tickets_asked_by(self, people: Sequence[tuple[int, str]]) -> tuple[tuple[int, Status], ...]:
        """Return local id and status of the tickets that some people have asked, the last changed first.

        Goes through all tickets.

        Args:
            people: Account and remote id of each.
        """
        wanted = " OR ".join("(requester = ? AND account_id = ?)" for _ in people)
        rows = self._rows(
            f"SELECT id, status FROM ticket NOT INDEXED WHERE ({wanted}) AND hidden = 0"
            " ORDER BY updated_at DESC, id DESC",
            [value for account_id, remote_id in people for value in (remote_id, account_id)],
        )
        return tuple((ticket_id, STATUSES[status]) for ticket_id, status in rows)

    def _status_labels(self) -> Mapping[int, Mapping[str, str]]:
        """Return each account's own words for its statuses, read anew only when fields changed."""
        row = self._row("SELECT sequence FROM feed_mark WHERE kind = 'fields'")
        sequence = int(row[0]) if row else 0
        if sequence != self._labels_sequence:
            labels: dict[int, dict[str, str]] = {}
            for account_id, options in self._rows(
                "SELECT account_id, options FROM field WHERE name = 'status'"
            ):
                labels.setdefault(account_id, {}).update(json_columns.load_labels(options))
            self._labels, self._labels_sequence = labels, sequence
        return self._labels


def _is_ready(query: Query | None, where: Condition, sort: Sort) -> bool:
    """Tell whether an index has the order of what fits, or the few that fit."""
    if where.only_open and not (sort == "due" and where.needs_full_text):
        return True
    if where.needs_rows or sort == "newest":
        return False
    # Those that have a word are few, and found first; those that lack one are many.
    words = query.terms() if query is not None and where.needs_full_text else ()
    return all(word.negated for word in words if isinstance(word, Words))


def tags_of(text: str) -> tuple[str, ...]:
    """Read the tags as the ticket table keeps them."""
    return tuple(text.split("\n")) if text else ()


def _queue_row(row: Row, labels: Mapping[int, Mapping[str, str]]) -> QueueRow:
    (
        key,
        account,
        me,
        remote_id,
        status,
        status_key,
        priority,
        channel,
        requester,
        name,
        email,
        subject,
        tags,
        assignee,
        assignee_name,
        group,
        due_at,
        paused,
        created_at,
        updated_at,
        unread,
        waiting,
        snoozed_until,
        account_id,
        has_draft,
        several_accounts,
    ) = row
    word = STATUSES[status]
    return QueueRow(
        ticket_id=key,
        account=account,
        remote_id=remote_id,
        status=word,
        status_label=labels.get(account_id, {}).get(status_key) or word.capitalize(),
        priority=PRIORITIES[priority - 1] if priority else None,
        channel=channel,
        requester=name or email or requester or "",
        subject=subject,
        tags=tags_of(tags),
        assignee=assignee_name or assignee or "",
        assigned_to_me=assignee is not None and assignee == me,
        group=group or "",
        due_at=due_at,
        sla_paused=bool(paused),
        created_at=created_at,
        updated_at=updated_at,
        unread=bool(unread),
        waiting=waiting,
        has_draft=bool(has_draft),
        snoozed_until=snoozed_until,
        several_accounts=bool(several_accounts),
    )
