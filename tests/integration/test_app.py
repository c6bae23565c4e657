"""The connector as it is put together: the `.env` file, and the API key on its way."""

import logging
from io import StringIO
from pathlib import Path

import boto3
import pytest

from connector import app, log
from connector.errors import ConfigurationError, TemporarilyFailedError, UnavailableError
from connector.log import logger
from tests.integration.conftest import World
from tests.integration.scripted import Scripted

KEY = "exports/a.csv"
SECRET = "s3cr3t-of-acme-which-is-long"


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    log._hidden.clear()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("A=1".encode("utf-16"), id="UTF-16"),
        pytest.param(b"A=\xff", id="not UTF-8"),
        pytest.param(b"A=\0", id="NUL"),
        pytest.param(None, id="a folder"),
    ],
)
def test_dotenv(world: World, tmp_path: Path, data: bytes | None) -> None:
    """A `.env` that cannot be read is an error that names it."""
    if data is None:
        (tmp_path / ".env").mkdir()
    else:
        (tmp_path / ".env").write_bytes(data)

    with pytest.raises(ConfigurationError, match=r"^\.env: 1 error"):
        world.upload(KEY)


def test_dotenv_adds(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` adds to the environment, also with the mark that some editors put before it."""
    monkeypatch.setenv("DEPLOYMENT", "x")
    monkeypatch.delenv("DEPLOYMENT")
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfDEPLOYMENT=test\r\n")

    assert world.upload(KEY)["notifications"][0]["outcome"] == "applied"


def test_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes file of a command takes precedence over the one of the environment, which stays as it is."""
    monkeypatch.setenv("ROUTES", "theirs.yaml")

    assert app.environment(Path("mine.yaml"))["ROUTES"] == "mine.yaml"
    assert app.environment()["ROUTES"] == "theirs.yaml"


@pytest.mark.parametrize("break_", ["\n", "\r\n", " ", "\u00a0", "\0"])
def test_broken_key(world: World, monkeypatch: pytest.MonkeyPatch, break_: str) -> None:
    """A key with a line break in it, from a secret, reaches neither Atlan nor an error."""
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name=f"{world.bucket}/key", SecretString=f"{SECRET}{break_}{SECRET}")
    monkeypatch.setenv("ATLAN_API_KEY_SECRET", f"{world.bucket}/key")
    asked = len(world.server.faults.log)

    with pytest.raises(UnavailableError, match=f"the API key in the secret {world.bucket}/key has a ") as failure:
        world.upload(KEY)

    assert SECRET not in f"{failure.value} {failure.value.__cause__} {failure.value.__context__}"
    assert len(world.server.faults.log) == asked


def test_echoed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that repeats the request's header in its page does not get the key into the log, however it is made."""
    monkeypatch.setenv("ATLAN_API_KEY", SECRET)
    ours, others = StringIO(), StringIO()
    before = logger.registered_handler.setStream(ours)
    root = logging.StreamHandler(others)
    logging.getLogger().addHandler(root)
    try:
        with Scripted() as script:
            script.answers = dict.fromkeys(("GET", "POST"), (403, f"<html>Authorization: Bearer {SECRET}</html>"))
            monkeypatch.setenv("ATLAN_BASE_URL", script.url)
            app.application.cache_clear()
            with pytest.raises(TemporarilyFailedError, match="did not come from Atlan") as failure:
                world.upload(KEY)
        logger.error("sent", extra={"headers": f"Bearer {SECRET}"})
        logging.getLogger("httpcore").warning("sent %s", f"Bearer {SECRET}")
    finally:
        logging.getLogger().removeHandler(root)
        logger.registered_handler.setStream(before)

    assert "did not come from Atlan" in ours.getvalue()
    assert "Bearer ***" in ours.getvalue()
    assert "Bearer ***" in others.getvalue()
    assert SECRET not in f"{failure.value}{ours.getvalue()}{others.getvalue()}"


def test_foreign_401(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 401 of a proxy, or of a gateway that says nothing, makes the key be read again as one of Atlan's does."""
    secrets = boto3.client("secretsmanager")
    name = f"{world.bucket}/key"
    secrets.create_secret(Name=name, SecretString="old")
    monkeypatch.setenv("ATLAN_API_KEY_SECRET", name)
    with Scripted() as script:
        script.answers = dict.fromkeys(("GET", "POST"), (401, "<html>"))
        monkeypatch.setenv("ATLAN_BASE_URL", script.url)
        app.application.cache_clear()
        with pytest.raises(TemporarilyFailedError, match="either Atlan rejects the API key, or a proxy"):
            world.upload(KEY)
        asked = script.asked
        secrets.update_secret(SecretId=name, SecretString="new")
        with pytest.raises(TemporarilyFailedError, match="401"):
            world.notify(KEY)

    assert script.asked == asked + 2
