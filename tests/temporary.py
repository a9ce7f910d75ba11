"""Where the tests' temporary files lie: in memory where there is room for them.

What an agent writes is committed to the disk before it counts as saved; on a busy machine thousands of such
commits take longer than what is tested. `TMPDIR` set from outside holds, and keeps what failed tests leave.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 2_000_000_000
"""Bytes that must be free; a whole run leaves a few hundred millions."""


def move_into_memory() -> Path | None:
    """Have temporary files in a folder in memory; None where that is not to be."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or _free() < NEEDED:
        return None
    folder = tempfile.mkdtemp(prefix="ac", dir=MEMORY)
    os.environ["TMPDIR"] = folder
    # Forget what was found before.
    tempfile.tempdir = None
    return Path(folder)


def _free() -> int:
    room = os.statvfs(MEMORY)
    try:
        told = Path("/proc/meminfo").read_text()
        [line] = [line for line in told.splitlines() if line.startswith("MemAvailable:")]
    except (OSError, ValueError):
        return 0
    return min(room.f_bavail * room.f_frsize, int(line.split()[1]) * 1024)
