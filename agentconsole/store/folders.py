"""Where a database may lie: folders for one's own eyes, on a disk of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agentconsole.domain.errors import StoreRefused

_NETWORK = frozenset(
    "nfs nfs4 cifs smb2 smb3 smbfs afpfs afs ncpfs webdav davfs ceph glusterfs lustre beegfs "
    "fuse.sshfs fuse.glusterfs fuse.s3fs fuse.rclone fuse.davfs fuse.gcsfuse fuse.cephfs".split()
)


def prepare_folder(folder: Path) -> None:
    """Make a folder for this user alone, and refuse one on a network file system.

    Raises:
        StoreRefused: It cannot be made, or SQLite's locks would not hold there.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Our own folder only: a folder that holds other things keeps its rights.
        if folder.stat().st_uid == os.getuid() and not any(folder.iterdir()):
            folder.chmod(0o700)
    except OSError as error:
        raise StoreRefused(
            f"The folder {folder} for the local database cannot be made ({error.strerror}). "
            "Choose another with AGENTCONSOLE_HOME."
        ) from error
    kind = file_system_of(folder)
    if kind in _NETWORK:
        raise StoreRefused(
            f"The folder {folder} lies on a network file system ({kind}), where a database loses data. "
            "Choose a folder on a disk of this machine with AGENTCONSOLE_HOME."
        )


def file_system_of(folder: Path) -> str:
    """Tell the kind of file system a folder lies on; an empty text where it cannot be told."""
    try:
        if sys.platform == "darwin":
            mounts = [_darwin_mount(line) for line in _darwin_mounts()]
        else:
            with Path("/proc/self/mounts").open(encoding="utf-8", errors="surrogateescape") as lines:
                mounts = [_linux_mount(line) for line in lines]
        where = str(folder.resolve())
    except OSError:
        return ""
    best = ("", "")
    for point, kind in mounts:
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        # The last of equal ones lies on top.
        if inside and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


def _linux_mount(line: str) -> tuple[str, str]:
    parts = line.split(" ")
    if len(parts) < 4:
        return "", ""
    point = parts[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
    # Windows' own drives under WSL: locks do not hold there either.
    kind = "cifs" if parts[2] == "9p" and "drvfs" in parts[3] else parts[2]
    return point, kind


def _darwin_mounts() -> list[str]:
    done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
    return done.stdout.splitlines()


def _darwin_mount(line: str) -> tuple[str, str]:
    # "/dev/disk1s1 on / (apfs, local, journaled)"
    _, _, rest = line.partition(" on ")
    point, _, options = rest.rpartition(" (")
    return point, options.partition(",")[0].rstrip(")")
