"""Compiles a query to parameterised SQL over the ticket table and its indexes."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final, NamedTuple

from agentconsole.domain.queries import (
    AllOf,
    AnyOf,
    Node,
    Query,
    Sort,
    Term,
    Words,
    instant_range,
)
from agentconsole.store.conditions import Condition, joined, likes, marks
from agentconsole.store.ranks import PRIORITY_RANK, SOLVED, STATUS_RANK

ORDER: Final[dict[Sort, str]] = {
    "due": "t.due_at, t.id",
    "priority": "t.priority DESC, t.updated_at DESC, t.id DESC",
    "waiting": "t.updated_at, t.id",
    "newest": "t.created_at DESC, t.id DESC",
    "updated": "t.updated_at DESC, t.id DESC",
}

DUE_FIRST: Final = "t.due_at IS NULL, t.due_at, iif(t.due_at IS NULL, -t.updated_at, t.id), -t.id"
"""By `due`, then by `updated`, in one order."""

_TIME_COLUMNS: Final = {
    "created": "t.created_at",
    "updated": "t.updated_at",
    "due": "t.due_at",
    "solved": "t.solved_at",
}
_PERSON_COLUMNS: Final = {"assignee": "t.assignee", "requester": "t.requester"}
_FLAGS: Final = {
    "unread": "t.unread = 1",
    "draft": (
        "t.id IN (SELECT ticket_id FROM draft WHERE ended_at IS NULL AND (body <> '' OR attachments <> '[]'))"
    ),
    # A list of ids, so that the few are found by their own index and not met while all are gone through.
    "waiting": "t.id IN (SELECT id FROM ticket WHERE waiting IS NOT NULL)",
    "deleted": "t.deleted = 1",
    "spam": "t.spam = 1",
}


# Both steps are read from indexes alone; a look into each message would read all their texts.
_HAS_FILE: Final = (
    "EXISTS (SELECT 1 FROM message m CROSS JOIN attachment f ON f.message_id = m.id WHERE m.ticket_id = t.id)"
)


@dataclass(frozen=True, slots=True)
class AccountScope:
    """What a query needs to know of an account."""

    id: int
    name: str
    me: str | None
    removed: bool = False


class CustomScope(NamedTuple):
    """What a query needs to know of a custom field of an account."""

    account_id: int
    name: str
    """As in FieldValues."""
    label: str
    kind: str
    choices: Mapping[str, str]
    """Key to label."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query is compiled for."""

    now: int
    zone: tzinfo
    accounts: tuple[AccountScope, ...]
    snoozed: bool = True
    """Whether any ticket is asleep; where none is, none is looked for."""
    custom: Mapping[str, Sequence[CustomScope]] = field(default_factory=dict)
    """Custom fields, each with its account, by the names that queries have for them; read when asked for."""


def where_sql(query: Query | None, scope: Scope) -> Condition:
    """Compile a query to the condition of a `SELECT ... FROM ticket t WHERE`.

    Without a query that is everything but deleted tickets, spam, snoozed ones and removed accounts. Deleted
    tickets and spam are left out but from queries that look for them, an id, or what the agent has under way;
    snoozed tickets until they wake, but from those and from queries that look for words.
    """
    parts: list[Condition] = []
    named = query is not None and any(isinstance(term, Term) and term.name == "id" for term in query.terms())
    if not named and not (query and (query.names("is", "deleted") or query.names("is", "spam"))):
        # What the agent has under way is shown even where the helpdesk has no such ticket any more; a new
        # ticket that is being written is not in the queue yet.
        own = query is not None and any(query.names("is", flag) for flag in ("draft", "waiting"))
        parts.append(Condition("(t.hidden = 0 OR t.remote_id IS NOT NULL)" if own else "t.hidden = 0"))
    if query is not None:
        # Written as in the partial indexes' own condition, which is how SQLite knows that they will do.
        if _only_open(query):
            parts.append(Condition(f"t.status < {SOLVED}"))
    if scope.snoozed and not named and not (query is not None and _looks_at_snoozed(query)):
        parts.append(Condition("t.id NOT IN (SELECT id FROM ticket WHERE snoozed_until > ?)", [scope.now]))
    if query is not None:
        parts.append(_node(query.where, scope))
    removed = [account.id for account in scope.accounts if account.removed]
    if removed:
        parts.append(Condition(f"t.account_id NOT IN ({marks(removed)})", list(removed)))
    return joined(" AND ", parts)


