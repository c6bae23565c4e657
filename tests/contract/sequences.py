"""What random sequences are made of: the entities, and what may be sent of them."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.contract.graph import OWN, PARENT, Key

# Few, so that what is done in a sequence meets; an object has the qualified name of a bucket.
BUCKETS = [("S3Bucket", "b"), ("S3Bucket", "x")]
OBJECTS = [("S3Object", "o"), ("S3Object", "x")]
TABLE = [("Table", "t")]
COLUMN = [("Column", "c")]
PROCESSES = [("Process", "p"), ("Process", "r")]
PART = [("ColumnProcess", "k")]
ASSETS = OBJECTS + TABLE
KEYS = BUCKETS + ASSETS + COLUMN + PROCESSES + PART

LINKS: dict[str, dict[str, list[Key]]] = {
    "S3Bucket": {"objects": OBJECTS},
    "S3Object": {"bucket": BUCKETS, "inputToProcesses": PROCESSES, "outputFromProcesses": PROCESSES},
    "Table": {"columns": COLUMN, "inputToProcesses": PROCESSES, "outputFromProcesses": PROCESSES},
    "Column": {"table": TABLE, "inputToProcesses": PART, "outputFromProcesses": PART},
    "Process": {"inputs": ASSETS, "outputs": ASSETS, "columnProcesses": PART},
    "ColumnProcess": {"inputs": COLUMN, "outputs": COLUMN, "process": PROCESSES},
}


@dataclass(frozen=True)
class Sent:
    """An entity as a save sends it; `links` says by attribute whether to replace, append or remove, and whom."""

    key: Key
    attributes: dict[str, str | None]
    links: dict[str, tuple[str, list[Key]]] = field(default_factory=dict)
    status: str | None = None

    def steps(self) -> list[tuple[str, str, set[Key]]]:
        """List what to do with which attribute and whom; where it would append and remove, it does neither."""
        mixed = {"append", "remove"} <= {how for how, _ in self.links.values()}
        steps = [(how, attribute, set(keys)) for attribute, (how, keys) in self.links.items()]
        return [step for step in steps if step[0] == "replace" or not mixed]


NAMED = {"name": "n"}


def world(how: str) -> list[Sent]:
    """Send all entities, to "append" or to "remove" a link of each kind."""
    own = {key: {name: far for name, far in LINKS[key[0]].items() if name in OWN} for key in KEYS}
    return [Sent(key, NAMED, {name: (how, far[:1]) for name, far in own[key].items()}) for key in KEYS]


def links(attribute: str, far: list[Key]) -> st.SearchStrategy[tuple[str, list[Key]]]:
    """Replace, append or remove a few; where there is room for one, exactly one."""
    fewest, most = (1, 1) if attribute in PARENT else (0, 2)
    few = st.lists(st.sampled_from(far), min_size=fewest, max_size=most, unique=True)
    return st.tuples(st.sampled_from(["replace", "replace", "append", "remove"]), few)


def sent(key: Key, *, partial: bool = False) -> st.SearchStrategy[Sent]:
    """An entity with any of its attributes; without a name where that is allowed, or, rarely, where it isn't."""
    names = [{}, NAMED, {"name": "m"}] if partial else [NAMED] * 12 + [{"name": "m"}] * 6 + [{}]
    texts = st.sampled_from([{}, {}, {"description": "d"}, {"description": ""}, {"description": None}])
    attributes = st.builds(dict.__or__, st.sampled_from(names), texts)
    related = st.fixed_dictionaries({}, optional={name: links(name, far) for name, far in LINKS[key[0]].items()})
    return st.builds(
        Sent, st.just(key), attributes, related, st.sampled_from([None] if partial else [None, "ACTIVE", "ACTIVE"])
    )


KEY = st.sampled_from(KEYS)
FEW = st.lists(KEY, min_size=1, max_size=4, unique=True)
MANY = st.lists(KEY, min_size=4, max_size=len(KEYS), unique=True)
SAVE = st.lists(KEY.flatmap(sent), min_size=1, max_size=4)
