"""JSON in columns gives back what was put in."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.messages import FieldChange, RemoteAttachment
from agentconsole.store import codec
from tests.unit.store.bench import message

# Half a surrogate pair included, which JSON from a server may hold.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS, st.lists(TEXTS).map(tuple)
)


@given(st.dictionaries(TEXTS, VALUES))
def test_field_values_come_back(values: dict[str, str | int | float | bool | tuple[str, ...] | None]) -> None:
    text = codec.dump_values(values)
    text.encode()
    assert codec.load_values(text) == values
    assert json.loads(text) == json.loads(json.dumps(values))


@given(TEXTS)
def test_any_text_can_be_stored(text: str) -> None:
    codec.storable(text).encode()
    if codec.is_storable(text):
        assert codec.storable(text) == text


@given(TEXTS, TEXTS, VALUES)
def test_a_waiting_message_comes_back(
    text: str, name: str, value: str | int | float | bool | tuple[str, ...] | None
) -> None:
    one = message(
        "m1",
        text=text,
        attachments=(RemoteAttachment("f", name, "text/plain", 3, "http://x", True),),
        changes=(FieldChange(name, value, text, by_rule=True),),
    )
    assert codec.load_message(codec.dump_message(one)) == one
