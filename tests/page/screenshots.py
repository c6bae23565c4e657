"""
Takes the pictures of the lineage page that the documentation shows, light and dark: `make screenshots`.

They show what `make demo KEEP=1` leads to, with the columns of one pair, and an object.
"""

import sys
from pathlib import Path
from typing import Any, Final

from tests.page import chromium
from tests.page.serve import serve

DOCS: Final = Path(__file__).parents[2] / "docs"
SCHEMES: Final = ("light", "dark")
SIZE: Final = {"width": 1200, "height": 690}


def main() -> int:
    """
    Write docs/lineage-light.png and docs/lineage-dark.png.

    Raises:
        SystemExit: there is no browser.
    """
    if chromium.path() is None:
        raise SystemExit(chromium.MISSING)
    with serve("demo", "--keep") as running, chromium.browser() as browser:
        for scheme in SCHEMES:
            tab = browser.new_page(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")
            tab.goto(running.page)
            _pose(tab)
            file = DOCS / f"lineage-{scheme}.png"
            tab.screenshot(path=file)
            sys.stdout.write(f"{file.relative_to(DOCS.parent)}: {file.stat().st_size // 1000} kB\n")
    return 0


def _pose(tab: Any) -> None:
    tab.get_by_text("planes.csv").first.wait_for(timeout=30_000)
    tab.get_by_role("button", name="8 columns. Columns of airports", exact=True).click()
    tab.get_by_role("button", name="Object 2013-01-03.csv").click()
    tab.get_by_role("complementary").get_by_role("heading", name="2013-01-03.csv").wait_for()
    tab.wait_for_selector(".strand")
    tab.mouse.move(5, 5)


if __name__ == "__main__":
    sys.exit(main())
