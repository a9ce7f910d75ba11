"""Faults that tests plant, so that a client can be shown what the real world does.

database_conflict   409 DatabaseConflict, nothing done
server_error        500, nothing done
unavailable         503 with Retry-After, nothing done
rate_limited        429 with Retry-After, nothing done
unauthorized        401, nothing done
forbidden           403, nothing done
not_found           404, nothing done
too_large           413, nothing done
not_json            200 with an HTML page, nothing done
malformed_record    the answer's first record is broken (its id is a text, its times are not times)
slow                the answer comes `delay` seconds late
drop_before         the connection is cut before anything is done
drop_after          the connection is cut after the work is committed, without a byte of answer
cut_answer          the work is committed, then only the first `at_byte` bytes of the answer are sent
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

KINDS = frozenset(
    {
        "database_conflict",
        "server_error",
        "unavailable",
        "rate_limited",
        "unauthorized",
        "forbidden",
        "not_found",
        "too_large",
        "not_json",
        "malformed_record",
        "slow",
        "drop_before",
        "drop_after",
        "cut_answer",
    }
)


@dataclass(slots=True)
class Fault:
    """One planted fault; it strikes the requests that match, `times` of them."""

    kind: str
    method: str | None = None
    """`GET`, `PUT`, ...; None for any."""
    path: str = ""
    """A regular expression searched in the path and query; empty for any."""
    times: int | None = 1
    """How many requests it strikes; None for all."""
    skip: int = 0
    """How many matching requests pass first."""
    delay: float = 0.0
    """Seconds, for `slow`."""
    at_byte: int = 0
    """How much of the answer (head included) is sent, for `cut_answer`."""
    retry_after: int = 1
    """Seconds, for `unavailable` and `rate_limited`."""

    def __post_init__(self) -> None:
        """Refuse a kind that nobody would play."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; there are: {', '.join(sorted(KINDS))}")


class Faults:
    """The planted faults of one helpdesk."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []
        self._lock = threading.Lock()

    def plant(self, fault: Fault) -> Fault:
        """Add `fault`."""
        with self._lock:
            self._planted.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._planted.clear()

    def strike(self, method: str, target: str) -> Fault | None:
        """The fault that hits this request (`target` is path and query), used up by one; None mostly."""
        with self._lock:
            for fault in self._planted:
                if fault.method is not None and fault.method.upper() != method:
                    continue
                if fault.path and not re.search(fault.path, target):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._planted.remove(fault)
                return fault
        return None
