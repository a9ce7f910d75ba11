"""One running helpdesk: its file, clock, settings and faults, and the order of its exports."""

from __future__ import annotations

import threading
from pathlib import Path

from agentconsole.demo import oauth
from agentconsole.demo.clock import ServerClock
from agentconsole.demo.database import FILE_NAME, Database, get_meta
from agentconsole.demo.faults import Faults
from agentconsole.demo.jobs import Jobs
from agentconsole.demo.ratelimit import RateLimiter
from agentconsole.demo.settings import Settings


class Helpdesk:
    """What every request works with."""

    def __init__(self, folder: Path, settings: Settings, clock: ServerClock) -> None:
        self.folder = folder
        self.settings = settings
        self.clock = clock
        self.faults = Faults()
        self.limiter = RateLimiter()
        self.jobs = Jobs(self)
        self._stamps = threading.Lock()
        self._open()

    def _open(self) -> None:
        self.database = Database(self.folder / FILE_NAME)
        with self.database.writing() as connection:
            oauth.prepare(connection)
        with self.database.reading() as connection:
            row = connection.execute("SELECT MAX(generated_at) FROM tickets").fetchone()
            self.company_name = get_meta(connection, "company") or "Helpdesk"
        self._last_generated = int(row[0] or 0)
        self._exported_through = 0

    def generated_stamp(self, now: int) -> int:
        """The `generated_timestamp` of a change made `now`: later than anything an export has shown.

        Without this a reader with no delay could pass a second in which more is still being written.
        """
        with self._stamps:
            stamp = now
            if not self.settings.export_delay_seconds:
                stamp = max(now, self._exported_through + 1)
            self._last_generated = max(self._last_generated, stamp)
            return stamp

    def begin_export(self, now: int) -> None:
        """Note that an export is about to read; waits for the writer whose stamp is already drawn."""
        if self.settings.export_delay_seconds:
            return
        with self.database.write_turn(), self._stamps:
            self._exported_through = max(self._exported_through, self._last_generated, now)

    def reload(self) -> None:
        """Open the file anew, after it was replaced; nothing may be under way."""
        self.database.close()
        self._open()

    def close(self) -> None:
        """End the jobs and close the database."""
        self.jobs.close()
        self.database.close()
