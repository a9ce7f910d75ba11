"""What is still to be written; delete this module with its last use."""

from __future__ import annotations


class NotFilledInError(NotImplementedError):
    """Says which part of the template is still empty, and what belongs there."""


def fill_in(what: str, how: str) -> NotFilledInError:
    """Make the error that an empty part raises."""
    return NotFilledInError(f"fill in {what}: {how} (docs/adapters.md)")
