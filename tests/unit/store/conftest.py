"""A real database a test, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.store.database import prepare_store
from tests.unit.store.bench import Bench


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows; not to be written."""
    path = tmp_path_factory.mktemp("template") / "store" / "agentconsole.db"
    prepare_store(path, now=0)
    return path


@pytest.fixture
def store_path(empty_store: Path, tmp_path: Path) -> Path:
    """A database of the test's own."""
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    return Path(shutil.copy(empty_store, folder / "agentconsole.db"))


@pytest.fixture
def bench(store_path: Path) -> Iterator[Bench]:
    """The store's parts over one database, with an account."""
    made = Bench(store_path)
    yield made
    made.close()
