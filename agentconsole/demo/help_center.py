"""The Help Center's records as JSON, and looking for articles."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from agentconsole.demo.clock import iso

_TAGS = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
SNIPPET = 240


def article(row: sqlite3.Row, api: str, author_id: int) -> dict[str, Any]:
    """An article in one language."""
    url = f"{api}/help_center/{row['locale']}/articles/{row['id']}.json"
    return {
        "id": row["id"],
        "url": url,
        "html_url": html_url(row, api),
        "author_id": author_id,
        "comments_disabled": True,
        "draft": False,
        "promoted": False,
        "position": row["position"],
        "vote_sum": 0,
        "vote_count": 0,
        "section_id": row["section_id"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "edited_at": iso(row["updated_at"]),
        "name": row["title"],
        "title": row["title"],
        "source_locale": row["source_locale"],
        "locale": row["locale"],
        "outdated": False,
        "outdated_locales": [],
        "user_segment_id": None,
        "permission_group_id": 1,
        "content_tag_ids": [],
        "label_names": json.loads(row["labels"]),
        "body": row["body"],
    }


def html_url(row: sqlite3.Row, api: str) -> str:
    """The page that a customer would read."""
    base = api.removesuffix("/api/v2")
    return f"{base}/hc/{row['locale']}/articles/{row['id']}-{row['slug']}"


def translation(row: sqlite3.Row, api: str, author_id: int) -> dict[str, Any]:
    """An article's text in one language."""
    return {
        "id": row["translation_id"],
        "url": f"{api}/help_center/articles/{row['id']}/translations/{row['locale']}.json",
        "html_url": html_url(row, api),
        "source_id": row["id"],
        "source_type": "Article",
        "locale": row["locale"],
        "title": row["title"],
        "body": row["body"],
        "outdated": False,
        "draft": False,
        "hidden": False,
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "updated_by_id": author_id,
        "created_by_id": author_id,
    }


def section(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A section in one language."""
    return {
        "id": row["id"],
        "url": f"{api}/help_center/{row['locale']}/sections/{row['id']}.json",
        "html_url": f"{api.removesuffix('/api/v2')}/hc/{row['locale']}/sections/{row['id']}",
        "category_id": row["category_id"],
        "parent_section_id": None,
        "position": row["position"],
        "sorting": "manual",
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
        "name": row["name"],
        "description": "",
        "locale": row["locale"],
        "source_locale": row["locale"],
        "outdated": False,
        "theme_template": "section_page",
    }


def category(row: sqlite3.Row, api: str) -> dict[str, Any]:
    """A category in one language."""
    return {
        "id": row["id"],
        "url": f"{api}/help_center/{row['locale']}/categories/{row['id']}.json",
        "html_url": f"{api.removesuffix('/api/v2')}/hc/{row['locale']}/categories/{row['id']}",
        "position": row["position"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
        "name": row["name"],
        "description": "",
        "locale": row["locale"],
        "source_locale": row["locale"],
        "outdated": False,
    }


def plain(body: str) -> str:
    """An article's HTML as one line of text."""
    return _SPACE.sub(" ", html.unescape(_TAGS.sub(" ", body))).strip()


def pieces(query: str) -> list[str]:
    """The words to look for; Chinese, Japanese and Korean words are cut into pairs."""
    found: list[str] = []
    for word in _WORD.findall(query.lower()):
        if any(ord(char) >= 0x2E80 for char in word) and len(word) > 2:
            found += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def ranked(rows: Sequence[sqlite3.Row], query: str) -> list[tuple[float, sqlite3.Row]]:
    """The rows that hold a word of the query, the best first: rare words and titles count more."""
    words = pieces(query)
    texts = [(row, row["title"].lower(), plain(row["body"]).lower(), row["labels"].lower()) for row in rows]
    spread = {word: sum(word in title or word in body or word in labels for _, title, body, labels in texts)
              for word in words}  # fmt: skip
    scored: list[tuple[float, sqlite3.Row]] = []
    for row, title, body, labels in texts:
        score = 0.0
        for word in words:
            if not spread[word]:
                continue
            weight = 1.0 / spread[word]
            score += weight * (4 * (word in title) + 2 * (word in labels) + min(body.count(word), 3))
        if score:
            scored.append((score, row))
    scored.sort(key=lambda item: (-item[0], item[1]["id"], item[1]["locale"]))
    return scored


def snippet(body: str, query: str) -> str:
    """A piece of the article around the first word found, with `<em>` about each, HTML escaped."""
    text = plain(body)
    words = pieces(query)
    lower = text.lower()
    places = [lower.find(word) for word in words if word in lower]
    begin = max(0, min(places, default=0) - 60)
    part = html.escape(text[begin : begin + SNIPPET], quote=False)
    if words:
        pattern = "|".join(
            re.escape(html.escape(word, quote=False)) for word in sorted(words, key=len, reverse=True)
        )
        part = re.sub(f"(?i)({pattern})", r"<em>\1</em>", part)
    return f"{'…' if begin else ''}{part}{'…' if begin + SNIPPET < len(text) else ''}"
