"""Views, their order and their counts; searching with help; panes as the agent wants them."""

from __future__ import annotations

import re
import threading
from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from textual.widgets.text_area import Selection

from agentconsole.config import Paths, read_config
from agentconsole.desk import kept
from agentconsole.desk import queue as desk_queue
from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import RemoteView
from agentconsole.domain.queries import OwnView, Sort
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import DAY, HOUR
from agentconsole.helpdesks.base import ListPage, Thread
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.tui import queue_line
from agentconsole.tui.screens.dialog import Dialog
from agentconsole.tui.screens.main import MainScreen
from agentconsole.tui.widgets.queue import QueueList
from tests.tui import profile
from tests.tui.conftest import Running, Start


def counts(running: Running) -> dict[str, int | None]:
    views = running.main.views
    return {view.title: views._counts.get(view.identity) for view in views.views}


def title(running: Running) -> str:
    return str(running.main.query_one("#queue-title").render()).strip()


def pane(running: Running) -> str:
    return running.main.pane


def with_helpdesk_view(paths: Paths) -> None:
    profile.standard(paths)
    account = profile.account_id(paths)
    conn = open_store(paths.database, role="worker", now=profile.NOW)
    views = (
        RemoteView("31", "Refunds [/]", "status<solved tags:refund", 1),
        RemoteView("32", "Odd", None, 2),
    )
    Ingest(conn, account, sleep=lambda _: None).put_views(
        ListPage(views, "", more=False, complete=True), first=True, at=profile.NOW
    )
    conn.close()


async def test_all_views_are_counted(console: Start) -> None:
    async with console(fill=with_helpdesk_view) as running:
        running.desk.writer.snooze({1: profile.NOW + DAY})
        running.desk.writer.save_draft(2, False, "Look", None, at=profile.NOW)
        running.main.pulse.recount()
        await running.until(lambda: counts(running)["Snoozed"] == 1)
        assert counts(running) == {
            "Mine": 6,
            "Unassigned": 0,
            "New": 1,
            "Open": 3,
            "Pending": 1,
            "On hold": 1,
            "Breaching soon": 1,
            "Snoozed": 1,
            "Drafts": 1,
            "Outbox": 0,
            "Recently solved": 1,
            "Everything": 7,
            "Refunds [/]": 1,
        }
        await running.until(lambda: "Helpdesk" in running.screen_text())
        text = running.screen_text()
        assert "Refunds [/]" in text and "Odd" not in text


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("2", "has an assignee"),
        ("8", "No ticket sleeps"),
        ("9", "No text of yours"),
    ],
)
async def test_an_empty_view_says_why_and_what_to_press(console: Start, key: str, said: str) -> None:
    async with console() as running:
        await running.press(key)
        await running.until(lambda: said in running.screen_text())
        shown = running.main.queue.empty_text
        assert re.search(r"\b(\d|h|r) (shows|on a ticket)", shown), shown


async def test_a_snoozed_ticket_comes_back_when_it_wakes(console: Start) -> None:
    async with console() as running:
        running.desk.writer.snooze({1: profile.NOW + HOUR})
        await running.until(lambda: title(running).startswith("Mine  6"))
        await running.until(lambda: counts(running)["Snoozed"] == 1)
        running.clock.instant += 2 * HOUR
        for _ in range(31):
            running.main.pulse._tick()
        await running.until(lambda: title(running).startswith("Mine  7"))
        await running.until(lambda: counts(running)["Snoozed"] == 0)


async def test_the_views_pane_scrolls_with_its_cursor(console: Start) -> None:
    async with console(size=(80, 17), fill=with_helpdesk_view) as running:
        await running.press("b", "G")
        await running.until(lambda: "Refunds [/]" in running.screen_text())
        await running.press("enter")
        await running.until(lambda: title(running).startswith("Refunds [/]  2 · last changed"))
        await running.press("b", "g")
        await running.until(lambda: "1 Mine" in running.screen_text())


async def test_the_order_is_changed_by_key_and_kept_for_each_view(console: Start) -> None:
    async with console() as running:
        assert title(running) == "Mine  7 · by SLA"
        await running.press("S")
        await running.until(lambda: title(running) == "Mine  7 · by priority")
        first = running.main.queue.row(running.main.queue.ids[0])
        assert first is not None and first.priority == "urgent"
        await running.press("S")
        await running.until(lambda: title(running) == "Mine  7 · longest waiting")
        await running.press("4")
        await running.until(lambda: title(running) == "Open  4 · by SLA")
    async with console() as running:
        assert title(running) == "Mine  7 · longest waiting"
        waited = running.main.queue.row(running.main.queue.ids[0])
        assert waited is not None and waited.remote_id == "48"
        await running.press("S", "S", "S")
        await running.until(lambda: title(running) == "Mine  7 · by SLA")


