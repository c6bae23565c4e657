"""
Checks the surroundings of the connector: Atlan, S3, notifications, queue and lease table. Nothing is written.

`connector.app` builds it, for the command `check` and for the function, which is asked by `{"check": true}`. What is
not allowed to be read is told as that, and not as in order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from connector.core import inspection, policy, subscription
from connector.core.diagnosis import Diagnosis, Status, of_error, of_text, ok
from connector.core.route import Match, Route, Routes
from connector.core.site import Connection, Notices, Queue, Rule
from connector.errors import ConnectorError, ForbiddenError, MissingAssetError, RefusedError
from connector.ports import Catalog, Store

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Places:
    """The settings that name what is checked; an empty string means that a setting is not set."""

    lease_table: str
    queue_url: str
    dead_letter_queue_url: str


class Site(Protocol):
    """What surrounds the connector in AWS: read only, and only by the command `check`."""

    def region(self, bucket: str) -> str:
        """Return the region of a bucket."""

    def notices(self, bucket: str) -> Notices:
        """Return what a bucket sends, and where."""

    def queue(self, url: str) -> Queue:
        """Return the attributes of a queue."""

    def rule(self, arn: str) -> Rule:
        """Return a rule of EventBridge, with its targets."""

    def table(self, name: str) -> Mapping[str, str]:
        """Return the key attributes of a table of DynamoDB, each with its type."""


class Access(Protocol):
    """What shows in Atlan of the rights of the API key, without a write."""

    def user(self) -> str:
        """Return the name of the API key's user."""

    def connection(self, name: str, user: str) -> Connection:
        """Return a connection, with what *user* wrote in it."""


