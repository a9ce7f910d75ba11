"""People, groups and organisations of a helpdesk."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """A person as the helpdesk has it."""

    remote_id: str
    name: str
    email: str | None
    role: str
    """`customer`, `agent` or `admin`."""
    organisation: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    phone: str | None = None
    notes: str = ""
    signature: str = ""
    active: bool = True
    updated_at: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteGroup:
    """A group of agents."""

    remote_id: str
    name: str
    members: tuple[str, ...] = ()
    """Remote ids of its agents."""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class RemoteOrganisation:
    """A customer's organisation."""

    remote_id: str
    name: str
    domains: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a login is."""

    remote_id: str
    name: str
    email: str
    role: str
    """`agent` or `admin`."""
    domains: tuple[str, ...] = ()
    """Mail domains of the organisation itself; other recipients count as outside."""
    signature: str = ""
