"""What the worker stores of a helpdesk's pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import pytest

from agentconsole.domain.changes import FieldEdit
from agentconsole.domain.errors import MassDisappearance
from agentconsole.domain.fields import RemoteArticle, RemoteMacro
from agentconsole.domain.messages import FieldChange, MessagePage, RemoteAttachment
from agentconsole.domain.people import RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.queries import parse_query
from agentconsole.domain.tickets import QuarantinedRecord, RemoteTicket, TicketPage
from agentconsole.helpdesks.base import UnmovedThread
from agentconsole.store.dirty_list import clear_dirty, read_dirty
from agentconsole.store.feed import FLOOD
from agentconsole.store.fts import update_full_text
from agentconsole.store.message_rows import parts_of
from agentconsole.store.upkeep import Upkeep
from agentconsole.text.html import MAX_HTML_LENGTH
from tests.unit.store.bench import STATUS_FIELD, Bench, message, person, ticket

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    cursor: str = "c"
    more: bool = False
    complete: bool = True
    quarantined: tuple[QuarantinedRecord, ...] = ()


@dataclass(frozen=True)
class WholeThread:
    ticket: RemoteTicket
    messages: tuple[object, ...]
    people: tuple[RemotePerson, ...] = ()
    quarantined: tuple[QuarantinedRecord, ...] = ()


def test_a_page_is_stored_with_its_cursor_and_people(bench: Bench) -> None:
    page = TicketPage(
        (ticket(1, due=500), ticket(2, status="solved")),
        "next",
        True,
        people=(person(),),
        messages=(message("m1"),),
        done=2,
        total=9,
        phase="history",
    )
    assert bench.ingest.put_tickets(page, at=50) == (1, 2)
    assert bench.ingest.cursor("tickets") == "next"
    rows = bench.reader.queue_rows([1, 2, 3])
    assert sorted(rows) == [1, 2]
    assert rows[1].requester == "Ann Lee"
    assert (rows[1].due_at, rows[2].due_at) == (500, None)
    assert rows[1].assigned_to_me
    (progress,) = bench.reader.account_states()[0].progress
    assert (progress.stream, progress.phase, progress.done, progress.total) == ("tickets", "history", 2, 9)
    assert [one.parts[0].text for one in bench.detail(1).messages] == ["It was charged twice."]


def test_an_older_row_never_replaces_a_newer(bench: Bench) -> None:
    bench.put(ticket(1, subject="Newer", stamp=20))
    assert bench.put(ticket(1, subject="Older", stamp=19)) == ()
    assert bench.reader.queue_rows([1])[1].subject == "Newer"
    assert bench.put(ticket(1, subject="Same second, later", stamp=20)) == (1,)
    assert bench.reader.queue_rows([1])[1].subject == "Same second, later"


def test_a_repeated_row_changes_nothing(bench: Bench) -> None:
    bench.put(ticket(1, tags=("a",), due=9))
    before = bench.reader.feed_since(0)
    assert bench.put(ticket(1, tags=("a",), due=9)) == ()
    assert bench.reader.feed_since(before.sequence).tickets == ()


def test_known_tickets_amid_new_ones_are_not_doubled(bench: Bench) -> None:
    bench.put(*(ticket(number) for number in range(1, 5)))
    assert bench.put(ticket(5), ticket(2, subject="Again", stamp=11), ticket(6)) == (5, 6, 2)
    assert sorted(bench.reader.ticket_ids(None, "newest", 0)) == [1, 2, 3, 4, 5, 6]
    assert bench.reader.queue_rows([2])[2].subject == "Again"


def test_tags_follow_the_ticket(bench: Bench) -> None:
    bench.put(ticket(1, tags=("card", "refund")), ticket(2, tags=("card",)))
    bench.put(ticket(1, tags=("refund", "vip"), stamp=11))
    found = {
        tag: list(bench.reader.ticket_ids(parse_query(f"tags:{tag}"), "newest", 0)) for tag in ("card", "vip")
    }
    assert found == {"card": [2], "vip": [1]}
    stored = bench.conn.execute("SELECT tag, ticket_id FROM ticket_tag ORDER BY 1, 2").fetchall()
    assert stored == [("card", 2), ("refund", 1), ("vip", 1)]


def test_clocks_that_an_answer_lacks_stay(bench: Bench) -> None:
    bench.put(ticket(1, due=500))
    bench.put(replace(ticket(1, stamp=12), slas_known=False))
    assert bench.reader.queue_rows([1])[1].due_at == 500
    bench.put(ticket(1, stamp=13))
    assert bench.reader.queue_rows([1])[1].due_at is None


def test_hostile_text_is_clean_in_every_column(bench: Bench) -> None:
    evil = "a\x1b]52;c;QUJD\x07b\u202ec\x00d\ud800"
    bench.put(ticket(1, subject=evil, tags=(evil, "ok")))
    bench.ingest.put_people(Page((person(name=evil),)), at=1)
    bench.ingest.put_messages(
        [message("m1", text=evil, attachments=(RemoteAttachment("f", evil, "text/plain", 1, "http://x/f"),))],
        at=1,
    )
    detail = bench.detail(1)
    shown = [
        detail.row.subject,
        detail.row.requester,
        *detail.row.tags,
        *(part.text for one in detail.messages for part in one.parts),
        detail.messages[0].attachments[0].file_name,
    ]
    for text in shown:
        assert not set(text) & set("\x1b\x07\x00\u202e\ud800"), repr(text)


def test_what_changed_is_told_by_the_names_that_are_known_when_it_is_shown(bench: Bench) -> None:
    changes = (
        FieldChange("status", "open", "501"),
        FieldChange("assignee", None, "7"),
        FieldChange("group", "3", None),
        FieldChange("organisation", None, "5"),
        FieldChange("tags", ("a",), ("b", "c\x1b[2Jd")),
        FieldChange("ccs", (), ("9", "x@y.example")),
    )
    event = message("e1", kind="event", author=None, text="", channel="", changes=changes)
    bench.ingest.put_messages([message("m1"), event], at=1)
    bench.put(ticket(1))

    def told() -> str:
        first, last = bench.detail(1).messages
        assert (first.kind, last.kind, last.author) == ("reply", "event", "")
        return " ".join(part.text for part in last.parts)

    assert told() == (
        "Status: open → 501 · Assignee: – → 7 · Group: 3 → – · Organisation: – → 5"
        " · Tags: +b +cd −a · CC: +9, +x@y.example"
    )
    bench.ingest.put_fields((STATUS_FIELD,), at=1)
    bench.ingest.put_people(Page((person(), person("7", "Nora", role="agent"))), at=1)
    bench.ingest.put_groups(Page((RemoteGroup("3", "Cards"),)), first=True, at=1)
    bench.ingest.put_organisations(Page((RemoteOrganisation("5", "Acme"),)), at=1)
    assert told() == (
        "Status: Open → Parts ordered · Assignee: – → Nora · Group: Cards → – · Organisation: – → Acme"
        " · Tags: +b +cd −a · CC: +Ann Lee, +x@y.example"
    )
    assert not bench.ingest.put_messages([event], at=2), "it comes twice and is there once"
    bench.conn.execute("UPDATE message SET cleaner = 0")
    assert Upkeep(bench.bulk).clean_messages() == 2
    assert "Parts ordered" in told()


def test_an_event_under_a_messages_number_does_not_stop_the_index(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.ingest.put_messages([message("m1", text="Kettle")], at=1)
    update_full_text(bench.bulk, 9)
    event = message("m1", kind="event", text="", changes=(FieldChange("status", "open", "solved"),))
    bench.ingest.put_messages([event], at=2)
    while update_full_text(bench.bulk, 9):
        pass
    found = bench.conn.execute("SELECT count(*) FROM message_fts WHERE message_fts MATCH 'kettle'").fetchone()
    assert found == (0,)


def test_a_message_that_is_made_internal_is_so_also_before_its_ticket_comes(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.ingest.put_messages([message("m1"), message("m2"), message("m3", number=2)], at=5)
    page = MessagePage((), "c", False, internal=("m1", "m3", "gone"))
    assert bench.ingest.put_messages(page, at=6) == (1,)
    bench.put(ticket(2))
    assert [(one.remote_id, one.kind) for key in (1, 2) for one in bench.detail(key).messages] == [
        ("m1", "note"),
        ("m2", "reply"),
        ("m3", "note"),
    ]


def test_a_message_waits_for_its_ticket(bench: Bench) -> None:
    bench.ingest.put_messages(MessagePage((message("m1", number=4),), "mc", False), at=1)
    assert bench.ingest.cursor("messages") == "mc"
    assert bench.conn.execute("SELECT count(*) FROM message").fetchone() == (0,)
    bench.put(ticket(4))
    assert [one.remote_id for one in bench.detail(1).messages] == ["m1"]
    assert bench.conn.execute("SELECT count(*) FROM orphan_message").fetchone() == (0,)


def test_messages_come_once_whatever_the_feeds_repeat(bench: Bench) -> None:
    bench.put(ticket(1))
    files = (RemoteAttachment("f1", "a.png", "image/png", 3, "http://x/1"),)
    for url in ("http://x/1", "http://x/2"):
        moved = (replace(files[0], url=url),)
        bench.ingest.put_messages([message("m1", attachments=moved), message("m2", at=6)], at=1)
    detail = bench.detail(1)
    assert [one.remote_id for one in detail.messages] == ["m1", "m2"]
    (file,) = detail.messages[0].attachments
    stored = bench.reader.attachment(file.id)
    assert stored is not None and stored.url == "http://x/2"


def test_quotes_and_html_are_folded_at_ingest(bench: Bench) -> None:
    bench.put(ticket(1))
    html = "<p>Thanks</p><script>alert(1)</script>"
    quoting = "Hi\n\nOn Mon, 3 Nov 2025 at 10:00, Nora <nora@example.com> wrote:\n> Dear Ann\n> all is well"
    bench.ingest.put_messages(
        [message("m1", text="", raw_html=html), message("m2", at=6, text=quoting)], at=1
    )
    rich, plain = bench.detail(1).messages
    assert [(part.kind, part.text) for part in rich.parts] == [("body", "Thanks")]
    assert [part.kind for part in plain.parts] == ["body", "quote"]
    assert plain.parts[0].text == "Hi"


def test_a_thread_is_whole_until_its_ticket_changes(bench: Bench) -> None:
    bench.put(ticket(1), ticket(2))
    assert bench.ingest.threads_wanted(9) == ("1", "2")
    bench.ingest.put_thread(WholeThread(ticket(1), (message("m1"),)), at=70)  # type: ignore[arg-type]
    detail = bench.detail(1)
    assert (detail.thread_read_at, detail.thread_fresh, detail.last_message) == (70, True, "m1")
    assert bench.ingest.threads_wanted(9) == ("2",)
    bench.put(ticket(1, stamp=30))
    assert not bench.detail(1).thread_fresh
    assert bench.ingest.threads_wanted(9) == ("2", "1")


def awake(bench: Bench, at: int) -> bool:
    until = bench.reader.queue_rows([1])[1].snoozed_until
    return until is None or until <= at


@pytest.mark.parametrize(
    ("author", "kind", "at", "wakes"),
    [
        ("9", "reply", 60, True),
        ("unknown", "reply", 60, True),
        ("8", "note", 60, False),
        ("8", "reply", 60, False),
        ("7", "reply", 60, False),
        ("9", "event", 60, False),
        # Read only now, but seen when it was put to sleep.
        ("9", "reply", 10, False),
    ],
)
def test_only_a_customers_later_message_wakes_a_snoozed_ticket(
    bench: Bench, author: str, kind: str, at: int, wakes: bool
) -> None:
    bench.put(ticket(1, stamp=10))
    bench.writer.snooze({1: 5_000})
    bench.put(ticket(1, stamp=60, tags=("seen",)))
    assert not awake(bench, 70)
    assert bench.ingest.threads_of_sleepers(9, 70) == ("1",)
    people = (person(), person("8", "Jo", "jo@example.com", "agent"))
    said = message("m1", at=at, author=author, kind=kind)
    bench.ingest.put_thread(WholeThread(ticket(1, stamp=60), (said,), people), at=70)  # type: ignore[arg-type]
    assert awake(bench, 70) == wakes
    assert bench.ingest.threads_of_sleepers(9, 70) == ()


def test_threads_of_tickets_that_sleep_unchanged_are_not_asked_for(bench: Bench) -> None:
    bench.put(ticket(1, stamp=10), ticket(2, stamp=10))
    bench.writer.snooze({1: 5_000})
    bench.put(ticket(2, stamp=60))
    assert bench.ingest.threads_of_sleepers(9, 70) == ()
    bench.ingest.wake("1")
    assert not awake(bench, 70)


def test_a_thread_without_its_ticket_is_whole_for_the_version_it_was_read_for(bench: Bench) -> None:
    page = TicketPage((ticket(1), ticket(2, deleted=True)), "c1", False, people=(person(),))
    assert bench.ingest.told("1") is None
    bench.ingest.put_tickets(page, at=50)
    told = bench.ingest.told("1")
    assert told == (ticket(1).version, "c1")
    assert bench.ingest.told("2") is None and bench.ingest.told("3") is None
    thread = UnmovedThread("1", told[0], (message("m1"),), (person(name="Ann by mail"), person("p7")))
    bench.ingest.put_unmoved_thread(thread, at=70)
    detail = bench.detail(1)
    assert (detail.thread_read_at, detail.thread_fresh, detail.last_message) == (70, True, "m1")
    names = dict(bench.conn.execute("SELECT remote_id, name FROM person"))
    assert names[person().remote_id] == person().name and "p7" in names
    # It changed while the thread was read.
    bench.put(ticket(1, stamp=30))
    bench.ingest.put_unmoved_thread(thread, at=80)
    assert not bench.detail(1).thread_fresh and bench.detail(1).thread_read_at == 80
    assert bench.ingest.put_unmoved_thread(UnmovedThread("9", "v", ()), at=90) is None


def test_bulk_threads_count_as_read(bench: Bench) -> None:
    bench.put(ticket(1, stamp=10), ticket(2, stamp=90))
    bench.ingest.put_messages(MessagePage((), "c", False, threads_complete_until=50), at=60)
    assert bench.ingest.threads_wanted(9) == ("2",)
    assert bench.detail(1).thread_read_at == 60
    assert bench.detail(2).thread_read_at is None


def test_threads_are_asked_for_until_they_are_read_the_latest_first(bench: Bench) -> None:
    bench.put(ticket(1), ticket(2), ticket(3))
    bench.ingest.put_messages(MessagePage((), "c", False, altered=("1", "2")), at=5)
    bench.writer.request_thread(3, 6)
    assert bench.ingest.thread_asked() == bench.ingest.thread_asked() == ("3", 6)
    bench.ingest.put_thread(WholeThread(ticket(3), ()), 7)  # type: ignore[arg-type]
    assert bench.ingest.thread_asked() in (("1", 5), ("2", 5))
    bench.ingest.forget_asked("1", 5)
    assert bench.ingest.thread_asked() == ("2", 5)
    bench.ingest.forget_asked("2", 5)
    assert bench.ingest.thread_asked() is None


def test_a_thread_that_is_asked_for_again_while_it_is_read_stays_asked_for(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.writer.request_thread(1, 5)
    # The reading began at 6.
    bench.writer.request_thread(1, 8)
    bench.ingest.put_thread(WholeThread(ticket(1), ()), 6)  # type: ignore[arg-type]
    bench.ingest.forget_asked("1", 5)
    assert bench.ingest.thread_asked() == ("1", 8)


def test_a_pull_cannot_undo_what_an_agent_has_queued(bench: Bench) -> None:
    bench.ingest.put_fields([STATUS_FIELD], at=1)
    bench.put(ticket(1, due=99, tags=("a",)))
    bench.queue("u1", edits=[FieldEdit("status", "open", "solved"), FieldEdit("tags", ("a",), ("a", "done"))])
    bench.put(ticket(1, stamp=40, subject="Changed there", due=120, tags=("a", "b")))
    row = bench.reader.queue_rows([1])[1]
    assert (row.status, row.subject, row.tags, row.due_at, row.waiting) == (
        "solved",
        "Changed there",
        ("a", "b", "done"),
        None,
        "held",
    )
    bench.writer.undo_change("u1", 2_000)
    row = bench.reader.queue_rows([1])[1]
    assert (row.status, row.tags, row.due_at, row.waiting) == ("open", ("a", "b"), 120, None)


def test_a_status_of_the_helpdesks_own_has_its_rank_and_label(bench: Bench) -> None:
    bench.ingest.put_fields([STATUS_FIELD], at=1)
    bench.put(ticket(1, status="open"), ticket(2, status="501", normalised="hold"))
    bench.queue("u1", edits=[FieldEdit("status", "open", "501")])
    rows = bench.reader.queue_rows([1, 2])
    assert [(rows[key].status, rows[key].status_label) for key in (1, 2)] == [("hold", "Parts ordered")] * 2
    assert bench.detail(1).labels["status"] == "Parts ordered"


def test_a_flood_leaves_one_mark(bench: Bench) -> None:
    start = bench.reader.feed_sequence()
    bench.put(*(ticket(number) for number in range(1, FLOOD + 3)))
    delta = bench.reader.feed_since(start)
    assert delta.bulk and delta.tickets == ()
    bench.put(ticket(3, stamp=11), at=10**9)
    assert bench.reader.feed_since(delta.sequence).tickets == (3,)


def test_a_flood_in_small_pages_is_one_too(bench: Bench) -> None:
    start = bench.reader.feed_sequence()
    for first in range(1, FLOOD + 200, 100):
        bench.put(*(ticket(number) for number in range(first, first + 100)))
    assert bench.reader.feed_since(start).bulk


def test_unread_is_what_somebody_else_did_after_the_last_look(bench: Bench) -> None:
    bench.put(ticket(1), ticket(2, status="pending"))
    assert [bench.reader.queue_rows([key])[key].unread for key in (1, 2)] == [True, False]
    bench.writer.mark_read(1, 50)
    bench.ingest.put_messages([message("m1", at=60, author="7"), message("m2", at=40)], at=61)
    assert not bench.reader.queue_rows([1])[1].unread
    bench.ingest.put_messages([message("m3", at=62)], at=63)
    assert bench.reader.queue_rows([1])[1].unread


def test_a_merged_ticket_leads_to_the_other(bench: Bench) -> None:
    bench.put(ticket(5), ticket(6), ticket(7))
    bench.put(replace(ticket(5, stamp=11), merged_into="6"), replace(ticket(6, stamp=11), merged_into="7"))
    ids = {one: bench.reader.find_ticket(None, one)[0] for one in ("5", "6", "7")}
    assert bench.reader.merged_into(ids["5"]) == ids["7"]
    assert bench.reader.merged_into(ids["7"]) is None
    bench.put(replace(ticket(7, stamp=12), merged_into="5"))
    assert bench.reader.merged_into(ids["5"]) in (ids["6"], ids["7"])


def test_deleted_and_spam_are_hidden_unless_asked_for(bench: Bench) -> None:
    bench.put(ticket(1), replace(ticket(2), deleted=True), replace(ticket(3), spam=True))
    ids = bench.reader.ticket_ids
    assert list(ids(None, "newest", 0)) == [1]
    assert list(ids(parse_query("is:deleted"), "newest", 0)) == [2]
    assert list(ids(parse_query("#3"), "newest", 0)) == [3]
    bench.ingest.mark_gone("1", 5)
    assert list(ids(None, "newest", 0)) == []


def test_a_bad_record_is_quarantined_and_the_rest_goes_on(bench: Bench) -> None:
    bad = QuarantinedRecord("ticket", None, "no subject", "{}")
    broken = replace(ticket(2), status="no such status")  # type: ignore[arg-type]
    for _ in range(2):
        bench.ingest.put_tickets(TicketPage((ticket(1), broken), "c", False, quarantined=(bad,)), at=5)
    assert list(bench.reader.ticket_ids(None, "newest", 0)) == [1]
    assert {(one.kind, one.remote_id) for one in bench.reader.quarantined()} == {
        ("ticket", None),
        ("ticket", "2"),
    }
    assert len(bench.reader.quarantined()) == 2


def _macro(number: int) -> RemoteMacro:
    return RemoteMacro(str(number), f"Macro {number}", "", (("status", "solved"), ("tags", ("a", "b"))))


def test_what_a_whole_listing_lacks_is_gone(bench: Bench) -> None:
    bench.ingest.put_macros(Page((_macro(1), _macro(2)), more=True, complete=False), first=True, at=1)
    bench.ingest.put_macros(Page((_macro(3),)), first=False, at=1)
    assert [one.macro.title for one in bench.reader.remote_macros()] == ["Macro 1", "Macro 2", "Macro 3"]
    assert bench.reader.remote_macros()[0].macro.actions == (("status", "solved"), ("tags", ("a", "b")))
    bench.ingest.put_macros(Page((_macro(3), _macro(2))), first=True, at=2)
    assert [one.macro.remote_id for one in bench.reader.remote_macros()] == ["2", "3"]


def test_a_listing_that_lost_most_is_not_believed(bench: Bench) -> None:
    groups = tuple(RemoteGroup(str(number), f"Group {number}") for number in range(20))
    bench.ingest.put_groups(Page(groups), first=True, at=1)
    with pytest.raises(MassDisappearance, match="lacks 18 of 20 stored groups"):
        bench.ingest.put_groups(Page(groups[:2]), first=True, at=2)
    assert len(bench.reader.groups(bench.account)) == 20
    bench.ingest.put_groups(Page(groups[:2]), first=True, at=3, vanishing=True)
    assert len(bench.reader.groups(bench.account)) == 2
    bench.ingest.put_fields([STATUS_FIELD], at=1)
    with pytest.raises(MassDisappearance):
        bench.ingest.put_fields([], at=2)


def test_articles_are_cleaned_and_noted_for_the_index(bench: Bench) -> None:
    def article(locale: str, html: str) -> RemoteArticle:
        return RemoteArticle("70", locale, "Refunds", html, "http://x/70", "Cards", ("refund",), False, 4)

    bench.ingest.put_articles(
        Page((article("en-us", "<p>Open <b>Cards</b></p>"), article("zh-cn", "<p>退款</p>"))),
        first=True,
        at=1,
    )
    assert [(one.locale, one.text) for one in bench.reader.article_docs()] == [
        ("en-us", "Open Cards"),
        ("zh-cn", "退款"),
    ]
    items = read_dirty(bench.bulk, 10, "article")
    assert [item.id for item in items] == [1, 2]
    clear_dirty(bench.bulk, items)
    bench.ingest.put_articles(
        Page((article("en-us", "<p>Open <b>Cards</b></p>"), article("zh-cn", "<p>退</p>"))), first=True, at=2
    )
    assert [item.id for item in read_dirty(bench.bulk, 10, "article")] == [2]
    bench.ingest.put_articles(Page((article("en-us", "<p>Open</p>"),)), first=True, at=3)
    assert [item.id for item in read_dirty(bench.bulk, 10, "article")] == [1, 2]
    assert [one.locale for one in bench.reader.article_docs()] == ["en-us"]


def test_a_change_made_while_indexing_is_not_forgotten(bench: Bench) -> None:
    bench.put(ticket(1))
    items = read_dirty(bench.bulk, 10, "ticket")
    bench.put(ticket(1, stamp=11, subject="Another"))
    clear_dirty(bench.bulk, items)
    assert [item.id for item in read_dirty(bench.bulk, 10, "ticket")] == [1]


def test_accounts_left_out_of_the_config_are_hidden_not_lost(bench: Bench) -> None:
    bench.put(ticket(1))
    bench.writer.put_accounts([], 1)
    assert bench.reader.account_states() == ()
    assert list(bench.reader.ticket_ids(None, "newest", 0)) == []
    from tests.unit.store.bench import Account

    assert bench.writer.put_accounts([Account(name="renamed")], 2) == {"6f1f": bench.account}
    assert list(bench.reader.ticket_ids(None, "newest", 0)) == [1]
    assert bench.reader.queue_rows([1])[1].account == "renamed"


def test_of_a_text_without_end_the_beginning_is_kept() -> None:
    parts = parts_of("reply", "long " * 300_000, None)
    assert len(parts) < MAX_HTML_LENGTH + 1000 and "too long to show" in parts
    assert "too long" not in parts_of("reply", "long " * 100, None)
