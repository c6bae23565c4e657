"""
Decides which pair of tables the keys of a stem mean, or says why that cannot be told.

Nothing is guessed: where keys can mean several pairs, only the header of a file decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from connector.core.columns import plain
from connector.core.suggest.candidate import Candidate
from connector.core.suggest.context import Found
from connector.core.suggest.names import Names, Table, counterparts
from connector.core.suggest.stem import Segment, Stem
from connector.core.suggest.words import STAGES, form, idle


class Why(StrEnum):
    """Why the tables of some keys cannot be told."""

    NOT_DATA = "not a file with rows of a table"
    NO_TABLE = "no table that Atlan has is named in the key"
    OTHER_SCHEMA = "the key names another schema or database than those that have a table of this name"
    NO_TARGET = "the source has no counterpart among the targets, though other tables of its schema have"
    NO_SOURCE = "the target has no counterpart among the sources, though other tables of its schema have"
    WEAK = "the only name of a table in the key may be something else"
    SEVERAL = "the key can mean several tables"
    SAME_TABLE = "the same table is named below different folders, which may stand for different schemas"
    FOLDER = "a folder below the table's may hold something else than its rows"
    INSEPARABLE = "no pattern takes these keys without taking others"


@dataclass(frozen=True, slots=True)
class Option:
    """
    A pair that keys can mean; *at* says where its names are.

    One of the two tables may be missing. If it should not, `lacks` says why.
    """

    at: Candidate
    source: Table | None
    target: Table | None
    lacks: Why | None = None

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """Return the qualified names."""
        source, target = (table.qualified_name if table else None for table in (self.source, self.target))
        return source, target


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the keys of a stem mean: one option, or none or several, and why. `told` says that a header decided."""

    options: tuple[Option, ...] = ()
    why: Why | None = None
    told: bool = False

    @property
    def decided(self) -> bool:
        """Tell whether the pair is known."""
        return self.why is None


def meanings(stems: Sequence[Stem], found: tuple[Found, Found], names: tuple[Names, Names]) -> list[Meaning]:
    """Return what each stem means, by the candidates and the names of sources and targets."""
    paired = _Paired(names)
    return [_meaning(stem, found[0].get(index), found[1].get(index), paired) for index, stem in enumerate(stems)]


def settled(stems: Sequence[Stem], meant: Sequence[Meaning]) -> list[Meaning]:
    """Take back what other keys make doubtful: it has to be called when all headers are read."""
    doubtful = _spread(stems, meant) | _below(stems, meant)
    return [replace(meaning, why=doubtful.get(index, meaning.why)) for index, meaning in enumerate(meant)]


def decided(meaning: Meaning, header: Collection[str], columns: Mapping[str, Collection[str]]) -> Meaning:
    """
    Let the header of a file decide between options.

    The pair wins of whose tables more columns are in the header than of every other's; if several have as many, the one
    whose tables have just these columns.

    Args:
        columns: those of each table, by qualified name.
    """
    names = {plain(name) for name in header}
    scores = sorted(
        ((_fit(option, names, columns), index) for index, option in enumerate(meaning.options)), reverse=True
    )
    unknown = any(not columns.get(name) for option in meaning.options for name in option.ends if name)
    if unknown or scores[0][0] == scores[1][0] or 2 * scores[0][0][0] < len(names):
        return meaning
    best = meaning.options[scores[0][1]]
    return Meaning((best,), best.lacks, told=True)


def _fit(option: Option, names: Collection[str], columns: Mapping[str, Collection[str]]) -> tuple[int, int]:
    tables = [{plain(column) for column in columns.get(name, ())} for name in option.ends if name]
    return sum(len(table & set(names)) for table in tables), sum(table == names for table in tables)


