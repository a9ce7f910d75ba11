"""The demo's main job without a screen: one ticket answered, end to end, each step told and checked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from agentconsole import logs
from agentconsole.bootstrap import open_desk, open_secrets
from agentconsole.cli_commands.demo_server import Announcement
from agentconsole.cli_commands.output import plain, say, until
from agentconsole.cli_commands.sync import WatchedSecrets
from agentconsole.cli_commands.tickets import ticket_name
from agentconsole.clock import SystemClock
from agentconsole.config import Paths, read_config
from agentconsole.desk import knowledge, macros, queue, replies, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.macros import MacroPreview
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.errors import ConsoleError, ProfileInUse
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import TicketDetail
from agentconsole.text.normalise import normalise_for_match

_WORKER_GONE_SECONDS: Final = 20.0

_STEPS: Final = 10


class _Failed(Exception):
    """A step did not do what it must."""


@dataclass
class _Teller:
    """Numbers the steps."""

    step: int = 0

    def begin(self, what: str) -> None:
        """Tell that a step begins."""
        self.step += 1
        say(f"{self.step}/{_STEPS}  {what}")
        sys.stdout.flush()

    def add(self, line: str) -> None:
        """Tell more of a step."""
        say(f"     {plain(line)}")
        sys.stdout.flush()


def run_main_job(paths: Paths, server: Announcement) -> int:
    """Sync, open a ticket, render a macro, quote an article, reply and solve, read it back from the server.

    Returns:
        0 only if every step did what it must.
    """
    logs.start_logging(paths.logs_dir, "cli")
    logs.hide(server.token)
    teller = _Teller()
    try:
        _run(paths, server, teller)
    except (_Failed, ConsoleError) as error:
        sys.stdout.flush()
        say(f"     FAILED: {plain(str(error))}")
        return 1
    finally:
        logs.stop_logging()
    say("All of it is true.")
    return 0


def _run(paths: Paths, server: Announcement, teller: _Teller) -> None:
    teller.begin(f"The helpdesk answers at {server.url}; you are {server.login}.")

    began = time.monotonic()
    teller.begin("Sync: reads tickets, threads, people, macros and articles.")
    _sync(paths)
    desk = open_desk(paths.home, role="cli")
    try:
        state = desk.account("demo")
        everything = len(queue.ticket_ids(desk, "", "updated"))
        articles = len(desk.reader.article_docs())
        teller.add(
            f"{everything:,} tickets, {articles} articles, {len(desk.reader.remote_macros())} macros "
            f"in {time.monotonic() - began:.1f} s; the helpdesk knows you as {state.me_name}."
        )
        if not everything or not articles:
            raise _Failed("The sync brought no tickets or no articles.")
        _answer_one(desk, paths, server, teller)
    finally:
        desk.close()


def _answer_one(desk: Desk, paths: Paths, server: Announcement, teller: _Teller) -> None:
    teller.begin("The queue: your unsolved tickets, the most urgent first.")
    ids = _queue(desk, teller)

    detail, preview, name = _first_that_fits(desk, paths, ids)
    teller.begin(f"Ticket {ticket_name(detail.row)} is opened: {plain(detail.row.subject)}")
    teller.add(
        f"from {detail.row.requester}, {len(detail.messages)} messages, "
        f"status {detail.row.status}, due: {until(detail.row.due_at, desk.clock.now()) or 'no clock runs'}"
    )

    teller.begin(f"The macro “{plain(name)}” is rendered for it.")
    teller.add(preview.text.strip().splitlines()[0])

    question = f"{detail.row.subject}\n{_first_message(detail)}"
    hits = knowledge.search(desk, question, limit=3)
    if not hits:
        raise _Failed("No knowledge article was found for the customer's question.")
    article = knowledge.article(desk, hits[0].article_id)
    teller.begin(f"The article “{plain(article.title)}” is found and quoted.")
    teller.add(article.url)

    text = f"{preview.text.strip()}\n\n{knowledge.quote(article)}"
    changes = _with_required(desk, detail, preview.changes, teller)
    uuid = replies.send(
        desk,
        detail.row.ticket_id,
        text=text,
        public=True,
        status="solved",
        changes=changes,
        last_seen_message=detail.last_message,
        macro=preview.macro,
        undo_seconds=0,
    )
    who = replies.recipients(detail, True, replies.own_domains(desk, detail.row.account))
    teller.begin(f"A public reply to {plain(', '.join((*who.to, *who.cc)))} is queued, with status solved.")
    teller.add(f"{len(text)} characters, {len(changes)} other field changes")

    teller.begin("Sync: sends it.")
    _sync(paths)
    change = desk.reader.change(uuid)
    if change is None or change.state != "sent":
        said = "gone" if change is None else f"{change.state}: {change.error or 'no word from the helpdesk'}"
        raise _Failed(f"The reply was not sent; it is {said}.")
    teller.add("the helpdesk took it")

    teller.begin("Read back from the helpdesk itself:")
    _read_back(server, str(detail.row.remote_id), text, teller)
    after = tickets.open_ticket(desk, detail.row.ticket_id)
    teller.begin(f"Here the ticket is {after.row.status}, and nothing waits for it.")
    if after.row.status != "solved" or after.pending:
        raise _Failed(f"It should be solved with an empty outbox; {len(after.pending)} Changes wait.")


def _sync(paths: Paths) -> None:
    """Run the worker once in this process; a former demo's worker may need a moment to end."""
    from agentconsole.sync.worker import EXIT_STOPPED, run_worker

    deadline = time.monotonic() + _WORKER_GONE_SECONDS
    while True:
        try:
            code = run_worker(
                paths,
                read_config(paths.config_file),
                once=True,
                clock=SystemClock(),
                secrets=WatchedSecrets(open_secrets(paths)),
                report=lambda report: None,
            )
        except ProfileInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            break
    if code == EXIT_STOPPED:
        raise KeyboardInterrupt
    if code != 0:
        with _opened(paths) as desk:
            sentences = [state.sentence for state in desk.reader.account_states() if state.sentence]
        raise _Failed(sentences[0] if sentences else "The sync did not come to its end.")


