"""What every test gets: a home of its own, no keyring, no network but this machine's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.guards import NetworkGuard, leave_user_alone
from tests.temporary import move_into_memory

# A slow machine is no failure of a property.
settings.register_profile("agentconsole", deadline=None)
settings.load_profile("agentconsole")

_network = NetworkGuard()
_SCREEN_TESTS = Path(__file__).parent / "tui"


def pytest_configure(config: pytest.Config) -> None:
    """Guard before anything is imported: fixtures of a module or session must be as safe as a test."""
    memory = move_into_memory()
    if memory is not None:
        config.add_cleanup(lambda: shutil.rmtree(memory, ignore_errors=True))
    home = Path(tempfile.mkdtemp(prefix="agentconsole-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    leave_user_alone(home)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    _network.install(patch)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that no test meets what another left."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def only_this_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse connections to other machines, but for the tests that are there to make them.

    The screen's tests get no network at all: nothing but sending and setting up may need one.
    """
    _network.allow_all = request.node.get_closest_marker("live") is not None
    asks = request.node.get_closest_marker("asks_helpdesk") is not None
    _network.offline = request.path.is_relative_to(_SCREEN_TESTS) and not asks
    yield
    _network.allow_all = _network.offline = False
