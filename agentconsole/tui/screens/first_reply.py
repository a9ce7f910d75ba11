"""Before the first public reply of an account: who will read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.app import App

from agentconsole.desk.replies import Recipients
from agentconsole.tui.screens.dialog import Choice

_MOST_SHOWN: Final = 6


def confirm_recipients(app: App[str], account: str, who: Recipients, go_on: Callable[[], None]) -> None:
    """Show who reads the reply, and go on only when the agent agrees.

    The key is neither Enter nor one of the send menu's, so that a habit does not answer.

    Args:
        app: The console.
        account: The account's short name.
        who: The readers.
        go_on: Sends the reply; anything else leads back to the text.
    """
    lines = [
        f"This is the first public reply from {account}, so look once whom it reaches:",
        "",
        *_listed("To", who.to or ("nobody",)),
        *_listed("CC", who.cc),
        who.outside_words,
        "",
        "You are not asked again for this account.",
    ]
    question = Choice(
        "Are these the right people?",
        tuple(lines),
        (("reach_confirm", "yes, send it to them"),),
        kind="public",
    )
    app.push_screen(question, lambda answer: go_on() if answer is not None else None)


def _listed(word: str, addresses: tuple[str, ...]) -> list[str]:
    lines = [f"{word} {address}" for address in addresses[:_MOST_SHOWN]]
    if len(addresses) > _MOST_SHOWN:
        lines.append(f"and {len(addresses) - _MOST_SHOWN} more")
    return lines
