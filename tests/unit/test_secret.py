"""The secret that contains the API key: the text that is the key, and the error if there is none."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.parameters.base import BaseProvider

from connector.adapters.secret import Secret
from connector.errors import UnavailableError

NAME = "atlan-api-key"
KEY = "s3cr3t-of-acme-which-is-long"


class Stored(BaseProvider):
    """A provider of one value."""

    def __init__(self, value: str | bytes) -> None:
        super().__init__(client=None, resource=None)
        self.value = value

    def _get(self, name: str, **options: Any) -> str | bytes:
        assert name == NAME
        return self.value

    def _get_multiple(self, path: str, **options: Any) -> dict[str, str]:
        raise NotImplementedError


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(KEY, id="text"),
        pytest.param(f"{KEY}\n", id="with a line break at the end"),
        pytest.param(KEY.encode(), id="binary"),
        pytest.param(f'{{"ATLAN_API_KEY": "{KEY}", "owner": "data team"}}', id="the field of an object"),
        pytest.param(f'{{"key": "{KEY}"}}', id="the only field of an object"),
    ],
)
def test_read(value: str | bytes) -> None:
    """A secret is the key, or has it in a field."""
    assert Secret(NAME, Stored(value)).read() == KEY


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("", "the API key in the secret atlan-api-key is empty", id="empty"),
        pytest.param(f"a\n{KEY}", "the API key in the secret atlan-api-key has a line break", id="two lines"),
        pytest.param(f"Bearer {KEY}", "has a blank in it", id="a blank"),
        pytest.param(f'"{KEY}"', "has quotes around it", id="quotes"),
        pytest.param(f"\ufeff{KEY}", "has a byte order mark", id="BOM"),
        pytest.param(f'\ufeff{{"ATLAN_API_KEY": "{KEY}"}}', "has a byte order mark", id="JSON after a BOM"),
        pytest.param(f'{{"ATLAN_API_KEY": "{KEY}é"}}', "is not ASCII", id="not ASCII, in a field"),
        pytest.param(f'["{KEY}"]', "is JSON and not a key", id="a list"),
        pytest.param(f'{{"a": "{KEY}", "b": ""}}', "atlan-api-key is a JSON object of 2 fields", id="two fields"),
        pytest.param(f'{{"ATLAN_API_KEY": "{KEY}"', "begins with a brace", id="half an object"),
        pytest.param(KEY.encode("utf-16"), "the secret atlan-api-key is not text in UTF-8", id="UTF-16"),
    ],
)
def test_no_key(value: str | bytes, says: str) -> None:
    """Anything else is an error that names the secret, and shows nothing of it; a renewal is checked as the first."""
    stored = Stored(KEY)
    secret = Secret(NAME, stored)
    secret.read()
    stored.value = value

    with pytest.raises(UnavailableError, match=says) as failure:
        secret.read(fresh=True)

    assert NAME in str(failure.value)
    assert KEY not in str(failure.value)
    assert failure.value.__suppress_context__ or failure.value.__context__ is None
