"""Requests counted a minute, with the headers that the original sends (Zendesk: rate limits)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """The state of one limit after a request."""

    total: int
    remaining: int
    resets: int
    """Seconds until the window begins anew."""
    exceeded: bool


class RateLimiter:
    """Fixed windows per name."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._windows: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, total: int, seconds: int = 60) -> Quota:
        """Count one request against `total` in `seconds`."""
        with self._lock:
            now = self._monotonic()
            begun, used = self._windows.get(name, (now, 0))
            if now - begun >= seconds:
                begun, used = now, 0
            exceeded = used >= total
            if not exceeded:
                used += 1
            self._windows[name] = (begun, used)
            resets = max(1, round(begun + seconds - now))
            return Quota(total, total - used, resets, exceeded)

    def reset(self) -> None:
        """Begin every window anew."""
        with self._lock:
            self._windows.clear()


def account_headers(quota: Quota) -> dict[str, str]:
    """Both spellings of the account's limit."""
    return {
        "X-Rate-Limit": str(quota.total),
        "X-Rate-Limit-Remaining": str(quota.remaining),
        "ratelimit-limit": str(quota.total),
        "ratelimit-remaining": str(quota.remaining),
        "ratelimit-reset": str(quota.resets),
    }


def endpoint_headers(name: str, quota: Quota) -> dict[str, str]:
    """The header of one endpoint's own limit."""
    return {
        f"zendesk-ratelimit-{name}": (
            f"total={quota.total}; remaining={quota.remaining}; resets={quota.resets}"
        )
    }
