"""The API key: what a secret contains, and that a text does not have it."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core import key

KEY = "s3cr3t-of-acme.which-is+long/enough="
ODD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=key.SHORT)


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(KEY, id="text"),
        pytest.param(f"{KEY}\n", id="a line break at the end"),
        pytest.param(f" {KEY}\r\n\r\n", id="blanks around it"),
        pytest.param(json.dumps({"ATLAN_API_KEY": KEY}), id="the field"),
        pytest.param(json.dumps({"user": "x", "ATLAN_API_KEY": f"{KEY}\n"}), id="the field, among others"),
        pytest.param(json.dumps({"key": KEY}), id="the only field"),
        pytest.param(json.dumps({"key": KEY}, indent=1) + "\n", id="written over lines"),
    ],
)
def test_content(secret: str) -> None:
    """A secret is the key, or a JSON object that has it, which is what the AWS console makes."""
    assert key.content(secret) == KEY
    assert key.fault(KEY) is None


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        pytest.param("{" + KEY, "begins with a brace", id="no JSON"),
        pytest.param('{"a":' * 100_000, "begins with a brace", id="nested without end"),
        pytest.param(json.dumps({"a": KEY, "b": KEY}), "is a JSON object of 2 fields", id="two fields"),
        pytest.param("{}", "is a JSON object of 0 fields", id="no field"),
        pytest.param(json.dumps({"ATLAN_API_KEY": [KEY]}), "is not text", id="a list"),
        pytest.param(json.dumps({"key": None}), "is not text", id="null"),
    ],
)
def test_no_content(secret: str, says: str) -> None:
    """Another object is refused, and nothing of it is shown."""
    with pytest.raises(ValueError, match=says) as failure:
        key.content(secret)

    assert KEY not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


@given(ODD, st.text())
def test_hidden(secret: str, around: str) -> None:
    """A key is taken out of a text however it is written there."""
    for form in (secret, json.dumps(secret), json.dumps({"a": repr(secret)}), json.dumps(json.dumps([secret]))):
        text = key.hidden(f"{around} Bearer {form}{around}", [secret])

        assert secret not in text.replace(around, "")
        assert key.HIDDEN in text
    assert quote(secret, safe="") not in key.hidden(f"http://{quote(secret, safe='')}@host", [secret])


def test_short() -> None:
    """A short key, as of a local catalog, is hidden where it stands alone, and words that contain it stay."""
    assert key.hidden("b'Bearer local\\n' at localhost, http://local:8585", ["local"]) == (
        "b'Bearer ***\\n' at localhost, http://***:8585"
    )


def test_no_key() -> None:
    """Nothing is hidden where there is no key."""
    assert key.hidden("text", [""]) == "text"


def test_shown() -> None:
    """What comes from outside is shown on one line, without control characters and in brief."""
    shown = key.shown(f"a\n\x1b[31m\u202e{KEY} " + "x" * 1000, [KEY], most=60)

    assert shown.startswith("a\\n\\x1b[31m\\u202e*** xxx")
    assert shown.endswith("x...")
    assert len(shown) == 63


@pytest.mark.parametrize("text", ["prod", "a.b.c", "eyJ.a.b", "default/s3/1", "https://eyJhbGciOi.atlan.com"])
def test_no_token(text: str) -> None:
    """What is no JSON web token is not taken for one."""
    assert not key.is_token(text)


def test_token() -> None:
    """A JSON web token is known as such, with `Bearer` before it or without."""
    assert key.is_token("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2ln")
    assert key.is_token("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2ln\n")
