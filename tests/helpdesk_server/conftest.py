from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread


@pytest.fixture(scope="package")
def _one_for_all() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread() as running:
        yield running


@pytest.fixture
def helpdesk(_one_for_all: RunningHelpdesk) -> RunningHelpdesk:
    """A helpdesk as if just opened."""
    _one_for_all.reset()
    return _one_for_all


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningHelpdesk]:
    """One helpdesk for tests that only read."""
    with helpdesk_in_thread() as running:
        yield running


@pytest.fixture
def agent(helpdesk: RunningHelpdesk) -> httpx.Client:
    return helpdesk.client()


@pytest.fixture
def admin(helpdesk: RunningHelpdesk) -> httpx.Client:
    return helpdesk.client(admin=True)
