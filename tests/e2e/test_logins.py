"""Logins that end or lack a right, as whole programs meet them: a sentence each, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentconsole.bootstrap import desk_for_command
from agentconsole.desk import replies
from tests.e2e.programs import run
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread
from tests.support.tiny_company import AGENT


@pytest.fixture(scope="module")
def filled() -> Iterator[RunningHelpdesk]:
    with helpdesk_in_thread(tickets=300) as running:
        yield running


@pytest.fixture
def server(filled: RunningHelpdesk) -> RunningHelpdesk:
    filled.reset()
    return filled


def added(server: RunningHelpdesk, home: Path, token: str, *, admin: bool = False) -> None:
    login = server.admin_login if admin else server.login
    adding = (
        "account",
        "add",
        "shop",
        "--url",
        server.url,
        "--login",
        login,
        "--secret",
        "file",
        "--no-test",
    )
    done = run(home, *adding, given=f"{token}\n")
    assert done.returncode == 0, done.stderr


def synced(home: Path, code: int) -> dict[str, Any]:
    """Sync once; the account's document with what else was told."""
    done = run(home, "sync", "--once", "--json")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    [account] = document.pop("accounts")
    return {**document, **account}


def one_sentence(text: str) -> bool:
    return text.endswith((".", "`.")) and ".." not in text and "\n" not in text and text.count("shop: ") == 1


def drafted(home: Path, number: int, text: str) -> None:
    """Begin a reply in the console and leave it."""
    with desk_for_command(home) as desk:
        (ticket,) = desk.reader.find_ticket("shop", f"{number}")
        replies.save_draft(desk, ticket, text=text, public=True, last_seen_message=None)


def test_a_token_that_ends_in_the_middle_of_a_sync(server: RunningHelpdesk, tmp_path: Path) -> None:
    home = tmp_path / "p"
    added(server, home, server.token)
    server.plant("unauthorized", path="/api/", times=None, skip=12)
    told = synced(home, 1)
    assert told["state"] == "paused" and told["up_to_date"] is False
    assert "refused the login" in told["sentence"] and one_sentence(told["sentence"])
    read = told["tickets"]
    assert 0 < read < 300, "it ended in the middle"
    server.clear_faults()
    server.revoke_tokens(AGENT)
    shown = json.loads(run(home, "list", "--json").stdout)["tickets"]
    number = int(shown[0]["remote_id"])
    assert run(home, "reply", f"{number}", "--yes", given="Written meanwhile.").returncode == 0
    drafted(home, int(shown[1]["remote_id"]), "Half a sentence")
    told = synced(home, 1)
    assert (told["state"], told["tickets"], told["outbox"]) == ("paused", read, {"queued": 1})
    added(server, home, server.token_for(AGENT))
    # Used up by a request for the agent's own tickets, with which a feed that begins anew would begin.
    first_page = server.plant("slow", path="assignee%3Ame")
    told = synced(home, 0)
    assert (told["state"], told["sentence"], told["tickets"], told["outbox"]) == ("ok", "", 300, {})
    assert first_page.times == 1, "what had been read was read again"
    assert server.public_texts(number)[-1] == "Written meanwhile."
    [draft] = json.loads(run(home, "drafts", "--json").stdout)["drafts"]
    assert draft["text"] == "Half a sentence"


def test_a_login_that_may_not_export(server: RunningHelpdesk, tmp_path: Path) -> None:
    home = tmp_path / "p"
    added(server, home, server.admin_token, admin=True)
    server.plant("forbidden", path="/incremental/", times=None)
    told = synced(home, 0)
    assert (told["state"], told["tickets"]) == ("ok", 300), "the search brings them"
    assert "may not export" in told["sentence"] and one_sentence(told["sentence"])
    server.clear_faults()
    assert synced(home, 0)["sentence"] == ""


def test_a_login_that_may_not_write(server: RunningHelpdesk, tmp_path: Path) -> None:
    home = tmp_path / "p"
    added(server, home, server.token)
    synced(home, 0)
    assert run(home, "reply", "2", "--yes", given="Not mine to send").returncode == 0
    server.plant("forbidden", method="PUT", times=None)
    told = synced(home, 0)
    assert (told["state"], told["outbox"]) == ("ok", {"rejected": 1})
    [change] = json.loads(run(home, "outbox", "list", "--json").stdout)["changes"]
    assert "does not allow this login" in change["error"] and one_sentence(change["error"])
    [draft] = json.loads(run(home, "drafts", "--json").stdout)["drafts"]
    assert draft["text"] == "Not mine to send"
    said = run(home, "sync", "--once").stderr
    assert "1 rejected; `agentconsole outbox list` says what is asked of you" in said


def test_a_login_that_may_not_read_the_tickets_of_a_group(server: RunningHelpdesk, tmp_path: Path) -> None:
    home = tmp_path / "p"
    added(server, home, server.token)
    server.plant("forbidden", path=r"/tickets/\d*[02468]/(audits|comments)", times=None)
    told = synced(home, 0)
    assert (told["state"], told["tickets"]) == ("ok", 300)
    assert "may not read the threads of #" in told["sentence"] and one_sentence(told["sentence"])
    with desk_for_command(home) as desk:
        details = [
            desk.reader.ticket_detail(ticket, 0)
            for ticket in desk.reader.ticket_ids(None, "newest", desk.clock.now())
        ]
    read = {int(each.row.remote_id or 0) for each in details if each is not None and each.messages}
    assert read and all(number % 2 for number in read), "the others were read all the same"


def test_a_login_that_may_not_search(server: RunningHelpdesk, tmp_path: Path) -> None:
    home = tmp_path / "p"
    added(server, home, server.token)
    server.plant("forbidden", path="/search", times=None)
    told = synced(home, 1)
    assert told["tickets"] == 0
    assert "does not allow this login" in told["sentence"] and one_sentence(told["sentence"])
    server.clear_faults()
    assert synced(home, 0)["tickets"] == 300
