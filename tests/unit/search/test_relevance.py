"""For each hand-written ticket of the demo its true article is among the first three that are found.

The query is what an agent has before writing a word: subject and first message, as they came. The haystack is
all articles of the Help Center, in all languages.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentconsole.demo import content
from agentconsole.demo.content.story import stories
from agentconsole.demo.records import ArticleRecord, TicketRecord
from agentconsole.search.knowledge import ArticleDoc, KnowledgeIndex
from agentconsole.text.html import html_to_text

SEED = 1
NOW = 1_795_000_000
"""Seconds; any day will do."""

_COMPANY = content.company(seed=SEED, now=NOW)
_COUNT = len(stories(_COMPANY, NOW))
_TICKETS = [
    ticket
    for ticket in content.tickets(_COMPANY, count=_COUNT, seed=SEED, now=NOW)
    if ticket.true_article is not None
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KnowledgeIndex, dict[int, str]]]:
    index = KnowledgeIndex(tmp_path_factory.mktemp("relevance") / "index")
    index.rebuild(doc_of(number, article) for number, article in enumerate(_COMPANY.articles))
    yield index, {number: article.slug for number, article in enumerate(_COMPANY.articles)}
    index.close()


def doc_of(number: int, article: ArticleRecord) -> ArticleDoc:
    return ArticleDoc(
        id=number,
        title=article.title,
        body_text=html_to_text(article.body_html),
        labels=article.labels,
        locale=article.locale,
        updated_at=article.updated_at,
        group=str(article.id),
    )


def test_there_are_hand_written_tickets() -> None:
    assert len(_TICKETS) >= 14


@pytest.mark.parametrize("ticket", _TICKETS, ids=lambda ticket: f"{ticket.key}-{ticket.true_article}")
def test_the_true_article_is_among_the_first_three(
    shelf: tuple[KnowledgeIndex, dict[int, str]], ticket: TicketRecord
) -> None:
    index, slugs = shelf
    query = f"{ticket.subject}\n{ticket.messages[0].body}"
    found = [slugs[hit.article_id] for hit in index.search(query, limit=3, locale="en-us")]
    assert ticket.true_article in found
