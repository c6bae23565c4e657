"""Settings: all faults at once, no secret shown, nothing assumed."""

from pathlib import Path

import pytest

from connector import config, routesfile
from connector.core.route import Match, Naming
from connector.core.template import template
from connector.errors import ConfigurationError

SECRET = "s3cr3t-of-acme"
GOOD = {"ATLAN_BASE_URL": "https://acme.atlan.com", "ATLAN_API_KEY": SECRET, "DEPLOYMENT": "prod-1"}
FILE = "connection: default/s3/1\nroutes:\n  - name: all\n    bucket: acme\n    key: '**'\n"


def faults(environ: dict[str, str]) -> tuple[str, ...]:
    """Return the errors of an environment."""
    with pytest.raises(ConfigurationError) as caught:
        config.settings(environ)
    assert str(caught.value).startswith("the environment: ")
    return caught.value.faults


def test_settings(tmp_path: Path) -> None:
    """Settings are the values of the environment, without surrounding spaces."""
    routes = tmp_path / "mine.yaml"
    routes.write_text(FILE)

    found = config.settings({name: f" {value}\n" for name, value in GOOD.items()} | {"ROUTES": f" {routes} "})

    assert found == config.Settings(
        "https://acme.atlan.com", SECRET, "", 200.0, "prod-1", routesfile.load(routes), 8, "", "", ""
    )


def test_access() -> None:
    """For requests to Atlan alone, the other settings may be missing or wrong."""
    environ = GOOD | {"DEPLOYMENT": "", "ROUTES": "none.yaml", "QUEUE_URL": "q", "RATE_SHARE": "10"}

    assert config.access(environ) == config.Access("https://acme.atlan.com", SECRET, "", 40.0)


def test_no_access() -> None:
    """All errors of the settings that a request to Atlan needs are reported at once."""
    environ = {"ATLAN_BASE_URL": "catalog", "ATLAN_API_KEY_SECRET": "a\nb", "RATE_LIMIT": "many"}

    with pytest.raises(ConfigurationError) as caught:
        config.access(environ)

    assert [fault.split()[0] for fault in caught.value.faults] == [
        "ATLAN_BASE_URL",
        "ATLAN_API_KEY_SECRET",
        "RATE_LIMIT",
    ]


@pytest.mark.parametrize("given", [{}, {"ROUTES": ""}, {"ROUTES": "  "}])
def test_packaged(given: dict[str, str]) -> None:
    """Without ROUTES, the packaged routes file is used."""
    assert config.settings(GOOD | given).routes == routesfile.load(config.ROUTES)


@pytest.mark.parametrize("given", [{}, dict.fromkeys(GOOD, ""), dict.fromkeys(GOOD, " \t")])
def test_missing(given: dict[str, str]) -> None:
    """All missing settings are named at once, each with the value to give; an empty one is missing."""
    url, key, deployment = faults(given)

    assert url.startswith("ATLAN_BASE_URL is not set; give the tenant's address, as in https://acme.atlan.com")
    assert key.startswith("ATLAN_API_KEY is not set; give an API key of the tenant")
    assert deployment.startswith("DEPLOYMENT is not set; give a short name for this deployment, of letters")


