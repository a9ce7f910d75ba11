"""Addresses in foreign text: those that are safe to show and to open, with the host they truly lead to."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

from agentconsole.text.cleaning import clean_text

MAX_ADDRESS_LENGTH = 2000
"""Longer addresses are dropped: no browser needs them, and a screen has no room."""

_WEB_SCHEMES = frozenset({"http", "https"})
_PATH_SAFE = "/%:@!$&'*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?"


def safe_link(address: str) -> str | None:
    """Return `address` in a form that may be shown and opened, or None if there is none.

    Only http, https and mailto are let through. The host is written in ASCII (so that a Cyrillic "а" shows as
    `xn--...`), a user name before the host is dropped (`https://bank.com@evil.example` leads to
    evil.example), and what is no plain URL character is percent-encoded. Never raises.
    """
    # A browser ignores white space at the ends and line breaks within, and takes a backslash for a slash.
    address = clean_text(address).strip().replace("\n", "")
    if not address or len(address) > MAX_ADDRESS_LENGTH:
        return None
    try:
        parts = urlsplit(address)
        if parts.scheme == "mailto":
            return _safe_mail(parts.path)
        if parts.scheme not in _WEB_SCHEMES:
            return None
        parts = urlsplit(address.replace("\\", "/"))
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if not host:
        return None
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit(
        (
            parts.scheme,
            netloc,
            quote(parts.path, safe=_PATH_SAFE),
            quote(parts.query, safe=_QUERY_SAFE),
            quote(parts.fragment, safe=_QUERY_SAFE),
        )
    )


_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"“”„«»|`]+", re.IGNORECASE)
_TRAILING = ".,;:!?'’*_…。，、；：！？）】」』"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def links_in(text: str) -> tuple[str, ...]:
    """Find the addresses in a cleaned text that may be shown and opened, each once, as they are opened.

    What ends a sentence or a bracket around an address is no part of it.
    """
    found: dict[str, None] = {}
    for match in _LINK.finditer(text):
        link = safe_link(_without_end(match.group()[: MAX_ADDRESS_LENGTH + 1]))
        if link is not None:
            found[link] = None
    return tuple(found)


def host_of(link: str) -> str:
    """Tell where an address from `safe_link` leads: the host, or the mail address."""
    parts = urlsplit(link)
    return parts.path if parts.scheme == "mailto" else parts.netloc


def _without_end(address: str) -> str:
    while address:
        last = address[-1]
        opening = _PAIRS.get(last)
        unpaired = opening is not None and address.count(last) > address.count(opening)
        if last not in _TRAILING and not unpaired:
            break
        address = address[:-1]
    return address


def _safe_mail(path: str) -> str | None:
    path = quote(path.strip(), safe="@+.!#$&'*/=^_`{|}~,%-")
    return f"mailto:{path}" if "@" in path else None


def _ascii_host(host: str) -> str:
    """Return the host in ASCII, an IPv6 address in its brackets.

    Raises:
        ValueError: no such host can exist.
    """
    if ":" in host:
        return f"[{quote(host, safe=':.')}]"
    ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    if quote(ascii_host, safe="-._~") != ascii_host:
        raise ValueError(f"not a host name: {host!r}")
    return ascii_host
