"""config.toml: what is wrong costs its own part only, and is told with file and line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.config import Config, Paths, parse_config, profile_paths, read_config
from agentconsole.config_reading import is_helpdesk_url, zone_of
from agentconsole.config_writing import put_account, put_setting, put_view, remove_account
from agentconsole.domain.accounts import AccountSettings, OptionValue
from agentconsole.domain.errors import ConfigError
from agentconsole.domain.queries import OwnView
from tests.support.hostile import SAMPLES, forbidden

SURROGATE = re.compile("[\ud800-\udfff]")

WHOLE = """\
# mine
[[accounts]]
name = "shop"
kind = "zendesk"
url = "https://shop.example.com/"
login = "me@shop.example"
secret = "command"
token_command = "pass show shop"

[keys]
preset = "vim"
"ticket.reply" = ["R", "ctrl+r"]

[ui]
theme = "paper"
timezone = "Europe/Berlin"

[sync]
poll_seconds = 30
undo_seconds = 0

# what my team asks me for
[[views]]
name = "Refunds"
query = "status<solved tags:refund"  # the whole team's
sort = "waiting"
"""


def account(name: str = "shop", **changes: str) -> AccountSettings:
    values = {"uuid": "u-" + name, "kind": "zendesk", "url": "https://x.example.com", "login": "me@x.example"}
    return AccountSettings(name=name, **{**values, **changes})  # type: ignore[arg-type]


def test_a_whole_file_is_read_without_a_complaint() -> None:
    config = parse_config(WHOLE, "config.toml")
    assert config.problems == ()
    assert [one.name for one in config.accounts] == ["shop"]
    assert config.accounts[0].url == "https://shop.example.com"
    assert config.accounts[0].token_command == "pass show shop"
    assert config.keys.preset == "vim"
    assert config.keys.bindings == {"ticket.reply": ("R", "ctrl+r")}
    assert config.keys.lines["ticket.reply"] == 12
    assert (config.ui.theme, config.sync.poll_seconds, config.sync.undo_seconds) == ("paper", 30, 0)
    assert config.zone == ZoneInfo("Europe/Berlin")
    assert config.views == (OwnView("Refunds", "status<solved tags:refund", "waiting"),)
    assert config.views[0].line == 25


def test_a_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.toml") == Config()


@pytest.mark.parametrize(
    ("broken", "line", "word"),
    [
        ('j = "down', 11, "TOML"),
        ("poll_seconds = 1", 20, "poll_seconds"),
        ('colour = "red"', 17, "colour"),
    ],
)
def test_a_broken_line_costs_its_own_part_only(broken: str, line: int, word: str) -> None:
    lines = WHOLE.splitlines()
    lines.insert(line - 1, broken)
    if "poll" in broken:
        lines.remove("poll_seconds = 30")
        line -= 1
    config = parse_config("\n".join(lines[: len(lines)]), "config.toml")
    assert [problem.line for problem in config.problems] == [lines.index(broken) + 1]
    assert word in config.problems[0].sentence
    assert config.problems[0].sentence.startswith("config.toml:")
    assert [one.name for one in config.accounts] == ["shop"]
    assert config.ui.theme == "paper"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (('name = "shop"', 'name = "The Shop"'), "name"),
        (('url = "https://shop.example.com/"', 'url = "shop.example.com"'), "address"),
        (('url = "https://shop.example.com/"', 'url = "https://me:secret@shop.example.com"'), "address"),
        (('kind = "zendesk"', "kind = 3"), "kind"),
        (('secret = "command"', 'secret = "paper"'), "secret"),
        (('token_command = "pass show shop"', ""), "token_command"),
    ],
)
def test_a_wrong_account_is_left_out_with_its_line(change: tuple[str, str], word: str) -> None:
    text = WHOLE.replace(*change)
    config = parse_config(text, "c.toml")
    assert config.accounts == ()
    assert len(config.problems) == 1
    assert word in config.problems[0].sentence
    assert config.problems[0].line is not None
    assert config.ui.theme == "paper"


def test_accounts_after_a_broken_one_are_kept() -> None:
    text = '[[accounts]]\nname = "a\n' + WHOLE
    config = parse_config(text, "c.toml")
    assert [one.name for one in config.accounts] == ["shop"]
    assert config.problems[0].line == 2


def test_two_accounts_of_one_name_are_one() -> None:
    config = parse_config(WHOLE + WHOLE[: WHOLE.index("[keys]")], "c.toml")
    assert len(config.accounts) == 1
    assert "two accounts" in config.problems[0].sentence


@given(st.text())
def test_no_text_is_too_broken_to_start_with(text: str) -> None:
    config = parse_config(text, "c.toml")
    assert config.sync.poll_seconds >= 5


@given(st.integers(0, len(WHOLE)), st.integers(0, 60))
def test_a_file_cut_anywhere_never_raises(start: int, length: int) -> None:
    config = parse_config(WHOLE[:start] + WHOLE[start + length :], "c.toml")
    assert all(problem.file == "c.toml" for problem in config.problems)


def test_an_unreadable_file_is_a_problem_and_no_end(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    config = read_config(path)
    assert config.accounts == ()
    assert "UTF-8" in config.problems[0].sentence


def test_accounts_are_added_in_place_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(WHOLE)
    put_account(path, account("other", token_command='say "hi" \\ there'))
    text = path.read_text()
    assert text.startswith("# mine\n")
    config = parse_config(text, "c")
    assert [one.name for one in config.accounts] == ["shop", "other"]
    assert config.accounts[1].token_command == 'say "hi" \\ there'
    assert path.stat().st_mode & 0o077 == 0

    put_account(path, account("shop", url="https://new.example.com"))
    config = read_config(path)
    assert [one.name for one in config.accounts] == ["shop", "other"]
    assert config.accounts[0].url == "https://new.example.com"
    assert config.keys.preset == "vim"

    remove_account(path, "shop")
    config = read_config(path)
    assert [one.name for one in config.accounts] == ["other"]
    assert config.problems == ()
    assert tomllib.loads(path.read_text())["ui"]["theme"] == "paper"


def test_views_are_added_in_place_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(WHOLE)
    put_view(path, OwnView('Say "hi"', 'tags:"a b"', "newest"))
    assert path.read_text().startswith(WHOLE.rstrip("\n"))
    put_view(path, OwnView("Refunds", "tags:refund"))
    config = read_config(path)
    assert config.problems == ()
    assert config.views == (
        OwnView("Refunds", "tags:refund", "due"),
        OwnView('Say "hi"', 'tags:"a b"', "newest"),
    )
    assert "# what my team asks me for" in path.read_text()
    assert [one.name for one in config.accounts] == ["shop"]
    put_account(path, account("other"))
    assert len(read_config(path).views) == 2


@pytest.mark.parametrize(
    ("entry", "said", "line"),
    [
        ('query = "tags:a"', "a view needs a name", 4),
        ('name = "A"', "“A” needs a query", 4),
        ('name = "A"\nquery = "tags:a status:opn"', "character 15 of the query: `opn` is no value", 6),
        ('name = "A"\nquery = "tags:a"\nsort = "size"', "“sort” must be one of due, priority", 7),
        ('name = "A"\nquery = 7', "“query” must be a text", 6),
        ('name = "Good"\nquery = "tags:a"', "two views named “Good”", 5),
    ],
)
def test_a_wrong_view_is_told_with_its_line_and_the_rest_holds(entry: str, said: str, line: int) -> None:
    good = '[[views]]\nname = "Good"\nquery = "topic:x"\n'
    config = parse_config(f"{good}[[views]]\n{entry}\n[sync]\npoll_seconds = 30\n", "config.toml")
    assert [one.name for one in config.views] == ["Good"]
    assert config.sync.poll_seconds == 30
    (problem,) = config.problems
    assert said in problem.sentence
    assert problem.line == line
    assert parse_config("views = 3", "c").problems[0].sentence.endswith("each with a name and a query")


def test_a_broken_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(WHOLE + "what = [\n")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="mend this first"):
        put_account(path, account("other"))
    with pytest.raises(ConfigError):
        remove_account(path, "shop")
    assert path.read_bytes() == before


def test_accounts_written_in_another_way_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'accounts = [{name = "a", kind = "zendesk", url = "https://a.example.com", login = "a@a.example"}]\n'
    )
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="by hand"):
        put_account(path, account("other"))
    with pytest.raises(ConfigError, match="by hand"):
        remove_account(path, "a")
    assert path.read_bytes() == before


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_is_written_is_what_is_read(login: str, command: str) -> None:
    import tempfile

    try:
        login.encode(), command.encode()
    except UnicodeEncodeError:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        wanted = account("a", login=login.strip(), token_command=command.strip() or "x")
        put_account(path, wanted)
        assert read_config(path).accounts == (wanted,)


def test_no_name_of_a_server_hides_or_reorders_what_the_file_shows(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    by_hand = '# \u202eby hand\n[[views]]\nname = "Mine \u200f"\nquery = "tags:a"\n'
    path.write_text(by_hand, encoding="utf-8")
    # All that is hidden, astral tags too; an emoji's joiner stays.
    name = "".join(text for text in SAMPLES.values() if not SURROGATE.search(text)) + "\U000e0041 👩‍🔧"
    options: dict[str, OptionValue] = {"tags_field": name, "b": {name: name}}
    wanted = replace(account("a", login=name.strip(), token_command="x"), options=options)
    put_account(path, wanted)
    put_view(path, OwnView(f"Refunds {name}".strip(), "tags:refund"))
    put_setting(path, "ui", "theme", f"a{name}")
    put_setting(path, "ui", "theme", "b\u202e")
    text = path.read_text(encoding="utf-8")
    assert text.startswith(by_hand)
    assert not forbidden(text.removeprefix(by_hand)) and "👩‍🔧" in text
    read = read_config(path)
    assert read.accounts == (wanted,) and read.views[1].name == f"Refunds {name}".strip()
    assert tomllib.loads(text)["ui"]["theme"] == "b\u202e"


def test_the_profile_is_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCONSOLE_HOME", str(tmp_path / "env"))
    assert profile_paths(tmp_path / "given") == Paths(tmp_path / "given")
    assert profile_paths() == Paths(tmp_path / "env")
    monkeypatch.delenv("AGENTCONSOLE_HOME")
    paths = profile_paths()
    assert Path.home() in paths.database.parents
    assert paths.database.name == "agentconsole.db"


def test_the_machines_own_zone_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    zone_of.cache_clear()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert zone_of("") == ZoneInfo("Asia/Tokyo")
    zone_of.cache_clear()


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://x.zendesk.com", True),
        ("http://127.0.0.1:8790", True),
        ("ftp://x", False),
        ("https://", False),
        ("https://x:99999", False),
        ("https://me@x", False),
        ("https://x?y=1", False),
        ("[", False),
        ("https://[::1", False),
    ],
)
def test_addresses(url: str, good: bool) -> None:
    assert is_helpdesk_url(url) is good


def test_checks_are_on_unless_switched_off_and_a_slip_is_told_with_its_line() -> None:
    assert parse_config("", "config.toml").checks.off == frozenset()
    text = "[checks]\ngreeting = false\nlink = true\nspelling = false\ncard = 1\n"
    config = parse_config(text, "config.toml")
    assert config.checks.off == {"greeting"}
    assert [problem.line for problem in config.problems] == [4, 5]
    assert "spelling" in config.problems[0].sentence and "true or false" in config.problems[1].sentence
