"""`demo`: the embedded helpdesk, a profile of its own, and the console on it or a run without a screen."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Final

from agentconsole.bootstrap import has_screen, run_console, share_home
from agentconsole.cli_commands.demo_profile import DemoProfile, demo_root, held_profile
from agentconsole.cli_commands.demo_server import Announcement, DemoServer, usual_port
from agentconsole.cli_commands.output import plain, say
from agentconsole.clock import SystemClock
from agentconsole.domain.errors import ConsoleError
from agentconsole.sync.lock import holder

_LAST_SYNC_SECONDS: Final = 15.0


def run(args: argparse.Namespace) -> int:
    """Try the console on made-up tickets."""
    if args.where:
        say(str(demo_root(args.home) / "demo"))
        return 0
    try:
        return run_demo(args.home, tickets=args.tickets, fresh=args.fresh, headless=args.headless)
    except BrokenPipeError:
        # Its exit code says whether all of it is true, so that here a closed pipe is no success.
        raise ConsoleError("The demo was ended before it was done: nobody reads what it says.") from None


def run_demo(
    home: Path | None, *, tickets: int | None = None, fresh: bool = False, headless: bool = False
) -> int:
    """Run a demo to its end.

    Args:
        home: Folder beside whose data the demo's profile lies; None: as for the console.
        tickets: How many; None: as before, at first 1,500.
        fresh: Forget what was done in the demo.
        headless: Without a screen; so too where there is none.
    """
    headless = headless or not has_screen()
    with held_profile(home) as profile:
        profile.wait_for_former_helpdesk()
        count, reason = profile.begin(tickets=tickets, fresh=fresh, now=SystemClock().now())
        say(f"The demo's profile is {profile.paths.home}")
        if reason is not None:
            say(f"The demo begins anew: {reason}. What was done in it is gone.")
        share_home(profile.paths.home)
        say(f"The embedded helpdesk starts with {count:,} tickets of a made-up company ...")
        sys.stdout.flush()
        server = DemoServer(
            data=profile.helpdesk_dir,
            tickets=count,
            port=usual_port(profile.helpdesk_dir),
            log=profile.helpdesk_log,
        )
        try:
            code = _headless(profile, server) if headless else _on_screen(profile, server)
        finally:
            server.stop()
        say_where(profile)
    return code


def _settle_account(profile: DemoProfile, server: DemoServer) -> Announcement:
    """Wait for the helpdesk and let the profile know where it is."""
    said = server.announcement(profile.wait_for_former_helpdesk)
    account = profile.put_account(said.url, said.login)
    profile.put_token(account, said.token)
    return said


def _on_screen(profile: DemoProfile, server: DemoServer) -> int:
    # The console opens at once, on the address that the helpdesk will have; its worker waits for that.
    profile.put_account(f"http://127.0.0.1:{server.port}", "")
    try:
        run_console(profile.paths.home, before_worker=lambda: _ready(profile, server))
    finally:
        _let_worker_finish(profile)
    return 0


def _ready(profile: DemoProfile, server: DemoServer) -> None:
    _settle_account(profile, server)


def _let_worker_finish(profile: DemoProfile) -> None:
    """Give a worker that still sends time to do so, then end it: without its helpdesk it has no work."""
    deadline = time.monotonic() + _LAST_SYNC_SECONDS
    while (pid := holder(profile.paths.worker_lock)) is not None:
        if time.monotonic() > deadline:
            if pid > 0:
                os.kill(pid, signal.SIGTERM)
            return
        time.sleep(0.1)


def _headless(profile: DemoProfile, server: DemoServer) -> int:
    from agentconsole.cli_commands.demo_headless import run_main_job

    said = _settle_account(profile, server)
    return run_main_job(profile.paths, said)


def say_where(profile: DemoProfile) -> None:
    """Tell how to look at the demo's profile from the shell."""
    home = shlex.quote(plain(str(profile.paths.home)))
    say()
    say("The demo's tickets stay on this machine. Look at them with:")
    say(f"  agentconsole --home {home} list 'status<solved assignee:me'")
    say(f"  agentconsole --home {home} show TICKET")
    say(f"  agentconsole --home {home} kb search refund")
