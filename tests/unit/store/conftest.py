"""A real database a test, copied from one that was migrated once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stores import put_empty_store
from tests.unit.store.bench import Bench


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """A database of the test's own."""
    path = tmp_path / "store" / "agentconsole.db"
    put_empty_store(path)
    return path


@pytest.fixture
def bench(store_path: Path) -> Iterator[Bench]:
    """The store's parts over one database, with an account."""
    made = Bench(store_path)
    yield made
    made.close()
