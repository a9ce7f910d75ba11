"""A filled profile for each test of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from agentconsole.desk.context import Desk
from agentconsole.helpdesks.base import Capabilities
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.support.profile import FilledProfile, filled_profile

ABLE = Capabilities(
    stale_write_check="atomic",
    marker=True,
    merge=True,
    merge_comments=True,
    spam=True,
    delete=True,
    create=True,
    cc=True,
    due=True,
    due_of_tasks=True,
    updates_a_minute=100,
)


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[FilledProfile]:
    with filled_profile(tmp_path / "profile") as filled:
        yield filled


@pytest.fixture
def desk(profile: FilledProfile) -> Desk:
    return profile.open_desk()


def able(profile: FilledProfile, desk: Desk, abilities: Capabilities = ABLE) -> None:
    """Let the account be able to do this."""
    [state] = desk.reader.account_states()
    with closing(open_store(profile.paths.database, role="worker", create=False)) as connection:
        Ingest(connection, state.id, sleep=lambda _: None).set_capabilities(asdict(abilities))


@pytest.fixture
def able_desk(profile: FilledProfile, desk: Desk) -> Desk:
    able(profile, desk)
    return desk
