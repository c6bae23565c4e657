"""ARCHITECTURE.md describes every log event, metric, outcome, reason and setting of the connector."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import config
from connector.core.report import Outcome
from connector.core.route import Unrouted
from connector.errors import ConfigurationError, ConnectorError, RefusedError
from connector.log import Event, Metric

FILE = Path(__file__).parents[2] / "ARCHITECTURE.md"


class Asked(dict[str, str]):
    """An empty environment that records which settings were read."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.names.append(key)
        return default


def reasons(error: type[ConnectorError] = ConnectorError) -> Iterator[str]:
    """Yield the short names of all errors."""
    if "reason" in vars(error):
        yield error.reason
    for child in error.__subclasses__():
        yield from reasons(child)


def classes(error: type[ConnectorError] = ConnectorError) -> Iterator[str]:
    """Yield the names of all errors that are raised: those that are no branch of the tree."""
    children = error.__subclasses__()
    if not children or error is RefusedError:
        yield error.__name__
    for child in children:
        yield from classes(child)


def modules() -> Iterator[str]:
    """Yield how the table of the house names each module of the connector."""
    for file in sorted(Path(config.__file__).parent.rglob("*.py")):
        if not file.name.startswith("__"):
            inner = {"core", "adapters", "atlan", "commands"} & set(file.parts)
            yield file.stem if inner else f"connector/{file.name}"


def settings() -> list[str]:
    """Return the names of all settings."""
    environ = Asked()
    with pytest.raises(ConfigurationError):
        config.settings(environ)
    return environ.names


@pytest.mark.parametrize(
    "word",
    [
        *(pytest.param(word, id=f"event {word}") for word in Event),
        *(pytest.param(word, id=f"metric {word}") for word in Metric),
        *(pytest.param(word, id=f"outcome {word}") for word in Outcome),
        *(pytest.param(word, id=f"ignored {word}") for word in Unrouted),
        *(pytest.param(word, id=f"error {word}") for word in sorted(set(reasons()))),
        *(pytest.param(word, id=f"class {word}") for word in sorted(set(classes()))),
        *(pytest.param(word, id=f"setting {word}") for word in settings()),
        *(pytest.param(word, id=f"module {word}") for word in modules()),
    ],
)
def test_described(word: str) -> None:
    """Each log event, metric, outcome, error, setting and module is in ARCHITECTURE.md, as a word of its own."""
    assert re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", FILE.read_text(encoding="utf-8"))
