"""The template of an adapter: the suite runs for it, and says of each empty part what belongs there."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agentconsole.helpdesks.base import Capabilities, Helpdesk
from agentconsole.helpdesks.kinds import HelpdeskKind
from agentconsole.helpdesks.registry import GROUP
from tests.e2e.programs import environment
from tests.helpdesks.conformance import HelpdeskConformance
from tests.helpdesks.port import World

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "docs" / "adapter_template"
GUIDE = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")


def verbs(protocol: type) -> list[str]:
    return [name for name, member in vars(protocol).items() if inspect.isfunction(member) and name[0] != "_"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the template, installed as its own pyproject.toml has it."""
    site = tmp_path_factory.mktemp("site")
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entries = "\n".join(f"{name} = {value}" for name, value in project["entry-points"][GROUP].items())
    info = site / "agentconsole_yourdesk-0.1.dist-info"
    info.mkdir()
    name = project["name"]
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rA", "--tb=line", "-p", "no:cacheprovider", "-p"),
            *("no:xdist", str(TEMPLATE / "test_yourdesk.py")),
        ],
        cwd=ROOT,
        env={
            **environment(site / "home", COLUMNS="400"),
            "PYTHONPATH": os.pathsep.join((str(TEMPLATE), str(site), str(ROOT))),
        },
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr
    return done.stdout


def test_the_suite_collects_for_the_template_and_fails(told: str) -> None:
    cases = [name for name in dir(HelpdeskConformance) if name.startswith("test_")]
    assert len(cases) >= 50
    for case in cases:
        assert f"::{case}" in told, case
    failed, passed = (len(re.findall(rf"^{word} ", told, re.M)) for word in ("FAILED", "PASSED"))
    assert failed >= 60 and passed <= 8, told[-2000:]


def test_what_is_missing_is_named(told: str) -> None:
    said = re.findall(r"^FAILED .*$", told, re.M)
    named = [line for line in said if "fill in " in line]
    # The others are those where no error at all was expected to be another one.
    assert len(named) >= len(said) - 3, [line for line in said if line not in named]
    for part in ("whoami", "capabilities", "changes", "people", "fields", "YourWorld.ticket"):
        assert f"fill in {part}:" in told, part


def test_each_verb_of_the_port_is_in_the_template_and_in_the_guide() -> None:
    adapter = ast.parse((TEMPLATE / "yourdesk" / "adapter.py").read_text(encoding="utf-8"))
    there = {
        node.name for node in ast.walk(adapter) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    world = ast.parse((TEMPLATE / "test_yourdesk.py").read_text(encoding="utf-8"))
    behind = {node.name for node in ast.walk(world) if isinstance(node, ast.FunctionDef)}
    for verb in verbs(Helpdesk):
        assert verb in there, verb
        assert f"`{verb}" in GUIDE, f"docs/adapters.md says nothing of the verb {verb}"
    assert {verb for verb in verbs(World) if verb != "url"} <= behind


@pytest.mark.parametrize("record", [Capabilities, HelpdeskKind])
def test_each_setting_of_an_adapter_is_in_the_guide(record: type) -> None:
    for field in dataclasses.fields(record):
        assert f"`{field.name}`" in GUIDE, f"docs/adapters.md says nothing of {record.__name__}.{field.name}"


def test_the_guide_names_the_errors_and_places_that_there_are() -> None:
    for error in (
        *("Unreachable", "AnswerLost", "LoginRefused", "NotAllowed", "NotFound", "Conflict", "TryAgain"),
        *("Throttled", "ServerFailed", "Rejected", "BadAnswer"),
    ):
        assert f"`{error}`" in GUIDE, error
    for path in set(re.findall(r"`((?:agentconsole|tests|docs)/[\w/.]+)`", GUIDE)):
        assert (ROOT / path).exists(), path


def test_the_template_is_type_checked_with_the_rest_and_not_shipped() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "yourdesk" in told["mypy"]["packages"] and "test_yourdesk" in told["mypy"]["modules"]
    assert told["mypy"]["strict"] is True
    assert told["hatch"]["build"]["targets"]["wheel"]["packages"] == ["agentconsole"]
