"""Leaving the console, and leaving it for the form of a new account."""

from __future__ import annotations

from collections.abc import Mapping

from agentconsole.desk import outbox as desk_outbox
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.dialog import Choice


class LeavingFlow(Flow):
    """What concerns the whole console."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"quit": self._quit, "add_account": self._add_account}

    def _add_account(self) -> None:
        from agentconsole.tui.screens.account_setup import open_account_setup

        self.screen.writing.save_now()
        open_account_setup(self.screen.the_app)

    def ask(self) -> None:
        """Leave for the key that goes back: as it is easily pressed once too often, it asks in any case."""
        if self.screen.long_work.running or _waiting(desk_outbox.counts(self.desk)):
            self._quit()
            return
        answers = (("accept", "quit"), ("quit_now", "the same"))
        question = Choice("Quit?", ("Nothing waits to go out.",), answers)
        self.screen.app.push_screen(question, lambda answer: None if answer is None else self._quit())

    def _quit(self) -> None:
        screen = self.screen
        screen.writing.save_now()
        running = screen.long_work.running
        if not running:
            self._leave()
            return
        question = Choice(
            "Quit in the middle?",
            tuple(f"{work.words} tickets are done." for work in running),
            (("quit_finish", "finish it first, then quit"), ("quit_stop", "quit; the rest stays as it is")),
            kind="alarm",
        )

        def answered(answer: str | None) -> None:
            if answer == "quit_stop":
                screen.long_work.stop()
            elif answer is not None:
                self.tell("It is finished first; then the console quits.")
            if answer is not None:
                screen.long_work.when_done(self._leave)

        screen.app.push_screen(question, answered)

    def _leave(self) -> None:
        """Leave, asking first where something still waits to go out."""
        screen = self.screen
        counts = desk_outbox.counts(self.desk)
        total = _waiting(counts)
        if not total:
            screen.the_app.leave(linger=False)
            return
        changes = "One change waits" if total == 1 else f"{total} changes wait"
        lines = [f"{changes} to go out to the helpdesk."]
        if asking := counts.get("conflict", 0) + counts.get("rejected", 0):
            lines.append(f"{asking} more need{'s' if asking == 1 else ''} your decision and will wait.")
        answers = [
            ("quit_send", "send first, then quit"),
            ("quit_background", "quit; it goes out in the background"),
            ("quit_keep", "quit; keep it until the next start"),
        ]
        if desk_outbox.no_line(self.desk):
            lines.append("The helpdesk cannot be reached now.")
            answers[:2] = [("quit_background", "quit; it goes out in the background once it can")]
        question = Choice("Quit?", tuple(lines), tuple(answers), kind="alarm")
        screen.app.push_screen(question, self._answered)

    def _answered(self, answer: str | None) -> None:
        app = self.screen.the_app
        if answer == "quit_send":
            self.screen.sending.send_all_and_leave()
        elif answer == "quit_background":
            app.leave(linger=True)
        elif answer == "quit_keep":
            app.leave(linger=False)


def _waiting(counts: Mapping[str, int]) -> int:
    """Count the changes that go out by themselves, given how many are in each state."""
    return sum(counts.get(state, 0) for state in ("held", "queued", "sending", "unknown"))
