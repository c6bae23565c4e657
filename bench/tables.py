"""The table of each part: what it says, and its rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.figures import Samples, megabytes, millis, number, seconds

Rows = Iterable[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part in the report: its title, what was measured, and the columns (with commas) and rows of its table."""

    title: str
    text: str
    head: str
    rows: Callable[[Samples], Rows]


def _file(samples: Samples) -> Rows:
    for pair, subject in (
        ("known pair", "connector"),
        ("new pair", "connector"),
        ("new pair in a new bucket", "connector"),
        ("known pair", "batch connector"),
        ("known pair", "DataHub"),
    ):
        mine = samples.where(pair=pair, subject=subject)
        for size in mine.each("files"):
            found = mine.where(files=size)
            name = f"{subject}, {pair}" if subject == "connector" else subject
            asked = [number(found.median(what)) for what in ("s3", "catalog")]
            read = [f"{found.median(what) / 1000:,.1f}" for what in ("s3_bytes", "catalog_bytes")]
            yield name, f"{size:,}", found.spread("wall", seconds), seconds(found.median("cpu")), *asked, *read


def _burst(samples: Samples) -> Rows:
    for pairs in samples.each("pairs"):
        for answer in samples.where(pairs=pairs).each("answer"):
            for size in samples.each("burst"):
                found = samples.where(pairs=pairs, answer=answer, burst=size)
                rate = Samples({"rate": sample["objects"] / sample["wall"]} for sample in found).spread("rate", number)
                asked = [number(found.median(what, per="objects")) for what in ("catalog", "s3")]
                burst = f"{size:,}" if size else "one at a time"
                yield burst, str(pairs), _answer(answer), rate, *asked, millis(found.median("cpu", per="objects"))


def _floor(samples: Samples) -> Rows:
    for size in samples.each("burst"):
        plain = samples.where(burst=size, subject="plain pyatlan").median("cpu")
        for subject in samples.each("subject"):
            found = samples.where(burst=size, subject=subject)
            times = [found.spread(what, millis, per="burst") for what in ("cpu", "wall")]
            yield f"{size:,}", subject, *times, f"{found.median('cpu') / plain:.2f}", *_stages(found, size)


def _stages(samples: Samples, size: int) -> list[str]:
    staged = [sample["stages"] for sample in samples if sample.get("stages")]
    return [millis(Samples(staged).median(name) / size) if staged else "" for name in ("get", "build", "save")]


def _profile(samples: Samples) -> Rows:
    sizes = samples.each("burst")
    for stage in sorted(samples.each("stage"), key=lambda stage: -max(samples.where(stage=stage).values("share"))):
        found = [samples.where(stage=stage, burst=size) for size in sizes]
        yield stage, *(f"{sum(one['share'] for one in mine):.0%}" for mine in found)


def _columns(samples: Samples) -> Rows:
    for columns in samples.each("columns"):
        for file in samples.each("file"):
            found = samples.where(columns=columns, file=file)
            yield (
                f"{columns:,}",
                file,
                found.spread("wall", seconds),
                seconds(found.median("cpu")),
                number(found.median("catalog")),
            )


def _sweep(samples: Samples) -> Rows:
    for keys in samples.each("keys"):
        found = samples.where(keys=keys)
        asked = [number(found.median(what)) for what in ("s3", "catalog")]
        per = f"{found.median('cpu') / keys * 1e6:.1f}"
        yield f"{keys:,}", found.spread("wall", seconds), per, found.spread("peak", megabytes), *asked


def _cold(samples: Samples) -> Rows:
    for step in samples.each("step"):
        for what in samples.where(step=step).each("package" if step == "import" else "subject"):
            found = samples.where(step=step, **{"package" if step == "import" else "subject": what})
            share = f"{found.median('wall') / samples.where(step='init', subject='connector').median('wall'):.0%}"
            cpu = seconds(found.median("cpu")) if step == "init" else ""
            yield f"{step}: {what}", found.spread("wall", seconds), cpu, share if step in ("init", "import") else ""


def _limit(samples: Samples) -> Rows:
    for answer in samples.each("answer"):
        for subject in samples.each("subject"):
            found = samples.where(answer=answer, subject=subject)
            objects = found.median("objects_a_minute")
            yield (
                _answer(answer),
                subject,
                number(found.median("requests_a_minute")),
                f"{found.median('requests_a_minute', per='allowed'):.0%}",
                number(objects),
                number(found.median("refused")),
                f"100,000,000 ÷ {objects:,.0f} ÷ 1,440 = {1e8 / objects / 1440:,.1f} days",
            )


