"""Cursor and offset paging of lists, with their surprises (Zendesk: pagination)."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from agentconsole.demo.call import Call
from agentconsole.demo.errors import ApiError, bad_request, listed

MAX_PAGE = 100
MAX_DEPTH = 10_000

Rows = Sequence[sqlite3.Row]
Present = Callable[[Rows], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Source:
    """A query that can be paged."""

    sql: str
    """From FROM on, with WHERE, without ORDER."""
    values: tuple[object, ...] = ()
    columns: str = "*"
    key: str = "id"
    """The unique column that breaks ties."""
    default_sort: str = "id"
    default_descending: bool = False
    sorts: Mapping[str, str] | None = None
    """What a client may sort by in offset pages, and the expression for it; None: nothing."""
    cursor_sorts: Mapping[str, str] | None = None
    """The same for cursor pages; None: any `sort` is ignored."""
    default_size: int = MAX_PAGE
    cursor_by_default: bool = False
    """Whether a request that asks for no style gets cursor pages."""


def wants_cursor(call: Call) -> bool:
    """Whether the request asks for cursor pages."""
    return any(name in call.query for name in ("page[size]", "page[after]", "page[before]"))


def paged(call: Call, name: str, source: Source, present: Present) -> dict[str, Any]:
    """One page of `source` under the key `name`, in the style that the request asks for.

    Raises:
        ApiError: 400 for a page too deep, a bad cursor or a sort that does not exist.
    """
    if wants_cursor(call) or (source.cursor_by_default and "page" not in call.query):
        return _cursor_page(call, name, source, present)
    return _offset_page(call, name, source, present)


def link(call: Call, **changes: object) -> str:
    """The request's own address with other parameters, with `.json` as the original writes it."""
    query = {key: value for key, value in call.query.items() if key not in changes}
    query.update({key: str(value) for key, value in changes.items() if value is not None})
    return f"{call.base}{call.path}.json?{urlencode(query)}"


def bounds(call: Call, default_size: int = MAX_PAGE) -> tuple[int, int]:
    """(page, size) of an offset request.

    Raises:
        ApiError: 400 for a page beyond the depth limit.
    """
    size = call.whole_number("per_page", default_size)
    size = max(1, min(MAX_PAGE, size))
    number = max(1, call.whole_number("page", 1))
    if number > MAX_PAGE or number * size > MAX_DEPTH:
        raise listed(
            400,
            "InvalidPaginationDepth",
            "Pagination too deep",
            f"Offset pagination ends at page {MAX_PAGE} and {MAX_DEPTH} records; use cursor pagination",
        )
    return number, size


def offset_links(call: Call, number: int, size: int, count: int) -> dict[str, Any]:
    """`count`, `next_page` and `previous_page` of an offset page."""
    return {
        "next_page": link(call, page=number + 1, per_page=size) if number * size < count else None,
        "previous_page": link(call, page=number - 1, per_page=size) if number > 1 else None,
        "count": count,
    }


def _offset_page(call: Call, name: str, source: Source, present: Present) -> dict[str, Any]:
    number, size = bounds(call, source.default_size)
    order = _offset_order(call, source)
    count = int(call.connection.execute(f"SELECT COUNT(*) {source.sql}", source.values).fetchone()[0])
    rows = call.connection.execute(
        f"SELECT {source.columns} {source.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*source.values, size, (number - 1) * size),
    ).fetchall()
    return {name: present(rows), **offset_links(call, number, size, count)}


def _offset_order(call: Call, source: Source) -> str:
    expression, descending = source.default_sort, source.default_descending
    asked = call.query.get("sort_by") or call.query.get("sort", "").lstrip("-")
    if asked and source.sorts and asked in source.sorts:
        expression = source.sorts[asked]
        descending = call.query.get("sort", "").startswith("-")
    order = call.query.get("sort_order")
    if order in ("asc", "desc"):
        descending = order == "desc"
    way = "DESC" if descending else "ASC"
    return f"{expression} {way}, {source.key} {way}"


def _cursor_page(call: Call, name: str, source: Source, present: Present) -> dict[str, Any]:
    size = max(1, min(MAX_PAGE, call.whole_number("page[size]", source.default_size)))
    expression, descending = _cursor_order(call, source)
    after, before = call.query.get("page[after]"), call.query.get("page[before]")
    backwards = before is not None
    position = decode_cursor(before if before is not None else after) if (after or before) else None
    falling = descending != backwards
    where, values = source.sql, list(source.values)
    if position is not None:
        joiner = "AND" if " WHERE " in f" {source.sql} " else "WHERE"
        where += f" {joiner} ({expression}, {source.key}) {'<' if falling else '>'} (?, ?)"
        values += position
    way = "DESC" if falling else "ASC"
    rows = call.connection.execute(
        f"SELECT {source.columns}, {expression} AS sort_key, {source.key} AS tie_key {where} "
        f"ORDER BY {expression} {way}, {source.key} {way} LIMIT ?",
        (*values, size + 1),
    ).fetchall()
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    first = encode_cursor([rows[0]["sort_key"], rows[0]["tie_key"]]) if rows else (before or after)
    last = encode_cursor([rows[-1]["sort_key"], rows[-1]["tie_key"]]) if rows else (after or before)
    return {name: present(rows), **cursor_links(call, size, first, last, more)}


def cursor_links(call: Call, size: int, first: str | None, last: str | None, more: bool) -> dict[str, Any]:
    """`meta` and `links`; `links.next` is there even on the last page: only `has_more` tells."""
    plain = {"page[after]": None, "page[before]": None, "page[size]": size}
    return {
        "meta": {"has_more": more, "after_cursor": last, "before_cursor": first},
        "links": {
            "next": link(call, **{**plain, "page[after]": last}) if last else None,
            "prev": link(call, **{**plain, "page[before]": first}) if first else None,
        },
    }


def _cursor_order(call: Call, source: Source) -> tuple[str, bool]:
    asked = call.query.get("sort")
    mixed = "page" in call.query or "per_page" in call.query
    if not asked or mixed or source.cursor_sorts is None:
        return source.default_sort, source.default_descending
    expression = source.cursor_sorts.get(asked.lstrip("-"))
    if expression is None:
        raise listed(
            400, "InvalidPaginationParameter", "Invalid sort", f"sort: {asked} is not valid for this resource"
        )
    return expression, asked.startswith("-")


def encode_cursor(position: Sequence[object]) -> str:
    """A cursor for a row's sort values."""
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).decode().rstrip("=")


def decode_cursor(text: str | None) -> list[Any]:
    """The sort values of a cursor.

    Raises:
        ApiError: 400 for one that this server did not make.
    """
    try:
        padded = (text or "") + "=" * (-len(text or "") % 4)
        position = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        raise invalid_cursor() from None
    if not isinstance(position, list) or len(position) != 2:
        raise invalid_cursor()
    if not all(isinstance(part, int | str) for part in position):
        raise invalid_cursor()
    return position


def invalid_cursor() -> ApiError:
    """400 for a cursor that cannot be read."""
    return bad_request("InvalidPaginationCursor", "The cursor is not valid")
