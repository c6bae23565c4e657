"""
Reads the routes file, and reports all its errors at once, each with its line number.

A person writes the file, so it is checked in full: the fields by pydantic, patterns and templates by the core, and
that the key captures every variable of a table's name. Called by `connector.app`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from connector.core.columns import Rules
from connector.core.pattern import pattern, variables
from connector.core.route import Naming, Route, Routes
from connector.core.template import Template, template
from connector.errors import ConfigurationError

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_CONNECTION: Final = re.compile(r"[^/]+/s3/[^/]+")
_WORDS: Final = {
    "missing": "is required",
    "extra_forbidden": "is an unknown field; see the routes section of the README",
    "string_type": "must be a string",
    "string_too_short": "must be a non-empty string",
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping of names",
    "list_type": "must be a list",
    "too_short": "must be a non-empty list",
}
_TABLE: Final = re.compile(r"[^/]+/[^/]+/[^/]+(/[^/]+){3}")


def _bucket(text: str) -> str:
    """Source: S3 User Guide, "General purpose bucket naming rules"."""
    if not _BUCKET.fullmatch(text):
        raise ValueError(f"{text!r} is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens")
    return text


def _connection(text: str) -> str:
    """Source: Atlan, a connection's qualified name is tenant/connector/epoch."""
    if not _CONNECTION.fullmatch(text):
        raise ValueError(f"{text!r} is not the qualified name of an S3 connection, as in default/s3/1700000000")
    return text


def _table(text: str) -> str:
    """Source: Atlan, a table's qualified name is its connection's, then database/schema/table."""
    template(text)
    if not _TABLE.fullmatch(text):
        raise ValueError(
            f"{text!r} is not the qualified name of a table, "
            "as in default/postgres/1700000001/database/schema/table, with or without variables"
        )
    return text


def _pattern(text: str) -> str:
    pattern(text)
    return text


_Key = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
_Table = Annotated[str, AfterValidator(_table)]
_Name = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Columns(_Strict):
    rename: dict[_Name, _Name] = {}
    ignore: list[_Name] = []


class _Route(_Strict):
    name: _Name
    bucket: Annotated[str, AfterValidator(_bucket)]
    key: _Key
    source: _Table | None = None
    target: _Table | None = None
    columns: _Columns = _Columns()


class _File(_Strict):
    connection: Annotated[str, AfterValidator(_connection)]
    qualified_names: Annotated[Naming, Field(strict=False)] = Naming.PATH
    exclude: list[_Key] = []
    routes: Annotated[list[_Route], Field(min_length=1)]


class _Loader(yaml.SafeLoader):
    """Scalars stay strings, not dates, numbers or booleans. Only null and merging (`<<`) are special."""


_SPECIAL: Final = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
_Loader.yaml_implicit_resolvers = {
    first: [resolver for resolver in resolvers if resolver[0] in _SPECIAL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> Routes:
    """
    Read a routes file.

    Raises:
        ConfigurationError: lists every error of the file with its line.
    """
    try:
        return read(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise ConfigurationError(path.name, [f"not UTF-8 at byte {error.start}; save the file as UTF-8"]) from error


def read(text: str, name: str) -> Routes:
    """
    Read the text of a routes file; error messages call it *name*.

    Raises:
        ConfigurationError: lists every error with its line.
    """
    try:
        root, data = yaml.compose(text, _Loader), yaml.load(text, _Loader)  # noqa: S506 - it is a SafeLoader
        if root is None:
            raise ConfigurationError(name, ["line 1: the file is empty; it needs `connection` and `routes`"])
        file, faults = _checked(root, data)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(name, [f"not valid YAML: {' '.join(str(error).split())}"]) from error
    except RecursionError as error:
        raise ConfigurationError(
            name, ["nested too deeply, or contains itself; a routes file has four levels"]
        ) from error
    if file is None or faults:
        raise ConfigurationError(name, sorted(faults, key=_line))
    return Routes(
        file.connection,
        file.qualified_names,
        tuple(pattern(text) for text in file.exclude),
        tuple(_route(route) for route in file.routes),
    )


def _checked(root: yaml.Node, data: object) -> tuple[_File | None, list[str]]:
    """Return the file, if its fields are valid, and all faults: of single fields, and between fields."""
    faults = [*_duplicates(root), *(_fault(root, place, what) for place, what in _crossed(data))]
    try:
        return _File.model_validate(data), faults
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, [*faults, *(_fault(root, detail["loc"], _words(detail)) for detail in found)]


def _crossed(data: object) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Yield (place, fault) for errors between fields: names given twice, variables never captured."""
    routes = data.get("routes") if isinstance(data, dict) else None
    seen: set[str] = set()
    for index, route in enumerate(routes if isinstance(routes, list) else ()):
        texts = (
            {field: text for field, text in route.items() if isinstance(text, str)} if isinstance(route, dict) else {}
        )
        if texts.get("name") in seen:
            yield ("routes", index, "name"), f"several routes are named {texts['name']}; give each its own name"
        seen.add(texts.get("name", ""))
        known = _variables(texts.get("key"))
        for side in ("source", "target"):
            missing = sorted((_variables(texts.get(side)) or set()) - known) if known is not None else []
            if missing:
                names = ", ".join(f"{{{name}}}" for name in missing)
                yield ("routes", index, side), f"uses {names}, which key does not capture"


def _variables(text: str | None) -> frozenset[str] | None:
    """Return the variables of a pattern or template, or None if it is absent or invalid."""
    try:
        return None if text is None else variables(text)
    except ValueError:
        return None


def _route(route: _Route) -> Route:
    return Route(
        route.name,
        route.bucket,
        pattern(route.key),
        _template(route.source),
        _template(route.target),
        Rules(tuple(route.columns.rename.items()), tuple(route.columns.ignore)),
    )


def _template(text: str | None) -> Template | None:
    return None if text is None else template(text)


def _words(detail: ErrorDetails) -> str:
    return _WORDS.get(detail["type"]) or detail["msg"].removeprefix("Value error, ").removeprefix("Input ")


def _fault(root: yaml.Node, place: Sequence[int | str], what: str) -> str:
    node = _find(root, place)
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    return f"line {node.start_mark.line + 1}: {path or 'the file'}: {what}"


def _find(node: yaml.Node, place: Sequence[int | str]) -> yaml.Node:
    """Return the node at *place*, or the nearest one above it that the file has."""
    for step in place:
        match node:
            case yaml.SequenceNode() if isinstance(step, int):
                node = node.value[step]
            case yaml.MappingNode():
                node = next((value for key, value in node.value if key.value == step), node)
    return node


def _duplicates(node: yaml.Node) -> Iterator[str]:
    """Yield a fault for each field that is given twice; YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"line {key.start_mark.line + 1}: {key.value} is given twice; keep one"
            seen.add(key.value)
            yield from _duplicates(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _duplicates(value)


def _line(fault: str) -> int:
    return int(fault.removeprefix("line ").partition(":")[0])