def test_all_wrong(tmp_path: Path) -> None:
    """Missing and wrong settings are reported together."""
    found = faults({"ATLAN_BASE_URL": "catalog", "DEPLOYMENT": "prod.1", "ROUTES": str(tmp_path / "none.yaml")})

    assert [fault.split()[0] for fault in found] == ["ATLAN_API_KEY", "ATLAN_BASE_URL", "DEPLOYMENT", "ROUTES"]


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.atlan.com",
        "https://acme.atlan.com/",
        "https://acme.atlan.com:8443",
        "http://127.0.0.1:8585",
        "http://catalog.local",
        "HTTPS://ACME.ATLAN.COM",
        "https://[2606:4700::1111]",
        "http://[::1]:8585",
        "http://10.1.2.3:8585",
        "http://169.254.1.1",
        "http://[fd00::1]",
        "http://[fe80::1]:1",
        "http://[::ffff:10.0.0.1]",
        "http://host.docker.internal:8585",
        "http://catalog.localhost:65535",
    ],
)
def test_address(url: str) -> None:
    """A tenant's address is one that pyatlan accepts; without encryption only on this machine or a private network."""
    assert config.settings(GOOD | {"ATLAN_BASE_URL": url}).atlan_base_url == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("http://localhost:8585", "no host name with a dot", id="bare host name"),
        pytest.param("http://catalog:8080", "no host name with a dot", id="bare host name of a container"),
        pytest.param("catalog:8080", "begin with https://", id="no scheme, with a port"),
        pytest.param("acme.atlan.com", "begin with https://", id="no scheme"),
        pytest.param("//acme.atlan.com", "begin with https://", id="no scheme, with slashes"),
        pytest.param("ftp://acme.atlan.com", "begin with https://", id="another scheme"),
        pytest.param("https:acme.atlan.com", "begin with https://", id="no slashes"),
        pytest.param(SECRET, "begin with https://", id="the key"),
        pytest.param("https://", "no host name", id="no host"),
        pytest.param("https://acme..com", "no host name", id="an empty label"),
        pytest.param("https://acme.atlan.com/x", "a path", id="a path"),
        pytest.param("https://acme.atlan.com/api/meta", "a path", id="a longer path"),
        pytest.param("https://acme.atlan.com?x=1", "a path", id="a query"),
        pytest.param("https://acme.atlan.com#x", "a path", id="a fragment"),
        pytest.param("http://[acme.atlan.com", "wrong port or bracket", id="half a bracket"),
        pytest.param("https://[fe80::1%25eth0]", "a network interface", id="a network interface"),
        pytest.param("https://acme.atlan.com:abc", "wrong port", id="port of letters"),
        pytest.param("https://acme.atlan.com:99999", "wrong port", id="port too large"),
        pytest.param("https://acme.atlan.com:0", "wrong port", id="port 0"),
        pytest.param("https://acme.atlan.com:", "wrong port", id="no port"),
        pytest.param("https://acme .atlan.com", "cannot have", id="a space"),
        pytest.param("https://acme.atlan.com\0", "cannot have", id="NUL"),
        pytest.param("https://acme\n.atlan.com", "cannot have", id="a line break"),
        pytest.param(f"https://user:{SECRET}@acme.atlan.com", "a user name or a password", id="a password"),
        pytest.param(f"https://{SECRET}@acme.atlan.com", "a user name or a password", id="a user name"),
        pytest.param("http://acme.atlan.com", "in the clear", id="a public host"),
        pytest.param("http://127.0.0.1.nip.io", "in the clear", id="a public host that looks local"),
        pytest.param("http://93.184.216.34:8080", "in the clear", id="a public address"),
        pytest.param("http://[2606:4700::1111]", "in the clear", id="a public address of IPv6"),
        pytest.param("http://[::ffff:93.184.216.34]", "in the clear", id="a public address within IPv6"),
    ],
)
def test_no_address(url: str, says: str) -> None:
    """Anything else is refused, and answered with what is wrong and how it should look, but not shown."""
    (fault,) = faults(GOOD | {"ATLAN_BASE_URL": url})

    assert fault.startswith("ATLAN_BASE_URL ")
    assert says in fault
    assert "; give the tenant's address, as in https://acme.atlan.com" in fault
    assert "http://127.0.0.1:PORT" in fault
    assert SECRET not in fault


@pytest.mark.parametrize("name", ["prod.1", "prod_1", "a/b", "prod 1", "pröd"])
def test_deployment(name: str) -> None:
    """A deployment's name is part of qualified names, so it has lower-case letters, digits and hyphens only."""
    (fault,) = faults(GOOD | {"DEPLOYMENT": name})

    assert fault.startswith("DEPLOYMENT has other characters; give a short name")


