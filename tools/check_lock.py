"""Download every locked file for every supported platform and Python, wheels alone.

    python -m tools.check_lock [--only TEXT] [--runtime]

What pip picks must have the hash that the lock names, and nothing may need a compiler. The lock's markers are
judged for the target, not for the machine this runs on (pip alone would take this machine's).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import mac_platforms

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
# The C library of Debian 10, Ubuntu 18.10 and RHEL 8, and the oldest systems that the wheels are made for.
GLIBC = (2, 28)
MACOS = {"arm64": (11, 0), "x86_64": (10, 13)}


@dataclass(frozen=True, slots=True)
class Target:
    """One platform with one Python: what wheels may be tagged with, and what markers see."""

    system: str
    machine: str
    python: str

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"{self.system} {self.machine}, Python {self.python}"

    @property
    def platforms(self) -> list[str]:
        """Platform tags of wheels that run there, best first."""
        if self.system == "macOS":
            return list(mac_platforms(MACOS[self.machine], self.machine))
        tags = [f"manylinux_{GLIBC[0]}_{minor}_{self.machine}" for minor in range(GLIBC[1], 16, -1)]
        return [*tags, f"manylinux2014_{self.machine}", f"linux_{self.machine}"]

    @property
    def markers(self) -> dict[str, str]:
        """The environment that a requirement's marker is judged in."""
        mac = self.system == "macOS"
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Darwin" if mac else "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "darwin" if mac else "linux",
        }


def all_targets() -> list[Target]:
    """Every platform and Python that the project supports."""
    machines = (("Linux", "x86_64"), ("Linux", "aarch64"), ("macOS", "arm64"), ("macOS", "x86_64"))
    return [Target(system, machine, python) for system, machine in machines for python in PYTHONS]


def read_lock(text: str) -> list[tuple[Requirement, list[str]]]:
    """Each locked requirement with its hashes, in pip's spelling (`sha256:...`)."""
    found: list[tuple[Requirement, list[str]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement, *hashes = line.split("--hash=")
        found.append((Requirement(requirement.strip()), [value.strip() for value in hashes]))
    return found


def lock_for(target: Target, lock: list[tuple[Requirement, list[str]]]) -> str:
    """The part of the lock that counts for a target, without markers."""
    lines = []
    for requirement, hashes in lock:
        if requirement.marker is None or requirement.marker.evaluate(target.markers):
            lines.append(
                " ".join([f"{requirement.name}{requirement.specifier}", *(f"--hash={h}" for h in hashes)])
            )
    return "\n".join(lines) + "\n"


def download(target: Target, lock: list[tuple[Requirement, list[str]]], folder: Path) -> str | None:
    """Download for one target; None when all is well, else the end of what pip said."""
    wanted = folder / "wanted.txt"
    wanted.write_text(lock_for(target, lock), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += [
        "--only-binary=:all:",
        "--require-hashes",
        "--requirement",
        str(wanted),
        "--dest",
        str(folder),
    ]
    command += ["--implementation", "cp", "--python-version", target.python]
    for platform in target.platforms:
        command += ["--platform", platform]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return "\n".join(lines) or done.stderr[-2000:]


def main(argv: list[str] | None = None) -> int:
    """Check all targets (or those whose name contains --only); 0 when each could be downloaded."""
    parser = argparse.ArgumentParser(prog="python -m tools.check_lock", description="Check the lock.")
    parser.add_argument("--only", default="", help="only the targets whose name contains this")
    parser.add_argument(
        "--runtime", action="store_true", help="only what the program needs, not the development"
    )
    options = parser.parse_args(argv)
    file = ROOT / ("requirements.txt" if options.runtime else "requirements-dev.txt")
    lock = read_lock(file.read_text(encoding="utf-8"))
    targets = [target for target in all_targets() if options.only in target.name]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for target in targets:
            problem = download(target, lock, Path(folder))
            print(f"{target.name}: {'all wheels are there' if problem is None else 'FAILED'}", flush=True)
            if problem is not None:
                failures += 1
                print(problem, flush=True)
    if not targets:
        print(f"No target's name contains {options.only!r}.", file=sys.stderr)
    return 1 if failures or not targets else 0


if __name__ == "__main__":
    raise SystemExit(main())