@contextmanager
def _opened(paths: Paths) -> Iterator[Desk]:
    desk = open_desk(paths.home, role="cli")
    try:
        yield desk
    finally:
        desk.close()


def _queue(desk: Desk, teller: _Teller) -> Sequence[int]:
    ids = queue.ticket_ids(desk, "status<solved assignee:me", "due")
    others = queue.ticket_ids(desk, "status<solved", "due")
    now = desk.clock.now()
    shown = queue.rows(desk, ids[:5])
    for row in [shown[one] for one in ids[:5] if one in shown]:
        due = until(row.due_at, now)
        teller.add(f"{ticket_name(row)}  {row.status:<8} {row.requester}: {row.subject}  {due}")
    teller.add(f"{len(ids)} are yours, {len(others)} in all are unsolved")
    if not others:
        raise _Failed("There is no unsolved ticket; `agentconsole demo --fresh` begins anew.")
    return [*ids, *(one for one in others if one not in set(ids))]


def _first_that_fits(desk: Desk, paths: Paths, ids: Sequence[int]) -> tuple[TicketDetail, MacroPreview, str]:
    """Find the most urgent ticket with a thread and a macro that says all it wants to say."""
    for ticket_id in ids[:50]:
        detail = _with_thread(desk, paths, ticket_id)
        if not any(message.author_role == "customer" for message in detail.messages):
            continue
        items, _ = macros.all_macros(desk)
        greeting = macros.pick([item for item in items if item.public], "first reply", limit=len(items))
        for item in (*greeting, *items):
            if item.public is False or item.account not in (None, detail.row.account):
                continue
            preview = macros.preview(desk, item, detail)
            if preview.text.strip() and not preview.missing and not preview.left_out:
                return detail, preview, item.name
    raise _Failed("No macro fits any of the unsolved tickets.")


def _with_thread(desk: Desk, paths: Paths, ticket_id: int) -> TicketDetail:
    detail = tickets.open_ticket(desk, ticket_id)
    if detail.thread_fresh:
        return detail
    desk.writer.request_thread(ticket_id, desk.clock.now())
    _sync(paths)
    return tickets.open_ticket(desk, ticket_id)


def _first_message(detail: TicketDetail) -> str:
    for message in detail.messages:
        if message.author_role == "customer":
            return "".join(part.text for part in message.parts if part.kind == "body")
    return ""


def _with_required(
    desk: Desk, detail: TicketDetail, changes: Sequence[FieldChange], teller: _Teller
) -> list[FieldChange]:
    """Fill in what the helpdesk demands before a ticket is solved, as an agent would be asked to."""
    filled = [change for change in changes if change.field != "status"]
    solving = FieldChange("status", "solved")
    given: set[str] = set()
    # What is filled in can bring further fields.
    while missing := [
        field for field in tickets.missing_before(desk, detail, [*filled, solving]) if field.name not in given
    ]:
        for field in missing:
            value, label = _some_value(field)
            given.add(field.name)
            filled.append(FieldChange(field.name, value))
            teller.add(f"solving needs “{field.label}”: {label} is filled in")
    return filled


def _some_value(field: TicketField) -> tuple[FieldValue, str]:
    if field.options:
        option = field.options[0]
        return (option.key,) if field.kind == "multichoice" else option.key, option.label
    if field.kind == "checkbox":
        return True, "yes"
    if field.kind in ("integer", "decimal"):
        return 1, "1"
    if field.kind == "date":
        return "2030-01-01", "2030-01-01"
    return "demo", "“demo”"


def _read_back(server: Announcement, ticket: str, text: str, teller: _Teller) -> None:
    import httpx

    # No proxy may come between: the helpdesk is on this machine.
    with httpx.Client(
        base_url=server.url, auth=(f"{server.login}/token", server.token), trust_env=False, timeout=20
    ) as client:
        answer = client.get(f"/api/v2/tickets/{ticket}.json")
        status = answer.json()["ticket"]["status"] if answer.status_code == 200 else "unknown"
        teller.add(f"GET /api/v2/tickets/{ticket}.json answers {answer.status_code}: status {status}")
        same = [
            comment
            for comment in _comments(client, ticket)
            if comment["public"] and normalise_for_match(str(comment["body"])) == normalise_for_match(text)
        ]
        found = f"{len(same)} public comment{'' if len(same) == 1 else 's'}"
        teller.add(f"GET /api/v2/tickets/{ticket}/comments.json has this text in {found}")
    if status != "solved":
        raise _Failed(f"On the helpdesk the ticket is {status}, not solved.")
    if len(same) != 1:
        raise _Failed(f"The helpdesk has the reply {len(same)} times, not once.")


def _comments(client: Any, ticket: str) -> Iterator[dict[str, Any]]:
    address = f"/api/v2/tickets/{ticket}/comments.json?page[size]=100"
    while address:
        answer = client.get(address)
        if answer.status_code != 200:
            raise _Failed(f"The helpdesk answered {answer.status_code} when the thread was read back.")
        page = answer.json()
        yield from page["comments"]
        address = page["links"]["next"] if page.get("meta", {}).get("has_more") else ""
