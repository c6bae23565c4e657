r"""
Files of the corpus as tools that are not at hand write them, and files with faults.

Source: Snowflake, "COPY INTO <location>" and "Format type options"; Amazon Redshift, UNLOAD; Apache Hive, "Row
formats"; MySQL, SELECT ... INTO OUTFILE; Microsoft Excel, "Save as" CSV UTF-8, CSV, Unicode text, CSV (Macintosh).
"""

import bz2
import gzip
from collections.abc import Iterator

ROWS = "id,customer_name,amount,created_at\n1,Anna,9.99,2026-01-01\n2,Ben,0.5,2026-01-02\n"


def packed(text: str, at: int = 1) -> bytes:
    """Compress without a time, so that the file is the same each time."""
    return gzip.compress(text.encode(), mtime=at)


TEXTS = {
    # Snowflake
    "snowflake-enclosed": '"ID","CUSTOMER_NAME","AMOUNT","CREATED_AT"\n"1","Anna","9.99","2026-01-01"\n',
    "snowflake-plain": "ID,CUSTOMER_NAME,AMOUNT\n1,Anna\\, B.,9.99\n",
    "snowflake-escaped": "ID,a\\,b,Order ID\n1,2,3\n",
    "snowflake-single-quote": "'ID','CUSTOMER_NAME','AMOUNT'\n'1','Anna','9.99'\n",
    # Redshift
    "redshift-pipe": "id|customer_name|amount|created_at\n1|Anna|9.99|2026-01-01\n",
    "redshift-no-header": "1|Anna|9.99|2026-01-01\n2|Ben|0.5|2026-01-02\n",
    "redshift-quotes": '"id"|"customer_name"|"amount"\n"1"|"Anna"|"9.99"\n',
    "redshift-escape": 'id|a\\|b|say \\"hi\\"\n1|2|3\n',
    # Others
    "hive-ctrl-a": "id\x01customer_name\x01amount\n1\x01Anna\x019.99\n",
    "hive-no-header": "1\x01Anna\x019.99\x012026-01-01\n",
    "mysql-tab": "id\tcustomer_name\tamount\n1\tAnna\t\\N\n",
    "bigquery-camel": "Id,CustomerName,Amount,CreatedAt\n1,Anna,9.99,2026-01-01\n",
    "sqlserver-brackets": "Id,Customer Name,Amount\r\n1,Anna,9.99\r\n",
    # Spreadsheets
    "excel-utf-8": "\ufeffid,customer_name,amount\r\n1,Anna,9.99\r\n",
    "excel-bom-quotes": '\ufeff"id";"customer_name";"amount"\r\n1;Anna;"9,99"\r\n',
    "excel-sep": "sep=;\r\nid;customer_name;amount\r\n1;Anna;9,99\r\n",
    "excel-macintosh": "id,customer_name,amount\r1,Anna,9.99\r2,Ben,0.5\r",
    "excel-trailing-columns": "id,customer_name,amount,,\r\n1,Anna,9.99,,\r\n",
    "excel-title": "Orders of January,,\r\nid,customer_name,amount\r\n1,Anna,9.99\r\n",
    "sheets-line-break": 'id,"Customer\nName",amount\r\n1,Anna,9.99\r\n',
    "sheets-blanks": "id, customer_name, amount\n1, Anna, 9.99\n",
    "sheets-blanks-quotes": '"id", "customer_name", "amount"\n"1", "Anna", "9.99"\n',
    # By hand
    "no-last-break": "id,customer_name,amount",
    "header-only": "id,customer_name,amount,created_at\n",
    "doubled": "id,amount,amount\n1,2,3\n",
    "doubled-case": "id,Amount,AMOUNT\n1,2,3\n",
    "ragged": "id,customer_name,amount\n1,Anna\n2,Ben,0.5,x\n",
    "half": "id,amount,colour,shape\n1,2,red,round\n",
    "less-than-half": "id,colour,shape\n1,red,round\n",
    "other-columns": "colour,shape,weight\nred,round,5\n",
    "numbers": "1,2,3,4\n5,6,7,8\n",
    "two-delimiters": "id;amount,customer_name\n1;2,3\n",
    "two-delimiters-known": "id,amount;id,amount\n",
    "mixed-breaks": "id,amount\r1,2\n3,4\n",
    "quote-inch": 'id,5" pipe,amount\n1,2,3\n',
    "quote-unclosed": 'id,"amount\n1,2\n',
    "quote-text-after": '"id"x,amount\n1,2\n',
    "backslash-unclear": "id,amount,c:\\new\n1,2,3\n",
    "blank": "\n",
    "empty": "",
    "json": '{"id": 1, "amount": 2}\n',
    "json-list": '[{"id": 1, "amount": 2}]\n',
    "xml": '<?xml version="1.0"?>\n<rows><row id="1" amount="2"/></rows>\n',
    "html": "<!doctype html>\n<title>Sign in</title>\n",
    "yaml": "id: 1\namount: 2\n",
}

BYTES = {
    "snowflake-gzip": packed("ID,CUSTOMER_NAME,AMOUNT,CREATED_AT\n1,Anna,9.99,2026-01-01\n"),
    "snowflake-no-header": packed("1,Anna,9.99,2026-01-01\n2,Ben,0.5,2026-01-02\n"),
    "redshift-bzip2": bz2.compress(b"id|customer_name|amount|created_at\n1|Anna|9.99|2026-01-01\n"),
    "excel-western": "id;größe;prix unitaire\r\n1;2;3\r\n".encode("cp1252"),
    "excel-euro": "id;größe;€\r\n1;2;3\r\n".encode("cp1252"),
    "excel-unicode-text": "id\tcustomer_name\tamount\r\n1\tAnna\t9.99\r\n".encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + ROWS.encode("utf-16-be"),
    "utf-16-no-mark": ROWS.encode("utf-16-le"),
    "western-rows": b"id,amount\n1,M\xfcller\n",
    "gzip-two-members": packed(ROWS[:20]) + packed(ROWS[20:]),
    "gzip-cut": packed(ROWS * 20)[:-10],
    "gzip-cut-early": packed(ROWS)[:16],
    "gzip-corrupt": packed(ROWS)[:10] + b"\x07" * 20,
    "gzip-zeros-after": packed(ROWS) + bytes(64),
    "gzip-twice": gzip.compress(packed(ROWS), mtime=1),
    "gzip-bomb": gzip.compress(b"a" * 3_000_000, mtime=1)[:4000],
    "nul": bytes(1000),
    "nul-in-name": b"id,am\0ount,customer_name\n1,2,3\n",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
}


def files() -> Iterator[tuple[str, bytes]]:
    """Yield each file."""
    yield from ((name, text.encode()) for name, text in TEXTS.items())
    yield from BYTES.items()
