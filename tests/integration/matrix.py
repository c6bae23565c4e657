"""
The fault matrix: every request to Atlan × every fault of the embedded catalog, and what happens to it.

`python -m tests.integration.matrix` writes it into ARCHITECTURE.md, in two minutes. With `all` or `quick` it prints all
of it or a part, which `test_matrix` compares with what is written there.
"""

import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Final

from local.catalog.faults import Fault, Kind
from tests.integration.cell import Cell, Request, State, World, finish, prepare
from tests.integration.site import Scene, site
from tests.integration.tables import Place, Section, noted

COMMAND: Final = "python -m tests.integration.matrix"

_UPLOAD, _WIDE_UPLOAD = Scene("upload"), Scene("wide-upload", columns=50)
_REMOVAL, _WIDE_REMOVAL = Scene("removal", removal=True), Scene("wide-removal", columns=50, removal=True)
_BEHIND, _UNSEEN = Scene("behind", removal=True, behind=True), Scene("unseen", unseen=True)
_HALF = Scene("half", half=True)

_SEARCH, _BULK, _NAMED = "/search/indexsearch", "/entity/bulk", "/entity/uniqueAttribute/type/"

REQUESTS: Final = (
    Request("search for bucket, tables and pair", _UPLOAD, "POST", _SEARCH, '"S3Bucket"'),
    Request("search for what to retire", _REMOVAL, "POST", _SEARCH, '^(?!.*"S3Bucket").*"Process"'),
    Request("search for column processes", _BEHIND, "POST", _SEARCH, '"ColumnProcess"'),
    Request("GET the connection", _UNSEEN, "GET", _NAMED + "Connection$"),
    Request("GET a table with its columns", _UNSEEN, "GET", _NAMED + "Table$"),
    Request("GET an end-to-end process", _BEHIND, "GET", _NAMED + "Process$"),
    Request("GET a process to retire", _BEHIND, "GET", _NAMED + "Process$", after=1),
    Request("GET an object to retire", _BEHIND, "GET", _NAMED + "S3Object$"),
    Request("GET a column process", _BEHIND, "GET", "/entity/guid/"),
    Request("GET a bucket that is not there", _UPLOAD, "GET", _NAMED + "S3Bucket$"),
    Request("GET a table that is not there", _HALF, "GET", _NAMED + "Table$"),
    Request("GET a view that is not there", _HALF, "GET", _NAMED + "(Materialised)?View$"),
    Request("GET a process that is not there", _UPLOAD, "GET", _NAMED + "Process$"),
    Request("search for a missing table's name", _HALF, "POST", _SEARCH, '"Connection"', explains=True),
    Request("search for a missing table's schema", _HALF, "POST", _SEARCH, '"case_insensitive": ?true', explains=True),
    Request("GET a missing table's connection", _HALF, "GET", _NAMED + "Connection$", explains=True),
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

SECTION: Final = Section("## When Atlan fails\n", FAULTS, [request.name for request in REQUESTS])

QUICK: Final = ("GET a process that is not there", "save", "archive")
"""Requests that represent all in a quick run: these under every fault, the others under a 500."""


def places(*, quick: bool = False) -> tuple[Place, ...]:
    """List the cells, the longest first. Only a save can be raced."""
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
        errors = [noted(error, place) for place, future in futures.items() if (error := future.exception())]
    if errors:
        raise ExceptionGroup("cells in which something was lost", errors)
    return {place: futures[place].result() for place in wanted}


def measure(world: World, request: Request, fault: Fault, truth: State) -> Cell:
    """
    Receive the notification while the request meets the fault, and again after the fault.

    Raises:
        AssertionError: something is lost: the fault was not met, the notification is not finished in the end, or the
            catalog differs from the state without faults.
    """
    world.suffer(request, fault)
    with _rival(world) if fault.kind is Kind.RACE else nullcontext():
        cell = world.receive()
    cell = replace(cell, met=world.met(fault))
    assert cell.met, "the request was not made"
    if fault.kind is Kind.ORPHAN:
        time.sleep(fault.delay)  # the write comes while the lease is kept
    world.recover(cell)
    finish(world, truth)
    return cell


@contextmanager
def _rival(world: World) -> Iterator[None]:
    """Deliver the same notification to another process at the same time."""
    world.notify()
    rival = threading.Thread(target=world.receive, args=(world.process(),))
    rival.start()
    yield
    rival.join()


def main(scope: str = "") -> None:
    """Measure the matrix, and print it or write it."""
    lines = SECTION.table({place: str(cell) for place, cell in matrix(places(quick=scope == "quick")).items()})
    if scope:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        SECTION.write(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
