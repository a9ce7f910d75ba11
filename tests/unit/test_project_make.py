"""`make` parses; the set-up picks a Python that runs, repairs what is half made, says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGETS = [
    "help",
    "setup",
    "demo",
    "test",
    "lint",
    "check",
    "bench",
    "test-live",
    "screenshots",
    "lock",
    "check-lock",
    "clean",
]

# Stands for a Python: is in range or not and lacks modules as told, and writes down what it is asked. The one
# it "makes an environment" with is a copy of itself.
FAKE_PYTHON = r"""#!/bin/sh
echo "$(basename "$0") $*" | head -n 1 >> "$FAKE_LOG"
case "$*" in
*raise\ SystemExit*) exit "${FAKE_OUT_OF_RANGE:-0}" ;;
*importlib*) printf '%s' "${FAKE_LACKS:-}" ;;
*"-m venv"*)
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    touch "$folder/pyvenv.cfg"
    ;;
*"-m pip"*--version*) exit "${FAKE_PIP:-0}" ;;
*"-m pip"*) exit "${FAKE_INSTALL:-0}" ;;
*) echo 3.12 ;;
esac
"""


@pytest.mark.parametrize("target", TARGETS)
def test_makefile_parses(target: str) -> None:
    command = ["make", "-C", str(ROOT), "-n", "--no-print-directory", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert not done.stderr


def test_makefile_names_every_target_it_helps_with() -> None:
    printed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    named = {line.split()[1] for line in printed.splitlines() if line.startswith("make ") and "  " in line}
    assert named == set(TARGETS) - {"help", "setup", "lint"}


def test_scripts_are_plain_shell() -> None:
    for script in (ROOT / "tools").glob("*.sh"):
        subprocess.run(["sh", "-n", str(script)], check=True)
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


class Machine:
    """A folder with the files that the set-up reads, and a PATH with no Pythons but those put there."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "a project"
        (self.project / "tools").mkdir(parents=True)
        for name in ("tools/setup.sh", "tools/python.sh", "requirements-dev.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, self.project / name)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in (
            "sh",
            "cat",
            "cksum",
            "mkdir",
            "rm",
            "cp",
            "touch",
            "sleep",
            "dirname",
            "basename",
            "head",
        ):
            found = shutil.which(tool)
            assert found
            (self.bin / tool).symlink_to(found)
        self.log = folder / "log"
        self.log.touch()
        self.venv = self.project / ".venv"

    def command(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def set_up(self, **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        return subprocess.run(
            ["sh", "tools/setup.sh"],
            cwd=self.project,
            env={"PATH": str(self.bin), "FAKE_LOG": str(self.log), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    @property
    def made_by(self) -> list[str]:
        """The Pythons that made an environment in the last set-up."""
        return [line.split()[0] for line in self.log.read_text().splitlines() if " -m venv " in line]

    @property
    def installs(self) -> int:
        """How often pip installed in the last set-up."""
        return sum(" install " in line for line in self.log.read_text().splitlines())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_setup_takes_the_newest_python_that_runs(machine: Machine) -> None:
    machine.command("python3.13", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    machine.command("python3.12", FAKE_PYTHON)
    machine.command("python3.11", FAKE_PYTHON)
    done = machine.set_up()
    assert done.returncode == 0, done.stderr
    assert machine.made_by == ["python3.12"]
    assert machine.installs == 2


def test_setup_passes_over_a_python_without_what_is_needed(machine: Machine) -> None:
    machine.command("python3.12", FAKE_PYTHON.replace("${FAKE_LACKS:-}", "ensurepip"))
    machine.command("python3", FAKE_PYTHON)
    assert machine.set_up().returncode == 0
    assert machine.made_by == ["python3"]


def test_setup_names_the_package_that_is_missing(machine: Machine) -> None:
    machine.command("python3.12", FAKE_PYTHON)
    done = machine.set_up(FAKE_LACKS="ensurepip")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.12 is here, but" in done.stderr
    assert "venv" in done.stderr
    if Path("/etc/debian_version").exists():
        assert "apt-get install python3.12-venv" in done.stderr
    assert not machine.venv.exists()


def test_setup_says_which_pythons_will_do(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    done = machine.set_up(FAKE_OUT_OF_RANGE="1")
    assert done.returncode == 1
    assert done.stderr == (
        "Agent Console needs Python 3.11, 3.12 or 3.13, and none was found: install one, or name it: "
        "make PYTHON=/path/to/python3.\n"
    )


def test_setup_again_does_nothing(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    machine.set_up()
    done = machine.set_up()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.made_by == []
    assert machine.installs == 0


def test_setup_follows_a_changed_lock_in_place(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    machine.set_up()
    with (machine.project / "requirements-dev.txt").open("a") as lock:
        lock.write("# changed\n")
    assert machine.set_up().returncode == 0
    assert machine.made_by == []
    assert machine.installs == 2
    machine.set_up()
    assert machine.installs == 0


def test_setup_makes_an_interrupted_environment_anew(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    done = machine.set_up(FAKE_INSTALL="1")
    assert done.returncode == 1
    assert "Installing the dependencies failed" in done.stderr
    (machine.venv / "lib").mkdir()
    half = machine.venv / "lib" / "half"
    half.touch()
    assert machine.set_up().returncode == 0
    assert machine.made_by == ["python3"]
    assert not half.exists()


@pytest.mark.parametrize("damage", ["python gone", "no pip"])
def test_setup_repairs_a_broken_environment(machine: Machine, damage: str) -> None:
    machine.command("python3", FAKE_PYTHON)
    machine.set_up()
    if damage == "python gone":
        (machine.venv / "bin" / "python").unlink()
        (machine.venv / "bin" / "python").symlink_to("/nowhere/python3.12")
    else:
        (machine.project / "pyproject.toml").write_text("# changed\n")
    assert machine.set_up(FAKE_PIP="1" if damage == "no pip" else "0").returncode == 0
    assert machine.made_by == ["python3"]
    assert machine.installs == 2


def test_setup_leaves_a_folder_alone_that_is_no_environment(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    machine.venv.mkdir()
    (machine.venv / "letters.txt").write_text("dear")
    done = machine.set_up()
    assert done.returncode == 1
    assert "is no virtual environment (it holds letters.txt)" in done.stderr
    assert (machine.venv / "letters.txt").read_text() == "dear"


def test_setup_takes_over_the_lock_of_a_dead_make(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    lock = machine.project / ".venv.lock"
    lock.mkdir()
    (lock / "pid").write_text(str(dead.pid))
    assert machine.set_up().returncode == 0
    assert not lock.exists()


def test_setup_waits_for_a_make_that_is_at_it(machine: Machine) -> None:
    machine.command("python3", FAKE_PYTHON)
    lock = machine.project / ".venv.lock"
    lock.mkdir()
    (lock / "pid").write_text(str(os.getpid()))
    process = subprocess.Popen(
        ["sh", "tools/setup.sh"],
        cwd=machine.project,
        env={"PATH": str(machine.bin), "FAKE_LOG": str(machine.log)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "waiting for it" in process.stderr.readline()
    assert machine.made_by == []
    shutil.rmtree(lock)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert machine.made_by == ["python3"]
