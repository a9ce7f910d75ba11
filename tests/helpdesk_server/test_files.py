from __future__ import annotations

import struct

import httpx

from agentconsole.demo.settings import Settings
from tests.support.helpdesk import RunningHelpdesk, helpdesk_in_thread

PNG = (
    b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I", 13)
    + b"IHDR"
    + struct.pack(">II", 3, 2)
    + b"\x08\x02\x00\x00\x00"
)


def upload(client: httpx.Client, name: str, content: bytes, **params: str) -> httpx.Response:
    headers = {"Content-Type": "image/png"}
    return client.post("/uploads", params={"filename": name, **params}, content=content, headers=headers)


def test_a_file_goes_with_a_comment_once(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    first = upload(agent, "画面.png", PNG)
    assert first.status_code == 201
    token = first.json()["upload"]["token"]
    second = upload(agent, "two.png", PNG, token=token)
    assert [file["file_name"] for file in second.json()["upload"]["attachments"]] == ["画面.png", "two.png"]
    comment = {"body": "see files", "uploads": [token]}
    answer = agent.put("/tickets/1", json={"ticket": {"comment": comment}})
    files = answer.json()["audit"]["events"][0]["attachments"]
    assert [(file["width"], file["height"], file["size"]) for file in files] == [(3, 2, len(PNG))] * 2
    assert files[0]["content_url"].startswith(f"{helpdesk.url}/attachments/token/")
    got = httpx.get(files[0]["content_url"], trust_env=False)
    assert (got.content, got.headers["content-type"]) == (PNG, "image/png")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert agent.get(f"/attachments/{files[0]['id']}").json()["attachment"]["file_name"] == "画面.png"
    again = agent.put("/tickets/1", json={"ticket": {"comment": comment}})
    assert again.status_code == 422
    assert len(helpdesk.public_texts(1)) == 4
    assert httpx.get(f"{helpdesk.url}/attachments/token/guess/", trust_env=False).status_code == 404
    listed = agent.get("/tickets/1/comments").json()["comments"]
    assert len(listed[-1]["attachments"]) == 2
    assert listed[0]["attachments"][0]["file_name"] == "invoice 1.txt"


def test_tokens_age_and_can_be_taken_back(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    token = upload(agent, "a.png", PNG).json()["upload"]["token"]
    assert agent.delete(f"/uploads/{token}").status_code == 204
    assert agent.delete(f"/uploads/{token}").status_code == 404
    token = upload(agent, "a.png", PNG).json()["upload"]["token"]
    helpdesk.advance(3 * 86_400 + 1)
    answer = agent.put("/tickets/1", json={"ticket": {"comment": {"body": "x", "uploads": [token]}}})
    assert answer.status_code == 422


def test_pages_are_never_served_as_pages(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    answer = agent.post(
        "/uploads", params={"filename": "x.html"}, content=b"<script>", headers={"Content-Type": "text/html"}
    )
    got = httpx.get(answer.json()["upload"]["attachment"]["content_url"], trust_env=False)
    assert got.headers["content-type"] == "application/octet-stream"


def test_too_large_and_incomplete_uploads(helpdesk: RunningHelpdesk, agent: httpx.Client) -> None:
    assert agent.post("/uploads", content=b"x").status_code == 400
    assert upload(agent, "empty.png", b"").status_code == 422
    with helpdesk_in_thread(settings=Settings(max_upload_bytes=1000, max_body_bytes=2000)) as small:
        client = small.client()
        assert upload(client, "big.png", b"x" * 1001).status_code == 413
        text = {"ticket": {"comment": {"body": "y" * 3000}}}
        assert client.put("/tickets/1", json=text).status_code == 413
        assert len(small.public_texts(1)) == 3


def test_redacting_a_file(agent: httpx.Client) -> None:
    comment = agent.get("/tickets/1/comments").json()["comments"][0]
    file = comment["attachments"][0]
    answer = agent.put(f"/tickets/1/comments/{comment['id']}/attachments/{file['id']}/redact")
    assert answer.json()["attachment"]["file_name"] == "redacted.txt"
    assert httpx.get(file["content_url"], trust_env=False).content == b""
