"""Each request to Atlan and AWS × each fault: nothing is lost in any cell, and ARCHITECTURE.md has all results."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from tests.integration import aws_matrix, matrix, tables

SCOPE = "all" if os.environ.get("SOAK") else "quick"
MATRICES = pytest.mark.parametrize("measured", [matrix, aws_matrix], ids=["Atlan", "AWS"])


@MATRICES
def test_documented(measured: ModuleType) -> None:
    """The tables in ARCHITECTURE.md have every cell, in the generated format."""
    section = measured.SECTION.lines()

    cells = tables.read(section)

    assert cells.keys() == set(measured.places()), f"write them anew: {measured.COMMAND}"
    assert "\n".join(measured.SECTION.table(cells)) in "\n".join(section)


@MATRICES
@pytest.mark.timeout(900)
def test_matrix(measured: ModuleType) -> None:
    """
    Every cell ends in sync, as in the tables; without SOAK, a few requests represent those with equal results.

    It runs in its own process, where it takes half the time, since its coverage is not measured.
    """
    command = [sys.executable, *measured.COMMAND.split()[1:], SCOPE]

    run = subprocess.run(command, cwd=tables.FILE.parent, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    documented, found = tables.read(measured.SECTION.lines()), tables.read(run.stdout.splitlines())
    wrong = {place: cell for place, cell in found.items() if documented.get(place) != cell}
    assert not wrong, f"ARCHITECTURE.md says otherwise; write it anew: {measured.COMMAND}\n{run.stdout[-5000:]}"
