"""Plays the worker and the helpdesk of the test profile: sends what is due, and somebody else's writes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from agentconsole.desk.context import Desk
from agentconsole.domain.changes import Applied
from agentconsole.domain.merge import replay_edits
from agentconsole.domain.messages import MessageKind, RemoteMessage
from agentconsole.domain.tickets import FieldValue, RemoteTicket, TicketPage
from agentconsole.domain.times import HOUR
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.outbox import Outbox
from tests.support.profile import ME, NOW, ticket


class Worker:
    """One worker, and a server that takes whatever it is sent."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.stamp = NOW
        self.server: dict[str, dict[str, FieldValue]] = {}

    def values(self, remote: str) -> dict[str, FieldValue]:
        if remote not in self.server:
            [local] = self.desk.reader.find_ticket(None, remote)
            with closing(open_store(self.desk.paths.database, role="outbox", create=False)) as conn:
                self.server[remote] = dict(Outbox(conn).server_values(local)[0])
        return self.server[remote]

    def remote(self, remote: str) -> RemoteTicket:
        self.stamp += 1
        made = ticket(int(remote), "x", fields=dict(self.values(remote)))
        return replace(made, version=f"w{self.stamp}", stamp=self.stamp, updated_at=self.stamp, slas=())

    def send_all(self) -> int:
        """Bring home what is held or queued; return how many Changes that were."""
        sent = 0
        with closing(open_store(self.desk.paths.database, role="outbox", create=False)) as conn:
            outbox = Outbox(conn)
            [account] = self.desk.reader.account_states()
            outbox.release_held(self.desk.clock.now() + HOUR)
            while due := outbox.due(self.desk.clock.now() + HOUR, account.id):
                for change in due:
                    [step] = change.steps
                    assert outbox.claim(step.id, self.stamp)
                    claimed = outbox.change(change.uuid)
                    assert claimed is not None and claimed.remote_ticket is not None
                    remote = claimed.remote_ticket
                    self.server[remote] = replay_edits(self.values(remote), claimed.edits)
                    message = None
                    if claimed.message is not None:
                        kind: MessageKind = "reply" if claimed.message.public else "note"
                        text = claimed.message.text
                        message = RemoteMessage(
                            f"m{change.uuid}",
                            remote,
                            ME,
                            kind,
                            self.stamp,
                            "api",
                            text,
                            None,
                        )
                    outbox.settle_sent(
                        claimed, claimed.steps[0], Applied(self.remote(remote), message), self.stamp
                    )
                    sent += 1
        return sent

    def somebody_writes(self, remote: str, **fields: FieldValue) -> None:
        """Have a colleague change a ticket, and pull that."""
        self.server[remote] = {**self.values(remote), **fields}
        with closing(open_store(self.desk.paths.database, role="worker", create=False)) as conn:
            [account] = self.desk.reader.account_states()
            ingest = Ingest(conn, account.id, sleep=lambda _: None)
            ingest.put_tickets(TicketPage((self.remote(remote),), "t", False), at=self.stamp)
