"""What is read of each file of the corpus: its columns, that it has no header, or why it cannot be read."""

from dataclasses import dataclass, field

from connector.core.layout import Declared, Layout
from connector.core.text import Encoding, Fault
from tests.corpus.names import AWKWARD, PLAIN, WESTERN

Expected = tuple[str, ...] | Fault | None
"""None: the file has no header."""


@dataclass(frozen=True)
class Case:
    """A file, the columns of its source table, what is expected, and what the route says."""

    file: str
    expected: Expected
    source: tuple[str, ...] = PLAIN
    layout: Layout = field(default_factory=Layout)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of both tables; the target's are in capitals, as Snowflake's are."""
        return (*self.source, *(name.upper() for name in self.source))


THREE = PLAIN[:3]
LOUD = tuple(name.upper() for name in PLAIN)
LATIN_1, WINDOWS = Layout(encoding=Encoding.LATIN_1), Layout(encoding=Encoding.WINDOWS_1252)
EXCEL = ("id", "größe", "prix unitaire")

CASES = (
    # PostgreSQL's COPY
    Case("postgres-csv", PLAIN),
    Case("postgres-csv-empty", PLAIN),
    Case("postgres-csv-fewer", ("id", "amount")),
    Case("postgres-csv-alias", ("ORDER_ID", "AMOUNT")),
    Case("postgres-csv-one", ("id",)),
    Case("postgres-csv-awkward", AWKWARD, AWKWARD),
    Case("postgres-csv-semicolon", AWKWARD, AWKWARD),
    Case("postgres-csv-pipe", AWKWARD, AWKWARD),
    Case("postgres-csv-tab", AWKWARD, AWKWARD),
    Case("postgres-csv-ctrl-a", AWKWARD, AWKWARD),
    Case("postgres-csv-escape", AWKWARD, AWKWARD),
    Case("postgres-csv-force-quote", AWKWARD, AWKWARD),
    Case("postgres-csv-caret", None, AWKWARD),
    Case("postgres-csv-caret", AWKWARD, AWKWARD, Layout(delimiter="^")),
    Case("postgres-csv-quote", PLAIN),
    Case("postgres-csv-latin-1", Fault.ENCODING, WESTERN),
    Case("postgres-csv-latin-1", WESTERN, WESTERN, LATIN_1),
    Case("postgres-csv-no-header", None),
    Case("postgres-csv-no-header", PLAIN, PLAIN, Layout(header=PLAIN)),
    Case("postgres-csv-no-header", None, PLAIN, Layout(header=Declared.YES)),
    Case("postgres-text", AWKWARD, AWKWARD),
    Case("postgres-text-comma", AWKWARD, AWKWARD),
    Case("postgres-text-no-header", None),
    Case("postgres-binary", Fault.FORMAT),
    # DuckDB
    Case("duckdb-csv", AWKWARD, AWKWARD),
    Case("duckdb-semicolon", AWKWARD, AWKWARD),
    Case("duckdb-tab", AWKWARD, AWKWARD),
    Case("duckdb-double-pipe", None, AWKWARD),
    Case("duckdb-double-pipe", AWKWARD, AWKWARD, Layout(delimiter="||")),
    Case("duckdb-escape", AWKWARD, AWKWARD),
    Case("duckdb-force-quote", AWKWARD, AWKWARD),
    Case("duckdb-gzip", AWKWARD, AWKWARD),
    Case("duckdb-zstd", Fault.FORMAT),
    Case("duckdb-no-header", None),
    Case("duckdb-json", None),
    Case("duckdb-parquet", Fault.FORMAT),
    # pandas and Python
    Case("pandas-index", ("", *PLAIN)),
    Case("pandas-csv", AWKWARD, AWKWARD),
    Case("pandas-semicolon", AWKWARD, AWKWARD),
    Case("pandas-quote-all", AWKWARD, AWKWARD),
    Case("pandas-quote-none", AWKWARD, AWKWARD),
    Case("pandas-escape", AWKWARD, AWKWARD),
    Case("pandas-crlf", AWKWARD, AWKWARD),
    Case("pandas-bom", PLAIN),
    Case("pandas-utf-16", AWKWARD, AWKWARD),
    Case("pandas-gzip", PLAIN),
    Case("pandas-bzip2", AWKWARD, AWKWARD),
    Case("pandas-xz", Fault.FORMAT),
    Case("pandas-zip", Fault.FORMAT),
    Case("pandas-no-header", None),
    Case("pandas-levels", None),
    Case("python-excel", AWKWARD, AWKWARD),
    Case("python-excel-tab", AWKWARD, AWKWARD),
    Case("python-unix", AWKWARD, AWKWARD),
    # Snowflake, Redshift, Hive, MySQL, BigQuery, SQL Server
    Case("snowflake-enclosed", LOUD),
    Case("snowflake-plain", LOUD[:3]),
    Case("snowflake-escaped", ("ID", "a,b", "Order ID"), AWKWARD),
    Case("snowflake-single-quote", None),
    Case("snowflake-gzip", LOUD),
    Case("snowflake-no-header", None),
    Case("redshift-pipe", PLAIN),
    Case("redshift-no-header", None),
    Case("redshift-quotes", THREE),
    Case("redshift-escape", ("id", "a|b", 'say "hi"'), AWKWARD),
    Case("redshift-bzip2", PLAIN),
    Case("hive-ctrl-a", THREE),
    Case("hive-no-header", None),
    Case("mysql-tab", THREE),
    Case("bigquery-camel", ("Id", "CustomerName", "Amount", "CreatedAt")),
    Case("sqlserver-brackets", ("Id", "Customer Name", "Amount")),
    # Spreadsheets
    Case("excel-utf-8", THREE),
    Case("excel-bom-quotes", THREE),
    Case("excel-sep", THREE),
    Case("excel-macintosh", THREE),
    Case("excel-trailing-columns", (*THREE, "", "")),
    Case("excel-title", None),
    Case("excel-unicode-text", THREE),
    Case("excel-western", Fault.ENCODING, WESTERN),
    Case("excel-western", EXCEL, WESTERN, LATIN_1),
    Case("excel-euro", ("id", "größe", "€"), WESTERN, WINDOWS),
    Case("sheets-line-break", ("id", "Customer\nName", "amount")),
    Case("sheets-blanks", ("id", " customer_name", " amount")),
    Case("sheets-blanks-quotes", THREE),
    Case("spreadsheet-workbook", Fault.FORMAT),
    # By hand
    Case("no-last-break", THREE),
    Case("header-only", PLAIN),
    Case("header-only", None, PLAIN, Layout(header=Declared.NO)),
    Case("doubled", ("id", "amount", "amount")),
    Case("doubled-case", ("id", "Amount", "AMOUNT")),
    Case("ragged", THREE),
    Case("half", ("id", "amount", "colour", "shape")),
    Case("less-than-half", None),
    Case("less-than-half", ("id", "colour", "shape"), PLAIN, Layout(header=Declared.YES)),
    Case("other-columns", None),
    Case("other-columns", None, PLAIN, Layout(header=Declared.YES)),
    Case("numbers", None),
    Case("two-delimiters", Fault.AMBIGUOUS),
    Case("two-delimiters", ("id", "amount,customer_name"), PLAIN, Layout(delimiter=";")),
    Case("two-delimiters-known", ("id", "amount;id", "amount")),
    Case("mixed-breaks", Fault.LINE_BREAKS),
    Case("quote-inch", ("id", '5" pipe', "amount")),
    Case("quote-unclosed", None),
    Case("quote-text-after", None),
    Case("backslash-unclear", Fault.AMBIGUOUS),
    Case("backslash-unclear", ("id", "amount", "c:\\new"), (*PLAIN, "c:\\new")),
    Case("blank", None),
    Case("empty", None),
    Case("json", None),
    Case("json-list", None),
    Case("xml", None),
    Case("html", None),
    Case("yaml", None),
    Case("utf-16-be", PLAIN),
    Case("utf-16-no-mark", Fault.BINARY),
    Case("utf-16-no-mark", PLAIN, PLAIN, Layout(encoding=Encoding.UTF_16_LE)),
    Case("western-rows", ("id", "amount")),
    Case("gzip-two-members", PLAIN),
    Case("gzip-cut", PLAIN),
    Case("gzip-cut-early", Fault.CORRUPT),
    Case("gzip-corrupt", Fault.CORRUPT),
    Case("gzip-zeros-after", PLAIN),
    Case("gzip-twice", Fault.FORMAT),
    Case("gzip-bomb", Fault.TOO_LONG),
    Case("nul", Fault.BINARY),
    Case("nul-in-name", Fault.BINARY),
    Case("png", Fault.ENCODING),
    Case("pdf", None),
)
