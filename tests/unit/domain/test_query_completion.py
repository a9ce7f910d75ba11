"""What is offered while a query is typed, and what becomes of it when it is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.errors import QueryError
from agentconsole.domain.queries import FIELDS, parse_query
from agentconsole.domain.query_completion import CustomField, Vocabulary, complete, take

WORDS = Vocabulary(
    tags=("refund", "card", 'odd "tag"'),
    groups=("Cards", "Sign in"),
    agents=("Sam Okoye", "Jo Park"),
    organisations=("Klein & Söhne",),
    channels=("email", "web"),
    accounts=("demo",),
    custom=(CustomField("topic", "Topic", ("Card payment", "Order")),),
)
CUSTOM = ("topic",)


@pytest.mark.parametrize(
    ("typed", "offered", "taken"),
    [
        ("stat", "status:", "status:|"),
        ("status", "status:", "status:|"),
        ("x status:", "new", "x status:new |"),
        ("status<so", "solved", "status<solved |"),
        ("-ta", "tags:", "-tags:|"),
        ("tags:re", "refund", "tags:refund |"),
        ("tags:od", 'odd "tag"', 'tags:"odd \\"tag\\"" |'),
        ("assignee:", "me", "assignee:me |"),
        ("assignee:jo", "Jo Park", 'assignee:"Jo Park" |'),
        ('assignee:"jo p', "Jo Park", 'assignee:"Jo Park" |'),
        ("group:sig", "Sign in", 'group:"Sign in" |'),
        ("org:kl", "Klein & Söhne", 'org:"Klein & Söhne" |'),
        ("via:w", "web", "via:web |"),
        ("is:snoo", "snoozed", "is:snoozed |"),
        ("has:", "attachment", "has:attachment |"),
        ("topi", "topic:", "topic:|"),
        ("topic:card", "Card payment", 'topic:"Card payment" |'),
        ("updated>3d", "3days", "updated>3days |"),
        ("due<", "today", "due<today |"),
        ("st|:open x", "status", "status:|open x"),
        ("tags:re| status:new", "refund", "tags:refund |status:new"),
    ],
)
def test_offered_first_and_taken(typed: str, offered: str, taken: str) -> None:
    caret = typed.index("|") if "|" in typed else len(typed)
    text = typed.replace("|", "")
    first = complete(text, caret, WORDS)[0]
    assert first.label == offered
    after, at = take(text, first)
    assert f"{after[:at]}|{after[at:]}" == taken


@pytest.mark.parametrize(
    "typed", ["refund x", '"exact wo', "statu:op", "id:4", "subject:re", "tags:refund", "a -"]
)
def test_nothing_is_offered_where_there_is_nothing_to_know(typed: str) -> None:
    assert [one.label for one in complete(typed, len(typed), WORDS) if not one.label.endswith(":")] == []


def test_a_field_with_an_order_offers_its_operators() -> None:
    assert [one.label for one in complete("due", 3, WORDS)] == ["due:", "due<", "due<=", "due>", "due>="]
    assert "none" in [one.label for one in complete("due:", 4, WORDS)]
    assert "none" not in [one.label for one in complete("due<", 4, WORDS)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("updated<3d", "longer than 3 days ago"),
        ("created>1h", "within the last 1 hour"),
        ("due<2h", "within 2 hours"),
        ("due>1w", "later than in 1 week"),
    ],
)
def test_a_span_is_said_in_words(typed: str, said: str) -> None:
    assert complete(typed, len(typed), WORDS)[0].note == said


PIECES = st.sampled_from(
    [*FIELDS, "topic", ":", "<", ">=", '"', "-", " ", "\\", "o", "me", "3", "re", "Jo P", "#", "via", "//"]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=8).map("".join)


@given(TEXTS, st.integers(-2, 40))
def test_whatever_is_typed_each_suggestion_goes_to_a_place_in_it(text: str, caret: int) -> None:
    for one in complete(text, caret, WORDS):
        assert 0 <= one.start <= one.end <= len(text)
        after, at = take(text, one)
        assert 0 <= at <= len(after)
        assert after[one.start :].startswith(one.text)


@given(TEXTS, st.data())
def test_what_is_taken_is_understood_where_it_stands(head: str, data: st.DataObject) -> None:
    """Behind a query that is understood, taking a field and then a value makes one that is understood too."""
    try:
        parse_query(head, CUSTOM)
    except QueryError:
        head = ""
    text = head if not head or head[-1].isspace() else f"{head} "
    text += data.draw(st.sampled_from(["", "-", "s", "-ta", "is:", "due<", "topic:", "group:s", "priority"]))
    for _ in range(3):
        offered = complete(text, len(text), WORDS)
        if not offered:
            break
        text, _ = take(text, data.draw(st.sampled_from(offered)))
        if text.endswith(" "):
            break
    if text[-1:] not in ("", ":", "<", ">", "="):
        parse_query(text, CUSTOM)
