"""
Audit the locked requirements for known vulnerabilities with pip-audit; `make check` runs it.

A vulnerability is an error. If the vulnerability data cannot be reached, the audit is skipped, and prints one line.
pip-audit alone does not distinguish the two: it exits with 1 for both, and with 0 if a mirror responds without any
vulnerability data. So a release that is known to be vulnerable is audited first: the data is reachable if, and only
if, that release is reported.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

VULNERABLE: Final = "flask==0.5"
"""Source: pip-audit's README reports PYSEC-2019-179 and PYSEC-2018-66 for it."""

PATIENCE: Final = 60
"""Seconds to wait for the vulnerability data of one release."""

LENGTH: Final = 200
"""Characters of a reason that are printed."""


def main(tool: str, lock: Path) -> int:
    """Audit *lock* with the pip-audit at *tool*, and return the exit code: 0 also if the audit was skipped."""
    with TemporaryDirectory() as folder:  # without pip's cache, which would respond even offline
        command = [tool, "--disable-pip", "--progress-spinner=off", "--timeout=10", f"--cache-dir={folder}/cache"]
        reason = _unreachable(command, Path(folder))
        if reason:
            print(f"audit: skipped, since no vulnerability data can be reached: {reason[:LENGTH]}", flush=True)
            return 0
        audit = [*command, "--strict", "--require-hashes", f"--requirement={lock}"]
        return subprocess.run(audit, check=False).returncode


def _unreachable(command: list[str], folder: Path) -> str:
    """Return the reason why the vulnerable release is not reported, or "" if it is."""
    requirement = folder / "vulnerable.txt"
    requirement.write_text(VULNERABLE, encoding="utf-8")
    audit = [*command, "--format=json", "--no-deps", f"--requirement={requirement}"]
    try:
        done = subprocess.run(audit, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return f"no response within {PATIENCE} s"
    try:
        (dependency,) = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return (done.stderr.strip() or "pip-audit printed nothing").splitlines()[-1]
    if dependency.get("vulns"):
        return ""
    return str(dependency.get("skip_reason") or f"the response lists no vulnerability of {VULNERABLE}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
