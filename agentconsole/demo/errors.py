"""The dialect's error answers: four envelopes and a bare one (Zendesk: API errors).

ApiError
  not_found, bad_request, too_many        string and description
  invalid                                 the same with a map of details
  forbidden                               an object
  listed                                  an array
  unauthenticated                         bare
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """An answer that is not a success; the transaction is rolled back.

    `body` is the JSON document; `headers` are added to the answer.
    """

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})


def not_found() -> ApiError:
    """404 for an id that does not exist."""
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid_endpoint() -> ApiError:
    """404 for a path that this helpdesk does not have."""
    return ApiError(404, {"error": "InvalidEndpoint", "description": "Not found"})


def bad_request(error: str, description: str, **extra: Any) -> ApiError:
    """400 in the envelope of a string and a description."""
    return ApiError(400, {"error": error, "description": description, **extra})


def too_many_values(limit: int) -> ApiError:
    """400 for more ids than one call takes; the original's text has the doubled space too."""
    return bad_request(
        "TooManyValues", f"Parameter  cannot specify more than {limit} values", max_count=limit
    )


def listed(status: int, code: str, title: str, detail: str) -> ApiError:
    """An error in the envelope of an array."""
    return ApiError(status, {"errors": [{"code": code, "title": title, "detail": detail}]})


def detail(
    description: str, *, field_id: int | None = None, field_type: str | None = None, error: str | None = None
) -> dict[str, Any]:
    """One entry of a validation error's `details`."""
    entry: dict[str, Any] = {"description": description, "error": error}
    if field_id is not None or field_type is not None:
        entry["ticket_field_id"] = field_id
        entry["ticket_field_type"] = field_type
    return entry


def invalid(details: Mapping[str, Sequence[Mapping[str, Any]]]) -> ApiError:
    """422: the record does not validate; the whole write is refused."""
    return ApiError(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {key: list(entries) for key, entries in details.items()},
        },
    )


def invalid_field(field: str, description: str) -> ApiError:
    """422 about one field."""
    return invalid({field: [detail(description, error="InvalidValue")]})


def forbidden(message: str | None = None) -> ApiError:
    """403 in the envelope of an object."""
    text = message or (
        "You do not have access to this page. "
        "Please contact the account owner of this help desk for further help."
    )
    return ApiError(403, {"error": {"title": "Forbidden", "message": text}})


def unauthenticated() -> ApiError:
    """401, bare."""
    return ApiError(
        401, {"error": "Couldn't authenticate you"}, {"WWW-Authenticate": 'Basic realm="Web Password"'}
    )


def update_conflict() -> ApiError:
    """409: `safe_update` with a stamp that is not the ticket's present one."""
    return ApiError(
        409,
        {
            "error": "UpdateConflict",
            "description": "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again.",
        },
    )


def database_conflict() -> ApiError:
    """409 that only says: try again."""
    return ApiError(409, {"error": "DatabaseConflict", "description": "Database collision"})


def too_large(limit: int) -> ApiError:
    """413 for a body over `limit` bytes."""
    return ApiError(
        413, {"error": "RequestEntityTooLarge", "description": f"The body is larger than {limit} bytes"}
    )