def _looks_at_snoozed(query: Query) -> bool:
    return any(isinstance(term, Words) and not term.negated for term in query.terms()) or any(
        query.names("is", flag) for flag in ("snoozed", "draft", "waiting")
    )


def _node(node: Node, scope: Scope) -> Condition:
    if isinstance(node, AllOf):
        words = [part for part in node.parts if isinstance(part, Words)]
        parts = [_node(part, scope) for part in node.parts if not isinstance(part, Words)]
        if had := [word for word in words if not word.negated]:
            parts.append(_words(had, scope))
        if lacked := [word for word in words if word.negated]:
            parts.append(_turned(_words(lacked, scope, together=False)))
        return joined(" AND ", parts)
    if isinstance(node, AnyOf):
        return joined(" OR ", [_node(part, scope) for part in node.parts])
    found = _words([node], scope) if isinstance(node, Words) else _term(node, scope)
    return _turned(found) if node.negated else found


def _turned(found: Condition) -> Condition:
    # Not "NOT": what compares with an empty column is neither true nor false, and has to be found.
    return Condition(f"({found.sql}) IS NOT TRUE", found.params)


def _words(words: Sequence[Words], scope: Scope, *, together: bool = True) -> Condition:
    # Most queries look for none.
    from agentconsole.store.query_words import any_word_sql, words_sql

    return (words_sql if together else any_word_sql)(words, [account.id for account in scope.accounts])


def _term(term: Term, scope: Scope) -> Condition:
    name, value = term.name, term.value
    if name == "status":
        return Condition(f"t.status {_sign(term)} ?", [STATUS_RANK[value]])
    if name == "priority":
        # A ticket without a priority is not "lower than high": it has none.
        rank = PRIORITY_RANK.get(value, 0)
        return Condition(f"(t.priority {_sign(term)} ? AND (t.priority > 0 OR ? = 0))", [rank, rank])
    if name in _TIME_COLUMNS:
        return _time(term, scope)
    if name in _PERSON_COLUMNS:
        return _person(_PERSON_COLUMNS[name], value, scope)
    if name == "group":
        return _named("t.assigned_group", "agent_group", value, scope)
    if name == "organisation":
        return _named("t.organisation", "organisation", value, scope)
    if name == "tags":
        if value == "none":
            return Condition("t.tags_text = ''")
        return Condition(
            "t.id IN (SELECT ticket_id FROM ticket_tag WHERE tag IN (?, ?))", [value, value.lower()]
        )
    if name == "channel":
        return Condition("t.channel = ?", [value.lower()])
    if name == "account":
        ids = [account.id for account in scope.accounts if account.name.lower() == value.lower()]
        return Condition(f"t.account_id IN ({marks(ids)})", list(ids))
    if name == "id":
        return _id(value)
    if name == "subject":
        return likes("t.subject", value)
    if term.custom:
        return _custom(term, scope)
    if name == "has":
        return Condition(_HAS_FILE)
    if value == "overdue":
        return Condition("t.due_at < ?", [scope.now])
    if value == "snoozed":
        return Condition("t.id IN (SELECT id FROM ticket WHERE snoozed_until > ?)", [scope.now])
    return Condition(_FLAGS[value])


def _id(value: str) -> Condition:
    if value.startswith("~") and value[1:].isascii() and value[1:].isdigit():
        return Condition("t.id = ?", [min(int(value[1:]), 2**62)])
    return Condition("t.remote_id = ?", [value])


def _time(term: Term, scope: Scope) -> Condition:
    column = _TIME_COLUMNS[term.name]
    if term.value == "none":
        return Condition(f"{column} IS NULL")
    first, after = instant_range(term.value, now=scope.now, zone=scope.zone, ahead=term.name == "due")
    if term.op == ":":
        return Condition(f"({column} >= ? AND {column} < ?)", [first, after])
    instant = first if term.op in ("<", ">=") else after
    return Condition(f"{column} {'<' if term.op in ('<', '<=') else '>='} ?", [instant])


