"""The Jinja2 dialect of macros: names, conditions, short loops, a few filters; nothing that calls or grows.

A macro may come from a colleague or a macro pack, so it is no more trusted than a spreadsheet. What the
dialect has is listed here; anything else is refused when the file is read. What rendering costs is
bounded by the length of the macro: no calls, no macros, no assignment, no multiplication, loops at most
two deep over lists cut to fifty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from jinja2 import Template, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agentconsole.replies.context import first_name, last_name, placeholder
from agentconsole.replies.dates import DEFAULT_FORMAT, format_date
from agentconsole.replies.errors import MacroError

ROOTS: Final = ("ticket", "customer", "requester", "agent", "today")
"""The names that an expression can begin with; `requester` is another word for `customer`."""

_MAX_LOOP_ITEMS: Final = 50
_MAX_LOOP_DEPTH: Final = 2
_MAX_NESTING: Final = 40
_MAX_DAYS: Final = 3660
_LOOP_NAMES: Final = ("index", "first", "last")

_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Add,
    nodes.Sub,
    nodes.Concat,
    nodes.Keyword,
)
_TESTS: Final = ("defined", "undefined", "none", "string", "number", "odd", "even")


_ENDS_IN_TAG = re.compile(r"[^-+]%\}\Z")
_ONLY_TAG = re.compile(r"\s*\{%(?:(?!%\}).)*%\}")


class Facts:
    """Named values that a macro can reach with a dot or with brackets, and nothing else."""

    __slots__ = ("path", "shown", "values")

    def __init__(self, path: str, values: Mapping[str, Any], shown: str = "") -> None:
        self.path = path
        self.values = values
        self.shown = shown
        """What stands in the text where the whole is named, as in `{{ customer }}`."""


class Missing(Undefined):
    """A value that is not known: false in a condition, visible in the text."""

    path: str
    """Where it was looked for, such as `customer.phone`."""
    names: list[str] | None = None
    """Where the paths that were shown are written down."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = None,
        name: str | None = None,
        exc: type[Exception] = LookupError,
    ) -> None:
        super().__init__(hint, obj, name, exc)  # type: ignore[arg-type]
        parent = obj.path if isinstance(obj, Facts | Missing) else ""
        self.path = f"{parent}.{name}" if parent else str(name)

    @property
    def _undefined_message(self) -> str:
        return f"{self.path} is not known for this ticket; test it with {{% if %}} or give it a default"

    def __str__(self) -> str:
        if self.names is not None and self.path not in self.names:
            self.names.append(self.path)
        return placeholder(self.path)

    __hash__ = Undefined.__hash__


class MacroEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 cut down to the dialect; a dot sees into `Facts` only."""

    def __init__(self, missing_names: list[str] | None = None) -> None:
        super().__init__(
            autoescape=False,
            undefined=type("MissingHere", (Missing,), {"names": missing_names}),
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
        )
        self.globals.clear()
        self.filters = dict(_FILTERS)
        self.tests = {name: self.tests[name] for name in _TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look a name up in `Facts`; nothing else has attributes."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look a name up in `Facts`, or an item of a list up by its position."""
        if isinstance(obj, Facts):
            key = str(argument)
            value = obj.values.get(key, obj.values.get(key.replace("_", " ").casefold()))
            return self.undefined(obj=obj, name=key) if value is None or value in ("", ()) else value
        if isinstance(obj, LoopContext) and argument in _LOOP_NAMES:
            return getattr(obj, argument)
        if isinstance(obj, list | tuple) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=str(argument))


def compile_template(body: str, source: str, line: int, missing_names: list[str] | None = None) -> Template:
    """Check `body` against the dialect and compile it.

    Args:
        body: Jinja2 text.
        source: the file, for messages.
        line: the line of the file that the body begins on.
        missing_names: gets the path of each name that a rendering had to show as unknown.

    Raises:
        MacroError: the syntax is broken or something is used that the dialect has not, with the line.
    """
    environment = MacroEnvironment(missing_names)
    try:
        tree = environment.parse(_keep_inline_line_ends(body))
        _check(tree, source, line)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise MacroError(
            source, error.lineno + line - 1, f"the text does not parse: {error.message}"
        ) from None
    except (RecursionError, SyntaxError, ValueError, OverflowError, MemoryError):
        raise MacroError(
            source, line, "the text has an expression that is too long or too deeply nested"
        ) from None


