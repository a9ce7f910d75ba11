"""The customer's card."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace

import pytest
from textual.content import Content

from agentconsole.clock import FixedClock
from agentconsole.config import Paths
from agentconsole.desk import customer as desk_customer
from agentconsole.desk import tickets
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.people import RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import TicketPage
from agentconsole.domain.times import DAY
from agentconsole.helpdesks.base import ListPage, Thread
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.writer import Writer
from agentconsole.tui.flows import customer as flow
from agentconsole.tui.widgets.customer import language, local_time
from tests.tui import profile
from tests.tui.conftest import Running, Start

SHOP = AccountSettings(
    uuid="6f2a8a52-7a43-4a5e-9d5c-6a8d5b1c0002",
    name="shop",
    kind="zendesk",
    url="http://127.0.0.1:9",
    login="sam@brightcart.example",
    secret="file",
)

MARA = replace(
    profile.PEOPLE[2],
    time_zone="Europe/Berlin",
    locale="de-at",
    notes="Prefers mail. [/]\nTwo cards.",
    tags=("plus", "[b]vip\x1b[2J"),
)
PEOPLE = (*profile.PEOPLE[:2], MARA, *profile.PEOPLE[3:])


def regular(paths: Paths) -> None:
    """Mara has asked eight times; the organisation has a note."""
    own = profile.standard_tickets()
    more = [
        profile.ticket(
            60 + number,
            subject=f"Earlier question {number} [/]",
            status="closed",
            assignee=None,
            updated_at=profile.NOW - number * DAY,
        )
        for number in range(1, 7)
    ]
    profile.fill(paths, [*own, *more], [Thread(own[0], profile.THREAD_41, PEOPLE)], people=PEOPLE)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, profile.account_id(paths), sleep=lambda _: None)
        notes = RemoteOrganisation("701", "Klein & Söhne", notes="Pays by invoice.")
        ingest.put_organisations(ListPage((notes,), "", more=False), at=profile.NOW)


def known_elsewhere(paths: Paths) -> None:
    """The same, and a second account that knows the address too."""
    regular(paths)
    with closing(open_store(paths.database, role="console", now=profile.NOW)) as conn:
        ids = Writer(conn).put_accounts([profile.ACCOUNT, SHOP], profile.NOW)
    with closing(open_store(paths.database, role="worker", now=profile.NOW)) as conn:
        ingest = Ingest(conn, ids[SHOP.uuid], sleep=lambda _: None)
        person = RemotePerson("9", "M. Klein", "Mara.Klein@example.net".lower(), "customer")
        ingest.put_people(ListPage((person,), "", more=False), at=profile.NOW)
        asked = profile.ticket(7, requester="9", subject="From the shop", updated_at=profile.NOW - 60)
        ingest.put_tickets(TicketPage((asked,), cursor="", more=False), stream="tickets", at=profile.NOW)


def card(running: Running) -> str:
    shown = running.main.customer.card.render()
    assert isinstance(shown, Content)
    return shown.plain


async def test_the_card_tells_who_asks_when_it_is_there_and_what_else_they_asked(console: Start) -> None:
    async with console(fill=regular) as running:
        await running.press("j", "enter")
        await running.until(lambda: "7 other tickets · 1 open" in running.screen_text())
        said = card(running)
        for fact in (
            "Mara Klein",
            "mara.klein@example.net",
            "at Klein & Söhne",
            "speaks German",
            "local time Sun 16:00 (Berlin)",
            "in copy aoife@example.ie",
            "tags plus, [b]vip",
            "H #46 Second card",
            "C #61 Earlier question",
            "Pays by invoice.",
            "Prefers mail. [/]",
        ):
            assert fact in said, fact
        assert "#41" not in said and "#65" not in said


async def test_in_a_narrow_terminal_the_other_tickets_are_in_sight(console: Start) -> None:
    async with console(fill=regular, size=(80, 24)) as running:
        await running.press("j", "enter", "c")
        await running.until(lambda: "7 other tickets" in running.screen_text())
        assert "#64 Earlier" not in running.screen_text()
        await running.press("up")
        await running.until(lambda: "#64 Earlier" in running.screen_text())
        assert "mara.klein@example.net   at Klein & Söhne" in running.screen_text()


def long_winded(paths: Paths) -> None:
    """Fill a profile with a customer of whom there is much to say."""
    address = "somebody.with.a.very.long.address@a.subdomain.example.net"
    notes = "\n".join(f"Note {number}" for number in range(9))
    person = RemotePerson("501", "Mara " * 9 + "Klein", address, "customer", notes=notes)
    profile.fill(paths, [profile.ticket(41)], people=(person, *profile.PEOPLE[:2]))


@pytest.mark.parametrize("size", [(160, 45), (120, 35)])
async def test_long_names_and_addresses_are_not_cut_and_notes_unfold(
    console: Start, size: tuple[int, int]
) -> None:
    async with console(fill=long_winded, size=size) as running:
        await running.press("enter")
        await running.until(lambda: "no other tickets" in card(running))
        said = "".join(card(running).split())
        assert "somebody.with.a.very.long.address@a.subdomain.example.net" in said and "MaraKlein" in said
        assert "Note 3" in card(running) and "Note 8" not in card(running)
        await running.press("o")
        await running.until(lambda: "Note 8" in running.screen_text())
        await running.press("o")
        assert "Note 8" not in card(running)


async def test_time_goes_on_where_the_customer_is(console: Start) -> None:
    async with console(fill=regular) as running:
        await running.press("j", "enter")
        await running.until(lambda: "local time Sun 16:00" in card(running))
        running.clock.instant += 60_000_000 * 61
        running.main.customer.repaint_times()
        assert "local time Sun 17:01" in card(running)


async def test_an_other_ticket_is_reached_from_the_search_and_opened(console: Start) -> None:
    async with console(fill=regular) as running:
        await running.press("j", "enter")
        await running.until(lambda: "7 other tickets" in card(running))
        await running.press("f", "up", "up", "up", "up", "up", "down", "down", "up")
        chosen = running.main.customer.card.chosen
        assert chosen == tickets.resolve(running.desk, "#61")
        await running.press("enter")
        await running.until(
            lambda: running.main.detail is not None and running.main.detail.row.remote_id == "61"
        )
        await running.until(lambda: "7 other tickets" in card(running) and "#41" in card(running))


async def test_what_is_of_another_ticket_is_dropped(console: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    late = asyncio.Event()
    reads = desk_customer.customer_of
    async with console(fill=regular) as running:
        backstage = running.main.backstage.read

        def slow(job: object, *args: object) -> object:
            if job is reads:

                async def wait() -> object:
                    await late.wait()
                    return await backstage(job, *args)  # type: ignore[arg-type]

                return asyncio.ensure_future(wait())
            return backstage(job, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(running.main.backstage, "read", slow)
        running.main.perform("down")
        running.main.perform("open")
        await asyncio.sleep(flow.PAUSE * 2)
        running.main.perform("next_ticket")
        await asyncio.sleep(flow.PAUSE * 2)
        late.set()
        await running.until(lambda: "no other" in card(running) or "1 other" in card(running))
        assert "Mara" not in card(running) and "7 other" not in card(running)


async def test_a_ticket_without_a_known_customer_and_no_ticket_at_all(console: Start) -> None:
    async with console(fill=regular) as running:
        assert "Open a ticket" in card(running)
        await running.press("enter")
        await running.until(lambda: "Tom Becker" in card(running))
        running.main.tickets.close()
        assert "Open a ticket" in card(running)


async def test_tickets_of_the_same_address_on_another_account_are_shown_with_it(console: Start) -> None:
    async with console(fill=known_elsewhere, accounts=(profile.ACCOUNT, SHOP)) as running:
        await running.until(lambda: "41" in running.screen_text())
        running.main.tickets.open(tickets.resolve(running.desk, "demo#41"))
        await running.until(lambda: "8 other tickets · 2 open" in card(running))
        assert "also at shop" in card(running) and "shop#7" in card(running)


def test_a_customer_is_read_without_a_screen(tmp_path: object, filled: object) -> None:
    import shutil
    from pathlib import Path

    home = Path(shutil.copytree(filled(regular), Path(str(tmp_path)) / "copy"))  # type: ignore[operator]
    with profile.open_profile(home, clock=FixedClock(profile.NOW)) as desk:
        detail = tickets.open_ticket(desk, tickets.resolve(desk, "#45"))
        assert desk_customer.customer_of(desk, detail).total == 0
        unknown = replace(detail, requester=None)
        assert desk_customer.customer_of(desk, unknown).tickets == ()


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Kolkata", "Sun 20:30 (Kolkata)"),
        ("Berlin", "Berlin"),
        ("../../x", "../../x"),
        ("", ""),
        (None, ""),
        ("Europe/\x00", "Europe/\x00"),
    ],
)
def test_a_zone_is_a_time_or_stays_a_name(zone: str | None, said: str) -> None:
    assert local_time(zone, profile.NOW) == said


def test_languages_are_named() -> None:
    assert (language("pt-BR"), language("zh_CN"), language("tlh"), language(None)) == (
        "Portuguese", "Chinese", "tlh", "",
    )  # fmt: skip