def _person(column: str, value: str, scope: Scope) -> Condition:
    if value == "none":
        return Condition(f"{column} IS NULL")
    parts: list[Condition] = []
    for account in scope.accounts:
        if value == "me":
            if account.me is not None:
                parts.append(Condition(f"({column} = ? AND t.account_id = ?)", [account.me, account.id]))
            continue
        like = likes("name", value)
        parts.append(
            Condition(
                f"(t.account_id = ? AND {column} IN (SELECT remote_id FROM person WHERE account_id = ?"
                f" AND (remote_id = ? OR email = ? COLLATE NOCASE OR {like.sql})))",
                [account.id, account.id, value, value, *like.params],
            )
        )
    return joined(" OR ", parts) if parts else Condition("0")


def _named(column: str, table: str, value: str, scope: Scope) -> Condition:
    if value.lower() == "none":
        return Condition(f"{column} IS NULL")
    parts = [
        Condition(
            f"(t.account_id = ? AND {column} IN (SELECT remote_id FROM {table} WHERE account_id = ?"
            " AND (remote_id = ? OR name = ? COLLATE NOCASE)))",
            [account.id, account.id, value, value],
        )
        for account in scope.accounts
    ]
    return joined(" OR ", parts) if parts else Condition("0")


def _custom(term: Term, scope: Scope) -> Condition:
    """Compare a custom field: choices by label or key, texts by a part, numbers and dates by their order.

    The helpdesk's value counts, as Changes that wait to go out are kept apart.
    """
    parts: list[Condition] = []
    for definition in scope.custom.get(term.name, ()):
        value = _custom_value(term, definition)
        sql = (
            "EXISTS (SELECT 1 FROM ticket_server s, json_each(s.field_values, ?) v"
            f" WHERE s.ticket_id = t.id AND {value.sql})"
        )
        path = '$."' + definition.name.replace('"', "") + '"'
        none = "NOT " if term.value == "none" else ""
        parts.append(
            Condition(f"(t.account_id = ? AND {none}{sql})", [definition.account_id, path, *value.params])
        )
    return joined(" OR ", parts) if parts else Condition("0")


def _custom_value(term: Term, definition: CustomScope) -> Condition:
    value, kind = term.value, definition.kind
    if value == "none":
        return Condition("v.atom IS NOT NULL AND v.atom <> ''")
    if kind in ("integer", "decimal"):
        return Condition(f"CAST(v.atom AS REAL) {_sign(term)} CAST(? AS REAL)", [value])
    if kind == "checkbox":
        return Condition("v.atom = ?", [int(value.lower() in ("true", "yes", "1"))])
    if kind in ("choice", "multichoice"):
        keys = [
            key
            for key, label in definition.choices.items()
            if value.casefold() in (key.casefold(), label.casefold())
        ]
        return Condition(f"v.atom IN ({marks(keys)})", list(keys)) if keys else Condition("0")
    if kind == "date" or term.op != ":":
        return Condition(f"v.atom {_sign(term)} ?", [value])
    return likes("v.atom", value)


def _only_open(query: Query) -> bool:
    """Tell whether nothing solved can match."""
    ranks = set(STATUS_RANK.values())
    for part in query.where.parts:
        if isinstance(part, Term) and part.name == "status":
            ranks &= _ranks(part)
        elif isinstance(part, AnyOf) and all(
            isinstance(one, Term) and one.name == "status" for one in part.parts
        ):
            ranks &= set().union(*(_ranks(one) for one in part.parts if isinstance(one, Term)))
        elif isinstance(part, Term) and not part.negated and part.value != "none":
            if part.name == "due" or (part.name == "is" and part.value == "overdue"):
                return True
    return bool(ranks) and max(ranks) < SOLVED


def _ranks(term: Term) -> set[int]:
    bound = STATUS_RANK[term.value]
    held = {
        rank
        for rank in STATUS_RANK.values()
        if (term.op in (":", "<=", ">=") and rank == bound)
        or (term.op in ("<", "<=") and rank < bound)
        or (term.op in (">", ">=") and rank > bound)
    }
    return set(STATUS_RANK.values()) - held if term.negated else held


def _sign(term: Term) -> str:
    return "=" if term.op == ":" else term.op
