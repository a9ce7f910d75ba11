"""Background jobs, as the original has them: accepted at once, done afterwards, asked about until they end.

A job is first `queued`, then `working` while some of its tickets are done, then `completed`; one that the end
of the program cut off is `killed`. Each ticket succeeds or fails by itself; a few are committed at a time.
"""

from __future__ import annotations

import json
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agentconsole.demo.errors import ApiError
from agentconsole.demo.work import Work

if TYPE_CHECKING:
    from agentconsole.demo.helpdesk import Helpdesk

MOST_JOBS: Final = 30
"""Queued and working ones together; more are refused (Zendesk: job limits)."""
_CHUNK: Final = 10


@dataclass(frozen=True, slots=True)
class Task:
    """One ticket's part of a job."""

    action: str
    """What the results call it: `update`, `create`, ..."""
    ticket: int | None
    """None for one that is made."""
    do: Callable[[Work], object]
    """Does it, or raises ApiError; gives the number of a ticket that was made."""


@dataclass(slots=True)
class Job:
    """A job that is not done yet."""

    id: str
    kind: str
    tasks: Sequence[Task]
    actor_id: int
    channel: str
    base: str
    state: str = "queued"
    results: list[dict[str, Any]] = field(default_factory=list)


class Jobs:
    """The jobs of one helpdesk, done one after another by a thread of their own."""

    def __init__(self, helpdesk: Helpdesk) -> None:
        self._helpdesk = helpdesk
        self._open: dict[str, Job] = {}
        self._ended: dict[str, Job] = {}
        """The last ones that are done: a request that began before their end does not see what they wrote."""
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def accept(self, work: Work, kind: str, tasks: Sequence[Task], *, channel: str = "api") -> dict[str, Any]:
        """Take a job on, within the transaction of the request; it begins when that is committed.

        Returns:
            The job's state, `queued`.

        Raises:
            ApiError: 429 when too many are under way.
        """
        job = Job(f"V3-{secrets.token_hex(16)}", kind, tasks, work.actor_id, channel, work.base)
        with self._lock:
            if len(self._open) >= MOST_JOBS:
                told = {"error": "TooManyJobs", "description": f"At most {MOST_JOBS} jobs at a time"}
                raise ApiError(429, told, {"Retry-After": "5"})
            self._open[job.id] = job
            if self._thread is None:
                self._ending.clear()
                self._thread = threading.Thread(target=self._run, name="helpdesk jobs", daemon=True)
                self._thread.start()
        work.connection.execute(
            "INSERT INTO jobs (id, job_type, results, total, created_at) VALUES (?, ?, 'null', ?, ?)",
            (job.id, kind, len(tasks), work.now),
        )
        self._waiting.put(job)
        return _shown(job.id, kind, work.base, "queued", len(tasks), None, None)

    def shown(self, row: sqlite3.Row, base: str) -> dict[str, Any]:
        """Tell how a job stands."""
        with self._lock:
            job = self._open.get(row["id"]) or self._ended.get(row["id"])
            if job is not None and job.state != "completed":
                progress = len(job.results) if job.state == "working" else None
                return _shown(job.id, job.kind, base, job.state, row["total"], progress, None)
        results = json.loads(row["results"]) if job is None else job.results
        state = "killed" if results is None else "completed"
        return _shown(row["id"], row["job_type"], base, state, row["total"], row["total"], results)

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until nothing is under way.

        Raises:
            TimeoutError: It takes longer than that.
        """
        deadline = time.monotonic() + seconds
        while self._open:
            if time.monotonic() > deadline:
                raise TimeoutError("a job does not end")
            time.sleep(0.002)

    def close(self) -> None:
        """End; what is not done is killed."""
        if self._thread is not None:
            self._ending.set()
            self._waiting.put(None)
            self._thread.join(10)
            self._thread = None

    def _run(self) -> None:
        while (job := self._waiting.get()) is not None:
            try:
                if not self._ending.wait(self._helpdesk.settings.job_delay_seconds):
                    self._do(job)
            finally:
                with self._lock:
                    self._open.pop(job.id, None)
                    if job.state == "completed":
                        self._ended[job.id] = job
                        for old in list(self._ended)[:-MOST_JOBS]:
                            del self._ended[old]

    def _do(self, job: Job) -> None:
        database = self._helpdesk.database
        for start in range(0, max(len(job.tasks), 1), _CHUNK):
            with database.writing() as connection:
                known = connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone()
                if known is None:
                    # The request that asked for it was undone.
                    return
                now = self._helpdesk.clock.now()
                work = Work(self._helpdesk, connection, now, job.actor_id, job.channel, job.base)
                done = [
                    _result(work, task, number)
                    for number, task in enumerate(job.tasks[start : start + _CHUNK], start)
                ]
                if start + _CHUNK >= len(job.tasks):
                    connection.execute(
                        "UPDATE jobs SET results = ? WHERE id = ?",
                        (json.dumps([*job.results, *done]), job.id),
                    )
            with self._lock:
                job.results += done
                more = start + _CHUNK < len(job.tasks)
                job.state = "working" if more else "completed"
            if more and self._ending.wait(self._helpdesk.settings.job_delay_seconds):
                return


def _result(work: Work, task: Task, index: int) -> dict[str, Any]:
    """Do one task in a savepoint of its own: one that fails leaves the others alone."""
    work.connection.execute("SAVEPOINT one")
    try:
        made = task.do(work)
        told: dict[str, Any] = {
            "index": index,
            "success": True,
            "id": made if task.ticket is None else task.ticket,
            "action": task.action,
            "status": f"{task.action}d".capitalize(),
        }
    except (ApiError, ValueError, OverflowError) as error:
        work.connection.execute("ROLLBACK TO one")
        body = error.body if isinstance(error, ApiError) else {"error": "RecordInvalid"}
        details = body.get("details") or body.get("description") or body.get("error")
        told = {
            "index": index,
            "success": False,
            "id": task.ticket,
            "action": task.action,
            "status": "Failed",
            "error": body.get("error", "Error"),
            "details": json.dumps(details),
        }
    work.connection.execute("RELEASE one")
    return told


def _shown(
    job_id: str,
    kind: str,
    base: str,
    state: str,
    total: int,
    progress: int | None,
    results: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    return {
        "id": job_id,
        "url": f"{base}/api/v2/job_statuses/{job_id}.json",
        "job_type": kind,
        "total": total,
        "progress": progress,
        "status": state,
        "message": None,
        "results": results,
    }
