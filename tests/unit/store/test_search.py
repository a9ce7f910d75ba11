"""Queries over stored tickets, orders, and words in messages."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from agentconsole.domain.fields import FieldOption, TicketField
from agentconsole.domain.messages import RemoteAttachment
from agentconsole.domain.people import RemoteGroup
from agentconsole.domain.queries import SORTS, Sort, parse_query
from agentconsole.domain.tickets import FieldValue, RemoteTicket
from agentconsole.domain.times import DAY, HOUR, instant_of
from agentconsole.store.database import open_store
from agentconsole.store.fts import prepare_full_text, rebuild_full_text, update_full_text
from agentconsole.store.reader import Reader
from tests.unit.store.bench import STATUS_FIELD, Bench, message, person, ticket
from tests.unit.store.test_ingest import Page

NOW = instant_of(datetime(2026, 1, 15, 12, tzinfo=UTC))


CUSTOM_FIELDS = (
    TicketField(
        "custom:1",
        "Topic",
        "choice",
        (FieldOption("topic_refund", "Refund"), FieldOption("topic_card", "Card")),
        position=1,
    ),
    TicketField("custom:2", "Amount", "decimal", position=2),
    TicketField("custom:3", "Paid", "checkbox", position=3),
    TicketField("custom:4", "Delivered", "date", position=4),
    TicketField("custom:5", "Order no.", "text", position=5),
    TicketField(
        "custom:6",
        "Lines",
        "multichoice",
        (FieldOption("l_tea", "Tea"), FieldOption("l_kettle", "Kettle")),
        position=6,
    ),
)
CUSTOM_VALUES: dict[int, dict[str, FieldValue]] = {
    1: {
        "custom:1": "topic_refund",
        "custom:2": 120,
        "custom:3": True,
        "custom:4": "2026-01-12",
        "custom:5": "A-1",
        "custom:6": ("l_kettle", "l_tea"),
    },
    2: {
        "custom:1": "topic_refund",
        "custom:2": 7.5,
        "custom:3": False,
        "custom:4": "2026-01-09",
        "custom:5": "A-12",
        "custom:6": ("l_tea",),
    },
    3: {"custom:1": "topic_card", "custom:2": 20, "custom:5": "", "custom:6": ("l_kettle",)},
}


def with_custom(one: RemoteTicket) -> RemoteTicket:
    return replace(one, fields={**one.fields, **CUSTOM_VALUES.get(int(one.remote_id), {})})


@pytest.fixture
def full(bench: Bench) -> Bench:
    bench.ingest.put_fields([STATUS_FIELD, *CUSTOM_FIELDS], at=1)
    bench.ingest.put_groups(Page((RemoteGroup("3", "Cards"), RemoteGroup("4", "Orders"))), first=True, at=1)
    agents = (person("7", "Nora", "nora@example.com", "agent"), person("8", "Øyvind", None, "agent"))
    bench.ingest.put_people(Page((person(), *agents)), at=1)
    other = replace(
        ticket(4, assignee=None, stamp=NOW - 4 * DAY, subject="Café ÉTÉ order"), requester="8", channel="web"
    )
    tickets = (
        ticket(
            1,
            due=NOW + HOUR,
            tags=("refund", "card"),
            stamp=NOW - HOUR,
            priority="urgent",
            created_at=NOW - 9 * DAY,
        ),
        ticket(
            2,
            due=NOW - HOUR,
            status="pending",
            tags=("refund",),
            stamp=NOW - 2 * HOUR,
            created_at=NOW - 2 * HOUR,
        ),
        ticket(3, status="solved", stamp=NOW - 2 * DAY, priority=None, subject="Device 退款申请"),
        other,
        ticket(5, status="new", assignee="8", stamp=NOW - 3 * DAY, priority="high"),
    )
    bench.put(*map(with_custom, tickets), at=NOW)
    bench.ingest.put_messages(
        [
            message(
                "m1",
                number=1,
                text="The parcel was charged twice; can't log-in, error: 42 in c++",
                attachments=(
                    RemoteAttachment("a1", "bill.pdf", "application/pdf", 9, "http://127.0.0.1:1/a"),
                ),
            ),
            message("m2", number=5, text="我的退款申请还没有到"),
            message("m3", number=3, text="Refunds take five days"),
            message("m4", number=2, text="system note", kind="event"),
        ],
        at=NOW,
    )
    while update_full_text(bench.bulk, 100):
        pass
    return bench


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", {1, 2, 3, 4, 5}),
        ("status<solved", {1, 2, 4, 5}),
        ("status:open status:pending", {1, 2, 4}),
        ("status>=pending", {2, 3}),
        ("-status:open", {2, 3, 5}),
        ("priority>=high", {1, 5}),
        ("priority<high", {2, 4}),
        ("priority:none", {3}),
        ("assignee:me", {1, 2, 3}),
        ("-assignee:me", {4, 5}),
        ("assignee:none", {4}),
        ("assignee:øyvind", {5}),
        ("assignee:nora assignee:none", {1, 2, 3, 4}),
        ("requester:ann", {1, 2, 3, 5}),
        ("requester:ANN@customer.org", {1, 2, 3, 5}),
        ("group:cards", {1, 2, 3, 4, 5}),
        ("group:orders", set()),
        ("tags:refund", {1, 2}),
        ("tags:refund -tags:card", {2}),
        ("tags:none", {3, 4, 5}),
        ("channel:web", {4}),
        ("account:demo", {1, 2, 3, 4, 5}),
        ("account:other", set()),
        ("created:today", {2}),
        ("created>=2026-01-06 created<2026-01-07", {1}),
        ("updated>1days", {1, 2}),
        ("updated<1days", {3, 4, 5}),
        ("due<today", set()),
        ("due<=today", {1, 2}),
        ("due<2hours", {1, 2}),
        ("due:none", {3, 4, 5}),
        ("solved<1days", {3}),
        ("solved:none", {1, 2, 4, 5}),
        ("is:overdue", {2}),
        ("is:unread", {1, 4, 5}),
        ("is:draft", set()),
        ("is:waiting", set()),
        ("#2", {2}),
        ("-#2", {1, 3, 4, 5}),
        ("id:~3", {3}),
        ("charged", {1, 2, 5}),
        ("été", {4}),
        ("CAFE", {4}),
        ("ann refunds", {3}),
        ('"take five"', {3}),
        ('"five take"', set()),
        ("refund", {3}),
        ("退款申请", {3, 5}),
        ("申请", {3, 5}),
        ("c++", {1}),
        ("can't", {1}),
        ("-charged", {3, 4}),
        ("-charged -été", {3}),
        ("status<solved refunds", set()),
        ("subject:card", {1, 2, 5}),
        ('subject:"été order"', {4}),
        ("-subject:card", {3, 4}),
        ("has:attachment", {1}),
        ("-has:attachment status<solved", {2, 4, 5}),
        ("topic:refund", {1, 2}),
        ("topic:topic_card", {3}),
        ("topic:card topic:refund", {1, 2, 3}),
        ("-topic:refund", {3, 4, 5}),
        ("topic:none", {4, 5}),
        ("amount>=20", {1, 3}),
        ("amount:7.5", {2}),
        ("amount<100", {2, 3}),
        ("paid:yes", {1}),
        ("paid:no", {2}),
        ("delivered<2026-01-10", {2}),
        ("delivered:2026-01-12", {1}),
        ('order_no:"a-1"', {1, 2}),
        ("lines:tea", {1, 2}),
        ("lines:tea lines:kettle", {1, 2, 3}),
        ("%", set()),
        ("charg", {1, 2, 5}),
        ("été order", {4}),
        ("card charged", {1, 2, 5}),
        ("charged parcel ann", {1}),
    ],
)
def test_a_query_finds(full: Bench, query: str, ids: set[int]) -> None:
    asked = parse_query(query, full.reader.custom_fields())
    assert set(full.reader.ticket_ids(asked, "newest", NOW)) == ids
    assert full.reader.view_counts([asked, asked], NOW) == (len(ids), len(ids))


def test_the_vocabulary_names_what_is_there_the_most_used_first(full: Bench) -> None:
    found = full.reader.vocabulary()
    assert found.tags == ("refund", "card")
    assert found.groups == ("Cards", "Orders")
    assert found.agents == ("Nora", "Øyvind")
    assert found.channels == ("email", "web")
    assert found.accounts == ("demo",)
    assert [(one.name, one.label) for one in found.custom][:2] == [("topic", "Topic"), ("amount", "Amount")]
    assert found.custom[0].values == ("Refund", "Card")


def test_single_values_are_kept(full: Bench) -> None:
    assert full.reader.meta(["console.x"]) == {}
    full.writer.put_meta("console.x", "1")
    full.writer.put_meta("console.x", "2")
    assert full.reader.meta(["console.x", "console.y"]) == {"console.x": "2"}


def test_orders(full: Bench) -> None:
    orders = {sort: list(full.reader.ticket_ids(None, sort, NOW)) for sort in SORTS}
    assert orders == {
        "due": [2, 1, 3, 5, 4],
        "priority": [1, 5, 2, 4, 3],
        "waiting": [4, 5, 3, 2, 1],
        "newest": [2, 1, 5, 4, 3],
        "updated": [1, 2, 3, 5, 4],
    }
    for sort in SORTS:
        assert sorted(full.reader.ticket_ids(parse_query("status<solved"), sort, NOW)) == [1, 2, 4, 5]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    "query",
    [
        "status<solved",
        "channel:email",
        "-channel:web",
        "charged",
        "-kettle",
        "-kettle -refund",
        "status<solved -refund",
        "ann",
        "-priority:normal",
        "-status:solved -assignee:me",
    ],
)
def test_what_a_query_leaves_out_changes_no_order(full: Bench, query: str, sort: Sort) -> None:
    everything = full.reader.ticket_ids(None, sort, NOW)
    asked = parse_query(query)
    found = list(full.reader.ticket_ids(asked, sort, NOW))
    assert len(found) > 1
    assert found == [one for one in everything if one in found]
    first = full.reader.first_ids(asked, sort, NOW, 2)
    assert first is None or list(first) == found[:2]


def test_only_a_list_that_takes_long_is_read_twice(full: Bench) -> None:
    def in_parts(query: str, sort: Sort) -> bool:
        return full.reader.first_ids(parse_query(query) if query else None, sort, NOW, 2) is not None

    assert in_parts("", "newest") and in_parts("organisation:none", "updated")
    assert in_parts("-assignee:me", "priority") and not in_parts("-charged", "newest")
    # An index has the order, and what fits.
    for query in ("", "status>=solved", "priority>=high", "-charged", "tags:card", "updated<3days"):
        assert not in_parts(query, "updated") and not in_parts(query, "priority"), query
    assert not any(in_parts("status<solved -charged", sort) for sort in SORTS)
    assert not any(in_parts("status<solved assignee:me", sort) for sort in SORTS)
    assert not in_parts("", "updated") and not in_parts("", "due") and not in_parts("charged", "newest")


def test_a_list_longer_than_a_piece_is_read_whole(full: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentconsole.store.read_tickets._AT_ONCE", 3)
    full.put(*(ticket(number, stamp=NOW) for number in range(6, 40)))
    for sort in SORTS:
        assert sorted(full.reader.ticket_ids(None, sort, NOW)) == list(range(1, 40)), sort


def test_a_subject_that_is_not_indexed_yet_is_found(full: Bench) -> None:
    full.put(ticket(6, subject="A wholly new kettle", stamp=NOW))
    assert list(full.reader.ticket_ids(parse_query("kettle"), "newest", NOW)) == [6]
    assert list(full.reader.ticket_ids(parse_query("kettle wholly"), "newest", NOW)) == [6]


def test_words_are_looked_up_once_and_no_ticket_is_gone_through(full: Bench) -> None:
    plan = "\n".join(plans_of(full, "card charged", "updated"))
    looked_up = [line for line in plan.splitlines() if "ticket_fts" in line]
    # A table of full text asked about each ticket by its id says "=" before the word.
    assert looked_up and all("VIRTUAL TABLE INDEX 0:M" in line for line in looked_up), plan
    assert "SCAN t" not in [line.strip() for line in plan.splitlines()]


def test_a_condition_without_an_index_goes_through_the_table_as_it_lies(full: Bench) -> None:
    for query in ("assignee:me", "organisation:none", "requester:ann", "channel:web"):
        assert "SCAN t" in plans_of(full, query, "updated"), query
        assert "SCAN t" in plans_of(full, query, "due"), query


def plans_of(full: Bench, query: str, sort: Sort) -> list[str]:
    statements: list[str] = []
    full.conn.set_trace_callback(statements.append)
    full.reader.ticket_ids(parse_query(query), sort, NOW)
    full.conn.set_trace_callback(None)
    return [
        row[3]
        for sql in statements
        if "(SELECT t.id" in sql
        for row in full.conn.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]


def test_days_begin_where_the_agent_is(full: Bench) -> None:
    full.put(ticket(6, created_at=instant_of(datetime(2026, 1, 14, 23, tzinfo=UTC)), stamp=NOW))
    query = parse_query("created:2026-01-15")
    assert list(full.reader.ticket_ids(query, "newest", NOW)) == [2]
    east = Reader(full.conn, zone=timezone(timedelta(hours=2)))
    assert set(east.ticket_ids(query, "newest", NOW)) == {2, 6}


def test_views_are_read_from_an_index_alone(full: Bench) -> None:
    statements: list[str] = []
    full.conn.set_trace_callback(statements.append)
    for sort in ("due", "priority", "newest"):
        full.reader.ticket_ids(parse_query("status<solved"), sort, NOW)
    full.reader.ticket_ids(None, "updated", NOW)
    full.reader.ticket_ids(None, "priority", NOW)
    full.reader.ticket_ids(parse_query("-charged priority>=normal"), "updated", NOW)
    full.conn.set_trace_callback(None)
    plans = [
        " / ".join(row[3] for row in full.conn.execute(f"EXPLAIN QUERY PLAN {sql}"))
        for sql in statements
        if "(SELECT t.id" in sql
    ]
    assert len(plans) == 7
    indexes = ("ix_ticket_due", "ix_ticket_priority", "ix_ticket_created", "ix_ticket_updated")
    running, without_clock, *others = plans
    for plan in (running, *others):
        assert "TEMP B-TREE" not in plan
        assert any(f"t USING COVERING INDEX {name}" in plan for name in indexes), plan
    # Tickets without a clock come after, the last changed first: those alone are sorted.
    assert "ix_ticket_due (due_at=?)" in without_clock


def test_snoozed_tickets_wake_by_time_or_by_the_customer(full: Bench) -> None:
    full.writer.snooze({1: NOW + DAY})
    unsolved = parse_query("status<solved")
    assert 1 not in full.reader.ticket_ids(unsolved, "newest", NOW)
    assert list(full.reader.ticket_ids(parse_query("is:snoozed"), "newest", NOW)) == [1]
    assert 1 in full.reader.ticket_ids(unsolved, "newest", NOW + DAY)
    for asked in ("#1", "charged", "is:draft is:snoozed"):
        assert (1 in full.reader.ticket_ids(parse_query(asked), "newest", NOW)) == (
            asked != "is:draft is:snoozed"
        )
    for other in (None, parse_query("assignee:me"), parse_query("-charged"), parse_query("due<2hours")):
        assert 1 not in full.reader.ticket_ids(other, "newest", NOW)
    full.writer.save_draft(1, False, "Look", None, at=NOW)
    assert list(full.reader.ticket_ids(parse_query("is:draft"), "newest", NOW)) == [1]
    full.put(ticket(1, stamp=NOW + 1))
    assert 1 not in full.reader.ticket_ids(unsolved, "newest", NOW)
    full.ingest.put_messages([message("later", at=NOW + 1)], at=NOW)
    assert 1 in full.reader.ticket_ids(unsolved, "newest", NOW)


def test_counts_of_views(full: Bench) -> None:
    queries = [
        None,
        parse_query("status<solved"),
        parse_query("assignee:me status<solved"),
        parse_query("is:overdue"),
    ]
    assert full.reader.view_counts(queries, NOW) == (5, 4, 2, 1)


def test_drafts_and_changes_show_in_queries(full: Bench) -> None:
    full.writer.save_draft(2, False, "Look", None, at=NOW)
    full.queue("u1", ticket_id=4)
    assert list(full.reader.ticket_ids(parse_query("is:draft"), "newest", NOW)) == [2]
    assert list(full.reader.ticket_ids(parse_query("is:waiting"), "newest", NOW)) == [4]
    full.ingest.mark_gone("2", NOW)
    full.ingest.mark_gone("4", NOW)
    assert list(full.reader.ticket_ids(parse_query("is:draft"), "newest", NOW)) == [2]
    assert list(full.reader.ticket_ids(parse_query("is:waiting"), "newest", NOW)) == [4]
    assert not {2, 4} & set(full.reader.ticket_ids(None, "newest", NOW))


def words(full: Bench, text: str) -> list[int]:
    """Look for words as they stand."""
    quoted = " ".join('"' + word.replace('"', " ") + '"' for word in text.split())
    return list(full.reader.ticket_ids(parse_query(quoted), "newest", NOW))


def test_words_in_messages(full: Bench) -> None:
    assert words(full, "charged parcel") == [1]
    assert words(full, "退款") == [5, 3]
    for odd in ('"', "c++ AND (", "NEAR(", "*", "a:b", "'; DROP TABLE ticket", "\x00", "-"):
        words(full, odd)


def test_the_index_forgets_what_a_text_was_before(full: Bench) -> None:
    full.ingest.put_messages([message("m3", number=3, text="Vouchers only")], at=NOW)
    full.put(ticket(3, status="solved", stamp=NOW, subject="Renamed"))
    while update_full_text(full.bulk, 100):
        pass
    assert words(full, "refunds five") == []
    assert words(full, "vouchers") == [3]
    for table in ("message_fts", "ticket_fts"):
        full.bulk.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")  # noqa: S608
    rebuild_full_text(full.bulk)
    assert words(full, "vouchers") == []
    while update_full_text(full.bulk, 2):
        pass
    assert words(full, "vouchers") == [3]


def test_the_index_is_built_anew_when_its_rules_change(full: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_full_text(full.bulk)
    assert not prepare_full_text(full.bulk)
    monkeypatch.setattr("agentconsole.store.fts.FULL_TEXT_VERSION", 2)
    assert prepare_full_text(full.bulk)


def test_finding_a_ticket_and_people(full: Bench) -> None:
    assert full.reader.find_ticket(None, "4") == (4,)
    assert full.reader.find_ticket("demo", "4") == (4,)
    assert full.reader.find_ticket("other", "4") == ()
    assert [one.name for one in full.reader.people_named(full.account, "n")] == ["Nora", "Øyvind", "Ann Lee"]
    assert full.reader.people_named(full.account, "100%") == ()
    for number in range(300):
        full.bulk.execute(
            "INSERT INTO person (account_id, remote_id, name, role, active) VALUES (?, ?, ?, ?, ?)",
            (full.account, f"a{number}", f"Agent {number:03}", "admin" if number % 9 == 0 else "agent", 1),
        )
    team = [one.name for one in full.reader.agents(full.account)]
    assert {f"Agent {number:03}" for number in range(300)} < set(team) and "Ann Lee" not in team
    assert len(full.reader.people_named(full.account, "agent")) == 50
    assert full.reader.tickets_of(full.account, "9") == (1, 2, 3, 5)
    assert full.reader.ticket_detail(99, NOW) is None


def test_threads_read_side_by_side(full: Bench) -> None:
    found: list[list[int]] = []

    def read() -> None:
        for _ in range(20):
            found.append(sorted(full.reader.ticket_ids(None, "due", NOW)))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    full.reader.close()
    assert found == [[1, 2, 3, 4, 5]] * 60
    # The connection it was given is still its owner's.
    assert full.reader.queue_rows([1])


def test_data_version_tells_of_others(full: Bench) -> None:
    before = full.reader.data_version()
    conn = open_store(full.path, role="cli", create=False)
    conn.execute("INSERT INTO meta (key, value) VALUES ('x', 'y')")
    conn.close()
    assert full.reader.data_version() != before
