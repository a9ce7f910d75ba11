"""The demo's own profile: where it lies, who has it, and when it begins anew."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agentconsole.config import Paths, profile_paths, read_config
from agentconsole.config_writing import put_account
from agentconsole.domain.accounts import AccountSettings, new_account_uuid
from agentconsole.domain.errors import ConsoleError, ProfileInUse, StoreRefused
from agentconsole.domain.times import DAY
from agentconsole.private_files import make_private_folder, write_private
from agentconsole.secrets import Secrets
from agentconsole.sync.lock import hold, holder

ACCOUNT: Final = "demo"

DEFAULT_TICKETS: Final = 1500

_MOST_AT_ONCE: Final = 50

_FORMER_END_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class DemoProfile:
    """One demo's folder; nobody else's while its lock is held."""

    paths: Paths

    @property
    def helpdesk_dir(self) -> Path:
        """The embedded helpdesk's own state."""
        return self.paths.home / "helpdesk"

    @property
    def helpdesk_log(self) -> Path:
        """What the embedded helpdesk writes to standard error."""
        return self.paths.logs_dir / "helpdesk.log"

    def begin(self, *, tickets: int | None, fresh: bool, now: int) -> tuple[int, str | None]:
        """Keep what the demo had, or begin anew where it must.

        Args:
            tickets: How many the helpdesk shall have; None: as before.
            fresh: Begin anew whatever there is.
            now: The present instant.

        Returns:
            How many tickets, and why all begins anew; None when the former state goes on.

        Raises:
            StoreRefused: The folder cannot be written.
        """
        known = self._known()
        count = tickets if tickets is not None else known.get("tickets", DEFAULT_TICKETS)
        reason: str | None = None
        if fresh:
            reason = "as asked"
        elif known and now - known["anchored_at"] > DAY:
            reason = "it was over a day old, and its tickets are dated to the present"
        elif known and count != known["tickets"]:
            reason = f"it had {known['tickets']:,} tickets"
        elif not known and self.helpdesk_dir.exists():
            reason = "it was not whole"
        try:
            if reason is not None or not known:
                self._clear()
                document = {"tickets": count, "anchored_at": now}
                write_private(self.paths.demo_marker, json.dumps(document).encode())
            make_private_folder(self.helpdesk_dir)
        except OSError as fault:
            raise StoreRefused(
                f"The demo's folder {self.paths.home} cannot be written: {fault.strerror}."
            ) from None
        return count, reason

    def wait_for_former_helpdesk(self) -> None:
        """Wait for the helpdesk of a demo that was killed: it ends by itself, moments later.

        Raises:
            ConsoleError: Somebody else has it open.
        """
        deadline = time.monotonic() + _FORMER_END_SECONDS
        while holder(self.helpdesk_dir / "helpdesk.lock") is not None:
            if time.monotonic() > deadline:
                raise ConsoleError(f"Another helpdesk runs on {self.helpdesk_dir}: end it first.")
            time.sleep(0.05)

    def _known(self) -> dict[str, int]:
        try:
            found: Any = json.loads(self.paths.demo_marker.read_text(encoding="utf-8"))
            return {"tickets": int(found["tickets"]), "anchored_at": int(found["anchored_at"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _clear(self) -> None:
        """Forget the helpdesk and the database that mirrors it; the lock and the config stay."""
        self.paths.demo_marker.unlink(missing_ok=True)
        locks = {self.paths.worker_lock, self.paths.console_lock}
        if self.helpdesk_dir.exists():
            shutil.rmtree(self.helpdesk_dir)
        for path in self.paths.data_dir.iterdir() if self.paths.data_dir.exists() else ():
            if path in locks:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def put_account(self, url: str, login: str) -> AccountSettings:
        """Write the demo's account into its config; its identity stays."""
        known = read_config(self.paths.config_file).account(ACCOUNT)
        account = AccountSettings(
            uuid=known.uuid if known is not None else new_account_uuid(),
            name=ACCOUNT,
            kind="zendesk",
            url=url,
            login=login or (known.login if known is not None else ""),
            secret="file",  # noqa: S106 - the name of a store
        )
        if known != account:
            put_account(self.paths.config_file, account)
        return account

    def put_token(self, account: AccountSettings, token: str) -> None:
        """Keep the demo's token in its 0600 file."""
        Secrets(self.paths.secrets_dir).put(account, token)


def demo_root(home: Path | None) -> Path:
    """Where demos lie: beside the data of the profile that one works in."""
    paths = profile_paths(home)
    return paths.home if paths.data_home is None else paths.data_home


@contextmanager
def held_profile(home: Path | None) -> Iterator[DemoProfile]:
    """Take the first demo profile that no other demo has: `demo`, `demo-2`, ...

    Raises:
        ConsoleError: There are too many at once, or the folder cannot be written.
    """
    root = demo_root(home)
    with ExitStack() as stack:
        for number in range(1, _MOST_AT_ONCE + 1):
            folder = root / ("demo" if number == 1 else f"demo-{number}")
            try:
                stack.enter_context(hold(folder / "demo.lock", "demo"))
            except ProfileInUse:
                continue
            yield DemoProfile(Paths(folder))
            return
    raise ConsoleError(f"{_MOST_AT_ONCE} demos run already in {root}: end one of them first.")
