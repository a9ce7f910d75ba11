"""Planting faults and moving the clock over HTTP; there only when the helpdesk was started for it."""

from __future__ import annotations

from agentconsole.demo.call import Answer, Call, Endpoint
from agentconsole.demo.errors import bad_request
from agentconsole.demo.faults import Fault


def plant(call: Call) -> Answer:
    """`POST /__test__/faults` with a fault's own names: `{"kind": "drop_after", "method": "PUT"}`."""
    try:
        fault = Fault(**call.json)
    except (TypeError, ValueError) as error:
        raise bad_request("InvalidFault", str(error)) from None
    call.helpdesk.faults.plant(fault)
    return Answer({"planted": fault.kind}, 201)


def clear(call: Call) -> Answer:
    """`DELETE /__test__/faults`."""
    call.helpdesk.faults.clear()
    return Answer(None, 204)


def advance(call: Call) -> Answer:
    """`POST /__test__/clock` with `{"advance": seconds}`."""
    seconds = call.json.get("advance")
    if not isinstance(seconds, int) or seconds < 0:
        raise bad_request("InvalidValue", "advance must be a number of seconds")
    call.helpdesk.clock.advance(seconds)
    return Answer({"now": call.helpdesk.clock.now()})


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("POST", "/__test__/faults", plant, access="admin"),
    Endpoint("DELETE", "/__test__/faults", clear, access="admin"),
    Endpoint("POST", "/__test__/clock", advance, access="admin"),
)
