"""The Help Center: categories, sections, articles, search (Zendesk: Help Center API)."""

# ruff: noqa: S608 - the SQL is put together from constants of this package; values are always bound.
from __future__ import annotations

import html
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from agentconsole.demo import help_center
from agentconsole.demo.call import EXPORT_LIMIT, Answer, Call, Endpoint, get
from agentconsole.demo.clock import parse_iso
from agentconsole.demo.database import get_meta
from agentconsole.demo.errors import bad_request, not_found
from agentconsole.demo.paging import Source, bounds, offset_links, paged
from agentconsole.demo.routes.incremental import Feed, time_page
from agentconsole.demo.values import is_number

HC = "/help_center"
PAGE = 30
DEFAULT_LOCALE = "en-us"
SORTS = {"created_at": "created_at", "updated_at": "updated_at", "position": "position", "title": "title"}
# An article comes again when any of its translations has changed.
CHANGED = (
    "(SELECT a.*, MAX(t.updated_at) AS changed_at FROM articles a JOIN articles t ON t.id = a.id "
    "WHERE a.locale = a.source_locale GROUP BY a.id)"
)
ARTICLE_FEED = Feed("articles", CHANGED, "changed_at")


def _author(call: Call) -> int:
    return int(get_meta(call.connection, "admin_id") or 0)


def _locale(call: Call) -> str | None:
    """The language asked for, in the path or the query; None: each article's own."""
    value = call.params.get("locale") or call.query.get("locale")
    return str(value).lower() if value and value != "*" else None


def _in_locale(call: Call) -> tuple[str, list[object]]:
    locale = _locale(call)
    return ("locale = ?", [locale]) if locale else ("locale = source_locale", [])


