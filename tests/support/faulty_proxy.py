"""A proxy in a thread of its own that passes requests on to a real server and breaks those it is told to.

For servers that nothing can be planted in. Faults are named as in the conformance suite.
"""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_STATUS = {
    "server_error": 500,
    "unavailable": 503,
    "rate_limited": 429,
    "unauthorized": 401,
    "forbidden": 403,
}
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass
class Fault:
    """What happens to the next matching requests."""

    kind: str
    matches: Callable[[str, str], bool]
    """Of method and path."""
    times: int | None = 1
    """None: until it is taken away."""


@dataclass
class FaultyProxy:
    """Listens on a free port of this machine."""

    target_port: int
    spoil: Callable[[Any], Any]
    """Makes one record of an answer unreadable, for `malformed_record`."""
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of all that came."""
    most_at_once: int = 0
    """The most requests that were under way together."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are written apart; without this the body waits for the head's acknowledgement.
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: object) -> None:
                return

            def _serve(self) -> None:
                proxy.serve(self)

            do_GET = do_PUT = do_POST = do_DELETE = _serve

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, method: str, path: str) -> str | None:
        """The fault that strikes this request."""
        with self._lock:
            self.requests.append((method, path))
            for fault in self.faults:
                if fault.matches(method, path):
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self.faults.remove(fault)
                    return fault.kind
        return None

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self.take(handler.command, handler.path)
        if fault == "drop_before":
            _drop(handler)
            return
        if fault in _STATUS:
            more = {"Retry-After": "7"} if fault in ("unavailable", "rate_limited") else {}
            _answer(handler, _STATUS[fault], more, b"")
            return
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            status, headers, content = self._passed_on(handler, body)
        finally:
            with self._lock:
                self._under_way -= 1
        if fault == "drop_after":
            _drop(handler)
            return
        if fault == "not_json":
            status, content = 200, b"<html>Out of order</html>"
        elif fault == "malformed_record":
            content = json.dumps(self.spoil(json.loads(content))).encode()
        _answer(handler, status, headers, content)

    def _passed_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=60)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
            connection.request(handler.command, handler.path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            content = answer.read()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, kept, content
        finally:
            connection.close()


def _answer(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
    handler.send_response_only(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def _drop(handler: BaseHTTPRequestHandler) -> None:
    """End the connection as a broken line does: with a reset."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The handler's own closing would say goodbye first.
    socket.socket(fileno=handler.connection.detach()).close()