@pytest.mark.parametrize("place", ["none.yaml", ".", "a" * 5000, "none.yaml/x"])
def test_no_file(tmp_path: Path, place: str) -> None:
    """A routes file that is not there, or is a folder, or cannot be opened, is a fault of the setting."""
    (fault,) = faults(GOOD | {"ROUTES": str(tmp_path / place)})

    assert fault == (
        "ROUTES names no file that can be read; give the path of a routes file, absolute or from the working "
        "directory, or unset ROUTES"
    )


@pytest.mark.parametrize("name", ["ROUTES", "DEPLOYMENT", "LEASE_TABLE", "ATLAN_API_KEY_SECRET", "QUEUE_URL"])
@pytest.mark.parametrize("char", ["\0", "\n", "\x1b"])
def test_control(name: str, char: str) -> None:
    """A control character is a fault of the setting that has it, and no exception of whatever uses the setting."""
    found = faults(GOOD | {name: f"a{char}b"})

    assert f"{name} has a line break or a control character in it; write the value again" in found


@pytest.mark.parametrize("wrong", [{}, {"ATLAN_BASE_URL": "x"}, {"DEPLOYMENT": "X_"}, {"ROUTES": "x"}])
def test_secret(wrong: dict[str, str]) -> None:
    """The API key is never shown, neither in the settings nor in their errors."""
    assert SECRET not in repr(config.settings(GOOD))
    assert SECRET not in str(config.settings(GOOD))

    given = GOOD | (wrong or {"DEPLOYMENT": ""})
    with pytest.raises(ConfigurationError) as caught:
        config.settings(given)

    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.faults}"


def test_routes(tmp_path: Path) -> None:
    """A routes file is UTF-8, with or without a byte order mark."""
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / "mine.yaml"
        path.write_text(FILE.replace("all", "größe"), encoding=encoding)

        assert [route.name for route in routesfile.load(path).routes] == ["größe"]


def test_not_utf8(tmp_path: Path) -> None:
    """A routes file in another encoding is rejected, and the message has the position."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"# gr\xf6\xdfe\n" + FILE.encode())

    with pytest.raises(ConfigurationError) as caught:
        routesfile.load(path)

    assert str(caught.value) == "mine.yaml: 1 error\n  - not UTF-8 at byte 4; save the file as UTF-8"


def test_faulty(tmp_path: Path) -> None:
    """The errors of a routes file are reported under its name."""
    path = tmp_path / "mine.yaml"
    path.write_text("connection: x\n")

    with pytest.raises(ConfigurationError, match=r"^mine\.yaml: 2 errors"):
        routesfile.load(path)


@pytest.mark.parametrize(
    ("bucket", "key", "route", "table"),
    [
        pytest.param("exports", "exports/nycflights/airlines.csv", "whole", "airlines", id="a table in one file"),
        pytest.param(
            "exports", "exports/nycflights/flights/2013-01-01.csv", "daily", "flights", id="a table in a file a day"
        ),
        pytest.param("archive", "flights/2012-12-31.csv", "archive", "flights", id="the same table, another bucket"),
    ],
)
def test_sample_files(bucket: str, key: str, route: str, table: str) -> None:
    """The packaged routes file is valid, and connects the sample files with the sample tables."""
    match = routesfile.load(config.ROUTES).match(f"nycflights-{bucket}", key)

    assert isinstance(match, Match)
    assert match.route.name == route
    assert match.source == f"default/postgres/1700000001/nyc/nycflights/{table}"
    assert match.target == f"default/snowflake/1700000002/ANALYTICS/NYCFLIGHTS/{table.upper()}"
    assert match.route.columns.ignore == ("_loaded_at",)


def test_packaged_file() -> None:
    """The packaged routes file leaves out markers and hidden files, and catalogs the landing zone without lineage."""
    routes = routesfile.load(config.ROUTES)

    assert (routes.connection, routes.naming) == ("default/s3/1700000000", Naming.PATH)
    assert routes.match("nycflights-exports", "exports/nycflights/_SUCCESS") == "excluded"
    assert routes.match("nycflights-exports", "landing/.hidden") == "excluded"
    assert routes.match("nycflights-exports", "backups/nycflights.dump") == "no_route"
    assert routes.match("other-bucket", "exports/nycflights/airlines.csv") == "unknown_bucket"
    landing = routes.match("nycflights-exports", "landing/a/b.json")
    assert isinstance(landing, Match)
    assert (landing.source, landing.target, landing.pair) == (None, None, None)
    assert routes.routes[0].source == template("default/postgres/1700000001/nyc/{schema}/{table}")


@pytest.mark.parametrize("name", ["QUEUE_URL", "DEAD_LETTER_QUEUE_URL"])
def test_one_queue(name: str) -> None:
    """One queue without the other is an error: permanent failures would have no dead-letter queue."""
    assert any("set both or neither" in fault for fault in faults(GOOD | {name: "https://sqs.example.com/1/q"}))


def test_same_queue() -> None:
    """A dead-letter queue that is the queue itself would feed itself."""
    queue = "https://sqs.example.com/1/q"

    assert faults(GOOD | {"QUEUE_URL": queue, "DEAD_LETTER_QUEUE_URL": queue}) == (
        "QUEUE_URL and DEAD_LETTER_QUEUE_URL are the same queue; give two",
    )


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJl"
BUCKETS = """
connection: default/s3/1
routes:
  - {name: a, bucket: acme-exports, key: "a/**"}
  - {name: b, bucket: acme-raw, key: "**"}
  - {name: c, bucket: acme-exports, key: "c/**"}
