"""
Reads the routes file, and reports all its errors at once, each with its line number.

A person writes the file, so it is checked in full: the fields by pydantic, patterns and templates by the core, which
also knows common mistakes (`mistake`) and errors between fields (`clash`). Called by `connector.config`, and when the
artifact is built.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from connector.core import described, mistake
from connector.core.clash import clashes, strays
from connector.core.columns import Rules
from connector.core.layout import Declared, Layout, Load
from connector.core.mistake import plain, quoted, visible
from connector.core.pattern import pattern
from connector.core.route import Naming, Route, Routes
from connector.core.syntax import Problem, explain
from connector.core.template import Template, template
from connector.core.text import Encoding
from connector.errors import ConfigurationError

_CONNECTION: Final = re.compile(r"[^/]+/s3/[^/]+")
_WORDS: Final = {
    "missing": "is required",
    "extra_forbidden": "is an unknown field; see the routes section of the README",
    "string_type": "must be a string",
    "string_too_short": "must be a non-empty string",
    "model_type": "must be a mapping of fields, each written as name: value, with a space after the colon",
    "dict_type": "must be a mapping of names",
    "list_type": "must be a list: [a, b], or an entry per line, each after a dash and a space",
    "too_short": "must be a non-empty list",
}
_TABLE: Final = re.compile(r"[^/]+/[^/]+/[^/]+(/[^/]+){3}")


def _connection(text: str) -> str:
    """Source: Atlan, a connection's qualified name is tenant/connector/epoch."""
    plain(text)
    if not _CONNECTION.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not the qualified name of an S3 connection, as in default/s3/1700000000")
    return text


def _table(text: str) -> str:
    """Source: Atlan, a table's qualified name is its connection's, then database/schema/table."""
    template(plain(text))
    if not _TABLE.fullmatch(text):
        raise ValueError(
            f"{quoted(text)} is not the qualified name of a table, "
            "as in default/postgres/1700000001/database/schema/table, with or without variables"
        )
    return text


def _pattern(text: str) -> str:
    return mistake.long(pattern(mistake.key(text))).text


_Key = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
_Table = Annotated[str, AfterValidator(_table)]
_Name = Annotated[str, Field(min_length=1), AfterValidator(plain)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Columns(_Strict):
    rename: dict[_Name, _Name] = {}
    ignore: list[_Name] = []
    derived: dict[_Name, Annotated[list[_Name], Field(min_length=1)]] = {}


class _Route(_Strict):
    name: _Name
    bucket: Annotated[str, AfterValidator(mistake.bucket)]
    key: _Key
    source: _Table | None = None
    target: _Table | None = None
    columns: _Columns = _Columns()
    header: Annotated[Declared | tuple[str, ...] | None, PlainValidator(described.header)] = None
    delimiter: Annotated[str | None, PlainValidator(described.delimiter)] = None
    encoding: Annotated[Encoding | None, PlainValidator(described.encoding)] = None
    load: Annotated[Load, Field(strict=False)] = Load.NAME


class _File(_Strict):
    connection: Annotated[str, AfterValidator(_connection)]
    qualified_names: Annotated[Naming, Field(strict=False)] = Naming.PATH
    exclude: list[_Key] = []
    routes: Annotated[list[_Route], Field(min_length=1)]


class _Loader(yaml.SafeLoader):
    """Scalars stay strings, not dates, numbers or booleans. Only null and merging (`<<`) are special, and no tag is."""

    yaml_multi_constructors: ClassVar[
        dict[str | None, Any]
    ] = {}  # those that others add to SafeLoader are not for this file


_SPECIAL: Final = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
_Loader.yaml_implicit_resolvers = {
    first: [resolver for resolver in resolvers if resolver[0] in _SPECIAL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path, buckets: Collection[str] = ()) -> Routes:
    """
    Read a routes file. If *buckets* are given, its routes have to take exactly these.

    Raises:
        ConfigurationError: lists every error of the file with its line.
    """
    try:
        return read(path.read_text(encoding="utf-8"), path.name, buckets)
    except UnicodeDecodeError as error:
        raise ConfigurationError(path.name, [f"not UTF-8 at byte {error.start}; save the file as UTF-8"]) from error


def read(text: str, name: str, buckets: Collection[str] = ()) -> Routes:
    """
    Read the text of a routes file, as `load` does; error messages call it *name*.

    Raises:
        ConfigurationError: lists every error with its line.
    """
    try:
        root, data = yaml.compose(text, _Loader), yaml.load(text, _Loader)  # noqa: S506 - it is a SafeLoader
        if root is None:
            raise ConfigurationError(name, ["line 1: the file is empty; it needs `connection` and `routes`"])
        file, faults = _checked(root, data, buckets)
    except yaml.YAMLError as error:
        raise ConfigurationError(name, [explain(text, _problem(error, text))]) from error
    except ValueError as error:
        raise ConfigurationError(name, [f"not valid YAML: {visible(' '.join(str(error).split()))}"]) from error
    except RecursionError as error:
        raise ConfigurationError(
            name, ["nested too deeply, or contains itself; a routes file has four levels"]
        ) from error
    if file is None or faults:
        raise ConfigurationError(name, sorted(map(visible, faults), key=_line))
    return Routes(
        file.connection,
        file.qualified_names,
        tuple(pattern(text) for text in file.exclude),
        tuple(_route(route) for route in file.routes),
    )


def _checked(root: yaml.Node, data: object, buckets: Collection[str]) -> tuple[_File | None, list[str]]:
    """Return the file, if its fields are valid, and all faults: of single fields, and between fields."""
    between = (*clashes(data), *(strays(data, buckets) if buckets else ()))
    faults = [*_duplicates(root), *(_fault(root, place, what) for place, what in between)]
    try:
        return _File.model_validate(data), faults
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, [*faults, *(_fault(root, detail["loc"], _words(detail)) for detail in found)]


def _route(route: _Route) -> Route:
    return Route(
        route.name,
        route.bucket,
        pattern(route.key),
        _template(route.source),
        _template(route.target),
        Rules(
            tuple(route.columns.rename.items()),
            tuple(route.columns.ignore),
            tuple((new, tuple(olds)) for new, olds in route.columns.derived.items()),
        ),
        Layout(route.header, route.delimiter, route.encoding, route.load),
    )


def _template(text: str | None) -> Template | None:
    return None if text is None else template(text)


def _problem(error: yaml.YAMLError, text: str) -> Problem:
    """Return what YAML says; an error of its reader has no line, but a place in the text."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position)
        return Problem("unacceptable character", line, 0, "", line)
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    said = getattr(error, "context", None) or ""
    return Problem(getattr(error, "problem", None) or str(error), line, column, said, context.line if context else line)


def _words(detail: ErrorDetails) -> str:
    if detail["input"] is None and detail["type"] in _WORDS:
        return "has no value; write it after the colon and a space"
    if detail["type"] == "string_type" and isinstance(detail["input"], dict):
        return "must be a string; put a text that begins with { in quotes"
    return _WORDS.get(detail["type"]) or detail["msg"].removeprefix("Value error, ").removeprefix("Input ")


def _fault(root: yaml.Node, place: Sequence[int | str], what: str) -> str:
    node = _find(root, place)
    steps = (step for step in place if step != "[key]")  # pydantic's word for: not the value but its name
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
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
