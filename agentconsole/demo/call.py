"""One request as the handlers see it, what they answer, and how an endpoint is declared."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from agentconsole.demo.auth import Person
from agentconsole.demo.errors import bad_request, too_many_values, unauthenticated
from agentconsole.demo.helpdesk import Helpdesk
from agentconsole.demo.work import Work

API = "/api/v2"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON document, bytes, or nothing."""

    body: dict[str, Any] | bytes | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


@dataclass(slots=True)
class Call:
    """A request with everything that its handler needs."""

    helpdesk: Helpdesk
    connection: sqlite3.Connection
    now: int
    method: str
    path: str
    base: str
    """Scheme and host, as the client addressed the server."""
    params: Mapping[str, Any]
    """The values in the path."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes
    json: dict[str, Any]
    """The parsed document; empty when there was none."""
    person: Person | None
    warnings: list[str] = field(default_factory=list)

    @property
    def me(self) -> Person:
        """The signed-in person.

        Raises:
            ApiError: 401 when nobody is.
        """
        if self.person is None:
            raise unauthenticated()
        return self.person

    @property
    def api(self) -> str:
        """The address that API paths follow."""
        return f"{self.base}{API}"

    @property
    def work(self) -> Work:
        """The same as a unit of ticket work by the signed-in person, through the API."""
        return Work(self.helpdesk, self.connection, self.now, self.me.id, "api", self.base, self.warnings)

    def id(self, name: str = "id") -> int:
        """An id in the path."""
        return int(self.params[name])

    def includes(self) -> set[str]:
        """The sideloads that are asked for."""
        return {part.strip() for part in self.query.get("include", "").split(",") if part.strip()}

    def ids(self, limit: int = 100) -> list[int]:
        """The ids of `?ids=1,2`.

        Raises:
            ApiError: 400 when there are too many, or one is no number.
        """
        parts = [part for part in self.query.get("ids", "").split(",") if part.strip()]
        if len(parts) > limit:
            raise too_many_values(limit)
        try:
            return [int(part) for part in parts]
        except ValueError:
            raise bad_request("InvalidParameter", "ids must be a list of integers") from None

    def flag(self, name: str) -> bool:
        """A query parameter that is `true` or not."""
        return self.query.get(name, "").lower() in ("true", "1")

    def whole_number(self, name: str, default: int | None = None) -> int:
        """A number in the query.

        Raises:
            ApiError: 400 when it is missing without a default, or no number.
        """
        text = self.query.get(name)
        if text is None or text == "":
            if default is not None:
                return default
            raise bad_request("InvalidValue", f"Parameter {name} is required")
        try:
            return int(text)
        except ValueError:
            raise bad_request("InvalidValue", f"Parameter {name} must be an integer") from None

    def record(self, name: str) -> dict[str, Any]:
        """The object `name` of the posted document.

        Raises:
            ApiError: 400 when it is not there.
        """
        value = self.json.get(name)
        if not isinstance(value, dict):
            raise bad_request("ParameterMissing", f"Required parameter missing: {name}")
        return cast("dict[str, Any]", value)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Limit:
    """An endpoint's own limit."""

    name: str
    total: int
    seconds: int = 60


EXPORT_LIMIT = Limit("incremental-exports", 10)
SEARCH_EXPORT_LIMIT = Limit("search-export", 100)
UPDATE_LIMIT = Limit("update-ticket-account", 100)
DELETE_LIMIT = Limit("delete-ticket", 400)
VIEW_LIMIT = Limit("view-execute", 5)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    handler: Handler
    access: str = "agent"
    """`agent`, `admin`, or `anyone` (also without credentials)."""
    writes: bool = False
    raw: bool = False
    """Whether the body is bytes rather than JSON."""
    limit: Limit | None = None
    export: bool = False
    scoped: bool = True
    """Whether an OAuth token needs a scope for it."""


def get(path: str, handler: Handler, **options: Any) -> Endpoint:
    """A reading endpoint below `/api/v2`."""
    return Endpoint("GET", API + path, handler, **options)


def post(path: str, handler: Handler, **options: Any) -> Endpoint:
    """A creating endpoint below `/api/v2`."""
    return Endpoint("POST", API + path, handler, writes=True, **options)


def put(path: str, handler: Handler, **options: Any) -> Endpoint:
    """A changing endpoint below `/api/v2`."""
    return Endpoint("PUT", API + path, handler, writes=True, **options)


def delete(path: str, handler: Handler, **options: Any) -> Endpoint:
    """A deleting endpoint below `/api/v2`."""
    return Endpoint("DELETE", API + path, handler, writes=True, **options)
