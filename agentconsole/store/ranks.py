"""Statuses and priorities as the numbers that the ticket table keeps of them."""

from __future__ import annotations

from typing import Final

from agentconsole.domain.ticket_words import PRIORITIES, STATUSES

STATUS_RANK: Final[dict[str, int]] = {word: rank for rank, word in enumerate(STATUSES)}
PRIORITY_RANK: Final[dict[str, int]] = {word: rank for rank, word in enumerate(PRIORITIES, 1)}
SOLVED: Final = STATUS_RANK["solved"]
