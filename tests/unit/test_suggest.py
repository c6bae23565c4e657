"""Proposals of routes: worlds that a person would know at a glance, random ones, and the file that is written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import routesfile
from connector.config import ROUTES
from connector.core.asset import Column, Read, Stat, Table
from connector.core.order import Scope
from connector.core.route import Match
from connector.core.seen import Listed
from connector.core.suggest.bounds import Bounds
from connector.core.suggest.meaning import Why
from connector.core.suggest.told import uncovered
from connector.errors import ConfigurationError, ForbiddenError
from connector.suggest import Suggesting, Suggestion

POSTGRES, SNOWFLAKE, BUCKET = "default/postgres/1", "default/snowflake/2", "lake"
WHEN = datetime(2026, 11, 26, tzinfo=UTC)
Pair = tuple[str | None, str | None]


def shop(*tables: str, database: str = "shop") -> list[str]:
    """Name sources; a name without a schema is in the schema public."""
    return [f"{POSTGRES}/{database}/{name if '/' in name else f'public/{name}'}" for name in tables]


def loaded(*tables: str, database: str = "DB") -> list[str]:
    """Name targets; a name without a schema is in the schema PUBLIC."""
    return [f"{SNOWFLAKE}/{database}/{name if '/' in name else f'PUBLIC/{name}'}" for name in tables]


def pair(name: str, database: str = "shop") -> Pair:
    return shop(name, database=database)[0], loaded(name.upper())[0]


@dataclass
class Lake:
    """A bucket, and the tables of a catalog with their columns."""

    files: Mapping[str, bytes]
    sources: Sequence[str]
    targets: Sequence[str]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    denied: bool = False

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Sequence[Listed]]:
        keys = [key for key in self.files if key.startswith(prefix)]
        for start in range(0, len(keys), 1000):
            yield [Listed(key, len(self.files[key]) + 10, "e", WHEN) for key in keys[start : start + 1000]]

    def read(self, bucket: str, key: str, first: int = 1) -> Read | None:
        if self.denied:
            raise ForbiddenError(f"s3://{bucket}/{key}: S3 denies access")
        file = self.files[key]
        return Read(Stat(len(file), "e", WHEN), file[:first])

    def below(self, prefixes: Sequence[str]) -> Iterator[Sequence[str]]:
        yield sorted({name for name in (*self.sources, *self.targets) if name.startswith(tuple(prefixes))})

    def with_columns(self, names: Sequence[str]) -> Mapping[str, Table]:
        return {
            name: Table("Table", "g", tuple(Column(one, "c") for one in self.columns[name]))
            for name in names
            if name in self.columns
        }

    def suggest(self, bounds: Bounds | None = None) -> Suggestion:
        suggesting = Suggesting(self, self, bounds or Bounds())
        names = suggesting.tables([POSTGRES], "--source"), suggesting.tables([SNOWFLAKE], "--target")
        return suggesting.suggest(Scope(BUCKET), "default/s3/9", names, lambda _: None)


def lake(keys: Sequence[str], sources: Sequence[str], targets: Sequence[str], **more: object) -> Lake:
    return Lake(dict.fromkeys(keys, b""), sources, targets, **more)


def ends(found: Suggestion, key: str) -> Pair | None:
    """Return the tables that the file which is proposed gives a key."""
    if not found.text:
        return None
    match = routesfile.read(found.text, "proposal").match(BUCKET, key)
    return (match.source, match.target) if isinstance(match, Match) else None


def keys(found: Suggestion) -> list[str]:
    return [rule.key for rule in found.made.rules]


def whys(found: Suggestion) -> dict[str, Why]:
    return {one.example: one.why for one in uncovered(found.made)}


TABLES = ("orders", "order_items", "customers", "order", "Leads")
SOURCES = [*shop(*TABLES), *shop("sales/invoices")]
TARGETS = [*loaded(*(name.upper() for name in TABLES)), *loaded("SALES/INVOICES")]
PAIRS: dict[str, Pair] = {name: pair(name) for name in TABLES} | {
    "invoices": (shop("sales/invoices")[0], loaded("SALES/INVOICES")[0])
}
UUID = "3f2b1c4d-1111-2222-3333-444455556666"
DAYS = ("2024-01-05", "2024-11-30")

WORLDS = [
    pytest.param(
        {f"exports/{day.replace('-', '/')}/{name}.csv": PAIRS[name] for day in DAYS for name in TABLES},
        ["exports/{year}/{month}/{day}/{table}.csv"],
        id="dates in the path",
    ),
    pytest.param(
        {f"exports/public/{name}/{day}.csv.gz": PAIRS[name] for day in DAYS for name in TABLES},
        ["exports/{schema}/{table}/{day}.csv.gz"],
        id="a folder for each table",
    ),
    pytest.param(
        {
            f"raw/schema=public/table={name}/dt={day}/part-00000-{UUID}.c000.parquet": PAIRS[name]
            for day in DAYS
            for name in TABLES
        },
        ["raw/schema={schema}/table={table}/dt={dt}/{part}.parquet"],
        id="Hive partitions",
    ),
    pytest.param(
        {f"in/public.{name}.csv": PAIRS[name] for name in TABLES} | {"in/sales.invoices.csv": PAIRS["invoices"]},
        ["in/{schema}.{table}.csv"],
        id="schema in the file's name",
    ),
    pytest.param(
        {f"in/public_{name}_{day}.csv": PAIRS[name] for name in ("orders", "customers", "order_items") for day in DAYS},
        ["in/public_order_items_{day}.csv", "in/{schema}_{table}_{day}.csv"],
        id="schema in the file's name, with the same separator",
    ),
    pytest.param(
        {"orders-exports/1.csv": PAIRS["orders"], "crm/dump/customers_20240101.csv": PAIRS["customers"]},
        ["crm/dump/{table}_{day}.csv", "{table}-exports/{part}.csv"],
        id="one table a prefix",
    ),
    pytest.param(
        {f"EXPORTS/PUBLIC/{name.upper()}/1.CSV": PAIRS[name] for name in TABLES if name != "Leads"},
        ["EXPORTS/{schema}/{table}/{part}.CSV"],
        id="upper case",
    ),
    pytest.param(
        {f"{name}s/{day}.csv": pair(name) for name in ("invoice", "client") for day in DAYS},
        ["{table}s/{day}.csv"],
        id="plural folders",
    ),
    pytest.param(
        {f"{name.removesuffix('s')}/{day}.csv": PAIRS[name] for name in ("orders", "customers") for day in DAYS},
        ["{table}/{day}.csv"],
        id="singular folders",
    ),
    pytest.param(
        {"countries/1.csv": pair("country"), "cities/1.csv": pair("city")},
        ["countries/{part}.csv", "cities/{part}.csv"],
        id="irregular plurals",
    ),
    pytest.param(
        {
            f"exports/shop/public/{name}/data_{day}_0{part}.csv": PAIRS[name]
            for name in TABLES
            for day in DAYS
            for part in (1, 2)
        },
        ["exports/{database}/{schema}/{table}/{part}.csv"],
        id="database in the path",
    ),
    pytest.param(
        {f"{name}.public.{day}.tsv": PAIRS[name] for name in TABLES for day in DAYS},
        ["{table}.{schema}.{day}.tsv"],
        id="schema after the table",
    ),
    pytest.param(
        {f"exports/{name.replace('_', '-')}/full/0001_part_00": PAIRS[name] for name in ("order_items", "customers")},
        ["exports/customers/full/{part}", "exports/order-items/full/{part}"],
        id="other separators, and no extension",
    ),
    pytest.param(
        {
            f"exports/{schema}/{name}.csv": (
                shop(f"{schema}/{name}")[0],
                loaded(f"RAW/{schema.upper()}_{name.upper()}")[0],
            )
            for schema, name in (("public", "orders"), ("sales", "orders"), ("sales", "leads"))
        },
        ["exports/{schema}/{table}.csv"],
        id="schema in the target's name",
    ),
    pytest.param(
        {
            f"{schema}/orders.csv": (shop(f"{schema}/orders")[0], loaded(f"{schema.upper()}/ORDERS")[0])
            for schema in ("sales", "hr")
        },
        ["{schema}/{table}.csv"],
        id="two schemas with a table of one name",
    ),
    pytest.param(
        {f"region=orders/{name}/1.csv": PAIRS[name] for name in ("orders", "customers")},
        ["region={region}/{table}/{part}.csv"],
        id="a partition that is called as a table is",
    ),
    pytest.param(
        {f"{name}-{n}.csv": PAIRS[name] for name in ("orders", "customers") for n in (*range(7), UUID)},
        ["customers-{part}.csv", "orders-{part}.csv", "{table}-{part}.csv"],
        id="numbers, and UUIDs with the separator of the name",
    ),
    pytest.param(
        {f"{name}/load-date={day}/region_id=eu/1.csv": PAIRS[name] for name in ("orders", "customers") for day in DAYS},
        ["{table}/load-date={load_date}/region_id={region_id}/{part}.csv"],
        id="Hive partitions below the table",
    ),
    pytest.param(
        {
            f"{name}/2026/{month}/dt_{number}/1.csv": PAIRS["orders"]
            for name, month, number in (("orders", "Nov", 5), ("orders", "Dec", 26))
        },
        ["orders/{year}/{part}/dt_{part2}/{part3}.csv"],
        id="months",
    ),
    pytest.param(
        {f"{name}s/1.csv": (shop(name)[0], loaded(f"{name.upper()}S")[0]) for name in ("invoice", "client")},
        ["{table}s/{part}.csv"],
        id="plural folders and targets",
    ),
    pytest.param({"order-items/1.csv": PAIRS["order_items"]}, ["order-items/{part}.csv"], id="one table"),
    pytest.param(
        {f"{name}{number}.csv": PAIRS[name] for name in ("orders", "customers") for number in (1, 22)},
        ["customers{part}.csv", "orders{part}.csv"],
        id="numbers without a separator",
    ),
]


@pytest.mark.parametrize(("truth", "patterns"), WORLDS)
def test_worlds(truth: dict[str, Pair], patterns: list[str]) -> None:
    """The routes of a world are found by its keys and tables: few, general where they can be, and each key right."""
    tables = sorted({name for names in truth.values() for name in names if name})

    found = lake(list(truth), tables, tables).suggest()

    assert {key: ends(found, key) for key in truth} == truth
    assert sorted(keys(found)) == sorted(patterns)


def test_demo() -> None:
    """The routes of the sample data are those of the packaged file, and the folder without tables is a comment."""
    names = ("airlines", "airports", "flights", "planes")
    sources = [f"default/postgres/1/nyc/nycflights/{name}" for name in names]
    targets = [f"default/snowflake/2/ANALYTICS/NYCFLIGHTS/{name.upper()}" for name in names]
    days = [f"exports/nycflights/flights/2013-01-0{day}.csv" for day in (1, 2, 3)]

    found = lake(
        ["exports/nycflights/planes.csv", *days, "landing/a/b.json", "exports/_SUCCESS"], sources, targets
    ).suggest()

    packaged = {route.name: route for route in routesfile.load(ROUTES).routes}
    for name, route in zip(("daily", "whole"), routesfile.read(found.text, "proposal").routes, strict=True):
        assert (route.name, route.key) == (name, packaged[name].key)
        assert str(route.source and route.source.text).endswith("/nyc/{schema}/{table}")
        assert str(route.target and route.target.text).endswith("/ANALYTICS/{schema:upper}/{table:upper}")
    assert '  #  key: "landing/**"' in found.text
    assert whys(found) == {"landing/a/b.json": Why.NO_TABLE, "exports/_SUCCESS": Why.NOT_DATA}


UNTOLD = [
    pytest.param(["misc/report.csv", "a.csv"], Why.NO_TABLE, id="nothing that fits"),
    pytest.param(["orders_archive/1.csv"], Why.NO_TABLE, id="a longer name"),
    pytest.param(["in/orders_archive_2024.csv"], Why.NO_TABLE, id="a longer name in a file"),
    pytest.param(["public.public.orders.csv"], Why.NO_TABLE, id="a word too many"),
    pytest.param(["sales/orders/1.csv"], Why.OTHER_SCHEMA, id="another schema"),
    pytest.param(
        ["x/public/orders/1.csv", "x/hr/orders/1.csv"], Why.OTHER_SCHEMA, id="a schema that Atlan does not have"
    ),
    pytest.param(["schema=hr/table=orders/1.csv"], Why.OTHER_SCHEMA, id="the partition of a schema"),
    pytest.param(["in/public/orders.csv", "in/items/zebra.csv"], Why.OTHER_SCHEMA, id="in the place of a schema"),
    pytest.param(["orders/items.csv"], Why.SEVERAL, id="folder and file"),
    pytest.param(["eu/orders/1.csv", "us/orders/1.csv"], Why.SAME_TABLE, id="the same table twice"),
    pytest.param(["orders/errors/1.csv"], Why.FOLDER, id="a folder below"),
    pytest.param(["logs/1.csv"], Why.NO_TARGET, id="no target"),
    pytest.param(["loads/1.csv"], Why.NO_SOURCE, id="no source"),
    pytest.param(["orders/manifest", "orders/a.md5", "orders/.part.csv"], Why.NOT_DATA, id="no rows"),
    pytest.param(["day/part-0001.csv"], Why.WEAK, id="part of something"),
    pytest.param(
        ["exports/orders/1.csv", "exports/items/1.csv", "exports/people/orders.csv"], Why.WEAK, id="another level"
    ),
    pytest.param(["in/public/items.csv", "in/public/orders/1.csv", "in/public/part-1.csv"], Why.WEAK, id="a part"),
    pytest.param(["x/orders/1.csv", "public/orders/1.csv", "items/orders/1.csv"], Why.OTHER_SCHEMA, id="in its place"),
    pytest.param(["/orders/1.csv"], Why.INSEPARABLE, id="no key of a routes file"),
]


@pytest.mark.parametrize(("untold", "why"), UNTOLD)
def test_untold(untold: list[str], why: Why) -> None:
    """What keys do not tell is not guessed: it is not covered, and the reason is said."""
    names = ("orders", "items", "part")
    sources = [*shop(*names, "logs"), *shop("sales/invoices")]
    targets = [*loaded(*(name.upper() for name in names), "LOADS"), *loaded("SALES/INVOICES")]

    found = lake(untold, sources, targets).suggest()

    assert ends(found, untold[-1]) is None
    assert why in whys(found).values()


def test_documented() -> None:
    """docs/cli.md says for each reason what to do."""
    text = (Path(__file__).parents[2] / "docs/cli.md").read_text(encoding="utf-8")

    assert {why for why in Why if f"| {why} | " not in text} == set()


def test_part() -> None:
    """A table whose name is a word of exporters is known by its folder, and no part of a file of another table."""
    found = lake(
        ["orders/part-0001.csv", "part/part-0001.csv"], shop("orders", "part"), loaded("ORDERS", "PART")
    ).suggest()

    assert [ends(found, f"{name}/part-0002.csv") for name in ("orders", "part")] == [pair("orders"), pair("part")]


def test_named_twice() -> None:
    """A schema that is named twice in a key is one of the two."""
    keys = [f"public/public.{name}.public.csv" for name in ("orders", "items")]

    found = lake(keys, shop("orders", "items"), loaded("ORDERS", "ITEMS")).suggest()

    assert ends(found, keys[0]) == pair("orders")


def test_unnameable() -> None:
    """Tables that no routes file can name are left out, and so are folder markers; braces are doubled."""
    names = [f"{POSTGRES}/shop/public/a*", f"{POSTGRES}/shop/public/b ", f"{POSTGRES}/shop/c", *shop("o{r}ders")]

    found = lake(["o{r}ders/1.csv", "a*/1.csv", "b /1.csv", "c/1.csv", "c/"], names, []).suggest()

    assert ends(found, "o{r}ders/1.csv") == (shop("o{r}ders")[0], None)
    assert whys(found) == {"a*/1.csv": Why.NO_TABLE, "b /1.csv": Why.NO_TABLE, "c/1.csv": Why.NO_TABLE}
    assert found.whole.objects == 4


def test_excluded() -> None:
    """Keys that a general route would take wrongly are excluded; if they are many, or cannot be, it becomes literal."""
    names = [f"{name}/1.csv" for name in ("orders", "items", "leads")]
    tables = shop("orders", "items", "leads"), loaded("ORDERS", "ITEMS", "LEADS")

    few = lake([*names, "zebra/1.csv"], *tables).suggest()
    many = lake([*names, *(f"{name}/1.csv" for name in ("a b", "cd", "ef", "gh"))], *tables).suggest()
    blank = lake([*names, "\u200bzebra/1.csv"], *tables).suggest()

    assert [text for text, _ in few.made.exclude] == ["zebra/*.csv"]
    assert "  # 1 object, 10 B, as zebra/1.csv: no table that Atlan has is named in the key" in few.text
    assert (sorted(keys(many)), many.made.exclude) == (sorted(name.replace("1", "{part}") for name in names), [])
    assert sorted(keys(blank)) == sorted(keys(many))


def test_one_side() -> None:
    """Where no table of a schema has a counterpart, routes have one side only."""
    sources = lake(["orders/1.csv", "items/1.csv"], shop("orders", "items"), loaded("OTHER")).suggest()
    targets = lake(["orders/1.csv", "items/1.csv"], shop("other"), loaded("ORDERS", "ITEMS")).suggest()

    assert ends(sources, "orders/1.csv") == (shop("orders")[0], None)
    assert ends(targets, "orders/1.csv") == (None, loaded("ORDERS")[0])
    assert "2 tables; Atlan has no target of this name" in sources.text
    assert "2 tables; Atlan has no source of this name" in targets.text


def test_schemas_of_targets() -> None:
    """A key may name the schema of a source that Atlan does not have, so that it does not choose among targets."""
    found = lake(["sales/orders.csv"], [], loaded("SALES/ORDERS", "RAW/ORDERS")).suggest()

    assert whys(found) == {"sales/orders.csv": Why.SEVERAL}


TWO = [*shop("orders", "items"), *shop("orders", "leads", database="crm")]


def test_two_databases() -> None:
    """A table that two databases have is not covered; both are in the file as comments, and become routes."""
    found = lake(["orders/1.csv", "items/1.csv", "leads/1.csv"], TWO, loaded("ORDERS", "ITEMS", "LEADS")).suggest()

    assert ends(found, "orders/1.csv") is None
    assert ends(found, "items/1.csv") == pair("items")
    assert ends(found, "leads/1.csv") == pair("leads", "crm")
    chosen = found.text.replace("  #- name: open-orders-1", "  - name: open-orders-1").replace("  #  ", "    ", 4)
    routes = routesfile.read(chosen.replace('  - "orders/*.csv"\n', ""), "chosen")
    match = routes.match(BUCKET, "orders/1.csv")
    assert isinstance(match, Match)
    assert (match.source, match.target) == pair("orders", "crm")


HEADS = [
    pytest.param(b"id,total\n1,2\n", pair("orders"), id="more columns"),
    pytest.param(b"id,lead\n1,2\n", pair("orders", "crm"), id="the other"),
    pytest.param(b"id,total,note\n1,2,3\n", pair("orders"), id="another column"),
    pytest.param(b"id\n1\n", None, id="columns of both"),
    pytest.param(b"1,2\n", None, id="no header"),
    pytest.param(b"", None, id="empty"),
]


@pytest.mark.parametrize(("head", "wanted"), HEADS)
def test_headers(head: bytes, wanted: Pair | None) -> None:
    """The header of a file decides between tables, if one of them has more of its columns."""
    columns = {TWO[0]: ("id", "total"), TWO[2]: ("id", "lead"), loaded("ORDERS")[0]: ("ID", "TOTAL", "LEAD")}
    files = {"orders/1.csv": head, "items/1.csv": b""}

    found = Lake(files, TWO, loaded("ORDERS", "ITEMS"), columns).suggest()

    assert ends(found, "orders/1.csv") == wanted
    assert found.headers == 1
    assert ("the headers of files decided about 1" in found.text) == (wanted is not None)


def test_exact_columns() -> None:
    """If two tables have all columns of a header, the one without others wins; unknown columns decide nothing."""
    columns = {TWO[0]: ("id", "total"), TWO[2]: ("id", "total", "lead"), loaded("ORDERS")[0]: ("ID", "TOTAL")}
    files = {"orders/1.csv": b"id,total\n1,2\n"}

    exact = Lake(files, TWO, loaded("ORDERS"), columns).suggest()
    unknown = Lake(files, TWO, loaded("ORDERS"), {**columns, TWO[2]: ()}).suggest()

    assert ends(exact, "orders/1.csv") == pair("orders")
    assert ends(unknown, "orders/1.csv") is None


def test_bounds() -> None:
    """What is read is bounded: objects, headers, and tables; a denied header ends the reading of headers."""
    files = {f"{name}/{number}.csv": b"id,total\n1,2\n" for name in ("orders", "leads") for number in range(7)}
    both = [*shop("orders", "leads"), *shop("orders", "leads", database="crm")]
    columns = dict.fromkeys((*both, *loaded("ORDERS", "LEADS")), ("id", "total"))

    cut = Lake(files, both, loaded("ORDERS", "LEADS"), columns).suggest(Bounds(objects=8, headers=1))
    denied = Lake(files, both, loaded("ORDERS", "LEADS"), columns, denied=True).suggest()

    few = Lake(files, both, loaded("ORDERS", "LEADS"), columns).suggest(Bounds(kinds=1))

    assert (cut.whole.objects, cut.last, cut.headers) == (8, "leads/0.csv", 1)
    assert (few.whole.objects, few.beyond) == (14, 7)
    assert [remark.split(" ")[0] for found in (cut, few, denied) for remark in found.remarks] == [
        "only",
        "to",
        "7",
        "to",
        "headers",
    ]
    assert (denied.headers, denied.denied) == (0, "s3://lake/orders/4.csv: S3 denies access")
    with pytest.raises(ConfigurationError, match="name databases or schemas with --source"):
        lake([], shop(*(f"t{number}" for number in range(50_001))), []).suggest()


LAYOUTS = (
    "exports/{schema}/{table}/{day}.csv",
    "{table}/{year}/{month}/part-{number}.csv",
    "in/{schema}.{table}.csv",
    "in/{schema}_{table}_{day}.csv",
    "in/{schema}-{table}-{day}.tsv",
    "raw/schema={schema}/table={table}/dt={day}/{uuid}.parquet",
    "{day}/{table}.csv",
    "many/{table}s/{number}.csv",
    "UP/{TABLE}/{number}.CSV",
    "x/{table}_{day}_{number}.csv.gz",
    "{word}/{table}/{number}.csv",
    "z/{table}/{word}/{number}.csv",
    "db/{database}/{schema}/{table}/{number}.csv",
    "q/{table}{number}.csv",
    "{table}.{schema}.csv",
    "region=eu/{table}/{word}.csv",
    "v/{table}_full.csv",
    "w/{schema}/full/{table}-export-{day}.txt",
)
NAMES = (
    "orders",
    "order_items",
    "customers",
    "Invoices",
    "line_item",
    "nation",
    "events_2024",
    "item",
    "country",
    "data",
)
SCHEMAS = ("public", "sales", "hr", "Shop")
STYLES = ("{SCHEMA}/{TABLE}", "{schema}/{table}", "RAW/{TABLE}", "RAW/{SCHEMA}_{TABLE}")


def filled(draw: st.DrawFn, layout: str, database: str, schema: str, table: str) -> str:
    """Make a key of a layout."""
    year, month = draw(st.sampled_from((2023, 2024))), f"{draw(st.integers(1, 12)):02}"
    mark = draw(st.sampled_from(("-", "_", "")))
    return layout.format(
        database=database,
        schema=schema,
        table=table,
        TABLE=table.upper(),
        year=year,
        month=month,
        day=f"{year}{mark}{month}{mark}{draw(st.integers(10, 28))}",
        number=draw(st.integers(0, 999)),
        uuid=f"{draw(st.integers(0, 2**32 - 1)):08x}-1111-2222-3333-444455556666",
        word=draw(st.sampled_from(("eu", "us", "archive", "x-y"))),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, set[Pair]], set[str]]:
    """
    Make keys with the pairs of their true routes, no pair for keys on no route, and the tables that Atlan has.

    Some have a namesake in another schema or database; some are not in Atlan, and then have none. Each layout has a
    database of its own for all tables, as a general route has, or one for each table.
    """
    tables = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    schemas = draw(st.lists(st.sampled_from(SCHEMAS), min_size=1, max_size=3, unique=True))
    style, truth, atlan = draw(st.sampled_from(STYLES)), dict[str, set[Pair]](), set[str]()
    for layout in draw(st.lists(st.sampled_from(LAYOUTS), min_size=1, max_size=3, unique=True)):
        database, single = draw(st.sampled_from(("shop", "crm"))), draw(st.booleans())
        for schema in schemas if "{schema}" in layout else schemas[:1]:
            for table in draw(st.lists(st.sampled_from(tables), min_size=1, unique=True)):
                own = draw(st.sampled_from(("shop", "crm"))) if single else database
                target = style.format(schema=schema, SCHEMA=schema.upper(), table=table, TABLE=table.upper())
                names = f"{POSTGRES}/{own}/{schema}/{table}", f"{SNOWFLAKE}/DB/{target}"
                atlan.update(names)
                for _ in range(draw(st.integers(1, 3))):
                    truth.setdefault(filled(draw, layout, own, schema, table), set()).add(names)
    for _ in range(draw(st.integers(0, 3))):
        namesake = draw(st.sampled_from(("shop", "crm"))), draw(st.sampled_from(SCHEMAS)), draw(st.sampled_from(NAMES))
        atlan.add("/".join((POSTGRES, *namesake)))
        atlan.add(f"{SNOWFLAKE}/DEV/{namesake[1].upper()}/{namesake[2].upper()}")
    for name in draw(st.lists(st.sampled_from(sorted(atlan)), max_size=2)):
        if sum(alike(name, other) for other in atlan) == 1:
            atlan.discard(name)
    for _ in range(draw(st.integers(0, 3))):
        layout = draw(st.sampled_from(LAYOUTS))
        table = draw(st.sampled_from(("zebra", "orders_old", "tmp_x", "customers_backup2")))
        truth.setdefault(filled(draw, layout, "shop", draw(st.sampled_from(schemas)), table), set()).add((None, None))
    return truth, atlan


def alike(name: str, other: str) -> bool:
    """Tell whether two tables of one side could have the same keys."""
    one, two = ({part.casefold().removesuffix("s") for part in re.split("[/_]", text)[-2:]} for text in (name, other))
    return name.split("/")[1] == other.split("/")[1] and bool(one & two)


@pytest.mark.unmeasured
@settings(max_examples=120)
@given(worlds())
def test_never_wrong(world: tuple[dict[str, set[Pair]], set[str]]) -> None:
    """Each key of a random world gets the pair of the true routes, or is not covered; one side may be missing."""
    truth, atlan = world

    found = lake(list(truth), sorted(atlan), sorted(atlan)).suggest()

    routes = routesfile.read(found.text, "proposal") if found.text else None
    covered = 0
    for key, pairs in truth.items():
        match = routes.match(BUCKET, key) if routes else None
        if isinstance(match, Match):
            covered += 1
            given = match.source, match.target
            assert any(all(mine in (None, theirs) for mine, theirs in zip(given, one, strict=True)) for one in pairs), (
                key
            )
            assert {name for name in given if name} <= atlan
    assert covered == sum(stem.objects for stem in (found.made.stems[index] for index in found.made.covered))


@pytest.mark.unmeasured
def test_many() -> None:
    """A hundred thousand keys take seconds, and memory does not grow with them: a few of each kind are kept."""
    names = [f"t{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)]
    many = [
        f"exports/public/{name}/2024-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}.csv" for name in names for n in range(333)
    ]

    found = lake(many, shop(*names), loaded(*(name.upper() for name in names))).suggest()

    assert keys(found) == ["exports/{schema}/{table}/{day}.csv"]
    assert sum(len(stem.samples) for stem in found.made.stems) <= 5 * len(names)
