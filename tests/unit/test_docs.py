"""The documentation: links resolve, the README lists every page, and named files exist."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.unit.test_stack import template

ROOT = Path(__file__).parents[2]
README, GUIDE = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
GUIDES = {"README.md", "CONTRIBUTING.md", "SECURITY.md"}
MADE = {"build", "dist", "node_modules"}
"""Folders that a tool makes."""

FILE = re.compile(r"[\w.-]+\.(?:cfg|lock|md|py|toml|txt|yaml|yml)")
"""A file of the top folder that is named without one."""


def _ours(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return not any(name in MADE or (name.startswith(".") and name != ".github") for name in folders)


PAGES = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.md")) if _ours(path)}


def prose(page: Path) -> str:
    """Return a page without its blocks of code, which have no links and no headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^ {4}.*$", "", text, flags=re.MULTILINE)


def links(page: Path) -> list[str]:
    """Return the targets of a page's links, also of reference links."""
    text = re.sub(r"`[^`\n]+`", "code", prose(page))
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """
    Return the anchors of a page's headings.

    Source: GitHub, "Basic writing and formatting syntax", section links: letters become lower-case, spaces hyphens,
    other punctuation is removed, and repeated headings are numbered.
    """
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+?)\s*$", prose(page), flags=re.MULTILINE):
        words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def words(page: Path) -> Iterator[str]:
    """Yield the words of a page's code, in backticks and in blocks."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    for code in (*fenced, *re.findall(r"^ {4}(.*)$", text, flags=re.MULTILINE), *re.findall(r"`([^`\n]+)`", text)):
        yield from re.split(r"[\s`'\"|=]+", code)


def named(page: Path) -> set[str]:
    """Return the files that a page's code names: those below a folder of ours, and those of the top folder."""
    top = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != ".venv"}
    text = page.read_text(encoding="utf-8")
    made = set(re.findall(r"(?: > |--output )([\w.-]+)", text))  # files that its commands write
    return {
        word
        for word in {*words(page)} - made
        if FILE.fullmatch(word) or ("/" in word and word.partition("/")[0] in top)
    }


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_links(page: Path) -> None:
    """Each relative link leads to a file or folder of the project, and its anchor to a heading."""
    broken = []
    for link in links(page):
        url = urlsplit(link)
        if url.scheme:
            continue
        target = (page.parent / unquote(url.path)).resolve() if url.path else page
        lost = not target.is_relative_to(ROOT.resolve()) or not target.exists()
        if lost or (url.fragment and url.fragment not in anchors(target)):
            broken.append(link)

    assert not broken


def test_listed() -> None:
    """The README links every page of docs/, and every page beside it."""
    pages = {name for name in PAGES if name.startswith("docs/") or "/" not in name} - {"README.md"}

    assert pages <= set(links(README))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_targets(page: Path) -> None:
    """Each target of make that a page names in code is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):(?!=)", makefile, flags=re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`|^ {4}(.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    commands = [span or line for span, line in code]

    called = {name for command in commands for name in re.findall(r"(?:^\s*|&& )make ([a-z][\w-]*)", command)}

    assert called <= targets


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("docs/") or name in GUIDES])
def test_files(name: str) -> None:
    """Each file that a guide names in code exists, unless a command makes it."""
    made = {"build/docs"}
    assert {file for file in named(PAGES[name]) - made if not (ROOT / file).exists()} == set()


def test_named() -> None:
    """The names of files are found, in a block and in backticks."""
    assert {"local/data/planes.csv", "events/delete.json", "requirements.lock"} <= named(README) | named(GUIDE)


def commands(text: str) -> Iterator[list[str]]:
    """
    Yield the commands of each block of code; a line that goes on is one command with the next.

    Where `$` begins the first line, it begins each command, and all other lines are output.
    """
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for block in re.findall(r"(?:^ {4,}.+\n?)+", text, re.MULTILINE):
        lines = [line.strip() for line in re.sub(r"(\\|&&|\|)\n", r"\1 ", block).splitlines()]
        shown = lines[0].startswith("$ ")
        yield [line.removeprefix("$ ") for line in lines if line.startswith("$ ") or not shown]


@pytest.mark.parametrize("name", ["README.md", *(name for name in PAGES if name.startswith("docs/"))])
def test_steps(name: str) -> None:
    """
    A block that is pasted into a shell stops at its first failure: && joins its commands, and no pipe hides one.

    A block of alternatives, or for two terminals, has a comment beside the first.
    """
    text = PAGES[name].read_text(encoding="utf-8")
    deploying = text.partition("\n## Deploy\n")[2].partition("\n## Develop")[0] if name == "README.md" else text
    blocks = [block for block in commands(deploying) if "python -c" not in block[0]]
    steps = [block for block in blocks if len(block) > 1 and " # " not in block[0]]
    hidden = [block for block in blocks for line in block if re.search(r"[^|]\|[^|]|; ", line)]

    assert not steps
    assert not hidden


def test_parameters() -> None:
    """docs/deploy.md has every parameter of the stack, with its default."""
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8").partition("## Parameters\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z].+?) \| (.+?) \|", text, re.MULTILINE)
    documented = {}
    for names, defaults in rows:
        found = re.findall(r"\w+", names)
        documented |= dict(zip(found, re.sub("`", "", defaults).split(", ") * len(found), strict=False))
    spelled = {None: "required", "": "none"}

    parameters = {name: parameter.get("Default") for name, parameter in template()["Parameters"].items()}

    assert documented == {name: spelled.get(default, str(default)) for name, default in parameters.items()}


def test_changelog() -> None:
    """The newest version of the changelog is that of the package; each version has a date and a link."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", text, flags=re.MULTILINE)

    assert versions[0] == project["version"]
    assert re.findall(r"^## \[(.+?)\]", text, flags=re.MULTILINE) == ["Unreleased", *versions]
    assert re.findall(r"^\[(.+?)\]: ", text, flags=re.MULTILINE) == ["Unreleased", *versions]
