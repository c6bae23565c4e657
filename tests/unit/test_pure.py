"""The check of the core's purity finds impure code."""

import pytest

from tools import pure


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        *(
            pytest.param(f"import {name}", f"imports {name},", id=name)
            for name in (
                "socket",
                "pathlib",
                "uuid",
                "threading",
                "subprocess",
                "time",
                "os",
                "random",
                "logging",
                "yaml",
            )
        ),
        pytest.param("def f():\n    from os.path import join", "imports os.path,", id="in a function"),
        pytest.param("import urllib.request", "imports urllib.request,", id="beside what is allowed"),
        pytest.param("from connector import cache", "imports connector.cache,", id="another layer"),
        pytest.param("from connector.reader import Reader", "imports connector.reader,", id="of another layer"),
        pytest.param("from . import plan", "imports ,", id="relative"),
        pytest.param("x = datetime.now(UTC)", "uses datetime.now,", id="the time"),
        pytest.param("x = field(default_factory=datetime.now)", "uses datetime.now,", id="the time, later"),
        pytest.param("x = date.today()", "uses date.today,", id="today"),
        pytest.param("x = open('f')", "uses open,", id="a file"),
        pytest.param("x = __import__('os')", "uses __import__,", id="a hidden import"),
    ],
)
def test_fault(source: str, fault: str) -> None:
    """Forbidden imports and input or output are found, with their lines."""
    ((line, words),) = pure.faults_of(source)

    assert words.startswith(fault)
    assert line == len(source.splitlines())


@pytest.mark.parametrize(
    "source",
    [
        "import re",
        "from connector.core import columns",
        "from connector.errors import RefusedError",
        "x = re.compile('a')",
    ],
)
def test_allowed(source: str) -> None:
    """The imports that the core needs are allowed."""
    assert list(pure.faults_of(source)) == []


def test_core(capsys: pytest.CaptureFixture[str]) -> None:
    """The core is pure."""
    assert pure.main() == 0
    assert "The core is pure" in capsys.readouterr().out
