"""Knowledge articles: searching while typing, reading, quoting into a reply."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import ArticleItem

if TYPE_CHECKING:
    from agentconsole.search.knowledge import KnowledgeIndex

_QUOTE_LENGTH: Final = 1500


@dataclass(frozen=True, slots=True)
class KnowledgeHit:
    """An article that a search found."""

    article_id: int
    account: str
    locale: str
    title: str
    title_highlights: tuple[tuple[int, int], ...]
    """Where the words of the query stand in the title: (from, to) in characters."""
    snippet: str
    snippet_highlights: tuple[tuple[int, int], ...]
    section: str
    url: str
    score: float


@lru_cache(maxsize=4)
def _index(folder: Path) -> KnowledgeIndex:
    """Keep the index of a profile open between two keys."""
    from agentconsole.search.knowledge import KnowledgeIndex

    return KnowledgeIndex(folder)


def search(
    desk: Desk, text: str, *, locale: str | None = None, limit: int = 20, as_typed: bool = False
) -> tuple[KnowledgeHit, ...]:
    """Find articles, best first; an empty query finds none. Works offline.

    Args:
        desk: The profile.
        text: A few words or a customer's whole message; it has no syntax.
        locale: Preferred language; None: as the config says, else the query's own.
        limit: How many at most.
        as_typed: The last word may be unfinished.

    Raises:
        IndexDamaged: There is no index yet, or it is broken; the worker builds it.
    """
    if not text.strip():
        return ()
    hits = _index(desk.paths.index_dir).search(
        text, limit=limit, locale=locale or desk.config.ui.locale or None, as_typed=as_typed
    )
    articles = desk.reader.articles([hit.article_id for hit in hits])
    found = []
    for hit in hits:
        known = articles.get(hit.article_id)
        if known is None:
            continue
        found.append(
            KnowledgeHit(
                article_id=hit.article_id,
                account=known.account,
                locale=known.locale,
                title=known.title,
                title_highlights=hit.title_highlights,
                snippet=hit.snippet,
                snippet_highlights=hit.snippet_highlights,
                section=known.section,
                url=known.url,
                score=hit.score,
            )
        )
    return tuple(found)


def suggest(desk: Desk, text: str) -> str | None:
    """Offer another spelling of a query that found nothing."""
    return _index(desk.paths.index_dir).suggest(text)


def article(desk: Desk, article_id: int) -> ArticleItem:
    """Read an article.

    Raises:
        ConsoleError: It is gone.
    """
    found = desk.reader.article(article_id)
    if found is None:
        raise ConsoleError("This article is gone from the helpdesk.")
    return found


def link(article: ArticleItem) -> str:
    """Write an article as a link in a reply: its title and its address."""
    return f"{article.title}: {article.url}" if article.url else article.title


def quote(article: ArticleItem, selection: str | None = None) -> str:
    """Write a passage of an article for a reply, with title and address.

    No quotation marks stand before the lines: mail programs, and this console, would fold the answer away.

    Args:
        article: The article.
        selection: The passage; None: the article from its beginning, at most some paragraphs.
    """
    passage = (selection if selection is not None else _beginning(article.text)).strip()
    return "\n\n".join(part for part in (article.title, passage, article.url) if part)


def _beginning(text: str) -> str:
    taken: list[str] = []
    length = 0
    for paragraph in text.split("\n\n"):
        if taken and length + len(paragraph) > _QUOTE_LENGTH:
            break
        taken.append(paragraph)
        length += len(paragraph) + 2
    return "\n\n".join(taken)
