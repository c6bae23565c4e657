"""What the header of a file costs, counted over HTTP: bytes of objects, requests to S3 and Atlan, CPU, memory."""

import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import pytest
from pyatlan.model.assets import ColumnProcess
from werkzeug.wrappers import Request, Response

import handler
from connector import app
from local.aws.context import Context
from local.aws.server import Aws
from tests.integration.conftest import COLUMNS, World
from tests.integration.scripted import Scripted
from tests.support import crawler, notice

pytestmark = pytest.mark.unmeasured

KEY: Final = "1.csv"
ROW: Final = b"1,2,3\n"
HEADER: Final = b"id,customer_id\n"
KIB, MIB, GIB = 2**10, 2**20, 2**30
FIRST: Final = 64 * KIB
"""Bytes that are read of an ordinary file."""
LIMIT: Final = MIB
"""Further bytes that are read if its header is longer."""
SLOW: Final = 600.0
"""Seconds in which a busy machine saves a pair of 2,000 columns."""
CPU, MEMORY = 5.0, 16 * MIB
"""Seconds and bytes that one notification may take, with all that the servers of this process do for it."""

Beginning = Callable[[int], bytes]
"""Returns the first bytes of a file, as many as it is asked for."""


@dataclass
class Endpoint:
    """
    The AWS of this machine; what S3 is asked is noted, and the bytes of objects that it returns are counted.

    `large` has keys whose object is only claimed: its size, and how it begins.
    """

    aws: Aws
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    large: dict[str, tuple[int, Beginning]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        response = Response.from_app(self.aws.faults, request.environ, buffered=True)
        if "/s3/" in request.headers.get("Authorization", ""):
            key = request.path.split("/", 2)[-1] if request.path.count("/") > 1 else ""
            self.asked.append(f"{request.method} of {'an object' if key else 'a bucket'}")
            if request.method == "GET" and key:
                if key in self.large and response.status_code == HTTPStatus.PARTIAL_CONTENT:
                    self._claim(request, response, *self.large[key])
                self.sent += len(response.get_data())
        return response

    def _claim(self, request: Request, response: Response, size: int, beginning: Beginning) -> None:
        """Return the range of an object of this size, as S3 does."""
        assert request.range, "all of a large object is asked for"
        ((start, stop),) = request.range.ranges
        assert start == 0
        assert stop
        stop = min(stop, size)
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response.set_data(beginning(stop))
        response.headers["Content-Range"] = f"bytes 0-{stop - 1}/{size}"
        for name in [name for name, _ in response.headers if name.lower().startswith("x-amz-checksum")]:
            del response.headers[name]  # that of what moto has

    def reset(self) -> None:
        """Count from now."""
        self.asked, self.sent = [], 0


@pytest.fixture
def endpoint(aws: Aws, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """What the handler of this world has for AWS; all other clients have AWS itself."""
    endpoint = Endpoint(aws)
    with Scripted(endpoint) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        app.application.cache_clear()
        yield endpoint


def facts(answer: dict[str, Any]) -> dict[str, Any]:
    (only,) = answer["notifications"]
    return only


def repeated(text: bytes, count: int, start: bytes = b"") -> bytes:
    return start + (text * (count // len(text) + 1))[: count - len(start)]


def test_ordinary(world: World, endpoint: Endpoint) -> None:
    """A 5 GB object costs the requests of a 5 kB one and, of its bytes, 64 KiB."""
    world.tables()
    small, large = 5_000, 5_000_000_000
    world.upload("0.csv", body=repeated(ROW, small, HEADER))
    requests = []
    for key, size in (("1.csv", small), ("2.csv", large)):
        world.put(key, repeated(ROW, small, HEADER))
        endpoint.large[key] = (size, partial(repeated, ROW, start=HEADER))
        app.application.cache_clear()
        seen = len(world.server.faults.log)
        endpoint.reset()

        answer = facts(world.notify(key))

        requests.append((endpoint.asked, len(world.server.faults.log) - seen))
        assert endpoint.sent == min(size, FIRST)
        assert world.object(key).s3_object_size == size
        assert [finding["kind"] for finding in answer["column_findings"]] == ["not_in_file", "ragged"]

    assert requests[0] == requests[1] == (["GET of an object"], requests[0][1])
    assert len(world.active(ColumnProcess)) == len(COLUMNS) - 1


def bomb(start: bytes, size: int = 80 * MIB) -> bytes:
    """Return a file that gzip makes of *start* and very many letters; it is longer than what is read of it."""
    pack = zlib.compressobj(9, wbits=31)
    return pack.compress(start) + b"".join(pack.compress(b"x" * MIB) for _ in range(size // MIB)) + pack.flush()


PACKED: Final = bomb(b"id,total,")
HOSTILE: Final = [
    pytest.param(lambda count: repeated(PACKED, count), FIRST, "does not end within 1048576 bytes", id="gzip bomb"),
    pytest.param(partial(repeated, b"x", start=b"id,total,"), FIRST + LIMIT, "does not end within", id="one line"),
    pytest.param(bytes, FIRST, "NUL bytes", id="NULs"),
]


@pytest.mark.parametrize(("beginning", "most", "why"), HOSTILE)
def test_hostile(world: World, endpoint: Endpoint, beginning: Beginning, most: int, why: str) -> None:
    """A file whose header has no end ends within bounds of bytes, CPU and memory, with a finding, and is cataloged."""
    world.tables()
    world.put(KEY, repeated(b"x", 2 * MIB))
    endpoint.large[KEY] = (GIB, beginning)
    started = time.process_time()
    tracemalloc.start()
    try:
        answer = facts(world.notify(KEY))
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < CPU
    assert memory < MEMORY
    assert endpoint.sent <= most
    (finding,) = answer["column_findings"]
    assert (finding["kind"], why in finding["text"]) == ("unreadable", True)
    assert why in str(world.process(f"{world.pair.partition('/test/')[2]}").sql)
    assert len(world.active(ColumnProcess)) == len(COLUMNS)


def test_steady(world: World, endpoint: Endpoint) -> None:
    """A new file of a known pair makes the same requests, with 2 and 2,000 columns, with a header and without."""
    counted = {}
    for count in (2, 2000):
        names = [f"c{number}" for number in range(count)]
        world.schema = f"{world.bucket}_{count}"
        world.route()
        crawler.tables(world.client, {world.source: names, world.target: [name.upper() for name in names]})
        header = ",".join(names).encode()
        for name, body in (("named", header), ("without", b"1,2\n")):
            for part in (1, 2, 3):  # by the third, what has to be known is
                world.put(f"{count}/{name}/{part}.csv", body)
                seen = len(world.server.faults.log)
                endpoint.reset()
                event = notice.direct(world.record(f"{count}/{name}/{part}.csv"))
                handler.lambda_handler(event, Context(deadline=time.monotonic() + SLOW))
            asked = [f"{entry.method} {entry.path}" for entry in list(world.server.faults.log)[seen:]]
            counted[count, name] = (endpoint.asked, asked)
        assert sum(f"/{world.schema}/" in name for name in world.active(ColumnProcess)) == count

    assert len({str(requests) for requests in counted.values()}) == 1, counted
    assert counted[2, "named"][0] == ["GET of an object"]
    assert len(counted[2, "named"][1]) == 1
