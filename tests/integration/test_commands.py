"""The commands of `python -m connector`, in this process, against the local catalog: output, and exit status."""

import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Connection
from pyatlan.model.enums import AtlanDeleteType
from werkzeug.wrappers import Request, Response

from connector import log
from connector.__main__ import main
from connector.commands import runner
from local.catalog.faults import Fault, Kind
from local.catalog.people import records
from local.catalog.server import Server
from tests.integration.scripted import Scripted
from tests.support import crawler, shop

SEARCH = "/search/indexsearch"
ORDERS = shop.ORDERS[0]


@dataclass
class Terminal:
    """A shell in which the catalog's address and key are set, and no other setting."""

    server: Server
    client: AtlanClient
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def run(self, *arguments: str) -> int:
        status = main(arguments)
        self.out, self.err = self.capture.readouterr()
        return status

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def connections(self, *names: str) -> None:
        crawler.connection(self.client, *names)

    def archive(self, name: str) -> None:
        guid = self.client.asset.get_by_qualified_name(name, Connection).guid
        self.client.asset.purge_by_guid([guid], delete_type=AtlanDeleteType.SOFT)

    def fails(self, **fault: Any) -> None:
        self.server.faults.add(Fault(**fault))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    with Server() as server:
        settings = {"ATLAN_BASE_URL": server.url, "ATLAN_API_KEY": server.key, "RATE_LIMIT": "1000000"}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        for name in ("DEPLOYMENT", "ROUTES", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.chdir(tmp_path)
        log._hidden.clear()  # keys of other tests
        yield Terminal(server, crawler.connect(server), capsys)


def test_found(shell: Terminal) -> None:
    """The only S3 connection is printed as the routes file names it, and nothing else."""
    shell.connections(shop.CONNECTION, shop.POSTGRES, "default/s3/9")
    shell.archive("default/s3/9")

    assert shell.run("connection") == 0
    assert (shell.out, shell.err) == (f"connection: {shop.CONNECTION}\n", "")


def test_none(shell: Terminal) -> None:
    """Without an S3 connection, nothing is created, and the message is the command that creates one."""
    assert shell.run("connection") == 1
    assert shell.out == ""
    assert "to create one, run: python -m connector connection --name NAME" in shell.err
    assert not [entry for entry in shell.server.faults.log if entry.method == "POST" and "bulk" in entry.path]


def test_several(shell: Terminal) -> None:
    """Of several S3 connections, one has to be chosen by name; the message lists them."""
    shell.connections(shop.CONNECTION, "default/s3/4")

    assert shell.run("connection") == 1
    assert "Atlan has 2 S3 connections; choose one with --name" in shell.err
    assert "default/s3/1" in shell.err
    assert "default/s3/4" in shell.err
    assert shell.run("connection", "--name", "default/s3/4") == 0
    assert shell.out == "connection: default/s3/4\n"


def test_created_once(shell: Terminal) -> None:
    """With a name, the connection is created once; the API key's user is its admin."""
    assert shell.run("connection", "--name", "exports") == 0
    first, said = shell.out, shell.err
    assert shell.run("connection", "--name", "exports") == 0

    assert shell.out == first
    assert shell.err == ""
    assert "Created the S3 connection exports" in said
    made = shell.client.asset.get_by_qualified_name(first.removeprefix("connection: ").strip(), Connection)
    assert (made.name, made.connector_name, made.admin_users) == ("exports", "s3", {records.ACTOR})


def test_two_in_a_second(shell: Terminal) -> None:
    """Two connections that are created in the same second do not share a qualified name."""
    for name in ("one", "two"):
        assert shell.run("connection", "--name", name) == 0

    assert shell.run("connection", "--list", "--json") == 0
    assert {one["name"] for one in shell.document["connections"]} == {"one", "two"}


def test_admin(shell: Terminal) -> None:
    """People can be admins of a new connection, too; one whom Atlan does not know is an error before it is created."""
    assert shell.run("connection", "--name", "exports", "--admin", "nobody") == 1
    assert "Atlan has no user nobody" in shell.err
    assert shell.run("connection", "--name", "exports", "--admin", "local", "--json") == 0

    made = shell.client.asset.get_by_qualified_name(shell.document["connection"], Connection)
    assert shell.document["created"] is True
    assert made.admin_users == {records.ACTOR, "local"}


def test_json(shell: Terminal) -> None:
    """With --json, the result is one document, and an error is one, too."""
    shell.connections(shop.CONNECTION)

    with redirect_stdout(StringIO()) as other:
        assert main(["connection", "--json"]) == 0
    assert json.loads(other.getvalue()) == {"connection": shop.CONNECTION, "name": shop.CONNECTION, "created": False}
    assert shell.run("connection", "--name", "DEFAULT/s3/1", "--json") == 1
    assert shell.document["error"]["reason"] == "ambiguous_connection"


def test_list(shell: Terminal) -> None:
    """The list has every name that a route can need, as a tree, with the number of tables."""
    shell.connections(shop.CONNECTION, shop.POSTGRES, shop.SNOWFLAKE, "default/tableau/4")
    crawler.tables(shell.client, {name: ["id"] for name in (*shop.ORDERS, *shop.ITEMS)})

    assert shell.run("connection", "--list") == 0
    assert [line.split() for line in shell.out.splitlines()] == [
        ["S3", "connections,", "for", "`connection`"],
        [shop.CONNECTION, shop.CONNECTION],
        ["Connections", "with", "tables,", "for", "`source`", "and", "`target`"],
        [shop.POSTGRES, shop.POSTGRES],
        ["shop", f"{shop.POSTGRES}/shop"],
        ["public", f"{shop.POSTGRES}/shop/public", "2", "tables"],
        [shop.SNOWFLAKE, shop.SNOWFLAKE],
        ["DB", f"{shop.SNOWFLAKE}/DB"],
        ["PUBLIC", f"{shop.SNOWFLAKE}/DB/PUBLIC", "2", "tables"],
    ]


def test_narrowed(shell: Terminal) -> None:
    """A list is narrowed by kind and by a text, and long ones are cut, with what is left out."""
    shell.connections(shop.CONNECTION, shop.POSTGRES, shop.SNOWFLAKE)
    names = [f"{shop.POSTGRES}/{database}/{schema}/t" for database in ("a", "b") for schema in ("x", "y", "z")]
    crawler.tables(shell.client, {name: ["id"] for name in names})

    assert shell.run("connection", "--list", "--connector", "postgres", "--limit", "1") == 0
    assert shop.CONNECTION not in shell.out
    assert "… 2 more schemas" in shell.out
    assert "… 1 more database " in shell.out
    assert shell.run("connection", "--list", "--filter", "b/Z", "--json") == 0
    (connection,) = shell.document["connections"]
    assert connection["databases"] == [
        {
            "qualified_name": f"{shop.POSTGRES}/b",
            "name": "b",
            "schemas": [{"qualified_name": f"{shop.POSTGRES}/b/z", "name": "z", "tables": 1}],
            "more_schemas": 0,
        }
    ]


def test_many(shell: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a tenant with too many assets, as many are read as a search can give, and the others are counted."""
    asked = []

    def answer(request: Request) -> Response:
        dsl = request.get_json()["dsl"]
        if "tables" in dsl["aggregations"]:
            counts = {"buckets": [], "doc_count_error_upper_bound": 0, "sum_other_doc_count": 0}
            return Response(json.dumps({"approximateCount": 1_000_000, "aggregations": {"tables": counts}}))
        asked.append((dsl["from"], dsl["size"]))
        kind = next(kind for kind in ("Connection", "Database", "Schema") if f'"{kind}"' in json.dumps(dsl["query"]))
        name = f"default/postgres/1/shop/s{len(asked)}"
        entity = {"guid": f"g{len(asked)}", "typeName": kind, "status": "ACTIVE", "attributes": {"qualifiedName": name}}
        return Response(json.dumps({"approximateCount": 1_000_000, "entities": [entity]}))

    with Scripted(answer) as script:
        monkeypatch.setenv("ATLAN_BASE_URL", script.url)
        status = shell.run("connection", "--list", "--json")

    assert status == 0
    assert asked == [(start, 500) for start in range(0, 10_000, 500)] * 3
    assert shell.document["not_read"] == 3 * (90_000 - 20)
    assert f"{3 * (90_000 - 20)} more assets were not read; narrow the list with --connector." in shell.err


def test_empty_list(shell: Terminal) -> None:
    """A list with nothing in it says so, and what may be the reason."""
    assert shell.run("connection", "--list", "--filter", "x") == 0
    assert (shell.out, shell.err) == ("", "Atlan has nothing like this that the API key may read.\n")


STATUSES = [
    pytest.param({"status": 401}, "connection", 1, "unauthorized", "replace ATLAN_API_KEY", id="401"),
    pytest.param({"status": 403, "path": SEARCH}, "connection", 1, "forbidden", "a persona that may read", id="403"),
    pytest.param({"status": 403, "path": SEARCH}, "connection --list", 1, "forbidden", "a persona", id="403 of a list"),
    pytest.param({"status": 500}, "connection --list", 75, "unavailable", "server error 500", id="500"),
    pytest.param({"kind": Kind.RESET}, "connection", 75, "unavailable", "no response from Atlan", id="reset"),
    pytest.param(
        {"status": 403, "path": "/entity/bulk"},
        "connection --name new",
        1,
        "forbidden",
        "creating the S3 connection new: Atlan denies access (ATLAS-403-00-001: service-account-apikey-*** is",
        id="403 of a creation",
    ),
    pytest.param(
        {"kind": Kind.LOST, "path": "/entity/bulk"},
        "connection --name new",
        75,
        "unavailable",
        "it may have been created: run the command again in a minute",
        id="lost creation",
    ),
    pytest.param(
        {"status": 403, "path": "/users/current"},
        "connection --name new",
        1,
        "forbidden",
        "the API key's user: Atlan denies access",
        id="403 of the user",
    ),
]


@pytest.mark.parametrize(("fault", "command", "status", "reason", "says"), STATUSES)
def test_status(shell: Terminal, fault: dict[str, Any], command: str, status: int, reason: str, says: str) -> None:
    """What Atlan does not do is one error, with an exit status that tells whether to try again, and a log line."""
    shell.fails(**({"kind": Kind.STATUS} | fault))

    assert shell.run(*command.split(), "--log-file", "connector.log", "--json") == status
    (line,) = map(json.loads, Path("connector.log").read_text().splitlines())
    assert says in shell.err
    assert shell.err.startswith("error: ")
    assert shell.document["error"]["reason"] == line["reason"] == reason
    assert (line["message"], line["command"], line["level"]) == ("command.failed", "connection", "ERROR")
    assert shell.document["error"]["message"] == line["error"]


def test_lost_creation_is_found(shell: Terminal) -> None:
    """After a creation whose answer was lost, running the command again finds what it made."""
    shell.fails(kind=Kind.LOST, path="/entity/bulk")
    shell.run("connection", "--name", "new")

    assert shell.run("connection", "--name", "new", "--json") == 0
    assert shell.document["created"] is False


def test_down(shell: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing listens, the message names the setting to check, and a script may try again."""
    monkeypatch.setenv("ATLAN_BASE_URL", "http://127.0.0.1:1")

    assert shell.run("connection") == 75
    assert "no connection to Atlan" in shell.err
    assert "check ATLAN_BASE_URL" in shell.err


@pytest.mark.parametrize("body", ["<html>", "{}", '{"approximateCount": 1, "entities": [{"guid": "-1"}]}'])
def test_not_atlan(shell: Terminal, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A login page in Atlan's place is not a list without connections."""
    with Scripted() as script:
        script.answers = {"POST": (200, body)}
        monkeypatch.setenv("ATLAN_BASE_URL", script.url)

        assert shell.run("connection") == 75

    assert "not the response of Atlan" in shell.err


def test_settings(shell: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong settings are listed, all of those that the command reads and no others, without a stack trace."""
    monkeypatch.setenv("ATLAN_BASE_URL", "acme.atlan.com")
    monkeypatch.delenv("ATLAN_API_KEY")

    assert shell.run("connection", "--json") == 2
    first, *faults = shell.err.splitlines()
    assert first == "error: the environment: 2 errors"
    assert [fault.split()[1] for fault in faults] == ["ATLAN_API_KEY", "ATLAN_BASE_URL"]
    assert shell.document["error"]["reason"] == "configuration"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        pytest.param("AWS_PROFILE", "acme", "The config profile (acme) could not be found", id="no such profile"),
        pytest.param("AWS_CONFIG_FILE", "none", "You must specify a region", id="no region"),
        pytest.param("AWS_ENDPOINT_URL", "acme", "Invalid endpoint: acme", id="no address"),
    ],
)
def test_aws_settings(shell: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    """Where the key is in a secret, wrong settings of AWS are errors like others."""
    for other in [other for other in os.environ if other.startswith("AWS_")]:
        monkeypatch.delenv(other)
    monkeypatch.setenv("ATLAN_API_KEY_SECRET", "atlan")
    monkeypatch.setenv(name, value)
    if name == "AWS_ENDPOINT_URL":
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    assert shell.run("connection") == 2
    assert "error: the AWS settings: 1 error" in shell.err
    assert says in shell.err


def test_dotenv(shell: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are read from `.env` in the working directory, too."""
    shell.connections(shop.CONNECTION)
    (tmp_path / ".env").write_text(f"ATLAN_API_KEY={shell.server.key}\n")
    monkeypatch.delenv("ATLAN_API_KEY")

    assert shell.run("connection") == 0


@pytest.mark.parametrize("place", [".", "none/connector.log", "a\0b"])
def test_log_file(shell: Terminal, place: str) -> None:
    """A log file that cannot be written is an error of the option."""
    assert shell.run("connection", "--log-file", place) == 2
    assert "--log-file: 1 error" in shell.err
    assert "it cannot be written" in shell.err


def test_interrupted(shell: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the command with one line, and the status that shells give it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def answer(_: Request) -> Response:
        signal.raise_signal(signal.SIGINT)
        return Response(status=500)

    with Scripted(answer) as script:
        monkeypatch.setenv("ATLAN_BASE_URL", script.url)
        status = shell.run("connection", "--name", "new")
    signal.signal(signal.SIGINT, before)

    assert (status, shell.out, shell.err) == (130, "", "interrupted\n")


def test_unexpected(shell: Terminal, tmp_path: Path) -> None:
    """An unexpected error has no stack trace on the terminal; it is in the log file."""
    options = Namespace(command="none", json=False, log_file=None)

    assert runner.run(options) == 1
    said = shell.capture.readouterr().err
    assert said.startswith("error: unexpected error: ModuleNotFoundError: No module named 'connector.commands.none'")
    assert said.endswith("For the stack trace, run the command again with --log-file FILE.\n")
    assert "Traceback" not in said
    options.log_file = tmp_path / "connector.log"
    runner.run(options)
    assert "--log-file" not in shell.capture.readouterr().err
    assert "Traceback" in json.loads(options.log_file.read_text())["exception"]


def test_no_rich(shell: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rich, the message is the command that installs it."""
    monkeypatch.setitem(sys.modules, "rich", None)

    assert shell.run("connection") == 2
    assert shell.err == "error: the commands need the package rich; run: pip install 'atlan-s3-connector[cli]'\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param([], "the following arguments are required: COMMAND", id="no command"),
        pytest.param(["connection", "--list", "--name", "x"], "not allowed with argument --list", id="list and name"),
        pytest.param(["connection", "--filter", "x"], "narrow a list; add --list", id="filter without list"),
        pytest.param(["connection", "--limit", "1"], "narrow a list; add --list", id="limit without list"),
        pytest.param(["connection", "--admin", "x"], "add --name", id="admin without name"),
        pytest.param(["connection", "--list", "--limit", "0"], "'0' is not a number from 1", id="no limit"),
        pytest.param(["connection", "--name", " "], "' ' is not a name", id="blank name"),
        pytest.param(["connection", "--name", "a\x1bb"], "is not a name", id="control character"),
    ],
)
def test_usage(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is one message of argparse, and status 2."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_control_characters(shell: Terminal) -> None:
    """A name with an escape sequence or markup in it is printed as it is written, and not obeyed."""
    made = Connection.updater(qualified_name="default/s3/1\x1b[31m", name="[red]x\x1b]0;y")
    made.connector_name, made.admin_users = "s3", {"local"}
    shell.client.asset.save(made)

    assert shell.run("connection", "--list") == 0
    assert "[red]x\\x1b]0;y" in shell.out
    assert "\x1b" not in shell.out


def test_colour(shell: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is colour only where a terminal is, or where FORCE_COLOR says so, and NO_COLOR wins."""
    shell.connections(shop.CONNECTION)

    def coloured() -> bool:
        shell.run("connection", "--list")
        return "\x1b[36m" in shell.out

    plain = coloured()
    monkeypatch.setenv("FORCE_COLOR", "1")
    forced = coloured()
    monkeypatch.setenv("NO_COLOR", "1")

    assert (plain, forced, coloured()) == (False, True, False)
