"""Requests: where credentials go, what is capped, and how the quota is kept."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

import httpx
import pytest

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import BadAnswer, ConsoleError, Rejected, SecretError, Throttled
from agentconsole.helpdesks import http as shared
from agentconsole.helpdesks.faults import Refusal
from agentconsole.helpdesks.http import HelpdeskHttp
from agentconsole.helpdesks.quota import Quota
from agentconsole.helpdesks.zendesk.client import authorization

SECRET = "s3cr3t-token-value"
Handler = Callable[[httpx.Request], httpx.Response]


def http_over(handler: Handler, base: str = "https://desk.example/api", **options: object) -> HelpdeskHttp:
    return HelpdeskHttp(
        "acme",
        base,
        lambda: f"Bearer {SECRET}",
        read_refusal=lambda status, data: Refusal(),
        transport=httpx.MockTransport(handler),
        **options,  # type: ignore[arg-type]
    )


class Seen:
    """Which hosts saw the credentials."""

    def __init__(self, answers: dict[str, httpx.Response]) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers[str(request.url)]

    def hosts_with_credentials(self) -> set[str]:
        return {each.url.host for each in self.requests if "authorization" in each.headers}


def redirect(to: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": to})


async def test_a_redirect_to_another_origin_is_not_followed() -> None:
    seen = Seen({"https://desk.example/api/me": redirect("https://evil.example/me")})
    http = http_over(seen)
    with pytest.raises(BadAnswer, match=r"evil\.example"):
        await http.read("me")
    assert {each.url.host for each in seen.requests} == {"desk.example"}
    await http.close()


@pytest.mark.parametrize("to", ["https://desk.example:444/x", "http://desk.example/x"])
async def test_another_port_or_scheme_is_another_origin(to: str) -> None:
    http = http_over(Seen({"https://desk.example/api/me": redirect(to)}))
    with pytest.raises(BadAnswer):
        await http.read("me")
    await http.close()


async def test_a_redirect_within_the_origin_is_followed_for_reads_alone() -> None:
    seen = Seen(
        {
            "https://desk.example/api/me": redirect("/api/v3/me"),
            "https://desk.example/api/v3/me": httpx.Response(200, json={"ok": 1}),
        }
    )
    http = http_over(seen)
    assert (await http.read("me")).data == {"ok": 1}
    with pytest.raises(Rejected, match="nothing was written"):
        await http.write("PUT", "me", body={})
    assert len(seen.requests) == 3
    await http.close()


async def test_a_download_leaves_the_credentials_at_home() -> None:
    seen = Seen(
        {
            "https://desk.example/files/1": redirect("https://cdn.example/a"),
            "https://cdn.example/a": redirect("https://desk.example/files/2"),
            "https://desk.example/files/2": httpx.Response(200, content=b"bytes"),
        }
    )
    http = http_over(seen)
    assert b"".join([piece async for piece in http.download("https://desk.example/files/1")]) == b"bytes"
    assert seen.hosts_with_credentials() == {"desk.example"}
    await http.close()


async def test_a_download_over_plain_http_is_refused() -> None:
    http = http_over(Seen({}))
    with pytest.raises(Rejected, match="https"):
        async for _ in http.download("http://cdn.example/a"):
            raise AssertionError
    await http.close()


async def test_a_huge_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MAX_JSON_BYTES", 1000)
    http = http_over(lambda request: httpx.Response(200, content=b"[" + b"1," * 1000 + b"1]"))
    with pytest.raises(BadAnswer, match="not read further"):
        await http.read("me")
    await http.close()


async def test_no_error_holds_the_secret() -> None:
    """Neither the sentence nor the exception chain, which is what reaches a log."""
    outcomes: list[Handler] = [
        lambda request: httpx.Response(status, json={"error": "x"})  # noqa: B023
        for status in (400, 401, 403, 404, 409, 422, 429, 500, 503)
    ]
    outcomes.append(lambda request: redirect("https://evil.example/"))
    for handler in outcomes:
        http = http_over(handler)
        with pytest.raises(ConsoleError) as caught:
            await http.read("me")
        error: BaseException | None = caught.value
        while error is not None:
            assert SECRET not in str(error) and SECRET not in repr(error)
            error = error.__cause__ or error.__context__
        await http.close()


@pytest.mark.parametrize("secret", ["", "two\r\nX: 1", "tökén", "\x00"])
def test_a_secret_that_cannot_stand_in_a_header_is_refused(secret: str) -> None:
    account = AccountSettings("u", "acme", "zendesk", "https://desk.example", "", auth="bearer")
    with pytest.raises(SecretError) as caught:
        authorization(account, secret)
    assert not secret or secret not in caught.value.sentence


def test_the_two_ways_of_signing_in() -> None:
    token = AccountSettings("u", "acme", "zendesk", "https://desk.example", "ana@desk.example")
    assert authorization(token, " abc\n") == (
        "Basic " + base64.b64encode(b"ana@desk.example/token:abc").decode()
    )
    bearer = AccountSettings(
        "u", "acme", "zendesk", "https://desk.example", "ana@desk.example", auth="bearer"
    )
    assert authorization(bearer, "abc") == "Bearer abc"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 30),
        ({"retry-after": "soon"}, 30),
        ({"retry-after": "nan"}, 30),
        ({"retry-after": "99999999"}, 3600),
        ({"retry-after": "-5"}, 1),
        ({}, 30),
    ],
)
async def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: float) -> None:
    http = http_over(lambda request: httpx.Response(429, headers=headers))
    with pytest.raises(Throttled) as caught:
        await http.read("me")
    assert caught.value.wait_seconds == seconds
    await http.close()


async def test_reads_slow_down_when_the_quota_runs_low_and_writes_do_not() -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    headers = {"ratelimit-limit": "100", "ratelimit-remaining": "9", "ratelimit-reset": "30"}
    http = http_over(lambda request: httpx.Response(200, json={}, headers=headers), pause=pause)
    await http.read("tickets")
    assert waits == []
    await http.write("PUT", "tickets/1", body={})
    assert waits == []
    await http.read("tickets")
    assert len(waits) == 1 and 2 < waits[0] <= 3
    await http.close()


async def test_a_long_wait_for_the_quota_is_told_unless_a_person_waits() -> None:
    headers = {"ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "40"}
    http = http_over(lambda request: httpx.Response(200, json={}, headers=headers))
    await http.read("tickets")
    with pytest.raises(Throttled) as caught:
        await http.read("tickets")
    assert 39 < caught.value.wait_seconds <= 40
    assert (await http.read("tickets/1", urgent=True)).status == 200
    await http.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit": "700", "x-rate-limit-remaining": "0"},
        {"rate-limit": "700", "rate-limit-remaining": "0", "rate-limit-reset": "60"},
        {"ratelimit-limit": "700", "ratelimit-remaining": "0", "ratelimit-reset": "60"},
        {"zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=60"},
        {"Zendesk-Rate-Limit-incremental": "total=10; remaining=0; resets=60"},
    ],
)
def test_every_spelling_of_the_quota_is_read(headers: dict[str, str]) -> None:
    quota = Quota()
    quota.note("incremental/tickets/cursor", headers, 100.0)
    assert quota.wait_seconds("incremental/tickets/cursor", 100.0) == 60
    assert quota.wait_seconds("incremental/tickets/cursor", 161.0) == 0


def test_an_endpoints_own_limit_concerns_it_alone() -> None:
    quota = Quota()
    quota.note("incremental/tickets/cursor", {"zendesk-ratelimit-x": "total=10; remaining=0; resets=60"}, 0.0)
    assert quota.wait_seconds("search", 0.0) == 0


async def test_an_answer_that_never_ends_is_given_up() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    http = HelpdeskHttp(
        "acme",
        f"http://127.0.0.1:{port}",
        lambda: "Bearer x",
        read_refusal=lambda status, data: Refusal(),
        deadline_seconds=0.3,
    )
    with pytest.raises(ConsoleError, match="in time"):
        await http.read("me")
    await http.close()
    server.close()
