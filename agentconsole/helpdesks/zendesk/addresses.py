"""Zendesk's addresses: what people paste, and the base that everything is below."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from agentconsole.domain.errors import UsageError

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"[A-Za-z0-9.\-\[\]:]+")


def base_of(pasted: str) -> str:
    """Find the base address: `https://company.zendesk.com` for any page of it, or its host.

    Raises:
        UsageError: It is no address, or would send the login in clear over a network.
    """
    text = pasted.strip().strip("<>\"'")
    if "://" not in text:
        first = text.partition("/")[0].partition(":")[0]
        text = f"{'http' if first in _LOOPBACK else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    known = parts.scheme in ("http", "https") and _HOST.fullmatch(host)
    if not known or ("." not in host and host not in _LOOPBACK):
        raise UsageError(f"“{pasted.strip()}” is no address, as https://company.zendesk.com would be.")
    if parts.username is not None or parts.password is not None:
        raise UsageError("The address must hold no name or password; the login is asked for apart.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise UsageError(f"{host} must be reached by https://, or the login would travel in clear.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
