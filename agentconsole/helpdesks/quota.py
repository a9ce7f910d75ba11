"""How much of a helpdesk's rate limit is left, and how long a read should wait so that writes find room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

LOW_SHARE: Final = 0.2
"""Below this share of the account's limit reads are spread over what is left of the minute."""

_ENDPOINT_HEADER = re.compile(r"^zendesk-rate-?limit-(?P<name>.+)$", re.IGNORECASE)
_ENDPOINT_VALUE = re.compile(r"(total|remaining|resets)\s*=\s*([0-9]{1,18})", re.IGNORECASE)
_NUMBER = re.compile("[0-9]{1,18}")


@dataclass(slots=True)
class Quota:
    """What the last answers said. Instants are seconds of any steady clock that the caller keeps to."""

    limit: int | None = None
    remaining: int | None = None
    resets_at: float = 0.0
    _closed_until: dict[str, float] = field(default_factory=dict)

    def note(self, path: str, headers: Mapping[str, str], at: float) -> None:
        """Take in an answer's headers.

        Zendesk: `ratelimit-*` since 2024, `rate-limit*` and `X-Rate-Limit*` before.

        Args:
            path: What was asked; limits of single endpoints are kept by its first two parts.
            headers: The answer's; looked up without regard to case.
            at: When it came.
        """
        limit = _number(headers, "ratelimit-limit", "rate-limit", "x-rate-limit")
        remaining = _number(headers, "ratelimit-remaining", "rate-limit-remaining", "x-rate-limit-remaining")
        if limit is not None and remaining is not None:
            self.limit, self.remaining = limit, remaining
            reset = _number(headers, "ratelimit-reset", "rate-limit-reset")
            self.resets_at = at + (60 if reset is None else min(reset, 3600))
        for name, value in headers.items():
            if _ENDPOINT_HEADER.match(name):
                told = {key.lower(): int(number) for key, number in _ENDPOINT_VALUE.findall(value)}
                if told.get("remaining", 1) <= 0:
                    self._closed_until[_endpoint(path)] = at + min(told.get("resets", 60), 3600)

    def wait_seconds(self, path: str, at: float) -> float:
        """Tell how long a read of `path` should wait; 0 when there is room."""
        wait = max(0.0, self._closed_until.get(_endpoint(path), 0.0) - at)
        if self.limit and self.remaining is not None and at < self.resets_at:
            left = self.resets_at - at
            if self.remaining < LOW_SHARE * self.limit:
                wait = max(wait, left / (self.remaining + 1))
        return wait


def _endpoint(path: str) -> str:
    return "/".join(path.strip("/").split("/")[:2])


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        text = headers.get(name, "").split(",")[0].strip()
        if _NUMBER.fullmatch(text):
            return int(text)
    return None
