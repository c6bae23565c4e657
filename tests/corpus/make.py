"""
Makes the files of the corpus that tools write: PostgreSQL, DuckDB, pandas, Python's csv, and a spreadsheet.

Run by a person, in an environment with the packages of `VERSIONS`, when a file is to be added:
`python -m tests.corpus.make`. The files are in git, so that the tests need none of the tools. The others were written
by hand (`hand.py`), after the documentation of the tools.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from tests.corpus.hand import files as by_hand
from tests.corpus.names import AWKWARD, PLAIN, WESTERN
from tests.support.postgres import Postgres, postgres

FOLDER = Path(__file__).parent / "files"
VERSIONS = ("PostgreSQL 15", "duckdb==2.0.1", "pandas==3.1.1", "openpyxl")
MOST = 4096
"""Bytes of a file, at most."""


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def from_postgres(server: Postgres) -> Iterator[tuple[str, bytes]]:
    """Export tables with ordinary and with awkward names."""
    tables = {"plain": PLAIN, "awkward": AWKWARD, "western": WESTERN, "one": ("id",)}
    for table, names in tables.items():
        server.sql(f"CREATE TABLE {table} ({', '.join(f'{quoted(name)} text' for name in names)})")
        server.sql(f"INSERT INTO {table} VALUES ({', '.join(f'$$v{i}$$' for i in range(len(names)))})")
        server.sql(f"INSERT INTO {table} VALUES ({', '.join(['$$a, b; c|d$$', *['NULL'] * (len(names) - 1)])})")
    for name, table, options in (
        ("csv", "plain", "FORMAT csv, HEADER"),
        ("csv-awkward", "awkward", "FORMAT csv, HEADER"),
        ("csv-semicolon", "awkward", "FORMAT csv, HEADER, DELIMITER ';'"),
        ("csv-pipe", "awkward", "FORMAT csv, HEADER, DELIMITER '|'"),
        ("csv-tab", "awkward", r"FORMAT csv, HEADER, DELIMITER E'\t'"),
        ("csv-ctrl-a", "awkward", r"FORMAT csv, HEADER, DELIMITER E'\x01'"),
        ("csv-escape", "awkward", r"FORMAT csv, HEADER, ESCAPE '\'"),
        ("csv-force-quote", "awkward", "FORMAT csv, HEADER, FORCE_QUOTE *"),
        ("csv-quote", "plain", "FORMAT csv, HEADER, QUOTE '~'"),
        ("csv-caret", "awkward", "FORMAT csv, HEADER, DELIMITER '^'"),
        ("csv-latin-1", "western", "FORMAT csv, HEADER, ENCODING 'LATIN1'"),
        ("csv-one", "one", "FORMAT csv, HEADER"),
        ("csv-no-header", "plain", "FORMAT csv"),
        ("text", "awkward", "HEADER"),
        ("text-comma", "awkward", "HEADER, DELIMITER ','"),
        ("text-no-header", "plain", "FORMAT text"),
    ):
        yield f"postgres-{name}", server.sql(f"COPY {table} TO STDOUT ({options})")
    for name, query in (
        ("empty", "SELECT * FROM plain WHERE false"),
        ("alias", 'SELECT id AS "ORDER_ID", amount AS "AMOUNT" FROM plain'),
        ("fewer", "SELECT id, amount FROM plain"),
    ):
        yield f"postgres-csv-{name}", server.sql(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)")
    yield "postgres-binary", server.sql("COPY plain TO STDOUT (FORMAT binary)")


def from_duckdb() -> Iterator[tuple[str, bytes]]:
    """Export awkward names as CSV, and a table in other formats."""
    import duckdb

    scratch = FOLDER / "scratch"
    for name, names, options in (
        ("csv", AWKWARD, "HEADER"),
        ("semicolon", AWKWARD, "HEADER, DELIMITER ';'"),
        ("tab", AWKWARD, "HEADER, DELIMITER '\t'"),
        ("double-pipe", AWKWARD, "HEADER, DELIMITER '||'"),
        ("escape", AWKWARD, "HEADER, ESCAPE '\\'"),
        ("force-quote", AWKWARD, "HEADER, FORCE_QUOTE *"),
        ("gzip", AWKWARD, "HEADER, COMPRESSION gzip"),
        ("zstd", PLAIN, "HEADER, COMPRESSION zstd"),
        ("no-header", PLAIN, "HEADER false"),
        ("json", PLAIN, "FORMAT json"),
        ("parquet", PLAIN, "FORMAT parquet"),
    ):
        columns = ", ".join(f"'v{i}' AS {quoted(column)}" for i, column in enumerate(names))
        duckdb.connect().execute(f"COPY (SELECT {columns}) TO '{scratch}' ({options})")
        yield f"duckdb-{name}", scratch.read_bytes()
    scratch.unlink()


def from_pandas() -> Iterator[tuple[str, bytes]]:
    """Export a frame as pandas does it, with an index and without."""
    import pandas as pd

    plain = pd.DataFrame([[1] * len(PLAIN), [2] * len(PLAIN)], columns=list(PLAIN))
    awkward = pd.DataFrame([["v"] * len(AWKWARD)], columns=list(AWKWARD))
    scratch = FOLDER / "scratch"
    for name, frame, options in (
        ("index", plain, {}),
        ("csv", awkward, {"index": False}),
        ("semicolon", awkward, {"index": False, "sep": ";", "decimal": ","}),
        ("quote-all", awkward, {"index": False, "quoting": csv.QUOTE_ALL}),
        ("quote-none", awkward, {"index": False, "quoting": csv.QUOTE_NONE, "escapechar": "\\"}),
        ("escape", awkward, {"index": False, "doublequote": False, "escapechar": "\\"}),
        ("bom", plain, {"index": False, "encoding": "utf-8-sig"}),
        ("utf-16", awkward, {"index": False, "encoding": "utf-16", "sep": "\t"}),
        ("gzip", plain, {"index": False, "compression": {"method": "gzip", "mtime": 1}}),
        ("bzip2", awkward, {"index": False, "compression": "bz2"}),
        ("xz", plain, {"index": False, "compression": "xz"}),
        ("zip", plain, {"index": False, "compression": "zip"}),
        ("crlf", awkward, {"index": False, "lineterminator": "\r\n"}),
        ("no-header", plain, {"index": False, "header": False}),
    ):
        frame.to_csv(scratch, **options)
        yield f"pandas-{name}", scratch.read_bytes()
    scratch.unlink()
    levels = pd.DataFrame([[1, 2, 3]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")]))
    yield "pandas-levels", levels.to_csv(index=False).encode()


def from_csv() -> Iterator[tuple[str, bytes]]:
    """Write awkward names by each dialect of Python's csv."""
    for dialect in csv.list_dialects():
        out = io.StringIO(newline="")
        csv.writer(out, dialect).writerows([AWKWARD, ["v"] * len(AWKWARD)])
        yield f"python-{dialect}", out.getvalue().encode()


def from_spreadsheet() -> Iterator[tuple[str, bytes]]:
    """Save a workbook, which is no CSV, whatever its name ends with."""
    import openpyxl

    book, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    book.create_sheet("Orders").append(list(PLAIN))
    book.save(out)
    yield "spreadsheet-workbook", out.getvalue()


def main() -> None:
    """Write every file anew, and none that is too large for a repository."""
    tools = (from_duckdb, from_pandas, from_csv, from_spreadsheet, by_hand)
    with postgres() as server:
        made = list(from_postgres(server))
    for tool in tools:
        made += tool()
    for name, data in made:
        (FOLDER / name).write_bytes(data[:MOST])


if __name__ == "__main__":
    main()
