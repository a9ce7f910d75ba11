"""Three-way merging: what passes, what conflicts, and that nothing of anybody's is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.changes import FieldConflict, FieldEdit
from agentconsole.domain.merge import Merge, merge_edits, replay_edits, replay_set
from agentconsole.domain.tickets import FieldValue

TAGS = st.sets(st.sampled_from("abcdef")).map(lambda tags: tuple(sorted(tags)))
VALUES = st.sampled_from(("new", "open", "pending", "solved", None))
NAMES = ("status", "priority", "assignee")
PLAIN = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))
TICKETS = st.tuples(PLAIN, TAGS).map(lambda both: {**both[0], "tags": both[1]})


def edits_from(base: dict[str, FieldValue], mine: dict[str, FieldValue]) -> list[FieldEdit]:
    return [FieldEdit(name, base[name], mine[name]) for name in base if mine[name] != base[name]]


def test_what_only_one_side_changed_goes_through() -> None:
    edits = [FieldEdit("status", "open", "solved")]
    assert merge_edits(edits, {"status": "open"}) == Merge((FieldEdit("status", "open", "solved"),), ())
    assert merge_edits(edits, {"status": "solved"}) == Merge((), ())
    assert merge_edits(edits, {"status": "pending"}) == Merge(
        (), (FieldConflict("status", "open", "solved", "pending"),)
    )


def test_tags_never_conflict() -> None:
    edit = FieldEdit("tags", ("a", "b"), ("b", "c"))
    merged = merge_edits([edit], {"tags": ("a", "b", "x")})
    assert merged == Merge((FieldEdit("tags", ("a", "b", "x"), ("b", "c", "x")),), ())


@given(TICKETS, TICKETS, TICKETS)
def test_each_edit_passes_conflicts_or_is_there_already(
    base: dict[str, FieldValue], mine: dict[str, FieldValue], theirs: dict[str, FieldValue]
) -> None:
    merged = merge_edits(edits_from(base, mine), theirs)
    passing = {edit.field: edit for edit in merged.edits}
    doubtful = {one.field: one for one in merged.conflicts}
    assert not passing.keys() & doubtful.keys()
    for name in NAMES:
        if mine[name] == base[name] or mine[name] == theirs[name]:
            assert name not in passing and name not in doubtful
        elif theirs[name] == base[name]:
            assert (passing[name].base, passing[name].value) == (theirs[name], mine[name])
        else:
            one = doubtful[name]
            assert (one.base, one.mine, one.theirs) == (base[name], mine[name], theirs[name])
    # Whatever goes through is based on what the server has now, so that it can be written.
    assert all(edit.base == theirs[edit.field] for edit in merged.edits)


@given(TICKETS, TICKETS, TICKETS)
def test_merging_again_changes_nothing(
    base: dict[str, FieldValue], mine: dict[str, FieldValue], theirs: dict[str, FieldValue]
) -> None:
    once = merge_edits(edits_from(base, mine), theirs)
    assert merge_edits(once.edits, theirs) == Merge(once.edits, ())
    after = replay_edits(theirs, once.edits)
    assert merge_edits(once.edits, after) == Merge((), ())


@given(TICKETS, TICKETS, TICKETS)
def test_sides_that_touch_different_fields_commute(
    base: dict[str, FieldValue], one: dict[str, FieldValue], other: dict[str, FieldValue]
) -> None:
    first = [edit for edit in edits_from(base, one) if edit.field in ("status", "tags")]
    second = [edit for edit in edits_from(base, other) if edit.field in ("priority", "assignee")]
    assert replay_edits(replay_edits(base, first), second) == replay_edits(replay_edits(base, second), first)


@given(TAGS, TAGS, TAGS)
def test_tags_merge_as_sets(base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    result = set(replay_set(FieldEdit("tags", base, mine), theirs))
    added, removed = set(mine) - set(base), set(base) - set(mine)
    assert added <= result
    assert not removed & result
    assert result - added == set(theirs) - removed - added


@given(TAGS, TAGS, TAGS)
def test_tag_edits_of_two_agents_commute_unless_one_adds_what_the_other_removes(
    base: tuple[str, ...], one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    first, second = FieldEdit("tags", base, one), FieldEdit("tags", base, other)
    either = replay_edits(replay_edits({"tags": base}, [first]), [second])
    assert either == replay_edits(replay_edits({"tags": base}, [second]), [first])


@given(TICKETS, st.lists(TICKETS, max_size=4))
def test_replaying_in_order_ends_at_the_last_value(
    base: dict[str, FieldValue], states: list[dict[str, FieldValue]]
) -> None:
    edits: list[FieldEdit] = []
    before = base
    for state in states:
        edits.extend(edits_from(before, state))
        before = state
    assert replay_edits(base, edits) == before
