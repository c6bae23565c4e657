"""
Finds the running `serve`: its catalog, its AWS services and its settings.

Used by the commands for a second terminal: `invoke`, `put`, `rm`, `table`, `show`.
"""

import os
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from dotenv import dotenv_values
from pyatlan.client.atlan import AtlanClient

from local.aws.client import connect
from local.aws.pump import drain
from local.commands import stack
from local.commands.sample import pipeline

CATALOG = "http://127.0.0.1:8585"
AWS = "http://127.0.0.1:5555"
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Place:
    """
    A catalog and AWS services on this machine; *environment* has the settings of a handler that uses them.

    They listen on the address *host*.
    """

    environment: dict[str, str]
    host: str = "127.0.0.1"

    @property
    def atlan(self) -> AtlanClient:
        """A client of the catalog."""
        return pipeline.connect(self.environment["ATLAN_BASE_URL"], stack.KEY)

    def aws(self, service: str) -> Any:
        """A client of an AWS service."""
        return connect(service, self.environment["AWS_ENDPOINT_URL"])

    def wait(self) -> None:
        """
        Wait until `serve` has handled all notifications.

        Raises:
            SystemExit: it has not within 30 seconds, or will retry some.
        """
        sqs = self.aws("sqs")
        for url in sqs.list_queues().get("QueueUrls", ()):
            if not url.endswith("-dead"):
                try:
                    drain(sqs, url)
                except TimeoutError as error:
                    raise SystemExit(f"serve does not finish its queue: {error}; its own output says why") from error


def find() -> Place | None:
    """
    Find the `serve` that the environment or .env names, or else the one on the default ports.

    The address of a tenant is not asked: a `.env` file may name one.
    """
    catalog, aws = _address("ATLAN_BASE_URL", CATALOG), _address("AWS_ENDPOINT_URL", AWS)
    if _serves(f"{catalog}/api/service/roles") and _serves(f"{aws}/moto-api/config"):
        settings, host = stack.published(aws)
        return Place(stack.variables(catalog, aws) | settings, host)
    return None


def running() -> Place:
    """
    Return the running `serve`.

    Raises:
        SystemExit: there is none; says how to start it.
    """
    place = find()
    if place is None:
        catalog, aws = _address("ATLAN_BASE_URL", CATALOG), _address("AWS_ENDPOINT_URL", AWS)
        raise SystemExit(
            f"no running serve found at {catalog} and {aws}; start it in another terminal: make serve. If it runs on "
            "other ports, export the settings that it printed"
        )
    return place


def _address(name: str, usual: str) -> str:
    known = {**dotenv_values(".env"), **os.environ}
    given = (known.get(name) or usual).rstrip("/")
    return given if urlsplit(given).hostname in _LOCAL else usual


def _serves(url: str) -> bool:
    request = Request(url, headers={"authorization": f"Bearer {stack.KEY}"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=2) as answer:
            return bool(HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES)
    except (OSError, HTTPException):
        return False