async def test_keys_after_a_view_key_wait_for_its_list(console: Start) -> None:
    async with console() as running:
        await running.burst("4*")
        assert title(running) == "Open  4 · by SLA"
        assert running.main.queue.selected == set(running.main.queue.ids) and len(running.main.queue.ids) == 4
        await running.press("*")
        await running.burst("S*")
        assert "priority" in title(running) and len(running.main.queue.selected) == 4
        await running.press("*", "slash")
        await running.burst("status:pending\r*")
        assert (
            title(running).startswith("Search: status:pending  1") and len(running.main.queue.selected) == 1
        )


async def test_keys_for_a_list_that_does_not_come_are_forgotten(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ConsoleError("The disk is gone.")

    async with console() as running:
        monkeypatch.setattr(desk_queue, "first_ids", fail)
        await running.burst("2m")
        assert "The disk is gone." in running.notices() and not running.app._held_keys
        assert isinstance(running.app.screen, MainScreen)
        await running.press("m")
        assert not isinstance(running.app.screen, MainScreen)


async def test_a_long_list_shows_its_first_tickets_at_once_and_keeps_the_cursor(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_queue, "FIRST", 2)
    lengths: list[int] = []
    show = QueueList.show_ids

    def shown(queue: QueueList, ids: array[int], *, follow: int | None, whole: bool = True) -> None:
        show(queue, ids, follow=follow, whole=whole)
        lengths.append(len(ids))
        if len(lengths) == 1:
            queue.move(1)

    async with console() as running:
        monkeypatch.setattr(QueueList, "show_ids", shown)
        running.main.lists.search("channel:email")
        await running.until(lambda: len(lengths) == 2)
        assert lengths[0] == 2 < lengths[1]
        assert running.main.queue.cursor == 1
        assert running.main.queue.ids == desk_queue.ticket_ids(running.desk, "channel:email", "updated")
        await running.until(lambda: title(running).startswith(f"Search: channel:email  {lengths[1]}"))


async def test_all_of_a_long_list_are_selected_though_only_its_first_have_come(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_queue, "FIRST", 2)
    gate = threading.Event()
    find = desk_queue.ticket_ids

    def slow(desk: Desk, text: str, sort: Sort) -> array[int]:
        assert gate.wait(10)
        return find(desk, text, sort)

    async with console() as running:
        main = running.main
        everybody = find(running.desk, "channel:email", "updated")
        monkeypatch.setattr(desk_queue, "ticket_ids", slow)
        main.lists.search("channel:email")
        await running.until(lambda: len(main.queue.ids) == 2)
        for key in "*x":
            running._post(key)
        await running.until(lambda: main.lists.arriving)
        assert not main.queue.selected
        gate.set()
        await running.until(lambda: len(main.queue.selected) == len(everybody) - 1)
        # The key that came behind it has waited, and gave up the first one.
        assert (
            main.queue.selected == set(everybody[1:])
            and f" {len(everybody) - 1} selected" in running.screen_text()
        )
        # The others cannot be read: the key has no effect, and the next one is not kept.
        main.lists.partial = True

        def broken(desk: Desk, text: str, sort: Sort) -> array[int]:
            raise ConsoleError("The disk is full.")

        monkeypatch.setattr(desk_queue, "ticket_ids", broken)
        await running.press("*", "G", "k")
        await running.until(lambda: "The disk is full." in running.notices())
        assert len(main.queue.selected) == len(everybody) - 1 and not main.lists.arriving


async def test_news_is_painted_a_few_lines_at_a_time_those_at_the_cursor_first(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentconsole.tui.widgets.queue.AT_ONCE", 2)
    painted: list[int] = []
    async with console() as running:
        queue = running.main.queue
        queue.move_to(4)
        count = len(queue.ids)
        refresh_line, read_rows = queue.refresh_line, queue._read_rows

        def refreshed(place: int) -> None:
            painted.append(place)
            refresh_line(place)

        def other_rows(ids: Sequence[int]) -> dict[int, QueueRow]:
            return {key: replace(row, subject="News!") for key, row in read_rows(ids).items()}

        monkeypatch.setattr(queue, "refresh_line", refreshed)
        monkeypatch.setattr(queue, "_read_rows", other_rows)
        queue.rows_changed(None)
        assert len(painted) == 2 and 4 in painted
        await running.until(lambda: len(painted) == count)
        assert sorted(painted) == list(range(count))
        await running.settle()
        assert running.screen_text().count("News!") == count


async def test_a_search_is_saved_as_a_view_and_shown_at_once(console: Start) -> None:
    async with console() as running:
        with running.desk.paths.config_file.open("a") as file:
            file.write("# mine, do not lose\n")
        await running.press("slash")
        await running.burst("tags:refund\r")
        await running.until(lambda: title(running).startswith("Search: tags:refund  2"))
        await running.press("S", "+")
        await running.until(lambda: "Name of the new view" in running.screen_text())
        await running.burst("Refunds [/]\r")
        await running.until(lambda: title(running).startswith("Refunds [/]  2 · by SLA"))
        await running.until(lambda: counts(running).get("Refunds [/]") == 2)
        await running.until(lambda: "Yours" in running.screen_text())
        text = running.desk.paths.config_file.read_text()
        assert "# mine, do not lose" in text
        assert read_config(running.desk.paths.config_file).views == (
            OwnView("Refunds [/]", "tags:refund", "due"),
        )
        # Under the same name it gives way.
        await running.press("slash")
        await running.burst("tags:invoice\r")
        await running.press("+")
        await running.burst("Refunds [/]\r")
        await running.until(lambda: title(running).startswith("Refunds [/]  1"))
        assert len(read_config(running.desk.paths.config_file).views) == 1
        said = "“Refunds [/]” finds tags:invoice now; before it was tags:refund."
        await running.until(lambda: said in running.notices())
        # However long its name, the list's length and order stay in sight.
        await running.press("f2")
        await running.burst("\x01" + "Very long " * 15 + "\r")
        await running.until(lambda: title(running).startswith("Very long"))
        assert title(running).endswith("…  1 · by SLA")
        await running.pilot.resize_terminal(80, 24)
        assert title(running).endswith("…  1 · by SLA") and len(title(running)) == 78


async def test_a_view_that_cannot_be_written_is_told(console: Start) -> None:
    async with console() as running:
        running.desk.paths.config_file.write_text("[ui\n")
        await running.press("4", "+")
        await running.burst("Open ones\r")
        await running.until(lambda: any("mend this first" in one for one in running.notices()))
        await running.press("slash")
        await running.burst("\r")
        await running.press("shift+tab", "G", "enter", "+")
        await running.until(lambda: any("no search here to save" in one for one in running.notices()))


async def test_own_views_with_an_unknown_field_are_told_with_their_line(console: Start) -> None:
    async with console() as running:
        good, bad = OwnView("Cards", "topic:order", "newest"), OwnView("Bad", "topc:x", "due", 7)
        running.main.lists._own = (good, bad)
        running.main.lists.show_all_views()
        await running.until(lambda: counts(running).get("Cards") == 0)
        assert "Bad" not in counts(running)
        (notice,) = [one for one in running.notices() if "Bad" in one]
        assert "config.toml:7: “Bad” is left out: Unknown field `topc`, did you mean `topic`?" in notice


async def test_esc_goes_back_to_the_view_and_the_ticket_before(console: Start) -> None:
    async with console() as running:
        await running.press("4")
        await running.until(lambda: title(running).startswith("Open"))
        await running.press("j", "j")
        before = running.main.queue.current
        await running.press("slash")
        await running.burst("refund\x1b")
        assert title(running).startswith("Open  4") and running.main.queue.current == before
        assert running.main.place == "queue"
        await running.press("slash")
        await running.burst("tags:invoice\r")
        await running.until(lambda: title(running).startswith("Search: tags:invoice  1"))
        await running.press("slash")
        assert running.main.filter_line.field.value == "tags:invoice"
        await running.press("escape", "escape")
        await running.until(lambda: title(running).startswith("Open  4"))
        await running.until(lambda: running.main.queue.current == before)


async def test_what_may_come_next_is_offered_and_taken_by_tab(console: Start) -> None:
    async with console() as running:
        line = running.main

        def shown() -> str:
            return running.screen_text().split("status  prio")[0]

        await running.press("slash")
        await running.until(lambda: bool(line.filter_line.vocabulary.tags))
        await running.burst("pri")
        await running.until(lambda: "low normal high urgent" in shown())
        await running.press("tab", "h", "tab")
        assert line.filter_line.field.value == "priority:high "
        await running.burst("-tags:")
        await running.press("down", "tab")
        tags = line.filter_line.vocabulary.tags
        assert line.filter_line.field.value == f"priority:high -tags:{tags[1]} "
        await running.burst('assignee:"jo')
        await running.press("tab")
        assert line.filter_line.field.value.endswith('assignee:"Jo Park" ')
        await running.burst("topi")
        await running.press("tab", "tab")
        assert line.filter_line.field.value.endswith('topic:"Card payment" ')
        # Enter takes what was moved to; where nothing was, it searches.
        await running.burst("stat")
        await running.press("tab", "down", "down", "enter")
        assert line.filter_line.field.value.endswith(" status:pending ")
        await running.burst("\r")
        await running.until(lambda: "No ticket fits" in running.screen_text())


async def test_a_wrong_query_has_a_mark_under_the_place(console: Start) -> None:
    async with console() as running:
        await running.press("slash")
        await running.burst("退款 status:opn\r")
        await running.until(lambda: "did you mean `open`?" in running.screen_text())
        lines = running.screen_text().splitlines()
        at = next(number for number, line in enumerate(lines) if "status:opn" in line)
        column = running.main.query_one("#filter-field").region.x + len("退款") * 2 + len(" status:")
        strip: Any = running.app.screen._compositor.render_strips()[at + 1]
        cells = strip.crop(0, column + 1).text
        assert cells.endswith("↑")
        await running.press(*["backspace"] * 13)
        await running.burst("kettle OR nowhere\r")
        await running.until(lambda: "“OR” is looked for as a word" in running.screen_text())
        # What does not fit on a line goes on on the next one.
        running.main.queue.empty_text += " and on" * 20 + " to_the_end"
        await running.pilot.resize_terminal(80, 24)
        await running.until(lambda: "to_the_end" in running.screen_text())


async def test_up_goes_back_through_past_searches_also_after_a_restart(console: Start) -> None:
    async with console() as running:
        for text in ("tags:refund", "tags:card", "tags:refund"):
            await running.press("slash", *["backspace"] * 12)
            await running.burst(f"{text}\r")
            await running.until(lambda text=text: title(running).startswith(f"Search: {text}"))  # type: ignore[misc]
    async with console() as running:
        field = running.main
        await running.press("slash")
        await running.until(lambda: len(field.filter_line.past) == 2)
        await running.burst("xy")
        await running.press("up")
        assert field.filter_line.field.value == "tags:refund"
        await running.press("up", "up")
        assert field.filter_line.field.value == "tags:card"
        await running.press("down", "down")
        assert field.filter_line.field.value == "xy"
        await running.press("up", "enter")
        await running.until(lambda: title(running).startswith("Search: tags:refund  2"))


async def test_panes_are_resized_and_hidden_and_that_is_remembered(console: Start) -> None:
    async with console() as running:
        main = running.main
        before = dict(main._widths)
        await running.press("shift+tab", ">", ">", "tab")
        assert main._widths["views"] == before["views"] + 4
        await running.press("enter")
        await running.until(lambda: main.shows("side"))
        await running.press("c")
        assert not main.shows("side")
        queue = main._widths["queue"]
        await running.press("escape", "<")
        assert main._widths["queue"] == queue - 2
        widths = dict(main._widths)
        await running.until(lambda: bool(kept.read(running.desk, [kept.PANES])))
    async with console() as running:
        main = running.main
        assert main._widths["views"] == before["views"] + 4
        await running.press("enter")
        await running.until(lambda: dict(main._widths) == widths)
        await running.press("c", "b")
        assert main.shows("side") and not main.shows("views")
        await running.press("escape", "shift+tab")
        assert main.pane == "side"
        await running.press("escape", "b")
        assert main.shows("views")
        # The columns' titles stand above their columns, with and without the views.
        for key in ("b", "b"):
            await running.press(key)
            head = main.query_one("#queue-head").render()
            assert str(head) == queue_line.header(main.queue.size.width)


async def test_on_a_narrow_terminal_the_same_keys_go_there_and_back(console: Start) -> None:
    async with console(size=(80, 24)) as running:
        await running.press("b")
        assert pane(running) == "views"
        await running.until(lambda: "Everything" in running.screen_text())
        await running.press("b")
        assert pane(running) == "queue"
        await running.press("c")
        await running.until(lambda: running.main.place == "ask")
        await running.press("escape")
        assert pane(running) == "queue"
        await running.press(">")
        assert any("one pane only" in one for one in running.notices())
        # A view that is asked for comes into sight.
        await running.press("enter")
        await running.until(lambda: pane(running) == "ticket")
        await running.press("4")
        assert pane(running) == "queue"


def long_thread(paths: Paths) -> None:
    tickets = profile.standard_tickets()
    thread = tuple(
        profile.message(number, 41, at=profile.NOW - DAY + number * HOUR // 9) for number in range(1, 30)
    )
    profile.fill(paths, tickets, [Thread(tickets[0], thread, profile.PEOPLE)])


async def test_resizing_keeps_place_and_text(console: Start) -> None:
    async with console(fill=long_thread) as running:
        main = running.main
        await running.press("j", "enter")
        await running.until(lambda: main.detail is not None)
        await running.press("g", *["J"] * 0, *["ctrl+d"] * 3)
        message, _ = main.thread._place()
        assert message >= 1
        await running.burst("rHello\rthere")
        await running.until(lambda: main.composer.area.text == "Hello\nthere")
        main.composer.area.selection = Selection.cursor((0, 2))
        for size in ((80, 24), (110, 35), (60, 15), (160, 45)):
            await running.pilot.resize_terminal(*size)
            await running.settle()
            assert main.composer.area.text == "Hello\nthere"
            assert main.composer.area.cursor_location == (0, 2)
            assert main.place == "composer"
            assert main.thread._place()[0] == message
        assert main.queue.cursor == 1
        await running.press("escape")
        await running.press("m")
        await running.until(lambda: isinstance(running.app.screen, Dialog))
        await running.burst("refu")
        await running.pilot.resize_terminal(80, 24)
        await running.settle()
        assert isinstance(running.app.screen, Dialog)
        assert running.app.screen.query_one("#picker-field").value == "refu"  # type: ignore[attr-defined]
        await running.press("escape")
        assert main.has_class("-narrow") and main._widths == {main.pane: 80}


def with_own_views(running: Running) -> None:
    """Two views of the agent's own in config.toml, with comments."""
    with running.desk.paths.config_file.open("a") as file:
        file.write(
            '# before\n[[views]]\nname = "Refunds"  # money\nquery = "tags:refund"\n# inside\n'
            'sort = "newest"\n# after\n\n[[views]]\nname = "Old"\nquery = "tags:invoice"\n'
        )
    running.main.lists._own = read_config(running.desk.paths.config_file).views
    running.main.lists.show_all_views()


async def show_own(running: Running, name: str) -> None:
    views = running.main.views.views
    running.main.lists.show_view(next(place for place, view in enumerate(views) if view.title == name))
    await running.until(lambda: title(running).startswith(name) and "…" not in title(running))


async def test_an_own_view_is_renamed_and_keeps_its_order_and_comments(console: Start) -> None:
    async with console() as running:
        with_own_views(running)
        await show_own(running, "Refunds")
        await running.press("S")
        await running.until(lambda: title(running) == "Refunds  2 · last changed")
        await running.press("f2", *["backspace"] * 9)
        await running.burst("Money [/] back\r")
        await running.until(lambda: title(running) == "Money [/] back  2 · last changed")
        text = running.desk.paths.config_file.read_text()
        assert '# before\n[[views]]\nname = "Money [/] back"  # money\nquery' in text and "# inside" in text
        own = [view.title for view in running.main.views.views if view.section == "own"]
        assert own == ["Money [/] back", "Old"]
        await running.press("f2", *["backspace"] * 20)
        await running.burst("Old\r")
        await running.until(lambda: any("has a view “Old” already" in one for one in running.notices()))


async def test_an_own_view_is_removed_after_a_question(console: Start) -> None:
    async with console() as running:
        with_own_views(running)
        await show_own(running, "Refunds")
        running.main.focus_pane("views")
        await running.press("delete")
        assert "Remove the view “Refunds”?" in running.screen_text()
        await running.press("escape")
        assert len(read_config(running.desk.paths.config_file).views) == 2
        await running.press("delete", "d")
        await running.until(lambda: title(running).startswith("Mine"))
        text = running.desk.paths.config_file.read_text()
        assert "Refunds" not in text and "# before" in text and "# after" in text
        assert [view.name for view in read_config(running.desk.paths.config_file).views] == ["Old"]


async def test_the_palette_goes_to_views_orders_and_removes(console: Start) -> None:
    async with console() as running:
        with_own_views(running)
        await running.press("ctrl+p")
        await running.burst("go to view old\r")
        await running.until(lambda: title(running).startswith("Old  "))
        await running.press("ctrl+p")
        await running.burst("order by longest\r")
        await running.until(lambda: title(running).endswith("· longest waiting"))
        await running.press("ctrl+p")
        await running.burst("remove the view\r")
        await running.until(lambda: "Remove the view “Old”?" in running.screen_text())
        await running.press("d")
        await running.until(lambda: title(running).startswith("Mine"))


async def test_only_own_views_are_renamed_and_removed(console: Start) -> None:
    async with console() as running:
        await running.press("f2")
        assert "“Mine” is no view of yours" in running.notices()[-1]
        running.main.focus_pane("views")
        await running.press("delete")
        assert running.app.screen is running.main
