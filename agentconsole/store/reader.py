"""The console's and the commands' reads: raw SQL over small windows. Imports no SQLModel."""

from __future__ import annotations

from agentconsole.store.read_feed import FeedReads
from agentconsole.store.read_knowledge import KnowledgeReads
from agentconsole.store.read_threads import ThreadReads


class Reader(ThreadReads, KnowledgeReads, FeedReads):
    """Everything that screens and commands read. May be used from any thread; see `Reads`."""
