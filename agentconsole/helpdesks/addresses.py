"""Addresses of helpdesks: what is one, what is the same origin, how one is shown."""

from __future__ import annotations

import ipaddress
from typing import Final

import httpx

from agentconsole.domain.errors import Unreachable

_LONGEST_SHOWN: Final = 300


def checked_base(name: str, base_url: str) -> httpx.URL:
    """Read an account's address.

    Raises:
        Unreachable: It is none, holds credentials, or would send them in clear over a network.
    """
    try:
        url = httpx.URL(base_url.strip().rstrip("/"))
    except (httpx.InvalidURL, ValueError) as error:
        raise Unreachable(f"{name}: {base_url!r} is no address; correct it in the configuration.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise Unreachable(f"{name}: {base_url!r} is no web address; it must begin with https://.")
    if url.userinfo:
        raise Unreachable(
            f"{name}: the address must hold no name or password; give them as login and secret."
        )
    if url.scheme == "http" and not is_loopback(url):
        raise Unreachable(
            f"{name}: {url.host} must be reached by https://, or the token would travel in clear."
        )
    return url


def is_loopback(url: httpx.URL) -> bool:
    """Whether an address is this machine's own."""
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        # A name; it may begin with 127 too.
        return False


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether credentials for one address may go to the other."""
    return (one.scheme, one.host, _port(one)) == (other.scheme, other.host, _port(other))


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def with_path(base: httpx.URL, path: str) -> httpx.URL:
    """Join a path below the base."""
    return base.copy_with(path=f"{base.path.rstrip('/')}/{path.lstrip('/')}")


def shown(url: httpx.URL) -> str:
    """Write an address without its query, which can hold what was searched for, and without a login in it."""
    text = str(url.copy_with(query=None, fragment=None, userinfo=b""))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
