"""Background jobs: accepted at once, done afterwards, each ticket by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from agentconsole.demo.jobs import MOST_JOBS
from agentconsole.demo.settings import Settings
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread

MINE, OTHER, CLOSED = 2, 3, 50


@pytest.fixture
def slow() -> Iterator[RunningHelpdesk]:
    """A helpdesk that takes its time over jobs."""
    settings = Settings(rate_limit=1_000_000, export_delay_seconds=0, job_delay_seconds=0.3)
    with helpdesk_in_thread(settings=settings) as running:
        yield running


def status(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"/job_statuses/{job['id']}").json()["job_status"]
    return told


def test_a_job_is_queued_then_working_then_completed(slow: RunningHelpdesk) -> None:
    client = slow.client()
    ids = ",".join(str(number) for number in range(1, 16))
    change = {"ticket": {"additional_tags": ["swept"]}}
    job = client.put("/tickets/update_many", params={"ids": ids}, json=change).json()["job_status"]
    assert (job["status"], job["total"], job["progress"], job["results"]) == ("queued", 15, None, None)
    assert job["id"].startswith("V3-") and job["url"].endswith(f"/job_statuses/{job['id']}.json")
    assert " swept " not in slow.ticket(1)["tags"], "nothing is done before it begins"
    seen = [status(client, job)]
    while seen[-1]["status"] != "completed":
        seen.append(status(client, job))
    states = [each["status"] for each in seen]
    assert sorted(set(states), key=states.index) == ["queued", "working", "completed"]
    working = next(each for each in seen if each["status"] == "working")
    assert (working["progress"], working["total"], working["results"]) == (10, 15, None)
    assert [each["id"] for each in seen[-1]["results"]] == list(range(1, 16))


def test_a_job_that_ends_while_it_is_asked_about_is_not_called_killed(
    helpdesk: RunningHelpdesk, agent: httpx.Client
) -> None:
    change = {"ticket": {"priority": "low"}}
    job = agent.put("/tickets/update_many", params={"ids": str(MINE)}, json=change).json()["job_status"]
    server = helpdesk.helpdesk
    server.jobs.settle()
    # What a request sees that began before the end of the job.
    with server.database.reading() as connection:
        row = connection.execute(
            "SELECT id, job_type, 'null' AS results, total FROM jobs WHERE id = ?", (job["id"],)
        ).fetchone()
    shown = server.jobs.shown(row, "")
    assert shown["status"] == "completed" and shown["results"][0]["success"]


def test_a_list_of_tickets_is_updated_each_in_its_way(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    tickets = [{"id": MINE, "priority": "urgent"}, {"id": OTHER, "status": "nonsense"}, {"id": "x"}]
    job = agent.put("/tickets/update_many", json={"tickets": tickets}).json()["job_status"]
    helpdesk.helpdesk.jobs.settle()
    done = status(agent, job)
    assert [each["success"] for each in done["results"]] == [True, False, False]
    assert done["results"][0] == {
        "index": 0, "success": True, "id": MINE, "action": "update", "status": "Updated",
    }  # fmt: skip
    assert done["results"][1]["error"] == "RecordInvalid" and done["results"][1]["details"]
    assert helpdesk.ticket(MINE)["priority"] == "urgent"
    many = [{"id": MINE}] * 101
    assert agent.put("/tickets/update_many", json={"tickets": many}).json()["error"] == "TooManyValues"


def test_several_jobs_are_shown_together(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    change = {"ticket": {"priority": "low"}}
    jobs = [
        agent.put("/tickets/update_many", params={"ids": str(number)}, json=change).json()["job_status"]["id"]
        for number in (MINE, OTHER)
    ]
    helpdesk.helpdesk.jobs.settle()
    shown = agent.get("/job_statuses/show_many", params={"ids": ",".join(jobs)}).json()
    assert {each["id"] for each in shown["job_statuses"]} == set(jobs) and shown["count"] == 2
    assert {each["id"] for each in agent.get("/job_statuses").json()["job_statuses"]} >= set(jobs)
    assert agent.get("/job_statuses/V3-nothing").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "suspends"),
    [("DELETE", "/tickets/destroy_many", False), ("PUT", "/tickets/mark_many_as_spam", True)],
)
def test_many_are_taken_away(
    helpdesk: RunningHelpdesk, agent: httpx.Client, method: str, path: str, suspends: bool
) -> None:
    job = agent.request(method, path, params={"ids": f"{MINE},{OTHER},987654"}).json()["job_status"]
    helpdesk.helpdesk.jobs.settle()
    assert [each["success"] for each in status(agent, job)["results"]] == [True, True, False]
    for number in (MINE, OTHER):
        ticket = helpdesk.ticket(number)
        assert ticket["deleted_at"] is not None
        (person,) = helpdesk.query("SELECT suspended FROM users WHERE id = ?", ticket["requester_id"])
        assert bool(person["suspended"]) == suspends


def test_too_many_jobs_are_refused(slow: RunningHelpdesk) -> None:
    client = slow.client()
    change = {"ticket": {"priority": "low"}}
    answers = [
        client.put("/tickets/update_many", params={"ids": str(MINE)}, json=change)
        for _ in range(MOST_JOBS + 1)
    ]
    assert [answer.status_code for answer in answers] == [200] * MOST_JOBS + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_job_that_the_programs_end_cut_off_is_killed(slow: RunningHelpdesk) -> None:
    client = slow.client()
    change = {"ticket": {"priority": "urgent"}}
    job = client.put("/tickets/update_many", params={"ids": str(MINE)}, json=change).json()["job_status"]
    # As a new process finds it: not under way, and without results.
    slow.helpdesk.jobs._open.clear()
    assert status(client, job)["status"] == "killed"


def test_a_merge_is_all_or_nothing(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    helpdesk.execute("UPDATE tickets SET status = 'closed' WHERE id = ?", OTHER)
    answer = agent.post(f"/tickets/{MINE}/merge", json={"ids": [OTHER]})
    assert answer.status_code == 422
    assert agent.post(f"/tickets/{OTHER}/merge", json={"ids": [MINE]}).status_code == 422
    assert agent.post(f"/tickets/{MINE}/merge", json={"ids": [MINE]}).status_code == 422
    assert agent.post(f"/tickets/{MINE}/merge", json={}).status_code == 400
    helpdesk.execute("UPDATE tickets SET status = 'open' WHERE id = ?", OTHER)
    public = {"source_comment": "Here {{ticket.id}}", "source_comment_is_public": True}
    job = agent.post(f"/tickets/{MINE}/merge", json={"ids": [OTHER], **public}).json()["job_status"]
    helpdesk.helpdesk.jobs.settle()
    assert status(agent, job)["results"][0]["success"] is True
    assert helpdesk.public_texts(OTHER)[-1] == f"Here {OTHER}", "placeholders are rendered in it"
    assert "merged into this request" in helpdesk.private_texts(MINE)[-1]
