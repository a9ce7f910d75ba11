"""The Zendesk adapter against the embedded helpdesk, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentconsole.demo.records import ConditionRecord
from agentconsole.demo.required_fields import dialect_of
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import FieldsChanged, Rejected, TryAgain
from agentconsole.domain.required_fields import missing_fields
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.helpdesks.registry import missing_to_solve, open_helpdesk
from tests.helpdesks.conformance import (
    FaultName,
    HelpdeskConformance,
    Side,
    change_of,
    one_sentence,
    send,
)
from tests.helpdesks.port import new_ticket_of
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import (
    AGENT,
    CAUSE_FIELD,
    COLLEAGUE,
    FIRST_CUSTOMER,
    ORDER_FIELD,
    PRODUCT_FIELD,
)

_SIDES: dict[Side, tuple[str, str]] = {
    "read": ("GET", ""),
    "write": ("PUT|POST|DELETE", "/tickets/"),
    "create": ("POST", "/tickets$"),
    "thread": ("GET", "/audits"),
    "listing": ("GET", "/group_memberships"),
}


@dataclass
class ZendeskWorld:
    """The embedded helpdesk, in the words of the conformance suite."""

    server: RunningHelpdesk
    kind: str = "zendesk"
    me: str = str(AGENT)
    files: dict[str, bytes] = field(default_factory=dict)
    many: int = 105

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def now(self) -> int:
        return self.server.clock.now() * SECOND

    def connect(self, *, admin: bool = False, url: str | None = None, secret: str | None = None) -> Helpdesk:
        login = self.server.admin_login if admin else self.server.login
        token = self.server.admin_token if admin else self.server.token
        account = AccountSettings("uuid", "test", "zendesk", url or self.server.url, login)
        return open_helpdesk(
            "zendesk", account, lambda: secret or token, WorldClock(self), read_file=self.files.__getitem__
        )

    def ticket(self, **more: Any) -> str:
        number = self.server.new_ticket(FIRST_CUSTOMER, "Kettle", "It does not boil.")
        self.server.act(AGENT, number, {"assignee_id": AGENT, "status": "open", **more})
        return str(number)

    def customer_answers(self, ticket: str, text: str) -> None:
        self.server.customer_answers(int(ticket), text)

    def colleague_writes(self, ticket: str, text: str, *, public: bool = False) -> None:
        self.server.act(COLLEAGUE, int(ticket), {"comment": {"body": text, "public": public}})

    def colleague_sets(self, ticket: str, **values: Any) -> None:
        self.server.act(COLLEAGUE, int(ticket), values)

    def close(self, ticket: str) -> None:
        self.server.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", int(ticket))

    def close_ticket(self, ticket: str) -> None:
        self.close(ticket)

    def is_gone(self, ticket: str) -> bool:
        return self.server.ticket(int(ticket))["deleted_at"] is not None

    def merged_into(self, ticket: str) -> str | None:
        self.server.helpdesk.jobs.settle()
        merged = " closed_by_merge " in self.server.ticket(int(ticket))["tags"]
        return "" if merged else None

    def merges(self, ticket: str) -> int:
        self.server.helpdesk.jobs.settle()
        rows = self.server.query("SELECT 1 FROM audits WHERE ticket_id = ? AND rel = 'merge'", int(ticket))
        return len(rows)

    def subjects(self, subject: str) -> list[str]:
        rows = self.server.query("SELECT id FROM tickets WHERE subject = ? ORDER BY id", subject)
        return [str(row["id"]) for row in rows]

    def copied(self, ticket: str) -> set[str]:
        rows = self.server.query(
            "SELECT u.email FROM users u, json_each((SELECT email_cc_ids FROM tickets WHERE id = ?)) c"
            " WHERE u.id = c.value",
            int(ticket),
        )
        return {row["email"] for row in rows}

    def group(self) -> str:
        (row,) = self.server.query("SELECT group_id FROM memberships WHERE user_id = ? LIMIT 1", AGENT)
        return str(row["group_id"])

    def requester_of(self, ticket: str) -> str:
        rows = self.server.query(
            "SELECT u.email FROM users u JOIN tickets t ON t.requester_id = u.id WHERE t.id = ?", int(ticket)
        )
        return str(rows[0]["email"])

    def delete(self, ticket: str) -> None:
        assert self.server.client(admin=True).delete(f"/tickets/{ticket}").status_code == 204

    def texts(self, ticket: str, *, public: bool) -> list[str]:
        texts = self.server.public_texts if public else self.server.private_texts
        return texts(int(ticket))

    def key(self, field: str, word: str) -> str:
        return word

    def colleague(self) -> str:
        return str(COLLEAGUE)

    def plant(self, fault: FaultName, side: Side, *, times: int | None = 1) -> None:
        method, path = _SIDES[side]
        for verb in method.split("|"):
            self.server.plant(fault, method=verb, path=path, times=times)

    def clear(self) -> None:
        self.server.clear_faults()

    def pass_time(self, seconds: int) -> None:
        self.server.advance(seconds)

    def unsolved(self, *, mine: bool) -> set[str]:
        rows = self.server.query(
            "SELECT id, assignee_id FROM tickets WHERE status IN ('new', 'open', 'pending', 'hold')"
            " AND deleted_at IS NULL"
        )
        return {str(row["id"]) for row in rows if not mine or row["assignee_id"] == AGENT}

    def everything(self) -> set[str]:
        return {
            str(row["id"]) for row in self.server.query("SELECT id FROM tickets WHERE deleted_at IS NULL")
        }


@dataclass(frozen=True)
class WorldClock:
    """The console's clock, set by the helpdesk's."""

    world: ZendeskWorld

    def now(self) -> int:
        return self.world.now


@pytest.fixture(scope="module")
def running() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=30) as server:
        yield server


@pytest.fixture
def world(running: RunningHelpdesk) -> ZendeskWorld:
    running.clear_faults()
    return ZendeskWorld(running)


class TestZendesk(HelpdeskConformance):
    """Everything that the port promises, and what Zendesk alone has."""

    async def test_groups_have_members_and_there_are_organisations(self, helpdesk: Helpdesk) -> None:
        assert any(group.members for group in (await helpdesk.groups(None)).items)
        assert (await helpdesk.organisations(None)).items

    async def test_articles_come_in_all_languages(self, helpdesk: Helpdesk) -> None:
        assert len({each.locale for each in (await helpdesk.articles(None)).items}) > 1

    async def test_a_reply_with_fields_is_one_write(self, world: ZendeskWorld, helpdesk: Helpdesk) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        assert [step.kind for step in change_of(world, ticket, "Hello", status="pending").steps] == ["update"]

    async def test_a_closed_ticket_refuses_with_the_servers_reason(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        ticket = world.ticket()
        world.close(ticket)
        read = (await helpdesk.thread(ticket)).ticket
        with pytest.raises(Rejected) as caught:
            await send(helpdesk, change_of(world, read, "Hello?"))
        assert caught.value.reasons and caught.value.reasons[0] in caught.value.sentence

    async def test_solving_without_a_required_field_names_it(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        required = [each for each in await helpdesk.fields() if each.required_to_solve]
        ticket = (await helpdesk.thread(world.ticket())).ticket
        with pytest.raises(Rejected) as caught:
            await send(helpdesk, change_of(world, ticket, "Done", status="solved"))
        assert any(field.label in caught.value.sentence for field in required)
        assert "Done" not in world.texts(ticket.remote_id, public=True)

    async def test_a_new_ticket_has_its_form_and_needs_its_fields_alone(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        fields = await helpdesk.fields()
        form = next(each for each in fields if each.name == "form")
        assert [option.label for option in form.options] == ["Default", "Question"]
        solved: dict[str, Any] = {
            "status": "solved",
            "assignee": world.me,
            "form": form.options[1].key,
        }
        assert missing_to_solve("zendesk", fields, solved) == ()
        assert missing_to_solve("zendesk", fields, {**solved, "form": form.options[0].key}) != ()
        applied = await send(helpdesk, new_ticket_of(world, "Kettle", **solved))
        assert applied.ticket is not None and applied.ticket.fields["form"] == solved["form"]
        # Another form is a change like any other; one that has been deleted since is refused in words.
        other = change_of(world, applied.ticket, form=form.options[0].key)
        applied = await send(helpdesk, other)
        assert applied.ticket is not None and applied.ticket.fields["form"] == form.options[0].key
        with pytest.raises(Rejected, match="the form that was chosen for the ticket is not in use any more"):
            await send(helpdesk, new_ticket_of(world, "Kettle", form="999"))
        with pytest.raises(FieldsChanged, match="the form that was chosen for the ticket is not in use"):
            await send(helpdesk, change_of(world, applied.ticket, "Kettle", form="999"))
        world.server.plant("forbidden", path="/ticket_forms/")
        with pytest.raises(Rejected, match="Form: is invalid"):
            await send(helpdesk, new_ticket_of(world, "Kettle", form="999"))
        with pytest.raises(Rejected, match="Cause"):
            await send(helpdesk, new_ticket_of(world, "Kettle", **{**solved, "form": form.options[0].key}))

    async def test_a_field_of_a_condition_is_told_as_the_server_demands_it(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        product, order, cause = (f"custom:{number}" for number in (PRODUCT_FIELD, ORDER_FIELD, CAUSE_FIELD))
        rules = (
            ConditionRecord(PRODUCT_FIELD, "product_kettle", ORDER_FIELD, ("pending", "solved")),
            ConditionRecord(CAUSE_FIELD, "cause_fault", PRODUCT_FIELD, None),
        )
        world.server.execute(
            "UPDATE ticket_forms SET agent_conditions = ? WHERE is_default", json.dumps(dialect_of(rules))
        )
        fields = await helpdesk.fields()
        fault = {cause: "cause_fault"}
        cases: list[tuple[str, dict[str, Any], list[str]]] = [
            ("solved", {}, ["Cause"]),
            ("solved", {cause: "cause_delivery", product: "product_kettle"}, []),
            ("pending", fault, ["Product"]),
            ("pending", {**fault, product: "product_kettle"}, ["Order number"]),
            ("hold", {**fault, product: "product_kettle"}, []),
            ("solved", {**fault, product: "product_kettle", order: "N-1"}, []),
        ]
        for status, values, missing in cases:
            ticket = (await helpdesk.thread(world.ticket())).ticket
            told = missing_fields(fields, {**ticket.fields, **values}, str(ticket.fields["form"]), status)
            assert [field.label for field in told] == missing
            change = change_of(world, ticket, status=status, **values)
            if not missing:
                applied = await send(helpdesk, change)
                assert applied.ticket is not None and applied.ticket.status == status
                continue
            with pytest.raises(Rejected) as caught:
                await send(helpdesk, change)
            assert len(caught.value.reasons) == 1 and missing[0] in caught.value.reasons[0]

    @pytest.mark.parametrize("fault", ["forbidden", "not_found"])
    async def test_an_account_without_forms_has_all_its_fields(
        self, world: ZendeskWorld, helpdesk: Helpdesk, fault: str
    ) -> None:
        before = await helpdesk.fields()
        world.server.plant(fault, path="/ticket_forms")
        fields = await helpdesk.fields()
        assert [each.name for each in fields] == [each.name for each in before if each.name != "form"]
        assert all(each.forms is None for each in fields)

    async def test_a_write_tells_at_once_what_it_changed(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        applied = await send(helpdesk, change_of(world, ticket, "Hello", status="pending", priority="high"))
        events = [each for each in (await helpdesk.thread(ticket.remote_id)).messages if each.kind == "event"]
        assert applied.events == (events[-1],) and len(events[-1].changes) == 2

    async def test_what_is_taken_back_later_is_so_in_the_thread(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        ticket = world.ticket()
        world.colleague_writes(ticket, "The key is 1234", public=True)
        world.colleague_writes(ticket, "Meant for you only", public=True)
        api = world.server.client()
        key, meant = [
            row["id"] for row in world.server.query("SELECT id FROM comments WHERE ticket_id = ?", ticket)
        ][1:]
        assert api.put(f"/tickets/{ticket}/comments/{key}/redact", json={"text": "1234"}).status_code == 200
        assert api.put(f"/tickets/{ticket}/comments/{meant}/make_private").status_code == 200
        thread = await helpdesk.thread(ticket)
        assert [(each.kind, each.raw_text) for each in thread.said[1:]] == [
            ("reply", "The key is ▇▇▇▇"),
            ("note", "Meant for you only"),
        ]
        deeds = [each.changes[0].after for each in thread.messages if each.kind == "event"][-2:]
        assert deeds == ["Text of a message was redacted", "A public message was made internal"]

    async def test_where_audits_are_refused_or_empty_the_comments_are_read(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        ticket = world.ticket()
        world.colleague_writes(ticket, "Known fault")
        whole = await helpdesk.thread(ticket)
        world.server.plant("forbidden", path="/audits", times=1)
        refused = world.connect()
        assert (await refused.thread(ticket)).messages == whole.said
        assert (await refused.thread(ticket)).messages == whole.said, "audits are not asked for again"
        await refused.close()
        # Audits that have lost their comments, as an archive's may.
        world.server.execute(
            "UPDATE comments SET audit_id = (SELECT max(audit_id) FROM comments WHERE ticket_id <> ?)"
            " WHERE ticket_id = ?",
            int(ticket),
            int(ticket),
        )
        archived = await helpdesk.thread(ticket)
        assert archived.said == whole.said
        assert {each.remote_id for each in archived.messages} == {each.remote_id for each in whole.messages}

    async def test_a_collision_inside_the_server_may_be_repeated(
        self, world: ZendeskWorld, helpdesk: Helpdesk
    ) -> None:
        ticket = (await helpdesk.thread(world.ticket())).ticket
        change = change_of(world, ticket, "Not now")
        world.server.plant("database_conflict", method="PUT", path="/tickets/", times=1)
        with pytest.raises(TryAgain) as caught:
            await send(helpdesk, change)
        assert one_sentence(caught.value)
        await send(helpdesk, change)
        assert world.texts(ticket.remote_id, public=True).count("Not now") == 1
