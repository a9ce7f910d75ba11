"""Every command on a real profile: what it prints, its document, its exit code."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from agentconsole.cli_commands.writing import split_words
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import UsageError
from agentconsole.store.database import open_store
from tests.support.profile import FilledProfile
from tests.unit.cli.conftest import Outcome, Run


def one_sentence(outcome: Outcome, code: int) -> str:
    """What a command says when it fails: one line, no traceback, nothing on standard output."""
    assert outcome.code == code
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1, outcome.err
    assert "Traceback" not in outcome.err
    return outcome.err


def test_list_shows_what_is_unsolved_by_due_time(run: Run) -> None:
    listed = run("list")
    assert listed.code == 0
    rows = listed.out.splitlines()
    assert rows[0].split() == ["TICKET", "STATUS", "PRIO", "REQUESTER", "SUBJECT", "ASSIGNEE", "DUE", "AGE"]
    assert [row.split()[0].rstrip("*") for row in rows[1:]] == ["shop#41", "shop#42", "shop#43"]
    assert "包裹在哪里" in rows[3]


def test_list_columns_stand_under_one_another(run: Run) -> None:
    from rich.cells import cell_len

    rows = run("list").out.splitlines()
    ends = {cell_len(row) for row in rows}
    assert len(ends) == 1


def test_list_as_json_is_one_stable_document(run: Run) -> None:
    document = run("list", "status:solved", "--sort", "newest", "--json").document
    assert document["query"] == "status:solved"
    assert document["count"] == 1
    assert sorted(document["tickets"][0]) == [
        "account",
        "assigned_to_me",
        "assignee",
        "channel",
        "created_at",
        "due_at",
        "group",
        "has_draft",
        "local_id",
        "priority",
        "remote_id",
        "requester",
        "sla_paused",
        "snoozed_until",
        "status",
        "status_label",
        "subject",
        "tags",
        "ticket",
        "unread",
        "updated_at",
        "waiting",
    ]
    assert document["tickets"][0]["ticket"] == "shop#44"
    assert document["tickets"][0]["created_at"] == "2026-11-20T12:00:00Z"


def test_list_stops_where_it_is_told(run: Run) -> None:
    listed = run("list", "--limit", "1")
    assert len(listed.out.splitlines()) == 2
    assert "1 of 3 tickets" in listed.err
    assert "No ticket fits" in run("list", "tags:nowhere").out


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--sort", "colour"],
        ["list", "--limit", "0"],
        ["list", "--limit", "many"],
        ["show"],
        ["show", "a b"],
        ["show", "other#41"],
        ["nonsense"],
        ["reply"],
        ["set", "41"],
        ["set", "status=solved"],
        ["set", "--", "41", "=x"],
        ["set", "41", "status=done"],
        ["set", "41", "--frob"],
        ["set", "41", "+two words"],
        ["macro"],
        ["kb"],
        ["kb", "show", "x"],
        ["outbox", "frob"],
        ["account", "add", "Bad Name", "--url", "https://x.example", "--login", "a@b.example"],
        ["account", "add", "a", "--url", "nowhere", "--login", "a@b.example"],
        ["account", "add", "a", "--url", "https://x.example", "--login", "nobody"],
        ["account", "add"],
        ["sync", "--once", "--watch"],
        ["helpdesk", "--now", "yesterday"],
        ["helpdesk", "--live", "-3"],
        ["demo", "--tickets", "0"],
        ["--version", "--frob"] if False else ["--frob"],
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(run: Run, words: list[str]) -> None:
    one_sentence(run(*words), 2)


@pytest.mark.parametrize(
    ("words", "said", "shown"),
    [
        (
            ["tags:a", "statu:open"],
            "Unknown field `statu`, did you mean `status`?",
            "tags:a statu:open\n         ^",
        ),
        (["退款", "status:"], "`status:` lacks a value.", "退款 status:\n              ^"),
        (["status:opn"], "did you mean `open`?", "status:opn\n         ^"),
    ],
)
def test_a_wrong_query_is_shown_with_its_place(run: Run, words: list[str], said: str, shown: str) -> None:
    outcome = run("list", *words)
    assert (outcome.code, outcome.out) == (2, "")
    sentence, _, place = outcome.err.partition("\n")
    assert said in sentence
    assert place == f"  {shown}\n"


def test_the_words_of_a_query_may_begin_with_a_minus_and_stand_anywhere(run: Run) -> None:
    everything = run("list", "status>=new", "--json").document["count"]
    solved = run("list", "--json", "-status<solved", "--limit", "5").document
    assert solved["query"] == "-status<solved" and 0 < solved["count"] < everything
    assert run("list", "status>=new", "--limit=2", "-has:attachment", "--json").document["query"] == (
        "status>=new -has:attachment"
    )
    assert run("list", "--json", "--", "--help").document["query"] == "--help"
    assert run("list", "--limt", "2").code == 2
    assert run("list", "--limit").code == 2


def test_list_understands_the_helpdesks_own_fields(run: Run) -> None:
    def found(*words: str) -> list[str]:
        return [one["ticket"] for one in run("list", *words, "--json").document["tickets"]]

    assert found("Cause:delivery") == ["shop#44"]
    assert "shop#44" not in found('order_number:"n-104"', "cause:none")
    assert len(found("order_number:N-10482")) > 1
    assert found("order_number:N-9") == []
    assert "did you mean `order_number`?" in run("list", "ordr_number:1").err


@pytest.mark.parametrize(
    "words",
    [
        ["show", "99"],
        ["show", "~99"],
        ["reply", "99"],
        ["set", "99", "status=solved"],
        ["set", "41", "status=solved"],
        ["macro", "show", "nowhere"],
        ["macro", "show", "First reply", "--ticket", "99"],
        ["kb", "show", "99"],
        ["outbox", "show", "zzz"],
        ["outbox", "retry", "zzz"],
        ["outbox", "drop", "zzz"],
        ["account", "remove", "nowhere"],
        ["account", "test", "nowhere"],
        ["reply", "41", "--file", "/nowhere/at/all"],
        ["reply", "41", "--macro", "nowhere"],
    ],
)
def test_a_failure_is_one_sentence_and_exit_code_1(run: Run, words: list[str]) -> None:
    one_sentence(run(*words), 1)


def test_show_has_the_thread_and_says_what_is_internal(run: Run) -> None:
    shown = run("show", "#41").out
    assert "Where is my parcel?" in shown
    assert "where is order N-10482?" in shown
    assert re.search(r"--- Bo Lind .*INTERNAL NOTE", shown)
    assert "[signature: 2 lines]" in shown
    assert "Anna Smith\n" not in shown.split("---", 1)[1].split("---")[0].replace("--- Anna", "")
    assert "    Anna Smith" in run("show", "41", "--quotes").out


def test_show_as_json(run: Run) -> None:
    document = run("show", "41", "--json").document
    assert document["requester_contact"]["email"] == "anna@customer.example"
    assert [message["kind"] for message in document["messages"]] == ["reply", "note"]
    assert document["messages"][0]["parts"][0]["kind"] == "body"
    assert document["fields"]["custom:71"] == "N-10482"


def test_reply_prints_who_reads_it_and_how_it_goes_out(run: Run) -> None:
    told = run("reply", "41", "--set", "Cause=Delivery", "--status", "solved", given="It is on its way.\n")
    assert told.code == 0, told.err
    assert "to  anna@customer.example" in told.out
    assert "cc  carl@customer.example" in told.out
    assert "2 of them outside" in told.out
    assert "status → solved" in told.out
    assert "agentconsole sync --once" in told.out
    [change] = run("outbox", "--json").document["changes"]
    assert change["state"] == "queued"
    assert change["message"]["text"].strip() == "It is on its way."
    assert "solved" in run("list", "status:solved", "#41").out.lower()
    assert "queued: public reply" in run("show", "41").out


def test_reply_takes_a_file_an_attachment_and_a_macro(run: Run, tmp_path: Path) -> None:
    text, file = tmp_path / "text.txt", tmp_path / "proof.csv"
    text.write_text("Postscript.")
    file.write_text("a,b\n")
    told = run("reply", "41", "--file", str(text), "--attach", str(file), "--macro", "shop:m1", "--json")
    assert told.code == 0, told.err
    message = told.document["change"]["message"]
    assert message["text"] == "Hi Anna, it is on its way.\n\nPostscript."
    assert message["attachments"] == [{"file_name": "proof.csv", "content_type": "text/csv", "size": 4}]
    edits = {edit["field"]: edit["value"] for edit in told.document["change"]["edits"]}
    assert edits["status"] == "pending"
    assert edits["tags"] == ["parcel_sent", "web"]


def test_reply_without_a_text_queues_nothing(run: Run) -> None:
    one_sentence(run("reply", "41", given="\n \n"), 2)
    assert run("outbox", "--json").document == {"changes": []}


def test_a_note_goes_to_nobody(run: Run) -> None:
    told = run("note", "41", given="She is a friend.")
    assert "only agents will read it" in told.out
    assert "anna@customer.example" not in told.out


def test_an_internal_macro_makes_no_public_reply(run: Run) -> None:
    assert "internal note" in one_sentence(run("reply", "41", "--macro", "Escalate to the second line"), 2)


def test_a_macro_with_unknown_names_is_not_sent(run: Run, profile: FilledProfile) -> None:
    profile.paths.macros_dir.mkdir()
    (profile.paths.macros_dir / "m.md").write_text("---\nname: M\n---\nHi {{ customer.nickname }}")
    assert "customer.nickname" in one_sentence(run("reply", "41", "--macro", "M", given="x"), 1)


def test_set_changes_several_tickets(run: Run) -> None:
    told = run("set", "41", "43", "priority=urgent", "+vip", "-web", "assignee=Bo Lind")
    assert told.code == 0, told.err
    assert "shop#41: priority → urgent" in told.out
    assert "shop#43: tags → vip" in told.out
    found = run("list", "tags:vip priority:urgent", "--json").document
    assert found["count"] == 2
    assert "2 of 2 had it so already" in run("set", "41", "43", "priority=urgent").out


def test_words_of_set() -> None:
    names, changes, as_json = split_words(
        ["41", "--json", "prio=high", "+a", "-b", "Cause=Delivery", "group="]
    )
    assert (names, as_json) == (["41"], True)
    assert changes == [
        FieldChange("priority", "high"),
        FieldChange("custom:Cause", "Delivery"),
        FieldChange("group", None),
        FieldChange("tags", TagsEdit(("a",), ("b",))),
    ]
    assert split_words(["--", "41", "--b"])[1] == [FieldChange("tags", TagsEdit((), ("-b",)))]
    with pytest.raises(UsageError):
        split_words(["41", "--b"])


def test_outbox_shows_and_drops(run: Run) -> None:
    run("reply", "41", given="Never mind.")
    listed = run("outbox", "list").out
    entry = listed.splitlines()[1].split()[0]
    assert "public reply" in listed
    assert "Never mind." in run("outbox", "show", entry).out
    assert "text is kept" in run("outbox", "drop", entry).out
    assert run("outbox").out == "The outbox is empty.\n"
    assert "dropped" in run("outbox", "list", "--all").out
    one_sentence(run("outbox", "drop", entry), 1)
    one_sentence(run("outbox", "retry", entry), 2)


def test_drafts_are_listed(run: Run, profile: FilledProfile) -> None:
    from agentconsole.desk import replies, tickets

    desk = profile.open_desk()
    replies.save_draft(desk, tickets.resolve(desk, "41"), text="Half a", public=True, last_seen_message=None)
    assert "Half a" in run("drafts").out
    [draft] = run("drafts", "--json").document["drafts"]
    assert (draft["ticket"], draft["text"], draft["public"]) == ("shop#41", "Half a", True)


def test_knowledge(run: Run) -> None:
    found = run("kb", "search", "track", "parcel", "--json").document
    assert found["articles"][0]["title"] == "Track a parcel"
    shown = run("kb", "show", str(found["articles"][0]["id"]))
    assert "A parcel takes three days." in shown.out
    assert "No article has" in run("kb", "search", "zzzzqq").out


def test_macros(run: Run) -> None:
    names = [macro["name"] for macro in run("macro", "list", "--json").document["macros"]]
    assert "First reply" in names
    made = run("macro", "show", "shop:m1", "--ticket", "41", "--json").document
    assert made["text"] == "Hi Anna, it is on its way."
    assert {"field": "status", "value": "pending"} in made["changes"]
    assert "{{" in run("macro", "show", "First reply").out


def test_doctor_tells_what_is_wrong(run: Run, profile: FilledProfile) -> None:
    told = run("doctor", "--offline")
    assert told.code == 1
    assert "FAIL  secrets" in told.out
    assert "ok    database" in told.out
    document = run("doctor", "--offline", "--json").document
    assert document["sound"] is False
    assert {finding["area"] for finding in document["findings"]} >= {"config", "database", "index", "secrets"}


def test_account_list(run: Run) -> None:
    assert "shop  zendesk" in run("account", "list").out
    [state] = run("account", "list", "--json").document["accounts"]
    assert (state["name"], state["me_name"], state["state"]) == ("shop", "Maren Holt", "ok")


def test_account_add_and_remove_keep_the_secret_out_of_sight(run: Run, profile: FilledProfile) -> None:
    secret = "tok-0123456789abcdef"
    words = [
        "account",
        "add",
        "second",
        "--url",
        "https://second.example.com/",
        "--login",
        "me@second.example",
    ]
    told = run(*words, "--secret", "file", "--no-test", given=f"{secret}\n")
    assert told.code == 0, told.err
    assert secret not in told.out + told.err
    assert secret not in profile.paths.config_file.read_text()
    assert [one["name"] for one in run("account", "list", "--json").document["accounts"]] == [
        "shop",
        "second",
    ]
    holding = [
        path for path in profile.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert [path.parent.name for path in holding] == ["secrets"]
    assert "renewed" in run(*words, "--secret", "file", "--no-test", given="another-secret\n").out
    assert run("account", "remove", "second").code == 0
    assert [one["name"] for one in run("account", "list", "--json").document["accounts"]] == ["shop"]
    assert not list(profile.paths.secrets_dir.glob("*.token"))
    assert run("show", "41").code == 0


def test_account_remove_waits_for_the_outbox(run: Run) -> None:
    run("reply", "41", given="x")
    assert "still wait" in one_sentence(run("account", "remove", "shop"), 1)


def test_an_account_with_its_secret_from_a_command_asks_for_none(run: Run, profile: FilledProfile) -> None:
    words = ["account", "add", "c", "--url", "https://c.example.com", "--login", "c@c.example", "--no-test"]
    assert run(*words, "--token-command", "printf tok").code == 0
    assert 'secret = "command"' in profile.paths.config_file.read_text()


def test_a_broken_config_is_told_and_the_rest_goes_on(run: Run, profile: FilledProfile) -> None:
    with profile.paths.config_file.open("a") as file:
        file.write('\n[ui]\ntheme = "x\n')
    listed = run("list")
    assert listed.code == 0
    assert "shop#41" in listed.out
    assert "config.toml:" in listed.err
    assert "FAIL  config" in run("doctor", "--offline").out


def test_the_doctor_names_keys_that_cannot_be_had(run: Run, profile: FilledProfile) -> None:
    with profile.paths.config_file.open("a") as file:
        file.write('\n[keys]\nreplay = "x"\nreply = "c"\n')
    told = run("doctor", "--offline").out
    assert re.search(r"warn  keys +.*config\.toml:\d+: .*“replay”; did you mean “reply”", told)


def test_an_account_that_cannot_be_read_is_not_taken_for_removed(run: Run, profile: FilledProfile) -> None:
    path = profile.paths.config_file
    path.write_text(path.read_text().replace('url = "https', 'url = "ftps'))
    listed = run("list")
    assert "shop#41" in listed.out
    assert "address" in listed.err


def test_a_damaged_database_is_one_sentence(run: Run, profile: FilledProfile) -> None:
    profile.close()
    profile.paths.database.write_bytes(b"no database at all" * 1000)
    for suffix in ("-wal", "-shm"):
        profile.paths.database.with_name(profile.paths.database.name + suffix).unlink(missing_ok=True)
    assert str(profile.paths.database) in one_sentence(run("list"), 1)
    assert "FAIL  database" in run("doctor", "--offline").out


def test_a_database_of_a_newer_program_is_one_sentence(run: Run, profile: FilledProfile) -> None:
    with closing(open_store(profile.paths.database, role="cli")) as connection:
        connection.execute("PRAGMA user_version = 9999")
    assert "newer" in one_sentence(run("list"), 1)


def test_a_profile_without_an_account_says_what_to_do(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    for words in (["list"], ["show", "41"], ["sync"], ["kb", "search", "x"], ["reply", "41"]):
        assert "agentconsole demo" in one_sentence(run(*words, home=empty), 1)
    assert "agentconsole demo" in run("account", "list", home=empty).out


def test_a_folder_that_cannot_be_made_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one_sentence(run("list", home=tmp_path / "file" / "x"), 1)


def test_without_a_terminal_the_console_says_so(run: Run) -> None:
    assert "needs a terminal" in one_sentence(run(), 1)


def test_a_fault_that_nobody_foresaw_is_one_sentence_and_in_the_log(
    run: Run, profile: FilledProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("with customer's text")

    monkeypatch.setattr("agentconsole.desk.queue.ticket_ids", fail)
    said = one_sentence(run("list"), 1)
    assert "ZeroDivisionError" in said
    assert "customer's text" not in said
    assert "ZeroDivisionError: with customer's text" in (profile.paths.logs_dir / "cli.log").read_text()


def test_checks_warn_on_standard_error_and_strict_queues_nothing(run: Run) -> None:
    told = run("reply", "41", given="Hello Boris, I have attached it. Password: hunter2")
    assert told.code == 0 and "queued" in told.out
    assert told.err.count("Look again:") == 3 and "Boris" in told.err and "hunter2" not in told.err
    strict = run("reply", "41", "--strict", given="Hello Boris, thanks")
    assert strict.code == 1 and "Nothing was queued" in strict.err and strict.out == ""
    assert run("reply", "41", "--strict", given="Hello Anna, thanks").code == 0
    listed = run("reply", "41", "--json", given="Hello Boris, thanks").document
    assert [one["check"] for one in listed["warnings"]] == ["greeting"]


OWN = (
    '\n[[views]]\nname = "Both"\nquery = "status:open status:pending"\nsort = "newest"\n'
    '[[views]]\nname = "Odd"\nquery = "ordr_nmber:7"\n'
)


def test_views_are_listed_with_counts(run: Run, profile: FilledProfile) -> None:
    with profile.paths.config_file.open("a") as file:
        file.write(OWN)
    listed = run("views")
    assert listed.code == 0
    assert listed.out.splitlines()[0].split() == ["VIEW", "TICKETS", "ORDER", "OF", "QUERY"]
    both = next(line for line in listed.out.splitlines() if line.startswith("Both "))
    assert both.split()[1] == str(run("list", "status:open status:pending", "--json").document["count"])
    assert "“Odd” is left out" in listed.err
    document = run("views", "--json").document
    assert document["views"][0]["name"] == "Mine"
    assert document["views"][-1] == {
        "name": "Both",
        "of": "own",
        "query": "status:open status:pending",
        "sort": "newest",
        "count": int(both.split()[1]),
    }


def test_a_view_is_listed_by_its_name(run: Run, profile: FilledProfile) -> None:
    with profile.paths.config_file.open("a") as file:
        file.write(OWN)
    document = run("list", "--view", "both", "--json").document
    assert (document["query"], document["sort"]) == ("status:open status:pending", "newest")
    assert (
        document["tickets"]
        == run("list", "status:open", "status:pending", "--sort", "newest", "--json").document["tickets"]
    )
    assert run("list", "--view", "Both", "--sort", "priority", "--json").document["sort"] == "priority"
    assert run("list", "--view", "everything").code == 0
    assert "did you mean “Both”?" in one_sentence(run("list", "--view", "Boht"), 2)
    assert "a view or a query" in one_sentence(run("list", "--view", "Both", "tags:a"), 2)


def test_doctor_names_own_views_that_ask_for_no_field(run: Run, profile: FilledProfile) -> None:
    with profile.paths.config_file.open("a") as file:
        file.write(OWN)
    told = run("doctor", "--offline").out
    assert re.search(r"warn  config .*config\.toml:\d+: view “Odd”: .*ordr_nmber", told)
    assert "view “Both”" not in told
