"""The package that `pip install .` and `python -m build` make: what is in it, and that it imports."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
MADE = (".*", "build", "dist", "data", "*.egg-info", "__pycache__")
"""What a clone may hold and a build does not need."""

SCRIPT = "../../bin/atlan-s3-connector"
"""The command, from where the package is."""

IMPORTS = """
import pkgutil, sys
from importlib import import_module
sys.modules["rich"] = None  # as in Lambda
import connector, handler
print(*(name for name in sys.modules if name.startswith(("connector.commands", "connector.__main__"))))
del sys.modules["rich"]
modules = [connector, handler]
modules += [import_module(found.name) for found in pkgutil.walk_packages(connector.__path__, "connector.")]
print(*(module.__file__ for module in modules), sep="\\n")
"""


def run(*command: object, cwd: Path, **extra: str) -> str:
    """Run a command, which has to succeed, and return its output."""
    words = [str(word) for word in command]
    environment = os.environ | extra
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def sources() -> set[str]:
    """Return the files of the product, as paths below the clone."""
    files = [path for path in (ROOT / "connector").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {"handler.py"} | {path.relative_to(ROOT).as_posix() for path in files}


def requirements(lines: Sequence[str]) -> set[str]:
    """Read requirements as pip does, and return them in one spelling."""
    wanted = [line.partition("#")[0].strip() for line in lines]
    return {str(Requirement(line)).lower() for line in wanted if line and not line.startswith("-")}


@dataclass(frozen=True)
class Package:
    """The source distribution, and the folder that the wheel is installed in."""

    sdist: Path
    site: Path

    @property
    def metadata(self) -> Distribution:
        (found,) = distributions(path=[str(self.site)])
        return found

    @property
    def requires(self) -> list[Requirement]:
        return [Requirement(line) for line in self.metadata.requires or ()]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Build in a copy, since setuptools leaves folders behind, and install without the dependencies, which we have."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(ROOT, folder / "clone", ignore=shutil.ignore_patterns(*MADE))

    run(sys.executable, "-m", "build", "--outdir", folder / "dist", cwd=folder / "clone")

    (sdist,), (wheel,) = (list((folder / "dist").glob(pattern)) for pattern in ("*.tar.gz", "*.whl"))
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--target", folder / "site", wheel, cwd=folder)
    return Package(sdist, folder / "site")


def test_wheel(package: Package) -> None:
    """The wheel holds the product with its routes file and its types, and nothing else."""
    installed = {path.as_posix() for path in package.metadata.files or () if "__pycache__" not in path.parts}

    assert {name for name in installed if ".dist-info/" not in name} == sources() | {SCRIPT}
    assert {"connector/py.typed", "connector/routes.yaml"} <= installed


def test_sdist(package: Package) -> None:
    """The source distribution holds what the wheel is built from."""
    with tarfile.open(package.sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert sources() | {"pyproject.toml", "requirements.txt", "README.md"} <= held


def test_dependencies(package: Package) -> None:
    """The package requires what requirements.txt lists, in its versions."""
    required = {str(requirement).lower() for requirement in package.requires if not requirement.marker}

    assert required == requirements((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())


def test_extra(package: Package) -> None:
    """The versions that the `cli` extra allows include those that the tests run with."""
    tested = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").lower().splitlines()
    pins = dict(line.split("==") for line in tested if "==" in line)
    extra = [requirement for requirement in package.requires if requirement.marker]

    assert [requirement.name for requirement in extra] == ["rich"]
    assert all(requirement.specifier.contains(pins[requirement.name]) for requirement in extra)


def test_imports(package: Package) -> None:
    """Every module imports from the installed wheel, away from the clone; the handler without rich and commands."""
    code = f"import sys; sys.path.insert(0, {str(package.site)!r})\n{IMPORTS}"
    commands, *found = run(sys.executable, "-c", code, cwd=package.site.parent).splitlines()

    assert commands == ""
    modules = {Path(name).relative_to(package.site).as_posix() for name in found}
    assert modules == {name for name in sources() if name.endswith(".py")}


@pytest.mark.parametrize("command", ["bin/atlan-s3-connector", "-m connector"])
def test_command(package: Package, command: str) -> None:
    """The installed command, and the module, show their help at once, and name themselves as they were called."""
    called = package.site / command if command.startswith("bin/") else command
    done = run(*f"{sys.executable} {called} --help".split(), cwd=package.site, PYTHONPATH=str(package.site))

    assert done.startswith(f"usage: {'atlan-s3-connector' if 'bin' in command else 'python -m connector'} ")
    assert "connection" in done
    assert "75 try again later" in " ".join(done.split())
