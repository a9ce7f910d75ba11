"""A process of its own that uses an OAuth login, as a worker beside a command does.

python -m tests.sync.renewing FOLDER UUID URL SHIFT [die]     `die`: killed when the new pair is to be stored
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from agentconsole.domain.accounts import AccountSettings
from agentconsole.secrets import Secrets
from agentconsole.sync.logins import live_login
from tests.sync.rig import ShiftedClock


class DyingSecrets(Secrets):
    """Is killed, as by kill -9, between the helpdesk's answer and its storing."""

    def put(self, account: AccountSettings, secret: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def account_of(uuid: str, url: str) -> AccountSettings:
    return AccountSettings(uuid, "demo", "zendesk", url, "", secret="file", auth="oauth")


async def use(folder: Path, uuid: str, url: str, shift: int, *, dies: bool) -> int:
    secrets = DyingSecrets(folder) if dies else Secrets(folder)
    login = live_login(account_of(uuid, url), secrets, ShiftedClock(shift))
    await login.ready()
    headers = {"Authorization": f"Bearer {login()}"}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(f"{url}/api/v2/tickets/count", headers=headers)
    return answer.status_code


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    code = asyncio.run(
        use(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), dies="die" in sys.argv[5:])
    )
    sys.stdout.write(f"{code}\n")
