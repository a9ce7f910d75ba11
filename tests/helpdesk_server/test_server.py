from __future__ import annotations

import base64
import http.client
import time
from typing import Any

import httpx
import pytest

from agentconsole.demo.faults import KINDS, Fault
from agentconsole.demo.settings import Settings
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import AGENT

WRITE = {"ticket": {"comment": {"body": "written", "public": True}}}


def plain(helpdesk: RunningHelpdesk, **options: Any) -> httpx.Client:
    client = httpx.Client(base_url=helpdesk.api, trust_env=False, **options)
    helpdesk._clients.append(client)
    return client


def basic(login: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()}


def test_signing_in(shared: RunningHelpdesk) -> None:
    good = [
        basic(f"{shared.login}/token", shared.token),
        basic(f"{shared.login.upper()}/token", shared.token),
        {"Authorization": f"Bearer {shared.agent_bearer}"},
        {"Authorization": f"bearer {shared.admin_bearer}"},
    ]
    bad: list[dict[str, Any]] = [
        basic(f"{shared.login}/token", "wrong"),
        basic(shared.login, shared.token),
        basic(f"{shared.admin_login}/token", shared.token),
        basic(f"{shared.login}/token", shared.agent_bearer),
        {"Authorization": f"Bearer {shared.token}"},
        {"Authorization": "Basic %%%"},
        {"Authorization": b"Basic \xe9"},
        {"Authorization": b"Bearer \xe9"},
        {"Authorization": "Digest x"},
    ]
    client = plain(shared)
    for headers in good:
        assert client.get("/tickets/count", headers=headers).status_code == 200
    for headers in bad:
        for path in ("/tickets/count", "/users/me"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


def test_nobody_is_anonymous(shared: RunningHelpdesk) -> None:
    client = plain(shared)
    assert client.get("/users/me").json()["user"]["id"] is None
    for path in ("/tickets", "/tickets/count", "/users", "/search?query=x", "/attachments/1"):
        assert client.get(path).status_code == 401


def test_a_token_that_is_taken_away(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    assert agent.get("/tickets/count").status_code == 200
    helpdesk.revoke_tokens(AGENT)
    assert agent.get("/tickets/count").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "192.168.0.1:80", "[::1"])
def test_other_names_for_this_machine_are_refused(shared: RunningHelpdesk, host: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared.server.port)
    connection.putrequest("GET", "/api/v2/users/me", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status == 421
    connection.close()


def test_a_web_page_may_not_ask(shared: RunningHelpdesk) -> None:
    assert shared.client().get("/users/me", headers={"Origin": "https://evil.example"}).status_code == 421
    assert (
        shared.client().get("/users/me", headers={"Host": f"localhost:{shared.server.port}"}).status_code
        == 200
    )


def test_errors_in_their_envelopes(shared: RunningHelpdesk) -> None:
    client = shared.client()
    missing = client.get("/tickets/999999")
    assert (missing.status_code, missing.json()["error"]) == (404, "RecordNotFound")
    unknown = client.get("/sharing_agreements")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "InvalidEndpoint")
    assert client.put("/tickets", json={}).status_code == 405
    assert client.put("/tickets/1", content=b"{nonsense").status_code == 400
    assert client.put("/tickets/1", content=b"[1]").status_code == 400
    assert client.put("/tickets/1", json={"other": 1}).json()["error"] == "ParameterMissing"


def test_json_suffix_is_optional(shared: RunningHelpdesk) -> None:
    client = shared.client()
    for path in ("/tickets/1", "/users/me", "/help_center/en-us/articles/91", "/tickets/1/comments"):
        assert client.get(f"{path}.json").json() == client.get(path).json()


