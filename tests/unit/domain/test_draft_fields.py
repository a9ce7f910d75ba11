"""What a draft keeps of the fields that go out with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.draft_fields import COPIES, changes_kept, kept_changes

TAGS = st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(tuple)
EDITS = st.builds(
    lambda add, remove: TagsEdit(add, tuple(one for one in remove if one not in add)), TAGS, TAGS
)
CHANGES = st.lists(
    st.one_of(
        st.builds(FieldChange, st.sampled_from(("tags", "links")), EDITS),
        # As a macro sets them.
        st.builds(FieldChange, st.just("tags"), TAGS),
        st.builds(FieldChange, st.sampled_from(("status", "custom:C++")), st.sampled_from(("x", "y", None))),
    ),
    max_size=5,
)


def done_to(changes: tuple[FieldChange, ...], had: set[str]) -> dict[str, object]:
    """What becomes of a ticket whose tags and links are these."""
    values: dict[str, object] = {"tags": set(had), "links": set(had)}
    for change in changes:
        if isinstance(change.value, TagsEdit):
            before = values[change.field]
            assert isinstance(before, set)
            values[change.field] = (before | set(change.value.add)) - set(change.value.remove)
        elif isinstance(change.value, tuple):
            values[change.field] = set(change.value)
        else:
            values[change.field] = change.value
    return values


@given(CHANGES, st.sets(st.sampled_from("abcdef")))
def test_what_is_kept_does_the_same_to_whatever_the_ticket_has_by_then(
    changes: list[FieldChange], had: set[str]
) -> None:
    kept = kept_changes(changes)
    read = changes_kept((*kept, (COPIES, ("ann@example.org",))))
    assert done_to(read, had) == done_to(tuple(changes), had)
    assert kept_changes(read) == kept_changes(changes_kept(kept))
