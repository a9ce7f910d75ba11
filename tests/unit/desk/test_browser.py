from __future__ import annotations

from pathlib import Path

import pytest

from agentconsole.desk.browser import has_browser, open_page
from agentconsole.secrets_encrypted import PASSPHRASE_VARIABLE


def test_no_browser_over_ssh_or_without_a_display() -> None:
    assert has_browser({"DISPLAY": ":0"}) and not has_browser({})
    assert not has_browser({"DISPLAY": ":0", "SSH_CONNECTION": "x"})


def test_the_browser_gets_the_page_and_no_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\n{{ printf '%s\\n' \"$1\"; env; }} > '{told}'\n")
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "open sesame")
    monkeypatch.setenv("DISPLAY", ":7")
    address = "https://shop.example/?q=$(id)&x='1'"
    assert open_page(address)
    lines = told.read_text().splitlines()
    assert lines[0] == address and "DISPLAY=:7" in lines
    assert not any("sesame" in line for line in lines)
    browser.write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DISPLAY")
    assert not open_page(address)
