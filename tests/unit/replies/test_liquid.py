from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.fields import RemoteMacro
from agentconsole.domain.tickets import FieldValue
from agentconsole.replies.context import PersonFacts, TicketFacts
from agentconsole.replies.liquid import apply_remote_macro, placeholder_values, render_placeholders
from tests.unit.replies.facts import CONTEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{ticket.requester.first_name}} {{ ticket.requester.last_name }}", "Hi Anna Smith"),
        ("{{ticket.id}} {{ticket.title}} {{ticket.account}}", "41 Where is my order? Nettlebay"),
        ("{{current_user.name}} / {{agent.signature}}", "Bo Berg / Bo, Nettlebay"),
        ("{{ticket.latest_comment}} {{ticket.ticket_field_7001}}", "any news? N-10482"),
        ("{{ticket.tags}} {{ticket.priority}} {{ticket.created_at}}", "order late High 20 November 2026"),
        ("{{ticket.requester.phone | default: 'no phone'}}", "no phone"),
        ("{{agent.name | upcase}}", "BO BERG"),
        ("no placeholders { } {{ }} }}", "no placeholders { } {{ }} }}"),
    ],
)
def test_placeholders(text: str, expected: str) -> None:
    assert render_placeholders(text, CONTEXT) == (expected, ())


def test_what_is_not_known_stays_in_sight() -> None:
    text, missing = render_placeholders(
        "{{dc.hello}} {{ticket.requester.phone}} {{agent.name | nonsense}} {% if ticket.id %} {{dc.hello}}",
        CONTEXT,
    )
    assert missing == ("dc.hello", "ticket.requester.phone", "agent.name | nonsense", "if ticket.id")
    assert text == " ".join(f"[[{name}?]]" for name in (*missing, "dc.hello"))


def effects(*actions: tuple[str, FieldValue]) -> tuple[FieldChange, ...]:
    return apply_remote_macro(RemoteMacro("1", "title", "", actions), CONTEXT).changes


def test_a_whole_macro() -> None:
    macro = RemoteMacro(
        "1",
        "Refund::Done",
        "",
        (
            ("comment_value", ("channel:all", "Hi {{ticket.requester.first_name}},\n\ndone.")),
            ("comment_mode_is_public", "false"),
            ("status", "solved"),
            ("priority", "high"),
            ("type", "problem"),
            ("assignee_id", "current_user"),
            ("group_id", "360001"),
            ("subject", "Done: {{ticket.title}}"),
            ("current_tags", "refund done"),
            ("remove_tags", "waiting"),
            ("custom_fields_7001", "delivery"),
            ("notification_user", ("current_user", "x", "y")),
        ),
    )
    result = apply_remote_macro(macro, CONTEXT)
    assert result.text == "Hi Anna,\n\ndone."
    assert result.public is False
    assert result.ignored == ("notification_user",)
    assert result.missing == ()
    assert result.changes == (
        FieldChange("status", "solved"),
        FieldChange("priority", "high"),
        FieldChange("type", "problem"),
        FieldChange("assignee", "me"),
        FieldChange("group", "360001"),
        FieldChange("subject", "Done: Where is my order?"),
        FieldChange("custom:7001", "delivery"),
        FieldChange("tags", TagsEdit(add=("refund", "done"), remove=("waiting",))),
    )


def test_actions_in_their_order() -> None:
    assert effects(("status", "open"), ("status", "solved")) == (FieldChange("status", "solved"),)
    assert effects(("current_tags", "a b"), ("remove_tags", "b c")) == (
        FieldChange("tags", TagsEdit(add=("a",), remove=("b", "c"))),
    )
    assert effects(
        ("current_tags", "x"), ("set_tags", "b a"), ("current_tags", "c"), ("remove_tags", "a")
    ) == (FieldChange("tags", ("b", "c")),)
    assert effects(("assignee_id", ""), ("group_id", None)) == (
        FieldChange("assignee", None),
        FieldChange("group", None),
    )
    assert effects(("custom_status_id", "99")) == (FieldChange("status", "99"),)


def test_text_comes_from_html_and_from_the_right_channel() -> None:
    macro = RemoteMacro(
        "1",
        "t",
        "",
        (
            ("comment_value_html", "<p>Hi <b>{{ticket.requester.first_name}}</b></p><ul><li>one</li></ul>"),
            ("comment_value", ("channel:chat", "chat only")),
        ),
    )
    result = apply_remote_macro(macro, CONTEXT)
    assert result.text == "Hi Anna\n\n* one"
    assert result.public is None
    assert result.ignored == ("comment_value (channel:chat)",)


@settings(max_examples=200)
@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_never_raises_and_values_stay_as_they_are(text: str, name: str, subject: str) -> None:
    context = replace(CONTEXT, customer=PersonFacts(name=name), ticket=TicketFacts(subject=subject))
    render_placeholders(text, context)
    filled, _ = render_placeholders("A{{ticket.requester.name}}B{{ticket.title}}C", context)
    expected = f"A{name or '[[ticket.requester.name?]]'}B{subject or '[[ticket.title?]]'}C"
    assert filled == expected
    apply_remote_macro(
        RemoteMacro("1", "t", "", (("comment_value", text), (text, subject), ("current_tags", text))), context
    )


def test_a_placeholder_in_a_value_is_not_filled_in() -> None:
    context = replace(CONTEXT, customer=PersonFacts(name="{{agent.signature}}"))
    assert render_placeholders("{{ticket.requester.name}}", context) == ("{{agent.signature}}", ())


def test_every_known_placeholder_is_text() -> None:
    assert all(isinstance(value, str) for value in placeholder_values(CONTEXT).values())
