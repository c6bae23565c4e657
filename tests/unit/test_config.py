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
    """Return what is wrong with an environment."""
    with pytest.raises(ConfigurationError) as caught:
        config.settings(environ)
    assert str(caught.value).startswith("the environment: ")
    return caught.value.faults


def test_settings(tmp_path: Path) -> None:
    """Settings are what the environment says, without the blanks around it."""
    routes = tmp_path / "mine.yaml"
    routes.write_text(FILE)

    found = config.settings({name: f" {value}\n" for name, value in GOOD.items()} | {"ROUTES": f" {routes} "})

    assert found == config.Settings("https://acme.atlan.com", SECRET, "", "prod-1", routes, "", "", "", 200.0)


@pytest.mark.parametrize("given", [{}, {"ROUTES": ""}, {"ROUTES": "  "}])
def test_packaged(given: dict[str, str]) -> None:
    """Without a routes file, the packaged one is taken."""
    assert config.settings(GOOD | given).routes == config.ROUTES


@pytest.mark.parametrize("given", [{}, dict.fromkeys(GOOD, ""), dict.fromkeys(GOOD, " \t")])
def test_missing(given: dict[str, str]) -> None:
    """All settings that are missing are named at once, each with what to give; an empty one is missing."""
    url, key, deployment = faults(given)

    assert url.startswith("ATLAN_BASE_URL is not set; give the tenant's address, as in https://acme.atlan.com")
    assert key.startswith("ATLAN_API_KEY is not set; give an API key of the tenant")
    assert deployment.startswith("DEPLOYMENT is not set; give a short name for this deployment, of lower-case letters")


def test_all_wrong(tmp_path: Path) -> None:
    """Missing and wrong settings are reported together."""
    found = faults({"ATLAN_BASE_URL": "catalog", "DEPLOYMENT": "Prod", "ROUTES": str(tmp_path / "none.yaml")})

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
        "http://[::1]:8585",
    ],
)
def test_address(url: str) -> None:
    """A tenant's address is one that pyatlan accepts: a host name with a dot, or an address."""
    assert config.settings(GOOD | {"ATLAN_BASE_URL": url}).atlan_base_url == url


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://localhost:8585", id="bare host name"),
        pytest.param("http://catalog:8080", id="bare host name of a container"),
        pytest.param("catalog:8080", id="no scheme, with a port"),
        pytest.param("acme.atlan.com", id="no scheme"),
        pytest.param("//acme.atlan.com", id="no scheme, with slashes"),
        pytest.param("ftp://acme.atlan.com", id="another scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https:///x", id="no host, with a path"),
        pytest.param("https://acme.atlan.com/x", id="a path"),
        pytest.param("https://acme.atlan.com/api/meta", id="a longer path"),
        pytest.param("acme", id="a word"),
        pytest.param("http://[acme.atlan.com", id="half a bracket"),
        pytest.param("https://acme.atlan.com:abc", id="port of letters"),
        pytest.param("https://acme.atlan.com?x=1", id="a query"),
        pytest.param("https://acme .atlan.com", id="a space"),
    ],
)
def test_no_address(url: str) -> None:
    """Anything else is refused, shown, and answered with how it should look."""
    (fault,) = faults(GOOD | {"ATLAN_BASE_URL": url})

    assert fault.startswith(f"ATLAN_BASE_URL is {url!r}; give the tenant's address, as in https://acme.atlan.com")
    assert "http://127.0.0.1:PORT" in fault


@pytest.mark.parametrize("name", ["Prod", "prod_1", "a/b", "prod 1", "pröd"])
def test_deployment(name: str) -> None:
    """A deployment's name is part of qualified names, so it has lower-case letters, digits and hyphens only."""
    (fault,) = faults(GOOD | {"DEPLOYMENT": name})

    assert fault.startswith(f"DEPLOYMENT is {name!r}; give a short name")


@pytest.mark.parametrize("place", ["none.yaml", "."])
def test_no_file(tmp_path: Path, place: str) -> None:
    """A routes file that is not there, or is a folder, is named."""
    path = tmp_path / place

    (fault,) = faults(GOOD | {"ROUTES": str(path)})

    assert fault == (
        f"ROUTES is {str(path)!r}, but there is no such file; give the path of a routes file, or unset ROUTES"
    )


@pytest.mark.parametrize("wrong", [{}, {"ATLAN_BASE_URL": "x"}, {"DEPLOYMENT": "X"}, {"ROUTES": "x"}])
def test_secret(wrong: dict[str, str]) -> None:
    """The API key is never shown, neither by the settings nor by what is wrong with them."""
    assert SECRET not in repr(config.settings(GOOD))
    assert SECRET not in str(config.settings(GOOD))

    given = GOOD | (wrong or {"DEPLOYMENT": ""})
    with pytest.raises(ConfigurationError) as caught:
        config.settings(given)

    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.faults}"


def test_routes(tmp_path: Path) -> None:
    """A routes file is UTF-8, with the mark that some editors put before it or without."""
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / "mine.yaml"
        path.write_text(FILE.replace("all", "größe"), encoding=encoding)

        assert [route.name for route in routesfile.load(path).routes] == ["größe"]


def test_not_utf8(tmp_path: Path) -> None:
    """A routes file in another encoding is refused, and the message says where."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"# gr\xf6\xdfe\n" + FILE.encode())

    with pytest.raises(ConfigurationError) as caught:
        routesfile.load(path)

    assert str(caught.value) == "mine.yaml: 1 error\n  - not UTF-8 at byte 4; save the file as UTF-8"


def test_faulty(tmp_path: Path) -> None:
    """The faults of a routes file are reported under its name."""
    path = tmp_path / "mine.yaml"
    path.write_text("connection: x\n")

    with pytest.raises(ConfigurationError, match=r"^mine\.yaml: 2 errors"):
        routesfile.load(path)


@pytest.mark.parametrize(
    ("key", "route", "table"),
    [
        pytest.param("exports/nycflights/airlines.csv", "whole", "airlines", id="a table in one file"),
        pytest.param("exports/nycflights/flights/2013-01-01.csv", "daily", "flights", id="a table in a file a day"),
    ],
)
def test_demo(key: str, route: str, table: str) -> None:
    """The packaged routes file is valid, and connects the demo's files with the demo's tables."""
    match = routesfile.load(config.ROUTES).match("nycflights-exports", key)

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
    """A queue without the other is a fault: what cannot be helped would have nowhere to go."""
    assert any("set both or neither" in fault for fault in faults(GOOD | {name: "https://sqs.example.com/1/q"}))


def test_named_secret() -> None:
    """The name of a secret is as good as the key."""
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
    """A limit or a share that is no sensible whole number is refused, and the message has the bounds."""
    (fault,) = faults(GOOD | {name: value})

    assert fault.startswith(f"{name} is {value!r}; give the ")
    assert ", from " in fault
