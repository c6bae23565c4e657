"""
Routes decide which keys are cataloged, and which tables they connect.

`connector.routesfile` reads the routes once; every key is then matched against them. The first match wins, and an
exclusion takes precedence over all routes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from connector.core.columns import Rules
from connector.core.layout import Layout
from connector.core.pattern import Pattern
from connector.core.template import Template


class Naming(StrEnum):
    """How a new bucket is named below the connection."""

    PATH = "path"
    ARN = "arn"


@dataclass(frozen=True, slots=True)
class Pair:
    """The qualified names of a key's source table (exported) and target table (loaded)."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Route:
    """
    The keys of *bucket* that the pattern *key* matches come from *source* and go to *target*.

    Without a source there is no lineage into the object, without a target none out of it: with neither, the route
    only catalogs. `layout` says how its files are written and loaded.
    """

    name: str
    bucket: str
    key: Pattern
    source: Template | None
    target: Template | None
    columns: Rules
    layout: Layout = field(default_factory=Layout)

    def prefix(self, pair: Pair) -> str | None:
        """Return a prefix of every key of this route and *pair*; None if the route never yields the pair."""
        if self.source is None or self.target is None:
            return None
        source, target = self.source.solve(pair.source), self.target.solve(pair.target)
        if source is None or target is None or any(target[name] != source[name] for name in source.keys() & target):
            return None
        values = source | target
        possible = self.source.can_be(pair.source, values) and self.target.can_be(pair.target, values)
        return self.key.prefix(values) if possible else None


@dataclass(frozen=True, slots=True)
class Match:
    """The route that matches a key, and the qualified names of the source and target tables."""

    route: Route
    source: str | None
    target: str | None

    @property
    def pair(self) -> Pair | None:
        """Return the pair that has end-to-end lineage, if both tables are named."""
        return Pair(self.source, self.target) if self.source is not None and self.target is not None else None


class Unrouted(StrEnum):
    """Why a key is ignored."""

    UNKNOWN_BUCKET = "unknown_bucket"
    EXCLUDED = "excluded"
    NO_ROUTE = "no_route"
    FOLDER_MARKER = "folder_marker"


@dataclass(frozen=True, slots=True)
class Hint:
    """An object that may have changed, and the route that matches it; only a sweep has hints without a route."""

    bucket: str
    key: str
    match: Match | Unrouted

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """Return the source and the target table."""
        return (self.match.source, self.match.target) if isinstance(self.match, Match) else (None, None)

    @property
    def pair(self) -> Pair | None:
        """Return the pair that has end-to-end lineage, if both tables are named."""
        return self.match.pair if isinstance(self.match, Match) else None


Subject = Hint | Pair
"""What may have changed: an object, or the lineage between two tables."""


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes file."""

    connection: str
    naming: Naming
    exclude: tuple[Pattern, ...]
    routes: tuple[Route, ...]

    def match(self, bucket: str, key: str) -> Match | Unrouted:
        """
        Return the first route that takes the key, with its tables, or why there is none.

        A key that ends in a slash is no file but a folder marker, as the S3 console makes it for a new folder. Only a
        pattern that ends in a slash itself takes it.
        """
        routes = [route for route in self.routes if route.bucket == bucket]
        if not routes:
            return Unrouted.UNKNOWN_BUCKET
        if any(pattern.match(key) is not None for pattern in self.exclude):
            return Unrouted.EXCLUDED
        why = Unrouted.NO_ROUTE
        for route in routes:
            values = route.key.match(key)
            if values is not None and key.endswith("/") and not route.key.text.endswith("/"):
                why = Unrouted.FOLDER_MARKER
            elif values is not None:
                source = route.source.fill(values) if route.source else None
                target = route.target.fill(values) if route.target else None
                return Match(route, source, target)
        return why

    def prefixes(self, pair: Pair) -> Iterator[tuple[str, str]]:
        """Yield every (bucket, prefix) that can have an object of *pair*; each key found still has to be matched."""
        found = ((route.bucket, route.prefix(pair)) for route in self.routes)
        yield from dict.fromkeys((bucket, prefix) for bucket, prefix in found if prefix is not None)

    def rules(self, pair: Pair) -> Rules:
        """
        Return the column rules of *pair*: those of the first route that can yield it.

        Several routes may yield one pair, and the lineage between its tables must not depend on which
        object came last.
        """
        return next(route.columns for route in self.routes if route.prefix(pair) is not None)
