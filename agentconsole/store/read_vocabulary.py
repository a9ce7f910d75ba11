"""Reads what queries can name: tags, groups, agents and the like."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from agentconsole.store.read_accounts import AccountReads

if TYPE_CHECKING:
    from agentconsole.domain.query_completion import Vocabulary

_MOST = 1_000
"""Values of one kind at most; nobody picks from more."""


class VocabularyReads(AccountReads):
    """What may be completed while a query is typed."""

    def vocabulary(self) -> Vocabulary:
        """Return what there is to name, the most used first; takes tens of milliseconds."""
        # The console's first frame needs none of this.
        from agentconsole.domain.query_completion import CustomField, Vocabulary

        with self._snapshot():
            live = "account_id IN (SELECT id FROM account WHERE removed = 0)"
            return Vocabulary(
                tags=self._names("SELECT tag FROM ticket_tag GROUP BY tag ORDER BY count(*) DESC, tag"),
                groups=self._names(
                    f"SELECT name FROM agent_group WHERE deleted = 0 AND {live} ORDER BY name COLLATE NOCASE"
                ),
                agents=self._names(
                    "SELECT name FROM person WHERE active = 1 AND role IN ('agent', 'admin') AND name <> ''"
                    f" AND {live} ORDER BY name COLLATE NOCASE"
                ),
                organisations=self._names(
                    f"SELECT name FROM organisation WHERE {live} ORDER BY name COLLATE NOCASE"
                ),
                channels=self._names("SELECT channel FROM ticket GROUP BY channel ORDER BY count(*) DESC"),
                accounts=self._names("SELECT name FROM account WHERE removed = 0 ORDER BY position, id"),
                custom=tuple(
                    CustomField(
                        name,
                        definitions[0].label,
                        tuple(dict.fromkeys(label for one in definitions for label in one.choices.values())),
                    )
                    for name, definitions in self.custom_fields().items()
                ),
            )

    def _names(self, sql: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row[0] for row in self._rows(f"{sql} LIMIT {_MOST}") if row[0]))
