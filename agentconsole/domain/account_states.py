"""Accounts as they stand with their helpdesks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account and how it stands with its helpdesk."""

    id: int
    uuid: str
    name: str
    kind: str
    url: str
    login: str
    me: str | None
    """Remote id of the agent, once known."""
    me_name: str
    state: str
    """`ok`, `syncing`, `offline`, `paused` (the login does not hold), `throttled`, `new`."""
    sentence: str
    """Why it is not `ok`, and what to do; empty when it is."""
    last_sync_at: int | None
    retry_at: int | None
    progress: tuple[StreamProgress, ...] = ()
    me_email: str = ""
    me_domains: tuple[str, ...] = ()
    """Mail domains of the agent's own organisation; other recipients count as outside."""
    me_signature: str = ""
    capabilities: dict[str, Any] = field(default_factory=dict)
    """What the account can do, by the names of `helpdesks.base.Capabilities`; empty until first asked."""
    why: str = ""
    """Why it is not `ok`, in a few words such as “keyring locked”; empty where the state says it all."""
    asked_at: int | None = None
    """A request that left then is not answered yet; None unless that takes long."""


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far one feed of an account has come."""

    stream: str
    """`tickets`, `messages`, `people`, `macros`, `articles`, ..."""
    phase: str
    done: int
    total: int | None
    finished: bool
    updated_at: int
