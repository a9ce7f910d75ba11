"""The order in which keys are handled: as they were typed, each once what the one before it did is there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from agentconsole.tui.keymap import Keymap
from agentconsole.tui.screens.main import MainScreen

HOLD_SECONDS = 0.5
"""How long keys are held for a dialog that does not come; then they go where the focus is."""

FIELD_SECONDS = 5.0
"""How long keys are held for a text field to deal with what was typed into it."""

STUCK_SECONDS = 2.0
"""How long keys must have been held before the quit key no longer waits with them."""


@runtime_checkable
class TakesKeys(Protocol):
    """A screen that sees a key before the focused widget does."""

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; False where it is the focused widget's own."""


class TypedKeysApp(App[str]):
    """An app in which no key overtakes another, and none goes where it was not meant to."""

    keymap: Keymap

    def __init__(self, *, ansi_color: bool | None) -> None:
        """Prepare; who inherits sets `keymap`."""
        super().__init__(ansi_color=ansi_color)
        self.last_key_at = 0.0
        """When a key last came, by the event loop's clock."""
        self._held_keys: deque[events.Key] = deque()
        self._holding = False
        self._hold_round = 0
        self._held_since = 0.0
        self._under_way: events.Key | None = None
        """An editing key that the focused widget or one of its parents is still to deal with."""

    async def on_event(self, event: events.Event) -> None:
        """Handle keys in the order they were typed, each before the next one is looked at.

        Textual hands a key to the focused widget's own queue and goes on to the next one, so that what is
        typed right after a key that moves the focus would go to the wrong widget.
        """
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.last_key_at = asyncio.get_running_loop().time()
            screen = self.screen
            if self._hold_if_not_ready(screen):
                if self._is_quit(event) and self._stuck:
                    # What is waited for may never come.
                    self.forget_keys()
                    await self.action_quit()
                else:
                    self._held_keys.append(event)
                return
            if not isinstance(screen, MainScreen) and self._is_quit(event):
                await self.action_quit()
                return
            if isinstance(screen, TakesKeys) and screen.take_key(event):
                return
            focused = screen.focused
            if focused is not None and not event.is_printable:
                await self._see_through(event, focused)
                return
        await super().on_event(event)
        if isinstance(event, events.Key):
            # It has come back from the focused widget and its parents, and its binding has run.
            await self._be_through(event)

    async def _see_through(self, event: events.Key, focused: Widget) -> None:
        """Have an editing key dealt with before the next key is looked at.

        A letter goes into a text field at once, but a binding such as Backspace runs only when the key has
        come back to the app by way of all parents: letters typed in the same instant would overtake it.
        """
        self._under_way = event
        await super().on_event(event)
        if event.is_forwarded:
            focused.call_later(self._follow, event, focused)
            self.set_timer(HOLD_SECONDS, partial(self._be_through, event))
        else:
            await self._be_through(event)

    def _follow(self, event: events.Key, node: MessagePump) -> None:
        """Go up with a key, from its queue to its parent's: who keeps it to itself ends its way."""
        if event is not self._under_way:
            return
        if event._stop_propagation:
            self.call_later(self._be_through, event)
        elif node._parent is not None and node._parent is not self:
            node._parent.call_later(self._follow, event, node._parent)

    async def _be_through(self, event: events.Key) -> None:
        if event is self._under_way:
            self._under_way = None
            # What the key did may hold keys for itself.
            if not self._holding:
                await self._hand_out()

    def hold_keys(self, seconds: float | None = HOLD_SECONDS) -> None:
        """Keep the keys that follow until `release_keys`, for what is about to take the focus.

        Args:
            seconds: After which they are handed out in any case; None for never.
        """
        if not self._holding:
            self._held_since = asyncio.get_running_loop().time()
        self._holding = True
        self._hold_round += 1
        if seconds is None:
            return
        this_round = self._hold_round
        self.set_timer(seconds, lambda: self.release_keys() if this_round == self._hold_round else None)

    def release_keys(self) -> None:
        """Hand out the keys that were kept, in order."""
        if self._holding:
            # A key that is handed out before may hold those behind it anew.
            self.call_later(self._hand_out_after, self._hold_round)

    def forget_keys(self) -> None:
        """Drop the keys that were kept: what they were meant for does not come."""
        self._held_keys.clear()
        self._holding = False
        self._hold_round += 1

    @property
    def _stuck(self) -> bool:
        waited = asyncio.get_running_loop().time() - self._held_since
        return self._holding and waited > STUCK_SECONDS

    def _is_quit(self, event: events.Key) -> bool:
        """Whether a key means to quit wherever the focus is, a text field or a dialog."""
        return self.keymap.action("composer", event.key, event.character) == "quit"

    def perform_after(self, field: Widget, action: str) -> None:
        """Do an action once a text field has dealt with what was typed before it; later keys wait.

        The field has a queue of its own: without this, Esc or the send key would overtake the last letters.
        """

        def perform() -> None:
            if isinstance(self.screen, MainScreen):
                self.screen.perform(action)

        self.do_after(field, perform)

    def do_after(self, field: Widget, job: Callable[[], None]) -> None:
        """Do a job once a widget has dealt with earlier keys and all have heard of it; later keys wait."""
        self.hold_keys(FIELD_SECONDS)
        step = partial(self.call_later, self._do_held, job)
        # What a widget tells of goes through its own queue, then through each parent's, up to the screen's.
        for node in reversed([node for node in field.ancestors_with_self if isinstance(node, Widget)]):
            step = partial(node.call_later, partial(node.call_later, step))
        step()

    async def _do_held(self, job: Callable[[], None]) -> None:
        self._holding = False
        self._hold_round += 1
        job()
        # The action may be waiting for something itself.
        if not self._holding:
            # Behind what a dialog that it has closed tells whoever asked.
            self._holding = True
            self.call_next(self._hand_out_after, self._hold_round)

    async def _hand_out_after(self, hold_round: int) -> None:
        if hold_round == self._hold_round:
            await self._hand_out()

    async def _hand_out(self) -> None:
        self._holding = False
        # Asked before a key is taken out: one that is held again must stay before those behind it.
        while self._held_keys and not self._hold_if_not_ready(self.screen):
            await self.on_event(self._held_keys.popleft())

    def _hold_if_not_ready(self, screen: Screen[Any]) -> bool:
        """Hold keys where the screen cannot take them yet; return whether they are held."""
        if self._holding or self._under_way is not None:
            return True
        if isinstance(screen, MainScreen):
            # A key after one that changes the list is meant for what that one brings.
            if not screen.complete or screen.lists.arriving:
                self.hold_keys(None)
        elif not getattr(screen, "ready", True):
            # A dialog that is not drawn yet.
            self.hold_keys()
        return self._holding
