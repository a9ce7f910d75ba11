"""Reads articles, the helpdesks' macros and views, and searches messages."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentconsole.domain.fields import RemoteMacro, RemoteView
from agentconsole.domain.views import ArticleItem
from agentconsole.store import codec
from agentconsole.store.match import all_words, any_word
from agentconsole.store.reads import Reads, Row, marks

_ARTICLE: Final = (
    "SELECT r.id, a.name, r.remote_id, r.locale, r.title, r.body, r.url, r.section, r.labels, r.updated_at"
    " FROM article r JOIN account a ON a.id = r.account_id WHERE r.draft = 0 AND a.removed = 0"
)
_CANDIDATES: Final = 500
_FEW: Final = 3
_AROUND: Final = 70


@dataclass(frozen=True, slots=True)
class AccountMacro:
    """A macro of a helpdesk's own, and whose."""

    account_id: int
    account: str
    macro: RemoteMacro


@dataclass(frozen=True, slots=True)
class AccountView:
    """A saved view of a helpdesk, and whose."""

    account_id: int
    account: str
    view: RemoteView


@dataclass(frozen=True, slots=True)
class MessageHit:
    """A ticket whose messages have the words."""

    ticket_id: int
    message_id: int
    """The newest message that has them."""
    snippet: str
    """The piece of its text around the first word, on one line."""


class KnowledgeReads(Reads):
    """Articles, macros, views, and words in messages."""

    def articles(self, ids: Sequence[int]) -> dict[int, ArticleItem]:
        """Return published articles by local id; those that are gone are left out."""
        rows = self._rows(f"{_ARTICLE} AND r.id IN ({marks(ids)})", list(ids))
        return {row[0]: _article(row) for row in rows}

    def article(self, article_id: int) -> ArticleItem | None:
        """Return a published article."""
        return self.articles([article_id]).get(article_id)

    def article_docs(self) -> tuple[ArticleItem, ...]:
        """Return all published articles, for an index that is built anew."""
        return tuple(_article(row) for row in self._rows(f"{_ARTICLE} ORDER BY r.id"))

    def remote_macros(self) -> tuple[AccountMacro, ...]:
        """Return the helpdesks' own active macros, by account and title."""
        return tuple(
            AccountMacro(
                account_id,
                account,
                RemoteMacro(remote_id, title, description, codec.load_pairs(actions), True, updated_at),
            )
            for account_id, account, remote_id, title, description, actions, updated_at in self._rows(
                "SELECT m.account_id, a.name, m.remote_id, m.title, m.description, m.actions, m.updated_at"
                " FROM macro m JOIN account a ON a.id = m.account_id WHERE m.active = 1 AND a.removed = 0"
                " ORDER BY a.position, m.title COLLATE NOCASE"
            )
        )

    def views(self) -> tuple[AccountView, ...]:
        """Return the helpdesks' saved views, in their order."""
        return tuple(
            AccountView(account_id, account, RemoteView(remote_id, title, query, position))
            for account_id, account, remote_id, title, query, position in self._rows(
                "SELECT v.account_id, a.name, v.remote_id, v.title, v.query, v.position FROM view v"
                " JOIN account a ON a.id = v.account_id WHERE a.removed = 0 ORDER BY a.position, v.position"
            )
        )

    def search_messages(self, text: str, limit: int) -> tuple[MessageHit, ...]:
        """Find tickets by the words of their messages, the newest message first.

        All words in one message first; only where that gives few, any of them, the best match first.
        """
        match = all_words(text)
        if match is None:
            return ()
        hits = self._hits(match, "m.rowid DESC", limit, {}, text)
        if len(hits) < min(limit, _FEW) and (either := any_word(text)) and either != match:
            hits = self._hits(either, "m.rank", limit, hits, text)
        return tuple(hits.values())

    def _hits(
        self, match: str, order: str, limit: int, hits: dict[int, MessageHit], text: str
    ) -> dict[int, MessageHit]:
        rows = self._rows(
            "SELECT g.ticket_id, g.id FROM (SELECT m.rowid AS id FROM message_fts m WHERE message_fts MATCH ?"
            f" ORDER BY {order} LIMIT ?) f JOIN message g ON g.id = f.id"
            " JOIN ticket t ON t.id = g.ticket_id WHERE t.hidden = 0",
            (match, _CANDIDATES),
        )
        for ticket_id, message_id in rows:
            if len(hits) >= limit:
                break
            if ticket_id not in hits:
                hits[ticket_id] = MessageHit(ticket_id, message_id, self._snippet(message_id, text))
        return hits

    def _snippet(self, message_id: int, text: str) -> str:
        row = self._row("SELECT parts FROM message WHERE id = ?", (message_id,))
        body = " ".join(" ".join(part.text for part in codec.load_parts(row[0])).split()) if row else ""
        words = [re.escape(word) for word in text.split() if any(char.isalnum() for char in word)]
        found = re.search("|".join(words), body, re.IGNORECASE) if words else None
        at = found.start() if found else 0
        start, end = max(0, at - _AROUND), at + _AROUND
        return ("…" if start else "") + body[start:end].strip() + ("…" if end < len(body) else "")


def _article(row: Row) -> ArticleItem:
    key, account, remote_id, locale, title, body, url, section, labels, updated_at = row
    names = codec.load_names(labels)
    return ArticleItem(key, account, remote_id, locale, title, body, url, section, names, updated_at)
