"""Full text behind the feeds: tickets, messages and articles, indexed from the dirty list in small slices."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import ArticleItem
from agentconsole.search.knowledge import ArticleDoc, IndexDamaged, KnowledgeIndex
from agentconsole.store.dirty_list import clear_dirty, read_dirty
from agentconsole.store.fts import prepare_full_text, update_full_text
from agentconsole.store.ingest_feeds import is_reading
from agentconsole.store.pacing import Checkpoints, Pace
from agentconsole.store.reader import Reader
from agentconsole.sync.threads import StoreThread

_TEXTS: Final = 500
_ARTICLES: Final = 400
_ALL: Final = 1_000_000
_MOST_WAITS: Final = 10
"""So often a first filling waits for the rest of the articles; then it goes by what is there."""
_PAUSE: Final = 1.0
_SETTLE: Final = 0.02
_TROUBLE_PAUSE: Final = 30.0

_log = logging.getLogger(__name__)


class Indexer:
    """Keeps the indexes up to date; they are derived, so a failure costs time and never data."""

    def __init__(self, conn: sqlite3.Connection, folder: Path, thread: StoreThread) -> None:
        """Index what is in `conn`; the articles' index lies in `folder`, all work is done on `thread`."""
        self._conn = conn
        self._knowledge = KnowledgeIndex(folder)
        self._thread = thread
        self._reader = Reader(conn)
        self._pace = Pace(checkpoints=Checkpoints(conn))
        self._prepared = False
        self._empty = False
        """Whether the index was begun empty and holds nothing yet."""
        self._waits = 0

    def close(self) -> None:
        """Close what was opened for reading, once the thread has ended; the connection given stays open."""
        self._reader.close()

    async def run(self) -> None:
        """Index whatever comes, until cancelled."""
        while True:
            try:
                worked = await self._slice()
            except (ConsoleError, OSError) as error:
                _log.error("The index is behind: %s", error)
                await asyncio.sleep(_TROUBLE_PAUSE)
            except Exception:
                # Whoosh raises what it likes; without this the index would stand still until the next start.
                _log.exception("The index failed inside")
                await asyncio.sleep(_TROUBLE_PAUSE)
            else:
                await asyncio.sleep(_SETTLE if worked else _PAUSE)

    async def drain(self) -> None:
        """Index all that is left."""
        try:
            while await self._slice(last=True):
                pass
        except (ConsoleError, OSError) as error:
            _log.error("The index is behind: %s", error)
        except Exception:
            _log.exception("The index failed inside")

    async def _slice(self, *, last: bool = False) -> bool:
        """Index a little; False when nothing is left that can be indexed now.

        Args:
            last: Nothing more comes, so nothing is waited for.
        """
        if not self._prepared:
            await self._thread(self._prepare)
        articles = await self._thread(self._some_articles, last)
        texts = await self._thread(update_full_text, self._conn, _TEXTS, pace=self._pace)
        return bool(articles or texts)

    def _prepare(self) -> None:
        if self._prepared:
            return
        prepare_full_text(self._conn)
        if self._knowledge.needs_rebuild():
            self._empty = self._rebuild() == 0
        self._prepared = True

    def _some_articles(self, last: bool) -> int:
        items = read_dirty(self._conn, _ARTICLES, "article")
        if not items:
            return 0
        if self._empty:
            return self._first_articles(last)
        found = self._reader.articles([item.id for item in items])
        gone = [item.id for item in items if item.id not in found]
        try:
            self._knowledge.update(_docs(found.values()), gone)
        except IndexDamaged:
            self._rebuild()
        clear_dirty(self._conn, items)
        return len(items)

    def _first_articles(self, last: bool) -> int:
        """Fill an empty index in one go, once the articles are all here: page by page would cost more."""
        if not last and self._waits < _MOST_WAITS and is_reading(self._conn, "articles"):
            self._waits += 1
            return 0
        items = read_dirty(self._conn, _ALL, "article")
        self._rebuild()
        self._empty = False
        clear_dirty(self._conn, items)
        return len(items)

    def _rebuild(self) -> int:
        return self._knowledge.rebuild(_docs(self._reader.article_docs()))


def _docs(articles: Iterable[ArticleItem]) -> list[ArticleDoc]:
    return [
        ArticleDoc(
            id=each.id,
            title=each.title,
            body_text=each.text,
            labels=each.labels,
            locale=each.locale,
            section=each.section,
            updated_at=each.updated_at,
            group=f"{each.account}/{each.remote_id}",
        )
        for each in articles
    ]