"""


OTHER = (
    "'acme-exports' is none of the buckets of this deployment (acme-raw); correct the name, or add the bucket "
    "to BUCKETS"
)
NONE = "no route takes 'acme-old', a bucket of this deployment; add a route for it, or remove it from BUCKETS"


@pytest.fixture
def acme(tmp_path: Path) -> dict[str, str]:
    """Settings with a routes file for two buckets."""
    (tmp_path / "acme.yaml").write_text(BUCKETS)
    return GOOD | {"ROUTES": str(tmp_path / "acme.yaml")}


@pytest.mark.parametrize("names", ["", "acme-raw,acme-exports", " acme-exports , acme-raw\n"])
def test_buckets(acme: dict[str, str], names: str) -> None:
    """The routes are for exactly the buckets whose notifications arrive; without the setting, for any."""
    assert len(config.settings(acme | {"BUCKETS": names}).routes.routes) == 3


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            "acme-raw",
            [
                f"line 4: routes[0].bucket: {OTHER}",
                f"line 6: routes[2].bucket: {OTHER}",
            ],
            id="a route of another bucket",
        ),
        pytest.param(
            "acme-raw,acme-exports,acme-old",
            [f"line 4: routes: {NONE}"],
            id="a bucket without a route",
        ),
    ],
)
def test_stray(acme: dict[str, str], names: str, expected: list[str]) -> None:
    """A routes file that does not fit the deployment's buckets is an error with the line, the bucket and the fix."""
    with pytest.raises(ConfigurationError) as caught:
        config.settings(acme | {"BUCKETS": names})

    assert str(caught.value).startswith("acme.yaml: ")
    assert list(caught.value.faults) == expected


def test_everything_wrong(acme: dict[str, str]) -> None:
    """The errors of the settings and those of the routes file are reported together."""
    Path(acme["ROUTES"]).write_text(BUCKETS.replace("c/**", "{tabel:upper}"))

    found = faults(acme | {"BUCKETS": "acme-exports", "RATE_SHARE": "0"})

    assert [fault.partition(" is")[0].partition(":")[0] for fault in found] == ["RATE_SHARE", "acme.yaml", "acme.yaml"]
    assert "line 5: routes[1].bucket: 'acme-raw' is none of" in found[1]
    assert "line 6: routes[2].key" in found[2]


