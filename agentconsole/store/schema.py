"""The number of the schema that this program reads and writes."""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 8
"""In `PRAGMA user_version`; one more with each migration."""
