"""The accounts of the config, brought into the database; light, as each start does it before all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentconsole.config import Config
    from agentconsole.store.opened import OpenedStore


def mirror_accounts(config: Config, store: OpenedStore, now: int) -> None:
    """Bring the accounts of the config into the database.

    With a config that has problems nothing is taken away: an account that cannot be read is not one removed.
    """
    # Their order is part of it: lists name the accounts as the config does.
    known = [
        (state.uuid, state.name, state.kind, state.url, state.login) for state in store.queue.account_states()
    ]
    wanted = [(one.uuid, one.name, one.kind, one.url, one.login) for one in config.accounts]
    if wanted == known or (config.problems and {one[0] for one in known} - {one[0] for one in wanted}):
        return
    store.writer.put_accounts(config.accounts, now)
