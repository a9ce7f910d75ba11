"""What every test with programs of its own gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.programs import end_all


@pytest.fixture(autouse=True)
def no_process_outlives_its_test() -> Iterator[None]:
    """End what is left of a test that failed."""
    yield
    end_all()
