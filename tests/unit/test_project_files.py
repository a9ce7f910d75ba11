"""What is shipped, what is locked, and that the files name no place of one machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import agentconsole
from agentconsole import resources
from tools.check_lock import Target, all_targets, lock_for, read_lock

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.txt", "requirements-dev.txt")


def git(*arguments: str) -> str:
    """What git prints; the test is left out where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True
    ).stdout


def shipped(folder: str) -> set[str]:
    """Files under a folder of the repository that a wheel must carry, relative to it."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT / folder).as_posix() for path in files if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def under(wheel: zipfile.ZipFile, prefix: str) -> set[str]:
    return {name.removeprefix(prefix) for name in wheel.namelist() if name.startswith(prefix)}


@pytest.mark.parametrize("folder", ["themes", "macros"])
def test_wheel_carries_what_the_editable_install_reads(wheel: zipfile.ZipFile, folder: str) -> None:
    assert shipped(folder) <= under(wheel, f"agentconsole/_data/{folder}/")


def test_wheel_carries_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    assert shipped("agentconsole") <= under(wheel, "agentconsole/")


def test_wheel_holds_the_package_alone(wheel: zipfile.ZipFile) -> None:
    version = agentconsole.__version__
    assert {name.split("/")[0] for name in wheel.namelist()} == {
        "agentconsole",
        f"agentconsole-{version}.dist-info",
    }


def test_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    info = f"agentconsole-{agentconsole.__version__}.dist-info"
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert metadata["Name"] == "agentconsole"
    assert metadata["Requires-Python"] == "<3.14,>=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert b"agentconsole = agentconsole.cli:main" in wheel.read(f"{info}/entry_points.txt")
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_resources_are_found_in_this_install() -> None:
    assert resources.shipped_themes_dir() == ROOT / "themes"
    assert resources.shipped_macros_dir() == ROOT / "macros"


def test_resources_are_found_in_a_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    script = "from agentconsole import resources as r; print(r.shipped_themes_dir(), r.shipped_macros_dir())"
    command = [
        sys.executable,
        "-S",
        "-I",
        "-c",
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}",
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    data = tmp_path / "agentconsole" / "_data"
    assert printed == [str(data / "themes"), str(data / "macros")]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--index|--extra|--find|--trusted|-e|file:)", text, re.MULTILINE)
    for requirement, hashes in read_lock(text):
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), requirement


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_lock_fits_what_the_project_asks_for(name: str, target: Target) -> None:
    lock = read_lock(lock_for(target, read_lock((ROOT / name).read_text(encoding="utf-8"))))
    locked = {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version
        for requirement, _ in lock
    }
    wanted = PROJECT["project"]["dependencies"]
    if name == "requirements-dev.txt":
        wanted = [*wanted, *PROJECT["project"]["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate(target.markers):
            continue
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked: run make lock"
        assert requirement.specifier.contains(version), f"{requirement} is locked as {version}: run make lock"


def test_both_locks_agree() -> None:
    runtime, development = (dict_of_lock(name) for name in LOCKS)
    assert runtime.items() <= development.items()


def dict_of_lock(name: str) -> dict[str, tuple[str, ...]]:
    lock = read_lock((ROOT / name).read_text(encoding="utf-8"))
    return {str(requirement): tuple(hashes) for requirement, hashes in lock}


def test_lock_is_judged_for_the_target_not_for_this_machine() -> None:
    lock = read_lock(
        "a==1 ; sys_platform == 'linux' \\\n  --hash=sha256:0\nb==1 ; python_full_version < '3.12'\n"
    )
    assert lock_for(Target("macOS", "arm64", "3.13"), lock) == "\n"
    assert lock_for(Target("Linux", "x86_64", "3.13"), lock) == "a==1 --hash=sha256:0\n"
    assert lock_for(Target("macOS", "x86_64", "3.11"), lock) == "b==1\n"


def test_version_is_said_once() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", agentconsole.__version__)
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert f"[{agentconsole.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8") or (
        "[Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    )


# Split, so that this file does not hold what it looks for.
PLACES = [
    "/wo" + r"rk/(main|shared)\b",
    "/tmp" + r"/ac\b",
    "/ro" + r"ot/",
    r"/Us" + r"ers/\w+/",
    "py" + r"pi\.org",
]
PLACES += [
    "python" + r"hosted\.org",
    "reg" + r"istry\.npm",
    r"--(extra-)?index" + r"-url[ =]\S+",
    "file" + ":///",
]


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    pattern = re.compile("|".join(PLACES))
    found = []
    for name in git("ls-files", "-z").split("\0"):
        path = ROOT / name
        if not name or path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


def test_scripts_may_be_run() -> None:
    assert git("ls-files", "--stage", ".ci/run").startswith("100755 ")
