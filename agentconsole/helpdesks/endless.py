"""Notices listings that do not end: page after page with nothing in it that they have not brought before.

A server says with each page whether there is more, mostly with another cursor each time; one that is wrong
about it would be asked for ever.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agentconsole.domain.errors import EndlessListing

MOST_IN_VAIN: Final = 10
"""So many pages in a row may bring nothing new though there is said to be more."""
_ROWS_KEPT: Final = 20_000
"""By so many rows is known what a listing has brought; older ones are forgotten."""
_READINGS_KEPT: Final = 30


@dataclass(slots=True)
class Reading:
    """What one listing has brought since its reading began."""

    _seen: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _in_vain: int = 0

    def unseen(self, rows: Sequence[Any]) -> list[Any]:
        """Note a page; return its rows without those of earlier pages. One without an id proves nothing."""
        keys = [_key(row) for row in rows]
        left = [row for row, key in zip(rows, keys, strict=True) if key is None or key not in self._seen]
        fresh = {key for key in keys if key is not None and key not in self._seen}
        self._in_vain = 0 if fresh else self._in_vain + 1
        self._seen.update(dict.fromkeys(fresh))
        while len(self._seen) > _ROWS_KEPT:
            self._seen.popitem(last=False)
        return left

    @property
    def in_vain(self) -> bool:
        """Whether too many pages in a row have brought nothing new."""
        return self._in_vain >= MOST_IN_VAIN


class Readings:
    """The listings of one helpdesk that are being read, some a page a call."""

    def __init__(self) -> None:
        self._under_way: OrderedDict[str, Reading] = OrderedDict()

    def check(self, whose: str, listing: str, rows: Any, *, first: bool, more: bool) -> None:
        """Note a page that was read.

        Args:
            whose: Names account and server.
            listing: What is read, the search that is made included.
            rows: What the page holds.
            first: It begins the listing.
            more: Another page is said to follow.

        Raises:
            EndlessListing: Too many pages have brought nothing new; also for each further one, until
            something new comes.
        """
        known = self._under_way.pop(listing, None)
        if not more:
            return
        reading = known if known is not None and not first else Reading()
        reading.unseen(rows if isinstance(rows, list) else ())
        self._under_way[listing] = reading
        while len(self._under_way) > _READINGS_KEPT:
            self._under_way.popitem(last=False)
        if reading.in_vain:
            raise never_ends(whose, listing.partition("?")[0])


def never_ends(whose: str, path: str) -> EndlessListing:
    """Make the error for a listing that goes on without bringing anything new.

    Args:
        whose: Names account and server.
        path: Of the listing.
    """
    return EndlessListing(
        f"{whose} says of {path} again and again that there is more, and sends nothing new. What came is "
        "kept, and it is asked again later; if this stays so, tell who runs the helpdesk."
    )


def _key(row: Any) -> int | None:
    if not isinstance(row, dict) or row.get("id") in (None, ""):
        return None
    return hash((str(row["id"]), str(row.get("updated_at"))))