def test_the_rate_limit() -> None:
    with helpdesk_in_thread(settings=Settings(rate_limit=3)) as helpdesk:
        client = helpdesk.client()
        answers = [client.get("/tickets/count") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        last = answers[-1]
        assert last.headers["ratelimit-limit"] == "3"
        assert 1 <= int(last.headers["retry-after"]) <= 60
        assert last.json()["error"] == "APIRateLimitExceeded"
        assert client.get("/help_center/articles").status_code == 200, "the Help Center counts apart"
        helpdesk.helpdesk.limiter.reset()
        assert client.get("/tickets/count").status_code == 200


def test_limits_of_single_endpoints() -> None:
    settings = Settings(rate_limit=1000, endpoint_limits=True, export_delay_seconds=0)
    with helpdesk_in_thread(settings=settings) as helpdesk:
        admin = helpdesk.client(admin=True)
        path = "/incremental/tickets/cursor?start_time=1"
        codes = [admin.get(path).status_code for _ in range(11)]
        assert codes == [200] * 10 + [429]
        answer = admin.put("/tickets/1", json={"ticket": {"priority": "low"}})
        assert answer.headers["zendesk-ratelimit-update-ticket-account"].startswith(
            "total=100; remaining=99;"
        )
        codes = [admin.put("/tickets/1", json={"ticket": {"priority": "low"}}).status_code for _ in range(30)]
        assert codes == [200] * 29 + [429]


REFUSALS = {
    "database_conflict": 409,
    "server_error": 500,
    "unavailable": 503,
    "rate_limited": 429,
    "unauthorized": 401,
    "forbidden": 403,
    "too_large": 413,
}


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_a_refusal_does_nothing_and_passes(helpdesk: RunningHelpdesk, agent: httpx.Client, kind: str) -> None:
    helpdesk.plant(kind, method="PUT")
    assert agent.get("/tickets/1").status_code == 200
    answer = agent.put("/tickets/1", json=WRITE)
    assert answer.status_code == REFUSALS[kind]
    assert answer.headers["content-type"].startswith("application/json")
    if kind in ("unavailable", "rate_limited"):
        assert answer.headers["retry-after"] == "1"
    assert "written" not in helpdesk.public_texts(1)
    assert agent.put("/tickets/1", json=WRITE).status_code == 200


@pytest.mark.parametrize(("kind", "written"), [("drop_before", False), ("drop_after", True)])
def test_a_dropped_connection(
    helpdesk: RunningHelpdesk, agent: httpx.Client, kind: str, written: bool
) -> None:
    helpdesk.plant(kind, method="PUT", path=r"/tickets/1$")
    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        agent.put("/tickets/1", json=WRITE)
    assert ("written" in helpdesk.public_texts(1)) is written
    assert agent.get("/tickets/1").status_code == 200


@pytest.mark.parametrize("at_byte", [0, 1, 15, 200, 600])
def test_an_answer_cut_at_any_byte(helpdesk: RunningHelpdesk, agent: httpx.Client, at_byte: int) -> None:
    helpdesk.plant("cut_answer", method="PUT", at_byte=at_byte)
    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        agent.put("/tickets/1", json=WRITE)
    assert "written" in helpdesk.public_texts(1)


def test_broken_answers(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    helpdesk.plant("not_json", path="/tickets")
    answer = agent.get("/tickets")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    helpdesk.plant("malformed_record")
    tickets = agent.get("/tickets").json()["tickets"]
    assert not isinstance(tickets[0]["id"], int)
    assert tickets[1]["id"] == 2
    helpdesk.plant("malformed_record")
    assert not isinstance(agent.get("/tickets/1").json()["ticket"]["id"], int)
    helpdesk.plant("slow", delay=0.3)
    begun = time.monotonic()
    assert agent.get("/tickets/1").json()["ticket"]["id"] == 1
    assert time.monotonic() - begun >= 0.3


def test_which_requests_a_fault_strikes(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    helpdesk.plant("server_error", path=r"/tickets/2\b", times=2, skip=1)
    codes = [agent.get(f"/tickets/{number}").status_code for number in (1, 2, 2, 1, 2, 2)]
    assert codes == [200, 200, 500, 200, 500, 200]
    helpdesk.plant("server_error", times=None)
    assert {agent.get("/tickets/1").status_code for _ in range(3)} == {500}
    helpdesk.clear_faults()
    assert agent.get("/tickets/1").status_code == 200
    assert set(REFUSALS) < KINDS
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("gremlins")


def test_faults_over_http_only_when_asked_for(shared: RunningHelpdesk) -> None:
    assert shared.client(admin=True).post(f"{shared.url}/__test__/faults", json={}).status_code == 404
    with helpdesk_in_thread(settings=Settings(fault_endpoint=True)) as helpdesk:
        address = f"{helpdesk.url}/__test__/faults"
        fault = {"kind": "server_error", "times": None}
        assert helpdesk.client().post(address, json=fault).status_code == 403
        admin = helpdesk.client(admin=True)
        assert admin.post(address, json={"kind": "gremlins"}).status_code == 400
        assert admin.post(address, json=fault).status_code == 201
        assert admin.get("/tickets/1").status_code == 500
        assert admin.delete(address).status_code == 204
        assert admin.get("/tickets/1").status_code == 200
        before = helpdesk.clock.now()
        admin.post(f"{helpdesk.url}/__test__/clock", json={"advance": 1000})
        assert helpdesk.clock.now() >= before + 1000


def test_stopping_and_starting_at_the_same_address(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    url = helpdesk.url
    agent.put("/tickets/1", json=WRITE)
    helpdesk.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/api/v2/users/me", trust_env=False)
    helpdesk.start()
    assert helpdesk.url == url
    assert agent.get("/tickets/1/comments").json()["comments"][-1]["body"] == "written"
