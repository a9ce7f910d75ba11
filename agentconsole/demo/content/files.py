"""Reading the texts and lists that the content is made of."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).resolve().parent / "data"
# The C parser reads the same files ten times faster, where PyYAML was built with it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_yaml(name: str) -> Any:
    """Return the parsed YAML file `name` (a path below the data folder)."""
    return _parsed((_DATA / name).read_text(encoding="utf-8"))


@cache
def read_json(name: str) -> Any:
    """Return the parsed JSON file `name`."""
    return json.loads((_DATA / name).read_text(encoding="utf-8"))


@cache
def read_json_lines(name: str) -> tuple[dict[str, Any], ...]:
    """Return the objects of the file `name`, one a line."""
    with (_DATA / name).open(encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


@cache
def read_csv(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of the CSV file `name`, by the names in its first line."""
    with (_DATA / name).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def read_pages(folder: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield (name without suffix, front matter, body) of each Markdown file in `folder`, by name."""
    for path in sorted((_DATA / folder).glob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        yield path.stem, _parsed(front), body.strip()


def _parsed(text: str) -> Any:
    # Both loaders are the safe ones: they make plain data only.
    return yaml.load(text, Loader=_LOADER)  # noqa: S506
