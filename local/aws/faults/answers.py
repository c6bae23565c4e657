"""
Answers in place of AWS's: errors in the form of each service, and the pages of a proxy.

Sources: S3 API reference, "REST error responses"; the AWS JSON protocol (`__type` and `message`), as DynamoDB, SQS and
Secrets Manager speak it; nginx's pages.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from xml.sax.saxutils import escape

REQUEST_ID: Final = {"x-amz-request-id": "FAULT", "x-amzn-requestid": "FAULT"}
"""The headers by which an answer is AWS's own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body, all sent as they are; to a HEAD, without the body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def error(service: str, status: int, code: str) -> Answer:
    """Make an error answer of a service ("s3", "sqs", "dynamodb", "secretsmanager"), with its request id."""
    if service == "s3":
        return xml(
            f"<Error><Code>{escape(code)}</Code><Message>injected</Message><RequestId>FAULT</RequestId></Error>", status
        )
    body = json.dumps({"__type": f"com.amazonaws.{service}#{code}", "message": "injected"}).encode()
    return Answer(status, body, {"Content-Type": "application/x-amz-json-1.0", **REQUEST_ID})


def xml(text: str, status: int = HTTPStatus.OK) -> Answer:
    """Make an answer of S3 that is this XML."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Answer(status, body, {"Content-Type": "application/xml", **REQUEST_ID})


def page(status: int, **headers: str) -> Answer:
    """Make the page of a proxy, a firewall or a login, which has no request id of AWS's."""
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()
    return Answer(status, body, {"Content-Type": "text/html", "Server": "nginx", **headers})
