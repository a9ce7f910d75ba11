"""Reads the change feed."""

from __future__ import annotations

from agentconsole.domain.views import FeedDelta
from agentconsole.store import codec
from agentconsole.store.feed import MANY
from agentconsole.store.reads import Reads


class FeedReads(Reads):
    """What changed, and whether anything did."""

    def feed_sequence(self) -> int:
        """Return the number of the latest change."""
        row = self._row("SELECT sequence FROM feed_mark WHERE kind = 'last'")
        return int(row[0]) if row else 0

    def feed_since(self, sequence: int) -> FeedDelta:
        """Return what changed after a number of the feed."""
        with self._snapshot():
            newest = self.feed_sequence()
            if newest <= sequence:
                return FeedDelta(newest, (), False)
            kinds = {
                str(kind)
                for (kind,) in self._rows("SELECT kind FROM feed_mark WHERE sequence > ?", (sequence,))
            }
            bulk = "bulk" in kinds
            tickets: list[tuple[int]] = []
            if not bulk:
                rows = self._rows(
                    "SELECT ticket_id FROM feed WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    (sequence, MANY + 1),
                )
                tickets = [(row[0],) for row in rows]
                bulk = len(tickets) > MANY
        return FeedDelta(
            newest,
            () if bulk else tuple(ticket for (ticket,) in tickets),
            bulk,
            tuple(sorted(kinds - {"last", "bulk"})),
        )

    def data_version(self) -> int:
        """Return a number that changes whenever another connection has committed something."""
        row = self._row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def news_asked(self) -> str | None:
        """Tell when the worker was last asked to poll at once; only good to be compared."""
        row = self._row("SELECT value FROM meta WHERE key = ?", (codec.NEWS_ASKED,))
        return str(row[0]) if row else None
