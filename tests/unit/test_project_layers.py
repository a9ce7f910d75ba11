"""The layer contracts name everything that there is to be named."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("agentconsole", include_external_packages=True, cache_dir=None)


def contract(name: str) -> dict[str, Any]:
    (found,) = (contract for contract in CONTRACTS if contract["name"] == name)
    return found


def test_the_domain_may_use_no_library_that_any_room_uses(graph: grimp.ImportGraph) -> None:
    outside = {module for module in graph.modules if graph.is_module_squashed(module)}
    libraries = {module.split(".")[0] for module in outside} - sys.stdlib_module_names
    assert libraries, "no library found: the graph was read wrongly"
    missing = libraries - set(contract("The domain imports the standard library alone")["forbidden_modules"])
    assert not missing, f"name {sorted(missing)} in the contract of the domain"


def rooms_from_the_top() -> list[set[str]]:
    """The layers, highest first, each with its rooms."""
    layers = contract("A room knows only the rooms below it")["layers"]
    return [{name.strip("() ") for name in layer.split("|")} for layer in layers]


def test_the_embedded_helpdesk_may_know_no_room_but_those_below_all() -> None:
    layers = rooms_from_the_top()
    (place,) = (place for place, rooms in enumerate(layers) if "demo" in rooms)
    others = set().union(*layers[place:]) - {"demo", "domain", "text", "clock", "private_files", "resources"}
    forbidden = set(contract("The embedded helpdesk stands alone")["forbidden_modules"])
    assert forbidden == {f"agentconsole.{room}" for room in others}


def test_the_layers_name_the_rooms_there_are(graph: grimp.ImportGraph) -> None:
    children = {module.split(".")[-1] for module in graph.find_children("agentconsole")}
    assert set().union(*rooms_from_the_top()) == children
