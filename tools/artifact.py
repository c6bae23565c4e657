"""
Fill a folder with the artifact: `handler.py`, `connector/`, and the locked requirements for Lambda's platform.

`make build-ConnectorFunction` runs it, which `sam build` calls. The host may have any platform, and any Python from
3.11: the script only unpacks wheels, it builds and runs none. It needs the two packages that read the routes file.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = "3.13"
"""The version of template.yaml's runtime."""

MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's names of the architectures, and the names in wheels."""

GLIBC: Final = 34
"""Wheels for glibc up to 2.34 run there. Source: AWS Lambda, "Lambda runtimes": python3.13 is on Amazon Linux 2023."""

TASK: Final = "/var/task"
"""Where Lambda puts the artifact; tracebacks show this path."""

UNUSED: Final = ("**/__pycache__", "bin", "pyatlan_v9", "**/tests", "**/*.pyi")
"""Files of packages that are never imported; pyatlan_v9 is a second pyatlan of the same size."""


UNSHIPPED: Final = ("__pycache__", "__main__.py", "commands")
"""What of `connector/` does not run in Lambda: the command line."""


def main(target: Path, architecture: str) -> None:
    """Build for *architecture* ("x86_64" or "arm64") into *target*, a new or empty folder."""
    if architecture not in MACHINES:
        raise SystemExit(f"build: ARCHITECTURE is {architecture!r}; choose one of {', '.join(MACHINES)}")
    if target.is_dir() and any(target.iterdir()):
        raise SystemExit(f"build: {target.resolve()} is not empty; run `make build`, which empties its own folder")
    _check()
    _install(target, MACHINES[architecture])
    _strip(target)
    shutil.copy(ROOT / "handler.py", target)
    shutil.copytree(ROOT / "connector", target / "connector", ignore=shutil.ignore_patterns(*UNSHIPPED))
    compiled = _compile(target)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    _say(f"{size / 1e6:.1f} MB for {architecture}, {'' if compiled else 'not '}compiled")


def _check() -> None:
    """Refuse a routes file with errors, which no function could run with."""
    if subprocess.run([sys.executable, "-m", "tools.routes"], cwd=ROOT, check=False).returncode:
        raise SystemExit("build: nothing was built, because of the routes file; see above")


def _install(target: Path, machine: str) -> None:
    """Unpack the wheels of the lock; a missing wheel or a different hash is an error."""
    glibc = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 16, -1)]
    platforms = [f"--platform={name}" for name in (*glibc, f"manylinux2014_{machine}")]
    lock = ROOT / "requirements.lock"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", f"--requirement={lock}", f"--target={target}"]
    done = subprocess.run([*pip, *locked, *platforms, f"--python-version={PYTHON}", "--implementation=cp"], check=False)
    if done.returncode:
        raise SystemExit("build: pip could not install requirements.lock; see its error above")


def _strip(target: Path) -> None:
    for pattern in UNUSED:
        for path in list(target.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _compile(target: Path) -> bool:
    """
    Compile all modules, if the host has the runtime's Python; Lambda itself cannot store compiled files.

    The results do not depend on the time of the build, so that equal sources give an equal artifact.
    """
    for python in (sys.executable, f"python{PYTHON}"):
        if _version(python) == PYTHON:
            quick = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
            _run(python, "-m", "compileall", *quick, "-s", str(target), "-p", TASK, str(target))
            return True
    _say(f"no Python {PYTHON} on this machine, so the artifact is not compiled: each cold start without a snapshot")
    _say(f"takes several seconds longer. Install Python {PYTHON} and build again to have it compiled.")
    return False


def _version(python: str) -> str | None:
    """Return the version of an interpreter, or None if it is missing or does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return _run(python, "-c", code).strip() or None if shutil.which(python) else None


def _run(*command: str) -> str:
    """Run a command and return its output. pyenv's shims run only if a version is set."""
    environment = os.environ | {"PYENV_VERSION": PYTHON}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False).stdout


def _say(text: str) -> None:
    print(f"build: {text}", flush=True)  # to stdout, since SAM shows stderr only if the build fails


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
