"""A filled profile for each test of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentconsole.desk.context import Desk
from tests.support.profile import FilledProfile, filled_profile


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[FilledProfile]:
    with filled_profile(tmp_path / "profile") as filled:
        yield filled


@pytest.fixture
def desk(profile: FilledProfile) -> Desk:
    return profile.open_desk()
