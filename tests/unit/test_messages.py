"""
The errors as a set: each names the thing and the fact, and then, after a semicolon, the next step.

They are read from the source, so that a new one is a part of the set. A value in a message is `{...}`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import config, errors
from connector.core import key
from connector.errors import ConfigurationError, ConnectorError

ROOT = Path(__file__).parents[2] / "connector"
CLASSES = {
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, ConnectorError) and found is not errors.BrakeError
}

STEP = re.compile(
    r"\b(add|attach|check|choose|copy|correct|create|crawl|enable|export|find|give|grant|leave|let|make|name|new|put|remove|renew|"
    r"replace|report|restore|retried|retry|run|save|say|see|send|set|shorten|subscribe|update|use|write)\b"
)
"""Words of a next step, in the imperative, or that a retry is under way."""

MADE = {
    "adapters/aws.py": "str(found)",  # of the error that it replaces
    "adapters/atlan/speaker.py": "words",  # of the line above
    "commands/suggest.py": "str(error)",
    "commands/sweep.py": "str(error)",
    "config.py": "faults",  # see test_settings
    "core/inventory.py": "joined",  # a list of names, below a line that says what to do
    "routesfile.py": "faults",  # see tests/unit/test_routesfile.py
    "slices.py": "LATE",
    "sync.py": "LATE",
    "divide.py": "of others",
}
"""Where a message is not written in the call, and what it is."""


SAID = {
    "_CHECK": "check ATLAN_BASE_URL and any proxy",
    "_REFUSED": "correct what the message names",
    "_advice(error)": "correct what the message names",
    "advice": "grant ...",
    "self.remedy": "grant ...",
    "wrong": "{...}; give ...",  # see test_keys
    "UNFINISHED": "{...}; give ...",
}
"""What stands for an expression in a message."""


def text(node: ast.expr) -> str:
    """Return the text of an expression; "" if it is not written there."""
    match node:
        case ast.Constant(value=str(said)):
            return said
        case ast.JoinedStr(values=values):
            return "".join(text(value) or "{...}" for value in values)
        case ast.FormattedValue(value=value):
            return SAID.get(ast.unparse(value), "")
        case ast.List(elts=[*parts]):
            return "".join(map(text, parts))
    return ""


def messages() -> Iterator[tuple[str, str, str]]:
    """Yield the file, the line with the class, and the text of each message."""
    for file in sorted(ROOT.rglob("*.py")):
        place = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", "")
                second = name in ("AnswerError", "ConfigurationError")
                if name in CLASSES | {"AnswerError"} and len(node.args) > second:
                    yield place, f"{node.lineno} {name}", text(node.args[second])


SET = [pytest.param(place, said, id=f"{place}:{line}") for place, line, said in messages()]


@pytest.mark.parametrize(("place", "said"), SET)
def test_step(place: str, said: str) -> None:
    """Each message that is written where it is raised has a next step, or says that it is retried."""
    if not said:
        assert place in MADE
        return

    thing, _, step = said.partition("; ")

    assert thing.strip()
    assert STEP.search(step or said), said


def test_whole() -> None:
    """The set is read: it has most of the messages of the connector."""
    assert len(SET) > 80
    assert sum(bool(param.values[1]) for param in SET) > 70


def test_settings() -> None:
    """Every fault of the settings names the setting, and what to write; no value is in it."""
    environ = {
        "ATLAN_BASE_URL": "http://acme.atlan.com/x",
        "ATLAN_API_KEY": "a secret",
        "DEPLOYMENT": "a b",
        "RATE_LIMIT": "many",
        "RATE_SHARE": "0",
        "QUEUE_URL": "q",
        "ROUTES": "none.yaml",
        "BUCKETS": "s3://x",
    }

    with pytest.raises(ConfigurationError) as raised:
        config.settings(environ)

    faults = raised.value.faults
    assert {fault.split()[0] for fault in faults} >= {"ATLAN_BASE_URL", "ATLAN_API_KEY", "DEPLOYMENT", "RATE_LIMIT"}
    assert all(STEP.search(fault.partition("; ")[2]) for fault in faults), faults
    assert "secret" not in str(raised.value)


def test_keys() -> None:
    """Every fault of an API key says what to do about it."""
    keys = ("", "\ufeffk", "'k'", "a\nb", "Bearer k", "k\u00e9", "k\x01", "{}")

    found = [key.fault(text) or "" for text in keys]

    assert all(STEP.search(words.partition("; ")[2]) for words in found), found
    assert len(set(found)) == len(keys)
