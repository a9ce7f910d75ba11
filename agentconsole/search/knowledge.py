"""Knowledge articles: what the index takes and gives. Whoosh is imported with the first use, not before."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentconsole.domain.errors import ConsoleError

if TYPE_CHECKING:
    from agentconsole.search.whoosh_index import WhooshIndex

Span = tuple[int, int]
"""Where a highlight begins and ends, in characters of the text it belongs to."""


class IndexDamaged(ConsoleError):
    """The index can't be read: absent, of another version, or broken. `rebuild` makes it good."""


class IndexBusy(ConsoleError):
    """Another process is writing the index and did not finish in time."""


@dataclass(frozen=True, slots=True)
class ArticleDoc:
    """One article in one language, as it is put into the index."""

    id: int
    """The store's id of this language's version."""
    title: str
    body_text: str
    """Cleaned text, no HTML."""
    labels: tuple[str, ...] = ()
    locale: str = ""
    """Lower case: `en-us`, `zh-cn`."""
    section: str = ""
    updated_at: int = 0
    group: str = ""
    """The same for all languages of one article; empty if it has but one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found."""

    article_id: int
    score: float
    """Comparable within one answer only."""
    title: str
    title_highlights: tuple[Span, ...]
    snippet: str
    """The stretch of the text that says most of what was asked, on one line."""
    snippet_highlights: tuple[Span, ...]
    locale: str = ""
    section: str = ""


class KnowledgeIndex:
    """The articles' index in one folder. Derived: deleting it costs a rebuild, never data.

    One process writes (the worker), any number read; a reader sees each finished write with its next search.
    Threads may share an instance.
    """

    def __init__(self, folder: Path, *, lock_timeout: float = 10.0) -> None:
        """Name the folder; nothing is opened or made before the first call.

        Args:
            folder: holds the index and nothing else.
            lock_timeout: seconds to wait for another writer.
        """
        self._folder = folder
        self._lock_timeout = lock_timeout
        self._lock = threading.Lock()
        self._opened: WhooshIndex | None = None

    def needs_rebuild(self) -> bool:
        """Tell whether the index is absent, of another version, or can't be read."""
        with self._lock:
            return not self._index.is_sound()

    def rebuild(self, articles: Iterable[ArticleDoc]) -> int:
        """Replace the whole index; return how many articles it has. Readers see the old one until it is done.

        Raises:
            IndexBusy: another writer kept the index beyond the deadline.
            OSError: the folder can't be written.
        """
        with self._lock:
            return self._index.rebuild(articles, self._lock_timeout)

    def update(self, upserts: Iterable[ArticleDoc] = (), deletes: Iterable[int] = ()) -> None:
        """Put changed articles in and take deleted ones out, in one step.

        Raises:
            IndexDamaged: the index is absent, of another version, or broken.
            IndexBusy: another writer kept the index beyond the deadline.
            OSError: the folder can't be written.
        """
        with self._lock:
            self._index.update(upserts, deletes, self._lock_timeout)

    def search(
        self, query: str, *, limit: int = 20, locale: str | None = None, as_typed: bool = False
    ) -> list[Hit]:
        """Return the articles that answer `query` best; any text is a query, a whole message too.

        Of the languages of one article one is returned: the one written like the query (Chinese to
        Chinese), then the one in `locale`, then the best match.

        Args:
            query: what was typed or what the customer wrote; it has no syntax.
            limit: how many at most.
            locale: the language the reader prefers, such as `en-us` or `en`.
            as_typed: the last word may be unfinished.

        Raises:
            IndexDamaged: the index is absent, of another version, or broken.
        """
        with self._lock:
            return self._index.search(query, limit, locale, as_typed)

    def suggest(self, query: str) -> str | None:
        """Return `query` with unknown words replaced by the likeliest known ones; None if there are none.

        Raises:
            IndexDamaged: the index is absent, of another version, or broken.
        """
        with self._lock:
            return self._index.suggest(query)

    def close(self) -> None:
        """Let go of the index's files; it opens again when used."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @property
    def _index(self) -> WhooshIndex:
        if self._opened is None:
            from agentconsole.search.whoosh_index import WhooshIndex

            self._opened = WhooshIndex(self._folder)
        return self._opened
