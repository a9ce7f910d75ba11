"""Servers that answer with anything: one clear sentence each, in little memory, and in time."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from agentconsole.clock import SystemClock
from agentconsole.desk import rights, setting_up
from agentconsole.desk.rights import Examined
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    ConsoleError,
    HelpdeskError,
    LoginRefused,
    Rejected,
    ServerFailed,
    Throttled,
    Unreachable,
)
from agentconsole.domain.logins import TokenPair
from agentconsole.domain.people import Identity
from agentconsole.domain.times import parse_instant
from agentconsole.helpdesks import answers, http
from agentconsole.helpdesks.addresses import checked_base
from agentconsole.helpdesks.base import LoginAttempt, Rights
from agentconsole.helpdesks.faults import Refusal
from agentconsole.helpdesks.http import HelpdeskHttp
from agentconsole.helpdesks.quota import Quota
from agentconsole.helpdesks.zendesk import oauth
from tests.support.hostile import ALL
from tests.support.odd_server import answer, endless, odd_server

OK = b"HTTP/1.1 200 OK\r\n"
ME = {"user": {"id": 1, "name": "Ada", "email": "ada@rt.example", "role": "agent"}}
REFUSED = {"error": ALL, "description": ALL, "details": {ALL: [{"description": ALL}] * 200}}


class Known:
    """A secret store with one token."""

    def get(self, account: AccountSettings) -> str:
        return "token-123456"

    def put(self, account: AccountSettings, secret: str) -> None:
        raise AssertionError

    def delete(self, account: AccountSettings) -> None:
        raise AssertionError


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_JSON_BYTES", 2_000_000)
    monkeypatch.setattr(answers, "MOST_VALUES", 100_000)


def examined(kind: str, url: str) -> Examined:
    account = AccountSettings("u", "shop", kind, url, "ada@rt.example", auth="token")
    return rights.examine(account, Known(), SystemClock(), 12)


ODD: dict[str, tuple[Any, type[ConsoleError]]] = {
    "a challenge": (
        answer("x", "401 No", f"WWW-Authenticate: Basic realm=\"{ALL[:90]!a}\x1b]0;x\u202e\""), LoginRefused
    ),
    "a page": (answer("<html><title>\x1b]52;c;x\x07[@click=app.quit]</title>"), BadAnswer),
    "other bytes": (answer(b"\xff\xfe{}\x80"), BadAnswer),
    "nothing but NUL": (answer(b"\0\0\0"), BadAnswer),
    "deep lists": (answer(b"[" * 90_000), BadAnswer),
    "deep objects": (answer(b'{"user":' * 50_000), BadAnswer),
    "empty lists": (answer(b"[" + b"[]," * 150_000 + b"1]"), BadAnswer),
    "a list": (answer("[]"), BadAnswer),
    "a text": (answer('"x"'), BadAnswer),
    "no numbers": (answer('{"user":{"id":NaN,"name":Infinity}}'), BadAnswer),
    "no end": (endless(OK + b"\r\n", b"x" * 65_536), BadAnswer),
    "no end of a header": (endless(OK + b"X: ", b"x" * 65_536), AnswerLost),
    "no end of headers": (endless(OK, b"X: y\r\n" * 1000), AnswerLost),
    "never begins": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.01), Unreachable),
    "drips": (endless(OK + b"\r\n{", b" ", 0.02), Unreachable),
    "wrong chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc", AnswerLost),
    "a huge chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\nabc", AnswerLost),
    "less than nothing": (OK + b"Content-Length: -5\r\n\r\nabc", AnswerLost),
    "nothing": (b"", AnswerLost),
    "another protocol": (b"SSH-2.0-OpenSSH\x1b]0;x\x07\r\n\r\n", AnswerLost),
    "an odd status": (b"HTTP/1.1 999 \x1b]0;\r\nContent-Length: 0\r\n\r\n", ServerFailed),
    "not packed": (answer("xxxx", "200 OK", "Content-Encoding: gzip"), BadAnswer),
    "a bomb": (answer(gzip.compress(b"x" * 9_000_000), "200 OK", "Content-Encoding: gzip"), BadAnswer),
    "a bomb in a bomb": (
        answer(gzip.compress(gzip.compress(b" " * 9_000_000)), "200 OK", "Content-Encoding: gzip, gzip"),
        BadAnswer,
    ),
    "an odd packing": (answer("{}", "200 OK", "Content-Encoding: \x1b]0;x"), BadAnswer),
    "to nowhere": (answer("", "302 X", "Location: http://[::"), BadAnswer),
    "to bytes": (answer("", "302 X", "Location: \x7f\u202e"), BadAnswer),
    "to a script": (answer("", "302 X", "Location: javascript:alert(1)"), BadAnswer),
    "to a file": (answer("", "302 X", "Location: ftp://evil.example/x"), BadAnswer),
    "to far away": (
        answer("", "302 X", f"Location: https://evil.example/\u202e[@click=app.quit]{'x' * 9000}"),
        BadAnswer,
    ),
    "to the end of ports": (answer("", "302 X", "Location: http://127.0.0.1:99999/"), BadAnswer),
    "round and round": (answer("", "302 X", "Location: /api/v2/users/me"), BadAnswer),
    "wait for ever": (
        answer(REFUSED, "429 x", f"Retry-After: Mon, 01 Jan {'9' * 20} 00:00:00 GMT"), Throttled
    ),
    "wait for what": (answer(REFUSED, "503 x", "Retry-After: \u00b2"), ServerFailed),
    "refused": (answer(REFUSED, "422 x"), Rejected),
    "failed": (answer({"error": {"title": ALL, "message": ALL}}, "500 x"), ServerFailed),
    "failed in a page": (answer("<h1>\x1b]52;c;x\x07", "500 x"), ServerFailed),
}  # fmt: skip


OF_ITS_OWN = ("a list", "no numbers", "wait for ever", "refused", "failed", "to a script", "round and round")
"""What each adapter makes of an answer itself; the rest is the same for all."""


@pytest.mark.parametrize(
    ("kind", "name"), [*(("zendesk", name) for name in ODD), *(("rt", name) for name in OF_ITS_OWN)]
)
def test_an_odd_answer_is_one_sentence_in_little_memory_and_time(
    kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, error = ODD[name]
    monkeypatch.setattr(rights, "DEADLINE_SECONDS", 0.3 if error is Unreachable else 30.0)
    with odd_server(lambda method, path: told) as server:
        began = time.monotonic()
        with pytest.raises(error) as caught:
            examined(kind, server.url)
        assert type(caught.value) is error
        sentence = caught.value.sentence
        assert sentence.startswith("shop: ") and "token-123456" not in sentence
        assert len(sentence) < 1000
        assert server.sent < 20_000_000, "no more is taken than can be used"
        assert time.monotonic() - began < 15
        assert len(server.asked) <= 6


@pytest.mark.parametrize("count", [10**400, -5, True, 1e999, "7", 10**12], ids=lambda one: str(one)[:9])
def test_a_count_that_is_none_is_left_out(count: Any) -> None:
    def route(method: str, path: str) -> bytes:
        return answer(json.dumps({"count": count, "tickets": [], "total": count, "items": [], **ME}))

    with odd_server(route) as server:
        found = examined("zendesk", server.url)
    assert found.rights.tickets is None and found.estimate is None


def test_headers_of_a_quota_may_say_anything() -> None:
    for odd in ("²", "9" * 5000, "", "-1", "1e9", "\x1b]0;"):
        quota = Quota()
        for name in ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "zendesk-ratelimit-x"):
            quota.note("tickets", {name: odd}, 0.0)
            quota.note("tickets", {"ratelimit-limit": "7", "ratelimit-remaining": "1", name: odd}, 0.0)
            quota.note("tickets", {name: f"total={odd};remaining={odd};resets={odd}"}, 0.0)
        assert 0 <= quota.wait_seconds("tickets", 0.0) <= 3600


@pytest.mark.parametrize(
    "email",
    ["a\x1b]0;x\x07@b.example", "a\u202e@b.example", "a\n@b.example", "a b@c", "x" * 300 + "@b"],
    ids=ascii,
)
def test_a_login_is_taken_from_the_helpdesk_only_where_it_is_an_address(email: str) -> None:
    account = AccountSettings("u", "shop", "zendesk", "https://shop.example", "", auth="oauth")
    found = Examined(Identity("1", "Ada", email, "agent"), Rights(True, True, True), None)
    assert setting_up.known_login(account, found).login == ""
    plain = Examined(Identity("1", "Ada", "ada@b.example", "agent"), Rights(True, True, True), None)
    assert setting_up.known_login(account, plain).login == "ada@b.example"


@pytest.mark.parametrize("host", ["127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_a_name_that_looks_like_this_machine_is_not_it(host: str) -> None:
    with pytest.raises(Unreachable, match="https"):
        checked_base("shop", f"http://{host}")


def reader_of(url: str, **more: Any) -> HelpdeskHttp:
    return HelpdeskHttp("shop", url, lambda: "Bearer x", read_refusal=lambda status, data: Refusal(), **more)


def shared_over(handler: Callable[[httpx.Request], httpx.Response]) -> HelpdeskHttp:
    return reader_of("https://shop.example", transport=httpx.MockTransport(handler))


async def test_a_file_that_lies_nowhere_is_told() -> None:
    shared = shared_over(lambda request: httpx.Response(404))
    for place in (
        "http://[::",
        "javascript:x",
        "\x1b]0;x",
        "x" * 70_000,
        "ftp:x",
        "http:",
        "//",
        "\ud800",
    ):
        with pytest.raises(HelpdeskError) as caught:
            async for _ in shared.download(place):
                raise AssertionError
        assert len(caught.value.sentence) < 600
    await shared.close()


async def test_a_file_that_is_packed_oddly_takes_no_connection_along() -> None:
    packed = answer("x" * 500_000, "200 OK", "Content-Encoding: br")
    with odd_server(lambda method, path: packed if path == "/file" else answer("{}")) as server:
        shared = reader_of(server.url, connections=1)
        with pytest.raises(BadAnswer, match="packed as 'br'"):
            async for _ in shared.download("/file"):
                raise AssertionError
        async with asyncio.timeout(5):
            assert (await shared.read("/other")).data == {}
        await shared.close()


async def test_a_helpdesk_elsewhere_does_not_send_the_reader_to_this_machine() -> None:
    def to_here(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "shop.example"
        return httpx.Response(302, headers={"location": "http://127.0.0.1:9/secret"})

    shared = shared_over(to_here)
    with pytest.raises(Rejected, match="not reached by https"):
        async for _ in shared.download("/file"):
            raise AssertionError
    await shared.close()


async def test_a_file_that_drips_is_given_up() -> None:
    with odd_server(lambda method, path: endless(OK + b"\r\n", b"x", 0.01)) as server:
        shared = reader_of(server.url, deadline_seconds=0.2)
        with pytest.raises(AnswerLost, match="too slowly"):
            async for _ in shared.download("/file"):
                pass
        await shared.close()


ATTEMPT = LoginAttempt("u", "state", "verifier", "http://127.0.0.1:1/callback", "c", "read write")
GOOD = {"access_token": "a1b2c3d4", "refresh_token": "e5f6a7b8", "expires_in": 60, "scope": "read write"}


ODD_LOGINS: dict[str, tuple[Any, type[ConsoleError]]] = {
    "no end": (endless(OK + b"\r\n", b"x" * 65_536), BadAnswer),
    "no end of a header": (endless(OK + b"X: ", b"x" * 65_536), AnswerLost),
    "a bomb": (answer(gzip.compress(b" " * 9_000_000), "200 OK", "Content-Encoding: gzip"), BadAnswer),
    "a bomb in a bomb": (
        answer(gzip.compress(gzip.compress(b"x")), "200 OK", "Content-Encoding: gzip, gzip"), AnswerLost
    ),
    "deep lists": (answer(b"[" * 90_000), BadAnswer),
    "other bytes": (answer(b"\xff\xfe"), BadAnswer),
    "to a script": (answer("", "302 X", "Location: javascript:alert(1)"), AnswerLost),
    "refused": (answer({"error": ALL, "error_description": ALL}, "400 x"), LoginRefused),
    "refused at length": (answer({"error": ALL, "error_description": [ALL] * 9}, "401 x"), LoginRefused),
    "wait": (answer({"error": ALL}, "429 x", "Retry-After: \u00b2"), Throttled),
    "half a character": (answer({**GOOD, "access_token": "half\ud800"}), BadAnswer),
    "a header more": (answer({**GOOD, "access_token": "a\r\nX: y"}), BadAnswer),
    "a list": (answer({**GOOD, "access_token": ["x"]}), BadAnswer),
    "an escape": (answer({**GOOD, "refresh_token": "\x1b]0;x"}), HelpdeskError),
}  # fmt: skip


@pytest.mark.parametrize("name", list(ODD_LOGINS))
def test_an_odd_answer_to_a_login_is_one_sentence(name: str) -> None:
    told, error = ODD_LOGINS[name]
    with odd_server(lambda method, path: told) as server:
        with pytest.raises(error) as caught:
            asyncio.run(oauth.exchange("shop", server.url, ATTEMPT, "code", 5))
        assert server.sent < 20_000_000
    assert type(caught.value) is error and len(caught.value.sentence) < 600


@pytest.mark.parametrize("seconds", ["1e999", "NaN", "-1", '"x"', "9" * 400, "[]"], ids=lambda one: one[:9])
def test_a_token_of_any_life_is_kept(seconds: str) -> None:
    told = answer(json.dumps({**GOOD, "scope": ALL}).replace("60", seconds, 1))
    with odd_server(lambda method, path: told) as server:
        pair = asyncio.run(oauth.exchange("shop", server.url, ATTEMPT, "code", 5))
    assert (pair.access, pair.scope) == ("a1b2c3d4", "read write")
    assert pair.expires_at is None or 5 < pair.expires_at < parse_instant("2000-01-01T00:00:00Z")
    assert TokenPair.read(pair.spelled(), "shop") == pair
