"""The helpdesk's own life: customers write, colleagues work."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from agentconsole.demo.errors import ApiError
from agentconsole.demo.helpdesk import Helpdesk
from agentconsole.demo.ticket_edit import create_ticket, update_ticket
from agentconsole.demo.work import Work

if TYPE_CHECKING:
    from agentconsole.demo.content.live import NewQuestion


class Material(Protocol):
    """Where the texts come from."""

    def new_question(self, rng: random.Random, now: int) -> NewQuestion:
        """A new question of one of the customers."""

    def customer_answer(self, rng: random.Random, *, chinese: bool = False, happy: bool | None = None) -> str:
        """What a customer writes after an agent's answer."""

    def colleague_note(self, rng: random.Random) -> str:
        """The note with which a colleague takes a ticket."""

    def colleague_remark(self, rng: random.Random) -> str:
        """A colleague's note on a ticket that somebody has already."""


class LivePlay:
    """Lets things happen at random, `rate` times a minute."""

    def __init__(self, helpdesk: Helpdesk, material: Material, agent_id: int, rng: random.Random) -> None:
        self._helpdesk = helpdesk
        self._material = material
        self._agent_id = agent_id
        self._rng = rng
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._scenes: tuple[tuple[int, Callable[[], str | None]], ...] = (
            (3, self.new_ticket),
            (4, self.customer_answers),
            (2, self.colleague_takes),
            (1, self.colleague_notes),
        )

    def start(self, rate: float) -> None:
        """Begin, in a thread; `rate` is events a minute."""
        self._thread = threading.Thread(target=self._run, args=(60.0 / rate,), name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End and wait for the event that is happening."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self, mean_seconds: float) -> None:
        while not self._ended.wait(self._rng.expovariate(1.0 / mean_seconds)):
            self.step()

    def step(self) -> str | None:
        """Let one thing happen; returns what it was, or None when nothing at all fitted."""
        weights = [weight for weight, _ in self._scenes]
        chosen = self._rng.choices(self._scenes, weights)[0][1]
        # When there is nothing for the chosen scene, as no ticket waits for its customer, somebody asks.
        for scene in (chosen, self.new_ticket):
            try:
                told = scene()
            except ApiError:
                # The ticket was closed or deleted meanwhile.
                continue
            if told is not None:
                return told
        return None

    def new_ticket(self) -> str | None:
        """A customer asks something new."""
        question = self._material.new_question(self._rng, self._helpdesk.clock.now())
        given: dict[str, Any] = {
            "requester_id": question.requester_id,
            "group_id": question.group_id,
            "subject": question.subject,
            "comment": {"body": question.body, "public": True},
            "priority": question.priority,
            "tags": list(question.tags),
            "custom_fields": [{"id": number, "value": value} for number, value in question.custom_fields],
        }
        with self._helpdesk.database.writing() as connection:
            outcome = create_ticket(self._work(connection, question.requester_id, question.channel), given)
        return f"new ticket #{outcome.ticket_id}"

    def customer_answers(self) -> str | None:
        """A customer answers a ticket that waits for them or was solved: it is open again."""
        with self._helpdesk.database.writing() as connection:
            rows = connection.execute(
                "SELECT id, requester_id, description FROM tickets WHERE deleted_at IS NULL "
                "AND (status = 'pending' OR (status = 'solved' AND solved_at > ?)) "
                "ORDER BY updated_at DESC LIMIT 40",
                (self._helpdesk.clock.now() - 7 * 86_400,),
            ).fetchall()
            if not rows:
                return None
            row = self._rng.choice(rows)
            chinese = any("\u4e00" <= char <= "\u9fff" for char in row["description"])
            text = self._material.customer_answer(self._rng, chinese=chinese)
            work = self._work(connection, row["requester_id"], "email")
            update_ticket(work, row["id"], {"comment": {"body": text, "public": True}})
        return f"answer on #{row['id']}"

    def colleague_takes(self) -> str | None:
        """A colleague takes a ticket that nobody has."""
        row = self._noted_by_colleague(
            "assignee_id IS NULL AND status IN ('new', 'open') ORDER BY created_at", taking=True
        )
        return None if row is None else f"colleague took #{row}"

    def colleague_notes(self) -> str | None:
        """A colleague leaves a note on an open ticket."""
        row = self._noted_by_colleague(
            "assignee_id IS NOT NULL AND status IN ('open', 'pending') ORDER BY updated_at DESC", taking=False
        )
        return None if row is None else f"note on #{row}"

    def _noted_by_colleague(self, which: str, *, taking: bool) -> int | None:
        """Have a colleague of the group write a note on one of 40 tickets, and take it where wanted."""
        with self._helpdesk.database.writing() as connection:
            rows = connection.execute(
                f"SELECT id, group_id FROM tickets WHERE deleted_at IS NULL AND {which} LIMIT 40"  # noqa: S608
            ).fetchall()
            if not rows:
                return None
            row = self._rng.choice(rows)
            colleague = self._colleague(connection, row["group_id"])
            if colleague is None:
                return None
            write = self._material.colleague_note if taking else self._material.colleague_remark
            change: dict[str, Any] = {"comment": {"body": write(self._rng), "public": False}}
            if taking:
                change["assignee_id"] = colleague
            update_ticket(self._work(connection, colleague, "web"), row["id"], change)
        return int(row["id"])

    def _colleague(self, connection: sqlite3.Connection, group_id: int | None) -> int | None:
        rows = connection.execute(
            "SELECT DISTINCT user_id FROM memberships WHERE user_id != ? AND (group_id = ? OR ? IS NULL) "
            "ORDER BY user_id",
            (self._agent_id, group_id, group_id),
        ).fetchall()
        return int(self._rng.choice(rows)["user_id"]) if rows else None

    def _work(self, connection: sqlite3.Connection, actor_id: int, channel: str) -> Work:
        return Work(
            self._helpdesk, connection, self._helpdesk.clock.now(), actor_id, channel, "http://localhost"
        )
