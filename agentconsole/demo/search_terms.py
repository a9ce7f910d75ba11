"""The words of a search query, taken apart (Zendesk: search reference)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TERM = re.compile(
    r"""(?P<minus>-)?
        (?:(?P<name>[A-Za-z_][\w.]*)(?P<op><=|>=|:|<|>|=))?
        (?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition, or a word when `name` is empty."""

    name: str
    op: str
    """`:`, `<`, `<=`, `>`, `>=`."""
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart."""

    kind: str | None
    """`ticket`, `user`, `organization`, `group`, or None for all."""
    terms: tuple[Term, ...]
    order_by: str | None = None
    descending: bool | None = None
    words: tuple[str, ...] = field(default=())


def parse_query(text: str) -> Query:
    """Take a query apart; what is no known condition is a word to look for. Never fails."""
    kind: str | None = None
    order_by: str | None = None
    descending: bool | None = None
    terms: list[Term] = []
    for match in _TERM.finditer(text):
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        name = (match["name"] or "").lower()
        op = ":" if match["op"] == "=" else (match["op"] or ":")
        if name == "type" and value.lower().rstrip("s") in ("ticket", "user", "organization", "group"):
            kind = value.lower().rstrip("s")
        elif name == "order_by":
            order_by = value.lower()
        elif name == "sort":
            descending = value.lower() == "desc"
        elif value:
            terms.append(Term(name, op, value, bool(match["minus"])))
    words = tuple(term.value for term in terms if not term.name and not term.negated)
    return Query(kind, tuple(terms), order_by, descending, words)
