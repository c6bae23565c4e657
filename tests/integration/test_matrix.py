"""Every request to Atlan × every fault: nothing is lost in any cell, and ARCHITECTURE.md says what happens in each."""

import os
import subprocess
import sys

import pytest

from tests.integration import matrix

SCOPE = "all" if os.environ.get("SOAK") else "quick"


def test_documented() -> None:
    """The tables in ARCHITECTURE.md have every cell, and are as they would be written."""
    section = matrix.section()

    cells = matrix.read(section)

    assert cells.keys() == set(matrix.places()), f"write them anew: {matrix.COMMAND}"
    assert "\n".join(matrix.table(cells)) in "\n".join(section)


@pytest.mark.timeout(900)
def test_matrix() -> None:
    """
    In every cell all ends well, and as the tables say; without SOAK, a few requests stand for those that fare alike.

    It is measured in a process of its own, where it takes half the time, since nobody looks at its coverage.
    """
    command = [sys.executable, "-m", "tests.integration.matrix", SCOPE]

    run = subprocess.run(command, cwd=matrix.FILE.parent, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    documented, measured = matrix.read(matrix.section()), matrix.read(run.stdout.splitlines())
    wrong = {place: cell for place, cell in measured.items() if documented.get(place) != cell}
    assert not wrong, f"ARCHITECTURE.md says otherwise; write it anew: {matrix.COMMAND}\n{run.stdout[-5000:]}"
