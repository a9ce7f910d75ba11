"""The console's and the commands' writes: drafts, Changes, and small marks. Imports no SQLModel.

Each call is one `BEGIN IMMEDIATE` transaction, and is on the disk when it returns.
"""

from __future__ import annotations

from agentconsole.store.write_changes import ChangeWrites
from agentconsole.store.write_drafts import DraftWrites
from agentconsole.store.write_marks import MarkWrites


class Writer(DraftWrites, ChangeWrites, MarkWrites):
    """Everything that screens and commands write. May be used from any thread; see `Writes`."""
