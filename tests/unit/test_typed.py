"""
The commands of the README and of all pages: each is one that its program takes, with its options.

`make readme` runs those of the README that need no account, and tests/integration/test_printed.py those that show their
output. Here each one is read by the parser of its program, or compared with the model that its program is made of.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from connector import __main__ as connector
from local import __main__ as local
from tests.unit.test_stack import template

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "events/README.md", "local/catalog/README.md"]
PAGES += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))

BEGIN = re.compile(r"(?:make|python|atlan-s3-connector|aws|sam|pip|git|cd|cat|cp|rm|printf|curl|\S+/bin/\w+)(?= |$)")
"""What a command begins with; any other word in code is none."""

SHELL = {"cat", "cd", "cp", "curl", "git", "pip", "printf", "rm"}
"""Programs that other tests run: `make readme`, tests/e2e/test_package.py, tests/contract."""

GLOBAL = {"--cli-binary-format", "--output", "--profile", "--query", "--region"}
"""Source: AWS CLI Command Reference, "Global options"."""

MADE_OF_NO_MODEL: dict[tuple[str, str], set[str]] = {
    ("s3", "cp"): set(),
    ("logs", "tail"): {"--filter-pattern", "--follow", "--since"},
}
"""Commands of the AWS CLI that are not of a service's model, with their options. Source: AWS CLI Command Reference."""

SAM: dict[str, set[str]] = {
    "deploy": {"--confirm-changeset", "--no-execute-changeset", "--parameter-overrides", "--stack-name"},
    "delete": {"--no-prompts", "--stack-name"},
    "local invoke": {"-e"},
    "local start-lambda": set(),
}
"""Commands of the SAM CLI, with their options. Source: AWS SAM CLI command reference."""


def code(page: str) -> Iterator[str]:
    """Yield each command of a page: of its blocks, and in its text."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for block in re.findall(r"(?:^ {4,}.+\n?)+", text, re.MULTILINE):
        joined = re.sub(r"<<'(\w+)'\n.*?^\s*\1$", "", block, flags=re.MULTILINE | re.DOTALL)
        for line in re.sub(r"(\\|&&)\n", r"\1 ", joined).replace("\\ ", " ").splitlines():
            if BEGIN.match(found := line.strip().removeprefix("$ ")):
                yield re.split(r"\s{2,}#|\s+# prints:", found)[0]
    prose = re.sub(r"^ {4,}.*$", "", text, flags=re.MULTILINE)
    for span in re.findall(r"`([^`]+)`", prose):
        if BEGIN.match(span := " ".join(span.split())) and " " in span:
            yield span


def commands(page: str) -> list[str]:
    """Return the commands of a page, each of several that && joins on its own, without what stands for more."""
    every = (part.strip().removesuffix("…").strip() for found in code(page) for part in found.split(" && "))
    return list(dict.fromkeys(part for part in every if part))


@pytest.mark.parametrize(("page", "command"), [(page, command) for page in PAGES for command in commands(page)])
def test_typed(page: str, command: str) -> None:
    """A command is one that its program takes."""
    program, *arguments = shlex.split(command)
    name = program.rpartition("/")[2]

    match name:
        case "make":
            made(arguments)
        case "python":
            python(arguments)
        case "atlan-s3-connector":
            parsed(connector._options, arguments)
        case "aws":
            aws(arguments)
        case "sam":
            sam(arguments)
        case _:
            assert name in SHELL


def made(arguments: Sequence[str]) -> None:
    """Check a target of the Makefile, its variables, and the arguments that it passes on."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [argument for argument in arguments if "=" not in argument]
    given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)

    assert set(targets) <= set(re.findall(r"^([\w-]+):(?!=)", makefile, flags=re.MULTILINE))
    for target in targets:
        recipe = re.search(rf"^{target}:.*\n(?:\t.*\n)*", makefile, re.MULTILINE)
        assert recipe
        assert all(f"$({name})" in recipe[0] or f"{name} ?=" in makefile for name in given), given
        rest = shlex.split(given.get("ARGS", ""))
        if rest and target == "connector":
            parsed(connector._options, rest)
        elif rest:
            parsed(local._parser().parse_args, [target, *rest])


def python(arguments: Sequence[str]) -> None:
    """Check the arguments of a module of ours, that a module exists, or that code is Python's."""
    kind, what, *rest = arguments
    if kind == "-c":
        compile(what, "page", "exec")
    elif what == "connector":
        parsed(connector._options, rest)
    elif what == "local":
        parsed(local._parser().parse_args, rest)
    else:
        assert kind == "-m"
        assert find_spec(what)


def parsed(parse: Any, arguments: Sequence[str]) -> None:
    """Check arguments, if there are any, by the parser of a program."""
    if not arguments:
        return
    try:
        parse(arguments)
    except SystemExit as ended:
        raise AssertionError(f"not accepted: {arguments}") from ended


@cache
def services() -> botocore.session.Session:
    return botocore.session.Session()


def aws(arguments: Sequence[str]) -> None:
    """Check a command of the AWS CLI by the model of its service: the operation, and its options."""
    service, operation, *rest = arguments
    options = {argument for argument in rest if argument.startswith("--")} - GLOBAL
    if (service, operation) in MADE_OF_NO_MODEL:
        assert options <= MADE_OF_NO_MODEL[service, operation]
        return
    model = services().get_service_model("s3" if service == "s3api" else service)
    names = {kebab(name): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape

    members = {f"--{kebab(member)}" for member in (shape.members if shape else ())}
    assert options <= members | {f"--no-{member.removeprefix('--')}" for member in members}


def kebab(name: str) -> str:
    """Write the name of a model as the AWS CLI does."""
    return botocore.xform_name(name, "-")


def sam(arguments: Sequence[str]) -> None:
    """Check a command of the SAM CLI: its options, the parameters of the stack, and its event."""
    command = " ".join(arguments[: 2 if arguments[0] == "local" else 1])
    options = {argument for argument in arguments if argument.startswith("-")}

    assert options <= SAM[command]
    parameters = {
        argument.partition("=")[0]
        for argument in arguments
        if "=" in argument and "/" not in argument.partition("=")[0]
    }
    assert parameters - {"Name"} <= template()["Parameters"].keys()


@pytest.mark.parametrize("command", re.findall(r"^## (\w+)$", (ROOT / "docs/cli.md").read_text("utf-8"), re.MULTILINE))
def test_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """docs/cli.md has every option of a command, and no other."""
    sections = re.split(r"^## ", (ROOT / "docs/cli.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    own, common = (
        next(section for section in sections if section.startswith(f"{title}\n")) for title in (command, "All commands")
    )

    with pytest.raises(SystemExit):
        connector._options([command, "--help"])

    taken = set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)) - {"--help"}
    told = {option for text in (own, common) for option in re.findall(r"`(--[a-z-]+)[^`]*`", text)}
    assert taken <= told
    assert set(re.findall(r"^\| `(--[a-z-]+)", own + common, re.MULTILINE)) <= taken


def test_found() -> None:
    """Commands are found in blocks, after &&, and in the text; a here-document and output are none."""
    found = commands("README.md")

    assert "make serve ROUTES=my-routes.yaml" in found
    assert any(command.startswith("aws secretsmanager create-secret --name") for command in found)
    assert "aws sts get-caller-identity" in found
    assert not any("connection: default" in command for command in found)
    assert sum(len(commands(page)) for page in PAGES) > 80