def _presented(call: Call, rows: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
    author = _author(call)
    shown = [help_center.article(row, call.api, author) for row in rows]
    if "translations" in call.includes():
        by_article: dict[int, list[dict[str, Any]]] = defaultdict(list)
        ids = sorted({row["id"] for row in rows})
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            found = call.connection.execute(
                f"SELECT * FROM articles WHERE id IN ({', '.join('?' * len(some))}) ORDER BY id, locale",
                some,
            )
            for row in found.fetchall():
                by_article[row["id"]].append(help_center.translation(row, call.api, author))
        for entry in shown:
            entry["translations"] = by_article[entry["id"]]
    return shown


def _article_page(call: Call, where: str = "1", *values: object) -> Answer:
    in_locale, given = _in_locale(call)
    source = Source(
        f"FROM articles WHERE {in_locale} AND {where}",
        (*given, *values),
        default_sort="position",
        sorts=SORTS,
        cursor_sorts=SORTS,
        default_size=PAGE,
    )
    body = paged(call, "articles", source, lambda rows: _presented(call, rows))
    if "page[size]" not in call.query:
        number, size = bounds(call, PAGE)
        body["page"] = number
        body["per_page"] = size
        body["page_count"] = -(-body["count"] // size) if "count" in body else None
    return Answer({**body, **_beside(call, body["articles"])})


def _beside(call: Call, articles: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if {"sections", "categories"} & call.includes():
        rows = call.connection.execute("SELECT * FROM sections ORDER BY position").fetchall()
        wanted = {entry["section_id"] for entry in articles}
        sections = _one_each([row for row in rows if row["id"] in wanted], _locale(call))
        found["sections"] = [help_center.section(row, call.api) for row in sections]
    if "categories" in call.includes():
        rows = call.connection.execute("SELECT * FROM categories ORDER BY position").fetchall()
        wanted = {entry["category_id"] for entry in found["sections"]}
        categories = _one_each([row for row in rows if row["id"] in wanted], _locale(call))
        found["categories"] = [help_center.category(row, call.api) for row in categories]
    return found


def _one_each(rows: Sequence[sqlite3.Row], locale: str | None) -> list[sqlite3.Row]:
    """One row for each id: in the language asked for, else the first there is."""
    chosen: dict[int, sqlite3.Row] = {}
    for row in rows:
        if row["id"] not in chosen or row["locale"] == (locale or DEFAULT_LOCALE):
            chosen[row["id"]] = row
    return list(chosen.values())


def list_articles(call: Call) -> Answer:
    """`GET /help_center/[{locale}/]articles`."""
    label = call.query.get("label_names")
    if label:
        names = label.split(",")
        condition = " OR ".join(
            "EXISTS (SELECT 1 FROM json_each(articles.labels) l WHERE l.value = ? COLLATE NOCASE)"
            for _ in names
        )
        return _article_page(call, f"({condition})", *names)
    return _article_page(call)


def articles_of_section(call: Call) -> Answer:
    """`GET /help_center/[{locale}/]sections/{id}/articles`."""
    return _article_page(call, "section_id = ?", call.id())


def articles_of_category(call: Call) -> Answer:
    """`GET /help_center/[{locale}/]categories/{id}/articles`."""
    where = "section_id IN (SELECT s.id FROM sections s WHERE s.category_id = ?)"
    return _article_page(call, where, call.id())


def show_article(call: Call) -> Answer:
    """`GET /help_center/[{locale}/]articles/{id}`."""
    in_locale, given = _in_locale(call)
    row = call.connection.execute(
        f"SELECT * FROM articles WHERE id = ? AND {in_locale}",
        (call.id(), *given),
    ).fetchone()
    if row is None:
        raise not_found()
    return Answer({"article": _presented(call, [row])[0]})


def translations(call: Call) -> Answer:
    """`GET /help_center/articles/{id}/translations`."""
    rows = call.connection.execute(
        "SELECT * FROM articles WHERE id = ? ORDER BY locale", (call.id(),)
    ).fetchall()
    if not rows:
        raise not_found()
    author = _author(call)
    found = [help_center.translation(row, call.api, author) for row in rows]
    return Answer({"translations": found, "count": len(found), "next_page": None, "previous_page": None})


def show_translation(call: Call) -> Answer:
    """`GET /help_center/articles/{id}/translations/{locale}`."""
    row = call.connection.execute(
        "SELECT * FROM articles WHERE id = ? AND locale = ?", (call.id(), str(call.params["locale"]).lower())
    ).fetchone()
    if row is None:
        raise not_found()
    return Answer({"translation": help_center.translation(row, call.api, _author(call))})


def article_attachments(call: Call) -> Answer:
    """`GET /help_center/articles/{id}/attachments`: this Help Center has none."""
    if call.connection.execute("SELECT 1 FROM articles WHERE id = ?", (call.id(),)).fetchone() is None:
        raise not_found()
    return Answer({"article_attachments": [], "count": 0, "next_page": None, "previous_page": None})


def labels(call: Call) -> Answer:
    """`GET /help_center/articles/labels`."""
    rows = call.connection.execute(
        "SELECT DISTINCT l.value AS name FROM articles, json_each(articles.labels) l ORDER BY name"
    ).fetchall()
    found = [{"id": place + 1, "name": row["name"]} for place, row in enumerate(rows)]
    return Answer({"labels": found, "count": len(found), "next_page": None, "previous_page": None})


def locales(call: Call) -> Answer:
    """`GET /help_center/locales`."""
    rows = call.connection.execute("SELECT DISTINCT locale FROM articles ORDER BY locale").fetchall()
    return Answer({"locales": [row["locale"] for row in rows], "default_locale": DEFAULT_LOCALE})


def incremental_articles(call: Call) -> Answer:
    """`GET /help_center/incremental/articles`: each article in its own language, by its last change.

    `include=translations` brings the other languages; a changed translation brings its article again.
    """
    locale = _locale(call)
    feed = ARTICLE_FEED
    if locale is not None:
        rows, paging = time_page(
            call, Feed("articles", "articles", "updated_at", f"locale = '{_safe(locale)}'")
        )
    else:
        rows, paging = time_page(call, feed)
    return Answer({"articles": _presented(call, rows), **paging})


def _safe(locale: str) -> str:
    if not locale.replace("-", "").isalnum() or not locale.isascii():
        raise bad_request("InvalidValue", "locale is not valid")
    return locale


def article_page(call: Call) -> Answer:
    """`GET /hc/{locale}/articles/{id}-{slug}`: what a customer sees who follows a link in a reply."""
    number = str(call.params["name"]).partition("-")[0]
    row = call.connection.execute(
        "SELECT * FROM articles WHERE id = ? AND locale = ?",
        (int(number) if is_number(number) else 0, str(call.params["locale"]).lower()),
    ).fetchone()
    if row is None:
        raise not_found()
    title = html.escape(f"{row['title']} - {call.helpdesk.company_name}")
    page = (
        f'<!DOCTYPE html><html lang="{html.escape(row["locale"])}"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{html.escape(row['title'])}</h1>{row['body']}</body></html>"
    )
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Answer(page.encode(), 200, headers, "text/html; charset=utf-8")


def search_articles(call: Call) -> Answer:
    """`GET /help_center/articles/search`: by relevance, offset pages, at most a thousand hits."""
    query = call.query.get("query", "").strip()
    if not query and not {"category", "section", "label_names"} & call.query.keys():
        raise bad_request("InvalidValue", "One of query, category, section, label_names is required")
    where, values = ["1"], list[object]()
    locale = _locale(call)
    if call.query.get("locale") != "*":
        where.append("locale = ?")
        values.append(locale or DEFAULT_LOCALE)
    if "section" in call.query:
        where.append("section_id = ?")
        values.append(call.whole_number("section"))
    if "category" in call.query:
        where.append("section_id IN (SELECT s.id FROM sections s WHERE s.category_id = ?)")
        values.append(call.whole_number("category"))
    for name in [part for part in call.query.get("label_names", "").split(",") if part]:
        where.append("EXISTS (SELECT 1 FROM json_each(articles.labels) l WHERE l.value = ? COLLATE NOCASE)")
        values.append(name)
    if "updated_after" in call.query:
        where.append("updated_at >= ?")
        values.append(parse_iso(call.query["updated_after"]) or 0)
    rows = call.connection.execute(
        f"SELECT * FROM articles WHERE {' AND '.join(where)} ORDER BY position",
        values,
    ).fetchall()
    hits = [row for _, row in help_center.ranked(rows, query)] if query else rows
    number, size = max(1, call.whole_number("page", 1)), max(1, min(100, call.whole_number("per_page", 25)))
    count = min(len(hits), 1000)
    page = hits[:1000][(number - 1) * size : number * size]
    results = [
        {**entry, "result_type": "article", "snippet": help_center.snippet(row["body"], query)}
        for entry, row in zip(_presented(call, page), page, strict=True)
    ]
    paging = offset_links(call, number, size, count)
    return Answer(
        {"results": results, **paging, "page": number, "per_page": size, "page_count": -(-count // size)}
    )


def _listing(
    name: str, table: str, present: Callable[[sqlite3.Row, str], dict[str, Any]], parent: str | None = None
) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        locale = _locale(call) or DEFAULT_LOCALE
        where, values = "1", list[object]()
        if parent is not None:
            where, values = f"{parent} = ?", [call.id()]
        # Without a row in the language asked for, the one row there is stands for it.
        chosen = (
            f"(locale = ? OR (NOT EXISTS (SELECT 1 FROM {table} o WHERE o.id = {table}.id AND o.locale = ?) "
            f"AND locale = (SELECT MIN(o.locale) FROM {table} o WHERE o.id = {table}.id)))"
        )
        if "locale" in call.params:
            chosen = "(locale = ? AND locale = ?)"
        source = Source(
            f"FROM {table} WHERE {chosen} AND {where}",
            (locale, locale, *values),
            default_sort="position",
            sorts=SORTS,
            cursor_sorts=SORTS,
            default_size=PAGE,
        )
        return Answer(paged(call, name, source, lambda rows: [present(row, call.api) for row in rows]))

    return handler


def _single(
    name: str, table: str, present: Callable[[sqlite3.Row, str], dict[str, Any]]
) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        rows = call.connection.execute(
            f"SELECT * FROM {table} WHERE id = ? ORDER BY locale", (call.id(),)
        ).fetchall()
        chosen = _one_each(rows, _locale(call))
        if not chosen or ("locale" in call.params and chosen[0]["locale"] != _locale(call)):
            raise not_found()
        return Answer({name: present(chosen[0], call.api)})

    return handler


def _both(path: str, handler: Callable[[Call], Answer]) -> tuple[Endpoint, Endpoint]:
    """A path with and without a language in it; anonymous visitors may read."""
    return (
        get(f"{HC}/{path}", handler, access="anyone"),
        get(f"{HC}/{{locale}}/{path}", handler, access="anyone"),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/hc/{locale}/articles/{name}", article_page, access="anyone"),
    get(f"{HC}/locales", locales, access="anyone"),
    get(f"{HC}/incremental/articles", incremental_articles, access="admin", limit=EXPORT_LIMIT, export=True),
    get(
        f"{HC}/{{locale}}/incremental/articles",
        incremental_articles,
        access="admin",
        limit=EXPORT_LIMIT,
        export=True,
    ),
    *_both("articles/search", search_articles),
    get(f"{HC}/articles/labels", labels),
    *_both("articles", list_articles),
    *_both("articles/{id:int}", show_article),
    get(f"{HC}/articles/{{id:int}}/translations", translations),
    get(f"{HC}/articles/{{id:int}}/translations/{{locale}}", show_translation),
    get(f"{HC}/articles/{{id:int}}/attachments", article_attachments),
    *_both("sections", _listing("sections", "sections", help_center.section)),
    *_both("sections/{id:int}", _single("section", "sections", help_center.section)),
    *_both("sections/{id:int}/articles", articles_of_section),
    *_both("categories", _listing("categories", "categories", help_center.category)),
    *_both("categories/{id:int}", _single("category", "categories", help_center.category)),
    *_both(
        "categories/{id:int}/sections", _listing("sections", "sections", help_center.section, "category_id")
    ),
    *_both("categories/{id:int}/articles", articles_of_category),
)
