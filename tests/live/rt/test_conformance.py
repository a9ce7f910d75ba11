"""The RT adapter against a real Request Tracker: the same suite as for every helpdesk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpdesks.conformance import HelpdeskConformance
from tests.live.rt.server import RtServer
from tests.live.rt.world import RtWorld, spoil
from tests.support.faulty_proxy import FaultyProxy

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def shared_world(rt_server: RtServer) -> Iterator[RtWorld]:
    proxy = FaultyProxy(rt_server.port, spoil)
    world = RtWorld(rt_server, proxy)
    yield world
    world.close()
    proxy.close()


@pytest.fixture
def world(shared_world: RtWorld) -> RtWorld:
    shared_world.clear()
    return shared_world


class TestRequestTracker(HelpdeskConformance):
    """Everything that the port promises."""
