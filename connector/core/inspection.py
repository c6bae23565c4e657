"""
Judges what the command `check` reads: connections, tables, buckets, queue and lease table.

`connector.check` reads them. Each function returns diagnoses that name the next step.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from connector.core.diagnosis import Diagnosis, Status, deployed, doubtful, explain, of_text, ok, untold, wrong
from connector.core.nearest import Looked, connection_of, table
from connector.core.nearest import connection as nearest_connection
from connector.core.route import Route, Routes
from connector.core.site import Connection, Queue

_KEY: Final = {"connection": "S"}
"""The key of the lease table."""

_AWS_KEY: Final = "alias/aws/sqs"


EVENT: Final = {"check": True}
"""The event by which the function is asked to check itself; see `connector.app`."""


def connections(routes: Routes) -> list[str]:
    """Return the connections that a routes file names, its S3 connection first; not those with a variable in them."""
    ends = [end.text for route in routes.routes for end in (route.source, route.target) if end]
    found = dict.fromkeys((routes.connection, *map(connection_of, ends)))
    return [name for name in found if "{" not in name]


def literal(routes: Routes) -> dict[str, str]:
    """Return the tables that routes name without a variable, each with the route and its end."""
    return {
        end.text: f"`{side}` of the route {route.name}"
        for route in routes.routes
        for side, end in (("source", route.source), ("target", route.target))
        if end and "{" not in end.text
    }


def connection(name: str, found: Connection, user: str, looked: Looked | None) -> Diagnosis:
    """Say whether the API key may read and write the assets of a connection, as far as that shows without a write."""
    thing = f"connection {name}"
    if not found.active:
        fact = nearest_connection(name, looked)
        return wrong(thing, fact, "correct the routes file, or let the API key's persona read the connection")
    if user in found.admins:
        return ok(thing, f"the API key's user {user} is an admin of it, so it may read and update its assets")
    if found.written:
        return ok(thing, f"the API key may read it, and last wrote an asset of it on {found.written:%Y-%m-%d}")
    return untold(
        thing,
        "the API key may read it; whether it may update its assets shows only in a write, and it has made none yet",
        f"make {user} an admin of the connection, or give its persona a policy to read and update assets of it; the "
        "first object shows whether it may",
    )


def tables(wanted: Mapping[str, str], there: Sequence[str], similar: Mapping[str, Looked]) -> Iterator[Diagnosis]:
    """Say which of the *wanted* tables, each with the place that names it, Atlan does not have."""
    for name, place in wanted.items():
        thing = f"table {name.rpartition('/')[2]}"
        if name in there:
            continue
        told = table(name, similar[name]) if name in similar else f"Atlan has no table {name}"
        fact = told.partition("; ")[0]
        yield wrong(thing, f"{fact}, which {place} names", f"correct {place}, or let Atlan crawl the table")
    if found := [name for name in wanted if name in there]:
        yield ok("tables", f"Atlan has {len(found)} of the {len(wanted)} tables that routes name")


def region(bucket: str, here: str, there: str) -> Iterator[Diagnosis]:
    """Say where a bucket is in another region than the queue."""
    if here and there and here != there:
        yield wrong(
            f"bucket {bucket}",
            f"it is in {there}, and the queue in {here}: its notifications cannot reach the queue",
            f"deploy the stack in {there}",
        )


def sampled(route: Route, keys: Sequence[str], taken: str) -> Diagnosis:
    """Say whether a route takes any of the first keys below its literal beginning."""
    place = f"s3://{route.bucket}/{route.key.prefix({})}"
    thing = f"route {route.name}"
    if taken:
        return ok(thing, f"it takes s3://{route.bucket}/{taken}, which the role may read")
    if keys:
        fact = f"it takes none of the first {len(keys)} keys at {place}, as {keys[0]}"
        return doubtful(thing, fact, "correct `key`, or see why:", explain(route.bucket, keys[0]))
    return doubtful(thing, f"there is no object at {place}", "correct `key`, if files should be there by now")


def queue(thing: str, url: str, found: Queue) -> Iterator[Diagnosis]:
    """Say whether S3 can send to a queue at all."""
    if url.endswith(".fifo"):
        yield wrong(thing, "it is a FIFO queue, to which S3 sends no notifications", "make a standard queue")
    elif found.key == _AWS_KEY:
        yield wrong(
            thing,
            f"it is encrypted with the AWS-managed key {_AWS_KEY}, which S3 may not use",
            "encrypt it with SSE-SQS, or with a key whose policy allows s3.amazonaws.com",
        )
    elif found.key:
        fact = f"it is encrypted with {found.key}, whose policy check does not read"
        yield untold(thing, fact, "let the key's policy allow s3.amazonaws.com kms:GenerateDataKey and kms:Decrypt")
    else:
        yield ok(thing, f"it is there, with {found.waiting} messages waiting and {found.in_flight} in flight")


def dead_letters(found: Queue) -> Diagnosis:
    """Say whether messages have failed."""
    if found.waiting:
        step = "read their attribute `error`, fix it, and redrive the queue (docs/operations.md)"
        return doubtful("dead-letter queue", f"{found.waiting} messages failed, and are in it", step)
    return ok("dead-letter queue", "it is there, and empty")


def lease_table(name: str, key: Mapping[str, str]) -> Diagnosis:
    """Say whether a table can hold leases; *key* has its key attributes with their types."""
    if dict(key) == _KEY:
        return ok("lease table", f"it is there ({name})")
    told = ", ".join(f"{attribute} ({kind})" for attribute, kind in key.items())
    return wrong("lease table", f"the key of {name} is {told}", "make a table whose only key is `connection`, a string")


def unset(lease: str, queue_url: str) -> Iterator[Diagnosis]:
    """Say what the settings leave out, and what that means."""
    if not lease:
        fact = "LEASE_TABLE is not set, so only one process at a time may run"
        yield doubtful("lease table", fact, "set LEASE_TABLE to the table of the stack, if a function runs, too")
    if not queue_url:
        fact = "QUEUE_URL is not set, so it is not known which queue notifications should reach"
        yield untold("queue", fact, "set QUEUE_URL, or ask the function:", deployed())


def configuration(source: str, faults: Sequence[str]) -> list[Diagnosis]:
    """Make a diagnosis of each fault of the settings or of the routes file."""
    return [of_text(Status.ERROR, source, fault, "correct it, and run the command again") for fault in faults]
