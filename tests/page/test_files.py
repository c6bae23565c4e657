"""The files of the page: libraries as published, small modules, no markup from names; and the pictures in docs/."""

import json
import re
from pathlib import Path

import pytest

from local.page import cards, view, walk
from local.page.app import FILES
from tools.vendor import LIST, integrity

ROOT = Path(__file__).parents[2]
OURS = sorted(path for kind in ("js", "css", "html") for path in FILES.rglob(f"*.{kind}") if "vendor" not in path.parts)
LINES, WIDTH = 250, 200
PICTURE = 200_000  # bytes
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def test_libraries() -> None:
    """Each file below vendor/ is listed with its package and version, and is what `make vendor` wrote."""
    listed = {
        FILES / file["to"]: file["integrity"]
        for library in json.loads(LIST.read_text()).values()
        for file in library["files"].values()
    }

    assert {path: integrity(path.read_bytes()) for path in (FILES / "vendor").rglob("*") if path.is_file()} == listed
    assert any(path.name == "LICENSE" for path in listed)


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(FILES)))
def test_size(file: Path) -> None:
    """No file of ours has over 250 lines, nor a line that cannot be read."""
    lines = file.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize("file", [file for file in OURS if file.suffix == ".js"], ids=lambda file: file.name)
def test_text_only(file: Path) -> None:
    """No script makes markup or code of a text; each says at its beginning what it is."""
    text = file.read_text(encoding="utf-8")

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", text
    )
    assert text.startswith("// ")


def test_references() -> None:
    """All files that the page refers to are there, and none is from elsewhere."""
    page = (FILES / "index.html").read_text(encoding="utf-8")
    referred = re.findall(r'(?:href|src)="([^"#]+)"', page)
    imports = [
        (file.parent / name).resolve()
        for file in OURS
        if file.suffix == ".js"
        for name in re.findall(r'from "(.+?)"', file.read_text(encoding="utf-8"))
    ]

    assert {name for name in referred if not name.startswith("/")} == set()
    assert [name for name in referred if name != "/" and not (FILES / name.removeprefix("/page/files/")).exists()] == []
    assert [path for path in imports if not path.exists()] == []


def test_pictures() -> None:
    """The README shows the page, light and dark, in small pictures that are there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    shown = re.findall(r'(?:src|srcset)="(docs/[^"]+\.png)"', readme)

    assert sorted(shown) == ["docs/lineage-dark.png", "docs/lineage-light.png"]
    for name in shown:
        content = (ROOT / name).read_bytes()
        assert content.startswith(SIGNATURE)
        assert len(content) < PICTURE


def test_numbers() -> None:
    """docs/page.md has the limits of the code."""
    text = (ROOT / "docs/page.md").read_text(encoding="utf-8")

    for words in (
        f"up to {walk.OBJECTS:,} objects and {walk.TABLES} other assets",
        f"newest {walk.FLOWS:,} processes",
        f"Up to {cards.FEW} are listed. Of more, the {view.NEWEST} newest",
        f"lists {view.PAGE} at a time",
    ):
        assert words in text
