"""A real Request Tracker for a whole run, or a clear sentence why there is none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.rt.server import FolderInUse, NotHere, RtServer, free_port, install

TICKETS = 60


def server_in(folder: Path, kept: Path | None) -> RtServer:
    """Take the kept folder; where another run is in it, `folder`, with copies of the filled databases."""
    if kept is not None:
        server = RtServer(kept.resolve(), free_port())
        try:
            server.take()
        except FolderInUse:
            if (kept / "copies").is_dir():
                shutil.copytree(kept / "copies", folder / "copies", ignore=shutil.ignore_patterns("*.draft"))
        else:
            return server
    return RtServer(folder.resolve(), free_port())


@pytest.fixture(scope="session")
def rt_server() -> Iterator[RtServer]:
    """Request Tracker with tickets in it; AGENTCONSOLE_RT_FOLDER keeps its folder for the next run."""
    kept = os.environ.get("AGENTCONSOLE_RT_FOLDER")
    with tempfile.TemporaryDirectory(prefix="rt-", ignore_cleanup_errors=True) as folder:
        try:
            install()
            server = server_in(Path(folder), Path(kept) if kept else None)
            server.start(TICKETS)
        except NotHere as reason:
            pytest.skip(str(reason))
        try:
            yield server
        finally:
            server.stop()
