"""What becomes of a Change whose ticket has moved on."""

from __future__ import annotations

from dataclasses import replace

from agentconsole.domain.changes import Change, FieldEdit, OutgoingMessage
from agentconsole.domain.messages import RemoteMessage
from agentconsole.domain.tickets import FieldValue, RemoteTicket
from agentconsole.helpdesks.base import Thread
from agentconsole.sync.reconcile import judge

ME, COLLEAGUE, CUSTOMER = "7", "8", "9"


def message(number: int, author: str = CUSTOMER, **more: object) -> RemoteMessage:
    made = RemoteMessage(str(number), "41", author, "reply", number, "email", "text", None)
    return replace(made, **more)  # type: ignore[arg-type]


def thread(*messages: RemoteMessage, version: str = "v2", **fields: FieldValue) -> Thread:
    ticket = RemoteTicket("41", fields, "open", None, "email", CUSTOMER, None, 0, 0, version, 0)
    return Thread(ticket, messages)


def change(*edits: FieldEdit, text: str | None = None, public: bool = True, seen: str | None = "1") -> Change:
    return Change(
        uuid="u",
        account_id=1,
        ticket_id=1,
        remote_ticket="41",
        state="sending",
        created_at=50,
        held_until=50,
        base_version="v1",
        last_seen_message=seen,
        edits=edits,
        message=OutgoingMessage(text, public) if text is not None else None,
        steps=(),
    )


def test_fields_merge_three_ways() -> None:
    verdict = judge(
        change(
            FieldEdit("priority", "low", "high"),
            FieldEdit("status", "open", "pending"),
            FieldEdit("tags", ("a", "b"), ("b", "c")),
            FieldEdit("type", None, "incident"),
        ),
        thread(priority="low", status="solved", tags=("a", "b", "theirs"), type="incident"),
        ME,
    )
    assert [(each.field, each.mine, each.theirs) for each in verdict.conflicts] == [
        ("status", "pending", "solved")
    ]
    assert verdict.edits == (
        FieldEdit("priority", "low", "high"),
        FieldEdit("tags", ("a", "b", "theirs"), ("b", "c", "theirs")),
    )
    assert verdict.asks and verdict.version == "v2"


def test_messages_after_the_last_seen_hold_a_public_reply() -> None:
    new = (message(1), message(2), message(3, COLLEAGUE, kind="note"))
    assert judge(change(text="Hi"), thread(*new), ME).moved == ("2", "3")
    assert judge(change(text="Hi", seen="3"), thread(*new), ME).moved == ()


def test_what_surprises_nobody() -> None:
    mine = (message(1), message(2, ME), message(3, kind="event"), message(4, marker="u"))
    assert not judge(change(text="Hi"), thread(*mine), ME).asks
    later = (message(1), message(2))
    assert not judge(change(text="Note", public=False), thread(*later), ME).asks
    assert not judge(change(FieldEdit("priority", "low", "high")), thread(*later, priority="low"), ME).asks
    assert not judge(change(text="Hi", seen=None), thread(*later), ME).asks


def test_what_came_after_the_agent_said_send_anyway_holds_it_again() -> None:
    decided = replace(change(text="Hi", seen="2"), send_anyway=True)
    assert not judge(decided, thread(message(1), message(2)), ME).asks
    assert judge(decided, thread(message(1), message(2), message(3)), ME).moved == ("3",)


def test_a_seen_message_that_is_gone_leaves_the_time_to_go_by() -> None:
    verdict = judge(change(text="Hi", seen="gone"), thread(message(10), message(60)), ME)
    assert verdict.moved == ("60",)