def _keep_inline_line_ends(body: str) -> str:
    """Mark tags that end a line of prose: only a tag alone on its line takes the line end with it."""
    if "endraw" in body:
        return body
    return "\n".join(
        f"{line[:-2]}+%}}" if _ENDS_IN_TAG.search(line) and not _ONLY_TAG.fullmatch(line) else line
        for line in body.split("\n")
    )


def _check(tree: nodes.Template, source: str, first_line: int) -> None:
    """Refuse what the dialect has not, and bound the loops."""
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, depth, loops = waiting.pop()
        line = first_line + max(node.lineno or 1, 1) - 1
        if not isinstance(node, _ALLOWED):
            raise MacroError(source, line, f"macros can't use {_described(node)}")
        if depth > _MAX_NESTING:
            raise MacroError(source, line, "the text is too deeply nested")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            known = ", ".join(name for name in _FILTERS if not name.startswith("_"))
            raise MacroError(source, line, f'there is no filter "{node.name}"; there are {known}')
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise MacroError(source, line, f'there is no test "{node.name}"; there are {", ".join(_TESTS)}')
        if isinstance(node, nodes.For):
            loops += 1
            if node.recursive or loops > _MAX_LOOP_DEPTH:
                raise MacroError(source, line, "loops can be two deep at most, and not recursive")
            items = nodes.Filter(node.iter, "_items", [], [], None, None, lineno=node.lineno)
            node.iter = items.set_environment(tree.environment) if tree.environment else items
        waiting.extend((child, depth + 1, loops) for child in node.iter_child_nodes())


def _described(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call | nodes.CallBlock | nodes.Macro):
        return "calls: write a name or a filter without brackets"
    if isinstance(node, nodes.Assign | nodes.AssignBlock | nodes.With):
        return "assignments"
    if isinstance(node, nodes.Mul | nodes.Pow | nodes.Div | nodes.FloorDiv | nodes.Mod):
        return "multiplication or division"
    return f'"{type(node).__name__.lower()}"'


def _shown(value: Any) -> Any:
    """Write a value the way a person would."""
    if isinstance(value, Undefined | str):
        return value
    if isinstance(value, Facts):
        return value.shown or placeholder(value.path)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(_shown(item)) for item in value[:_MAX_LOOP_ITEMS])
    return value if isinstance(value, int | float) else ""


def _on_known(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let an unknown value pass a filter untouched, so that it stays visible in the text."""

    def filtered(value: Any, *args: Any, **options: Any) -> Any:
        return value if isinstance(value, Undefined) else function(value, *args, **options)

    return filtered


def _date(value: Any, pattern: str = DEFAULT_FORMAT) -> str:
    if not isinstance(value, date):
        raise TypeError('the filter "date" takes a date, such as today or ticket.created')
    return format_date(value, str(pattern))


def _plus_days(value: Any, days: Any) -> date:
    if not isinstance(value, date) or not isinstance(days, int) or abs(days) > _MAX_DAYS:
        raise TypeError('the filter "plus_days" takes a date and a whole number, as in today|plus_days(3)')
    return value + timedelta(days=days)


def _default(value: Any, fallback: Any = "") -> Any:
    return fallback if isinstance(value, Undefined) else value


def _join(value: Any, separator: str = ", ") -> str:
    items = value[:_MAX_LOOP_ITEMS] if isinstance(value, list | tuple) else [value]
    return str(separator).join(str(_shown(item)) for item in items)


def _items(value: Any) -> list[Any]:
    if isinstance(value, Undefined):
        return []
    if not isinstance(value, list | tuple):
        raise TypeError("a loop goes over a list, such as ticket.tags")
    return list(value[:_MAX_LOOP_ITEMS])


def _length(value: Any) -> int:
    return 0 if isinstance(value, Undefined) else len(value) if isinstance(value, str | list | tuple) else 1


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "capitalize": _on_known(lambda value: str(_shown(value)).capitalize()),
    "date": _on_known(_date),
    "default": _default,
    "first": _on_known(lambda value: value[0] if isinstance(value, list | tuple) and value else ""),
    "first_name": _on_known(lambda value: first_name(str(_shown(value)))),
    "join": _on_known(_join),
    "last": _on_known(lambda value: value[-1] if isinstance(value, list | tuple) and value else ""),
    "last_name": _on_known(lambda value: last_name(str(_shown(value)))),
    "length": _length,
    "lower": _on_known(lambda value: str(_shown(value)).lower()),
    "plus_days": _on_known(_plus_days),
    "title": _on_known(lambda value: str(_shown(value)).title()),
    "trim": _on_known(lambda value: str(_shown(value)).strip()),
    "upper": _on_known(lambda value: str(_shown(value)).upper()),
    "_items": _items,
}
