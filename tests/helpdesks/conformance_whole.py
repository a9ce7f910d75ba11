"""The port's promises about tickets as a whole: made, merged, removed, put in copy, linked and due."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentconsole.domain.changes import MergeInto, OutgoingAttachment, Removal
from agentconsole.domain.errors import AnswerLost, BadAnswer, Conflict, HelpdeskError, Rejected, ServerFailed
from agentconsole.domain.times import format_instant
from agentconsole.helpdesks.base import Capabilities, Helpdesk
from agentconsole.helpdesks.registry import first_statuses
from tests.helpdesks.port import (
    FaultName,
    World,
    change_of,
    finish,
    new_ticket_of,
    one_sentence,
    read_all,
    send,
    send_until_lost,
    with_result,
)

LOST = (AnswerLost, ServerFailed, BadAnswer)
A_WHILE = 40
"""Seconds after which nothing that was begun is still under way."""


async def able(helpdesk: Helpdesk, ability: str) -> Capabilities:
    """What the helpdesk can do; skips where this is not among it."""
    told = await helpdesk.capabilities()
    if not getattr(told, ability):
        pytest.skip(f"this helpdesk has no {ability}")
    return told


def merging(capabilities: Capabilities, target: str) -> MergeInto:
    if capabilities.merge_comments:
        return MergeInto(target, "The other one is in here now.", f"This went into {target}.")
    return MergeInto(target)


class WholeTicketConformance:
    """What an adapter does to tickets as a whole."""

    # Merging

    async def test_a_merged_ticket_is_part_of_the_other(self, world: World, helpdesk: Helpdesk) -> None:
        capabilities = await able(helpdesk, "merge")
        target, number = world.ticket(), world.ticket()
        source = (await helpdesk.thread(number)).ticket
        applied = await send(helpdesk, change_of(world, source, action=merging(capabilities, target)))
        assert world.merged_into(number) in (target, "") and world.merges(target) == 1
        assert applied.ticket is not None and applied.ticket.merged_into == target
        assert applied.ticket.remote_id == number and applied.ticket.status == "closed"
        if capabilities.merge_comments:
            assert world.texts(target, public=False)[-1] == "The other one is in here now."
            assert world.texts(number, public=False)[-1] == f"This went into {target}."
        assert (await helpdesk.thread(target)).ticket.status != "closed"

    async def test_the_feed_tells_of_a_merged_ticket(self, world: World, helpdesk: Helpdesk) -> None:
        capabilities = await able(helpdesk, "merge")
        target, number = world.ticket(), world.ticket()
        _, cursor, _ = await read_all(helpdesk)
        source = (await helpdesk.thread(number)).ticket
        world.pass_time(2)
        await send(helpdesk, change_of(world, source, action=merging(capabilities, target)))
        changed, _, _ = await read_all(helpdesk, cursor)
        assert changed[number].status == "closed" and changed[target].status != "closed"

    @pytest.mark.parametrize("side", ["drop_before", "drop_after", "server_error", "not_json"])
    async def test_a_lost_merge_can_be_settled(
        self, world: World, helpdesk: Helpdesk, side: FaultName
    ) -> None:
        capabilities = await able(helpdesk, "merge")
        target, number = world.ticket(), world.ticket()
        source = (await helpdesk.thread(number)).ticket
        change = change_of(world, source, action=merging(capabilities, target))
        world.plant(side, "write")
        change, place = await send_until_lost(helpdesk, change, LOST)
        there = world.merged_into(number) is not None
        world.pass_time(A_WHILE)
        other = world.connect()
        try:
            found = await other.find_applied(change, change.steps[place])
        finally:
            await other.close()
        assert found.verdict == ("applied" if there else "absent")
        if not there:
            await finish(helpdesk, change, place)
        assert world.merged_into(number) in (target, "") and world.merges(target) == 1

    async def test_a_merge_that_is_sent_again_is_made_once(self, world: World, helpdesk: Helpdesk) -> None:
        capabilities = await able(helpdesk, "merge")
        target, number = world.ticket(), world.ticket()
        source = (await helpdesk.thread(number)).ticket
        change = change_of(world, source, action=merging(capabilities, target))
        await send(helpdesk, change)
        again = await send(helpdesk, change)
        assert again.ticket is not None and again.ticket.merged_into == target
        assert world.merges(target) == 1

    async def test_somebody_elses_merge_is_not_taken_for_this_one(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        capabilities = await able(helpdesk, "merge")
        target, elsewhere, number = world.ticket(), world.ticket(), world.ticket()
        source = (await helpdesk.thread(number)).ticket
        change = change_of(world, source, action=merging(capabilities, target))
        await send(helpdesk, change_of(world, source, action=merging(capabilities, elsewhere)))
        world.pass_time(A_WHILE)
        assert (await helpdesk.find_applied(change, change.steps[-1])).verdict == "unsure"
        with pytest.raises(HelpdeskError) as caught:
            await send(helpdesk, change)
        assert one_sentence(caught.value) and world.merges(target) == 0

    async def test_merging_into_a_ticket_that_is_not_there_is_refused(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        capabilities = await able(helpdesk, "merge")
        number = world.ticket()
        source = (await helpdesk.thread(number)).ticket
        with pytest.raises(HelpdeskError) as caught:
            await send(helpdesk, change_of(world, source, action=merging(capabilities, "987654321")))
        assert one_sentence(caught.value) and world.merged_into(number) is None

    # Removing

    @pytest.mark.parametrize("ability", ["spam", "delete"])
    async def test_a_removed_ticket_is_gone(self, world: World, helpdesk: Helpdesk, ability: str) -> None:
        await able(helpdesk, ability)
        number = world.ticket()
        ticket = (await helpdesk.thread(number)).ticket
        change = change_of(world, ticket, action=Removal(ability == "spam"))
        await send(helpdesk, change)
        assert world.is_gone(number)
        assert (await helpdesk.find_applied(change, change.steps[-1])).verdict == "applied"
        await send(helpdesk, change)
        assert world.is_gone(number), "removing what is gone needs nothing"

    @pytest.mark.parametrize("ability", ["spam", "delete"])
    @pytest.mark.parametrize("side", ["drop_before", "drop_after"])
    async def test_a_lost_removal_can_be_settled(
        self, world: World, helpdesk: Helpdesk, ability: str, side: FaultName
    ) -> None:
        await able(helpdesk, ability)
        number = world.ticket()
        ticket = (await helpdesk.thread(number)).ticket
        change = change_of(world, ticket, action=Removal(ability == "spam"))
        world.plant(side, "write")
        change, place = await send_until_lost(helpdesk, change, LOST)
        found = await helpdesk.find_applied(change, change.steps[place])
        assert found.verdict == ("applied" if side == "drop_after" else "absent")
        await finish(helpdesk, change, place)
        assert world.is_gone(number)

    # Making

    async def test_a_new_ticket_has_all_that_it_was_given(self, world: World, helpdesk: Helpdesk) -> None:
        capabilities = await able(helpdesk, "create")
        values: dict[str, Any] = {
            "group": world.group(),
            "assignee": world.me,
            "priority": world.key("priority", "high"),
        }
        if capabilities.tags:
            values["tags"] = ("beta", "vpn")
        word = "pending" if "pending" in first_statuses(world.kind) else "open"
        values["status"] = world.key("status", word)
        fields = [each for each in await helpdesk.fields() if each.name.startswith("custom:")]
        chosen = next(each for each in fields if each.kind == "choice" and each.options)
        typed = next(each for each in fields if each.kind == "text")
        values |= {chosen.name: chosen.options[-1].key, typed.name: "Ü 42 “quoted”"}
        change = new_ticket_of(world, "Kettle ünïcode 壶", "It leaks.\n\nStill.", **values)
        applied = await send(helpdesk, change)
        assert applied.ticket is not None
        thread = await helpdesk.thread(applied.ticket.remote_id)
        told = dict(thread.ticket.fields)
        # A helpdesk may keep the tag of a choice among the ticket's own.
        tags = tuple(tag for tag in told.get("tags") or () if tag != values[chosen.name])  # type: ignore[union-attr]
        told |= {"tags": tags}
        assert {name: told[name] for name in values} == values
        assert thread.ticket.fields["subject"] == "Kettle ünïcode 壶"
        assert applied.ticket.version == thread.ticket.version
        assert world.requester_of(thread.ticket.remote_id) == "nina@new.example"
        # The agent wrote it, not the requester.
        me = await helpdesk.whoami()
        assert next(one.author for one in thread.messages if one.kind != "event") == me.remote_id
        assert world.texts(thread.ticket.remote_id, public=True) == ["It leaks.\n\nStill."]
        assert applied.message is not None
        assert [each.remote_id for each in thread.messages] == [applied.message.remote_id]

    async def test_a_new_ticket_can_begin_with_a_note(self, world: World, helpdesk: Helpdesk) -> None:
        await able(helpdesk, "create")
        change = new_ticket_of(world, "Called in", "She called.", public=False, group=world.group())
        applied = await send(helpdesk, change)
        assert applied.ticket is not None
        assert world.texts(applied.ticket.remote_id, public=False) == ["She called."]
        assert "She called." not in world.texts(applied.ticket.remote_id, public=True)

    async def test_a_new_ticket_can_have_files_and_copies(self, world: World, helpdesk: Helpdesk) -> None:
        capabilities = await able(helpdesk, "create")
        content = bytes(range(256))
        world.files |= {"dd": content}
        files = (OutgoingAttachment("dd", "日本語.bin", "application/octet-stream", len(content)),)
        added = ("carl@copy.example",) if capabilities.cc else ()
        change = new_ticket_of(world, "With a file", files=files, added=added, group=world.group())
        applied = await send(helpdesk, change)
        assert applied.ticket is not None
        (message,) = (await helpdesk.thread(applied.ticket.remote_id)).messages
        (sent,) = message.attachments
        assert (sent.file_name, sent.size) == ("日本語.bin", len(content))
        assert world.copied(applied.ticket.remote_id) == set(added)

    @pytest.mark.parametrize("side", ["drop_before", "drop_after", "server_error", "not_json"])
    async def test_a_lost_new_ticket_is_made_once(
        self, world: World, helpdesk: Helpdesk, side: FaultName
    ) -> None:
        await able(helpdesk, "create")
        subject = f"Lost {side} {world.now}"
        change = new_ticket_of(world, subject, group=world.group())
        world.plant(side, "create")
        change, place = await send_until_lost(helpdesk, change, LOST)
        other = world.connect()
        try:
            found = await other.find_applied(change, change.steps[place])
        finally:
            await other.close()
        there = world.subjects(subject)
        if there and not (await helpdesk.capabilities()).marker:
            # Another process may have to ask; the one that sent it knows.
            assert found.verdict in ("applied", "unsure")
            found = await helpdesk.find_applied(change, change.steps[place])
        assert found.verdict == ("applied" if there else "absent")
        if there:
            assert found.applied is not None and found.applied.ticket is not None
            assert [found.applied.ticket.remote_id] == there
        else:
            change = with_result(change, place, await helpdesk.apply(change, change.steps[place], ""))
        assert len(world.subjects(subject)) == 1

    async def test_a_ticket_like_it_is_not_taken_for_it(self, world: World, helpdesk: Helpdesk) -> None:
        """It is absent, or the agent is asked; never is another one taken for it."""
        await able(helpdesk, "create")
        subject = f"Twice {world.now}"
        first = new_ticket_of(world, subject, group=world.group())
        await send(helpdesk, first)
        second = new_ticket_of(world, subject, group=world.group())
        found = await helpdesk.find_applied(second, second.steps[-1])
        assert found.verdict != "applied"
        if (await helpdesk.capabilities()).marker:
            assert found.verdict == "absent"

    async def test_what_cannot_be_made_is_refused_in_a_sentence(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        await able(helpdesk, "create")
        subject = f"Refused {world.now}"
        with pytest.raises(HelpdeskError) as caught:
            await send(helpdesk, new_ticket_of(world, subject, group="987654"))
        assert one_sentence(caught.value) and not isinstance(caught.value, LOST)
        assert world.subjects(subject) == []

    # Copies

    async def test_people_are_put_in_copy_and_left_out(self, world: World, helpdesk: Helpdesk) -> None:
        await able(helpdesk, "cc")
        number = world.ticket()
        ticket = (await helpdesk.thread(number)).ticket
        applied = await send(helpdesk, change_of(world, ticket, "Hello both", added=("carl@copy.example",)))
        assert world.copied(number) == {"carl@copy.example"} and applied.ticket is not None
        assert len(applied.ticket.ccs) == 1
        change = change_of(
            world, applied.ticket, "Hello", added=("dora@copy.example",), removed=("carl@copy.example",)
        )
        await send(helpdesk, change)
        assert world.copied(number) == {"dora@copy.example"}
        assert world.texts(number, public=True)[-2:] == ["Hello both", "Hello"]

    async def test_a_reply_that_is_refused_puts_nobody_in_copy(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        if (await able(helpdesk, "cc")).stale_write_check == "none":
            pytest.skip("this helpdesk cannot compare")
        ticket = (await helpdesk.thread(world.ticket())).ticket
        world.pass_time(2)
        world.customer_answers(ticket.remote_id, "Wait!")
        with pytest.raises(Conflict):
            await send(helpdesk, change_of(world, ticket, "Hello both", added=("carl@copy.example",)))
        assert world.copied(ticket.remote_id) == set()

    @pytest.mark.parametrize("side", ["drop_before", "drop_after"])
    async def test_a_reply_with_a_copy_is_sent_once_whatever_is_lost(
        self, world: World, helpdesk: Helpdesk, side: FaultName
    ) -> None:
        await able(helpdesk, "cc")
        number = world.ticket()
        ticket = (await helpdesk.thread(number)).ticket
        change = change_of(world, ticket, "Once to both", added=("carl@copy.example",))
        world.plant(side, "write")
        change, place = await send_until_lost(helpdesk, change, LOST)
        found = await helpdesk.find_applied(change, change.steps[place])
        assert found.verdict == ("applied" if side == "drop_after" else "absent")
        if found.applied is not None:
            change, place = with_result(change, place, found.applied), place + 1
        await finish(helpdesk, change, place)
        assert world.copied(number) == {"carl@copy.example"}
        assert world.texts(number, public=True).count("Once to both") == 1

    # Due dates and links

    async def test_a_due_date_is_set_and_taken_away(self, world: World, helpdesk: Helpdesk) -> None:
        capabilities = await able(helpdesk, "due")
        number = world.ticket()
        ticket = (await helpdesk.thread(number)).ticket
        due = format_instant(world.now // 1_000_000 * 1_000_000 + 86_400_000_000)
        values: dict[str, Any] = {"due": due, **({"type": "task"} if capabilities.due_of_tasks else {})}
        applied = await send(helpdesk, change_of(world, ticket, **values))
        assert applied.ticket is not None and applied.ticket.fields["due"] == due
        listed = (await read_all(helpdesk))[0][number]
        assert listed.fields["due"] == due
        applied = await send(helpdesk, change_of(world, applied.ticket, due=None))
        assert applied.ticket is not None and applied.ticket.fields["due"] is None
        assert any(field.name == "due" for field in await helpdesk.fields())

    async def test_links_are_read_added_and_taken_away(self, world: World, helpdesk: Helpdesk) -> None:
        await able(helpdesk, "links")
        number, other, third = world.ticket(), world.ticket(), world.ticket()
        ticket = (await helpdesk.thread(number)).ticket
        assert ticket.fields["links"] == ()
        links = (f"depends-on:{other}", f"refers-to:{third}")
        applied = await send(helpdesk, change_of(world, ticket, links=links))
        assert applied.ticket is not None and applied.ticket.fields["links"] == links
        listed = (await read_all(helpdesk))[0]
        assert listed[number].fields["links"] == links
        assert listed[other].fields["links"] == (f"depended-on-by:{number}",)
        applied = await send(helpdesk, change_of(world, applied.ticket, links=(f"parent:{third}",)))
        assert applied.ticket is not None and applied.ticket.fields["links"] == (f"parent:{third}",)
        with pytest.raises(Rejected) as caught:
            await send(helpdesk, change_of(world, applied.ticket, links=("nonsense:5",)))
        assert one_sentence(caught.value)

    async def test_a_forwarded_ticket_is_linked_where_there_are_links(
        self, world: World, helpdesk: Helpdesk
    ) -> None:
        await able(helpdesk, "links")
        number = world.ticket()
        change = new_ticket_of(world, f"Fwd {world.now}", refers_to=number, group=world.group())
        applied = await send(helpdesk, change)
        assert applied.ticket is not None and applied.ticket.fields["links"] == (f"refers-to:{number}",)

    # What it can do

    async def test_what_it_can_do_is_told_whole(self, helpdesk: Helpdesk) -> None:
        told = await helpdesk.capabilities()
        assert not told.merge_comments or told.merge
        assert not told.due_of_tasks or told.due
        if told.bulk:
            assert told.stale_write_check != "none" and told.marker
        assert told.updates_a_minute is None or told.updates_a_minute > 0
        assert replace(told) == told