def _memory(samples: Samples) -> Rows:
    for batch in samples.each("batch"):
        yield f"{batch:,}", samples.where(batch=batch).spread("peak", megabytes)


def _size(samples: Samples) -> Rows:
    for size in samples.each("size"):
        for batch in samples.each("batch"):
            found = samples.where(size=size, batch=batch)
            name = f"{batch:,}" if batch else "first, after a restore"
            yield f"{size:,} MB", name, found.spread("wall", seconds), seconds(found.median("cpu"))


def _catalog(samples: Samples) -> Rows:
    for action in samples.each("action"):
        empty, full = (samples.where(action=action, subject=subject) for subject in ("empty", "full"))
        ratio = full.median("wall") / empty.median("wall")
        yield action, seconds(empty.median("wall")), seconds(full.median("wall")), f"{ratio:.2f}"


def _answer(answer: float) -> str:
    return f"{answer:g} s" if answer else "at once"


PARTS: Final = {
    "file": Part(
        "One new file in a bucket of N",
        """Each subject catalogs one new file, warm. The connector gets its notification. The batch connector that it
replaces ([batch.py](../subjects/batch.py), a first version in plain pyatlan) and DataHub's S3 source
(acryl-datahub, to a file) go through the whole bucket. The batch connector reads no file. DataHub reads each
file for its columns, makes no lineage, and sends nothing to a catalog.""",
        "subject, N, time, CPU, S3 requests, catalog requests, kB from S3, kB from the catalog",
        _file,
    ),
    "burst": Part(
        "Bursts",
        """Notifications of new objects of known pairs, in one invocation; *one at a time* has one in each. Once the
catalog answers at once, so that only its own work and the connector's take time, and once 0.2 s later. CPU is
in ms an object.""",
        "burst, pairs, catalog answers, objects a second, catalog requests an object, S3 requests an object, CPU",
        _burst,
    ),
    "floor": Part(
        "The floor",
        """What the same assets cost by plain pyatlan and botocore ([plain.py](../subjects/plain.py)), which knows the
guids beforehand, and has no lease, limiter, log or metrics; and as prebuilt JSON, sent by plain httpx, without
S3. It is checked that the connector's assets and plain pyatlan's are the same for the catalog. In ms an object;
the last three columns say where the CPU of plain pyatlan goes: the GETs to S3, building the models, and sending
the request and reading its response.""",
        "burst, subject, CPU, time, ÷ plain pyatlan's CPU, S3, models, save",
        _floor,
    ),
    "profile": Part(
        "Where the connector's CPU goes",
        """Shares of the time in Python's code, by stage: py-spy's samples of what holds Python's lock.""",
        "stage, single events, bursts of 100, bursts of 1,000",
        _profile,
    ),
    "columns": Part(
        "Columns",
        "The first file of a pair makes its column lineage; further files do not depend on it.",
        "columns, file, time, CPU, catalog requests",
        _columns,
    ),
    "sweep": Part(
        "Sweep",
        "A bucket that is in sync, compared over a listing and a catalog in memory that count their requests.",
        "keys, time, CPU a key in µs, peak memory, S3 requests, catalog requests",
        _sweep,
    ),
    "cold": Part(
        "Cold start",
        """The built artifact under AWS's runtime emulator, with Python 3.13. Init includes what SnapStart's hook does
before the snapshot. *Plain pyatlan* imports pyatlan and makes its client, from the same artifact. An import is
without what it imports itself.""",
        "step, time, CPU, share of init",
        _cold,
    ),
    "limit": Part(
        "At a tenant's limit",
        """The tenant allows 400 requests a minute, and the connector uses 90 % of them. *One request at
a time* is the connector with `REQUESTS_AT_ONCE` at 1.""",
        "catalog answers, subject, requests a minute, of those allowed, objects a minute, 429s, 100 million objects",
        _limit,
    ),
    "memory": Part(
        "Memory",
        "The most that a process held, after so many messages in one invocation.",
        "messages, peak",
        _memory,
    ),
    "size": Part(
        "Memory sizes",
        "Invocations with the CPU that Lambda gives at a memory size, with a catalog that takes 0.1 s for a request.",
        "memory size, messages, time, CPU",
        _size,
    ),
    "catalog": Part(
        "The local catalog itself",
        "A store with 100,000 assets against an empty one: it must not slow down what is measured.",
        "action, empty, full, ratio",
        _catalog,
    ),
}
"""In the order of the report, which is that of `make bench`."""
