"""The query language: what is understood, and what is said of what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.domain.errors import QueryError
from agentconsole.domain.queries import (
    FIELDS,
    AllOf,
    AnyOf,
    Term,
    Words,
    field_slug,
    instant_range,
    parse_query,
)
from agentconsole.domain.times import DAY, HOUR, instant_of

CUSTOM = ("topic", "order_number")


def test_the_query_of_the_design() -> None:
    text = 'status<solved assignee:me tags:refund -tags:spam priority>=high created>2026-01-01 "exact words"'
    assert parse_query(text).where == AllOf(
        (
            Term("status", "<", "solved"),
            Term("assignee", ":", "me"),
            Term("tags", ":", "refund"),
            Term("tags", ":", "spam", negated=True),
            Term("priority", ">=", "high"),
            Term("created", ">", "2026-01-01"),
            Words("exact words", exact=True),
        )
    )
    assert str(parse_query(text)) == text


def test_a_field_named_twice_means_either() -> None:
    query = parse_query("status:open refund status:pending status:open")
    assert query.where.parts == (
        AnyOf((Term("status", ":", "open"), Term("status", ":", "pending"))),
        Words("refund"),
    )
    assert parse_query("tags:a tags:b").where.parts == (Term("tags", ":", "a"), Term("tags", ":", "b"))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("#41", Term("id", ":", "41")),
        ("-#41", Term("id", ":", "41", negated=True)),
        ("id:#41", Term("id", ":", "41")),
        ("STATUS:Open", Term("status", ":", "open")),
        ("status:on-hold", Term("status", ":", "hold")),
        ("tag:x", Term("tags", ":", "x")),
        ('group:"Sign in"', Term("group", ":", "Sign in")),
        ('tags:"a\\"b\\\\c"', Term("tags", ":", 'a"b\\c')),
        ("assignee:ME", Term("assignee", ":", "me")),
        ("is:Unread", Term("is", ":", "unread")),
        ("due<2Hours", Term("due", "<", "2hours")),
        ("updated>2026-01-31T09:30", Term("updated", ">", "2026-01-31T09:30")),
        ("priority:none", Term("priority", ":", "none")),
        ("c++", Words("c++")),
        ("http://a.org/x", Words("http://a.org/x")),
        ("-", Words("-")),
        ('-"not this"', Words("not this", exact=True, negated=True)),
        ("12:30", Words("12:30")),
        ('subject:"card reader"', Term("subject", ":", "card reader")),
        ("via:Web", Term("channel", ":", "Web")),
        ("organization:Acme", Term("organisation", ":", "Acme")),
        ("is:outbox", Term("is", ":", "waiting")),
        ("has:attachments", Term("has", ":", "attachment")),
        ("updated<3days", Term("updated", "<", "3days")),
        ("Topic:card", Term("topic", ":", "card")),
        ("-order_number>=7", Term("order_number", ">=", "7", negated=True)),
    ],
)
def test_a_term(text: str, term: Term | Words) -> None:
    assert parse_query(text, CUSTOM).where.parts == (term,)


@pytest.mark.parametrize(
    ("text", "said", "position"),
    [
        ("statu:open", "Unknown field `statu`, did you mean `status`?", 0),
        ("a -assigne:me", "did you mean `assignee`?", 3),
        ("xyzzy:1", "Fields are: status, priority", 0),
        ("Topc:1", "did you mean `topic`?", 0),
        ("status:opn", "`opn` is no value of `status`, did you mean `open`?", 7),
        ("  status:none", "It is one of: new, open, pending", 9),
        ("priority>hihg", "did you mean `high`?", 9),
        ("is:unraed", "did you mean `unread`?", 3),
        ("has:legs", "It is one of: attachment.", 4),
        ("tags>a", "has no order: write `tags:a`", 0),
        ("created>soon", "`soon` is no time for `created`", 8),
        ("created:2026-02-30", "is no time", 8),
        ("created:0001-01-01", "is no time", 8),
        ("created:9999-12-31", "is no time", 8),
        ("status:", "`status:` lacks a value", 7),
        ("id:#", "lacks a value", 3),
        ('x "open', "quotation mark is open", 2),
    ],
)
def test_what_is_not_understood_is_said_with_its_place(text: str, said: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text, CUSTOM)
    assert said in caught.value.sentence
    assert caught.value.query == text
    assert caught.value.position == position


FRAGMENTS = st.sampled_from(
    [
        *FIELDS,
        *CUSTOM,
        ":",
        "<",
        "<=",
        ">",
        '"',
        "-",
        "#",
        " ",
        "\\",
        "open",
        "me",
        "none",
        "3days",
        "today",
        "2026-01-31",
    ]
)


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=4)), max_size=8).map("".join))
def test_anything_is_understood_or_refused_and_reads_the_same_again(text: str) -> None:
    try:
        query = parse_query(text, CUSTOM)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        assert error.sentence
        return
    assert parse_query(str(query), CUSTOM) == query
    assert str(parse_query(str(query), CUSTOM)) == str(query)


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("Order number", "order_number"),
        ("  E-Mail (2nd) ", "e_mail_2nd"),
        ("Priority", "field_priority"),
        ("2nd line", "field_2nd_line"),
        ("付款方式", "付款方式"),
        ("???", "field"),
    ],
)
def test_a_custom_field_goes_by_its_label(label: str, slug: str) -> None:
    assert field_slug(label) == slug
    assert parse_query(f"{slug}:1", [slug]).where.parts == (Term(slug, ":", "1"),)


@given(st.text(max_size=12))
def test_any_label_can_be_asked_for(label: str) -> None:
    slug = field_slug(label)
    query = parse_query(f"{slug}:1", [slug])
    assert parse_query(str(query), [slug]) == query


@given(st.sampled_from(("tags", "group", "requester", "channel")), st.text(min_size=1, max_size=12))
def test_any_value_can_be_quoted(name: str, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    if not value.strip():
        return
    query = parse_query(f'{name}:"{quoted}"')
    (term,) = query.where.parts
    assert isinstance(term, Term)
    assert term.value in (value, value.lower())
    assert parse_query(str(query)) == query


def test_times_are_days_where_the_agent_is_or_spans_from_now() -> None:
    now = instant_of(datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    berlin = ZoneInfo("Europe/Berlin")
    first, after = instant_range("today", now=now, zone=berlin)
    assert (first, after - first) == (instant_of(datetime(2026, 3, 29, 22, tzinfo=UTC)), DAY)
    # The day that the clocks go forward has 23 hours.
    first, after = instant_range("2026-03-29", now=now, zone=berlin)
    assert after - first == 23 * HOUR
    assert instant_range("3days", now=now, zone=UTC) == (now - 3 * DAY, now - 3 * DAY + 1)
    assert instant_range("2hours", now=now, zone=UTC, ahead=True)[0] == now + 2 * HOUR
    assert instant_range("2026-03-29T10:00", now=now, zone=berlin)[0] == instant_of(
        datetime(2026, 3, 29, 8, tzinfo=UTC)
    )
    assert instant_range("2026-03-29T10:00+00:00", now=now, zone=berlin)[0] == instant_of(
        datetime(2026, 3, 29, 10, tzinfo=UTC)
    )
