"""Hostile texts through a real Request Tracker: what it takes, keeps and gives back is shown harmless."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli import main
from agentconsole.cli_commands import output
from agentconsole.config import profile_paths
from agentconsole.config_writing import put_account
from agentconsole.domain.accounts import AccountSettings
from agentconsole.secrets import Secrets
from tests.live.rt.server import RtServer
from tests.support import hostile

pytestmark = pytest.mark.live

TEXTS = [text for text in hostile.SAMPLES.values() if not re.search("[\ud800-\udfff]", text)]


def test_what_request_tracker_keeps_of_hostile_texts_is_shown_harmless(
    rt_server: RtServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = rt_server.client("root")
    made: list[str] = []
    where = "Kettles"
    try:
        queue = client.post(
            "queue", json={"Name": f"Q {TEXTS[0]} [@click=app.quit]", "Description": " ".join(TEXTS)}
        )
        where = str(queue.json()["id"]) if queue.status_code == 201 else where
        for text in TEXTS:
            file = {
                "FileName": f"{text}.txt",
                "FileType": "text/plain",
                "FileContent": base64.b64encode(b"x").decode(),
            }
            body = {
                "Owner": "root",
                "Queue": where,
                "Subject": text,
                "Content": text,
                "ContentType": "text/plain",
            }
            answer = client.post("ticket", json={**body, "Attachments": [file]})
            if answer.status_code != 201:
                # It refuses some subjects, and some names of files.
                answer = client.post("ticket", json={**body, "Subject": "refused"})
            if answer.status_code != 201:
                continue
            number = str(answer.json()["id"])
            made.append(number)
            html = {
                "Content": f"<p>{text}</p><a href='http://e/{text[:99]}'>{text}</a>",
                "ContentType": "text/html",
            }
            client.post(f"ticket/{number}/correspond", json=html)
            client.put(f"ticket/{number}", json={"CustomFields": {"Tags": [text], "Order number": text}})
        assert len(made) > len(TEXTS) // 2
        client.put("user/kenji", json={"RealName": f"Kenji {TEXTS[4]}\u202e [/]"})
        _look(rt_server, tmp_path, made, capsys, monkeypatch)
    finally:
        client.put("user/kenji", json={"RealName": "森 健二"})
        for number in made:
            client.put(f"ticket/{number}", json={"Status": "rejected"})
            client.delete(f"ticket/{number}")
        client.delete(f"queue/{where}")
        client.close()


def _look(
    server: RtServer,
    folder: Path,
    made: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = folder / "profile"
    paths = profile_paths(home)
    uuid = "11111111-2222-3333-4444-555555555555"
    account = AccountSettings(uuid, "desk", "rt", server.url, "root", "file", options={"tags_field": "Tags"})
    put_account(paths.config_file, account)
    Secrets(paths.secrets_dir).put(account, server.tokens["root"])
    monkeypatch.setattr(output, "terminal_width", lambda: 100)

    def run(*words: str) -> str:
        capsys.readouterr()
        code = main(["--home", str(home), *words])
        told = capsys.readouterr()
        assert not hostile.forbidden(told.out + told.err), words
        assert code == 0 and "Traceback" not in told.err, (words, told.err)
        return told.out

    run("sync", "--once")
    with desk_for_command(home) as desk:
        assert not desk.reader.quarantined()
    said = run("list", "--limit", "200") + run("views") + run("kb", "search", "kettle")
    for number in made:
        said += run("show", number, "--quotes")
    assert "[@click=app.bell]pwned[/]" in said and "fdp.exe" in said
