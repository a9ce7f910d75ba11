"""How far back history is read is written into config.toml without touching the rest of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentconsole.config import Paths, read_config
from agentconsole.config_writing import put_setting
from agentconsole.desk.setting_up import keep
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[sync]\nhistory_months = 6\n"),
        ("# mine\n[ui]\nlocale = 'de'\n", "# mine\n[ui]\nlocale = 'de'\n\n[sync]\nhistory_months = 6\n"),
        (
            "[sync]  # often\npoll_seconds = 30\n[ui]\nlocale = 'de'\n",
            "[sync]  # often\nhistory_months = 6\npoll_seconds = 30\n[ui]\nlocale = 'de'\n",
        ),
        (
            "[sync]\npoll_seconds = 30\nhistory_months=24 # two years\n",
            "[sync]\npoll_seconds = 30\nhistory_months=6 # two years\n",
        ),
        ("[sync]", "[sync]\nhistory_months = 6\n"),
    ],
)
def test_it_is_put_where_it_belongs(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(before)
    put_setting(file, "sync", "history_months", 6)
    assert file.read_text() == after
    assert read_config(file).sync.history_months == 6
    put_setting(file, "sync", "history_months", 6)
    assert file.read_text() == after


@pytest.mark.parametrize("odd", ["sync = { poll_seconds = 30 }\n", "[sync]\npoll_seconds = 'x'\n"])
def test_what_cannot_be_changed_stays_as_it_is(tmp_path: Path, odd: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(odd)
    with pytest.raises(ConfigError):
        put_setting(file, "sync", "history_months", 6)
    assert file.read_text() == odd
    paths = Paths(tmp_path)
    account = AccountSettings(
        "u", "shop", "zendesk", "https://shop.example", "ada@shop.example", secret="file"
    )
    with pytest.raises(ConfigError):
        keep(paths, account, "a secret", months=6)
    assert file.read_text() == odd, "no account without what was chosen with it"
    assert not list(paths.secrets_dir.rglob("*")), "and no secret of one that is not there"


def test_an_account_and_its_history_are_written_together(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    account = AccountSettings(
        "u", "shop", "zendesk", "https://shop.example", "ada@shop.example", secret="file"
    )
    keep(paths, account, "a secret", months=6)
    config = read_config(paths.config_file)
    assert config.sync.history_months == 6 and config.account("shop") == account
