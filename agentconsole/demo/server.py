"""The HTTP application: from a request to a handler and back."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from agentconsole.demo import errors
from agentconsole.demo.auth import Person, authenticate
from agentconsole.demo.call import API, Answer, Call, Endpoint
from agentconsole.demo.connections import Connections, CutResponse, DroppedResponse
from agentconsole.demo.errors import ApiError
from agentconsole.demo.faults import Fault
from agentconsole.demo.helpdesk import Helpdesk
from agentconsole.demo.oauth import allows
from agentconsole.demo.ratelimit import account_headers, endpoint_headers
from agentconsole.demo.routes import all_endpoints

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def create_app(helpdesk: Helpdesk, connections: Connections) -> ASGIApp:
    """The application of one helpdesk."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in all_endpoints(helpdesk.settings):
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    server = _Server(helpdesk, connections)
    routes = [Route(path, server.endpoint(methods), methods=METHODS) for path, methods in by_path.items()]
    routes.append(Route("/{rest:path}", server.endpoint({}), methods=METHODS))
    return _Door(Starlette(routes=routes))


class _Door:
    """What every request passes first: the Host check, and the optional `.json` taken off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_loopback_host(headers.get("host", "")) or not _is_loopback_origin(headers.get("origin")):
            # A page in a browser whose name was re-bound to this machine must not get in.
            await Response("This server answers only to this machine's own names.\n", 421)(
                scope, receive, send
            )
            return
        path: str = scope["path"]
        if path.startswith(f"{API}/") and path.endswith(".json"):
            scope = {**scope, "path": path.removesuffix(".json")}
        await self._app(scope, receive, send)


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names this machine by a loopback name."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name in LOOPBACK_NAMES


def _is_loopback_origin(origin: str | None) -> bool:
    return origin is None or is_loopback_host(origin.partition("//")[2])


class _Server:
    def __init__(self, helpdesk: Helpdesk, connections: Connections) -> None:
        self._helpdesk = helpdesk
        self._connections = connections

    def endpoint(self, methods: dict[str, Endpoint]) -> Any:
        async def handle(request: Request) -> Response:
            return await self._handle(request, methods)

        return handle

    async def _handle(self, request: Request, methods: dict[str, Endpoint]) -> Response:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        fault = None
        if not request.url.path.startswith("/__test__/"):
            fault = self._helpdesk.faults.strike(request.method, target)
        if fault is not None and fault.kind == "drop_before":
            return DroppedResponse(self._connections)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.delay)
        endpoint = methods.get(request.method)
        try:
            body = await self._read_body(request, endpoint)
        except ApiError as error:
            return self._response(Answer(error.body, error.status, error.headers))
        except ClientDisconnect:
            return DroppedResponse(self._connections)
        answer = await run_in_threadpool(self._answer, request, endpoint, bool(methods), body, fault)
        if fault is not None and fault.kind == "drop_after":
            return DroppedResponse(self._connections)
        response = self._response(answer)
        if fault is not None and fault.kind == "cut_answer":
            return CutResponse(self._connections, response, fault.at_byte)
        return response

    async def _read_body(self, request: Request, endpoint: Endpoint | None) -> bytes:
        settings = self._helpdesk.settings
        limit = (
            settings.max_upload_bytes if endpoint is not None and endpoint.raw else settings.max_body_bytes
        )
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                chunks.append(chunk)
        if size > limit:
            raise errors.too_large(limit)
        return b"".join(chunks)

    def _answer(
        self, request: Request, endpoint: Endpoint | None, known: bool, body: bytes, fault: Fault | None
    ) -> Answer:
        headers: dict[str, str] = {}
        try:
            if fault is not None:
                _refuse(fault)
            answer = self._work(request, endpoint, known, body, headers)
        except ApiError as error:
            return Answer(error.body, error.status, {**headers, **error.headers})
        except OverflowError:
            # An id beyond what the database can hold is in no record.
            missing = errors.not_found()
            return Answer(missing.body, missing.status, headers)
        if fault is not None and fault.kind == "malformed_record":
            answer = Answer(_broken(answer.body), answer.status, answer.headers)
        if fault is not None and fault.kind == "not_json":
            page = b"<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"
            answer = Answer(page, 200, {}, "text/html; charset=utf-8")
        return Answer(answer.body, answer.status, {**headers, **answer.headers}, answer.content_type)

    def _work(
        self, request: Request, endpoint: Endpoint | None, known: bool, body: bytes, headers: dict[str, str]
    ) -> Answer:
        helpdesk = self._helpdesk
        now = helpdesk.clock.now()
        database = helpdesk.database
        if endpoint is not None and endpoint.export:
            helpdesk.begin_export(now)
        writes = endpoint is not None and endpoint.writes
        with database.writing() if writes else database.reading() as connection:
            person = authenticate(connection, request.headers.get("authorization"), now)
            self._count(request, endpoint, person, headers)
            if endpoint is None:
                raise ApiError(405, {"error": "Method not allowed"}) if known else errors.invalid_endpoint()
            _admit(endpoint, person)
            call = Call(
                helpdesk=helpdesk,
                connection=connection,
                now=now,
                method=request.method,
                path=request.url.path,
                base=f"http://{request.headers['host']}",
                params=request.path_params,
                query=_query(request.query_params),
                headers=dict(request.headers),
                body=body,
                json={} if endpoint.raw else _parsed(body),
                person=person,
            )
            answer = endpoint.handler(call)
            if call.warnings:
                headers["x-zendesk-api-warn"] = "; ".join(call.warnings).encode("ascii", "replace").decode()
            return answer

    def _count(
        self, request: Request, endpoint: Endpoint | None, person: Person | None, headers: dict[str, str]
    ) -> None:
        helpdesk = self._helpdesk
        path = request.url.path
        if not path.startswith(f"{API}/"):
            return
        window = "help-center" if path.startswith(f"{API}/help_center/") else "support"
        quota = helpdesk.limiter.take(window, helpdesk.settings.rate_limit)
        headers.update(account_headers(quota))
        if quota.exceeded:
            raise _rate_limited(quota.resets)
        limit = None if endpoint is None else endpoint.limit
        if limit is not None and helpdesk.settings.endpoint_limits:
            key = limit.name
            if limit.name == "view-execute":
                key = f"{limit.name}:{path}:{person.id if person else 0}"
            own = helpdesk.limiter.take(key, limit.total, limit.seconds)
            headers.update(endpoint_headers(limit.name, own))
            if own.exceeded:
                raise _rate_limited(own.resets)

    def _response(self, answer: Answer) -> Response:
        content: bytes | None
        if answer.body is None:
            content = None
        elif isinstance(answer.body, bytes):
            content = answer.body
        else:
            content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode(
                "utf-8", "replace"
            )
        headers = dict(answer.headers)
        if content is not None:
            headers["Content-Type"] = answer.content_type
        headers.setdefault("Cache-Control", "max-age=0, private, must-revalidate")
        headers["X-Content-Type-Options"] = "nosniff"
        return Response(content, answer.status, headers)


def _query(params: QueryParams) -> dict[str, str]:
    """The parameters; those of a list (`role[]=agent&role[]=admin`) joined by commas, of others the last."""
    query = dict(params)
    for name in query:
        if name.endswith("[]"):
            query[name] = ",".join(params.getlist(name))
    return query


def _parsed(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
        if b"\\ud" in body.lower():
            # Half a surrogate pair is valid JSON and no text.
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise errors.bad_request("InvalidJSON", "The body is not valid JSON") from None
    if not isinstance(document, dict):
        raise errors.bad_request("InvalidJSON", "The body must be a JSON object")
    return cast("dict[str, Any]", document)


def _admit(endpoint: Endpoint, person: Person | None) -> None:
    scopes = None if person is None or not endpoint.scoped else person.scopes
    if scopes is not None and not allows(scopes, endpoint.path.removeprefix(API), writes=endpoint.writes):
        raise errors.forbidden("You are missing the required scope")
    if endpoint.access == "anyone":
        return
    if person is None:
        raise errors.unauthenticated()
    if endpoint.access == "admin" and not person.is_admin:
        raise errors.forbidden()


def _rate_limited(seconds: int) -> ApiError:
    return ApiError(
        429,
        {
            "error": "APIRateLimitExceeded",
            "description": "Number of allowed API requests per minute exceeded",
        },
        {"Retry-After": str(seconds)},
    )


def _refuse(fault: Fault) -> None:
    refusals = {
        "database_conflict": errors.database_conflict(),
        "server_error": ApiError(500, {"error": "InternalServerError", "description": "An error occurred"}),
        "unavailable": ApiError(
            503, {"error": "ServiceUnavailable", "description": "Down for maintenance"},
            {"Retry-After": str(fault.retry_after)},
        ),
        "rate_limited": _rate_limited(fault.retry_after),
        "unauthorized": errors.unauthenticated(),
        "forbidden": errors.forbidden(),
        "not_found": errors.not_found(),
        "too_large": errors.too_large(0),
    }  # fmt: skip
    if fault.kind in refusals:
        raise refusals[fault.kind]


def _broken(body: dict[str, Any] | bytes | None) -> dict[str, Any] | bytes | None:
    if not isinstance(body, dict):
        return body
    spoiled = {"id": "not a number", "created_at": 17, "updated_at": "soon", "status": ["?"], "tags": None}
    for key, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return {**body, key: [{**value[0], **spoiled}, *value[1:]]}
    for key, value in body.items():
        if isinstance(value, dict) and "id" in value:
            return {**body, key: {**value, **spoiled}}
    return body
