"""The pair of tokens that an OAuth login consists of, as the secret store keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agentconsole.domain.errors import SecretError


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token, and the refresh token that gives the next pair. Both are secrets."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    client_id: str
    """Which registered OAuth client they were given to."""
    expires_at: int | None = None
    """When the access token ends; None: not known, it is used until it is refused."""
    scope: str = ""
    """What was granted, separated by blanks; empty where the helpdesk did not say."""

    def spelled(self) -> str:
        """Write it as the secret of an account."""
        return json.dumps(
            {
                "access": self.access,
                "refresh": self.refresh,
                "expires_at": self.expires_at,
                "client_id": self.client_id,
                "scope": self.scope,
            },
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, secret: str, account: str) -> TokenPair:
        """Read an account's secret.

        Args:
            secret: As `spelled` wrote it.
            account: The account's name, for the sentence.

        Raises:
            SecretError: It is no such pair.
        """
        try:
            found = json.loads(secret)
            expires = found.get("expires_at")
            pair = cls(
                access=str(found["access"]),
                refresh=str(found["refresh"]),
                client_id=str(found["client_id"]),
                expires_at=int(expires) if expires is not None else None,
                scope=str(found.get("scope") or ""),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            # Without the cause: its text could hold the secret.
            raise SecretError(
                f"{account}: its secret is no pair of tokens; "
                f"sign in with `agentconsole account add {account}`."
            ) from None
        if not pair.access or not pair.refresh:
            raise SecretError(
                f"{account}: its secret lacks a token; sign in with `agentconsole account add {account}`."
            )
        return pair
