"""What can be set about one embedded helpdesk."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_RATE_LIMIT = 2500
"""Requests a minute for the whole account: the highest plan's (Zendesk: rate limits)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How strictly this helpdesk plays the original's part."""

    rate_limit: int = DEFAULT_RATE_LIMIT
    """Requests a minute, all people together; Help Center requests are counted apart."""
    endpoint_limits: bool = False
    """Whether the original's limits of single endpoints hold too (10 exports a minute, ...)."""
    export_delay_seconds: int = 60
    """Exports withhold rows younger than this; 0 shows everything at once."""
    search_delay_seconds: int = 0
    """Search does not see tickets updated within this time, as the original's index lags."""
    job_delay_seconds: float = 0.0
    """How long a background job waits before it begins, and again after every few tickets."""
    fault_endpoint: bool = False
    """Whether admins may plant faults with `POST /__test__/faults`."""
    access_token_seconds: int = 30 * 60
    """How long an OAuth access token is good (Zendesk: clients made since 2026-02)."""
    refresh_token_seconds: int = 30 * 24 * 3600
    max_upload_bytes: int = 50 * 1024 * 1024
    max_body_bytes: int = 8 * 1024 * 1024
