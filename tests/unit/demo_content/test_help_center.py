from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

import agentconsole.demo.content
from agentconsole.demo.content.library import references
from agentconsole.demo.content.markdown import to_html
from agentconsole.demo.content.topics import topics
from agentconsole.demo.records import CompanyRecord, TicketRecord

DATA = Path(agentconsole.demo.content.__file__).parent / "data"
PLACEHOLDERS = {
    "ticket.id",
    "ticket.title",
    "ticket.requester.name",
    "ticket.requester.first_name",
    "ticket.requester.email",
    "current_user.name",
    "current_user.first_name",
}
ACTIONS = {
    "comment_value",
    "comment_mode_is_public",
    "status",
    "priority",
    "current_tags",
    "remove_tags",
}


def test_the_companys_articles(nettlebay: CompanyRecord) -> None:
    own = [article for article in nettlebay.articles if article.source == "company"]
    languages: dict[str, set[str]] = defaultdict(set)
    for article in own:
        languages[article.slug].add(article.locale)
    assert sum("en-us" in locales for locales in languages.values()) >= 40
    assert sum(locales == {"en-us", "zh-cn"} for locales in languages.values()) >= 15
    assert sum(locales == {"zh-cn"} for locales in languages.values()) >= 3
    for article in own:
        text = re.sub("<[^>]+>", " ", article.body_html)
        length = len(text.split()) if article.locale == "en-us" else len(text)
        assert 110 <= length <= 700, article.slug
        if article.locale == "en-us":
            assert length <= 320, article.slug
        assert article.title
        assert "article:" not in article.body_html


def test_ids_and_shelves_fit(nettlebay: CompanyRecord) -> None:
    sections = {section.id: section for section in nettlebay.sections}
    categories = {category.id for category in nettlebay.categories}
    assert all(section.category_id in categories for section in nettlebay.sections)
    seen: set[tuple[int, str]] = set()
    slugs: dict[int, str] = {}
    locales: dict[int, set[str]] = defaultdict(set)
    for article in nettlebay.articles:
        assert article.section_id in sections
        assert (article.id, article.locale) not in seen
        seen.add((article.id, article.locale))
        assert slugs.setdefault(article.id, article.slug) == article.slug
        locales[article.id].add(article.locale)
    assert all(article.source_locale in locales[article.id] for article in nettlebay.articles)
    assert {article.source for article in nettlebay.articles} == {"company", "logingov", "gnome"}
    assert {article.locale for article in nettlebay.articles} == {"en-us", "zh-cn", "es"}
    for article in nettlebay.articles:
        assert not re.search(r"<(script|style|iframe|img|svg)|javascript:|\son\w+=", article.body_html)
        assert "{%" not in article.body_html
        assert "{{" not in article.body_html


def test_every_hand_written_ticket_has_its_true_article(
    told: tuple[TicketRecord, ...], nettlebay: CompanyRecord
) -> None:
    known = {article.slug for article in nettlebay.articles}
    groups = {slug: reference.group_id for slug, reference in references().items()}
    assert len(told) >= 30
    for ticket in told:
        assert ticket.true_article in known
        assert len(ticket.messages) <= 7
        assert ticket.true_article is not None
        assert groups[ticket.true_article] == ticket.group_id, ticket.key


def test_every_banking_intent_has_questions_and_an_article() -> None:
    with (DATA / "banking77" / "questions.csv").open(encoding="utf-8", newline="") as lines:
        intents = {row["category"].rstrip("?").lower() for row in csv.DictReader(lines)}
    assert len(intents) == 77
    real = {topic.name: topic for topic in topics() if topic.verbatim}
    assert set(real) == intents
    for topic in real.values():
        assert len(topic.variants) >= 30
        assert topic.article.slug in references()


def test_answers_name_nothing_that_is_not_known() -> None:
    known = {
        "order",
        "item",
        "price",
        "ordered",
        "serial",
        "ending",
        "first",
        "day",
        "amount",
        "title",
        "address",
        "me",
    }
    for topic in topics():
        for variant in topic.variants:
            texts = [*variant.subjects, *variant.answers, *topic.ask, *topic.detail]
            texts += [] if topic.verbatim else [variant.question]
            names = {name for text in texts for name in re.findall(r"\{(\w*)\}", text)}
            assert names <= known, topic.name
            if topic.needs == "none":
                assert not names & {"order", "item", "price", "ordered", "serial"}, topic.name
            if topic.needs == "any":
                assert "serial" not in names, topic.name


def test_macros_use_known_placeholders_and_actions(nettlebay: CompanyRecord) -> None:
    assert len(nettlebay.macros) == 25
    options = {field.id: {option.value for option in field.options} for field in nettlebay.fields}
    titles = [macro.title for macro in nettlebay.macros]
    assert len(set(titles)) == 25
    assert all(title.count("::") == 1 for title in titles)
    for macro in nettlebay.macros:
        actions = dict(macro.actions)
        found = re.findall(r"\{\{(.*?)\}\}", str(actions["comment_value"]))
        assert {name.strip() for name in found} <= PLACEHOLDERS
        for name, value in macro.actions:
            if name.startswith("custom_fields_"):
                assert value in options[int(name.removeprefix("custom_fields_"))]
            else:
                assert name in ACTIONS
        assert macro.group_id is None or macro.group_id in {group.id for group in nettlebay.groups}
    assert any(dict(macro.actions).get("comment_mode_is_public") == "false" for macro in nettlebay.macros)


def test_each_public_set_carries_licence_and_attribution() -> None:
    for name in ("banking77", "abcd", "logingov", "gnome"):
        files = {path.name for path in (DATA / name).iterdir()}
        assert files & {"LICENSE", "LICENSE.md"}, name
        assert name == "gnome" or "ATTRIBUTION.md" in files
    assert "CC BY-SA 3.0" in (DATA / "gnome" / "LICENSE.md").read_text(encoding="utf-8")
    size = sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file())
    assert size < 3_000_000


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** [c](x)", '<p>a <strong>b</strong> <a href="to:x">c</a></p>'),
        ("## T\n\n1. one\n2. two", "<h2>T</h2>\n<ol><li>one</li><li>two</li></ol>"),
        ("lead:\n- one\n  more", "<p>lead:</p>\n<ul><li>one more</li></ul>"),
        (
            "| A | B |\n| --- | --- |\n| 1 | <2> |",
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>&lt;2&gt;</td></tr></table>",
        ),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert to_html(text, lambda target: f"to:{target}") == html
