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
from agentconsole.store.fts import prepare_full_text, update_full_text
from agentconsole.store.ingest import Ingest
from agentconsole.store.pacing import Pace
from agentconsole.store.reader import Reader
from agentconsole.sync.threads import StoreThread

_TEXTS: Final = 500
_ARTICLES: Final = 400
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
        self._ingest = Ingest(conn, 0)
        self._reader = Reader(conn)
        self._pace = Pace()
        self._prepared = False

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
            while await self._slice():
                pass
        except (ConsoleError, OSError) as error:
            _log.error("The index is behind: %s", error)
        except Exception:
            _log.exception("The index failed inside")

    async def _slice(self) -> bool:
        """Index a little; False when nothing is left."""
        if not self._prepared:
            await self._thread(self._prepare)
            self._prepared = True
        articles = await self._thread(self._some_articles)
        texts = await self._thread(update_full_text, self._conn, _TEXTS, pace=self._pace)
        return bool(articles or texts)

    def _prepare(self) -> None:
        prepare_full_text(self._conn)
        if self._knowledge.needs_rebuild():
            self._rebuild()

    def _some_articles(self) -> int:
        items = self._ingest.dirty(_ARTICLES, "article")
        if not items:
            return 0
        found = self._reader.articles([item.id for item in items])
        gone = [item.id for item in items if item.id not in found]
        try:
            self._knowledge.update(_docs(found.values()), gone)
        except IndexDamaged:
            self._rebuild()
        self._ingest.clear_dirty(items)
        return len(items)

    def _rebuild(self) -> None:
        self._knowledge.rebuild(_docs(self._reader.article_docs()))


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
