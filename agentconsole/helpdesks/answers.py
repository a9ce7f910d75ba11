"""What of an answer is read at all: no packing that unfolds without end, no JSON of endless values. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx

MOST_VALUES: Final = 5_000_000
"""Of a JSON document. A page of a thousand tickets with hundreds of fields each has a fifth of it; 64 MB of
empty lists would have four times as many, and take gigabytes."""

_PACKINGS: Final = frozenset({"gzip", "x-gzip", "deflate", "identity"})


class JsonTooLarge(ValueError):
    """It has more values than any answer of a helpdesk."""


def load_json(body: bytes) -> Any:
    """Parse a document.

    Raises:
        JsonTooLarge: It has millions of values.
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    # What follows each value but the first of a list, or begins one; those within texts are counted along.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        raise JsonTooLarge("more values than any answer has")
    return json.loads(body)


def check_packing(response: httpx.Response) -> None:
    """Refuse an answer that is packed otherwise than it was asked for; packed twice, 64 kB unfold to 64 GB.

    Raises:
        httpx.DecodingError: Says how it is packed.
    """
    told = response.headers.get("content-encoding", "")
    packings = [each.strip().lower() for each in told.split(",") if each.strip()]
    if len(packings) > 1 or not _PACKINGS.issuperset(packings):
        raise httpx.DecodingError(f"it is packed as {told[:40]!a}", request=response.request)
