"""What only one kind of helpdesk needs to be told: `options` of an account in config.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentconsole.config import parse_config, read_config
from agentconsole.config_writing import put_account, remove_account
from agentconsole.desk.accounts import check
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import UsageError

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
