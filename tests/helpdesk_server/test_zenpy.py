"""A client that was written for the original, by others: what it can do there it can do here."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from tests.support.helpdesk import RunningHelpdesk
from tests.support.tiny_company import AGENT, FIRST_CUSTOMER, MINE_VIEW, THANKS_MACRO, UNASSIGNED_VIEW


@pytest.fixture
def running(helpdesk: RunningHelpdesk) -> RunningHelpdesk:
    return helpdesk


@pytest.fixture
def connect(running: RunningHelpdesk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the client; its address is put together of a subdomain and a domain: here the halves of one."""
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    monkeypatch.setenv("NO_PROXY", "*")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from zenpy import Zenpy

    sessions = []

    def make(*, admin: bool = False) -> Any:
        login, token = (running.admin_login, running.admin_token) if admin else (running.login, running.token)
        first, rest = "127", f"0.0.1:{running.server.port}"
        client = Zenpy(domain=rest, subdomain=first, email=login, token=token, timeout=20)
        sessions.append(client.tickets.session)
        return client

    yield make
    for session in sessions:
        session.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
class TestZenpy:
    def test_list_and_show(self, connect: Any) -> None:
        zenpy = connect()
        assert sorted(ticket.id for ticket in zenpy.tickets()) == list(range(1, 51))
        ticket = zenpy.tickets(id=1)
        assert ticket.subject == "Where is order N-10001"
        assert ticket.requester.name == "Customer 0 Example"
        assert ticket.assignee.id == AGENT
        assert [ticket.id for ticket in zenpy.tickets(ids=[2, 3])] == [2, 3]

    def test_create_comment_update(self, connect: Any, running: RunningHelpdesk) -> None:
        from zenpy.lib.api_objects import Comment, Ticket, User

        zenpy = connect()
        audit = zenpy.tickets.create(
            Ticket(
                subject="From zenpy",
                comment=Comment(body="First words"),
                requester=User(name="Zed", email="zed@zed.example"),
                priority="high",
            )
        )
        ticket = audit.ticket
        assert ticket.status == "new"
        ticket.comment = Comment(body="An internal word", public=False)
        ticket.status = "pending"
        ticket.assignee_id = AGENT
        audit = zenpy.tickets.update(ticket)
        assert audit.ticket.status == "pending"
        assert {event["type"] for event in audit.audit.events} >= {"Comment", "Change"}
        bodies = [(comment.body, comment.public) for comment in zenpy.tickets.comments(ticket=ticket)]
        assert bodies == [("First words", True), ("An internal word", False)]
        assert running.ticket(ticket.id)["status"] == "pending"
        assert len(list(zenpy.tickets.audits(ticket=ticket.id))) == 2
        zenpy.tickets.add_tags(ticket.id, ["fromzenpy"])
        assert " fromzenpy " in running.ticket(ticket.id)["tags"]

    def test_bulk_and_delete(self, connect: Any, running: RunningHelpdesk) -> None:
        zenpy = connect()
        tickets = list(zenpy.tickets(ids=[2, 5]))
        for ticket in tickets:
            ticket.priority = "urgent"
        job = zenpy.tickets.update(tickets)
        running.helpdesk.jobs.settle()
        assert zenpy.job_status(id=job.id).status == "completed"
        assert running.ticket(5)["priority"] == "urgent"
        zenpy.tickets.delete(zenpy.tickets(id=9))
        assert running.ticket(9)["deleted_at"] is not None

    def test_merging(self, connect: Any, running: RunningHelpdesk) -> None:
        zenpy = connect()
        job = zenpy.tickets.merge(target=12, source=[13], target_comment="both", source_comment="went")
        running.helpdesk.jobs.settle()
        done = zenpy.job_status(id=job.id)
        assert done.status == "completed" and done.results[0].success
        assert running.ticket(13)["status"] == "closed"
        assert running.private_texts(12)[-1] == "both" and running.private_texts(13)[-1] == "went"

    def test_search(self, connect: Any) -> None:
        zenpy = connect()
        found = list(zenpy.search(type="ticket", status="pending", sort_by="created_at", sort_order="asc"))
        assert [ticket.id for ticket in found] == [3, 13, 23, 33, 43]
        assert [user.name for user in zenpy.search("okoro", type="user")] == ["Ada Okoro"]
        assert zenpy.search.count(type="ticket", status="pending") == 5
        exported = {ticket.id for ticket in zenpy.search_export(query="status:pending", type="ticket")}
        assert exported == {3, 13, 23, 33, 43}

    def test_incremental_exports(self, connect: Any) -> None:
        zenpy = connect(admin=True)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        assert {ticket.id for ticket in zenpy.tickets.incremental(start_time=start)} == set(range(1, 51))
        by_cursor = zenpy.tickets.incremental(start_time=start, paginate_by_time=False)
        assert [ticket.id for ticket in by_cursor] == sorted(range(1, 51))
        assert sum(1 for _ in zenpy.users.incremental(start_time=datetime(2020, 1, 1, tzinfo=UTC))) == 14
        events = list(zenpy.tickets.events(start_time=start, include=["comment_events"]))
        assert len(events) > 100

    def test_people(self, connect: Any) -> None:
        zenpy = connect()
        assert zenpy.users.me().id == AGENT
        assert zenpy.users(id=FIRST_CUSTOMER).email == "customer0@acme.example"
        assert [user.name for user in zenpy.users.search(query="okoro")] == ["Ada Okoro"]
        assert {group.name for group in zenpy.groups()} == {"Cards", "Orders"}
        assert {organization.name for organization in zenpy.organizations()} == {"Acme", "Bolt"}
        assert len(list(zenpy.group_memberships())) == 5

    def test_macros_and_views(self, connect: Any) -> None:
        zenpy = connect()
        assert THANKS_MACRO in {macro.id for macro in zenpy.macros()}
        effect = zenpy.tickets.show_macro_effect(1, THANKS_MACRO)
        assert effect.ticket.comment.body.startswith("Hello Customer,")
        titles = {view.title for view in zenpy.views()}
        assert "Your unsolved tickets" in titles
        assert [ticket.id for ticket in zenpy.views.tickets(UNASSIGNED_VIEW)]
        assert zenpy.views.count(MINE_VIEW).value > 0
        assert zenpy.views.execute(MINE_VIEW).id == MINE_VIEW

    def test_upload(self, connect: Any, running: RunningHelpdesk) -> None:
        from zenpy.lib.api_objects import Comment

        zenpy = connect()
        upload = zenpy.attachments.upload(BytesIO(b"some bytes"), target_name="notes.txt")
        ticket = zenpy.tickets(id=1)
        ticket.comment = Comment(body="with a file", uploads=[upload.token])
        zenpy.tickets.update(ticket)
        last = list(zenpy.tickets.comments(ticket=1))[-1]
        assert last.attachments[0].file_name == "notes.txt"

    def test_help_center(self, connect: Any) -> None:
        zenpy = connect()
        titles = [article.title for article in zenpy.help_center.articles()]
        assert "How to return a kettle" in titles
        assert [section.name for section in zenpy.help_center.sections()] == ["Orders"]

    def test_fields(self, connect: Any) -> None:
        zenpy = connect()
        assert "Cause" in {field.title for field in zenpy.ticket_fields()}
        assert [form.name for form in zenpy.ticket_forms()] == ["Default", "Question"]

    def test_a_wrong_token(self, connect: Any, running: RunningHelpdesk) -> None:
        from zenpy.lib.exception import APIException

        running.revoke_tokens(AGENT)
        with pytest.raises(APIException):
            connect().groups()
