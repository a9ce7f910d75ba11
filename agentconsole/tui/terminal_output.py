"""A driver that ends properly when its terminal has gone, and goes on properly after having been stopped."""

from __future__ import annotations

from typing import IO, Any

from textual.driver import Driver


class LastingOutput:
    """A stream whose writes are lost, and no longer fail, once nobody reads them.

    Textual's writing thread would die of the first failure, and whoever writes next would wait for it for
    ever: a console without a terminal that holds its profile.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, if anybody can read it."""
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Bring out what is buffered, if anybody can read it."""
        try:
            self._stream.flush()
        except OSError:
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def lasting(driver: type[Driver]) -> type[Driver]:
    """Give a driver class that outlasts its terminal and being stopped; one without either is as it was."""

    class LastingDriver(driver):  # type: ignore[misc,valid-type]
        """The driver, writing to what outlasts the terminal."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            stream = getattr(self, "_file", None)
            if stream is not None:
                self._file = LastingOutput(stream)

        def _sigcont_application(self, *args: Any) -> None:
            """Go on after having been stopped.

            Who was stopped without having been asked (SIGSTOP) has not given the terminal back: Textual would
            begin once more beside itself, take the modes it has set for the terminal's own, and never end.
            """
            if self._auto_restart and not self._must_signal_resume and self._key_thread is not None:
                self.suspend_application_mode()
            super()._sigcont_application(*args)
            # Whatever was written meanwhile is on the screen.
            self._app.call_later(self._app.refresh, layout=True)

    return LastingDriver
