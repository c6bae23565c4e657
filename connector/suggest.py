"""
Proposes a routes file for a bucket, from what S3 lists, the tables that Atlan has, and the headers of some files.

The command `suggest` calls it. It only reads; `connector.core.suggest` decides.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from connector import routesfile
from connector.core.header import FIRST, header
from connector.core.header import Names as Header
from connector.core.order import Scope
from connector.core.suggest import file
from connector.core.suggest.bounds import OPTIONS, TABLES, Bounds
from connector.core.suggest.context import found
from connector.core.suggest.meaning import Meaning, Why, decided, meanings, settled
from connector.core.suggest.names import Names
from connector.core.suggest.proposal import Proposal, propose
from connector.core.suggest.stem import Stem, Stems
from connector.core.suggest.told import Sum
from connector.errors import ConfigurationError, PermanentError
from connector.ports import Store, Survey


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    A proposal, and the text of its routes file; "" if no route is proposed.

    `last` is the last key that was listed, if there are more. `beyond` are objects of further kinds, which were not
    looked at, `headers` the number of files that were read, and `denied` why no more were.
    """

    made: Proposal
    text: str
    whole: Sum
    last: str
    beyond: int
    headers: int
    denied: str

    @property
    def remarks(self) -> Iterator[str]:
        """Yield what to know about how it was read."""
        if self.last:
            yield f"only the first objects were listed, up to {self.last}; --limit N lists more, a prefix others"
        if self.beyond:
            yield f"{self.beyond:,} objects of further kinds were not looked at; give a longer prefix"
        if self.denied:
            yield f"headers could not be read: {self.denied}"
        elif self.headers:
            yield f"to decide between tables, headers were read: {self.headers:,}"


class Suggesting:
    """Reads, and proposes. Every method raises what the ports raise."""

    def __init__(self, store: Store, survey: Survey, bounds: Bounds) -> None:
        self._store, self._survey, self._bounds = store, survey, bounds

    def tables(self, places: Sequence[str], option: str) -> Names:
        """
        Read the tables below connections, databases or schemas, by qualified name.

        Raises:
            ConfigurationError: there are too many; the *option* names fewer places.
        """
        names: list[str] = []
        for page in self._survey.below([f"{place}/" for place in places]) if places else ():
            names += page
            if len(names) > TABLES:
                listed = ", ".join(places)
                raise ConfigurationError(
                    "the command line",
                    [f"more than {TABLES:,} tables in {listed}; name databases or schemas with {option}"],
                )
        return Names(names)

    def suggest(
        self, scope: Scope, connection: str, names: tuple[Names, Names], tell: Callable[[int], None]
    ) -> Suggestion:
        """List the keys of *scope*, *tell* how many they are now and then, and propose routes to these tables."""
        stems, last = self._listed(scope, names, tell)
        kept = list(stems)
        meant = meanings(kept, (found(kept, names[0]), found(kept, names[1], loaded=True)), names)
        headers, denied = self._decide(scope.bucket, kept, meant)
        made = propose(scope.bucket, connection, kept, settled(kept, meant))
        whole = Sum(stems.objects, stems.size)
        text = file.written(made, str(scope), whole) if made.rules else ""
        if text:
            assert routesfile.read(text, "the proposal") == made.routes, "the file is not what was tried"
        return Suggestion(made, text, whole, last, stems.beyond, headers, denied)

    def _listed(self, scope: Scope, names: tuple[Names, Names], tell: Callable[[int], None]) -> tuple[Stems, str]:
        """Return the keys, grouped, and the last one if there are more."""
        stems = Stems(*names, self._bounds.kinds)
        last = ""
        for page in self._store.listing(scope.bucket, scope.prefix, ""):
            for listed in page:
                if stems.objects >= self._bounds.objects:
                    return stems, last
                stems.add(listed.key, listed.size)
                last = listed.key
            tell(stems.objects)
        return stems, ""

    def _decide(self, bucket: str, stems: Sequence[Stem], meant: list[Meaning]) -> tuple[int, str]:
        """Let headers decide what the keys leave open, those of the most objects first; return how many were read."""
        unclear = [
            index
            for index, meaning in enumerate(meant)
            if meaning.why is Why.SEVERAL and len(meaning.options) <= OPTIONS
        ]
        unclear = sorted(unclear, key=lambda index: -stems[index].objects)[: self._bounds.headers]
        wanted = {name for index in unclear for option in meant[index].options for name in option.ends if name}
        tables = self._survey.with_columns(wanted)
        columns = {name: [column.name for column in table.columns] for name, table in tables.items()}
        for read, index in enumerate(unclear):
            try:
                names = self._header(bucket, stems[index].samples[-1], _columns(meant[index], columns))
            except PermanentError as error:
                return read, str(error)
            if names:
                meant[index] = decided(meant[index], names, columns)
        return len(unclear), ""

    def _header(self, bucket: str, key: str, columns: Collection[str]) -> tuple[str, ...]:
        """Return the names of the columns of a file, or none if its header cannot be read."""
        read = self._store.read(bucket, key, FIRST)
        told = header(read.head, complete=read.complete, columns=columns) if read and read.head else None
        return told.names if isinstance(told, Header) else ()


def _columns(meaning: Meaning, columns: dict[str, list[str]]) -> set[str]:
    """Return the columns of all tables that keys can mean."""
    names: Iterable[str] = (name for option in meaning.options for name in option.ends if name)
    return {column for name in names for column in columns.get(name, ())}
