"""The audit of the lock fails on a vulnerability, and is skipped only where vulnerability data cannot be reached."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[2] / "tools/audit.py"
TOOL = """\
#!{python}
import sys
if "--require-hashes" in sys.argv:
    print("the lock was audited")
    sys.exit({lock})
print({answer!r})
print("Traceback\\nConnectionError: no route to host", file=sys.stderr)
sys.exit({canary})
"""


def audit(folder: Path, *, answer: str, canary: int, lock: int = 0) -> subprocess.CompletedProcess[str]:
    """Audit with a pip-audit that prints *answer* on the vulnerable release, and exits with a status on both."""
    tool = folder / "pip-audit"
    tool.write_text(TOOL.format(python=sys.executable, answer=answer, canary=canary, lock=lock), encoding="utf-8")
    tool.chmod(0o755)
    command = [sys.executable, AUDIT, tool, folder / "requirements.lock"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def dependency(**facts: Any) -> str:
    return json.dumps({"dependencies": [{"name": "flask", **facts}], "fixes": []})


FOUND = dependency(version="0.5", vulns=[{"id": "PYSEC-2019-179"}])


@pytest.mark.parametrize(
    ("answer", "canary", "reason"),
    [
        pytest.param("", 1, "ConnectionError: no route to host", id="no connection"),
        pytest.param(dependency(skip_reason="not found on PyPI"), 0, "not found on PyPI", id="a mirror's 404"),
        pytest.param(dependency(version="0.5", vulns=[]), 0, "lists no vulnerability", id="a mirror without the data"),
    ],
)
def test_unreachable(tmp_path: Path, answer: str, canary: int, reason: str) -> None:
    """Without vulnerability data, one line says that the audit was skipped and why; this is not a failure."""
    done = audit(tmp_path, answer=answer, canary=canary, lock=1)

    assert done.returncode == 0
    assert done.stdout.startswith("audit: skipped, since no vulnerability data can be reached: ")
    assert reason in done.stdout
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("found", [pytest.param(0, id="nothing found"), pytest.param(1, id="a vulnerability")])
def test_reachable(tmp_path: Path, found: int) -> None:
    """If the vulnerable release is reported, the audit of the lock decides the exit code."""
    done = audit(tmp_path, answer=FOUND, canary=1, lock=found)

    assert done.returncode == found
    assert "the lock was audited" in done.stdout
    assert "skipped" not in done.stdout
