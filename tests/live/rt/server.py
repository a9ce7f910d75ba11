"""A throwaway Request Tracker 5 on this machine, from Debian's packages, with SQLite and no mail leaving it.

python -m tests.live.rt.server start --folder DIR [--port P] [--tickets N]    prints NAME=VALUE lines
python -m tests.live.rt.server stop --folder DIR

Everything of an instance lies in its folder; outside it only packages are installed, by root alone. A copy
of each filled database is kept, so that the next start takes seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

PACKAGES: Final = ("request-tracker5", "rt5-standalone", "rt5-db-sqlite")
SERVER: Final = Path("/usr/share/request-tracker5/libexec/rt-server")
FILL: Final = Path(__file__).with_name("fill.pl")
WORKERS: Final = 4
INSTALL_SECONDS: Final = 900

_CONFIG: Final = """package RT;
our $VarPath = '{folder}/var';
our $MasonDataDir = '{folder}/mason'; our $MasonSessionDir = '{folder}/session';
Set($rtname, 'helpdesk.test'); Set($Organization, 'helpdesk.test'); Set($Timezone, 'UTC');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:{port}'); Set($WebURL, 'http://127.0.0.1:{port}/');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rt.sqlite');
Set($DatabaseHost, ''); Set($DatabaseUser, ''); Set($DatabasePassword, '');
Set($CorrespondAddress, 'rt@helpdesk.test'); Set($CommentAddress, 'note@helpdesk.test');
# Mail is only appended to files in var.
Set($MailCommand, 'mbox');
Set($LogToSyslog, undef); Set($LogToFile, undef); Set($LogToSTDERR, 'error');
Set($HTMLFormatter, 'core');
# A token is hashed anew at each request; the usual cost is 250 ms.
Set($BcryptCost, 4);
1;
"""

# RT reads this beside its own class: several writers wait for one another instead of failing.
_HANDLE: Final = """package RT::Handle;
use strict; no warnings 'redefine';
my $connect = \\&RT::Handle::Connect;
*RT::Handle::Connect = sub {
    my $self = shift;
    my @found = $connect->( $self, @_ );
    if ( $self->dbh ) { $self->dbh->do('PRAGMA synchronous=OFF'); $self->dbh->sqlite_busy_timeout(60_000) }
    return wantarray ? @found : $found[0];
};
1;
"""


class NotHere(Exception):
    """Request Tracker cannot be started on this machine; says why."""


class FolderInUse(NotHere):
    """Another run has its instance in this folder."""


@dataclass
class RtServer:
    """One instance."""

    folder: Path
    port: int
    tokens: dict[str, str] = field(default_factory=dict)
    """Login to token: `root`, and the agents `ada` (UTC), `kenji` (Tokyo), `pilar` (Lima)."""
    password: str = "password"
    _process: subprocess.Popen[bytes] | None = None
    _lock: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, login: str = "root") -> httpx.Client:
        """A blocking client for REST 2, signed in."""
        return httpx.Client(
            base_url=f"{self.url}/REST/2.0/",
            headers={"Authorization": f"token {self.tokens[login]}"},
            timeout=60,
            trust_env=False,
        )

    def mail(self, sender: str, subject: str, text: str | bytes, queue: str = "Kettles") -> None:
        """Let a mail arrive, as the mail gateway hands it over; a subject with `[helpdesk.test #7]` is an
        answer. Bytes are the whole body with its own MIME header lines.
        """
        head = f"From: {sender}\nTo: {queue.lower()}@helpdesk.test\nSubject: {subject}\nMIME-Version: 1.0\n"
        body = text
        if isinstance(body, str):
            body = b"Content-Type: text/plain; charset=utf-8\n\n" + body.encode()
        answer = httpx.post(
            f"{self.url}/REST/1.0/NoAuth/mail-gateway",
            data={"queue": queue, "action": "correspond", "message": (head.encode() + body).decode()},
            timeout=60,
            trust_env=False,
        )
        if not answer.text.startswith("ok"):
            raise AssertionError(f"the mail was not taken: {answer.text}")

    # Starting and stopping

    def start(self, tickets: int) -> None:
        """Have it run with that many tickets, as if nobody had touched them; until `stop` nobody else may.

        Raises:
            FolderInUse: Another run has its own in this folder.
            NotHere: It does not start.
        """
        self.take()
        self._end()
        self._write_config()
        copy = self._filled_copy(tickets)
        for suffix in ("-wal", "-shm"):
            Path(f"{self._database}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(copy, self._database)
        self.tokens = dict(
            line.split("=", 1) for line in self._tokens_file.read_text().splitlines() if "=" in line
        )
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(str(SERVER), "--server", "Starlet", "--host", "127.0.0.1", "--port", str(self.port)),
                    *("--max-workers", str(WORKERS), "--max-reqs-per-child", "100000"),
                    *("--max-keepalive-reqs", "1000", "--keepalive-timeout", "5"),
                ],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._process = process
        (self.folder / "pid").write_text(str(process.pid))
        deadline = time.monotonic() + 60
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotHere(
                    f"Request Tracker did not start: {(self.folder / 'server.log').read_text()[-500:]}"
                )
            time.sleep(0.1)

    def take(self) -> None:
        """Keep other runs off the folder, until `stop` or the end of this process.

        Raises:
            FolderInUse: Another run uses it.
        """
        if self._lock is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / "in-use", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.pread(handle, 20, 0).decode().strip()
            os.close(handle)
            raise FolderInUse(
                f"Another run (process {pid}) uses {self.folder}: wait for it, or take another folder."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._lock = handle

    def stop(self) -> None:
        """End the instance of this folder, and nothing else.

        Raises:
            FolderInUse: It is another run's.
        """
        self.take()
        self._end()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _end(self) -> None:
        pid_file = self.folder / "pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text())
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._is_ours(pid):
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)
            deadline = time.monotonic() + 10
            while self._is_ours(pid) and time.monotonic() < deadline:
                if self._process is not None:
                    self._process.poll()
                time.sleep(0.05)
        if self._process is not None:
            self._process.wait()
            self._process = None
        pid_file.unlink()

    def _is_ours(self, pid: int) -> bool:
        """Whether a process runs and was started for this folder."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except (OSError, IndexError):
            return False
        return state != "Z" and f"RT_SITE_CONFIG={self._config}".encode() in told

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return client.get("rt", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def _database(self) -> Path:
        return self.folder / "rt.sqlite"

    @property
    def _config(self) -> Path:
        return self.folder / "etc" / "RT_SiteConfig.pm"

    @property
    def _tokens_file(self) -> Path:
        return self.folder / "copies" / f"{_stamp()}.tokens"

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "RT_SITE_CONFIG": str(self._config),
            "RT_SITE_CONFIG_DIR": str(self.folder / "conf.d"),
            "PERL5LIB": str(self.folder / "lib"),
        }

    def _write_config(self) -> None:
        for name in ("etc", "conf.d", "lib/RT", "var", "mason", "session", "copies"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        told = _CONFIG.replace("{folder}", str(self.folder)).replace("{port}", str(self.port))
        self._config.write_text(told)
        (self.folder / "lib" / "RT" / "Handle_Local.pm").write_text(_HANDLE)

    def _filled_copy(self, tickets: int) -> Path:
        base = self.folder / "copies" / f"{_stamp()}-base.sqlite"
        if not base.exists():
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._database}{suffix}").unlink(missing_ok=True)
            self._run(["rt-setup-database-5", "--action", "init", "--dba", "", "--dba-password", ""])
            self._tokens_file.write_text(self._run(["perl", str(FILL), "base"]))
            self._copy(self._database, base)
        if not tickets:
            return base
        filled = self.folder / "copies" / f"{_stamp()}-{tickets}.sqlite"
        if not filled.exists():
            shutil.copyfile(base, self._database)
            self._run(["perl", str(FILL), "tickets", str(tickets)])
            self._copy(self._database, filled)
        return filled

    def _copy(self, source: Path, target: Path) -> None:
        draft = target.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with (
            contextlib.closing(sqlite3.connect(source)) as one,
            contextlib.closing(sqlite3.connect(draft)) as other,
        ):
            one.backup(other)
            other.execute("PRAGMA journal_mode = WAL")
        draft.rename(target)

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=600
        )
        if done.returncode:
            raise NotHere(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-800:]}")
        return done.stdout.decode()


