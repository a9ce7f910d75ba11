"""What the worker tells whoever watches it, and how a terminal or a script is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, TextIO

from agentconsole.text.cleaning import clean_line


@dataclass(frozen=True, slots=True)
class Progress:
    """A page of a feed was stored."""

    account: str
    stream: str
    phase: str
    done: int
    total: int | None
    finished: bool


@dataclass(frozen=True, slots=True)
class StateChanged:
    """An account stands otherwise than before with its helpdesk."""

    account: str
    state: str
    sentence: str


Report = Progress | StateChanged

_NAMES: Final = {"progress": Progress, "state": StateChanged}
_SILENT_SECONDS: Final = 0.5
_EVERY_SECONDS: Final = 0.5


class ReportPrinter:
    """Writes reports as lines: for a script all of them, for a person at most two a second."""

    def __init__(
        self, out: TextIO, *, as_json: bool = False, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._as_json = as_json
        self._steady = steady
        self._began = steady()
        self._said_at = float("-inf")
        self._last = ""

    def __call__(self, report: Report) -> None:
        """Tell one report. A reader that has gone away is not an error."""
        line = self._json(report) if self._as_json else self._sentence(report)
        if not line or line == self._last:
            return
        self._last = line
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except (BrokenPipeError, ValueError):
            self._as_json, self._said_at = False, float("inf")

    def _json(self, report: Report) -> str:
        kind = next(name for name, shape in _NAMES.items() if isinstance(report, shape))
        return json.dumps({"type": kind, **asdict(report)})

    def _sentence(self, report: Report) -> str:
        now = self._steady()
        if isinstance(report, StateChanged):
            return clean_line(report.sentence) if report.sentence else ""
        if now - self._began < _SILENT_SECONDS or now - self._said_at < _EVERY_SECONDS:
            return ""
        self._said_at = now
        what = report.phase or report.stream
        of = f" of about {report.total:,}" if report.total else ""
        return clean_line(f"{report.account}: {what} {report.done:,}{of}")
