"""Which fields a form asks for: plain ones, and those that a condition shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.demo.records import ConditionRecord
from agentconsole.demo.required_fields import demanded, dialect_of
from agentconsole.domain.fields import FieldCondition, FieldOption, TicketField
from agentconsole.domain.required_fields import has_conditions, holding, missing_fields
from agentconsole.domain.tickets import FieldValue

STATUS = TicketField(
    "status",
    "Status",
    "choice",
    (
        FieldOption("open", "Open", "open"),
        FieldOption("12", "Waiting", "open"),
        FieldOption("solved", "S", "solved"),
    ),
)
REASON = TicketField("custom:1", "Reason", "choice", required_to_solve=True)
AMOUNT = TicketField("custom:2", "Amount", "integer", required_to_solve=True)
RECEIPT = TicketField("custom:3", "Receipt", "checkbox")
WHERE = TicketField("custom:4", "Where", "text")


def form(*conditions: FieldCondition) -> tuple[TicketField, ...]:
    options = (FieldOption("5", "Refund", conditions=conditions), FieldOption("6", "Question"))
    return STATUS, REASON, AMOUNT, RECEIPT, WHERE, TicketField("form", "Form", "choice", options)


CHAIN = form(
    FieldCondition("custom:2", "custom:1", "money", ("open",)),
    FieldCondition("custom:3", "custom:1", "money"),
    FieldCondition("custom:3", "custom:1", "goods", ("solved",)),
    FieldCondition("custom:4", "custom:3", "true", None),
)


@pytest.mark.parametrize(
    ("status", "values", "missing"),
    [
        # A field without a condition is asked for as ever, one whose condition does not hold never.
        ("solved", {}, ["custom:1"]),
        ("open", {}, []),
        ("solved", {"custom:1": "other"}, []),
        # The condition decides, not the field's own “required to solve”.
        ("solved", {"custom:1": "money"}, []),
        ("open", {"custom:1": "money"}, ["custom:2"]),
        ("open", {"custom:1": "money", "custom:2": 0}, []),
        # Only the status that is named, by its own key.
        ("12", {"custom:1": "money"}, []),
        ("solved", {"custom:1": "goods"}, ["custom:3"]),
        # A box that must be ticked; ticked, it brings a field for all statuses.
        ("solved", {"custom:1": "goods", "custom:3": False}, ["custom:3"]),
        ("solved", {"custom:1": "goods", "custom:3": True}, ["custom:4"]),
        ("12", {"custom:1": "money", "custom:3": True, "custom:2": 1}, ["custom:4"]),
        ("12", {"custom:1": "goods", "custom:3": True, "custom:4": "shelf"}, []),
        # A parent that is hidden itself shows nothing, whatever it has kept.
        ("open", {"custom:1": "other", "custom:3": True}, []),
    ],
)
def test_a_condition_decides(status: str, values: dict[str, FieldValue], missing: list[str]) -> None:
    assert [field.name for field in missing_fields(CHAIN, values, "5", status)] == missing


def test_conditions_are_those_of_the_tickets_form() -> None:
    values: dict[str, FieldValue] = {"custom:1": "other"}
    for other in ("6", "9", None):
        assert missing_fields(CHAIN, values, other, "solved") == (AMOUNT,)
    assert has_conditions(CHAIN) and not has_conditions(form())


def test_a_box_that_was_never_ticked_is_not_ticked_and_a_ring_shows_nothing() -> None:
    unticked = form(FieldCondition("custom:4", "custom:3", "false", None))
    assert missing_fields(unticked, {}, "5", "open") == (WHERE,)
    assert missing_fields(unticked, {"custom:3": True}, "5", "open") == ()
    ring = form(
        FieldCondition("custom:4", "custom:1", "x", None), FieldCondition("custom:1", "custom:4", "x", None)
    )
    assert missing_fields(ring, {"custom:1": "x", "custom:4": "x"}, "5", "solved") == (AMOUNT,)
    assert holding(ring[-1].options[0].conditions, ring, {"custom:1": "x", "custom:4": "x"}) == ()


NUMBERS = st.integers(1, 5)
VALUES = st.dictionaries(NUMBERS, st.sampled_from(["a", "b", ""]))
CONDITIONS = st.lists(
    st.builds(
        ConditionRecord,
        NUMBERS,
        st.sampled_from(["a", "b"]),
        NUMBERS,
        st.none() | st.lists(st.sampled_from(["open", "solved"]), unique=True).map(tuple),
    ).filter(lambda one: one.parent_id != one.child_id),
    max_size=8,
)


@given(
    CONDITIONS, st.dictionaries(NUMBERS, st.sampled_from(["a", "b", ""])), st.sampled_from(["open", "solved"])
)
def test_the_console_asks_for_what_the_server_demands_and_no_more(
    records: list[ConditionRecord], values: dict[int, str], status: str
) -> None:
    conditions = tuple(
        FieldCondition(f"custom:{one.child_id}", f"custom:{one.parent_id}", str(one.value), one.required_on)
        for one in records
    )
    fields = (
        *(
            TicketField(f"custom:{number}", str(number), "choice", required_to_solve=True)
            for number in range(1, 6)
        ),
        TicketField("form", "Form", "choice", (FieldOption("5", "Refund", conditions=conditions),)),
    )
    own: dict[str, FieldValue] = {f"custom:{number}": value for number, value in values.items()}
    asked = {int(field.name.partition(":")[2]) for field in missing_fields(fields, own, "5", status)}
    theirs = {str(number): value for number, value in values.items()}
    children = {one.child_id for one in records}
    plain = set(range(1, 6)) - children if status == "solved" else set()
    wanted = plain | demanded(dialect_of(records), theirs, status)
    assert asked == {number for number in wanted if not values.get(number)}
    # Whatever is filled in, asking comes to an end.
    for _ in range(6):
        missing = missing_fields(fields, own, "5", status)
        own = {**own, **{field.name: "a" for field in missing}}
    assert missing == ()
