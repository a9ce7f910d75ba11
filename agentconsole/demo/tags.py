"""Tags as the server keeps them: one text with a space before and after each, so that SQL can ask."""

from __future__ import annotations

from collections.abc import Iterable


def spaced(tags: Iterable[str]) -> str:
    """The stored form; an empty text when there is none."""
    joined = " ".join(tags)
    return f" {joined} " if joined else ""


def listed(stored: str) -> list[str]:
    """The tags of a stored text."""
    return stored.split()


def normalised(values: Iterable[object]) -> list[str]:
    """Tags as given by a client: lower case, split at spaces, each once, in order."""
    seen: dict[str, None] = {}
    for value in values:
        for tag in str(value).lower().split():
            seen[tag] = None
    return list(seen)
