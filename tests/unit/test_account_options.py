"""What only one kind of helpdesk needs to be told: `options` of an account in config.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentconsole.clock import SystemClock
from agentconsole.config import parse_config, read_config
from agentconsole.config_writing import put_account, remove_account
from agentconsole.desk.accounts import check
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import NotAllowed, UsageError
from agentconsole.helpdesks.registry import address_of, begin_login, ticket_url
from agentconsole.helpdesks.rt.client import RtClient

RT = AccountSettings(
    "7a0e4b5c-0000-4000-8000-000000000001",
    "rt",
    "rt",
    "https://rt.example",
    "ada",
    auth="password",
    options={"tags_field": "Tags", "article_classes": ("A", "B “ü”"), "statuses": {"in transit": "hold"}},
)


def test_options_are_written_and_read_back_and_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    put_account(path, RT)
    put_account(path, replace(RT, name="plain", uuid="x", options={}))
    config = read_config(path)
    assert config.problems == () or not config.problems
    assert config.account("rt") == RT and config.account("plain") is not None
    remove_account(path, "rt")
    assert [one.name for one in read_config(path).accounts] == ["plain"]


def test_options_may_be_a_table_of_their_own() -> None:
    text = (
        '[[accounts]]\nname = "rt"\nkind = "rt"\nurl = "https://rt.example"\nlogin = "ada"\n'
        '[accounts.options]\ntags_field = "Tags"\n'
    )
    assert parse_config(text, "config.toml").accounts[0].options == {"tags_field": "Tags"}


@pytest.mark.parametrize(
    "value", ["7", '"text"', "{ tags_field = 7 }", "{ statuses = { a = 1 } }", "{ a = [1] }"]
)
def test_other_options_leave_the_account_out_with_a_sentence(value: str) -> None:
    text = f'[[accounts]]\nname = "rt"\nkind = "rt"\nurl = "https://rt.example"\noptions = {value}\n'
    config = parse_config(text, "config.toml")
    assert not config.accounts and "option" in config.problems[0].sentence and config.problems[0].line == 5


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"auth": "bearer"}, "--auth token or password"),
        ({"login": ""}, "--login"),
        ({"kind": "zendesk"}, "--auth token or bearer"),
    ],
)
def test_each_kind_has_its_own_ways_to_log_in(change: dict[str, Any], word: str) -> None:
    check(RT)
    with pytest.raises(UsageError, match=word):
        check(replace(RT, **change))


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("rt.example", "https://rt.example"),
        ("https://rt.example/", "https://rt.example"),
        ("https://company.example/rt/Ticket/Display.html?id=41", "https://company.example/rt"),
        ("https://rt.example/?q=41", "https://rt.example"),
        ("http://localhost:8080/rt", "http://localhost:8080/rt"),
    ],
)
def test_the_address_of_request_tracker_keeps_its_folder(pasted: str, address: str) -> None:
    assert address_of("rt", pasted) == address
    check(replace(RT, url=address))
    assert ticket_url("rt", address, "41") == f"{address}/Ticket/Display.html?id=41"


def test_a_login_by_the_browser_is_not_for_every_kind() -> None:
    with pytest.raises(UsageError, match="--auth token or password"):
        check(replace(RT, auth="oauth"))
    with pytest.raises(UsageError, match="no login by the browser"):
        begin_login(RT, "client", "http://127.0.0.1:1/callback")


async def test_nothing_is_sent_to_a_request_tracker_that_is_read_only() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=[])

    client = RtClient(
        replace(RT, read_only=True), lambda: "word", SystemClock(), transport=httpx.MockTransport(answer)
    )
    with pytest.raises(NotAllowed, match="read-only"):
        await client.put("ticket/41", {"Subject": "x"}, "")
    with pytest.raises(NotAllowed, match="read-only"):
        await client.post("ticket/41/comment", b"{}", "application/json")
    assert not asked
