"""
Checks that the core is pure: it imports only the modules listed here, and reads neither the time nor files.

Run by `make check`. import-linter forbids named modules; this is the opposite, a list of allowed modules.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
CORE: Final = (ROOT / "connector" / "core", ROOT / "connector" / "errors.py")

ALLOWED: Final = {
    "bz2",
    "codecs",
    "collections",
    "collections.abc",
    "connector.core",
    "connector.errors",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "heapq",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "typing",
    "unicodedata",
    "urllib.parse",
    "zlib",
}
"""Modules, each with its submodules."""

CLOCK: Final = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}
"""Attributes of datetime and date that read the time or the system's time zone."""

BUILTINS: Final = {"open", "print", "input", "exec", "eval", "compile", "__import__", "globals"}
"""Builtins that do input or output, or hide an import."""


def main() -> int:
    """Print each fault with file and line, and return 1 if there is one."""
    files = [file for place in CORE for file in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]
    faults = [
        f"{file.relative_to(ROOT)}:{line}: {fault}"
        for file in files
        for line, fault in faults_of(file.read_text("utf-8"))
    ]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    if faults:
        return 1
    sys.stdout.write(f"The core is pure: {len(files)} modules import only what tools/pure.py allows.\n")
    return 0


def faults_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the message of each fault in the source of a module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, _import(one.name)) for one in names if not _allowed(one.name))
            case ast.ImportFrom(module=module, level=level, names=names):
                wanted = [module or ""] if module != "connector" else [f"connector.{one.name}" for one in names]
                yield from ((node.lineno, _import(name)) for name in wanted if level or not _allowed(name))
            case ast.Attribute(attr=attr) if attr in CLOCK:
                yield node.lineno, f"uses {ast.unparse(node)}, but the core has no clock; pass the time as an argument"
            case ast.Name(id=name) if name in BUILTINS:
                yield node.lineno, f"uses {name}, which does input or output, or hides an import"


def _allowed(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in ALLOWED)


def _import(module: str) -> str:
    return f"imports {module}, which is not allowed in the core; see ALLOWED in tools/pure.py"


if __name__ == "__main__":
    sys.exit(main())
