"""The articles' index: filled in one go at first, then kept up to date; no fault ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentconsole.domain.fields import RemoteArticle
from agentconsole.helpdesks.base import ListPage
from agentconsole.search.knowledge import KnowledgeIndex
from agentconsole.store.database import open_store
from agentconsole.store.dirty_list import read_dirty
from agentconsole.sync import index
from agentconsole.sync.index import Indexer
from agentconsole.sync.threads import StoreThread
from tests.support.stores import put_empty_store
from tests.unit.store.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "store" / "a.db"
    put_empty_store(path)
    made = Bench(path)
    yield made
    made.close()


@pytest.fixture
def indexer(bench: Bench, tmp_path: Path) -> Iterator[Indexer]:
    conn = open_store(bench.path, role="worker")
    thread = StoreThread("index")
    yield Indexer(conn, tmp_path / "index", thread)
    thread.close()
    conn.close()


def put(bench: Bench, *numbers: int, first: bool, more: bool) -> None:
    articles = tuple(
        RemoteArticle(str(number), "en", f"Kettle {number}", "<p>It boils</p>", "", "", (), False, number)
        for number in numbers
    )
    bench.ingest.put_articles(ListPage(articles, "c", more, first=first), first=first, at=1)


def found(tmp_path: Path) -> int:
    return len(KnowledgeIndex(tmp_path / "index").search("kettle", limit=50))


async def test_an_empty_index_is_filled_when_the_articles_are_all_here(
    bench: Bench, indexer: Indexer, tmp_path: Path
) -> None:
    assert not await indexer._slice(), "the index is begun empty"
    put(bench, 1, 2, first=True, more=True)
    assert not await indexer._slice() and found(tmp_path) == 0
    put(bench, 3, first=False, more=False)
    assert await indexer._slice() and found(tmp_path) == 3
    assert not await indexer._slice()
    put(bench, 4, first=True, more=True)
    assert await indexer._slice() and found(tmp_path) == 4, "later ones go in as they come"


async def test_articles_that_do_not_come_to_an_end_are_not_waited_for(
    bench: Bench, indexer: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_MOST_WAITS", 2)
    assert not await indexer._slice(), "the index is begun empty"
    put(bench, 1, 2, first=True, more=True)
    assert [await indexer._slice() for _ in range(3)] == [False, False, True]
    assert found(tmp_path) == 2


async def test_at_the_end_of_a_single_run_all_is_indexed(
    bench: Bench, indexer: Indexer, tmp_path: Path
) -> None:
    assert not await indexer._slice(), "the index is begun empty"
    put(bench, 1, 2, first=True, more=True)
    await indexer.drain()
    assert found(tmp_path) == 2


async def test_a_fault_inside_does_not_end_the_indexing(
    bench: Bench, indexer: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_TROUBLE_PAUSE", 0.01)
    monkeypatch.setattr(index, "_PAUSE", 0.01)
    whole = KnowledgeIndex.rebuild
    failures = iter([RuntimeError("nobody thought of this")] * 2)

    def rebuild(self: KnowledgeIndex, articles: Any) -> int:
        fault = next(failures, None)
        if fault is not None:
            raise fault
        return whole(self, articles)

    monkeypatch.setattr(KnowledgeIndex, "rebuild", rebuild)
    put(bench, 1, first=True, more=False)
    task = asyncio.create_task(indexer.run())
    async with asyncio.timeout(10):
        while read_dirty(bench.bulk, 1, "article"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert found(tmp_path) == 1