class Checker:
    """Reads through the ports, and yields diagnoses; a failure concerns only the thing that it is about."""

    def __init__(self, routes: Routes, ports: tuple[Store, Catalog, Access, Site], places: Places) -> None:
        self._routes, self._places = routes, places
        self._store, self._catalog, self._access, self._site = ports

    def check(self) -> list[Diagnosis]:
        """Check everything, and return what was found, in the order in which it was."""
        names = ", ".join(f"{route.name} ({route.bucket})" for route in self._routes.routes)
        found = [ok("settings", "all that are required are set, and valid"), ok("routes", names)]
        wanted = inspection.literal(self._routes)
        queue = self._queue(found)
        for bucket in dict.fromkeys(route.bucket for route in self._routes.routes):
            routes = [route for route in self._routes.routes if route.bucket == bucket]
            wanted |= self._bucket(bucket, routes, queue, found)
        found += self._lease_table()
        found += self._atlan(wanted)
        return found

    # Atlan.

    def _atlan(self, wanted: dict[str, str]) -> Iterator[Diagnosis]:
        """Check the API key, connections and tables; if the first request fails, the others would, too."""
        user = _tried(self._access.user)
        if isinstance(user, ConnectorError):
            yield of_error("Atlan", user)
            return
        yield ok("Atlan", f"it accepts the API key, which is of the user {user}")
        for name in inspection.connections(self._routes):
            yield self._connection(name, user)
        yield from self._tables(wanted)

    def _connection(self, name: str, user: str) -> Diagnosis:
        found = _tried(lambda: self._access.connection(name, user))
        if isinstance(found, ConnectorError) and not isinstance(found, MissingAssetError):
            return of_error(f"connection {name}", found)
        if isinstance(found, Connection) and found.active:
            return inspection.connection(name, found, user, None)
        looked = _tried(lambda: self._catalog.similar([name]))
        return inspection.connection(name, Connection(active=False), user, looked)

    def _tables(self, wanted: dict[str, str]) -> Iterator[Diagnosis]:
        there = _tried(lambda: self._catalog.tables(list(wanted)) if wanted else {})
        if isinstance(there, ConnectorError):
            yield of_error("tables", there)
            return
        absent = [name for name in wanted if name not in there]
        looked = _tried(lambda: self._catalog.similar(absent)) if absent else None
        yield from inspection.tables(wanted, list(there), dict.fromkeys(absent, looked) if looked else {})

    # AWS.

    def _queue(self, found: list[Diagnosis]) -> Queue | None:
        places = self._places
        found += inspection.unset(places.lease_table, places.queue_url)
        queue = _tried(lambda: self._site.queue(places.queue_url)) if places.queue_url else None
        dead = _tried(lambda: self._site.queue(places.dead_letter_queue_url)) if places.queue_url else None
        match queue:
            case ConnectorError():
                found.append(_unread("queue", queue))
            case Queue():
                found += inspection.queue("queue", places.queue_url, queue)
        match dead:
            case ConnectorError():
                found.append(_unread("dead-letter queue", dead))
            case Queue():
                found.append(inspection.dead_letters(dead))
        return queue if isinstance(queue, Queue) else None

    def _lease_table(self) -> Iterator[Diagnosis]:
        if name := self._places.lease_table:
            key = _tried(lambda: self._site.table(name))
            if isinstance(key, ConnectorError):
                yield _unread("lease table", key)
            else:
                yield inspection.lease_table(name, key)

    def _bucket(
        self, bucket: str, routes: Sequence[Route], queue: Queue | None, found: list[Diagnosis]
    ) -> dict[str, str]:
        """Check one bucket, and return the tables of a sample of its objects."""
        region = _tried(lambda: self._site.region(bucket))
        if isinstance(region, ConnectorError):
            found.append(_unread(f"bucket {bucket}", region))
            return {}
        found += inspection.region(bucket, queue.region if queue else "", region)
        wanted: dict[str, str] = {}
        for route in routes:
            wanted |= self._sample(route, found)
        notices = _tried(lambda: self._site.notices(bucket))
        if isinstance(notices, ConnectorError):
            found.append(_unread(f"notifications of {bucket}", notices))
        else:
            found += self._notified(bucket, notices, queue, routes)
        return wanted

    def _notified(
        self, bucket: str, notices: Notices, queue: Queue | None, routes: Sequence[Route]
    ) -> Iterable[Diagnosis]:
        if queue is None:
            return [subscription.unqueued(bucket, notices)]
        rules = [_tried(lambda arn=arn: self._site.rule(arn)) for arn in policy.rules(queue)] if notices.bridged else []  # type: ignore[misc]
        for error in rules:
            if isinstance(error, ConnectorError) and not isinstance(error, RefusedError):
                # in a private network without an endpoint for it, EventBridge does not respond, and need not
                return [of_text(Status.UNKNOWN, f"notifications of {bucket}", str(error), "grant the permission")]
        known = [rule for rule in rules if isinstance(rule, Rule)]
        return subscription.notified(bucket, notices, queue, known, routes)

    def _sample(self, route: Route, found: list[Diagnosis]) -> dict[str, str]:
        """Read the first object that a route takes, as the function would, and return the tables of its key."""
        page = _tried(lambda: next(self._store.listing(route.bucket, route.key.prefix({}), ""), ()))
        if isinstance(page, ConnectorError):
            found.append(of_error(f"route {route.name}", page))
            return {}
        keys = [listed.key for listed in page]
        taken = ((key, self._routes.match(route.bucket, key)) for key in keys)
        key, match = next(((k, m) for k, m in taken if isinstance(m, Match) and m.route is route), ("", None))
        read = _tried(lambda: self._store.read(route.bucket, key)) if key else None
        if isinstance(read, ConnectorError):
            found.append(of_error(f"route {route.name}", read))
        else:
            found.append(inspection.sampled(route, keys, key))
        place = f"route {route.name}, for s3://{route.bucket}/{key}"
        return {end: place for end in (match.source, match.target) if end} if match else {}


def _unread(thing: str, error: ConnectorError) -> Diagnosis:
    """Say what cannot be told without a permission; anything else that fails is an error."""
    if isinstance(error, ForbiddenError):
        return of_text(Status.UNKNOWN, thing, str(error), "grant the permission")
    return of_error(thing, error)


def _tried(read: Callable[[], _Answer]) -> _Answer | ConnectorError:
    try:
        return read()
    except ConnectorError as error:
        return error
