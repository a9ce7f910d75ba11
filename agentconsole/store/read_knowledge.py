"""Reads articles, and the helpdesks' macros and views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentconsole.domain.fields import RemoteMacro, RemoteView
from agentconsole.domain.views import ArticleItem
from agentconsole.store import codec
from agentconsole.store.reads import Reads, Row, marks

_ARTICLE: Final = (
    "SELECT r.id, a.name, r.remote_id, r.locale, r.title, r.body, r.url, r.section, r.labels, r.updated_at"
    " FROM article r JOIN account a ON a.id = r.account_id WHERE r.draft = 0 AND a.removed = 0"
)


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


class KnowledgeReads(Reads):
    """Articles, macros and views."""

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


def _article(row: Row) -> ArticleItem:
    key, account, remote_id, locale, title, body, url, section, labels, updated_at = row
    names = codec.load_names(labels)
    return ArticleItem(key, account, remote_id, locale, title, body, url, section, names, updated_at)
