"""A real Request Tracker for a whole run, or a clear sentence why there is none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.rt.server import NotHere, RtServer, free_port, install

TICKETS = 60


@pytest.fixture(scope="session")
def rt_server() -> Iterator[RtServer]:
    """Request Tracker with tickets in it; AGENTCONSOLE_RT_FOLDER keeps its folder for the next run."""
    kept = os.environ.get("AGENTCONSOLE_RT_FOLDER")
    with tempfile.TemporaryDirectory(prefix="rt-", ignore_cleanup_errors=True) as folder:
        server = RtServer(Path(kept or folder).resolve(), free_port())
        try:
            install()
            server.start(TICKETS)
        except NotHere as reason:
            pytest.skip(str(reason))
        try:
            yield server
        finally:
            server.stop()