@pytest.mark.parametrize("names", ["s3://acme-exports", "acme-exports,", "a", "acme exports", "arn:aws:s3:::acme"])
def test_no_bucket(acme: dict[str, str], names: str) -> None:
    """What is no name of a bucket is an error, which does not show it, since it may be the key."""
    assert faults(acme | {"BUCKETS": names}) == (
        "BUCKETS has something in it that is no bucket name; give names, separated by commas",
    )


def test_key_in_buckets(acme: dict[str, str]) -> None:
    """A key among the buckets is not shown."""
    key = "s3cr3t-key-of-acme-2024"

    assert faults(acme | {"ATLAN_API_KEY": key, "BUCKETS": f"acme-raw,{key}"}) == (
        "BUCKETS holds an API key; put it into ATLAN_API_KEY",
    )
    assert faults(acme | {"BUCKETS": f"acme-raw,{TOKEN}"}) == ("BUCKETS holds an API key; put it into ATLAN_API_KEY",)


OTHERS = ("ATLAN_API_KEY_SECRET", "DEPLOYMENT", "LEASE_TABLE", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "ROUTES")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"ATLAN_API_KEY": ""}, id="instead of the key"),
        pytest.param({"ATLAN_API_KEY": "prod"}, id="swapped"),
        pytest.param({"ATLAN_API_KEY": TOKEN}, id="twice"),
    ],
)
def test_misplaced(name: str, given: dict[str, str]) -> None:
    """A key in another setting's place is said to be there, before a service gets it as a name and repeats it."""
    found = faults(GOOD | given | {name: TOKEN})

    assert f"{name} holds an API key; put it into ATLAN_API_KEY" in found
    assert TOKEN not in str(found)


def test_common_word() -> None:
    """The short key of a local catalog may be the deployment's name as well; a long one is in the wrong place."""
    assert config.settings(GOOD | {"ATLAN_API_KEY": "local", "DEPLOYMENT": "local"}).deployment == "local"
    long = "some-key-that-is-no-token"
    assert faults(GOOD | {"ATLAN_API_KEY": long, "DEPLOYMENT": long}) == (
        "DEPLOYMENT holds an API key; put it into ATLAN_API_KEY",
    )


@pytest.mark.parametrize("name", [*OTHERS, "ATLAN_BASE_URL", "RATE_LIMIT", "RATE_SHARE"])
def test_never_shown(name: str) -> None:
    """No value is shown, of whatever setting: it may be a key that looks like nothing in particular."""
    text = f"{SECRET}/UPPER"
    given = GOOD | {"ATLAN_API_KEY": "prod", "DEPLOYMENT": "", name: text}

    assert text not in str(faults(given))


@pytest.mark.parametrize(
    ("key", "says"),
    [
        pytest.param("abc\ndef", "has a line break in it", id="line break"),
        pytest.param("abc\r\ndef", "has a line break in it", id="line break of Windows"),
        pytest.param("Bearer abc", "has a blank in it", id="blank"),
        pytest.param("abc\tdef", "has a blank in it", id="tab"),
        pytest.param("abc\u00a0def", "has a blank in it", id="no-break space"),
        pytest.param('"abc"', "has quotes around it", id="quotes"),
        pytest.param("'abc", "has quotes around it", id="one quote"),
        pytest.param("\u201cabc\u201d", "has quotes around it", id="curly quotes"),
        pytest.param("\ufeffabc", "has a byte order mark (BOM)", id="BOM"),
        pytest.param("abc\x7f", "has a control character in it", id="control character"),
        pytest.param("abc\0", "has a control character in it", id="NUL"),
        pytest.param("abc\u200b", "has a character that is not ASCII", id="zero-width space"),
        pytest.param("clé", "has a character that is not ASCII", id="not ASCII"),
        pytest.param('{"ATLAN_API_KEY":"abc"}', "is JSON", id="JSON"),
        pytest.param('["abc"]', "is JSON", id="a list"),
    ],
)
def test_key(key: str, says: str) -> None:
    """A key is checked when it is read: what is wrong is said, and no part of it is shown."""
    (fault,) = faults(GOOD | {"ATLAN_API_KEY": key})

    assert fault.startswith(f"ATLAN_API_KEY {says}")
    assert "abc" not in fault


