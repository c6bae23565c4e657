"""How the fault matrices are written into ARCHITECTURE.md, and read from it. `matrix` and `aws_matrix` use it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Final

FILE: Final = Path(__file__).parents[2] / "ARCHITECTURE.md"

Place = tuple[str, str]
"""A fault and a request, by their names."""

NONE: Final = "–"
"""A combination that does not exist."""


@dataclass(frozen=True, slots=True)
class Section:
    """The section of ARCHITECTURE.md with this heading, and the names in its tables, in their order."""

    heading: str
    faults: Collection[str]
    requests: Collection[str]

    def table(self, cells: Mapping[Place, str]) -> list[str]:
        """Write the matrix in Markdown: requests with equal results share a column, faults with equal results a row."""
        faults = [fault for fault in self.faults if any(fault == one for one, _ in cells)]
        requests = [request for request in self.requests if any(request == one for _, one in cells)]
        columns = _alike(requests, lambda request: [cells.get((fault, request), NONE) for fault in faults])
        rows = _alike(faults, lambda fault: [cells.get((fault, request), NONE) for request in requests])
        named = {_heading(letter, column): column for letter, column in zip(ascii_uppercase, columns, strict=False)}
        return [
            _row("fault", *named),
            _row("---", *("---" for _ in named)),
            *(_row("; ".join(row), *(cells.get((row[0], column[0]), NONE) for column in columns)) for row in rows),
            "",
            _row("column", "requests"),
            _row("---", "---"),
            *(_row(name, "; ".join(column)) for name, column in named.items()),
        ]

    def lines(self) -> list[str]:
        """Return the lines of the section."""
        return self._parts()[1].splitlines()

    def write(self, lines: Iterable[str]) -> None:
        """Put the tables in place of the section's."""
        before, old, after = self._parts()
        words = "\n".join(line for line in old.splitlines() if not line.startswith("|")).strip()
        FILE.write_text("\n".join([f"{before}\n{words}\n", *lines, after]), encoding="utf-8")

    def _parts(self) -> tuple[str, str, str]:
        """Divide ARCHITECTURE.md: up to the section's heading, the section, and from the next heading on."""
        before, heading, rest = FILE.read_text(encoding="utf-8").partition(self.heading)
        section, following, after = rest.partition("\n## ")
        return before + heading, section, following + after


def read(lines: Iterable[str]) -> dict[Place, str]:
    """Read what `table` wrote; other lines are ignored."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    split = rows.index(["column", "requests"]) if ["column", "requests"] in rows else len(rows)
    requests = {name: column.split("; ") for name, column in rows[split + 2 :]}
    return {
        (fault, request): cell
        for row in rows[2:split]
        for heading, cell in zip(rows[0][1:], row[1:], strict=True)
        for fault in row[0].split("; ")
        for request in requests[heading]
        if cell != NONE
    }


def _alike(names: Iterable[str], key: Callable[[str], list[str]]) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        groups.setdefault(tuple(key(name)), []).append(name)
    return list(groups.values())


def _heading(letter: str, column: Iterable[str]) -> str:
    return f"{letter}: {', '.join(dict.fromkeys(name.split()[0].rstrip(':') for name in column))}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def noted(error: BaseException, place: Place) -> Exception:
    """
    Add to an error the cell in which it was raised.

    Raises:
        BaseException: it is not an error of the cell.
    """
    if not isinstance(error, Exception):
        raise error
    error.add_note(f"{place[1]} × {place[0]}")
    return error
