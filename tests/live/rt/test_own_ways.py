"""What is Request Tracker's own way: logins, 200 answers that failed, HTML mail, taking a ticket over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentconsole.clock import SystemClock
from agentconsole.desk.first_sync_cost import estimate
from agentconsole.domain.accounts import AccountSettings, AuthKind
from agentconsole.domain.errors import LoginRefused, NotAllowed, Rejected
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.registry import first_statuses, open_helpdesk
from agentconsole.text.html import html_to_text
from tests.helpdesks.conformance import change_of, send
from tests.helpdesks.port import new_ticket_of
from tests.live.rt.rig import RtRig
from tests.live.rt.server import RtServer
from tests.live.rt.world import AGENT, COLLEAGUE, CUSTOMER, RtWorld, spoil
from tests.support.faulty_proxy import FaultyProxy

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def world(rt_server: RtServer) -> Iterator[RtWorld]:
    proxy = FaultyProxy(rt_server.port, spoil)
    made = RtWorld(rt_server, proxy)
    yield made
    made.close()
    proxy.close()


def opened(world: RtWorld, login: str, secret: str, auth: AuthKind = "token", **options: Any) -> Helpdesk:
    account = AccountSettings("uuid", "test", "rt", world.url, login, auth=auth, options=options)
    return open_helpdesk("rt", account, lambda: secret, SystemClock(), history_months=36)


async def test_a_password_and_a_mail_address_log_in_too(world: RtWorld) -> None:
    for login, secret, auth in (
        (AGENT, world.server.password, "password"),
        (f"{AGENT}@helpdesk.test", world.server.tokens[AGENT], "token"),
    ):
        helpdesk = opened(world, login, secret, "password" if auth == "password" else "token")
        try:
            assert (await helpdesk.whoami()).remote_id == AGENT
            assert not (await helpdesk.capabilities()).tags, "no custom field was named for them"
        finally:
            await helpdesk.close()


@pytest.mark.parametrize(
    ("login", "whose", "word"),
    [
        (COLLEAGUE, AGENT, "another login"),
        ("nobody-here", AGENT, "knows nobody"),
        (CUSTOMER, AGENT, "another login"),
    ],
)
async def test_a_token_of_somebody_else_is_refused(world: RtWorld, login: str, whose: str, word: str) -> None:
    helpdesk = opened(world, login, world.server.tokens[whose])
    try:
        with pytest.raises(LoginRefused, match=word):
            await helpdesk.whoami()
    finally:
        await helpdesk.close()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"tags_field": "Tagz"}, "Tagz"),
        ({"tags": "Tags"}, "tags_field"),
        ({"statuses": {"waiting": "asleep"}}, "asleep"),
    ],
)
async def test_options_that_cannot_be_used_are_told(
    world: RtWorld, options: dict[str, Any], word: str
) -> None:
    helpdesk = opened(world, AGENT, world.server.tokens[AGENT], **options)
    try:
        with pytest.raises(Rejected, match=word):
            await helpdesk.whoami()
    finally:
        await helpdesk.close()


async def test_only_the_named_classes_are_knowledge(world: RtWorld) -> None:
    helpdesk = opened(world, AGENT, world.server.tokens[AGENT], article_classes=("Internal",))
    try:
        page = await helpdesk.articles(None)
        assert [each.title for each in page.items] == ["Whom to wake"]
        assert page.items[0].labels == ("night",) and page.items[0].section == "Internal"
    finally:
        await helpdesk.close()


async def test_a_ticket_is_taken_from_a_colleague_and_given_back(world: RtWorld) -> None:
    helpdesk = world.connect()
    try:
        number = world.ticket()
        world.put(number, Owner=COLLEAGUE)
        for owner in (AGENT, None, AGENT, COLLEAGUE):
            ticket = (await helpdesk.thread(number)).ticket
            await send(helpdesk, change_of(world, ticket, assignee=owner, priority="50"))
            assert world.get(f"ticket/{number}")["Owner"]["id"] == (owner or "Nobody")
    finally:
        await helpdesk.close()


async def test_an_answer_of_200_that_failed_is_told_with_rts_sentence(world: RtWorld) -> None:
    helpdesk = world.connect()
    try:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        change = change_of(world, ticket, assignee="nobody-here", priority="20")
        with pytest.raises(Rejected, match=r"assignee: .*does not exist") as caught:
            await send(helpdesk, change)
        assert "priority:" not in caught.value.sentence
        assert world.get(f"ticket/{ticket.remote_id}")["Priority"] == "20", "its parts are written singly"
    finally:
        await helpdesk.close()


async def test_an_empty_reply_is_never_sent(world: RtWorld) -> None:
    helpdesk = world.connect()
    try:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        with pytest.raises(Rejected, match="empty"):
            await send(helpdesk, change_of(world, ticket, " \n "))
        assert world.texts(ticket.remote_id, public=True) == ["It does not boil."]
    finally:
        await helpdesk.close()


async def test_a_ticket_of_a_forbidden_queue_is_told_as_such(world: RtWorld) -> None:
    helpdesk = world.connect_as("pilar")
    try:
        bill = sorted(world.numbers("Queue = 'Bills'"))[0]
        with pytest.raises(NotAllowed):
            await helpdesk.thread(bill)
    finally:
        await helpdesk.close()


HTML_MAIL = """Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße, *dringend* 退款
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<p>Grüße, <b>dringend</b> 退款</p><script>alert(1)</script><blockquote>quoted</blockquote>
--inner--
--outer
Content-Type: image/png
Content-Disposition: attachment; filename*=UTF-8''%E5%86%99%E7%9C%9F.png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--outer--
"""


async def test_html_mail_comes_with_its_text_and_its_files(world: RtWorld) -> None:
    helpdesk = world.connect()
    try:
        number = world.ticket()
        world.server.mail(CUSTOMER, f"Re: [helpdesk.test #{number}] Kettle", HTML_MAIL.encode())
        message = (await helpdesk.thread(number)).said[-1]
        assert message.raw_text.strip() == "Grüße, *dringend* 退款" and message.raw_html is not None
        assert "alert" not in html_to_text(message.raw_html) and "dringend" in html_to_text(message.raw_html)
        (file,) = message.attachments
        assert (file.file_name, file.content_type, file.size) == ("写真.png", "image/png", 8)
        assert b"".join([piece async for piece in helpdesk.download(file)]) == b"\x89PNG\r\n\x1a\n"
    finally:
        await helpdesk.close()


async def test_no_more_connections_than_the_server_has_workers(world: RtWorld) -> None:
    helpdesk = world.connect()
    try:
        await helpdesk.whoami()
        world.proxy.most_at_once = 0
        await asyncio.gather(*(helpdesk.thread(number) for number in sorted(world.everything())[:8]))
        assert 1 <= world.proxy.most_at_once <= 2
    finally:
        await helpdesk.close()


@pytest.mark.parametrize("login", [AGENT, COLLEAGUE, "pilar"])
async def test_what_a_login_may_do_and_what_a_first_sync_costs(
    world: RtWorld, tmp_path: Path, login: str
) -> None:
    helpdesk: Any = opened(world, login, world.server.tokens[login])
    try:
        rights = await helpdesk.rights()
    finally:
        await helpdesk.close()
    assert (rights.reads, rights.writes, rights.notes_only, rights.exports) == (True, True, False, False)
    told = estimate(rights, 36)
    assert told is not None and told.sentence.startswith(f"A first sync reads {told.tickets} tickets")
    rig = RtRig.make(world.server, tmp_path, login, world.url)
    asked = len(world.proxy.requests)
    await rig.once()
    requests = len(world.proxy.requests) - asked
    assert rights.tickets == len(rig.tickets()), "just those that this login may see"
    rig.close()
    files = [rig.paths.database, *(path for path in rig.paths.index_dir.rglob("*") if path.is_file())]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    assert requests / 2 < told.requests < requests * 2, (told, requests)
    assert megabytes / 2 < told.megabytes < megabytes * 2, (told, megabytes)


async def test_a_ticket_begins_only_with_a_status_that_the_lifecycle_lets_it(world: RtWorld) -> None:
    helpdesk = opened(world, AGENT, world.server.tokens[AGENT])
    try:
        for word in first_statuses("rt"):
            key = world.key("status", word)
            made = await send(helpdesk, new_ticket_of(world, f"As {word}", group=world.group(), status=key))
            assert made.ticket is not None and made.ticket.fields["status"] == key
        with pytest.raises(Rejected, match="can not have status 'stalled'"):
            await send(helpdesk, new_ticket_of(world, "As stalled", group=world.group(), status="stalled"))
    finally:
        await helpdesk.close()