class _Paired:
    """Knows the counterparts of tables, and of which schemas some tables have one."""

    def __init__(self, names: tuple[Names, Names]) -> None:
        self._names = names
        self._homes: dict[str, bool] = {}

    def targets(self, source: Table) -> Sequence[Table]:
        return counterparts(source, self._names[1], self._names[0])

    def home(self, table: Table, side: int) -> bool:
        """Tell whether any table of the same schema has a counterpart; *side* is 0 for a source, 1 for a target."""
        if table.home not in self._homes:
            tables = self._names[side].homes[table.home]
            self._homes[table.home] = any(counterparts(one, self._names[1 - side], self._names[side]) for one in tables)
        return self._homes[table.home]


def _meaning(
    stem: Stem, sources: Sequence[Candidate] | None, targets: Sequence[Candidate] | None, paired: _Paired
) -> Meaning:
    if not stem.data:
        return Meaning(why=Why.NOT_DATA)
    if not sources and not targets:
        return Meaning(why=Why.NO_TABLE if sources is None and targets is None else Why.OTHER_SCHEMA)
    options = tuple(_options(sources or (), targets or (), paired))
    if sources is not None and not sources:  # the key contradicts the sources
        return Meaning(why=Why.OTHER_SCHEMA)
    if len(options) > 1:
        return Meaning(options, Why.SEVERAL)
    return Meaning(options, Why.WEAK if options[0].at.weak else options[0].lacks)


def _options(sources: Sequence[Candidate], targets: Sequence[Candidate], paired: _Paired) -> Iterator[Option]:
    """Yield the pairs that candidates can mean: sources with their counterparts, and targets that are of no source."""
    known = {form(one.table.name) for one in sources}
    for one in sources:
        partners = paired.targets(one.table)
        known |= {form(table.name) for table in partners}
        for table in partners:
            yield Option(one, one.table, table)
        if not partners:
            yield Option(one, one.table, None, Why.NO_TARGET if paired.home(one.table, 0) else None)
    for one in targets:
        if form(one.table.name) not in known:
            yield Option(one, None, one.table, Why.NO_SOURCE if paired.home(one.table, 1) else None)


_Tokens = tuple[str, ...]


def _spread(stems: Sequence[Stem], meant: Sequence[Meaning]) -> dict[int, Why]:
    """Find the stems that differ only in a folder before the table's, which nothing explains, and mean the same."""
    groups: dict[object, dict[_Tokens, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (stem, meaning) in enumerate(zip(stems, meant, strict=True)):
        if not meaning.decided:
            continue
        at = meaning.options[0].at
        shape = tuple(segment.tokens for segment in stem.segments)
        for place in range(at.name.segment):
            if not _explained(stem.segments[place], place, at):
                rest = (shape[:place], shape[place + 1 :], meaning.options[0].ends)
                groups[rest][shape[place]].append(index)
    return {
        index: Why.SAME_TABLE
        for some in groups.values()
        if len(some) > 1
        for indices in some.values()
        for index in indices
    }


def _below(stems: Sequence[Stem], meant: Sequence[Meaning]) -> dict[int, Why]:
    """Find the stems with a folder below the table's that nothing explains, and that only one table has."""
    groups: dict[object, dict[object, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (stem, meaning) in enumerate(zip(stems, meant, strict=True)):
        if not meaning.decided:
            continue
        at = meaning.options[0].at
        for place in range(at.name.segment + 1, len(stem.segments) - 1):
            if not _explained(stem.segments[place], place, at):
                where = (place, at.name.segment, len(stem.segments), stem.segments[place].tokens)
                groups[where][meaning.options[0].ends].append(index)
    return {
        index: Why.FOLDER
        for some in groups.values()
        if len(some) == 1
        for indices in some.values()
        for index in indices
    }


def _explained(segment: Segment, place: int, at: Candidate) -> bool:
    """Tell whether a folder is a name of the candidate, a Hive partition, or says what state the files are in."""
    if any(other and other.segment == place for other in (at.schema, at.database)) or segment.first:
        return True
    return all(idle(token) or token.casefold() in STAGES for token in segment.words)
