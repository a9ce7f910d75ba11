"""Output that outlasts its terminal, so that the console ends properly when the terminal has gone."""

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
    """Give a driver class whose output is a `LastingOutput`; one that has no output stays as it is."""

    class LastingDriver(driver):  # type: ignore[misc,valid-type]
        """The driver, writing to what outlasts the terminal."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            stream = getattr(self, "_file", None)
            if stream is not None:
                self._file = LastingOutput(stream)

    return LastingDriver
