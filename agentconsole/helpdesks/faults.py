"""What a broken exchange or a refusing answer is to the rest of the program: one of the domain's errors.

A fault before the first byte of a request left is `Unreachable`: nothing can have been processed. A fault
after it is `AnswerLost`.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    Conflict,
    HelpdeskError,
    LoginRefused,
    NotAllowed,
    NotFound,
    Rejected,
    ServerFailed,
    Throttled,
    TlsFailed,
    TryAgain,
    Unreachable,
)
from agentconsole.helpdesks.addresses import shown
from agentconsole.helpdesks.answers import load_json
from agentconsole.helpdesks.causes import causes, reason, wait_seconds
from agentconsole.text.cleaning import clean_line

LONGEST_REASONS: Final = 600
"""Characters of the server's own words in a sentence."""
DEFAULT_WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an adapter reads out of an error answer."""

    code: str = ""
    """The server's own name for the error, such as `RecordInvalid`."""
    reasons: tuple[str, ...] = ()
    """The server's own words, one a field."""
    passing: bool = False
    """A collision inside the server, after which it asks to repeat the request; nothing was written."""


ReadRefusal = Callable[[int, Any], Refusal]
"""Reads an error's JSON (None where it is not JSON)."""


class Faults:
    """Says what went wrong with one account's helpdesk."""

    def __init__(self, name: str, host: str, read_refusal: ReadRefusal) -> None:
        """Prepare.

        Args:
            name: The account's short name, which every sentence begins with.
            host: As sentences name the helpdesk.
            read_refusal: Reads an error answer's JSON.
        """
        self._name = name
        self._host = host
        self._read_refusal = read_refusal

    @contextlib.contextmanager
    def translated(self, url: httpx.URL) -> Iterator[None]:
        """Turn what breaks an exchange with `url` into one of the domain's errors.

        Raises:
            HelpdeskError: As the module says.
        """
        where = url.netloc.decode("ascii")
        try:
            yield
        except httpx.ConnectTimeout as error:
            raise Unreachable(
                f"{self._name}: {where} did not answer in time; it is tried again by itself."
            ) from error
        except httpx.ConnectError as error:
            raise self._no_connection(where, error) from error
        except httpx.LocalProtocolError:
            # Its text can hold the header's value, and so the credentials.
            raise Unreachable(
                f"{self._name}: the request to {where} could not be built; check the secret."
            ) from None
        except (httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise Unreachable(f"{self._name}: no connection to {where}: {reason(error)}.") from error
        except httpx.InvalidURL as error:
            # Wherever it redirects to is looked at before it is asked whether to go there.
            raise BadAnswer(f"{self._name}: {where} points to what is no web address.") from error
        except (httpx.DecodingError, httpx.TooManyRedirects) as error:
            raise BadAnswer(
                f"{self._name}: the answer of {where} could not be read: {reason(error)}."
            ) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise AnswerLost(f"{self._name}: {where} did not finish its answer in time.") from error
        except httpx.HTTPError as error:
            if isinstance(error.__context__, httpx.InvalidURL):
                raise BadAnswer(f"{self._name}: {where} points to what is no web address.") from error
            raise AnswerLost(
                f"{self._name}: the connection to {where} broke before the answer was whole."
            ) from error

    def _no_connection(self, where: str, error: BaseException) -> Unreachable:
        for cause in causes(error):
            if isinstance(cause, ssl.SSLError):
                why = getattr(cause, "verify_message", "") or cause.reason or "the handshake failed"
                return TlsFailed(
                    f"{self._name}: no secure connection to {where}: {str(why).replace('_', ' ').lower()}; "
                    "check the account's address and this machine's certificates."
                )
        text = reason(error)
        if "ssl" in text.lower():
            return TlsFailed(
                f"{self._name}: no secure connection to {where}: {text}; check the account's address."
            )
        return Unreachable(f"{self._name}: no connection to {where}: {text}; it is tried again by itself.")

    def refused(self, url: httpx.URL, status: int, headers: Mapping[str, str], body: bytes) -> HelpdeskError:
        """Say what a status of 300 or more means, in the server's own words where it has some."""
        try:
            data = load_json(body) if body.strip() else None
        except (ValueError, RecursionError):
            data = None
        refusal = self._read_refusal(status, data)
        # The server's own full stop is not another beside ours.
        # Clean, so that half a sequence in it takes none of our own words along.
        words = clean_line(" ".join(refusal.reasons)[: LONGEST_REASONS * 5])
        if len(words) > LONGEST_REASONS:
            words = f"{words[: LONGEST_REASONS - 1]}…"
        said = f": {words.rstrip('. ')}" if words else ""
        who = f"{self._name}: {self._host}"
        if refusal.passing:
            return TryAgain(f"{who} was busy with this very record{said}; it is tried again by itself.")
        if status == 401:
            return LoginRefused(
                f"{who} refused the login{said}; renew the token, then run "
                f"`agentconsole account test {self._name}`."
            )
        if status == 403:
            return NotAllowed(f"{who} does not allow this login to do that{said}.")
        if status in (404, 410):
            return NotFound(f"{self._name}: {shown(url)} answered {status}: no such thing there{said}.")
        if status in (409, 412):
            return Conflict(f"{who} did not write, since somebody else wrote first{said}.")
        wait = wait_seconds(headers)
        if status == 429 or (status == 503 and wait is not None):
            seconds = DEFAULT_WAIT_SECONDS if wait is None else wait
            return Throttled(
                f"{who} asks to wait {seconds:.0f} s{said}; it goes on by itself.", wait_seconds=seconds
            )
        if status >= 500:
            return ServerFailed(f"{who} failed inside (error {status}){said}; it is tried again by itself.")
        if status == 408:
            return AnswerLost(f"{who} gave up waiting for the request.")
        if 300 <= status < 400:
            return BadAnswer(f"{self._name}: {shown(url)} answered {status}; check the account's address.")
        return Rejected(f"{who} refused it (error {status}){said}.", reasons=refusal.reasons)
