"""
The fault matrix: every request to Atlan × every fault of the embedded catalog, and what becomes of the notification.

`python -m tests.integration.matrix` writes it into ARCHITECTURE.md, in two minutes. With `all` or `quick` it prints all
of it or a part, which `test_matrix` compares with what is written there.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import ascii_uppercase
from typing import Final

from local.catalog.faults import Fault, Kind
from tests.integration.cell import Cell, Request, World, measure, prepare
from tests.integration.site import Scene, site

FILE: Final = Path(__file__).parents[2] / "ARCHITECTURE.md"
HEADING: Final = "## When Atlan fails\n"
COMMAND: Final = "python -m tests.integration.matrix"

_UPLOAD, _WIDE_UPLOAD = Scene("upload"), Scene("wide-upload", columns=50)
_REMOVAL, _WIDE_REMOVAL = Scene("removal", removal=True), Scene("wide-removal", columns=50, removal=True)
_BEHIND, _HALF = Scene("behind", removal=True, behind=True), Scene("half", half=True)

_SEARCH, _BULK, _NAMED = "/search/indexsearch", "/entity/bulk", "/entity/uniqueAttribute/type/"

REQUESTS: Final = (
    Request("search for the bucket", _UPLOAD, "POST", _SEARCH, '"S3Bucket"'),
    Request("search for the bucket by qualified name", _UPLOAD, "POST", _SEARCH, '"S3Bucket"', after=1),
    Request("search for the tables", _UPLOAD, "POST", _SEARCH, '"MaterialisedView"'),
    Request("search for column processes", _REMOVAL, "POST", _SEARCH, '"ColumnProcess"'),
    Request("search for what to retire", _REMOVAL, "POST", _SEARCH, '"Process"'),
    Request("GET the connection", _UPLOAD, "GET", _NAMED + "Connection$"),
    Request("GET a table with its columns", _UPLOAD, "GET", _NAMED + "Table$"),
    Request("GET an end-to-end process", _REMOVAL, "GET", _NAMED + "Process$"),
    Request("GET a process to retire", _BEHIND, "GET", _NAMED + "Process$", after=1),
    Request("GET an object to retire", _BEHIND, "GET", _NAMED + "S3Object$"),
    Request("GET a column process", _BEHIND, "GET", "/entity/guid/"),
    Request("GET a bucket that is not there", _UPLOAD, "GET", _NAMED + "S3Bucket$"),
    Request("GET a table that is not there", _HALF, "GET", _NAMED + "Table$"),
    Request("GET a view that is not there", _HALF, "GET", _NAMED + "(Materialised)?View$"),
    Request("GET a process that is not there", _UPLOAD, "GET", _NAMED + "Process$"),
    Request("save", _UPLOAD, "POST", _BULK),
    Request("save further columns", _WIDE_UPLOAD, "POST", _BULK, after=1),
    Request("archive", _REMOVAL, "DELETE", _BULK),
    Request("archive parents, after their children", _WIDE_REMOVAL, "DELETE", _BULK, after=1),
)

_LASTS: Final = 1_000


def _answered(status: int, *, times: int = _LASTS, retry_after: int = 1) -> Fault:
    return Fault(Kind.STATUS, status=status, count=times, retry_after=retry_after)


FAULTS: Final[Mapping[str, Fault]] = {
    "429, once": _answered(429, times=1),
    "503, once": _answered(503, times=1),
    "400, once": _answered(400, times=1),
    "another writer between look-up and write": Fault(Kind.RACE, delay=0.5),
    "429": _answered(429),
    "429 for a minute": _answered(429, retry_after=60),
    "503": _answered(503),
    "401": _answered(401),
    "403": _answered(403),
    "400": _answered(400),
    "404 of a proxy": _answered(404),
    "405 of a proxy": _answered(405),
    "500": _answered(500),
    "502": _answered(502),
    "504": _answered(504),
    "no answer": Fault(Kind.LATE, count=_LASTS, delay=60),
    "reset before the write": Fault(Kind.RESET, count=_LASTS),
    "reset after the write": Fault(Kind.LOST, count=_LASTS),
    "reset, and the write comes later": Fault(Kind.ORPHAN, count=_LASTS, delay=1),
    "half an answer": Fault(Kind.TRUNCATED, count=_LASTS),
}

Place = tuple[str, str]
"""A fault and a request, by their names."""

NONE: Final = "–"
"""A cell that there is not."""

QUICK: Final = ("search for the bucket", "GET a process that is not there", "save", "archive")
"""Requests that stand for all where there is no time for all: these under every fault, the others under a 500."""


def places(*, quick: bool = False) -> tuple[Place, ...]:
    """List the cells there are. Only a save can be raced. Those that take longest come first."""
    return tuple(
        (fault, request.name)
        for fault in sorted(FAULTS, key=lambda name: FAULTS[name].kind is not Kind.LATE)
        for request in REQUESTS
        if (FAULTS[fault].kind is not Kind.RACE or (request.path, request.method) == (_BULK, "POST"))
        and (not quick or fault == "500" or request.name in QUICK)
    )


def matrix(wanted: Collection[Place]) -> dict[Place, Cell]:
    """
    Measure these cells, many at once, since most of them wait.

    Raises:
        ExceptionGroup: of an error for each cell in which something was lost.
    """
    requests = {request.name: request for request in REQUESTS}
    with site() as opened, ThreadPoolExecutor(24) as pool:
        truths = {scene: prepare(opened, scene, REQUESTS) for scene in {request.scene for request in REQUESTS}}

        def cell(place: Place) -> Cell:
            request = requests[place[1]]
            with opened.copy(request.scene) as server:
                world = World(opened, request.scene, server, REQUESTS)
                return measure(world, request, FAULTS[place[0]], truths[request.scene])

        futures = {place: pool.submit(cell, place) for place in wanted}
        errors = [_noted(error, place) for place, future in futures.items() if (error := future.exception())]
    if errors:
        raise ExceptionGroup("cells in which something was lost", errors)
    return {place: futures[place].result() for place in wanted}


def table(cells: Mapping[Place, str]) -> list[str]:
    """Write the matrix in Markdown: requests that fare alike in one column, faults that do alike in one row."""
    faults = [fault for fault in FAULTS if any(fault == one for one, _ in cells)]
    requests = [request.name for request in REQUESTS if any(request.name == one for _, one in cells)]
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


def read(lines: Iterable[str]) -> dict[Place, str]:
    """Read what `table` wrote; other lines are passed over."""
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


def section() -> list[str]:
    """Return the lines of the matrix's section in ARCHITECTURE.md."""
    return _parts()[1].splitlines()


