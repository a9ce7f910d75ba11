"""The console's and the commands' reads: raw SQL over small windows. Imports no SQLModel."""

from __future__ import annotations

from agentconsole.store.read_feed import FeedReads
from agentconsole.store.read_knowledge import KnowledgeReads
from agentconsole.store.read_threads import ThreadReads
from agentconsole.store.read_vocabulary import VocabularyReads


class Reader(ThreadReads, KnowledgeReads, FeedReads, VocabularyReads):
    """Everything that screens and commands read. May be used from any thread; see `Reads`."""