def test_named_secret() -> None:
    """The name of a secret replaces the key."""
    environ = {**GOOD, "ATLAN_API_KEY": "", "ATLAN_API_KEY_SECRET": "atlan/key"}

    assert config.settings(environ).atlan_api_key_secret == "atlan/key"


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        pytest.param({}, 200, id="half of what Atlan documents"),
        pytest.param({"RATE_LIMIT": "1000"}, 500, id="a tenant that allows more"),
        pytest.param({"RATE_SHARE": " 10 "}, 40, id="a small share"),
        pytest.param({"RATE_LIMIT": "60", "RATE_SHARE": "10"}, 6, id="the least"),
    ],
)
def test_rate(given: dict[str, str], rate: float) -> None:
    """Requests are sent at a share of the tenant's limit, half of it unless set."""
    assert config.settings(GOOD | given).rate == rate


@pytest.mark.parametrize("name", ["RATE_LIMIT", "RATE_SHARE"])
@pytest.mark.parametrize("value", ["0", "9", "-50", "50%", "0.5", "1e3", "half", "10000000", "٣٠٠"])
def test_wrong_rate(name: str, value: str) -> None:
    """A limit or a share that is not a whole number within its bounds is rejected, and the message has the bounds."""
    (fault,) = faults(GOOD | {name: value})

    assert fault.startswith(f"{name} is not a number that it can be; give the ")
    assert ", from " in fault


@pytest.mark.parametrize(
    ("given", "at_once"), [({}, 8), ({"REQUESTS_AT_ONCE": "1"}, 1), ({"REQUESTS_AT_ONCE": "32"}, 32)]
)
def test_at_once(given: dict[str, str], at_once: int) -> None:
    """Eight writes are in flight together, unless another number is set."""
    assert config.settings(GOOD | given).at_once == at_once


@pytest.mark.parametrize("value", ["0", "33", "-1", "8.0", "eight", "٨"])
def test_wrong_at_once(value: str) -> None:
    """A number of writes that is not from 1 to 32 is rejected, and the message has the bounds."""
    (fault,) = faults(GOOD | {"REQUESTS_AT_ONCE": value})

    assert fault == (
        "REQUESTS_AT_ONCE is not a number that it can be; give the number of writes to Atlan that may be in flight "
        "together, from 1 to 32"
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"A=1\n", "A=1\n", id="plain"),
        pytest.param(b"\xef\xbb\xbfA=1\r\n", "A=1\r\n", id="with a BOM"),
        pytest.param(None, "", id="none"),
    ],
)
def test_dotenv(tmp_path: Path, data: bytes | None, text: str) -> None:
    """A `.env` file is UTF-8, with a mark before it or without, and need not be there."""
    path = tmp_path / ".env"
    if data is not None:
        path.write_bytes(data)

    assert config.dotenv(path) == text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param("A=1".encode("utf-16"), "not UTF-8 at byte 0; save the file as UTF-8", id="UTF-16"),
        pytest.param("A=1".encode("utf-16-le"), "line 1: a NUL character; save the file as UTF-8", id="no BOM"),
        pytest.param("A=é".encode("latin-1"), "not UTF-8 at byte 2; save the file as UTF-8", id="Latin-1"),
        pytest.param(b"A=1\nB=\0", "line 2: a NUL character; save the file as UTF-8", id="NUL"),
        pytest.param(None, "it cannot be read (Is a directory); make it a file", id="folder"),
    ],
)
def test_no_dotenv(tmp_path: Path, data: bytes | None, says: str) -> None:
    """Anything else is an error that names the file."""
    path = tmp_path / ".env"
    if data is None:
        path.mkdir()
    else:
        path.write_bytes(data)

    with pytest.raises(ConfigurationError) as failure:
        config.dotenv(path)

    assert str(failure.value) == f".env: 1 error\n  - {says}"
