from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.replies.errors import MacroError
from agentconsole.replies.macro_files import read_macro_folder
from agentconsole.replies.macros import MAX_MACRO_LENGTH, parse_macro
from agentconsole.replies.rendering import render
from agentconsole.resources import shipped_macros_dir
from tests.unit.replies.facts import CONTEXT

WHOLE = """---
name: Refund is on its way
description: "When the money arrives: soon"
mode: internal
languages: [en]
tags: [money, back]
set:
  status: solved
  priority: high
  type: question
  assignee: me
  group: Orders
  tags: [+refund, -waiting, done]
  fields: {Cause: delivery, Count: 3, Paid: true, When: 2026-01-02}
---

Hi {{ customer.first_name }},
"""


def test_a_whole_macro() -> None:
    macro = parse_macro(WHOLE, "macros/refund.md")
    assert macro.id == "refund"
    assert macro.name == "Refund is on its way"
    assert macro.description == "When the money arrives: soon"
    assert macro.mode == "internal"
    assert macro.languages == ("en",)
    assert macro.tags == ("money", "back")
    assert macro.body == "Hi {{ customer.first_name }},"
    assert macro.body_line == 17
    assert macro.source == "macros/refund.md"
    assert macro.set.changes() == (
        FieldChange("status", "solved"),
        FieldChange("priority", "high"),
        FieldChange("type", "question"),
        FieldChange("assignee", "me"),
        FieldChange("group", "Orders"),
        FieldChange("tags", TagsEdit(add=("refund", "done"), remove=("waiting",))),
        FieldChange("custom:Cause", "delivery"),
        FieldChange("custom:Count", 3),
        FieldChange("custom:Paid", True),
        FieldChange("custom:When", "2026-01-02"),
    )


def test_the_least_macro() -> None:
    macro = parse_macro("---\nname: no\n---", "x.md")
    assert (macro.name, macro.mode, macro.body, macro.set.changes()) == ("no", "public", "", ())
    assert parse_macro("---\r\nname: Hi\r\n---\r\nbody\r\n", "x.md").body == "body"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "begins with a line"),
        ("Hi", 1, "begins with a line"),
        ("---\nname: x", 1, "never end"),
        ("---\n---\nHi", 2, "no name"),
        ("---\nname: x\nmood: good\n---", 3, '"mood" is no setting'),
        ("---\nname: x\nmode: loud\n---", 3, "one of public, internal"),
        ("---\nname: x\nname: y\n---", 3, "given twice"),
        ("---\nname: [x\n---", None, "no YAML"),
        ("---\nname: x\n  bad: indent\n---", 3, "no YAML"),
        ("---\n- a list\n---", 2, "settings are lines"),
        ("---\nname: x\nset:\n  status: new\n---", 4, "set.status"),
        ("---\nname: x\nset:\n  colour: red\n---", 4, '"set.colour" is no setting'),
        ("---\nname: x\nset:\n  tags: {a: b}\n---", 4, "list of words"),
        ("---\nname: x\nset: solved\n---", 3, "settings of its own"),
        ("---\nname: x\nset:\n  fields:\n    Cause: [a]\n---", 5, "one value"),
        ("---\nname: &a [*a]\n---", 2, "one line of text"),
        ("---\nname: " + "[" * 3000 + "\n---", 2, "no YAML"),
        ("---\nname: x\n---\nHi {{ customer.name", 4, "does not parse"),
        ("---\nname: x\n---\n\n\nHi\n{% if x %}", 7, "does not parse"),
        ("---\nname: x\n---\nHi\n{{ today|nonsense }}", 5, 'no filter "nonsense"'),
        ("x" * (MAX_MACRO_LENGTH + 1), None, "at most"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(MacroError, match=r"x\.md") as caught:
        parse_macro(text, "d/x.md")
    assert words in caught.value.reason
    assert caught.value.file == "d/x.md"
    if line is not None:
        assert caught.value.line == line


@settings(max_examples=150)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_file_is_read_or_refused(front: str, body: str) -> None:
    for text in (front, f"---\n{front}\n---\n{body}", f"---\nname: x\n---\n{body}"):
        try:
            render(parse_macro(text, "x.md"), CONTEXT)
        except MacroError as error:
            assert error.sentence.startswith("x.md")


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_a_later_folder_overrides_and_a_broken_file_is_only_reported(tmp_path: Path) -> None:
    ours, mine = tmp_path / "ours", tmp_path / "mine"
    write(ours, "a.md", "---\nname: A\n---\nours")
    write(ours, "b.md", "---\nname: B\n---\nours")
    write(ours, "c.md", "---\nname: C\n---\nours")
    write(mine, "a.md", "---\nname: Another name\n---\nmine")
    write(mine, "other.md", "---\nname: b\n---\nmine")
    write(mine, "broken.md", "---\nname: x\nnope: 1\n---\n")
    write(mine, "twin.md", "---\nname: B\n---\ntwin")
    write(mine, "README.md", "no macro")
    write(mine, "notes.txt", "no macro")
    (mine / "latin.md").write_bytes(b"---\nname: x\n---\ncaf\xe9")
    (mine / "folder.md").mkdir()
    macros, errors = read_macro_folder([ours, mine, tmp_path / "absent"])
    assert [(macro.name, macro.body) for macro in macros] == [
        ("Another name", "mine"),
        ("b", "mine"),
        ("C", "ours"),
    ]
    assert sorted((Path(error.file).name, error.line) for error in errors) == [
        ("broken.md", 3),
        ("folder.md", None),
        ("latin.md", 4),
        ("twin.md", None),
    ]


def test_the_shipped_macros_are_whole() -> None:
    macros, errors = read_macro_folder([shipped_macros_dir()])
    assert not errors
    assert len(macros) >= 10
    for macro in macros:
        rendered = render(macro, CONTEXT)
        assert rendered.missing == (), macro.id
        assert "{{" not in rendered.text
        assert "{%" not in rendered.text
        assert "\n\n\n" not in rendered.text
        assert macro.description
        assert rendered.changes
        assert rendered.public is not (macro.id == "escalate")
