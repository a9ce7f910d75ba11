"""The feeds of one account: a page of one is read at a time, and the faults of one concern no other."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    ConsoleError,
    EndlessListing,
    HelpdeskError,
    MassDisappearance,
    NotAllowed,
    NotFound,
    Rejected,
    SecretError,
    ServerFailed,
    StoreError,
    Throttled,
)
from agentconsole.domain.times import MINUTE, SECOND
from agentconsole.sync.pull import Puller
from agentconsole.sync.reading import ThreadReader
from agentconsole.sync.reports import Progress, Report
from agentconsole.sync.schedule import Clockwork, Stream
from agentconsole.sync.standing import Standing

_OFF_FOR: Final = 60 * MINUTE
_TICKETS_OFF_FOR: Final = 5 * MINUTE
_FAULTY_OFF_FOR: Final = 5 * MINUTE
_FAULTS_BORNE: Final = 2
"""So many faults in a row may be the whole helpdesk's; what fails oftener is a feed's own trouble."""

_log = logging.getLogger(__name__)


class Feeds:
    """Reads one account's feeds."""

    def __init__(
        self,
        name: str,
        clockwork: Clockwork,
        threads: ThreadReader,
        standing: Standing,
        clock: Clock,
        report: Callable[[Report], None],
        *,
        reached: Callable[[], Awaitable[None]],
    ) -> None:
        """Prepare.

        Args:
            name: The account's short name.
            clockwork: Told when each feed is to be read again.
            threads: Told when tickets were read.
            standing: How the account stands.
            clock: Tells the present.
            report: Told what was read.
            reached: Called when the helpdesk has answered.
        """
        self.warnings: dict[Stream, str] = {}
        """What is wrong with single feeds though the account is up to date."""
        self.refused: set[Stream] = set()
        """Feeds that this login has no right to read."""
        self.throttled: dict[Stream, int] = {}
        """Feeds that the helpdesk's limits keep waiting, and until when."""
        self._faults: dict[Stream, int] = {}
        self.news = False
        """Something was read since the account was last told to be up to date."""
        self._name = name
        self._clockwork = clockwork
        self._threads = threads
        self._standing = standing
        self._clock = clock
        self._report = report
        self._reached = reached

    async def pull(self, puller: Puller, stream: Stream) -> ConsoleError | None:
        """Read a feed's next page; a feed that cannot be read is left alone for a while.

        Returns:
            What is wrong with this feed alone, where the agent has to hear of it.

        Raises:
            HelpdeskError: The account's helpdesk cannot be read at all.
            SecretError: The secret cannot be had.
            StoreError: What was read cannot be stored.
        """
        try:
            pulled = await puller.pull(stream)
        except Throttled as error:
            # Limits of single endpoints are tighter than the account's: the other feeds go on.
            until = self._clock.now() + int(error.wait_seconds * SECOND)
            self.throttled[stream] = until
            self._clockwork.postpone(stream, until)
            await self._standing.put("throttled", error.sentence, retry_at=until)
            return None
        except MassDisappearance as error:
            return self._set_aside(stream, error, _OFF_FOR)
        except EndlessListing as error:
            wait = _TICKETS_OFF_FOR if stream == "tickets" else _OFF_FOR
            return self._set_aside(stream, error, wait)
        except (NotAllowed, NotFound, Rejected) as error:
            if stream == "tickets":
                raise
            # A feed that this login or plan lacks: the others go on.
            _log.warning("%s: %s cannot be read: %s", self._name, stream, error.sentence)
            self._clockwork.postpone(stream, self._clock.now() + _OFF_FOR)
            self._faults.pop(stream, None)
            # What was wrong with it before is not what keeps it from being read now.
            if self.warnings.pop(stream, None) is not None:
                self.news = True
            if isinstance(error, NotAllowed) and stream not in self.refused:
                self.refused.add(stream)
                self.news = True
            return None
        except (AnswerLost, BadAnswer, ServerFailed) as error:
            self._faults[stream] = self._faults.get(stream, 0) + 1
            if stream == "tickets" or self._faults[stream] <= _FAULTS_BORNE:
                raise
            why = error.sentence.removeprefix(f"{self._name}: ")
            told = ConsoleError(f"{self._name}: {stream} cannot be read, the rest goes on: {why}")
            return self._set_aside(stream, told, _FAULTY_OFF_FOR)
        except (HelpdeskError, SecretError, StoreError):
            raise
        except Exception:
            # The same page would do it again: the other feeds go on without this one.
            _log.exception("%s: reading %s failed inside", self._name, stream)
            sentence = f"{self._name}: {stream} cannot be read, the program failed inside; see the log."
            return self._set_aside(stream, ConsoleError(sentence), _OFF_FOR)
        self._faults.pop(stream, None)
        self.throttled.pop(stream, None)
        self.refused.discard(stream)
        self.news = True
        self.warnings.pop(stream, None)
        await self._reached()
        if stream == "tickets":
            self._threads.polled(changed=pulled.records > 0)
        now = self._clock.now()
        self._clockwork.read(
            stream, now, more=pulled.more, changed=pulled.records > 0, history=pulled.history
        )
        if pulled.more or pulled.records:
            self._report(
                Progress(self._name, stream, pulled.phase, pulled.done, pulled.total, not pulled.more)
            )
        if pulled.more:
            await self._standing.put("syncing")
        return None

    def _set_aside(self, stream: Stream, error: ConsoleError, wait: int) -> ConsoleError:
        """Leave a feed alone for a while, and say why beside the account's standing."""
        self.news = True
        self.warnings[stream] = error.sentence
        self._clockwork.postpone(stream, self._clock.now() + wait)
        return error
