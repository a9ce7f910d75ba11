"""Empty databases, each a copy of one that was migrated once for this process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from agentconsole.store.database import prepare_store
from agentconsole.store.folders import prepare_folder


def put_empty_store(path: Path) -> None:
    """Put an up-to-date database without rows where the program would make one; leave one that is there."""
    if not path.exists():
        prepare_folder(path.parent)
        shutil.copy(_template(), path)


@lru_cache(maxsize=1)
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="agentconsole-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "store" / "agentconsole.db"
    prepare_store(path, now=0)
    return path
