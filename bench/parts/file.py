"""
One new file in a bucket of N: the connector, the batch connector that it replaces, and DataHub's S3 source.

The catalog has the N objects and their lineage already. In each round, each bucket gets one new file for each subject,
which then does what it does to catalog it. The connector also gets the first file of a pair of tables that is new, and
of one in a bucket that is new.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench import stock
from bench.subject import Sample, Subject
from bench.world import Place, World, world
from tests.support import shop

DATAHUB: Final = Path(".venv/datahub/bin/python")
TABLES: Final = tuple(f"t{number}" for number in range(10))
LARGEST: Final = 1_000
"""Files of a bucket, above which the subjects that go through all of it have one round less."""


def measure(*, small: bool) -> Iterator[Sample]:
    """Measure all subjects in turn, in buckets of growing size."""
    sizes = (20, 60) if small else (100, 300, 1_000, 3_000)
    rounds = 1 if small else 3
    with world() as one:
        one.buckets(*map(_name, sizes), unknown=[f"new-{number}" for number in range(rounds)])
        one.pairs(*TABLES)
        for size in sizes:
            _fill(one, _name(size), size)
        with (
            Subject("connector", "bench.subjects.connector", one.environment()) as ours,
            Subject("batch connector", "bench.subjects.batch", one.environment()) as batch,
            Subject("DataHub", "bench.subjects.datahub", _telling_nobody(one), str(DATAHUB)) as datahub,
        ):
            for size in sizes * 2:
                ours.ask(places=one.put(TABLES, _name(size)), at_once=10)
            for number in range(rounds):
                yield from _connector(one, ours, sizes, number)
                for size in sizes:
                    if size <= LARGEST or number:
                        yield from _others(one, batch, datahub, size)


def _name(size: int) -> str:
    return f"lake-{size}"


def _telling_nobody(one: World) -> dict[str, str]:
    return one.environment(DATAHUB_TELEMETRY_ENABLED="false")


def _connector(one: World, ours: Subject, sizes: Sequence[int], number: int) -> Iterator[Sample]:
    """Measure single files of known pairs, bucket by bucket in turn, and then of new pairs."""
    for table in TABLES:
        for size in sizes:
            yield _case(size, "known pair") | one.measured(ours, places=one.put([table], _name(size)))
    for size in sizes:
        table = f"new{number}at{size}"
        one.pairs(table)
        yield _case(size, "new pair") | one.measured(ours, places=one.put([table], _name(size)))
    one.pairs(f"new{number}")
    places = one.put([f"new{number}"], f"new-{number}")
    yield _case(1, "new pair in a new bucket") | one.measured(ours, places=places)


def _others(one: World, batch: Subject, datahub: Subject, size: int) -> Iterator[Sample]:
    """Measure those that go through the whole bucket."""
    bucket, sink = _name(size), one.folder / "datahub.json"
    one.put(TABLES[:1], bucket)
    yield _case(size, "known pair") | one.measured(batch, bucket=bucket)
    one.put(TABLES[:1], bucket)
    yield _case(size, "known pair") | one.measured(datahub, bucket=bucket, sink=str(sink))
    if sink.stat().st_size < size:
        raise RuntimeError(f"DataHub wrote {sink.stat().st_size} bytes about {size} files")


def _case(size: int, pair: str) -> Sample:
    return {"files": size, "pair": pair}


def _fill(one: World, bucket: str, size: int) -> None:
    """Put files into a bucket, and store them in the catalog, with the lineage of the batch connector's last run."""
    places = one.put((TABLES[number % len(TABLES)] for number in range(size)), bucket)
    for first in range(0, size, stock.CHUNK):
        stock.store(
            one.catalog, [made for place in places[first : first + stock.CHUNK] for made in _cataloged(one, place)]
        )


def _cataloged(one: World, place: Place) -> Iterator[stock.Json]:
    bucket, key = place
    file = f"{shop.CONNECTION}/{bucket}/{key}"
    table = key.split("/")[-2]
    home = {"connectionQualifiedName": shop.CONNECTION}
    yield stock.entity("S3Object", file, bucket=stock.ref("S3Bucket", "", one.guids[bucket]), s3ObjectKey=key, **home)
    source, target = ([stock.ref("Table", "", one.guids[end])] for end in shop.pair(table))
    itself = [stock.ref("S3Object", file)]
    process = f"{shop.CONNECTION}/batch/{bucket}"
    yield stock.entity("Process", f"{process}/in/{key}", inputs=source, outputs=itself, **home)
    yield stock.entity("Process", f"{process}/out/{key}", inputs=itself, outputs=target, **home)
