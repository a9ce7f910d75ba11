"""Adapters that other packages bring: found by entry point, loaded when needed, never the end of a start."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.cli import main
from agentconsole.config_writing import put_account
from agentconsole.domain.accounts import AccountSettings, new_account_uuid
from agentconsole.domain.errors import UsageError
from agentconsole.helpdesks import registry
from agentconsole.helpdesks.kinds import HelpdeskKind
from tests.e2e.programs import environment, run
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import AGENT, FIRST_CUSTOMER

TINYDESK = '''
"""A helpdesk that speaks another one's dialect."""

from agentconsole.helpdesks.kinds import HelpdeskKind


def _open(account, secret, clock, *, history_months=12, read_file=None):
    from agentconsole.helpdesks.zendesk.adapter import ZendeskHelpdesk

    return ZendeskHelpdesk(account, secret, clock, history_months=history_months, read_file=read_file)


def _steps(change):
    from agentconsole.helpdesks.zendesk.steps import plan

    return plan(change)


KIND = HelpdeskKind(
    name="tinydesk",
    title="Tinydesk",
    auths=("token",),
    ways=(("token", "with a token"),),
    open=_open,
    steps=_steps,
    address=lambda pasted: pasted.rstrip("/"),
    ticket_url=lambda address, ticket: f"{address}/t/{ticket}",
    wrong=lambda account: None if account.login else "Tinydesk wants a login.",
)
'''


def install(site: Path, package: str, source: str, entries: str) -> None:
    """Put a package of one module where Python looks, as pip would."""
    site.mkdir(exist_ok=True)
    module = package.replace("-", "_")
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    told = site / f"{module}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[agentconsole.helpdesks]\n{entries}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    registry.forget_installed()
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if (folder / f"{name}.py").exists():
            del sys.modules[name]
    registry.forget_installed()


def account(kind: str, url: str = "https://tiny.example", login: str = "a@example.com") -> AccountSettings:
    return AccountSettings(
        new_account_uuid(), "tiny", kind, url, login, secret="env", token_variable="TINY_TOKEN"
    )


def test_the_built_in_ones_are_kinds_like_any_other() -> None:
    assert registry.kinds()[:2] == ("zendesk", "rt")
    for name in registry.BUILT_IN:
        kind = registry.kind_of(name)
        assert isinstance(kind, HelpdeskKind) and kind.name == name and kind.title
        assert {"browser": "oauth", "pair": "oauth"}.get(kind.ways[0][0], kind.ways[0][0]) in kind.auths
    assert not registry.faults()


def test_an_installed_adapter_is_found_and_loaded_when_it_is_asked_for(site: Path) -> None:
    install(site, "tinydesk", TINYDESK, "tinydesk = tinydesk:KIND")
    assert registry.kinds() == ("zendesk", "rt", "tinydesk")
    assert "tinydesk" not in sys.modules
    assert registry.kind_of("tinydesk").title == "Tinydesk"
    assert registry.ticket_url("tinydesk", "https://tiny.example", "7") == "https://tiny.example/t/7"
    assert registry.missing_to_solve("tinydesk", (), {}) == ()
    registry.check_account(account("tinydesk"))
    with pytest.raises(UsageError, match="Tinydesk wants a login"):
        registry.check_account(account("tinydesk", login=""))
    with pytest.raises(UsageError, match="no login by the browser"):
        registry.begin_login(account("tinydesk"), "client", "http://127.0.0.1:1/callback")
    assert not registry.faults()


def test_the_help_names_installed_kinds_and_other_helps_look_for_none(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(site, "tinydesk", TINYDESK, "tinydesk = tinydesk:KIND")
    looked: list[str] = []
    whole = registry.kinds

    def counted() -> tuple[str, ...]:
        looked.append("looked")
        return whole()

    monkeypatch.setattr(registry, "kinds", counted)
    assert main(["account", "list", "--help"]) == main(["--help"]) == 0
    assert not looked
    assert main(["account", "add", "--help"]) == 0
    assert "(zendesk, rt, tinydesk)" in " ".join(capsys.readouterr().out.split())
    assert "tinydesk" not in sys.modules, "its name is told without loading it"


def test_an_unknown_kind_names_those_that_there_are(site: Path) -> None:
    install(site, "tinydesk", TINYDESK, "tinydesk = tinydesk:KIND")
    with pytest.raises(UsageError, match=r"“tinydisk” is no helpdesk .* zendesk, rt, tinydesk"):
        registry.kind_of("tinydisk")


@pytest.mark.parametrize(
    ("source", "entries", "words"),
    [
        ("import nowhere_to_be_found\n", "tinydesk = odd:KIND", "ModuleNotFoundError: .*update that package"),
        ("KIND = object()\n", "tinydesk = odd:KIND", "odd:KIND is object, no HelpdeskKind “tinydesk”"),
        ("raise SystemError()\n", "tinydesk = odd:KIND", r"\(SystemError\)"),
        (TINYDESK, "otherdesk = odd:KIND", "is another kind, no HelpdeskKind “otherdesk”"),
        (TINYDESK, "zendesk = odd:KIND", "this kind of helpdesk is built in"),
        (TINYDESK, "Tiny Desk = odd:KIND", "small letters"),
    ],
)
def test_a_broken_adapter_costs_one_sentence(site: Path, source: str, entries: str, words: str) -> None:
    install(site, "odd", source, entries)
    (sentence,) = registry.faults()
    assert "of the package odd" in sentence and "\n" not in sentence and sentence.endswith(".")
    assert re.search(words, sentence), sentence
    name = entries.partition(" = ")[0]
    if name not in registry.BUILT_IN:
        with pytest.raises(UsageError):
            registry.kind_of(name)
    assert registry.kind_of("zendesk").title == "Zendesk"


def test_two_packages_of_one_kind_are_told(site: Path) -> None:
    install(site, "odd", TINYDESK, "tinydesk = odd:KIND")
    install(site, "tinydesk", TINYDESK, "tinydesk = tinydesk:KIND")
    (sentence,) = registry.faults()
    assert "another package brings that kind too" in sentence
    assert registry.kind_of("tinydesk").title == "Tinydesk"


def test_what_an_adapter_raises_by_mistake_becomes_a_sentence(site: Path) -> None:
    install(
        site,
        "tinydesk",
        TINYDESK.replace('f"{address}/t/{ticket}"', "{}[ticket]"),
        "tinydesk = tinydesk:KIND",
    )
    with pytest.raises(UsageError, match=r"adapter for “tinydesk” failed \(KeyError\)"):
        registry.ticket_url("tinydesk", "https://tiny.example", "7")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=6) as running:
        yield running


def test_an_account_of_an_installed_adapter_works_in_the_program(
    site: Path, tmp_path: Path, server: RunningHelpdesk
) -> None:
    install(site, "tinydesk", TINYDESK, "tinydesk = tinydesk:KIND")
    home = tmp_path / "profile"
    number = server.new_ticket(FIRST_CUSTOMER, "Kettle", "It does not boil.")
    server.act(AGENT, number, {"assignee_id": AGENT, "status": "open"})
    more = {"PYTHONPATH": f"{site}{os.pathsep}{Path.cwd()}", "TINY_TOKEN": server.token}
    add = ("account", "add", "tiny", "--kind", "tinydesk", "--url", server.url, "--login", server.login)
    done = run(home, *add, "--token-variable", "TINY_TOKEN", **more)
    assert done.returncode == 0, done.stderr
    done = run(home, "sync", "--once", "--json", **more)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["accounts"]
    assert told["kind"] == "tinydesk" and told["state"] == "ok"
    done = run(home, "note", f"#{number}", given="From tinydesk", **more)
    assert done.returncode == 0, done.stderr
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[sync]\nundo_seconds = 0\n")
    run(home, "sync", "--once", **more)
    assert server.private_texts(number) == ["From tinydesk"]
    assert "Installed beside the built-in ones: tinydesk" in run(home, "doctor", "--offline", **more).stdout


def test_a_broken_adapter_never_ends_a_start(site: Path, tmp_path: Path, server: RunningHelpdesk) -> None:
    install(site, "odd", "import nowhere_to_be_found\n", "tinydesk = odd:KIND")
    home = tmp_path / "profile"
    put_account(home / "config.toml", account("tinydesk"))
    shop = AccountSettings(
        new_account_uuid(), "shop", "zendesk", server.url, server.login, secret="env", token_variable="SHOP"
    )
    put_account(home / "config.toml", shop)
    more = {"PYTHONPATH": f"{site}{os.pathsep}{Path.cwd()}", "TINY_TOKEN": "x", "SHOP": server.token}
    done = run(home, "sync", "--once", "--json", **more)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    states = {one["name"]: one for one in json.loads(done.stdout)["accounts"]}
    assert states["shop"]["state"] == "ok", "it delays no other"
    assert "cannot be used (ModuleNotFoundError" in states["tiny"]["sentence"]
    assert run(home, "list", "--json", **more).returncode == 0
    told = run(home, "doctor", "--offline", **more)
    assert "of the package odd cannot be used" in told.stdout and "Traceback" not in told.stderr


def test_nothing_is_looked_for_before_the_first_frame(site: Path, tmp_path: Path) -> None:
    install(site, "tinydesk", TINYDESK, "tinydesk = tinydesk:KIND")
    home = tmp_path / "profile"
    put_account(home / "config.toml", account("tinydesk"))
    code = """
import asyncio, sys
from pathlib import Path
from agentconsole.bootstrap import open_desk
from agentconsole.tui.app import ConsoleApp

async def first_frame():
    app = ConsoleApp(open_desk(Path(sys.argv[1])))
    seen = []
    async with app.run_test(size=(120, 40)) as pilot:
        app.call_after_refresh(lambda: seen.append(set(sys.modules)))
        await pilot.pause()
    return seen[0]

loaded = asyncio.run(first_frame())
print([name for name in ("tinydesk", "agentconsole.helpdesks.registry") if name in loaded])
"""
    more = {"PYTHONPATH": f"{site}{os.pathsep}{Path.cwd()}"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)],
        env=environment(home, **more),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
