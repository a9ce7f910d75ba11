from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentconsole.replies.context import PersonFacts, RenderContext, TicketFacts, first_name
from agentconsole.replies.errors import MacroError
from agentconsole.replies.macros import parse_macro
from agentconsole.replies.rendering import MAX_RENDERED_LENGTH, render
from tests.unit.replies.facts import CONTEXT


def rendered(body: str, context: RenderContext = CONTEXT) -> tuple[str, tuple[str, ...]]:
    result = render(parse_macro(f"---\nname: x\n---\n{body}", "x.md"), context)
    return result.text, result.missing


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hi {{ customer.first_name }}, {{ requester.name }}", "Hi Anna, Anna Smith"),
        (
            "{{ customer }} {{ ticket }} {{ agent.first_name }} {{ agent.last_name }}",
            "Anna Smith #41 Bo Berg",
        ),
        ("{{ today }} {{ ticket.created|date('%d.%m.%y') }}", "22 November 2026 20.11.26"),
        ("{{ today|plus_days(3)|date('%A, %-d %b %Y') }}", "Wednesday, 25 Nov 2026"),
        (
            "{{ ticket.tags }}; {{ ticket.tags|join(' + ') }}; {{ ticket.tags[0] }}",
            "order, late; order + late; order",
        ),
        ("{{ ticket.fields['Order number'] }} {{ ticket.fields.order_number }}", "N-10482 N-10482"),
        ("{{ ticket.fields.gift }} {{ 1 if ticket.fields.gift else 2 }}", "yes 1"),
        ("{% if customer.phone %}call{% else %}write{% endif %}", "write"),
        (
            "{% for t in ticket.tags %}{{ loop.index }}{{ t }}{% if not loop.last %},{% endif %}{% endfor %}",
            "1order,2late",
        ),
        ("{{ customer.phone|default('no phone') }}", "no phone"),
        ("{{ customer.name|upper }} {{ customer.name|first_name|lower }}", "ANNA SMITH anna"),
        ("a{# note #}b", "ab"),
        ("{% if ticket.tags %}\n- tags\n{% endif %}\nend", "- tags\nend"),
        ("Hi{% if ticket.tags %} you{% endif %}\nnext", "Hi you\nnext"),
        ("{% raw %}{{ kept }}{% endraw %}", "{{ kept }}"),
        ("<b>&</b> {{ '<i>' }}", "<b>&</b> <i>"),
    ],
)
def test_the_dialect(body: str, expected: str) -> None:
    assert rendered(body) == (expected, ())


def test_what_is_not_known_stays_in_sight_and_is_listed_once() -> None:
    text, missing = rendered(
        "{{ customer.phone }} {{ customer.phone|upper }} {{ nobody }} {{ ticket.fields.cause }}"
        " {{ customer.a.b }} {{ ticket.fields.empty }}"
    )
    assert missing == (
        "customer.phone",
        "nobody",
        "ticket.fields.cause",
        "customer.a.b",
        "ticket.fields.empty",
    )
    assert text == " ".join(f"[[{name}?]]" for name in ("customer.phone", *missing))


@pytest.mark.parametrize(
    "body",
    [
        "{{ 10**9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ range(10**9) }}",
        "{{ customer.name.upper() }}",
        "{{ ''.__class__.__mro__() }}",
        "{{ lipsum() }}",
        "{% set a = 'x' ~ 'x' %}",
        "{% with a = 1 %}{% endwith %}",
        "{% macro f() %}{{ f() }}{% endmacro %}",
        "{% include 'other' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% block b %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{% for a in ticket.tags recursive %}{% endfor %}",
        "{% for a in ticket.tags %}" * 3 + "{% endfor %}" * 3,
        "{{ " + "(" * 3000,
        "{{ 'a'" + " + 'a'" * 3000 + " }}",
        "{% if a %}" * 300 + "{% endif %}" * 300,
        "{{ " + "9" * 6000 + " }}",
        "{{ customer.name|pprint }}",
        "{{ customer.name is callable }}",
    ],
)
def test_what_could_run_away_or_break_out_is_refused_when_read(body: str) -> None:
    with pytest.raises(MacroError):
        parse_macro(f"---\nname: x\n---\n{body}", "x.md")


@pytest.mark.parametrize("name", ["__class__", "_private", "values", "path", "__init__"])
def test_no_way_into_objects(name: str) -> None:
    for owner in ("customer", "ticket", "today", "''", "ticket.tags"):
        text, missing = rendered(f"{{{{ {owner}.{name} }}}}{{{{ {owner}['{name}'] }}}}")
        assert text.startswith("[[")
        assert missing


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("a\n{{ 1 + 'a' }}", 5),
        ("{{ 1 < 'a' }}", 4),
        ("a\n\n{{ customer.nothing < 1 }}", 6),
        ("{{ today|date('%H') }}", 4),
        ("{{ today|plus_days('x') }}", 4),
        ("{{ today|plus_days(99999999999) }}", 4),
        ("{% for c in customer.name %}{% endfor %}", 4),
        ("{{ customer.name|default(1, 2, 3) }}", 4),
    ],
)
def test_what_does_not_work_out_is_told_with_its_line(body: str, line: int) -> None:
    with pytest.raises(MacroError) as caught:
        rendered(body)
    assert caught.value.line == line


def test_loops_and_length_are_bounded() -> None:
    many = replace(CONTEXT, ticket=TicketFacts(tags=tuple(f"t{n}" for n in range(100_000))))
    assert rendered("{% for a in ticket.tags %}x{% endfor %}", many)[0] == "x" * 50
    body = "{% for a in ticket.tags %}{% for b in ticket.tags %}" + "x" * 100 + "{% endfor %}{% endfor %}"
    with pytest.raises(MacroError, match=f"{MAX_RENDERED_LENGTH:,}"):
        rendered(body, many)


_BODY = (
    "A:{{ customer.name }}:B:{{ ticket.subject }}:C:{{ ticket.fields['X'] }}"
    ":D:{{ customer.email|default('') }}:E"
)


@settings(max_examples=200)
@given(st.tuples(*[st.text(max_size=40)] * 4))
def test_values_are_inserted_as_they_are_and_never_read_as_templates(
    values: tuple[str, str, str, str],
) -> None:
    name, subject, custom, email = values
    context = replace(
        CONTEXT,
        customer=PersonFacts(name=name, email=email),
        ticket=TicketFacts(subject=subject, fields={"X": custom}),
    )
    text, missing = rendered(_BODY, context)
    expected = (
        f"A:{name or '[[customer.name?]]'}:B:{subject or '[[ticket.subject?]]'}"
        f":C:{custom or '[[ticket.fields.X?]]'}:D:{email}:E"
    )
    assert text == expected
    assert len(missing) == [name, subject, custom].count("")


@pytest.mark.parametrize(
    "trick", ["{{ 7 - 1 }}", "{% if 1 %}x{% endif %}", "{# gone #}", "{{", "%}", "[[x?]]"]
)
def test_a_template_in_a_name_stays_text(trick: str) -> None:
    context = replace(CONTEXT, customer=PersonFacts(name=trick))
    assert rendered("Hi {{ customer.name }}!", context) == (f"Hi {trick}!", ())


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Anna Smith", "Anna"),
        ("Smith, Anna", "Anna"),
        ("  anna ", "anna"),
        ("王小明", "王小明"),
        ("a@example.com", ""),
        ("", ""),
        (",", ","),
    ],
)
def test_first_names(name: str, first: str) -> None:
    assert first_name(name) == first
