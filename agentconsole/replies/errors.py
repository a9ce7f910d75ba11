"""What can be wrong with a macro."""

from __future__ import annotations

from agentconsole.domain.errors import ConfigError


class MacroError(ConfigError):
    """A macro that cannot be read or rendered."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        super().__init__(reason, file=file, line=line)
        self.reason = reason
        """What is wrong and what to do, without the place."""