def _stamp() -> str:
    """Changes with what fills an instance, so that an old copy is not used again."""
    return hashlib.sha256(FILL.read_bytes()).hexdigest()[:12]


def install() -> None:
    """Have the packages.

    Raises:
        NotHere: They are missing and cannot be installed; says why.
    """
    if SERVER.exists() and shutil.which("rt-setup-database-5"):
        return
    if shutil.which("apt-get") is None:
        raise NotHere("Request Tracker is installed from Debian's packages, and this is no Debian.")
    if os.geteuid() != 0:
        raise NotHere(f"Request Tracker is not installed: `apt-get install {' '.join(PACKAGES)}` as root.")
    wanted = [*PACKAGES, "dbconfig-no-thanks"]
    provides = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status} ${Provides}\n"], capture_output=True, text=True
    ).stdout
    if not any(
        line.startswith("installed ") and "mail-transport-agent" in line for line in provides.splitlines()
    ):
        # RT depends on a mail server; this one is small and has no daemon.
        wanted.append("ssmtp")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    with _no_services():
        for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *wanted]):
            try:
                done = subprocess.run(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=INSTALL_SECONDS,
                )
            except subprocess.TimeoutExpired:
                raise NotHere(
                    f"Request Tracker could not be installed: {command[3]} took too long."
                ) from None
            if done.returncode:
                said = (done.stderr or done.stdout).strip().splitlines()
                raise NotHere(
                    f"Request Tracker could not be installed: {said[-1] if said else 'apt-get failed'}"
                )


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Keep packages from starting servers of their own while they are installed."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as handle:
        handle.bind(("127.0.0.1", 0))
        return int(handle.getsockname()[1])


def main() -> int:
    """Start or stop an instance by hand."""
    parser = argparse.ArgumentParser(prog="python -m tests.live.rt.server")
    parser.add_argument("what", choices=("start", "stop"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tickets", type=int, default=60)
    args = parser.parse_args()
    server = RtServer(args.folder.resolve(), args.port or free_port())
    try:
        if args.what == "stop":
            server.stop()
            return 0
        install()
        server.start(args.tickets)
    except NotHere as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    lines = [f"URL={server.url}", *(f"{name.upper()}_TOKEN={token}" for name, token in server.tokens.items())]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
