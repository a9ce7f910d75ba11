"""Any order of an agent's acts, the worker's, the server's and crashes keeps the outbox's promises."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agentconsole.domain.changes import (
    OPEN_STATES,
    REPLAYED_STATES,
    Applied,
    Change,
    FieldConflict,
    FieldEdit,
)
from agentconsole.domain.errors import ChangeTooLate
from agentconsole.domain.merge import replay_edits
from agentconsole.domain.tickets import FieldValue, RemoteTicket
from tests.support.stores import put_empty_store
from tests.unit.store.bench import STATUS_FIELD, Bench, change, message, ticket

TICKETS = st.sampled_from((1, 2))
STATUSES = ("open", "pending", "solved")


class OutboxMachine(RuleBasedStateMachine):
    """One agent, one worker, one server that somebody else writes to as well."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.bench: Bench | None = None
        self.now = 1_000
        self.made = 0
        self.server: dict[int, dict[str, FieldValue]] = {}
        self.stamps = {1: 10, 2: 10}
        self.written: list[tuple[int, str]] = []
        self.in_flight: dict[str, tuple[Change, bool]] = {}
        """Claimed and not settled, and whether the server has applied it."""
        self.applied: list[str] = []

    @initialize()
    def start(self) -> None:
        path = self.folder / "agentconsole.db"
        put_empty_store(path)
        self.bench = Bench(path)
        self.bench.ingest.put_fields([STATUS_FIELD], at=1)
        self.bench.put(ticket(1), ticket(2))

    @property
    def store(self) -> Bench:
        assert self.bench is not None
        return self.bench

    def teardown(self) -> None:
        if self.bench is not None:
            self.bench.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tick(self) -> int:
        self.now += 5
        return self.now

    def open_changes(self, *states: str) -> list[Change]:
        return list(self.store.reader.changes(states or OPEN_STATES))

    @rule(key=TICKETS, status=st.sampled_from(STATUSES), reply=st.booleans(), tag=st.sampled_from("abc"))
    def queue(self, key: int, status: str, reply: bool, tag: str) -> None:
        self.made += 1
        uuid, text = f"u{self.made}", f"text {self.made}" if reply else None
        now = self.store.detail(key).fields
        tags = now["tags"]
        assert isinstance(tags, tuple)
        edits = [
            FieldEdit("status", now["status"], status),
            FieldEdit("tags", tags, tuple(sorted({*tags, tag}))),
        ]
        draft_id = None
        if text is not None:
            draft_id = self.store.writer.save_draft(key, True, text, None, at=self.tick())
            self.written.append((key, text))
        version = self.store.detail(key).version
        self.store.writer.queue_change(
            change(
                uuid,
                self.store.account,
                key,
                at=self.tick(),
                held=7,
                text=text,
                edits=edits,
                version=version,
                draft_id=draft_id,
            )
        )

    @rule(data=st.data())
    @precondition(lambda self: self.bench is not None and self.open_changes())
    def agent_acts(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.open_changes()))
        act = data.draw(st.sampled_from(("undo", "send now", "retry", "drop", "edit", "decide", "anyway")))
        writer, at = self.store.writer, self.tick()
        may_win = one.state != "sending"
        try:
            if act == "undo":
                writer.undo_change(one.uuid, at)
            elif act == "send now":
                writer.send_now(one.uuid, at)
                return
            elif act == "retry":
                writer.retry_change(one.uuid, at)
            elif act == "drop":
                writer.drop_change(one.uuid, at)
            elif act == "edit":
                writer.edit_change(one.uuid, at)
            elif act == "decide":
                writer.resolve_conflict(one.uuid, {one.field: "mine" for one in one.conflicts}, at)
            else:
                writer.send_anyway(one.uuid, at)
        except ChangeTooLate:
            return
        assert may_win, f"{act} won against a request that was on its way"
        if one.state == "unknown":
            # The agent has taken over: what the worker knew of the request is void.
            self.in_flight.pop(one.uuid, None)

    @rule()
    def time_passes(self) -> None:
        self.now += 10
        self.store.outbox.release_held(self.now)

    @rule(data=st.data())
    def worker_claims(self, data: st.DataObject) -> None:
        due = self.store.outbox.due(self.tick(), self.store.account)
        if not due:
            return
        one = data.draw(st.sampled_from(due))
        (step,) = one.steps
        assert self.store.outbox.claim(step.id, self.now)
        assert not self.store.outbox.claim(step.id, self.now)
        self.in_flight[one.uuid] = (one, False)

    @rule(data=st.data())
    @precondition(lambda self: any(not done for _, done in self.in_flight.values()))
    def server_processes(self, data: st.DataObject) -> None:
        waiting = sorted(uuid for uuid, (_, done) in self.in_flight.items() if not done)
        uuid = data.draw(st.sampled_from(waiting))
        one, _ = self.in_flight[uuid]
        self.applied.append(uuid)
        self.in_flight[uuid] = (one, True)
        key = one.ticket_id
        self.stamps[key] += 1
        self.server[key] = replay_edits(self.values(key), one.edits)

    @rule(data=st.data())
    @precondition(lambda self: self.in_flight)
    def worker_settles(self, data: st.DataObject) -> None:
        uuid = data.draw(st.sampled_from(sorted(self.in_flight)))
        one, done = self.in_flight[uuid]
        outbox, at = self.store.outbox, self.tick()
        how = data.draw(st.sampled_from(("answer", "lost", "conflict", "rejected", "later")))
        (step,) = one.steps
        if how == "lost":
            outbox.settle_unknown(step, "The connection broke.", at, at + 3)
            return
        del self.in_flight[uuid]
        if done:
            outbox.settle_sent(one, step, self.answer(one), at)
        elif how == "conflict":
            mine = FieldConflict("status", "open", "solved", self.values(one.ticket_id)["status"])
            conflicts = (mine,) if data.draw(st.booleans()) else ()
            outbox.settle_conflict(one, conflicts, () if conflicts else ("m9",), at)
        elif how == "rejected":
            outbox.settle_rejected(one, "The helpdesk refused it.", at)
        else:
            outbox.requeue(step, at, None)

    @rule()
    def worker_dies(self) -> None:
        path = self.store.path
        self.store.close()
        self.bench = Bench(path)
        lost = self.store.outbox.recover(self.tick())
        assert lost <= len(self.in_flight)
        assert not self.open_changes("sending")

    @rule(key=TICKETS, status=st.sampled_from(STATUSES), pull=st.booleans())
    def somebody_else_writes(self, key: int, status: str, pull: bool) -> None:
        self.stamps[key] += 1
        self.server[key] = {**self.values(key), "status": status}
        if pull:
            self.pull(key)

    @rule(key=TICKETS)
    def pull(self, key: int) -> None:
        self.store.put(self.remote(key), at=self.tick())

    def values(self, key: int) -> dict[str, FieldValue]:
        return self.server.get(key) or dict(ticket(key).fields)

    def remote(self, key: int) -> RemoteTicket:
        values = self.values(key)
        tags = values["tags"]
        assert isinstance(tags, tuple)
        return ticket(key, status=str(values["status"]), tags=tags, stamp=self.stamps[key])

    def answer(self, one: Change) -> Applied:
        text = None if one.message is None else one.message.text
        sent = (
            None
            if text is None
            else message(f"m-{one.uuid}", number=one.ticket_id, author="7", text=text, at=self.now)
        )
        return Applied(self.remote(one.ticket_id), sent)

    @invariant()
    def no_text_is_lost(self) -> None:
        if self.bench is None:
            return
        kept = {row[0] for row in self.store.conn.execute("SELECT body FROM draft_version")}
        assert {text for _, text in self.written} <= kept

    @invariant()
    def order_holds_within_a_ticket(self) -> None:
        if self.bench is None:
            return
        for key in (1, 2):
            states = [one.state for one in self.store.reader.changes(None, key) if one.state in OPEN_STATES]
            assert "sending" not in states[1:]
            assert all(state in ("held", "queued") for state in states[1:]), states

    @invariant()
    def nothing_is_applied_twice_without_the_agent(self) -> None:
        if self.bench is None:
            return
        for uuid in set(self.applied):
            stored = self.store.reader.change(uuid)
            assert stored is not None
            if self.applied.count(uuid) > 1:
                raise AssertionError(f"{uuid} was applied {self.applied.count(uuid)} times")

    @invariant()
    def effective_is_server_with_open_changes_replayed(self) -> None:
        if self.bench is None:
            return
        for key in (1, 2):
            server, _ = self.store.outbox.server_values(key)
            edits = [edit for one in self.store.reader.changes(REPLAYED_STATES, key) for edit in one.edits]
            wanted = replay_edits(server, edits)
            detail = self.store.detail(key)
            assert detail.fields == wanted
            assert detail.row.status == wanted["status"]
            assert detail.row.tags == wanted["tags"]
            tags = self.store.conn.execute(
                "SELECT tag FROM ticket_tag WHERE ticket_id = ? ORDER BY tag", (key,)
            ).fetchall()
            assert tuple(tag for (tag,) in tags) == wanted["tags"]


OutboxMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOutbox = OutboxMachine.TestCase
