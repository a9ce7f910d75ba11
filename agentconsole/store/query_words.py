"""Compiles the words of a query to SQL over the full text, the tickets' numbers and who asked."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentconsole.domain.queries import Words
from agentconsole.store.conditions import Condition, joined, likes, marks
from agentconsole.store.match import all_words, phrase

MESSAGES_LOOKED_AT: Final = 5_000
"""A word that is in more messages than this counts in the newest only."""

_LEAST_BEGINNING: Final = 3
"""So many letters are taken for the beginning of a word too."""


def words_sql(words: Sequence[Words], account_ids: Sequence[int]) -> Condition:
    """Compile words to a condition on `ticket t`.

    Each word in subject, requester, id or some message; or all of them in one message.
    """
    ids = [_word_ids(word, account_ids) for word in words]
    found = ids[0]
    if len(words) > 1:
        # The first one's list is gone through, and the others' are only looked into: without the limit SQLite
        # would ask the full text about each ticket anew.
        others = "".join(f" AND w.id IN ({other.sql})" for other in ids[1:])
        params = [param for each in ids for param in each.params]
        found = Condition(f"SELECT w.id FROM ({found.sql} LIMIT -1) w WHERE 1{others}", params)
        together = " AND ".join(
            filter(None, [phrase(word.text) if word.exact else all_words(word.text) for word in words])
        )
        if together:
            found = joined(" UNION ALL ", [found, _messages(together)])
    return Condition(f"t.id IN ({found.sql})", found.params)


def any_word_sql(words: Sequence[Words], account_ids: Sequence[int]) -> Condition:
    """Compile words to a condition on `ticket t`: it has at least one of them."""
    found = joined(" UNION ALL ", [_word_ids(word, account_ids) for word in words])
    return Condition(f"t.id IN ({found.sql})", found.params)


def _word_ids(words: Words, account_ids: Sequence[int]) -> Condition:
    """Select the ids of the tickets that have a word, from indexes: no subject is read but of the latest."""
    parts = [_subjects(words.text)]
    if account_ids:
        parts.append(
            Condition(
                f"SELECT id FROM ticket WHERE account_id IN ({marks(account_ids)}) AND remote_id = ?",
                [*account_ids, words.text.removeprefix("#")],
            )
        )
    likely = likes("name", words.text)
    named = f"FROM person WHERE account_id = ? AND (email = ? COLLATE NOCASE OR {likely.sql})"
    for account_id in account_ids:
        person = [account_id, words.text, *likely.params]
        # Who asked has no index: the tickets are gone through only where there is anybody of that name.
        parts.append(
            Condition(
                f"SELECT x.id FROM (SELECT 1 {named} LIMIT 1) CROSS JOIN ticket x NOT INDEXED"
                f" WHERE x.account_id = ? AND x.requester IN (SELECT remote_id {named})",
                [*person, account_id, *person],
            )
        )
    match = phrase(words.text)
    if match is not None:
        parts.append(_messages(match))
    return joined(" UNION ALL ", parts)


def _subjects(text: str) -> Condition:
    """Select the tickets in whose subject a word, or a word that begins so, stands."""
    match = phrase(text)
    likely = likes("x.subject", text)
    if match is None:
        return Condition(f"SELECT x.id AS id FROM ticket x WHERE {likely.sql}", likely.params)
    if sum(map(str.isalnum, text)) >= _LEAST_BEGINNING:
        match += "*"
    # What the full text does not know yet is few, but for a first sync.
    return Condition(
        "SELECT rowid AS id FROM ticket_fts WHERE ticket_fts MATCH ? UNION ALL SELECT d.id FROM dirty d"
        f" CROSS JOIN ticket x ON x.id = d.id WHERE d.kind = 'ticket' AND {likely.sql}",
        [match, *likely.params],
    )


def _messages(match: str) -> Condition:
    return Condition(
        "SELECT ticket_id FROM message WHERE id IN ("
        "SELECT rowid FROM message_fts WHERE message_fts MATCH ? ORDER BY rowid DESC LIMIT ?)",
        [match, MESSAGES_LOOKED_AT],
    )
