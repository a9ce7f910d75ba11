"""Reads a macro's YAML front matter by its nodes, so that every complaint can name a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import yaml

from agentconsole.replies.errors import MacroError
from agentconsole.text.cleaning import clean_line

FieldScalar = str | int | float | bool | None
"""What a custom field can be set to."""

_FENCE: Final = "---"
_STRING_TAG: Final = "tag:yaml.org,2002:str"
_WORD = re.compile(r"[^\s,]+")


def split_front_matter(text: str, source: str) -> tuple[Settings, str, int]:
    """Return the settings, the text below them and the line of the file that the text begins on.

    Raises:
        MacroError: there is no front matter, or it is no YAML mapping.
    """
    lines = text.lstrip("\ufeff").split("\n")
    if lines[0].rstrip() != _FENCE:
        raise MacroError(
            source, 1, f'a macro begins with a line "{_FENCE}", then settings such as "name: ..."'
        )
    end = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise MacroError(source, 1, f'the settings never end; put a line "{_FENCE}" below them')
    start = end + 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    settings = Settings(source, _compose("\n".join(lines[1:end]), source), "")
    return settings, "\n".join(lines[start:]).rstrip(), start + 1


class Settings:
    """One mapping of the front matter: values by key, each complaint with its line."""

    def __init__(self, source: str, node: yaml.MappingNode | None, path: str) -> None:
        self._source = source
        self._path = path
        self._keys: dict[str, yaml.Node] = {}
        self._values: dict[str, yaml.Node] = {}
        for key, value in node.value if node is not None else ():
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(key, "a setting's name is one word")
            name = clean_line(str(key.value))
            if name in self._keys:
                raise self._error(key, f'"{self._path}{name}" is given twice; keep one')
            self._keys[name] = key
            self._values[name] = value

    def refuse_all_but(self, known: Sequence[str]) -> None:
        """Raise `MacroError` for the first key that is not in `known`."""
        for name, key in self._keys.items():
            if name not in known:
                raise self._error(key, f'"{self._path}{name}" is no setting; there are {", ".join(known)}')

    def text(self, name: str) -> str | None:
        """Return one line of text as it is written ("no" stays "no"); None if the key is absent or empty."""
        node = self._values.get(name)
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, f'"{self._path}{name}" takes one line of text')
        return clean_line(str(node.value)) or None

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of `allowed`, None if the key is absent."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise self._error(
                self._values[name], f'"{self._path}{name}" is one of {", ".join(allowed)}, not "{value}"'
            )
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """Return words given as a list or on one line."""
        node = self._values.get(name)
        if node is None:
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: list[str] = []
        for item in items:
            if not isinstance(item, yaml.ScalarNode):
                raise self._error(item, f'"{self._path}{name}" takes a list of words')
            found += _WORD.findall(clean_line(str(item.value)))
        return tuple(word for word in found if word.strip("+-"))

    def scalars(self, name: str) -> dict[str, FieldScalar]:
        """Return a mapping of names to simple values."""
        found: dict[str, FieldScalar] = {}
        for key, node in self.part(name)._values.items():
            if not isinstance(node, yaml.ScalarNode):
                raise self._error(node, f'"{self._path}{name}.{key}" takes one value')
            found[key] = _scalar(node)
        return found

    def part(self, name: str) -> Settings:
        """Return the mapping under `name`; an empty one if the key is absent."""
        node = self._values.get(name)
        if isinstance(node, yaml.ScalarNode) and not node.value:
            node = None
        if node is not None and not isinstance(node, yaml.MappingNode):
            raise self._error(
                node, f'"{self._path}{name}" takes settings of its own, one a line and indented'
            )
        return Settings(self._source, node, f"{self._path}{name}.")

    def _error(self, node: yaml.Node, reason: str) -> MacroError:
        # The mark counts from 0 and the opening fence is a line too.
        return MacroError(self._source, node.start_mark.line + 2, reason)


def _scalar(node: yaml.ScalarNode) -> FieldScalar:
    written = clean_line(str(node.value))
    if node.tag == _STRING_TAG:
        return written
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError):
        return written
    # A date stays as it is written: helpdesks take dates as text.
    return value if value is None or isinstance(value, bool | int | float) else written


def _compose(text: str, source: str) -> yaml.MappingNode | None:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark is not None else None
        raise MacroError(
            source, line, f"the settings are no YAML: {error.problem or error.context}"
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise MacroError(source, 2, "the settings are no YAML") from None
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        raise MacroError(source, 2, 'the settings are lines such as "name: Refund is on its way"')
    return node