def write(lines: Iterable[str]) -> None:
    """Put the tables in place of the section's."""
    before, old, after = _parts()
    words = "\n".join(line for line in old.splitlines() if not line.startswith("|")).strip()
    FILE.write_text("\n".join([f"{before}\n{words}\n", *lines, after]), encoding="utf-8")


def _parts() -> tuple[str, str, str]:
    """Divide ARCHITECTURE.md: up to the section's heading, the section, and from the next heading on."""
    before, heading, rest = FILE.read_text(encoding="utf-8").partition(HEADING)
    section, following, after = rest.partition("\n## ")
    return before + heading, section, following + after


def _alike(names: Iterable[str], key: Callable[[str], list[str]]) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        groups.setdefault(tuple(key(name)), []).append(name)
    return list(groups.values())


def _heading(letter: str, column: Iterable[str]) -> str:
    return f"{letter}: {', '.join(dict.fromkeys(name.split()[0] for name in column))}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _noted(error: BaseException, place: Place) -> Exception:
    if not isinstance(error, Exception):
        raise error
    error.add_note(f"{place[1]} × {place[0]}")
    return error


def main(scope: str = "") -> None:
    """Measure the matrix, and print it or write it."""
    lines = table({place: str(cell) for place, cell in matrix(places(quick=scope == "quick")).items()})
    if scope:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        write(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
