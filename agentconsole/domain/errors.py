"""Every error that a person may see.

ConsoleError                 anything that is told in one sentence
├── UsageError               a wrong command, argument, ticket name or query (exit code 2)
│   └── QueryError           a query that does not parse, with the position
│       └── UnknownField     it names a field that is not there
├── ConfigError              config.toml, a theme or a macro file, with file and line
├── SecretError              the secret store refused, is locked, or has no such secret
├── StoreError               the local database
│   ├── StoreDamaged         not a database, or damaged
│   ├── StoreBusy            locked by another program for longer than the deadline
│   ├── StoreFull            no room on the disk
│   ├── StoreRefused         a folder that cannot hold it: network file system, no rights
│   ├── StoreVersionMismatch the database is of a newer or older program
│   ├── ReadsStopped         a read that was broken off, since nobody waits for it any more
│   ├── MassDisappearance    a listing lacks most of what is stored: asks before removing it
│   └── ProfileInUse         another console (or worker) holds the profile
├── ChangeTooLate            undo lost against the sender: "already going out"
└── HelpdeskError            a helpdesk did not do what was asked
    ├── Unreachable          no connection was made: nothing can have been processed
    │   └── TlsFailed        the certificate or the handshake
    ├── AnswerLost           a connection broke or timed out after bytes had left: may be processed
    ├── LoginRefused         401, or a failed credential probe: pauses the account
    ├── NotAllowed           403: this right is missing
    ├── NotFound             404
    ├── Conflict             409, 412: somebody else wrote first
    ├── TryAgain             a passing collision that the server asks to repeat
    ├── Throttled            429, 503 with a time to wait
    ├── ServerFailed         5xx
    ├── Rejected             other 4xx: the server's reason
    │   └── FieldsChanged    it names a field's choice that the helpdesk has no more
    └── BadAnswer            not JSON, or not of the expected shape
        └── EndlessListing   a listing goes on and on and brings nothing new
"""

from __future__ import annotations


class ConsoleError(Exception):
    """Something that is told to a person in one clear sentence: what failed, why, what to do."""

    brief: str = ""
    """Why, in a few words for a status line; empty where there are none shorter."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        """The whole message, ready to show; it may hold foreign text and is cleaned at render."""


class UsageError(ConsoleError):
    """A wrong command, argument, ticket name or query."""


class QueryError(UsageError):
    """A query that does not parse."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.position = position
        """Where in the query it went wrong, counted in characters from 0."""
        self.query = ""
        """The query as it was typed."""


class UnknownField(QueryError):
    """A query names a field that is not there."""


class ConfigError(ConsoleError):
    """A config, theme or macro file that cannot be used, with file and line."""

    def __init__(self, sentence: str, *, file: str, line: int | None = None) -> None:
        where = f"{file}:{line}" if line is not None else file
        super().__init__(f"{where}: {sentence}")
        self.file = file
        self.line = line


class SecretError(ConsoleError):
    """The secret store refused, is locked, or holds no such secret."""

    def __init__(self, sentence: str, *, brief: str = "no secret") -> None:
        super().__init__(sentence)
        self.brief = brief


class StoreError(ConsoleError):
    """The local database could not do what was asked."""


class StoreDamaged(StoreError):
    """The file is not a database, or is damaged."""


class StoreBusy(StoreError):
    """Another program kept the database locked past the deadline."""


class StoreFull(StoreError):
    """There is no room left on the disk."""


class StoreRefused(StoreError):
    """The folder cannot hold a database: a network file system, or no rights."""


class StoreVersionMismatch(StoreError):
    """The database belongs to another version of the program."""


class ReadsStopped(StoreError):
    """A read was broken off: whoever asked is leaving."""


class MassDisappearance(StoreError):
    """A complete listing lacks most of what is stored; nothing is removed until a person says so."""


class ProfileInUse(StoreError):
    """Another console, or another worker, holds this profile."""

    def __init__(self, sentence: str, *, pid: int | None) -> None:
        super().__init__(sentence)
        self.pid = pid


class ChangeTooLate(ConsoleError):
    """An undo came after the sender had claimed the Change."""


class HelpdeskError(ConsoleError):
    """A helpdesk did not do what was asked."""


class Unreachable(HelpdeskError):
    """No connection was made, so nothing can have been processed; safe to try again."""


class TlsFailed(Unreachable):
    """The certificate was refused or the handshake failed."""


class AnswerLost(HelpdeskError):
    """The exchange broke after bytes had left: the request may have been processed."""


class LoginRefused(HelpdeskError):
    """The credentials were refused: the account pauses until they are renewed."""

    brief = "login refused"


class NotAllowed(HelpdeskError):
    """The login lacks the right for this."""

    brief = "not allowed"


class NotFound(HelpdeskError):
    """There is no such thing on the helpdesk."""


class Conflict(HelpdeskError):
    """Somebody else wrote first; the write was not applied."""


class TryAgain(HelpdeskError):
    """A passing collision inside the server; the write was not applied and may be repeated."""


class Throttled(HelpdeskError):
    """The helpdesk asks to wait; the request was not processed."""

    def __init__(self, sentence: str, *, wait_seconds: float) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds


class ServerFailed(HelpdeskError):
    """The helpdesk failed inside (5xx); a write may have been processed."""


class Rejected(HelpdeskError):
    """The helpdesk refused the request for a reason of its own; nothing was applied."""

    def __init__(self, sentence: str, *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.reasons = reasons
        """The server's own words, one a field."""


class FieldsChanged(Rejected):
    """A write named a choice of a field that the helpdesk has no more: the fields are to be read again."""


class BadAnswer(HelpdeskError):
    """The answer is not JSON, or not of the expected shape; a write may have been processed."""


class EndlessListing(BadAnswer):
    """A listing is said to go on, page after page, and brings nothing new; to be asked again much later."""

    brief = "endless answers"
